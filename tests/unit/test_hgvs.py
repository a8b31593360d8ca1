from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.variants.allele import AlleleKey, key_of, left_align
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs import allele_of, genomic_hgvs
from annotator.variants.hgvs_parse import parse_hgvs
from tests.support.hgvs_sequences import GRCH37, GRCH38, OWN, REPEATS, parsed
from tests.support.references import (
    SequenceReference,
)


def written(start: int, deleted: str, inserted: str) -> str | None:
    expression = genomic_hgvs(AlleleKey(OWN, start, deleted, inserted), GRCH38, REPEATS)
    return None if expression is None else expression.removeprefix(f"{OWN}:")


@pytest.mark.parametrize(
    ("allele", "change"),
    [
        ((3, "C", "T"), "g.3C>T"),
        ((3, "C", "C"), "g.3="),
        ((3, "CAT", "CAT"), "g.3_5="),
        ((3, "CAT", ""), "g.9_11del"),
        ((3, "CATCAT", ""), "g.6_11del"),
        ((4, "ATC", ""), "g.9_11del"),
        ((12, "G", ""), "g.12del"),
        ((13, "A", ""), "g.16del"),
        ((13, "AA", ""), "g.15_16del"),
        ((13, "", "A"), "g.16dup"),
        ((13, "", "AA"), "g.15_16dup"),
        ((13, "", "AAAAA"), "g.16_17insAAAAA"),
        ((3, "", "CAT"), "g.9_11dup"),
        ((3, "", "CATCAT"), "g.6_11dup"),
        ((3, "", "ATC"), "g.2_3insATC"),
        ((12, "", "T"), "g.11dup"),
        ((12, "", "C"), "g.11_12insC"),
        ((17, "TT", "AA"), "g.17_18inv"),
        ((17, "TTC", "GAA"), "g.17_19inv"),
        ((17, "TT", "AC"), "g.17_18delinsAC"),
        ((17, "T", "AC"), "g.17delinsAC"),
        ((17, "TTC", "A"), "g.17_19delinsA"),
    ],
)
def test_a_change_is_written_as_the_nomenclature_has_it(allele: tuple[int, str, str], change: str) -> None:
    assert written(*allele) == change


def test_the_mitochondrion_has_m_and_one_accession_in_both_assemblies() -> None:
    for assembly in Assembly:
        assert genomic_hgvs(AlleleKey("MT", 3243, "A", "G"), assembly, None) == "NC_012920.1:m.3243A>G"


def test_accessions_are_the_assemblys() -> None:
    assert genomic_hgvs(AlleleKey("7", 140_453_136, "A", "T"), GRCH37, None) == "NC_000007.13:g.140453136A>T"
    assert genomic_hgvs(AlleleKey("X", 1, "A", "T"), GRCH38, None) == "NC_000023.11:g.1A>T"
    assert genomic_hgvs(AlleleKey("NW_009646201.1", 5, "A", "T"), GRCH38, None) == "NW_009646201.1:g.5A>T"


def test_a_contig_without_an_accession_has_no_expression() -> None:
    for contig in ("GL000192.1", "chrUn_KI270742v1", "chr7", "NC_000007.14"):
        assert genomic_hgvs(AlleleKey(contig, 5, "A", "T"), GRCH38, None) is None


def test_a_change_of_nothing_to_nothing_has_no_expression() -> None:
    assert written(5, "", "") is None


def test_without_a_reference_only_alleles_that_cannot_shift_have_an_expression() -> None:
    def bare(deleted: str, inserted: str) -> str | None:
        return genomic_hgvs(AlleleKey("7", 100, deleted, inserted), GRCH38, None)

    assert bare("A", "") is None
    assert bare("", "A") is None
    assert bare("AT", "GC") == "NC_000007.14:g.100_101delinsGC"
    assert bare("AG", "CT") == "NC_000007.14:g.100_101inv"


