"""Lines that can match by a gene, a residue or an expression are found, however their annotations are written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.annotation.hinted_lines import HintedLines
from annotator.result import Match
from annotator.sources.civic.layout import Reach
from annotator.sources.civic.reach import line_hints
from annotator.sources.source import LineHint
from annotator.vcf.annotations.layout import layouts_of
from annotator.vcf.header import InfoDeclaration
from annotator.vcf.scan import scan

LETTERS = st.sampled_from(["Val", "Gly", "Ala", "Ter", "Xaa", "V", "val"])
PROTEIN = st.builds(
    lambda old, number, new, form: form.format(f"{old}{number}{new}"),
    LETTERS,
    st.sampled_from([1, 9, 12, 13, 60, 346, 599, 600, 1700, 66136, 123456]),
    st.sampled_from(["Glu", "Ter", "*", "%3D", "=", "dup", "del", "fs", "GlufsTer4", "_Gly14del", "?", ""]),
    st.sampled_from(["p.{}", "p.({})", "ENSP00000288602.6:p.{}", "NP_1.2:p.({})"]),
)
CODING = st.builds(
    lambda number, change, letter: f"ENST1.2:{letter}.{number}{change}",
    st.sampled_from(["1799", "5", "2236", "68", "-124", "17", "*5", "179"]),
    st.sampled_from(["T>A", "A>C", "del", "dup", "_69del", "C>T", "=", "[9]", "", "+1G>A"]),
    st.sampled_from("cgnm"),
)
ENTRY = st.builds(
    lambda gene, feature, coding, protein, cut: "|".join(["T", "x", gene, feature, coding, protein, ""])[
        : cut or None
    ],
    st.sampled_from(["BRAF", "KRAS", "TP53", "%42RAF", ""]),
    st.sampled_from(["ENST1.2", "ENST2.1"]),
    CODING | st.just(""),
    PROTEIN | st.just(""),
    st.sampled_from([0, 0, 0, 0, 20]),
)
INFO = st.lists(ENTRY, min_size=1, max_size=4).map(lambda entries: f"AC=1;CSQ={','.join(entries)};DP=4")
LAYOUTS = layouts_of(
    {"CSQ": InfoDeclaration("CSQ", ".", "String", "Format: Allele|Consequence|SYMBOL|Feature|HGVSc|HGVSp|X")}
)
OF_GENES = {"BRAF": frozenset({600, 1700}), "KRAS": frozenset({12})}
PATTERN = re.compile(rb"c\.(?:1799T>A|5A>C|68_69|-124C>T)(?![0-9])")


def may_match(info: str) -> bool:
    """Whether an entry has a residue of its gene, or an expression on the transcript, by splitting it."""
    return any(map(entry_may_match, info.split(";")[1].removeprefix("CSQ=").split(",")))


def entry_may_match(entry: str) -> bool:
    parts = [*entry.split("|"), "", "", "", "", "", ""]
    gene, feature, coding, protein = parts[2].replace("%42", "B"), parts[3], parts[4], parts[5]
    if feature.startswith("ENST1") and PATTERN.search(coding.encode()):
        return True
    if gene not in OF_GENES or not re.search(r"(?<![A-Za-z0-9])p\.", protein):
        return False
    simple = re.fullmatch(
        r"(?:.*:)?p\.\(?(?:[A-Z][a-z]{2}|[A-Z])([0-9]+)(?:[A-Z][a-z]{2}|[A-Z*=]|%3D)\)?", protein
    )
    if simple is None:
        return True
    return int(simple[1]) in OF_GENES[gene]


@settings(deadline=None, max_examples=400)
@given(st.lists(INFO, min_size=1, max_size=6))
def test_no_line_that_can_match_is_missed(infos: list[str]) -> None:
    hints = [
        LineHint(PATTERN, transcripts=frozenset({"ENST1"})),
        LineHint(re.compile(rb"(?<![A-Za-z0-9])p\."), genes=frozenset(OF_GENES), residues=OF_GENES),
    ]
    text = "".join(f"7\t{pos}\t.\tA\tT\t.\t.\t{info}\n" for pos, info in enumerate(infos, 1)).encode()
    lines = scan(text, 8)
    assert lines is not None
    found = set(HintedLines(hints, LAYOUTS).lines(lines, text).tolist())
    assert {number for number, info in enumerate(infos) if may_match(info)} <= found


def test_an_entry_that_a_comma_cuts_is_found_by_the_rest_of_its_line() -> None:
    hint = LineHint(re.compile(rb"p\."), genes=frozenset(OF_GENES), residues=OF_GENES)
    cut = "CSQ=T|x|BRAF|EN,ST1|c.1A>C|ENSP1:p.Val600Glu|"
    other = "CSQ=T|x|TP53|EN,ST1|c.1A>C|ENSP1:p.Val600Glu|"
    text = "".join(f"7\t{pos}\t.\tA\tT\t.\t.\t{info}\n" for pos, info in enumerate((other, cut), 1)).encode()
    lines = scan(text, 8)
    assert lines is not None
    assert HintedLines([hint], LAYOUTS).lines(lines, text).tolist() == [1]


REACH = Reach(
    genes=("BRAF", "673"),
    expressions=("c.626-394", "c.1852_1854", "c.2001"),
    transcripts=("NM_004456", "ENST00000231790"),
    caids=(),
    residues=((("BRAF", "673"), (600,)),),
)


@pytest.mark.parametrize(
    "entry",
    [
        "T|x|BRAF|ENST1|c.1A>C|ENSP1.1:p.Val600Glu|",
        # encoded as VCF 4.3 prescribes for colons, or completely
        "T|x|BRAF|ENST1|c.1A>C|ENSP1.1%3Ap.Val600Glu|",
        "T|x|BRAF|ENST1|c.1A>C|ENSP1.1%3ap%2EVal600Glu|",
        "T|x|BRAF|ENST1|c.1A>C|ENSP1.1:%70.%28Val600Glu%29|",
        "T|x||NM_004456.2|NM_004456.2%3Ac.626-394G%3EA||",
        "T|x||NM_004456.2|NM_004456.2:c.626-394%3D||",
        "T|x||NM_004456.2|NM_004456.2:c.626%2D394del||",
        "T|x||NM_004456.2|NM_004456.2:c.626-394G=||",
        "T|x||NM_004456.2|NM_004456.2:c.2001A=||",
        "T|x||NM_004456.2|NM_004456.2:%63.626-394del||",
        "T|x||NM_004456.2|NM_004456.2:c%2e626-394del||",
        "T|x||NM_004456.2|NM_004456.2:c.%3626-394del||",
        "T|x||ENST00000231790.2|ENST00000231790.2:c.1852%5F1854del||",
        "T|x||ENST00000231790.2|ENST00000231790.2:c.18%35%32_1854del||",
        # spaces of any kind
        "T|x|BRAF\N{NO-BREAK SPACE}|ENST1|c.1A>C|p.Val600Glu|",
        "T|x|\N{EM SPACE}BRAF|ENST1|c.1A>C|p.Val600Glu|",
        "T|x|BRAF\v|ENST1|c.1A>C|p.Val600Glu|",
        # more than a version, as of a second copy of a transcript
        "T|x||NM_004456.4.2|NM_004456.4:c.626-394del||",
        "T|x||NM_004456.4_dup1|NM_004456.4:c.626-394del||",
        "T|x||NM_004456.12345|NM_004456.4:c.626-394del||",
    ],
)
def test_an_unusual_spelling_that_parsing_understands_is_found(entry: str) -> None:
    hints = list(line_hints(REACH, Match.PROTEIN, genes=True, caids=False, peptides=False))
    assert found_by(hints, f"CSQ={entry}") == [0]


@pytest.mark.parametrize("after", ["", ";DP=1|2", ";A=b|", "\tGT\t0|1"])
def test_a_gene_at_the_end_of_a_short_entry_is_found(after: str) -> None:
    hints = [LineHint(genes=frozenset({"BRAF"}))]
    assert found_by(hints, f"CSQ=T|missense_variant|BRAF{after}") == [0]
    assert found_by(hints, f"CSQ=T|missense_variant|BRAF2{after}") == []


@pytest.mark.parametrize(
    "gene", ["BRAF", "%42RAF", "BR%41F", "\N{NO-BREAK SPACE}BRAF", "BRAF\N{NO-BREAK SPACE}"]
)
def test_a_gene_is_found_in_binary_records_however_it_is_written(gene: str) -> None:
    text = f"7\t1\t.\tA\tT\t.\t.\tCSQ=T|x|{gene}|ENST1||p.Val600Glu\n".encode()
    lines = scan(text, 8)
    assert lines is not None
    binary = lines._replace(tabs=None)  # records of a BCF have no tabs
    hints = [LineHint(genes=frozenset({"BRAF"}))]
    assert HintedLines(hints, LAYOUTS).lines(binary, text).tolist() == [0]


def found_by(hints: list[LineHint], info: str) -> list[int]:
    text = f"7\t1\t.\tA\tT\t.\t.\t{info}\n".encode()
    lines = scan(text, 10 if "\tGT" in info.split("\n", maxsplit=1)[0] else 8)
    assert lines is not None
    return sorted(set(HintedLines(hints, LAYOUTS).lines(lines, text).tolist()))
