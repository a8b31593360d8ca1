"""Key findings: rules that select, rank and group alleles and evidence.

The rules are few and written out, because somebody will act on their result:

    pathogenic    a part of CLNSIG is Pathogenic or Likely_pathogenic (low penetrance too); a conflict is not
    oncogenic     a part of ONC is Oncogenic or Likely_oncogenic; a conflict is not
    impact        SCI is of tier I or II
    conflicting   CLNSIG is a conflict, and CLNSIGCONF has a submission that is pathogenic, likely pathogenic or a risk
                  allele
    neighbours    ClinVar has a pathogenic or likely pathogenic missense record at the same residue (CLN_SAME_AA,
                  CLN_SAME_RESIDUE), and the allele itself is neither
    haplotypes    CLNSIGINCL has a pathogenic or likely pathogenic haplotype, and the allele alone is not pathogenic
    structural    CLNSV has a pathogenic or likely pathogenic record of about the allele's range, or within it
    findings      evidence of level A or B (for an assertion, the level of its AMP category) that is supporting, is
                  not retracted, and is of the patient's disease or a broader one, if a disease is given. Sensitivity/
                  Response is sensitivity, Resistance is resistance; evidence against a response is neither.
                  Findings that evidence of an equal or better level contradicts are listed separately.

Only calls that passed every filter are included; calls that failed one are listed separately (`filtered`), and so are
calls in the normal sample alone (`normal_only`). An allele that no sample carries by its genotypes is omitted, and
counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from annotator.report.evidence_findings import Finding, effect_of, evidence_findings, label_of
from annotator.report.model import Disease, Evidence, ReportedAllele, ReportModel
from annotator.report.neighbours import best_neighbour
from annotator.report.structural_findings import is_structural_finding
from annotator.runtime.named_tuple import NamedTuple
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
    "has_therapy",
    "headline_of",
    "is_of_disease",
    "is_of_impact",
    "is_oncogenic",
    "is_pathogenic",
    "rank_of",
    "stars_of",
]

CATEGORIES = ("pathogenic", "oncogenic", "therapy", "uncertain", "benign", "other")
"""Categories of alleles, most important first; each allele has one."""

ANY_DISEASE = Disease()
_THERAPY = frozenset({"sensitivity", "resistance", "reduced sensitivity"})
_STRONG = frozenset({"A", "B"})
_FITTING = frozenset({"same", "broader"})
_LAST = "~"


class Aside(NamedTuple):
    """Key findings that failed a filter, or that only a normal sample carries.

    Attributes:
        alleles: indexes of alleles classified by ClinVar as pathogenic or oncogenic, or in tier I or II, and of
            structural findings.
        findings: findings from CIViC's evidence.

    """

    alleles: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()


class Headline(NamedTuple):
    """Key findings.

    Attributes:
        pathogenic, oncogenic, impact, conflicting, haplotypes: indexes of alleles in the report; those with more stars
            first.
        structural: indexes of deletions, duplications and copy numbers, in the order of the report.
        neighbours: indexes of alleles with a pathogenic ClinVar record at the same residue; those with the same
            protein change first.
        sensitivity, resistance, reduced, toxicity, prognostic, diagnostic: findings by their statement; those with
            better tiers and levels first.
        disputed: findings contradicted by evidence of an equal or better level.
        filtered: calls that failed a filter.
        normal_only: calls in a normal sample only.
        not_carried: number of alleles omitted because no sample carries them.
        retracted: number of entries omitted because of a retracted publication.
        other_diseases: number of entries omitted because they are about diseases other than the patient's.

    """

    pathogenic: tuple[int, ...]
    oncogenic: tuple[int, ...]
    impact: tuple[int, ...]
    conflicting: tuple[int, ...]
    haplotypes: tuple[int, ...]
    structural: tuple[int, ...]
    neighbours: tuple[int, ...]
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
    """Return whether ClinVar classifies an allele as pathogenic or likely pathogenic."""
    return germline_class(allele).is_pathogenic


def is_oncogenic(allele: ReportedAllele) -> bool:
    """Return whether ClinVar classifies an allele as oncogenic or likely oncogenic."""
    return read_classification(allele.values.get("ONC")).is_oncogenic


def is_of_impact(allele: ReportedAllele) -> bool:
    """Return whether ClinVar classifies an allele in tier I or II."""
    return read_classification(allele.values.get("SCI")).tier in {"I", "II"}


def harmful_submissions(allele: ReportedAllele) -> dict[str, int]:
    """Return the numbers of submissions to a conflicting germline classification, if one of them is harmful."""
    found = submissions(allele.values.get("CLNSIGCONF")) if germline_class(allele).is_conflicting else {}
    return found if any(read_classification(word).is_harmful for word in found) else {}


def has_pathogenic_haplotype(allele: ReportedAllele) -> bool:
    """Return whether a haplotype with the allele is pathogenic or likely pathogenic, and the allele alone is not."""
    included = (one.partition(":")[2] for one in allele.values.get("CLNSIGINCL", "").split("|"))
    return not is_pathogenic(allele) and any(read_classification(one).is_pathogenic for one in included)


def class_of(allele: ReportedAllele) -> str:
    """Return the group in `CLASSES` of a germline classification; empty if there is none."""
    return germline_class(allele).group


def stars_of(allele: ReportedAllele, field: str = "CLNSTARS") -> int | None:
    """Return the stars of a review status, 0 to 4; None without one."""
    value = allele.values.get(field, "")
    return int(value) if value in {"0", "1", "2", "3", "4"} else None


def is_of_disease(entry: Evidence, disease: Disease) -> bool:
    """Return whether an entry is about the patient's disease or a broader one; True if no disease is given."""
    return not disease or disease.relation(entry) in _FITTING


