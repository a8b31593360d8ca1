"""The files of the demo, row by row."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
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
