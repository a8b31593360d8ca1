"""ClinVar's records at the residue that an allele changes."""

from __future__ import annotations

from annotator.runtime.named_tuple import NamedTuple

__all__ = ["Neighbour", "ResidueRecord"]


class Neighbour(NamedTuple):
    """A missense record of ClinVar's at the same residue, with another nucleotide change.

    Attributes:
        variation_id: VariationID.
        change: of the protein, in the numbering of the transcript that names the allele, such as `p.Arg175His`.
        classification: germline classification; None if it has none.
        stars: of the germline classification; None if it has none.
        nucleotide: change of the transcript, such as `c.524G>A`.
        effects: other effects of ClinVar's record on some transcript that may matter more than the protein change:
            on a splice site, or on an initiator codon.

    """

    variation_id: int
    change: str
    classification: str | None
    stars: int | None
    nucleotide: str
    effects: tuple[str, ...] = ()


class ResidueRecord(NamedTuple):
    """ClinVar's missense records at the residue that an allele changes, without the allele's own.

    Attributes:
        change: of the allele, on the transcript that names it, such as `NM_000546:p.Arg175Cys`; without a transcript if
            the annotation has none; several genes' are joined by `&`.
        same_change: records with the same change of the protein, most stars first.
        same_residue: records with another one.

    """

    change: str
    same_change: tuple[Neighbour, ...]
    same_residue: tuple[Neighbour, ...]
