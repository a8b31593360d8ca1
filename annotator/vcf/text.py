"""VCF text, edited in place: only the INFO column of a line changes; every other byte is kept.

`RecordLines` returns the records of some lines as columns, and those lines with new INFO.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence, Set

from annotator.errors import ClashError, InputError
from annotator.runtime.text import counted, whole_number
from annotator.vcf.sites import Additions, Sites

__all__ = ["RecordLines", "holding_any", "with_items"]

_LONGEST_POS = 4_000  # digits; a POS is kept whatever it is, and Python reads a few more


class RecordLines:
    """Lines with one record each.

    Args:
        lines: without their line ends, except for a carriage return.
        columns: number of columns of every line, as in the #CHROM line.
        path: name of the input, for errors.
        numbers: 1-based line number of each, for error messages.

    Raises:
        InputError: a line has a wrong number of columns, a NUL byte, or a POS that is not a number.

    """

    def __init__(self, lines: Sequence[bytes], columns: int, *, path: str, numbers: Sequence[int]) -> None:
        self._lines = lines
        self._path = path
        self._numbers = numbers
        self._tabs = columns - 1
        self._heads: list[list[bytes]] = []
        self._info_of, self._info = -1, dict[bytes, bytes]()  # the record whose INFO was split last
        self.sites = self._parse()

    def _parse(self) -> Sites:
        contigs, positions, refs, alts = [], [], [], []
        decoded: dict[bytes, str] = {}
        for number, line in enumerate(self._lines):
            head = line.split(b"\t", 8)
            if (
                line.count(b"\t") != self._tabs
                or not line[:1].strip(b" \t\r")
                or line[:1] == b"#"
                or b"\0" in line
            ):
                raise self._malformed(number, line)
            self._heads.append(head)
            chrom, pos, _, ref, alt = head[:5]
            position = whole_number(pos, _LONGEST_POS)
            if position is None:
                raise self._error(number, f"POS {_shown(pos)} is not a number")
            name = decoded.get(chrom)
            if name is None:
                name = decoded[chrom] = chrom.decode("utf-8", "surrogateescape")
            contigs.append(name)
            positions.append(position)
            refs.append(ref.decode("utf-8", "surrogateescape"))
            alts.append([] if alt == b"." else alt.decode("utf-8", "surrogateescape").split(","))
        return Sites(contigs, positions, refs, alts, self._numbers, self)

    def id_of(self, record: int) -> str:
        """Return the ID column of a record, by its index."""
        return self._heads[record][2].decode("utf-8", "surrogateescape")

    def info_of(self, record: int, key: str) -> str | None:
        """Return the value of an INFO key of a record; None if the record lacks it, an empty text for a flag."""
        if record != self._info_of:  # a structural ALT reads dozens of keys of one record
            items = self._heads[record][7].rstrip(b"\r").split(b";")
            pairs = (item.partition(b"=") for item in reversed(items))  # of a repeated key, the first counts
            self._info_of, self._info = record, {name: value for name, _, value in pairs}
        value = self._info.get(key.encode("utf-8", "surrogateescape"))
        return None if value is None else value.decode("utf-8", "surrogateescape")

    def genotypes_of(self, record: int) -> list[frozenset[int]]:
        """Return the allele numbers of each sample's genotype, without missing ones; empty if FORMAT has no GT."""
        head = self._heads[record]
        columns = head[8].rstrip(b"\r").split(b"\t") if len(head) > 8 else []
        keys = columns[0].split(b":") if columns else []
        if b"GT" not in keys:
            return []
        place = keys.index(b"GT")
        found = []
        for sample in columns[1:]:
            values = sample.split(b":")
            genotype = values[place] if place < len(values) else b""
            numbers = map(whole_number, re.split(rb"[/|]", genotype))
            found.append(frozenset(one for one in numbers if one is not None))
        return found

    def calls_of(self, record: int, keys: Collection[str]) -> list[dict[str, str]]:
        """Return each sample's values of some FORMAT keys; without missing values."""
        head = self._heads[record]
        columns = (
            head[8].rstrip(b"\r").decode("utf-8", "surrogateescape").split("\t") if len(head) > 8 else []
        )
        names = columns[0].split(":") if columns else []
        places = [(place, name) for place, name in enumerate(names) if name in keys]
        last = places[-1][0] if places else 0
        read: dict[str, dict[str, str]] = {}  # of many samples, most have the same values
        for sample in columns[1:]:
            if sample not in read:
                values = sample.split(":", last + 1)  # a sample may omit the last values
                pairs = ((name, values[place]) for place, name in places if place < len(values))
                read[sample] = {name: value for name, value in pairs if value.strip(".")}
        return [read[sample] for sample in columns[1:]]

    def _malformed(self, number: int, line: bytes) -> InputError:
        if line[:1] == b"#":
            return self._error(
                number, "a header line among the records", "Join VCF files with: bcftools concat"
            )
        if not line.strip(b" \t\r"):
            return self._error(number, "an empty line among the records", "Remove it")
        if line.startswith(b"\t"):
            return self._error(number, "the record has no CHROM")
        if b"\0" in line:  # at which C programs end the line: the rest of it would be lost without a message
            return self._error(number, "the line contains a NUL byte", "Download or write the file again")
        found = line.count(b"\t") + 1
        hint = "The file is truncated, or its columns are not separated by tabs"
        return self._error(
            number, f"the line has {counted(found, 'column')}, but the #CHROM line has {self._tabs + 1}", hint
        )

    def _clash(self, number: int, keys: Sequence[str]) -> ClashError:
        error = self._error(
            number, f"the record has INFO {', '.join(keys)}, which its header does not declare"
        )
        remedy = "Declare it in the header, or remove it with: bcftools annotate -x"
        return ClashError(error.what, path=error.path, line=error.line, remedy=remedy)

    def _error(self, number: int, what: str, remedy: str | None = None) -> InputError:
        return InputError(what, path=self._path, line=self._numbers[number], remedy=remedy)

    def changed(self, additions: Mapping[int, Additions], owned: frozenset[bytes]) -> dict[int, bytes]:
        """Return the changed lines, without their line ends, by index of the record, in order.

        Args:
            additions: INFO to add, by index of the record.
            owned: INFO keys whose values are removed first.

        Raises:
            ClashError: a record already has a key that is added but not owned: the header does not declare it, and the
                first records of the file do not have it.

        """
        numbers = range(len(self._lines)) if owned else sorted(additions)
        lines = ((number, self._spliced_line(number, additions.get(number, ()), owned)) for number in numbers)
        return {number: line for number, line in lines if line is not self._lines[number]}

    def _spliced_line(self, number: int, added: Sequence[tuple[str, str]], owned: frozenset[bytes]) -> bytes:
        head = self._heads[number]
        info, end = head[7], b""
        if len(head) == 8 and info.endswith(b"\r"):
            info, end = info[:-1], b"\r"
        rest = _without(info, owned)
        new = with_items(rest, _items(added)) if added else rest
        if added and (repeated := _repeated(rest, added)):
            raise self._clash(number, repeated)
        if new == info:
            return self._lines[number]
        return b"\t".join([*head[:7], new + end, *head[8:]])


