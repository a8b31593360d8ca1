"""An error message instead of a silent end by SIGBUS: part of a mapped file is gone, or its disk failed.

The blocks of a snapshot are verified when they are first read; a file that is truncated later is not noticed in time.
A handler of Python's `signal` would run after the instruction that failed, which is repeated for ever. Therefore the C
library gets a function of `ctypes`, which runs at once. Importing `ctypes` takes longer than annotating ten records.
"""

from __future__ import annotations

import os
import signal

from annotator.cli.console import Console
from annotator.errors import AnnotatorError
from annotator.runtime.workers import BUS_ERROR_REMEDY

__all__ = ["report_bus_errors"]

_kept: list[object] = []  # the C library has only the address of the function


def report_bus_errors(console: Console) -> None:
    """Print an error and exit with status 1 when this process is sent SIGBUS, where the system permits such a handler.

    Partial files stay, as after SIGKILL; none has a final name.
    """
    import ctypes

    def report(_number: int) -> None:
        try:
            console.fail_with(AnnotatorError("the run was ended by SIGBUS", remedy=BUS_ERROR_REMEDY))
            console.close()
        finally:
            os._exit(1)

    try:
        function = ctypes.CFUNCTYPE(None, ctypes.c_int)(report)
        ctypes.CDLL(None).signal(int(signal.SIGBUS), function)
    except (OSError, MemoryError, AttributeError):  # systems that forbid functions made at run time
        return
    _kept.append(function)
