"""Suggested AMP/ASCO/CAP tiers (Li et al. 2017, PMC5707196), derived from CIViC's items by documented rules.

CIViC's levels A to E are types of studies, not AMP/ASCO/CAP levels; only its assertions have a tier. The suggestion is
derived per molecular profile, disease, therapies and significance, by the first row that applies:

    1  not usable: not accepted, retracted, direction other than Supports, a type other than Predictive, Diagnostic and
       Prognostic, a significance other than those below, the origin does not fit              no tier
    2  an assertion with a tier, for the patient's disease or a broader one                    its tier
       It is also the best tier that evidence items of its profile and therapies can have.
    3  level A for the patient's disease or a broader one                                      I-A
       rated with one star only                                                                II-C
    4  level B likewise: two publications or more, one item rated 3 stars or more              I-B
       else, or for all cancers                                                                II-C
    5  sensitivity in another disease, or in a narrower one: level A                           II-C
                                                             level B                           II-D
       none if a trial (level A or B) in the patient's disease found the opposite
    6  level C for the patient's disease: three publications or more                           II-C
       else, or level D                                                                        II-D
       level E, and levels C and D for all cancers or other diseases                           no tier
    7  a match by gene only counts if the allele's effect is known: oncogenic (ClinVar or CIViC), pathogenic, or
       truncating for a loss of function. Evidence against oncogenicity excludes it.
    8  an item of the same profile, disease and therapies that contradicts, at an equal or better level: at most II-C,
       marked as conflicting

Significances: Sensitivity/Response, Resistance, Positive (diagnostic), Better and Poor Outcome. A germline item
requires a call known to be germline; one about somatic variants requires a call that is not known to be germline. A
call in the normal sample alone has no tier. The result is a suggestion with its reasons, not a classification.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import counted
from annotator.sources.civic.tier_items import CallOrigin, Effect, Suggestion, TierItem

__all__ = ["TIERS", "Regimen", "best_tier", "contradicts", "regimens", "suggested_tiers", "tier_of"]

TIERS = ("I-A", "I-B", "II-C", "II-D")
"""Tiers that can be suggested, best first."""

_HEADLINE = {
    "Predictive": ("Sensitivity/Response", "Resistance"),
    "Diagnostic": ("Positive",),
    "Prognostic": ("Better Outcome", "Poor Outcome"),
}
_OPPOSITES = {
    "Sensitivity/Response": ("Resistance",),
    "Resistance": ("Sensitivity/Response",),
    "Better Outcome": ("Poor Outcome", "N/A"),
    "Poor Outcome": ("Better Outcome", "N/A"),
    "Positive": ("Negative",),
}
_SENSITIVITY = "Sensitivity/Response"
_IN_TYPE = ("same", "broader")
_TRIALS = ("A", "B")
_ALL_CANCERS = "162"
_SOLID = "solid tumor"
_MANY_STARS, _SEVERAL, _MANY = 3, 2, 3


class Regimen(NamedTuple):
    """One treatment: a single therapy, or several given in combination."""

    therapies: tuple[str, ...]
    interaction: str


class _Key(NamedTuple):
    profile: str
    disease: str
    regimen: Regimen
    type: str


def suggested_tiers(
    items: Sequence[TierItem], effect: Effect | None = None, origin: CallOrigin = CallOrigin.UNKNOWN
) -> tuple[Suggestion, ...]:
    """Return the tiers that the items of one allele suggest, best first, or the reasons why none can be suggested.

    Args:
        items: all items of the allele, including those that contradict or are not usable.
        effect: other knowledge about the allele; None for none.
        origin: origin of the call.

    """
    sound = [one for one in items if one.status == "accepted" and not one.is_retracted]
    groups: dict[_Key, list[TierItem]] = {}
    for one in sound:
        for regimen in regimens(one, sound):
            key = _Key(one.profile, one.doid or one.disease, regimen, one.type)
            groups.setdefault(key, []).append(one)
    allowed = _gene_level_allowed(sound, effect or Effect())
    found = [
        suggestion
        for key, members in groups.items()
        for significance in _HEADLINE.get(key.type, ())
        if (suggestion := _Group(key, members, significance, groups, origin).suggestion(allowed)) is not None
    ]
    return tuple(sorted(found, key=lambda one: (_place(one.tier), one.therapies, one.disease, one.profile)))


def best_tier(suggestions: Iterable[Suggestion]) -> str:
    """Return the best of several tiers; empty for none."""
    return min((one.tier for one in suggestions), key=_place, default="")


def _place(tier: str) -> int:
    return TIERS.index(tier) if tier else len(TIERS)


def regimens(item: TierItem, items: Sequence[TierItem]) -> Iterator[Regimen]:
    """Yield the regimens of an item: substitutes are several.

    Args:
        item: an item.
        items: the other items of the same allele, which may show how an assertion's therapies are used.

    """
    if len(item.therapies) < 2:
        yield Regimen(item.therapies, "")
        return
    interaction = item.interaction or _interaction_of(item, items)
    if interaction == "Substitutes":
        yield from (Regimen((one,), "") for one in item.therapies)
    else:
        yield Regimen(tuple(sorted(item.therapies)), interaction)


def _interaction_of(item: TierItem, items: Sequence[TierItem]) -> str:
    """Return how an assertion's therapies are used, from evidence items on the same ones if they agree."""
    words = {
        one.interaction
        for one in items
        if one.interaction and set(one.therapies) == set(item.therapies) and one.type == item.type
    }
    return words.pop() if len(words) == 1 else ""


