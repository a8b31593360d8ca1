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
    except SystemExit as end:
        _ignore_signals()
        if isinstance(end.code, int) and _is_done():
            os._exit(end.code)
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


def _is_done() -> bool:
    """Return whether only memory is left to free, which would take as long as annotating ten records.

    Something is left if another thread runs, if a function was registered for the end, as by worker processes or a
    profiler, if the interpreter is to stay open (`python -i`), or if the standard output cannot be written: then Python
    reports the error.
    """
    threading = sys.modules.get("threading")
    if "atexit" in sys.modules or (threading is not None and threading.active_count() > 1):
        return False
    if sys.flags.inspect or sys.getprofile() is not None or sys.gettrace() is not None:
        return False
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
