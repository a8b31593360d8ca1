"""Writing a store."""

from __future__ import annotations

import json
import sys
from array import array
from binascii import crc32
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from annotator.runtime.named_tuple import NamedTuple
from annotator.store.indels import INDEL_TABLES, OPEN_LEFT, OPEN_RIGHT, indel_columns
from annotator.store.pages import MAGIC, PREAMBLE, checksums
from annotator.variants.assembly import CANONICAL_CONTIGS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = Sequence[int] | NDArray[np.unsignedinteger[Any]]
    Keys: TypeAlias = NDArray[np.uint64]

Section: TypeAlias = bytes | bytearray | memoryview

__all__ = ["Lookup", "TextPool", "contig_order", "write_store"]

_ALIGNMENT = 64


def contig_order(contig: str) -> tuple[int, str]:
    """Return the sort key of a canonical contig name: 1 to 22, X, Y, MT, then the others by name."""
    if contig in CANONICAL_CONTIGS:
        return CANONICAL_CONTIGS.index(contig), ""
    return len(CANONICAL_CONTIGS), contig


class TextPool:
    """Texts numbered in the order in which they were first added; each is stored once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def add(self, text: str) -> int:
        """Return the number of a text; a new text is added."""
        return self._numbers.setdefault(text, len(self._numbers))

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)


class Lookup(NamedTuple):
    """A lookup table for rows by a key other than the allele.

    Attributes:
        keys: 64-bit numbers in ascending order, repeated for several rows with one key; None if the keys are the values
            of the column with the table's name.
        rows: row of each key; rows of equal keys are ascending.

    """

    keys: Keys | None
    rows: Numbers


def write_store(
    file: IO[bytes],
    contigs: Sequence[tuple[str, int, int]],
    columns: Mapping[str, Numbers],
    pools: Mapping[str, Iterable[str]],
    lookups: Mapping[str, Lookup] | None = None,
    indels: tuple[Numbers, Numbers] | None = None,
) -> None:
    """Write a store.

    Args:
        file: output; written from its current position, which must be 0.
        contigs: name, first row and row after the last of each contig, in row order.
        columns: numbers per row, 0 to 2**32 - 1; `start` and `allele` (a number in the pool `allele`, whose texts are
            deleted and inserted bases, separated by `>`) are required.
        pools: texts by number.
        lookups: further lookup tables, by name.
        indels: per row, the number of positions by which its allele can be shifted to the right, and whether it may
            have further unknown representations (`OPEN_LEFT`, `OPEN_RIGHT`, or their sum); None if no row has either.

    """
    sections: list[Section] = []
    directory: dict[str, Any] = {"rows": len(columns["start"]), "contigs": [list(run) for run in contigs]}
    directory["columns"] = {name: _add_column(sections, values) for name, values in columns.items()}
    directory["pools"] = {name: _add_pool(sections, texts) for name, texts in pools.items()}
    directory["lookups"] = {name: _add_lookup(sections, lookup) for name, lookup in (lookups or {}).items()}
    directory["indels"] = {} if indels is None else _add_indels(sections, contigs, columns["start"], *indels)
    _write_sections(file, directory, sections)


def _add_column(sections: list[Section], values: Numbers) -> dict[str, Any]:
    import numpy as np

    column = np.asarray(values, dtype=None if isinstance(values, np.ndarray) else np.uint32)
    largest = int(column.max(initial=0))
    kind = "u1" if largest < 1 << 8 else "u2" if largest < 1 << 16 else "u4"
    sections.append(_bytes_of(column.astype(f"<{kind}", copy=False)))
    return {"type": kind, "section": len(sections) - 1}


def _add_pool(sections: list[Section], texts: Iterable[str]) -> dict[str, Any]:
    offsets = array("I", [0])
    encoded = bytearray()
    for text in texts:
        encoded += text.encode("utf-8", "surrogateescape")
        offsets.append(len(encoded))
    if sys.byteorder == "big":
        offsets.byteswap()
    sections.append(offsets.tobytes())
    sections.append(encoded)
    return {"size": len(offsets) - 1, "section": len(sections) - 2}


def _add_lookup(sections: list[Section], lookup: Lookup) -> dict[str, Any]:
    import numpy as np

    rows = np.asarray(lookup.rows, dtype="<u4")
    if lookup.keys is not None:
        sections.append(_bytes_of(np.asarray(lookup.keys, dtype="<u8")))
    sections.append(_bytes_of(rows))
    return {"size": len(rows), "section": len(sections) - 1, "has_keys": lookup.keys is not None}


def _add_indels(
    sections: list[Section],
    contigs: Sequence[tuple[str, int, int]],
    start: Numbers,
    shift: Numbers,
    open_: Numbers,
) -> dict[str, Any]:
    import numpy as np

    starts, shifts, opens = (np.asarray(column, dtype=np.int64) for column in (start, shift, open_))
    tables: dict[str, Any] = {}
    is_left, is_right = opens & OPEN_LEFT > 0, opens == OPEN_RIGHT
    for name, has in zip(INDEL_TABLES, (shifts > 0, is_left, is_right), strict=True):
        rows = np.flatnonzero(has)
        tables[name] = len(sections)
        runs = [(first, stop) for _, first, stop in contigs]
        sections += map(_bytes_of, indel_columns(runs, starts, rows, shifts[rows], opens[rows]))
    return tables


def _bytes_of(numbers: NDArray[Any]) -> memoryview:
    """Return an array's bytes without a copy: all of ClinVar is 100 MB."""
    import numpy as np

    return np.ascontiguousarray(numbers).view("u1").data


def _write_sections(file: IO[bytes], directory: dict[str, Any], sections: list[Section]) -> None:
    # Offsets are relative to the end of the directory, so that they do not depend on its length.
    offset, spans = 0, []
    for section in sections:
        spans.append([offset, len(section)])
        offset += len(section) + -len(section) % _ALIGNMENT
    directory["sections"] = spans
    directory["size"] = offset
    pieces = [piece for section in sections for piece in (section, bytes(-len(section) % _ALIGNMENT))]
    table = checksums(pieces)
    if sys.byteorder == "big":
        table.byteswap()
    directory["checksums"] = crc32(table.tobytes())
    text = json.dumps(directory, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + PREAMBLE.size) % _ALIGNMENT)
    file.write(PREAMBLE.pack(MAGIC, len(text), crc32(text), 0))
    file.write(text)
    for piece in pieces:
        file.write(piece)
    file.write(table.tobytes())
