"""A batch of alleles asked of every source."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from annotator.question import Question
from annotator.resolution import Release, Resolution
from annotator.sources.base import Source

__all__ = ["Runner", "releases", "resolve_batch"]

T = TypeVar("T")


class Runner(Protocol):
    """Runs coroutines to their end, as `asyncio.Runner` does."""

    def run(self, coro: Coroutine[Any, Any, T]) -> T:
        """Give what the coroutine returns."""
        ...


def resolve_batch(
    sources: Sequence[Source[Any]], questions: Sequence[Question], runner: Runner | None = None
) -> list[Sequence[Resolution[Any]]]:
    """Ask each source each question: per source, one resolution per question in the same order.

    Args:
        sources: local ones, and with a runner also remote ones, which are asked all at the same time.
        questions: what they are asked.
        runner: runs what waits for a network.

    """
    remote = [source for source in sources if source.is_remote]
    answers = dict(zip(map(id, remote), _answers(remote, questions, runner), strict=True))
    return [
        answers[id(source)] if source.is_remote else _complete(source.resolve(questions))
        for source in sources
    ]


def _answers(
    remote: Sequence[Source[Any]], questions: Sequence[Question], runner: Runner | None
) -> list[Sequence[Resolution[Any]]]:
    if not remote or not questions:
        return [[] for _ in remote]
    assert runner is not None
    return runner.run(_gathered([source.resolve(questions) for source in remote]))


async def _gathered(coroutines: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    import asyncio

    return await asyncio.gather(*coroutines)


def releases(sources: Sequence[Source[Any]]) -> list[Release]:
    """What the answers of each source rest on; this no source has to wait for."""
    return [_complete(source.release()) for source in sources]


def _complete(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine of a local source, which answers without ever waiting.

    It needs no event loop, and loading asyncio would take longer than annotating a panel.
    """
    try:
        coroutine.send(None)
    except StopIteration as finished:
        result: T = finished.value
        return result
    coroutine.close()
    raise RuntimeError("a local source waited for something")
