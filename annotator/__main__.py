"""`python -m annotator` and the installed command: the command line, interruptible from its first moment."""

from __future__ import annotations

import os
import sys

__all__ = ["main"]

_INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit; Ctrl-C while it is still being loaded ends it as it does later."""
    try:
        from annotator.cli import main as command_line
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: nothing was written\n")
        sys.stderr.flush()
        os._exit(_INTERRUPTED)
    command_line()


if __name__ == "__main__":
    main()
