"""Key findings: rules that pick, rank and group alleles and evidence.

The rules are few and written out, because somebody will act on what they pick:

    pathogenic    a part of CLNSIG is Pathogenic or Likely_pathogenic (low penetrance too); a conflict is not
    oncogenic     a part of ONC is Oncogenic or Likely_oncogenic; a conflict is not
    impact        SCI is of tier I or II
    conflicting   CLNSIG is a conflict, and CLNSIGCONF has a submission that is pathogenic, likely pathogenic or a risk
                  allele
    haplotypes    CLNSIGINCL has a pathogenic or likely pathogenic haplotype, and the allele alone is not pathogenic
    findings      evidence of level A or B (of an assertion, the level of its AMP category) that supports something, is
                  not retracted, and is of the patient's disease or a broader one, if a disease is given. Sensitivity/
                  Response is sensitivity, Resistance is resistance; what does not support a response is neither.
                  Findings that evidence of an equal or better level contradicts stand apart.

Only calls that passed every filter count; those that failed one stand apart (`filtered`), and so do calls in the normal
sample alone (`normal_only`). An allele that no sample carries by its genotypes is left out, and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from annotator.report.evidence_findings import Finding, effect_of, evidence_findings, label_of
from annotator.report.model import Disease, Evidence, ReportedAllele, ReportModel
from annotator.sources.civic.tier import TIERS
from annotator.sources.civic.tier_items import CallOrigin
from annotator.sources.clinvar.classification import (
    CLASSES,
    Classification,
    read_classification,
    submissions,
)

__all__ = [
    "ANY_DISEASE",
    "CATEGORIES",
    "CLASSES",
    "Aside",
    "Headline",
    "category_of",
    "class_of",
    "harmful_submissions",
    "headline_of",
    "is_of_disease",
    "is_of_impact",
    "is_oncogenic",
    "is_pathogenic",
    "rank_of",
    "stars_of",
]

CATEGORIES = ("pathogenic", "oncogenic", "therapy", "uncertain", "benign", "other")
"""What an allele is shown as, most important first: each allele is of one."""

ANY_DISEASE = Disease()
_THERAPY = frozenset({"sensitivity", "resistance", "reduced sensitivity"})
_STRONG = frozenset({"A", "B"})
_FITTING = frozenset({"same", "broader"})
_LAST = "~"


class Aside(NamedTuple):
    """What would be a key finding, but for its filter, or because only a normal sample carries it.

    Attributes:
        alleles: indexes of alleles that ClinVar calls pathogenic, oncogenic, or of tier I or II.
        findings: of CIViC's evidence.

    """

    alleles: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()


class Headline(NamedTuple):
    """Key findings.

    Attributes:
        pathogenic, oncogenic, impact, conflicting, haplotypes: indexes of alleles in the report; more stars first.
        sensitivity, resistance, reduced, toxicity, prognostic, diagnostic: findings by what they support; better tiers
            and levels first.
        disputed: findings that evidence of an equal or better level contradicts.
        filtered: calls that failed a filter.
        normal_only: calls in a normal sample alone.
        not_carried: alleles that would stand here, but that no sample carries.
        retracted: entries that would, but rest on a retracted publication.
        other_diseases: entries that would, but are of other diseases than the patient's.

    """

    pathogenic: tuple[int, ...]
    oncogenic: tuple[int, ...]
    impact: tuple[int, ...]
    conflicting: tuple[int, ...]
    haplotypes: tuple[int, ...]
    sensitivity: tuple[Finding, ...]
    resistance: tuple[Finding, ...]
    reduced: tuple[Finding, ...]
    toxicity: tuple[Finding, ...]
    prognostic: tuple[Finding, ...]
    diagnostic: tuple[Finding, ...]
    disputed: tuple[Finding, ...]
    filtered: Aside
    normal_only: Aside
    not_carried: int
    retracted: int
    other_diseases: int


def germline_class(allele: ReportedAllele) -> Classification:
    """Return an allele's germline classification."""
    return read_classification(allele.values.get("CLNSIG"), allele.values.get("CLNSIGCONF"))


def is_pathogenic(allele: ReportedAllele) -> bool:
    """Return whether ClinVar calls it pathogenic or likely so."""
    return germline_class(allele).is_pathogenic


def is_oncogenic(allele: ReportedAllele) -> bool:
    """Return whether ClinVar calls it oncogenic or likely so."""
    return read_classification(allele.values.get("ONC")).is_oncogenic


def is_of_impact(allele: ReportedAllele) -> bool:
    """Return whether ClinVar has it in tier I or II."""
    return read_classification(allele.values.get("SCI")).tier in {"I", "II"}


def harmful_submissions(allele: ReportedAllele) -> dict[str, int]:
    """Return the numbers of submissions to a conflicting germline classification, if a harmful one is among them."""
    found = submissions(allele.values.get("CLNSIGCONF")) if germline_class(allele).is_conflicting else {}
    return found if any(read_classification(word).is_harmful for word in found) else {}


def has_pathogenic_haplotype(allele: ReportedAllele) -> bool:
    """Return whether a haplotype with it is pathogenic or likely so, and it alone is not."""
    included = (one.partition(":")[2] for one in allele.values.get("CLNSIGINCL", "").split("|"))
    return not is_pathogenic(allele) and any(read_classification(one).is_pathogenic for one in included)


def class_of(allele: ReportedAllele) -> str:
    """Group of `CLASSES` of a germline classification; empty where there is none."""
    return germline_class(allele).group


