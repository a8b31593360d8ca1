"""Reading what a CIViC variant demands from its name, its types and its protein expressions.

Curators name variants by convention (https://civic.readthedocs.io, "Variant Name"): `V600E`, `E746_A750del`,
`G12/G13`, `Exon 19 Deletion`, `Loss-of-function`, `EML4::ALK`. Case varies, and so does the spelling. What is not
understood makes no demand, and so never matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from annotator.sources.civic.criteria import Criteria, Structural, VariantKind
from annotator.sources.civic.knowledge import FeatureKind, Variant
from annotator.variants.amino_acids import THREE_LETTERS
from annotator.variants.hgvs_parse import SequenceType, parse_hgvs

__all__ = ["criteria_of"]

_RESIDUE = "[ACDEFGHIKLMNPQRSTUVWY]"
_PLACE = rf"({_RESIDUE})(\d+)"
_NUCLEOTIDE_REMARK = re.compile(r"\s*\(?\bc\.[^()]*(?:\([^()]*\)[^()]*)?\)?$")
_UNCERTAIN = re.compile(r"\(|\?|^=|^0$")
_PLAIN = re.compile(r"(?:[A-Z][a-z]{2})\d+")


def criteria_of(variant: Variant) -> Criteria:
    """Tell what a variant demands; its region, which depends on the assembly, is left out."""
    name = _NUCLEOTIDE_REMARK.sub("", variant.name).strip().upper()
    if fusion := _fusion(variant, name):
        return fusion
    if codons := _codons(variant, name):
        return Criteria(codons=codons, kind=_codon_kind(variant))
    stated = tuple(dict.fromkeys(_named_changes(name)))
    if exons := _exons(name):
        return _exon_criteria(variant, name, exons)
    category = _category(variant, name)
    if category is not None:
        return category
    return Criteria(proteins=_most_telling((*stated, *_expressed_changes(variant))), is_allele=True)


# Protein changes


def _named_changes(name: str) -> Iterator[str]:
    """Protein changes that a name states; `H1047L OR H1047R` and `S310F/Y` state two."""
    for part in re.split(r"\s+OR\s+", name.removeprefix("P.")):
        if several := re.fullmatch(rf"{_PLACE}([A-Z*])(?:/([A-Z*]))+", part):
            for new in part[several.start(3) :].split("/"):
                yield from _change(f"{several[1]}{several[2]}{new}")
        else:
            yield from _change(part)


def _change(name: str) -> Iterator[str]:
    """A protein change in one spelling, if a name is one."""
    if found := re.fullmatch(rf"({_RESIDUE}|\*)(\d+)({_RESIDUE}|[*X=])", name):
        old, number, new = found.groups()
        new = new.replace("X", "*")
        yield f"{THREE_LETTERS[old]}{number}{'=' if new in {old, '='} else THREE_LETTERS[new]}"
    elif found := re.fullmatch(rf"{_PLACE}({_RESIDUE}?)FS(?:(?:\*|X|TER)?(\d*)\??)?", name):
        old, number, new, length = found.groups()
        yield f"{THREE_LETTERS[old]}{number}{THREE_LETTERS[new] if new else ''}fs{f'Ter{length}' if length else ''}"
    elif found := re.fullmatch(rf"{_PLACE}(?:_{_PLACE})?(?:DEL{_RESIDUE}*INS|>)({_RESIDUE}+)", name):
        yield f"{_span(*found.groups()[:4])}delins{_spelled(found[5])}"
    elif found := re.fullmatch(rf"{_PLACE}(?:_{_PLACE})?(DEL|DUP)({_RESIDUE}*)", name):
        if not found[6] or len(found[6]) == int(found[4] or found[2]) - int(found[2]) + 1:
            yield f"{_span(*found.groups()[:4])}{found[5].lower()}"
    elif found := re.fullmatch(rf"{_PLACE}_{_PLACE}INS({_RESIDUE}+)", name):
        yield f"{_span(*found.groups()[:4])}ins{_spelled(found[5])}"


def _span(first: str, start: str, last: str | None, stop: str | None) -> str:
    end = f"_{THREE_LETTERS[last]}{stop}" if last and stop else ""
    return f"{THREE_LETTERS[first]}{start}{end}"


def _spelled(residues: str) -> str:
    return "".join(map(THREE_LETTERS.__getitem__, residues))


def _expressed_changes(variant: Variant) -> Iterator[str]:
    """Protein changes of a variant's HGVS expressions that are certain enough to be compared."""
    for text in variant.hgvs:
        expression = parse_hgvs(text)
        if expression is None or expression.sequence_type is not SequenceType.PROTEIN:
            continue
        change = re.sub(r"fs(?:Ter)?\??$", "fs", expression.change)
        if _PLAIN.match(change) and not _UNCERTAIN.search(change):
            yield change


