"""Reading back what `annotate` wrote: header lines, INFO fields and genotypes of an annotated VCF or BCF.

Only records that hold a field of ours are split; the others are counted. What was written is known by the header's
`##annotatorFields`: a field of the same name that another tool wrote is none of ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from annotator.assembly import Assembly
from annotator.errors import InputError
from annotator.info import decode_text
from annotator.report.model import WORDS, Carriage, Evidence, SourceCoverage
from annotator.sources.civic.fields import CIVIC_FIELDS, CIVIC_SUBFIELDS
from annotator.sources.clinvar.fields import CLINVAR_FIELDS
from annotator.status import STATUS_ID
from annotator.vcf.columns import FIRST_SAMPLE
from annotator.vcf.consequence import Consequences
from annotator.vcf.files import Input, InputFormat, open_input
from annotator.vcf.header import Header, structured_values
from annotator.vcf.stream import TextStream
from annotator.vcf.text import RecordLines

__all__ = ["AnnotatedFile", "FoundAllele", "read_annotated"]

_CIVIC = "CIVIC"
_FIELDS = {
    "clinvar": tuple(field_.id for field_ in CLINVAR_FIELDS),
    "civic": tuple(field_.id for field_ in CIVIC_FIELDS),
}
# A field that every answer of a knowledge base has: it finds the records faster than all of them.
_SURE = {"clinvar": "CLNMATCH", "civic": "CIVIC_MATCH"}
_SMALL = 1 << 17  # bytes of text below which loading numpy does not pay
_FORMAT = re.compile(r"Format:\s*(\S+)")
_NUMBER = re.compile(r"\d+", re.ASCII)
_NOT_OURS = "Annotate it first: annotator annotate"


class FoundAllele(NamedTuple):
    """One ALT that a knowledge base knows, as one file has it.

    Attributes:
        contig, position, id, ref, alt, filter: columns of its record.
        genes: symbols, ClinVar's first.
        change: shortest name of what it does; may be empty.
        values: decoded text by INFO id, of fields with one value per ALT.
        evidence: entries of CIVIC.
        samples: one per sample of the file.

    """

    contig: str
    position: int
    id: str
    ref: str
    alt: str
    filter: str
    genes: tuple[str, ...]
    change: str
    values: Mapping[str, str]
    evidence: tuple[Evidence, ...]
    samples: tuple[Carriage, ...]


@dataclass
class AnnotatedFile:
    """What an annotated file says.

    Attributes:
        path: of the file.
        header: its header.
        assembly: of the answers.
        records, alleles: data lines and ALTs.
        rows: the ALTs that a knowledge base knows, in order.
        answers: number of ALTs by knowledge base and word, as far as INFO tells: `found`, `unsupported`, `failed`.

    """

    path: Path
    header: Header
    assembly: Assembly
    fields: frozenset[str]
    records: int = 0
    alleles: int = 0
    rows: list[FoundAllele] = field(default_factory=list)
    answers: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def tells_status(self) -> bool:
        """Whether an empty value means that the knowledge base was asked and does not know the allele."""
        return STATUS_ID in self.fields

    def coverage(self) -> tuple[SourceCoverage, ...]:
        """Give the sources of the header, with what INFO tells of their answers."""
        return tuple(_covered(self, line) for line in _source_lines(self.header))

    def meta(self, key: str) -> str:
        """Value of a `##key=` line; empty where there is none."""
        prefix = f"##{key}="
        found = (line.removeprefix(prefix) for line in self.header.meta if line.startswith(prefix))
        return clean(next(found, ""))


def clean(text: str) -> str:
    """Text without what is not UTF-8: each such byte becomes U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read_annotated(path: Path, advanced: Callable[[int], None] = lambda _: None) -> AnnotatedFile:
    """Read an annotated file.

    Args:
        path: the file.
        advanced: told of each number of bytes that are read.

    Raises:
        InputError: it cannot be read, is malformed, was not annotated by this program, or was changed since so that
            its values no longer fit its ALTs.

    """
    with open_input(str(path)) as source:
        source.watch(advanced)
        header, first_line, texts = _opened(source)
        read = AnnotatedFile(path, header, _assembly(header, source.name), _written(header, source.name))
        read.answers = {name: Counter() for name in _FIELDS}
        reader = _Reader(read, source.name)
        for text in texts:
            try:
                reader.add(text)
            except InputError as error:
                line = (
                    None
                    if error.line is None or first_line is None
                    else first_line + read.records + error.line - 1
                )
                raise InputError(error.what, path=error.path, line=line, remedy=error.remedy) from error
    return read


