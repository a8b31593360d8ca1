"""The only module that prints to a terminal: no text from a file or a service can control the terminal.

Sample names, INFO values and names of releases come from other sources. Control characters in them, and characters that
change the direction of writing, are shown as escapes.
"""

from __future__ import annotations

import click

__all__ = ["echo", "visible"]

# C0 except tab and newline, DEL, C1; and marks that reorder text (Unicode UAX 9).
_STEERING = [*(one for one in range(0x20) if chr(one) not in "\t\n"), *range(0x7F, 0xA0)]
_REORDERING = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_SHOWN = {one: f"\\x{one:02x}" for one in _STEERING} | {one: f"\\u{one:04x}" for one in _REORDERING}


def visible(text: str) -> str:
    r"""Return a text with control characters as escapes, and bytes that are not UTF-8 as `\xNN`.

    >>> visible("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    if text.isascii() and text.isprintable():
        return text
    shown = text.translate(_SHOWN)
    return "".join(f"\\x{ord(one) - 0xDC00:02x}" if "\udc80" <= one <= "\udcff" else one for one in shown)


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text for people or programs on standard output, or standard error."""
    click.echo(visible(text), err=err, nl=nl)
