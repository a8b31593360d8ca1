"""The commands by what one wants to do. A command's module is loaded when it is called, so that `--version` loads none.

What stands here of a command is the first sentence of its own help, which listing them must not load.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from annotator._version import __version__
from annotator.cli.command import Group

__all__ = ["ASKED_BY_SHELL", "annotator"]

ASKED_BY_SHELL = "_ANNOTATOR_COMPLETE"
"""Environment variable by which the script that a shell has asks this program how a word may go on: click's name."""

_WIDTH = 100  # columns of a help, if the terminal has so many

_COMMANDS = {
    "Annotate": {
        "annotate": "Write INPUT with what ClinVar and CIViC say of each allele.",
        "retry-failed": "Ask again what a run over the network got no answer for.",
    },
    "Look and ask": {
        "report": "Show what annotated files say: a page for people, tables for programs.",
        "explain": "Tell why an allele is annotated as it is, or not at all.",
        "doctor": "Tell what would go wrong with a VCF, and what to do about it.",
        "diff": "Tell what B says of the alleles of A that A did not: two annotated files.",
    },
    "Snapshots of ClinVar and CIViC": {
        "snapshot": "Build, download, look at, verify and compare snapshots.",
    },
    "Services": {
        "cgi": "Hand a tumour sample to the Cancer Genome Interpreter, and join its answer.",
        "opal": "Find, launch and fetch clinical reports of Omicia Opal (Fabric Genomics).",
        "ticket": "Go on with jobs at services, by their tickets.",
    },
    "Pipelines and shells": {
        "workflow": "Set up the Snakemake workflow, and do what its rules call.",
        "completion": "Print what lets a shell complete commands, options and files.",
    },
}


class _LazyGroup(Group):
    """A group whose commands stand in modules named after them.

    Args:
        package: of the modules.
        sections: by heading, each command's name and the first sentence of its help.
        name, help: as of click's own.

    """

    def __init__(
        self,
        *,
        package: str,
        sections: Mapping[str, Mapping[str, str]],
        name: str,
        help: str,  # noqa: A002  # click's word
    ) -> None:
        super().__init__(
            name=name,
            help=help,
            no_args_is_help=True,
            context_settings={"max_content_width": _WIDTH},  # commands below take it over
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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands heading by heading, without loading them."""
        width = max(map(len, self._lazy))
        for heading, commands in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), text) for name, text in commands.items()])

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """Give the commands that begin so, or the options, without loading a command."""
        # Loaded here: only shells ask.
        from click.shell_completion import CompletionItem

        named = [
            CompletionItem(name, help=text)
            for commands in self.sections.values()
            for name, text in commands.items()
            if name.startswith(incomplete)
        ]
        # Not click's own of groups, which loads every command for the text beside it.
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]


annotator = click.version_option(__version__, "-V", "--version", message="annotator %(version)s")(
    _LazyGroup(
        package="annotator.cli",
        sections=_COMMANDS,
        name="annotator",
        help="Annotate VCF and BCF files with ClinVar and CIViC, allele by allele, from a local snapshot, "
        "or over the network if told to.",
    )
)
