"""Worker processes: the same function over many items, answers in the order of the items.

With one worker everything runs in this process, which is easier to follow and gives the same bytes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from annotator.errors import AnnotatorError
from annotator.runtime.blas import spare_blas_threads

if TYPE_CHECKING:
    from annotator.runtime.shared_memory import SharedBytes, Slots

__all__ = ["WorkerDiedError", "keep_freed_memory", "ordered_map"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Job = TypeVar("Job")

_AHEAD = 2  # items in flight per worker: enough to keep it busy, few enough to keep memory flat


class WorkerDiedError(AnnotatorError):
    """A worker process ended before it answered."""

    default_kind = "worker_died"


def ordered_map(
    make: Callable[[Job], Callable[[Item], Answer]], job: Job, items: Iterable[Item], workers: int
) -> Iterator[Answer]:
    """Apply `make(job)` to every item.

    Args:
        make: called once per worker; a module-level function, as `job` and the items must be picklable.
        job: what a worker needs to know.
        items: read no further ahead than the workers need.
        workers: number of processes; 1 for none but this.

    Raises:
        WorkerDiedError: a worker was killed.

    """
    if workers == 1:
        yield from map(make(job), items)
        return
    # Loaded here: the imports cost more than annotating a panel.
    import multiprocessing
    from concurrent.futures import Future, ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    from annotator.runtime.shared_memory import Slots

    keep_freed_memory()
    is_forked = sys.platform == "linux"
    context = multiprocessing.get_context("fork" if is_forked else "spawn")
    in_flight = _AHEAD * workers + 1
    slots = Slots(in_flight if is_forked else 0)
    with ProcessPoolExecutor(workers, context, _start, (make, job, slots, os.getpid())) as executor:
        pending: deque[Future[SharedBytes]] = deque()
        try:
            for number, item in enumerate(items):
                parcel = slots.put(number % in_flight, item)  # whose last answer was taken
                with _signals_held():
                    pending.append(executor.submit(_apply, parcel))
                if len(pending) == in_flight:
                    yield slots.take(pending.popleft().result())
            while pending:
                yield slots.take(pending.popleft().result())
        except BrokenProcessPool as error:
            raise WorkerDiedError(
                "a worker process died", remedy="It may have run out of memory: try fewer workers (-@ 1)"
            ) from error
        finally:
            for future in pending:
                future.cancel()


@cache
def keep_freed_memory() -> None:
    """Make this process reuse what it frees, instead of giving it back and asking for it again at every item.

    The allocator of glibc learns: what a program frees once in one piece, up to 32 MiB, it keeps from then on, and
    twice as much at the end of the heap (mallopt(3), M_MMAP_THRESHOLD). A piece that is never written to takes no
    memory. Other allocators are not harmed. Fetching pages anew took a sixth of the time of annotating a genome.
    """
    bytes(_LEARNED)


_LEARNED = 31 << 20

_STOPPING = {signal.SIGINT, signal.SIGTERM}


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Hold signals back while processes may start: a pool that was stopped half-way there never ends."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_function: Callable[[Any], Any] | None = None
_slots: Slots | None = None


def _start(make: Callable[[Any], Callable[[Any], Any]], job: object, slots: Slots, parent: int) -> None:
    global _function, _slots  # a worker process is started once and does one thing
    # Ctrl-C reaches the whole process group; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
    spare_blas_threads()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _function, _slots = make(job), slots


def _end_with(parent: int) -> None:
    """End this process when its parent was killed: it would wait for work for ever."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _apply(parcel: SharedBytes) -> SharedBytes:
    assert _function is not None
    assert _slots is not None
    return _slots.put(parcel.slot, _function(_slots.take(parcel)))
