"""Shards of every format hold each record once; joined again they are the whole, and blocks are copied."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.errors import InputError, UsageError
from annotator.vcf.bcf import header_size
from annotator.vcf.bgzf import EOF_BLOCK, deflate, inflate, read_blocks
from annotator.vcf.files import open_input
from annotator.vcf.shard import Shard
from annotator.vcf.shards import Part, join_parts, open_shard, shard_pieces
from annotator.vcf.stream import Chunk, TextStream
from tests.support.inputs import bgzip, vcf_text, write_vcf
from tests.support.workflow_runs import META, overlapping_records

KINDS = ("vcf", "vcf.gz", "bcf")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same records in every format that can be cut, by its suffix; the BCF with an index."""
    from pysam import bcftools

    folder = tmp_path_factory.mktemp("shards")
    files = {kind: folder / f"large.{kind}" for kind in KINDS}
    for kind in ("vcf", "vcf.gz"):
        write_vcf(files[kind], overlapping_records(), meta=META)
    bcftools.view("-Ob", "-o", str(files["bcf"]), str(files["vcf"]), catch_stdout=False)
    bcftools.index(str(files["bcf"]))
    return files


def shard_of(path: Path, number: int, of: int) -> bytes:
    with open_input(str(path)) as source:
        return b"".join(shard_pieces(source, Shard(number, of)))


def opened(data: bytes) -> bytes:
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


def split(data: bytes) -> tuple[bytes, bytes]:
    """Header and records."""
    data = opened(data)
    end = header_size(data) if data.startswith(b"BCF") else data.index(b"\n", data.index(b"#CHROM")) + 1
    return data[:end], data[end:]


def lines_of(path: Path) -> list[bytes]:
    """Records of a file of any format as text."""
    from cyvcf2 import VCF

    reader = VCF(str(path))
    try:
        return [str(record).encode() for record in reader]
    finally:
        reader.close()


# Cutting


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shards", [1, 4, 16])
def test_shards_hold_each_record_once_and_the_whole_header(
    large: dict[str, Path], kind: str, shards: int
) -> None:
    header, records = split(large[kind].read_bytes())
    pieces = [split(shard_of(large[kind], number, shards)) for number in range(1, shards + 1)]
    assert {head for head, _ in pieces} == {header}
    assert b"".join(part for _, part in pieces) == records
    assert sum(bool(part) for _, part in pieces) >= min(shards, 8)
    assert max(len(part) for _, part in pieces) < 3 * len(records) / min(shards, 8)


@pytest.mark.parametrize("kind", KINDS)
def test_no_shard_is_of_unknown_contigs_only(large: dict[str, Path], tmp_path: Path, kind: str) -> None:
    """Annotating one would be an error, although annotating the whole is none."""
    contigs = []
    for number in range(1, 17):
        piece = tmp_path / f"{number}.{kind}"
        piece.write_bytes(shard_of(large[kind], number, 16))
        contigs.append({line.split(b"\t")[0] for line in lines_of(piece)})
    assert all(not found or found & {b"7", b"13"} for found in contigs)
    assert any(b"hs37d5" in found for found in contigs)


@pytest.mark.parametrize("kind", KINDS)
def test_a_shard_is_read_as_a_stream_of_its_own_name(large: dict[str, Path], kind: str) -> None:
    with open_shard(str(large[kind]), Shard(2, 3)) as source:
        assert source.name == f"{large[kind]}, shard 2 of 3"
        assert source.path is None
        counted: list[int] = []
        source.watch(counted.append)
        assert source.file.read() == shard_of(large[kind], 2, 3)
    assert sum(counted) == len(shard_of(large[kind], 2, 3))
    with open_shard(str(large[kind]), None) as whole:
        assert whole.path == large[kind]


