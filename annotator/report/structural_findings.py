"""ClinVar's copy-number and structural records of an allele, read from CLNSV, and those that make a key finding."""

from __future__ import annotations

from annotator.report.model import ReportedAllele
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.clinvar.classification import read_classification
from annotator.sources.clinvar_sv.records import Relation

__all__ = ["StructuralHit", "is_structural_finding", "structural_hits"]

_PARTS_BEFORE, _PARTS_AFTER = 2, 5  # of an entry, before and after the classification, which may contain `|`
_WHOLE = frozenset({Relation.SAME.value, Relation.CONTAINS.value})


class StructuralHit(NamedTuple):
    """One entry of CLNSV; parts as they are written there.

    Attributes:
        variation_id: VariationID.
        kind: ClinVar's type, such as `copy_number_loss`.
        classification: germline classification, `.` for none.
        stars: of the germline classification, `.` for none.
        reciprocal: reciprocal overlap.
        of_record, of_allele: part of the record, and of the allele, that is shared.
        relation: relation of the allele to the record, with notes on imprecise breakpoints.

    """

    variation_id: str
    kind: str
    classification: str
    stars: str
    reciprocal: str
    of_record: str
    of_allele: str
    relation: str

    @property
    def relation_words(self) -> str:
        """Relation as text for people."""
        return self.relation.replace("(", " (").replace("+", ", ")

    @property
    def is_pathogenic_whole(self) -> bool:
        """Whether the allele has about the range of a pathogenic or likely pathogenic record, or contains it."""
        is_whole = self.relation.partition("(")[0] in _WHOLE
        return is_whole and read_classification(self.classification).is_pathogenic


def structural_hits(allele: ReportedAllele) -> list[StructuralHit]:
    """Return the entries of CLNSV of an allele, in their order."""
    return [hit for entry in allele.values.get("CLNSV", "").split("&") if (hit := _hit(entry)) is not None]


def is_structural_finding(allele: ReportedAllele) -> bool:
    """Return whether an allele has about the range of a pathogenic copy-number record, or contains one."""
    return any(hit.is_pathogenic_whole for hit in structural_hits(allele))


def _hit(entry: str) -> StructuralHit | None:
    parts = entry.split("|")
    if len(parts) <= _PARTS_BEFORE + _PARTS_AFTER:
        return None
    variation, kind, *words = parts[:-_PARTS_AFTER]
    return StructuralHit(variation, kind, "|".join(words), *parts[-_PARTS_AFTER:])
