"""Indels that nobody left-aligned find their record by an expression on a transcript: from the tables, or online."""

from __future__ import annotations

import gzip
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import annotator
from annotator import Assembly
from tests.servers.base import RunningServer
from tests.servers.clinical_tables import application
from tests.support.clinvar_rows import ClinVarRow, info_items, record_lines
from tests.support.clinvar_service import Release, online, query_vcf, release_of
from tests.support.real_slices import (
    SLICES,
    Locus,
    has_plain_bases,
    is_pure_indel,
    room,
    shifted,
    without_places,
)

CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. '
    'Format: Allele|Consequence|HGVSc">',
)
FIELDS = ["ALLELEID", "CLNMATCH"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("transcripts")


@pytest.fixture(scope="module")
def release(shared_data: Path, folder: Path) -> Release:
    """Indels of BRCA2 that can stand elsewhere, and their neighbours."""
    start, stop, _ = SLICES["13"]
    return release_of(
        shared_data,
        folder,
        lambda row: row.chrom == "13" and start <= row.position <= stop and int(row.variation) % 3 == 0,
    )


@pytest.fixture(scope="module")
def coding(release: Release, folder: Path) -> dict[str, str]:
    """An expression on a transcript by VariationID, as the table has it."""
    assert release.rows
    found: dict[str, str] = {}
    with gzip.open(folder / "hgvs4variation.txt.gz", "rt") as file:
        for line in file:
            columns = line.rstrip("\r\n").split("\t")
            if columns[4:5] == ["coding"] and columns[6].startswith("NM_") and ":c." in columns[6]:
                found.setdefault(columns[2], columns[6])
    return found


@pytest.fixture(scope="module")
def moved(release: Release, coding: dict[str, str], shared_data: Path) -> list[tuple[ClinVarRow, str, str]]:
    """Rows with a record that stands two bases or more further right, and what CSQ says: of another version."""
    start, _, name = SLICES["13"]
    _, *lines = gzip.decompress((shared_data / "reference" / name).read_bytes()).decode().split("\n")
    locus = Locus(start, "".join(lines))
    found = []
    for row in release.rows[Assembly.GRCH38]:
        if not has_plain_bases(row) or not is_pure_indel(row) or row.variation not in coding:
            continue
        if (places := room(row, locus)) > 1:
            chrom, position, ref, (alt,), _ = shifted(row, locus, places)
            accession, _, change = coding[row.variation].partition(":")
            written = f"{accession.partition('.')[0]}.99:{change}"
            found.append((row, f"{chrom}\t{position}\t.\t{ref}\t{alt}", f"CSQ={alt[1:] or '-'}|x|{written}"))
    assert len(found) > 200
    return found


def matches(path: Path, moved: list[tuple[ClinVarRow, str, str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for (row, _, _), columns in zip(moved, record_lines(path), strict=True):
        info = info_items(columns[7])
        assert info.get("ALLELEID", row.allele_id) == row.allele_id
        counts[info.get("CLNMATCH", "none")] += 1
    return counts


def write(path: Path, moved: list[tuple[ClinVarRow, str, str]]) -> Path:
    return query_vcf(path, Assembly.GRCH38, ((*site.split("\t"), info) for _, site, info in moved), CSQ)


def _unplaced(vcf: Path, folder: Path) -> Path:
    """ClinVar's VCF with expressions from which no other place of an indel follows."""
    data = vcf.read_bytes()
    text = (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode()
    path = folder / "unplaced.vcf"
    path.write_text(without_places(text))
    return path


def test_the_tables_beside_the_vcf_lead_from_a_transcript_to_the_record(
    release: Release, folder: Path, moved: list[tuple[ClinVarRow, str, str]], tmp_path: Path
) -> None:
    vcf = release.vcf[Assembly.GRCH38]
    query = write(tmp_path / "q.vcf", moved)
    annotator.build_snapshot(tmp_path / "placed", Assembly.GRCH38, clinvar=vcf)
    annotator.annotate(query, tmp_path / "o.vcf", snapshot=tmp_path / "placed", fields=FIELDS)
    assert matches(tmp_path / "o.vcf", moved) == {"exact": len(moved)}
    vcf = _unplaced(vcf, tmp_path)
    annotator.build_snapshot(tmp_path / "without", Assembly.GRCH38, clinvar=vcf)
    annotator.build_snapshot(tmp_path / "with", Assembly.GRCH38, clinvar=vcf, clinvar_tables=folder)
    annotator.annotate(query, tmp_path / "o.vcf", snapshot=tmp_path / "without", fields=FIELDS)
    # Of the others, the bases of the two records prove that they are one allele.
    proved = matches(tmp_path / "o.vcf", moved)["exact"]
    assert matches(tmp_path / "o.vcf", moved) == {"none": len(moved) - proved, "exact": proved}
    assert proved < len(moved) / 2
    annotator.annotate(query, tmp_path / "o.vcf", snapshot=tmp_path / "with", fields=FIELDS)
    assert matches(tmp_path / "o.vcf", moved) == {"hgvs_c": len(moved) - proved, "exact": proved}


def test_an_expression_of_another_allele_leads_nowhere(
    release: Release, folder: Path, moved: list[tuple[ClinVarRow, str, str]], tmp_path: Path
) -> None:
    """Each record says what is the next one's, which is of another length or kind."""
    vcf = _unplaced(release.vcf[Assembly.GRCH38], tmp_path)
    annotator.build_snapshot(tmp_path / "s", Assembly.GRCH38, clinvar=vcf, clinvar_tables=folder)
    swapped = [
        (row, site, f"CSQ={site.split(chr(9))[4][1:] or '-'}|x|{info.rpartition('|')[2]}")
        for (row, site, _), (other, _, info) in itertools.pairwise(moved)
        if len(row.ref) - len(row.alt) != len(other.ref) - len(other.alt)
    ]
    assert len(swapped) > 100
    annotator.annotate(
        write(tmp_path / "q.vcf", swapped), tmp_path / "o.vcf", snapshot=tmp_path / "s", fields=FIELDS
    )
    counts = matches(tmp_path / "o.vcf", swapped)
    assert set(counts) == {"none", "exact"}  # exact by their bases, and never by the expression
    assert counts["none"] > len(swapped) / 2


@pytest.fixture
def server(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))
    with RunningServer(application(release.index)) as running:
        yield running


def test_the_service_leads_from_a_transcript_of_another_version_to_the_record(
    server: RunningServer, moved: list[tuple[ClinVarRow, str, str]], tmp_path: Path
) -> None:
    """By RefSeqID and NucleotideChange, which are those of the transcript that names the variant."""
    query = write(tmp_path / "q.vcf", moved)
    report = annotator.annotate(query, tmp_path / "o.vcf", online=online(server), fields=FIELDS)
    counts = matches(tmp_path / "o.vcf", moved)
    assert counts["hgvs_c"] > 100
    assert set(counts) <= {"hgvs_c", "none"}
    answers = report.summary.answers["clinvar"]
    assert answers["absent"] == answers["failed"] == 0
