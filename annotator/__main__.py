"""Entry point of `python -m annotator` and of the installed command; interruptible from its start."""

import os
import sys

__all__ = ["main"]

_INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit; Ctrl-C during the imports has the same effect as later.

    What Python does before this function is called cannot be covered: its own start, and the script of the command.
    """
    try:
        import gc

        gc.set_threshold(100_000, 20, 20)  # imports and records make many objects and few cycles
        from annotator.cli import main as command_line

        command_line()
    except SystemExit:
        _ignore_signals()
        raise
    except KeyboardInterrupt:
        finished = sys.modules.get("annotator.runtime.finished")
        text = "interrupted; no output was written" if finished is None else finished.ended("interrupted")
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
        os._exit(_INTERRUPTED)


def _ignore_signals() -> None:
    """Keep the status of a run that is finished: its output is complete, or there is none."""
    import signal

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    main()
