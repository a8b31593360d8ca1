"""ClinVar's missense records at the residue that an allele changes, read from CLN_SAME_AA and CLN_SAME_RESIDUE.

They are facts for the ACMG criteria PS1 and PM5. No criterion is assigned: whether one applies also depends on effects
on splicing, on the gene and on the strength of the record.
"""

from __future__ import annotations

from collections.abc import Iterator

from annotator.report.model import ReportedAllele
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.clinvar.classification import read_classification

__all__ = ["RELATIONS", "NeighbourEntry", "best_neighbour", "neighbours_of"]

RELATIONS = {"CLN_SAME_AA": "same protein change", "CLN_SAME_RESIDUE": "other change at the residue"}
"""Relation of the records to the allele, by INFO field."""

_PARTS = 5


class NeighbourEntry(NamedTuple):
    """A ClinVar record.

    Attributes:
        relation: a value of `RELATIONS`.
        variation_id: VariationID; a number unless the file was changed.
        change: protein change, followed by other effects in parentheses.
        classification: germline classification as in INFO; empty if there is none.
        stars: 0 to 4; None if unknown.
        nucleotide: nucleotide change.

    """

    relation: str
    variation_id: str
    change: str
    classification: str
    stars: int | None
    nucleotide: str

    @property
    def is_pathogenic(self) -> bool:
        """Whether it is classified as pathogenic or likely pathogenic."""
        return read_classification(self.classification).is_pathogenic


def neighbours_of(allele: ReportedAllele) -> Iterator[NeighbourEntry]:
    """Yield the records of an allele: those with the same protein change first, then those with more stars."""
    for id_, relation in RELATIONS.items():
        for entry in allele.values.get(id_, "").split("&"):
            parts = ["" if part == "." else part for part in entry.split("|")]
            if len(parts) == _PARTS:
                number, change, classification, stars, nucleotide = parts
                known = int(stars) if stars in {"0", "1", "2", "3", "4"} else None
                yield NeighbourEntry(relation, number, change, classification, known, nucleotide)


def best_neighbour(allele: ReportedAllele) -> tuple[bool, int] | None:
    """Return the order of an allele by its pathogenic or likely pathogenic records; None if it has none.

    Records with the same protein change come first, then those with more stars.
    """
    if not RELATIONS.keys() & allele.values.keys():
        return None
    places = (
        (one.relation != RELATIONS["CLN_SAME_AA"], -(one.stars or 0))
        for one in neighbours_of(allele)
        if one.is_pathogenic
    )
    return min(places, default=None)
