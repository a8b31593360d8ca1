"""The ladder: how one ALT of a record is matched to CIViC's variants.

Every variant that is reached is kept, with the best rung on which it was. The first six rungs are climbed by default;
the others only if they are asked for (`--civic-match`), and each hit says its rung.

    rung        what is equal                                       what the record must tell    who can be reached
    exact       the allele: CIViC's own, as its assembly or a       its allele                   alleles
                chain has it
    hgvs_g      a genomic HGVS expression                           HGVSg                        alleles
    caid        the number in the ClinGen Allele Registry; or the   CAID; or its allele          alleles
                allele that a table of these gives
    clinvar_id  the allele of the ClinVar record that CIViC names   its allele                   alleles
    hgvs_c      an HGVS expression of a transcript, of any version  HGVSc                        alleles
    protein     gene and protein change                             gene, HGVSp                  alleles, protein names
    codon       gene and a residue that changes                     gene, HGVSp, consequence     `G12`, `V600`
    exon        gene and exon; its place, if CIViC tells one        gene, exon, consequence      `Exon 19 Deletion`
    region      the place                                           gene, consequence            `SH2 Domain Mutation`
                of a copy number, all of the place                  gene, <DUP> or <DEL>, END    `Amplification`
    gene        the gene                                            gene, consequence            `Mutation`
                of a copy number, the gene; of a fusion, both       genes, <DUP>, breakends      fusions

On `hgvs_g`, `caid` and `hgvs_c` the alleles are compared too, as far as the bases tell. On `codon` and below, the
consequence must be of the kind that the category demands (`criteria.Kind`): exon 19 deletions are in-frame deletions.
A category lists ClinVar records, expressions and numbers of the alleles in it: it is never reached by these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from annotator.result import Match
from annotator.sources.civic.choice import LADDER, rungs_down_to
from annotator.sources.civic.criteria import FITTING, Criteria, Region, Structural, VariantKind
from annotator.sources.civic.layout import StoredVariant, name_hash
from annotator.sources.civic.match_notes import Reached, note_of
from annotator.variants.allele import AlleleKey, is_same_shifted, may_be_same
from annotator.variants.assembly import Assembly
from annotator.variants.query import Consequence, Notes, Query, StructuralQuery

if TYPE_CHECKING:
    from annotator.variants.hgvs_parse import HgvsExpression

__all__ = [
    "ALLELE_RUNGS",
    "STRUCTURAL_RUNGS",
    "Index",
    "Ladder",
    "is_same_change",
    "protein_spellings",
    "structural_kinds",
]

ALLELE_RUNGS = frozenset(LADDER[: LADDER.index(Match.PROTEIN)])
"""Rungs on which it is the allele that is known."""

STRUCTURAL_RUNGS = frozenset({Match.REGION, Match.GENE})
"""Rungs on which symbolic ALTs and breakends can be."""


class Index(NamedTuple):
    """What the ladder stands on: a store's ways to variants, all by their numbers in its pool.

    Attributes:
        at: members of an allele.
        near: insertions and deletions nobody left-aligned that stand close to one: their keys, with their members.
        named: variants by the hash of a name.
        within: variants whose region overlaps one.
        variant: one of them.

    """

    at: Callable[[AlleleKey], Sequence[tuple[int, Match]]]
    near: Callable[[AlleleKey], Iterable[tuple[AlleleKey, Sequence[tuple[int, Match]]]]]
    named: Callable[[int], Sequence[int]]
    within: Callable[[Region], Sequence[int]]
    variant: Callable[[int], StoredVariant]


class Ladder:
    """Climbs.

    Args:
        index: of a store.
        assembly: of its alleles.
        lowest: the last rung to climb down to.

    """

    def __init__(self, index: Index, assembly: Assembly, lowest: Match) -> None:
        self._index = index
        self._assembly = assembly
        self.rungs = rungs_down_to(lowest)

    def climb(self, query: Query) -> dict[int, Reached]:
        """Return the variants that one ALT reaches, each as it is reached best; empty for none."""
        found = {number: Reached(match) for number, match in self._by_allele(query)}
        rungs = self.rungs
        if rungs == {Match.EXACT}:
            return found
        for number, reached in self._by_names(query):
            if reached.match in rungs:
                found.setdefault(number, reached)
        return found

    def climb_structural(self, query: StructuralQuery) -> dict[int, Reached]:
        """Give the variants that a symbolic ALT or a breakend reaches by the genes that are named for it."""
        if self.rungs.isdisjoint(STRUCTURAL_RUNGS) or not query.genes:
            return {}
        kinds = structural_kinds(query.alt)
        found: dict[int, Reached] = {}
        for gene in sorted({*query.genes, *map(str.upper, query.genes)}):
            for number in self._index.named(name_hash("structural", gene)):
                stored = self._index.variant(number)
                match = Match.REGION if _spans(query, stored.criteria.region) else Match.GENE
                if match in self.rungs and _is_structural(stored, kinds, query.genes):
                    found[number] = Reached(match)
        return found

    def _by_allele(self, query: Query) -> Iterator[tuple[int, Match]]:
        for number, match in self._index.at(query.allele):
            if match in self.rungs:
                yield number, match
        if query.allele.is_indel and query.ref:
            for key, members in self._index.near(query.allele):
                if is_same_shifted(query.allele, key, query.position, query.ref.upper()):
                    yield from ((number, match) for number, match in members if match in self.rungs)

    def _by_names(self, query: Query) -> Iterator[tuple[int, Reached]]:
        """Return what is reached below the allele itself, the best level first."""
        notes = query.note()
        yield from _noted("", self._by_identifiers(query, notes))
        noted = _by_note(notes.consequences)
        for note, consequence in noted:
            yield from _noted(note, self._by_protein(consequence))
        for note, consequence in noted:
            yield from _noted(note, self._by_codon(consequence))
        if Match.EXON in self.rungs:
            for note in dict.fromkeys(note for note, _ in noted) or [""]:
                of_note = [consequence for one, consequence in noted if one == note]
                yield from _noted(note, self._by_place(query, of_note))
        if Match.GENE in self.rungs:
            for note, consequence in noted:
                yield from _noted(note, self._fitting(consequence, Match.GENE, "gene"))

    def _by_identifiers(self, query: Query, notes: Notes) -> Iterator[tuple[int, Match]]:
        _, genomic, coding = query.identify()
        for expression in genomic:
            yield from self._equal(query, Match.HGVS_G, self._genomic_hash(expression))
        for caid in notes.caids:
            yield from self._equal(query, Match.CAID, name_hash("caid", caid.upper()))
        for expression in coding:
            change = f"{expression.sequence_type}.{expression.change}"
            hash_ = name_hash("hgvs", expression.accession or "", change)
            yield from self._equal(query, Match.HGVS_C, hash_)

    def _genomic_hash(self, expression: HgvsExpression) -> int:
        accession, version = expression.accession or "", expression.version
        contig = self._assembly.contig(accession if version is None else f"{accession}.{version}")
        return name_hash("hgvs", contig or accession, expression.change)

    def _equal(self, query: Query, match: Match, hash_: int) -> Iterator[tuple[int, Match]]:
        """Variants of a name that can be the allele."""
        for number in self._index.named(hash_):
            stored = self._index.variant(number)
            allele = query.allele
            if stored.changes and not any(
                is_same_change((allele.deleted, allele.inserted), change) for change in stored.changes
            ):
                continue
            # Where the variant is, is known: only an indel that somebody did not left-align can be equal elsewhere.
            if not stored.placed or any(may_be_same(allele, key) for key in stored.placed):
                yield number, match

    def _by_protein(self, consequence: Consequence) -> Iterator[tuple[int, Match]]:
        for gene in _genes(consequence):
            for change in protein_spellings(consequence.protein):
                for number in self._index.named(name_hash("protein", gene, change)):
                    yield number, Match.PROTEIN

    def _by_codon(self, consequence: Consequence) -> Iterator[tuple[int, Match]]:
        for residue in _RESIDUES(consequence.protein):
            yield from self._fitting(consequence, Match.CODON, "codon", residue)

    def _by_place(self, query: Query, consequences: Sequence[Consequence]) -> Iterator[tuple[int, Match]]:
        span = _span(query.allele)
        for consequence in consequences:
            for exon in _exons(consequence):
                for number, match in self._fitting(consequence, Match.EXON, "exon", str(exon)):
                    region = self._index.variant(number).criteria.region
                    if region is None or _overlap(region, span, _SPLICE_SITE):
                        yield number, match
        for number in self._index.within(span):
            stored = self._index.variant(number)
            criteria = stored.criteria
            if criteria.kind is VariantKind.ANY or any(
                _fits(criteria, one) and not set(stored.gene).isdisjoint(_genes(one)) for one in consequences
            ):
                yield number, Match.EXON if criteria.exons else Match.REGION

    def _fitting(
        self, consequence: Consequence, match: Match, kind: str, *parts: str
    ) -> Iterator[tuple[int, Match]]:
        for gene in _genes(consequence):
            for number in self._index.named(name_hash(kind, gene, *parts)):
                if _fits(self._index.variant(number).criteria, consequence):
                    yield number, match


_SPLICE_SITE = 2  # bases beside an exon
_RESIDUES = re.compile(r"[A-Z][a-z]{2}[0-9]+").findall


def is_same_change(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two pairs of deleted and inserted bases are the same, or rotations of one insertion or deletion."""
    if one == other:
        return True
    moved, still = (AlleleKey("", 1, *pair) for pair in (one, other))
    length = len(still.deleted or still.inserted)
    return any(may_be_same(moved, still._replace(start=1 + places)) for places in range(length))


