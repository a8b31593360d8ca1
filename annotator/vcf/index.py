"""Indexes: finding the records of a region, and writing an index beside an output; through pysam's htslib."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from annotator.errors import InputError, OutputError, UsageError
from annotator.vcf.files import Input, InputFormat, Output

__all__ = ["lines_in_regions", "write_index"]

_REGION = r"(?P<contig>.+?)(?::(?P<start>[\d,]+)(?P<dash>-)?(?P<stop>[\d,]+)?)?"


def parse_region(region: str) -> tuple[str, int, int | None]:
    """Contig, start and stop of a region as samtools writes it, 1-based and inclusive.

    >>> parse_region("chr7:140,000,000-141,000,000")
    ('chr7', 140000000, 141000000)

    Raises:
        UsageError: it is not of the form `contig`, `contig:start`, `contig:start-` or `contig:start-stop`.

    """
    match = re.fullmatch(_REGION, region)
    if match is None:
        raise UsageError(f"-r {region} is no region", remedy="Write it like 7:140000000-141000000")
    if match["start"] is None:
        return match["contig"], 1, None
    start = int(match["start"].replace(",", ""))
    if match["stop"] is None:
        return match["contig"], start, None if match["dash"] else start
    stop = int(match["stop"].replace(",", ""))
    if stop < start or start < 1:
        raise UsageError(f"-r {region} ends before it starts", remedy="Write it like 7:140000000-141000000")
    return match["contig"], start, stop


def lines_in_regions(source: Input, regions: Sequence[str]) -> Iterator[bytes]:
    """Give the lines of the records that overlap regions, each once, in the order of the file's index.

    Raises:
        InputError: the input is not BGZF or has no index.
        UsageError: a region cannot be understood, or names a contig that the file does not have.

    """
    if source.format is not InputFormat.BGZF or source.path is None:
        raise InputError(
            "-r needs a BGZF file with an index",
            path=source.name,
            remedy="Compress it with bgzip and index it",
        )
    indexes = [Path(f"{source.path}{suffix}") for suffix in (".tbi", ".csi")]
    index = next((index for index in indexes if index.exists()), None)
    if index is None:
        raise InputError(
            "-r needs an index", path=source.name, remedy=f"Make it with: bcftools index -t {source.path}"
        )
    return _fetch(source.path, index, regions)


def merged(regions: Sequence[str], contigs: Sequence[str], name: str) -> list[tuple[str, int, int | None]]:
    """Regions under the contig names of a file, in the order of its contigs, overlapping ones joined.

    Args:
        regions: as samtools writes them; `7` and `chr7` mean the same.
        contigs: names of the file's contigs, in its order.
        name: of the file, for errors.

    Raises:
        UsageError: a region cannot be understood, or names a contig that the file does not have.

    """
    places = {contig: place for place, contig in enumerate(contigs)}
    spans = []
    for region in regions:
        contig, start, stop = parse_region(region)
        spelt = next((spelling for spelling in _spellings(contig) if spelling in places), None)
        if spelt is None:
            raise UsageError(f"-r {region} names a contig that the input does not have", path=name)
        spans.append((places[spelt], start, stop))
    joined: list[tuple[int, int, int | None]] = []
    for place, start, stop in sorted(spans, key=lambda span: span[:2]):
        if joined and joined[-1][0] == place and (joined[-1][2] is None or start <= joined[-1][2] + 1):
            _, first, end = joined.pop()
            joined.append((place, first, None if end is None or stop is None else max(end, stop)))
        else:
            joined.append((place, start, stop))
    return [(contigs[place], start, stop) for place, start, stop in joined]


def _spellings(contig: str) -> list[str]:
    bare = contig.removeprefix("chr")
    return [contig, f"chr{bare}", bare]


def _fetch(path: Path, index: Path, regions: Sequence[str]) -> Iterator[bytes]:
    from pysam import TabixFile

    try:
        # Latin-1 gives every byte back as it was.
        with TabixFile(str(path), index=str(index), encoding="latin-1") as file:
            last: tuple[str, int | None] = ("", 0)
            for contig, start, stop in merged(regions, file.contigs, str(path)):
                before = last[1] if last[0] == contig else 0
                for line in file.fetch(contig, start - 1, stop):
                    # A long record that reaches from one region into the next was given with the first.
                    if before == 0 or before is None or int(line.split("\t", 2)[1]) > before:
                        yield line.encode("latin-1") + b"\n"
                last = (contig, stop)
    except (OSError, ValueError) as error:
        raise InputError(f"its index cannot be used ({error})", path=path, remedy="Index it again") from error


def write_index(output: Output, final: Path, *, is_bcf: bool) -> None:
    """Index a finished output that has not got its name yet: TBI for VCF, CSI for BCF.

    Raises:
        OutputError: its records are not sorted.

    """
    from pysam import bcftools, tabix_index
    from pysam.utils import SamtoolsError

    assert output.path is not None
    output.file.flush()
    suffix = ".csi" if is_bcf else ".tbi"
    made = Path(f"{output.path}{suffix}")
    output.companions.append((made, Path(f"{final}{suffix}")))
    try:
        if is_bcf:
            bcftools.index("-f", "-o", str(made), str(output.path), catch_stdout=False)
        else:
            tabix_index(str(output.path), preset="vcf", force=True, keep_original=True)
    except (OSError, SamtoolsError) as error:
        raise OutputError(
            "its index cannot be made: the records are not sorted by position within their contigs",
            path=final,
            remedy="Sort them with: bcftools sort, or leave -W",
        ) from error
