"""HGVS expressions are parsed into one form, and lead back to an allele."""

from __future__ import annotations

import copy

import pytest

from annotator.variants.allele import AlleleKey
from annotator.variants.hgvs import allele_of
from annotator.variants.hgvs_parse import HgvsExpression, SequenceType, parse_hgvs, same_change
from tests.support.hgvs_sequences import GRCH37, GRCH38, OWN, REPEATS, parsed
from tests.support.references import (
    SequenceReference,
)


def test_an_expression_has_its_parts() -> None:
    assert parsed("NM_004333.6(BRAF):c.1799T>A") == HgvsExpression(
        "NM_004333", 6, SequenceType.CODING, "1799T>A"
    )
    assert parsed("NC_012920.1:m.3243A>G") == HgvsExpression(
        "NC_012920", 1, SequenceType.MITOCHONDRIAL, "3243A>G"
    )
    assert parsed("BRAF:p.V600E") == HgvsExpression("BRAF", None, SequenceType.PROTEIN, "Val600Glu")
    assert parsed("LRG_292t1:c.68_69del").accession == "LRG_292t1"
    assert parsed("c.1799T>A").accession is None
    assert parsed("NC_000017.10:g.41276045_41276046delCT").spelled == "CT"


def test_a_transcript_in_parentheses_becomes_the_accession() -> None:
    assert str(parsed("NC_000023.11(NM_004006.2):c.93+1G>T")) == "NM_004006.2:c.93+1G>T"
    assert str(parsed("NG_012337.3(SDHD):c.274G>T")) == "NG_012337.3:c.274G>T"


@pytest.mark.parametrize(
    ("written_so", "means"),
    [
        ("NC_000013.11:g.32332592%3D", "NC_000013.11:g.32332592="),
        ("NC_000007.14:g.148827660C=", "NC_000007.14:g.148827660="),
        ("NC_000022.10:g.17591387_17591388delCA", "NC_000022.10:g.17591387_17591388del"),
        ("NC_000022.10:g.17593904dupT", "NC_000022.10:g.17593904dup"),
        ("NC_000022.10:g.18912677_18912678delCAinsTA", "NC_000022.10:g.18912677_18912678delinsTA"),
        ("NC_000004.11:g.55593582_55593608del27", "NC_000004.11:g.55593582_55593608del"),
        ("NM_000551.3:c.1-1_20del21", "NM_000551.3:c.1-1_20del"),
        ("NM_000551.3:c.-6_-1delTTACCC", "NM_000551.3:c.-6_-1del"),
        ("NM_000551.3:c.-1_1dupCA", "NM_000551.3:c.-1_1dup"),
        ("NM_000551.3:c.82+15_82+17invACC", "NM_000551.3:c.82+15_82+17inv"),
        ("NM_000551.3:c.642_*2delGAA", "NM_000551.3:c.642_*2del"),
        ("NM_000551.3:c.340+2_341-3del27", "NM_000551.3:c.340+2_341-3del"),
        ("NM_000551.3:c.5_6CA>TA", "NM_000551.3:c.5_6delinsTA"),
        ("NM_000059.4(BRCA2):c.-39-1_-39delTTinsGA", "NM_000059.4:c.-39-1_-39delinsGA"),
        ("NM_004333.6(BRAF):c.1799T>A (p.Val600Glu)", "NM_004333.6:c.1799T>A"),
        ("ENST00000335137.3:c.399A>C(p.%3D)", "ENST00000335137.3:c.399A>C"),
        (" NM_000551.3:c.224dup\n", "NM_000551.3:c.224dup"),
        ("NP_004324.2:p.(Val600Glu)", "NP_004324.2:p.Val600Glu"),
        ("NP_004324.2:p.V600E", "NP_004324.2:p.Val600Glu"),
        ("NP_000305.3:p.Arg233*", "NP_000305.3:p.Arg233Ter"),
        ("NP_000305.3:p.R233X", "NP_000305.3:p.Arg233Ter"),
        ("NP_000305.3:p.(R233*)", "NP_000305.3:p.Arg233Ter"),
        ("NP_000242.1:p.R97Pfs*23", "NP_000242.1:p.Arg97ProfsTer23"),
        ("NP_000242.1:p.Arg97ProfsX23", "NP_000242.1:p.Arg97ProfsTer23"),
        ("NP_000242.1:p.(Arg97Profs*23)", "NP_000242.1:p.Arg97ProfsTer23"),
        ("NP_000242.1:p.(Arg97fs)", "NP_000242.1:p.Arg97fs"),
        ("NP_000242.1:p.Val600Val", "NP_000242.1:p.Val600="),
        ("NP_000242.1:p.V600%3D", "NP_000242.1:p.Val600="),
        ("NP_000242.1:p.(=)", "NP_000242.1:p.="),
        ("NP_005219.2:p.E746_A750delELREA", "NP_005219.2:p.Glu746_Ala750del"),
        ("NP_005219.2:p.L747_S752delLREATSinsQ", "NP_005219.2:p.Leu747_Ser752delinsGln"),
        ("NP_005219.2:p.D770_N771insSVD", "NP_005219.2:p.Asp770_Asn771insSerValAsp"),
        ("NP_005219.2:p.H773dupH", "NP_005219.2:p.His773dup"),
        ("NP_000542.1:p.*214Lext*?", "NP_000542.1:p.Ter214LeuextTer?"),
        ("NP_000542.1:p.M1?", "NP_000542.1:p.Met1?"),
    ],
)
def test_old_and_short_spellings_are_put_into_one(written_so: str, means: str) -> None:
    assert str(parsed(written_so)) == means
    assert same_change(parsed(written_so), parsed(means))