def _opened(source: Input) -> tuple[Header, int | None, Iterator[bytes]]:
    """Give the header, the line number of the first record, and the records in chunks of whole lines."""
    if source.format is InputFormat.BCF:
        from annotator.vcf.binary import BinaryStream, Decoder, text_header

        binary = BinaryStream(source)
        header = Header.parse(text_header(binary.head, path=source.name), path=source.name)
        decoder = Decoder(binary.head, path=source.name)
        return header, None, (decoder.lines(records) for records in binary.chunks() if records.starts)
    stream = TextStream(source)
    return stream.header, stream.first_line, (b"".join(one.parts(source.name)) for one in stream.chunks())


def _written(header: Header, name: str) -> frozenset[str]:
    lines = [line.partition("=")[2] for line in header.meta if line.startswith("##annotatorFields=")]
    if not _source_lines(header):
        raise InputError("it was not annotated by this program", path=name, remedy=_NOT_OURS)
    return frozenset(key.strip() for line in lines for key in line.split(",") if key.strip())


def _source_lines(header: Header) -> list[dict[str, str]]:
    lines = [structured_values(line) for line in header.meta if line.startswith("##annotatorSource=")]
    return [{key: clean(value) for key, value in line.items()} for line in lines if "ID" in line]


def _assembly(header: Header, name: str) -> Assembly:
    named = {line.get("Assembly", "") for line in _source_lines(header)}
    known = [assembly for assembly in Assembly if assembly.value in named]
    if named and (len(known) != 1 or len(named) != 1):
        what = f"its ##annotatorSource lines name {', '.join(sorted(named)) or 'no assembly'}"
        raise InputError(what, path=name, remedy="Annotate it again")
    return known[0] if known else Assembly.GRCH38


def _covered(read: AnnotatedFile, line: Mapping[str, str]) -> SourceCoverage:
    name = line["ID"]
    answers: dict[str, int | None] = dict.fromkeys(WORDS)
    if not read.fields.isdisjoint(_FIELDS.get(name, ())):
        answers["found"] = read.answers[name]["found"]
    if read.tells_status:
        counted = read.answers.get(name, Counter())
        answers["unsupported"], answers["failed"] = counted["unsupported"], counted["failed"]
        if answers["found"] is not None:
            answers["absent"] = read.alleles - sum(
                counted[word] for word in ("found", "unsupported", "failed")
            )
    return SourceCoverage(
        name,
        line.get("Source", ""),
        line.get("Release", ""),
        line.get("Assembly", ""),
        line.get("Sha256", ""),
        line.get("Retrieved", ""),
        answers,
    )


