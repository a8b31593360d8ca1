"""Running targets: one input, many changed inputs, or a search that atheris guides."""

from __future__ import annotations

import hashlib
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from annotator.errors import AnnotatorError
from tests.proof.fuzz.mutation import mutated
from tests.proof.fuzz.own_targets import OWN_TARGETS
from tests.proof.fuzz.service_targets import SERVICE_TARGETS
from tests.proof.fuzz.targets import FILE_TARGETS

__all__ = [
    "CORPUS",
    "TARGETS",
    "Finding",
    "Tally",
    "guided",
    "kept_inputs",
    "limited_memory",
    "named",
    "search",
    "tried",
]

TARGETS = {**FILE_TARGETS, **SERVICE_TARGETS, **OWN_TARGETS}
"""Every target, by its name."""

CORPUS = Path(__file__).parent / "corpus"
_PATIENCE = 10  # seconds of processor time that an input may take
_MEMORY = 4 << 30  # bytes of address space of a process that fuzzes
_PLAIN = 0.3  # share of changes that are left to atheris
_OFTEN = 50  # inputs between two notes of what was done


class HangError(BaseException):
    """An input took too long; no handler of the program may catch that."""


class Finding(NamedTuple):
    """A broken promise.

    Attributes:
        target: name.
        data: the input.
        what: type of the exception, where it was raised, and its beginning.
        where: what distinguishes it from other findings.

    """

    target: str
    data: bytes
    what: str
    where: str


class Tally:
    """Result of a search.

    Attributes:
        executions: number of inputs.
        refused: how many of them were refused with an error of ours.
        findings: by what distinguishes them.

    """

    def __init__(self) -> None:
        self.executions = self.refused = 0
        self.findings: dict[str, Finding] = {}

    def run(self, name: str, data: bytes) -> Finding | None:
        """Try an input, and count it."""
        found, refused = tried(name, data)
        self.executions += 1
        self.refused += refused
        if found is not None:
            known = self.findings.get(found.where)
            if known is None or len(known.data) > len(data):
                self.findings[found.where] = found
        return found


def tried(name: str, data: bytes) -> tuple[Finding | None, bool]:
    """Run a target once.

    Returns:
        The broken promise, if there is one; and whether the input was refused with an error of ours.

    """
    try:
        with _hurried():
            TARGETS[name](data)
    except AnnotatorError as error:
        is_whole = bool(error.kind) and bool(str(error))
        return (None if is_whole else Finding(name, data, f"no kind: {error!r}", "no kind")), True
    except (Exception, HangError) as error:  # noqa: BLE001  # any other is what is looked for
        places = traceback.extract_tb(error.__traceback__)
        ours = [place for place in places if "/annotator/" in place.filename] or places
        where = f"{name} {type(error).__name__} {Path(ours[-1].filename).name}:{ours[-1].name}"
        return Finding(name, data, f"{where}, line {ours[-1].lineno}: {str(error)[:300]}", where), False
    return None, False


@contextmanager
def _hurried() -> Iterator[None]:
    def late(_number: int, _frame: FrameType | None) -> None:
        raise HangError(f"more than {_PATIENCE} s of processor time")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, _PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def limited_memory() -> None:
    """Let no input of this process take more memory than any input should."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def kept_inputs(name: str) -> list[bytes]:
    """Return the inputs of a target in the repository, in the order of their names."""
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]


def search(name: str, *, seconds: float = 60, most: int | None = None, seed: int = 0) -> Tally:
    """Change kept inputs at random, until time or number is used up.

    Args:
        name: of the target.
        seconds: of processor time.
        most: number of inputs; None for any.
        seed: equal seeds try equal inputs.

    """
    chosen, tally, kept = random.Random(f"{seed} {name}"), Tally(), kept_inputs(name)  # noqa: S311
    for data in kept:
        tally.run(name, data)
    end = time.process_time() + seconds
    while time.process_time() < end and (most is None or tally.executions < most):
        tally.run(name, mutated(chosen.choice(kept), kept, chosen))
    return tally


def guided(name: str, *, seconds: float, folder: Path, seed: int, noted: Callable[[Tally], None]) -> None:
    """Search with atheris, until time is used up; then the process ends.

    Args:
        name: of the target, whose modules must have been imported under atheris.
        seconds: on the clock.
        folder: gets inputs that reach new branches.
        seed: where the search begins.
        noted: called now and then with what was done so far.

    """
    import atheris

    tally, kept = Tally(), kept_inputs(name)
    folder.mkdir(parents=True, exist_ok=True)

    def changed(data: bytes, most: int, seed: int) -> bytes:
        chosen = random.Random(seed)  # noqa: S311
        if chosen.random() < _PLAIN:
            return bytes(atheris.Mutate(data, most))
        return mutated(data, kept, chosen)[:most]

    def once(data: bytes) -> None:
        found = tally.run(name, data)
        if found is not None or tally.executions % _OFTEN == 0:
            noted(tally)

    words = [
        sys.argv[0],
        str(folder),
        str(CORPUS / name),
        f"-seed={seed + 1}",
        "-max_len=65536",
        "-timeout=60",
    ]
    words += [f"-max_total_time={seconds:.0f}", "-rss_limit_mb=4096", "-verbosity=0"]
    words.append(f"-artifact_prefix={folder.parent.parent}/{name}-")
    atheris.Setup(words, once, custom_mutator=changed)
    atheris.Fuzz()


def named(data: bytes) -> str:
    """Return the name of a file for an input."""
    return hashlib.sha256(data).hexdigest()[:12]