@pytest.mark.parametrize(
    "text",
    [
        "NC_000001.11:g.(?_100)_(200_?)del",
        "NC_000001.11:g.45329268ACA[1]",
        "NC_000005.10:g.32341102_32341105CA[2]AC[2]A[1]",
        "ENST00000256474.2:c.1-?_642+?del",
        "NM_004985.4:c.*12",
        "NM_004985.4:c.*2505T>G",
        "NM_004985.4:c.76-1G>A",
        "NM_004985.4:c.-13C>T",
        "NM_004985.4:c.[76A>C;83G>C]",
        "NM_004985.4:c.(76A>T)",
        "NM_004985.4:c.(187-189)GAG>GAA",
        "NM_004985.4:c.20_21ins(80_90)",
        "NM_004985.4:c.5delinsA[12]",
        "NM_004985.4:r.76a>u",
        "NP_000542.1:p.?",
        "NP_000542.1:p.0",
        "NP_000542.1:p.Ala56AspfsTer?",
        "NP_000542.1:p.[Ser73Arg];[Asn103del]",
        "NP_000542.1:p.(Ser73Arg)(;)(Asn103del)",
        "n.*1669_*1669delCT",
        "n.-1_-1delTT",
        "c.-3_-23delCAGGCGTCGCCGCCCCGGCCC",
        "p.Glu746_Ala750delGluLeu",
    ],
)
def test_an_unparsed_change_is_kept_and_equals_only_itself(text: str) -> None:
    expression = parsed(text)
    assert str(expression) == text
    assert same_change(expression, parsed(text))
    other = copy.copy(expression)
    other.change += "1"
    assert not same_change(expression, other)


def test_bases_that_distinguish_two_changes_are_kept() -> None:
    # Both from SnpEff, for changes beyond the transcript's end.
    assert not same_change(parsed("n.*1669_*1669delCT"), parsed("n.*1669_*1669delAA"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "N/A",
        "NONE FOUND",
        "V600E",
        "rs113488022",
        "chr7:140453136",
        "7:140453136 A>T",
        "ENST00000340107.4c.746C>G",
        "ENST00000288135.5:c.1648_1671del AAACCC",
        "n.null_nulldelCCTAA",
        "p.ITD",
        "x.12A>T",
        "NM_004333.6:",
        "NM_004333.6:c.",
        "NM_004333.6:1799T>A",
        "NM_004333.6:c.1799T>A,NP_004324.2:p.Val600Glu trailing words",
        "see c.1799T>A",
        "NM_004333.99999999999999999999:c.1A>T",
    ],
)
def test_a_text_that_is_not_an_expression_is_none(text: str) -> None:
    assert parse_hgvs(text) is None


def test_a_transcripts_version_does_not_matter_and_an_assemblys_does() -> None:
    assert same_change(parsed("NM_004333.4:c.1799T>A"), parsed("NM_004333.6(BRAF):c.1799T>A"))
    assert same_change(parsed("NM_004333:c.1799T>A"), parsed("NM_004333.6:c.1799T>A"))
    assert same_change(parsed("NP_004324.1:p.V600E"), parsed("NP_004324.2:p.(Val600Glu)"))
    assert not same_change(parsed("NC_000007.13:g.140453136A>T"), parsed("NC_000007.14:g.140453136A>T"))


def test_other_changes_are_not_the_same() -> None:
    one = parsed("NM_004333.6:c.1799T>A")
    for other in (
        "NM_004333.6:c.1799T>C",
        "NM_004333.6:c.1798T>A",
        "NM_004333.6:n.1799T>A",
        "NM_001354609.2:c.1799T>A",
        "NM_004333.6:c.*1799T>A",
        "NM_004333.6:c.-1799T>A",
        "NM_004333.6:c.1799_1800delinsAA",
        "c.1799T>A",
    ):
        assert not same_change(one, parsed(other))
    assert not same_change(parsed("NP_1.1:p.Arg97fs"), parsed("NP_1.1:p.Arg97ProfsTer23"))


# Back to an allele


