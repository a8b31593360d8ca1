"""Reading the columns of many lines at once: POS, whose digits are read eight at a time, and the kinds of alleles."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.variants.allele import key_of, unsupported_reason
from annotator.vcf.scan import scan

numbers = st.one_of(
    st.integers(0, 10**18 - 1).map(str),
    st.integers(1, 18).map(lambda count: "9" * count),
    st.tuples(st.integers(0, 10**9), st.integers(10, 18)).map(lambda pair: str(pair[0]).zfill(pair[1])),
)
odd = st.characters(min_codepoint=1, max_codepoint=255).filter(lambda one: one not in "0123456789\t\n")


def text_of(positions: list[str], contig: str) -> bytes:
    return "".join(f"{contig}\t{position}\t.\tA\tC\t.\t.\t.\n" for position in positions).encode("latin-1")


@settings(deadline=None)
@given(st.lists(numbers, min_size=1, max_size=40), st.sampled_from(["1", "chr17", "a_long_name_of_a_contig"]))
def test_positions_of_any_length_are_read(positions: list[str], contig: str) -> None:
    scanned = scan(text_of(positions, contig), 8)
    assert scanned is not None
    assert scanned.positions.dtype == np.int64
    assert scanned.positions.tolist() == [int(position) for position in positions]


@settings(deadline=None)
@given(st.lists(numbers, min_size=1, max_size=9), st.data())
def test_a_position_that_is_no_number_is_never_read_as_one(positions: list[str], data: st.DataObject) -> None:
    line = data.draw(st.integers(0, len(positions) - 1))
    place = data.draw(st.integers(0, len(positions[line]) - 1))
    positions[line] = positions[line][:place] + data.draw(odd) + positions[line][place + 1 :]
    assert scan(text_of(positions, "1"), 8) is None


def test_a_number_that_is_too_long_is_left_to_the_exact_way() -> None:
    assert scan(text_of(["1" * 19], "1"), 8) is None
    assert scan(text_of([""], "1"), 8) is None


sequences = st.text("ACGTac", min_size=1, max_size=5)
alleles = st.one_of(
    sequences, st.text("ACGTacgtN", max_size=5), st.sampled_from(["*", "<DEL>", ".", "A[7:9["])
)


@settings(deadline=None, max_examples=500)
@given(st.lists(st.tuples(sequences, st.lists(alleles, min_size=1, max_size=4)), min_size=1, max_size=30))
def test_what_a_scan_states_of_alleles_holds_for_each_of_them(sites: list[tuple[str, list[str]]]) -> None:
    text = "".join(
        f"7\t{number}\t.\t{ref}\t{','.join(alts)}\t.\t.\t.\n" for number, (ref, alts) in enumerate(sites, 1)
    )
    scanned = scan(text.encode(), 8)
    assert scanned is not None
    for number, (ref, alts) in enumerate(sites):
        if scanned.unusual[number]:
            continue
        given_alts = [] if alts == ["."] else alts
        assert [unsupported_reason(ref, alt) for alt in given_alts] == [None] * scanned.alleles[number]
        keys = [key_of("7", number + 1, ref, alt) for alt in given_alts]
        assert all(number + 1 <= key.start <= scanned.last_keys[number] for key in keys)
        if not scanned.unanchored[number]:
            assert not any(key.is_indel and key.start == number + 1 for key in keys)


def test_mixed_lines_are_usual() -> None:
    texts = {"AT\tA,AG": 2, "C\tCGT,T": 2, "CAT\tTAC": 1, "CAG\tC,CAGAG,TAG": 3}
    scanned = scan("".join(f"7\t10\t.\t{text}\t.\t.\t.\n" for text in texts).encode(), 8)
    assert scanned is not None
    assert not scanned.unusual.any()
    assert scanned.mixed.all()
    assert scanned.alleles.tolist() == list(texts.values())


def test_an_alt_that_is_ref_or_empty_is_left_to_the_exact_way() -> None:
    texts = ["AT\tA,at", "CA\tCA,C", "CAT\tCAT", "C\tCG,,T", "AT\tA,*", "AT\tA,N"]
    scanned = scan("".join(f"7\t10\t.\t{text}\t.\t.\t.\n" for text in texts).encode(), 8)
    assert scanned is not None
    assert scanned.unusual.all()
