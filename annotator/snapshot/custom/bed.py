"""Reading a BED or bedGraph file as a knowledge base: its regions with their names or values.

BED: contig, start and end (0-based, half-open), then optionally a name in the fourth column. bedGraph has a number
there, which is kept as it is written. A region without a fourth column has the value 1.
"""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from annotator.errors import KnowledgeBaseError
from annotator.info import encode_subfield
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number
from annotator.snapshot.custom.named_files import check_ids
from annotator.sources.custom.layout import FIELDS, VALUES, CustomField, fields_to_json
from annotator.store.writing import TextPool, contig_order, write_store
from annotator.variants.assembly import Assembly
from annotator.vcf.bgzf import EOF_BLOCK, is_bgzf

__all__ = ["CustomRegions", "read_bed"]

_NO_VALUE = "1"
_LAST = (1 << 32) - 1  # position; beyond any contig
_GZIP = b"\x1f\x8b"


class _Region(NamedTuple):
    """A region, 1-based and inclusive."""

    contig: tuple[int, str]
    start: int
    stop: int
    value: str


class CustomRegions:
    """The regions of a file.

    Attributes:
        fields: the INFO field.
        counts: regions, and those that were omitted by reason.

    """

    def __init__(self, field: CustomField) -> None:
        self.fields = (field,)
        self.counts: Counter[str] = Counter()
        self.regions: list[_Region] = []
        self._names: dict[tuple[int, str], str] = {}

    def write(self, file: IO[bytes]) -> None:
        """Write the store."""
        regions = sorted(self.regions)
        columns: dict[str, Any] = {
            "start": [region.start for region in regions],
            "stop": [region.stop for region in regions],
            "allele": [0] * len(regions),
        }
        pool, furthest, contigs = TextPool(), list[int](), dict[tuple[int, str], list[int]]()
        for row, region in enumerate(regions):
            run = contigs.setdefault(region.contig, [row, row])
            furthest.append(max(region.stop, furthest[-1]) if row > run[0] else region.stop)
            run[1] = row + 1
        columns["furthest"] = furthest
        columns[VALUES] = np.array([pool.add(region.value) for region in regions], dtype=np.uint32)
        runs = [(self._names[rank], first, stop) for rank, (first, stop) in contigs.items()]
        pools: dict[str, Iterable[str]] = {
            "allele": [">"],
            VALUES: pool,
            FIELDS: [fields_to_json(self.fields)],
        }
        write_store(file, runs, columns, pools)

    def add(self, contig: str, start: int, stop: int, value: str) -> None:
        """Add a region, 1-based and inclusive."""
        rank = contig_order(contig)
        self._names[rank] = contig
        self.regions.append(_Region(rank, start, stop, value))


def read_bed(name: str, path: Path, assembly: Assembly) -> CustomRegions:
    """Read a file, plain or gzip.

    Args:
        name: name of the knowledge base and of its INFO field.
        path: the file.
        assembly: assembly of the snapshot.

    Raises:
        KnowledgeBaseError: the file cannot be read, or a line is no region.
        UsageError: the field would have the name of another one.

    """
    check_ids(name, [name])
    description = f"Names or values of the regions of {path.name} that the ALT overlaps, separated by |"
    made = CustomRegions(CustomField(name, "String", description.replace('"', "'").replace("\\", "")))
    for number, line in _lines(path):
        cells = line.split("\t") if "\t" in line else line.split()
        start, stop = map(whole_number, cells[1:3]) if len(cells) > 2 else (None, None)
        if start is None or stop is None:
            raise KnowledgeBaseError(
                "the line is not a region: it needs contig, start and end",
                path=path,
                line=number,
                remedy="Use a BED or bedGraph file with 0-based, half-open intervals",
            )
        contig, start, stop = assembly.contig(cells[0]), start + 1, min(stop, _LAST)
        made.counts["regions read"] += 1
        if contig is None:
            made.counts["omitted: unknown_contig"] += 1
        elif stop < start:
            made.counts["omitted: empty"] += 1
        else:
            value = cells[3].strip() if len(cells) > 3 else ""
            made.add(contig, start, stop, encode_subfield(value) if value not in {"", "."} else _NO_VALUE)
    if not made.regions:
        raise KnowledgeBaseError(
            f"the file has no region on a contig of {assembly}", path=path, remedy="Use another file"
        )
    made.counts["regions"] = len(made.regions)
    return made


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are to be regions, with their numbers."""
    try:
        data = path.read_bytes()
        if is_bgzf(data[:18]) and not data.endswith(EOF_BLOCK):
            raise EOFError("the BGZF file has no end-of-file block: it is truncated")
        text = (gzip.decompress(data) if data[:2] == _GZIP else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise KnowledgeBaseError(f"cannot be read ({error})", path=path, remedy="Check the file") from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith(("#", "track", "browser")):
            yield number, line.rstrip("\r")
