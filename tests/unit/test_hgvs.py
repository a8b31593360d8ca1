from __future__ import annotations

import csv
import dataclasses
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.variants.allele import AlleleKey, key_of, left_align
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs import allele_of, genomic_hgvs, repeat_hgvs
from annotator.variants.hgvs_parse import HgvsExpression, SequenceType, parse_hgvs, same_change
from tests.support.references import (
    MosaicReference,
    SequenceReference,
    UnknownBasesError,
    decided_hgvs,
    mosaic_reference,
    vcf_columns,
)

GRCH37, GRCH38 = Assembly.GRCH37, Assembly.GRCH38


# Real data: NCBI's own expressions


@pytest.fixture(scope="module")
def mosaics(shared_data: Path) -> dict[Assembly, MosaicReference]:
    return {assembly: mosaic_reference(shared_data, assembly) for assembly in Assembly}


class ClinVarAllele(NamedTuple):
    allele: AlleleKey
    type: str
    hgvs: str


class Outcome(NamedTuple):
    """What we write for a ClinVar allele; None where the known bases do not decide it."""

    clinvar: ClinVarAllele
    ours: str | None

    @property
    def verdict(self) -> str:
        if self.ours is None:
            return "undecided"
        return "equal" if self.ours == self.clinvar.hgvs else "different"


def clinvar_key(contig: str, position: int, ref: str, alt: str) -> AlleleKey:
    # ALT `.`: the sample has the reference's sequence.
    if alt == ".":
        return AlleleKey(contig, position, ref, ref)
    return key_of(contig, position, ref, alt)


def clinvar_alleles(path: Path, assembly: Assembly) -> Iterator[ClinVarAllele]:
    for contig, position, _, ref, alt, _, _, text in vcf_columns(path):
        key = clinvar_key(assembly.contig(contig) or contig, int(position), ref, alt)
        kind, hgvs = (text.partition(name)[2].partition(";")[0] for name in ("CLNVC=", "CLNHGVS="))
        yield ClinVarAllele(key, kind, hgvs.replace("%3D", "="))


def outcome(clinvar: ClinVarAllele, mosaic: MosaicReference) -> Outcome:
    try:
        ours = decided_hgvs(clinvar.allele, mosaic)
    except UnknownBasesError:
        return Outcome(clinvar, None)
    assert ours is not None, clinvar
    return Outcome(clinvar, ours)


def tally(outcomes: list[Outcome]) -> Counter[tuple[str, str]]:
    return Counter((found.clinvar.type, found.verdict) for found in outcomes)


def different(outcomes: list[Outcome]) -> list[Outcome]:
    """Other answers than NCBI's, without the repeats, which it writes by counting copies."""
    return [
        found for found in outcomes if found.verdict == "different" and found.clinvar.type != "Microsatellite"
    ]


@pytest.fixture(scope="module")
def cancer_genes(shared_data: Path, mosaics: dict[Assembly, MosaicReference]) -> list[Outcome]:
    path = shared_data / "clinvar" / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz"
    return [outcome(allele, mosaics[GRCH38]) for allele in clinvar_alleles(path, GRCH38)]


def test_every_clinvar_allele_of_the_slice_whose_context_is_known_is_written_as_ncbi_writes_it(
    cancer_genes: list[Outcome],
) -> None:
    assert len(cancer_genes) == 69_302
    assert tally(cancer_genes) == {
        ("single_nucleotide_variant", "equal"): 55_527,
        ("single_nucleotide_variant", "different"): 1,
        ("Deletion", "equal"): 7_837,
        ("Deletion", "undecided"): 168,
        ("Duplication", "equal"): 2_780,
        ("Duplication", "undecided"): 99,
        ("Indel", "equal"): 1_102,
        ("Insertion", "equal"): 943,
        ("Insertion", "undecided"): 8,
        ("Inversion", "equal"): 31,
        ("Microsatellite", "different"): 766,
        ("Microsatellite", "undecided"): 40,
    }


def test_the_one_difference_is_an_ambiguity_code_that_clinvars_vcf_flattens_to_n(
    cancer_genes: list[Outcome],
) -> None:
    assert [(found.ours, found.clinvar.hgvs) for found in different(cancer_genes)] == [
        ("NC_000013.11:g.32339320C>N", "NC_000013.11:g.32339320C>R")
    ]


def around_brca1_and_brca2(outcomes: list[Outcome]) -> list[Outcome]:
    """Those in the two megabases whose whole sequence is at hand."""
    megabases = {"13": range(32_000_000, 33_000_000), "17": range(43_000_000, 44_000_000)}
    return [
        found
        for found in outcomes
        if found.clinvar.allele.start in megabases.get(found.clinvar.allele.contig, ())
    ]


