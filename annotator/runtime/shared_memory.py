"""Handing values from one process to another through memory that both share.

Through a pipe every byte of a value is copied six times and waits for the other side every 64 KiB; a genome's blocks
go there and back in a fifth of the time of annotating them. Here the large parts of a value, pickled apart from the
rest (PEP 574), are copied into a slot and out of it; only what is left goes through the pipe.
"""

from __future__ import annotations

import mmap
import pickle
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

__all__ = ["SharedBytes", "Slots", "apart"]

_SIZE = 4 << 20


def apart(data: bytes | memoryview) -> pickle.PickleBuffer:
    """Mark a large part of a value, in what its `__reduce_ex__` gives for protocol 5; it comes out as bytes."""
    return pickle.PickleBuffer(data)


class SharedBytes(NamedTuple):
    """A value on its way.

    Attributes:
        slot: where its large parts stand.
        bounds: where each of them starts, and where the last one ends, counted from the start of all slots; empty if
            they are in `pickled`.
        pickled: the rest of it.

    """

    slot: int
    bounds: Sequence[int]
    pickled: bytes


class Slots:
    """Shared memory; of processes that are forked after it is made.

    Args:
        count: number of slots; each holds one value at a time. With none, as for processes that are not forked,
            everything goes through the pipe.

    """

    def __init__(self, count: int) -> None:
        self._memory = mmap.mmap(-1, count * _SIZE) if count else None

    def put(self, slot: int, value: object) -> SharedBytes:
        """Hand a value over; what the slot held is gone. A value too large for a slot goes through the pipe whole."""
        parts: list[pickle.PickleBuffer] = []
        pickled = pickle.dumps(value, 5, buffer_callback=parts.append)
        octets = [part.raw() for part in parts]
        bounds = list(accumulate((part.nbytes for part in octets), initial=slot * _SIZE))
        if self._memory is None or bounds[-1] > (slot + 1) * _SIZE:
            return SharedBytes(slot, (), pickle.dumps(value, 5))
        for part, (start, stop) in zip(octets, pairwise(bounds), strict=True):
            self._memory[start:stop] = part
        return SharedBytes(slot, bounds, pickled)

    def take(self, parcel: SharedBytes) -> Any:
        """Return a value that was handed over; its slot is then free."""
        parts = [] if self._memory is None else [self._memory[a:b] for a, b in pairwise(parcel.bounds)]
        return pickle.loads(parcel.pickled, buffers=parts)  # noqa: S301  # made by this program's other process
