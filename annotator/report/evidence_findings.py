"""Findings from CIViC's evidence: one per therapy, disease and molecular profile, with all evidence for and against it.

Entries of several alleles that are one change (two representations, overlapping records, other bases for the same
protein) and repeated entries are one finding. Substitutes are evaluated one by one, so that evidence on one of them is
combined with evidence on either; those with equal evidence are shown together (`A or B`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from annotator.info import spaced
from annotator.report.model import Carriage, Disease, Evidence, Patient, ReportedAllele, ReportModel
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number
from annotator.sources.civic.choice import MATCH_LEVELS
from annotator.sources.civic.therapies import joined_therapies
from annotator.sources.civic.tier import Regimen, contradicts, regimens, suggested_tiers
from annotator.sources.civic.tier_items import CallOrigin, Effect, Suggestion, TierItem
from annotator.sources.clinvar.classification import read_classification

__all__ = [
    "Finding",
    "effect_of",
    "evidence_findings",
    "label_of",
    "match_of",
    "said_of",
    "tier_lines",
    "tiers_of",
]

_NO_ASSOCIATION = "no association"
_LABELS = {
    ("Predictive", "Sensitivity/Response"): "sensitivity",
    ("Predictive", "Resistance"): "resistance",
    ("Predictive", "Reduced Sensitivity"): "reduced sensitivity",
    ("Predictive", "Adverse Response"): "toxicity",
    ("Prognostic", "Better Outcome"): "better outcome",
    ("Prognostic", "Poor Outcome"): "poor outcome",
    ("Prognostic", "N/A"): _NO_ASSOCIATION,
    ("Diagnostic", "Positive"): "positive",
    ("Diagnostic", "Negative"): "negative",
}
_ORDER = (*_LABELS.values(), *(f"does not support {label}" for label in _LABELS.values()))
_SHOWN_TYPES = frozenset({"Predictive", "Prognostic", "Diagnostic"})
_STRONG = ("A", "B")
_FITTING = ("same", "broader")
_UNRANKED = "~"
_LEVELS = {str(level): place for place, level in enumerate(MATCH_LEVELS)}
_OF_VARIANT = {"CytogeneticRegion": "cytogenetic region", "KnownPartners": "known fusion partners"}


class Finding(NamedTuple):
    """CIViC's evidence on one therapy (or on prognosis, or diagnosis), disease and molecular profile.

    Attributes:
        type: `Predictive`, `Prognostic` or `Diagnostic`.
        effect: statement of the best supporting evidence, as a value of `label_of`; empty if nothing is supported.
        level: level of that evidence, `A` to `E`; for an assertion that of its AMP category. Empty for none.
        therapy: therapies as one text; empty except for predictive findings.
        disease, doid: disease of the entries.
        relation: relation of the disease to the patient's; empty if unknown.
        profile: the molecular profile.
        match: strictest level at which CIViC's variant was matched; `match_of` has that of each allele.
        alleles: indexes of the alleles in the report.
        origin: origin of their calls.
        evidence: the entries, best level first.
        counts: number of entries of level A or B by statement (`label_of`).
        against: entries of an equal or better level that contradict `effect`.
        tiers: suggested tiers.
        notes: further limitations, as clauses.
        applies: whether the zygosity in the profile can be the patient's, as far as known.

    """

    type: str
    effect: str
    level: str
    therapy: str
    disease: str
    doid: str
    relation: str
    profile: str
    match: str
    alleles: tuple[int, ...]
    origin: CallOrigin
    evidence: tuple[Evidence, ...]
    counts: Mapping[str, int]
    against: tuple[Evidence, ...]
    tiers: tuple[Suggestion, ...]
    notes: tuple[str, ...] = ()
    applies: bool = True

    @property
    def is_conflicting(self) -> bool:
        """Whether evidence of an equal or better level contradicts it."""
        return bool(self.against)

    @property
    def is_strong(self) -> bool:
        """Whether it is supported by evidence of level A or B."""
        return self.level in _STRONG and bool(self.effect)

    @property
    def tier(self) -> str:
        """Best tier suggested for its effect; empty for none."""
        return next((one.tier for one in self.tiers if one.tier and said_of(one) == self.effect), "")


class _Key(NamedTuple):
    type: str
    profile: str
    disease: str
    regimen: Regimen
    origin: CallOrigin


def label_of(entry: Evidence) -> str:
    """Return the statement of an entry: `sensitivity`, `does not support sensitivity` and the like; empty for none.

    Evidence that does not support a response is not evidence of resistance, and vice versa.
    """
    words = entry["Significance"].replace("_", " ")
    label = _LABELS.get((entry["EvidenceType"], words), "")
    direction = entry["Direction"].replace("_", " ")
    if not label or direction == "Supports":
        return label
    return label if label == _NO_ASSOCIATION else f"does not support {label}"


def effect_of(entry: Evidence) -> str:
    """Return the statement that an entry supports; empty if there is none, or its publication was retracted."""
    label = label_of(entry)
    return "" if entry.is_retracted or label.startswith("does not") else label


def said_of(suggestion: Suggestion) -> str:
    """Return the effect for which a tier is suggested, as a value of `label_of`."""
    return _LABELS.get((suggestion.type, suggestion.significance), "")


def tier_lines(finding: Finding) -> list[str]:
    """Return the suggested tiers of a finding with their reasons, each once; without any tier, why there is none.

    A tier that is suggested for another effect than the finding's names it.
    """
    lines: dict[str, None] = {}
    for one in finding.tiers:
        if one.tier or not any(other.tier for other in finding.tiers):
            effect = said_of(one)
            of_other = f" for {effect}" if effect != finding.effect else ""
            lines[f"{one.tier or 'no tier'}{of_other}: {one.reason} ({', '.join(one.items)})"] = None
    return list(lines)


def match_of(allele: ReportedAllele, finding: Finding) -> str:
    """Return the strictest level at which an allele was matched for a finding; empty where its entries have none."""
    ids = {entry.id for entry in finding.evidence}
    entries = [
        entry
        for entry in allele.evidence
        if entry.id in ids and spaced(entry["MolecularProfile"]) == finding.profile
    ]
    return min(entries, key=_strictness)["Match"] if entries else ""


def _strictness(entry: Evidence) -> int:
    return _LEVELS.get(entry["Match"], len(_LEVELS))


def tier_item(entry: Evidence, disease: Disease) -> TierItem:
    """Return an entry as input for the tier rules."""
    rating = entry["Rating"]
    words = {
        part: entry[part].replace("_", " ") for part in ("Significance", "Direction", "Disease", "Origin")
    }
    return TierItem(
        entry.id,
        entry["EvidenceType"],
        entry["Level"],
        words["Direction"],
        words["Significance"],
        disease.relation(entry),
        spaced(entry["MolecularProfile"]),
        entry["Match"],
        words["Disease"],
        entry["DOID"],
        tuple(one.replace("_", " ") for one in entry.therapies),
        entry["TherapyInteraction"],
        words["Origin"],
        whole_number(rating),
        entry["Status"] or "accepted",
        entry["Source"],
        entry["AMPCategory"].replace("_", " "),
        entry.is_retracted,
        entry.is_flagged,
    )


def tiers_of(allele: ReportedAllele, disease: Disease) -> tuple[Suggestion, ...]:
    """Return the suggested tiers of an allele; empty without a disease."""
    if not disease or not allele.evidence:
        return ()
    onco = read_classification(allele.values.get("ONC"))
    germline = read_classification(allele.values.get("CLNSIG"))
    effect = Effect(onco.is_oncogenic or germline.is_pathogenic, onco.is_benign or germline.is_benign)
    return suggested_tiers([tier_item(entry, disease) for entry in allele.evidence], effect, allele.origin)


def evidence_findings(report: ReportModel, chosen: Iterable[int]) -> list[Finding]:
    """Return the findings of some alleles, in no particular order.

    Args:
        report: the report.
        chosen: indexes of the alleles.

    """
    groups: dict[_Key, _Group] = {}
    for index in chosen:
        allele = report.alleles[index]
        items = [tier_item(entry, report.disease) for entry in allele.evidence]
        tiers = tiers_of(allele, report.disease) if report.has_tiers else ()
        for entry, item in zip(allele.evidence, items, strict=True):
            if item.type in _SHOWN_TYPES and label_of(entry):
                for regimen in regimens(item, items):
                    key = _Key(item.type, item.profile, item.doid or item.disease, regimen, allele.origin)
                    groups.setdefault(key, _Group(key, report)).add(index, entry, item, tiers)
    return list(_together((group.finding() for group in groups.values()), report))


class _Group:
    """Entries of one finding."""

    def __init__(self, key: _Key, report: ReportModel) -> None:
        self._key = key
        self._report = report
        self._alleles: dict[int, None] = {}
        self._entries: dict[str, tuple[Evidence, TierItem]] = {}
        self._tiers: dict[Suggestion, None] = {}

    def add(self, allele: int, entry: Evidence, item: TierItem, tiers: Iterable[Suggestion]) -> None:
        """Add an entry of an allele; of one that is there already the stricter match counts."""
        self._alleles[allele] = None
        before = self._entries.get(entry.id)
        if before is None or _strictness(entry) < _strictness(before[0]):
            self._entries[entry.id] = (entry, item)
        key = self._key
        for one in tiers:
            of_this = (one.type, one.profile, Regimen(one.therapies, one.interaction))
            if of_this == (key.type, key.profile, key.regimen) and one.disease == item.disease:
                self._tiers[one] = None

    def finding(self) -> Finding:
        """Return the finding."""
        pairs = sorted(self._entries.values(), key=lambda pair: (pair[0].level or _UNRANKED, pair[0].id))
        supporting = [pair for pair in pairs if effect_of(pair[0]) and _fits(pair[1], self._key.origin)]
        # A study that found no association does not state a prognosis, but contradicts one.
        stating = [pair for pair in supporting if effect_of(pair[0]) != _NO_ASSOCIATION]
        first, item = (stating or supporting or pairs)[0]
        effect = effect_of(first) if supporting else ""
        against = _against(pairs, first, item) if supporting else ()
        notes, applies = self._notes(effect, [entry for entry, _ in pairs])
        return Finding(
            item.type,
            effect,
            first.level if supporting else "",
            joined_therapies(*self._key.regimen),
            item.disease,
            item.doid,
            item.relation,
            item.profile,
            item.match,
            tuple(self._report.distinct(self._alleles)),
            self._key.origin,
            tuple(entry for entry, _ in pairs),
            _counted(entry for entry, _ in pairs),
            against,
            tuple(self._tiers),
            notes,
            applies,
        )

    def _notes(self, effect: str, entries: Sequence[Evidence]) -> tuple[tuple[str, ...], bool]:
        notes = []
        applies = True
        if effect == "toxicity":
            alleles = [self._report.alleles[index] for index in self._alleles]
            note, applies = _zygosity_note(alleles, self._report.patients, self._key.profile)
            notes.append(note)
        limits = dict.fromkeys(
            entry["MatchNote"].replace("_", " ") for entry in entries if entry["MatchNote"]
        )
        notes += [f"limitation of the match: {limit}" for limit in limits]
        flagged = [entry.id for entry in entries if entry.is_flagged]
        if flagged:
            notes.append(f"flagged for review: {', '.join(flagged)}")
        for part, title in _OF_VARIANT.items():
            notes += dict.fromkeys(
                f"{title}: {entry.listed(part).replace('_', ' ')}" for entry in entries if entry[part]
            )
        misfits = [
            entry
            for entry in entries
            if effect_of(entry) and not _fits(_origin_only(entry), self._key.origin)
        ]
        if misfits:
            ids = ", ".join(f"{entry.id} ({entry['Origin'].replace('_', ' ')})" for entry in misfits)
            notes.append(f"evidence about variants of another origin: {ids}")
        return tuple(notes), applies


def _origin_only(entry: Evidence) -> TierItem:
    return TierItem("", "", "", "", "", "", "", origin=entry["Origin"].replace("_", " "))


def _fits(item: TierItem, origin: CallOrigin) -> bool:
    """Return whether an entry can apply to a call; a germline entry can, as long as the call's origin is unknown."""
    if "Germline" in item.origin:
        return origin is not CallOrigin.SOMATIC
    return not (item.origin == "Somatic" and origin is CallOrigin.GERMLINE)


