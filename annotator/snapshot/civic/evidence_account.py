"""What became of every evidence item of a release: the parts sum to what the release states.

found by …       the best level on which the item's variant can be found: `exact`, …, `gene`, `structural`; or
`combination`, where every variant that the profile needs can be found by its allele
out of reach: …  nothing that a VCF holds shows the variant
refused: …       the item is not in the store; a reason that speaks of a damaged or incomplete release is a warning
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
# Reasons that speak of a damaged or incomplete release, and what it lacks.
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
    """How a variant can be found.

    Attributes:
        variant: CIViC's.
        criteria: what it demands, with its region in the assembly.
        placement: where its alleles are.
        names: names that lead to it beside its alleles: `hgvs_g`, `hgvs_c`, `caid`.

    """

    variant: Variant
    criteria: Criteria
    placement: Placement
    names: Collection[Match] = ()

    @property
    def is_by_allele(self) -> bool:
        """Whether the allele itself can be found, by whatever name."""
        return bool(self.placement.alleles or self.names)

    @property
    def part(self) -> str:
        """Part of the account that its evidence belongs to."""
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
    """The account.

    Attributes:
        stated: number of evidence items that the release or service states.
        parts: number of items by what became of them, in the order of the levels; they sum to `stated`.
        warnings: gaps, as sentences without their full stops.

    """

    stated: int
    parts: dict[str, int]
    warnings: tuple[str, ...]


def account_of(
    knowledge: Knowledge, statuses: Collection[str], reached: Mapping[int, VariantReach]
) -> EvidenceAccount:
    """Account for every evidence item.

    Args:
        knowledge: what CIViC says, and which items could not be read.
        statuses: of the items that are kept.
        reached: by CIViC's number, the variants of the store.

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
    """Part of an item, and the numbers of what the release lacks for it."""
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
    """Whether a sample can be seen to have a combination: a variant under NOT needs only to be a known allele."""
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
    """Return the first of some numbers, for people."""
    ordered = sorted(ids)
    more = " and more" if len(ordered) > _SHOWN else ""
    return ", ".join(map(str, ordered[:_SHOWN])) + more
