"""CIViC's matching levels for one allele, with the outcome of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from annotator.diff.snapshots import shown_allele
from annotator.explain.evidence import evidence_of
from annotator.explain.explanation import Answer, LevelResult, NearMiss, Outcome
from annotator.explain.similar import similar_rows
from annotator.result import Found, Match
from annotator.runtime.text import counted
from annotator.sources.civic.choice import MATCH_LEVELS, CivicChoice
from annotator.sources.civic.layout import (
    NAMES,
    StoredVariant,
    members_from_json,
    name_hash,
    variant_from_json,
)
from annotator.sources.civic.matching import STRUCTURAL_LEVELS
from annotator.sources.civic.records import CivicRecord, CivicVariant
from annotator.sources.civic.snapshot import CivicSnapshot
from annotator.sources.resolve import resolve_batch
from annotator.variants.allele import AlleleKey
from annotator.variants.amino_acids import THREE_LETTERS
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs_parse import HgvsExpression
from annotator.variants.protein_change import ProteinChange, parse_protein_change
from annotator.variants.query import Consequence, Query, StructuralQuery

__all__ = ["CivicExplainer", "shown_variant"]

_MOST_NEAR = 12
_RESIDUE = re.compile(r"[A-Z][a-z]{2}[0-9]+")


def shown_variant(variant: CivicVariant) -> str:
    """Return name and number of a variant."""
    return f"{variant.gene} {variant.name} (VID{variant.id})"


class CivicExplainer:
    """Explanation of CIViC's results.

    Args:
        source: the source.
        lowest: the lowest matching level to use.

    """

    def __init__(self, source: CivicSnapshot, lowest: Match) -> None:
        self._store = source.store
        self._release = source.release()
        self._source = CivicSnapshot(source.store, self._release, CivicChoice(lowest=lowest))
        self._all_levels = CivicSnapshot(source.store, self._release, CivicChoice(lowest=MATCH_LEVELS[-1]))

    def answer(self, query: Query) -> Answer:
        """Return CIViC's result for an allele, and the outcome of each matching level."""
        [[resolution], [lower]] = resolve_batch([self._source, self._all_levels], [[query], [query]])
        reached = _by_level(lower)
        matched = _by_level(resolution)
        levels = tuple(self._level_results(query, reached, matched))
        near = tuple(self._near(query, {one.id for found in matched.values() for one in found}))
        if not isinstance(resolution, Found):
            return Answer("civic", resolution.word, levels=levels, near=near)
        record: CivicRecord = resolution.record
        return Answer(
            "civic",
            "found",
            str(resolution.match),
            "&".join(f"VID{variant.id}" for variant in record.variants),
            "; ".join(map(_evidence_with_note, record.variants)),
            levels,
            near,
            evidence_of(self._source, record.variants),
        )

    def structural_answer(self, query: StructuralQuery) -> Answer:
        """Return CIViC's result for a symbolic ALT or a breakend, from the genes named for it."""
        resolution = self._source.resolve_structural(query)
        matched, reached = _by_level(resolution), _by_level(self._all_levels.resolve_structural(query))
        levels = []
        for match in sorted(STRUCTURAL_LEVELS, key=MATCH_LEVELS.index):
            names = _some(map(shown_variant, reached.get(match, ())))
            if match in matched:
                levels.append(LevelResult(match, Outcome.MATCHED, f"the allele is {names}"))
            elif match in reached:
                why = f"the variant belongs to {names}; select this level with --civic-match {match}"
                levels.append(LevelResult(match, Outcome.BELOW, why))
            else:
                levels.append(_unreached_structural(match, query))
        if not isinstance(resolution, Found):
            return Answer("civic", "unsupported", levels=tuple(levels))
        record: CivicRecord = resolution.record
        ids = "&".join(f"VID{variant.id}" for variant in record.variants)
        says = "; ".join(map(_evidence_with_note, record.variants))
        evidence = evidence_of(self._source, record.variants)
        return Answer("civic", "found", str(resolution.match), ids, says, tuple(levels), (), evidence)

    def alleles_named(self, *hashes: int) -> list[tuple[str, AlleleKey | None]]:
        """Return the variants with a name, each with an allele in the assembly or None."""
        return self._alleles_of(
            dict.fromkeys(number for hash_ in hashes for number in self._store.rows_of(NAMES, hash_))
        )

    def alleles_of(self, gene: str, change: ProteinChange) -> list[tuple[str, AlleleKey | None]]:
        """Return the variants with a gene's protein change, each with an allele in the assembly or None."""
        residues = self._source.residues_of(gene)
        change = change.knowing(residues)
        numbers = self._store.rows_of(NAMES, name_hash("protein", gene, change.key or ""))
        return self._alleles_of(
            number
            for number in numbers
            if any(change.is_same(one, residues) for one in self._stored(number).criteria.proteins)
        )

    def _alleles_of(self, numbers: Iterable[int]) -> list[tuple[str, AlleleKey | None]]:
        found: list[tuple[str, AlleleKey | None]] = []
        for number in numbers:
            name = shown_variant(self._stored(number).variant)
            keys = [
                self._store.key(row)
                for row, members in enumerate(self._store.columns["members"])
                if any(one == number for one, _ in members_from_json(self._store.text("members", members)))
            ]
            found += [(name, key) for key in keys] or [(name, None)]
        return found

    def _unplaced(self, allele: AlleleKey) -> str:
        """Return the names of unplaced variants that may be an allele; empty for none."""
        ids = {one.id for one in self._source.unplaced if one.may_be(allele)}
        if not ids:
            return ""
        variants = (self._read(text).variant for text in self._store.texts("variant"))
        return _some(shown_variant(variant) for variant in variants if variant.id in ids)

    def _stored(self, number: int) -> StoredVariant:
        return self._read(self._store.text("variant", number))

    def _read(self, text: str) -> StoredVariant:
        try:
            return variant_from_json(text)
        except (ValueError, TypeError) as error:
            raise self._store.damaged() from error

    # Matching levels

    def _level_results(
        self,
        query: Query,
        reached: dict[Match, list[CivicVariant]],
        matched: dict[Match, list[CivicVariant]],
    ) -> Iterator[LevelResult]:
        for match in MATCH_LEVELS:
            if match in matched:
                names = ", ".join(map(shown_variant, matched[match]))
                yield LevelResult(match, Outcome.MATCHED, f"the allele is {names}")
            elif match in reached:
                names = ", ".join(map(shown_variant, reached[match][:5]))
                more = f" and {len(reached[match]) - 5} more" if len(reached[match]) > 5 else ""
                why = f"the allele belongs to {names}{more}; select this level with --civic-match {match}"
                yield LevelResult(match, Outcome.BELOW, why)
            else:
                ids = {variant.id for found in matched.values() for variant in found}
                yield self._unreached(match, query, ids)

    def _unreached(self, match: Match, query: Query, matched: set[int]) -> LevelResult:
        identifiers, notes = query.identify(), query.note()
        if match is Match.EXACT:
            if names := self._unplaced(query.allele):
                why = f"the allele may be {names}, whose position on {self._release.assembly} is unknown"
                return LevelResult(match, Outcome.NO_MATCH, why)
            if notes.joint:
                why = f"the allele is only a part of a change that several alleles cause in combination ({notes.joint})"
                return LevelResult(match, Outcome.NO_MATCH, why)
            return LevelResult(match, Outcome.NO_MATCH, f"CIViC has no {shown_allele(query.allele)}")
        if match is Match.HGVS_G:
            assembly = Assembly(self._release.assembly)
            hashes = [(str(one), _genomic_hash(one, assembly)) for one in identifiers.genomic]
            return self._unnamed(match, hashes, matched, "no record of the VCF states an HGVSg of the allele")
        if match is Match.CAID:
            hashes = [
                (caid, name_hash("caid", caid.upper())) for caid in notes.caids if caid not in {"", "."}
            ]
            return self._unnamed(match, hashes, matched, "no record of the VCF states a CAID of the allele")
        if match is Match.CLINVAR_ID:
            why = "apart from categories, no other CIViC variant lists a ClinVar record of this allele"
            return LevelResult(match, Outcome.NO_MATCH, why)
        if match is Match.HGVS_C:
            hashes = [(str(one), _coding_hash(one)) for one in identifiers.coding]
            return self._unnamed(match, hashes, matched, "no record of the VCF states an HGVSc of the allele")
        if match is Match.PROTEIN:
            hashes = list(self._protein_hashes(notes.consequences))
            if hashes:
                return self._unnamed(match, hashes, matched, "")
        return _unreached_by_consequence(match, notes.consequences)

    def _unnamed(
        self, match: Match, hashes: Sequence[tuple[str, int]], matched: set[int], missing: str
    ) -> LevelResult:
        if not hashes:
            return LevelResult(match, Outcome.NOT_TRIED, missing)
        for name, hash_ in hashes:
            for number in self._store.rows_of(NAMES, hash_):
                variant = self._stored(number).variant
                if variant.id in matched:
                    why = f"{name} is {shown_variant(variant)}, already matched at a better level"
                    return LevelResult(match, Outcome.AGAIN, why)
                why = f"{shown_variant(variant)} lists {name}, but is a different change"
                return LevelResult(match, Outcome.NO_MATCH, why)
        names = ", ".join(dict.fromkeys(name for name, _ in hashes[:3]))
        return LevelResult(match, Outcome.NO_MATCH, f"no CIViC variant lists {names}")

    def _protein_hashes(self, consequences: Sequence[Consequence]) -> Iterator[tuple[str, int]]:
        for one in consequences:
            change = parse_protein_change(one.protein)
            for gene in (one.gene.upper(), one.gene_id if one.gene_id.isdecimal() else ""):
                if gene and change is not None:
                    key = change.knowing(self._source.residues_of(gene)).key
                    yield f"{one.gene} {one.protein}", name_hash("protein", gene, key or "")

    # Near misses

    def _near(self, query: Query, matched: set[int]) -> Iterator[NearMiss]:
        seen = set(matched)
        misses: list[NearMiss] = []
        for kind, row, key in similar_rows(self._store, query.allele):
            members = members_from_json(self._store.text("members", self._store.columns["members"][row]))
            for number, _ in members:
                variant = self._stored(number).variant
                if variant.id not in seen:
                    seen.add(variant.id)
                    what = f"{shown_allele(key)}, {variant.gene} {variant.name}"
                    misses.append(NearMiss("civic", kind, what, f"VID{variant.id}", _evidence(variant)))
        yield from misses[:_MOST_NEAR]
        yield from self._at_codon(query.note().consequences, seen)

    def _at_codon(self, consequences: Sequence[Consequence], seen: set[int]) -> Iterator[NearMiss]:
        """Yield the variants at the same residue of the same gene, and the categories of that residue."""
        wanted = {
            (one.gene.upper(), residue)
            for one in consequences
            for residue in _RESIDUE.findall(one.protein)
            if one.gene
        }
        if not wanted:
            return
        shown = 0
        for text in self._store.texts("variant"):
            stored = self._read(text)
            residues = {
                f"{THREE_LETTERS[letter]}{position}"
                for change in stored.criteria.proteins
                for position, letter in change.known
            }
            is_category = any(
                (gene, codon) in wanted for gene in stored.gene for codon in stored.criteria.codons
            )
            is_near = is_category or any((gene, one) in wanted for gene in stored.gene for one in residues)
            if is_near and stored.variant.id not in seen and shown < _MOST_NEAR:
                shown += 1
                kind = "category" if is_category else "same_codon"
                variant = stored.variant
                yield NearMiss(
                    "civic", kind, f"{variant.gene} {variant.name}", f"VID{variant.id}", _evidence(variant)
                )