def _against(
    pairs: Sequence[tuple[Evidence, TierItem]], best: Evidence, item: TierItem
) -> tuple[Evidence, ...]:
    if item.significance not in {
        "Sensitivity/Response",
        "Resistance",
        "Better Outcome",
        "Poor Outcome",
        "Positive",
    }:
        return ()
    return tuple(
        entry
        for entry, other in pairs
        if not entry.is_retracted
        and contradicts(other, item.significance)
        and (entry.level or _UNRANKED) <= (best.level or _UNRANKED)
    )


def _counted(entries: Iterable[Evidence]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in entries:
        if entry.level in _STRONG and not entry.is_retracted:
            counts[label_of(entry)] = counts.get(label_of(entry), 0) + 1
    return {label: counts[label] for label in _ORDER if label in counts}


def _zygosity_note(
    alleles: Sequence[ReportedAllele], patients: Sequence[Patient], profile: str
) -> tuple[str, bool]:
    """Return a note on the zygosity in the germline, and whether it can be the profile's."""
    found = {
        carriage.zygosity or "unknown"
        for allele in alleles
        for patient in patients
        for carriage in _germline_samples(allele.samples, patient)
        if carriage.state in {"carried", "unknown"}
    } or {"unknown"}
    words = " and ".join(sorted(found))
    if "HOMOZYGO" not in profile.upper():
        return f"zygosity in the germline: {words}", True
    if found & {"homozygous", "hemizygous"}:
        return f"zygosity in the germline: {words}", True
    if found == {"heterozygous"}:
        return "heterozygous carrier; the evidence is about homozygotes", False
    return "zygosity in the germline is unknown; the evidence is about homozygotes", False


def _germline_samples(samples: Mapping[int, Carriage], patient: Patient) -> Iterator[Carriage]:
    """Yield the data of a patient's samples that show the germline: the normals, or else samples of unknown kind."""
    for column in patient.normals or patient.others:
        if column in samples:
            yield samples[column]
    if not patient.normals and not patient.others and any(column in samples for column in patient.tumours):
        yield Carriage("unknown", "")


def _together(findings: Iterable[Finding], report: ReportModel) -> Iterator[Finding]:
    """Merge findings on single therapies that are based on the same entries: `A or B`."""
    joined: dict[object, list[Finding]] = {}
    for one in findings:
        ids = tuple(entry.id for entry in one.evidence)
        joined.setdefault((one.type, one.profile, one.disease, one.doid, one.origin, ids), []).append(one)
    for several in joined.values():
        first = several[0]
        if len(several) > 1:
            therapy = joined_therapies([one.therapy for one in several], "Substitutes")
            tiers = tuple(dict.fromkeys(tier for one in several for tier in one.tiers))
            alleles = tuple(report.distinct(sorted({allele for one in several for allele in one.alleles})))
            first = first._replace(therapy=therapy, tiers=tiers, alleles=alleles)
        yield first