def test_a_contig_that_the_reference_lacks_has_no_indels() -> None:
    assert genomic_hgvs(AlleleKey("7", 100, "A", ""), GRCH38, REPEATS) is None
    assert genomic_hgvs(AlleleKey("7", 100, "", "A"), GRCH38, REPEATS) is None


def test_a_deletion_that_the_reference_contradicts_is_not_written() -> None:
    assert written(3, "CAG", "") is None


def test_a_reference_that_ends_within_a_chromosome_proves_nothing() -> None:
    cut_off = SequenceReference("1", "CATAAA")
    assert genomic_hgvs(AlleleKey("1", 4, "A", ""), GRCH38, cut_off) is None
    assert genomic_hgvs(AlleleKey("1", 4, "", "A"), GRCH38, cut_off) is None
    assert genomic_hgvs(AlleleKey("1", 2, "A", ""), GRCH38, cut_off) == "NC_000001.11:g.2del"


@pytest.mark.parametrize(
    ("allele", "change"),
    [
        ((1, "GG", ""), "g.1_2del"),
        ((1, "G", ""), "g.2del"),
        ((1, "", "G"), "g.2dup"),
        ((1, "", "T"), None),
        ((22, "C", ""), "g.22del"),
        ((23, "", "C"), "g.22dup"),
        ((23, "", "T"), None),
        ((1, "GGCATCATCATGAAAATTCGAC", ""), "g.1_22del"),
    ],
)
def test_at_the_ends_of_a_contig_no_base_outside_it_is_named(
    allele: tuple[int, str, str], change: str | None
) -> None:
    assert written(*allele) == change


def test_n_equals_only_n() -> None:
    gap = SequenceReference(OWN, "CANNNT")
    assert genomic_hgvs(AlleleKey(OWN, 3, "N", ""), GRCH38, gap) == f"{OWN}:g.5del"
    assert genomic_hgvs(AlleleKey(OWN, 2, "A", ""), GRCH38, gap) == f"{OWN}:g.2del"
    assert genomic_hgvs(AlleleKey(OWN, 3, "", "A"), GRCH38, gap) == f"{OWN}:g.2dup"


@pytest.mark.parametrize("unit", ["A", "CAG", "ACGTTGCAAC" * 30])
def test_a_repeat_of_many_thousand_bases_is_crossed_in_few_fetches(unit: str) -> None:
    copies = 60_000 // len(unit)
    reference = SequenceReference(OWN, "T" + unit * copies + "G")
    end = 1 + copies * len(unit)
    expected = f"{end - len(unit) + 1}_{end}" if len(unit) > 1 else f"{end}"
    assert genomic_hgvs(AlleleKey(OWN, 2, unit, ""), GRCH38, reference) == f"{OWN}:g.{expected}del"
    assert genomic_hgvs(AlleleKey(OWN, 2, "", unit), GRCH38, reference) == f"{OWN}:g.{expected}dup"
    assert reference.fetches < 50


# Properties

repetitive = st.lists(
    st.tuples(st.text("ACGT", min_size=1, max_size=4), st.integers(1, 6)), min_size=1, max_size=6
).map(lambda runs: "".join(unit * count for unit, count in runs))


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, int, str, str]:
    """A sequence with repeats, and a replacement in it: 1-based start, deleted and inserted bases."""
    sequence = draw(repetitive)
    start = draw(st.integers(0, len(sequence)))
    deleted = sequence[start : draw(st.integers(start, min(len(sequence), start + 8)))]
    copied = st.integers(0, len(sequence) - 1).flatmap(
        lambda begin: st.integers(begin, min(len(sequence), begin + 8)).map(lambda end: sequence[begin:end])
    )
    inserted = draw(st.text("ACGT", max_size=8) | copied)
    return sequence, start + 1, deleted, inserted


def edited(sequence: str, start: int, deleted: str, inserted: str) -> str:
    assert sequence[start - 1 : start - 1 + len(deleted)] == deleted
    return sequence[: start - 1] + inserted + sequence[start - 1 + len(deleted) :]


