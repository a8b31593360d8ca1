"""Lines of ClinVar's VCF taken apart many at once say what they say when they are read one by one.

The oracle is the reader of single lines: where a file has a ninth column no line is usual, so that all go through it.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from annotator.snapshot.clinvar.lines import ClinVarLineJob, LineError, LineReader, usual_line
from annotator.variants.assembly import CANONICAL_CONTIGS, Assembly
from annotator.vcf.files import open_input
from annotator.vcf.stream import Chunk, TextStream
from tests.bench.clinvar_like import clinvar_alleles, clinvar_lines

DECLARED = frozenset({"AF_ESP", "ALLELEID", "CLNDISDBINCL", "CLNSIGSCV", "CLNVI", "ONCSCV", "DBVARID"})

Outcome = tuple[bytes, Counter[str]] | int
"""Bytes of the store and the counts, or the number of the line that is malformed."""


def outcome(
    lines: list[str],
    columns: int,
    end: str = "\n",
    *,
    assembly: Assembly = Assembly.GRCH38,
    declared: frozenset[str] = DECLARED,
) -> Outcome:
    """Read lines as one chunk of a file with so many columns."""
    reader = LineReader(ClinVarLineJob(Path("clinvar.vcf"), assembly, columns, declared))
    try:
        table, counts = reader(
            Chunk("".join(line + end for line in lines).encode("utf-8", "surrogateescape"))
        )
    except LineError as error:
        return error.number
    store = io.BytesIO()
    table.write(store)
    return store.getvalue(), counts


def one_by_one(lines: list[str], assembly: Assembly = Assembly.GRCH38) -> Outcome:
    lines = [
        line.removesuffix("\r") for line in lines
    ]  # it is part of the line end, before a ninth column it is not
    return outcome([f"{line}\tGT" for line in lines], 9, assembly=assembly)


def is_usual(line: str, declared: frozenset[str] = DECLARED) -> bool:
    return re.fullmatch(usual_line(declared), f"{line};") is not None


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


# Real lines


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("clinvar_20260226.GRCh38.cancer_genes.vcf.gz", 0.99),
        ("other/exomiser.clinvar-test.grch37.vcf.gz", 0.9),
        ("other/bcbio_cwl.clinvar.hg19.vcf.gz", 0.9),
    ],
)
def test_real_usual_lines_parsed_together_equal_lines_parsed_one_by_one(
    name: str, share: float, shared_data: Path
) -> None:
    path = str(shared_data / "clinvar" / name)
    with open_input(path) as source:
        stream = TextStream(source)
        text = b"".join(chunk.text(path) for chunk in stream.chunks()).decode()
    declared = frozenset(stream.header.info)
    lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
    assert sum(is_usual(line, declared) for line in lines) >= share * len(lines)
    assembly = Assembly.GRCH37 if "other" in name else Assembly.GRCH38
    some = lines[:: max(1, len(lines) // 20_000)]
    assert outcome(some, 8, assembly=assembly, declared=declared) == one_by_one(some, assembly)
