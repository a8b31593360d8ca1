"""Derives the criteria of a CIViC variant from its name, its types and the protein changes that it states.

Curators name variants by convention (https://civic.readthedocs.io, "Variant Name"): `V600E`, `E746_A750del`, `G12/G13`,
`Exon 19 Deletion`, `Loss-of-function`, `EML4::ALK` (`EML4-ALK` before 2022). Case and spelling vary. A name that is not
understood has no criteria, and therefore never matches.
"""

from __future__ import annotations

import re

from annotator.snapshot.civic.fusion_names import FusionNames
from annotator.snapshot.civic.protein_names import ProteinNames, added_bases, bare_name, codons_of
from annotator.sources.civic.criteria import Criteria, Exclusions, Structural, VariantKind
from annotator.sources.civic.knowledge import FeatureKind, Variant
from annotator.variants.amino_acids import THREE_LETTERS
from annotator.variants.protein_change import parse_protein_change

__all__ = ["criteria_of", "is_several_together"]


def criteria_of(variant: Variant, proteins: ProteinNames, fusions: FusionNames) -> Criteria:
    """Return the criteria of a variant, without its region, which depends on the assembly.

    Args:
        variant: any.
        proteins: protein changes in the names of all variants.
        fusions: fused genes in the names of all variants.

    """
    name = bare_name(variant.name)
    if fusion := _fusion(variant, name, fusions):
        return fusion
    if codons := _codons(variant, name, proteins):
        return Criteria(codons=codons, kind=_codon_kind(variant))
    if is_several_together(variant):
        return Criteria()
    if name.startswith(("NON-", "RARE ")):
        return _excluding(variant, name)
    if exons := _exons(name):
        return _exon_criteria(variant, name, exons)
    category = _category(variant, name)
    if category is not None:
        return category
    lengths = tuple(sorted(added_bases(variant)))
    return Criteria(proteins=proteins.changes(variant), is_allele=True, lengths=lengths)


def is_several_together(variant: Variant) -> bool:
    """Return whether a variant is several changes at once (`V600E and Amplification`), never a single allele."""
    return " AND " in bare_name(variant.name)


# Categories


def _codons(variant: Variant, name: str, proteins: ProteinNames) -> tuple[str, ...]:
    """Return the codons in names such as `G12`, `G12/G13`, `H1047X`; X is a stop according to some variant types."""
    if name.endswith("X") and "stop_gained" in variant.types:
        return ()
    residues = proteins.codons(variant)
    return tuple(f"{THREE_LETTERS[letter]}{position}" for position, letter in residues)


def _codon_kind(variant: Variant) -> VariantKind:
    types = set(variant.types)
    if types & {"missense_variant", "amino_acid_substitution"} and not types & {
        "inframe_insertion", "protein_altering_variant",
    }:  # fmt: skip
        return VariantKind.MISSENSE
    return VariantKind.NOT_TRUNCATING


def _exons(name: str) -> tuple[int, ...]:
    """Return the exon numbers in a name such as `EXON 10 OR EXON 21 MUTATION` or `EXON 1-2 MUTATION`."""
    found: list[int] = []
    for first, last in re.findall(r"\bEXONS?\s+(\d{1,4})(?:\s*-\s*(\d{1,4}))?(?!\d)", name):
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def _exon_criteria(variant: Variant, name: str, exons: tuple[int, ...]) -> Criteria:
    is_several = len(exons) > 1 and " OR " not in name
    if "SKIPPING" in name:
        return Criteria(exons=exons, kind=VariantKind.SKIPPING)
    if _DUPLICATION.search(name):
        return Criteria(exons=exons, kind=VariantKind.DUPLICATION)
    if name.endswith("DELETION"):
        # Without that type it is the loss of whole exons, which a small variant cannot be.
        is_small = "inframe_deletion" in variant.types and not is_several
        return Criteria(exons=exons, kind=VariantKind.DELETION if is_small else None)
    if name.endswith("INSERTION"):
        return Criteria(exons=exons, kind=VariantKind.INSERTION)
    if "FRAMESHIFT" in name:
        return Criteria(exons=exons, kind=VariantKind.FRAMESHIFT)
    if re.search(r"\bMUTATIONS?$", name):
        return Criteria(exons=exons, kind=_mutation_kind(variant))
    return Criteria(exons=exons)


_LOSS_OF_FUNCTION = re.compile(
    r"LOSS-OF-FUNCTION|(?:INACTIVATING|DELETERIOUS|TRUNCATING|LOSS-OF-FUNCTION) MUTATIONS?|TRUNCATION"
)
_FRAMESHIFT = re.compile(r"FRAMESHIFT(?: TRUNCATION| MUTATIONS?)?")
_DOMAIN = re.compile(
    r".*\bDOMAIN MUT(?:ATION)?|TKD MUTATION|PROMOTER MUTATION|.*\bUTR (?:MUTATION|POLYMORPHISM)"
)
# Names of categories that no sequence change determines: they have no criteria that an allele can meet.
_WITHOUT_CHANGE = re.compile(
    r".*(?:EXPRESSION|METHYLATION|PHOSPHORYLATION|WILD ?TYPE|ACTIVATING|GAIN-OF-FUNCTION|LOCALIZATION|TRANSLOCATION"
    r"|SERUM LEVELS|BIALLELIC|HOMOZYGO|HETEROZYGO|\bLOH\b|COPY-NEUTRAL|TRANSCRIPT|POLYMORPHISM|REPEAT|POSITIVE|HIGH).*"
)
_DUPLICATION = re.compile(r"\bITD\b|INTERNAL (?:TANDEM )?DUPLICATION")


