"""The report as JSON, as defined by `report.schema.json` beside this module.

The document states the schema's version: removing a field or changing its meaning increases its first number, a new
field its second. Values of INFO fields of Type=Integer are numbers, and so are finite values of the user's own
fields of Type=Integer and Float; missing values are omitted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from annotator._version import __version__
from annotator.report.evidence_findings import Finding, label_of, said_of
from annotator.report.findings import Headline, category_of, headline_of
from annotator.report.model import Carriage, Disease, Evidence, ReportedAllele, ReportModel
from annotator.report.neighbours import neighbours_of
from annotator.report.reported_file import CustomField, ReportedFile
from annotator.runtime.text import whole_number
from annotator.sources.registry import KNOWLEDGE_BASES, fields_of
from annotator.vcf.allele_counts import AlleleCount

__all__ = ["INTEGERS", "SCHEMA_VERSION", "allele_json", "json_pieces", "schema_text"]

SCHEMA_VERSION = "2.4"
_NO_COUNTS = AlleleCount()


def _integers() -> frozenset[str]:
    fields = [field for name in KNOWLEDGE_BASES for field in fields_of(name)]
    return frozenset(field.id for field in fields if field.type == "Integer" and field.number == "A")


INTEGERS = _integers()
"""INFO fields with one integer per ALT."""


def schema_text() -> str:
    """Return the JSON Schema (draft 2020-12) of the document from `json_pieces`."""
    return (Path(__file__).parent / "report.schema.json").read_text(encoding="utf-8")


def json_pieces(report: ReportModel) -> Iterator[str]:
    """Yield the JSON document in pieces, one line per matched allele, so that memory stays small."""
    head: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "generator": {"name": "annotator", "version": __version__},
        "assembly": report.assembly.value,
        "disease": report.disease.text,
        "disease_name": report.disease.name,
        "report_date": report.report_date,
        "warnings": list(report.warnings),
        "files": [_file(one) for one in report.files],
        "samples": [{"name": one.name, "file": one.file} for one in report.columns],
        "patients": [
            {
                "name": one.name,
                "tumours": list(one.tumours),
                "normals": list(one.normals),
                "others": list(one.others),
                "evidence": one.evidence,
            }
            for one in report.patients
        ],
        "custom_fields": {
            id_: {
                "knowledge_base": one.base,
                "type": one.type,
                "description": one.description,
                "is_frequency": one.is_frequency,
            }
            for id_, one in report.custom_fields.items()
        },
        "headline": _headline(headline_of(report), report),
        "statements": dict(sorted(report.statements.items())),
    }
    text = json.dumps(head, indent=1, ensure_ascii=True)
    yield f'{text[:-2]},\n "alleles": ['
    for number, allele in enumerate(report.alleles):
        line = json.dumps(allele_json(allele, report.disease, report.custom_fields), ensure_ascii=True)
        yield f"{',' if number else ''}\n  {line}"
    yield "\n ]\n}\n"


def allele_json(
    allele: ReportedAllele, disease: Disease, custom: Mapping[str, CustomField]
) -> dict[str, Any]:
    """Return one allele as the schema's `allele`.

    Args:
        allele: an allele of a report.
        disease: disease of that report; it determines the category.
        custom: fields of the user's own files, by id.

    """
    return {
        "contig": allele.contig,
        "position": allele.position,
        "id": allele.id,
        "ref": allele.ref,
        "alt": allele.alt,
        "filter": allele.filter,
        "genes": list(allele.genes),
        "change": allele.change,
        "name": allele.name,
        "hgvs": allele.hgvs,
        "consequence": allele.consequence,
        "origin": allele.origin.value,
        "category": category_of(allele, disease),
        "info": {id_: _value(value, id_, custom.get(id_)) for id_, value in allele.values.items()},
        "civic": [_evidence(entry) for entry in allele.evidence],
        "joined": {id_: [dict(entry) for entry in entries] for id_, entries in allele.joined.items()},
        "samples": {str(number): _sample(one) for number, one in allele.samples.items()},
    }


def _sample(one: Carriage) -> dict[str, Any]:
    """Return a sample as JSON; values that the file does not state are omitted."""
    counts = one.counts
    failed = one.filter if one.state in {"carried", "unknown"} else ""
    if not one.zygosity and not failed and counts == _NO_COUNTS:
        return {"state": one.state, "genotype": one.genotype}
    stated: dict[str, Any] = {
        "zygosity": one.zygosity or None,
        "depth": counts.depth,
        "ref_reads": counts.ref,
        "alt_reads": counts.alt,
        "vaf": None if counts.vaf is None else round(counts.vaf, 4),
        "vaf_basis": counts.basis or None,
        "counted_reads": counts.counted if counts.counted != counts.depth else None,
        "failed_filters": failed or None,
    }
    return {
        "state": one.state,
        "genotype": one.genotype,
        **{name: value for name, value in stated.items() if value is not None},
    }


def _value(value: str, id_: str, own: CustomField | None) -> str | int | float:
    """Return a value of an INFO field; JSON has no numbers for `nan` and `inf`, which remain text."""
    number: int | float | None = whole_number(value) if id_ in INTEGERS else None
    if own is not None:
        number = own.number(value)
    return value if number is None else number


def _evidence(entry: Evidence) -> dict[str, str | list[str]]:
    return {
        part: list(entry.therapies) if part == "Therapies" else value for part, value in entry.values.items()
    }


def _file(file: ReportedFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "samples": list(file.samples),
        "annotator_version": file.version,
        "annotator_command": file.command,
        "assembly_evidence": file.evidence,
        "records": file.records,
        "alleles": file.alleles,
        "matched": file.matched,
        "sources": [
            {
                "knowledge_base": one.knowledge_base,
                "source": one.source,
                "release": one.release,
                "assembly": one.assembly,
                "sha256": one.sha256,
                "retrieved": one.retrieved,
                "answers": dict(one.answers),
            }
            for one in file.coverage
        ],
        "services": [
            {
                "name": one.name,
                "source": one.source,
                "release": one.release,
                "assembly": one.assembly,
                "annotator_version": one.version,
                "fields": [field.id for field in one.fields],
                "found": one.found,
            }
            for one in file.services
        ],
        "unsupported_reasons": None if file.reasons is None else dict(file.reasons),
        "failure_reasons": None if file.failures is None else dict(file.failures),
        "warnings": list(file.warnings),
        "excluded": [one._asdict() for one in file.excluded],
        "all_excluded": file.all_excluded,
    }


# By the key findings that are based on them: if a field was not written, the finding is unknown, not absent.
_RESTS_ON = {
    "pathogenic": "CLNSIG", "conflicting": "CLNSIGCONF", "oncogenic": "ONC", "impact": "SCI", "structural": "CLNSV",
    "sensitivity": "CIVIC", "resistance": "CIVIC", "reduced": "CIVIC", "toxicity": "CIVIC", "prognostic": "CIVIC",
    "diagnostic": "CIVIC", "disputed": "CIVIC",
}  # fmt: skip
_STRUCTURAL = "clinvar_sv"
_ALLELES = ("pathogenic", "oncogenic", "impact", "conflicting", "haplotypes", "structural")
_FINDINGS = ("sensitivity", "resistance", "reduced", "toxicity", "prognostic", "diagnostic", "disputed")


def _headline(headline: Headline, report: ReportModel) -> dict[str, Any]:
    listed: dict[str, Any] = {name: list(getattr(headline, name)) for name in _ALLELES}
    listed |= {name: [_finding(one, report) for one in getattr(headline, name)] for name in _FINDINGS}
    listed["neighbours"] = [
        {"allele": index, "records": [one._asdict() for one in neighbours_of(report.alleles[index])]}
        for index in headline.neighbours
    ]
    for name, field in _RESTS_ON.items():
        if field in report.unwritten:
            listed[name] = None
    if _STRUCTURAL not in report.knowledge_bases:  # the snapshot had no such records: nothing is known
        listed["structural"] = None
    if "clinvar_protein" not in report.knowledge_bases:
        listed["neighbours"] = None
    asides = {"filtered": headline.filtered, "normal_only": headline.normal_only}
    return {
        **listed,
        **{
            name: {
                "alleles": list(aside.alleles),
                "findings": [_finding(one, report) for one in aside.findings],
            }
            for name, aside in asides.items()
        },
        "left_out": {
            "not_carried": headline.not_carried,
            "retracted": headline.retracted,
            "other_diseases": headline.other_diseases,
        },
        "unwritten": dict(report.unwritten),
    }


def _finding(finding: Finding, report: ReportModel) -> dict[str, Any]:
    return {
        "type": finding.type,
        "effect": finding.effect,
        "level": finding.level,
        "therapies": finding.therapy,
        "disease": finding.disease,
        "doid": finding.doid,
        "disease_relation": finding.relation,
        "molecular_profile": finding.profile,
        "match": finding.match,
        "origin": finding.origin.value,
        "alleles": list(finding.alleles),
        "names": list(dict.fromkeys(report.alleles[index].name for index in finding.alleles)),
        "evidence": [
            {"id": entry.id, "level": entry.level, "says": label_of(entry)} for entry in finding.evidence
        ],
        "counts": dict(finding.counts),
        "against": [entry.id for entry in finding.against],
        "tier": finding.tier,
        "tier_reasons": [
            {
                "tier": one.tier,
                "effect": said_of(one),
                "therapies": one.therapy,
                "reason": one.reason,
                "evidence": list(one.items),
            }
            for one in finding.tiers
        ],
        "notes": list(finding.notes),
        "applies": finding.applies,
    }
