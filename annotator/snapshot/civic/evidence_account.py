"""Account of the evidence items of a release by outcome; the parts add up to the number that the release states.

Parts of the account:

    matched: …            strictest level at which the variant can be matched: `exact`, …, `gene`; `structural variant`;
                          or `combination profile`, if all variants that the profile requires can be matched by allele
    cannot be matched: …  no content of a VCF shows the variant
    not used: …           the item is not in the store; reasons of a damaged or incomplete release are warnings
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from annotator.result import Match
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import counted
from annotator.snapshot.civic.placement import Placement
from annotator.sources.civic.criteria import Criteria
from annotator.sources.civic.knowledge import CivicEvidence, CivicProfile, FeatureKind, Knowledge, Variant
from annotator.sources.civic.structure import Operator, ProfileTree

__all__ = ["EvidenceAccount", "VariantReach", "account_of", "shown_ids"]

_LEVELS = (*map(str, Match), "structural variant", "combination profile")
# Reasons that indicate a damaged or incomplete release, and what it lacks.
_GAPS = {
    "the variant is not in the release": "variant",
    "the molecular profile is not in the release": "molecular profile",
    "the molecular profile cannot be interpreted": "molecular profile",
    "the row has no molecular profile": "",
    "the row cannot be read": "",
    "the row is a duplicate": "",
    "the entry cannot be read": "",
    "counted by CIViC, but not returned": "",
}
_EXPRESSION = re.compile(r"EXPRESSION|METHYLATION|PHOSPHORYLATION|SERUM|LOCALI[SZ]ATION|ACTIVITY|LEVEL")
_EXCLUSION = re.compile(r"\bWILD|\bNON-|^NOT ")
_SHOWN = 5


class VariantReach(NamedTuple):
    """The ways in which a variant can be found.

    Attributes:
        variant: the variant of CIViC.
        criteria: its criteria, with its region in the assembly.
        placement: positions of its alleles.
        names: names that lead to it in addition to its alleles: `hgvs_g`, `hgvs_c`, `caid`.

    """

    variant: Variant
    criteria: Criteria
    placement: Placement
    names: Collection[Match] = ()

    @property
    def is_by_allele(self) -> bool:
        """Whether the allele itself can be found, under any name."""
        return bool(self.placement.alleles or self.names)

    @property
    def part(self) -> str:
        """Part of the account to which its evidence belongs."""
        level = self._level()
        return f"matched: {level}" if level else f"cannot be matched: {self._reason()}"

    def _level(self) -> str:
        criteria = self.criteria
        if self.placement.alleles:
            return str(self.placement.match)
        is_category = criteria.kind is not None
        for level, is_reached in (
            *((str(match), match in self.names) for match in (Match.HGVS_G, Match.CAID, Match.HGVS_C)),
            ("protein", bool(criteria.proteins)),
            ("codon", is_category and bool(criteria.codons)),
            ("exon", is_category and bool(criteria.exons)),
            ("gene", is_category and criteria.is_gene),
            ("region", is_category and criteria.region is not None),
            ("structural variant", criteria.structural is not None),
        ):
            if is_reached:
                return level
        return ""

    def _reason(self) -> str:
        name, kind = self.variant.name.upper(), self.variant.feature.kind
        if self.placement.is_unplaced:
            return f"an allele without a position on the assembly ({self.placement.way})"
        if kind in {FeatureKind.FACTOR, FeatureKind.OTHER}:
            return "not a change of the sequence"
        if _EXPRESSION.search(name):
            return "expression, methylation or protein level"
        if _EXCLUSION.search(name):
            return "wild type, or a name that excludes variants"
        return "a name that states neither an allele nor a kind of change"


class EvidenceAccount(NamedTuple):
    """Number of evidence items by outcome.

    Attributes:
        stated: number of evidence items that the release or service states.
        parts: number of items by outcome, in the order of the levels; they add up to `stated`.
        warnings: gaps, as sentences without full stops.

    """

    stated: int
    parts: dict[str, int]
    warnings: tuple[str, ...]


def account_of(
    knowledge: Knowledge, statuses: Collection[str], reached: Mapping[int, VariantReach]
) -> EvidenceAccount:
    """Count every evidence item by its outcome.

    Args:
        knowledge: content of CIViC, including the items that could not be read.
        statuses: statuses of the items to keep.
        reached: the variants of the store, by CIViC's number.

    """
    parts: Counter[str] = Counter()
    missing: dict[str, set[int]] = defaultdict(set)
    for item in knowledge.evidence.values():
        part, cause = _part_of(item, knowledge, statuses, reached)
        parts[part] += 1
        missing[part].update(cause)
    parts.update({f"not used: {reason}": count for reason, count in knowledge.refused.items()})
    arrived = parts.total()
    stated = max(arrived, knowledge.stated or 0)
    if stated > arrived:
        parts["not used: counted by CIViC, but not returned"] = stated - arrived
    ordered = {part: parts[part] for part in sorted(parts, key=_order) if parts[part]}
    return EvidenceAccount(stated, ordered, tuple(_gaps(ordered, missing)))


def _part_of(
    item: CivicEvidence,
    knowledge: Knowledge,
    statuses: Collection[str],
    reached: Mapping[int, VariantReach],
) -> tuple[str, Iterable[int]]:
    """Return the part of an item, and the numbers of entries that the release lacks for it."""
    profile = knowledge.profiles.get(item.profile_id)
    if item.status not in statuses:
        return f"not used: not {' or '.join(sorted(statuses))}", ()
    if profile is None:
        return "not used: the molecular profile is not in the release", (item.profile_id,)
    if profile.deprecated:
        return "not used: CIViC has withdrawn the molecular profile", ()
    if lacking := [id_ for id_ in profile.variant_ids if id_ not in knowledge.variants]:
        return "not used: the variant is not in the release", lacking
    if profile.tree is None:
        return "not used: the molecular profile cannot be interpreted", (profile.id,)
    return _part_of_profile(profile, profile.tree, reached), ()


def _part_of_profile(profile: CivicProfile, tree: ProfileTree, reached: Mapping[int, VariantReach]) -> str:
    if any(id_ not in reached for id_ in profile.variant_ids):
        return "not used: CIViC has withdrawn the variant"
    if isinstance(tree, int):
        return reached[tree].part
    if _can_be_complete(tree, reached):
        return "matched: combination profile"
    return "cannot be matched: a combination of variants that cannot all be matched by allele"


def _can_be_complete(tree: ProfileTree, reached: Mapping[int, VariantReach]) -> bool:
    """Return whether a combination can be found complete; a variant under NOT only needs a known allele."""
    if isinstance(tree, int):
        return reached[tree].is_by_allele
    parts = [_can_be_complete(part, reached) for part in tree.parts]
    return any(parts) if tree.operator is Operator.OR else all(parts)


def _order(part: str) -> tuple[int, int, str]:
    kind, _, what = part.partition(": ")
    if kind == "matched":
        return 0, _LEVELS.index(what), ""
    return (1 if part.startswith("cannot be matched") else 2), 0, part


def _gaps(parts: Mapping[str, int], missing: Mapping[str, set[int]]) -> Iterable[str]:
    for part, count in parts.items():
        reason = part.removeprefix("not used: ")
        if reason in _GAPS:
            ids = missing.get(part, set())
            noun = _GAPS[reason]
            cause = f" ({counted(len(ids), noun)}: {shown_ids(ids)})" if noun and ids else ""
            yield f"{counted(count, 'evidence item')} of CIViC cannot be used: {reason}{cause}"


def shown_ids(ids: Iterable[int]) -> str:
    """Return the first of some numbers, as text for people."""
    ordered = sorted(ids)
    more = " and more" if len(ordered) > _SHOWN else ""
    return ", ".join(map(str, ordered[:_SHOWN])) + more
