"""Interpretation of entries in VEP's or SnpEff's layout."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from annotator.info import decode_text
from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.query import Consequence
from annotator.vcf.annotations.alleles import SpelledAllele, owners, structural_owners
from annotator.vcf.annotations.bcsq import BcsqEntry
from annotator.vcf.annotations.layout import Entry, Layout, Part, Writer
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
_STRANDS = {"1": 1, "-1": -1, "+": 1, "-": -1}
_SPELLED = 3  # the first parts of an entry are those that spell its allele
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


def entries_of(layout: Layout, value: str, ref: str, alts: Sequence[str], alt: int) -> Iterator[Entry]:
    """Yield the entries of one ALT.

    Args:
        layout: layout of VEP or SnpEff.
        value: value of the INFO key.
        ref: REF as written.
        alts: the ALTs as written.
        alt: 0-based index of the ALT.

    """
    if layout.writer is Writer.SNPEFF:
        for entry in layout.entries(value, _SNPEFF_PARTS):
            if _is_snpeff_allele(entry.allele, alts, alt):
                yield entry
        return
    entries = list(layout.entries(value))
    if Part.ALLELE not in layout.parts and Part.ALLELE_NUMBER not in layout.parts:
        yield from entries if len(alts) == 1 else ()
        return
    spelled = [SpelledAllele(*entry[:_SPELLED]) for entry in entries]
    different = list(dict.fromkeys(spelled))  # most entries spell an allele alike
    owner_of = dict(zip(different, owners(ref, alts, different), strict=True))
    for entry, one in zip(entries, spelled, strict=True):
        if owner_of[one] == alt:
            yield entry


def structural_entries_of(
    layout: Layout, value: str, alts: Sequence[str], alt: int
) -> Iterator[tuple[Entry, bool]]:
    """Yield the entries of one symbolic ALT or breakend, and whether each describes the breakend's mate.

    From release 112 on, VEP writes an entry for each breakend of a junction, with that breakend as its allele.
    """
    entries = list(layout.entries(value))
    if layout.writer is Writer.SNPEFF:
        for entry in entries:
            if len(alts) == 1 or entry.allele.upper() == alts[alt].upper():
                yield entry, False
        return
    spelled = [SpelledAllele(*entry[:_SPELLED]) for entry in entries]
    alleles = {one.allele.upper() for one in spelled}
    is_stated = alts[alt].upper() in alleles
    for entry, one, of in zip(entries, spelled, structural_owners(alts, spelled), strict=True):
        is_mate = is_stated and _is_breakend(one.allele) and one.allele.upper() != alts[alt].upper()
        if alt in of:
            yield entry, is_mate


def _is_breakend(allele: str) -> bool:
    return "[" in allele or "]" in allele


def _is_snpeff_allele(allele: str, alts: Sequence[str], alt: int) -> bool:
    """Return whether SnpEff's Allele, the whole ALT, is this ALT; `T-C` is a change relative to another sample's C."""
    return allele.upper() == alts[alt].upper() or (not allele and len(alts) == 1)


def consequence_of(layout: Layout, entry: Entry, *, is_structural: bool = False) -> Described:
    """Return the content of an entry."""
    terms = _terms(entry.terms)
    exon, intron = entry.exon, entry.intron
    if entry.rank:
        exon, intron = ("", entry.rank) if not terms.isdisjoint(_IN_INTRONS) else (entry.rank, "")
    partners = _partners(entry)
    facts = (
        decode_text(entry.symbol),
        entry.gene_id,
        entry.feature.partition(".")[0],
        terms,
        _rank(exon),
        _rank(intron),
        "" if is_structural else _protein(layout, entry, terms),
        _STRANDS.get(entry.strand, 0),
    )
    if _MISSENSE not in terms or is_structural:
        return Described(Consequence(*facts), _mark(entry), partners)
    residue = re.match(r"[0-9]{1,6}", entry.protein_position)
    missense = Consequence(
        *facts,
        partners=partners,
        codons=entry.codons,
        first_residue=0 if residue is None else int(residue[0]),
        coding=decode_text(entry.hgvs_c),
    )
    return Described(missense, _mark(entry), partners)


@lru_cache(1024)
def _terms(text: str) -> frozenset[str]:
    return frozenset(text.split("&"))


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


def expressions_of(layout: Layout, entry: Entry) -> Iterator[HgvsExpression]:
    """Yield the genomic and coding HGVS expressions of an entry; SnpEff has a separate part for the transcript.

    A coding expression on a transcript other than the entry's Feature contradicts the entry and is ignored.
    """
    if entry.hgvs_g:
        yield from _parsed(entry.hgvs_g)
    for expression in _parsed(entry.hgvs_c) if entry.hgvs_c else ():
        if expression.accession is not None:
            if Part.FEATURE not in layout.parts or expression.accession == entry.feature.partition(".")[0]:
                yield expression
        elif entry.feature:
            yield from _parsed(f"{entry.feature}:{decode_text(entry.hgvs_c)}")


def _protein(layout: Layout, entry: Entry, terms: Iterable[str]) -> str:
    """Return the protein change: HGVSp, or a substitution from Amino_acids if there is no HGVSp."""
    expression = next(_parsed(entry.hgvs_p), None) if entry.hgvs_p else None
    if expression is not None:
        return expression.change if expression.is_protein else ""
    if Part.HGVS_P in layout.parts or "frameshift_variant" in terms:
        return ""
    ref, _, alt = entry.amino_acids.partition("/")
    number = re.match(r"[0-9]{1,9}(?![0-9])", entry.protein_position)
    # A change of length may be further left than in HGVS: VEP shifts only HGVS.
    return protein_change(int(number[0]), ref, alt) if number and len(ref) == len(alt) else ""


def _mark(entry: Entry) -> int:
    mane = entry.mane.lower()
    if entry.pick == "1":
        return 0
    if entry.mane_select or "mane_select" in mane:
        return 1
    if entry.mane_plus_clinical or "mane_plus_clinical" in mane:
        return 2
    return 3 if entry.canonical.upper() in {"YES", "1", "TRUE"} else UNMARKED


def _partners(entry: Entry) -> tuple[str, ...]:
    values = (entry.mane_select, entry.mane_plus_clinical)
    return tuple(value.partition(".")[0] for value in values if value) if any(values) else ()


@lru_cache(1024)
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
