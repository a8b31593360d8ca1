"""The matching levels: how one ALT of a record is matched to CIViC's variants.

Every variant that matches is kept, with its best level. The first six levels are used by default; the others only if
they are requested (`--civic-match`). Each match states its level.

    level       what is equal                                       what the record must state   what can match
    exact       the allele: CIViC's own, as stated or lifted        its allele                   alleles
    hgvs_g      a genomic HGVS expression                           HGVSg                        alleles
    caid        the number in the ClinGen Allele Registry; or the   CAID; or its allele          alleles
                allele that a table of CAIDs has
    clinvar_id  the allele of the ClinVar record that CIViC names   its allele                   alleles
    hgvs_c      an HGVS expression of a transcript, of any version  HGVSc                        alleles
    protein     gene and protein change                             gene, HGVSp                  alleles, protein names
    codon       gene and a changed residue; or a single             gene, HGVSp, consequence     `G12`, `V600`;
                change that is part of a larger one, also of a                                   single changes
                change by several alleles of a haplotype            BCSQ                         alleles
    exon        gene and exon; its position, if CIViC states it     gene, exon, consequence      `Exon 19 Deletion`
    region      the region                                          gene, consequence            `SH2 Domain Mutation`
                of a copy number, the whole region                  gene, <DUP> or <DEL>, END    `Amplification`
    gene        the gene                                            gene, consequence            `Mutation`
                of a copy number, the gene; of a fusion, both       genes, <DUP>, breakends      fusions

At `hgvs_g`, `caid` and `hgvs_c`, alleles are compared too, as far as bases are known. Protein changes are compared in
normal form (`variants.protein_change`), using the protein's residues that CIViC's names state. At `codon` and below,
the change must be of the kind that the category requires (`kinds`): exon 19 deletions are in-frame deletions. A
category lists ClinVar records, expressions and numbers of the alleles in it: these never lead to the category. Genes
are recognised by all names that denote no other gene (`snapshot.civic.gene_names`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from annotator.result import Match
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.civic.choice import MATCH_LEVELS, levels_down_to
from annotator.sources.civic.criteria import Region, VariantKind
from annotator.sources.civic.index import Index
from annotator.sources.civic.kinds import Effect, fit_of, may_fit, skipping_terms
from annotator.sources.civic.layout import StoredVariant, name_hash
from annotator.sources.civic.match_notes import MatchNote, Reached, note_of
from annotator.sources.civic.structural_matching import structural_matches
from annotator.variants.allele import AlleleKey, may_be_same
from annotator.variants.amino_acids import THREE_LETTERS
from annotator.variants.assembly import Assembly
from annotator.variants.copy_number import AMPLIFICATION_COPIES
from annotator.variants.protein_change import ChangeKind, ProteinChange, parse_protein_change
from annotator.variants.query import (
    NO_IDENTIFIERS,
    NO_NOTES,
    Consequence,
    Identifiers,
    Notes,
    Query,
    StructuralQuery,
)

if TYPE_CHECKING:
    from annotator.variants.hgvs_parse import HgvsExpression

__all__ = [
    "ALLELE_LEVELS",
    "STRUCTURAL_LEVELS",
    "AtAllele",
    "LevelMatcher",
    "is_same_change",
]

ALLELE_LEVELS = frozenset(MATCH_LEVELS[: MATCH_LEVELS.index(Match.PROTEIN)])
"""Matching levels at which the allele itself is known."""

STRUCTURAL_LEVELS = frozenset({Match.REGION, Match.GENE})
"""Matching levels of symbolic ALTs and breakends."""


class AtAllele(NamedTuple):
    """Content of a store for one allele.

    Attributes:
        members: variants of the same allele, and how each is matched.
        undecided: variants of an insertion or deletion that may be the same: the known bases cannot decide.

    """

    members: Sequence[tuple[int, Match]] = ()
    undecided: frozenset[int] = frozenset()


class LevelMatcher:
    """Matching of ALTs to CIViC's variants, level by level.

    Args:
        index: indexes of a store.
        assembly: assembly of its alleles.
        lowest: the lowest matching level to use.
        amplification_copies: copy number from which a gain is an amplification.

    """

    def __init__(
        self,
        index: Index,
        assembly: Assembly,
        lowest: Match,
        amplification_copies: float = AMPLIFICATION_COPIES,
    ) -> None:
        self._index = index
        self._amplification_copies = amplification_copies
        self._assembly = assembly
        self.levels = levels_down_to(lowest)

    def matches(self, query: Query, at: AtAllele) -> dict[int, Reached]:
        """Return the variants that match one ALT, each with its best level; empty for none."""
        levels, found = self.levels, dict[int, Reached]()
        is_named = query.is_named or bool(at.undecided)
        # Only its record shows whether an allele occurs by itself, even if the record names nothing of CIViC.
        notes = query.note() if is_named or at.members else NO_NOTES
        for number, match in at.members:
            _keep(found, levels, number, _within_joint(Reached(match), notes.joint))
        # An allele may be in a region without any name.
        if levels != {Match.EXACT} and (is_named or at.members or Match.EXON in levels):
            identifiers = query.identify() if is_named else NO_IDENTIFIERS
            for number, match, note in self._by_names(query, identifiers, notes, at.undecided):
                _keep(found, levels, number, _within_joint(Reached(match, note), notes.joint))
        return found

    def matches_structural(self, query: StructuralQuery) -> dict[int, Reached]:
        """Return the variants that match a symbolic ALT or a breakend, each with its best level."""
        if self.levels.isdisjoint(STRUCTURAL_LEVELS):
            return {}
        found = structural_matches(query, self._index, self._amplification_copies)
        return {number: reached for number, reached in found.items() if reached.match in self.levels}

    def may_match_category(self, consequence: Consequence) -> bool:
        """Return whether some allele with a consequence may match an exon, a region or a gene.

        The bases of the allele are unknown. Of a substitution, a silent change or a new stop, the residues do not
        matter.
        """
        change = parse_protein_change(consequence.protein)
        numbers = set(self._categories(consequence))
        return any(may_fit(self._index.variant(number).criteria, consequence, change) for number in numbers)

    def _categories(self, consequence: Consequence) -> Iterator[int]:
        """Yield the categories of exons, regions and genes that the consequence's genes have."""
        exons, introns = consequence.exons, consequence.introns
        near = set() if introns is None else {introns[0], introns[1] + 1}
        near.update(() if exons is None else range(exons[0], exons[1] + 1))
        for gene in _genes(consequence):
            for exon in near:
                yield from self._index.named(name_hash("exon", gene, str(exon)))
            yield from self._index.regions_of(gene)
            yield from self._index.named(name_hash("gene", gene))

    def _by_names(
        self, query: Query, identifiers: Identifiers, notes: Notes, undecided: frozenset[int]
    ) -> Iterator[_Hit]:
        """Yield the matches below the allele itself, the best level first."""
        _, genomic, coding = identifiers
        for expression in genomic:
            yield from self._equal(query, undecided, Match.HGVS_G, self._genomic_hash(expression))
        for caid in notes.caids:
            yield from self._equal(query, undecided, Match.CAID, name_hash("caid", caid.upper()))
        for expression in coding:
            change = f"{expression.sequence_type}.{expression.change}"
            hash_ = name_hash("hgvs", expression.accession or "", change)
            yield from self._equal(query, undecided, Match.HGVS_C, hash_)
        effects = [self._effect(query, one) for one in _different(notes.consequences)]
        effects.sort(key=lambda effect: bool(effect.note))  # those without a limitation first
        for effect in effects:
            yield from self._by_protein(query, effect)
        for effect in effects:
            yield from self._by_codon(effect)
        if Match.EXON in self.levels:
            yield from self._by_place(query, effects)
        if Match.GENE in self.levels:
            for effect in effects:
                yield from self._fitting(effect, Match.GENE, "gene")

    def _effect(self, query: Query, consequence: Consequence) -> Effect:
        change = parse_protein_change(consequence.protein)
        if change is not None and not change.is_substitution:
            for gene in _genes(consequence):
                change = change.knowing(self._index.residues(gene))
        added = len(query.allele.inserted) - len(query.allele.deleted)
        return Effect(consequence, change, added, note_of(consequence))

    def _genomic_hash(self, expression: HgvsExpression) -> int:
        accession, version = expression.accession or "", expression.version
        contig = self._assembly.contig(accession if version is None else f"{accession}.{version}")
        return name_hash("hgvs", contig or accession, expression.change)

    def _equal(self, query: Query, undecided: frozenset[int], match: Match, hash_: int) -> Iterator[_Hit]:
        """Yield the variants with a name that can be the allele."""
        for number in self._index.named(hash_):
            stored = self._index.variant(number)
            allele = query.allele
            if stored.changes and not any(
                is_same_change((allele.deleted, allele.inserted), change) for change in stored.changes
            ):
                continue
            # A variant whose allele in the assembly is known was already compared by that.
            if not stored.placed or number in undecided:
                yield number, match, MatchNote.NONE

    def _by_protein(self, query: Query, effect: Effect) -> Iterator[_Hit]:
        """Yield the variants with the same protein change, and those whose change is part of a larger one."""
        change = effect.change
        if change is None:
            return
        for gene in _genes(effect.consequence):
            for number in self._of_change(query, gene, change):
                yield number, Match.PROTEIN, effect.note
            if Match.CODON in self.levels:
                for single in change.singles():
                    for number in self._of_change(query, gene, single):
                        yield number, Match.CODON, effect.noting(MatchNote.PART_OF_LARGER_CHANGE)

    def _of_change(self, query: Query, gene: str, change: ProteinChange) -> Iterator[int]:
        if change.key is None:
            return
        for number in self._index.named(name_hash("protein", gene, change.key)):
            stored, residues = self._index.variant(number), self._index.residues(gene)
            if any(
                change.is_same(one, residues) and _can_make(query, stored, change, one)
                for one in stored.criteria.proteins
            ):
                yield number

    def _by_codon(self, effect: Effect) -> Iterator[_Hit]:
        change = effect.change
        if change is None or Match.CODON not in self.levels:
            return
        letters = change.letters
        for position in change.touched[:_MOST_CODONS]:
            for number, match, note in self._fitting(effect, Match.CODON, "codon", str(position)):
                codons = self._index.variant(number).criteria.codons
                if letters.get(position) is None or f"{THREE_LETTERS[letters[position]]}{position}" in codons:
                    yield number, match, note

    def _by_place(self, query: Query, effects: Sequence[Effect]) -> Iterator[_Hit]:
        span = _span(query.allele)
        for effect in effects:
            for exon, margin in _exons(query, effect.consequence):
                for number, match, note in self._fitting(effect, Match.EXON, "exon", str(exon)):
                    region = self._index.variant(number).criteria.region
                    if region is None or _overlap(region, span, margin):
                        yield number, match, note
        for number in self._index.within(span):
            stored = self._index.variant(number)
            criteria = stored.criteria
            match = Match.EXON if criteria.exons else Match.REGION
            if criteria.kind is VariantKind.ANY:
                yield number, match, MatchNote.NONE
                continue
            for effect in effects:
                fit = fit_of(criteria, effect)
                if fit is not None and not set(stored.gene).isdisjoint(_genes(effect.consequence)):
                    yield number, match, effect.noting(fit)

    def _fitting(self, effect: Effect, match: Match, kind: str, *parts: str) -> Iterator[_Hit]:
        for gene in _genes(effect.consequence):
            for number in self._index.named(name_hash(kind, gene, *parts)):
                fit = fit_of(self._index.variant(number).criteria, effect)
                if fit is not None:
                    yield number, match, effect.noting(fit)


