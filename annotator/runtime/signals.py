"""Signals that end the command, held back while something would be left behind."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

__all__ = ["ENDING", "signals_held"]

ENDING = frozenset({signal.SIGINT, signal.SIGTERM})


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back until the block is finished.

    For steps after which something has to be removed that nobody knows of yet: a process that was just started, or a
    temporary file that still has a name.
    """
    arrived: list[int] = []
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    handlers: dict[signal.Signals, signal._HANDLER] = {}
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)  # also in a process that is started meanwhile
        if threading.current_thread() is threading.main_thread():
            # Another thread may receive the signal; Python runs its handler in this one.
            for number in ENDING:
                handlers[number] = signal.signal(number, lambda number, _frame: arrived.append(number))
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in handlers.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for late in arrived:
            signal.raise_signal(late)
