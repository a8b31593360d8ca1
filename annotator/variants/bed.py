"""BED files: the sequenced or examined regions of a genome.

Lines of tab-separated contig, start and end, 0-based and half-open; further columns are ignored
(https://genome.ucsc.edu/FAQ/FAQformat.html#format1), and so are lines that begin with `#`, `track` or `browser`.
"""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

from annotator.errors import InputError
from annotator.runtime.text import whole_number
from annotator.variants.assembly import Assembly

__all__ = ["Bed"]


class Bed:
    """Regions of a BED file; adjacent and overlapping regions are merged.

    Args:
        path: the file, plain or gzip.
        assembly: defines the contig names; regions on other contigs are ignored.

    Raises:
        InputError: the file cannot be read, or a line has no region.

    """

    def __init__(self, path: Path, assembly: Assembly) -> None:
        regions: dict[str, list[tuple[int, int]]] = {}
        for number, line in enumerate(_text(path).splitlines(), 1):
            if not line.strip() or line.startswith(("#", "track", "browser")):
                continue
            fields = line.split()
            start, stop = (whole_number(field) for field in (*fields[1:3], "", "")[:2])
            if start is None or stop is None:
                raise InputError(
                    "the line is not a region: it needs contig, start and end",
                    path=path,
                    line=number,
                    remedy="Use a BED file with 0-based, half-open intervals",
                )
            contig = assembly.contig(fields[0])
            if contig is not None:
                regions.setdefault(contig, []).append((start + 1, stop))
        self._regions = {contig: _joined(found) for contig, found in regions.items()}

    def covers(self, contig: str, start: int, stop: int) -> bool:
        """Return whether all bases from `start` to `stop`, 1-based and inclusive, are in the regions."""
        regions = self._regions.get(contig, [])
        place = bisect_right(regions, (start, 1 << 62)) - 1
        return place >= 0 and regions[place][1] >= stop


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            import gzip

            content = gzip.decompress(content)
        return content.decode()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"the BED file cannot be read ({error})", path=path) from error


def _joined(regions: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(regions):
        if joined and start <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((start, stop))
    return joined
