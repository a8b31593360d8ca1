"""Compact storage of the data in sample columns: a cohort has one value per allele and sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, ValuesView
from dataclasses import replace

from annotator.report.model import Carriage, ReportedAllele
from annotator.runtime.named_tuple import NamedTuple

__all__ = [
    "FEW_SAMPLES",
    "LISTED_CARRIERS",
    "MostReads",
    "SampleStates",
    "calls_of",
    "carriers_of",
    "most_reads",
    "with_few_samples",
]

FEW_SAMPLES = 30
"""Number of samples up to which the page contains the data of each sample for every allele."""

LISTED_CARRIERS = 20
"""Number of carriers per allele that the page lists if there are more samples than `FEW_SAMPLES`."""

_CARRIED = frozenset({"carried", "unknown"})


class SampleStates(Mapping[int, Carriage]):
    """Data of consecutive samples of a report: a dictionary by sample number, in an eighth of the memory.

    Args:
        first: number of the first sample.
        states: one per sample.

    """

    __slots__ = ("_first", "_states")

    def __init__(self, first: int, states: Sequence[Carriage]) -> None:
        self._first = first
        self._states = tuple(states)

    def __getitem__(self, number: int) -> Carriage:
        index = number - self._first
        if not 0 <= index < len(self._states):
            raise KeyError(number)
        return self._states[index]

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._first, self._first + len(self._states)))

    def __len__(self) -> int:
        return len(self._states)

    def values(self) -> ValuesView[Carriage]:
        """Return the states in the order of the samples."""
        return _States(self)


class _States(ValuesView[Carriage]):
    """Iterator over the states that does not look up each number."""

    def __init__(self, states: SampleStates) -> None:
        super().__init__(states)
        self._values = states._states

    def __iter__(self) -> Iterator[Carriage]:
        return iter(self._values)


def carriers_of(allele: ReportedAllele) -> list[int]:
    """Return the numbers of the samples that carry an allele; those without a genotype count as carriers."""
    states = zip(allele.samples, allele.samples.values(), strict=True)
    return [number for number, one in states if one.state in _CARRIED]


def calls_of(allele: ReportedAllele) -> list[tuple[int, Carriage]]:
    """Return the samples that carry an allele by their genotype or with a known fraction of reads, by their numbers.

    Calls that passed all filters come first.
    """
    states = zip(allele.samples, allele.samples.values(), strict=True)
    found = [
        (number, one)
        for number, one in states
        if one.state == "carried" or (one.state in _CARRIED and one.counts.vaf is not None)
    ]
    return sorted(found, key=lambda call: bool(call[1].filter))


class MostReads(NamedTuple):
    """Highest values among the carriers of an allele; None if no file states them.

    Attributes:
        vaf: variant allele fraction, 0 to 1.
        depth: reads at the position.

    """

    vaf: float | None
    depth: int | None


def most_reads(allele: ReportedAllele) -> MostReads:
    """Return the highest allele fraction and depth among the carriers of an allele."""
    counts = [one.counts for one in allele.samples.values() if one.state in _CARRIED]
    return MostReads(
        max((one.vaf for one in counts if one.vaf is not None), default=None),
        max((one.depth for one in counts if one.depth is not None), default=None),
    )


def with_few_samples(allele: ReportedAllele) -> tuple[ReportedAllele, dict[str, int]]:
    """Return an allele with its first carriers only, and the number of samples by state."""
    counts: dict[str, int] = {}
    for one in allele.samples.values():
        counts[one.state] = counts.get(one.state, 0) + 1
    listed = {number: allele.samples[number] for number in carriers_of(allele)[:LISTED_CARRIERS]}
    return replace(allele, samples=listed), counts
