"""Entry point of `python -m annotator` and of the installed command; interruptible from its start."""

from __future__ import annotations

import os
import sys

__all__ = ["main"]

_INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit; Ctrl-C during the imports has the same effect as later."""
    try:
        from annotator.cli import main as command_line
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; no output was written\n")
        sys.stderr.flush()
        os._exit(_INTERRUPTED)
    command_line()


if __name__ == "__main__":
    main()
