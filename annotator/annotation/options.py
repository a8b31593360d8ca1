"""Options of a run: plain, immutable values; command-line options map onto them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from annotator.errors import UsageError
from annotator.result import Match
from annotator.sources.status import Status
from annotator.variants.assembly import Assembly
from annotator.variants.copy_number import AMPLIFICATION_COPIES, MOST_COPIES, USUAL_COPIES
from annotator.vcf.files import STREAM, OutputFormat, check_indexable
from annotator.vcf.header import OnClash
from annotator.vcf.shard import Shard

DEFAULT_LEVEL = 2  # ISA-L's level 2: as fast as level 1, and for a genome a tenth larger than bgzip's output
_HIGHEST_LEVEL = 9

CLINVAR_URL = "https://clinicaltables.nlm.nih.gov/api/variants/v4/search"
CIVIC_URL = "https://civicdb.org/api/graphql"
CIVIC_STATUSES = ("accepted", "accepted+submitted")
DAILY_BUDGET = 50_000  # the service wants to be informed of more

__all__ = [
    "CIVIC_STATUSES",
    "CIVIC_URL",
    "CLINVAR_URL",
    "DAILY_BUDGET",
    "RESULT_OPTIONS",
    "AnnotateOptions",
    "CgiOptions",
    "OnlineOptions",
    "check_amplification_copies",
]


class OnlineOptions(NamedTuple):
    """Options for queries over the network: ClinVar's Clinical Tables service, CIViC, or both.

    Attributes:
        clinvar: whether to query ClinVar; in a replay, whether to use the journal's responses from ClinVar.
        clinvar_url: address of the service.
        civic: interface to CIViC: `graphql` or `v1` for a service that is swept, `snapshot` or None for none. In a
            replay, None uses what the journal has.
        civic_url: address of that service; V1 has none of its own, its mirrors are private.
        civic_statuses: statuses of evidence and assertions: `accepted` or `accepted+submitted`.
        civic_key_file: file with an API key for that address; None to use CIVIC_API_KEY, if set.
        civic_rate: requests per second to that address; None for CIViC's limit for clients without a key.
        chain: chain file from the other assembly to the input's, to lift the alleles of swept CIViC content; None for
            none, as for the next two.
        caid_table: table of alleles by their number in the ClinGen Allele Registry.
        disease_ontology: `doid.obo` of the Disease Ontology, to recognise broader and narrower diseases.
        journal: file in which every response is stored; None for one beside the output.
        is_replay: whether to use only the journal, and send no request.
        requests_per_second: maximum rate of all processes of a user on this machine.
        connections: concurrent requests.
        attempts: attempts of one request, including the first.
        daily_budget: requests per day after which the user is warned.
        max_requests_per_day: requests per day after which none is sent; None for no limit.
        egress_log: file to which a line is appended for each request sent; it contains counts, no identifiers.
        ca_bundle: file of certificate authorities (PEM) to trust in addition to the system's; None for no others.

    """

    clinvar: bool = True
    clinvar_url: str = CLINVAR_URL
    civic: str | None = None
    civic_url: str = CIVIC_URL
    civic_statuses: str = "accepted"
    civic_key_file: Path | None = None
    civic_rate: float | None = None
    chain: Path | None = None
    caid_table: Path | None = None
    disease_ontology: Path | None = None
    journal: Path | None = None
    is_replay: bool = False
    requests_per_second: float = 10.0
    connections: int = 4
    attempts: int = 5
    daily_budget: int = DAILY_BUDGET
    max_requests_per_day: int | None = None
    egress_log: Path | None = None
    ca_bundle: Path | None = None

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
                f"{option} applies only to CIViC online",
                remedy="Add --source civic=graphql, or use this option with `annotator snapshot build`",
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


class CgiOptions(NamedTuple):
    """The mutations file for the Cancer Genome Interpreter, written in the same pass.

    Attributes:
        mutations: file to write; its manifest is written beside it.
        sample: sample whose alleles are written; None for the only sample.
        all_alts: whether to include every ALT, whatever the genotypes are.

    """

    mutations: Path
    sample: str | None = None
    all_alts: bool = False


class AnnotateOptions(NamedTuple):
    """Options of one run of `annotate`.

    Attributes:
        input: VCF or BCF to read, `-` for standard input.
        output: file to write, `-` for standard output.
        snapshot: folder of the snapshot; None if all sources are queried over the network.
        output_format: None to derive it from the suffix of `output`.
        threads: number of worker processes.
        compression_level: compression level of BGZF and BCF output, 0 (stored) to 9 (smallest).
        write_index: whether to write the index beside the output.
        regions: only records that overlap one of these, such as `7:140000000-141000000`; empty for all.
        reference: FASTA of the assembly, to left-align indels and to check REF.
        assembly: assembly of the input, None to recognise it from the header.
        on_clash: what to do about an INFO field of ours that another tool declared.
        status: results that ANNSTATUS lists.
        fields: ids of the INFO fields to write, None for all.
        strict: whether a failed lookup, or a REF that contradicts the FASTA, is an error of the run.
        online: queries over the network; None for none.
        cgi: file for the Cancer Genome Interpreter; None for none.
        civic_match: lowest CIViC matching level to use.
        amplification_copies: copy number from which a gain is an amplification.
        disease: patient's disease, as `resolve_disease` reads it, such as `DOID:8923` or `NSCLC`; None for none.
        has_tiers: whether to suggest tiers for the disease (CIVIC_TIER).
        bed: sequenced regions, so that an allele that was not called there counts as absent; None to use only the
            records.
        shard: which shard of the input to annotate, for `workflow gather` to join; None for the whole input.

    """

    input: str
    output: str
    snapshot: Path | None
    output_format: OutputFormat | None = None
    threads: int = 1
    write_index: bool = False
    compression_level: int = DEFAULT_LEVEL
    regions: tuple[str, ...] = ()
    reference: Path | None = None
    assembly: Assembly | None = None
    on_clash: OnClash = OnClash.ERROR
    status: Status = Status.MISSING
    fields: tuple[str, ...] | None = None
    strict: bool = False
    online: OnlineOptions | None = None
    cgi: CgiOptions | None = None
    civic_match: Match = Match.PROTEIN
    amplification_copies: float = AMPLIFICATION_COPIES
    disease: str | None = None
    has_tiers: bool = True
    bed: Path | None = None
    shard: Shard | None = None

    @property
    def format(self) -> OutputFormat:
        """Format of the output."""
        return self.output_format or OutputFormat.of(self.output)

    @property
    def workers(self) -> int:
        """Number of processes: an online run uses a single one."""
        return self.threads if self.online is None else 1

    @property
    def journal(self) -> Path | None:
        """Journal of an online run; None if none is kept."""
        if self.online is None or self.online.journal is not None:
            return None if self.online is None else self.online.journal
        return None if self.output == STREAM else Path(f"{self.output}.journal")

    def facts(self) -> dict[str, Any]:
        """Return all options by name, those of the nested groups as mappings."""
        parts = {"online": self.online, "cgi": self.cgi}
        return self._asdict() | {name: part and part._asdict() for name, part in parts.items()}

    def check(self) -> None:
        """Refuse invalid options before anything is opened.

        Raises:
            UsageError: options contradict each other, or the output is the input.

        """
        if self.online is not None:
            self.online.check()
        if self.shard is not None:
            self._check_shard()
        self.check_files()

    def _check_shard(self) -> None:
        if self.online is not None:
            raise UsageError(
                "an online run cannot be split into shards",
                remedy="Omit --shard: a single run looks up every allele once and keeps one journal",
            )
        if self.regions or self.cgi is not None:
            raise UsageError(
                "-r and --cgi-mutations cannot be combined with --shard",
                remedy="Omit --shard, or omit the other options",
            )
        if self.output == STREAM or self.format is not OutputFormat.BGZF:
            raise UsageError(
                "the output of --shard must be a BGZF file", remedy="Use -o with a name that ends in .vcf.gz"
            )

    def check_files(self) -> None:
        """Refuse an unsuitable input or output; these checks apply to every run.

        Raises:
            UsageError: as for `check`.

        """
        if self.threads < 1:
            raise UsageError(f"-@ {self.threads}: at least one worker is needed", remedy="Use 1 or more")
        if not 0 <= self.compression_level <= _HIGHEST_LEVEL:
            raise UsageError(
                f"--compression-level {self.compression_level} is out of range", remedy="Use 0 to 9"
            )
        if self.write_index:
            check_indexable(self.output, self.format)
        if self.regions and self.input == STREAM:
            import shlex

            raise UsageError(
                "-r needs an indexed file; standard input has no index",
                remedy=f"Select the records first: bcftools view -t {shlex.quote(','.join(self.regions))} FILE "
                "| annotator annotate -",
            )
        if STREAM not in {self.input, self.output} and _same_file(Path(self.input), Path(self.output)):
            raise UsageError(
                "the output would overwrite the input", path=self.output, remedy="Write to another file"
            )
        check_amplification_copies(self.amplification_copies)
        if self.cgi is not None and str(self.cgi.mutations) in {self.input, self.output}:
            raise UsageError(
                "--cgi-mutations would overwrite the input or the output",
                path=self.output,
                remedy="Use another file name",
            )


def check_amplification_copies(copies: float) -> None:
    """Refuse an implausible copy number for amplifications.

    Raises:
        UsageError: it is not above the usual number, or above any real one.

    """
    if not USUAL_COPIES < copies < MOST_COPIES:
        raise UsageError(
            f"--amplification-copies {copies:g} is out of range",
            remedy=f"Use a number above {USUAL_COPIES} and below {MOST_COPIES:g}, for example 6",
        )


RESULT_OPTIONS = {
    "assembly": "--assembly",
    "regions": "-r",
    "reference": "--reference",
    "on_clash": "--on-clash",
    "status": "--status",
    "fields": "--fields",
    "civic_match": "--civic-match",
    "amplification_copies": "--amplification-copies",
    "disease": "--disease",
    "has_tiers": "--no-tiers",
    "bed": "--bed",
}
"""Options that can change a result, in the order in which `##annotatorCommand` states them."""


def _same_file(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return False
