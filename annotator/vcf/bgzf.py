"""BGZF, the blocked gzip of SAMv1, section 4.1; and plain gzip, which is also accepted as input.

A BGZF file is a series of gzip members of at most 64 KiB, each with its own size in an extra field `BC`, and an empty
one at the end; a file without it is truncated. Every block is verified by its CRC32 and its size.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from annotator.errors import InputError

__all__ = [
    "EOF_BLOCK",
    "MAX_BLOCK_DATA",
    "USUAL_HEADER",
    "Octets",
    "block_sizes",
    "checked_end",
    "data_from",
    "data_size",
    "deflate",
    "first_data",
    "gunzip",
    "inflate",
    "inflate_all",
    "is_bgzf",
    "is_surely_empty",
    "next_block",
    "read_blocks",
]

Octets: TypeAlias = bytes | memoryview

EOF_BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")

MAX_BLOCK_DATA = 65_280
"""Most bytes of data that `deflate` puts into a block: as in bgzip, so that any data fit into 64 KiB."""

# Magic, method deflate, FEXTRA as the only flag; followed by MTIME, XFL, OS; XLEN is at byte 10, its field at 12.
_MAGIC = b"\x1f\x8b\x08\x04"
_FIXED_SIZE = 12
# Magic to XLEN and the head of subfield BC; followed by BSIZE: the block's size minus one.
USUAL_HEADER = EOF_BLOCK[:16]
"""Start of a block as htslib writes it, before BSIZE."""
_HEADER_SIZE = 18
_CRC_AND_SIZE = struct.Struct("<II")
_MAX_BLOCK = 1 << 16
_STORED_OVERHEAD = 5
# ISA-L does not always compress a few kilobytes into the same bytes: observed in 4 of 20,503 blocks of a genome.
_LEAST_FOR_ISAL = 48 << 10
_RAW_DEFLATE = -15
_GZIP_OR_BGZF = 31
_FEW_BLOCKS = 4  # inflating this few takes less time than importing the parallel decompressor
_GZIP_CHUNK = 1 << 18

_FETCH_AGAIN = "Download or write the file again"


@cache
def _isal() -> Any:
    """Return ISA-L: plain text, in and out, needs neither it nor libdeflate."""
    from isal import isal_zlib

    return isal_zlib


def is_bgzf(first_bytes: bytes) -> bool:
    """Return whether a file that starts with these bytes (at least 18) is BGZF: gzip with the extra subfield `BC`."""
    return len(first_bytes) >= _HEADER_SIZE and _block_size(first_bytes) is not None


def first_data(first_bytes: bytes, count: int) -> bytes:
    """Return up to `count` bytes of data from the start of a gzip or BGZF file, however few bytes are available.

    It serves to recognise the content before the file is read; damage is reported by the readers.
    """
    opened = _isal().decompressobj(_GZIP_OR_BGZF)
    try:
        data: bytes = opened.decompress(first_bytes, count)
    except _isal().error:
        return b""
    return data


def read_blocks(file: BinaryIO, *, path: str) -> Iterator[bytes]:
    """Yield the compressed blocks of a BGZF file, empty ones included; `inflate` decompresses them.

    Files joined by `cat` have empty blocks in the middle. The last block must be empty.

    Args:
        file: a buffered file, at the start of a block.
        path: name of the file, for errors.

    Raises:
        InputError: a block is malformed or truncated, other data follow, or the end-of-file block is missing. Offsets
            are 0-based, in the compressed file, relative to where reading began.

    """
    offset = 0
    last = b""
    while block := next_block(file, offset, path):
        yield block
        offset += len(block)
        last = block
    checked_end(data_size(last) if last else -1, offset, path)


def data_from(path: Path, offset: int) -> Iterator[bytes]:
    """Yield the data of a BGZF file from a virtual offset on (SAMv1, section 4.1.1), block by block.

    Raises:
        InputError: the offset does not belong to this file, or the file is truncated or damaged.

    """
    with path.open("rb") as file:
        file.seek(offset >> 16)
        blocks = read_blocks(file, path=str(path))
        data = inflate(next(blocks, EOF_BLOCK), path=str(path))
        if offset & 0xFFFF > len(data):
            what = "the index does not belong to the file"
            raise InputError(what, path=path, remedy="Index the file again with: bcftools index -f")
        yield data[offset & 0xFFFF :]
        for block in blocks:
            yield inflate(block, path=str(path))


def checked_end(last_size: int, offset: int, path: str) -> None:
    """Check that a file ends in an end-of-file block.

    Args:
        last_size: number of data bytes in the last block; -1 if there was no block.
        offset: where the file ended.
        path: name of the file, for errors.

    Raises:
        InputError: the file does not end in such a block.

    """
    if last_size < 0:
        raise InputError("the file is empty", path=path, remedy=_FETCH_AGAIN)
    if last_size > 0:
        what = f"the file is truncated: no end-of-file block at byte {offset:,}"
        raise InputError(what, path=path, remedy=_FETCH_AGAIN)


def next_block(file: BinaryIO, offset: int, path: str) -> bytes:
    """Return the block at the file's current position (reported in errors as `offset`), or nothing at the end."""
    head = file.read(_HEADER_SIZE)
    if not head:
        return b""
    if not head.startswith(_MAGIC[: len(head)]):
        what = f"no BGZF block starts at byte {offset:,}"
        raise InputError(what, path=path, remedy="The file is damaged, or data were appended to it")
    block = head
    if len(head) == _HEADER_SIZE:
        block += file.read(max(0, _extra_end(head) - _HEADER_SIZE))
        size = _block_size(block)
        if size is None:
            what = f"the gzip member at byte {offset:,} is not a BGZF block"
            raise InputError(what, path=path, remedy="Compress the whole file with bgzip")
        block += file.read(size - len(block))
        if len(block) == size:
            return block
    what = f"the file is truncated in the BGZF block at byte {offset:,}"
    raise InputError(what, path=path, remedy=_FETCH_AGAIN)


