"""The table of what was measured, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.bench.measure import Usage

__all__ = ["Row", "markdown", "rows_of", "size_of"]

_TITLES = (
    "workload", "tool", "wall s", "from-to", "CPU s", "peak MiB", "output MiB", "wall ratio", "CPU ratio",
)  # fmt: skip


class Row(NamedTuple):
    """One tool on one workload, over all rounds.

    Attributes:
        case: the workload.
        tool: the tool.
        usages: what it took, by round.
        size: bytes of its output.
        baseline: what the tool that ratios are to took, by round.

    """

    case: str
    tool: str
    usages: Sequence[Usage]
    size: int
    baseline: Sequence[Usage]

    def cells(self) -> list[str]:
        """Give the medians; a ratio is the median of the ratios of each round, which drift does not touch."""
        walls = [usage.wall for usage in self.usages]
        return [
            self.case,
            self.tool,
            f"{median(walls):.2f}",
            f"{min(walls):.2f}-{max(walls):.2f}",
            f"{median(usage.cpu for usage in self.usages):.2f}",
            _mebibytes(max(usage.peak for usage in self.usages)),
            _mebibytes(self.size),
            self._ratio(lambda usage: usage.wall),
            self._ratio(lambda usage: usage.cpu),
        ]

    def _ratio(self, of: Callable[[Usage], float]) -> str:
        ratios = [of(mine) / of(base) for mine, base in zip(self.usages, self.baseline, strict=True)]
        return f"{median(ratios):.2f}"


def rows_of(
    case: str, measured: Mapping[str, Sequence[Usage]], outputs: Mapping[str, Path], baseline: str
) -> list[Row]:
    """Give the rows of one workload, in the order of the tools."""
    return [
        Row(case, tool, usages, size_of(outputs[tool]), measured[baseline])
        for tool, usages in measured.items()
    ]


def size_of(path: Path) -> int:
    """Give the bytes of a file, or of the files in a folder."""
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)


def _mebibytes(size: float) -> str:
    return f"{size / (1 << 20):,.1f}"


def markdown(rows: Sequence[Row]) -> str:
    """Give the table; numbers stand to the right."""
    lines = [list(_TITLES), *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_TITLES))]
    rule = ["-" * width if column < 2 else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    text = ""
    for line in (lines[0], rule, *lines[1:]):
        cells = [
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        text += f"| {' | '.join(cells)} |\n"
    return text
