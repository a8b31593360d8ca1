"""Options shared by several commands: each is defined once, so that its meaning is the same everywhere."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_origin

import click

from annotator.annotation.online_options import OnlineOptions
from annotator.annotation.options import AnnotateOptions
from annotator.cli.command import Option
from annotator.runtime.addresses import is_address, reading_command, shown_address
from annotator.runtime.options import Declared, converted, declared_options
from annotator.runtime.options import Option as Declaration
from annotator.runtime.workers import check_workers
from annotator.snapshot.civic.options import CivicOptions
from annotator.variants.assembly import Assembly
from annotator.vcf.files import STREAM
from annotator.vcf.shard import Shard

__all__ = [
    "ALLELES_ASSEMBLY",
    "ASSEMBLY",
    "ASSEMBLY_NAME",
    "AS_JSON",
    "CA_BUNDLE",
    "FILE",
    "FOLDER",
    "FORCE",
    "INPUT",
    "NEW_SNAPSHOT",
    "PATH",
    "THREADS",
    "WRITING",
    "declared",
    "listed",
    "option",
    "regions_listed",
    "run_options",
    "snapshot_option",
    "with_civic_options",
    "with_options",
]

F = TypeVar("F", bound=Callable[..., Any])


class _Name(click.ParamType[Any]):
    """Name of a file, as written, or `-`. The library checks it, and reports problems better than click does.

    It is not click's own type, which loads the translations of click when it is made.
    """

    name = "path"
    kind = "file"  # for shell completion

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002
        """Return the value."""
        return value

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[click.shell_completion.CompletionItem]:
        """Return the kind of names that the shell completes."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type=self.kind)]


class _Folder(_Name):
    """A folder."""

    kind = "dir"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ARG002
        return Path(value)


class _File(_Name):
    """A file; an address is refused as such, because a path would collapse its slashes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        if isinstance(value, str) and is_address(value):
            command = reading_command(value)
            self.fail(
                f"{shown_address(value)} is an address; only local files can be opened. "
                f"Download it first: {command} > FILE.",
                param,
                ctx,
            )
        return Path(value)


PATH = _File()
"""Type of a file."""

FILE = _Name()
"""Type of a file as written, or `-`."""

FOLDER = _Folder()
"""Type of a folder."""


def option(*declarations: str, section: str = "Options", **others: Any) -> Callable[[F], F]:
    """Return an option under a heading of the help; the other arguments are click's."""
    return click.option(*declarations, cls=Option, section=section, **others)


def with_options(command: F, options: Iterable[Callable[[F], F]]) -> F:
    """Add options to a command, in the order in which the help shows them."""
    for one in reversed(tuple(options)):
        command = one(command)
    return command


