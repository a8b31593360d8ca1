"""The table of sources in the summary of a run on standard error."""

from __future__ import annotations

__all__ = ["answers_told"]

_WORDS = ["found", "absent", "unsupported", "failed"]
_HEADINGS = ["found", "not_found", "unsupported", "failed"]


def answers_told(text: str) -> dict[str, dict[str, int]]:
    """Return how often each source gave each answer, by the table in what a run told."""
    lines = text.splitlines()
    (head,) = [
        number for number, line in enumerate(lines) if line.split() == ["source", "release", *_HEADINGS]
    ]
    told = {}
    for line in lines[head + 1 :]:
        cells = line.split()
        counts = [cell.replace(",", "") for cell in cells[-len(_WORDS) :]]
        if len(cells) < len(_WORDS) + 1 or not all(count.isdecimal() for count in counts):
            break
        told[cells[0]] = dict(zip(_WORDS, map(int, counts), strict=True))
    assert told, text
    return told