def _evidence_with_note(variant: CivicVariant) -> str:
    """Return the evidence of a variant, and the limitation of its match."""
    return f"{_evidence(variant)} ({variant.note})" if variant.note else _evidence(variant)


def _by_level(resolution: object) -> dict[Match, list[CivicVariant]]:
    found: dict[Match, list[CivicVariant]] = {}
    if isinstance(resolution, Found):
        for variant in resolution.record.variants:
            found.setdefault(variant.match or resolution.match, []).append(variant)
    return found


def _genomic_hash(expression: HgvsExpression, assembly: Assembly) -> int:
    accession, version = expression.accession or "", expression.version
    contig = assembly.contig(accession if version is None else f"{accession}.{version}")
    return name_hash("hgvs", contig or accession, expression.change)


def _coding_hash(expression: HgvsExpression) -> int:
    return name_hash("hgvs", expression.accession or "", f"{expression.sequence_type}.{expression.change}")


def _unreached_by_consequence(match: Match, consequences: Sequence[Consequence]) -> LevelResult:
    if not consequences:
        why = "no record of the VCF states the allele's consequence for a gene (CSQ or ANN)"
        return LevelResult(match, Outcome.NOT_TRIED, why)
    changes = _some(f"{one.gene} {one.protein}" for one in consequences if one.protein)
    genes = _some(one.gene for one in consequences if one.gene)
    if match in {Match.PROTEIN, Match.CODON} and not changes:
        return LevelResult(
            match, Outcome.NOT_TRIED, f"the annotations of {genes or 'the record'} state no protein change"
        )
    what = {
        Match.CODON: f"no CIViC variant describes the codon of {changes}",
        Match.EXON: f"no CIViC variant of an exon of {genes} agrees with the consequence",
        Match.REGION: f"no CIViC variant of a region of {genes} agrees with the consequence",
        Match.GENE: f"no CIViC variant of {genes} as a whole agrees with the consequence",
    }[match]
    return LevelResult(match, Outcome.NO_MATCH, what)


