"""Running coroutines to their end, even if the caller's thread already runs an event loop, as in a notebook."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar

__all__ = ["EventLoop", "run_coroutine"]

T = TypeVar("T")


class EventLoop:
    """An event loop for one caller, open while its `with` block lasts.

    If the caller's thread already runs a loop, this one runs in a thread of its own, and the caller waits for it: a
    loop cannot be nested.
    """

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._thread = ThreadPoolExecutor(1, "annotator-network") if _has_loop() else None

    def run(self, coro: Coroutine[Any, Any, T]) -> T:
        """Return what the coroutine returns."""
        if self._thread is None:
            return self._runner.run(coro)
        return self._thread.submit(self._runner.run, coro).result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is None:
            self._runner.close()
            return
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()


def run_coroutine(coro: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that is run in an event loop of its own."""
    with EventLoop() as loop:
        return loop.run(coro)


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
