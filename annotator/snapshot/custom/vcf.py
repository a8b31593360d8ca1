"""Reading any VCF or BCF as a knowledge base: the alleles of its records with the values of some INFO fields.

A record with several ALTs has an allele for each. Values are split as the header declares them:

    Number=A          the value of the ALT
    Number=R          the value of the ALT; that of REF is dropped
    Number=G          of a diploid genotype: REF and REF, REF and ALT, ALT and ALT, joined by |
    any other         the same for all ALTs; several values are joined by |
    Flag              1
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from annotator.errors import InputError, KnowledgeBaseError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress, counting
from annotator.runtime.text import whole_number
from annotator.runtime.workers import ordered_map
from annotator.snapshot.custom.named_files import COLUMN_FIELDS, WRONG_NUMBER, WRONG_TYPE, NamedVcf, check_ids
from annotator.sources.custom.layout import (
    FIELDS,
    VALUES,
    CustomField,
    FieldType,
    fields_to_json,
    join_values,
)
from annotator.store.indels import OPEN_LEFT, OPEN_RIGHT
from annotator.store.writing import TextPool, contig_order, write_store
from annotator.variants.allele import (
    SUBSTITUTIONS,
    AlleleKey,
    BaseSource,
    agrees_with_reference,
    key_of,
    unsupported_reason,
)
from annotator.variants.assembly import Assembly
from annotator.variants.reference import Reference
from annotator.variants.shift import known_spellings
from annotator.vcf.detection import assembly_of
from annotator.vcf.files import open_input
from annotator.vcf.header import Header, InfoDeclaration
from annotator.vcf.lines import read_texts

__all__ = ["CustomVcf", "read_vcf"]

_COLUMNS = 8
_POSITION_DIGITS = 9  # enough for any contig; the store has 32 bits
_TYPES: dict[str, FieldType] = {"Integer": "Integer", "Float": "Float", "Flag": "Integer"}
_ENCODED = str.maketrans({",": "|", ";": "|", "=": "%3D", " ": "_", "\t": "_"})


class CustomVcf:
    """The alleles of a file with their values.

    Attributes:
        version: release: the file's `##fileDate`, else empty.
        fields: INFO fields, in the order of the values.
        counts: records and alleles, those that were omitted by reason, and indels by what is known of them.

    """

    def __init__(self, version: str, fields: Sequence[CustomField]) -> None:
        self.version = version
        self.fields = fields
        self.counts: Counter[str] = Counter()
        self._contigs = TextPool()
        self._alleles = TextPool()
        for text in SUBSTITUTIONS[1:]:
            self._alleles.add(text)
        self._parts: list[NDArray[np.uint32]] = []
        self._values: list[str] = []

    def add(self, part: _Part) -> None:
        """Add the rows of a chunk."""
        contigs = np.array([self._contigs.add(name) for name in part.contigs], dtype=np.uint32)
        alleles = np.array([self._alleles.add(text) for text in part.alleles], dtype=np.uint32)
        rows = part.rows
        self._parts.append(
            np.column_stack((contigs[rows[:, 0]], rows[:, 1], alleles[rows[:, 2]], rows[:, 3:]))
        )
        self._values += part.values
        self.counts.update(part.counts)

    def write(self, file: IO[bytes]) -> int:
        """Write the store; return the number of rows whose allele has an earlier row with other values."""
        rows = np.concatenate([np.zeros((0, 5), dtype=np.uint32), *self._parts])
        names, texts = list(self._contigs), list(self._alleles)
        ranks = np.zeros(len(names), dtype=np.int64)
        ranks[sorted(range(len(names)), key=lambda number: contig_order(names[number]))] = range(len(names))
        order = np.lexsort((rows[:, 2], rows[:, 1], ranks[rows[:, 0]]))
        rows, values = rows[order], [self._values[place] for place in order.tolist()]
        same = (rows[1:, :3] == rows[:-1, :3]).all(axis=1)
        first = np.flatnonzero(np.append(True, ~same)) if len(rows) else np.zeros(0, dtype=np.int64)
        of_first = np.repeat(first, np.diff(first, append=len(rows))).tolist()
        differing = sum(1 for place, kept in enumerate(of_first) if values[place] != values[kept])
        self.counts["alleles"] = first.size
        rows, values = rows[first], [values[place] for place in first.tolist()]
        pool = TextPool()
        columns = {
            "start": rows[:, 1],
            "allele": rows[:, 2],
            VALUES: np.array([pool.add(text) for text in values], dtype=np.uint32),
        }
        bounds = [0, *(np.flatnonzero(rows[1:, 0] != rows[:-1, 0]) + 1).tolist(), len(rows)]
        contigs = [(names[rows[start, 0]], start, stop) for start, stop in pairwise(bounds) if start < stop]
        pools: dict[str, Iterable[str]] = {
            "allele": texts,
            VALUES: pool,
            FIELDS: [fields_to_json(self.fields)],
        }
        write_store(file, contigs, columns, pools, indels=(rows[:, 3], rows[:, 4]))
        return differing


class _Part(NamedTuple):
    """The alleles of a chunk.

    Attributes:
        contigs, alleles: texts that the rows number.
        rows: per allele: contig, start, allele, shift to the right and whether it is open.
        values: text of each row's values.
        counts: counts of the chunk.

    """

    contigs: list[str]
    alleles: list[str]
    rows: NDArray[np.uint32]
    values: list[str]
    counts: Counter[str]


class _Column(NamedTuple):
    """A value to read: an INFO key with its Number, or a column of the record, which has no Number; and its type."""

    key: str
    number: str
    type: FieldType


class _Job(NamedTuple):
    path: Path
    assembly: Assembly
    columns: tuple[_Column, ...]
    reference: Path | None


def read_vcf(
    name: str,
    vcf: NamedVcf,
    assembly: Assembly,
    reference: Path | None,
    workers: int = 1,
    progress: Progress | None = None,
) -> CustomVcf:
    """Read a file: VCF (plain, gzip, BGZF) or BCF.

    Args:
        name: name of the knowledge base, the first part of its INFO fields.
        vcf: the file, and the fields to keep.
        assembly: assembly of the snapshot.
        reference: indexed FASTA, to left-align indels and to find all their representations; None for none.
        workers: number of processes; it does not affect the result.
        progress: called with the bytes read.

    Raises:
        KnowledgeBaseError: the file is of another assembly, truncated or corrupt, or lacks a field.
        UsageError: a field would have the name of another one.

    """
    try:
        with open_input(str(vcf.path)) as source:
            source.watch(counting(progress, f"reading {source.title}", source.size))
            header, first_line, texts = read_texts(source)
            assembly_of(header, stated=assembly, path=str(vcf.path), is_required=True)
            declared = header.info
            fields = [_field(name, key, declared, vcf.path) for key in vcf.fields]
            check_ids(name, [field.id for field in fields])
            made = CustomVcf(_version(header), fields)
            pairs = zip(vcf.fields, fields, strict=True)
            job = _Job(
                vcf.path,
                assembly,
                tuple(_column(key, declared, field.type) for key, field in pairs),
                reference,
            )
            for part in ordered_map(_Reader, job, texts, workers):
                made.add(part)
    except InputError as error:
        raise KnowledgeBaseError(error.what, path=vcf.path, line=error.line, remedy=error.remedy) from error
    except _LineError as error:
        line = None if first_line is None else first_line + made.counts["records"] + error.number
        raise KnowledgeBaseError(error.what, path=vcf.path, line=line, remedy="Correct the file") from error
    if not made.counts["alleles read"]:
        raise KnowledgeBaseError(
            f"the file has no allele on a contig of {assembly}", path=vcf.path, remedy="Use another file"
        )
    return made


def _field(name: str, key: str, declared: dict[str, InfoDeclaration], path: Path) -> CustomField:
    id_ = f"{name}_{key}"
    if key in COLUMN_FIELDS and key not in declared:
        return CustomField(id_, "Float" if key == "QUAL" else "String", f"Column {key} of {path.name}")
    if key not in declared:
        known = ", ".join(sorted((*declared, *COLUMN_FIELDS))[:30])
        raise KnowledgeBaseError(
            f"the header declares no INFO field {key}", path=path, remedy=f"Choose from {known}"
        )
    found = declared[key]
    is_single = found.number in {"A", "R", "1", "0"}
    description = found.description.replace('"', "'").replace("\\", "")
    return CustomField(
        id_,
        _TYPES.get(found.type, "String") if is_single else "String",
        f"{key} of {path.name}: {description}",
    )


def _column(key: str, declared: dict[str, InfoDeclaration], type_: FieldType) -> _Column:
    if key not in declared:
        return _Column(key, "", type_)
    return _Column(key, "0" if declared[key].type == "Flag" else declared[key].number or ".", type_)


def _version(header: Header) -> str:
    for line in header.meta:
        if line.startswith("##fileDate="):
            digits = "".join(filter(str.isdigit, line.partition("=")[2]))
            if len(digits) == 8:
                return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    return ""


class _LineError(Exception):
    """A line that cannot be read; `number` counts from 0 at the start of its chunk."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(number, what)
        self.number = number
        self.what = what


