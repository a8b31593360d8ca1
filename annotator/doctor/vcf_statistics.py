"""Counts properties of the records of a VCF in one pass, whatever its size.

Chunks are scanned as columns (`vcf.scan`), which suffices for the usual lines. The unusual ones are examined one by
one, and so is every line if there is a reference sequence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from annotator.doctor.phased_neighbours import PhasedNeighbours, lines_with_neighbours
from annotator.doctor.repeated_alleles import RepeatedAlleles, lines_at_shared_positions
from annotator.errors import InputError
from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.allele import (
    BaseSource,
    agrees_with_reference,
    key_of,
    left_align,
    unsupported_reason,
)
from annotator.vcf.annotations.annotations import Annotations
from annotator.vcf.lines import RecordTexts
from annotator.vcf.text import RecordLines

if TYPE_CHECKING:
    import re

    from annotator.vcf.scan import ScannedLines

__all__ = ["Census", "Place", "count_records"]

_BLOCKS = frozenset({"<NON_REF>", "<*>"})


class Place(NamedTuple):
    """A record: its contig as written, 1-based POS, and 1-based line, None without lines."""

    contig: str
    position: int
    line: int | None

    def __str__(self) -> str:
        where = f"{self.contig}:{self.position}"
        return where if self.line is None else f"{where} (line {self.line:,})"


@dataclass
class Census:
    """Counts of a file. A place is the first record of its kind, None if there is none.

    Attributes:
        records: number of records.
        alleles: number of ALTs.
        contigs: records by contig as written, in the order of the file.
        unsorted: a record whose position is before the previous record's.
        scattered: a record whose contig occurred before another one.
        multi_allelic: records with several ALTs, except those of gVCF.
        unanchored: insertions and deletions that may be further left: the record has no base before them, and the
            reference does not have the position.
        moved: insertions and deletions that are not left-aligned, according to the reference.
        phased: SNVs that are on one haplotype with another SNV that may be in the same codon.
        repeated: alleles that more than one record at one position describes.
        padded: records with one ALT that shares more bases with REF than VCF requires.
        kinds: ALTs that cannot be looked up, by reason; and `gvcf` for `<NON_REF>` and `<*>`.
        blocks: records that contain only a gVCF block.
        without_alt: records whose ALT is `.`.
        annotated: records with the INFO key of an annotator, by key, if the header declares it.
        checked: records whose REF was compared with the reference.
        mismatches: number of those that differ.
        places: first record of each kind, by the names of these attributes.
        carriage_returns: whether lines end in CR LF.
        problem: error that stopped the count.

    """

    records: int = 0
    alleles: int = 0
    contigs: Counter[str] = field(default_factory=Counter)
    unsorted: int = 0
    scattered: int = 0
    multi_allelic: int = 0
    unanchored: int = 0
    moved: int = 0
    repeated: int = 0
    phased: int = 0
    padded: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    blocks: int = 0
    without_alt: int = 0
    annotated: Counter[str] = field(default_factory=Counter)
    checked: int = 0
    mismatches: int = 0
    places: dict[str, Place] = field(default_factory=dict)
    carriage_returns: bool = False
    problem: InputError | None = None

    def note(self, name: str, place: Place) -> None:
        """Store the first record of a kind."""
        self.places.setdefault(name, place)


def count_records(
    reader: RecordTexts, path: str, contig_names: dict[str, str | None], reference: BaseSource | None = None
) -> Census:
    """Count the records of a file.

    Args:
        reader: an opened input.
        path: name of the input, for errors.
        contig_names: canonical contig by the name in the records; None if the assembly does not have it.
        reference: to compare REF, and to check whether indels are left-aligned.

    Returns:
        The counts; for a truncated or malformed file those up to the error, and the error.

    """
    counter = _Counter(reader, path, contig_names, reference)
    try:
        for text in reader.texts:
            counter.count(text)
    except InputError as error:
        counter.census.problem = error
    return counter.census


class _Counter:
    def __init__(
        self,
        reader: RecordTexts,
        path: str,
        contig_names: dict[str, str | None],
        reference: BaseSource | None,
    ) -> None:
        self.census = Census()
        self._columns = len(reader.header.columns)
        self._first_line = reader.first_line
        self._path = path
        self._contig_names = contig_names
        self._reference = reference
        self._last: tuple[str, int] = ("", 0)
        self._repeated = RepeatedAlleles()
        annotations = Annotations.of(reader.header.info)
        self._phased = PhasedNeighbours(annotations, self._columns)
        self._patterns = _patterns([layout.key for layout in annotations.layouts])

    def count(self, text: bytes) -> None:
        """Count a piece of whole lines."""
        from annotator.vcf.scan import scan

        lines = scan(text if text.endswith(b"\n") else text + b"\n", self._columns)
        if lines is None:
            self._one_by_one(text.removesuffix(b"\n").split(b"\n"))
            return
        self._order(lines)
        census = self.census
        census.carriage_returns |= text[: lines.stops[0]].endswith(b"\r")
        usual = ~(lines.unusual | lines.mixed)
        census.multi_allelic += int((lines.alleles[usual] > 1).sum())
        census.without_alt += int((lines.alleles[usual] == 0).sum())
        census.alleles += int(lines.alleles[usual].sum())
        if self._reference is None:
            census.unanchored += int(lines.unanchored[usual].sum())
        for key, pattern in self._patterns.items():
            census.annotated[key] += int(lines.holding(pattern, text).size)
        looked_at = (~usual).nonzero()[0] if self._reference is None else range(lines.starts.size)
        names = self._names(lines) if self._reference is not None or len(looked_at) else []
        for number in map(int, looked_at):
            columns = text[lines.starts[number] : lines.stops[number]].split(b"\t", 5)
            place = self._place(names[number], int(lines.positions[number]), number)
            self._alleles(columns, place, is_counted=bool(usual[number]))
        self._repeats(lines, text)
        if self._phased.is_possible:
            self._neighbours(lines, text)
        census.records += int(lines.starts.size)

    def _repeats(self, lines: ScannedLines, text: bytes) -> None:
        for name, number in lines_at_shared_positions(lines):
            columns = text[lines.starts[number] : lines.stops[number]].split(b"\t", 5)
            self._repeat(columns, self._place(name, int(lines.positions[number]), number))

    def _neighbours(self, lines: ScannedLines, text: bytes) -> None:
        for name, number in lines_with_neighbours(lines):
            line = text[lines.starts[number] : lines.stops[number]]
            self._neighbour(line, self._place(name, int(lines.positions[number]), number))

    def _neighbour(self, line: bytes, place: Place) -> None:
        if self._phased.add(place.contig, place.position, line):
            self.census.phased += 1
            self.census.note("phased", place)

    def _repeat(self, columns: Sequence[bytes], place: Place) -> None:
        repeated = self._repeated.add(place.contig, place.position, columns)
        self.census.repeated += repeated
        if repeated:
            self.census.note("repeated", place)

    def _names(self, lines: ScannedLines) -> list[str]:
        return [name for name, first, stop in lines.runs for _ in range(stop - first)]

    def _place(self, contig: str, position: int, number: int) -> Place:
        line = None if self._first_line is None else self._first_line + self.census.records + number
        return Place(contig, position, line)

    def _order(self, lines: ScannedLines) -> None:
        import numpy as np

        for name, first, stop in lines.runs:
            positions = lines.positions[first:stop]
            self._enter(name, int(positions[0]), first)
            backwards = np.flatnonzero(np.diff(positions) < 0)
            self.census.unsorted += int(backwards.size)
            if backwards.size:
                number = first + int(backwards[0]) + 1
                place = self._place(name, int(lines.positions[number]), number)
                self.census.note("unsorted", place)
            self.census.contigs[name] += stop - first
            self._last = (name, int(positions[-1]))

    def _enter(self, name: str, position: int, number: int) -> None:
        """Count a run of records whose first record is out of order or whose contig occurred before."""
        contig, last = self._last
        if contig == name and position < last:
            self.census.unsorted += 1
            self.census.note("unsorted", self._place(name, position, number))
        elif contig != name and name in self.census.contigs:
            self.census.scattered += 1
            self.census.note("scattered", self._place(name, position, number))

    def _one_by_one(self, lines: Sequence[bytes]) -> None:
        """Count lines, one of which is malformed: up to that one, which raises the error."""
        for line in lines:
            number = 0 if self._first_line is None else self._first_line + self.census.records
            sites = RecordLines([line], self._columns, path=self._path, numbers=[number]).sites
            name, position = sites.contigs[0], sites.positions[0]
            self._enter(name, position, 0)
            self.census.contigs[name] += 1
            self._last = (name, position)
            columns, place = line.split(b"\t", 5), self._place(name, position, 0)
            self._alleles(columns, place, is_counted=False)
            self._repeat(columns, place)
            if self._phased.is_possible:
                self._neighbour(line, place)
            for key, pattern in self._patterns.items():
                self.census.annotated[key] += pattern.search(line) is not None
            self.census.records += 1

    def _alleles(self, columns: Sequence[bytes], place: Place, *, is_counted: bool) -> None:
        """Examine the alleles of one record; those of a usual line are counted already."""
        census = self.census
        ref = columns[3].decode("latin-1")
        alts = [] if columns[4] == b"." else columns[4].decode("latin-1").split(",")
        reasons = [unsupported_reason(ref, alt) for alt in alts]
        if not is_counted:
            census.alleles += len(alts)
            census.without_alt += not alts
            census.multi_allelic += len([alt for alt in alts if alt not in _BLOCKS]) > 1
        census.blocks += bool(alts) and set(alts) <= _BLOCKS
        for alt, reason in zip(alts, reasons, strict=True):
            if alt in _BLOCKS:
                census.kinds["gvcf"] += 1
                census.note("gvcf", place)
            elif reason is not None:
                census.kinds[reason] += 1
                census.note(reason, place)
            else:
                self._plain(place, ref, alt, is_single=len(alts) == 1)
        if self._reference is not None and any(reason is None for reason in reasons):
            self._check(place, ref, self._reference)

    def _plain(self, place: Place, ref: str, alt: str, *, is_single: bool) -> None:
        census, reference = self.census, self._reference
        contig = self._contig_names[place.contig]
        key = key_of(contig or place.contig, place.position, ref, alt)
        shared = len(ref) - len(key.deleted)
        is_padded = is_single and shared > (1 if key.is_indel else 0)
        if is_padded:
            census.padded += 1
            census.note("padded", place)
        if not key.is_indel:
            return
        is_known = reference is not None and reference.bases(key.contig, key.start, key.start) != ""
        if key.start == place.position and not is_known:
            census.unanchored += 1
            census.note("unanchored", place)
        elif reference is not None and left_align(key, reference) != key:
            census.moved += 1
            census.note("moved", place)

    def _check(self, place: Place, ref: str, reference: BaseSource) -> None:
        contig = self._contig_names[place.contig]
        if contig is None:
            return
        expected = reference.bases(contig, place.position, place.position + len(ref) - 1)
        if not expected and not reference.bases(contig, 1, 1):
            return
        self.census.checked += 1
        if not agrees_with_reference(ref, expected):
            self.census.mismatches += 1
            self.census.note("mismatches", place)


def _patterns(keys: Sequence[str]) -> dict[str, re.Pattern[bytes]]:
    import re

    return {
        key: re.compile(rb"(?<=[\t;])" + re.escape(key.encode("utf-8", "surrogateescape")) + b"=")
        for key in keys
    }