def listed(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Return comma-separated values."""
    return None if value is None else tuple(item.strip() for item in value.split(",") if item.strip())


def regions_listed(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> tuple[str, ...] | None:
    """Return comma-separated regions, whose positions may have thousands separators.

    A comma is a thousands separator if it is inside a position: after one to three digits, before exactly three.
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


def snapshot_option(help_: str) -> Callable[[F], F]:
    """Return the option for a snapshot."""
    return option(
        "--snapshot",
        envvar="ANNOTATOR_SNAPSHOT",
        type=FOLDER,
        metavar="DIR",
        help=f"{help_} (environment variable ANNOTATOR_SNAPSHOT).",
    )


INPUT = click.argument("input", metavar="INPUT", type=FILE)


class _AssemblyName(click.ParamType[str]):
    """Name of an assembly, including those that UCSC or the 1000 Genomes Project use."""

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


ALLELES_ASSEMBLY = option("--assembly", type=ASSEMBLY_NAME, required=True, help="Assembly of the snapshot.")
NEW_SNAPSHOT = option(
    "-o", "--output", type=FOLDER, required=True, metavar="SNAPSHOT", help="Snapshot folder to create."
)


def _workers(_context: click.Context, _parameter: click.Parameter, value: int) -> int:
    check_workers(value)
    return value


FORCE = option("--force", is_flag=True, help="Replace an existing output.")
AS_JSON = option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


_BY_NAME: dict[str, dict[str, Any]] = {
    "assembly": {"type": ASSEMBLY_NAME},
    "output": {"type": FILE},
    "regions": {"callback": regions_listed},
    "snapshot": {"type": FOLDER},
    "threads": {"callback": _workers},
}
"""Options whose values are parsed in a special way."""


def declared(
    kind: type[NamedTuple], *names: str, section: str | None = None, **others: Any
) -> tuple[Callable[[F], F], ...]:
    """Return options from their declarations.

    Args:
        kind: class of options whose fields declare them.
        names: names of the fields; all that declare an option if there are none.
        section: heading in the help, instead of the declared one.
        others: click arguments that replace those of a declaration, such as `help`.

    """
    fields = declared_options(kind)
    chosen = names or [name for name, field in fields.items() if field.option is not None]
    return tuple(_click_option(name, fields[name], section, others) for name in chosen)


def _click_option(
    name: str, field: Declared, section: str | None, others: dict[str, Any]
) -> Callable[[F], F]:
    stated = field.option
    assert stated is not None
    facts: dict[str, Any] = {"metavar": stated.metavar, "help": stated.help, "envvar": stated.variable}
    if field.default is not ... and field.default is not None:
        facts |= {"default": field.default, "show_default": stated.shows_default}
    facts |= _of_type(field, stated) | _BY_NAME.get(name, {}) | others
    return option(*stated.flags, name, section=section or stated.section, **facts)


def _of_type(field: Declared, stated: Declaration) -> dict[str, Any]:
    """Return the click arguments for an option's type."""
    type_ = field.type
    if get_origin(type_) is tuple:
        return {"callback": listed, "default": None}
    if type_ is bool:
        return {"is_flag": True, "flag_value": not field.default}
    if issubclass(type_, StrEnum) or stated.choices:
        words = [str(choice) for choice in stated.choices or type_]
        return {"type": click.Choice(words), "default": None if field.default is None else str(field.default)}
    if type_ is Shard:
        return {"callback": _shard}
    return {"type": PATH if type_ is Path else type_}


def _shard(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Shard | None:
    return None if value is None else Shard.parse(value)


ASSEMBLY = declared(AnnotateOptions, "assembly", section="Options")[0]
"""Option for the assembly of an input, for commands with a single heading of options."""

THREADS = declared(AnnotateOptions, "threads")[0]
CA_BUNDLE = declared(OnlineOptions, "ca_bundle", section="Options")[0]


def with_civic_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for the CIViC part of a snapshot; the command receives them as one argument, `civic_options`."""
    names = tuple(name for name, field in declared_options(CivicOptions).items() if field.option is not None)

    @functools.wraps(command)
    def with_options_of_civic(**values: Any) -> Any:
        stated = {name: values.pop(name) for name in names}
        return command(civic_options=converted(CivicOptions, stated), **values)

    return with_options(with_options_of_civic, declared(CivicOptions))


WRITING = ("output_type", "write_index", "compression_level", "reference", "on_clash")
"""Options of any command that writes an annotated file."""


def run_options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds options of a run; the command receives them as one argument, `options`.

    Args:
        names: names of the fields of `AnnotateOptions`; all that declare an option if there are none. Input and output
            are streams unless they are among them.

    """
    fields = declared_options(AnnotateOptions)
    chosen = names or tuple(name for name, field in fields.items() if field.option is not None)

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_run_options(**values: Any) -> Any:
            stated = {name: values.pop(name) for name in chosen}
            of_run = {name: value for name, value in stated.items() if value is not None}
            options = converted(AnnotateOptions, {"input": STREAM, "output": STREAM} | of_run)
            return command(options=options, **values)

        return with_options(with_run_options, declared(AnnotateOptions, *chosen))

    return decorate
