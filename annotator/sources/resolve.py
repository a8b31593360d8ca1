"""A batch of alleles asked of every source."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from annotator.result import Release, Result
from annotator.sources.source import Source
from annotator.variants.query import Query

__all__ = ["Runner", "releases", "resolve_batch"]

T = TypeVar("T")


class Runner(Protocol):
    """Runs coroutines to their end, as `asyncio.Runner` does."""

    def run(self, coro: Coroutine[Any, Any, T]) -> T:
        """Give what the coroutine returns."""
        ...


def resolve_batch(
    sources: Sequence[Source[Any]], queries: Sequence[Query], runner: Runner | None = None
) -> list[Sequence[Result[Any]]]:
    """Ask each source each query: per source, one resolution per query in the same order.

    Args:
        sources: local ones, and with a runner also remote ones, which are asked all at the same time.
        queries: what they are asked.
        runner: runs what waits for a network.

    """
    remote = [source for source in sources if source.is_remote]
    answers = dict(zip(map(id, remote), _answers(remote, queries, runner), strict=True))
    return [
        answers[id(source)] if source.is_remote else _complete(source.resolve(queries)) for source in sources
    ]


def _answers(
    remote: Sequence[Source[Any]], queries: Sequence[Query], runner: Runner | None
) -> list[Sequence[Result[Any]]]:
    if not remote or not queries:
        return [[] for _ in remote]
    assert runner is not None
    return runner.run(_gathered([source.resolve(queries) for source in remote]))


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