def _unreached_structural(match: Match, query: StructuralQuery) -> LevelResult:
    if not query.genes and not query.start:
        return LevelResult(match, Outcome.NOT_TRIED, "no record of the VCF names a gene of the variant")
    if match is Match.REGION and not query.start:
        return LevelResult(match, Outcome.NOT_TRIED, "the record does not state its end (END or SVLEN)")
    of_genes = f" of {_some(sorted(query.genes))}" if query.genes else ""
    what = f"no CIViC variant{of_genes} can be a {query.alt}"
    if match is Match.REGION:
        what += f" and of a region within {query.contig}:{query.start}-{query.stop}"
    return LevelResult(match, Outcome.NO_MATCH, what)


def _some(words: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(words))
    return ", ".join(distinct[:3]) + (f" and {len(distinct) - 3} more" if len(distinct) > 3 else "")


def _evidence(variant: CivicVariant) -> str:
    items = [item for profile in variant.profiles for item in profile.evidence]
    assertions = sum(len(profile.assertions) for profile in variant.profiles)
    best = min((item.level for item in items if item.level), default="")
    shown = counted(len(items), "evidence item") + (f", best level {best}" if best else "")
    also = f", {counted(assertions, 'assertion')}" if assertions else ""
    return f"{variant.gene} {variant.name}: {shown}{also}"
