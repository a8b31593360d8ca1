"""HGVS expressions are written and read as NCBI and CIViC write them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from annotator.variants.allele import AlleleKey, key_of
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs import allele_of, repeat_hgvs
from annotator.variants.hgvs_parse import parse_hgvs
from tests.support.hgvs_sequences import GRCH37, GRCH38
from tests.support.references import (
    MosaicReference,
    UnknownBasesError,
    decided_hgvs,
    mosaic_reference,
    vcf_columns,
)

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
