"""Data of the page's charts: counts per cell, and marks along the genome, as plain numbers for SVG templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from annotator.report.findings import CATEGORIES, CLASSES, category_of, class_of, stars_of
from annotator.report.model import ReportedAllele, ReportModel
from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.assembly import CANONICAL_CONTIGS, Assembly

__all__ = ["Grid", "Mark", "Segment", "Strip", "classification_grid", "evidence_grid", "genome_strip"]

_LEVELS = ("A", "B", "C", "D", "E")
_TYPES = ("Predictive", "Diagnostic", "Prognostic", "Predisposing", "Oncogenic", "Functional")
_NO_STARS = "none"
_SHADES = 5  # as in the page's style sheet
_WIDTH = 1000.0  # width of the strip, in units of its SVG
_GAP = 3.0
_FAINTEST, _MANY = 0.3, 100


class Cell(NamedTuple):
    """A count and its shade: 0 for none, else 1 to 5."""

    number: int
    shade: int


class Grid(NamedTuple):
    """A table of counts by two properties.

    Attributes:
        rows: name of each row, and its cells.
        columns: names of the columns.
        total: total of all cells.

    """

    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    columns: tuple[str, ...]
    total: int


class Segment(NamedTuple):
    """A contig of the strip: its name, left edge and width."""

    name: str
    x: float
    width: float


class Mark(NamedTuple):
    """Alleles of one category at one position of the strip.

    Attributes:
        x: centre of the mark.
        lane: lane of the mark, counted from the top.
        category: one of `CATEGORIES`.
        number: number of alleles.
        density: fill of the mark, up to 1 for the largest number in its lane: for a genome the whole lane is marked. 1
            in a lane with few.

    """

    x: float
    lane: int
    category: str
    number: int
    density: float


class Strip(NamedTuple):
    """The genome from left to right, with one lane per category.

    Attributes:
        segments: contigs.
        marks: the marks.
        lanes: categories, from the top, with their numbers of alleles.
        elsewhere: number of alleles on contigs that are not shown.

    """

    segments: tuple[Segment, ...]
    marks: tuple[Mark, ...]
    lanes: tuple[tuple[str, int], ...]
    elsewhere: int


def classification_grid(report: ReportModel) -> Grid:
    """Return germline classifications by stars, for carried alleles."""
    names = (_NO_STARS, "0", "1", "2", "3", "4")
    counts: Counter[tuple[str, str]] = Counter()
    for allele in _carried(report):
        group = class_of(allele)
        if group:
            stars = stars_of(allele)
            counts[group, _NO_STARS if stars is None else str(stars)] += 1
    columns = names if any(column == _NO_STARS for _, column in counts) else names[1:]
    return _grid(counts, [group for group in CLASSES if any(row == group for row, _ in counts)], columns)


def _carried(report: ReportModel) -> list[ReportedAllele]:
    """Return the carried alleles, each once."""
    carried = (index for index, allele in enumerate(report.alleles) if allele.is_carried)
    return [report.alleles[index] for index in report.distinct(carried)]


def evidence_grid(report: ReportModel) -> Grid:
    """Return CIViC's evidence items by level and type, each item counted once, for carried alleles."""
    items = {
        entry["EntityID"]: (entry["EvidenceType"] or "Other", entry["Level"] or "no level")
        for allele, entry in report.entries()
        if allele.is_carried and entry["EntityType"] == "evidence"
    }
    counts = Counter(items.values())
    rows = [*_TYPES, *sorted({row for row, _ in counts} - set(_TYPES))]
    columns = (*_LEVELS, *sorted({column for _, column in counts} - set(_LEVELS)))
    return _grid(counts, [row for row in rows if any(one == row for one, _ in counts)], columns)


def _grid(counts: Counter[tuple[str, str]], rows: Sequence[str], columns: tuple[str, ...]) -> Grid:
    most = max(counts.values(), default=1)

    def cell(row: str, column: str) -> Cell:
        count = counts[row, column]
        return Cell(count, -(-count * _SHADES // most))

    return Grid(
        tuple((row, tuple(cell(row, column) for column in columns)) for row in rows), columns, counts.total()
    )


def genome_strip(report: ReportModel) -> Strip:
    """Return the positions of carried alleles on the genome; alleles that coincide share one mark."""
    segments = _segments(report.assembly)
    by_name = {segment.name: segment for segment in segments}
    lanes: Counter[str] = Counter()
    places: Counter[tuple[float, str]] = Counter()
    elsewhere = 0
    for allele in _carried(report):
        category = category_of(allele, report.disease)
        lanes[category] += 1
        segment = by_name.get(allele.canonical)
        if segment is None:
            elsewhere += 1
            continue
        share = min(allele.position / report.assembly.lengths[allele.canonical], 1.0)
        places[round(segment.x + share * segment.width), category] += 1
    shown = tuple((category, lanes[category]) for category in CATEGORIES if lanes[category])
    numbers = {category: number for number, (category, _) in enumerate(shown)}
    most: Counter[str] = Counter()
    for (_, category), count in places.items():
        most[category] = max(most[category], count)
    marks = tuple(
        Mark(x, numbers[category], category, count, _density(count, most[category], lanes[category]))
        for (x, category), count in sorted(places.items())
    )
    return Strip(segments, marks, shown, elsewhere)


def _density(number: int, most: int, alleles: int) -> float:
    """Return the density of a mark; in a lane with few alleles every mark is fully visible."""
    return 1.0 if alleles < _MANY else round(_FAINTEST + (1 - _FAINTEST) * number / most, 2)


def _segments(assembly: Assembly) -> tuple[Segment, ...]:
    """Return contigs in proportion to their lengths, without the mitochondrion, which is too short to be visible."""
    names = [name for name in CANONICAL_CONTIGS if name != "MT"]
    room = _WIDTH - _GAP * (len(names) - 1)
    total = sum(assembly.lengths[name] for name in names)
    segments, x = [], 0.0
    for name in names:
        width = room * assembly.lengths[name] / total
        segments.append(Segment(name, round(x, 1), round(width, 1)))
        x += width + _GAP
    return tuple(segments)