class _Reader:
    """Adds chunks of lines to what was read."""

    def __init__(self, read: AnnotatedFile, name: str) -> None:
        self._read = read
        self._name = name
        self._columns = len(read.header.columns)
        self._consequences = Consequences.of(read.header.info)
        self._subfields = _subfields(read.header)
        self._fields = {
            base: tuple(id_ for id_ in ids if id_ in read.fields) for base, ids in _FIELDS.items()
        }
        self._markers = [f"{id_}=".encode() for id_ in self._marking()]

    def _marking(self) -> Iterator[str]:
        for base, ids in self._fields.items():
            yield from (_SURE[base],) if _SURE[base] in ids else ids
        if self._read.tells_status:
            yield STATUS_ID

    def add(self, text: bytes) -> None:
        """Read a chunk; an error's line is counted from the chunk's first."""
        read = self._read
        spans, alleles = self._looked_at(text)
        lines = [text[start:stop] for start, stop in spans]
        numbers = [text.count(b"\n", 0, start) + 1 for start, _ in spans[:1]]
        for (before, _), (start, _) in pairwise(spans):
            numbers.append(numbers[-1] + text.count(b"\n", before, start))
        records = RecordLines(lines, self._columns, path=self._name, numbers=numbers)
        for index, line in enumerate(lines):
            self._add_record(records, index, line)
        read.records += text.count(b"\n") + (not text.endswith(b"\n"))
        read.alleles += sum(map(len, records.sites.alts)) if alleles is None else alleles

    def _looked_at(self, text: bytes) -> tuple[list[tuple[int, int]], int | None]:
        """Give the lines to split, and the number of all ALTs; None if all lines are to be split."""
        if len(text) >= _SMALL:
            alleles = _count_alleles(text, self._columns)
            if alleles is not None:
                return _marked(text, self._markers), alleles
        return list(_all_lines(text)), None

    def _add_record(self, records: RecordLines, index: int, line: bytes) -> None:
        alts = records.sites.alts[index]
        columns = clean(line.rstrip(b"\r").decode("utf-8", "surrogateescape")).split("\t")
        info = _info(columns[7])
        lines = records.sites.numbers
        at = None if lines is None else lines[index]
        values = {
            base: [self._values(info, id_, len(alts), at) for id_ in ids if id_ != _CIVIC and id_ in info]
            for base, ids in self._fields.items()
        }
        status = self._values(info, STATUS_ID, len(alts), at) if self._read.tells_status else None
        entries = self._entries(info, alts)
        for number, alt in enumerate(alts):
            found = self._found(values, number)
            known = {base for base, ids in found.items() if ids or (base == "civic" and entries[number])}
            self._count(known, "" if status is None else status[1][number])
            if known:
                merged = {id_: value for ids in found.values() for id_, value in ids.items()}
                if status is not None and status[1][number] not in {"", "."}:
                    merged[STATUS_ID] = status[1][number]
                evidence = entries[number]
                self._read.rows.append(
                    FoundAllele(
                        columns[0],
                        records.sites.positions[index],
                        columns[2],
                        columns[3],
                        clean(alt),
                        columns[6],
                        _genes(merged, evidence),
                        self._change(records, index, number, evidence),
                        merged,
                        evidence,
                        tuple(_carriages(columns, number + 1)),
                    )
                )

    def _count(self, known: set[str], status: str) -> None:
        for base in known:
            self._read.answers[base]["found"] += 1
        for told in status.split("&"):
            base, _, word = told.partition(":")
            if word in {"unsupported", "failed"} and base in self._read.answers:
                self._read.answers[base][word] += 1

    @staticmethod
    def _found(values: Mapping[str, list[tuple[str, list[str]]]], number: int) -> dict[str, dict[str, str]]:
        """Values of one ALT by knowledge base and field; those that are missing are left out."""
        return {
            base: {id_: decode_text(one[number]) for id_, one in fields if one[number] not in {"", "."}}
            for base, fields in values.items()
        }

    def _values(
        self, info: Mapping[str, str], id_: str, alts: int, line: int | None
    ) -> tuple[str, list[str]]:
        text = info.get(id_, ".")
        if text == ".":
            return id_, [""] * alts
        values = text.split(",")
        if len(values) != alts:
            what = f"INFO {id_} has {len(values)} values for {alts} ALTs"
            raise InputError(what, path=self._name, line=line, remedy="Annotate the file again")
        return id_, values

    def _entries(self, info: Mapping[str, str], alts: Sequence[str]) -> list[tuple[Evidence, ...]]:
        """Entries of CIVIC per ALT.

        The ALT's bases tell whose an entry is; its number only where no entry has the bases of any ALT: tools that
        split or trim records keep the list as it is.
        """
        text = info.get(_CIVIC, "") if _CIVIC in self._read.fields else ""
        if text in {"", "."}:
            return [()] * len(alts)
        entries = [_evidence(entry, self._subfields) for entry in text.split(",")]
        shown = [clean(alt) for alt in alts]
        by_bases = any(entry["Allele"] in shown for entry in entries)
        return [
            tuple(
                entry
                for entry in entries
                if (entry["Allele"] == alt if by_bases else entry["AlleleIndex"] == str(number))
            )
            for number, alt in enumerate(shown, start=1)
        ]

    def _change(self, records: RecordLines, index: int, alt: int, evidence: Sequence[Evidence]) -> str:
        sites = records.sites
        if self._consequences.tells_genes:
            notes = self._consequences.notes(records, index, sites.refs[index], sites.alts[index], alt)
            changes = [one.protein for one in notes.consequences if one.protein]
            if changes:
                return f"p.{clean(changes[0])}"
        exact = (
            entry["Variant"]
            for entry in evidence
            if entry["Match"] not in {"codon", "exon", "region", "gene"}
        )
        return next(exact, "")


