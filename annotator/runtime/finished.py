"""Outputs that have their final names, so that an interrupted command states truly what it wrote."""

from __future__ import annotations

__all__ = ["ended", "forget_finished", "note_finished"]

_finished: list[str] = []


def note_finished(name: str) -> None:
    """Record that an output of this process is complete and has its final name."""
    _finished.append(name)


def forget_finished() -> None:
    """Begin with no output: a command starts."""
    _finished.clear()


def ended(how: str) -> str:
    """Return the message of a command that a signal ended.

    >>> forget_finished()
    >>> ended("interrupted")
    'interrupted; no output was written'
    >>> note_finished("out.vcf")
    >>> ended("terminated")
    'terminated; out.vcf is complete, no other output was written'
    >>> forget_finished()

    """
    if not _finished:
        return f"{how}; no output was written"
    complete = f"{', '.join(_finished)} {'is' if len(_finished) == 1 else 'are'} complete"
    return f"{how}; {complete}, no other output was written"
