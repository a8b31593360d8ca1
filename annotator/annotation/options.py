"""Options of a run, each declared once: command line, Python API, journals and shard manifests derive from them."""

from pathlib import Path
from typing import Annotated, Any, NamedTuple

from annotator.annotation.online_options import OnlineOptions
from annotator.errors import UsageError
from annotator.result import Match
from annotator.runtime.options import Option
from annotator.sources.civic.choice import MATCH_LEVELS
from annotator.sources.source import DEFAULT_OVERLAP
from annotator.sources.status import Status
from annotator.variants.assembly import Assembly
from annotator.variants.copy_number import AMPLIFICATION_COPIES, MOST_COPIES, USUAL_COPIES
from annotator.vcf.files import STREAM, OutputFormat, check_indexable
from annotator.vcf.header import OnClash
from annotator.vcf.shard import Shard

DEFAULT_LEVEL = 2  # ISA-L's level 2: as fast as level 1, and for a genome a tenth larger than bgzip's output
_HIGHEST_LEVEL = 9

__all__ = [
    "AnnotateOptions",
    "CgiOptions",
    "check_amplification_copies",
    "check_sv_overlap",
]

_MATCHING = "Matching"
_INFO = "INFO fields"


def _cgi(flag: str, metavar: str | None, help_: str) -> Option:
    return Option((flag,), help_, "Cancer Genome Interpreter", metavar)


class CgiOptions(NamedTuple):
    """Input for the Cancer Genome Interpreter, written in the same pass."""

    mutations: Annotated[
        Path,
        _cgi(
            "--cgi-mutations",
            "FILE",
            "Also write the alleles of one sample as input for the Cancer Genome Interpreter.",
        ),
    ]
    sample: Annotated[
        str | None,
        _cgi(
            "--cgi-sample",
            "NAME",
            "Tumour sample for --cgi-mutations; default: the only sample of the file.",
        ),
    ] = None
    all_alts: Annotated[
        bool,
        _cgi("--cgi-all-alts", None, "Write every ALT to --cgi-mutations, regardless of the genotypes."),
    ] = False


