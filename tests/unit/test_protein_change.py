"""Protein changes are compared as changes: which forms are equal, which are not, and which need a sequence."""

from __future__ import annotations

import pytest

from annotator.variants.amino_acids import AMINO_ACIDS, ONE_LETTER, THREE_LETTERS
from annotator.variants.histones import in_hgvs_count, is_histone
from annotator.variants.protein_change import (
    ChangeKind,
    ProteinChange,
    parse_protein_change,
)


def parsed(text: str) -> ProteinChange:
    change = parse_protein_change(text)
    assert change is not None, text
    return change


@pytest.mark.parametrize(
    "spellings",
    [
        ["p.Val600Glu", "p.(Val600Glu)", "V600E", "p.V600E", "VAL600GLU", "NP_004324.2:p.[(Val600Glu)]"],
        ["p.Arg233Ter", "p.Arg233*", "R233X", "ARG233STOP", "p.Arg233fsTer1", "R233fs*1", "p.Arg233_Lys235delinsTer"],
        ["p.Gly10dup", "G10_A11insG", "p.G10dupG"],
        ["p.Ala11_Gly12dup", "A11_G12insGA", "A11_G12dupAG"],
        ["E746_A750del", "p.Glu746_Ala750del", "E746_A750DELELREA", "DEL E746-A750", "p.Lys745_Ala750delinsLys"],
        ["V600_K601>E", "p.Val600_Lys601delinsGlu", "V600_K601delVKinsE"],
        ["D842_H845DELDIMH", "p.Asp842_His845del", "DIMH842-845DEL"],
        ["p.Asp770delinsGlyTyr", "D770delinsGY", "D770>GY", "p.Asp770_Asn771delinsGlyTyrAsn"],
        ["p.Ter214TrpextTer14", "*214W", "X214W", "TER214TRP", "NM_000551:*214WEXT*14", "p.*214Trpext*?"],
        ["p.Leu15=", "p.Leu15%3D", "L15L", "L15=", "LEU15LEU", "p.(Leu15=)"],
        ["p.Ile843del", "I843DEL", "DELI843", "DEL I843", "p.I843delI"],
        ["p.Glu55fs", "E55FS", "p.Glu55ArgfsTer?", "E55RfsX11", "p.E55Rfs*11", "GLU55ARGFSX11"],
        ["p.Gly778_Pro780dup", "G778_P780DUP"],  # the same residues are doubled, whatever is between the two
        ["P772_V774insPHV", "P772_V774dupPHV", "p.Val774_Cys775insProHisVal"],
        ["p.193_196dupSTSC", "S193_C196dupSTSC", "p.Cys196_Thr197insSerThrSerCys"],
        ["p.Ala10_Gly11insProTer", "A10_G11insP*", "p.Gly11_Lys12delinsProTer"],
        ["p.Val600Met", "p.Val600_Lys601delinsMetLys", "p.Thr599_Val600delinsThrMet"],
    ],
    ids=lambda spellings: spellings[0],
)  # fmt: skip
def test_spellings_of_one_change_are_one_change(spellings: list[str]) -> None:
    first = parsed(spellings[0])
    for spelling in spellings[1:]:
        assert first.is_same(parsed(spelling)), spelling
        assert parsed(spelling).is_same(first), spelling


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("V600E", "V600K"),
        ("V600E", "V601E"),
        ("V600E", "K600E"),  # another protein: the residue is not the same
        ("V600E", "V600="),
        ("V600E", "V600_K601delinsE"),
        ("E746_A750del", "E746_A749del"),
        ("E746_A750del", "K746_S750del"),
        ("E746_A750del", "E746_A750delinsP"),
        ("G10dup", "G10_A11insGG"),
        ("G10dup", "A11dup"),
        ("A11_G12insGA", "A11_G12insAA"),
        ("E55RfsTer11", "E55GfsTer11"),
        ("E55RfsTer11", "E55RfsTer12"),
        ("E55fs", "E56fs"),
        ("E55fs", "E55*"),
        ("*214W", "*214L"),
        ("*214W", "W214*"),
        ("L747_S752delinsQ", "L747_S752del"),
    ],
)
def test_other_changes_are_not_the_same(one: str, other: str) -> None:
    assert not parsed(one).is_same(parsed(other))
    assert not parsed(other).is_same(parsed(one))


@pytest.mark.parametrize(
    "text",
    [
        "", "p.?", "p.=", "p.(=)", "p.0", "p.0?", "p.Met1?", "M1?", "G12", "Q61", "MSH2", "p.Gly719(Ala;Ser)",
        "p.Val600Glu/Lys", "p.Val600^Lys", "R177ins", "p.Ala3_Ser5ins5", "p.(Arg12_Lys15)insGly", "c.1799T>A",
        "p.Xaa5Val", "Exon 19 Deletion", "ITD", "p.Lys23_Val25con7_9", "V7 EXPRESSION", "p.Met1ext-5",
        "V769_V775insASV", "E746_A750delEL", "p.Ala750_Glu746del", "485_490", "77INSL", "TDII", "p.cTrp117fs",
    ],
)  # fmt: skip
def test_an_uncertain_change_is_none(text: str) -> None:
    assert parse_protein_change(text) is None


