"""What CIViC's names, aliases and types demand of an allele: protein changes, codons, exons, categories, genes."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from annotator.snapshot.civic.fusion_names import FusionNames
from annotator.snapshot.civic.gene_names import GeneNames
from annotator.snapshot.civic.names import criteria_of
from annotator.snapshot.civic.protein_names import ProteinNames, added_bases, bare_name, codons_of
from annotator.sources.civic.criteria import Criteria, Structural, VariantKind
from annotator.sources.civic.knowledge import Coordinates, Feature, FeatureKind, Variant
from annotator.variants.protein_change import parse_protein_change


def variant(
    gene: str,
    name: str,
    *aliases: str,
    id_: int = 1,
    hgvs: Iterable[str] = (),
    types: Iterable[str] = (),
    place: Coordinates | None = None,
    entrez: int | None = None,
    other_names: tuple[str, ...] = (),
) -> Variant:
    feature = Feature(FeatureKind.GENE, gene, entrez_id=entrez, aliases=other_names)
    return Variant(
        id_, feature, name, aliases=aliases, hgvs=tuple(hgvs), types=tuple(types), coordinates=place
    )


def criteria(one: Variant, *others: Variant) -> Criteria:
    every = [one, *others]
    return criteria_of(one, ProteinNames(every), FusionNames(every, GeneNames(every)))


def keys(one: Variant, *others: Variant) -> list[str | None]:
    return [change.key for change in criteria(one, *others).proteins]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("V600E", ["600-600:E"]),
        ("E55RfsTer11 (c.163delG)", ["55frameshift"]),
        ("H1047L or H1047R", ["1047-1047:L", "1047-1047:R"]),
        ("D835H/Y", ["835-835:H", "835-835:Y"]),
        ("E746_T751>I", ["746-751:I"]),
        ("DEL 485-490", ["485-490:"]),
        ("p.193_196dupSTSC (c.577_588dupAGCACCAGCTGC)", ["197-196:STSC"]),
        ("R474C c.1420C>T", ["474-474:C"]),
        ("*214W (c.642A>G)", ["214*W"]),
        ("1100DELC", []),
        ("3021INSTC", []),
        ("c.1396C>T", []),
        ("106insR (c.316insGCC)", []),
        ("EGFRVIII", []),
    ],
)
def test_changes_that_a_name_states(name: str, expected: list[str]) -> None:
    assert keys(variant("GENE", name)) == expected


@pytest.mark.parametrize(
    "name",
    [
        "V66del (c.197_220del)",  # 24 bases are eight residues
        "A56_P59del (c.166_178del)",  # 13 bases are no whole number of residues
        "L129Q (c.386insAGA)",
        "D770_N771insGY (c.2310_2311insGGT)",
        "E55fs (c.163_165del)",
    ],
)
def test_a_name_that_contradicts_its_own_nucleotides_is_not_believed(name: str) -> None:
    assert keys(variant("VHL", name)) == []


def test_a_name_with_alleles_that_cannot_make_it_is_not_believed() -> None:
    deletion = Coordinates("GRCh37", "3", 10183728, 10183730, "TGA", "")
    assert keys(variant("VHL", "V66del", place=deletion)) == ["66-66:"]
    assert keys(variant("VHL", "V66_N67del", place=deletion)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("E55RfsTer11 (c.163delG)", {-1}),
        ("E55FS (c.163_164delGA)", {-2}),
        ("M1FS (c.1_17del17)", {-17}),
        ("A56fs (c.166dup)", {1}),
        ("R108dup (c.322_324dup)", {3}),
        ("A56FS (c.164_165insG)", {1}),
        ("W88FS (c.263_265delGGCinsTT)", {-1}),
        ("K159fs (c.474_476delGAAinsC)", {-2}),
        ("Q96_P97delinsH (c.288_290del)", {-3}),
        ("W8* (c.24G>A)", {0}),
        ("Splice Site (c.463+1G>C)", set()),
        ("V600E", set()),
    ],
)
def test_bases_that_a_name_adds(text: str, expected: set[int]) -> None:
    assert added_bases(variant("VHL", text)) == expected


def test_an_alias_in_another_count_is_the_same_change() -> None:
    one = variant("ABL1", "E255K", "E274K", "GLU274LYS", "RS121913448")
    assert keys(one) == ["255-255:K", "274-274:K"]


def test_an_alias_that_is_another_residue_of_the_same_count_is_not() -> None:
    one = variant("KIT", "V560DEL", "V559DEL", "V555DEL")
    others = [variant("KIT", "V559D", id_=2), variant("KIT", "V555A", id_=3)]
    assert keys(one, *others) == ["560-560:"]  # V559DEL moves to 560, where it is the same deletion


@pytest.mark.parametrize(
    ("name", "aliases"),
    [
        ("D1930V", ["M72L"]),  # other residues
        ("Q79K", ["Q17K"]),  # another variant's name
        ("N131fs (c.390_391del)", ["ASN131PRO"]),
        ("R177fs (c.528del)", ["ARG176FS"]),  # a frameshift without its end proves nothing
        ("A222V", ["C677T"]),
        ("S893T", ["A893S"]),
    ],
)
def test_aliases_that_are_not_the_variant_itself_are_left_out(name: str, aliases: list[str]) -> None:
    other = variant("GENE", "Q17K", id_=2)
    assert keys(variant("GENE", name, *aliases), other) == keys(variant("GENE", name))


def test_aliases_count_where_the_name_states_nothing_but_not_both_ways() -> None:
    assert keys(variant("SLCO1B1", "RS4149056", "VAL174ALA", "V174A")) == ["174-174:A"]
    assert keys(variant("SH2B3", "RS3184504", "ARG262TRP", "TRP262ARG")) == []


def test_names_of_one_gene_complete_each_other() -> None:
    inserted = variant("EGFR", "V769_D770insASV")
    doubled = variant("EGFR", "A767_V769dup", id_=2)
    known = variant("EGFR", "S768I", id_=3)
    assert keys(inserted, doubled, known) == keys(doubled, inserted, known) == ["770-769:ASV"]
    assert keys(doubled, inserted) == ["770-769:A?V"]


def test_expressions_state_changes_too() -> None:
    one = variant("FLT3", "D835", hgvs=["NP_004110.2:p.Asp835His"])
    assert criteria(one).codons == ("Asp835",)
    assert keys(variant("DPYD", "*13", hgvs=["NP_000101.2:p.Ile560Ser", "NM_1.1:c.1679T>G"])) == ["560-560:S"]
    assert keys(variant("VHL", "M1? (c.3G>A)", hgvs=["NP_000542.1:p.Met1?"])) == []


@pytest.mark.parametrize(
    ("gene", "name", "aliases", "codons"),
    [
        ("KRAS", "G12", [], ("Gly12",)),
        ("KRAS", "G12/G13", [], ("Gly12", "Gly13")),
        ("PIK3CA", "H1047X", [], ("His1047",)),
        ("EZH2", "Y646", ["Y641", "TYR646"], ("Tyr646", "Tyr641")),
        ("DNMT3A", "R882", ["R693", "ARG693"], ("Arg882", "Arg693")),
        ("H3-3A", "K27", [], ("Lys28",)),
        ("H3-3A", "G34", [], ("Gly35",)),
    ],
)
def test_codons(gene: str, name: str, aliases: list[str], codons: tuple[str, ...]) -> None:
    assert criteria(variant(gene, name, *aliases)).codons == codons


def test_histones_in_either_count() -> None:
    assert keys(variant("H3-3A", "K28M", "K27M")) == ["28-28:M"]
    assert keys(variant("H3-3A", "K27M", "K28M")) == ["28-28:M"]
    assert keys(variant("H3-3A", "G34R")) == ["35-35:R"]
    assert keys(variant("H3-3B", "K36M")) == ["37-37:M"]


def test_small_parts_of_names() -> None:
    assert bare_name("R474C c.1420C>T") == "R474C"
    assert bare_name("3'UTR alteration (c.*70C>A)") == "3'UTR ALTERATION"
    assert codons_of("G12D") == codons_of("EXON 2") == codons_of("") == ()


# Categories


@pytest.mark.parametrize(
    ("gene", "name", "types", "kind"),
    [
        ("EGFR", "Exon 19 Deletion", ["inframe_deletion"], VariantKind.DELETION),
        ("EGFR", "Exon 4 Deletion", ["exon_loss_variant"], None),
        ("ERBB2", "Exon 20 Insertion", [], VariantKind.INSERTION),
        ("FLT3", "ITD", ["inframe_insertion"], VariantKind.DUPLICATION),
        ("BCOR", "ITD ", ["tandem_duplication"], VariantKind.DUPLICATION),
        ("KIT", "Internal Duplication", ["inframe_insertion"], VariantKind.DUPLICATION),
        ("MET", "Exon 14 Skipping Mutation", ["exon_loss_variant"], VariantKind.SKIPPING),
        ("BRAF", "Non-V600", ["protein_altering_variant"], VariantKind.NOT_TRUNCATING),
        ("EGFR", "Rare Exon 18-21 Mutation", ["exon_variant"], VariantKind.NOT_TRUNCATING),
        ("EGFR", "Rare Mutation", [], None),
        ("PIK3CA", "Rare Mutation", [], None),
        ("KRAS", "Rare Exon 2 Mutation", [], None),  # which of them are common, nothing here tells
        ("ABL1", "Non-P-Loop Mutation", [], None),
        ("BRAF", "Wildtype", [], None),
        ("BRAF", "V600E and Amplification", [], None),
        ("PIK3CA", "Exon 10 and Exon 21 Mutation", [], None),
    ],
)
def test_kinds_of_categories(gene: str, name: str, types: list[str], kind: VariantKind | None) -> None:
    found = criteria(variant(gene, name, types=types))
    assert found.kind == kind
    assert not found.is_allele
    assert found.proteins == ()


def test_exclusions_in_names_of_categories() -> None:
    non_v600 = criteria(variant("BRAF", "Non-V600"))
    assert non_v600.is_gene
    assert non_v600.excluded is not None
    assert non_v600.excluded.codons == ("Val600",)
    rare = criteria(variant("EGFR", "Rare Exon 18-21 Mutation"))
    assert rare.exons == (18, 19, 20, 21)
    assert rare.excluded is not None
    assert parse_protein_change("L858R") in rare.excluded.proteins


# Fusions

FUSION = ("transcript_fusion",)
OTHERS = (
    variant("ETV6", "Loss", id_=101, entrez=2120),
    variant("HLA-A", "Loss", id_=102, entrez=3105),
    variant("NTRK2", "STRN-NTRK2", id_=103, entrez=4915, types=FUSION),
)


@pytest.mark.parametrize(
    ("gene", "name", "types", "partner"),
    [
        ("ALK", "EML4::ALK", (), "EML4::ALK"),
        ("ALK", "EML4-ALK", FUSION, "EML4::ALK"),
        ("ALK", "Eml4-Alk", FUSION, "EML4::ALK"),
        ("ABL1", "BCR-ABL", FUSION, "BCR::ABL1"),  # ABL is a previous symbol of ABL1
        ("ALK", "NPM-ALK", FUSION, "NPM::ALK"),  # no gene has this symbol: the type says that it is a fusion
        ("BCL2", "IGH-BCL2", ("transcript_regulatory_region_fusion",), "IGH::BCL2"),
        ("MET", "MET-ATXN7L1", FUSION, "MET::ATXN7L1"),  # the variant's own gene may be the 5' one
        ("ALK", "NKX2-1-ALK", FUSION, "NKX2-1::ALK"),
        ("ROS1", "HLA-A-ROS1", FUSION, "HLA-A::ROS1"),
        ("NKX2-1", "NKX2-1-ALK", FUSION, "NKX2-1::ALK"),
        # Without a type both sides must be genes.
        ("JAK2", "ETV6-JAK2", (), "ETV6::JAK2"),  # a gene of the release
        ("ALK", "STRN-ALK", (), "STRN::ALK"),  # a partner of another fusion of the release
        ("PDGFRA", "BCR-PDGFRA", (), "BCR::PDGFRA"),  # a gene of HGNC's
        ("ABL1", "ABL1-RCSD", (), None),
        ("NRG1", "XYZ9-NRG1", (), None),
        # Symbols and names with hyphens that are no fusions.
        ("HLA-A", "HLA-A", (), None),
        ("NKX2-1", "NKX2-1", FUSION, None),
        ("ALK", "C1156Y-L1198F", FUSION, None),
        ("ALK", "ALK-R1275Q", FUSION, None),
        ("ALK", "ALK-R1275", FUSION, None),
        ("ALK", "EML4-RET", FUSION, None),  # not of the variant's own gene
        ("BRAF", "Non-V600", (), None),
        ("ALK", "ALK-ALK", FUSION, None),
        # A fusion with a breakpoint or another change: no record tells both.
        ("ALK", "EML4-ALK e20-e20", FUSION, None),
        ("ABL1", "BCR-ABL T315I", ("missense_variant", "transcript_fusion"), None),
    ],
)  # fmt: skip
def test_genes_that_a_fusion_joins(gene: str, name: str, types: tuple[str, ...], partner: str | None) -> None:
    entrez = {"ABL1": 25, "NKX2-1": 7080}.get(gene)
    found = criteria(variant(gene, name, types=types, entrez=entrez), *OTHERS)
    expected = (None, "") if partner is None else (Structural.FUSION, partner)
    assert (found.structural, found.partner) == expected


@pytest.mark.parametrize(
    ("gene", "name", "is_fusion"),
    [
        ("ALK", "Fusion", True),
        ("ALK", "ALK FUSIONS", True),
        ("FGFR2", "FGFR2 fusions", True),
        ("ALK", "Rearrangement", True),
        ("KMT2A", "MLL FUSIONS", True),
        ("ALK", "ROS1 FUSIONS", False),
        ("ALK", "ALK FUSION G1202R", False),
        ("FOS", "TRUNCATING FUSION", False),
    ],
)
def test_fusions_of_any_partner(gene: str, name: str, *, is_fusion: bool) -> None:
    found = criteria(variant(gene, name, types=FUSION, entrez={"KMT2A": 4297}.get(gene)))
    assert (found.structural is Structural.FUSION) is is_fusion
    assert found.partner == ""


# Genes


def names_of(symbol: str, *variants: Variant) -> set[str]:
    genes = GeneNames(variants)
    entrez = {one.feature.name: one.feature.entrez_id for one in variants}
    return set(genes.of(symbol, entrez.get(symbol)))


def test_previous_symbols_and_gene_numbers() -> None:
    assert names_of("KMT2D", variant("KMT2D", "Loss", entrez=8085)) == {"KMT2D", "MLL2", "TNRC21", "8085"}
    assert {"H3F3A", "3020"} <= names_of("H3-3A", variant("H3-3A", "G34R", entrez=3020))
    old = names_of("MRE11A", variant("MRE11A", "Loss", entrez=4361))  # an old release, a new annotation
    assert {"MRE11A", "MRE11", "4361"} <= old
    assert names_of("ZNF198") >= {"ZNF198", "ZMYM2", "7750"}  # a partner of a fusion, without a number


def test_feature_aliases_and_other_names_of_fusions() -> None:
    assert "C-KIT" in names_of("KIT", variant("KIT", "V560del", entrez=3815, other_names=("c-Kit", "CD117")))
    fusion = variant("ZFTA", "ZFTA::RELA", "RELA FUSION", "MYOLD::RELA", entrez=65998)
    assert {"MYOLD", "C11ORF95"} <= names_of("ZFTA", fusion)
    assert "RELA FUSION" not in names_of("ZFTA", fusion)


def test_an_alias_that_is_another_gene_s_symbol_loses() -> None:
    areg = variant("AREG", "Expression", entrez=374, other_names=("AR", "SDGF"))
    assert names_of("AREG", areg) == {"AREG", "SDGF", "374"} | names_of("AREG")  # AR is a gene of its own
    own = variant("AAA", "Loss", entrez=1, other_names=("BBB", "SHARED"))
    other = variant("BBB", "Loss", id_=2, entrez=2, other_names=("SHARED",))
    assert names_of("AAA", own, other) == {"AAA", "1"}
    assert names_of("BBB", own, other) == {"BBB", "2"}


def test_a_symbol_of_several_genes_is_no_alias_of_one() -> None:
    assert "MLL4" not in names_of("KMT2D", variant("KMT2D", "Loss", entrez=8085, other_names=("MLL4", "ALR")))
