"""The command groups. A subcommand's module is loaded when it is called, so that `--version` loads none."""

from __future__ import annotations

from importlib import import_module

import click

from annotator._version import __version__
from annotator.cli.command import Group

__all__ = ["annotator"]


class _LazyGroup(Group):
    """A group whose commands stand in modules named after them."""

    def __init__(self, *, package: str, lazy: tuple[str, ...], name: str, help: str) -> None:  # noqa: A002  # click's word
        super().__init__(name=name, help=help, no_args_is_help=True)
        self._package = package
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self._lazy:
            return None
        module = f"{self._package}.{cmd_name.replace('-', '_')}"
        command: click.Command = import_module(module).command
        return command


annotator = click.version_option(__version__, "-V", "--version", message="annotator %(version)s")(
    _LazyGroup(
        package="annotator.cli",
        lazy=(
            "annotate",
            "cgi",
            "diff",
            "doctor",
            "explain",
            "opal",
            "report",
            "retry-failed",
            "snapshot",
            "ticket",
            "workflow",
        ),
        name="annotator",
        help="Annotate VCF and BCF files with ClinVar and CIViC, allele by allele, from a local snapshot, "
        "or over the network if told to.",
    )
)
