"""The body of a response, decompressed and limited in size while it arrives."""

from __future__ import annotations

import zlib

from annotator.net.errors import PassingError

__all__ = ["Body"]

_GZIP = 16 + zlib.MAX_WBITS
_PART = 4096  # bytes


class Body:
    """Decoder of a body that arrives in pieces.

    A few bytes of gzip may expand to gigabytes: decompression stops at the limit. A body may consist of several gzip
    members (RFC 1952, section 2.2), which may be followed by zeros.
    """

    def __init__(self, encoding: str, most: int) -> None:
        """Prepare an empty body.

        Args:
            encoding: Content-Encoding of the response, empty if it has none.
            most: maximum size in bytes, both compressed and decompressed.

        Raises:
            PassingError: the encoding was not requested.

        """
        coding = encoding.strip().lower()
        if coding not in {"", "identity", "gzip", "x-gzip"}:
            raise PassingError("the response is compressed in a way that was not requested")
        self._gzip = zlib.decompressobj(_GZIP) if coding.endswith("gzip") else None
        self._most = most
        self._arrived = 0
        self._whole = bytearray()

    def add(self, piece: bytes) -> bool:
        """Add a piece, and return whether the whole body is still within the limit.

        Raises:
            PassingError: the body is not gzip.

        """
        self._arrived += len(piece)
        if self._arrived > self._most:
            return False
        if self._gzip is None:
            self._whole += piece
            return len(self._whole) <= self._most
        # In short parts, because zlib copies what follows a member, and members may be tiny.
        return all(self._inflate(piece[at : at + _PART]) for at in range(0, len(piece), _PART))

    def _inflate(self, part: bytes) -> bool:
        while part and len(self._whole) <= self._most:
            assert self._gzip is not None
            if self._gzip.eof:
                part = part.lstrip(b"\0")
                if not part:
                    break
                self._gzip = zlib.decompressobj(_GZIP)
            try:
                self._whole += self._gzip.decompress(part, self._most - len(self._whole) + 1)
            except zlib.error:
                raise PassingError("the compressed response is corrupt") from None
            part = self._gzip.unused_data
        return len(self._whole) <= self._most

    def whole(self) -> bytes:
        """Return the complete body, after its last piece.

        Raises:
            PassingError: the body is truncated.

        """
        if self._gzip is not None and self._arrived and not self._gzip.eof:
            raise PassingError("the compressed response is truncated")
        return bytes(self._whole)
