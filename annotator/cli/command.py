"""Base classes of all commands: help with an example, options under headings, and message options.

annotator annotate --help
Usage, what it does
Example          a line that works
Options          by heading; those of all commands last
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from annotator.cli.console import Console

__all__ = ["Command", "Group", "Option"]

_OWN = "Options"
_COMMON = "General options"


class Option(click.Option):
    """An option.

    Args:
        section: heading of the option in the help.
        declarations, others: as in click.

    """

    def __init__(self, *declarations: Any, section: str = _OWN, **others: Any) -> None:
        super().__init__(*declarations, **others)
        self.section = section

    def get_help_extra(self, ctx: click.Context) -> click.types.OptionHelpExtra:
        """Return default and range; the range names the value as the option does, `1<=N<=1000`."""
        extra = super().get_help_extra(ctx)
        if "range" in extra and self.metavar is not None:
            extra["range"] = extra["range"].replace("x", self.metavar)
        return extra


def _quiet(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Console).is_quiet = True


def _no_progress(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Console).shows_progress = False


def _print_help(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(context.get_help(), color=context.color)
        context.exit()


def _messages() -> list[click.Parameter]:
    """Return the message options of all commands; eager, so that errors about other options already follow them.

    --log-json is searched before any option is parsed, so that its callback has nothing to do.
    """
    made: list[click.Parameter] = [
        Option(
            declarations,
            section=_COMMON,
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=callback,
            help=help_,
        )
        for declarations, callback, help_ in (
            (("-q", "--quiet"), _quiet, "Print only warnings and errors."),
            (("--no-progress",), _no_progress, "Do not show progress."),
            (("--log-json",), None, "Print every message as one JSON object per line."),
        )
    ]
    return made


class Command(click.Command):
    """A command.

    Args:
        examples: tested command lines.
        others, named: as in click.

    """

    def __init__(self, *others: Any, examples: Sequence[str] = (), **named: Any) -> None:
        super().__init__(*others, **named)
        self.context_settings.setdefault("help_option_names", ["-h", "--help"])
        self.examples = tuple(examples)
        self.params += _messages()
        self._help: Option | None = None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; the error for one too many names the option for the output."""
        try:
            return super().parse_args(ctx, self._with_long_names(ctx, args))
        except click.UsageError as error:
            has_output = any("--output" in parameter.opts for parameter in self.params)
            if has_output and "unexpected extra argument" in error.message:
                raise click.UsageError(f"{error.message}. Set the output with -o.", ctx) from None
            raise

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the help option; click's own searches for translations, even if no help is shown."""
        if self._help is None:
            self._help = Option(
                self.get_help_option_names(ctx),
                section=_COMMON,
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_print_help,
                help="Show this message and exit.",
            )
        return self._help

    def _with_long_names(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Return the arguments with `--output` for `-o`, up to the first word with several short options.

        Before click looks up a short option, it compares its name with all long ones, to suggest the most similar; this
        takes longer than annotating ten records.
        """
        if not ctx.allow_interspersed_args:  # the options of a subcommand are not those of its group
            return args
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        by_name = {name: option for option in options for name in option.opts}
        words, place = list(args), 0
        while place < len(words):
            word = words[place]
            option = by_name.get(word)
            place += 1
            if option is None:
                if word == "--" or (len(word) > 1 and word[0] == "-" != word[1]):
                    break
            elif option.is_flag or option.count or place < len(words):  # else its value is missing
                words[place - 1] = next((name for name in option.opts if name.startswith("--")), word)
                place += 0 if option.is_flag or option.count else option.nargs
        return words

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the description of the command, and its usage."""
        super().format_help_text(ctx, formatter)
        if self.examples:
            with formatter.section("Example" if len(self.examples) == 1 else "Examples"):
                for example in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, heading by heading."""
        sections: dict[str, list[tuple[str, str]]] = {_OWN: []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and not (isinstance(parameter, click.Argument) and not record[1]):
                heading = getattr(parameter, "section", _OWN)
                sections.setdefault(heading, []).append(record)
        common = sections.pop(_COMMON)
        for heading, records in [*sections.items(), (_COMMON, common)]:
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


class Group(Command, click.Group):
    """A group of commands; the arguments are those of a command, and click's own for a group."""

    command_class = Command
    group_class = type  # in click, this means the same class

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands first, because readers search for these, then the options."""
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)