def test_residues_of_the_protein_decide_between_spellings() -> None:
    """EGFR from 766 on: M A S V D N. Three names of one insertion of ASV."""
    names = ["A767_V769dup", "V769_D770insASV", "M766_A767insASV"]
    alone = [parsed(name) for name in names]
    assert not any(one.is_same(other) for one in alone for other in alone if one is not other)
    protein = dict(enumerate("MASVDN", 766))
    together = [one.knowing(protein) for one in alone]
    assert [one.key for one in together] == ["770-769:ASV"] * 3
    assert all(one.is_same(other, protein) for one in together for other in together)
    assert not parsed("A767_V769dup").knowing({768: "T"}).is_same(together[1], protein)


def test_deletions_move_towards_the_c_terminus() -> None:
    protein = {559: "V", 560: "V", 561: "E"}
    assert parsed("V559del").knowing(protein).key == parsed("V560del").knowing(protein).key == "560-560:"
    assert parsed("V559del").key != parsed("V560del").key
    assert parsed("V559_V560del").knowing(protein).key == "559-560:"


def test_residues_that_contradict_a_spelling_are_not_used() -> None:
    """A name that counts on another isoform must not be mended by this one's residues."""
    assert parsed("R693_H695dup").knowing({692: "A", 693: "K", 694: "G"}).new == "R?H"


def test_the_first_new_residue_and_the_length_of_a_frameshift_are_compared_if_both_are_stated() -> None:
    short, with_new, whole = parsed("E55fs"), parsed("E55Rfs"), parsed("E55RfsTer11")
    assert short.is_same(whole)
    assert with_new.is_same(whole)
    assert not parsed("E55Gfs").is_same(whole)
    assert (whole.kind, whole.start, whole.new, whole.end) == (ChangeKind.FRAMESHIFT, 55, "R", 11)


@pytest.mark.parametrize(
    ("text", "added", "touched"),
    [
        ("V600E", 0, [600]),
        ("L747_A750delinsP", -3, [747, 748, 749, 750]),
        ("D770delinsGY", 1, [770]),
        ("A11_G12insGA", 2, []),
        ("G10dup", 1, []),
        ("E746_A750del", -5, [746, 747, 748, 749, 750]),
        ("L15=", 0, []),
        ("R233*", None, [233]),
        ("E55RfsTer11", None, [55]),
        ("*214W", None, [214]),
    ],
)
def test_added_and_touched_residues_of_a_change(text: str, added: int | None, touched: list[int]) -> None:
    change = parsed(text)
    assert change.added == added
    assert list(change.touched) == touched


def test_a_replacement_of_several_residues_contains_its_single_changes() -> None:
    singles = list(parsed("p.Asp842_Ile843delinsValMet").singles())
    assert [one.key for one in singles] == ["842-842:V", "843-843:M"]
    assert singles[0].is_same(parsed("D842V"))
    assert not singles[0].is_same(parsed("D842Y"))
    assert list(parsed("V600_K601delinsE").singles()) == []
    assert list(parsed("V600E").singles()) == []


def test_a_stop_where_the_protein_stops_is_no_change() -> None:
    assert parsed("p.Ter100_Ter101insTer").is_same(parsed("p.Ter101="))


def test_every_pair_of_residues_reads_the_same_in_both_codes() -> None:
    for old in AMINO_ACIDS:
        for new in f"{AMINO_ACIDS}*":
            long = parsed(f"p.{THREE_LETTERS[old]}100{THREE_LETTERS[new]}")
            assert long.is_same(parsed(f"{old}100{new}"))
            assert long.is_same(parsed(f"{THREE_LETTERS[old]}100{THREE_LETTERS[new]}".upper()))
    assert {ONE_LETTER[three] for three in THREE_LETTERS.values()} == set(THREE_LETTERS)


@pytest.mark.parametrize(
    ("gene", "name", "hgvs"),
    [
        ("H3-3A", "G34R", "p.Gly35Arg"),  # both counts have a glycine there: the field's is meant
        ("H3-3A", "G34W", "p.Gly35Trp"),
        ("H3-3A", "K27M", "p.Lys28Met"),
        ("H3-3A", "K28M", "p.Lys28Met"),  # S28 in the field's count: this name counts as HGVS does
        ("H3-3B", "K36M", "p.Lys37Met"),
        ("H3C2", "K27I", "p.Lys28Ile"),
        ("HIST1H3B", "K27M", "p.Lys28Met"),
        ("H4C9", "K91Q", "p.Lys92Gln"),
        ("H2BC4", "E76K", "p.Glu77Lys"),  # no sequence of it here: the field's count
    ],
)
def test_names_of_histones_in_the_count_of_hgvs(gene: str, name: str, hgvs: str) -> None:
    assert is_histone(gene)
    assert in_hgvs_count(gene, parsed(name)).is_same(parsed(hgvs))


@pytest.mark.parametrize("gene", ["HRAS", "H19", "H6PD", "HHEX", "BRAF", "H2", ""])
def test_other_genes_are_no_histones(gene: str) -> None:
    assert not is_histone(gene)
