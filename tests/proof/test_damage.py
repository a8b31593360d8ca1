"""A damaged file of the program's own always causes an error that names the file and what to do, and no other error."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
from binascii import crc32
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from annotator.annotation.options import AnnotateOptions
from annotator.annotation.plan import make_plan
from annotator.annotation.saved_options import config_of_text, text_of_config
from annotator.dispatch.ticket import Submission, Ticket
from annotator.errors import AnnotatorError, SnapshotError
from annotator.net.journal import Journal, StoredResponse
from annotator.net.limits import HttpLimits
from annotator.net.state import HostState
from annotator.runtime.workers import WorkerDiedError, ordered_map
from annotator.snapshot.folder import Snapshot
from annotator.snapshot.manifest import MANIFEST, _checksum
from annotator.store.writing import PREAMBLE
from annotator.vcf.detection import assembly_of
from annotator.vcf.header import Header
from tests.proof.fuzz.runner import CORPUS, TARGETS
from tests.support.damage import damage_rows, damaged_bytes, damaged_json
from tests.support.inputs import command, vcf_text, write_snapshot
from tests.support.readers import SETTINGS, read_journal, read_snapshot, read_state, read_store, read_ticket

MANY = 200


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("journal") / "x.journal"
    with Journal.open(path, "2026-11-26", SETTINGS) as made:
        made.add("a", [StoredResponse("rs1", {"1": {"Name": "x"}}), StoredResponse("rs2", {})])
        made.note("finished", "no")
    return path


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    made = HostState(folder, "example.org", HttpLimits())
    made.take()
    made.rest(0.001)
    made.close()
    return folder / "example.org.sqlite"


@pytest.fixture(scope="module")
def ticket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ticket") / "x.ticket.json"
    parcel = Submission({"sample": "S"}, {"mutations": b"x"})
    Ticket.intended("cgi", "https://example.org", parcel).with_job("1a2b").write(path)
    return path


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s") / MANIFEST


def demand_errors_of_ours(
    work: Path, damages: Iterator[Any], read: Callable[[Path], None], least: int = MANY
) -> None:
    """Hold every damage to a reading that goes well, or an error that names the file and what to do."""
    count = refused = 0
    problems: set[str] = set()
    for damage in damages:
        count += 1
        try:
            read(work)
        except AnnotatorError as error:
            refused += 1
            if error.path is None or work.parent.name not in error.path or not error.remedy:
                problems.add(f"{damage!r:.150}: {error}")
        except Exception as error:  # noqa: BLE001  # any other is what is looked for
            problems.add(f"{type(error).__name__}: {error!s:.100}, after {damage!r:.150}")
    assert not problems, "\n".join(sorted(problems)[:40])
    assert count >= least
    assert refused > count // 10


def written(path: Path, contents: Iterator[bytes]) -> Iterator[bytes]:
    for content in contents:
        path.write_bytes(content)
        yield content[:60]


def dumped(values: Iterator[Any]) -> Iterator[bytes]:
    for value in values:
        yield json.dumps(value).encode()


READERS = {
    "journal": read_journal,
    "state": read_state,
    "ticket": read_ticket,
    "manifest": read_snapshot,
}


@pytest.mark.parametrize("kind", READERS)
def test_damaged_bytes(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    good: Path = request.getfixturevalue(kind)
    work = good if kind == "manifest" else tmp_path / good.name
    content = good.read_bytes()
    try:
        demand_errors_of_ours(work, written(work, damaged_bytes(content, MANY)), READERS[kind])
    finally:
        good.write_bytes(content)


@pytest.mark.parametrize("kind", ["journal", "state"])
def test_databases_with_other_tables_and_values(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    good: Path = request.getfixturevalue(kind)
    work = tmp_path / good.name
    demand_errors_of_ours(work, damage_rows(good, work), READERS[kind], 60 if kind == "state" else MANY)


def test_tickets_with_other_values(ticket: Path, tmp_path: Path) -> None:
    work = tmp_path / ticket.name
    facts = json.loads(ticket.read_bytes())
    demand_errors_of_ours(work, written(work, dumped(damaged_json(facts))), read_ticket, 150)


def test_manifests_with_other_values_and_a_valid_checksum(manifest: Path) -> None:
    content = manifest.read_bytes()
    facts = json.loads(content)
    del facts["checksum"]

    def sealed() -> Iterator[bytes]:
        for bad in damaged_json(facts):
            yield json.dumps(bad | {"checksum": _checksum(bad)} if isinstance(bad, dict) else bad).encode()

    try:
        demand_errors_of_ours(manifest, written(manifest, sealed()), read_snapshot)
    finally:
        manifest.write_bytes(content)


@pytest.mark.parametrize("how", ["bytes", "directory"])
def test_damaged_stores(manifest: Path, tmp_path: Path, how: str) -> None:
    good = (manifest.parent / "clinvar.store").read_bytes()
    work = tmp_path / "clinvar.store"
    magic, length, _, rest = PREAMBLE.unpack_from(good)
    directory = json.loads(good[PREAMBLE.size : PREAMBLE.size + length])

    def sealed() -> Iterator[bytes]:
        for text in (*dumped(damaged_json(directory)), b"[" * 100_000):
            head = PREAMBLE.pack(magic, len(text), crc32(text), rest)
            yield head + text + good[PREAMBLE.size + length :]

    damages = damaged_bytes(good, MANY) if how == "bytes" else sealed()
    demand_errors_of_ours(work, written(work, damages), read_store)


def test_saved_options_with_other_values(tmp_path: Path) -> None:
    text = text_of_config(AnnotateOptions("in.vcf", "out.vcf", "snapshot"))
    work = tmp_path / "x.journal"
    damages = (json.dumps(value) for value in damaged_json(json.loads(text)))
    held = iter([*damages, "[" * 100_000])
    current = [""]

    def each() -> Iterator[str]:
        for current[0] in held:
            yield current[0]

    def read(path: Path) -> None:
        config_of_text(current[0], path)

    demand_errors_of_ours(work, each(), read)


def test_a_store_that_is_cut_off_while_it_is_mapped_is_an_error_and_no_signal(tmp_path: Path) -> None:
    folder = write_snapshot(tmp_path / "s")
    code = f"""
