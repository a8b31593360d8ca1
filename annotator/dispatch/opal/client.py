"""Client of Opal: paged lists, reports, their PDFs and their variants.

Accession ids may identify people: they are sent only where the service needs them, and no message repeats them. The
service's error messages are not shown either: they may repeat them, or name the patient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType, TracebackType
from typing import NoReturn, Self
from urllib.parse import urlencode

from annotator.dispatch.base import Access
from annotator.dispatch.opal.answers import (
    Facts,
    identity,
    numbered,
    objects_of,
    report_of,
    unusable_list,
    unusable_report,
)
from annotator.dispatch.opal.credentials import OpalCredentials
from annotator.errors import DispatchError
from annotator.net import Egress, HttpClient, HttpLimits, HttpResponse, RefusedError

__all__ = ["NAME", "URL", "OpalClient"]

NAME = "opal"
URL = "https://api.fabricgenomics.com"
"""Address of the service in the United States; there are others."""

_LIMITS = HttpLimits(requests_per_second=10.0, connections=2)
_LIST = "/reports"
_PAGE = 100
_MOST_PAGES = 10_000
_UNPROCESSABLE = 422
_PDF, _PDF_END = b"%PDF-", b"%%EOF"

_REMEDIES = {
    401: "Check the login and the password, and whether the API key is still valid",
    403: "The owner of the workspace must grant your API key access",
    404: "Check the number of the report and the address of the service (--url)",
    400: "Check the parameters: the service does not accept this value",
}
_OF_LAUNCH = dict.fromkeys(
    (400, 404, 422), "No report was launched; check the numbers of genome, panel, project and filter"
)


class OpalClient:
    """Client of the service, open while its `async with` block lasts.

    Attributes:
        service: address of the service, without a final `/`.
        egress: account of the sent requests.

    """

    def __init__(
        self,
        access: Access,
        credentials: OpalCredentials,
        *,
        safe_params: bool = False,
        limits: HttpLimits | None = None,
    ) -> None:
        """Prepare a client; nothing is sent.

        Args:
            access: connection to the service.
            credentials: the API key.
            safe_params: whether search terms are sent in the header X-fg-safe-params, and not in addresses, which
                servers and proxies log.
            limits: limits of the requests; None for the default.

        """
        self.service = (access.url or URL).rstrip("/")
        self._safe_params = safe_params
        self._headers = {"Authorization": credentials.header, "Accept": "*/*"}
        self._http = HttpClient(
            limits or _LIMITS, egress=Egress(access.egress_log), ca_bundle=access.ca_bundle
        )
        self.egress = self._http.egress

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def reports(
        self, filters: Sequence[tuple[str, str]] = (), *, offset: int = 0, limit: int = _PAGE
    ) -> dict[int, Facts]:
        """Return all reports that match the filters, by number, in the order of the service.

        The service states neither the number of reports nor the page size: pages are requested until one is
        empty, or repeats the page before it.

        Args:
            filters: parameters of the service, such as `("accession_id", "AB")`, which matches parts.
            offset: number of reports to skip at the start.
            limit: number of reports to request per page.

        """
        found: dict[int, Facts] = {}
        before: list[int] = []
        for _ in range(_MOST_PAGES):
            parameters = [*filters, ("limit", str(limit)), ("offset", str(offset))]
            page = objects_of((await self._get(_LIST, parameters, unusable_list)).body)
            numbers = list(rows := numbered(page, self.service))
            if not numbers or numbers == before:
                return found
            for number, report in rows.items():
                found.setdefault(number, report)
            before = numbers
            offset += len(page)
        raise DispatchError(
            f"the list of reports does not end after {_MOST_PAGES:,} pages",
            path=self.service,
            remedy="Narrow the list, for example with --accession-id",
        )

    async def with_accession(self, accession_id: str) -> dict[int, Facts]:
        """Return the reports with exactly this accession ID, by number; the service itself also matches parts of it."""
        found = await self.reports([("accession_id", accession_id)])
        return {
            number: report for number, report in found.items() if report.get("accession_id") == accession_id
        }

    async def report(self, number: int, *, extended: bool = False) -> Facts:
        """Return one report; with `extended`, including variants and the patient's fields.

        Raises:
            DispatchError: there is no such report, or access to it is denied.

        """
        params = [("extended", "True")] if extended else []
        report = report_of((await self._get(f"/reports/{number}", params, unusable_report)).body)
        if identity(report) != number:
            raise DispatchError(
                f"report {number} was requested, but the service returned {identity(report)}",
                path=self.service,
                remedy="Try again later, or contact the operators of the service",
            )
        return report

    async def final_pdf(self, number: int) -> bytes | None:
        """Return the final report, or None if the service responds that it is not approved (status 422 only)."""
        return await self._pdf(f"/reports/{number}/pdf_report")

    async def preview_pdf(self, number: int) -> bytes | None:
        """Return a draft, or None if there is none: the report is approved already, or still waiting or processing."""
        return await self._pdf(f"/reports/{number}/pdf_preview")

    async def variants(self, number: int) -> list[Facts]:
        """Return the variants of a report as the service describes them."""
        return objects_of((await self._get(f"/reports/{number}/variants", [], unusable_list)).body)

    async def variants_vcf(self, number: int, filters: Sequence[tuple[str, str]] = ()) -> bytes:
        """Return the variants of a report as VCF; `filters` are pairs such as `("status", "CONFIRMED")`."""
        params = [*filters, ("format", "VCF")]
        return (await self._get(f"/reports/{number}/variants", params, _not_a_vcf)).body

    async def launch(self, body: bytes) -> Facts:
        """Launch a report, once; return the service's description of it.

        Args:
            body: JSON.

        Raises:
            UnansweredError: the report may have been launched.
            DispatchError: the service refused the launch, or does not confirm it.

        """
        try:
            answer = await self._http.post_once(
                f"{self.service}/reports/", body, content_type="application/json", headers=self._headers
            )
        except RefusedError as error:
            self._refused(error, _OF_LAUNCH)
        try:
            return report_of(answer.body)
        except ValueError:
            raise DispatchError(
                "the service accepted the launch but did not return the number of the report",
                path=self.service,
                remedy="Repeat the launch: an existing report is found and not created twice",
            ) from None

    async def _pdf(self, path: str) -> bytes | None:
        try:
            answer = await self._http.get(f"{self.service}{path}", headers=self._headers, unusable=_not_a_pdf)
        except RefusedError as error:
            if error.status == _UNPROCESSABLE:
                return None
            self._refused(error)
        return answer.body

    async def _get(
        self, path: str, params: Sequence[tuple[str, str]], unusable: Callable[[HttpResponse], str | None]
    ) -> HttpResponse:
        headers: Mapping[str, str] = self._headers
        # Only search terms can contain personal data; other parameters are sent where the service certainly reads
        # them.
        if self._safe_params and path == _LIST:
            headers = {**headers, "X-fg-safe-params": urlencode(params)}
            params = []
        try:
            return await self._http.get(f"{self.service}{path}", params, headers=headers, unusable=unusable)
        except RefusedError as error:
            self._refused(error)

    def _refused(self, error: RefusedError, remedies: Mapping[int, str] = MappingProxyType({})) -> NoReturn:
        """Raise an error that explains a refusal.

        It is not chained, because the refusal contains the service's response.
        """
        remedy = remedies.get(error.status, _REMEDIES.get(error.status, error.remedy))
        raise DispatchError(error.what, path=error.path, remedy=remedy) from None


def _not_a_pdf(answer: HttpResponse) -> str | None:
    if not answer.body.startswith(_PDF):
        return "the response is not a PDF"
    return None if _PDF_END in answer.body else "the PDF is truncated"


def _not_a_vcf(answer: HttpResponse) -> str | None:
    return None if answer.body.lstrip(b"\xef\xbb\xbf").startswith(b"#") else "the response is not a VCF"