def protein_spellings(change: str) -> list[str]:
    """Protein change as a variant's name may have it: a frameshift with or without its first residue and its end.

    >>> protein_spellings("Glu55ArgfsTer11")
    ['Glu55ArgfsTer11', 'Glu55fsTer11', 'Glu55Argfs', 'Glu55fs']
    """
    found = re.fullmatch(r"([A-Z][a-z]{2}[0-9]+)([A-Z][a-z]{2})?fs(Ter(?:[0-9]+|\?))?", change)
    if found is None:
        return [change] if change[:1].isalpha() else []
    residue, new, end = found[1], found[2] or "", found[3] or ""
    spellings = (f"{residue}{new}fs{end}", f"{residue}fs{end}", f"{residue}{new}fs", f"{residue}fs")
    return list(dict.fromkeys(spellings))


def _by_note(consequences: Iterable[Consequence]) -> list[tuple[str, Consequence]]:
    """Return consequences with what limits a match by them, those without a limit first."""
    return sorted(((note_of(one), one) for one in consequences), key=lambda pair: bool(pair[0]))


def _noted(note: str, reached: Iterable[tuple[int, Match]]) -> Iterator[tuple[int, Reached]]:
    for number, match in reached:
        yield number, Reached(match, note)


def _genes(consequence: Consequence) -> tuple[str, ...]:
    symbol = (consequence.gene,) if consequence.gene else ()
    return (*symbol, consequence.gene_id) if consequence.gene_id.isdecimal() else symbol