_PLACES = {"ID": 2, "QUAL": 5, "FILTER": 6}


class _Reader:
    """Reads chunks of lines."""

    def __init__(self, job: _Job) -> None:
        self._job = job
        self._reference = None if job.reference is None else Reference(job.reference, job.assembly)
        self._names: dict[str, str | None] = {}
        self._readers = [_reader(column) for column in job.columns]

    def __call__(self, text: bytes) -> _Part:
        """Read a chunk.

        Raises:
            _LineError: a line is malformed.

        """
        contigs, alleles, counts = TextPool(), TextPool(), Counter[str]()
        rows: list[tuple[int, ...]] = []
        values: list[str] = []
        lines = text.decode("utf-8", "surrogateescape").rstrip("\r\n").split("\n")
        for number, line in enumerate(lines):
            columns = line.rstrip("\r").split("\t", _COLUMNS)
            counts["records"] += 1
            if len(columns) < _COLUMNS or whole_number(columns[1], _POSITION_DIGITS) is None:
                raise _LineError(number, "the line has fewer than 8 columns, or POS is not a position")
            contig = self._contig(columns[0])
            if contig is None:
                counts["omitted: unknown_contig"] += 1
                continue
            alts = columns[4].split(",")
            of_alts = self._values(columns, len(alts), counts)
            for key, place in self._keys(contig, columns, alts, counts):
                shift, open_, moved = self._spellings(key, columns) if key.is_indel else (0, 0, key)
                allele = alleles.add(f"{moved.deleted}>{moved.inserted}")
                rows.append((contigs.add(contig), moved.start, allele, shift, open_))
                values.append(of_alts[place])
        counts["alleles read"] += len(rows)
        table = np.array(rows, dtype=np.uint32).reshape(len(rows), 5)
        return _Part(list(contigs), list(alleles), table, values, counts)

    def _contig(self, name: str) -> str | None:
        if name not in self._names:
            self._names[name] = self._job.assembly.contig(name)
        return self._names[name]

    def _keys(
        self, contig: str, columns: Sequence[str], alts: Sequence[str], counts: Counter[str]
    ) -> Iterator[tuple[AlleleKey, int]]:
        """Yield the keys of a record's alleles, and the 0-based number of each one's ALT."""
        position, ref = int(columns[1]), columns[3]
        if self._contradicts(contig, position, ref):
            counts["omitted: contradicts_reference"] += len(alts)
            return
        for place, alt in enumerate(alts):
            reason = unsupported_reason(ref, alt)
            if reason is None:
                yield key_of(contig, position, ref, alt), place
            else:
                counts[f"omitted: {reason}"] += 1

    def _contradicts(self, contig: str, position: int, ref: str) -> bool:
        if self._reference is None:
            return False
        expected = self._reference.bases(contig, position, position + len(ref) - 1)
        return bool(expected) and not agrees_with_reference(ref.upper(), expected)

    def _spellings(self, key: AlleleKey, columns: Sequence[str]) -> tuple[int, int, AlleleKey]:
        """Return by how many positions an indel can be shifted, whether that is all, and its leftmost key."""
        position, ref, reference = int(columns[1]), columns[3].upper(), self._reference

        def base_at(place: int) -> str:
            if position <= place < position + len(ref):
                return ref[place - position]
            return "" if reference is None else _base(reference, key.contig, place)

        found = known_spellings(key, base_at)
        open_ = OPEN_LEFT * found.open_left + OPEN_RIGHT * found.open_right
        return found.last - found.key.start, open_, found.key

    def _values(self, columns: Sequence[str], alts: int, counts: Counter[str]) -> list[str]:
        """Return the text of the values of each ALT."""
        info = f";{columns[7]};"
        split = [read(columns, info, alts) for read in self._readers]
        for column, found in zip(self._job.columns, split, strict=True):
            if found is None:
                counts[f"{column.key}: {WRONG_NUMBER}"] += 1
            elif column.type != "String" and not all(_is_number(value, column.type) for value in found):
                counts[f"{column.key}: {WRONG_TYPE}"] += 1
                found[:] = [value if _is_number(value, column.type) else "" for value in found]
        filled = [[""] * alts if found is None else found for found in split]
        return [join_values(one) for one in zip(*filled, strict=True)]


