"""CIViC from a snapshot: looks up alleles in its store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.info import InfoField
from annotator.result import NOT_FOUND, Found, Match, Release, Result, Unsupported
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.civic.choice import DEFAULT, MATCH_LEVELS, CivicChoice, structural_down_to
from annotator.sources.civic.criteria import COPY_NUMBERS, Criteria, Region, VariantKind
from annotator.sources.civic.diseases import DiseaseRelations
from annotator.sources.civic.fields import CIVIC_FIELDS, civic_fields
from annotator.sources.civic.index import Index
from annotator.sources.civic.layout import (
    ABSENCES,
    COLUMNS,
    COMBINATIONS,
    DISEASES,
    NAMES,
    REACH,
    REGIONS,
    RESIDUES,
    STATEMENT_IDS,
    STATEMENTS,
    UNPLACED,
    CombinationProfile,
    StoredVariant,
    combinations_from_json,
    members_from_json,
    reach_from_json,
    variant_from_json,
)
from annotator.sources.civic.match_notes import Reached
from annotator.sources.civic.matching import ALLELE_LEVELS, AtAllele, LevelMatcher
from annotator.sources.civic.profiles import satisfied_profiles
from annotator.sources.civic.reach import line_hints
from annotator.sources.civic.records import CivicRecord, CivicVariant, MolecularProfile
from annotator.sources.civic.unplaced import REASON, UnplacedVariant, unplaced_from_json
from annotator.sources.indels import NOT_LEFT_ALIGNED, compared_indels
from annotator.sources.source import Combinations, LineHint, Source, Wanted
from annotator.store.store import Store
from annotator.variants.assembly import Assembly
from annotator.variants.query import Loci, Query, StructuralQuery

if TYPE_CHECKING:
    from annotator.store.store import Mask

__all__ = ["CivicSnapshot", "open_snapshot"]


_FEW_LOOKUPS = 300


class _RegionOf(NamedTuple):
    """A region, and the number of the variant that is anywhere in it."""

    region: Region
    number: int


class CivicSnapshot(Source[CivicRecord]):
    """CIViC's records in a store.

    Args:
        store: store written by `write_civic`.
        release: release on which the results are based.
        choice: lowest matching level, and the patient's disease.

    """

    knowledge_base = "civic"
    title = "CIViC"
    fields: Sequence[InfoField[CivicRecord]] = CIVIC_FIELDS
    identifiers = Wanted.ANNOTATED
    has_combinations = True

    def __init__(self, store: Store, release: Release, choice: CivicChoice = DEFAULT) -> None:
        store.check(COLUMNS, ("members", "variant", "whole"))
        self.name = release.source
        self.fields = civic_fields(choice)
        self.store = store
        self._release = release
        self._choice = choice
        self._members_of_combinations: set[int] = set()  # of the variants read so far
        self._stored = lru_cache(maxsize=1 << 12)(self._read_variant)
        self._members = lru_cache(maxsize=1 << 12)(self._read_members)
        self._record = lru_cache(maxsize=1 << 12)(self._make_record)
        self._lookups = 0
        index = Index(
            self._named,
            self._within,
            self._structural_within,
            self._stored,
            self.residues_of,
            lambda gene: self._regions_by_gene.get(gene, ()),
        )
        assembly = Assembly(release.assembly)
        self._matcher = LevelMatcher(index, assembly, choice.lowest, choice.amplification_copies)

    def release(self) -> Release:
        """Return the release of the store."""
        return self._release

    def resolve(self, queries: Sequence[Query]) -> Sequence[Result[CivicRecord]]:
        """Return one result per query, in the same order."""
        return [self._of_allele(query) for query in queries]

    @property
    def structural_kinds(self) -> frozenset[str]:
        """Kinds of ALTs without bases that the chosen matching levels use."""
        return structural_down_to(self._choice.lowest)

    def resolve_structural(self, query: StructuralQuery) -> Result[CivicRecord] | None:
        """Return the result for a symbolic ALT or a breakend; None if no gene that it names has an entry."""
        found = self._resolution(self._matcher.matches_structural(query))
        return None if found is NOT_FOUND else found

    def statements(self, ids: Iterable[str] | None = None) -> Mapping[str, str]:
        """Return the texts of evidence items and assertions by id, such as `EID1`; those without one are omitted.

        Args:
            ids: the items; None for all.

        """
        if ids is None:
            return dict(zip(self.store.texts(STATEMENT_IDS), self.store.texts(STATEMENTS), strict=True))
        numbers = {id_: self.store.number_of(STATEMENT_IDS, id_) for id_ in ids}
        return {
            id_: self.store.text(STATEMENTS, number) for id_, number in numbers.items() if number is not None
        }

    def _of_allele(self, query: Query) -> Result[CivicRecord]:
        at = self._at(query)
        found = self._resolution(self._matcher.matches(query, at))
        if found is NOT_FOUND and at.undecided:
            return Unsupported(NOT_LEFT_ALIGNED)
        if found is NOT_FOUND and any(one.may_be(query.allele) for one in self.unplaced):
            return Unsupported(REASON)
        return found

    @cached_property
    def unplaced(self) -> Sequence[UnplacedVariant]:
        """Variants with an allele that could not be placed; an allele that may be one of them is not absent."""
        try:
            return unplaced_from_json(self.store.text("whole", UNPLACED))
        except (ValueError, TypeError, RecursionError) as error:
            raise self.store.damaged() from error

    def _resolution(self, reached: dict[int, Reached]) -> Result[CivicRecord]:
        if not reached:
            return NOT_FOUND
        return Found(self._record(tuple(sorted(reached.items()))), _best(reached.values()))

    def candidates(self, contig: str, loci: Loci) -> Mask:
        """Return a mask of the position ranges in which an allele of the snapshot starts or a region lies."""
        found = self.store.any_at(contig, loci)
        for region in self._ranges.get(contig, ()):
            found |= (loci.first <= region.stop) & (loci.last >= region.start)
        return found

    def line_hints(self, *, genes: bool, caids: bool, peptides: bool) -> list[LineHint]:
        """Return hints; a line fits at least one if its annotations may lead to a match.

        Args:
            genes: whether the file's annotations name genes.
            caids: whether its records have numbers of the ClinGen Allele Registry.
            peptides: whether protein changes may be given in a notation other than HGVS.

        """
        reach = reach_from_json(self.store.text("whole", REACH))
        lowest, may_match = self._choice.lowest, self._matcher.may_match_category
        return list(line_hints(reach, lowest, may_match, genes=genes, caids=caids, peptides=peptides))

    # Combination profiles

    def combination_members(self, found: Found[CivicRecord]) -> Sequence[int]:
        """Return the numbers of a result's variants that a combination profile may require or exclude."""
        return [
            variant.id
            for variant in found.record.variants
            if (variant.match or found.match) in ALLELE_LEVELS
            and (variant.id in self._members_of_combinations or variant.id in self._absences)
        ]

    def variants_within(self, contig: str, start: int, stop: int) -> Sequence[int]:
        """Return the numbers of the variants in a range whose absence a combination profile requires."""
        return [
            variant
            for variant, regions in self._absences.items()
            if any(
                region.contig == contig and start <= region.start and region.stop <= stop
                for region in regions
            )
        ]

    def combinations(
        self,
        carriers: Mapping[int, AbstractSet[int]],
        covered: Mapping[int, AbstractSet[int]],
        covers: Callable[[str, int, int], bool] | None,
    ) -> Combinations:
        """Return the combination profiles that the samples satisfy."""
        everywhere = {
            variant
            for variant, regions in self._absences.items()
            if covers is not None and regions and all(covers(*region) for region in regions)
        }
        parts = {
            id_: combination
            for id_, combination in self.combination_profiles.items()
            if any(
                variant in carriers and variant not in combination.places
                for variant in combination.profile.variant_ids
            )
        }
        found = satisfied_profiles(parts, carriers, covered, everywhere)
        return Combinations(found, len(parts) - len(found))

    def with_combinations(self, profiles: frozenset[int]) -> CivicSnapshot:
        """Return a source that also reports some combination profiles."""
        return CivicSnapshot(self.store, self._release, self._choice._replace(combinations=profiles))

    @cached_property
    def _absences(self) -> dict[int, list[Region]]:
        """Return the regions of variants whose absence a combination profile requires."""
        found: dict[int, list[Region]] = {}
        for contig, start, stop, variant in self._json("whole", ABSENCES):
            found.setdefault(variant, []).append(Region(contig, start, stop))
        return found

    # Data for matching

    def _at(self, query: Query) -> AtAllele:
        row, undecided = self.store.find(query.allele), set[int]()
        if row is None and query.allele.is_indel and self.store.has_open_indels:
            row, undecided = compared_indels(self.store, query)
        members = () if row is None else self._members_of(row)
        return AtAllele(
            members, frozenset(number for other in undecided for number, _ in self._members_of(other))
        )

    def _members_of(self, row: int) -> Sequence[tuple[int, Match]]:
        return self._members(self.store.columns["members"][row])

    def _named(self, hash_: int) -> Sequence[int]:
        self._lookups += 1
        if self._lookups < _FEW_LOOKUPS:  # of a panel: the whole table is not worth reading
            return self.store.rows_of(NAMES, hash_)
        return self._all_names.get(hash_, ())

    @cached_property
    def _all_names(self) -> dict[int, list[int]]:
        return self.store.table_of(NAMES)

    def _within(self, span: Region) -> Sequence[int]:
        return _overlapping(self._regions, span)

    def _structural_within(self, span: Region) -> Sequence[int]:
        return _overlapping(self._structural_regions, span)

    @cached_property
    def _regions(self) -> list[_RegionOf]:
        if Match.REGION not in self._matcher.levels:
            return []
        return [
            _RegionOf(Region(contig, start, stop), number)
            for contig, start, stop, number in self._json("whole", REGIONS)
            if self._is_region(self._stored(number).criteria)
        ]

    @cached_property
    def _regions_by_gene(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for _, number in self._regions:
            for gene in self._stored(number).gene:
                found.setdefault(gene, []).append(number)
        return found

    @staticmethod
    def _is_region(criteria: Criteria) -> bool:
        """Return whether an allele anywhere in a variant's region may be the variant."""
        return criteria.kind is not None and not criteria.codons and not criteria.is_gene

    @cached_property
    def _structural_regions(self) -> list[_RegionOf]:
        return [
            _RegionOf(Region(contig, start, stop), number)
            for contig, start, stop, number in self._json("whole", REGIONS)
            if self._stored(number).criteria.structural in COPY_NUMBERS
        ]

    def residues_of(self, gene: str) -> Mapping[int, str]:
        """Return the residues of a gene's protein that occur in CIViC's names, in one-letter code by position."""
        return self._residues.get(gene, {})

    @cached_property
    def _residues(self) -> dict[str, dict[int, str]]:
        """Return residues of proteins that occur in CIViC's names, by each name of their gene."""
        return {name: dict(residues) for names, residues in self._json("whole", RESIDUES) for name in names}

    @cached_property
    def _ranges(self) -> dict[str, list[Region]]:
        """Return the ranges in which unknown alleles can match, by contig."""
        found: dict[str, list[Region]] = {}
        for one in self.unplaced:
            found.setdefault(one.region.contig, []).append(one.region)
        for region, number in self._regions:
            if (
                self._stored(number).criteria.kind is VariantKind.ANY
            ):  # criteria of other kinds require annotations
                found.setdefault(region.contig, []).append(region)
        return {contig: _merged(ranges) for contig, ranges in found.items()}

    # Reading

    def _read_variant(self, number: int) -> StoredVariant:
        try:
            stored = variant_from_json(self.store.text("variant", number))
        except (ValueError, TypeError, RecursionError) as error:
            raise self.store.damaged() from error
        if stored.combinations:
            self._members_of_combinations.add(stored.variant.id)
        return stored

    def _read_members(self, number: int) -> Sequence[tuple[int, Match]]:
        try:
            return members_from_json(self.store.text("members", number))
        except (ValueError, TypeError, RecursionError) as error:
            raise self.store.damaged() from error

    def _json(self, pool: str, number: int) -> Any:
        try:
            return json.loads(self.store.text(pool, number))
        except (ValueError, RecursionError) as error:
            raise self.store.damaged() from error

    @cached_property
    def combination_profiles(self) -> dict[int, CombinationProfile]:
        """Combination profiles by CIViC's numbers."""
        try:
            return combinations_from_json(self.store.text("whole", COMBINATIONS))
        except (ValueError, TypeError, RecursionError) as error:
            raise self.store.damaged() from error

    @cached_property
    def _relations(self) -> DiseaseRelations | None:
        if not self._choice.disease:
            return None
        return DiseaseRelations(self._choice.disease, self._json("whole", DISEASES))

    def _make_record(self, reached: tuple[tuple[int, Reached], ...]) -> CivicRecord:
        best = _best(how for _, how in reached)
        return CivicRecord(tuple(self._variant(number, how, best) for number, how in reached))

    def _variant(self, number: int, how: Reached, best: Match) -> CivicVariant:
        stored, match = self._stored(number), how.match
        combined: tuple[MolecularProfile, ...] = ()
        if match in ALLELE_LEVELS and self._choice.combinations:
            wanted = [id_ for id_ in stored.combinations if id_ in self._choice.combinations]
            combined = tuple(self.combination_profiles[id_].profile for id_ in wanted)
        profiles = stored.variant.profiles + combined
        if self._relations is not None:
            profiles = tuple(_related(profile, self._relations) for profile in profiles)
        own_match = None if match is best else match
        return stored.variant._replace(profiles=profiles, match=own_match, note=str(how.note))


def _overlapping(regions: Iterable[_RegionOf], span: Region) -> list[int]:
    """Return the numbers of the variants whose regions overlap a span."""
    return [
        one.number
        for one in regions
        if one.region.contig == span.contig
        and one.region.start <= span.stop
        and span.start <= one.region.stop
    ]


def _best(reached: Iterable[Reached]) -> Match:
    return min((one.match for one in reached), key=MATCH_LEVELS.index)


def _merged(ranges: list[Region]) -> list[Region]:
    """Merge the overlapping ranges of a contig."""
    merged: list[Region] = []
    for one in sorted(ranges):
        if merged and one.start <= merged[-1].stop:
            merged[-1] = merged[-1]._replace(stop=max(merged[-1].stop, one.stop))
        else:
            merged.append(one)
    return merged


def _related(profile: MolecularProfile, relations: DiseaseRelations) -> MolecularProfile:
    """Mark a profile's evidence and assertions with the relation of their diseases to the patient's."""
    return profile._replace(
        evidence=tuple(
            item._replace(relation=relations.of(item.doid, item.disease)) for item in profile.evidence
        ),
        assertions=tuple(
            item._replace(relation=relations.of(item.doid, item.disease)) for item in profile.assertions
        ),
    )


def open_snapshot(path: Path, release: Release, choice: CivicChoice) -> CivicSnapshot:
    """Return the source for CIViC's file of a snapshot."""
    return CivicSnapshot(Store(path), release, choice)
