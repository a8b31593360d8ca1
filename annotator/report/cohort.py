"""Comparison of several patients: alleles by patient, and recurrent genes.

A patient with a tumour and a normal sample counts once, by the tumour; so does a patient with several tumours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

from annotator.report.findings import CATEGORIES, category_of, has_therapy, is_oncogenic, is_pathogenic
from annotator.report.model import Carriage, Patient, ReportedAllele, ReportModel
from annotator.runtime.named_tuple import NamedTuple

__all__ = ["Cohort", "GeneCount", "MatrixRow", "PatientCount", "cohort_of"]

_ROWS, _COLUMNS, _GENES = 60, 60, 20
_NOTABLE = {"pathogenic", "oncogenic", "therapy"}
_CALLED = frozenset({"carried", "unknown"})
_FILTERED = "filtered"
_STATES = ("carried", "unknown", _FILTERED, "no_call", "not_carried")


class PatientCount(NamedTuple):
    """Number of matched alleles of a patient, in total and by category."""

    name: str
    file: str
    alleles: int
    pathogenic: int
    oncogenic: int
    therapy: int


class MatrixRow(NamedTuple):
    """An allele with its state in each patient: a state of `Carriage`, or `filtered` for a call that failed a filter.

    The state is empty if no file of the patient has such a record.
    """

    allele: int
    category: str
    carriers: int
    states: tuple[str, ...]


class GeneCount(NamedTuple):
    """A gene: the number of patients with a notable allele of it, of those with any matched allele, and of alleles."""

    name: str
    notable: int
    patients: int
    alleles: int


class Cohort(NamedTuple):
    """A group of patients.

    Attributes:
        patients: all of them.
        columns: names of the patients in the matrix; the first ones if there are too many.
        rows: notable alleles and those of at least two patients, the most important first.
        left_out_rows, left_out_columns: rows and columns for which the matrix has no room.
        genes: genes with alleles in at least two patients, those with most patients first.

    """

    patients: tuple[PatientCount, ...]
    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    left_out_rows: int
    left_out_columns: int
    genes: tuple[GeneCount, ...]


class _Shared(NamedTuple):
    """An allele and its carriers; its records, if several describe it.

    Attributes:
        first: index of its first record in the report.
        records: the records of the allele.
        category: gravest category of a record.
        carriers: one bit per patient; the first patient's is the lowest.
        passing: those of the patients with a call that passed all filters.

    """

    first: int
    records: tuple[ReportedAllele, ...]
    category: str
    carriers: int
    passing: int

    @property
    def is_notable(self) -> bool:
        return self.passing > 0 and self.category in _NOTABLE

    @property
    def number(self) -> int:
        """Number of carriers."""
        return self.carriers.bit_count()


def cohort_of(report: ReportModel) -> Cohort:
    """Return the cohort of a report's patients."""
    patients = report.patients
    alleles = _shared_alleles(report)
    chosen = [one for one in alleles if one.carriers and (one.is_notable or one.number > 1)]
    chosen.sort(key=lambda one: (CATEGORIES.index(one.category), -one.number, one.first))
    rows = tuple(
        MatrixRow(
            one.first,
            one.category,
            one.number,
            tuple(_state(one.records, patient) for patient in patients[:_COLUMNS]),
        )
        for one in chosen[:_ROWS]
    )
    return Cohort(
        _counts(report, alleles),
        tuple(one.name for one in patients[:_COLUMNS]),
        rows,
        max(len(chosen) - _ROWS, 0),
        max(len(patients) - _COLUMNS, 0),
        _genes(alleles),
    )


def _shared_alleles(report: ReportModel) -> list[_Shared]:
    """Return the alleles of a report with their carriers; an allele with several records once."""
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for index, identity in enumerate(report.identities):
        groups[identity].append(index)
    shared = []
    for first, *others in groups.values():
        records = tuple(report.alleles[index] for index in (first, *others))
        states = [_state(records, patient) for patient in reversed(report.patients)]
        passing = carriers = _bits([state in _CALLED for state in states])
        if _FILTERED in states:
            carriers |= _bits([state == _FILTERED for state in states])
        category = min((category_of(one, report.disease) for one in records), key=CATEGORIES.index)
        shared.append(_Shared(first, records, category, carriers, passing))
    return shared


def _bits(values: Sequence[bool]) -> int:
    """Return truth values as bits; the last value is the lowest bit."""
    return int("".join(["1" if one else "0" for one in values]) or "0", 2)


def _state(records: Sequence[ReportedAllele], patient: Patient) -> str:
    """Return the state of an allele in a patient's samples: in those of the tumour, if there is one."""
    columns = (*patient.tumours, *patient.others) or patient.normals
    if len(columns) == 1 == len(records):  # nearly always
        carriage = records[0].samples.get(columns[0])
        if carriage is None or not carriage.filter:
            return "" if carriage is None else carriage.state
        return _state_of(carriage)
    states = {
        _state_of(one.samples[column]) for one in records for column in columns if column in one.samples
    }
    return next((state for state in _STATES if state in states), "")


def _state_of(carriage: Carriage) -> str:
    return _FILTERED if carriage.filter and carriage.state in _CALLED else carriage.state


def _counts(report: ReportModel, alleles: Sequence[_Shared]) -> tuple[PatientCount, ...]:
    # As in the key findings, calls that failed a filter do not count for the kinds of alleles.
    kinds = [
        [one.carriers for one in alleles],
        [one.passing for one in alleles if any(map(is_pathogenic, one.records))],
        [one.passing for one in alleles if any(map(is_oncogenic, one.records))],
        [
            one.passing
            for one in alleles
            if any(has_therapy(record, report.disease) for record in one.records)
        ],
    ]
    return tuple(
        PatientCount(
            patient.name,
            report.files[report.columns[patient.columns[0]].file].name,
            *(sum(carriers >> index & 1 for carriers in of_kind) for of_kind in kinds),
        )
        for index, patient in enumerate(report.patients)
    )


def _genes(alleles: Sequence[_Shared]) -> tuple[GeneCount, ...]:
    anywhere: dict[str, int] = defaultdict(int)
    notable: dict[str, int] = defaultdict(int)
    counts: dict[str, int] = defaultdict(int)
    for one in alleles:
        for gene in one.records[0].genes if one.carriers else ():
            anywhere[gene] |= one.carriers
            counts[gene] += 1
            if one.is_notable:
                notable[gene] |= one.passing
    genes = [
        GeneCount(name, notable[name].bit_count(), patients.bit_count(), counts[name])
        for name, patients in anywhere.items()
        if patients.bit_count() > 1
    ]
    genes.sort(key=lambda gene: (-gene.notable, -gene.patients, gene.name))
    return tuple(genes[:_GENES])
