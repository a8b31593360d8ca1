"""The files of the demo, row by row."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ASSEMBLIES = ["GRCh37", "GRCh38"]
SAMPLES = ["tumour", "germline"]


class Record(NamedTuple):
    contig: str
    position: int
    name: str
    ref: str
    alt: str
    info: dict[str, str]
    columns: list[str]


def read_vcf(path: Path) -> Iterator[Record]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for line in lines:
            if not line.startswith("#"):
                columns = line.rstrip("\n").split("\t")
                info = dict(field.partition("=")[::2] for field in columns[7].split(";"))
                contig, position, name, ref, alt = columns[:5]
                yield Record(contig, int(position), name, ref, alt, info, columns)


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def civic_rows(folder: Path, table: str) -> list[dict[str, str]]:
    return read_table(folder / f"01-Aug-2024-{table}.tsv")


def pieces(value: str) -> set[str]:
    return {piece.strip() for piece in value.split(",")} - {""}


def lift_of(chain: Path) -> Callable[[str, int], int | None]:
    """Return what gives the position in GRCh38 of a position in GRCh37, by a chain file, read here in another way."""
    blocks: dict[str, list[tuple[int, int, int]]] = {}
    target = source = 0
    contig = ""
    for line in chain.read_text().splitlines():
        fields = line.split()
        if fields[:1] == ["chain"]:
            contig = fields[2] if fields[2] == fields[7] and fields[4] == fields[9] == "+" else ""
            source, target = int(fields[5]), int(fields[10])
        elif fields:
            size, *gaps = map(int, fields)
            blocks.setdefault(contig, []).append((source, source + size, target))
            if gaps:
                source, target = source + size + gaps[0], target + size + gaps[1]

    def lifted(name: str, position: int) -> int | None:
        if name == "MT":
            return position
        found = [
            new + position - 1 - start + 1
            for start, stop, new in blocks[name]
            if start <= position - 1 < stop
        ]
        return found[0] if len(found) == 1 else None

    return lifted
