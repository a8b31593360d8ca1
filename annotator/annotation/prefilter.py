"""Prefilter: examines many lines at once, before any of them is parsed.

Few lines of a genome need parsing: most alleles start where no source has any, and most found alleles are
substitutions, whose row a source finds directly and that need no further results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.source import Source
from annotator.variants.query import Loci

if TYPE_CHECKING:
    import re

    from annotator.annotation.hinted_lines import HintedLines
    from annotator.variants.reference import Reference
    from annotator.vcf.annotations.annotations import Annotations
    from annotator.vcf.fasta_bytes import FastaBytes
    from annotator.vcf.scan import Integers, Mask, ScannedLines

__all__ = ["NO_END", "Prefilter", "Prefiltered", "items_of_rows"]

NO_END = 1 << 62
"""Length used for a contig of unknown length."""


class Prefiltered(NamedTuple):
    """Knowledge about the lines of a chunk before any of them is parsed.

    Attributes:
        worth: lines that must be parsed.
        rows: for each source that formats rows, the row of each line's only allele, -1 for none. If the line need not
            be parsed for another reason, only the items of these rows are written (`Pipeline.items`).
        named: for each source, the lines whose annotations may name something that it contains.
        checked: lines whose REF agrees with the reference.

    """

    worth: Mask
    rows: Sequence[Integers]
    named: Sequence[Mask]
    checked: Mask

    @property
    def known(self) -> Mask:
        """Return the lines that need no parsing except for their INFO."""
        import numpy as np

        found = np.zeros(self.worth.size, dtype=bool)
        for rows in self.rows:
            found |= rows >= 0
        return ~self.worth & found


class Prefilter:
    """Selects the lines of a chunk that must be parsed.

    Args:
        sources: the sources.
        contig_names: canonical contig by CHROM as written, None if the assembly does not have it.
        lengths: length in bases by canonical contig.
        annotations: annotations and identifiers that the header declares; None to read none.
        reference: reference to check REF; None for no check.
        looks_at_all: whether every line must be parsed for another reason.

    Attributes:
        formatting: the sources that format the INFO of found alleles without a lookup for each.

    """

    def __init__(
        self,
        sources: Sequence[Source[Any]],
        contig_names: Mapping[str, str | None],
        lengths: Mapping[str, int],
        annotations: Annotations | None,
        reference: Reference | None,
        *,
        looks_at_all: bool,
    ) -> None:
        self._sources = sources
        self._contig_names = contig_names
        self._lengths = lengths
        self._annotations = annotations
        self._reference = reference
        self._looks_at_all = looks_at_all
        self.formatting = [source for source in sources if source.formats_rows]
        self._near = dict(_near(sources, annotations))
        self._others = [source for source in sources if not source.formats_rows]

    def prefiltered(self, lines: ScannedLines, text: bytes) -> Prefiltered:
        """Return which lines of a chunk must be parsed, and which need only the INFO items of one found allele.

        Args:
            lines: the chunk, scanned.
            text: the bytes that were scanned.

        """
        import numpy as np

        worth = lines.unusual.copy()
        near = {number: lines.unusual.copy() for number in self._near}
        rows = [np.full(worth.size, -1) for _ in self.formatting]
        checked = np.zeros(worth.size, dtype=bool)
        for name, first, stop in lines.runs:
            contig = self._contig_names[name]
            if contig is None:
                worth[first:stop] = True
                continue
            run = slice(first, stop)
            places = Loci(
                lines.positions[run], lines.last_keys[run], lines.substitutions[run], lines.unanchored[run]
            )
            worth[run] |= lines.positions[run] > self._lengths.get(contig, NO_END)
            for source, found in zip(self.formatting, rows, strict=True):
                candidates, found[run] = source.located(contig, places)
                worth[run] |= candidates & (found[run] < 0)
            for number, (source, _) in self._near.items():
                near[number][run] |= source.near(contig, places)
            for source in self._others:
                worth[run] |= source.candidates(contig, places)
            if self._reference is not None:
                checked[run] = self._agreeing(contig, lines, run, text)
        if self._reference is not None:
            # Lines that disagree, and indels that may be shifted to the left, are examined one by one.
            worth |= ((lines.alleles > 0) & ~checked) | lines.unanchored
        named = [np.zeros(worth.size, dtype=bool) for _ in self._sources]
        for number, hinted in self._hinted.items():
            named[number][hinted.lines(lines, text)] = True
        for number, (_, pattern) in self._near.items():
            named[number][_containing(pattern, near[number].nonzero()[0], lines, text)] = True
        for of_source in named:
            worth |= of_source
        worth |= self._looks_at_all
        return Prefiltered(worth, rows, named, checked & ~lines.unusual)

    def _agreeing(self, contig: str, lines: ScannedLines, run: slice, text: bytes) -> Mask:
        """Return which lines of a run have the reference's bases in REF."""
        import numpy as np

        assert self._reference is not None
        has_bases = (lines.alleles[run] > 0) & ~lines.unusual[run]
        lengths = np.where(has_bases, lines.ref_lengths[run], 0)
        name = self._reference.name_of(contig)
        return self._fasta.agreeing(name, lines.positions[run], text, lines.refs[run], lengths)

    @cached_property
    def _fasta(self) -> FastaBytes:
        from annotator.vcf.fasta_bytes import FastaBytes

        assert self._reference is not None
        return FastaBytes(self._reference.path)

    @cached_property
    def _hinted(self) -> dict[int, HintedLines]:
        """Return the search for lines whose annotations can lead to a match, by number of the source."""
        annotations = self._annotations
        if annotations is None or not annotations.has_any:
            return {}
        hints = {
            number: source.line_hints(
                genes=annotations.names_genes, caids=annotations.has_caid, peptides=annotations.has_peptides
            )
            for number, source in enumerate(self._sources)
        }
        if not any(hints.values()):
            return {}
        from annotator.annotation.hinted_lines import HintedLines

        return {number: HintedLines(of, annotations.layouts) for number, of in hints.items() if of}


def _near(
    sources: Sequence[Source[Any]], annotations: Annotations | None
) -> Iterator[tuple[int, tuple[Source[Any], re.Pattern[bytes]]]]:
    """Yield the sources for which annotations near their alleles matter, by number, and the pattern of these lines."""
    if annotations is None or not annotations.names_genes:
        return
    for number, source in enumerate(sources):
        pattern = source.near_pattern(joint=annotations.has_joint)
        if pattern is not None:
            yield number, (source, pattern)


def _containing(pattern: re.Pattern[bytes], numbers: Integers, lines: ScannedLines, text: bytes) -> list[int]:
    """Return those of some lines that contain a pattern."""
    spans = zip(numbers.tolist(), lines.starts[numbers].tolist(), lines.stops[numbers].tolist(), strict=True)
    return [number for number, start, stop in spans if pattern.search(text, start, stop)]


def items_of_rows(sources: Sequence[Source[Any]], rows: Sequence[Integers]) -> list[str]:
    """Return the INFO items of found alleles, joined by `;` in the order of the sources.

    Args:
        sources: sources that format rows.
        rows: for each of them, the row of each allele, -1 for none.

    """
    items: list[str] = [""] * rows[0].size
    for source, of_source in zip(sources, rows, strict=True):
        places = (of_source >= 0).nonzero()[0]
        added = source.items(of_source[places].tolist())
        for place, text in zip(places.tolist(), added, strict=True):
            if text:
                items[place] = f"{items[place]};{text}" if items[place] else text
    return items
