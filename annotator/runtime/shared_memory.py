"""Transfer of values between processes through shared memory.

Through a pipe, every byte of a value is copied six times and waits for the other side every 64 KiB. Here the large
parts of a value, pickled out of band (PEP 574), are copied into a slot and out of it; only the rest goes through the
pipe. On an eighth of the generated genome (`tests/bench`) with two workers, it saves 1% of the CPU time for BGZF and 5%
for BCF (medians of 5 paired runs); the waits that it avoids are not part of CPU time.
"""

from __future__ import annotations

import mmap
import pickle
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

from annotator.runtime.named_tuple import NamedTuple

__all__ = ["SharedBytes", "Slots", "apart"]

_SIZE = 4 << 20


def apart(data: bytes | memoryview) -> pickle.PickleBuffer:
    """Mark a large part of a value for out-of-band pickling in `__reduce_ex__`; it is restored as bytes."""
    return pickle.PickleBuffer(data)


class SharedBytes(NamedTuple):
    """A value in transfer.

    Attributes:
        slot: slot with its large parts.
        bounds: start of each part, and the end of the last one, relative to the start of all slots; empty if the parts
            are in `pickled`.
        pickled: the rest of the value.

    """

    slot: int
    bounds: Sequence[int]
    pickled: bytes


class Slots:
    """Memory shared with processes that are forked after it is created.

    Args:
        count: number of slots; each holds one value at a time. With 0, as for processes that are not forked, everything
            goes through the pipe.

    """

    def __init__(self, count: int) -> None:
        self._memory = mmap.mmap(-1, count * _SIZE) if count else None

    def put(self, slot: int, value: object) -> SharedBytes:
        """Put a value into a slot, replacing its content.

        A value too large for a slot goes through the pipe as a whole.
        """
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
        """Return a transferred value; its slot is free afterwards."""
        parts = [] if self._memory is None else [self._memory[a:b] for a, b in pairwise(parcel.bounds)]
        return pickle.loads(parcel.pickled, buffers=parts)  # noqa: S301  # made by this program's other process