def stars_of(allele: ReportedAllele, field: str = "CLNSTARS") -> int | None:
    """Stars of a review status, 0 to 4; None without one."""
    value = allele.values.get(field, "")
    return int(value) if value in {"0", "1", "2", "3", "4"} else None


def is_of_disease(entry: Evidence, disease: Disease) -> bool:
    """Return whether an entry is about the patient's disease or a broader one; any is, where no disease is given."""
    return not disease or disease.relation(entry) in _FITTING


def category_of(allele: ReportedAllele, disease: Disease = ANY_DISEASE) -> str:
    """Return the category that an allele is shown in: one of `CATEGORIES`."""
    if is_pathogenic(allele):
        return "pathogenic"
    if is_oncogenic(allele) or is_of_impact(allele):
        return "oncogenic"
    if any(
        effect_of(entry) in _THERAPY and entry.level in _STRONG and is_of_disease(entry, disease)
        for entry in allele.evidence
    ):
        return "therapy"
    group = class_of(allele)
    if group in {"Risk allele", "Uncertain significance", "Conflicting"}:
        return "uncertain"
    return "benign" if group in {"Likely benign", "Benign or likely", "Benign"} else "other"


def rank_of(allele: ReportedAllele, disease: Disease = ANY_DISEASE) -> tuple[int, int, int]:
    """Sort key: more important first; equal categories by stars, then by the number of evidence entries."""
    stars = max(stars_of(allele) or 0, stars_of(allele, "ONCSTARS") or 0)
    return CATEGORIES.index(category_of(allele, disease)), -stars, -len(allele.evidence)


def headline_of(report: ReportModel) -> Headline:
    """Pick what matters."""
    carried = [index for index, allele in enumerate(report.alleles) if allele.is_carried]
    normal = {index for index in carried if report.alleles[index].origin is CallOrigin.NORMAL_ONLY}
    filtered = [index for index in carried if index not in normal and not report.alleles[index].passes]
    counted = [index for index in carried if index not in normal and report.alleles[index].passes]
    listed = {report.identities[index] for index in counted}
    filtered = [index for index in filtered if report.identities[index] not in listed]
    listed = {report.identities[index] for index in carried}
    findings = _strong(evidence_findings(report, counted), report.disease)
    plain = [one for one in findings if not one.is_conflicting]
    by_effect = {
        effect: tuple(one for one in plain if one.type == "Predictive" and one.effect == effect)
        for effect in (*_THERAPY, "toxicity")
    }
    shown = {(one.type, one.therapy, one.disease, one.profile) for one in findings}
    therapies = [
        entry
        for index in counted
        for entry in report.alleles[index].evidence
        if label_of(entry) in _THERAPY and entry.level in _STRONG
    ]
    return Headline(
        _by_stars(report, counted, is_pathogenic, "CLNSTARS"),
        _by_stars(report, counted, is_oncogenic, "ONCSTARS"),
        _by_stars(report, counted, is_of_impact, "SCISTARS"),
        _by_stars(report, counted, lambda allele: bool(harmful_submissions(allele)), "CLNSTARS"),
        _by_stars(report, counted, has_pathogenic_haplotype, "CLNSTARS"),
        by_effect["sensitivity"],
        by_effect["resistance"],
        by_effect["reduced sensitivity"],
        by_effect["toxicity"],
        tuple(one for one in plain if one.type == "Prognostic"),
        tuple(one for one in plain if one.type == "Diagnostic" and one.effect == "positive"),
        tuple(one for one in findings if one.is_conflicting),
        _aside(report, filtered, shown),
        _aside(report, sorted(normal), set()),
        len(
            report.distinct(
                index
                for index, allele in enumerate(report.alleles)
                if report.identities[index] not in listed
                and category_of(allele, report.disease) in {"pathogenic", "oncogenic", "therapy"}
            )
        ),
        len({entry.id for entry in therapies if entry.is_retracted}),
        len(
            {
                entry.id
                for entry in therapies
                if not entry.is_retracted and not is_of_disease(entry, report.disease)
            }
        ),
    )


def _strong(findings: Iterable[Finding], disease: Disease) -> list[Finding]:
    """Return the findings of level A or B for the patient's disease, best first."""
    chosen = [one for one in findings if one.is_strong and (not disease or one.relation in _FITTING)]
    return sorted(chosen, key=_place)


def _place(finding: Finding) -> tuple[int, str, str, str, str]:
    tier = TIERS.index(finding.tier) if finding.tier else len(TIERS)
    return tier, finding.level or _LAST, finding.therapy, finding.disease, finding.profile


def _aside(report: ReportModel, alleles: Sequence[int], shown: set[tuple[str, str, str, str]]) -> Aside:
    findings = _strong(evidence_findings(report, alleles), report.disease)
    return Aside(
        tuple(
            index
            for index in report.distinct(alleles)
            if is_pathogenic(report.alleles[index])
            or is_oncogenic(report.alleles[index])
            or is_of_impact(report.alleles[index])
        ),
        tuple(one for one in findings if (one.type, one.therapy, one.disease, one.profile) not in shown),
    )


def _by_stars(
    report: ReportModel, alleles: Iterable[int], is_one: Callable[[ReportedAllele], bool], field: str
) -> tuple[int, ...]:
    """Return the alleles that are of a kind, more stars first; of one that several records spell the first."""
    chosen: dict[object, tuple[int, int]] = {}
    for index in alleles:
        allele = report.alleles[index]
        if is_one(allele):
            key = allele.values.get("CLNVID") or report.identities[index]
            chosen.setdefault(key, (-(stars_of(allele, field) or 0), index))
    return tuple(index for _, index in sorted(chosen.values()))
