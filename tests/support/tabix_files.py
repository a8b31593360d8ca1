"""Indexed files made of parts, and their regions by tabix."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pysam
import pysam.bcftools

from annotator.vcf.bgzf import EOF_BLOCK, deflate
from annotator.vcf.extent import end_of
from annotator.vcf.index_part import index_part
from annotator.vcf.index_scan import index_part_of_scan
from annotator.vcf.scan import scan
from annotator.vcf.splice import Edit, Piece, spliced_blocks
from annotator.vcf.tabix import LAST_BASE, IndexPart, TabixIndex
from tests.support.inputs import (
    bgzip,
)

TBI_LIMIT = 1 << 29
BORDERS = [1 << shift for shift in (14, 17, 20, 23, 26)]
"""Sizes of the bins but the largest: 16 kb, 128 kb, 1 Mb, 8 Mb, 64 Mb."""

HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"

Region = tuple[str, int, int]


class Query(NamedTuple):
    """Regions, 0-based and half open, and the lines that two indexes of a file give for each."""

    ours: list[list[str]]
    theirs: list[list[str]]


def asked(vcf: Path, index: Path, regions: Sequence[Region]) -> Query:
    """Ask a file by our index and by one that htslib makes of it."""
    reference = vcf.with_suffix(".htslib.csi" if index.suffix == ".csi" else ".htslib.tbi")
    pysam.tabix_index(
        str(vcf),
        preset="vcf",
        keep_original=True,
        force=True,
        index=str(reference),
        csi=index.suffix == ".csi",
    )
    return Query(fetched(vcf, index, regions), fetched(vcf, reference, regions))


def fetched(vcf: Path, index: Path, regions: Sequence[Region]) -> list[list[str]]:
    with pysam.TabixFile(str(vcf), index=str(index), encoding="latin-1") as file:
        known = set(file.contigs)
        # In braces, a name may look like a region itself.
        return [
            list(file.fetch(region=f"{{{contig}}}:{start + 1}-{stop}")) if contig in known else []
            for contig, start, stop in regions
        ]


def regions_of(lines: Sequence[str], random_: random.Random, *, each: int = 12) -> list[Region]:
    """Give regions that a wrong index would answer wrongly: at records, their ends, bin borders, anywhere."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for line in lines:
        columns = line.encode("latin-1").split(b"\t")
        begin = max(int(columns[1]) - 1, 0)
        spans.setdefault(columns[0].decode("latin-1"), []).append((begin, end_of(columns, begin)))
    regions: list[Region] = []
    for contig, records in spans.items():
        last = max(end for _, end in records)
        places = [0, records[0][0], records[-1][0], last - 1, last]
        for begin, end in random_.sample(records, min(each, len(records))):
            borders = [begin // size * size for size in BORDERS]
            places += [
                begin - 1,
                begin,
                begin + 1,
                end - 1,
                end,
                end + 1,
                *borders,
                *(b - 1 for b in borders),
            ]
        starts = {min(max(place, 0), LAST_BASE) for place in places}
        regions += [(contig, start, start + 1) for start in starts]
        cuts = [sorted(random_.sample(range(last + 20_000), 2)) for _ in range(each)]
        regions += [(contig, start, stop) for start, stop in cuts]
        regions.append((contig, 0, last + 1))
    return regions


# Files made of parts


def indexed(
    path: Path,
    text: bytes,
    *,
    header: bytes = HEADER.encode(),
    edits: Sequence[Edit] = (),
    cuts: Sequence[int] = (),
    block: int = 65_280,
) -> Path:
    """Write records as BGZF, in chunks, with our index beside; both ways of making a part must agree.

    Args:
        path: of the file.
        text: the records.
        header: what stands before them.
        edits: of the records, in order.
        cuts: offsets of the lines with which a new chunk starts.
        block: bytes of data per BGZF block.

    """
    columns = header.splitlines()[-1].count(b"\t") + 1
    start = deflate(header, 2)
    index = TabixIndex(str(path), len(start))
    written = [start]
    for first, stop in pairwise([0, *cuts, len(text)] if text else [0]):
        own = [Edit(e.start - first, e.stop - first, e.new) for e in edits if first <= e.start < stop]
        chunk = text[first:stop]
        data = blocked(chunk, own, block)
        index.add(part_of(chunk, columns, own, data))
        written.append(data)
    path.write_bytes(b"".join([*written, EOF_BLOCK]))
    suffix, entries = index.to_bytes()
    made = Path(f"{path}{suffix}")
    made.write_bytes(bgzip(entries))
    return made


def blocked(text: bytes, edits: Sequence[Edit], size: int) -> bytes:
    """Give a chunk as blocks: those of the input where nothing changed, others where something did."""
    cuts = range(0, len(text), size)
    pieces = [Piece(at, min(at + size, len(text)), deflate(text[at : at + size], 1)) for at in cuts]
    return spliced_blocks(text, edits, pieces, 2)


def part_of(text: bytes, columns: int, edits: Sequence[Edit], data: bytes) -> IndexPart:
    lines = scan(text if text.endswith(b"\n") else text + b"\n", columns)
    assert lines is not None
    spans = list(zip(lines.starts.tolist(), lines.stops.tolist(), strict=True))
    part = index_part(text, spans, edits, data)
    assert index_part_of_scan(text, lines, edits, data) == part
    return part


def line_starts(text: bytes) -> list[int]:
    starts = [0]
    while (end := text.find(b"\n", starts[-1]) + 1) > 0:
        starts.append(end)
    return starts[:-1] if starts[-1] == len(text) else starts


def record(contig: str, position: int, ref: str = "A", alt: str = "T", info: str = ".") -> str:
    return f"{contig}\t{position}\t.\t{ref}\t{alt}\t.\t.\t{info}"


def text_of(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