def _most_telling(changes: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out a frameshift without its end where one with its end is of the same residue."""
    ended = {found[0] for change in changes if "fsTer" in change and (found := _PLAIN.match(change))}
    return tuple(
        dict.fromkeys(
            change
            for change in changes
            if not (change.endswith("fs") and (found := _PLAIN.match(change)) and found[0] in ended)
        )
    )


# Categories


def _codons(variant: Variant, name: str) -> tuple[str, ...]:
    """`G12`, `G12/G13`, `H1047X`; but X is a stop where the variant's type says so."""
    if name.endswith("X") and "stop_gained" in variant.types:
        return ()
    parts = [re.fullmatch(rf"{_PLACE}X?", part) for part in name.split("/")]
    return tuple(f"{THREE_LETTERS[part[1]]}{part[2]}" for part in parts if part) if all(parts) else ()


def _codon_kind(variant: Variant) -> VariantKind:
    types = set(variant.types)
    if types & {"missense_variant", "amino_acid_substitution"} and not types & {
        "inframe_insertion", "protein_altering_variant",
    }:  # fmt: skip
        return VariantKind.MISSENSE
    return VariantKind.NOT_TRUNCATING


def _exons(name: str) -> tuple[int, ...]:
    """Numbers of the exons that a name names: `EXON 10 OR EXON 21 MUTATION`, `EXON 1-2 MUTATION`."""
    found: list[int] = []
    for first, last in re.findall(r"\bEXONS?\s+(\d+)(?:\s*-\s*(\d+))?", name):
        found += range(int(first), int(last or first) + 1)
    return tuple(found) if " AND " not in name else ()


def _exon_criteria(variant: Variant, name: str, exons: tuple[int, ...]) -> Criteria:
    is_several = len(exons) > 1 and " OR " not in name
    if "SKIPPING" in name:
        return Criteria(exons=exons, kind=VariantKind.SKIPPING)
    if name.endswith("DELETION"):
        # Without that type it is the loss of whole exons, which no small change is.
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
# What no change of a sequence tells: these make no demand that an allele can meet.
_UNTELLABLE = re.compile(
    r".*(?:EXPRESSION|METHYLATION|PHOSPHORYLATION|WILD ?TYPE|ACTIVATING|GAIN-OF-FUNCTION|LOCALIZATION|TRANSLOCATION"
    r"|SERUM LEVELS|BIALLELIC|HOMOZYGO|HETEROZYGO|\bLOH\b|COPY-NEUTRAL|RARE MUTATION|NON-|TRANSCRIPT|POLYMORPHISM"
    r"|INTERNAL DUPLICATION|\bITD\b|REPEAT|POSITIVE|HIGH).*"
)


def _category(variant: Variant, name: str) -> Criteria | None:
    """Tell what a category demands; None if the variant is none."""
    has_allele = variant.coordinates is not None and bool(variant.coordinates.ref or variant.coordinates.alt)
    if has_allele:
        return None
    if name in {"AMPLIFICATION", "COPY NUMBER VARIATION", "COPY NUMBER GAIN"}:
        structural = Structural.CHANGE if "VARIATION" in name else Structural.GAIN
        return Criteria(structural=structural)
    if name in {"LOSS", "DELETION", "COPY NUMBER LOSS"}:
        return Criteria(structural=Structural.LOSS)
    if _FRAMESHIFT.fullmatch(name):
        return Criteria(is_gene=True, kind=VariantKind.FRAMESHIFT)
    if _LOSS_OF_FUNCTION.fullmatch(name):
        return Criteria(is_gene=True, kind=VariantKind.TRUNCATING, structural=Structural.LOSS)
    if _DOMAIN.fullmatch(name):
        kind = VariantKind.ANY if "PROMOTER" in name or "UTR" in name else _mutation_kind(variant)
        return Criteria(kind=kind)
    if _UNTELLABLE.fullmatch(name):
        return Criteria()
    if name in {"MUTATION", "MUTATIONS", "ALTERATION", f"{variant.feature.name.upper()} MUTATION"}:
        return Criteria(is_gene=True, kind=_mutation_kind(variant))
    return None


def _mutation_kind(variant: Variant) -> VariantKind:
    """Kind of change that "Mutation" is, by the variant's types."""
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


def _fusion(variant: Variant, name: str) -> Criteria | None:
    """Tell what a fusion demands: both genes, or the variant's gene and any other."""
    if variant.kind is FeatureKind.FUSION:
        five, three = variant.feature.five_prime, variant.feature.three_prime
        genes = [side.gene for side in (five, three) if side is not None and side.gene]
        return Criteria(structural=Structural.FUSION, partner="::".join(genes))
    if found := re.fullmatch(r"([A-Z0-9-]+)::([A-Z0-9-]+)", name):
        return Criteria(structural=Structural.FUSION, partner="::".join(found.groups()))
    if "::" in name:
        return Criteria()  # a fusion with a breakpoint or another change: no record tells both
    if name in {"FUSION", "FUSIONS", "REARRANGEMENT"}:
        return Criteria(structural=Structural.FUSION)
    return None