def test_without_a_reference_only_alleles_spelled_by_the_expression_are_returned() -> None:
    def told(change: str) -> AlleleKey | None:
        return allele_of(parsed(f"NC_000007.14:g.{change}"), GRCH38, None)

    assert told("140753336A>T") == AlleleKey("7", 140_753_336, "A", "T")
    assert told("100_101insCAT") == AlleleKey("7", 101, "", "CAT")
    assert told("100_101delCAinsTA") == AlleleKey("7", 100, "C", "T")
    assert told("100_101delCA") == AlleleKey("7", 100, "CA", "")
    assert told("100_101dupCA") == AlleleKey("7", 102, "", "CA")
    assert told("100_102invCAT") == AlleleKey("7", 100, "CAT", "ATG")
    for change in ("100del", "100_101dup", "100_102inv", "100_101delinsTA", "100_101del2"):
        assert told(change) is None


@pytest.mark.parametrize(
    ("change", "allele"),
    [
        ("3C>T", (3, "C", "T")),
        ("9_11del", (3, "CAT", "")),
        ("6_8del", (3, "CAT", "")),
        ("16del", (13, "A", "")),
        ("16dup", (13, "", "A")),
        ("16dupA", (13, "", "A")),
        ("9_11dup", (3, "", "CAT")),
        ("11_12insCAT", (3, "", "CAT")),
        ("17_19inv", (17, "TTC", "GAA")),
        ("16_19inv", (16, "ATTC", "GAAT")),
        ("17_18delinsAC", (17, "TT", "AC")),
        ("3_5delinsCAG", (5, "T", "G")),
        ("3_5delinsCATCAT", (3, "", "CAT")),
        ("15_17delinsAA", (17, "T", "")),
        ("3CAT[2]", (3, "CAT", "")),
        ("3CAT[5]", (3, "", "CATCAT")),
        ("6CAT[1]", (3, "CAT", "")),
        ("17TC[2]TT[1]", (17, "", "TCTCT")),
        ("3_5CAT[2]G[1]", (6, "", "CATG")),
    ],
)
def test_with_a_reference_the_allele_is_normalised(change: str, allele: tuple[int, str, str]) -> None:
    assert allele_of(parsed(f"{OWN}:g.{change}"), GRCH38, REPEATS) == AlleleKey(OWN, *allele)


@pytest.mark.parametrize(
    "change",
    [
        "3=",
        "3_5=",
        "3A>T",
        "9_11delCAG",
        "16dupC",
        "3_5delinsCAT",
        "5_3del",
        "0del",
        "20_25del",
        "3_5insA",
        "3insA",
        "3CAT[3]",
        "3GGG[2]",
        "3CAT[9999]C[0]T",
        "(?_3)_(5_?)del",
        "3",
        "17_18delins",
        "99999999999del",
    ],
)
def test_expressions_without_a_change_or_contradicting_the_reference_have_no_allele(change: str) -> None:
    assert allele_of(parsed(f"{OWN}:g.{change}"), GRCH38, REPEATS) is None


def test_an_inversion_that_restores_the_sequence_is_no_allele() -> None:
    assert allele_of(parsed(f"{OWN}:g.2_3inv"), GRCH38, SequenceReference(OWN, "GATC")) is None


def test_another_assemblys_accession_is_no_allele_of_this_one() -> None:
    braf = parsed("NC_000007.13:g.140453136A>T")
    assert allele_of(braf, GRCH37, None) == AlleleKey("7", 140_453_136, "A", "T")
    assert allele_of(braf, GRCH38, None) is None
    for text in ("NC_000007:g.1A>T", "7:g.1A>T", "chr7:g.1A>T", "g.1A>T", "NG_007873.3:g.1A>T"):
        assert allele_of(parsed(text), GRCH37, None) is None


def test_the_letter_must_fit_the_sequence() -> None:
    assert allele_of(parsed("NC_012920.1:m.3243A>G"), GRCH38, None) == AlleleKey("MT", 3243, "A", "G")
    assert allele_of(parsed("NC_012920.1:g.3243A>G"), GRCH38, None) == AlleleKey("MT", 3243, "A", "G")
    for text in ("NC_000007.14:m.5A>G", "NC_000007.14:c.5A>G", "NM_004333.6:c.1799T>A", "NP_1.1:p.Val600Glu"):
        assert allele_of(parsed(text), GRCH38, None) is None


def test_a_position_beyond_the_chromosome_is_no_allele() -> None:
    assert allele_of(parsed("NC_012920.1:m.16569A>G"), GRCH38, None) is not None
    assert allele_of(parsed("NC_012920.1:m.16570A>G"), GRCH38, None) is None


def test_a_structural_deletion_is_not_spelled_out() -> None:
    reference = SequenceReference(OWN, "ACGT" * 50_000)
    assert allele_of(parsed(f"{OWN}:g.1_100000del"), GRCH38, reference) is not None
    assert allele_of(parsed(f"{OWN}:g.1_100001del"), GRCH38, reference) is None
