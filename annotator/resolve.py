"""A batch of alleles asked of every source."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from annotator.question import Question
from annotator.resolution import Release, Resolution
from annotator.sources.base import Source

__all__ = ["releases", "resolve_batch"]

T = TypeVar("T")


def resolve_batch(
    sources: Sequence[Source[Any]], questions: Sequence[Question]
) -> list[Sequence[Resolution[Any]]]:
    """Ask each source each question: per source, one resolution per question in the same order."""
    return [_complete(source.resolve(questions)) for source in sources]


def releases(sources: Sequence[Source[Any]]) -> list[Release]:
    """What the answers of each source rest on."""
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