def carried_out(sequence: str, change: str) -> str:
    """What an expression says, done to a sequence: an interpreter of its own."""
    complement = {"A": "T", "C": "G", "G": "C", "T": "A"}
    digits = "".join(letter if letter.isdigit() or letter == "_" else " " for letter in change).split()[0]
    first, _, last = digits.partition("_")
    start, stop = int(first), int(last or first)
    before, span, after = sequence[: start - 1], sequence[start - 1 : stop], sequence[stop:]
    edit = change.removeprefix(digits)
    assert len(span) == stop - start + 1, "a base outside the sequence is named"
    if edit.startswith("ins"):
        assert len(span) == 2
        return before + span[0] + edit[3:] + span[1] + after
    if edit.startswith("delins"):
        return before + edit[6:] + after
    if ">" in edit:
        assert edit[0] == span
        return before + edit[2] + after
    inverted = "".join(complement[base] for base in reversed(span))
    return before + {"del": "", "dup": span * 2, "inv": inverted, "=": span}[edit] + after


@given(edits())
def test_an_expression_carried_out_gives_the_alleles_sequence(edit: tuple[str, int, str, str]) -> None:
    sequence, start, deleted, inserted = edit
    if deleted == inserted:
        return
    reference = SequenceReference(OWN, sequence)
    expression = genomic_hgvs(key_of(OWN, start, deleted, inserted), GRCH38, reference)
    altered = edited(*edit)
    if expression is None:
        # Only an insertion before the first or after the last base cannot be said.
        assert altered.endswith(sequence) or altered.startswith(sequence)
    else:
        assert carried_out(sequence, expression.removeprefix(f"{OWN}:g.")) == altered


@given(edits())
def test_an_allele_survives_the_way_there_and_back(edit: tuple[str, int, str, str]) -> None:
    sequence, start, deleted, inserted = edit
    if deleted == inserted:
        return
    reference = SequenceReference(OWN, sequence)
    allele = left_align(key_of(OWN, start, deleted, inserted), reference)
    text = genomic_hgvs(allele, GRCH38, reference)
    if text is not None:
        assert str(parsed(text)) == text
        assert allele_of(parsed(text), GRCH38, reference) == allele


@given(edits())
def test_a_pure_indel_is_at_its_rightmost_place_and_a_dup_where_it_can_be_one(
    edit: tuple[str, int, str, str],
) -> None:
    sequence, start, deleted, inserted = edit
    key = key_of(OWN, start, deleted, inserted) if deleted != inserted else AlleleKey(OWN, start, "", "")
    length = len(key.deleted or key.inserted)
    if not key.is_indel or length == 0:
        return
    altered = edited(*edit)
    text = genomic_hgvs(key, GRCH38, SequenceReference(OWN, sequence))
    spans = range(len(sequence) - length + 1)
    if key.deleted:
        last = max(place for place in spans if sequence[:place] + sequence[place + length :] == altered)
        kind = "del"
    else:
        doubled = [place for place in spans if sequence[: place + length] + sequence[place:] == altered]
        if not doubled:
            assert text is None or "ins" in text
            return
        last, kind = max(doubled), "dup"
    expected = f"{last + 1}" if length == 1 else f"{last + 1}_{last + length}"
    assert text == f"{OWN}:g.{expected}{kind}"


@given(st.sampled_from("gmcnrp"), st.text("()[];_+-*=?>0123456789ACGTNXdelinsupvfxt ", max_size=20))
def test_parsing_never_fails_and_is_stable(letter: str, change: str) -> None:
    expression = parse_hgvs(f"NM_000001.1:{letter}.{change}")
    if expression is not None:
        again = parse_hgvs(str(expression))
        assert again == expression
        assert allele_of(expression, GRCH38, REPEATS) is None


@given(st.binary().map(lambda data: data.decode("latin-1")))
def test_any_text_is_parsed_or_none(text: str) -> None:
    expression = parse_hgvs(text)
    assert expression is None or expression.identity[3]