def _without(info: bytes, owned: frozenset[bytes]) -> bytes:
    if not owned or info == b".":
        return info
    items = info.split(b";")
    kept = [item for item in items if item.partition(b"=")[0] not in owned]
    if len(kept) == len(items):
        return info
    return b";".join(kept) or b"."


def _repeated(info: bytes, added: Sequence[tuple[str, str]]) -> list[str]:
    """Return the added keys that the record already has."""
    text = info.decode("latin-1")
    suspected = [key for key, _ in added if key in text]
    if not suspected:
        return []
    keys = {item.partition("=")[0] for item in text.split(";")}
    return [key for key in suspected if key in keys]


def _items(added: Sequence[tuple[str, str]]) -> bytes:
    return ";".join([f"{key}={value}" for key, value in added]).encode("utf-8", "surrogateescape")


def with_items(info: bytes, items: bytes) -> bytes:
    """Return an INFO column with items added; several items are already joined by `;`.

    Empty items at its end are omitted: otherwise, one would be lost with each run that replaces the added items.
    """
    if info.strip(b";") in {b".", b""}:
        return items
    return info.rstrip(b";") + b";" + items


def holding_any(infos: Sequence[bytes], keys: Set[bytes]) -> list[int]:
    """Return the indexes of INFO columns that have one of the keys."""
    together = b";".join(infos).split(b";")  # most files have none
    if keys.isdisjoint({item.partition(b"=")[0] for item in together}):
        return []
    return [
        number
        for number, info in enumerate(infos)
        if not keys.isdisjoint([item.partition(b"=")[0] for item in info.split(b";")])
    ]


def _shown(value: bytes) -> str:
    text = value.decode("utf-8", "replace")
    return repr(text if len(text) <= 40 else f"{text[:37]}…")
