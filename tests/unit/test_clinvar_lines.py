"""Lines of ClinVar's VCF taken apart many at once say what they say when they are read one by one.

The oracle is the reader of single lines: where a file has a ninth column no line is usual, so that all go through it.
"""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from annotator.variants.assembly import CANONICAL_CONTIGS
from tests.bench.clinvar_like import clinvar_alleles, clinvar_lines
from tests.support.clinvar_lines import is_usual, one_by_one, outcome

# Made lines

TEXTS = st.text(st.sampled_from("aZ09_|,:=@()%. é\udc80"), max_size=6) | st.sampled_from(
    ["Pathogenic", "Likely_benign|risk_factor", "not%20provided", "SO:0001583|missense_variant", "\r", "x\r"]
)
ACCESSION = "NC_000007.14"


@st.composite
def expressions(draw: st.DrawFn, position: int, ref: str, alt: str) -> str:
    """Genomic expressions as ClinVar writes them, of this allele or beside it, and odd ones."""
    place = draw(st.sampled_from([position, position + 1, position * 10, 1]))
    return draw(
        st.sampled_from(
            [
                f"{ACCESSION}:g.{place}{ref}>{alt}",
                f"{ACCESSION}:g.{place}C>T",
                f"{ACCESSION}:g.{place}C>TT",
                f"{ACCESSION}:g.{place}_{place + 1}del",
                f"{ACCESSION}:g.{place}dup",
                f"{ACCESSION}:g.{place}_{place + 1}insACG",
                f"{ACCESSION}:g.{place}delCinsAA",
                f"{ACCESSION}:g.{place}ACA[1]",
                f"{ACCESSION}:g.{place}%3D",
                f"NC_0@:g.{place}C>T",
                f"g.{place}C>T",
                f"a:b:g.{place}C>T",
                f"{ACCESSION}:gg.{place}C>T",
                f"{ACCESSION}:g.{place}c>T",
                "@0",
                "",
            ]
        )
    )


NUMBER_TEXTS = st.sampled_from(
    [
        "1",
        "0",
        "007",
        "15041",
        "999999999",
        "1234567890",
        "3999999999",
        "4294967296",
        "-1",
        "",
        "1x",
        "٣",
        "1|2",
    ]
)


@st.composite
def lines_of_clinvar(draw: st.DrawFn) -> str:
    """Lines, most of them usual but for one thing or none."""
    position = draw(st.integers(1, 300))
    ref, alt = draw(
        st.sampled_from(["C T", "CA C", "C CA", "CAT CAG", "A A", "CA GT", "a T", "C .", "C <DEL>", "A R"])
    ).split()
    items = {
        "AF_ESP": "0.1",
        "ALLELEID": draw(st.just("15041") | NUMBER_TEXTS),
        "CLNDISDB": draw(TEXTS),
        "CLNDISDBINCL": draw(TEXTS),
        "CLNDN": draw(TEXTS),
        "CLNHGVS": draw(expressions(position, ref, alt)),
        "CLNREVSTAT": draw(TEXTS),
        "CLNSIG": draw(TEXTS),
        "CLNSIGCONF": draw(TEXTS),
        "CLNSIGSCV": draw(TEXTS),
        "CLNVC": draw(TEXTS),
        "GENEINFO": draw(TEXTS),
        "MC": draw(TEXTS),
        "ORIGIN": draw(TEXTS),
        "RS": draw(st.just("113488022") | NUMBER_TEXTS),
    }
    keys = [key for key in items if draw(st.integers(0, 3))]
    odd = draw(st.integers(0, 11))
    info = [f"{key}={items[key]}" for key in keys]
    if odd == 0 and info:
        info = draw(st.permutations(info))
    elif odd == 1:
        info += draw(
            st.sampled_from([["FLAG"], ["ONC=x"], ["SCI=y", "SCIDN=z"], ["=x"], ["", ""], ["RS=9"], ["XX=1"]])
        )
    columns = [
        draw(st.sampled_from(["7", "7", "7", "chr7", "MT", "NT_113889.1", "GL000192.1"])),
        str(position) if odd != 2 else draw(NUMBER_TEXTS),
        draw(st.sampled_from(["13961", "2", "3"])) if odd != 3 else draw(NUMBER_TEXTS),
        ref,
        alt,
        "." if odd != 4 else "29",
        "." if odd != 5 else "PASS",
        ";".join(info) if odd != 6 else ".",
    ]
    if odd == 7:
        columns.pop(draw(st.integers(0, 7)))
    elif odd == 8:
        columns[7] += draw(st.sampled_from(["\t", "\tGT", ";", ";;"]))
    return "\t".join(columns)


@settings(deadline=None, max_examples=100)
@given(st.lists(lines_of_clinvar(), min_size=1, max_size=8))
@example(["7\t5\t1\tC\tT\t.\t.\tALLELEID=1\tx", "7\t6\t1\tC\tT\t.\t.\tALLELEID=1"])
@example(["7\t5\t1\tC\tT\t.\t.\tCLNDN=1\tx", "7\t6\t1\tC\tT\t.\tALLELEID=1"])
@example(["7\t5\t1\tC\tT\t.\t.\tALLELEID=12CLNDN=x"])
@example(["7\t5\t1\tC\tT\t.\t.\t"])
@example(["", "7\t5\t1\tC\tT\t.\t.\tALLELEID=1"])
def test_made_lines_parsed_together_equal_lines_parsed_one_by_one(lines: list[str]) -> None:
    assert outcome(lines, 8) == one_by_one(lines)


@settings(deadline=None, max_examples=30)
@given(st.lists(lines_of_clinvar(), min_size=1, max_size=6))
def test_windows_line_ends_change_nothing(lines: list[str]) -> None:
    lines = [line.removesuffix("\r") for line in lines]  # or the line would end in a CRLF
    assert outcome(lines, 8, "\r\n") == outcome(lines, 8)


def test_made_lines_are_of_both_kinds() -> None:
    usual = "7\t5\t1\tC\tT\t.\t.\tALLELEID=1;CLNHGVS=NC_000007.14:g.5C>T;CLNVI=x;RS=3999999999"
    assert is_usual(usual)
    assert not any(is_usual(line) for line in (f"{usual};", f"{usual};SCI=x", usual.replace("CLNVI", "NEW")))


def test_invented_usual_lines_parsed_together_equal_lines_parsed_one_by_one() -> None:
    rng = np.random.default_rng(7)
    alleles = clinvar_alleles(rng, CANONICAL_CONTIGS.index("7"), 4_000, genes=30)
    lines = [line.removesuffix("\n") for line in clinvar_lines(rng, alleles, 1)]
    assert len(lines) == 4_000
    assert all(map(is_usual, lines))
    assert outcome(lines, 8) == one_by_one(lines)
