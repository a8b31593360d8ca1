"""Responses of the service in all observed forms, and the parts of them that may be shown.

A list of reports is `{"objects": […]}`, a plain array, an array of one such object, or, as in the service's
documentation, that array without its last bracket. A single report is plain, or in `clinical_report`. No form is
guaranteed; any other form is an invalid response.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from annotator.errors import NetworkError
from annotator.net import HttpResponse
from annotator.net.json_values import check_values

__all__ = [
    "Facts",
    "identity",
    "numbered",
    "objects_of",
    "report_of",
    "shareable",
    "unusable_list",
    "unusable_report",
]

Facts: TypeAlias = dict[str, Any]
"""A report or a variant as the service describes it."""

_OF_REPORT = frozenset(
    {
        *("id", "type", "status", "version", "test_type", "accession_id", "external_id"),
        *("workspace_id", "project_id", "created_by", "created_on", "submitted_by", "submitted_on"),
        *("submitted_for_review_by", "submitted_for_review_on", "report_approved_date", "qc_status"),
        *("panel_id", "filter_id", "filter_name", "assay_type_id", "include_cosmic", "pipeline_version"),
        *("genome_id", "father_genome_id", "mother_genome_id", "sibling_genome_id"),
        *("variant_report_id", "vaast_report_id", "father_variant_report_id", "mother_variant_report_id"),
        *("variant_count", "reviewed_variant_count", "has_refcalls"),
    }
)
"""Keys of a report without information about the patient. The other keys are not documented, and therefore not shown.
"""

_OF_VARIANT = frozenset(
    {
        *("id", "chromosome", "start_on_chrom", "end_on_chrom", "alt", "gene_symbol", "inheritance_mode"),
        *("status", "to_report"),
    }
)
"""The same for keys of a variant."""

_ENVELOPES = ("clinical_report", "objects")


def objects_of(body: bytes) -> list[Facts]:
    """Return the objects of a list.

    Raises:
        ValueError: the response has another form; the text states the reason, as a clause.

    """
    found = _json(body)
    if isinstance(found, list) and len(found) == 1 and _is_envelope(found[0]):
        found = found[0]
    if _is_envelope(found):
        found = found["objects"]
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError("the response is not a list of objects")
    return found


def report_of(body: bytes) -> Facts:
    """Return a single report.

    Raises:
        ValueError: the response has another form; the text states the reason, as a clause.

    """
    found = _json(body)
    for name in _ENVELOPES:
        if isinstance(found, dict) and "id" not in found and name in found:
            found = found[name]
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if not isinstance(found, dict):
        raise ValueError("the response is not a report")
    identity(found)
    return found


def identity(report: Mapping[str, Any]) -> int:
    """Return the number of a report.

    Raises:
        ValueError: the report has no number.

    """
    number = report.get("id")
    if isinstance(number, str) and number.isdecimal() and number.isascii():
        return int(number)
    if not isinstance(number, int) or isinstance(number, bool):
        raise ValueError("the response has a report without a number")
    return number


def unusable_list(answer: HttpResponse) -> str | None:
    """Return why a response is not a list of objects, for the client; None if it is one."""
    return _problem(objects_of, answer.body)


def unusable_report(answer: HttpResponse) -> str | None:
    """Return why a response is not a report, for the client; None if it is one."""
    return _problem(report_of, answer.body)


def shareable(report: Mapping[str, Any]) -> tuple[Facts, int]:
    """Return the part of a report that does not identify the patient, and how many values were omitted."""
    shown: Facts = {}
    left_out = 0
    for key, value in report.items():
        if key == "variants" and isinstance(value, Sequence) and not isinstance(value, str):
            rows = [one for one in value if isinstance(one, Mapping)]
            shown[key] = [
                {name: fact for name, fact in row.items() if _is_plain(name, fact, _OF_VARIANT)}
                for row in rows
            ]
            left_out += len(value) - len(rows) + sum(map(len, rows)) - sum(map(len, shown[key]))
        elif _is_plain(key, value, _OF_REPORT):
            shown[key] = value
        else:
            left_out += 1
    return shown, left_out


def _is_plain(key: str, value: object, allowed: frozenset[str]) -> bool:
    return key in allowed and not isinstance(value, Mapping | list)


def _is_envelope(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("objects"), list)


def _json(body: bytes) -> Any:
    check_values(body)
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ValueError("the response is not text") from None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        found = _without_last_bracket(text)
        if found is None:
            raise ValueError("the response is not JSON") from None
        return found


def _without_last_bracket(text: str) -> list[Any] | None:
    """Return an array of one complete envelope that lacks its last bracket, as in the documentation."""
    start = text.removeprefix("[").lstrip()
    if start == text:
        return None
    try:
        found, end = json.JSONDecoder().raw_decode(start)
    except (ValueError, RecursionError):
        return None
    return [found] if end == len(start) and _is_envelope(found) else None


def _problem(read: Callable[[bytes], object], body: bytes) -> str | None:
    try:
        read(body)
    except ValueError as error:
        return str(error)
    return None


def numbered(reports: Sequence[Facts], where: str) -> dict[int, Facts]:
    """Return reports by their numbers, in order; if a number occurs twice, its first report.

    Raises:
        NetworkError: a report has no number; `where` names the service.

    """
    found: dict[int, Facts] = {}
    for report in reports:
        try:
            found.setdefault(identity(report), report)
        except ValueError as error:
            raise NetworkError(str(error), path=where, remedy="Check the address of the service") from None
    return found
