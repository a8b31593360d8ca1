"""What several patients have in common: alleles against patients, and genes that come again.

A patient with a tumour and a normal sample counts once, by the tumour; so does one of whom several tumours were
sequenced.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from annotator.report.findings import category_of, is_oncogenic, is_pathogenic, rank_of
from annotator.report.model import Patient, ReportedAllele, ReportModel

__all__ = ["Cohort", "GeneCount", "MatrixRow", "PatientCount", "cohort_of"]

_ROWS, _COLUMNS, _GENES = 60, 60, 20
_NOTABLE = {"pathogenic", "oncogenic", "therapy"}
_STATES = ("carried", "unknown", "no_call", "not_carried")


class PatientCount(NamedTuple):
    """How many matched alleles a patient carries, and how many of them are what."""

    name: str
    file: str
    alleles: int
    pathogenic: int
    oncogenic: int
    therapy: int


class MatrixRow(NamedTuple):
    """An allele against the patients: the state of each, empty where no file of theirs has such a record."""

    allele: int
    category: str
    carriers: int
    states: tuple[str, ...]


class GeneCount(NamedTuple):
    """A gene: how many patients carry a notable allele of it, how many any matched allele, and how many alleles."""

    name: str
    notable: int
    patients: int
    alleles: int


class Cohort(NamedTuple):
    """Several patients together.

    Attributes:
        patients: all of them.
        columns: names of the patients in the matrix; the first ones, where there are too many.
        rows: notable alleles and those of two patients or more, the most important first.
        left_out_rows, left_out_columns: what the matrix has no room for.
        genes: carried by two patients or more, most patients first.

    """

    patients: tuple[PatientCount, ...]
    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    left_out_rows: int
    left_out_columns: int
    genes: tuple[GeneCount, ...]


def cohort_of(report: ReportModel) -> Cohort:
    """Take the patients of a report together."""
    patients = report.patients
    categories = [category_of(allele, report.disease) for allele in report.alleles]
    carriers = [
        {number for number, one in enumerate(patients) if _state(allele, one) in {"carried", "unknown"}}
        for allele in report.alleles
    ]
    chosen = [
        number
        for number in range(len(report.alleles))
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
            tuple(_state(report.alleles[number], one) for one in patients[:_COLUMNS]),
        )
        for number in chosen[:_ROWS]
    )
    return Cohort(
        _counts(report, categories, carriers),
        tuple(one.name for one in patients[:_COLUMNS]),
        rows,
        max(len(chosen) - _ROWS, 0),
        max(len(patients) - _COLUMNS, 0),
        _genes(report, categories, carriers),
    )


def _state(allele: ReportedAllele, patient: Patient) -> str:
    """Return what a patient's samples say of an allele: those of the tumour, where there is one."""
    columns = (*patient.tumours, *patient.others) or patient.normals
    if len(columns) == 1:  # nearly always
        carriage = allele.samples.get(columns[0])
        return "" if carriage is None else carriage.state
    states = {allele.samples[column].state for column in columns if column in allele.samples}
    return next((state for state in _STATES if state in states), "")


def _counts(report: ReportModel, categories: list[str], carriers: list[set[int]]) -> tuple[PatientCount, ...]:
    counts: dict[int, list[int]] = defaultdict(list)
    for number, patients in enumerate(carriers):
        for patient in patients:
            counts[patient].append(number)
    return tuple(
        PatientCount(
            patient.name,
            report.files[report.columns[patient.columns[0]].file].name,
            len(counts[index]),
            sum(is_pathogenic(report.alleles[number]) for number in counts[index]),
            sum(is_oncogenic(report.alleles[number]) for number in counts[index]),
            sum(categories[number] == "therapy" for number in counts[index]),
        )
        for index, patient in enumerate(report.patients)
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
        GeneCount(name, len(notable[name]), len(patients), alleles[name])
        for name, patients in anywhere.items()
        if len(patients) > 1
    ]
    genes.sort(key=lambda gene: (-gene.notable, -gene.patients, gene.name))
    return tuple(genes[:_GENES])
