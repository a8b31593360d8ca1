"""The report as one self-contained HTML page: it includes its style, program and data, and loads nothing.

Every value is inserted by a template with escaping; the page's own program only sets text. A content security policy in
the page allows the browser to run that program, use that style, and load nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator._version import __version__
from annotator.info import spaced
from annotator.report.charts import classification_grid, evidence_grid, genome_strip
from annotator.report.cohort import cohort_of
from annotator.report.evidence_findings import label_of, match_of, tier_lines
from annotator.report.findings import (
    CATEGORIES,
    CLASSES,
    category_of,
    class_of,
    headline_of,
    is_of_impact,
    rank_of,
    stars_of,
)
from annotator.report.json_ import allele_json
from annotator.report.match_legend import matching_levels
from annotator.report.model import Carriage, Evidence, ReportedAllele, ReportModel
from annotator.report.neighbours import neighbours_of
from annotator.report.reported_file import WORDS, CustomField
from annotator.report.sample_states import (
    FEW_SAMPLES,
    LISTED_CARRIERS,
    calls_of,
    carriers_of,
    most_reads,
    with_few_samples,
)
from annotator.report.services import biomarkers_of, clinically_reported, words_of
from annotator.report.structural_findings import structural_hits
from annotator.runtime.text import agreeing, counted
from annotator.sources.clinvar.classification import read_classification
from annotator.sources.registry import KNOWLEDGE_BASES, fields_of, title_of
from annotator.variants.reasons import reason_of

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

__all__ = ["DEFAULT_LIMIT", "page_pieces"]

DEFAULT_LIMIT = 5000
"""Maximum number of alleles on a page: browsers sort and filter this many without a delay."""

_PIECES = 500  # of the template, which are written together
_MOST_DEPTH = 500  # reads at the end of the slider: larger values need no filter
_LISTED = 25  # entries of a list in the headline
_MOST_EXCLUDED = 200  # alleles without a result that are listed of a file
_UNFOLDED = 6  # number of these that are visible at once
_START = 'document.documentElement.classList.add("js");'  # before anything is drawn
_MOST_BASES, _MOST_FIELDS = 3, 4  # of the user's own files, and of their fields, in the table
_AS_WRITTEN: Mapping[str, CustomField] = {}  # a browser would show 1.5e-05 as 0.000015
_MOST_RELEASES = 3  # of a knowledge base that the header lists
_RESIDUE = "clinvar_protein"  # of the same release as ClinVar's
_LONG = 60  # characters of a value that a cell shows
_TEMPLATES = Path(__file__).parent / "templates"
_PUBMED = re.compile(r"PubMed:([0-9]+)(?::retracted)?", re.ASCII)
# Characters that change the direction of writing: shown by name, so that a value cannot be misread as another one.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SERVICE_NAMES = {"cgi": "Cancer Genome Interpreter", "opal": "Opal"}
_ENTITIES = {"evidence": "evidence_items", "assertion": "assertions"}
_RESULT_NAMES = {
    "found": "Found",
    "absent": "Not found",
    "unsupported": "Unsupported",
    "failed": "Failed",
}
_TONES = {
    **dict.fromkeys(("Pathogenic", "Pathogenic or likely", "Likely pathogenic"), "pathogenic"),
    **dict.fromkeys(("Risk allele", "Conflicting", "Uncertain significance"), "uncertain"),
    **dict.fromkeys(("Likely benign", "Benign or likely", "Benign"), "benign"),
}
"""Colours of germline classifications by their group; other groups are grey."""
_CATEGORY_NAMES = {
    "pathogenic": "Pathogenic",
    "oncogenic": "Oncogenic",
    "therapy": "Therapy",
    "uncertain": "Uncertain",
    "benign": "Benign",
    "other": "Other",
}


def page_pieces(report: ReportModel, *, limit: int = DEFAULT_LIMIT) -> Iterator[str]:
    """Yield the HTML page in pieces.

    Args:
        report: the report to show.
        limit: maximum number of alleles in the table; the most important ones, in the order of the report.

    """
    style, program = (_asset("page.css"), _asset("page.js"))
    shown = _chosen(report, limit)
    reads = {number: most_reads(report.alleles[number]) for number in shown}
    stream = (
        _environment()
        .get_template("page.html.jinja")
        .stream(
            report=report,
            headline=headline_of(report),
            cohort=cohort_of(report) if len(report.patients) > 1 else None,
            classification=classification_grid(report),
            evidence=evidence_grid(report),
            strip=genome_strip(report),
            matching_biomarkers=biomarkers_of(report),
            clinical=clinically_reported(report),
            shown=shown,
            reads=reads,
            has_vaf=any(one.vaf is not None for one in reads.values()),
            deepest=min(max((one.depth or 0 for one in reads.values()), default=0), _MOST_DEPTH),
            data=(_page_data(report.alleles[number], report) for number in shown),
            statements=_statements_of(report, shown),
            settings={"relations": _relations_of(report, shown), "saved": _saved(report)},
            own_bases=_own_bases(report),
            **_choices([report.alleles[number] for number in shown]),
            matching_levels=matching_levels(report),
            most_excluded=_MOST_EXCLUDED,
            has_few_samples=len(report.columns) <= FEW_SAMPLES,
            listed_carriers=LISTED_CARRIERS,
            columns=[column.name for column in report.columns],
            zygosity_of=partial(_zygosity_of, *_kinds(report)),
            used_bases=_used_bases(report),
            base_releases=_releases(
                [
                    {
                        one.knowledge_base: one.release
                        for one in file.coverage
                        if one.knowledge_base != _RESIDUE
                    }
                    for file in report.files
                ]
            ),
            service_releases=_releases(
                [{one.name: one.release for one in file.services} for file in report.files]
            ),
            failed=sum(file.failed for file in report.files),
            failed_in=_failed_in(report),
            listed=_LISTED,
            unfolded=_UNFOLDED,
            style=style,
            start=_START,
            program=program,
            style_hash=_hash(style),
            start_hash=_hash(_START),
            program_hash=_hash(program),
            version=__version__,
        )
    )
    stream.enable_buffering(_PIECES)
    yield from stream


def _choices(alleles: Sequence[ReportedAllele]) -> dict[str, list[str]]:
    """Return the values that the filters of the table offer, by the name of the filter."""
    return {
        "genes": sorted({gene for one in alleles for gene in one.genes}),
        "terms": sorted({term for one in alleles for term in one.consequence.split("&") if term}),
        "diseases": sorted(
            {entry["Disease"] for one in alleles for entry in one.evidence if entry["Disease"]}
        ),
    }


def _page_data(allele: ReportedAllele, report: ReportModel) -> dict[str, Any]:
    """Return the data of an allele for the page's program; for a large cohort the first carriers, and counts."""
    if len(report.columns) <= FEW_SAMPLES:
        return allele_json(allele, report.disease, _AS_WRITTEN)
    short, counts = with_few_samples(allele)
    return {**allele_json(short, report.disease, _AS_WRITTEN), "sample_counts": counts}