def _info(column: str) -> dict[str, str]:
    """INFO by key; of a key that stands there twice the first."""
    items = (item.partition("=") for item in reversed(column.split(";")))
    return {key: value for key, _, value in items}


def _subfields(header: Header) -> tuple[str, ...]:
    declared = header.info.get(_CIVIC)
    found = None if declared is None else _FORMAT.search(declared.description)
    return CIVIC_SUBFIELDS if found is None else tuple(found[1].split("|"))


def _evidence(entry: str, names: Sequence[str]) -> Evidence:
    parts = dict(zip(names, entry.split("|"), strict=False))
    therapies = tuple(decode_text(one) for one in parts.get("Therapies", "").split("&") if one)
    # A list keeps the encoding of `&` inside its elements, or they could not be told apart.
    values = {
        name: value if name == "Therapies" else decode_text(value) for name, value in parts.items() if value
    }
    if therapies:
        values["Therapies"] = "&".join(one.replace("%", "%25").replace("&", "%26") for one in therapies)
    return Evidence(values, therapies)


def _genes(values: Mapping[str, str], evidence: Sequence[Evidence]) -> tuple[str, ...]:
    names = [gene.partition(":")[0] for gene in values.get("GENEINFO", "").split("|")]
    names += [entry["Gene"] for entry in evidence]
    return tuple(dict.fromkeys(name for name in names if name))


def _carriages(columns: Sequence[str], number: int) -> Iterator[Carriage]:
    """Give what each sample of a record says of one ALT, by its number as genotypes count."""
    if len(columns) <= FIRST_SAMPLE:
        return
    keys = columns[FIRST_SAMPLE - 1].split(":")
    place = keys.index("GT") if "GT" in keys else None
    for column in columns[FIRST_SAMPLE:]:
        values = column.split(":")
        genotype = values[place] if place is not None and place < len(values) else ""
        yield _carriage(genotype, number)


def _carriage(genotype: str, number: int) -> Carriage:
    numbers = {int(one) for one in _NUMBER.findall(genotype)}
    if number in numbers:
        return Carriage("carried", genotype)
    if not genotype:
        return Carriage("unknown", genotype)
    return Carriage("no_call" if "." in genotype or not numbers else "not_carried", genotype)


def _all_lines(text: bytes) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        stop = text.find(b"\n", start)
        stop = len(text) if stop < 0 else stop
        yield start, stop
        start = stop + 1


def _marked(text: bytes, markers: Sequence[bytes]) -> list[tuple[int, int]]:
    """Give the lines in which a marker occurs, in order."""
    spans = set()
    for marker in markers:
        at = text.find(marker)
        while at >= 0:
            stop = text.find(b"\n", at)
            stop = len(text) if stop < 0 else stop
            spans.add((text.rfind(b"\n", 0, at) + 1, stop))
            at = text.find(marker, stop)
    return sorted(spans)


def _count_alleles(text: bytes, columns: int) -> int | None:
    """Count the ALTs of all lines; None if a line is malformed."""
    import numpy as np

    from annotator.vcf.scan import scan

    lines = scan(text if text.endswith(b"\n") else text + b"\n", columns)
    if lines is None or lines.tabs is None:
        return None
    data = np.frombuffer(text, dtype=np.uint8)
    commas = np.flatnonzero(data == ord(","))
    first, end = lines.tabs[:, 3] + 1, lines.tabs[:, 4]
    count = np.searchsorted(commas, end) - np.searchsorted(commas, first) + 1
    is_none = (end - first == 1) & (data[first] == ord("."))
    return int(count[~is_none].sum())
