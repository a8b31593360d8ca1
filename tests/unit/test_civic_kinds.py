"""The type of a change: the allele and the protein change decide; consequence terms are used only if these do not."""

from __future__ import annotations

import pytest

from annotator.sources.civic.criteria import Criteria, Exclusions, VariantKind
from annotator.sources.civic.kinds import Effect, fit_of, skipping_terms
from annotator.sources.civic.match_notes import MatchNote
from annotator.variants.protein_change import parse_protein_change
from annotator.variants.query import Consequence

DELETION, INSERTION, DUPLICATION = VariantKind.DELETION, VariantKind.INSERTION, VariantKind.DUPLICATION
MISSENSE, NOT_TRUNCATING, TRUNCATING = (
    VariantKind.MISSENSE,
    VariantKind.NOT_TRUNCATING,
    VariantKind.TRUNCATING,
)


def effect(terms: str, protein: str = "", added: int = 0, gene: str = "GENE") -> Effect:
    consequence = Consequence(gene, terms=frozenset(terms.split("&")), protein=protein)
    return Effect(consequence, parse_protein_change(protein), added)


@pytest.mark.parametrize(
    ("kind", "terms", "protein", "added", "fits"),
    [
        # in-frame deletions: by the protein change, else by the bases
        (DELETION, "inframe_deletion", "Glu746_Ala750del", -15, True),
        (DELETION, "protein_altering_variant", "Leu747_Ala750delinsPro", -9, True),
        (DELETION, "protein_altering_variant", "", -9, True),
        (DELETION, "conservative_inframe_deletion", "", -3, True),
        (DELETION, "disruptive_inframe_deletion", "Leu747_Thr751del", -15, True),
        (DELETION, "protein_altering_variant", "Asp770delinsGlyTyr", 3, False),
        (DELETION, "protein_altering_variant", "", 3, False),
        (DELETION, "missense_variant", "Leu747_Arg748delinsProSer", 0, False),
        (DELETION, "frameshift_variant", "Leu747fs", -4, False),
        (DELETION, "stop_gained&inframe_deletion", "Leu747Ter", -3, False),
        (DELETION, "stop_gained&inframe_deletion", "", -3, False),
        (DELETION, "intron_variant", "", -9, False),
        (DELETION, "inframe_deletion", "", 0, False),  # no allele of the same length deletes
        # in-frame insertions
        (INSERTION, "inframe_insertion", "Gly10dup", 3, True),
        (INSERTION, "protein_altering_variant", "Asp770delinsGlyTyr", 3, True),
        (INSERTION, "protein_altering_variant", "", 6, True),
        (INSERTION, "inframe_insertion", "Asp770_Asn771insGly", 3, True),
        (INSERTION, "inframe_deletion", "Glu746_Ala750del", -15, False),
        (INSERTION, "frameshift_variant", "Asp770fs", 4, False),
        (INSERTION, "stop_gained&inframe_insertion", "Asp770_Asn771insTer", 3, False),
        # residues for residues
        (MISSENSE, "missense_variant", "Val600Glu", 0, True),
        (MISSENSE, "missense_variant", "", 0, True),
        (MISSENSE, "coding_sequence_variant", "Val600_Lys601delinsGluAsn", 0, True),
        (MISSENSE, "protein_altering_variant", "Val600_Lys601delinsGlu", -3, False),
        (MISSENSE, "synonymous_variant", "Val600=", 0, False),
        (MISSENSE, "stop_gained", "Val600Ter", 0, False),
        # what a gain of function can be, and what it cannot
        (NOT_TRUNCATING, "missense_variant", "Val600Glu", 0, True),
        (NOT_TRUNCATING, "protein_altering_variant", "Val600_Lys601delinsGlu", -3, True),
        (NOT_TRUNCATING, "stop_lost", "Ter214TrpextTer14", 0, True),
        (NOT_TRUNCATING, "stop_gained&inframe_insertion", "Val600_Lys601insTer", 3, False),
        (NOT_TRUNCATING, "frameshift_variant", "Val600fs", 1, False),
        (NOT_TRUNCATING, "synonymous_variant", "Val600=", 0, False),
        (NOT_TRUNCATING, "splice_donor_variant", "", 0, False),
        # what a loss of function can be
        (TRUNCATING, "stop_gained", "Arg233Ter", 0, True),
        (TRUNCATING, "protein_altering_variant", "Arg233_Lys234delinsAlaTer", 0, True),
        (TRUNCATING, "frameshift_variant", "", 1, True),
        (TRUNCATING, "splice_acceptor_variant", "", 0, True),
        (TRUNCATING, "missense_variant", "Arg233Gly", 0, False),
        (TRUNCATING, "splice_region_variant&intron_variant", "", 0, False),
        (VariantKind.FRAMESHIFT, "frameshift_variant", "", 1, True),
        (VariantKind.FRAMESHIFT, "", "Arg233GlyfsTer5", 1, True),
        (VariantKind.FRAMESHIFT, "inframe_insertion", "Arg233dup", 3, False),
        (VariantKind.ALTERING, "splice_donor_variant&synonymous_variant", "Arg233=", 0, True),
        (VariantKind.ALTERING, "synonymous_variant", "Arg233=", 0, False),
        (VariantKind.ALTERING, "intron_variant", "", 0, False),
        (VariantKind.ANY, "upstream_gene_variant", "", 0, True),
    ],
)
def test_kinds(kind: VariantKind, terms: str, protein: str, added: int, *, fits: bool) -> None:
    assert (fit_of(Criteria(kind=kind), effect(terms, protein, added)) is not None) is fits


