from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.runtime.shared_memory import Slots, apart
from annotator.runtime.workers import ordered_map
from annotator.vcf.blocks import BlockRun
from annotator.vcf.stream import Chunk

SLOT = 4 << 20


@given(st.lists(st.binary(max_size=50), max_size=5), st.binary(max_size=50), st.integers(0, 2))
def test_a_value_comes_out_as_it_went_in(blocks: list[bytes], head: bytes, slot: int) -> None:
    chunk = Chunk(head, BlockRun.of(blocks), 7)
    for slots, in_pipe in ((Slots(3), False), (pickle.loads(pickle.dumps(Slots(0))), True)):  # noqa: S301
        parcel = slots.put(slot, chunk)
        assert slots.take(parcel) == chunk
        joined = b"".join(blocks)
        assert len(joined) < 9 or (joined in parcel.pickled) == in_pipe


@pytest.mark.parametrize("size", [0, 1, SLOT - 1, SLOT, SLOT + 1, 3 * SLOT])
def test_a_value_of_any_size_comes_out_and_leaves_its_neighbours_alone(size: int) -> None:
    slots = Slots(3)
    first, last = slots.put(0, apart(b"first")), slots.put(2, apart(b"last"))
    data = os.urandom(size)
    parcel = slots.put(1, apart(data))
    assert (len(parcel.pickled) > 100) == (size > SLOT)
    assert bytes(slots.take(parcel)) == data
    assert (bytes(slots.take(first)), bytes(slots.take(last))) == (b"first", b"last")


def _reversing(job: bytes) -> Callable[[Chunk], tuple[pickle.PickleBuffer, int, int]]:
    def reverse(chunk: Chunk) -> tuple[pickle.PickleBuffer, int, int]:
        return apart(job + chunk.head[::-1]), len(chunk.head), os.getpid()

    return reverse


@pytest.mark.parametrize("workers", [2, 3])
def test_answers_come_in_order_from_processes_of_their_own(workers: int) -> None:
    items = [
        Chunk(bytes([number]) * (number * 100_000)) for number in range(60)
    ]  # some do not fit into a slot
    answers = list(ordered_map(_reversing, b"x", items, workers))
    assert [bytes(data) for data, _, _ in answers] == [b"x" + item.head for item in items]
    assert [size for _, size, _ in answers] == [len(item.head) for item in items]
    assert os.getpid() not in {process for _, _, process in answers}


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_data_of_a_forked_process_are_read_here() -> None:
    slots = Slots(2)
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=lambda: queue.put(slots.put(1, apart(b"of the child" * 100))))
    child.start()
    parcel = queue.get()
    child.join()
    assert bytes(slots.take(parcel)) == b"of the child" * 100
    assert len(parcel.pickled) < 100
