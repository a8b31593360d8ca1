"""BCF records as bytes: INFO fields are added and removed, and nothing else is changed.

A record (BCFv2.2; VCF 4.3, section 6.3) consists of the sizes of its two parts, the site with its INFO, and the
genotypes. INFO is at the end of the site as pairs of a key and a typed value, so that annotating appends bytes and all
other bytes are kept: no float is converted to text. A key is the number of a tag in the dictionary that the header
lines define; htslib writes it into each line as `IDX`, so that it does not change when other lines are added or
removed.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, SupportsIndex

from annotator.errors import InputError
from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.bcf_values import float_data
from annotator.vcf.meta_lines import structured_values
from annotator.vcf.sites import Additions, Sites
from annotator.vcf.splice import Edit, Piece

__all__ = [
    "MAGIC",
    "WRITE_AGAIN",
    "BinaryChunk",
    "Dictionary",
    "Records",
    "cut",
    "header_size",
    "header_text",
    "malformed",
]

MAGIC = b"BCF\x02\x02"
_TEXT = 9  # offset of the header's text: the magic is followed by the text's length in four bytes

# A record: sizes of both parts, then CHROM, POS, rlen, QUAL, n_info, n_allele, n_fmt with n_sample (VCF 4.3, 6.3.1).
_SIZES = struct.Struct("<II")
_SITE = struct.Struct("<I4xii10xH4x")
_SPAN = struct.Struct("<8xiii")
_INFO_COUNT = slice(24, 26)

# Bytes per value by type code (VCF 4.3, 6.3.3).
_WIDTHS = {0: 0, 1: 1, 2: 2, 3: 4, 5: 4, 7: 1}
_FLOAT = 5
_CHARACTER = 7
_LONG = 15  # in place of a count, which then follows as an integer


class _IntegerType(NamedTuple):
    """A type of integers: some values below its minimum are reserved, the lowest for missing."""

    code: int
    letter: str
    least: int
    most: int
    missing: int


_INTEGER_TYPES = (
    _IntegerType(1, "b", -120, 0x7F, -0x80),
    _IntegerType(2, "h", -32_760, 0x7FFF, -0x8000),
    _IntegerType(3, "i", -0x7FFFFFF8, 0x7FFFFFFF, -0x80000000),
)
_INTEGERS = {type_.code: struct.Struct(f"<{type_.letter}") for type_ in _INTEGER_TYPES}

WRITE_AGAIN = "Write the file again with the tool that created it"

_MALFORMED = (IndexError, KeyError, struct.error)


def header_size(data: bytes) -> int:
    """Return the size of the header, from the magic to the end of its text, of a file that starts with these bytes."""
    return _TEXT + int.from_bytes(data[5:_TEXT].ljust(4, b"\xff"), "little")


def header_text(head: bytes) -> bytes:
    """Return the text of a header."""
    return head[_TEXT:].rstrip(b"\0")


class Records(NamedTuple):
    """Records of a BCF.

    Attributes:
        data: whole records.
        starts: offset of each record; after a selection, of the selected ones.
        pieces: all of the data in order, with the blocks that contain exactly these bytes; empty if the data did not
            come in blocks.

    """

    data: bytes
    starts: Sequence[int]
    pieces: Sequence[Piece] = ()

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        """Pickle data and blocks out of band, without copying them (PEP 574)."""
        if int(protocol) < 5:
            return Records, tuple(self)
        from annotator.runtime.shared_memory import apart  # only worker processes need it

        pieces = [(start, stop, block and apart(block)) for start, stop, block in self.pieces]
        return _records, (apart(self.data), self.starts, pieces)

    def span(self, number: int) -> tuple[int, int, int]:
        """Return the contig number of a record, and its first and last position, 1-based."""
        start = self.starts[number]
        # A malformed record may be too short; it is reported elsewhere.
        site = self.data[start : start + _SPAN.size].ljust(_SPAN.size, b"\0")
        contig, position, length = _SPAN.unpack(site)
        return contig, position + 1, position + max(length, 1)

    def place(self, number: int, dictionary: Dictionary) -> str:
        """Return the contig and position of a record, for errors."""
        contig, position, _ = self.span(number)
        return f"{dictionary.contigs.get(contig, f'contig number {contig}')}:{position}"

    def chosen(self, numbers: Iterable[int]) -> Records:
        """Return the selected records only."""
        starts, parts = [], []
        size = 0
        for number in numbers:
            start = self.starts[number]
            part = self.data[start : start + _record_size(self.data, start)]
            starts.append(size)
            parts.append(part)
            size += len(part)
        return Records(b"".join(parts), starts)


def _records(data: bytes, starts: Sequence[int], pieces: Iterable[tuple[int, int, bytes | None]]) -> Records:
    return Records(data, starts, [Piece(*piece) for piece in pieces])


def _record_size(data: bytes, start: int) -> int:
    site, genotypes = _SIZES.unpack_from(data, start)
    size: int = _SIZES.size + site + genotypes
    return size


def malformed(records: Records, number: int, dictionary: Dictionary, path: str) -> InputError:
    """Return the error of a malformed record."""
    what = f"the record at {records.place(number, dictionary)} is malformed"
    return InputError(what, path=path, remedy=WRITE_AGAIN)


def cut(data: bytes) -> tuple[Records, bytes, int]:
    """Split after the last whole record.

    Returns:
        The records, the rest, and the size of the record at the start of the rest; 0 if unknown.

    """
    starts: list[int] = []
    start, last = 0, len(data) - _SIZES.size
    sizes_at, add = _SIZES.unpack_from, starts.append
    while start <= last:
        add(start)
        site, genotypes = sizes_at(data, start)
        start += 8 + site + genotypes  # _SIZES.size: millions of records of a genome pass here
    if start <= len(data):
        return Records(data[:start], starts), data[start:], 0
    end, start = start, starts.pop()
    return Records(data[:start], starts), data[start:], end - start


class Dictionary:
    """The numbers by which records name contigs and tags.

    Args:
        head: a header, from the magic to the end of its text, as htslib writes it: every line has an `IDX`.

    Attributes:
        contigs: name by number.
        tags: number by id of a FILTER, INFO or FORMAT.
        declared: kinds and ids, as `("INFO", "DP")`.

    """

    def __init__(self, head: bytes) -> None:
        self.contigs: dict[int, str] = {}
        self.tags: dict[str, int] = {}
        self.declared: set[tuple[str, str]] = set()
        self._info: dict[str, _InfoKey] = {}
        for line in header_text(head).decode("utf-8", "surrogateescape").split("\n"):
            kind = line[2 : line.find("=")]
            if kind in {"contig", "FILTER", "INFO", "FORMAT"}:
                self._add(kind, structured_values(line))

    def _add(self, kind: str, values: Mapping[str, str]) -> None:
        if "ID" not in values or not values.get("IDX", "").isdecimal():
            return
        id_, number = values["ID"], int(values["IDX"])
        self.declared.add((kind, id_))
        if kind == "contig":
            self.contigs[number] = id_
        else:
            self.tags[id_] = number
        if kind == "INFO":
            self._info[id_] = _InfoKey(_typed_integers([number]), values.get("Type", ""))

    def undeclared(self, line: str) -> str | None:
        """Return the first contig, FILTER, INFO or FORMAT key of a VCF line that the header does not declare."""
        columns = line.split("\t")
        used = [("contig", columns[0])]
        used += [("FILTER", id_) for id_ in columns[6].split(";")]
        used += [("INFO", item.partition("=")[0]) for item in columns[7].split(";")]
        used += [("FORMAT", id_) for column in columns[8:9] for id_ in column.split(":")]
        missing = (one for one in used if one[1] not in {"", "."} and one not in self.declared)
        return " ".join(next(missing, ())) or None

    def info(self, additions: Additions) -> bytes:
        """Return INFO fields encoded as in a record."""
        return b"".join([self._encoded(key, value) for key, value in additions])

    def _encoded(self, key: str, value: str) -> bytes:
        number, type_ = self._info[key]
        if type_ == "Integer":
            return number + _typed_integers([None if one == "." else int(one) for one in value.split(",")])
        text = value.encode("utf-8", "surrogateescape")
        if type_ == "Float" and (floats := float_data(values := text.split(b","))) is not None:
            return number + _descriptor(len(values), _FLOAT) + floats
        return number + _descriptor(len(text), _CHARACTER) + text


class _InfoKey(NamedTuple):
    """The encoded number of a key, and the type of its values as declared."""

    number: bytes
    type: str


def _typed_integers(values: Sequence[int | None]) -> bytes:
    """Return integers encoded as a BCF typed value, in the narrowest type that holds them all."""
    known = [value for value in values if value is not None]
    least, most = min(known, default=0), max(known, default=0)
    type_ = next(type_ for type_ in _INTEGER_TYPES if type_.least <= least and most <= type_.most)
    plain = [type_.missing if value is None else value for value in values]
    return _descriptor(len(plain), type_.code) + struct.pack(f"<{len(plain)}{type_.letter}", *plain)


@lru_cache(maxsize=1 << 12)
def _descriptor(count: int, type_: int) -> bytes:
    if count < _LONG:
        return bytes([count << 4 | type_])
    return bytes([_LONG << 4 | type_]) + _typed_integers([count])


def _integer_at(data: bytes, offset: int) -> tuple[int, int]:
    """Return the typed integer at an offset, and the offset after it."""
    integer = _INTEGERS[data[offset] & 15]
    return integer.unpack_from(data, offset + 1)[0], offset + 1 + integer.size


def _value_at(data: bytes, offset: int) -> tuple[int, int]:
    """Return start and end of a typed value, without its descriptor."""
    descriptor = data[offset]
    count, start = descriptor >> 4, offset + 1
    if count == _LONG:
        count, start = _integer_at(data, start)
    return start, start + count * _WIDTHS[descriptor & 15]


class BinaryChunk:
    """The records of a chunk.

    Args:
        records: complete records.
        dictionary: dictionary of the input.
        path: name of the input, for errors.

    Attributes:
        sites: the selected records, as columns.

    Raises:
        InputError: a record is malformed, or the header lacks its contig.

    """

    def __init__(self, records: Records, dictionary: Dictionary, *, path: str) -> None:
        self._records = records
        self._dictionary = dictionary
        self._path = path
        self._filters: list[int] = []  # offsets: FILTER is between the alleles and INFO
        self.sites = self._parse()

    def _parse(self) -> Sites:
        data, names = self._records.data, self._dictionary.contigs
        contigs, positions, refs, alts = [], [], [], []
        for number, start in enumerate(self._records.starts):
            try:
                size, contig, position, count = _SITE.unpack_from(data, start)
                _, offset = _value_at(data, start + _SITE.size)  # ID
                alleles = []
                for _ in range(count):
                    allele, offset = _value_at(data, offset)
                    alleles.append(data[allele:offset].decode("utf-8", "surrogateescape"))
                contigs.append(names[contig])
                refs.append(alleles[0])
            except _MALFORMED as error:
                raise self._malformed(number) from error
            if offset >= start + _SIZES.size + size:
                raise self._malformed(number)
            positions.append(position + 1)
            alts.append(alleles[1:])
            self._filters.append(offset)
        return Sites(contigs, positions, refs, alts, texts=self)

    def id_of(self, record: int) -> str:
        """Return the ID of a record, by its index."""
        start, stop = _value_at(self._records.data, self._records.starts[record] + _SITE.size)
        return self._records.data[start:stop].decode("utf-8", "surrogateescape")

    def info_of(self, record: int, key: str) -> str | None:
        """Return the value of an INFO key of a record as VCF writes it; None if the record lacks it."""
        wanted = self._dictionary.tags.get(key)
        values = (value for number, _, value, _ in self._info_items(record) if number == wanted)
        value = next(values, None)
        return None if value is None else _text_at(self._records.data, value)

    def genotypes_of(self, record: int) -> list[frozenset[int]]:
        """Return the allele numbers of each sample's genotype, without missing ones; empty if FORMAT has no GT."""
        from annotator.vcf.bcf_genotypes import genotypes

        wanted = self._dictionary.tags.get("GT")
        try:
            return genotypes(self._records.data, self._records.starts[record], wanted)
        except _MALFORMED as error:
            raise self._malformed(record) from error

    def calls_of(self, record: int, keys: Collection[str]) -> list[dict[str, str]]:
        """Return each sample's values of some FORMAT keys, as VCF writes them; without missing values."""
        from annotator.vcf.bcf_genotypes import calls

        tags = self._dictionary.tags
        wanted = {tags[key]: key for key in keys if key in tags}
        try:
            return calls(self._records.data, self._records.starts[record], wanted)
        except _MALFORMED as error:
            raise self._malformed(record) from error

    def _malformed(self, number: int) -> InputError:
        return malformed(self._records, number, self._dictionary, self._path)

    def edits(
        self, additions: Mapping[int, Additions], owned: frozenset[str], written: Dictionary
    ) -> list[Edit]:
        """Return the edits that add and remove INFO fields, in file order.

        Args:
            additions: INFO to add, by index of the record.
            owned: INFO keys whose values are removed first.
            written: dictionary of the output: the numbers of the input, and those of the added keys.

        """
        data, starts = self._records.data, self._records.starts
        tags = self._dictionary.tags
        removed = frozenset(tags[key] for key in owned if key in tags)
        found: list[Edit] = []
        for number in range(len(starts)) if removed else sorted(additions):
            start = starts[number]
            end = start + _SIZES.size + int.from_bytes(data[start : start + 4], "little")
            dropped = self._spans(number, end, removed) if removed else []
            added = additions.get(number, [])
            if added or dropped:
                found.append(Edit(start, end, _spliced(data[start:end], dropped, added, written)))
        return found

    def _spans(self, number: int, end: int, removed: frozenset[int]) -> list[tuple[int, int]]:
        """Return start and end of the INFO of some keys, relative to the start of the record."""
        start = self._records.starts[number]
        items = list(self._info_items(number))
        if items and items[-1].stop > end:
            raise self._malformed(number)
        return [(item.start - start, item.stop - start) for item in items if item.key in removed]

    def _info_items(self, number: int) -> Iterator[_InfoItem]:
        data, start = self._records.data, self._records.starts[number]
        try:
            _, offset = _value_at(data, self._filters[number])
            for _ in range(int.from_bytes(data[start + 24 : start + 26], "little")):
                key, value = _integer_at(data, offset)
                _, after = _value_at(data, value)
                yield _InfoItem(key, offset, value, after)
                offset = after
        except _MALFORMED as error:
            raise self._malformed(number) from error


