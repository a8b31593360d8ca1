"""Lines with a consequence that may lead to a match are kept, and each consequence is judged once."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.sources.civic.criteria import Criteria, Exclusions, Region, VariantKind
from annotator.sources.civic.kinds import Effect, fit_of, may_fit
from annotator.variants.protein_change import parse_protein_change
from annotator.variants.query import Consequence
from annotator.vcf.annotations.consequences import ConsequenceFilter
from annotator.vcf.annotations.entries import consequence_of
from annotator.vcf.annotations.layout import Layout, layouts_of
from annotator.vcf.header import InfoDeclaration


def layout_of(parts: str) -> Layout:
    [layout] = layouts_of({"CSQ": InfoDeclaration("CSQ", ".", "String", f"Format: {parts}")})
    return layout


VEP = layout_of("Allele|Consequence|SYMBOL|Gene|Feature|EXON|INTRON|HGVSc|HGVSp")


def entry(terms: str, change: str, gene: str = "BRAF", gene_id: str = "ENSG1", exon: str = "") -> str:
    return f"T|{terms}|{gene}|{gene_id}|ENST1|{exon}||ENST1:c.1A>T|{change}"


def missense_of_braf(consequence: Consequence) -> bool:
    is_gene = "BRAF" in {consequence.gene, consequence.gene_id.replace("673", "BRAF")}
    return is_gene and "missense_variant" in consequence.terms and not consequence.protein.endswith("=")


@pytest.mark.parametrize(
    ("entries", "fits"),
    [
        ([entry("missense_variant", "ENSP1:p.Val600Glu")], True),
        ([entry("missense_variant", "")], True),
        ([entry("synonymous_variant", "ENSP1:p.Val600%3D")], False),
        ([entry("intron_variant", "")], False),
        ([entry("missense_variant", "ENSP1:p.Val600Glu", "KRAS")], False),
        ([entry("missense_variant", "ENSP1:p.Val600Glu", "", "673")], True),
        ([entry("missense_variant", "ENSP1:p.Val600Glu", "", "674")], False),
        ([entry("missense_variant", "ENSP1:p.Val600Glu", "%42RAF")], True),
        ([entry("intron_variant", ""), entry("splice_region_variant&missense_variant", "p.Ala2Gly")], True),
        # complex changes are kept, and so are damaged entries
        ([entry("inframe_deletion", "ENSP1:p.Val600del")], True),
        ([entry("frameshift_variant", "ENSP1:p.Val600GlyfsTer3")], True),
        ([entry("stop_lost", "ENSP1:p.Ter600Gly")], True),
        ([entry("synonymous_variant", "ENSP1:p.Xaa600Gly")], True),
        (["T|intron_variant|BRAF"], True),
    ],
)
def test_a_line_fits_by_the_consequences_of_its_entries(entries: list[str], fits: bool) -> None:
    consequences = ConsequenceFilter([VEP], missense_of_braf)
    assert any(consequences.fits("CSQ", one.encode()) for one in entries) is fits


def test_equal_consequences_are_judged_once() -> None:
    judged = []

    def no_match(consequence: Consequence) -> bool:
        judged.append(consequence)
        return False

    consequences = ConsequenceFilter([VEP], no_match)
    for number, gene_id in ((1, "ENSG1"), (77, "ENSG2"), (600, "ENSG3")):
        assert not consequences.fits(
            "CSQ", entry("missense_variant", f"p.Val{number}Glu", gene_id=gene_id).encode()
        )
    assert [one.protein for one in judged] == ["Ala2Gly"]
    assert not consequences.fits("CSQ", entry("missense_variant", "p.Val1Glu", exon="2/18").encode())
    assert judged[1].exons == (2, 2)


def test_without_changes_of_proteins_every_entry_fits() -> None:
    layout = layout_of("Allele|Consequence|SYMBOL|Gene|Feature|Amino_acids")
    assert ConsequenceFilter([layout], lambda _: False).fits("CSQ", b"")


TERMS = (
    "missense_variant", "synonymous_variant", "stop_gained", "start_lost", "inframe_deletion", "inframe_insertion",
    "frameshift_variant", "splice_donor_variant", "splice_region_variant", "protein_altering_variant",
    "intron_variant", "stop_lost", "exon_loss_variant",
)  # fmt: skip
CHANGES = (
    "", "p.Val600Glu", "p.Met1Val", "p.Asp1010Asn", "p.(Asp1028Asn)", "p.Val600%3D", "p.Val600=", "p.Val600Val",
    "p.Gln61Ter", "p.Gly12Sec", "p.Met1?", "p.Ter90Glu", "p.Val600del", "p.Gly10_Val14dup", "p.Asp770delinsGlyTyr",
    "p.Val600GlyfsTer3", "p.Trp7*", "p.V600E", "p.?", "x:y:p.Val600Glu",
)  # fmt: skip
EXCLUSIONS = (None, Exclusions(codons=("Val600", "Gly12"), spans=((VariantKind.DELETION, 590, 610),)))
REGIONS = (None, Region("7", 1, 9))
CATEGORIES = [
    Criteria(kind=kind, excluded=excluded, region=region, is_gene=True)
    for kind, excluded, region in product(VariantKind, EXCLUSIONS, REGIONS)
]


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(CATEGORIES),
    st.sampled_from(["BRAF", "MET"]),
    st.lists(st.sampled_from(TERMS), min_size=1, max_size=3, unique=True),
    st.sampled_from(CHANGES),
    st.integers(-9, 9),
)
def test_no_effect_that_fits_a_category_is_left_out(
    category: Criteria, gene: str, terms: list[str], change: str, added: int
) -> None:
    text = entry("&".join(terms), change, gene)
    [parts] = VEP.entries(text)
    consequence = consequence_of(VEP, parts).consequence
    effect = Effect(consequence, parse_protein_change(consequence.protein), added)
    kept = ConsequenceFilter(
        [VEP], lambda one: may_fit(category, one, parse_protein_change(one.protein))
    ).fits("CSQ", text.encode())
    assert kept or fit_of(category, effect) is None