def in_blocks(data: bytes, sizes: Iterable[int]) -> bytes:
    """Data in BGZF blocks of these sizes, 0 for an empty one, then the rest; with the end of the file."""
    blocks, start = [], 0
    for size in sizes:
        piece = data[start : start + size]
        blocks.append(deflate(piece, 6) if piece else EOF_BLOCK)
        start += size
    return b"".join([*blocks, deflate(data[start:], 6) if data[start:] else b"", EOF_BLOCK])


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 400), max_size=40),
    sizes=st.lists(st.integers(0, 700), max_size=30),
    shards=st.integers(1, 9),
    is_compressed=st.booleans(),
    ends=st.booleans(),
)
def test_wherever_blocks_and_lines_end_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory,
    lengths: list[int],
    sizes: list[int],
    shards: int,
    is_compressed: bool,
    ends: bool,
) -> None:
    records = [f"7\t{number}\t.\t{'A' * length}\tT\t.\t.\t." for number, length in enumerate(lengths, 1)]
    text = vcf_text(records).encode()
    text = text if ends or not records else text[:-1]
    path = tmp_path_factory.mktemp("cut") / "a.vcf"
    path.write_bytes(in_blocks(text, sizes) if is_compressed else text)
    pieces = [split(shard_of(path, number, shards)) for number in range(1, shards + 1)]
    assert {head for head, _ in pieces} == {split(text)[0]}
    assert b"".join(part for _, part in pieces) == split(text)[1]
    assert all(part.endswith(b"\n") for part in [part for _, part in pieces if part][:-1])


def test_an_empty_block_in_the_middle_is_no_end(tmp_path: Path) -> None:
    """Files that were joined by `cat` have one."""
    joined = tmp_path / "joined.vcf.gz"
    lines = [f"7\t{number}\t.\tA\tT\t.\t.\t." for number in range(1, 9000)]
    joined.write_bytes(bgzip(vcf_text([]).encode()) + bgzip("".join(f"{line}\n" for line in lines).encode()))
    records = b"".join(split(shard_of(joined, number, 2))[1] for number in (1, 2))
    assert records.decode().splitlines() == lines


def without_index(path: Path, large: dict[str, Path]) -> None:
    path.write_bytes(large["bcf"].read_bytes())


def uncompressed(path: Path, large: dict[str, Path]) -> None:
    path.write_bytes(gzip.decompress(large["bcf"].read_bytes()))


def gzipped(path: Path, large: dict[str, Path]) -> None:
    path.write_bytes(gzip.compress(large["vcf"].read_bytes()))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            without_index,
            "a BCF can be split into shards only with an index. Create the index with: bcftools index",
        ),
        (
            uncompressed,
            "it cannot be split into shards. Compress the file with: bcftools view -Ob",
        ),
        (
            gzipped,
            "the input is not compressed with bgzip, so it cannot be split into shards. Compress it with bgzip.",
        ),
    ],
)
def test_a_file_that_cannot_be_split_is_an_error_with_advice(
    tmp_path: Path, large: dict[str, Path], made: Callable[[Path, dict[str, Path]], None], said: str
) -> None:
    path = tmp_path / "file"
    made(path, large)
    with pytest.raises(InputError, match=said):
        shard_of(path, 2, 4)


def test_an_index_of_another_file_is_an_error(tmp_path: Path, large: dict[str, Path]) -> None:
    from pysam import bcftools

    other = tmp_path / "other.bcf"
    write_vcf(tmp_path / "other.vcf", overlapping_records()[::3], meta=META)
    bcftools.view("-Ob", "-o", str(other), str(tmp_path / "other.vcf"), catch_stdout=False)
    Path(f"{other}.csi").write_bytes(Path(f"{large['bcf']}.csi").read_bytes())
    with pytest.raises(InputError, match=r"the index belongs to another file. Create the index again"):
        [shard_of(other, number, 4) for number in range(1, 5)]


@pytest.mark.parametrize("kind", ["vcf.gz", "bcf"])
def test_a_truncated_file_is_an_error_in_its_last_shard(
    tmp_path: Path, large: dict[str, Path], kind: str
) -> None:
    truncated = tmp_path / f"truncated.{kind}"
    truncated.write_bytes(large[kind].read_bytes()[:-28])
    Path(f"{truncated}.csi").write_bytes(Path(f"{large['bcf']}.csi").read_bytes())
    with pytest.raises(InputError, match="no end-of-file block"):
        shard_of(truncated, 4, 4)