def has_therapy(allele: ReportedAllele, disease: Disease = ANY_DISEASE) -> bool:
    """Return whether evidence of level A or B on a therapy exists for the disease or a broader one."""
    return any(
        effect_of(entry) in _THERAPY and entry.level in _STRONG and is_of_disease(entry, disease)
        for entry in allele.evidence
    )


def category_of(allele: ReportedAllele, disease: Disease = ANY_DISEASE) -> str:
    """Return the category that an allele is shown in: one of `CATEGORIES`."""
    values = allele.values
    category = _category(*map(values.get, ("CLNSIG", "CLNSIGCONF", "ONC", "SCI")))
    if category not in {"pathogenic", "oncogenic"} and has_therapy(allele, disease):
        return "therapy"
    return category


@lru_cache(1 << 12)  # there are few distinct values, and every view needs each many times
def _category(
    germline: str | None, conflicting: str | None, oncogenic: str | None, impact: str | None
) -> str:
    """Return the category of classifications."""
    classification = read_classification(germline, conflicting)
    if classification.is_pathogenic:
        return "pathogenic"
    if read_classification(oncogenic).is_oncogenic or read_classification(impact).tier in {"I", "II"}:
        return "oncogenic"
    group = classification.group
    if group in {"Risk allele", "Uncertain significance", "Conflicting"}:
        return "uncertain"
    return "benign" if group in {"Likely benign", "Benign or likely", "Benign"} else "other"


def rank_of(allele: ReportedAllele, disease: Disease = ANY_DISEASE) -> tuple[int, int, int]:
    """Return the sort key: more important first; within a category by stars, then by the number of evidence entries."""
    stars = max(stars_of(allele) or 0, stars_of(allele, "ONCSTARS") or 0)
    return CATEGORIES.index(category_of(allele, disease)), -stars, -len(allele.evidence)


def headline_of(report: ReportModel) -> Headline:
    """Return the key findings of a report."""
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
    prognostic = [one for one in plain if one.type == "Prognostic"]
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
        tuple(index for index in report.distinct(counted) if is_structural_finding(report.alleles[index])),
        _with_neighbours(report, counted),
        by_effect["sensitivity"],
        by_effect["resistance"],
        by_effect["reduced sensitivity"],
        by_effect["toxicity"],
        tuple(sorted(prognostic, key=lambda one: one.effect == "no association")),
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
            or is_structural_finding(report.alleles[index])
        ),
        tuple(one for one in findings if (one.type, one.therapy, one.disease, one.profile) not in shown),
    )


def _with_neighbours(report: ReportModel, alleles: Iterable[int]) -> tuple[int, ...]:
    """Return the alleles that only other records at their residue show to be of interest, the closest first."""
    chosen = [
        (place, index)
        for index in report.distinct(alleles)
        if (place := best_neighbour(report.alleles[index])) and not is_pathogenic(report.alleles[index])
    ]
    return tuple(index for _, index in sorted(chosen))


def _by_stars(
    report: ReportModel, alleles: Iterable[int], is_one: Callable[[ReportedAllele], bool], field: str
) -> tuple[int, ...]:
    """Return the alleles of a kind, more stars first; if several records describe one allele, the first record."""
    chosen: dict[object, tuple[int, int]] = {}
    for index in alleles:
        allele = report.alleles[index]
        if is_one(allele):
            key = allele.values.get("CLNVID") or report.identities[index]
            chosen.setdefault(key, (-(stars_of(allele, field) or 0), index))
    return tuple(index for _, index in sorted(chosen.values()))
