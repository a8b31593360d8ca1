"""The records of the Clinical Tables service are made from ClinVar's tables as its page describes."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from annotator.snapshot.clinvar.tables.construction import parsed_name, service_record
from annotator.snapshot.clinvar.tables.service import service_records
from tests.bench.clinvar_tables_like import write_tables_like
from tests.support.clinvar_tables import ALLELE_COLUMNS, HGVS_COLUMNS, SUMMARY_COLUMNS
from tests.support.inputs import run_annotator
from tests.support.small_clinvar_tables import (
    BRAF,
    EMPTY,
    NEEDED,
    Row,
    build,
    expression,
    hgvs_row,
    summary_row,
    write_small,
)


def test_the_order_of_the_rows_does_not_matter_but_within_a_variation(tmp_path: Path) -> None:
    rows = [summary_row(number, number, "A", "C", Assembly="GRCh37") for number in range(1, 60_000, 1_000)]
    hgvs = [hgvs_row(number["VariationID"], f"NM_{n}0.1:c.1A>T") for number in rows for n in range(1, 4)]
    ordered = list(service_records(write_small(tmp_path / "ordered", rows, hgvs)))
    assert [json.loads(record["HGVS_exprs"]) for record in ordered] == [
        ["NM_10.1:c.1A>T", "NM_20.1:c.1A>T", "NM_30.1:c.1A>T"]
    ] * 60
    chance = random.Random(1)  # noqa: S311
    chance.shuffle(rows)
    hgvs.sort(key=lambda row: (row["NucleotideExpression"], chance.random()))
    assert list(service_records(write_small(tmp_path / "shuffled", rows, hgvs))) == ordered


def test_the_command_writes_a_record_per_line(tmp_path: Path) -> None:
    row = BRAF | {"Assembly": "GRCh37", "PhenotypeList": "Sjögrens", "PhenotypeIDS": "MedGen:C1"}
    folder = write_small(tmp_path / "t", [row, BRAF])
    ran = run_annotator("snapshot", "clinical-tables", folder)
    assert ran.status == 0, ran.err
    (line,) = ran.out.decode().splitlines()
    assert json.loads(line) == next(service_records(folder))
    assert json.loads(json.loads(line)["phenotype"]) == {"code": "C1", "text": "Sjögrens"}
    written = run_annotator("snapshot", "clinical-tables", folder, "-o", tmp_path / "r.jsonl", "-@", "2")
    assert written.status == 0, written.err
    assert (tmp_path / "r.jsonl").read_bytes() == ran.out
    (folder / "hgvs4variation.txt").unlink()
    assert run_annotator("snapshot", "clinical-tables", folder).status == 1


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("NM_004333.6(BRAF):c.1799T>A (p.Val600Glu)", ("NM_004333.6", "c.1799T>A", "p.Val600Glu")),
        ("NM_032581.4(FAM126A):c.*4329del", ("NM_032581.4", "c.*4329del", None)),
        ("NM_014855.3(AP5Z1):c.80_83delinsTG (p.Arg27_Ile28delinsLeu)",
         ("NM_014855.3", "c.80_83delinsTG", "p.Arg27_Ile28delinsLeu")),
        ("NC_012920.1:m.8993T>G", ("NC_012920.1", "m.8993T>G", None)),
        ("NM_000059.4(BRCA2):c.1A>G (p.Met1?) and more", ("NM_000059.4", "c.1A>G", "p.Met1?")),
        ("NM_000059.4(BRCA2):c.1A>G (p.(Met1Val))", ("NM_000059.4", "c.1A>G", "p.(Met1Val)")),
        ("NM_000059.4(BRCA2):c.1A>G, (p.Met1Val)", ("NM_000059.4", "c.1A>G,", "p.Met1Val")),
        ("NM_018325.5(C9orf72):c.1A>G", None),  # a gene with small letters
        ("NM_002116.8(HLA-A):c.1A>G", None),
        ("FAM126A:c.627-439_831+348del", None),
        ("LRG_292t1:c.1A>G", None),
        ("GRCh37/hg19 7q34(chr7:1-2)x1", None),
        ("NM_00405٣.6(BRAF):c.1A>G", None),  # a digit, but not JavaScript's
        ("NM_004333.6(BRAF):c.\u00a01A>G", None),  # a space of JavaScript's
        ("NM_004333.6(BRAF):c.\ufeff1A>G", None),  # not one of Python's
        ("NM_004333.6(BRAF):c.\x1c1A>G", ("NM_004333.6", "c.\x1c1A>G", None)),  # one of Python's only
        ("NM_004333.6(BRAF):c.\x851A>G", ("NM_004333.6", "c.\x851A>G", None)),
        ("NM_1.6(BRAF):c.1A>G", ("NM_1.6", "c.1A>G", None)),
        ("NM_1(BRAF):c.1A>G", None),  # two digits at least
        (" NM_004333.6(BRAF):c.1A>G", None),
    ],
)  # fmt: skip
def test_a_name_is_parsed_as_the_page_parses_it(
    name: str, parsed: tuple[str, str, str | None] | None
) -> None:
    assert parsed_name(name) == parsed


def service_row(**cells: str) -> Row:
    return BRAF | {"Assembly": "GRCh37", "Name": "NM_004333.6(BRAF):c.1799T>A (p.Val600Glu)"} | cells


def constructed(rows: Sequence[Row], expressions: Sequence[Row] = ()) -> dict[str, str]:
    record = service_record(rows, expressions)
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("cells", "is_in"),
    [
        ({}, True),
        ({"Assembly": "na"}, True),
        ({"Assembly": "GRCh38"}, False),
        ({"Assembly": "NCBI36"}, False),
        ({"Name": "BRAF, VAL600GLU"}, False),
    ],
)
def test_steps_1_and_2_choose_rows(cells: dict[str, str], is_in: bool) -> None:
    assert (service_record([service_row(**cells)], []) is not None) == is_in


def test_steps_3_to_7_make_fields() -> None:
    cells = {"HGNC_ID": "HGNC:1097", "nsv/esv (dbVar)": "nsv513771", "Start": "5", "Stop": "6"}
    record = constructed([service_row(**cells)])
    assert (record["RefSeqID"], record["NucleotideChange"], record["AminoAcidChange"]) == (
        "NM_004333.6", "c.1799T>A", "p.Val600Glu",
    )  # fmt: skip
    assert record["GenomicLocation"] == "5^6"
    assert record["dbSNP"] == "rs113488022"
    assert record["nsv_esv"] == "nsv513771"
    assert (record["hgnc_id"], record["hgnc_id_num"]) == ("1097", "1097")
    assert not {"RS# (dbSNP)", "nsv/esv (dbVar)", "HGNC_ID", "HGVS_exprs", "HGVS_c"} & record.keys()
    bare = constructed([service_row(**EMPTY, Chromosome="na")])
    assert not {"dbSNP", "GenomicLocation", "phenotype", "phenotypes"} & bare.keys()


def test_step_3_fills_in_the_protein_of_the_best_pair() -> None:
    rows = [service_row(Name="NM_004333.6(BRAF):c.1799T>A")]
    expressions = [
        hgvs_row(13961, "NC_1.1:g.1A>T"),
        hgvs_row(13961, "NM_2.1:c.2A>T", ProteinExpression="NP_2.1:p.Val2Glu", ProteinChange="p.Val2Glu"),
    ]
    assert constructed(rows, expressions)["AminoAcidChange"] == "p.Val2Glu"
    assert "AminoAcidChange" not in constructed(rows, expressions[:1])


@pytest.mark.parametrize(
    ("pairs", "best"),
    [
        ([("NR_1.1:n.1A>T", "NP_1.1:p.1"), ("NM_1.1:c.1A>T", "-"), ("NM_2.1:c.1A>T", "NP_2.1:p.2"),
          ("NM_3.1:c.1A>T", "NP_3.1:p.3")], 2),
        ([("NC_1.1:g.1A>T", "NP_1.1:p.1"), ("NM_1.1:c.1A>T", "-"), ("NM_2.1:c.1A>T", "na")], 1),
        ([("NC_1.1:g.1A>T", "-"), ("NR_1.1:n.1A>T", "NP_1.1:p.1")], 0),
    ],
)  # fmt: skip
def test_step_4_chooses_the_best_pair_and_keeps_all(pairs: list[tuple[str, str]], best: int) -> None:
    record = constructed([service_row()], [expression(*pair) for pair in pairs])
    nucleotide, protein = pairs[best]
    assert record["HGVS_c"] == nucleotide
    assert record.get("HGVS_p", "-") == protein.replace("na", "-")
    listed = [text for pair in pairs for text in pair if text not in {"-", "na"}]
    assert json.loads(record["HGVS_exprs"]) == listed


def test_step_8_pairs_names_with_medgen_codes() -> None:
    record = constructed(
        [
            service_row(
                PhenotypeIDS="MONDO:MONDO:0013342,MedGen:C3150901,OMIM:613647||MedGen:C1;OMIM:2;MedGen:C3",
                PhenotypeList="Hereditary spastic paraplegia 48|Macular dystrophy|first;second;third",
            )
        ]
    )
    assert json.loads(record["phenotypes"]) == [
        {"code": "C3150901", "text": "Hereditary spastic paraplegia 48"},
        {"code": "C1", "text": "first"},
        {"code": "C3", "text": "third"},
    ]
    assert json.loads(record["phenotype"]) == {"code": "C1", "text": "first"}


def test_step_9_joins_the_records_of_a_variation() -> None:
    rows = [
        service_row(Chromosome="X", ReferenceAllele="na", AlternateAllele="na"),
        service_row(Assembly="GRCh38", Chromosome="1"),
        service_row(Chromosome="Y", ReferenceAllele="na", AlternateAllele="T", **{"RS# (dbSNP)": "-1"}),
    ]
    record = constructed(rows)
    assert record["ReferenceAllele"] == "na~na"
    assert record["AlternateAllele"] == "na~T"
    assert record["Chromosome"] == "[X][Y]"
    assert record["GeneSymbol"] == "-"
    assert record["dbSNP"] == "[rs113488022][]"
    assert record["VariationID"] == "13961"


# Invented tables of any size


def table_rows(text: str) -> list[dict[str, str]]:
    lines = [line for line in text.splitlines() if line]
    header = [line for line in lines if line.startswith("#")][-1]
    names = header.removeprefix("#").split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines if not line.startswith("#")]


def text_of(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode()


def rows_of(folder: Path) -> Iterator[list[dict[str, str]]]:
    for name in NEEDED:
        yield table_rows(text_of(folder / f"{name}.txt.gz"))


def test_invented_tables_are_like_clinvars(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for workers, folder in enumerate(folders, 1):
        folder.mkdir()
        write_tables_like(folder, 2_000, workers)
    assert [text_of(folders[0] / f"{name}.txt.gz") for name in NEEDED] == [
        text_of(folders[1] / f"{name}.txt.gz") for name in NEEDED
    ]
    summary, hgvs, alleles = rows_of(folders[0])
    assert list(summary[0]) == list(SUMMARY_COLUMNS)
    assert list(hgvs[0]) == list(HGVS_COLUMNS)
    assert list(alleles[0]) == list(ALLELE_COLUMNS)
    numbers = [int(row["VariationID"]) for row in summary]
    assert numbers != sorted(numbers)
    assert len(set(numbers)) == len(numbers) / 2
    assert 12 < len(hgvs) / len(set(numbers)) < 16
    built = build(folders[0])
    assert len(built.records) + built.counts["left out: missing"] == len(set(numbers))
    for allele, record in built.records.items():
        assert record.hgvs is not None
        if allele.is_indel:
            assert record.variation_id in built.found_by(record.hgvs)
