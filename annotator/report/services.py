"""Short summaries of services' results for alleles, for the page's headline and table.

The Cancer Genome Interpreter's fields are CGI and CGI_DRUG, Opal's OPAL_STATUS and OPAL_REPORT. Results of other
services are counted, and shown in full in an allele's details.
"""

from __future__ import annotations

from collections.abc import Mapping

from annotator.report.model import ReportedAllele, ReportModel
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import counted
from annotator.sources.civic.tier_items import CallOrigin

__all__ = ["BiomarkerRow", "ClinicallyReported", "Word", "biomarkers_of", "clinically_reported", "words_of"]

_CGI, _CGI_DRUG = "CGI", "CGI_DRUG"
_OPAL_STATUS, _OPAL_REPORT = "OPAL_STATUS", "OPAL_REPORT"
_RESISTANT = "resistan"  # Resistant, Resistance, increased resistance


class BiomarkerRow(NamedTuple):
    """A matching biomarker of CGI: it matches the sample's tumour type and all parts of the biomarker.

    Attributes:
        allele: index in the report.
        drugs, diseases, response, evidence, biomarker, source: as in CGI's result.
        is_resistance: whether the response is a resistance.

    """

    allele: int
    drugs: str
    diseases: str
    response: str
    evidence: str
    biomarker: str
    source: str
    is_resistance: bool


class ClinicallyReported(NamedTuple):
    """An allele of Opal's clinical report: its index, its status, and its kind of finding."""

    allele: int
    status: str
    to_report: str


class Word(NamedTuple):
    """A short label with a service's result for an allele, and its colour."""

    text: str
    kind: str


def biomarkers_of(report: ReportModel) -> tuple[tuple[BiomarkerRow, ...], int]:
    """Return the matching biomarkers of carried alleles, in the order of the report.

    As in the other key findings, calls that failed a filter, or that only a normal sample has, are left out: the number
    of their biomarkers is the second value.
    """
    rows = [
        _biomarker(number, entry)
        for number in report.distinct(
            number
            for number, allele in enumerate(report.alleles)
            if allele.is_carried and _CGI_DRUG in allele.joined
        )
        for entry in report.alleles[number].joined[_CGI_DRUG]
        if entry.get("Matched") == "yes"
    ]
    kept = tuple(row for row in rows if _counts(report.alleles[row.allele]))
    return kept, len(rows) - len(kept)


def _counts(allele: ReportedAllele) -> bool:
    return allele.passes and allele.origin is not CallOrigin.NORMAL_ONLY


def _biomarker(number: int, entry: Mapping[str, str]) -> BiomarkerRow:
    response = entry.get("Response", "")
    return BiomarkerRow(
        number,
        entry.get("Drugs", ""),
        entry.get("Diseases", ""),
        response,
        entry.get("Evidence", ""),
        entry.get("Biomarker", ""),
        entry.get("Source", ""),
        _RESISTANT in response.lower(),
    )


def clinically_reported(report: ReportModel) -> tuple[ClinicallyReported, ...]:
    """Return the carried alleles of Opal's clinical report, those marked for reporting first."""
    numbers = report.distinct(
        number
        for number, allele in enumerate(report.alleles)
        if allele.is_carried and (_OPAL_STATUS in allele.values or _OPAL_REPORT in allele.values)
    )
    values = [(number, report.alleles[number].values) for number in numbers]
    found = [
        ClinicallyReported(number, one.get(_OPAL_STATUS, ""), one.get(_OPAL_REPORT, ""))
        for number, one in values
    ]
    return tuple(sorted(found, key=lambda one: (not one.to_report, one.allele)))


def words_of(allele: ReportedAllele, report: ReportModel) -> list[Word]:
    """Return short labels with the services' results for an allele."""
    words = []
    for service in (one for file in report.files for one in file.services):
        for field in service.fields:
            if field.parts and field.id in allele.joined:
                words += _of_entries(field.id, allele)
            elif not field.parts and field.id in allele.values:
                words.append(Word(f"{field.id.replace('_', ' ')}: {allele.values[field.id]}", "other"))
    return list(dict.fromkeys(words))


def _of_entries(id_: str, allele: ReportedAllele) -> list[Word]:
    entries = allele.joined[id_]
    if id_ == _CGI:
        summaries = dict.fromkeys(
            entry.get("OncogenicSummary") or entry.get("Status", "") for entry in entries
        )
        return [
            Word(f"CGI: {summary}", "oncogenic" if summary.startswith("oncogenic") else "other")
            for summary in summaries
            if summary
        ]
    if id_ == _CGI_DRUG:
        matched = sum(entry.get("Matched") == "yes" for entry in entries)
        return [
            Word(
                f"CGI: {counted(len(entries), 'biomarker')}, {matched} matched",
                "therapy" if matched else "other",
            )
        ]
    return [Word(f"{id_}: {len(entries)}", "other")]
