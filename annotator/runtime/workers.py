"""Worker processes: apply a function to many items, with results in the order of the items.

With one worker, everything runs in this process, which is easier to follow and produces the same bytes. Otherwise each
worker has a pipe of its own, and nothing else is shared except inherited memory: no thread, semaphore or folder for
temporary files is needed, so that a process limit or a read-only container causes an error at once and never a hang.
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

from annotator.errors import AnnotatorError, UsageError
from annotator.runtime.blas import spare_blas_threads
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.signals import ENDING, signals_held

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from annotator.runtime.shared_memory import SharedBytes, Slots

__all__ = [
    "BUS_ERROR_REMEDY",
    "WorkerDiedError",
    "WorkerStartError",
    "check_workers",
    "keep_freed_memory",
    "ordered_map",
]

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Job = TypeVar("Job")

_AHEAD = 2  # items in progress per worker: enough to keep it busy, few enough to keep memory flat
_SMALL = 1 << 14  # bytes that a pipe accepts while its reader is busy (pipe(7): at least 16 pages)
_PATIENCE = 5.0  # seconds that a worker has to end after a stop signal


class WorkerDiedError(AnnotatorError):
    """A worker process ended before it returned its result."""

    default_kind = "worker_died"


class WorkerStartError(AnnotatorError):
    """A worker process could not be started."""

    default_kind = "worker_not_started"


_MOST_WORKERS = 512


def check_workers(workers: int) -> None:
    """Check the number of workers: very many would take the memory of the machine.

    Raises:
        UsageError: it is below 1 or above 512.

    """
    if not 1 <= workers <= _MOST_WORKERS:
        raise UsageError(
            f"-@ {workers}: the number of workers is out of range", remedy=f"Use 1 to {_MOST_WORKERS}"
        )


def ordered_map(
    make: Callable[[Job], Callable[[Item], Answer]], job: Job, items: Iterable[Item], workers: int
) -> Iterator[Answer]:
    """Apply `make(job)` to every item.

    Args:
        make: called once per worker; a module-level function, as `job` and the items must be picklable.
        job: the parameters of the worker.
        items: the items; read no further ahead than the workers need.
        workers: number of processes; 1 means this process only.

    Raises:
        UsageError: the number of processes is out of range.
        WorkerDiedError: a worker was killed.
        WorkerStartError: a process cannot be started.

    """
    check_workers(workers)
    if workers == 1:
        yield from map(make(job), items)
        return
    keep_freed_memory()
    pool = _Pool(make, job, workers)
    try:
        yield from pool.answers(items)
    finally:
        pool.stop()


class _Worker(NamedTuple):
    """A worker process, and the parent's end of its pipe."""

    process: BaseProcess
    pipe: Connection


class _Pool:
    """Worker processes, and the items assigned to each."""

    def __init__(self, make: Callable[[Any], Callable[[Any], Any]], job: object, count: int) -> None:
        # Imported here: these imports cost more than annotating a panel.
        import multiprocessing

        self._is_forked = sys.platform == "linux"
        self._context: Any = multiprocessing.get_context("fork" if self._is_forked else "spawn")
        self._in_flight = _AHEAD * count + 1
        self._slots = _slots_for(self._in_flight if self._is_forked else 0)
        self._workers: list[_Worker] = []
        self._tasks: list[deque[int]] = []  # numbers of the items of each worker, in order
        self._ready: dict[
            int, SharedBytes | BaseException
        ] = {}  # results received, by the number of their item
        with signals_held():
            for _ in range(count):
                self._start(make, job)

    def _start(self, make: Callable[[Any], Callable[[Any], Any]], job: object) -> None:
        try:
            ours, theirs = self._context.Pipe()
            inherited = [*self._pipes, ours] if self._is_forked else []
            arguments = (theirs, inherited, make, job, self._slots, os.getpid())
            process = self._context.Process(target=_work, args=arguments, daemon=True)
            process.start()
        except (OSError, RuntimeError) as error:  # RuntimeError: no thread can be started
            started = len(self._workers)
            self.stop()
            raise WorkerStartError(
                f"worker process {started + 1} cannot be started ({getattr(error, 'strerror', None) or error})",
                remedy="A limit of this machine or job is reached: use fewer workers (-@ 1 needs none)",
            ) from error
        theirs.close()
        self._workers.append(_Worker(process, ours))
        self._tasks.append(deque())

    @property
    def _pipes(self) -> list[Connection]:
        return [worker.pipe for worker in self._workers]

    def answers(self, items: Iterable[Any]) -> Iterator[Any]:
        """Yield the results in the order of the items."""
        taken = number = 0
        for number, item in enumerate(items, 1):
            while number - taken > self._in_flight:  # the slot of this item still holds an earlier result
                yield self._taken(taken)
                taken += 1
            self._hand_over(number - 1, self._slots.put((number - 1) % self._in_flight, item))
        for one in range(taken, number):
            yield self._taken(one)

    def _taken(self, number: int) -> Any:
        while number not in self._ready:
            self._collect()
        answer = self._ready.pop(number)
        if isinstance(answer, BaseException):
            raise answer
        return self._slots.take(answer)

    def _hand_over(self, number: int, parcel: SharedBytes) -> None:
        """Send an item to the worker with the fewest pending items.

        A busy worker receives a second item only if it certainly fits into its pipe: otherwise both sides would wait
        for the other to read.
        """
        most = _AHEAD if len(parcel.pickled) <= _SMALL else 1
        while min(map(len, self._tasks)) >= most:
            self._collect()
        chosen = min(range(len(self._tasks)), key=lambda one: len(self._tasks[one]))
        try:
            self._workers[chosen].pipe.send(parcel)
        except OSError:  # it ended; reading reports why
            self._tasks[chosen].append(number)
            self._collect()
            return
        self._tasks[chosen].append(number)

    def _collect(self) -> None:
        """Wait for results, and take those that have arrived."""
        from multiprocessing.connection import wait

        busy = [pipe for pipe, tasks in zip(self._pipes, self._tasks, strict=True) if tasks]
        for pipe in wait(busy):
            number = self._pipes.index(pipe)  # type: ignore[arg-type]  # what was waited for
            try:
                error, parcel = self._workers[number].pipe.recv()
            except (EOFError, OSError) as gone:
                raise self._died(self._workers[number].process) from gone
            self._ready[self._tasks[number].popleft()] = parcel if error is None else error

    @staticmethod
    def _died(process: BaseProcess) -> WorkerDiedError:
        process.join(_PATIENCE)
        code = process.exitcode
        if code is None or code >= 0:
            return WorkerDiedError(
                f"a worker process ended unexpectedly (exit status {code})",
                remedy="Run the command again; if a worker process ends again, use -@ 1 and report the problem",
            )
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        remedies = {
            "SIGKILL": "The machine or the job may have run out of memory: use fewer workers (-@ 1), or request more",
            "SIGBUS": BUS_ERROR_REMEDY,
        }
        return WorkerDiedError(f"a worker process was ended by {name}", remedy=remedies.get(name))

    def stop(self) -> None:
        """End all workers, whatever they are doing."""
        for worker in self._workers:
            worker.pipe.close()
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_PATIENCE)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.process.close()
        self._workers.clear()


