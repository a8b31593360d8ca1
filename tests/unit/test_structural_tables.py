"""Which rows of variant_summary are copy-number or structural records, and which bases they cover."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from annotator.errors import KnowledgeBaseError
from annotator.snapshot.clinvar.tables.structural import StructuralRow, read_structural
from annotator.snapshot.manifest import Manifest
from annotator.variants.assembly import Assembly
from tests.support.inputs import run_annotator
from tests.support.small_clinvar_tables import BRAF, Row, summary_row, write_small
from tests.support.structural import structural_row, structural_snapshot

GRCH37, GRCH38 = Assembly.GRCH37, Assembly.GRCH38
LOSS = "copy number loss"


def read(folder: Path, *rows: Row, assembly: Assembly = GRCH38, workers: int = 1) -> list[StructuralRow]:
    tables = write_small(folder / "tables", [BRAF, *rows])
    return read_structural(tables / "variant_summary.txt", assembly, workers).rows


def spans(folder: Path, *rows: Row, assembly: Assembly = GRCH38) -> list[tuple[str, int, int, bool]]:
    """Contig, first and last base, and whether the breakpoints are imprecise."""
    return [(*row[:3], row.is_imprecise) for row in read(folder, *rows, assembly=assembly)]


def exact(kind: str, position: int, ref: str, alt: str, start: int, stop: int) -> Row:
    row = summary_row(1, position, ref, alt, Type=kind)
    return row | {"Start": str(start), "Stop": str(stop)}


@pytest.mark.parametrize(
    ("name", "start", "stop", "expected"),
    [
        ("NC_000017.11:g.(?_43044295)_(43050000_?)del", 43044295, 43050000, (43044295, 43050000)),
        (
            "NC_000017.11:g.(43040000_43044295)_(43050000_43060000)del",
            43040000,
            43060000,
            (43044295, 43050000),
        ),
        ("NC_000017.11:g.(43040000_43044295)_(43050000_?)del", 43044295, 43050000, (43044295, 43050000)),
        ("NC_000017.11:g.(43040000_?)_(43050000_43060000)del", 43041000, 43060000, (43041000, 43050000)),
        # inner breakpoints that cross, and a name of the other assembly, of another contig, of a transcript
        (
            "NC_000017.11:g.(43040000_43055000)_(43050000_43060000)del",
            43040000,
            43060000,
            (43040000, 43060000),
        ),
        (
            "NC_000017.10:g.(41190000_41196312)_(41202017_41210000)del",
            43044295,
            43050000,
            (43044295, 43050000),
        ),
        ("NC_000013.11:g.(1_2)_(3_4)del", 43044295, 43050000, (43044295, 43050000)),
        ("NM_007294.4(BRCA1):c.(4185+1_4186-1)_(4357+1_4358-1)del", 43044295, 43050000, (43044295, 43050000)),
        ("GRCh38/hg38 17q21.31(chr17:43044295-43050000)x1", 43044295, 43050000, (43044295, 43050000)),
        # the range of the other assembly is in the name; that of this one is in the columns
        ("GRCh37/hg19 17q21.31(chr17:41196312-41202017)x1", 43044295, 43050000, (43044295, 43050000)),
    ],
)
def test_the_inner_breakpoints_are_used(
    tmp_path: Path, name: str, start: int, stop: int, expected: tuple[int, int]
) -> None:
    row = structural_row(7, "Deletion", "17", start, stop, Name=name)
    assert spans(tmp_path, row) == [("17", *expected, True)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("GRCh38/hg38 22q11.21(chr22:19478208-20168230)x1", [("22", 19478208, 20168230, True)]),
        ("GRCh38/hg38 Xp22.33(chrX:10701-155978689)x3", [("X", 10701, 155978689, True)]),
        ("GRCh37/hg19 22q11.21(chr22:19478208-20168230)x1", []),
        ("GRCh38/hg38 22q11.21(chr22:20168230-19478208)x1", []),
        ("GRCh38/hg38 22q11.21(chr22:1-99999999)x1", []),
        ("22q11.21 deletion", []),
    ],
)
@pytest.mark.parametrize("of", ["na", "GRCh38"])
def test_a_record_without_a_start_has_the_range_in_its_name(
    tmp_path: Path, name: str, of: str, expected: list[tuple[str, int, int, bool]]
) -> None:
    cells = {"Assembly": of, "ChromosomeAccession": "na", "Chromosome": "na", "Name": name}
    row = structural_row(7, LOSS, "22", -1, -1, **cells)
    assert spans(tmp_path, row) == expected


def test_the_columns_with_the_alleles_state_the_bases_of_an_exact_record(tmp_path: Path) -> None:
    """Start and Stop may be those of the HGVS expression, which is shifted to the right."""
    deletion = exact("Deletion", 1000, "A" + "C" * 60, "A", 1005, 1064)
    assert spans(tmp_path / "del", deletion) == [("7", 1001, 1060, False)]
    duplication = exact("Duplication", 1000, "A", "A" + "C" * 60, 1000, 1001)
    assert spans(tmp_path / "dup", duplication) == [("7", 1001, 1060, False)]


def test_alleles_of_the_other_direction_state_no_range(tmp_path: Path) -> None:
    """Start and Stop then do."""
    for folder, kind, ref, alt in (
        ("del", "Deletion", "A", "A" + "C" * 60),
        ("dup", "Duplication", "A" + "C" * 60, "A"),
    ):
        assert spans(tmp_path / folder, exact(kind, 1000, ref, alt, 2001, 2100)) == [("7", 2001, 2100, True)]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> None:
    for name in ("del", "dup"):
        (tmp_path / name).mkdir()


@pytest.mark.parametrize(("length", "number"), [(49, 0), (50, 1)])
def test_a_short_exact_deletion_is_not_structural(tmp_path: Path, length: int, number: int) -> None:
    row = exact("Deletion", 1000, "A" + "C" * length, "A", 1001, 1000 + length)
    assert len(read(tmp_path, row)) == number


def test_an_exon_of_fewer_bases_is_structural_with_uncertain_breakpoints(tmp_path: Path) -> None:
    row = structural_row(7, "Deletion", "17", 1000, 1020, Name="NC_000017.11:g.(?_1000)_(1020_?)del")
    assert spans(tmp_path, row) == [("17", 1000, 1020, True)]


@pytest.mark.parametrize(
    "kind",
    ["Indel", "Insertion", "Inversion", "Microsatellite", "Translocation", "Complex", "fusion", "Variation"],
)
def test_a_type_without_a_direction_is_no_record(tmp_path: Path, kind: str) -> None:
    assert read(tmp_path, structural_row(7, kind, "17", 1000, 9000)) == []


@pytest.mark.parametrize(("start", "stop"), [(-1, -1), (0, 5000), (5000, 1000), (1, 999_999_999), (1000, -1)])
def test_a_row_without_a_range_on_the_contig_is_counted(tmp_path: Path, start: int, stop: int) -> None:
    tables = write_small(tmp_path / "tables", [structural_row(7, LOSS, "17", start, stop)])
    found = read_structural(tables / "variant_summary.txt", GRCH38)
    assert (found.rows, found.counts["left out: no position in GRCh38"]) == ([], 1)


def test_only_the_row_of_the_assembly_is_used(tmp_path: Path) -> None:
    accession = GRCH37.accessions["17"]
    rows = [
        structural_row(7, LOSS, "17", 43044295, 43050000),
        structural_row(7, LOSS, "17", 41196312, 41202017, Assembly="GRCh37", ChromosomeAccession=accession),
        structural_row(
            7, LOSS, "17", 38449840, 38455543, Assembly="NCBI36", ChromosomeAccession="NC_000017.9"
        ),
        structural_row(8, LOSS, "17", 41196312, 41202017, Assembly="GRCh37", ChromosomeAccession=accession),
    ]
    assert spans(tmp_path, *rows) == [("17", 43044295, 43050000, True)]
    tables = tmp_path / "tables" / "variant_summary.txt"
    of_37 = read_structural(tables, GRCH37)
    assert [row[:4] for row in of_37.rows] == [("17", 41196312, 41202017, 7), ("17", 41196312, 41202017, 8)]
    counts = read_structural(tables, GRCH38).counts
    assert (counts["records"], counts["left out: no position in GRCh38"]) == (1, 1)


def test_a_short_deletion_of_both_assemblies_is_not_one_without_a_position(tmp_path: Path) -> None:
    row = exact("Deletion", 1000, "A" + "C" * 10, "A", 1001, 1010)
    other = row | {"Assembly": "GRCh37", "ChromosomeAccession": GRCH37.accessions["7"]}
    tables = write_small(tmp_path / "tables", [other, row])
    assert read_structural(tables / "variant_summary.txt", GRCH38).counts == {"records": 0}


def test_a_record_on_x_and_y_has_two_ranges(tmp_path: Path) -> None:
    rows = [structural_row(7, LOSS, contig, 600_000, 650_000) for contig in ("X", "Y")]
    assert [row[:3] for row in read(tmp_path, *rows)] == [("X", 600_000, 650_000), ("Y", 600_000, 650_000)]


def test_a_haplotype_is_left_out_because_its_classification_is_not_that_of_a_part(tmp_path: Path) -> None:
    rows = [
        structural_row(7, LOSS, "17", 1000, 9000, AlleleID="1"),
        summary_row(7, 20_000, "A", "T", AlleleID="2"),
        structural_row(8, LOSS, "17", 1000, 9000),
    ]
    assert [row.variation_id for row in read(tmp_path, *rows)] == [8]


def test_workers_and_both_ways_to_build_give_the_same_store(tmp_path: Path) -> None:
    rows = [
        structural_row(number, LOSS, str(number % 22 + 1), 1000 + number, 9000) for number in range(1, 500)
    ]
    (tmp_path / "alone").mkdir()
    (tmp_path / "beside").mkdir()
    beside = structural_snapshot(tmp_path / "beside", [*rows, BRAF])
    alone = structural_snapshot(tmp_path / "alone", [*rows, BRAF], is_of_vcf=False)
    store = (beside / "clinvar_sv.store").read_bytes()
    assert (alone / "clinvar_sv.store").read_bytes() == store
    again = run_annotator(
        *(
            "snapshot",
            "build",
            "--assembly",
            "GRCh38",
            "--clinvar",
            tmp_path / "beside" / "clinvar.vcf",
            "-@",
            "2",
        ),
        *("--clinvar-tables", tmp_path / "beside" / "tables", "-o", tmp_path / "again"),
    )
    assert again.status == 0, again.err
    assert (tmp_path / "again" / "clinvar_sv.store").read_bytes() == store
    assert Manifest.read(beside).sources["clinvar_sv"].counts == {"records": 499}


def test_a_table_without_such_records_is_no_error(tmp_path: Path) -> None:
    snapshot = structural_snapshot(tmp_path, [BRAF])
    assert Manifest.read(snapshot).sources["clinvar_sv"].counts == {"records": 0}


@pytest.mark.parametrize("damage", ["cut", "column", "flipped"])
def test_a_damaged_table_is_an_error(tmp_path: Path, damage: str) -> None:
    tables = write_small(tmp_path / "tables", [structural_row(7, LOSS, "17", 1000, 9000)] * 50)
    plain = tables / "variant_summary.txt"
    path = tables / "variant_summary.txt.gz"
    data = gzip.compress(plain.read_bytes(), mtime=0)
    if damage == "cut":
        path.write_bytes(data[:-20])
    elif damage == "flipped":
        path.write_bytes(data[:-6] + bytes([data[-6] ^ 1]) + data[-5:])
    else:
        path.write_bytes(gzip.compress(plain.read_bytes().replace(b"\tStop\t", b"\tEnd\t"), mtime=0))
    with pytest.raises(KnowledgeBaseError) as raised:
        read_structural(path, GRCH38)
    assert raised.value.path == str(path)
