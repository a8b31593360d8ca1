"""Account of the evidence items of a release by outcome; the parts add up to the number that the release states.

Parts of the account:

    found by …       the best matching level of the item's variant: `exact`, …, `gene`, `structural`; or `combination`,
                     if every variant that the profile requires can be found by its allele
    out of reach: …  no content of a VCF shows the variant
    refused: …       the item is not in the store; a reason that indicates a damaged or incomplete release is a warning
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from annotator.result import Match
from annotator.runtime.text import counted
from annotator.snapshot.civic.placement import Placement
from annotator.sources.civic.criteria import Criteria
from annotator.sources.civic.knowledge import CivicEvidence, CivicProfile, FeatureKind, Knowledge, Variant
from annotator.sources.civic.structure import Operator, ProfileTree

__all__ = ["EvidenceAccount", "VariantReach", "account_of", "shown_ids"]

_LEVELS = (*map(str, Match), "structural", "combination")
# Reasons that indicate a damaged or incomplete release, and what it lacks.
_GAPS = {
    "its variant is not among the release's variants": "variant",
    "its molecular profile is not in the release": "molecular profile",
    "its molecular profile is not understood": "molecular profile",
    "its row names no molecular profile": "",
    "its row cannot be read": "",
    "its row repeats another": "",
    "its entry cannot be read": "",
    "it was counted but did not arrive": "",
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
        return f"found by {level}" if level else f"out of reach: {self._reason()}"

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
            ("structural", criteria.structural is not None),
        ):
            if is_reached:
                return level
        return ""

    def _reason(self) -> str:
        name, kind = self.variant.name.upper(), self.variant.feature.kind
        if self.placement.is_unplaced:
            return f"an allele that could not be placed ({self.placement.way})"
        if kind in {FeatureKind.FACTOR, FeatureKind.OTHER}:
            return "no change of a sequence"
        if _EXPRESSION.search(name):
            return "expression, methylation or protein level"
        if _EXCLUSION.search(name):
            return "wild type, or all but something"
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
    parts.update({f"refused: {reason}": count for reason, count in knowledge.refused.items()})
    arrived = parts.total()
    stated = max(arrived, knowledge.stated or 0)
    if stated > arrived:
        parts["refused: it was counted but did not arrive"] = stated - arrived
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
        return f"refused: not {' or '.join(sorted(statuses))}", ()
    if profile is None:
        return "refused: its molecular profile is not in the release", (item.profile_id,)
    if profile.deprecated:
        return "refused: CIViC has withdrawn its molecular profile", ()
    if lacking := [id_ for id_ in profile.variant_ids if id_ not in knowledge.variants]:
        return "refused: its variant is not among the release's variants", lacking
    if profile.tree is None:
        return "refused: its molecular profile is not understood", (profile.id,)
    return _part_of_profile(profile, profile.tree, reached), ()


def _part_of_profile(profile: CivicProfile, tree: ProfileTree, reached: Mapping[int, VariantReach]) -> str:
    if any(id_ not in reached for id_ in profile.variant_ids):
        return "refused: CIViC has withdrawn its variant"
    if isinstance(tree, int):
        return reached[tree].part
    if _can_be_complete(tree, reached):
        return "found by combination"
    return "out of reach: a combination of variants that cannot all be found by their alleles"


def _can_be_complete(tree: ProfileTree, reached: Mapping[int, VariantReach]) -> bool:
    """Return whether a combination can be found complete; a variant under NOT only needs a known allele."""
    if isinstance(tree, int):
        return reached[tree].is_by_allele
    parts = [_can_be_complete(part, reached) for part in tree.parts]
    return any(parts) if tree.operator is Operator.OR else all(parts)


def _order(part: str) -> tuple[int, int, str]:
    kind, _, what = part.partition(" by ")
    if kind == "found":
        return 0, _LEVELS.index(what), ""
    return (1 if part.startswith("out of reach") else 2), 0, part


def _gaps(parts: Mapping[str, int], missing: Mapping[str, set[int]]) -> Iterable[str]:
    for part, count in parts.items():
        reason = part.removeprefix("refused: ")
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