def _statements_of(report: ReportModel, shown: Sequence[int]) -> dict[str, str]:
    """Return the statements of the evidence of the alleles on the page, each once."""
    ids = (entry.id for number in shown for entry in report.alleles[number].evidence)
    return {id_: report.statements[id_] for id_ in ids if id_ in report.statements}


def _relations_of(report: ReportModel, shown: Sequence[int]) -> dict[str, str]:
    """Return the relations of the diseases on the page to the patient's, by `DOID|name`; empty without a disease."""
    if not report.disease:
        return {}
    entries = (entry for number in shown for entry in report.alleles[number].evidence)
    by_disease = {f"{entry['DOID']}|{entry['Disease']}": entry for entry in entries}
    return {key: report.disease.relation(entry) for key, entry in by_disease.items()}


def _failed_in(report: ReportModel) -> Counter[str]:
    """Return the number of failed lookups in each knowledge base, as far as known."""
    failed = Counter[str]()
    for source in (source for file in report.files for source in file.coverage):
        failed[source.knowledge_base] += source.answers["failed"] or 0
    return failed


def _saved(report: ReportModel) -> list[str]:
    """Return the INFO fields that the CSV file of the page has beside those that it always has."""
    residue = fields_of(_RESIDUE) if _RESIDUE in report.knowledge_bases else ()
    return [*(field.id for field in residue), *report.custom_fields]


