"""INFO fields of ClinVar's records at the same residue: facts beside CLNSIG, never a classification of the allele."""

from __future__ import annotations

from collections.abc import Iterable

from annotator.info import Hit, InfoField, encode_subfield
from annotator.sources.clinvar_protein.records import Neighbour, ResidueRecord

__all__ = ["RESIDUE_FIELDS", "residue_fields"]

_FORMAT = "as VariationID|change|classification|stars|nucleotide_change, separated by &"
_EFFECTS = "effects on a splice site or initiator codon follow the change in parentheses"
_NOT_OWN = "not a classification of the allele itself"


def residue_fields(origin: str) -> tuple[InfoField[ResidueRecord], ...]:
    """Return the fields.

    Args:
        origin: where the protein changes of ClinVar's records come from, for the descriptions.

    """
    return (
        InfoField(
            "CLN_PROTEIN",
            "A",
            "String",
            "Protein change of the allele on the picked transcript; CLN_SAME_AA and CLN_SAME_RESIDUE list ClinVar "
            "records at this residue",
            _change,
        ),
        InfoField(
            "CLN_SAME_AA",
            "A",
            "String",
            f"ClinVar missense records with the same protein change but another nucleotide change, {_FORMAT}; "
            f"{_EFFECTS}; {_NOT_OWN}; {origin}",
            lambda hit: _listed(hit.record.same_change),
        ),
        InfoField(
            "CLN_SAME_RESIDUE",
            "A",
            "String",
            f"ClinVar missense records with another protein change at the same residue, {_FORMAT}; {_EFFECTS}; "
            f"{_NOT_OWN}; {origin}",
            lambda hit: _listed(hit.record.same_residue),
        ),
    )


def _change(hit: Hit[ResidueRecord]) -> str:
    """Return the allele's own change; several are joined by `&`."""
    return "&".join(encode_subfield(change) for change in hit.record.change.split("&"))


def _listed(neighbours: Iterable[Neighbour]) -> str | None:
    return "&".join(map(_entry, neighbours)) or None


def _entry(one: Neighbour) -> str:
    effects = f"({'+'.join(one.effects)})" if one.effects else ""
    parts = (
        str(one.variation_id),
        one.change + effects,
        one.classification or ".",
        "." if one.stars is None else str(one.stars),
        one.nucleotide,
    )
    return "|".join(map(encode_subfield, parts))


FROM_TABLES = "protein changes are those of ClinVar's tables"
FROM_CODONS = "protein changes of ClinVar records were derived by translation of the affected codon"
RESIDUE_FIELDS = residue_fields(FROM_CODONS)
