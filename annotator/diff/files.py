"""Comparison of two annotated files: of the annotations of alleles that both contain.

A failed lookup on one side (`clinvar:failed` in ANNSTATUS) is not a change: such alleles are omitted and counted. The
same applies to alleles that only one file contains, and to fields with which only one file was annotated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from annotator.diff.changes import (
    Change,
    CivicItem,
    ClinVarFacts,
    Subject,
    civic_changes,
    clinvar_changes,
)
from annotator.diff.comparison import Comparison, FailOn, Side, Tally
from annotator.diff.names import AlleleNames
from annotator.diff.snapshots import shown_allele
from annotator.errors import AssemblyError, InputError
from annotator.info import decode_text, spaced
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress, counting
from annotator.sources.civic.fields import CIVIC_SUBFIELDS
from annotator.sources.civic.records import amp_level
from annotator.sources.civic.therapies import joined_therapies
from annotator.sources.status import STATUS_ID
from annotator.variants.allele import AlleleKey, key_of, unsupported_reason
from annotator.variants.assembly import Assembly
from annotator.vcf.files import open_input
from annotator.vcf.header import Header
from annotator.vcf.lines import RecordTexts, read_texts
from annotator.vcf.provenance import command_of, releases_of, written_fields
from annotator.vcf.text import RecordLines

if TYPE_CHECKING:
    from annotator.vcf.scan import Integers

__all__ = ["compare_files"]

# In the order of `ClinVarFacts`.
_CLINVAR_KEYS = (
    "CLNSIG", "CLNREVSTAT", "ONC", "ONCREVSTAT", "SCI", "SCIREVSTAT", "CLNSIGCONF", "ONCCONF",
)  # fmt: skip
_LAST_POSITION = 2**63 - 1  # in the columns of a scan
_CIVIC = "CIVIC"
_OTHER_KEYS = ("CLNVID", _CIVIC, "CIVIC_VID")


class _Values(NamedTuple):
    """The annotations of one allele in a file.

    Attributes:
        place: number of the allele in the file, for the order of the output.
        clinvar: None if ClinVar does not contain the allele.
        civic: None if CIViC does not contain the allele.
        unanswered: knowledge bases whose lookup failed.
        id: ClinVar's number.
        gene: symbols.
        name: gene and change, such as `BRAF V600E`, of an allele that differs from the other file.

    """

    place: int
    clinvar: ClinVarFacts | None
    civic: tuple[CivicItem, ...] | None
    unanswered: frozenset[str]
    id: str
    gene: str
    name: str = ""

    @property
    def is_silent(self) -> bool:
        """Whether there is neither an annotation nor a failed lookup."""
        return self.clinvar is None and self.civic is None and not self.unanswered


class _File(NamedTuple):
    """An annotated file: its path, its releases, our fields that it declares, and the options of its run."""

    path: str
    side: Side
    assembly: Assembly
    fields: frozenset[str]
    command: str


def compare_files(
    before: str, after: str, fail_on: Collection[FailOn] = (), progress: Progress | None = None
) -> Comparison:
    """Compare two annotated VCF or BCF files.

    Alleles are compared by their keys, independent of other ALTs in their records. The annotated alleles of `before`
    and the changes of `after` are in memory, a few per cent of a genome.

    Args:
        before: the older file.
        after: the newer file. Neither can be standard input: they are read twice.
        fail_on: changes that `Tally.alarming` counts.
        progress: called with the bytes read while the changes are collected.

    Raises:
        AssemblyError: the files have different assemblies.
        InputError: a file cannot be read, or was not annotated by this program.

    """
    old, new = _opened(before), _opened(after)
    if old.assembly is not new.assembly:
        raise AssemblyError(
            f"the file is on {new.assembly}, but {old.side.name} is on {old.assembly}",
            path=after,
            remedy="Compare two files on the same assembly",
        )
    fields = old.fields & new.fields
    notes = [
        f"only one of the files is annotated with {name}, so its annotations are not compared"
        for name in sorted(old.fields ^ new.fields)
    ]
    notes += [
        f"both files use the same release of {name} ({version})"
        for name, version in old.side.releases.items()
        if new.side.releases.get(name) == version
    ]
    if old.command != new.command:
        notes.append(
            "the files were annotated with different options, which can be the reason for changes "
            f"({old.command or 'not stated'}; {new.command or 'not stated'})"
        )
    tally = Tally()
    changes = tally.counted(_changes(old, new, fields, tally, progress), frozenset(fail_on))
    return Comparison(old.side, new.side, str(old.assembly), changes, tally, tuple(notes))


def _opened(path: str) -> _File:
    if path == "-":
        raise InputError(
            "files to compare are read twice, which is not possible here",
            path="standard input",
            remedy="Save the data to a file, and use its path",
        )
    with open_input(path) as source:
        header = read_texts(source).header
    sources = releases_of(header.meta)
    if not sources:
        raise InputError(
            "the file was not annotated by this program: its header has no ##annotatorSource line",
            path=path,
            remedy="Annotate it first with: annotator annotate",
        )
    assemblies = {one.assembly for one in sources}
    if len(assemblies) != 1 or not assemblies <= set(Assembly):
        raise AssemblyError(
            "the ##annotatorSource lines of the file do not agree on one assembly",
            path=path,
            remedy="Annotate the file again",
        )
    side = Side(path.rpartition("/")[2], {one.knowledge_base: one.version for one in sources})
    fields = frozenset((*_CLINVAR_KEYS, *_OTHER_KEYS)) & written_fields(header.meta)
    return _File(path, side, Assembly(assemblies.pop()), fields, command_of(header.meta))


def _changes(
    old: _File, new: _File, fields: frozenset[str], tally: Tally, progress: Progress | None
) -> Iterator[Change]:
    common = [
        name for name in ("clinvar", "civic") if name in old.side.releases.keys() & new.side.releases.keys()
    ]
    known = {allele: said for allele, said, _ in _alleles(old, fields, progress) if not said.is_silent}
    come: dict[AlleleKey, _Values] = {}
    found: list[tuple[int, AlleleKey, _Values | None, _Values]] = []
    met: set[AlleleKey] = set()
    for allele, said, name in _alleles(new, fields, progress, known):
        was = known.get(allele)
        if was is not None and allele not in met:
            met.add(allele)
            tally.compared["alleles"] += 1
            if was[1:4] != said[1:4]:
                found.append((said.place, allele, was, said._replace(name=name())))
        elif was is None and not said.is_silent and allele not in come:
            come[allele] = said._replace(name=name())
    tally.left_out["only in the first file"] += len(known) - len(met)
    if come:  # new in the knowledge base, or a new allele of the file?
        there = {allele for allele, *_ in _alleles(old, fields, progress, come) if allele in come}
        found += [(said.place, allele, None, said) for allele, said in come.items() if allele in there]
        tally.compared["alleles"] += len(there)
        tally.left_out["only in the second file"] += len(come) - len(there)
    for _, allele, values_before, values_after in sorted(found, key=lambda one: one[0]):
        yield from _changes_of(allele, values_before, values_after, common, tally)


def _changes_of(
    allele: AlleleKey, was: _Values | None, now: _Values, common: Sequence[str], tally: Tally
) -> Iterator[Change]:
    unanswered = now.unanswered | (was.unanswered if was is not None else frozenset())
    number = now.id or (was.id if was is not None else "")
    gene = now.gene or (was.gene if was is not None else "")
    subject = Subject(shown_allele(allele), f"VCV{number}" if number else "", gene, now.name)
    for name in common:
        if name in unanswered:
            tally.left_out[f"lookups in {name} failed"] += 1
        elif name == "clinvar":
            yield from clinvar_changes(subject, was and was.clinvar, now.clinvar)
        else:
            yield from civic_changes(subject, was and was.civic, now.civic)


def _alleles(
    file: _File, fields: frozenset[str], progress: Progress | None, wanted: Iterable[AlleleKey] = ()
) -> Iterator[tuple[AlleleKey, _Values, Callable[[], str]]]:
    """Yield the alleles of a file with their annotations and what names them: at least the annotated and the wanted."""
    with open_input(file.path) as source:
        source.watch(counting(progress, f"reading {source.title}", source.size))
        reader = read_texts(source)
        chosen = _Chosen(reader, file, wanted)
        names = AlleleNames(reader.header, file.path)
        columns = len(reader.header.columns)
        records = 0
        for text in reader.texts:
            numbered = chosen.lines(text, columns, records, reader.first_line)
            for number, line in numbered:
                head = line.split(b"\t", 8)
                contig = chosen.names[head[0]]
                ref, alts = head[3].decode("latin-1"), head[4].decode("latin-1").split(",")
                info_values = _info_values(head[7].rstrip(b"\r"), len(alts), fields)
                for index, alt in enumerate(alts):
                    if unsupported_reason(ref, alt) is None:
                        place = (records + number << 16) + index
                        key = key_of(contig, int(head[1]), ref, alt)
                        yield (
                            key,
                            info_values.said(index, place) if info_values else _SILENT._replace(place=place),
                            partial(names.name, line, index),
                        )
            records += text.removesuffix(b"\n").count(b"\n") + 1


class _Chosen:
    """Selection of the lines to parse: one in a hundred for a genome."""

    def __init__(self, reader: RecordTexts, file: _File, wanted: Iterable[AlleleKey]) -> None:
        self.names = _Names(file.assembly)
        self._path = file.path
        self._patterns = [
            re.compile(key.encode("utf-8", "surrogateescape") + b"=") for key in _compared_keys(reader.header)
        ]
        self._starts = _starts(wanted)

    def lines(
        self, text: bytes, columns: int, records: int, first_line: int | None
    ) -> Iterator[tuple[int, bytes]]:
        """Yield lines of a piece that have annotations or may contain a wanted allele, with their 0-based numbers.

        Raises:
            InputError: a line is malformed.

        """
        from annotator.vcf.scan import scan

        scanned = scan(text if text.endswith(b"\n") else text + b"\n", columns)
        if scanned is None:
            lines = text.removesuffix(b"\n").split(b"\n")
            first = 1 if first_line is None else first_line
            numbers = range(first + records, first + records + len(lines))
            RecordLines(lines, columns, path=self._path, numbers=numbers)
            yield from enumerate(lines)
            return
        worth = scanned.unusual & False
        for pattern in self._patterns:
            worth[scanned.holding(pattern, text)] = True
        for name, first, stop in scanned.runs:
            starts = self._starts.get(self.names[name.encode("utf-8", "surrogateescape")])
            if starts is not None:
                positions, last = scanned.positions[first:stop], scanned.last_keys[first:stop]
                after = starts.searchsorted(positions)
                worth[first:stop] |= (after < starts.size) & (starts[after.clip(max=starts.size - 1)] <= last)
        for number in map(int, worth.nonzero()[0]):
            yield number, text[scanned.starts[number] : scanned.stops[number]]


def _compared_keys(header: Header) -> list[str]:
    """Return INFO keys such that every record that we annotated has at least one of them."""
    clinvar = ["CLNVID"] if "CLNVID" in header.info else list(_CLINVAR_KEYS)
    civic = ["CIVIC_VID"] if "CIVIC_VID" in header.info else [_CIVIC]
    return [key for key in (*clinvar, *civic, STATUS_ID) if key in header.info]


def _starts(wanted: Iterable[AlleleKey]) -> dict[str, Integers]:
    """Return the sorted start positions of allele keys, by contig."""
    import numpy as np

    found: dict[str, list[int]] = {}
    for allele in wanted:
        # A longer POS is never scanned: its chunk is read line by line.
        found.setdefault(allele.contig, []).append(min(allele.start, _LAST_POSITION))
    return {contig: np.unique(np.array(starts, dtype=np.int64)) for contig, starts in found.items()}


class _Names(dict[bytes, str]):
    """Canonical contig by the name in the records; the name itself if the assembly does not have it."""

    def __init__(self, assembly: Assembly) -> None:
        super().__init__()
        self._assembly = assembly

    def __missing__(self, name: bytes) -> str:
        text = name.decode("utf-8", "surrogateescape")
        contig = self[name] = self._assembly.contig(text) or text
        return contig


_SILENT = _Values(0, None, None, frozenset(), "", "")
_OURS = (b"CLNVID=", b"CLNSIG=", b"ONC=", b"SCI=", b"CIVIC=", b"CIVIC_VID=", b"ANNSTATUS=")


def _info_values(info: bytes, alts: int, fields: frozenset[str]) -> _InfoValues | None:
    if not any(key in info for key in _OURS):
        return None
    return _InfoValues(info.decode("utf-8", "surrogateescape"), alts, fields)


class _InfoValues:
    """The annotations of each ALT in the INFO of one record."""

    def __init__(self, info: str, alts: int, fields: frozenset[str]) -> None:
        items = (item.partition("=") for item in info.split(";"))
        self._values = {key: value for key, _, value in items}
        self._alts = alts
        self._fields = fields

    def said(self, alt: int, place: int) -> _Values:
        facts = [self._of(key, alt) if key in self._fields else None for key in _CLINVAR_KEYS]
        number = self._of("CLNVID", alt)
        is_known = any(facts) or (number is not None and "CLNVID" in self._fields)
        return _Values(
            place,
            ClinVarFacts(*facts) if is_known else None,
            self._civic(alt) if _CIVIC in self._fields else None,
            frozenset(
                name
                for name, _, word in (
                    one.partition(":") for one in (self._of(STATUS_ID, alt) or "").split("&")
                )
                if word in {"failed", "unsupported"}
            ),
            number or "",
            "&".join(gene.partition(":")[0] for gene in (self._of("GENEINFO", alt) or "").split("|") if gene),
        )

    def _of(self, key: str, alt: int) -> str | None:
        """Return the value of one ALT, decoded; None for none."""
        values = self._values.get(key, ".").split(",")
        value = values[alt] if len(values) == self._alts else "."
        return None if value == "." else decode_text(value)

    def _civic(self, alt: int) -> tuple[CivicItem, ...] | None:
        items: set[CivicItem] = set()
        is_known = "CIVIC_VID" in self._fields and self._of("CIVIC_VID", alt) is not None
        for entry in self._values.get(_CIVIC, "").split(","):
            parts = dict(zip(CIVIC_SUBFIELDS, entry.split("|"), strict=False))
            if parts.get("AlleleIndex") == str(alt + 1):
                is_known = True
                items.add(_item(parts))
        return tuple(sorted(items)) if is_known else None


def _item(parts: dict[str, str]) -> CivicItem:
    kind, direction, significance, interaction, category, disease = (
        _plain(parts.get(key, ""))
        for key in (
            "EvidenceType", "Direction", "Significance", "TherapyInteraction", "AMPCategory", "Disease",
        )
    )  # fmt: skip
    therapies = joined_therapies(
        [_plain(one) for one in parts.get("Therapies", "").split("&") if one], interaction
    )
    is_evidence = parts.get("EntityType") == "evidence"
    return CivicItem(
        f"{'EID' if is_evidence else 'AID'}{parts.get('EntityID', '')}",
        parts.get("Level", "") if is_evidence else amp_level(category),
        (kind, direction, significance, therapies, category),
        disease,
        parts.get("DOID", ""),
    )


def _plain(text: str) -> str:
    return spaced(decode_text(text))
