"""Whether all tools wrote the right values: record by record, against a slow look-up in ClinVar's file.

Ours must have the right values for every ALT, and every byte outside INFO as it was. A peer is compared where its
rules and ours must agree: records of one ALT, whose allele is in ClinVar's file once and in the same spelling, or not
at all. Peers match by spelling; and some of them put records of one position into another order.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from itertools import groupby, zip_longest
from pathlib import Path
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote

from tests.bench.peers import FIELDS
from tests.support.clinvar_rows import STARS, info_items, trimmed

__all__ = ["Comparison", "Output", "compare", "same_bytes"]

Facts: TypeAlias = tuple[str | None, ...]
"""Decoded values of `FIELDS`."""

_NOTHING: Facts = (None,) * len(FIELDS)
_MOST_SHOWN = 5


class Output(NamedTuple):
    """Output of a tool; `per_allele` for ours, which has a result for every ALT."""

    tool: str
    path: Path
    per_allele: bool


class Comparison:
    """The sum of a comparison.

    Attributes:
        counts: what was looked at.
        differences: number of differences by tool.
        shown: the first of them, as sentences.

    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.differences: Counter[str] = Counter()
        self.shown: list[str] = []

    def differ(self, tool: str, what: str) -> None:
        """Note a difference."""
        self.differences[tool] += 1
        if self.differences[tool] <= _MOST_SHOWN:
            self.shown.append(f"{tool}: {what}")

    def __str__(self) -> str:
        counts = ", ".join(f"{count:,} {what}" for what, count in self.counts.items())
        found = ", ".join(f"{tool} {count:,}" for tool, count in self.differences.items())
        return f"{counts}; " + (f"DIFFERENCES: {found}" if found else "no difference")


class _Known(NamedTuple):
    """What ClinVar's file has of an allele.

    Attributes:
        facts: its values.
        spelling: POS, REF and ALT, or None if several records have the allele.

    """

    facts: Facts
    spelling: tuple[int, str, str] | None


_Key: TypeAlias = tuple[str, int, str, str]


class _LookUp:
    """ClinVar's file, a contig at a time."""

    def __init__(self, clinvar: Path) -> None:
        import pysam

        self._file = pysam.TabixFile(str(clinvar))
        self._chrom = ""
        self._lines: dict[_Key, list[str]] = {}

    def find(self, record: _Record, alt: str) -> _Known | None:
        """Give what is known of one ALT: of several records that with most stars, then the lowest VariationID."""
        if record.chrom != self._chrom:
            self._chrom = record.chrom
            self._lines = self._read(record.chrom)
        lines = self._lines.get(_key(record.chrom, record.position, record.ref, alt))
        if lines is None:
            return None
        best = lines[0] if len(lines) == 1 else min(lines, key=_rank)
        _, pos, _, ref, found, _, _, column = best.split("\t")
        info = info_items(column)
        spelling = (int(pos), ref, found) if len(lines) == 1 else None
        return _Known(_facts([info.get(field) for field in FIELDS]), spelling)

    def _read(self, chrom: str) -> dict[_Key, list[str]]:
        lines: dict[_Key, list[str]] = {}
        for line in self._file.fetch(chrom) if chrom in self._file.contigs else ():
            _, pos, _, ref, alt, _ = line.split("\t", 5)
            lines.setdefault(_key(chrom, int(pos), ref, alt), []).append(line)
        return lines


def _key(chrom: str, position: int, ref: str, alt: str) -> _Key:
    if len(ref) == len(alt) == 1:
        return chrom, position, ref, alt
    return trimmed(chrom, position, ref, alt)


def _rank(line: str) -> tuple[int, int]:
    _, _, variation, *_, column = line.split("\t")
    return -int(STARS.get(info_items(column).get("CLNREVSTAT", ""), "0")), int(variation)


def _facts(values: list[str | None]) -> Facts:
    return tuple(None if value in {None, "."} else unquote(value or "") for value in values)


class _Record(NamedTuple):
    """A line of a VCF; `rest` is FORMAT and the samples."""

    chrom: str
    position: int
    identifier: str
    ref: str
    alt: str
    quality: str
    filters: str
    info: str
    rest: str

    @property
    def place(self) -> tuple[str, int]:
        return self.chrom, self.position

    @property
    def alts(self) -> list[str]:
        return self.alt.split(",")

    def __str__(self) -> str:
        return f"{self.chrom}:{self.position} {self.ref}>{self.alt}"

    def facts(self) -> Facts:
        """Give the values as one allele's."""
        if "CLN" not in self.info and "ALLELEID=" not in self.info:
            return _NOTHING
        info = info_items(self.info)
        return _facts([info.get(field) for field in FIELDS])

    def facts_per_alt(self) -> list[Facts]:
        """Give the values of each ALT, from fields of Number=A; nothing if they are not as many as the ALTs."""
        count = self.alt.count(",") + 1
        if "CLN" not in self.info and "ALLELEID=" not in self.info:
            return [_NOTHING] * count
        info = info_items(self.info)
        columns = [(info.get(field) or ",".join("." * count)).split(",") for field in FIELDS]
        if any(len(column) != count for column in columns):
            return []
        return [_facts(list(values)) for values in zip(*columns, strict=True)]


