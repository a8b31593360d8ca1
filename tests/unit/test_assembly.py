from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from annotator.variants.assembly import (
    CANONICAL_CONTIGS,
    Assembly,
    ContigDeclaration,
    assembly_from_contig,
    assembly_from_text,
    contradicting_lengths,
    position_on_x,
)
from annotator.vcf.header import Header

REAL_HEADERS = {
    Assembly.GRCH37: "broadinstitute+gatk/src/test/resources/org/broadinstitute/hellbender/tools/walkers/"
    "variantutils/SelectVariants/haploid-multisample.vcf",
    Assembly.GRCH38: "griffithlab+VAtools/tests/test_data/input.complex_indel.vcf.gz",
}


@pytest.mark.parametrize("assembly", list(Assembly))
def test_lengths_are_those_of_real_headers(assembly: Assembly, shared_data: Path) -> None:
    data = (shared_data / "vcf" / "real" / REAL_HEADERS[assembly]).read_bytes()
    header = Header.parse(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data, path="x")
    lengths = {assembly.contig(contig.name): contig.length for contig in header.contigs}
    assert {name: length for name, length in lengths.items() if name in assembly.lengths} == assembly.lengths
    assert contradicting_lengths(assembly, header.contigs) == []
    assert sum(assembly_from_contig(contig) is assembly for contig in header.contigs) == 24


def test_accessions_are_those_of_ncbis_own_hgvs(shared_data: Path) -> None:
    with (shared_data / "clinvar" / "golden_vcf_to_hgvs.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) > 200
    for row in rows:
        assembly = Assembly(row["#build"])
        accession = row["CLNHGVS_as_in_file"].partition(":")[0]
        contig = assembly.contig(row["chrom"])
        assert contig is not None
        assert assembly.accessions[contig] == accession
        assert assembly.contig(accession) == contig


def test_no_length_but_the_mitochondrions_is_of_both_assemblies() -> None:
    first, second = (assembly.lengths for assembly in Assembly)
    assert set(first.values()) & set(second.values()) == {first["MT"]}
    assert tuple(first) == tuple(second) == CANONICAL_CONTIGS


@pytest.mark.parametrize(
    ("length", "contradicts"), [(16_569, False), (16_571, False), (16_299, True), (None, False)]
)
def test_a_mitochondrion_is_the_reference_one_or_hg19s(length: int | None, contradicts: bool) -> None:
    for assembly in Assembly:
        declaration = ContigDeclaration("chrM", length)
        assert contradicting_lengths(assembly, [declaration]) == [declaration] * contradicts
        assert assembly_from_contig(declaration) is None


@pytest.mark.parametrize(
    ("names", "canonical"),
    [
        (
            ("chr22_KI270879v1_alt", "KI270879.1", "NT_187633.1", "HSCHR22_1_CTG7", "CHR_HSCHR22_1_CTG7"),
            "NT_187633.1",
        ),
        (
            ("chr9_KN196479v1_fix", "KN196479.1", "NW_009646201.1", "HG2030_PATCH", "CHR_HG2030_PATCH"),
            "NW_009646201.1",
        ),
        (("chr1_KI270706v1_random", "KI270706.1", "NT_187361.1"), "NT_187361.1"),
        (("chrUn_GL000218v1", "GL000218.1", "NT_113889.1"), "NT_113889.1"),
        (("chr10_KI270825v1_alt", "KI270825.1"), "KI270825.1"),
    ],
)
def test_every_name_of_a_scaffold_leads_to_its_accession(names: tuple[str, ...], canonical: str) -> None:
    assert {Assembly.GRCH38.contig(name) for name in names} == {canonical}


@pytest.mark.parametrize(
    "name",
    [
        "chr22_KI270879v2_alt",
        "KI270879.2",
        "chrUn_KN707606v1_decoy",
        "HG1_X",
        "chr22_x_alt",
        "CHR_7",
        "HLA-A*01:01",
    ],
)
def test_a_name_similar_to_a_scaffold_is_unknown(name: str) -> None:
    assert Assembly.GRCH38.contig(name) is None


@pytest.mark.parametrize("length", [2_147_483_647, 2_147_483_646, 2**29, 2**29 - 1, 2**31, 2**32 - 1, 0, 1])
def test_a_placeholder_is_no_length(length: int) -> None:
    text = f"##contig=<ID=chr1,length={length}>\n##contig=<ID=chr2,length={length},x=1>\n#CHROM\tPOS\tID\tREF\tALT\t"
    header = Header.parse(f"{text}QUAL\tFILTER\tINFO\n".encode(), path="x")
    assert [contig.length for contig in header.contigs] == [None, None]


@pytest.mark.parametrize(
    ("length", "assembly"),
    [(59_034_049, Assembly.GRCH37), (56_887_902, Assembly.GRCH38), (59_373_566, Assembly.GRCH37)],
)
def test_a_y_without_its_last_region_is_recognised(length: int, assembly: Assembly) -> None:
    declared = ContigDeclaration("chrY", length)
    assert assembly_from_contig(declared) is assembly
    assert contradicting_lengths(assembly, [declared]) == []


@pytest.mark.parametrize(
    "text",
    [
        "GRCh38_to_chm13v2.0.fa",
        "hg38ToHs1.over",
        "T2T-CHM13v2_GRCh38.fa",
        "hg18_to_hg19.fa",
        "NCBI36_hg19",
        "hs1",
    ],
)
def test_a_text_that_names_another_assembly_too_is_no_evidence(text: str) -> None:
    assert assembly_from_text(text) is None


@pytest.mark.parametrize(
    ("assembly", "position", "on_x"),
    [
        (Assembly.GRCH38, 10_000, None),
        (Assembly.GRCH38, 10_001, 10_001),
        (Assembly.GRCH38, 2_781_479, 2_781_479),
        (Assembly.GRCH38, 2_781_480, None),
        (Assembly.GRCH38, 57_217_415, 156_030_895),
        (Assembly.GRCH37, 10_001, 60_001),
        (Assembly.GRCH37, 2_649_520, 2_699_520),
        (Assembly.GRCH37, 59_363_566, 155_260_560),
    ],
)
def test_a_pseudo_autosomal_position_of_y_has_one_on_x(
    assembly: Assembly, position: int, on_x: int | None
) -> None:
    assert position_on_x(assembly, position) == on_x
