"""Options that several commands have: each is written once, so that it means the same wherever it stands."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from annotator.annotation.options import DEFAULT_LEVEL, AnnotateOptions
from annotator.cli.command import Option
from annotator.errors import UsageError
from annotator.variants.assembly import Assembly
from annotator.vcf.files import OutputFormat
from annotator.vcf.header import OnClash

__all__ = [
    "ALLELES_ASSEMBLY",
    "AS_JSON",
    "FILE",
    "FOLDER",
    "FORCE",
    "INPUT",
    "NEW_SNAPSHOT",
    "PATH",
    "THREADS",
    "Writing",
    "assembly_option",
    "ca_bundle_option",
    "civic_files",
    "civic_options",
    "egress_log_option",
    "listed",
    "option",
    "reference_option",
    "snapshot_option",
    "with_options",
    "writing_options",
]

F = TypeVar("F", bound=Callable[..., Any])


class _Folder(click.Path):
    """A folder, for shells that complete it; what it has to be, the library says better."""

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[click.shell_completion.CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="dir")]


# What is wrong with a file the library says, with what to do about it: click is to look at none.
PATH = click.Path(path_type=Path, readable=False)
"""A file."""

FILE = click.Path(allow_dash=True, readable=False)
"""A file as it was written, or `-`."""

FOLDER = _Folder(path_type=Path, readable=False)
"""A folder."""


def option(*declarations: str, section: str = "Options", **others: Any) -> Callable[[F], F]:
    """Make an option that stands under a heading in the help; the other arguments are click's."""
    return click.option(*declarations, cls=Option, section=section, **others)


def with_options(command: F, options: Iterable[Callable[[F], F]]) -> F:
    """Give a command options, in the order in which the help is to show them."""
    for one in reversed(tuple(options)):
        command = one(command)
    return command


def listed(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Read values with commas between them."""
    return None if value is None else tuple(item.strip() for item in value.split(",") if item.strip())


def reference_option(help_: str, section: str = "Options") -> Callable[[F], F]:
    """Make the option of a FASTA; `help_` says what it is good for."""
    return option("--reference", type=PATH, metavar="FASTA", help=f"Indexed FASTA: {help_}", section=section)


def snapshot_option(help_: str, *, required: bool = False) -> Callable[[F], F]:
    """Make the option of a snapshot to be read."""
    return option(
        "--snapshot",
        envvar="ANNOTATOR_SNAPSHOT",
        type=FOLDER,
        required=required,
        metavar="DIR",
        help=f"{help_} (or ANNOTATOR_SNAPSHOT).",
    )


INPUT = click.argument("input", metavar="INPUT", type=FILE)
_ASSEMBLIES = click.Choice([assembly.value for assembly in Assembly])


def assembly_option(section: str = "Options") -> Callable[[F], F]:
    """Make the option of an input's assembly."""
    return option("--assembly", type=_ASSEMBLIES, help="If the header does not tell.", section=section)


ALLELES_ASSEMBLY = option("--assembly", type=_ASSEMBLIES, required=True, help="Of all alleles.")
NEW_SNAPSHOT = option(
    "-o", "--output", type=FOLDER, required=True, metavar="SNAPSHOT", help="Folder to make."
)


def _workers(_context: click.Context, _parameter: click.Parameter, value: int) -> int:
    if value < 1:
        raise UsageError(f"-@ {value} asks for no worker at all", remedy="Give 1 or more")
    return value


THREADS = option(
    "-@",
    "--threads",
    default=1,
    show_default=True,
    callback=_workers,
    metavar="N",
    help="Worker processes.",
)
FORCE = option("--force", is_flag=True, help="Replace what has that name.")
AS_JSON = option("--json", "as_json", is_flag=True, help="JSON instead of text or a table.")


def ca_bundle_option(section: str = "Options") -> Callable[[F], F]:
    """Make the option of certificates."""
    help_ = "Authorities to trust besides the system's."
    return option("--ca-bundle", type=PATH, metavar="PEM", help=help_, section=section)


def egress_log_option(section: str = "Options") -> Callable[[F], F]:
    """Make the option of the record of what is sent."""
    help_ = "Append a line per request sent, without identifiers."
    return option("--egress-log", type=PATH, metavar="FILE", help=help_, section=section)


def civic_files(section: str) -> tuple[Callable[[F], F], ...]:
    """Make the options of what helps to make CIViC's store: `chain`, `caid_table`, `disease_ontology`."""
    return (
        option(
            "--chain",
            type=PATH,
            metavar="FILE",
            help="Chain file from the other assembly, used in place of the built-in table to place CIViC's variants.",
            section=section,
        ),
        option(
            "--caid-table",
            type=PATH,
            metavar="TSV",
            help="CIViC's alleles by their CAID, from: annotator snapshot pull caid.",
            section=section,
        ),
        option(
            "--disease-ontology",
            type=PATH,
            metavar="OBO",
            help="doid.obo: --disease tells broader and narrower ones.",
            section=section,
        ),
    )


_CIVIC = (
    reference_option("CIViC's alleles are checked, and its indels left-aligned.", "CIViC"),
    *civic_files("CIViC"),
)


def civic_options(command: F) -> F:
    """Give a command what helps to place CIViC's alleles in a snapshot: `reference`, and as `civic_files`."""
    return with_options(command, _CIVIC)


class Writing(NamedTuple):
    """How an input is matched and its output written."""

    output_type: OutputFormat | None
    write_index: bool
    compression_level: int
    reference: Path | None
    on_clash: OnClash

    def config(
        self, source: str, output: str, snapshot: Path | None, assembly: Assembly | None, **others: Any
    ) -> AnnotateOptions:
        """Give what a run is told; the other arguments are the configuration's."""
        return AnnotateOptions(
            source,
            output,
            snapshot,
            output_format=self.output_type,
            write_index=self.write_index,
            compression_level=self.compression_level,
            reference=self.reference,
            assembly=assembly,
            on_clash=self.on_clash,
            **others,
        )


_WRITING = (
    option(
        "-O",
        "--output-type",
        type=click.Choice([format_.value for format_ in OutputFormat]),
        help="v VCF, z VCF.gz, b BCF, u uncompressed BCF; default: by the suffix.",
    ),
    option(
        "-W", "--write-index", is_flag=True, help="Index the output: .tbi, or .csi for BCF and long contigs."
    ),
    option(
        "--compression-level",
        default=DEFAULT_LEVEL,
        show_default=True,
        metavar="0-9",
        help="Of BGZF and BCF output.",
    ),
    reference_option("indels are left-aligned, REF is checked.", "Matching"),
    option(
        "--on-clash",
        type=click.Choice([choice.value for choice in OnClash]),
        default=OnClash.ERROR.value,
        show_default=True,
        help="If another tool wrote an INFO field of our name.",
        section="INFO fields",
    ),
)


def writing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of how an output is written; it gets them as one argument, `writing`."""

    @functools.wraps(command)
    def wrapped(
        *,
        output_type: str | None,
        write_index: bool,
        compression_level: int,
        reference: Path | None,
        on_clash: str,
        **others: Any,
    ) -> Any:
        writing = Writing(
            None if output_type is None else OutputFormat(output_type),
            write_index,
            compression_level,
            reference,
            OnClash(on_clash),
        )
        return command(writing=writing, **others)

    return with_options(wrapped, _WRITING)
