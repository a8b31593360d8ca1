from __future__ import annotations

import gzip
import io
import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.errors import InputError
from annotator.vcf import stream
from annotator.vcf.bgzf import (
    EOF_BLOCK,
    MAX_BLOCK_DATA,
    data_size,
    deflate,
    first_data,
    gunzip,
    inflate,
    inflate_all,
    is_bgzf,
    read_blocks,
)
from annotator.vcf.blocks import BlockReader, BlockRun
from annotator.vcf.files import Input, open_input
from annotator.vcf.shard import Shard
from annotator.vcf.shards import open_shard
from annotator.vcf.stream import TextStream
from tests.support.inputs import vcf_text

LEVELS = range(10)
TEXT = b"".join(b"1\t%d\trs%d\tA\tC\t.\tPASS\tDP=%d\n" % (n * 7, n, n % 91) for n in range(12_000))
RANDOM = random.Random(20260226).randbytes(200_000)  # noqa: S311  # any bytes that do not compress


def blocks_of(file: bytes) -> list[bytes]:
    return list(read_blocks(io.BytesIO(file), path="x.vcf.gz"))


def data_of(file: bytes) -> bytes:
    return b"".join(inflate(block, path="x.vcf.gz") for block in blocks_of(file))


def gunzipped(file: bytes) -> bytes:
    return b"".join(gunzip(io.BytesIO(file), path="x.vcf.gz"))


def bgzip(data: bytes, level: int | None = None) -> bytes:
    """Data as htslib writes them, through pysam, which brings its own."""
    with tempfile.NamedTemporaryFile(suffix=".gz") as file:
        with pysam.BGZFile(file.name, "wb" if level is None else f"wb{level}") as writer:
            writer.write(data)
        return Path(file.name).read_bytes()


BGZIPPED = deflate(TEXT, 6) + EOF_BLOCK


