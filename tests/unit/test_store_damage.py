"""Damage to a store is an error that names the file, never a missing allele."""

from __future__ import annotations

import contextlib
import json
from binascii import crc32
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import annotator
from annotator import Snapshot
from annotator.errors import SnapshotError
from annotator.store.store import Store
from annotator.store.writing import MAGIC, PREAMBLE
from annotator.variants.allele import AlleleKey
from tests.support.clinvar_rows import clinvar_text
from tests.support.stores import opened, written

# --- damage

STORED = written([AlleleKey("7", start, "A", "T") for start in range(1, 200)])


@pytest.mark.parametrize("size", [0, 1, 8, 15, 16, 17, 100, len(STORED) // 2, len(STORED) - 1])
def test_a_store_that_is_cut_off_is_refused(size: int, tmp_path: Path) -> None:
    path = tmp_path / "x.store"
    path.write_bytes(STORED[:size])
    with pytest.raises(SnapshotError) as caught:
        Store(path)
    assert caught.value.path == str(path)
    assert "snapshot build" in str(caught.value.remedy)


@pytest.mark.parametrize(
    "data",
    [
        STORED + b"x",
        b"ANNSTOR9" + STORED[8:],
        b"ANNSTOR1" + STORED[8:],
        b"PK\x03\x04" + STORED[4:],
        STORED[:8] + b"\xff" * 8 + STORED[16:],
        STORED[:8] + bytes(8) + STORED[16:],
        STORED[:16] + b"[" + STORED[17:],
    ],
    ids=["longer", "newer", "older", "another format", "huge directory", "no directory", "not JSON"],
)
def test_a_store_that_is_something_else_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.store"
    path.write_bytes(data)
    with pytest.raises(SnapshotError):
        Store(path)


def test_a_missing_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="missing"):
        Store(tmp_path / "missing.store")


DIRECTORY = slice(PREAMBLE.size, PREAMBLE.size + PREAMBLE.unpack_from(STORED)[1])


@settings(max_examples=300, deadline=None)
@given(st.integers(DIRECTORY.start, DIRECTORY.stop - 1), st.integers(0x20, 0x7E))
def test_a_damaged_directory_is_refused_as_such(place: int, byte: int) -> None:
    """Damage that leaves the directory meaningful cannot be seen when opening; it is for `verify` to find."""
    data = bytearray(STORED)
    data[place] = byte
    with contextlib.suppress(SnapshotError), opened(bytes(data)):
        pass


@pytest.mark.parametrize("key", ["rows", "contigs", "columns", "pools", "sections", "size"])
def test_a_directory_without_one_of_its_parts_is_refused(key: str, tmp_path: Path) -> None:
    directory = json.loads(STORED[DIRECTORY])
    del directory[key]
    text = json.dumps(directory).encode().ljust(DIRECTORY.stop - DIRECTORY.start)
    path = tmp_path / "x.store"
    path.write_bytes(PREAMBLE.pack(MAGIC, len(text), crc32(text), 0) + text + STORED[DIRECTORY.stop :])
    with pytest.raises(SnapshotError):
        Store(path)


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    origin = tmp_path / "clinvar.vcf"
    origin.write_text(clinvar_text(["7 140753336 13961 A T ALLELEID=29000;CLNSIG=Pathogenic"]))
    annotator.build_snapshot(tmp_path / "snapshot", "GRCh38", clinvar=origin, retrieved="2026-03-01")
    return tmp_path / "snapshot"


def test_a_snapshot_of_a_newer_format_is_refused(snapshot: Path) -> None:
    manifest = snapshot / "manifest.json"
    facts = json.loads(manifest.read_text())
    facts["format"] += 1
    manifest.write_text(json.dumps(facts))
    with pytest.raises(SnapshotError, match="Update annotator"):
        Snapshot.open(snapshot)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "null", '{"format": 1}', '{"format": 1, "sources": {"clinvar": {}}}']
)
def test_a_damaged_manifest_is_refused(text: str, snapshot: Path) -> None:
    (snapshot / "manifest.json").write_text(text)
    with pytest.raises(SnapshotError):
        Snapshot.open(snapshot)


@pytest.mark.parametrize("change", [b"", b"x", None], ids=["emptied", "shortened", "removed"])
def test_a_snapshot_whose_store_is_not_whole_is_refused(change: bytes | None, snapshot: Path) -> None:
    store = snapshot / "clinvar.store"
    store.unlink()
    if change is not None:
        store.write_bytes(change)
    with pytest.raises(SnapshotError, match=r"clinvar\.store"):
        Snapshot.open(snapshot)


def test_a_flipped_byte_is_found_by_verify(snapshot: Path) -> None:
    store = snapshot / "clinvar.store"
    data = bytearray(store.read_bytes())
    Snapshot.open(snapshot).verify()
    data[-70] ^= 1
    store.unlink()
    store.write_bytes(bytes(data))
    with pytest.raises(SnapshotError, match="SHA-256"):
        Snapshot.open(snapshot).verify()


@pytest.mark.parametrize("name", ["missing", "snapshot/clinvar.store", "."])
def test_a_folder_that_is_not_a_snapshot_is_refused(name: str, snapshot: Path) -> None:
    with pytest.raises(SnapshotError):
        Snapshot.open(snapshot.parent / name)