def _extra_end(header: Octets) -> int:
    return _FIXED_SIZE + int.from_bytes(header[10:12], "little")


def _block_size(header: bytes) -> int | None:
    """Return the size of a block from its header; None if the header has no valid subfield BC."""
    if not header.startswith(_MAGIC):
        return None
    end = _extra_end(header)
    start = _FIXED_SIZE
    while start + 4 <= min(end, len(header)):
        length = int.from_bytes(header[start + 2 : start + 4], "little")
        if header[start : start + 2] == b"BC" and length == 2:
            size = int.from_bytes(header[start + 4 : start + 6], "little") + 1
            return size if size > end + _CRC_AND_SIZE.size else None
        start += 4 + length
    return None


def block_sizes(blocks: bytes) -> Iterator[tuple[int, int]]:
    """Yield, for each of several whole blocks, its compressed size and the uncompressed size it states."""
    start = 0
    while start < len(blocks):
        head = blocks[start : start + _HEADER_SIZE]
        size = _block_size(head) or _block_size(blocks[start : start + _extra_end(head)])
        assert size is not None, "these were read or written as blocks"
        start += size
        yield size, _CRC_AND_SIZE.unpack_from(blocks, start - _CRC_AND_SIZE.size)[1]


def data_size(block: Octets) -> int:
    """Return the uncompressed size that a block states, in bytes."""
    return _crc_and_size(block)[1]


def is_surely_empty(block: Octets) -> bool:
    """Return whether a block has no room for data, whatever size it states."""
    return len(block) <= len(EOF_BLOCK)


def _crc_and_size(block: Octets) -> tuple[int, int]:
    crc, size = _CRC_AND_SIZE.unpack_from(block, len(block) - _CRC_AND_SIZE.size)
    return crc, size


def inflate(block: Octets, *, path: str) -> bytes:
    """Return the decompressed data of one block.

    Raises:
        InputError: the block is damaged.

    """
    crc, size = _crc_and_size(block)
    body = memoryview(block)[_extra_end(block[:_HEADER_SIZE]) : -_CRC_AND_SIZE.size]
    if size > _MAX_BLOCK:
        raise _damaged(path, f"a size of {size:,} bytes")
    try:
        data: bytes = _isal().decompress(body, _RAW_DEFLATE, size)
    except _isal().error as error:
        raise _damaged(path, str(error)) from error
    if len(data) != size:
        raise _damaged(path, f"{len(data):,} bytes instead of {size:,}")
    if _isal().crc32(data) != crc:
        raise _damaged(path, "wrong CRC32")
    return data