def _own_bases(report: ReportModel) -> list[tuple[str, list[tuple[str, str]], str]]:
    """Return the user's own files that have a column in the table.

    Each is the name of the file, the ids and keys of its first fields, and the id of its first frequency or an empty
    text.
    """
    bases = dict.fromkeys(one.base for one in report.custom_fields.values())
    found = []
    for base in list(bases)[:_MOST_BASES]:
        fields = [(id_, one.key) for id_, one in report.custom_fields.items() if one.base == base]
        frequency = next((id_ for id_, _ in fields if id_ in report.frequency_fields), "")
        found.append((base, fields[:_MOST_FIELDS], frequency))
    return found


def _releases(files: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the releases of all files by the name of the knowledge base or service, as text.

    Args:
        files: releases of each file, by name.

    """
    found: dict[str, Counter[str]] = {}
    for one in files:
        for name, release in one.items():
            found.setdefault(name, Counter())[release] += 1
    texts = {}
    for name, numbers in found.items():
        used = numbers.total()
        parts = [
            release if len(numbers) == 1 else f"{release} ({counted(number, 'file')})"
            for release, number in sorted(numbers.items())
        ]
        shown = ", ".join(parts) if len(parts) <= _MOST_RELEASES else f"{len(parts)} different releases"
        texts[name] = shown if used == len(files) else f"{shown} ({used:,} of {counted(len(files), 'file')})"
    return texts


def _used_bases(report: ReportModel) -> set[str]:
    """Return the knowledge bases that were used; for the others, nothing was found because no lookup was made."""
    return {
        source.knowledge_base
        for file in report.files
        for source in file.coverage
        if source.answers["found"] is not None
    }


def _chosen(report: ReportModel, limit: int) -> list[int]:
    numbers = range(len(report.alleles))
    if len(numbers) <= limit:
        return list(numbers)
    ranked = sorted(
        numbers,
        key=lambda number: (
            not report.alleles[number].is_carried,
            rank_of(report.alleles[number], report.disease),
        ),
    )
    return sorted(ranked[:limit])


def _asset(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": True, "separators": (",", ":")}
    environment.filters.update(
        words=_words,
        breakable=_breakable,
        short=_short,
        visible=_visible,
        count=_count,
        category=category_of,
        group=class_of,
    )
    environment.globals.update(
        stars_of=stars_of,
        clinvar_link=_clinvar_link,
        civic_link=_civic_link,
        pubmed_link=_pubmed_link,
        name_of=_name_of,
        neighbours_of=neighbours_of,
        is_of_impact=is_of_impact,
        oncogenicity_tone=_oncogenicity_tone,
        tone_of=_tone_of,
        level_of=_level_of,
        words_of=words_of,
        label_of=label_of,
        match_of=match_of,
        carriers_of=carriers_of,
        calls_of=calls_of,
        tier_lines=tier_lines,
        reason_of=reason_of,
        said_of=_said_of,
        vaf_of=_vaf_of,
        agreeing=agreeing,
        categories=CATEGORIES,
        category_names=_CATEGORY_NAMES,
        classes=CLASSES,
        counted=counted,
        result_names=_RESULT_NAMES,
        tones=_TONES,
        words=WORDS,
        structural_hits=structural_hits,
        variation_link=_variation_link,
        service_names=_SERVICE_NAMES,
        base_names={name: title_of(name) for name in KNOWLEDGE_BASES},
    )
    return environment


def _visible(text: str) -> str:
    """Return a text with control and direction characters replaced by their names."""
    if text.isascii() and text.isprintable():
        return text
    named = _DIRECTION.sub(lambda found: f"\u2039U+{ord(found[0]):04X}\u203a", text)
    return _CONTROL.sub("\ufffd", named)


@lru_cache(maxsize=1 << 12)
def _words(text: str) -> str:
    """Return a knowledge base's text for people: spaces for `_`, and `; ` between values."""
    return _visible(spaced(text).replace("|", "; "))


@lru_cache(maxsize=1 << 12)
def _breakable(text: str) -> Markup:
    """Return a text as HTML that may be broken after a slash, so that no word has to be."""
    from markupsafe import Markup, escape

    return escape(text).replace("/", Markup("/<wbr>"))


def _kinds(report: ReportModel) -> tuple[frozenset[int], frozenset[int]]:
    """Return the columns of tumour samples and of normal samples."""
    tumours = frozenset(column for patient in report.patients for column in patient.tumours)
    return tumours, frozenset(column for patient in report.patients for column in patient.normals)


def _zygosity_of(tumours: frozenset[int], normals: frozenset[int], column: int, one: Carriage) -> str:
    """Return the zygosity of an allele in a normal sample, and the genotype in a sample of unknown kind.

    A genotype of a tumour sample shows no zygosity: callers of somatic variants write `0/1` for every allele.
    """
    if column in tumours or not one.genotype:
        return ""
    return one.zygosity if column in normals and one.zygosity else f"GT {_visible(one.genotype)}"


def _short(text: str, length: int = _LONG) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}\u2026"