def test_where_the_whole_sequence_is_at_hand_nothing_is_undecided(cancer_genes: list[Outcome]) -> None:
    assert tally(around_brca1_and_brca2(cancer_genes)) == {
        ("single_nucleotide_variant", "equal"): 27_401,
        ("single_nucleotide_variant", "different"): 1,
        ("Deletion", "equal"): 5_034,
        ("Duplication", "equal"): 1_747,
        ("Insertion", "equal"): 713,
        ("Indel", "equal"): 638,
        ("Inversion", "equal"): 14,
        ("Microsatellite", "different"): 483,
    }


def test_a_clinvar_allele_comes_back_from_its_expression(
    cancer_genes: list[Outcome], mosaics: dict[Assembly, MosaicReference]
) -> None:
    returned: Counter[bool] = Counter()
    for found in cancer_genes:
        allele = found.clinvar.allele
        if found.ours is not None and allele.deleted != allele.inserted:
            expression = parse_hgvs(found.ours)
            assert expression is not None
            assert str(expression) == found.ours
            returned[allele_of(expression, GRCH38, mosaics[GRCH38]) == allele] += 1
    assert returned == {True: 68_978}


def test_clinvars_own_expressions_lead_to_its_alleles(
    cancer_genes: list[Outcome], mosaics: dict[Assembly, MosaicReference]
) -> None:
    returned: Counter[str] = Counter()
    for found in around_brca1_and_brca2(cancer_genes):
        expression = parse_hgvs(found.clinvar.hgvs)
        assert expression is not None, found
        allele = allele_of(expression, GRCH38, mosaics[GRCH38])
        returned["none" if allele is None else "same" if allele == found.clinvar.allele else "another"] += 1
    # None: 8 expressions without a change. Another: the ambiguity code.
    assert returned == {"same": 36_022, "none": 8, "another": 1}


def test_changes_of_a_number_of_copies_are_counted_as_ncbi_counts_them(
    cancer_genes: list[Outcome], mosaics: dict[Assembly, MosaicReference]
) -> None:
    """But for 18 insertions that it writes as a mixture of several repeats."""
    ours: Counter[bool] = Counter()
    for found in around_brca1_and_brca2(cancer_genes):
        if found.clinvar.type == "Microsatellite":
            written = repeat_hgvs(found.clinvar.allele, GRCH38, mosaics[GRCH38])
            ours[written == found.clinvar.hgvs] += 1
            assert (written is None) == (found.clinvar.hgvs.count("[") > 1)
    assert ours == {True: 465, False: 18}


def test_exomisers_slice_of_grch37_is_written_as_ncbi_wrote_it_in_2023(
    shared_data: Path, mosaics: dict[Assembly, MosaicReference]
) -> None:
    path = shared_data / "clinvar" / "other" / "exomiser.clinvar-test.grch37.vcf.gz"
    outcomes = [outcome(allele, mosaics[GRCH37]) for allele in clinvar_alleles(path, GRCH37)]
    assert tally(outcomes) == {
        ("single_nucleotide_variant", "equal"): 1_877,
        ("Variation", "equal"): 1,
        ("Deletion", "equal"): 11,
        ("Deletion", "undecided"): 40,
        ("Duplication", "equal"): 3,
        ("Duplication", "undecided"): 29,
        ("Indel", "equal"): 12,
        ("Insertion", "equal"): 3,
        ("Insertion", "undecided"): 2,
        ("Inversion", "equal"): 2,
        ("Microsatellite", "different"): 3,
        ("Microsatellite", "undecided"): 17,
    }


def golden_pairs(shared_data: Path) -> Iterator[tuple[Assembly, ClinVarAllele]]:
    with (shared_data / "clinvar" / "golden_vcf_to_hgvs.tsv").open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            assembly = Assembly(row["#build"])
            contig = assembly.contig(row["chrom"])
            assert contig is not None
            key = clinvar_key(contig, int(row["pos"]), row["ref"], row["alt"])
            yield assembly, ClinVarAllele(key, row["CLNVC"], row["CLNHGVS_as_in_file"])


