"""Reads an annotated VCF or BCF: header lines, INFO fields and genotypes.

Only records that contain one of our fields are split; the others are counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.errors import InputError
from annotator.info import decode_text
from annotator.report.annotated_file import AnnotatedFile, FoundAllele, fields_by_base
from annotator.report.carriage import Locus, carriages, filter_of, without_samples
from annotator.report.heading import (
    answered_assembly,
    civic_parts,
    clean,
    joined_services,
)
from annotator.report.model import Carriage, Evidence
from annotator.report.names import AlleleName, allele_name
from annotator.report.reported_file import MOST_EXCLUDED, ExcludedAllele
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.patterns import one_of
from annotator.sources.registry import KNOWLEDGE_BASES
from annotator.sources.status import STATUS_ID
from annotator.variants.allele import unsupported_reason
from annotator.variants.assembly import has_one_copy as has_one_copy_in
from annotator.variants.reasons import reason_of
from annotator.vcf.allele_counts import percent_keys
from annotator.vcf.annotations.annotations import Annotations
from annotator.vcf.columns import FIRST_SAMPLE
from annotator.vcf.files import Input, InputFormat, open_input
from annotator.vcf.header import Header
from annotator.vcf.provenance import written_fields
from annotator.vcf.stream import TextStream
from annotator.vcf.text import RecordLines
from annotator.vcf.tumour_normal import pairings

if TYPE_CHECKING:
    from annotator.vcf.scan import ScannedLines

__all__ = ["read_annotated"]

_CIVIC = "CIVIC"
_OF_OTHER_ALLELES = {"clinvar_protein"}  # its records are those of other alleles


# A field that every result of a knowledge base has: it finds the records faster than all fields.
def _match_field(base: str) -> str:
    return KNOWLEDGE_BASES[base].match_field


_SMALL = 1 << 17  # bytes of text below which importing numpy takes longer than it saves
_BASES = re.compile(rb"[A-Za-z]+|\*")
_SEX = frozenset({"X", "Y"})
_NONE = frozenset({"", "."})


def read_annotated(
    path: Path,
    advanced: Callable[[int], None] = lambda _: None,
    tumours: Sequence[str] = (),
    normals: Sequence[str] = (),
) -> AnnotatedFile:
    """Read an annotated file.

    Args:
        path: the file.
        advanced: called with each number of bytes that are read.
        tumours: samples that the user named as tumours; for files without them the header decides.
        normals: samples that the user named as normals.

    Raises:
        InputError: the file cannot be read, is malformed, was not annotated by this program, or was changed afterwards
            so that its values no longer fit its ALTs.

    """
    with open_input(str(path)) as source:
        source.watch(advanced)
        header, first_line, texts = _opened(source)
        read = AnnotatedFile(
            path,
            header,
            answered_assembly(header, source.name),
            written_fields(header.meta),
            joined_services(header),
            tuple(pairings(header.samples, header.meta, tumours, normals, path=source.name)),
        )
        reader = _Reader(read, source.name)
        for before, text, after in _with_neighbours(texts):
            try:
                reader.add(text, before, after)
            except InputError as error:
                line = (
                    None
                    if error.line is None or first_line is None
                    else first_line + read.records + error.line - 1
                )
                raise InputError(error.what, path=error.path, line=line, remedy=error.remedy) from error
    return read


def _opened(source: Input) -> tuple[Header, int | None, Iterator[bytes]]:
    """Return the header, the line number of the first record, and the records in chunks of whole lines."""
    if source.format is InputFormat.BCF:
        from annotator.vcf.binary import BinaryStream
        from annotator.vcf.transcode import Decoder, text_header

        binary = BinaryStream(source)
        header = Header.parse(text_header(binary.head, path=source.name), path=source.name)
        decoder = Decoder(binary.head, path=source.name)
        return header, None, (decoder.lines(records) for records in binary.chunks() if records.starts)
    stream = TextStream(source)
    return stream.header, stream.first_line, (one.text(source.name) for one in stream.chunks())


def _with_neighbours(texts: Iterator[bytes]) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield each chunk with the line before it and the line after it; these are empty at the ends of the file."""
    before, text = b"", next(texts, None)
    while text is not None:
        following = next(texts, None)
        yield before, text, b"" if following is None else following.partition(b"\n")[0]
        before, text = text.removesuffix(b"\n").rpartition(b"\n")[2], following


