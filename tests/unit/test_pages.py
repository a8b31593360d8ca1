"""A flipped bit anywhere in a snapshot is an error when it is read, never "not found"."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import annotator
from annotator.errors import SnapshotError
from annotator.snapshot.manifest import MANIFEST
from annotator.store.pages import BLOCK_BITS, Column, Pages, checksums
from tests.support.inputs import write_snapshot, write_vcf

BLOCK = 1 << BLOCK_BITS


@given(st.binary(max_size=3 * BLOCK), st.lists(st.integers(0, 3 * BLOCK), max_size=5))
def test_checksums_do_not_depend_on_how_the_body_is_cut(body: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    pieces = [body[start:stop] for start, stop in pairwise(edges)]
    assert checksums(pieces) == checksums([body])
    assert len(checksums([body])) == -(-len(body) // BLOCK)


def pages_of(body: bytes, expected: list[int]) -> Pages:
    return Pages(memoryview(body), expected, lambda: SnapshotError("it is damaged"))


@pytest.mark.parametrize("bit", [0, 7, 8 * BLOCK, 8 * (2 * BLOCK - 1) + 3])
def test_a_flipped_bit_is_found_by_every_way_to_read_it(bit: int) -> None:
    good = np.arange(BLOCK // 2, dtype="<u4").tobytes()
    assert len(good) == 2 * BLOCK
    expected = list(checksums([good]))
    bad = bytearray(good)
    bad[bit // 8] ^= 1 << bit % 8
    place = bit // 8 // 4
    ways = [
        lambda column: column[place],
        list,
        np.asarray,
        lambda column: column.array(place, place + 1),
        lambda column: column.at([0, place, len(column) - 1]),
    ]
    for way in ways:
        way(Column(pages_of(good, expected), 0, len(good), "I"))
        with pytest.raises(SnapshotError):
            way(Column(pages_of(bytes(bad), expected), 0, len(bad), "I"))
    with pytest.raises(SnapshotError):
        pages_of(bytes(bad), expected).read(bit // 8, bit // 8 + 1)


def test_a_damaged_snapshot_gives_the_same_answers_or_an_error(tmp_path: Path) -> None:
    """Bits all over the store are flipped, one at a time; no run may end well with other bytes."""
    folder = write_snapshot(tmp_path / "snapshot")
    source = write_vcf(tmp_path / "in.vcf")
    good = tmp_path / "good.vcf"
    annotator.annotate(source, good, snapshot=folder)
    assert b"CLNSIG=" in good.read_bytes()
    store = folder / "clinvar.store"
    whole = store.read_bytes()
    chosen = random.Random(20261201)  # noqa: S311  # which bits, not a secret
    errors = 0
    for _ in range(150):
        bit = chosen.randrange(8 * len(whole))
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        store.write_bytes(damaged)
        output = tmp_path / "out.vcf"
        output.unlink(missing_ok=True)
        try:
            annotator.annotate(source, output, snapshot=folder)
        except annotator.AnnotatorError:
            errors += 1
            assert not output.exists()
        else:
            assert output.read_bytes() == good.read_bytes()
    assert errors > 100


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda facts: facts["sources"]["clinvar"].update(release="2099-01-01"), "changed or damaged"),
        (lambda facts: facts.update(assembly="GRCh37"), "changed or damaged"),
        (lambda facts: facts.pop("checksum"), "corrupt"),
    ],
)
def test_the_manifest_is_covered(tmp_path: Path, change: object, says: str) -> None:
    folder = write_snapshot(tmp_path / "snapshot")
    path = folder / MANIFEST
    facts = json.loads(path.read_text(encoding="utf-8"))
    change(facts)  # type: ignore[operator]
    path.write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(SnapshotError, match=says):
        annotator.Snapshot.open(folder)


def test_a_manifest_names_no_file_outside_its_folder(tmp_path: Path) -> None:
    folder = write_snapshot(tmp_path / "snapshot")
    manifest = annotator.Snapshot.open(folder).manifest
    stored = manifest.sources["clinvar"]._replace(file="../clinvar.store")
    (folder / MANIFEST).write_text(manifest._replace(sources={"clinvar": stored}).to_json(), encoding="utf-8")
    with pytest.raises(SnapshotError, match="outside its folder"):
        annotator.Snapshot.open(folder)