def _base(reference: BaseSource, contig: str, place: int) -> str:
    return reference.bases(contig, place, place) if place > 0 else ""


def _is_number(value: str, type_: FieldType) -> bool:
    """Return whether a value is missing, or a number that a reader of VCF or BCF accepts as this type."""
    if not value:
        return True
    if type_ == "Integer":
        return _INTEGER.fullmatch(value) is not None and _LEAST <= int(value) <= _LARGEST
    return _FLOAT.fullmatch(value) is not None


_INTEGER = re.compile(r"[-+]?[0-9]{1,10}")
_FLOAT = re.compile(
    r"[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?|inf(?:inity)?|nan)", re.IGNORECASE
)
_LEAST, _LARGEST = -(2**31) + 8, 2**31 - 1  # VCF 4.3, section 1.3


def _reader(column: _Column) -> Callable[[Sequence[str], str, int], list[str] | None]:
    """Return a function from a record to a value per ALT; None where their number is wrong."""
    if not column.number:
        place = _PLACES[column.key]
        return lambda columns, _info, alts: [_clean(columns[place])] * alts
    flag, start = f";{column.key};", f";{column.key}="
    if column.number == "0":
        return lambda _columns, info, alts: ["1" if flag in info or start in info else ""] * alts
    split = {"A": _per_alt, "R": _per_allele, "G": _per_genotype}.get(column.number, _per_record)

    def read(_columns: Sequence[str], info: str, alts: int) -> list[str] | None:
        begin = info.find(start)
        if begin < 0:
            return [""] * alts
        begin += len(start)
        return split(info[begin : info.index(";", begin)], alts)

    return read


