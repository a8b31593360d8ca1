"""Builds the content of a store for one assembly from CIViC's knowledge base, whatever its input format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from annotator.result import Match
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import counted
from annotator.snapshot.civic.evidence_account import VariantReach, account_of, shown_ids
from annotator.snapshot.civic.fusion_names import FusionNames
from annotator.snapshot.civic.gene_names import GeneNames
from annotator.snapshot.civic.indels import StatedBases, doubled_bases, moved, rightmost_start, spellings_of
from annotator.snapshot.civic.items import ACCEPTED, stated_profiles, statements_of
from annotator.snapshot.civic.names import criteria_of, is_several_together
from annotator.snapshot.civic.own_hgvs import genomic_changes, own_alleles, own_assembly
from annotator.snapshot.civic.placement import PlacedVariants, Placement, Ways
from annotator.snapshot.civic.protein_names import ProteinNames
from annotator.snapshot.civic.unplaced import unplaced_variant
from annotator.sources.civic import records
from annotator.sources.civic.criteria import COPY_NUMBERS, Criteria, Region
from annotator.sources.civic.knowledge import FeatureKind, Knowledge, Variant
from annotator.sources.civic.layout import CombinationProfile, Reach, StoredVariant, name_hash
from annotator.sources.civic.storing import CivicContent
from annotator.sources.civic.structure import Operator, ProfileTree
from annotator.sources.civic.unplaced import UnplacedVariant
from annotator.variants.allele import AlleleKey
from annotator.variants.hgvs_parse import SequenceType, parse_hgvs
from annotator.variants.shift import Spellings

__all__ = ["BuiltCivic", "build_civic"]

_CODING = {SequenceType.CODING, SequenceType.NON_CODING}
_CODING_BEGINNING = re.compile(
    r"[cn]\.[-*]?[0-9]+(?:[-+][0-9]+)?(?:_[-*]?[0-9]+(?:[-+][0-9]+)?|[ACGT]>[ACGT])?"
)


class BuiltCivic(NamedTuple):
    """Content of a store, and how it was obtained.

    Attributes:
        content: argument of `write_civic`.
        counts: variants, evidence and assertions, by outcome.
        placed: CIViC's numbers of variants, by the method that placed their alleles in the assembly (`civic_places`),
            or by `none: ` and the reason why none was placed.
        account: number of evidence items by outcome; they add up to the number that the release states.
        warnings: warnings for the user, as sentences without full stops.

    """

    content: CivicContent
    counts: dict[str, int]
    placed: dict[str, list[int]]
    account: dict[str, int]
    warnings: tuple[str, ...]


def build_civic(
    knowledge: Knowledge,
    ways: Ways,
    *,
    statuses: Collection[str] = ACCEPTED,
    diseases: Mapping[str, Sequence[str]] | None = None,
) -> BuiltCivic:
    """Build the content of a store.

    Args:
        knowledge: content of CIViC.
        ways: resources for placing its alleles in the snapshot's assembly.
        statuses: statuses of the evidence and assertions to keep.
        diseases: parents of the terms of the Disease Ontology, by number without `DOID:`.

    """
    return _Build(knowledge, ways, statuses).result(diseases or {})


class _Build:
    def __init__(self, knowledge: Knowledge, ways: Ways, statuses: Collection[str]) -> None:
        self._knowledge = knowledge
        self._ways = ways
        self._places = PlacedVariants(ways, knowledge.variants.values())
        self._proteins = ProteinNames(knowledge.variants.values())
        self._gene_names = GeneNames(knowledge.variants.values())
        self._fusion_names = FusionNames(knowledge.variants.values(), self._gene_names)
        self._counts: Counter[str] = Counter(knowledge.counts)
        self._profiles = stated_profiles(knowledge, self._counts, statuses)
        self._combinations_of = _combination_profiles_of(knowledge, self._profiles)
        self._placed: dict[str, list[int]] = {}
        self._stored: list[StoredVariant] = []
        self._alleles: dict[AlleleKey, list[tuple[int, Match]]] = {}
        self._rightmost: dict[AlleleKey, int] = {}
        self._doubled: list[AlleleKey] = []
        self._spellings: dict[AlleleKey, Spellings] = {}
        self._names: set[tuple[int, int]] = set()
        self._statuses = statuses
        self._reached: dict[int, VariantReach] = {}
        self._unplaced: list[UnplacedVariant] = []

    def result(self, diseases: Mapping[str, Sequence[str]]) -> BuiltCivic:
        for _, variant in sorted(self._knowledge.variants.items()):
            self._counts["variants"] += 1
            if variant.deprecated:
                self._counts["left out: variants withdrawn by CIViC"] += 1
            else:
                self._add(variant)
        self._spell_indels()
        self._counts["alleles"] = len(self._alleles)
        self._counts["indels"] = sum(allele.is_indel for allele in self._alleles)
        content = CivicContent(
            self._stored,
            self._alleles,
            self._spellings,
            self._names,
            self._combinations(),
            self._reach(),
            diseases,
            self._unplaced,
            self._residues(),
            statements_of(self._knowledge, self._profiles.values()),
        )
        account = account_of(self._knowledge, self._statuses, self._reached)
        warnings = (*self._knowledge.warnings, *account.warnings, *self._warnings())
        counts = {name: count for name, count in self._counts.items() if count}
        return BuiltCivic(content, counts, dict(sorted(self._placed.items())), account.parts, warnings)

    def _warnings(self) -> Iterator[str]:
        """Yield a warning with the number of variants that could not be placed."""
        ids = [one.id for one in self._unplaced]
        if not ids:
            return
        items = sum(
            item.profile_id == self._knowledge.variants[id_].profile_id
            for item in self._knowledge.evidence.values()
            for id_ in ids
        )
        yield (
            f"{counted(len(ids), 'variant')} of CIViC with {counted(items, 'evidence item')} could not be placed on "
            f"{self._ways.assembly} (variant {shown_ids(ids)}): an allele that may be one of them is reported as "
            "unsupported, not as not found"
        )

    def _add(self, variant: Variant) -> None:
        criteria = criteria_of(variant, self._proteins, self._fusion_names)
        placement = self._places.of(variant, is_allele=criteria.is_allele)
        if placement.alleles and is_several_together(variant):
            placement = Placement((), Match.EXACT, "with several changes")
        self._count(placement)
        self._placed.setdefault(placement.way if placement.alleles else f"none: {placement.way}", []).append(
            variant.id
        )
        if criteria.kind is not None or criteria.structural in COPY_NUMBERS:
            criteria = criteria._replace(region=self._places.region(variant))
        own = () if variant.profile_id is None else self._own_profile(variant.profile_id)
        stored = StoredVariant(
            records.CivicVariant(
                variant.id,
                variant.feature.name,
                variant.name,
                own,
                variant.flagged,
                bands=tuple(sorted(variant.feature.bands)),
                known_partners=tuple(sorted(variant.feature.known_partners)),
            ),
            criteria._replace(partner=self._all_names(criteria.partner)),
            self._genes(variant, criteria),
            self._changes(variant),
            placement.alleles,
            tuple(sorted(self._combinations_of.get(variant.id, ()))),
        )
        self._stored.append(stored)
        self._reached[variant.id] = VariantReach(
            variant, criteria, placement, self._named_by(variant, criteria)
        )
        if not placement.alleles and criteria.is_allele:
            unplaced = unplaced_variant(variant, self._ways.assembly, self._ways.lift)
            self._unplaced += [] if unplaced is None else [unplaced]
        self._names.update((key, variant.id) for key in self._keys(variant, stored))
        if not placement.alleles:
            return
        self._counts["evidence items on variants with an allele"] += sum(
            len(profile.evidence) for profile in own
        )
        self._counts["assertions on variants with an allele"] += sum(
            len(profile.assertions) for profile in own
        )
        for allele in placement.alleles:
            self._alleles.setdefault(allele, []).append((variant.id, placement.match))
            if allele.is_indel and criteria.is_allele and allele not in self._rightmost:
                stated = genomic_changes(variant, self._ways.assembly, self._ways.lift)
                changes = [change for contig, change in stated if contig == allele.contig]
                start = rightmost_start(allele, changes)
                if start is not None:
                    self._rightmost[allele] = start
                    doubled = doubled_bases(allele, start, changes)
                    self._doubled.extend([doubled] if doubled is not None else [])

    def _spell_indels(self) -> None:
        """Find the representations of all indels, and move each to its leftmost position."""
        clinvar, alleles = self._ways.clinvar_store, self._alleles
        known = StatedBases(self._ways.reference, clinvar, [*self._doubled, *alleles])
        found = {
            allele: spellings_of(allele, known, clinvar, self._rightmost.get(allele))
            for allele in alleles
            if allele.is_indel
        }
        self._alleles = {}
        for allele, members in alleles.items():
            key = found[allele].key if allele in found else allele
            here = self._alleles.setdefault(key, [])
            here += [member for member in members if member not in here]
        self._stored = [stored._replace(placed=moved(stored.placed, found)) for stored in self._stored]
        self._spellings = {one.key: one for one in found.values()}
        reasons = Counter(_open_at(one) for one in self._spellings.values() if one.is_open)
        self._counts.update(
            {f"indels with only some equivalent forms: {why}": count for why, count in reasons.items()}
        )

    def _named_by(self, variant: Variant, criteria: Criteria) -> list[Match]:
        """Return the matching levels, other than by allele, on which a name leads to a variant."""
        if not criteria.is_allele:
            return []
        has_genomic = bool(genomic_changes(variant, self._ways.assembly, self._ways.lift))
        has_coding = next(_coding(variant), None) is not None
        levels = (
            (Match.HGVS_G, has_genomic),
            (Match.CAID, variant.caid is not None),
            (Match.HGVS_C, has_coding),
        )
        return [match for match, is_named in levels if is_named]

    def _own_profile(self, id_: int) -> tuple[records.MolecularProfile, ...]:
        profile = self._profiles.get(id_)
        is_single = id_ in self._knowledge.profiles and isinstance(self._knowledge.profiles[id_].tree, int)
        return () if profile is None or not is_single else (profile,)

    def _count(self, placement: Placement) -> None:
        counts = self._counts
        if placement.alleles:
            counts[f"variants by {placement.way}"] += 1
            counts["positions confirmed by a second identifier"] += placement.confirmed > 0
            counts["positions contradicted by a second identifier"] += placement.contradicted > 0
        else:
            counts[f"left out: variants {placement.way}"] += 1
        counts["left out: alleles with bases that differ from the reference"] += placement.refused

    def _changes(self, variant: Variant) -> tuple[tuple[str, str], ...]:
        assembly = own_assembly(variant) or self._ways.assembly
        return tuple((allele.deleted, allele.inserted) for allele in own_alleles(variant, assembly))

    def _keys(self, variant: Variant, stored: StoredVariant) -> Iterator[int]:
        """Yield hashes of the names by which a variant can be found."""
        criteria = stored.criteria
        for gene in stored.gene:
            for protein in criteria.proteins:
                yield name_hash("protein", gene, protein.key or "")
            for codon in criteria.codons:
                yield name_hash("codon", gene, codon[3:])
            if criteria.kind is not None and criteria.exons:
                for exon in criteria.exons:
                    yield name_hash("exon", gene, str(exon))
            if criteria.is_gene:
                yield name_hash("gene", gene)
            if criteria.structural is not None:
                yield name_hash("structural", gene)
        if criteria.is_allele:
            for contig, change in genomic_changes(variant, self._ways.assembly, self._ways.lift):
                yield name_hash("hgvs", contig, change)
            for accession, change in _coding(variant):
                yield name_hash("hgvs", accession, change)
            if variant.caid is not None:
                yield name_hash("caid", variant.caid)

    def _genes(self, variant: Variant, criteria: Criteria) -> tuple[str, ...]:
        """Return all names of a variant's genes, and their NCBI Gene numbers."""
        feature = variant.feature
        partners = [name for name in criteria.partner.upper().split("::") if name]
        names = {*self._gene_names.of(feature.name, feature.entrez_id)}
        names.update(name for partner in partners for name in self._gene_names.of(partner))
        return tuple(sorted(names))

    def _all_names(self, partner: str) -> str:
        """Return the partners of a fusion with all names of their genes."""
        sides = partner.split("::") if partner else []
        return "::".join("|".join(self._gene_names.of(side)) if side else "" for side in sides)

    def _residues(self) -> dict[tuple[str, ...], Mapping[int, str]]:
        """Return residues of proteins that occur in names of variants, by the names of their genes."""
        features = {variant.feature.name: variant.feature for variant in self._knowledge.variants.values()}
        return {
            self._gene_names.of(name, feature.entrez_id): self._proteins.residues(name)
            for name, feature in features.items()
            if feature.kind is FeatureKind.GENE
        }

    def _combinations(self) -> list[CombinationProfile]:
        """Return the profiles of more than one variant that have evidence or assertions."""
        found = []
        for id_, profile in self._profiles.items():
            tree = self._knowledge.profiles[id_].tree
            if tree is not None and not isinstance(tree, int):
                absent = set(_under_not(tree))
                places = {variant: self._regions(variant) for variant in sorted(absent)}
                found.append(CombinationProfile(profile._replace(id=id_), tree, places))
        self._counts["combination profiles and profiles without a variant"] = len(found)
        return found

    def _regions(self, id_: int) -> tuple[Region, ...]:
        return tuple(
            Region(allele.contig, allele.start, max(allele.start, allele.start + len(allele.deleted) - 1))
            for allele, members in sorted(self._alleles.items())
            if any(member == id_ for member, _ in members)
        )

    def _reach(self) -> Reach:
        genes, residues = set[str](), dict[tuple[str, ...], set[int]]()
        expressions, transcripts, caids = set[str](), set[str](), set[str]()
        is_open = {
            id_ for one in self._spellings.values() if one.is_open for id_, _ in self._alleles[one.key]
        }
        for stored in self._stored:
            criteria, variant = stored.criteria, self._knowledge.variants[stored.variant.id]
            if numbers := {change.start for change in criteria.proteins} | {
                int(codon[3:]) for codon in criteria.codons
            }:
                residues.setdefault(stored.gene, set()).update(numbers)
            if (criteria.kind is not None and not criteria.codons) or criteria.structural is not None:
                genes.update(stored.gene)
            if criteria.is_allele and (not stored.placed or variant.id in is_open):
                for accession, change in _coding(variant):
                    if found := _CODING_BEGINNING.match(change):
                        expressions.add(found[0])
                        transcripts.add(accession)
                if variant.caid is not None:
                    caids.add(variant.caid)
        of_genes = tuple((names, tuple(sorted(numbers))) for names, numbers in sorted(residues.items()))
        return Reach(
            _sorted(genes),
            _sorted(expressions),
            _sorted(transcripts),
            _sorted(caids),
            of_genes,
        )


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _open_at(spellings: Spellings) -> str:
    if spellings.open_left and spellings.open_right:
        return "the bases before and after are unknown"
    return f"the base {'before' if spellings.open_left else 'after'} is unknown"


def _coding(variant: Variant) -> Iterator[tuple[str, str]]:
    """Yield transcript and change of each coding expression that names its transcript."""
    for text in variant.hgvs:
        expression = parse_hgvs(text)
        if expression is not None and expression.accession and expression.sequence_type in _CODING:
            yield expression.accession, f"{expression.sequence_type}.{expression.change}"


def _combination_profiles_of(
    knowledge: Knowledge, profiles: Mapping[int, records.MolecularProfile]
) -> dict[int, list[int]]:
    """Return the combination profiles by the variants that they require to be present."""
    found: dict[int, list[int]] = {}
    for id_ in profiles:
        tree = knowledge.profiles[id_].tree
        if tree is not None and not isinstance(tree, int):
            absent = set(_under_not(tree))
            for variant in set(knowledge.profiles[id_].variant_ids) - absent:
                found.setdefault(variant, []).append(id_)
    return found


def _under_not(tree: ProfileTree, *, is_under: bool = False) -> Iterator[int]:
    if isinstance(tree, int):
        if is_under:
            yield tree
        return
    for part in tree.parts:
        yield from _under_not(part, is_under=is_under != (tree.operator is Operator.NOT))