def _positions(path: Path) -> Iterator[list[_Record]]:
    """Give the records of a compressed VCF, those of one position together."""
    for _, records in groupby(_records(path), key=lambda record: record.place):
        yield list(records)


def _records(path: Path) -> Iterator[_Record]:
    with gzip.open(path, "rb") as file:
        for line in file:
            if not line.startswith(b"#"):
                text = line.decode().rstrip("\n")
                chrom, pos, identifier, ref, alt, quality, filters, info, *rest = text.split("\t", 8)
                yield _Record(chrom, int(pos), identifier, ref, alt, quality, filters, info, "".join(rest))


def compare(query: Path, clinvar: Path, outputs: list[Output]) -> Comparison:
    """Compare what tools wrote with what they should have written.

    Args:
        query: what they read.
        clinvar: the indexed file they took values from.
        outputs: what they wrote.

    """
    comparison = Comparison()
    known = _LookUp(clinvar)
    lost: set[str] = set()
    for asked, *answers in zip_longest(_positions(query), *(_positions(output.path) for output in outputs)):
        if asked is not None:
            _count(comparison, known, asked)
        for output, answered in zip(outputs, answers, strict=True):
            if output.tool in lost:
                continue
            if asked is None or answered is None or not _same_sites(asked, answered, output):
                comparison.differ(
                    output.tool, f"records lost or added at {(asked or answered or ['the end'])[0]}"
                )
                lost.add(output.tool)
            elif output.per_allele:
                _compare_ours(comparison, known, asked, answered, output.tool)
            else:
                _compare_peer(comparison, known, answered, output.tool)
    return comparison


def _same_sites(asked: list[_Record], answered: list[_Record], output: Output) -> bool:
    if len(asked) == len(answered) == 1 or output.per_allele:
        return [record[:5] for record in asked] == [record[:5] for record in answered]
    return Counter(record[:5] for record in asked) == Counter(record[:5] for record in answered)


def _count(comparison: Comparison, known: _LookUp, records: list[_Record]) -> None:
    for record in records:
        comparison.counts["records"] += 1
        found = sum(known.find(record, alt) is not None for alt in record.alts)
        comparison.counts["alleles in ClinVar"] += found
        if found and "," in record.alt:
            comparison.counts["of them in records of several ALTs"] += found


def _compare_ours(
    comparison: Comparison, known: _LookUp, asked: list[_Record], answered: list[_Record], tool: str
) -> None:
    for record, answer in zip(asked, answered, strict=True):
        if not _is_kept(record, answer):
            comparison.differ(tool, f"{record}: something other than its own INFO fields changed")
        per_alt = answer.facts_per_alt()
        if len(per_alt) != len(record.alts):
            comparison.differ(tool, f"{record}: not as many values as ALTs in {answer.info}")
            continue
        for alt, facts in zip(record.alts, per_alt, strict=True):
            entry = known.find(record, alt)
            expected = _NOTHING if entry is None else entry.facts
            _compare_facts(comparison, f"{record}, ALT {alt}", facts, expected, tool)


def _is_kept(record: _Record, answer: _Record) -> bool:
    """Whether an answer is the record itself, but for what was added to INFO."""
    if answer._replace(info="") != record._replace(info=""):
        return False
    return record.info == "." or f"{answer.info};".startswith(f"{record.info};")


def _compare_peer(comparison: Comparison, known: _LookUp, answered: list[_Record], tool: str) -> None:
    for record in answered:
        if "," in record.alt:
            continue
        entry = known.find(record, record.alt)
        if entry is None:
            _compare_facts(comparison, str(record), record.facts(), _NOTHING, tool)
        elif entry.spelling == (record.position, record.ref, record.alt):
            comparison.counts[f"compared with {tool}'s values"] += 1
            _compare_facts(comparison, str(record), record.facts(), entry.facts, tool)


def _compare_facts(comparison: Comparison, where: str, found: Facts, expected: Facts, tool: str) -> None:
    if found != expected:
        pairs = zip(FIELDS, found, expected, strict=True)
        what = ", ".join(f"{field} is {one!r}, not {other!r}" for field, one, other in pairs if one != other)
        comparison.differ(tool, f"{where}: {what}")


def same_bytes(first: Path, second: Path) -> bool:
    """Whether two files are equal, byte by byte."""
    if first.stat().st_size != second.stat().st_size:
        return False
    with first.open("rb") as one, second.open("rb") as other:
        while block := one.read(1 << 20):
            if block != other.read(1 << 20):
                return False
    return True