def _slots_for(count: int) -> Slots:
    """Return shared memory; without slots if the machine has too little, so that everything goes through the pipes."""
    from annotator.runtime.shared_memory import Slots

    try:
        return Slots(count)
    except OSError:
        return Slots(0)


@cache
def keep_freed_memory() -> None:
    """Make this process reuse the memory it frees, instead of returning and requesting it for every item.

    glibc's allocator adapts: after a program frees one piece of up to 32 MiB, it keeps pieces of this size, and twice
    as much at the end of the heap (mallopt(3), M_MMAP_THRESHOLD). A piece that is never written to takes no memory.
    Other allocators are not affected. On an eighth of the generated genome (`tests/bench`), it saves 3% of the CPU time
    in one process and 11% with two workers (medians of 5 paired runs).
    """
    bytes(_LEARNED)


_LEARNED = 31 << 20

BUS_ERROR_REMEDY = (
    "A file that it was reading was cut short, or its disk failed: run annotator snapshot verify"
)


def _work(
    pipe: Connection,
    inherited: list[Connection],
    make: Callable[[Any], Callable[[Any], Any]],
    job: object,
    slots: Slots,
    parent: int,
) -> None:
    """Process items until the pipe is closed; the main function of a worker process."""
    # Ctrl-C reaches the whole process group; only the parent reacts to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGBUS):  # the parent reports how a worker ended
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    for other in inherited:  # ends of pipes that a forked process must not keep open
        other.close()
    spare_blas_threads()
    with contextlib.suppress(
        RuntimeError
    ):  # thread limit reached: then only the closed pipe shows that the parent ended
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    answered = _Answering(make, job, slots)
    with contextlib.suppress(EOFError, OSError):
        while True:
            pipe.send(answered(pipe.recv()))


class _Answering:
    """Processing of items in a worker process: returns a result, or the error to be raised in the parent."""

    def __init__(self, make: Callable[[Any], Callable[[Any], Any]], job: object, slots: Slots) -> None:
        self._slots = slots
        self._function: Callable[[Any], Any] | None = None
        self._error: BaseException | None = None
        try:
            self._function = make(job)
        except BaseException as error:  # noqa: BLE001  # raised again in the parent
            self._error = error

    def __call__(self, parcel: SharedBytes) -> tuple[BaseException | None, SharedBytes | None]:
        if self._function is None:
            assert self._error is not None
            return _sendable(self._error), None
        try:
            return None, self._slots.put(parcel.slot, self._function(self._slots.take(parcel)))
        except BaseException as error:  # noqa: BLE001  # raised again in the parent
            return _sendable(error), None


def _sendable(error: BaseException) -> BaseException:
    """Return an error in a form that can be pickled; for an unexpected one, include where it was raised."""
    import pickle
    import traceback

    if not isinstance(error, AnnotatorError):
        error.add_note(f"in a worker process:\n{''.join(traceback.format_exception(error))}")
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # our own error, to see whether it can be sent
    except Exception as failure:  # noqa: BLE001  # whatever the error's own code does
        return RuntimeError(f"{type(error).__name__}: {error} (not sent: {failure})")
    return error


def _end_with(parent: int) -> None:
    """End this process if its parent was killed: it would wait for work forever."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
