"""The report as MultiQC custom content: a table with one row per file (https://docs.seqera.io/multiqc/custom_content).

MultiQC finds such a file by its name, which must end in `_mqc.json`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from annotator.report.findings import is_oncogenic, is_pathogenic
from annotator.report.model import ReportedAllele, ReportModel
from annotator.sources.civic.tier_items import CallOrigin

__all__ = ["MULTIQC_SUFFIX", "multiqc_text", "row_names"]

MULTIQC_SUFFIX = "_mqc.json"

_SUFFIXES = (".vcf.gz", ".vcf.bgz", ".bcf.gz", ".vcf", ".bcf")
_FILE = "file_name"
# Of the texts at which MultiQC cuts by default, those with a dot, and words that occur in names of VCFs.
_CUT = (
    r"\.|_(?=vep|trim|qual|counts|fastqc|duprate|bismark|star_aligned|tophat|NanoStats|coverage)|ccs|Aligned"
)
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
    names = row_names([file.name for file in report.files])
    headers = {key: {**_COUNT, **header} for key, header in _HEADERS.items()}
    data: dict[str, dict[str, int | str]] = {
        name: {key: value for key, value in _row(report, place).items() if value is not None}
        for place, name in enumerate(names)
    }
    if any(name.startswith(f"{number}: ") for number, name in enumerate(names, start=1)):
        headers = {_FILE: {"title": "File name", "description": "Name of the annotated file"}, **headers}
        for name, file in zip(names, report.files, strict=True):
            data[name] = {_FILE: file.name, **data[name]}
    document = {
        "id": "annotator",
        "section_name": "Variant annotation",
        "description": "Alleles found in ClinVar and CIViC by annotator.",
        "plot_type": "table",
        "pconfig": {"id": "annotator_table", "title": "annotator: annotated alleles", "col1_header": "File"},
        "headers": headers,
        "data": data,
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def row_names(files: Sequence[str]) -> list[str]:
    """Return the names of files without their suffixes, so that they remain distinct.

    MultiQC cuts names (`fn_clean_exts`) and combines the rows of equal ones: `P1.sorted` and `P1.vep` are both `P1`.
    Names that it may cut to one have a number before them.
    """
    names = []
    for file in files:
        suffix = next((one for one in _SUFFIXES if file.lower().endswith(one)), "")
        names.append(file[: len(file) - len(suffix)] or file)
    cut = [re.split(_CUT, name, maxsplit=1)[0] for name in names]
    shared = Counter(cut)
    return [
        name if shared[short] == 1 else f"{number}: {name}"
        for number, (name, short) in enumerate(zip(names, cut, strict=True), start=1)
    ]


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
