"""Indexes: finding the lines of a region, and writing an index beside an output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from annotator.errors import InputError, OutputError
from annotator.vcf.bgzf import data_from
from annotator.vcf.extent import HEAD_COLUMNS, end_of
from annotator.vcf.files import Input, InputFormat, Output
from annotator.vcf.htslib import quiet
from annotator.vcf.record_index import INDEX_AGAIN, RecordIndex, index_beside
from annotator.vcf.regions import Region, regions_of_file

__all__ = ["lines_in_regions", "write_index"]

_AT_ONCE = 1 << 20  # bytes of text


def lines_in_regions(source: Input, regions: Sequence[str], declared: Sequence[str]) -> Iterator[bytes]:
    """Return the lines of the records that overlap regions, each once, in the order of the file's index.

    Args:
        source: the input.
        regions: regions in samtools notation.
        declared: contigs that the header declares: a region on one without records is empty.

    Returns:
        Pieces of whole lines, each with its line end.

    Raises:
        InputError: the input is not BGZF, or has no usable index.
        UsageError: a region cannot be parsed, or names a contig that the file does not have.

    """
    if source.format is not InputFormat.BGZF or source.path is None:
        raise InputError(
            "-r needs a file that is compressed by bgzip and indexed",
            path=source.name,
            remedy="Compress it with `bcftools view -Oz -o FILE.vcf.gz`, and create the index with `bcftools index`",
        )
    index = index_beside(source.path)
    if index is None:
        remedy = f"Create the index with: bcftools index {source.path}"
        raise InputError("-r needs an index", path=source.name, remedy=remedy)
    return _lines(source.path, RecordIndex(index), regions, declared)


def _lines(
    path: Path, index: RecordIndex, regions: Sequence[str], declared: Sequence[str]
) -> Iterator[bytes]:
    numbers = {name: number for number, name in enumerate(index.names)}
    contigs = list(dict.fromkeys([*index.names, *declared]))
    last = Region("", stop=0)
    for region in regions_of_file(regions, contigs, str(path)):
        number = numbers.get(region.contig)
        offset = None if number is None else index.first_record(number, max(region.start - 1, 0), region.stop)
        if offset is not None:
            # A long record that extends from one region into the next was returned with the first.
            before = last.stop if last.contig == region.contig and last.stop is not None else -1
            yield from _overlapping(_whole_lines(path, offset), region, before, path)
        last = region


def _whole_lines(path: Path, offset: int) -> Iterator[list[bytes]]:
    """Yield the lines of a BGZF file from a virtual offset on, without their line ends, many at a time."""
    held: list[bytes] = []
    size = 0
    for data in data_from(path, offset):
        held.append(data)
        size += len(data)
        if size >= _AT_ONCE and b"\n" in data:
            *lines, rest = b"".join(held).split(b"\n")
            yield lines
            held, size = [rest], len(rest)
    lines = b"".join(held).split(b"\n")
    yield lines if lines[-1] else lines[:-1]


def _overlapping(lists: Iterator[list[bytes]], region: Region, before: int, path: Path) -> Iterator[bytes]:
    """Yield the lines of the records that overlap a region and begin after a position, 1-based."""
    contig = region.contig.encode("utf-8", "surrogateescape")
    is_first = True
    for lines in lists:
        kept: list[bytes] = []
        for line in lines:
            chrom, _, rest = line.partition(b"\t")
            digits = rest[:20].partition(b"\t")[0]
            is_on = chrom == contig
            if (is_first and not is_on) or (is_on and not digits.isdigit()):
                raise _of_another_file(path)
            is_first = False
            position = int(digits) if is_on else 0
            if not is_on or (region.stop is not None and position > region.stop):
                yield from _joined(kept)
                return
            if position > before and (position >= region.start or _end(line, position) >= region.start):
                kept.append(line)
        yield from _joined(kept)


def _end(line: bytes, position: int) -> int:
    """Return the 1-based position of the last base that a record covers."""
    columns = line.split(b"\t", HEAD_COLUMNS)
    return end_of(columns, position - 1) if len(columns) >= HEAD_COLUMNS - 1 else position


def _joined(lines: Sequence[bytes]) -> Iterator[bytes]:
    if lines:
        yield b"\n".join([*lines, b""])


def _of_another_file(path: Path) -> InputError:
    return InputError("the index does not belong to the file", path=path, remedy=INDEX_AGAIN)


def write_index(output: Output, final: Path, *, is_bcf: bool) -> None:
    """Index a finished output before its final rename: TBI for VCF, CSI for BCF and for long contigs.

    Raises:
        OutputError: its records are not sorted.

    """
    assert output.path is not None
    output.file.flush()
    for suffix in (".csi",) if is_bcf else (".tbi", ".csi"):
        made = Path(f"{output.path}{suffix}")
        if _is_indexed(output.path, made):
            output.companions.append((made, Path(f"{final}{suffix}")))
            return
    raise OutputError(
        "the output cannot be indexed: the records are not sorted by position within their contigs",
        path=final,
        remedy="Sort the file with `bcftools sort`, or omit -W",
    )


def _is_indexed(path: Path, made: Path) -> bool:
    """Return whether htslib could make an index; records may be unsorted, or a contig too long for a TBI."""
    from pysam import bcftools
    from pysam.utils import SamtoolsError

    kind = "-t" if made.suffix == ".tbi" else "-c"
    try:
        with quiet():
            bcftools.index("-f", kind, "-o", str(made), str(path), catch_stdout=False)
    except (OSError, SamtoolsError):
        made.unlink(missing_ok=True)
        return False
    return True