def _different(consequences: Iterable[Consequence]) -> Iterable[Consequence]:
    """Return one consequence for all transcripts with equal effects; another note makes it a different one."""
    by_effect: dict[tuple[object, ...], Consequence] = {}
    for one in consequences:
        facts = (*_genes(one), one.terms, one.exons, one.introns, one.protein, note_of(one))
        by_effect.setdefault(facts, one)
    return by_effect.values()


def _keep(found: dict[int, Reached], levels: frozenset[Match], number: int, reached: Reached) -> None:
    """Keep a match of a variant if it is better than before: a better level, or the same without a limitation."""
    if reached.match not in levels:
        return
    before = found.setdefault(number, reached)
    is_better = MATCH_LEVELS.index(reached.match) < MATCH_LEVELS.index(before.match)
    if is_better or (reached.match is before.match and before.note and not reached.note):
        found[number] = reached


def _within_joint(reached: Reached, joint: str) -> Reached:
    """Return the match for an allele that is only a part of a larger change of its haplotype.

    Two changed bases of one codon produce another residue than each alone: neither allele is then CIViC's variant.
    """
    if not joint or MatchNote.JOINT_CHANGE in reached.note or MATCH_LEVELS.index(reached.match) >= _CODON:
        return reached
    return Reached(Match.CODON, f"{MatchNote.PART_OF_LARGER_CHANGE}&{MatchNote.JOINT_CHANGE}:{joint}")


