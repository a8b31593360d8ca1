"""Omicia Opal (Fabric Genomics, "FE2"): the clinical reports of its API, emulated from its page.

Nothing of it comes from the client. Where the page is silent, an answer is chosen that a careful client survives, and
the choice is an option. Its people are invented; their names stand in every answer that may hold patient data, and in
the texts of its errors, so that tests can look for them where they must not be.

By hand: `python -m tests.servers.opal` (see `--help`) serves a report on the demo's variants.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import MultiDict

from tests.servers.by_hand import add_faults, add_port, faults_of, serve

__all__ = ["PATIENT", "Opal", "Options", "Report", "Variant", "application", "pdf"]

PATIENT: Mapping[str, Any] = {
    "first_name": "Quirinus",
    "last_name": "Fairweather-Okonjo",
    "dob_year": 1957,
    "dob_month": 11,
    "dob_day": 23,
    "sex": "Male",
    "indication_for_testing": "lentiginous telangiectasia",
    "ordering_physician": "Theodora Brightwater",
    "specimen_type": "buccal smear",
    "ethnicity": "Faroese",
}
"""The patient of every report that is not told another."""

_CREATED = "2026-03-05T09:44:43"
_REPORT_TYPES = ("panel", "exome", "somatic_panel", "Solo", "Duo", "Trio", "Quad", "Quintet", "panel_trio")
_REPOSITORY = Path(__file__).resolve().parents[2]


def pdf(text: str) -> bytes:
    """A small PDF whose one page says nothing but whose catalogue holds a text."""
    body = f"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Note ({text}) >>\nendobj\n"
    return f"{body}trailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n".encode()


@dataclass(slots=True)
class Variant:
    """A variant of a report, as its VCF has it; 1-based `position`, contig with `chr`."""

    contig: str
    position: int
    ref: str
    alt: str
    status: str | None = "REVIEWED"
    to_report: str | None = None
    gene: str = "GENE"

    def facts(self, number: int) -> dict[str, Any]:
        """As JSON has it: without REF."""
        return {
            "id": number,
            "chromosome": self.contig,
            "start_on_chrom": self.position,
            "end_on_chrom": self.position + len(self.ref) - 1,
            "alt": self.alt,
            "gene_symbol": self.gene,
            "inheritance_mode": None,
            "status": self.status,
            "to_report": self.to_report,
            "patient_fields": dict(PATIENT),
        }


@dataclass(slots=True)
class Report:
    """A clinical report, whose facts a test may change while it is served."""

    id: int
    accession_id: str
    status: str = "READY TO REVIEW"
    test_type: str = "panel"
    panel_id: int | None = 1200
    genome_id: int | None = 119
    external_id: str = "EXT-1"
    genome_name: str = "tumour"
    version: int = 1
    approved: bool = False
    approved_date: str | None = None
    patient: Mapping[str, Any] | None = field(default_factory=lambda: PATIENT)
    variants: list[Variant] = field(default_factory=list)
    pdf: bytes = b""
    shows_from: float = 0.0
    """Seconds of `time.monotonic()` from which the list has it."""
    approves_at: float | None = None

    def facts(self) -> dict[str, Any]:
        """As JSON has it."""
        facts = {
            "id": self.id,
            "workspace_id": 71,
            "created_by": 110,
            "created_on": _CREATED,
            "panel_id": self.panel_id,
            "genome_id": self.genome_id,
            "filter_id": None,
            "status": self.status,
            "test_type": self.test_type,
            "sample_collected_date": "2014-12-12T00:00:00",
            "sample_received_date": "2014-12-12T00:00:00",
            "accession_id": self.accession_id,
            "report_approved_date": self.approved_date,
            "variant_report_id": 186,
            "vaast_report_id": None,
            "include_cosmic": False,
            "version": self.version,
            "variant_count": len(self.variants),
            "reviewed_variant_count": 0,
        }
        if self.patient is not None:
            facts["patient_dict"] = dict(self.patient)
        return facts

    def final_pdf(self) -> bytes:
        """The report for clinicians."""
        return self.pdf or pdf(f"FINAL {self.id} {PATIENT['last_name']}")


@dataclass(frozen=True, slots=True)
class Options:
    """How the service behaves where its page leaves it open.

    Attributes:
        envelope: of lists: `objects`, `array`, `array of one`, `as printed` (its last bracket is missing).
        default_limit: reports of a page if the request names none.
        most: reports that a page may have, whatever is asked for.
        ignores_offset: every page is the first one.
        ignores_filters: parameters of the variants are not looked at.
        html_errors: errors have a page for people as their body.
        latency: seconds before each answer.
        one: what a single report comes in: `bare`, `clinical_report`, `objects`.
        approve_after: seconds after which a launched report is approved; None for never.
        shows_after: seconds after which a launched report shows in lists.
        says_after: seconds after a launch in which the service says nothing.

    """

    envelope: str = "objects"
    default_limit: int = 20
    most: int = 50
    ignores_offset: bool = False
    ignores_filters: bool = False
    html_errors: bool = False
    latency: float = 0.0
    one: str = "bare"
    approve_after: float | None = None
    shows_after: float = 0.0
    says_after: float = 0.0


@dataclass(slots=True)
class Opal:
    """What the service holds; tests read and change it while it is served.

    Attributes:
        reports: by id.
        login: of the one API key.
        password: of it.
        forbidden: ids of reports that the key may not see.
        launched: ids of reports that were launched, in order.

    """

    reports: dict[int, Report] = field(default_factory=dict)
    login: str = "api-key-login"
    password: str = "hunter2:with-a-colon"  # noqa: S105
    forbidden: set[int] = field(default_factory=set)
    launched: list[int] = field(default_factory=list)

    def add(self, *reports: Report) -> None:
        """Add reports."""
        self.reports.update((report.id, report) for report in reports)

    def approve(self, id_: int) -> None:
        """Let a clinician approve a report."""
        report = self.reports[id_]
        report.approved, report.status, report.approved_date = True, "Approved", "2026-03-06T10:00:00"


class _RefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(status, description)
        self.status = status
        self.description = description


def application(opal: Opal, options: Options | None = None) -> web.Application:
    """Make the service, to be hosted by `base.RunningServer`."""
    service = _Service(opal, options or Options())
    made = web.Application()
    for method, path, answer in (
        ("GET", "/reports", service.reports),
        ("GET", "/reports/", service.reports),
        ("POST", "/reports/", service.launch),
        ("GET", "/reports/{id}", service.report),
        ("GET", "/reports/{id}/pdf_report", service.pdf_report),
        ("GET", "/reports/{id}/pdf_preview", service.pdf_preview),
        ("GET", "/reports/{id}/variants", service.variants),
    ):
        made.router.add_route(method, path, service.guarded(answer))
    return made


class _Service:
    def __init__(self, opal: Opal, options: Options) -> None:
        self._opal = opal
        self._options = options

    def guarded(self, answer: Callable[[web.Request, bytes], web.Response]) -> Any:
        """Let only the API key in, and turn refusals into answers."""

        async def handler(request: web.Request) -> web.Response:
            if self._options.latency:
                await asyncio.sleep(self._options.latency)
            body = await request.read()
            try:
                self._authenticate(request)
                self._approve_in_time()
                answered = answer(request, body)
                if request.method == "POST":
                    await asyncio.sleep(self._options.says_after)
                return answered
            except _RefusedError as refused:
                return self._refusal(refused)

        return handler

    def _refusal(self, refused: _RefusedError) -> web.Response:
        who = f"{PATIENT['first_name']} {PATIENT['last_name']}"
        if self._options.html_errors:
            page = f"<html><h1>{refused.status}</h1><p>{refused.description} ({who})</p></html>"
            return web.Response(status=refused.status, text=page, content_type="text/html")
        return web.json_response({"description": f"{refused.description} ({who})"}, status=refused.status)

    def _authenticate(self, request: web.Request) -> None:
        told = request.headers.get("Authorization", "")
        expected = base64.b64encode(f"{self._opal.login}:{self._opal.password}".encode()).decode()
        if told != f"Basic {expected}":
            raise _RefusedError(401, f"no such key: {told}")

    def _approve_in_time(self) -> None:
        for report in self._opal.reports.values():
            if report.approves_at is not None and time.monotonic() >= report.approves_at:
                report.approves_at = None
                self._opal.approve(report.id)

    def _one(self, request: web.Request) -> Report:
        text = request.match_info["id"]
        report = self._opal.reports.get(int(text)) if text.isdecimal() and text.isascii() else None
        if report is None:
            raise _RefusedError(404, "no such report")
        if report.id in self._opal.forbidden:
            raise _RefusedError(403, "not of your workspace")
        return report

    def reports(self, request: web.Request, _body: bytes) -> web.Response:
        query = _query(request)
        found = [
            report
            for report in self._opal.reports.values()
            if report.id not in self._opal.forbidden
            and time.monotonic() >= report.shows_from
            and query.get("accession_id", "").lower() in report.accession_id.lower()
            and query.get("external_id", "").lower() in report.external_id.lower()
            and query.get("genome_name", "").lower() in report.genome_name.lower()
            and query.get("genome_id", str(report.genome_id)) == str(report.genome_id)
        ]
        limit = min(_positive(query, "limit", self._options.default_limit), self._options.most)
        first = 0 if self._options.ignores_offset else _positive(query, "offset", 0)
        return self._listed([report.facts() for report in found[first : first + limit]])

    def _listed(self, rows: list[dict[str, Any]]) -> web.Response:
        match self._options.envelope:
            case "array":
                text = json.dumps(rows)
            case "array of one":
                text = json.dumps([{"objects": rows}])
            case "as printed":
                text = json.dumps([{"objects": rows}], indent=4).removesuffix("]")
            case _:
                text = json.dumps({"objects": rows})
        return web.Response(text=text, content_type="application/json")

    def report(self, request: web.Request, _body: bytes) -> web.Response:
        report = self._one(request)
        facts: dict[str, Any] = {**report.facts(), "type": "clinical_report", "filter_name": "None"}
        if _query(request).get("extended") == "True":
            facts["variants"] = [
                variant.facts(number) for number, variant in enumerate(report.variants, 50_000)
            ]
            facts["patient_fields"] = {"field_of_the_lab": PATIENT["last_name"]}
        match self._options.one:
            case "clinical_report":
                return web.json_response({"clinical_report": facts})
            case "objects":
                return web.json_response({"objects": [facts]})
            case _:
                return web.json_response(facts)

    def pdf_report(self, request: web.Request, _body: bytes) -> web.Response:
        report = self._one(request)
        if not report.approved:
            raise _RefusedError(422, "the report is not approved")
        return _file(report.final_pdf())

    def pdf_preview(self, request: web.Request, _body: bytes) -> web.Response:
        report = self._one(request)
        if report.approved or report.status == "WAITING":
            raise _RefusedError(422, "there is no preview")
        return _file(report.pdf or pdf(f"PREVIEW {report.id}"))

    def variants(self, request: web.Request, _body: bytes) -> web.Response:
        report = self._one(request)
        chosen = list(enumerate(report.variants, 50_000))
        if not self._options.ignores_filters:
            query = _query(request)
            for name, value_of in _VARIANT_FILTERS.items():
                wanted = query.getall(name, [])
                if wanted:
                    chosen = [(number, one) for number, one in chosen if str(value_of(one)) in wanted]
        match _query(request).get("format"):
            case "VCF":
                return web.Response(text=_vcf(one for _, one in chosen), content_type="text/plain")
            case None:
                return self._listed([one.facts(number) for number, one in chosen])
            case other:
                raise _RefusedError(400, f"no such format: {other}")

    def launch(self, request: web.Request, body: bytes) -> web.Response:
        del request
        try:
            wanted = json.loads(body)
        except ValueError:
            raise _RefusedError(400, "no JSON") from None
        if wanted.get("report_type") not in _REPORT_TYPES:
            raise _RefusedError(400, "no such report type")
        if wanted.get("proband_genome_id") is None and wanted.get("project_id") is None:
            raise _RefusedError(422, "neither a genome nor a project")
        if wanted["report_type"] != "exome" and wanted.get("panel_id") is None:
            raise _RefusedError(422, "no panel")
        number = max(self._opal.reports, default=2000) + 1
        after = self._options.approve_after
        report = Report(
            number,
            wanted.get("accession_id") or "",
            status="WAITING" if wanted.get("proband_genome_id") is None else "READY FOR INTERPRETATION",
            test_type=wanted["report_type"],
            panel_id=wanted.get("panel_id"),
            genome_id=wanted.get("proband_genome_id"),
            shows_from=time.monotonic() + self._options.shows_after,
            approves_at=None if after is None else time.monotonic() + after,
        )
        self._opal.add(report)
        self._opal.launched.append(number)
        return web.json_response({"clinical_report": report.facts()})


_VARIANT_FILTERS: dict[str, Callable[[Variant], object]] = {
    "status": lambda one: one.status,
    "to_report": lambda one: one.to_report,
    "chrom": lambda one: one.contig,
    "start_on_chrom": lambda one: one.position,
    "end_on_chrom": lambda one: one.position + len(one.ref) - 1,
    "alt": lambda one: one.alt,
}


def _query(request: web.Request) -> MultiDict[str]:
    """The parameters, also those that the header X-fg-safe-params has instead of the address."""
    hidden = parse_qsl(request.headers.get("X-fg-safe-params", ""))
    return MultiDict([*request.query.items(), *hidden])


def _positive(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isdecimal() and text.isascii()):
        raise _RefusedError(400, f"{name} is no number")
    return int(text)


def _file(content: bytes) -> web.Response:
    """A file under a name that a careless client would save it by."""
    name = f"../../{PATIENT['last_name']}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, content_type="application/pdf", headers=headers)


def _vcf(variants: Iterable[Variant]) -> str:
    lines = ["##fileformat=VCFv4.1", "##source=Omicia Opal", "##reference=GRCh37"]
    lines.append("#" + "\t".join(["CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]))
    lines += ["\t".join([v.contig, str(v.position), ".", v.ref, v.alt, ".", ".", "."]) for v in variants]
    return "".join(f"{line}\n" for line in lines)


# By hand


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.opal", description=__doc__)
    add_port(parser)
    parser.add_argument("--login", default="demo", help="of the API key (default: demo)")
    parser.add_argument("--password", default="demo", help="of the API key (default: demo)")
    parser.add_argument(
        "--approve-after", type=float, default=20.0, metavar="S", help="seconds until reports are approved"
    )
    parser.add_argument("--latency", type=float, default=0.0, metavar="S", help="seconds before each answer")
    parser.add_argument(
        "--envelope",
        default="objects",
        choices=("objects", "array", "array of one", "as printed"),
        help="what lists come in",
    )
    add_faults(parser)
    return parser


def demo(login: str, password: str, approve_after: float) -> Opal:
    """A report on every second allele of the demo's tumour, on GRCh37, which is all that Opal knows."""
    words = itertools.cycle(
        [
            ("CONFIRMED", "PRIMARY_FINDING"),
            ("REVIEWED", None),
            ("Pending", None),
            ("REVIEWED", "DO_NOT_REPORT"),
        ]
    )
    variants = []
    text = (_REPOSITORY / "test_data" / "demo" / "tumour.GRCh37.vcf").read_text()
    for line in [line for line in text.splitlines() if not line.startswith("#")][::2]:
        contig, position, _, ref, alts = line.split("\t")[:5]
        for alt in alts.split(","):
            if set(ref + alt) <= set("ACGT"):
                status, to_report = next(words)
                name = contig if contig.startswith("chr") else f"chr{contig}"
                variants.append(Variant(name, int(position), ref, alt, status, to_report))
    opal = Opal(login=login, password=password)
    opal.add(Report(1202, "DEMO-1", variants=variants, approves_at=time.monotonic() + approve_after))
    opal.add(Report(1203, "DEMO-12"))
    return opal


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; the URL is the first line of standard output."""
    parser = _arguments()
    given = parser.parse_args(arguments)
    opal = demo(given.login, given.password, given.approve_after)
    options = Options(envelope=given.envelope, latency=given.latency, approve_after=given.approve_after)
    told = "reports 1202 (DEMO-1) and 1203 (DEMO-12)"
    variables = {
        "ANNOTATOR_OPAL_URL": "{url}",
        "FABRIC_API_LOGIN": given.login,
        "FABRIC_API_PASSWORD": given.password,
    }
    return serve(
        application(opal, options), told, variables, port=given.port, faults=faults_of(parser, given)
    )


if __name__ == "__main__":
    sys.exit(main())