def _clean(value: str) -> str:
    """Return a value as one value of an INFO field; empty for a missing one."""
    return "" if value in {".", ""} else value.translate(_ENCODED)


def _per_record(text: str, alts: int) -> list[str]:
    value = _clean(text)
    return ["" if not value.strip(".|") else value] * alts


def _per_alt(text: str, alts: int) -> list[str] | None:
    if alts == 1 and "," not in text:
        return [_clean(text)]
    values = text.split(",")
    if text == ".":
        return [""] * alts
    return [_clean(value) for value in values] if len(values) == alts else None


def _per_allele(text: str, alts: int) -> list[str] | None:
    values = text.split(",")
    if text == ".":
        return [""] * alts
    return [_clean(value) for value in values[1:]] if len(values) == alts + 1 else None


def _per_genotype(text: str, alts: int) -> list[str] | None:
    """Return, for each ALT, the values of the diploid genotypes that it makes with REF (VCF 4.3, section 1.6.2)."""
    values = text.split(",")
    if text == ".":
        return [""] * alts
    if len(values) != (alts + 1) * (alts + 2) // 2:
        return None
    places = [(0, alt * (alt + 1) // 2, alt * (alt + 1) // 2 + alt) for alt in range(1, alts + 1)]
    return ["|".join(_clean(values[place]) or "." for place in of_alt) for of_alt in places]