def test_the_golden_pairs_agree_once_bases_are_no_longer_spelled(
    shared_data: Path, mosaics: dict[Assembly, MosaicReference]
) -> None:
    outcomes: dict[Assembly, list[Outcome]] = {GRCH37: [], GRCH38: []}
    for assembly, clinvar in golden_pairs(shared_data):
        current = clinvar._replace(hgvs=str(parse_hgvs(clinvar.hgvs)))
        outcomes[assembly].append(outcome(current, mosaics[assembly]))
    assert tally(outcomes[GRCH37]) == {
        ("single_nucleotide_variant", "equal"): 18,
        ("Variation", "equal"): 1,
        ("Deletion", "equal"): 9,
        ("Deletion", "undecided"): 19,
        ("Duplication", "equal"): 3,
        ("Duplication", "undecided"): 30,
        ("Indel", "equal"): 11,
        ("Indel", "different"): 1,
        ("Insertion", "equal"): 5,
        ("Insertion", "undecided"): 3,
        ("Inversion", "equal"): 2,
        ("Microsatellite", "undecided"): 11,
    }
    assert tally(outcomes[GRCH38]) == {
        ("single_nucleotide_variant", "equal"): 24,
        ("single_nucleotide_variant", "different"): 1,
        ("Deletion", "equal"): 18,
        ("Deletion", "undecided"): 4,
        ("Duplication", "equal"): 18,
        ("Indel", "equal"): 18,
        ("Insertion", "equal"): 9,
        ("Insertion", "undecided"): 2,
        ("Inversion", "equal"): 9,
        ("Microsatellite", "different"): 19,
        ("Microsatellite", "undecided"): 1,
    }
    # The base that this one spells needlessly is part of its description: CA>TA is C>T.
    assert [(found.ours, found.clinvar.hgvs) for found in different(outcomes[GRCH37])] == [
        ("NC_000022.10:g.18912677C>T", "NC_000022.10:g.18912677_18912678delinsTA")
    ]


def test_a_golden_expression_that_spells_an_unchanged_base_is_still_the_trimmed_allele() -> None:
    expression = parse_hgvs("NC_000022.10:g.18912677_18912678delCAinsTA")
    assert expression is not None
    assert allele_of(expression, GRCH37, None) == AlleleKey("22", 18_912_677, "C", "T")


@pytest.mark.parametrize("release", ["release-2021-02", "release-2024-08-01"])
def test_civics_expressions_are_parsed_but_for_two_with_slips(shared_data: Path, release: str) -> None:
    unparsed, parsed = set(), 0
    for _, text in civic_expressions(shared_data / "civic" / release):
        if parse_hgvs(text) is None:
            unparsed.add(text)
        else:
            parsed += 1
    assert unparsed == {
        "N/A",
        "ENST00000340107.4c.746C>G",
        "ENST00000288135.5:c.1648_1671del AAACCCATGTATGAAGTACAGTGG",
    }
    assert parsed == {"release-2021-02": 2_488, "release-2024-08-01": 2_907}[release]


def test_civics_genomic_substitutions_are_the_alleles_of_its_own_coordinates(shared_data: Path) -> None:
    agreeing, contradicting = 0, set()
    for row, text in civic_expressions(shared_data / "civic" / "release-2024-08-01"):
        ref, alt = row["reference_bases"], row["variant_bases"]
        expression = parse_hgvs(text)
        if expression is None or row["reference_build"] != "GRCh37" or not len(ref) == len(alt) == 1:
            continue
        allele = allele_of(expression, GRCH37, None)
        if allele == AlleleKey(row["chromosome"], int(row["start"]), ref, alt):
            agreeing += 1
        elif allele is not None:
            contradicting.add(text)
    assert agreeing == 597
    # CIViC's slips: MAPK1 E322K is on chromosome 22, GNAS c.393T>C and ABL1 F317L have another change's.
    assert contradicting == {
        "NC_000002.11:g.22127164C>T",
        "NC_000020.10:g.57478807C>T",
        "NC_000009.11:g.133748288T>C",
    }


def civic_expressions(release: Path) -> Iterator[tuple[dict[str, str], str]]:
    (path,) = release.glob("*VariantSummaries.tsv")
    with path.open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            texts = row.get("hgvs_descriptions") or row.get("hgvs_expressions") or ""
            yield from ((row, text.strip()) for text in texts.split(",") if text.strip())


# Writing: corner cases

# 1-based:                    1234567890123456789012
REPEATS = SequenceReference("NT_000001.1", "GGCATCATCATGAAAATTCGAC")
OWN = "NT_000001.1"


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


def test_without_a_reference_only_what_cannot_move_is_written() -> None:
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


# Parsing


def parsed(text: str) -> HgvsExpression:
    expression = parse_hgvs(text)
    assert expression is not None, text
    return expression


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


def test_a_transcript_in_parentheses_is_what_the_positions_count_on() -> None:
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
def test_what_is_not_understood_stays_as_it_is_and_equals_only_itself(text: str) -> None:
    expression = parsed(text)
    assert str(expression) == text
    assert same_change(expression, parsed(text))
    assert not same_change(expression, dataclasses.replace(expression, change=expression.change + "1"))


def test_bases_that_alone_tell_two_changes_apart_are_kept() -> None:
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
def test_what_is_no_expression_is_none(text: str) -> None:
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


def test_without_a_reference_only_what_the_expression_tells_is_told() -> None:
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
def test_what_is_no_change_or_contradicts_the_reference_is_no_allele(change: str) -> None:
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
