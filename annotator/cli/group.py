"""The commands by purpose. A command's module is imported when it is called, so that `--version` imports none.

The first sentence of each command's help is repeated here, because listing the commands must not import them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

import click

from annotator._version import __version__
from annotator.cli.command import Group, Option
from annotator.cli.screen import echo

__all__ = ["ASKED_BY_SHELL", "annotator"]

ASKED_BY_SHELL = "_ANNOTATOR_COMPLETE"
"""Environment variable with which a shell's completion script calls this program: the name is click's."""

_WIDTH = 100  # columns of the help, if the terminal is wide enough

_COMMANDS = {
    "Annotate": {
        "annotate": "Annotate a VCF or BCF file with ClinVar and CIViC.",
        "retry-failed": "Retry the lookups that failed in an online run.",
    },
    "Results and checks": {
        "report": "Write HTML, TSV, JSON or MultiQC reports of annotated files.",
        "explain": "Explain how a variant was matched, or why it was not.",
        "doctor": "Check a VCF or BCF file before it is annotated.",
        "diff": "Compare two annotated files and list what changed.",
    },
    "Snapshots of ClinVar and CIViC": {
        "snapshot": "Download, build, inspect, verify and compare snapshots.",
    },
    "External services": {
        "cgi": "Send a tumour sample to the Cancer Genome Interpreter.",
        "opal": "Find, launch and fetch clinical reports of Omicia Opal.",
        "ticket": "Follow up jobs at external services by their tickets.",
    },
    "Pipelines, shells, help": {
        "workflow": "Set up the Snakemake workflow and run its helper commands.",
        "completion": "Print a completion script for bash, zsh or fish.",
        "guide": "Read the user guide in the terminal.",
    },
}


class _LazyGroup(Group):
    """A group whose commands are in modules named after them.

    Args:
        package: package of the modules.
        sections: by heading, each command's name and the first sentence of its help.
        name, help, params, callback: as in click.

    """

    def __init__(
        self,
        *,
        package: str,
        sections: Mapping[str, Mapping[str, str]],
        name: str,
        help: str,  # noqa: A002  # click's word
        params: list[click.Parameter],
        callback: Callable[..., None],
    ) -> None:
        super().__init__(
            name=name,
            help=help,
            params=params,
            callback=callback,
            invoke_without_command=True,
            no_args_is_help=True,
            context_settings={"max_content_width": _WIDTH},  # subcommands inherit it
        )
        self._package = package
        self.sections = sections
        self._lazy = [command for commands in sections.values() for command in commands]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return self._lazy

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self._lazy:
            return None
        module = f"{self._package}.{cmd_name.replace('-', '_')}"
        command: click.Command = import_module(module).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; the error for a mistyped one names similar commands."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            # click compares with imported commands only.
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=self._lazy, ctx=ctx
            ) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands by heading, without importing them."""
        width = max(map(len, self._lazy))
        for heading, commands in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), text) for name, text in commands.items()])

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """Return the matching commands or options, without importing a command."""
        # Imported here: needed for shell completion only.
        from click.shell_completion import CompletionItem

        named = [
            CompletionItem(name, help=text)
            for commands in self.sections.values()
            for name, text in commands.items()
            if name.startswith(incomplete)
        ]
        # Not click's own method for groups, which imports every command for its help.
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]


def _version(context: click.Context, version: bool, verbose: bool, as_json: bool) -> None:
    """Print the version if requested; otherwise continue with the command."""
    if not version:
        if context.invoked_subcommand is None:
            context.fail("Missing command.")
        return
    if verbose or as_json:
        # Imported here: it imports the libraries whose versions it prints.
        from annotator.cli.version import print_versions

        print_versions(as_json=as_json)
    else:
        echo(f"annotator {__version__}")
    context.exit()


annotator = _LazyGroup(
    package="annotator.cli",
    sections=_COMMANDS,
    name="annotator",
    help="Annotate VCF and BCF files with ClinVar and CIViC.\n\nThe program works offline with a local snapshot; "
    "--online queries the services instead. For an introduction run: annotator guide first-steps",
    params=[
        Option(["-V", "--version"], is_flag=True, help="Print the version and exit."),
        Option(
            ["--verbose"],
            is_flag=True,
            help="With --version, also print the versions of Python, htslib, pysam and cyvcf2.",
        ),
        Option(["--json", "as_json"], is_flag=True, help="With --version, print all versions as JSON."),
    ],
    callback=click.pass_context(_version),
)
