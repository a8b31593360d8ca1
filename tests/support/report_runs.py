"""How the tests make reports of the demo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from annotator.report.build import build_report
from annotator.report.json_ import json_pieces, schema_text
from annotator.report.model import ReportModel
from tests.support.reports import (
    write_annotated,
)


def document_of(report: ReportModel) -> dict[str, Any]:
    document: dict[str, Any] = json.loads("".join(json_pieces(report)))
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(document)
    return document


def one(tmp_path: Path, *records: str, samples: tuple[str, ...] = (), name: str = "a.vcf") -> ReportModel:
    return build_report([write_annotated(tmp_path / name, records, samples=samples)])