import os
import annotator
with annotator.Snapshot.open({str(folder)!r}) as snapshot:
    for name in os.listdir({str(folder)!r}):
        if name.endswith(".store"):
            os.truncate(os.path.join({str(folder)!r}, name), 100)
    try:
        snapshot.lookup("7", 140753336, "A", "T")
    except annotator.AnnotatorError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "clinvar.store: the file is damaged" in done.stdout
    assert "snapshot verify" in done.stdout


def test_a_worker_killed_by_a_truncated_file_is_not_reported_as_out_of_memory() -> None:
    def die(_number: int) -> int:
        os.kill(os.getpid(), signal.SIGBUS)
        return 0

    with pytest.raises(WorkerDiedError) as caught:
        list(ordered_map(_of_nothing, die, range(4), 2))
    assert "cut short" in str(caught.value)
    assert "memory" not in str(caught.value)


def _of_nothing(job: Callable[[int], int]) -> Callable[[int], int]:
    return job


def annotated_while(
    folder: Path, output: Path, workers: int, change: Callable[[Path], object]
) -> tuple[int, str]:
    """Annotate a stream, and do something to the snapshot's files when half of it was read; return status and error."""
    line = b"7\t140753336\t.\tA\tT\t.\t.\t.\n7\t140753336\t.\tA\tTTTT\t.\t.\t.\n"
    words = command("annotate", "-", "-o", output, "--snapshot", folder, "-@", workers, "-q")
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(vcf_text([]).encode() + line * 200_000)
    for store in folder.glob("*.store"):
        change(store)
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(line * 200_000)
    error = process.communicate()[1].decode()
    return process.returncode, error


@pytest.mark.parametrize("workers", [1, 2])
def test_a_store_that_is_cut_off_after_its_blocks_were_verified_is_one_line(
    workers: int, tmp_path: Path
) -> None:
    folder, output = write_snapshot(tmp_path / "s"), tmp_path / "out.vcf"
    status, error = annotated_while(folder, output, workers, lambda store: os.truncate(store, 0))
    who = "the run" if workers == 1 else "a worker process"
    assert error in {
        f"ERROR: {who} was ended by SIGBUS. "
        "A file that it was reading was cut short, or its disk failed: run annotator snapshot verify.\n",
        # by a worker that had not read it yet
        f"ERROR: {folder}/clinvar.store: the file is damaged. "
        "Check the snapshot with: annotator snapshot verify.\n",
    }
    assert status == 1
    assert not output.exists()


def test_a_store_that_is_written_to_after_its_blocks_were_verified_gives_no_output(tmp_path: Path) -> None:
    folder, output = write_snapshot(tmp_path / "s"), tmp_path / "out.vcf"

    def overwrite(store: Path) -> None:
        content = store.read_bytes()
        with store.open("r+b") as file:
            file.write(content.replace(b"athogenic", b"ATHOGENIC"))

    status, error = annotated_while(folder, output, 1, overwrite)
    assert "clinvar.store: the file was changed while it was used" in error
    assert status == 1
    assert not output.exists()


def test_a_snapshot_that_is_replaced_while_it_is_used_is_used_to_the_end(tmp_path: Path) -> None:
    folder, output = write_snapshot(tmp_path / "s"), tmp_path / "out.vcf"

    def replace(store: Path) -> None:
        (tmp_path / "new").write_bytes(b"another release")
        (tmp_path / "new").rename(store)

    assert annotated_while(folder, output, 1, replace) == (0, "")
    assert output.read_bytes().count(b"CLNSIG=Pathogenic") == 400_000


def test_a_snapshot_of_another_release_is_not_opened_in_a_run(tmp_path: Path) -> None:
    """As by a worker, after the header with the releases was made."""
    folder = write_snapshot(tmp_path / "s")
    config = AnnotateOptions("in.vcf", "out.vcf", folder)
    header = Header.parse(vcf_text([]).encode(), path="in.vcf")
    verdict = assembly_of(header, stated=None, path="in.vcf")
    plan = make_plan(config, Snapshot.open(folder), header, verdict, "in.vcf")
    plan.annotator()
    manifest = folder / MANIFEST
    facts = json.loads(manifest.read_bytes())
    del facts["checksum"]
    facts["sources"]["clinvar"]["release"] = "2031-01-01"
    manifest.write_text(json.dumps(facts | {"checksum": _checksum(facts)}))
    plan.annotator()  # of the files that are open
    with pytest.raises(SnapshotError, match="replaced by one of another release during the run"):
        pickle.loads(pickle.dumps(plan)).annotator()  # noqa: S301  # as a worker process opens them


def test_a_kind_of_variation_that_is_not_utf_8_is_counted() -> None:
    good = (CORPUS / "clinvar_tables" / "first").read_bytes()
    bad = good.replace(b"\tVariant\t", b"\tVari\xffant\t", 5)
    assert bad != good
    TARGETS["clinvar_tables"](bad)