_CODON = MATCH_LEVELS.index(Match.CODON)
_Hit: TypeAlias = "tuple[int, Match, str]"
_SPLICE_SITE = 2  # bases beside an exon
_SPLICE_REGION = 20  # bases beside an exon that can still affect its splicing
_MOST_CODONS = 300  # codons of a change that are looked up: a longer change is not a change of one codon


def is_same_change(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Return whether two pairs of deleted and inserted bases are equal, or rotations of one insertion or deletion."""
    if one == other:
        return True
    moved, still = (AlleleKey("", 1, *pair) for pair in (one, other))
    length = len(still.deleted or still.inserted)
    return any(may_be_same(moved, still._replace(start=1 + places)) for places in range(length))


def _can_make(query: Query, stored: StoredVariant, change: ProteinChange, one: ProteinChange) -> bool:
    """Return whether the bases of an allele can cause exactly the variant's change, if names leave that open.

    The residues after a frameshift or a lost stop depend on the frame: one lost base results in another protein than
    two. A frameshift without a stated end equals one with its end only if the frame proves it. A silent change is a
    change of bases only.
    """
    allele, lengths = query.allele, stored.criteria.lengths
    added = len(allele.inserted) - len(allele.deleted)
    if change.kind is ChangeKind.SILENT:
        return not stored.changes or any(
            is_same_change((allele.deleted, allele.inserted), own) for own in stored.changes
        )
    if change.kind is ChangeKind.FRAMESHIFT:
        if not lengths:
            return bool(change.end) or not one.end
        return any((added - length) % 3 == 0 for length in lengths)
    if change.kind is ChangeKind.STOP_LOST:
        return not lengths or any((added - length) % 3 == 0 for length in lengths)
    return True


def _genes(consequence: Consequence) -> tuple[str, ...]:
    symbol = (consequence.gene,) if consequence.gene else ()
    return (*symbol, consequence.gene_id) if consequence.gene_id.isdecimal() else symbol


def _exons(query: Query, consequence: Consequence) -> Iterator[tuple[int, int]]:
    """Yield the affected exons, with the distance at which the allele may be.

    A splice site belongs to the adjacent exon.
    """
    exons, introns = consequence.exons, consequence.introns
    if exons is not None:
        yield from ((exon, _SPLICE_SITE) for exon in range(exons[0], exons[1] + 1))
    if introns is None:
        return
    near_donor, near_acceptor = skipping_terms(consequence)
    if near_donor and near_acceptor and exons is None:
        near_donor, near_acceptor = _sides(query, near_donor, near_acceptor)
    if near_donor:
        yield introns[0], _SPLICE_REGION
    if near_acceptor:
        yield introns[1] + 1, _SPLICE_REGION


def _sides(query: Query, *both: bool) -> tuple[bool, bool]:
    """Return which ends of an intron an allele is near, by its coding expressions: `c.2887+5` follows an exon."""
    offsets = {
        sign for one in query.identify().coding for sign in re.findall(r"[0-9]([+-])[0-9]", one.change)
    }
    return ("+" in offsets, "-" in offsets) if offsets else (both[0], both[1])


def _span(allele: AlleleKey) -> Region:
    return Region(allele.contig, allele.start, max(allele.start, allele.start + len(allele.deleted) - 1))


def _overlap(one: Region, other: Region, margin: int) -> bool:
    return (
        one.contig == other.contig and one.start - margin <= other.stop and other.start <= one.stop + margin
    )