def test_a_shard_is_written_as_a_number_of_how_many() -> None:
    assert Shard.parse("3/16") == Shard(3, 16)
    assert str(Shard(3, 16)) == "3/16"
    for text in ("0/2", "3/2", "1", "a/b", "1/", "-1/2", "1/2/3"):
        with pytest.raises(
            UsageError, match=r"is not a shard. Write it as K/N with K from 1 to N, for example 3/16"
        ):
            Shard.parse(text)


# Joining


def joined(*parts: Part, rewritten: Callable[[Chunk], bytes] | None = None) -> bytes:
    out = io.BytesIO()
    join_parts(parts, out, rewritten)
    return out.getvalue()


@pytest.fixture(scope="module")
def parts(large: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("parts")
    paths = [folder / f"{number}.vcf.gz" for number in (1, 2, 3)]
    for number, path in enumerate(paths, 1):
        path.write_bytes(shard_of(large["vcf.gz"], number, 3))
    return paths


def blocks_of(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return list(read_blocks(file, path=str(path)))


def test_joined_shards_are_the_whole_and_blocks_are_joined_as_they_are(
    large: dict[str, Path], parts: list[Path]
) -> None:
    """Without compressing again: only the headers of the parts are left out."""
    whole = joined(*(Part(str(path)) for path in parts))
    assert gzip.decompress(whole) == gzip.decompress(large["vcf.gz"].read_bytes())
    for path in parts:
        blocks = blocks_of(path)[2:-2]
        assert len(blocks) > 20
        assert b"".join(blocks) in whole


def after_header(path: Path) -> list[int]:
    """Where blocks that follow the header begin, and where the last of them ends."""
    with open_input(str(path)) as source:
        first = TextStream(source).offset
    places = [0]
    for block in blocks_of(path)[:-1]:
        places.append(places[-1] + len(block))
    return places[places.index(first) :]


def test_some_blocks_are_written_anew_and_the_others_copied(parts: list[Path]) -> None:
    places = after_header(parts[1])
    again = [(places[0], places[2]), (places[2], places[3]), (places[-2], places[-1])]
    seen: list[bytes] = []

    def rewritten(chunk: Chunk) -> bytes:
        seen.append(chunk.text("part"))
        return deflate(b"anew\n", 1)

    found = joined(Part(str(parts[0])), Part(str(parts[1]), again), rewritten=rewritten)
    data = parts[1].read_bytes()
    inflated = [
        b"".join(inflate(block, path="") for block in read_blocks(io.BytesIO(data[a:b] + EOF_BLOCK), path=""))
        for a, b in again
    ]
    assert seen == inflated
    assert data[places[3] : places[-2]] in found
    text = gzip.decompress(found)
    assert text.count(b"anew\n") == 3
    assert len(text) < len(gzip.decompress(joined(Part(str(parts[0])), Part(str(parts[1])))))
    assert joined(Part(str(parts[1]), again)) == joined(Part(str(parts[1])))


@pytest.mark.parametrize("wrong", ["inside", "beyond", "header"])
def test_bytes_that_are_no_blocks_of_the_part_are_an_error(parts: list[Path], wrong: str) -> None:
    places = after_header(parts[1])
    size = parts[1].stat().st_size
    again = {"inside": (places[1] + 1, places[3]), "beyond": (size, size + 9), "header": (0, places[1])}[
        wrong
    ]
    with pytest.raises(
        InputError, match=r"the file was changed after it was annotated. Annotate the shard again"
    ):
        joined(Part(str(parts[1]), [again]), rewritten=lambda _: b"")


def test_parts_of_different_headers_and_cut_off_parts_are_not_joined(tmp_path: Path) -> None:
    first, other = write_vcf(tmp_path / "a.vcf.gz"), write_vcf(tmp_path / "b.vcf.gz", meta=META)
    with pytest.raises(InputError, match=r"b.vcf.gz: the header differs from that of the first part"):
        joined(Part(str(first)), Part(str(other)))
    with pytest.raises(InputError, match="the file is not a compressed VCF"):
        joined(Part(str(write_vcf(tmp_path / "c.vcf"))))
    first.write_bytes(first.read_bytes()[:-28])
    with pytest.raises(InputError, match="no end-of-file block"):
        joined(Part(str(first)))