def _fits(criteria: Criteria, consequence: Consequence) -> bool:
    if criteria.kind is None:
        return False
    terms = FITTING[criteria.kind]
    return terms is None or not terms.isdisjoint(consequence.terms)


def _exons(consequence: Consequence) -> Iterator[int]:
    """Exons that are touched; a splice site in an intron is of the exon beside it."""
    if consequence.exons is not None:
        yield from range(consequence.exons[0], consequence.exons[1] + 1)
    elif consequence.introns is not None:
        if "splice_donor_variant" in consequence.terms:
            yield consequence.introns[0]
        if "splice_acceptor_variant" in consequence.terms:
            yield consequence.introns[1] + 1


def _span(allele: AlleleKey) -> Region:
    return Region(allele.contig, allele.start, max(allele.start, allele.start + len(allele.deleted) - 1))


def _spans(query: StructuralQuery, region: Region | None) -> bool:
    """Whether a symbolic ALT is about all of a region."""
    if region is None or region.contig != query.contig:
        return False
    return 0 < query.start <= region.start and region.stop <= query.stop


def _overlap(one: Region, other: Region, margin: int) -> bool:
    return (
        one.contig == other.contig and one.start - margin <= other.stop and other.start <= one.stop + margin
    )


def structural_kinds(alt: str) -> frozenset[Structural]:
    """What a symbolic ALT or a breakend can be; empty for one that no variant of CIViC's demands."""
    name = alt.strip("<>").upper()
    if "[" in alt or "]" in alt:
        return frozenset({Structural.FUSION})
    if name.startswith("DUP") or re.fullmatch(r"CN(?:[3-9]|[1-9][0-9]+)", name):
        return frozenset({Structural.GAIN, Structural.CHANGE})
    if name.startswith("DEL") or name in {"CN0", "CN1"}:
        return frozenset({Structural.LOSS, Structural.CHANGE})
    return frozenset({Structural.CHANGE}) if name.startswith("CNV") else frozenset()


def _is_structural(stored: StoredVariant, kinds: frozenset[Structural], genes: frozenset[str]) -> bool:
    criteria = stored.criteria
    if criteria.structural not in kinds:
        return False
    if criteria.structural is not Structural.FUSION:
        return True
    partners = set(criteria.partner.upper().split("::")) - {""}
    return partners <= set(map(str.upper, genes)) if len(partners) > 1 else len(genes) > 1
