"""Look up a batch of alleles in every source."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from annotator.result import Result
from annotator.sources.source import Source
from annotator.variants.query import Query

__all__ = ["Runner", "resolve_batch"]

T = TypeVar("T")


class Runner(Protocol):
    """Runner of coroutines, as `asyncio.Runner`."""

    def run(self, coro: Coroutine[Any, Any, T]) -> T:
        """Return the result of a coroutine."""
        ...


def resolve_batch(
    sources: Sequence[Source[Any]], queries: Sequence[Sequence[Query]], runner: Runner | None = None
) -> list[Sequence[Result[Any]]]:
    """Look up alleles in sources: per source, one result per query in the same order.

    Args:
        sources: local ones, and with a runner also remote ones, which are queried concurrently.
        queries: for each source, the alleles.
        runner: runs the lookups that wait for a network.

    """
    pairs = list(zip(sources, queries, strict=True))
    answers = iter(_asked([(source, own) for source, own in pairs if source.is_remote], runner))
    return [next(answers) if source.is_remote else source.resolve(own) for source, own in pairs]


def _asked(
    remote: Sequence[tuple[Source[Any], Sequence[Query]]], runner: Runner | None
) -> list[Sequence[Result[Any]]]:
    if not any(queries for _, queries in remote):
        return [[] for _ in remote]
    assert runner is not None
    return runner.run(_gathered([source.resolve_online(queries) for source, queries in remote]))


async def _gathered(coroutines: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    import asyncio

    return await asyncio.gather(*coroutines)
