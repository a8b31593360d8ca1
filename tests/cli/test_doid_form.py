"""A field named DOID holds the number alone in every view, as CIViC writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import annotator
from annotator.result import Found
from tests.support.reports import DEMO, demo_snapshot


def values_of(key: str, value: Any) -> Iterator[str]:
    """Values of a key, in any case, at any depth of a JSON document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name.lower() == key and isinstance(inner, str):
                yield inner
            else:
                yield from values_of(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from values_of(key, inner)


def test_a_doid_has_one_form_in_info_table_json_and_python(tmp_path: Path) -> None:
    snapshot, out, view = demo_snapshot(tmp_path), tmp_path / "out.vcf", tmp_path / "out.json"
    annotator.annotate(DEMO / "tumour.GRCh38.vcf", out, snapshot=snapshot, disease="melanoma")
    annotator.write_report(out, json=view, snapshot=snapshot)
    lines = out.read_text().splitlines()
    names = (
        next(line for line in lines if "ID=CIVIC," in line).partition("Format: ")[2].split('"')[0].split("|")
    )
    infos = [line.split("\t")[7].split(";") for line in lines if not line.startswith("#")]
    entries = [item[6:].split(",") for info in infos for item in info if item.startswith("CIVIC=")]
    in_info = {entry.split("|")[names.index("DOID")] for one in entries for entry in one}
    in_json = set(values_of("doid", json.loads(view.read_text())))
    in_table = {str(row["CIVIC.DOID"]) for row in annotator.report_table(out).rows()}
    answer = annotator.Snapshot.open(snapshot).lookup("chr7", 140753336, "A", "T")["civic"]
    assert isinstance(answer, Found)
    profiles = [profile for variant in answer.record.variants for profile in variant.profiles]
    in_python = {item.doid for profile in profiles for item in (*profile.evidence, *profile.assertions)}
    for found in (in_info, in_json, in_table, in_python):
        assert "1909" in found
        assert all(value.isdecimal() for value in found - {"", "None"}), found
