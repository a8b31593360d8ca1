"""Annotated files for the tests of clinical reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema

from annotator.report.build import build_report
from annotator.report.json_ import json_pieces, schema_text
from annotator.report.model import ReportModel
from annotator.report.page import page_pieces
from annotator.report.tsv import tsv_lines
from tests.support.report_views import table_of
from tests.support.reports import write_annotated

PAIR = ("TUMOR", "NORMAL")


def report_of(
    folder: Path, *records: str, samples: Sequence[str] = (), meta: Sequence[str] = (), disease: str = ""
) -> ReportModel:
    path = write_annotated(folder / "a.vcf", records, samples=samples, meta_lines=meta)
    return build_report([path], disease=disease)


def json_of(report: ReportModel) -> dict[str, Any]:
    document: dict[str, Any] = json.loads("".join(json_pieces(report)))
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(document)
    return document


def page_of(report: ReportModel) -> str:
    return " ".join("".join(page_pieces(report)).split())


def rows_of(report: ReportModel) -> list[dict[str, str]]:
    return table_of("".join(tsv_lines(report)))