def error_of(read: Callable[[bytes], object], file: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        read(file)
    assert caught.value.path == "x.vcf.gz"
    return caught.value


def with_extra(block: bytes, extra: bytes, size: int | None = None) -> bytes:
    """A block with subfields put in front of its own BC."""
    total = len(block) + len(extra) if size is None else size
    bc = b"BC\x02\x00" + (total - 1).to_bytes(2, "little")
    return block[:10] + (len(extra) + 6).to_bytes(2, "little") + extra + bc + block[18:]


# --- agreement with htslib


def test_the_eof_block_is_bgzips_output_for_no_data() -> None:
    assert bgzip(b"") == EOF_BLOCK


@pytest.mark.parametrize("data", [b"", b"x", TEXT, RANDOM], ids=["nothing", "a byte", "text", "random"])
@pytest.mark.parametrize("level", [None, 0, 9])
def test_output_of_bgzip_is_read(data: bytes, level: int | None) -> None:
    assert data_of(bgzip(data, level)) == data


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("data", [b"x", TEXT, RANDOM], ids=["a byte", "text", "random"])
def test_bgzip_reads_our_output(data: bytes, level: int, tmp_path: Path) -> None:
    file = tmp_path / "x.gz"
    file.write_bytes(deflate(data, level) + EOF_BLOCK)
    with pysam.BGZFile(str(file), "rb", None) as reader:
        assert reader.read(len(data) + 1) == data


def test_real_bgzip_files_are_read_as_gzip_reads_them(shared_data: Path) -> None:
    files = [file for file in (shared_data / "vcf").rglob("*.*gz") if is_bgzf(file.read_bytes()[:64])]
    assert len(files) > 40
    for path in files:
        file = path.read_bytes()
        assert data_of(file) == gzip.decompress(file), path


def test_a_real_release_keeps_its_data_through_every_level(shared_data: Path) -> None:
    release = shared_data / "clinvar" / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz"
    data = gzip.decompress(release.read_bytes())[:2_000_000]
    sizes = []
    for level in LEVELS:
        written = deflate(data, level)
        assert data_of(written + EOF_BLOCK) == data
        sizes.append(len(written))
    assert sizes[0] > len(data)
    assert sizes[1:] == sorted(sizes[1:], reverse=True)


# --- reading many blocks at a time


def runs_of(file: bytes, per_run: int) -> list[BlockRun]:
    """All of a file, so many blocks at a time."""
    reader = BlockReader(io.BytesIO(file), "x.vcf.gz")
    runs, count = [], 0
    while (size := reader.step()) is not None:
        count += 1
        assert size == data_size(reader.last)
        if count % per_run == 0:
            runs.append(reader.take())
    assert reader.offset == len(file)
    return [*runs, reader.take()]


@pytest.mark.parametrize("per_run", [1, 3, 1000])
@pytest.mark.parametrize("level", [None, 0, 9])
def test_runs_of_blocks_are_the_blocks(per_run: int, level: int | None) -> None:
    # Longer than what is read at a time; with unusual headers, and empty blocks between.
    odd = [with_extra(block, b"XY\x03\x00abc") for block in blocks_of(bgzip(TEXT[:300_000]))[:-1]]
    file = bgzip(RANDOM * 8 + TEXT, level) + b"".join(odd) + EOF_BLOCK
    runs = runs_of(file, per_run)
    assert [bytes(block) for run in runs for block in run.each()] == blocks_of(file)
    assert b"".join(run.data for run in runs) == file
    assert all(len(run.sizes) == per_run for run in runs[:-1])


WRONG = {
    "empty": b"",
    "no end-of-file block": BGZIPPED[:-28],
    "cut in the last block": BGZIPPED[:-1],
    "cut in its header": BGZIPPED[:-20],
    "cut in the middle": BGZIPPED[:40_000],
    "cut in the first header": BGZIPPED[:7],
    "a byte behind it": BGZIPPED + b"x",
    "bytes behind it": BGZIPPED + b"x" * 100,
    "plain gzip behind it": BGZIPPED + gzip.compress(TEXT),
    "a size that cannot be": with_extra(BGZIPPED, b"", 12),
    "zeros": bytes(40),
}


@pytest.mark.parametrize("file", WRONG.values(), ids=WRONG)
def test_a_damaged_file_has_the_same_error_in_every_reader(file: bytes) -> None:
    one_by_one = error_of(blocks_of, file)
    assert str(error_of(lambda file: runs_of(file, 1000), file)) == str(one_by_one)


# --- recognising


def test_bgzf_is_distinguished_from_plain_gzip() -> None:
    assert is_bgzf(EOF_BLOCK)
    assert is_bgzf(bgzip(TEXT)[:18])
    assert not is_bgzf(gzip.compress(TEXT))
    assert not is_bgzf(b"##fileformat=VCFv4.2\n#CHROM")
    assert not is_bgzf(b"")
    assert not is_bgzf(EOF_BLOCK[:17])


def test_another_extra_field_is_no_bgzf() -> None:
    assert not is_bgzf(EOF_BLOCK.replace(b"BC", b"RA"))


def test_a_block_size_that_cannot_be_is_no_bgzf() -> None:
    assert not is_bgzf(with_extra(EOF_BLOCK, b"", size=20))


@pytest.mark.parametrize("have", [1, 17, 18, 100, 5_000])
def test_the_start_of_the_data_is_seen_however_little_is_at_hand(have: int) -> None:
    for file in (bgzip(TEXT), gzip.compress(TEXT)):
        seen = first_data(file[:have], 3)
        assert TEXT.startswith(seen)
        assert len(seen) == (3 if have >= 100 else 0)
    assert first_data(b"\x1f\x8b not gzip at all", 3) == b""


# --- reading


def test_a_file_joined_by_cat_is_read_to_its_end() -> None:
    assert data_of(bgzip(b"first\n") + bgzip(TEXT) + bgzip(b"last\n")) == b"first\n" + TEXT + b"last\n"


def test_blocks_are_read_unchanged_including_empty_ones() -> None:
    file = bgzip(b"first\n") + bgzip(TEXT)
    blocks = blocks_of(file)
    assert b"".join(blocks) == file
    assert blocks.count(EOF_BLOCK) == 2


def test_other_subfields_beside_bc_are_legal() -> None:
    block = bgzip(b"some text\n")[: -len(EOF_BLOCK)]
    for extra in (b"XY\x00\x00", b"XY\x03\x00abc", b"BC\x03\x00abc", b"Q" * 2 + b"\x2c\x01" + b"q" * 300):
        file = with_extra(block, extra) + EOF_BLOCK
        assert is_bgzf(file)
        assert data_of(file) == b"some text\n"


def test_an_empty_file_is_an_error() -> None:
    assert "the file is empty" in str(error_of(blocks_of, b""))


@pytest.mark.parametrize("length", [1, 2, 11, 17, 18, 25, 5_000])
def test_a_file_cut_off_in_its_first_block_is_an_error(length: int) -> None:
    assert "truncated in the BGZF block at byte 0" in str(error_of(blocks_of, bgzip(TEXT)[:length]))


def test_a_cut_in_a_later_block_names_its_offset() -> None:
    file = bgzip(TEXT)
    offset = len(blocks_of(file)[0])
    for length in (offset + 1, offset + 17, offset + 18, offset + 1_000):
        assert f"truncated in the BGZF block at byte {offset:,}" in str(error_of(blocks_of, file[:length]))


def test_a_missing_end_of_file_block_is_an_error() -> None:
    file = bgzip(TEXT).removesuffix(EOF_BLOCK)
    assert f"no end-of-file block at byte {len(file):,}" in str(error_of(blocks_of, file))


def test_a_cut_in_the_end_of_file_block_is_an_error() -> None:
    file = bgzip(TEXT)
    for missing in range(1, len(EOF_BLOCK)):
        error_of(blocks_of, file[:-missing])


def test_data_after_the_end_is_an_error_unless_it_is_bgzf() -> None:
    file = bgzip(TEXT)
    for appended in (b"\n", b"\0" * 512, b"1\t5\t.\tA\tC\t.\t.\t.\n"):
        assert f"no BGZF block starts at byte {len(file):,}" in str(error_of(blocks_of, file + appended))
    assert f"member at byte {len(file):,} is not" in str(
        error_of(blocks_of, file + with_extra(EOF_BLOCK, b"", 5))
    )


def test_a_plain_gzip_member_is_no_block() -> None:
    error_of(blocks_of, bgzip(TEXT) + gzip.compress(TEXT))


def test_every_flipped_bit_is_an_error_or_harmless() -> None:
    data = TEXT[:700]
    file = bgzip(data)
    harmless = set()
    for byte in range(len(file)):
        for bit in range(8):
            damaged = bytearray(file)
            damaged[byte] ^= 1 << bit
            try:
                assert data_of(bytes(damaged)) == data
                harmless.add(byte)
            except InputError:
                pass
    # Times, flags of the compressor and the operating system carry nothing; nor do the unused bits after the
    # end of a deflate stream.
    start = len(file) - len(EOF_BLOCK)
    carries_nothing = {*range(4, 10), *range(start + 4, start + 10), start - 9, start + 19}
    assert harmless <= carries_nothing


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_every_cut_is_an_error(data: st.DataObject) -> None:
    file = BGZIPPED
    length = data.draw(st.integers(0, len(file) - 1))
    error_of(data_of, file[:length])


# --- writing


@given(
    st.lists(st.binary(max_size=200) | st.sampled_from([RANDOM, TEXT[:70_000], b"\0" * 100_000])),
    st.sampled_from(LEVELS),
)
@settings(max_examples=60, deadline=None)
def test_any_data_come_back(parts: list[bytes], level: int) -> None:
    data = b"".join(parts)
    written = deflate(data, level)
    assert data_of(written + EOF_BLOCK) == data
    assert written == deflate(data, level)


@pytest.mark.parametrize(
    "size", [1, MAX_BLOCK_DATA - 1, MAX_BLOCK_DATA, MAX_BLOCK_DATA + 1, 3 * MAX_BLOCK_DATA]
)
@pytest.mark.parametrize("level", [0, 1, 3, 6])
def test_blocks_are_cut_at_the_same_places_and_fit(size: int, level: int) -> None:
    for data in (RANDOM[:size], TEXT[:size]):
        blocks = blocks_of(deflate(data, level) + EOF_BLOCK)[:-1]
        assert len(blocks) == -(-len(data) // MAX_BLOCK_DATA)
        assert all(len(block) <= 1 << 16 for block in blocks)
        assert all(len(inflate(block, path="x")) == MAX_BLOCK_DATA for block in blocks[:-1])


def test_no_data_are_no_block() -> None:
    assert [deflate(b"", level) for level in LEVELS] == [b""] * 10


def test_data_that_do_not_compress_are_stored() -> None:
    for level in LEVELS:
        assert len(deflate(RANDOM[:MAX_BLOCK_DATA], level)) == MAX_BLOCK_DATA + 18 + 5 + 8


def test_level_6_is_about_as_small_as_bgzip(shared_data: Path) -> None:
    release = shared_data / "clinvar" / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz"
    data = gzip.decompress(release.read_bytes())[:2_000_000]
    assert len(deflate(data, 6)) < 1.1 * len(bgzip(data, 6))


# --- plain gzip


def test_plain_gzip_of_several_members_is_read() -> None:
    assert gunzipped(gzip.compress(TEXT)) == TEXT
    assert gunzipped(gzip.compress(TEXT) + gzip.compress(b"more\n")) == TEXT + b"more\n"
    assert gunzipped(bgzip(TEXT)) == TEXT


def test_plain_gzip_is_read_in_bounded_pieces() -> None:
    zeros = gzip.compress(b"\0" * 50_000_000)
    assert max(len(piece) for piece in gunzip(io.BytesIO(zeros), path="x")) <= 1 << 20


def test_zeros_after_gzip_are_padding_and_anything_else_an_error() -> None:
    assert gunzipped(gzip.compress(TEXT) + b"\0" * 512) == TEXT
    error_of(gunzipped, gzip.compress(TEXT) + b"1\t5\t.\tA\tC\t.\t.\t.\n")


@pytest.mark.parametrize("missing", [1, 4, 8, 9, 1_000])
def test_truncated_gzip_is_an_error(missing: int) -> None:
    assert "truncated" in str(error_of(gunzipped, gzip.compress(TEXT)[:-missing]))
    assert "truncated" in str(error_of(gunzipped, gzip.compress(TEXT) + gzip.compress(TEXT)[:-missing]))


@pytest.mark.parametrize("place", [20, 500, -7, -2])
def test_damaged_gzip_is_an_error(place: int) -> None:
    damaged = bytearray(gzip.compress(TEXT))
    damaged[place] ^= 0x10
    error_of(gunzipped, bytes(damaged))


@pytest.mark.parametrize("count", [1, 4, 5, 32])
@pytest.mark.parametrize("size", [1_000, MAX_BLOCK_DATA])
def test_of_many_blocks_each_is_checked_to_its_last_byte(count: int, size: int) -> None:
    texts = [bytes([number]) * (size // 2) + os.urandom(size - size // 2) for number in range(count)]
    blocks = [deflate(text, 2) for text in texts]
    assert inflate_all(blocks, path="x.vcf.gz", data=b"".join(blocks)) == b"".join(texts)
    for damaged in {0, count // 2, count - 1}:
        for place in (-8, -5, -4, -2):  # CRC32 and size
            block = bytearray(blocks[damaged])
            block[place] ^= 1
            with pytest.raises(InputError, match="damaged"):
                given = [*blocks[:damaged], bytes(block), *blocks[damaged + 1 :]]
                inflate_all(given, path="x.vcf.gz", data=b"".join(given))


@pytest.mark.parametrize("shards", [0, 1, 3])
@pytest.mark.parametrize("chunk", [1, 1 << 21])
@pytest.mark.parametrize("damaged", range(1, 8))
def test_a_block_with_data_that_states_to_be_empty_is_an_error(
    damaged: int, chunk: int, shards: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even as the last one, after a chunk that ended with a line."""
    monkeypatch.setattr(stream, "_CHUNK", chunk)
    blocks = [deflate(vcf_text([]).encode(), 6)]
    blocks += [deflate(f"7\t{place}\t.\tA\tT\t.\t.\t.\n".encode() * 9, 6) for place in range(1, 8)]
    whole = blocks[damaged]
    blocks[damaged] = whole[:-4] + bytes(4)
    path = tmp_path / "x.vcf.gz"
    path.write_bytes(b"".join(blocks) + EOF_BLOCK)

    def read(opened: Input) -> int:
        return sum(chunk.text("x").count(b"\n") for chunk in TextStream(opened).chunks())

    def read_all() -> None:
        if not shards:
            with open_input(str(path)) as opened:
                read(opened)
        for number in range(1, shards + 1):
            with open_shard(str(path), Shard(number, shards)) as opened:
                read(opened)

    with pytest.raises(InputError, match="instead of 0"):
        read_all()
    path.write_bytes(path.read_bytes().replace(blocks[damaged], whole))
    read_all()