class AnnotateOptions(NamedTuple):
    """Options of one run of `annotate`.

    Their order is the order in the help and in `##annotatorCommand`.
    """

    input: str
    output: Annotated[
        str,
        Option(("-o", "--output"), "Output file; default: standard output (-).", metavar="FILE"),
    ]
    snapshot: Annotated[
        Path | None,
        Option(
            ("--snapshot",),
            "Snapshot to annotate from, or a folder with GRCh37.snapshot and GRCh38.snapshot; default: the folder "
            "that `annotator snapshot pull` writes to (environment variable ANNOTATOR_SNAPSHOT).",
            metavar="DIR",
            variable="ANNOTATOR_SNAPSHOT",
        ),
    ] = None
    threads: Annotated[
        int, Option(("-@", "--threads"), "Number of worker processes.", metavar="N", shows_default=True)
    ] = 1
    assembly: Annotated[
        Assembly | None,
        Option(
            ("--assembly",),
            "Assembly of the input, if its header does not state it.",
            _MATCHING,
            changes_results=True,
        ),
    ] = None
    regions: Annotated[
        tuple[str, ...],
        Option(
            ("-r", "--regions"),
            "Annotate only records that overlap these regions, for example chr7:140,000,000-141,000,000.",
            metavar="REGION,…",
            changes_results=True,
        ),
    ] = ()
    shard: Annotated[
        Shard | None,
        Option(
            ("--shard",),
            "Annotate only one of N shards, for example 3/16; join annotated shards with `annotator workflow gather`.",
            metavar="K/N",
        ),
    ] = None
    strict: Annotated[
        bool,
        Option(
            ("--strict",),
            "Fail and write nothing if a lookup failed or a REF does not match the FASTA file.",
        ),
    ] = False
    output_type: Annotated[
        OutputFormat | None,
        Option(
            ("-O", "--output-type"),
            "Output format: v VCF, z compressed VCF, b BCF, u uncompressed BCF; default: by the file suffix.",
        ),
    ] = None
    write_index: Annotated[
        bool,
        Option(
            ("-W", "--write-index"),
            "Write an index of the output: .tbi, or .csi for BCF and long contigs.",
        ),
    ] = False
    compression_level: Annotated[
        int,
        Option(
            ("--compression-level",),
            "Compression level of compressed VCF and BCF output.",
            metavar="0-9",
            shows_default=True,
        ),
    ] = DEFAULT_LEVEL
    reference: Annotated[
        Path | None,
        Option(
            ("--reference",),
            "Indexed FASTA file to left-align indels and to compare REF with the reference.",
            _MATCHING,
            metavar="FASTA",
            changes_results=True,
        ),
    ] = None
    on_clash: Annotated[
        OnClash,
        Option(
            ("--on-clash",),
            "Action if another tool wrote an INFO field that annotator also writes: stop with an error, replace its "
            "values, or keep them.",
            _INFO,
            shows_default=True,
            changes_results=True,
        ),
    ] = OnClash.ERROR
    status: Annotated[
        Status,
        Option(
            ("--status",),
            "Lookup results to write to ANNSTATUS: only unsupported and failed lookups (missing), all lookups, or "
            "none.",
            _INFO,
            shows_default=True,
            changes_results=True,
        ),
    ] = Status.MISSING
    fields: Annotated[
        tuple[str, ...] | None,
        Option(
            ("--fields",),
            "INFO fields to write, separated by commas; default: all.",
            _INFO,
            metavar="ID,…",
            changes_results=True,
        ),
    ] = None
    civic_match: Annotated[
        Match,
        Option(
            ("--civic-match",),
            "Loosest matching level for CIViC (see `annotator guide matching`).",
            _MATCHING,
            choices=MATCH_LEVELS,
            shows_default=True,
            changes_results=True,
        ),
    ] = Match.PROTEIN
    amplification_copies: Annotated[
        float,
        Option(
            ("--amplification-copies",),
            "Minimum copy number of a whole gene that counts as an amplification; default: "
            f"{AMPLIFICATION_COPIES:g}.",
            _MATCHING,
            metavar="N",
            changes_results=True,
        ),
    ] = AMPLIFICATION_COPIES
    sv_overlap: Annotated[
        float,
        Option(
            ("--sv-overlap",),
            "Minimum fraction of a ClinVar copy-number or structural record that a deletion or duplication must cover, "
            f"so that CLNSV lists the record: above 0, at most 1; default: {DEFAULT_OVERLAP:g}.",
            _MATCHING,
            metavar="FRACTION",
            changes_results=True,
        ),
    ] = DEFAULT_OVERLAP
    disease: Annotated[
        str | None,
        Option(
            ("--disease",),
            "Patient's disease: a Disease Ontology number (DOID:8923), a name, an abbreviation (NSCLC) or a code "
            "(oncotree:SKCM, cgi:CM). Each CIViC entry is marked same, broader, narrower or other.",
            _MATCHING,
            metavar="DISEASE",
            changes_results=True,
        ),
    ] = None
    tiers: Annotated[
        bool,
        Option(
            ("--no-tiers",),
            "With --disease, do not suggest AMP/ASCO/CAP tiers (CIVIC_TIER).",
            _MATCHING,
            changes_results=True,
        ),
    ] = True
    bed: Annotated[
        Path | None,
        Option(
            ("--bed",),
            "BED file of sequenced regions. Inside them, a variant that was not called counts as absent when CIViC "
            'requires its absence ("NOT …").',
            _MATCHING,
            metavar="FILE",
            changes_results=True,
        ),
    ] = None
    online: OnlineOptions | None = None
    cgi: CgiOptions | None = None

    @property
    def format(self) -> OutputFormat:
        """Format of the output."""
        return self.output_type or OutputFormat.of(self.output)

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
        check_sv_overlap(self.sv_overlap)
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


def check_sv_overlap(part: float) -> None:
    """Refuse a fraction of a structural record that no allele or every allele covers.

    Raises:
        UsageError: it is not above 0, or above 1.

    """
    if not 0 < part <= 1:
        raise UsageError(
            f"--sv-overlap {part:g} is out of range",
            remedy="Use a number above 0 and at most 1, for example 0.5",
        )


def _same_file(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return False