class _Reader:
    """Parser of chunks of lines, whose results are combined."""

    def __init__(self, read: AnnotatedFile, name: str) -> None:
        self._read = read
        self._name = name
        self._columns = len(read.header.columns)
        self._annotations = Annotations.of(read.header.info)
        normals = {name for pairing in read.pairings for name in pairing.normals}
        self._normals = {column for column, name in enumerate(read.header.samples) if name in normals}
        self._percent_keys = percent_keys(read.header.meta)
        self._is_lofreq = any(
            "lofreq" in line.lower() for line in read.header.meta if line.startswith("##source")
        )
        wanted = {id_: base for base, ids in fields_by_base().items() for id_ in ids if id_ in read.fields}
        joined = {one.id: service.name for service in read.joined for one in service.fields}
        self._lists = {one.id: one.parts for service in read.joined for one in service.fields if one.parts}
        if _CIVIC in wanted:
            self._lists[_CIVIC] = civic_parts(read.header)
        # In the order of the declarations, not of the record, so that every view of every file has the same order.
        custom = {id_: one.base for id_, one in read.custom.items()}
        self._owners = {**wanted, **custom, **({STATUS_ID: ""} if read.has_status else {}), **joined}
        self._owned = re.compile(rf"(?<![^;])({one_of(self._owners)})=([^;]*)")
        self._custom = frozenset(
            custom.values()
        )  # what is only in the user's own files is no row of the report
        self._knowing = KNOWLEDGE_BASES.keys() - _OF_OTHER_ALLELES
        read.answers.update({name: Counter() for name in (*KNOWLEDGE_BASES, *joined.values())})
        self._orders: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._markers = [f"{id_}=".encode() for id_ in self._marking(wanted)]

    def _marking(self, wanted: Mapping[str, str]) -> Iterator[str]:
        for base, ids in fields_by_base().items():
            yield from (
                (_match_field(base),)
                if _match_field(base) in wanted
                else (id_ for id_ in ids if id_ in wanted)
            )
        yield from (
            id_ for id_, base in self._owners.items() if id_ not in wanted and base not in self._custom
        )

    def add(self, text: bytes, before: bytes, after: bytes) -> None:
        """Parse a chunk between two lines; an error's line is relative to the chunk's first."""
        read = self._read
        scanned = _scanned(text, self._columns) if len(text) >= _SMALL else None
        if scanned is None:
            lines = text.removesuffix(b"\n").split(b"\n") if text else []
            numbers = list(range(1, len(lines) + 1))
        else:
            chosen = _marked(text, scanned, self._markers)
            lines = [text[scanned.starts[one] : scanned.stops[one]] for one in chosen]
            numbers = [one + 1 for one in chosen]
        records = RecordLines(lines, self._columns, path=self._name, numbers=numbers)
        total = len(lines) if scanned is None else len(scanned.starts)

        def line_at(place: int) -> bytes:
            if not 0 <= place < total:
                return before if place == -1 else after if place == total else b""
            return lines[place] if scanned is None else text[scanned.starts[place] : scanned.stops[place]]

        for index, line in enumerate(lines):
            others = (
                _others_at(line, numbers[index] - 1, line_at) if self._columns > FIRST_SAMPLE else _NO_OTHERS
            )
            self._add_record(records, index, line, numbers[index], others)
        read.records += len(lines) if scanned is None else len(scanned.starts)
        read.alleles += (
            sum(map(len, records.sites.alts)) if scanned is None else _count_alleles(text, scanned)
        )

    def _add_record(
        self,
        records: RecordLines,
        index: int,
        line: bytes,
        number: int,
        others: _Others,
    ) -> None:
        alts = records.sites.alts[index]
        columns = clean(line.rstrip(b"\r").decode("utf-8", "surrogateescape")).split("\t")
        info = self._info(columns[7])
        values = {id_: self._values(info[id_], id_, len(alts), number) for id_ in self._ordered(tuple(info))}
        lists = {
            id_: _per_alt(_entries(info[id_], self._lists[id_]), alts) for id_ in self._lists if id_ in info
        }
        for alt_index, alt in enumerate(alts):
            fields = {
                id_: _once(value) if "%" in value else value
                for id_, one in values.items()
                if (value := one[alt_index]) not in _NONE
            }
            entries = {id_: of_alts[alt_index] for id_, of_alts in lists.items() if of_alts[alt_index]}
            owners = {self._owners[id_] for id_ in (*fields, *entries)} - {""} - self._custom
            self._count(owners, fields.get(STATUS_ID, ""))
            if not owners and _lacks_result(fields.get(STATUS_ID, "")):
                self._exclude(columns, records.sites.positions[index], clean(alt), fields[STATUS_ID])
            if owners:
                evidence = tuple(map(_evidence, entries.pop(_CIVIC, ())))
                name = self._allele_name(records, index, alt_index, evidence, fields.get("CLNHGVS", ""))
                self._read.rows.append(
                    FoundAllele(
                        columns[0],
                        records.sites.positions[index],
                        columns[2],
                        columns[3],
                        clean(alt),
                        columns[6],
                        _genes(clean(name.gene), fields, evidence, entries),
                        clean(name.change),
                        fields,
                        evidence,
                        {id_: tuple(_plain(entry) for entry in of_alt) for id_, of_alt in entries.items()},
                        not owners.isdisjoint(self._knowing),
                        self._samples(columns, alt_index, others),
                        clean(name.hgvs),
                        clean(name.consequence),
                    )
                )

    def _samples(self, columns: Sequence[str], alt: int, others: _Others) -> tuple[Carriage, ...]:
        """Return the samples of a record for one ALT."""
        if len(columns) <= FIRST_SAMPLE and not self._is_lofreq:
            return (without_samples(filter_of(columns, columns[4].count(",") + 1, alt)),)
        alts = columns[4].split(",")
        contig = self._read.assembly.contig(columns[0]) or ""
        own = columns[3].encode("utf-8", "replace"), alts[alt].encode("utf-8", "replace")
        near = {*others.before, *others.after} - {own}
        is_part = bool(near) or "OLD_MULTIALLELIC=" in columns[7]
        has_one_copy = contig in _SEX and has_one_copy_in(self._read.assembly, contig, int(columns[1]))
        numbers = len(others.before), len(others.after)
        locus = Locus(contig, has_one_copy, is_part, self._percent_keys, *numbers)
        return tuple(carriages(columns, alts, alt, self._normals, is_lofreq=self._is_lofreq, locus=locus))

    def _ordered(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """Return ids of fields with one value per ALT in the order of their declaration; records repeat few sets."""
        if ids not in self._orders:
            found = frozenset(ids) - self._lists.keys()
            self._orders[ids] = tuple(id_ for id_ in self._owners if id_ in found)
        return self._orders[ids]

    def _exclude(self, columns: Sequence[str], position: int, alt: str, status: str) -> None:
        read = self._read
        read.all_excluded += 1
        if len(read.excluded) >= MOST_EXCLUDED:
            return
        reason = unsupported_reason(columns[3], alt) if "unsupported" in status else None
        if reason is None and "unsupported" in status and read.assembly.contig(columns[0]) is None:
            reason = "unknown_contig"
        explained = "" if reason is None else reason_of(reason)
        read.excluded.append(ExcludedAllele(columns[0], position, columns[3], alt, status, explained))

    def _info(self, column: str) -> dict[str, str]:
        """Return our INFO fields; if a key occurs twice, its first value is used."""
        found: dict[str, str] = {}
        for key, value in self._owned.findall(column):
            found.setdefault(key, value)
        return {key: value for key, value in found.items() if value not in _NONE}

    def _count(self, owners: set[str], status: str) -> None:
        for owner in owners:
            self._read.answers[owner]["found"] += 1
        for part in status.split("&") if status else ():
            base, _, word = part.partition(":")
            if word in {"unsupported", "failed"} and base in self._read.answers:
                self._read.answers[base][word] += 1

    def _values(self, text: str, id_: str, alts: int, line: int) -> Sequence[str]:
        values = text.split(",")
        if len(values) != alts:
            what = f"INFO {id_} has {len(values)} values for {alts} ALTs"
            raise InputError(what, path=self._name, line=line, remedy="Annotate the file again")
        return values

    def _allele_name(
        self, records: RecordLines, index: int, alt: int, evidence: Sequence[Evidence], genomic: str
    ) -> AlleleName:
        if not self._annotations.names_genes:
            return allele_name((), None, evidence, genomic)
        hints = self._annotations.hints(records.sites, index, alt)
        identifiers = hints.identifiers if self._annotations.has_expressions else None
        return allele_name(hints.notes.consequences, identifiers, evidence, genomic)


class _Others(NamedTuple):
    """Other records of a position: REF and ALT of those before and after a record, for ALTs that are sequences."""

    before: tuple[tuple[bytes, bytes], ...] = ()
    after: tuple[tuple[bytes, bytes], ...] = ()


_NO_OTHERS = _Others()


def _others_at(line: bytes, place: int, line_at: Callable[[int], bytes]) -> _Others:
    """Return the records that share the position of a record, in a sorted file.

    Args:
        line: the record.
        place: its number.
        line_at: returns the line with a number, or an empty line.

    """
    prefix = line[: line.find(b"\t", line.find(b"\t") + 1) + 1]
    before, after = (tuple(_alleles_beside(prefix, place, step, line_at)) for step in (-1, 1))
    return _Others(before, after) if before or after else _NO_OTHERS


def _alleles_beside(
    prefix: bytes, place: int, step: int, line_at: Callable[[int], bytes]
) -> Iterator[tuple[bytes, bytes]]:
    """Yield REF and ALT of the lines with a prefix, from a place on in one direction."""
    near = place + step
    while (other := line_at(near)).startswith(prefix):
        columns = other.split(b"\t", 5)
        alts = columns[4].split(b",") if len(columns) > 4 else ()
        yield from ((columns[3], alt) for alt in alts if _BASES.fullmatch(alt))
        near += step


def _lacks_result(status: str) -> bool:
    return ":unsupported" in status or ":failed" in status


_once = lru_cache(1 << 14)(decode_text)


def _decoded(value: str) -> str:
    return _once(value) if "%" in value else value


def _entries(text: str, names: Sequence[str]) -> list[dict[str, str]]:
    """Return the entries of a pipe field, their parts by name, still encoded."""
    return [dict(zip(names, entry.split("|"), strict=False)) for entry in text.split(",")]


def _per_alt(entries: Sequence[dict[str, str]], alts: Sequence[str]) -> list[tuple[dict[str, str], ...]]:
    """Return the entries of a list by ALT.

    The ALT's bases in an entry determine its ALT; its number is used only if no entry has the bases of any ALT, because
    tools that split or trim records keep the list unchanged.
    """
    shown = [clean(alt) for alt in alts]
    by_bases = any(_decoded(entry.get("Allele", "")) in shown for entry in entries)
    return [
        tuple(
            entry
            for entry in entries
            if (
                _decoded(entry.get("Allele", "")) == alt
                if by_bases
                else entry.get("AlleleIndex") == str(number)
            )
        )
        for number, alt in enumerate(shown, start=1)
    ]


def _plain(entry: Mapping[str, str]) -> dict[str, str]:
    return {name: _decoded(value) for name, value in entry.items() if value}


def _evidence(entry: Mapping[str, str]) -> Evidence:
    therapies = tuple(_decoded(one) for one in entry.get("Therapies", "").split("&") if one)
    values = _plain(entry)
    if therapies:  # a list keeps the encoding of `&` inside its elements, so that they can be separated
        values["Therapies"] = "&".join(one.replace("%", "%25").replace("&", "%26") for one in therapies)
    return Evidence(values, therapies)


def _genes(
    naming: str,
    values: Mapping[str, str],
    evidence: Sequence[Evidence],
    joined: Mapping[str, Sequence[Mapping[str, str]]],
) -> tuple[str, ...]:
    names = [naming, *(gene.partition(":")[0] for gene in values.get("GENEINFO", "").split("|"))]
    names += [entry["Gene"] for entry in evidence]
    names += [_decoded(entry.get("Gene", "")) for entries in joined.values() for entry in entries]
    return tuple(dict.fromkeys(name for name in names if name))


def _scanned(text: bytes, columns: int) -> ScannedLines | None:
    """Return the columns of all lines; None if a line is malformed."""
    from annotator.vcf.scan import scan

    return scan(text if text.endswith(b"\n") else text + b"\n", columns)


def _marked(text: bytes, scanned: ScannedLines, markers: Sequence[bytes]) -> list[int]:
    """Return the lines in which a marker occurs, in order."""
    import numpy as np

    places = []
    for marker in markers:
        at = text.find(marker)  # for rare markers, find() is faster than a pattern
        while at >= 0:
            places.append(at)
            at = text.find(marker, at + len(marker))
    lines = np.searchsorted(scanned.starts, np.array(places, dtype=np.int64), side="right") - 1
    found: list[int] = np.unique(lines).tolist()
    return found


def _count_alleles(text: bytes, scanned: ScannedLines) -> int:
    """Count the ALTs of all lines."""
    import numpy as np

    assert scanned.tabs is not None  # true for text
    data = np.frombuffer(text, dtype=np.uint8)
    commas = np.flatnonzero(data == ord(","))
    first, end = scanned.tabs[:, 3] + 1, scanned.tabs[:, 4]
    count = np.searchsorted(commas, end) - np.searchsorted(commas, first) + 1
    is_none = (end - first == 1) & (data[first] == ord("."))
    return int(count[~is_none].sum())
