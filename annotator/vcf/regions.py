"""Genomic regions in samtools and bcftools notation, with the contig names of one file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from annotator.errors import UsageError
from annotator.runtime.named_tuple import NamedTuple

__all__ = ["Region", "parse_region", "regions_of_file"]

_SPAN = r"(?::(?P<start>[\d,]+)(?P<dash>-)?(?P<stop>[\d,]+)?)?"
_REGION = rf"(?P<contig>.+?){_SPAN}"
_BRACED = rf"\{{(?P<contig>[^{{}}]+)\}}{_SPAN}"
_EXAMPLE = "Write it as 7:140000000-141000000"
_MITOCHONDRIA = ("MT", "chrM", "M", "chrMT")


class Region(NamedTuple):
    """A part of a contig.

    Attributes:
        contig: name of the contig.
        start: 1-based position of the first base; 0 for a whole contig, whose telomere is written as POS 0.
        stop: 1-based position of the last base; None for the end of the contig.

    """

    contig: str
    start: int = 0
    stop: int | None = None


def parse_region(region: str) -> Region:
    """Parse a region: `contig`, `contig:start`, `contig:start-` or `contig:start-stop`.

    A contig whose name contains a colon can be put in braces, as in samtools: `{HLA-A*01:01}:1-100`.

    >>> parse_region("chr7:140,000,000-141,000,000")
    Region(contig='chr7', start=140000000, stop=141000000)

    Raises:
        UsageError: the region has none of these forms, starts before position 1, or ends before it starts.

    """
    match = re.fullmatch(_BRACED if region.startswith("{") else _REGION, region)
    if match is None:
        raise UsageError(f"-r {region} is not a region", remedy=_EXAMPLE)
    contig = match["contig"]
    if match["start"] is None:
        return Region(contig)
    start = _position(match["start"], region)
    if match["stop"] is None:
        return Region(contig, max(start, 1), None if match["dash"] else start)
    stop = _position(match["stop"], region)
    if start < 1:
        raise UsageError(f"-r {region} starts before position 1, the first base", remedy=_EXAMPLE)
    if stop < start:
        raise UsageError(f"-r {region} ends before it starts", remedy=_EXAMPLE)
    return Region(contig, start, stop)


def _position(digits: str, region: str) -> int:
    try:
        return int(digits.replace(",", ""))
    except ValueError as error:
        raise UsageError(f"-r {region} is not a region", remedy=_EXAMPLE) from error


def regions_of_file(regions: Sequence[str], contigs: Sequence[str], path: str) -> list[Region]:
    """Return regions with the contig names of a file, in the order of its contigs; overlapping ones are merged.

    Args:
        regions: regions in samtools notation; `7` and `chr7` are equivalent.
        contigs: names of the file's contigs, in file order.
        path: name of the file, for errors.

    Raises:
        UsageError: a region cannot be parsed, or names a contig that the file does not have.

    """
    numbers = {contig: number for number, contig in reversed(list(enumerate(contigs)))}
    found = [_named(region, numbers, path) for region in regions]
    found.sort(key=lambda region: (numbers[region.contig], region.start))
    joined: list[Region] = []
    for region in found:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.contig == region.contig
            and (last.stop is None or region.start <= last.stop + 1)
        ):
            stop = None if last.stop is None or region.stop is None else max(last.stop, region.stop)
            joined[-1] = last._replace(stop=stop)
        else:
            joined.append(region)
    return joined


def _named(region: str, numbers: Mapping[str, int], path: str) -> Region:
    if region in numbers:  # a name such as HLA-DRB1*15:01:01:01 looks like a contig and a position
        return Region(region)
    parsed = parse_region(region)
    spelt = next((name for name in _spellings(parsed.contig) if name in numbers), None)
    if spelt is None:
        raise UsageError(
            f"the contig of -r {region} is not in the input",
            path=path,
            remedy=f"List the contigs of the input with: bcftools index -s {path}",
        )
    return parsed._replace(contig=spelt)


def _spellings(contig: str) -> Iterator[str]:
    bare = contig.removeprefix("chr")
    yield from (contig, f"chr{bare}", bare)
    if contig in _MITOCHONDRIA:
        yield from _MITOCHONDRIA