def _gene_level_allowed(items: Sequence[TierItem], effect: Effect) -> bool:
    """Return whether the allele's effect is known well enough for evidence on any mutation of the gene."""
    of_allele = [one for one in items if one.type == "Oncogenic" and one.match != "gene"]
    if effect.is_benign or any(one.direction == "Does Not Support" for one in of_allele):
        return False
    return effect.is_oncogenic or any(one.direction == "Supports" for one in of_allele)


def _is_loss_of_function(profile: str) -> bool:
    words = profile.lower().replace("-", " ")
    return "loss of function" in words or "truncating" in words


class _Group:
    """Items of one profile, disease, regimen and type, evaluated for one significance."""

    def __init__(
        self,
        key: _Key,
        members: Sequence[TierItem],
        significance: str,
        groups: dict[_Key, list[TierItem]],
        origin: CallOrigin,
    ) -> None:
        self._key = key
        self._members = members
        self._significance = significance
        self._groups = groups
        self._origin = origin
        self._said = [
            one for one in members if one.direction == "Supports" and one.significance == significance
        ]
        self._support = [one for one in self._said if _fits(one, origin)]

    def suggestion(self, gene_level_allowed: bool) -> Suggestion | None:
        """Return the suggested tier, or the reason why there is none; None without any supporting item."""
        if not self._said:
            return None
        if withheld := self._withheld(gene_level_allowed):
            return self._made("", self._said, [], withheld)
        found = self._asserted() or self._evident()
        if found is None:
            return self._made("", self._support, [], self._no_tier())
        tier, items, reason = self._capped(*found)
        against = self._against(items)
        if against and tier in TIERS[:2]:
            tier = "II-C"
        return self._made(tier, items, against, "; ".join((reason, *self._remarks(items, against))))

    def _made(
        self, tier: str, items: Sequence[TierItem], against: Sequence[TierItem], reason: str
    ) -> Suggestion:
        first = items[0]
        return Suggestion(
            tier,
            self._key.type,
            self._significance,
            first.disease,
            first.relation,
            first.profile,
            first.match,
            self._key.regimen.therapies,
            self._key.regimen.interaction,
            tuple(one.id for one in items),
            tuple(one.id for one in against),
            reason,
        )

    def _withheld(self, gene_level_allowed: bool) -> str:
        """Return why no tier is suggested whatever the evidence; empty if one may be."""
        if self._origin is CallOrigin.NORMAL_ONLY:
            return "called in the normal sample only"
        if self._origin_decides():
            ids = ", ".join(one.id for one in self._said if "Germline" in one.origin)
            return (
                f"the origin of this variant is unknown, and some evidence is about germline variants ({ids})"
            )
        if not self._support:
            return f"the evidence is not about {self._origin} variants"
        profile = self._said[0].profile
        if self._said[0].match == "gene" and not gene_level_allowed and not _is_loss_of_function(profile):
            return "the evidence is about any mutation of the gene, and the effect of this variant is unknown"
        return ""

    def _no_tier(self) -> str:
        if not self._in_type and any(one.level in _TRIALS for one in self._contrary_in_patient()):
            return "; ".join(self._remarks(self._support, []))
        levels = ", ".join(sorted({one.level or one.category for one in self._support}))
        kind = (
            "all cancers"
            if self._is_pan_cancer
            else "the patient's disease"
            if self._in_type
            else "another disease"
        )
        return f"evidence for {kind} ({levels}) is not enough for a tier"

    @property
    def _in_type(self) -> bool:
        return self._support[0].relation in _IN_TYPE

    @property
    def _is_pan_cancer(self) -> bool:
        first = self._support[0]
        return first.doid == _ALL_CANCERS or first.disease.lower() == _SOLID

    def _origin_decides(self) -> bool:
        """Return whether germline variants have separate evidence, and it is unknown whether the call is one."""
        if self._origin is not CallOrigin.UNKNOWN:
            return False
        best = min(map(_level_of, self._support), default="E")
        return any("Germline" in one.origin and _level_of(one) <= best for one in self._said)

    def _asserted(self) -> tuple[str, list[TierItem], str] | None:
        tiers = [(tier, one) for one in self._support if one.is_assertion and (tier := tier_of(one.category))]
        if not tiers:
            return None
        tier, item = min(tiers, key=lambda pair: TIERS.index(pair[0]))
        if self._in_type:
            return tier, [item], f"CIViC assertion ({item.category}) for {item.disease}"
        if self._significance != _SENSITIVITY or tier not in TIERS[:2]:
            return None
        return self._off_type([item], "A" if tier == "I-A" else "B")

    def _evident(self) -> tuple[str, list[TierItem], str] | None:
        for level in "ABCD":
            items = [one for one in self._support if one.level == level]
            if items:
                return self._in_patient(items, level) if self._in_type else self._off_type(items, level)
        return None

    def _in_patient(self, items: list[TierItem], level: str) -> tuple[str, list[TierItem], str] | None:
        where = "all cancers" if self._is_pan_cancer else items[0].disease
        papers = len({one.source for one in items if one.source})
        ratings = [one.rating for one in items if one.rating is not None]
        text = f"level {level} for {where}, {counted(papers, 'publication')}"
        if level == "A":
            weak = bool(ratings) and max(ratings) == 1
            return ("II-C", items, f"{text}, rated 1 star") if weak else ("I-A", items, text)
        if level == "B":
            strong = papers >= _SEVERAL and max(ratings, default=0) >= _MANY_STARS and not self._is_pan_cancer
            return "I-B" if strong else "II-C", items, text
        if self._is_pan_cancer:
            return None
        return "II-C" if level == "C" and papers >= _MANY else "II-D", items, text

    def _off_type(self, items: list[TierItem], level: str) -> tuple[str, list[TierItem], str] | None:
        if self._significance != _SENSITIVITY or level not in _TRIALS:
            return None
        if any(one.level in _TRIALS for one in self._contrary_in_patient()):
            return None
        kind = "a subtype of the patient's disease" if items[0].relation == "narrower" else "another disease"
        return "II-C" if level == "A" else "II-D", items, f"level {level} in {kind} ({items[0].disease})"

    def _contrary_in_patient(self) -> list[TierItem]:
        """Return items on the same therapies that found no response, or resistance, in the patient's own disease."""
        return [
            one
            for key, members in self._groups.items()
            if key.regimen == self._key.regimen and key.type == self._key.type
            for one in members
            if one.relation in _IN_TYPE and contradicts(one, self._significance)
        ]

    def _capped(self, tier: str, items: list[TierItem], reason: str) -> tuple[str, list[TierItem], str]:
        """Lower a tier to that of an assertion on the same profile and therapies."""
        for key, members in self._groups.items():
            if (key.profile, key.regimen, key.type) != (self._key.profile, self._key.regimen, self._key.type):
                continue
            for one in members:
                cap = tier_of(one.category) if one.relation in _IN_TYPE else ""
                if cap and one.significance == self._significance and TIERS.index(cap) > TIERS.index(tier):
                    return (
                        cap,
                        items,
                        f"{reason}; limited to the tier of CIViC assertion {one.id} ({one.category})",
                    )
        return tier, items, reason

    def _against(self, items: Sequence[TierItem]) -> list[TierItem]:
        best = min((_level_of(one) for one in items), default="E")
        return [
            one
            for one in self._members
            if contradicts(one, self._significance) and _level_of(one) <= best and _fits(one, self._origin)
        ]

    def _remarks(self, items: Sequence[TierItem], against: Sequence[TierItem]) -> Iterator[str]:
        first = items[0]
        if against:
            yield f"conflicting evidence: {', '.join(one.id for one in against)}"
        if not self._in_type:
            for one in self._contrary_in_patient():
                yield f"contradicting evidence in {one.disease} ({one.id}, level {one.level})"
        if first.match in {"codon", "exon", "region", "gene"}:
            yield f"matched at level {first.match}, not by the variant itself"
        flagged = [one.id for one in items if one.is_flagged]
        if flagged:
            yield f"flagged for review: {', '.join(flagged)}"


def tier_of(category: str) -> str:
    """Return the tier of an assertion's AMP/ASCO/CAP category; empty for III, IV and none.

    >>> tier_of("Tier II - Level C")
    'II-C'
    """
    words = category.replace("_", " ").split()
    if len(words) != 5 or words[0] != "Tier":
        return ""
    tier = f"{words[1]}-{words[4]}"
    return tier if tier in TIERS else ""


def _level_of(item: TierItem) -> str:
    if item.is_assertion:
        return tier_of(item.category)[-1:] or "E"
    return item.level or "E"


def _fits(item: TierItem, origin: CallOrigin) -> bool:
    """Return whether the variants of an item can have the origin of the call."""
    if "Germline" in item.origin:
        return origin == "germline"
    return not (item.origin == "Somatic" and origin == "germline")


def contradicts(item: TierItem, significance: str) -> bool:
    """Return whether an item contradicts a significance: it does not support it, or supports the opposite."""
    if item.direction == "Does Not Support":
        return item.significance == significance
    if item.significance == "N/A":
        return "N/A" in _OPPOSITES[significance]
    return item.direction == "Supports" and item.significance in _OPPOSITES[significance]
