"""Ids that the records of a VCF use and its header does not declare: VCF allows that, BCF does not.

A record of a BCF names its contig, FILTERs, INFO and FORMAT keys by numbers that only the header defines. Missing
declarations are therefore added before the first record is written: as strings, which keep every value unchanged,
except for the few keys whose type the specification fixes and readers rely on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from annotator.vcf.files import Input, open_input
from annotator.vcf.header import Header
from annotator.vcf.meta_lines import structured_values
from annotator.vcf.stream import TextStream

__all__ = ["with_declarations"]

_DESCRIPTION = 'Description="Not declared in the input">'
_RESERVED = {
    ("INFO", "END"): ("1", "Integer"),
    ("INFO", "SVLEN"): (".", "Integer"),
    ("FORMAT", "GT"): ("1", "String"),
}
_KINDS = ("contig", "FILTER", "INFO", "FORMAT")


def with_declarations(stream: TextStream, source: Input) -> Header:
    """Return the header of a VCF, with declarations of the ids that its records use and it lacks.

    The first records show whether any are missing. If so, and the input is a file, all of it is read; in a stream, only
    the first records can be examined.

    Args:
        stream: the VCF, of which no chunk has been read.
        source: its input.

    """
    used = _Used(stream.header)
    used.add(stream.first_lines())
    if used.lines() and source.size is not None and source.path is not None:
        with open_input(str(source.path)) as again:
            for chunk in TextStream(again).chunks():
                used.add(chunk.text(source.name).split(b"\n"))
    return stream.header.with_declarations(used.lines())


class _Used:
    """Ids that records use and a header does not declare."""

    def __init__(self, header: Header) -> None:
        self._declared: set[tuple[str, bytes]] = {("FILTER", b"PASS")}
        for line in header.meta:
            kind = line[2 : line.find("=")]
            if kind in _KINDS and (id_ := structured_values(line).get("ID")):
                self._declared.add((kind, id_.encode("utf-8", "surrogateescape")))
        self._found: dict[
            tuple[str, bytes], bool
        ] = {}  # with the key of an INFO: whether it ever has a value
        self._seen: set[tuple[bytes, ...]] = set()

    def add(self, lines: Iterable[bytes]) -> None:
        """Collect the ids of lines; malformed lines are reported later, when they are parsed."""
        for line in lines:
            columns = line.rstrip(b"\r").split(b"\t", 9)
            if len(columns) < 8:
                continue
            keys = (b"".join(item.partition(b"=")[:2]) for item in columns[7].split(b";"))
            shape = (columns[0], columns[6], *columns[8:9], *keys)
            if shape in self._seen:
                continue
            self._seen.add(shape)
            for kind, id_, has_value in _uses(columns):
                if id_ not in {b"", b"."} and (kind, id_) not in self._declared:
                    self._found[kind, id_] = self._found.get((kind, id_), False) or has_value

    def lines(self) -> list[str]:
        """Return the declarations, as header lines."""
        return [
            _declaration(kind, id_.decode("utf-8", "surrogateescape"), has_value)
            for (kind, id_), has_value in self._found.items()
        ]


def _uses(columns: list[bytes]) -> Iterator[tuple[str, bytes, bool]]:
    """Yield kind and ID of each id that a record uses, and whether it has a value."""
    yield "contig", columns[0], False
    for id_ in columns[6].split(b";"):
        yield "FILTER", id_, False
    for item in columns[7].split(b";"):
        key, equals, _ = item.partition(b"=")
        yield "INFO", key, bool(equals)
    for id_ in columns[8].split(b":") if len(columns) > 8 else ():
        yield "FORMAT", id_, True


def _declaration(kind: str, id_: str, has_value: bool) -> str:
    if kind == "contig":
        return f"##contig=<ID={id_}>"
    if kind == "FILTER":
        return f"##FILTER=<ID={id_},{_DESCRIPTION}"
    number, type_ = _RESERVED.get((kind, id_), (".", "String") if has_value else ("0", "Flag"))
    return f"##{kind}=<ID={id_},Number={number},Type={type_},{_DESCRIPTION}"
