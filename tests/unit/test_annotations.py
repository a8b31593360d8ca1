"""Which identifiers a record carries for which of its alleles, in VCF text and in BCF."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from annotator.variants.query import Identifiers
from annotator.vcf.annotations.annotations import Annotations
from annotator.vcf.header import Header
from annotator.vcf.text import RecordLines

CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: {}">'
)
FULL = CSQ.format("Allele|Consequence|HGVSc|HGVSp|HGVSg")
NUMBERED = CSQ.format("Consequence|HGVSc|ALLELE_NUM")
ANN = (
    "##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation | "
    'Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | Rank | HGVS.c">'
)
RS = '##INFO=<ID=RS,Number=.,Type=String,Description="dbSNP">'


def identifiers(meta: Sequence[str], record: str, alt: int = 0) -> Identifiers:
    """Of one ALT of a record of ID, REF, ALT and INFO."""
    lines = ["##fileformat=VCFv4.2", *meta, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    header = Header.parse("".join(f"{line}\n" for line in lines).encode(), path="x.vcf")
    id_, ref, alts, info = record.split(" ")
    line = f"7\t100\t{id_}\t{ref}\t{alts}\t.\t.\t{info}".encode()
    records = RecordLines([line], 8, path="x.vcf", numbers=[1])
    return Annotations.of(header.info).hints(records.sites, 0, alt).identifiers


def written(found: Identifiers) -> tuple[list[int], list[str], list[str]]:
    return list(found.rsids), [str(one) for one in found.genomic], [str(one) for one in found.coding]


@pytest.mark.parametrize(
    ("record", "rsids"),
    [
        ("rs12 A T .", [12]),
        ("RS12;COSM5;rs13;rs12 A T .", [12, 13]),
        ("rs012;rs0;rs;rs1x;COSM1 A T .", []),
        (". A T RS=12", [12]),
        ("rs11 A T RS=12|rs13,11", [11, 12, 13]),
        (". A T RS=.", []),
        (". A T RS=1.5;DP=12", []),
        (". A T XRS=12", []),
    ],
)
def test_rs_numbers_come_from_the_id_and_from_info(record: str, rsids: list[int]) -> None:
    assert written(identifiers([RS], record)) == (rsids, [], [])


def test_an_rs_that_the_header_does_not_declare_is_not_read() -> None:
    assert written(identifiers([], ". A T RS=12")) == ([], [], [])


def test_several_transcripts_are_several_expressions_and_each_counts_once() -> None:
    info = (
        "CSQ=T|missense_variant|NM_004333.6:c.1799T%3DA|NP_1:p.Val600Glu|NC_000007.14:g.100A>T,"
        "T|missense_variant|ENST00000288602.11(BRAF):c.1799T>A||NC_000007.14:g.100A>T,"
        "T|intron_variant|||,T|x|NM_004333.6:c.1799T%3DA||chr7:g.100A>T"
    )
    assert written(identifiers([FULL], f". A T {info}")) == (
        [],
        ["NC_000007.14:g.100A>T", "chr7:g.100A>T"],
        ["NM_004333.6:c.1799T=A", "ENST00000288602.11:c.1799T>A"],
    )


@pytest.mark.parametrize(
    ("ref", "alts", "spelled"),
    [
        ("A", "T,C", ["T", "C"]),
        ("AT", "A", ["-"]),
        ("A", "AT,ATT", ["T", "TT"]),
        ("AT", "A,ATT", ["-", "TT"]),
        ("AT", "A,*", ["-", "*"]),
        ("AT", "GC", ["GC"]),
        ("AT", "A,GT", ["A", "GT"]),  # nothing is shared by all
        ("a", "t", ["T"]),
    ],
)
def test_an_entry_belongs_to_the_allele_that_vep_spells(ref: str, alts: str, spelled: list[str]) -> None:
    info = "CSQ=" + ",".join(f"{allele}|x||p.1|7:g.{number}A>T" for number, allele in enumerate(spelled, 1))
    for number in range(len(spelled)):
        found = identifiers([FULL], f". {ref} {alts} {info}", number)
        assert written(found) == ([], [f"7:g.{number + 1}A>T"], [])


def test_where_vep_numbers_the_alleles_that_decides() -> None:
    info = "CSQ=x|NM_1.1:c.1A>T|2,x|NM_1.1:c.2A>T|1"
    assert written(identifiers([NUMBERED], f". A T,C {info}", 0))[2] == ["NM_1.1:c.2A>T"]
    assert written(identifiers([NUMBERED], f". A T,C {info}", 1))[2] == ["NM_1.1:c.1A>T"]


def test_a_number_beyond_the_alts_shows_that_none_of_the_numbers_counts_these_alts() -> None:
    info = "CSQ=x|NM_1.1:c.1A>T|2,x|NM_1.1:c.2A>T|1,x|NM_1.1:c.3A>T|3"
    for alt in (0, 1):
        assert written(identifiers([NUMBERED], f". A T,C {info}", alt))[2] == []


def test_without_allele_or_number_only_a_single_alt_is_sure() -> None:
    meta = [CSQ.format("Consequence|HGVSc")]
    assert written(identifiers(meta, ". A T CSQ=x|NM_1.1:c.1A>T"))[2] == ["NM_1.1:c.1A>T"]
    assert written(identifiers(meta, ". A T,C CSQ=x|NM_1.1:c.1A>T"))[2] == []


def test_a_csq_without_hgvs_or_format_has_no_expressions() -> None:
    for meta in (
        [CSQ.format("Allele|Consequence")],
        ['##INFO=<ID=CSQ,Number=.,Type=String,Description="x">'],
        [],
    ):
        assert written(identifiers(meta, ". A T CSQ=T|NM_1.1:c.1A>T|x||7:g.1A>T")) == ([], [], [])


def test_snpeffs_transcript_has_a_separate_part() -> None:
    entry = "{}|frameshift_variant|HIGH|BRCA2|GENE|transcript|NM_000059.4|protein_coding|11/27|{}|p.Ser1982fs|||||"
    info = "ANN=" + ",".join(
        (
            entry.format("G", "c.5946delT"),
            entry.format("T", "c.1A>T"),
            entry.format("G-T", "c.2A>T"),
            "G|short",
        )
    )
    assert written(identifiers([ANN], f". GT G,T {info}", 0))[2] == ["NM_000059.4:c.5946del"]
    assert written(identifiers([ANN], f". GT G,T {info}", 1))[2] == ["NM_000059.4:c.1A>T"]


def test_hostile_annotations_are_survived() -> None:
    for info in (
        "CSQ",
        "CSQ=",
        "CSQ=|||||||||",
        "CSQ=T",
        "CSQ=T|x|" + "(" * 10_000,
        "CSQ=T|x|%FF%3D:c.|p|g.",
        ".",
    ):
        assert written(identifiers([FULL, ANN], f". A T {info}")) == ([], [], [])
