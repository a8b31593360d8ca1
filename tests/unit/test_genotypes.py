"""Which alleles a sample carries: read from many lines at once as from each, and as cyvcf2 reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cyvcf2 import VCF
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.errors import UsageError
from annotator.vcf.genotypes import Carrier, carried_records, carrier_of
from annotator.vcf.scan import scan
from tests.support.inputs import vcf_text

META = (
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    '##FORMAT=<ID=GTX,Number=1,Type=String,Description="Looks like it">',
)

number = st.sampled_from(["0", "0", ".", "1", "2", "3"])
genotype = st.one_of(
    number,
    st.tuples(number, st.sampled_from("/|"), number).map("".join),
    st.tuples(number, number, number).map("/".join),
)
sample = st.tuples(genotype, st.sampled_from(["", ":7", ":."])).map("".join)


@st.composite
def line(draw: st.DrawFn) -> str:
    alts = draw(st.sampled_from(["T", "T,C", "T,C,G", "<DEL>,T,*", "T,A[7:9[,C", "."]))
    first, second = draw(sample), draw(sample)
    form = draw(st.sampled_from(["GT:DP", "GT:DP", "GT:DP", "DP", "GTX"]))
    if form == "DP":
        first, second = "3", "."
    if form == "GTX":
        first, second = "0/1", "1"
    return f"7\t{draw(st.integers(1, 999))}\tid\tA\t{alts}\t.\t.\tDP=1\t{form}\t{first}\t{second}"


@settings(max_examples=120, deadline=None)
@given(lines=st.lists(line(), min_size=1, max_size=20), column=st.sampled_from([9, 10]), end=st.booleans())
def test_many_lines_at_once_are_read_as_each(lines: list[str], column: int, end: bool) -> None:
    text = "\n".join(lines).encode() + (b"\n" if end else b"")
    scanned = scan(text if end else text + b"\n", 11)
    assert scanned is not None
    carrier = Carrier("T", column)
    assert carried_records(text, scanned, carrier) == carried_records(text, None, carrier)


@settings(max_examples=40, deadline=None)
@given(lines=st.lists(line(), min_size=1, max_size=20))
def test_carried_alleles_are_those_of_cyvcf2(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.mktemp("gt") / "in.vcf"
    path.write_text(vcf_text(lines, meta=META, samples=("N", "T")))
    expected: list[tuple[int, tuple[int, ...], bool]] = []
    for index, record in enumerate(VCF(str(path))):
        has_genotype = "GT" in record.FORMAT
        numbers = set(record.genotypes[1][:-1]) if has_genotype else {1, 2, 3}
        carried = tuple(one for one in range(1, len(record.ALT) + 1) if one in numbers)
        if carried:
            expected.append((index, carried, has_genotype))
    found = carried_records(("\n".join(lines) + "\n").encode(), None, Carrier("T", 10))
    told = [(one.number, tuple(number for number, _ in one.alts), one.has_genotype) for one in found]
    assert told == expected


def test_a_record_is_returned_as_written() -> None:
    text = b"chr7\t5\tsv1\tA\t<DUP>,T\t.\t.\tCN=9;GENE=X\tGT:CN\t0/0:2\t0|1:6\r\n"
    text += b"7\t6\tx\tAC\tA,AT\t.\t.\tX=1\tGT\t1\t2\n"
    structural, plain = carried_records(text, None, Carrier("T", 10))
    assert structural == (
        0,
        "chr7",
        5,
        "A",
        ((1, "<DUP>"),),
        2,
        True,
        b"chr7\t5\tsv1\tA\t<DUP>,T\t.\t.\tCN=9;GENE=X\tGT:CN\t0|1:6",
    )
    assert plain == (1, "7", 6, "AC", ((2, "AT"),), 2, True, b"")


def test_every_alt_is_taken_if_that_is_wanted() -> None:
    text = b"7\t5\t.\tA\tT,C\t.\t.\t.\n7\t6\t.\tA\t.\t.\t.\t.\n7\t7\t.\tA\tT\t.\t.\t.\n"
    found = carried_records(text, scan(text, 8), Carrier("T", None))
    assert [(one.number, one.alts) for one in found] == [(0, ((1, "T"), (2, "C"))), (2, ((1, "T"),))]
    assert all(one.has_genotype for one in found)


def test_the_only_sample_need_not_be_named() -> None:
    assert carrier_of(("T",), None, all_alts=False, path="x") == ("T", 9)
    assert carrier_of(("N", "T"), "T", all_alts=False, path="x") == ("T", 10)
    assert carrier_of((), "any", all_alts=True, path="x") == ("any", None)
    assert carrier_of(("N",), None, all_alts=True, path="x") == ("N", None)


@pytest.mark.parametrize(
    ("samples", "wanted", "all_alts", "what"),
    [
        (
            ("N", "T"),
            None,
            False,
            "the file has 2 samples, and no sample was chosen.*Select the tumour sample with --sample: N, T",
        ),
        ((), None, False, "the file has no sample, and no sample was chosen"),
        ((), None, True, "the file has no sample"),
        (("N", "T"), "X", False, "the file has no sample 'X'. Choose from N, T"),
        ((), "X", False, "the file has no sample 'X'.*--all-alts"),
    ],
)
def test_an_ambiguous_sample_is_an_error(
    samples: tuple[str, ...], wanted: str | None, all_alts: bool, what: str
) -> None:
    with pytest.raises(UsageError, match=what):
        carrier_of(samples, wanted, all_alts=all_alts, path="in.vcf")


def test_a_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        carrier_of((), None, all_alts=False, path=str(tmp_path / "in.vcf"))
    assert raised.value.path == str(tmp_path / "in.vcf")