def inflate_all(blocks: Sequence[Octets], *, path: str, data: bytes) -> bytes:
    """Return the decompressed data of several blocks, joined.

    Args:
        blocks: the blocks.
        path: name of the file, for errors.
        data: the blocks, concatenated.

    Raises:
        InputError: a block is damaged.

    """
    if len(blocks) > _FEW_BLOCKS:
        size = sum(map(data_size, blocks))
        inflated = _gunzipped(data, size)
        if len(inflated) == size:
            return inflated
    # Decompressing one by one is slower, but the error then names the block and its fault.
    return b"".join([inflate(block, path=path) for block in blocks])


def _gunzipped(members: bytes, size: int) -> bytes:
    """Return the data of gzip members of a given total size, verified by CRC32 and size; empty if they are damaged."""
    from gzip import BadGzipFile, GzipFile

    from isal.igzip import IGzipFile

    opener: Callable[..., GzipFile] = IGzipFile
    try:
        # Request one byte more, so that the last member is read to the end of its checksum.
        return opener(fileobj=BytesIO(members), mode="rb").read(size + 1)
    except (EOFError, BadGzipFile, _isal().error):
        return b""


def _damaged(path: str, how: str) -> InputError:
    return InputError(f"a BGZF block is damaged ({how})", path=path, remedy=_FETCH_AGAIN)


def deflate(data: bytes, level: int) -> bytes:
    """Compress data into BGZF blocks, without an end-of-file block; equal data produce equal blocks.

    Args:
        data: any number of bytes; no bytes produce no block.
        level: 0 (stored) to 9. Levels 1 to 3 use ISA-L, about four times as fast as libdeflate, which is used for
            levels 4 to 9 and all short blocks; 5 is about as small as zlib's 6.

    """
    view = memoryview(data)
    cuts = range(0, len(data), MAX_BLOCK_DATA)
    return b"".join([_deflated_block(view[start : start + MAX_BLOCK_DATA], level) for start in cuts])


def _deflated_block(data: memoryview, level: int) -> bytes:
    body = _deflated(data, level)
    if len(body) > len(data) + _STORED_OVERHEAD:
        body = _deflated(data, level=0)
    size = _HEADER_SIZE + len(body) + _CRC_AND_SIZE.size
    trailer = _CRC_AND_SIZE.pack(_isal().crc32(data), len(data))
    return b"".join((USUAL_HEADER, (size - 1).to_bytes(2, "little"), body, trailer))


def _deflated(data: memoryview, level: int) -> bytes | bytearray:
    if level == 0:
        # One final stored block (RFC 1951, section 3.2.4): its length and the complement of it.
        return struct.pack("<BHH", 1, len(data), len(data) ^ 0xFFFF) + data
    if level <= 3 and len(data) >= _LEAST_FOR_ISAL:
        compressed: bytes = _isal().compress(data, level, _RAW_DEFLATE)
        return compressed
    from deflate import deflate_compress

    return deflate_compress(data, level)


def gunzip(file: BinaryIO, *, path: str) -> Iterator[bytes]:
    """Yield the data of a plain gzip file (RFC 1952), with one or more members, in pieces of bounded size.

    Raises:
        InputError: the file is damaged or truncated, or other data follow the last member.

    """
    # Only plain gzip needs these modules, and they are slow to import.
    from gzip import BadGzipFile, GzipFile

    from isal.igzip import IGzipFile

    opener: Callable[..., GzipFile] = IGzipFile
    reader = opener(fileobj=file, mode="rb")
    try:
        while piece := reader.read(_GZIP_CHUNK):
            yield piece
    except EOFError as error:
        raise InputError("the gzip file is truncated", path=path, remedy=_FETCH_AGAIN) from error
    except (BadGzipFile, _isal().error) as error:
        raise InputError(f"the gzip file is damaged ({error})", path=path, remedy=_FETCH_AGAIN) from error
