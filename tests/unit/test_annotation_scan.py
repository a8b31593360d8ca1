"""The scan of annotations finds every line that names a gene or transcript, as splitting the lines does."""

from __future__ import annotations

import re
from urllib.parse import unquote

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.vcf.annotations.layout import layouts_of
from annotator.vcf.annotations.scan import AnnotatedText, NameScanner, NameSet
from annotator.vcf.header import Header
from annotator.vcf.scan import scan

CSQ_PARTS = "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|HGVSc|HGVSp"
HEADER = f"""##fileformat=VCFv4.2
##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: {CSQ_PARTS}">
##INFO=<ID=ANN,Number=.,Type=String,Description="'Allele | Annotation | Annotation_Impact | Gene_Name'">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
"""
LAYOUTS = layouts_of(Header.parse(HEADER.encode(), path="x").info)
GENES = frozenset({"BRAF", "KIT", "673", "ANAMELONGERTHAN16BYTES", "LONGNAME", "A"})
TRANSCRIPTS = frozenset({"ENST00000288602", "NM_004333"})

NAMES = st.sampled_from(
    [
        "BRAF", "BRAF2", "BRA", "KIT", " KIT", "K%49T", "A", "", "GENE12345", "ANAMELONGERTHAN16BYTES", "673",
        "ANAMELONGERTHAN16BYTE%53 ", "LONGNAME", "LONGNAME\u00a0", "LONGNAM%45",
    ]
)  # fmt: skip
NUMBERS = st.sampled_from(["673", "6730", "ENSG00000157764", ""])
FEATURES = st.sampled_from(
    [
        "ENST00000288602.6", "ENST00000288602", "NM_004333.123", "NM_0043334.1", "ENST00000288603.6", "",
        "ENST0000028860%32.6", "ENST%30000288602", " NM%5F004333.1",
    ]
)  # fmt: skip
ALLELES = st.sampled_from(["T", "-", "ACG", "ACGT", "", "A" * 60])
TERMS = st.sampled_from(["x", "missense_variant", "intron_variant&" * 12, ""])
CSQ = st.builds(
    lambda allele, terms, gene, number, feature, cut: "|".join(
        [allele, terms, "LOW", gene, number, "Transcript", feature, "c.1A>T", "p.?"][:cut]
    ),
    ALLELES, TERMS, NAMES, NUMBERS, FEATURES, st.integers(1, 9),
)  # fmt: skip
ANN = st.builds(lambda terms, gene: f"T|{terms}|LOW|{gene}", TERMS, NAMES)
ITEMS = st.one_of(
    st.lists(CSQ, min_size=1, max_size=4).map(lambda entries: "CSQ=" + ",".join(entries)),
    st.lists(ANN, min_size=1, max_size=3).map(lambda entries: "ANN=" + ",".join(entries)),
    st.sampled_from(
        [
            "AC=1,2",
            "LOF=(BRAF|BRAF|1|1)",
            "CSQ=.",
            f"X={'x' * 100}",
            f"Y={'y' * 400}",
            "XCSQ=BRAF|BRAF|BRAF|BRAF,BRAF",
            "DB",
        ]
    ),
)
INFOS = st.lists(ITEMS, min_size=1, max_size=3).map(";".join)


def named(info: str) -> tuple[bool, bool]:
    """Whether the first CSQ or ANN of a line names a gene, and whether it names a transcript, by splitting."""
    gene = transcript = False
    for key, symbol in (("CSQ", 3), ("ANN", 3)):
        values = [item.partition("=")[2] for item in info.split(";") if item.startswith(f"{key}=")]
        for entry in values[0].split(",") if values else ():
            parts = [unquote(part.strip()) for part in entry.split("|")] + [""] * 9
            gene |= parts[symbol] in GENES or (key == "CSQ" and parts[4] in GENES)
            transcript |= key == "CSQ" and parts[6].partition(".")[0] in TRANSCRIPTS
    return gene, transcript


@settings(deadline=None, max_examples=600)
@given(st.lists(INFOS, min_size=1, max_size=6))
def test_no_line_that_names_one_is_missed_and_few_others_are_found(infos: list[str]) -> None:
    text = "".join(f"7\t{pos}\t.\tA\tT\t.\t.\t{info}\n" for pos, info in enumerate(infos, 1)).encode()
    lines = scan(text, 8)
    assert lines is not None
    scanner = NameScanner(LAYOUTS, [NameSet(genes=GENES), NameSet(transcripts=TRANSCRIPTS)])
    by_gene, by_transcript = set[int](), set[int]()
    for _, found in scanner.entries(lines, AnnotatedText(text)):
        for numbers, entries in zip((by_gene, by_transcript), found, strict=True):
            numbers.update((np.searchsorted(lines.starts, entries, side="right") - 1).tolist())
    expected = [named(info) for info in infos]
    assert {number for number, (gene, _) in enumerate(expected) if gene} <= by_gene
    assert {number for number, (_, transcript) in enumerate(expected) if transcript} <= by_transcript
    words = set(re.split(r"[|,;=.()\s]", unquote(text.decode().replace("\tA\t", "\t"))))
    assert not by_gene or words & GENES
    assert not by_transcript or words & TRANSCRIPTS
