"""Network options of a run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from annotator.errors import UsageError
from annotator.runtime.options import Option
from annotator.snapshot.civic.options import CaidTable, ChainFile, DiseaseOntology

if TYPE_CHECKING:
    from annotator.net.limits import HttpLimits

__all__ = ["CIVIC_STATUSES", "CIVIC_URL", "CLINVAR_URL", "DAILY_BUDGET", "OnlineOptions"]

CLINVAR_URL = "https://clinicaltables.nlm.nih.gov/api/variants/v4/search"
CIVIC_URL = "https://civicdb.org/api/graphql"
CIVIC_STATUSES = ("accepted", "accepted+submitted")
DAILY_BUDGET = 50_000  # the service wants to be informed of more


def _online(flag: str, metavar: str | None, help_: str, **others: Any) -> Option:
    return Option((flag,), help_, "Online", metavar, **others)


class OnlineOptions(NamedTuple):
    """Network options of a run: ClinVar's Clinical Tables service, CIViC, or both.

    Attributes:
        clinvar: whether to look alleles up in ClinVar's service; in a replay, whether to use the journal's responses of
            that service.
        clinvar_url: address of the service.
        civic: `graphql` or `v1` to download CIViC from a service, `snapshot` or None to use the snapshot. In a replay,
            None uses what the journal contains.
        civic_url: address of CIViC's service. V1 needs the address of a mirror.
        civic_statuses: status of evidence items and assertions to use: `accepted` or `accepted+submitted`.
        civic_key_file: file that contains a CIViC API key; None to use the variable CIVIC_API_KEY, if set.
        civic_rate: maximum number of requests per second to CIViC; None for CIViC's own limit without a key.
        chain: chain file from the other assembly to the input's, to lift over the alleles of a downloaded CIViC; None
            for the built-in table.
        caid_table: table of alleles by their number in the ClinGen Allele Registry.
        disease_ontology: `doid.obo` of the Disease Ontology; None for the built-in table.
        journal: file that stores every response; None for one beside the output.
        is_replay: whether to read all responses from the journal instead of the network.
        requests_per_second: maximum rate, for all processes of a user on this machine together.
        connections: maximum number of simultaneous requests.
        attempts: maximum number of attempts per request.
        daily_budget: number of requests per day after which a warning is issued.
        max_requests_per_day: number of requests per day after which the run stops; None for no limit.
        egress_log: file to which one line is appended per request, without identifiers.
        ca_bundle: file of certificate authorities (PEM) to trust in addition to the system's.

    """

    clinvar: bool = True
    clinvar_url: Annotated[
        str,
        _online(
            "--clinvar-url",
            "URL",
            "Address of the Clinical Tables service (environment variable ANNOTATOR_CLINVAR_URL).",
            variable="ANNOTATOR_CLINVAR_URL",
        ),
    ] = CLINVAR_URL
    civic: str | None = None
    civic_url: Annotated[
        str,
        _online(
            "--civic-url",
            "URL",
            "Address of CIViC's GraphQL service or of a mirror's V1 API (environment variable ANNOTATOR_CIVIC_URL).",
            variable="ANNOTATOR_CIVIC_URL",
        ),
    ] = CIVIC_URL
    civic_statuses: Annotated[
        str,
        _online(
            "--civic-status",
            None,
            "Status of the CIViC evidence items and assertions to use.",
            choices=CIVIC_STATUSES,
            shows_default=True,
        ),
    ] = CIVIC_STATUSES[0]
    civic_key_file: Annotated[
        Path | None,
        _online(
            "--civic-key-file",
            "FILE",
            "File that contains only a CIViC API key; default: the environment variable CIVIC_API_KEY, if set.",
        ),
    ] = None
    civic_rate: Annotated[
        float | None,
        _online(
            "--civic-rate",
            "N",
            "Maximum number of requests per second to CIViC; default: 3 without an API key.",
        ),
    ] = None
    chain: ChainFile = None
    caid_table: CaidTable = None
    disease_ontology: DiseaseOntology = None
    journal: Annotated[
        Path | None,
        _online(
            "--journal", "FILE", "File that stores the responses of the services; default: OUTPUT.journal."
        ),
    ] = None
    is_replay: bool = False
    requests_per_second: Annotated[
        float, _online("--rate", "N", "Maximum number of requests per second.", shows_default=True)
    ] = 10.0
    connections: Annotated[
        int, _online("--connections", "N", "Maximum number of simultaneous requests.", shows_default=True)
    ] = 4
    attempts: Annotated[
        int, _online("--attempts", "N", "Maximum number of attempts per request.", shows_default=True)
    ] = 5
    daily_budget: Annotated[
        int, _online("--daily-budget", "N", "Warn after this number of requests per day.", shows_default=True)
    ] = DAILY_BUDGET
    max_requests_per_day: Annotated[
        int | None, _online("--max-requests", "N", "Stop after this number of requests per day.")
    ] = None
    egress_log: Annotated[
        Path | None,
        _online(
            "--egress-log",
            "FILE",
            "Append one line per request to this file, without the identifiers that were sent.",
        ),
    ] = None
    ca_bundle: Annotated[
        Path | None,
        _online(
            "--ca-bundle",
            "PEM",
            "PEM file of certificate authorities to trust in addition to the system's.",
        ),
    ] = None

    def check(self) -> None:
        """Refuse invalid options before anything is opened.

        Raises:
            UsageError: an unknown interface or status, V1 without an address, or files for CIViC content that is not
                swept.

        """
        if self.civic not in {None, "snapshot", "graphql", "v1"}:
            raise UsageError(f"unknown CIViC source {self.civic!r}", remedy="Choose graphql or v1")
        if self.civic_statuses not in CIVIC_STATUSES:
            raise UsageError(
                f"unknown status {self.civic_statuses!r} of CIViC evidence",
                remedy=f"Choose {' or '.join(CIVIC_STATUSES)}",
            )
        if self.civic == "v1" and self.civic_url == CIVIC_URL and not self.is_replay:
            raise UsageError(
                "CIViC itself no longer offers its V1 API",
                remedy="Set the address of a mirror with --civic-url",
            )
        is_swept = self.civic in {"graphql", "v1"} or (self.civic is None and self.is_replay)
        for option in () if is_swept else self.civic_files:
            raise UsageError(
                f"{option} applies only if CIViC is queried online",
                remedy="Add --source civic=graphql, or use this option with `annotator snapshot build`",
            )
        if self.clinvar or self.civic in {"graphql", "v1"}:
            self.limits()

    def limits(self) -> "HttpLimits":
        """Return the limits of the requests.

        Raises:
            UsageError: a limit is not above 0.

        """
        from annotator.net.limits import HttpLimits

        return HttpLimits(
            requests_per_second=self.requests_per_second,
            connections=self.connections,
            attempts=self.attempts,
            daily_budget=self.daily_budget,
            max_requests_per_day=self.max_requests_per_day,
        )

    @property
    def civic_files(self) -> dict[str, Path]:
        """Return the optional files for making CIViC's store, by option name."""
        files = {
            "--chain": self.chain,
            "--caid-table": self.caid_table,
            "--disease-ontology": self.disease_ontology,
        }
        return {option: file for option, file in files.items() if file is not None}
