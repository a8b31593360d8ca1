"""The command: fuzz targets, each in a process of its own, and print what was done and found."""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from tests.proof.fuzz.runner import Tally

_GRACE = 120  # seconds that a process may take beyond its time, before it is called a hang
_ROW = "{:16} {:>9} {:>9} {:>11} {:>9}  {}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the status is 1 if a promise was broken."""
    chosen = _arguments().parse_args(arguments)
    if chosen.child:
        return _child(chosen)
    from tests.proof.fuzz.runner import TARGETS

    chosen.findings.mkdir(parents=True, exist_ok=True)
    _show(_ROW.format("target", "seconds", "inputs", "refused (%)", "inputs/s", "findings"))
    broken = 0
    for name in chosen.targets or TARGETS:
        done = _run(name, chosen)
        broken += len(done["findings"])
        seconds = done["seconds"]
        rate, refused = (
            done["executions"] / max(seconds, 1e-9),
            100 * done["refused"] / max(done["executions"], 1),
        )
        shown = _ROW.format(
            name,
            f"{seconds:.0f}",
            f"{done['executions']:,}",
            f"{refused:.0f}",
            f"{rate:.0f}",
            len(done["findings"]),
        )
        _show("\n".join((shown, *(f"  {one}" for one in done["findings"]))))
    _show(f"findings: {broken}" + (f", in {chosen.findings}" if broken else ""))
    return 1 if broken else 0


def _show(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.proof.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help="names of targets (default: all)")
    parser.add_argument("-s", "--seconds", type=float, default=60, help="time per target (default: 60)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="where the search begins")
    parser.add_argument("--replay", action="store_true", help="only run the kept inputs")
    parser.add_argument("--without-atheris", action="store_true", help="change inputs at random")
    parser.add_argument(
        "--findings", type=Path, default=Path(tempfile.gettempdir()) / "annotator-findings", metavar="FOLDER"
    )
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser


def _run(name: str, chosen: argparse.Namespace) -> dict[str, Any]:
    """Run one target in a process of its own, which may die of what it is given."""
    notes = chosen.findings / f"{name}.json"
    notes.unlink(missing_ok=True)
    words = [sys.executable, "-m", "tests.proof.fuzz", "--child", name, "-s", str(chosen.seconds)]
    words += ["--seed", str(chosen.seed), "--findings", str(chosen.findings)]
    words += [f"--{one.replace('_', '-')}" for one in ("replay", "without_atheris") if getattr(chosen, one)]
    began, how = time.monotonic(), ""
    with (chosen.findings / f"{name}.log").open("wb") as log:
        try:
            status = subprocess.run(
                words, cwd=REPOSITORY, stdout=log, stderr=log, timeout=chosen.seconds + _GRACE, check=False
            ).returncode
            how = "" if status == 0 else f"{name}: the process ended with status {status}; see {log.name}"
        except subprocess.TimeoutExpired:
            how = f"{name}: the process did not end; see {log.name}"
    done: dict[str, Any] = {"executions": 0, "refused": 0, "findings": []}
    with contextlib.suppress(OSError, ValueError):
        done = json.loads(notes.read_text())
    done["findings"] += [how] if how else []
    return {**done, "seconds": time.monotonic() - began}


def _child(chosen: argparse.Namespace) -> int:
    (name,) = chosen.targets
    is_guided = not chosen.replay and not chosen.without_atheris and find_spec("atheris") is not None
    with _instrumented() if is_guided else contextlib.nullcontext():
        from tests.proof.fuzz import runner

    def noted(tally: Tally) -> None:
        for finding in tally.findings.values():
            (chosen.findings / f"{name}-{runner.named(finding.where.encode())}.input").write_bytes(
                finding.data
            )
        facts = {"executions": tally.executions, "refused": tally.refused}
        found = [f"{one.what!r}" for one in tally.findings.values()]
        (chosen.findings / f"{name}.json").write_text(json.dumps({**facts, "findings": found}))

    if is_guided:
        folder = chosen.findings / "new" / name
        runner.guided(name, seconds=chosen.seconds, folder=folder, seed=chosen.seed, noted=noted)
    runner.limited_memory()
    most = len(runner.kept_inputs(name)) if chosen.replay else None
    noted(runner.search(name, seconds=chosen.seconds, most=most, seed=chosen.seed))
    return 0


def _instrumented() -> contextlib.AbstractContextManager[None]:
    import atheris

    return atheris.instrument_imports(include=["annotator"])  # type: ignore[no-any-return]


if __name__ == "__main__":
    sys.exit(main())
