"""What several samples have in common: alleles against samples, and genes that come again."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from annotator.report.findings import category_of, is_oncogenic, is_pathogenic, rank_of
from annotator.report.model import ReportedAllele, ReportModel, SampleColumn

__all__ = ["Cohort", "GeneCount", "MatrixRow", "SampleCount", "cohort_of"]

_ROWS, _COLUMNS, _GENES = 60, 60, 20
_NOTABLE = {"pathogenic", "oncogenic", "therapy"}


class SampleCount(NamedTuple):
    """How many matched alleles a sample carries, and how many of them are what."""

    column: SampleColumn
    file: str
    alleles: int
    pathogenic: int
    oncogenic: int
    therapy: int


class MatrixRow(NamedTuple):
    """An allele against the samples: the state per column, empty where the file has no such record."""

    allele: int
    category: str
    carriers: int
    states: tuple[str, ...]


class GeneCount(NamedTuple):
    """A gene: how many samples carry a notable allele of it, how many any matched allele, and which alleles."""

    name: str
    notable: int
    samples: int
    alleles: int


class Cohort(NamedTuple):
    """Several samples together.

    Attributes:
        samples: of all columns.
        columns: of the matrix; the first ones, where there are too many.
        rows: notable alleles and those of two samples or more, the most important first.
        left_out_rows, left_out_columns: what the matrix has no room for.
        genes: carried by two samples or more, most samples first.

    """

    samples: tuple[SampleCount, ...]
    columns: tuple[SampleColumn, ...]
    rows: tuple[MatrixRow, ...]
    left_out_rows: int
    left_out_columns: int
    genes: tuple[GeneCount, ...]


def cohort_of(report: ReportModel) -> Cohort:
    """Take the samples of a report together."""
    categories = [category_of(allele, report.disease) for allele in report.alleles]
    carriers = [_carriers(allele) for allele in report.alleles]
    chosen = [
        number
        for number, allele in enumerate(report.alleles)
        if carriers[number] and (categories[number] in _NOTABLE or len(carriers[number]) > 1)
    ]
    chosen.sort(
        key=lambda number: (
            rank_of(report.alleles[number], report.disease)[0],
            -len(carriers[number]),
            number,
        )
    )
    rows = tuple(
        MatrixRow(
            number,
            categories[number],
            len(carriers[number]),
            tuple(_state(report.alleles[number], column) for column in range(len(report.columns[:_COLUMNS]))),
        )
        for number in chosen[:_ROWS]
    )
    return Cohort(
        _samples(report, categories, carriers),
        report.columns[:_COLUMNS],
        rows,
        max(len(chosen) - _ROWS, 0),
        max(len(report.columns) - _COLUMNS, 0),
        _genes(report, categories, carriers),
    )


def _carriers(allele: ReportedAllele) -> set[int]:
    return {number for number, one in allele.samples.items() if one.state in {"carried", "unknown"}}


def _state(allele: ReportedAllele, column: int) -> str:
    carriage = allele.samples.get(column)
    return "" if carriage is None else carriage.state


def _samples(report: ReportModel, categories: list[str], carriers: list[set[int]]) -> tuple[SampleCount, ...]:
    counts: dict[int, list[int]] = defaultdict(list)
    for number, columns in enumerate(carriers):
        for column in columns:
            counts[column].append(number)
    return tuple(
        SampleCount(
            column,
            report.files[column.file].name,
            len(counts[index]),
            sum(is_pathogenic(report.alleles[number]) for number in counts[index]),
            sum(is_oncogenic(report.alleles[number]) for number in counts[index]),
            sum(categories[number] == "therapy" for number in counts[index]),
        )
        for index, column in enumerate(report.columns)
    )


def _genes(report: ReportModel, categories: list[str], carriers: list[set[int]]) -> tuple[GeneCount, ...]:
    anywhere: dict[str, set[int]] = defaultdict(set)
    notable: dict[str, set[int]] = defaultdict(set)
    alleles: dict[str, int] = defaultdict(int)
    for number, allele in enumerate(report.alleles):
        for gene in allele.genes if carriers[number] else ():
            anywhere[gene] |= carriers[number]
            alleles[gene] += 1
            if categories[number] in _NOTABLE:
                notable[gene] |= carriers[number]
    genes = [
        GeneCount(name, len(notable[name]), len(columns), alleles[name])
        for name, columns in anywhere.items()
        if len(columns) > 1
    ]
    genes.sort(key=lambda gene: (-gene.notable, -gene.samples, gene.name))
    return tuple(genes[:_GENES])
