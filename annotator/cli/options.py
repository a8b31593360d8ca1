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
from annotator.variants.copy_number import AMPLIFICATION_COPIES
from annotator.vcf.files import OutputFormat
from annotator.vcf.header import OnClash

__all__ = [
    "ALLELES_ASSEMBLY",
    "ASSEMBLY_NAME",
    "AS_JSON",
    "FILE",
    "FOLDER",
    "FORCE",
    "INPUT",
    "NEW_SNAPSHOT",
    "PATH",
    "THREADS",
    "Writing",
    "amplification_option",
    "assembly_option",
    "ca_bundle_option",
    "civic_files",
    "civic_options",
    "egress_log_option",
    "listed",
    "option",
    "reference_option",
    "regions_listed",
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
    """Add options to a command, in the order in which the help shows them."""
    for one in reversed(tuple(options)):
        command = one(command)
    return command


def listed(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Read values with commas between them."""
    return None if value is None else tuple(item.strip() for item in value.split(",") if item.strip())


def regions_listed(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> tuple[str, ...] | None:
    """Read regions separated by commas, whose positions may have thousands separators.

    A comma is a thousands separator if it stands inside a position: after one to three digits, before exactly three.
    """
    import re

    if value is None:
        return None
    regions: list[str] = []
    for piece in value.split(","):
        goes_on = re.fullmatch(r"\d{3}(?:-\d*)?", piece) is not None
        if goes_on and regions and re.search(r"[:-]\d{1,3}(?:,\d{3})*$", regions[-1]):
            regions[-1] += f",{piece}"
        else:
            regions.append(piece)
    return tuple(region for region in map(str.strip, regions) if region)


def reference_option(help_: str, section: str = "Options") -> Callable[[F], F]:
    """Make the option of a FASTA; `help_` says what it is good for."""
    return option(
        "--reference", type=PATH, metavar="FASTA", help=f"Indexed FASTA file {help_}", section=section
    )


def snapshot_option(help_: str, *, required: bool = False) -> Callable[[F], F]:
    """Make the option of a snapshot to be read."""
    return option(
        "--snapshot",
        envvar="ANNOTATOR_SNAPSHOT",
        type=FOLDER,
        required=required,
        metavar="DIR",
        help=f"{help_} (environment variable ANNOTATOR_SNAPSHOT).",
    )


INPUT = click.argument("input", metavar="INPUT", type=FILE)


class _AssemblyName(click.ParamType[str]):
    """Name of an assembly, also one that UCSC or the 1000 Genomes Project uses."""

    name = "assembly"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002  # click's signature
        return "[GRCh37|GRCh38|hg19|hg38|b37]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the canonical name: GRCh37 or GRCh38."""
        try:
            return Assembly(value).value
        except ValueError:
            self.fail(f"{value!r} is not supported; choose GRCh37 (hg19, b37) or GRCh38 (hg38).", param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[click.shell_completion.CompletionItem]:
        from click.shell_completion import CompletionItem

        names = ("GRCh37", "GRCh38", "hg19", "hg38")
        return [CompletionItem(name) for name in names if name.lower().startswith(incomplete.lower())]


ASSEMBLY_NAME = _AssemblyName()


def amplification_option(section: str = "Options") -> Callable[[F], F]:
    """Return the option of how many copies make an amplification."""
    return option(
        "--amplification-copies",
        type=float,
        default=AMPLIFICATION_COPIES,
        metavar="N",
        help="Minimum copy number of a whole gene that counts as an amplification; default: 6.",
        section=section,
    )


def assembly_option(section: str = "Options") -> Callable[[F], F]:
    """Return the option of an input's assembly."""
    return option(
        "--assembly",
        type=ASSEMBLY_NAME,
        help="Assembly of the input, if its header does not state it.",
        section=section,
    )


ALLELES_ASSEMBLY = option("--assembly", type=ASSEMBLY_NAME, required=True, help="Assembly of the snapshot.")
NEW_SNAPSHOT = option(
    "-o", "--output", type=FOLDER, required=True, metavar="SNAPSHOT", help="Snapshot folder to create."
)


def _workers(_context: click.Context, _parameter: click.Parameter, value: int) -> int:
    if value < 1:
        raise UsageError(f"-@ {value}: at least one worker is needed", remedy="Use 1 or more")
    return value


THREADS = option(
    "-@",
    "--threads",
    default=1,
    show_default=True,
    callback=_workers,
    metavar="N",
    help="Number of worker processes.",
)
FORCE = option("--force", is_flag=True, help="Replace an existing output.")
AS_JSON = option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def ca_bundle_option(section: str = "Options") -> Callable[[F], F]:
    """Make the option of certificates."""
    help_ = "PEM file of certificate authorities to trust in addition to the system's."
    return option("--ca-bundle", type=PATH, metavar="PEM", help=help_, section=section)


def egress_log_option(section: str = "Options") -> Callable[[F], F]:
    """Make the option of the record of what is sent."""
    help_ = "Append one line per request to this file, without the identifiers that were sent."
    return option("--egress-log", type=PATH, metavar="FILE", help=help_, section=section)


def civic_files(section: str) -> tuple[Callable[[F], F], ...]:
    """Make the options of what helps to make CIViC's store: `chain`, `caid_table`, `disease_ontology`."""
    return (
        option(
            "--chain",
            type=PATH,
            metavar="FILE",
            help="Chain file to lift CIViC's variants over from the other assembly; default: the built-in table.",
            section=section,
        ),
        option(
            "--caid-table",
            type=PATH,
            metavar="TSV",
            help="Table of CIViC's alleles by CAID, written by `annotator snapshot pull caid`.",
            section=section,
        ),
        option(
            "--disease-ontology",
            type=PATH,
            metavar="OBO",
            help="Disease Ontology file (doid.obo) that defines broader and narrower diseases for --disease; "
            "default: the built-in table.",
            section=section,
        ),
    )


_CIVIC = (
    reference_option("to check REF of CIViC's alleles and to left-align its indels.", "CIViC"),
    *civic_files("CIViC"),
)


def civic_options(command: F) -> F:
    """Add the options that help to locate CIViC variants in a snapshot: `reference` and `civic_files`."""
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
        """Return the options of a run; other keyword arguments are passed to `AnnotateOptions`."""
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
        help="Output format: v VCF, z compressed VCF, b BCF, u uncompressed BCF; default: by the "
        "file suffix.",
    ),
    option(
        "-W",
        "--write-index",
        is_flag=True,
        help="Write an index of the output: .tbi, or .csi for BCF and long contigs.",
    ),
    option(
        "--compression-level",
        default=DEFAULT_LEVEL,
        show_default=True,
        metavar="0-9",
        help="Compression level of compressed VCF and BCF output.",
    ),
    reference_option("to left-align indels and to compare REF with the reference.", "Matching"),
    option(
        "--on-clash",
        type=click.Choice([choice.value for choice in OnClash]),
        default=OnClash.ERROR.value,
        show_default=True,
        help="Action if another tool wrote an INFO field that annotator also writes: stop with an error, replace its "
        "values, or keep them.",
        section="INFO fields",
    ),
)


def writing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the output options to a command, which receives them as one argument, `writing`."""

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