@pytest.mark.parametrize(
    ("protein", "added", "placed", "anywhere"),
    [
        ("Arg595_Glu601dup", 21, "", ""),
        ("Glu598_Tyr599insArgGluTyrGluTyr", 15, "insertion not shown to be a duplication", None),
        ("Gly10dup", 3, "", None),  # in a whole gene, one residue twice is a repeat's polymorphism
        ("Glu601del", -3, None, None),
        ("Glu601fs", 4, None, None),
        ("", 21, "insertion not shown to be a duplication", None),
    ],
)
def test_internal_duplications(protein: str, added: int, placed: str | None, anywhere: str | None) -> None:
    terms = (
        "frameshift_variant" if "fs" in protein else "inframe_insertion" if added > 0 else "inframe_deletion"
    )
    one = effect(terms, protein, added)
    assert fit_of(Criteria(kind=DUPLICATION, exons=(14,)), one) == placed
    assert fit_of(Criteria(kind=DUPLICATION, is_gene=True), one) == anywhere


@pytest.mark.parametrize(
    ("terms", "protein", "expected"),
    [
        ("splice_donor_variant", "", MatchNote.NONE),
        ("splice_acceptor_variant&intron_variant", "", MatchNote.NONE),
        ("exon_loss_variant", "", MatchNote.NONE),
        ("splice_region_variant&intron_variant", "", MatchNote.MAY_SKIP_EXON),
        ("splice_polypyrimidine_tract_variant&intron_variant", "", MatchNote.MAY_SKIP_EXON),
        ("splice_donor_5th_base_variant&intron_variant", "", MatchNote.MAY_SKIP_EXON),
        ("splice_donor_region_variant&intron_variant", "", MatchNote.MAY_SKIP_EXON),
        ("missense_variant&splice_region_variant", "Asp1010Asn", MatchNote.MAY_SKIP_EXON),
        ("missense_variant", "Asp1010Tyr", MatchNote.MAY_SKIP_EXON),
        ("missense_variant", "Asp1028His", MatchNote.MAY_SKIP_EXON),
        ("missense_variant", "Thr1010Ile", None),  # another count: T992I, a polymorphism
        ("missense_variant", "Asp990Asn", None),
        ("intron_variant", "", None),
    ],
)
def test_exon_14_of_met(terms: str, protein: str, expected: MatchNote | None) -> None:
    criteria = Criteria(exons=(14,), kind=VariantKind.SKIPPING)
    assert fit_of(criteria, effect(terms, protein, gene="MET")) == expected


def test_the_last_residue_of_an_exon_is_known_for_met_only() -> None:
    criteria = Criteria(exons=(14,), kind=VariantKind.SKIPPING)
    assert fit_of(criteria, effect("missense_variant", "Asp1010Asn", gene="OTHER")) is None


@pytest.mark.parametrize(
    ("terms", "sides"),
    [
        ("splice_donor_variant", (True, False)),
        ("splice_donor_5th_base_variant&intron_variant", (True, False)),
        ("splice_acceptor_variant", (False, True)),
        ("splice_polypyrimidine_tract_variant&splice_region_variant&intron_variant", (False, True)),
        ("splice_region_variant&intron_variant", (True, True)),
        ("intron_variant", (False, False)),
    ],
)
def test_consequence_terms_determine_the_end_of_an_intron(terms: str, sides: tuple[bool, bool]) -> None:
    assert skipping_terms(Consequence("MET", terms=frozenset(terms.split("&")))) == sides


def change(text: str) -> tuple[object, ...]:
    parsed = parse_protein_change(text)
    assert parsed is not None
    return (parsed,)


@pytest.mark.parametrize(
    ("excluded", "protein", "added", "fits"),
    [
        (Exclusions(codons=("Val600",)), "Val600Glu", 0, False),
        (Exclusions(codons=("Val600",)), "Asp594Gly", 0, True),
        (Exclusions(codons=("Val600",)), "Thr599_Val600insThr", 3, True),  # beside it
        (Exclusions(codons=("Val600",)), "Thr599_Lys601del", -9, False),  # across it
        (Exclusions(codons=("Val600",)), "", 0, False),  # what it changes, nothing tells
        (Exclusions(proteins=change("L858R")), "Leu858Arg", 0, False),
        (Exclusions(proteins=change("L858R")), "Leu858_Ala859delinsArgThr", 0, False),
        (Exclusions(proteins=change("L858R")), "Leu858Met", 0, True),
        (Exclusions(proteins=change("L858R")), "Leu861Gln", 0, True),
        (Exclusions(spans=((DELETION, 729, 761),)), "Glu746_Ala750del", -15, False),
        (Exclusions(spans=((DELETION, 729, 761),)), "Leu747_Ala750delinsPro", -9, False),
        (Exclusions(spans=((DELETION, 729, 761),)), "Glu709_Thr710delinsAsp", -3, True),
        (Exclusions(spans=((DELETION, 729, 761),)), "Ala750Pro", 0, True),
        (Exclusions(spans=((INSERTION, 762, 823),)), "Asp770_Asn771insGly", 3, False),
        (Exclusions(spans=((INSERTION, 762, 823),)), "Ser768Ile", 0, True),
    ],
)  # fmt: skip
def test_exclusions_of_a_category(excluded: Exclusions, protein: str, added: int, *, fits: bool) -> None:
    terms = "missense_variant" if not added else "protein_altering_variant"
    criteria = Criteria(kind=NOT_TRUNCATING, excluded=excluded)
    assert (fit_of(criteria, effect(terms, protein, added)) is not None) is fits


def test_a_demand_that_no_change_of_a_sequence_meets() -> None:
    assert fit_of(Criteria(is_gene=True), effect("missense_variant", "Val600Glu")) is None
