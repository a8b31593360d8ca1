"""ClinVar's real deletions and duplications by overlap: what the slice's VCF has, counted without the package."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.clinvar_rows import ClinVarRow, clinvar_rows
from tests.support.clinvar_tables import write_tables
from tests.support.inputs import run_annotator
from tests.support.real_slices import SLICES, Locus, write_padded_fasta
from tests.support.structural import annotated, call, infos, listed

SHORTEST = 50
FROM, TO = 40_600_000, 45_600_000
"""5 Mb around BRCA1, of which the slice has no other gene."""


def is_deletion(row: ClinVarRow) -> bool:
    return row.info["CLNVC"] == "Deletion" and len(row.ref) - len(row.alt) >= SHORTEST and len(row.alt) == 1


def is_duplication(row: ClinVarRow) -> bool:
    return (
        row.info["CLNVC"] == "Duplication" and len(row.alt) - len(row.ref) >= SHORTEST and len(row.ref) == 1
    )


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> list[ClinVarRow]:
    return clinvar_rows(shared_data / "clinvar" / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz")


@pytest.fixture(scope="module")
def snapshot(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    clinvar = shared_data / "clinvar"
    grch38 = clinvar / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz"
    (folder / "tables").mkdir()
    write_tables(
        folder / "tables", grch38, clinvar / "clinvar_20260226.GRCh37.cancer_genes.DERIVED_liftover.vcf.gz"
    )
    built = run_annotator(
        *("snapshot", "build", "--assembly", "GRCh38", "--clinvar", grch38),
        *("--clinvar-tables", folder / "tables", "-o", folder / "snapshot"),
    )
    assert built.status == 0, built.err
    return folder / "snapshot"


def test_a_deletion_of_five_megabases_finds_the_deletions_of_brca1(
    tmp_path: Path, snapshot: Path, rows: Sequence[ClinVarRow]
) -> None:
    deletions = {
        int(row.variation): row
        for row in rows
        if row.chrom == "17" and FROM < row.position < TO and is_deletion(row)
    }
    assert len(deletions) > 100
    assert all("BRCA1:" in row.info["GENEINFO"] for row in deletions.values())
    (info,) = infos(annotated(tmp_path, snapshot, [call("17", FROM, "<DEL>", f"END={TO}")]))
    entries = listed(info)
    assert {entry.variation for entry in entries} == set(deletions)
    assert int(info["CLNSV_COUNT"]) == len(entries) == len(deletions)
    for entry in entries:
        row = deletions[entry.variation]
        assert entry.classification == row.info["CLNSIG"]
        assert (entry.of_record, entry.relation) == ("1.000", "contains")
    assert {"CLNSIG", "CLNVID"}.isdisjoint(info)


def test_a_duplication_of_five_megabases_finds_the_duplications_of_brca1(
    tmp_path: Path, snapshot: Path, rows: Sequence[ClinVarRow]
) -> None:
    expected = {
        int(row.variation)
        for row in rows
        if row.chrom == "17" and FROM < row.position < TO and is_duplication(row)
    }
    assert len(expected) > 20
    (info,) = infos(annotated(tmp_path, snapshot, [call("17", FROM, "<DUP>", f"SVLEN={TO - FROM}")]))
    assert {entry.variation for entry in listed(info)} == expected


@pytest.mark.parametrize(("position", "end"), [(43_120_000, 43_120_100), (43_108_500, 43_108_600)])
def test_a_hundred_bases_of_an_intron_find_nothing(
    tmp_path: Path, snapshot: Path, position: int, end: int
) -> None:
    options = ("--status", "all")
    (info,) = infos(annotated(tmp_path, snapshot, [call("17", position, "<DEL>", f"END={end}")], *options))
    assert "CLNSV" not in info
    assert info["ANNSTATUS"] == "clinvar:unsupported&clinvar_sv:absent"


def test_every_long_deletion_overlaps_itself(
    tmp_path: Path, snapshot: Path, rows: Sequence[ClinVarRow]
) -> None:
    """Written with its bases, or as a range: both find the record, with the same overlaps of all other records."""
    deletions = [row for row in rows if is_deletion(row)]
    assert len(deletions) > 200
    records = [
        record
        for row in deletions
        for record in (
            call(row.chrom, row.position, row.alt, ".", row.ref),
            call(row.chrom, row.position, "<DEL>", f"SVLEN=-{len(row.ref) - 1}"),
        )
    ]
    found = infos(annotated(tmp_path, snapshot, records))
    for row, written, symbolic in zip(deletions, found[::2], found[1::2], strict=True):
        own = next(entry for entry in listed(written) if entry.variation == int(row.variation))
        assert own[1:3] == ("Deletion", row.info.get("CLNSIG", "."))
        assert own[4:] == ("1.000", "1.000", "1.000", "same")
        assert written["CLNVID"] == row.variation
        assert written["CLNSV"] == symbolic["CLNSV"]


def test_every_long_duplication_overlaps_itself_with_the_reference(
    tmp_path: Path, snapshot: Path, rows: Sequence[ClinVarRow], shared_data: Path
) -> None:
    """Without the reference it is not known whether inserted bases are a duplication: that is no absence."""
    loci = {}
    for contig, (start, _, name) in SLICES.items():
        lines = gzip.decompress((shared_data / "reference" / name).read_bytes()).decode().split("\n")[1:]
        loci[contig] = Locus(start, "".join(lines))
    write_padded_fasta(tmp_path / "reference.fa", loci)
    duplications = [row for row in rows if is_duplication(row) and row.chrom in SLICES]
    duplications = [
        row for row in duplications if SLICES[row.chrom][0] + 10_000 < row.position < SLICES[row.chrom][1]
    ]
    assert len(duplications) > 30
    records = [call(row.chrom, row.position, row.alt, ".", row.ref) for row in duplications]
    with_bases = infos(annotated(tmp_path, snapshot, records, "--reference", str(tmp_path / "reference.fa")))
    for row, info in zip(duplications, with_bases, strict=True):
        own = [entry for entry in listed(info) if entry.variation == int(row.variation)]
        assert [entry[4:] for entry in own] == [("1.000", "1.000", "1.000", "same")], row.variation
    for info in infos(annotated(tmp_path, snapshot, records)):
        assert ("CLNSV" in info) != (info.get("ANNSTATUS") == "clinvar_sv:unsupported")
