"""Worker processes: order of results, order of errors, and a defined end for every kind of failure."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from annotator.errors import InputError
from annotator.runtime import workers
from annotator.runtime.workers import WorkerDiedError, ordered_map


def squaring(offset: int) -> Callable[[int], int]:
    return lambda number: number * number + offset


def slow_first(_: None) -> Callable[[int], int]:
    def answer(number: int) -> int:
        time.sleep(0.2 if number == 0 else 0)
        return number

    return answer


def failing_at(bad: int) -> Callable[[int], int]:
    def answer(number: int) -> int:
        if number == bad:
            raise InputError("bad item", line=number)
        return number

    return answer


def raising(_: None) -> Callable[[int], int]:
    raise InputError("cannot begin")


def dividing(_: None) -> Callable[[int], float]:
    return lambda number: 1 / number


def killed_by(number: int) -> Callable[[int], int]:
    def answer(item: int) -> int:
        if item == 3:
            os.kill(os.getpid(), number)
            time.sleep(5)
        return item

    return answer


def echoing(_: None) -> Callable[[bytes], bytes]:
    return lambda data: data


@pytest.mark.parametrize("count", [1, 2, 5])
def test_answers_come_in_the_order_of_the_items(count: int) -> None:
    assert list(ordered_map(squaring, 7, range(50), count)) == [one * one + 7 for one in range(50)]
    assert list(ordered_map(slow_first, None, range(20), count)) == list(range(20))
    assert list(ordered_map(squaring, 0, [], count)) == []


@pytest.mark.parametrize("count", [1, 2, 4])
def test_an_error_is_raised_when_its_turn_comes(count: int) -> None:
    taken = []
    with pytest.raises(InputError, match="bad item") as caught:
        for answer in ordered_map(failing_at, 11, range(40), count):
            taken.append(answer)  # noqa: PERF402
    assert taken == list(range(11))
    assert caught.value.line == 11


def test_an_error_of_the_beginning_is_the_error_of_the_first_item() -> None:
    with pytest.raises(InputError, match="cannot begin"):
        list(ordered_map(raising, None, range(9), 3))


def test_an_unexpected_error_states_where_it_was_raised() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        list(ordered_map(dividing, None, [0], 2))
    assert "in a worker process" in "".join(caught.value.__notes__)


@pytest.mark.parametrize(
    ("number", "says"),
    [(signal.SIGKILL, "run out of memory"), (signal.SIGBUS, "snapshot verify"), (signal.SIGTERM, "SIGTERM")],
)
def test_a_killed_worker_is_an_error_with_its_cause(number: signal.Signals, says: str) -> None:
    with pytest.raises(WorkerDiedError, match=says):
        list(ordered_map(killed_by, number, range(20), 2))


def test_no_more_items_are_read_ahead_than_needed() -> None:
    read = []

    def items() -> object:
        for number in range(100):
            read.append(number)
            yield number

    answers = ordered_map(squaring, 0, items(), 2)  # type: ignore[arg-type]
    next(answers)
    assert len(read) <= 2 * workers._AHEAD + 2
    answers.close()


@pytest.mark.parametrize("size", [0, 1, 1 << 14, 1 << 17, 6 << 20])
def test_items_of_any_size_go_there_and_back(size: int) -> None:
    items = [bytes([number]) * size for number in range(12)]
    assert list(ordered_map(echoing, None, items, 2)) == items


def test_without_shared_memory_all_goes_through_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr("annotator.runtime.shared_memory.mmap.mmap", refused)
    items = [bytes([number]) * (3 << 20) for number in range(9)]
    assert list(ordered_map(echoing, None, items, 3)) == items


LIMITED = """
import resource, sys
from annotator.runtime.workers import WorkerStartError, ordered_map
import multiprocessing.context, multiprocessing.popen_fork, multiprocessing.connection
started = 0
real = multiprocessing.popen_fork.os.fork
def fork():
    global started
    started += 1
    if started > 2:
        raise BlockingIOError(11, "Resource temporarily unavailable")
    return real()
multiprocessing.popen_fork.os.fork = fork
def make(job):
    return abs
try:
    print(list(ordered_map(make, None, range(100), 8)))
except WorkerStartError as error:
    print(error)
"""


def test_a_limit_of_processes_is_an_error_at_once() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED], capture_output=True, text=True, timeout=20, check=True
    )
    assert ran.stdout.startswith("worker process 3 cannot be started (Resource temporarily unavailable)")
    assert "fewer workers" in ran.stdout


FEW_FILES = """
import os, resource
from annotator.runtime.workers import WorkerStartError, ordered_map
import multiprocessing.context, multiprocessing.popen_fork, multiprocessing.connection
def make(job):
    return abs
highest = os.dup(0)  # so many files are open, and no number below is free
resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 5, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
try:
    print(list(ordered_map(make, None, range(100), 8)))
except WorkerStartError as error:
    print(error)
"""


def test_a_limit_of_open_files_is_an_error_at_once() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FEW_FILES], capture_output=True, text=True, timeout=20, check=True
    )
    assert "cannot be started (Too many open files)" in ran.stdout
