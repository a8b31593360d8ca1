"""`annotator completion`: shell completion, implemented by click."""

from __future__ import annotations

import click

from annotator.cli.command import Command
from annotator.cli.group import ASKED_BY_SHELL, annotator
from annotator.cli.screen import echo

__all__ = ["command", "completed"]

_SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    cls=Command,
    no_args_is_help=True,
    examples=("annotator completion bash > ~/.local/share/bash-completion/completions/annotator",),
)
@click.argument("shell", type=click.Choice(_SHELLS))
def command(shell: str) -> None:
    """Print a completion script for bash, zsh or fish.

    For bash (4.4 or newer), save it as in the example. For zsh, save it as _annotator in a folder of $fpath; for fish,
    as ~/.config/fish/completions/annotator.fish.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    echo(kind(annotator, {}, "annotator", ASKED_BY_SHELL).source())


def completed(instruction: str) -> int:
    """Return the exit status after completing a word for a shell.

    Args:
        instruction: such as `bash_complete`; the words are in the environment, as click expects.

    """
    from click.shell_completion import shell_complete

    return shell_complete(annotator, {}, "annotator", ASKED_BY_SHELL, instruction)