_GAINS = {
    "AMPLIFICATION": Structural.AMPLIFICATION,
    "COPY NUMBER GAIN": Structural.GAIN,
    "COPY NUMBER VARIATION": Structural.CHANGE,
}


def _category(variant: Variant, name: str) -> Criteria | None:
    """Return the criteria of a category variant; None if the variant is not a category."""
    has_allele = variant.coordinates is not None and bool(variant.coordinates.ref or variant.coordinates.alt)
    if has_allele:
        return None
    if name in _GAINS:
        return Criteria(structural=_GAINS[name])
    if name in {"LOSS", "DELETION", "COPY NUMBER LOSS"}:
        return Criteria(structural=Structural.LOSS)
    if _FRAMESHIFT.fullmatch(name):
        return Criteria(is_gene=True, kind=VariantKind.FRAMESHIFT)
    if _LOSS_OF_FUNCTION.fullmatch(name):
        return Criteria(is_gene=True, kind=VariantKind.TRUNCATING, structural=Structural.LOSS)
    if _DOMAIN.fullmatch(name):
        kind = VariantKind.ANY if "PROMOTER" in name or "UTR" in name else _mutation_kind(variant)
        return Criteria(kind=kind)
    if _DUPLICATION.search(name):
        # If CIViC states its coordinates, the allele must lie within (the build adds the region); otherwise anywhere
        # in the gene.
        return Criteria(is_gene=variant.coordinates is None, kind=VariantKind.DUPLICATION)
    if _WITHOUT_CHANGE.fullmatch(name):
        return Criteria()
    if name in {"MUTATION", "MUTATIONS", "ALTERATION", f"{variant.feature.name.upper()} MUTATION"}:
        return Criteria(is_gene=True, kind=_mutation_kind(variant))
    return None


_COMMON_IN_EGFR = Exclusions(
    proteins=tuple(filter(None, map(parse_protein_change, ("L858R", "T790M")))),
    spans=((VariantKind.DELETION, 729, 761), (VariantKind.INSERTION, 762, 823)),
)
"""Changes that "Rare Exon 18-21 Mutation" of EGFR excludes. Its evidence (EID4755) contrasts it with exon 19 deletions
and L858R; the resistance mutation T790M and the insertions in exon 20 are classes of their own. Exon 19 encodes
residues 729 to 761, exon 20 encodes 762 to 823 (NM_005228).
"""


def _excluding(variant: Variant, name: str) -> Criteria:
    """Return the criteria of a category with exclusions; empty if the exclusions are unknown.

    `Non-V600` is any protein change that leaves that residue unchanged. "Rare" requires a list of the common changes.
    """
    if codons := codons_of(name.removeprefix("NON-")):
        left_out = tuple(f"{THREE_LETTERS[letter]}{position}" for position, letter in codons)
        return Criteria(is_gene=True, kind=VariantKind.NOT_TRUNCATING, excluded=Exclusions(codons=left_out))
    exons = _exons(name)
    if variant.feature.name == "EGFR" and exons:
        return Criteria(exons=exons, kind=VariantKind.NOT_TRUNCATING, excluded=_COMMON_IN_EGFR)
    return Criteria()


def _mutation_kind(variant: Variant) -> VariantKind:
    """Return the kind of change that "Mutation" denotes, by the variant's types."""
    types = set(variant.types)
    if "gain_of_function_variant" in types:
        return VariantKind.NOT_TRUNCATING
    if types & {"loss_of_function_variant", "frameshift_truncation", "feature_truncation"}:
        return VariantKind.TRUNCATING
    if types & {"missense_variant"} and not types & {"inframe_insertion", "inframe_deletion"}:
        return VariantKind.MISSENSE
    if types & {"inframe_deletion"}:
        return VariantKind.DELETION
    if types & {"inframe_insertion"}:
        return VariantKind.INSERTION
    return VariantKind.ALTERING


def _fusion(variant: Variant, name: str, fusions: FusionNames) -> Criteria | None:
    """Return the criteria of a fusion: both genes, or the variant's gene and any other; None for no fusion."""
    if variant.kind is FeatureKind.FUSION:
        five, three = variant.feature.five_prime, variant.feature.three_prime
        genes = [side.gene if side is not None else "" for side in (five, three)]
        return Criteria(structural=Structural.FUSION, partner="::".join(genes) if any(genes) else "")
    if sides := fusions.sides(variant):
        return Criteria(structural=Structural.FUSION, partner="::".join(sides))
    if "::" in name:
        return Criteria()  # a fusion with a breakpoint or another change: no record shows both
    if fusions.is_of_any_partner(variant):
        return Criteria(structural=Structural.FUSION)
    return None
