"""Interpretation of entries in VEP's or SnpEff's layout."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from annotator.info import decode_text
from annotator.variants.query import Consequence
from annotator.vcf.annotations.alleles import SpelledAllele, owners, structural_owners
from annotator.vcf.annotations.bcsq import BcsqEntry
from annotator.vcf.annotations.layout import Layout, Part, Writer
from annotator.vcf.annotations.peptides import protein_change

if TYPE_CHECKING:
    from annotator.variants.hgvs_parse import HgvsExpression

__all__ = [
    "UNMARKED",
    "Described",
    "consequence_of",
    "consequence_of_bcsq",
    "entries_of",
    "expressions_of",
    "structural_entries_of",
]

_IN_INTRONS = {"intron_variant", "splice_acceptor_variant", "splice_donor_variant"}
_RANK = r"([0-9]{1,9})(?:-([0-9]{1,9}))?(?:/[0-9]+)?"
_SNPEFF_PARTS = 15  # an entry with fewer is damaged

_MISSENSE = "missense_variant"
UNMARKED = 9
"""Rank of a transcript that is not marked by the annotation."""


class Described(NamedTuple):
    """The content of one entry about an allele.

    Attributes:
        consequence: for one transcript.
        mark: mark of the transcript: 0 picked, 1 MANE Select, 2 MANE Plus Clinical, 3 canonical, `UNMARKED`.
        same: accessions of the same transcript in other databases, without versions: MANE Select names its RefSeq or
            Ensembl partner.

    """

    consequence: Consequence
    mark: int = UNMARKED
    same: tuple[str, ...] = ()


def entries_of(
    layout: Layout, value: str, ref: str, alts: Sequence[str], alt: int
) -> Iterator[Sequence[str]]:
    """Yield the entries of one ALT, split into their parts.

    Args:
        layout: layout of VEP or SnpEff.
        value: value of the INFO key.
        ref: REF as written.
        alts: the ALTs as written.
        alt: 0-based index of the ALT.

    """
    entries = [entry.split("|") for entry in value.split(",")]
    if layout.writer is Writer.SNPEFF:
        for entry in entries:
            if len(entry) >= _SNPEFF_PARTS and _is_snpeff_allele(layout.value(entry, Part.ALLELE), alts, alt):
                yield entry
        return
    spelled = [_spelled_allele(layout, entry) for entry in entries]
    if Part.ALLELE not in layout.parts and Part.ALLELE_NUMBER not in layout.parts:
        yield from entries if len(alts) == 1 else ()
        return
    for entry, owner in zip(entries, owners(ref, alts, spelled), strict=True):
        if owner == alt:
            yield entry


def structural_entries_of(
    layout: Layout, value: str, alts: Sequence[str], alt: int
) -> Iterator[tuple[Sequence[str], bool]]:
    """Yield the entries of one symbolic ALT or breakend, and whether each describes the breakend's mate.

    From release 112 on, VEP writes an entry for each breakend of a junction, with that breakend as its allele.
    """
    entries = [entry.split("|") for entry in value.split(",")]
    if layout.writer is Writer.SNPEFF:
        for entry in entries:
            allele = layout.value(entry, Part.ALLELE)
            if len(alts) == 1 or allele.upper() == alts[alt].upper():
                yield entry, False
        return
    spelled = [_spelled_allele(layout, entry) for entry in entries]
    alleles = {one.allele.upper() for one in spelled}
    is_stated = alts[alt].upper() in alleles
    for entry, one, of in zip(entries, spelled, structural_owners(alts, spelled), strict=True):
        is_mate = is_stated and _is_breakend(one.allele) and one.allele.upper() != alts[alt].upper()
        if alt in of:
            yield entry, is_mate


def _is_breakend(allele: str) -> bool:
    return "[" in allele or "]" in allele


def _spelled_allele(layout: Layout, entry: Sequence[str]) -> SpelledAllele:
    parts = (Part.ALLELE, Part.ALLELE_NUMBER, Part.UPLOADED_ALLELE)
    return SpelledAllele(*(layout.value(entry, part) for part in parts))


def _is_snpeff_allele(allele: str, alts: Sequence[str], alt: int) -> bool:
    """Return whether SnpEff's Allele, the whole ALT, is this ALT; `T-C` is a change relative to another sample's C."""
    return allele.upper() == alts[alt].upper() or (not allele and len(alts) == 1)


def consequence_of(layout: Layout, entry: Sequence[str], *, is_structural: bool = False) -> Described:
    """Return the content of an entry."""
    terms = frozenset(layout.value(entry, Part.TERMS).split("&"))
    exon, intron = layout.value(entry, Part.EXON), layout.value(entry, Part.INTRON)
    if rank := layout.value(entry, Part.RANK):
        exon, intron = ("", rank) if not terms.isdisjoint(_IN_INTRONS) else (rank, "")
    consequence = Consequence(
        decode_text(layout.value(entry, Part.SYMBOL)),
        layout.value(entry, Part.GENE_ID),
        layout.value(entry, Part.FEATURE).partition(".")[0],
        terms,
        _rank(exon),
        _rank(intron),
        "" if is_structural else _protein(layout, entry, terms),
        _strand(layout.value(entry, Part.STRAND)),
    )
    partners = _partners(layout, entry)
    if _MISSENSE in terms and not is_structural:
        consequence = _with_codons(layout, entry, consequence, partners)
    return Described(consequence, _mark(layout, entry), partners)


def _with_codons(
    layout: Layout, entry: Sequence[str], consequence: Consequence, partners: tuple[str, ...]
) -> Consequence:
    """Add what shows which codon a missense change lies in."""
    residue = re.match(r"[0-9]{1,6}", layout.value(entry, Part.PROTEIN_POSITION))
    return consequence._replace(
        partners=partners,
        codons=layout.value(entry, Part.CODONS),
        first_residue=0 if residue is None else int(residue[0]),
        coding=decode_text(layout.value(entry, Part.HGVS_C)),
    )


def consequence_of_bcsq(entry: BcsqEntry) -> Described:
    """Return the content of an entry of BCSQ."""
    return Described(
        Consequence(
            entry.gene,
            "",
            entry.transcript,
            entry.terms,
            protein=entry.protein,
            strand=entry.strand,
            joint=entry.joint,
        )
    )


def expressions_of(layout: Layout, entry: Sequence[str]) -> Iterator[HgvsExpression]:
    """Yield the genomic and coding HGVS expressions of an entry; SnpEff has a separate part for the transcript.

    A coding expression on a transcript other than the entry's Feature contradicts the entry and is ignored.
    """
    yield from _parsed(layout.value(entry, Part.HGVS_G))
    text = layout.value(entry, Part.HGVS_C)
    feature = layout.value(entry, Part.FEATURE)
    for expression in _parsed(text):
        if expression.accession is not None:
            if Part.FEATURE not in layout.parts or expression.accession == feature.partition(".")[0]:
                yield expression
        elif feature:
            yield from _parsed(f"{feature}:{decode_text(text)}")


def _protein(layout: Layout, entry: Sequence[str], terms: Iterable[str]) -> str:
    """Return the protein change: HGVSp, or a substitution from Amino_acids if there is no HGVSp."""
    expression = next(_parsed(layout.value(entry, Part.HGVS_P)), None)
    if expression is not None:
        return expression.change if expression.is_protein else ""
    if Part.HGVS_P in layout.parts or "frameshift_variant" in terms:
        return ""
    ref, _, alt = layout.value(entry, Part.AMINO_ACIDS).partition("/")
    number = re.match(r"[0-9]{1,9}(?![0-9])", layout.value(entry, Part.PROTEIN_POSITION))
    # A change of length may be further left than in HGVS: VEP shifts only HGVS.
    return protein_change(int(number[0]), ref, alt) if number and len(ref) == len(alt) else ""


def _mark(layout: Layout, entry: Sequence[str]) -> int:
    mane = layout.value(entry, Part.MANE).lower()
    if layout.value(entry, Part.PICK) == "1":
        return 0
    if layout.value(entry, Part.MANE_SELECT) or "mane_select" in mane:
        return 1
    if layout.value(entry, Part.MANE_PLUS_CLINICAL) or "mane_plus_clinical" in mane:
        return 2
    return 3 if layout.value(entry, Part.CANONICAL).upper() in {"YES", "1", "TRUE"} else UNMARKED


def _partners(layout: Layout, entry: Sequence[str]) -> tuple[str, ...]:
    values = (layout.value(entry, part) for part in (Part.MANE_SELECT, Part.MANE_PLUS_CLINICAL))
    return tuple(value.partition(".")[0] for value in values if value)


def _strand(text: str) -> int:
    return {"1": 1, "-1": -1, "+": 1, "-": -1}.get(text, 0)


def _rank(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(_RANK, text) if text else None
    return None if found is None else (int(found[1]), int(found[2] or found[1]))


def _parsed(text: str) -> Iterator[HgvsExpression]:
    if not text:
        return
    from annotator.variants.hgvs_parse import parse_hgvs  # most records contain no names

    expression = parse_hgvs(text)
    if expression is not None:
        yield expression
