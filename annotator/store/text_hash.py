"""Hashes of texts by which the rows of a store are looked up."""

from __future__ import annotations

__all__ = ["text_hash"]


def text_hash(text: str) -> int:
    """Return 64 bits of BLAKE2b; the text may contain bytes that are not UTF-8, as surrogates."""
    try:  # hashlib loads OpenSSL, which takes longer than annotating ten records; it takes BLAKE2b from here itself
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b

    return int.from_bytes(blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "little")