class _InfoItem(NamedTuple):
    """One INFO key of a record: its number, and the offsets of its start, of its value, and after it."""

    key: int
    start: int
    value: int
    stop: int


def _text_at(data: bytes, offset: int) -> str | None:
    """Return the text of a typed value as VCF writes it; None for an invalid type."""
    start, stop = _value_at(data, offset)
    type_ = data[offset] & 15
    if type_ == _CHARACTER:
        return data[start:stop].rstrip(b"\0").decode("utf-8", "surrogateescape")
    if type_ in _INTEGERS:
        integer = _INTEGERS[type_]
        return ",".join(str(value) for (value,) in integer.iter_unpack(data[start:stop]))
    if type_ == _FLOAT:
        return ",".join(f"{value:g}" for (value,) in struct.iter_unpack("<f", data[start:stop]))
    return "" if start == stop else None


def _spliced(site: bytes, dropped: Sequence[tuple[int, int]], added: Additions, written: Dictionary) -> bytes:
    """Return the shared part of a record (before its genotypes) with INFO fields removed and added."""
    edges = [_INFO_COUNT.stop, *chain.from_iterable(dropped), len(site)]
    kept = b"".join([site[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)])
    rest = kept + written.info(added)
    count = int.from_bytes(site[_INFO_COUNT], "little") + len(added) - len(dropped)
    size = _INFO_COUNT.stop - _SIZES.size + len(rest)
    return size.to_bytes(4, "little") + site[4 : _INFO_COUNT.start] + count.to_bytes(2, "little") + rest
