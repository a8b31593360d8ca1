"""The report as MultiQC custom content: a table with one row per file (https://docs.seqera.io/multiqc/custom_content).

MultiQC finds such a file by its name, which must end in `_mqc.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from annotator.report.findings import is_oncogenic, is_pathogenic
from annotator.report.model import ReportedAllele, ReportModel
from annotator.report.reported_file import ReportedFile
from annotator.sources.civic.tier_items import CallOrigin

__all__ = ["MULTIQC_SUFFIX", "multiqc_text"]

MULTIQC_SUFFIX = "_mqc.json"

_SUFFIXES = (".vcf.gz", ".vcf.bgz", ".bcf.gz", ".vcf", ".bcf")
_COUNT = {"format": "{:,.0f}", "min": 0}
_HEADERS: dict[str, dict[str, Any]] = {
    "records": {"title": "Records", "description": "Records of the file", "scale": "Greys", "hidden": True},
    "alleles": {"title": "Alleles", "description": "ALTs of the file", "scale": "Blues"},
    "clinvar_found": {"title": "In ClinVar", "description": "Alleles found in ClinVar", "scale": "Greens"},
    "pathogenic": {
        "title": "P/LP",
        "description": "Called alleles (PASS only) classified as pathogenic or likely pathogenic in ClinVar",
        "scale": "Reds",
    },
    "oncogenic": {
        "title": "Oncogenic",
        "description": "Called alleles (PASS only) classified as oncogenic or likely oncogenic in ClinVar",
        "scale": "Purples",
    },
    "civic_found": {"title": "In CIViC", "description": "Alleles found in CIViC", "scale": "Greens"},
    "civic_best": {
        "title": "CIViC A/B",
        "description": "Called alleles (PASS only) with CIViC evidence of level A or B",
        "scale": "Oranges",
    },
    "failed": {
        "title": "Failed lookups",
        "description": "Alleles whose lookup failed; this does not mean that they were not found",
        "scale": "Reds",
    },
}


def multiqc_text(report: ReportModel) -> str:
    """Return the MultiQC file's text; unknown values are left out."""
    document = {
        "id": "annotator",
        "section_name": "Variant annotation",
        "description": "Alleles found in ClinVar and CIViC by annotator.",
        "plot_type": "table",
        "pconfig": {"id": "annotator_table", "title": "annotator: annotated alleles", "col1_header": "File"},
        "headers": {key: {**_COUNT, **header} for key, header in _HEADERS.items()},
        "data": {
            name: {key: value for key, value in _row(report, number).items() if value is not None}
            for number, name in enumerate(_names(report.files))
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def _names(files: tuple[ReportedFile, ...]) -> list[str]:
    """Return the names of the files without their suffixes, made unique."""
    names: list[str] = []
    for file in files:
        suffix = next((one for one in _SUFFIXES if file.name.lower().endswith(one)), "")
        name = file.name[: len(file.name) - len(suffix)] or file.name
        names.append(name if name not in names else f"{name} ({len(names) + 1})")
    return names


def _row(report: ReportModel, place: int) -> dict[str, int | None]:
    file = report.files[place]
    columns = {index for index, column in enumerate(report.columns) if column.file == place}
    called = [
        index
        for index, allele in enumerate(report.alleles)
        if allele.origin is not CallOrigin.NORMAL_ONLY
        and any(
            column in columns and one.state in {"carried", "unknown"} and not one.filter
            for column, one in allele.samples.items()
        )
    ]

    def number(is_one: Callable[[ReportedAllele], bool]) -> int:
        return len(report.distinct(index for index in called if is_one(report.alleles[index])))

    found = {one.knowledge_base: one.answers["found"] for one in file.coverage}

    def is_stated(base: str, field: str) -> bool:
        return base in found and field in file.fields

    failed = [one.answers["failed"] for one in file.coverage]
    return {
        "records": file.records,
        "alleles": file.alleles,
        "clinvar_found": found.get("clinvar"),
        "pathogenic": number(is_pathogenic) if is_stated("clinvar", "CLNSIG") else None,
        "oncogenic": number(is_oncogenic) if is_stated("clinvar", "ONC") else None,
        "civic_found": found.get("civic"),
        "civic_best": number(lambda allele: allele.values.get("CIVIC_LEVEL") in {"A", "B"})
        if is_stated("civic", "CIVIC_LEVEL")
        else None,
        "failed": None if None in failed else sum(one or 0 for one in failed),
    }