def _count(number: int | None) -> str:
    return "unknown" if number is None else f"{number:,}"


def _said_of(status: str) -> str:
    """Return ANNSTATUS in words: `ClinVar: failed, CIViC: failed`."""
    pairs = (one.partition(":") for one in status.split("&"))
    return ", ".join(
        f"{title_of(base) if base in KNOWLEDGE_BASES else base}: {word}" for base, _, word in pairs
    )


def _vaf_of(one: Carriage) -> str:
    """Return the allele fraction of a sample as ` 37.0 %`; empty where it is not known."""
    return "" if one.counts.vaf is None else f" {100 * one.counts.vaf:.1f}\u00a0%"


def _name_of(allele: ReportedAllele) -> str:
    """Return the name of an allele: gene and change, or its position."""
    return _visible(allele.name)


def _level_of(allele: ReportedAllele) -> str:
    """Return the best level of CIViC's evidence and assertions, `A` to `E`; empty without any."""
    levels = [entry.level for entry in allele.evidence if entry.level and not entry.is_retracted]
    level = min(levels, default=allele.values.get("CIVIC_LEVEL", ""))
    return level if level in {"A", "B", "C", "D", "E"} else ""


def _clinvar_link(allele: ReportedAllele) -> str:
    """Return the address of ClinVar's page of an allele; empty without its record."""
    return _variation_link(allele.values.get("CLNVID", ""))


def _tone_of(classification: str) -> str:
    """Return the colour of a germline classification."""
    return _TONES.get(read_classification(classification).group, "other")


def _oncogenicity_tone(classification: str) -> str:
    """Return the colour of a classification of oncogenicity."""
    read = read_classification(classification)
    if read.is_oncogenic:
        return "oncogenic"
    return "benign" if read.is_benign else "uncertain" if "ncertain" in classification else "other"


def _variation_link(number: str) -> str:
    """Return the address of a VariationID's page in ClinVar; empty unless it is a number."""
    is_number = number.isascii() and number.isdigit()
    return f"https://www.ncbi.nlm.nih.gov/clinvar/variation/{number}/" if is_number else ""


def _civic_link(entry: Evidence) -> str:
    """Return the address of CIViC's page for an entry, made from its number, because a file may contain any address."""
    number, kind = entry["EntityID"], _ENTITIES.get(entry["EntityType"], "")
    is_number = number.isascii() and number.isdigit()
    return f"https://civicdb.org/links/{kind}/{number}" if kind and is_number else ""


def _pubmed_link(entry: Evidence) -> str:
    """Return the address of the publication in PubMed; empty if it has none."""
    found = _PUBMED.fullmatch(entry["Source"])
    return "" if found is None else f"https://pubmed.ncbi.nlm.nih.gov/{found[1]}/"
