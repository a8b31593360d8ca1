"""The lines of a chunk that fit one of the sources' hints: they name a gene or transcript and match a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.patterns import one_of
from annotator.sources.source import LineHint
from annotator.vcf.annotations.consequences import ConsequenceFilter
from annotator.vcf.annotations.layout import Layout, Part
from annotator.vcf.annotations.residues import ResidueFilter
from annotator.vcf.annotations.scan import AnnotatedText, NameScanner, NameSet
from annotator.vcf.scan import Integers, ScannedLines

__all__ = ["HintedLines"]

_ENTRY = re.compile(rb"[^,;\t\n]*")
_BEFORE = (
    r"[\x00-\x1f|&=, \x80-\xff]",
    # in a BCF, the type and length of a text, which follow the number of its key and may look like a letter
    r"\xf7\x11.",
    r"\x11.['7GWgw]",
    r"\x12..['7GWgw]",
)
"""Bytes before a gene; only the first, unless the value of an annotation may begin with a gene."""
_IN_NAMES = np.array([chr(byte) in "-._" or (chr(byte).isalnum() and byte < 0x80) for byte in range(256)])
_LONGEST_END = 64
"""Bytes at the end of a record that contain any name or change of interest."""
_ENCODED = "%(?:2[DEde]|3[0-9]|[4-7][0-9A-Fa-f])"
"""An encoded letter, digit, hyphen or dot of a name."""


class _Searched(NamedTuple):
    """A hint whose lines are found by a pattern over the whole chunk."""

    found_by: re.Pattern[bytes]
    held: re.Pattern[bytes] | None = None


class HintedLines:
    """Search for the lines that fit hints.

    Args:
        hints: hints of the sources.
        layouts: layouts of the annotations that the header declares.

    """

    def __init__(self, hints: Sequence[LineHint], layouts: Sequence[Layout]) -> None:
        self._named = [hint for hint in hints if _can_be_scanned(hint, layouts)]
        self._fits = [_filter_of(hint, layouts) for hint in self._named]
        self._scanner = NameScanner(layouts, [NameSet(hint.genes, hint.transcripts) for hint in self._named])
        self._searched = [_searched(hint, _BEFORE[:1]) for hint in hints if hint not in self._named]
        self._hints, self._layouts = hints, layouts

    def lines(self, lines: ScannedLines, text: bytes) -> Integers:
        """Return the lines that fit a hint, possibly with a few false positives.

        Args:
            lines: the chunk, scanned.
            text: the bytes that were scanned.

        """
        found: list[Integers] = [np.zeros(0, dtype=np.int64)]
        if lines.tabs is not None and self._named:
            annotated = AnnotatedText(text)
            for layout, entries in self._scanner.entries(lines, annotated):
                for hint, fits, of_hint in zip(self._named, self._fits, entries, strict=True):
                    kept = of_hint if fits is None else _fitting(fits, layout, of_hint, annotated)
                    of_line = np.searchsorted(lines.starts, kept, side="right") - 1
                    named = of_line[np.diff(of_line, prepend=-1) > 0]
                    found.append(_holding(hint.pattern, named, lines, text))
        for one in self._searched if lines.tabs is not None else self._searched_in_binary:
            numbers = lines.holding(one.found_by, text)
            if lines.tabs is None:
                numbers = np.union1d(numbers, _ending_with(one.found_by, lines, text))
            found.append(_holding(one.held, numbers, lines, text))
        return np.concatenate(found)

    @cached_property
    def _searched_in_binary(self) -> list[_Searched]:
        before = _BEFORE if _has_first_gene(self._layouts) else _BEFORE[:1]
        return [_searched(hint, before) for hint in self._hints]


def _filter_of(hint: LineHint, layouts: Sequence[Layout]) -> ResidueFilter | ConsequenceFilter | None:
    if hint.residues:
        return ResidueFilter(layouts, hint.residues)
    return None if hint.may_match is None else ConsequenceFilter(layouts, hint.may_match)


def _fitting(
    fits: ResidueFilter | ConsequenceFilter, layout: Layout, entries: Integers, text: AnnotatedText
) -> Integers:
    """Return those of some entries that a filter keeps."""
    place = fits.required(layout)
    if place is not None:
        entries = entries[text.has_part(entries, place)]
    key, padded = layout.key, text.padded
    kept = [fits.fits(key, entry[0]) for start in entries.tolist() if (entry := _ENTRY.match(padded, start))]
    found: Integers = entries[np.array(kept, dtype=bool)]
    return found


def _can_be_scanned(hint: LineHint, layouts: Sequence[Layout]) -> bool:
    """Return whether every annotation that may contain a hint's names has a separate part for them."""
    if hint.genes:
        return all(Part.SYMBOL in layout.parts for layout in layouts if layout.names_genes)
    return bool(hint.transcripts) and all(
        Part.FEATURE in layout.parts for layout in layouts if layout.has_expressions
    )


def _has_first_gene(layouts: Iterable[Layout]) -> bool:
    """Return whether the value of an annotation may begin with a gene."""
    return any(
        layout.parts.get(part) == 0
        for layout in layouts
        if layout.names_genes
        for part in (Part.SYMBOL, Part.GENE_ID)
    )


def _searched(hint: LineHint, before: Sequence[str]) -> _Searched:
    if hint.pattern is not None and not hint.genes:  # also for transcripts: expressions are rarer
        return _Searched(hint.pattern)
    pattern = rf"(?:{'|'.join(before)}){one_of(hint.genes)}(?![A-Za-z0-9_.-])|{_ENCODED}"
    return _Searched(re.compile(pattern.encode("latin-1"), re.DOTALL), hint.pattern)


def _ending_with(pattern: re.Pattern[bytes], lines: ScannedLines, text: bytes) -> list[int]:
    """Return the records of a BCF in which a pattern occurs at the end of INFO, whatever byte follows there.

    Without genotypes, the size of the next record follows, which may look like a part of a name.
    """
    data = np.frombuffer(text, dtype=np.uint8)
    after = data[np.minimum(lines.stops, data.size - 1)]
    numbers = np.flatnonzero(_IN_NAMES[after] & _IN_NAMES[data[lines.stops - 1]])
    spans = zip(numbers.tolist(), lines.starts[numbers].tolist(), lines.stops[numbers].tolist(), strict=True)
    return [
        number for number, start, stop in spans if pattern.search(text, max(start, stop - _LONGEST_END), stop)
    ]


def _holding(
    pattern: re.Pattern[bytes] | None, numbers: Iterable[int], lines: ScannedLines, text: bytes
) -> Integers:
    """Return those of some lines that match a pattern."""
    numbers = np.asarray(numbers, dtype=np.int64)
    if pattern is None:
        return numbers
    spans = zip(numbers.tolist(), lines.starts[numbers].tolist(), lines.stops[numbers].tolist(), strict=True)
    held = [number for number, start, stop in spans if pattern.search(text, start, stop)]
    return np.array(held, dtype=np.int64)
