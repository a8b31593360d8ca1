"""What `build_snapshot` makes of ClinVar's VCF: which files it takes, what it keeps of each row, what it leaves out."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pysam
import pytest

import annotator
from annotator import Assembly, Found, Match, Snapshot, Unsupported
from annotator.errors import KnowledgeBaseError
from annotator.sources.clinvar.records import ClinVarRecord
from tests.support.clinvar_rows import ClinVarRow, clinvar_rows, clinvar_text, info_items, record_lines

INFO_KEYS = {
    "classification": "CLNSIG",
    "conflicting": "CLNSIGCONF",
    "review_status": "CLNREVSTAT",
    "variant_type": "CLNVC",
    "consequences": "MC",
    "origin": "ORIGIN",
    "diseases": "CLNDN",
    "disease_ids": "CLNDISDB",
    "genes": "GENEINFO",
    "oncogenicity": "ONC",
    "oncogenicity_review_status": "ONCREVSTAT",
    "oncogenicity_diseases": "ONCDN",
    "oncogenicity_conflicting": "ONCCONF",
    "impact": "SCI",
    "impact_review_status": "SCIREVSTAT",
    "impact_diseases": "SCIDN",
    "included": "CLNSIGINCL",
    "included_diseases": "CLNDNINCL",
    "rsid": "RS",
    "hgvs": "CLNHGVS",
}
"""INFO key of ClinVar's by the attribute of ClinVarRecord."""

OTHER = {
    "bcbio_cwl.clinvar.hg19.vcf.gz": (Assembly.GRCH37, "2017-09-05"),
    "ensembl-vep.clinvar-testset.vcf.gz": (Assembly.GRCH38, "2021-10-25"),
    "exomiser.clinvar-test.grch37.vcf.gz": (Assembly.GRCH37, "2023-07-10"),
    "ncbi_clinvar_sample_somatic.vcf": (Assembly.GRCH37, "2023-10-02"),
    "slivar.clinvar_20191007.vcf.gz": (Assembly.GRCH37, "2019-10-07"),
}
"""Assembly and release of real files."""

COUNTS = {
    "bcbio_cwl.clinvar.hg19.vcf.gz": {"records": 473, "left out: same_as_reference": 1, "alleles": 472},
    "ensembl-vep.clinvar-testset.vcf.gz": {"records": 50, "alleles": 50},
    "exomiser.clinvar-test.grch37.vcf.gz": {"records": 2_000, "left out: missing": 1, "alleles": 1_999},
    "ncbi_clinvar_sample_somatic.vcf": {"records": 2, "alleles": 2},
    "slivar.clinvar_20191007.vcf.gz": {"records": 72, "alleles": 72},
}

ROW = "13 32340300 9325 GT G ALLELEID=24364;CLNSIG=Pathogenic;CLNREVSTAT=reviewed_by_expert_panel"


def built(folder: Path, text: str | bytes, assembly: str = "GRCh38", name: str = "clinvar.vcf") -> Snapshot:
    origin = folder / name
    origin.write_bytes(text.encode() if isinstance(text, str) else text)
    target = folder / f"{name}.snapshot"
    annotator.build_snapshot(target, assembly, clinvar=origin)
    return Snapshot.open(target)


def counts_of(snapshot: Snapshot) -> dict[str, int]:
    return snapshot.manifest.sources["clinvar"].counts


def record_of(snapshot: Snapshot, chrom: str, position: int, ref: str, alt: str) -> ClinVarRecord:
    answer = snapshot.lookup(chrom, position, ref, alt)["clinvar"]
    assert isinstance(answer, Found), answer
    assert answer.match is Match.EXACT
    record: ClinVarRecord = answer.record
    return record


def error_of(
    folder: Path, text: str | bytes, assembly: str = "GRCh38", name: str = "clinvar.vcf"
) -> KnowledgeBaseError:
    """Give the error with which a file is refused; nothing may be left of the snapshot."""
    with pytest.raises(KnowledgeBaseError) as caught:
        built(folder, text, assembly, name)
    assert caught.value.path == str(folder / name)
    assert caught.value.remedy is not None
    assert [path.name for path in folder.iterdir()] == [name]
    return caught.value


# --- real files


@pytest.mark.parametrize("name", OTHER)
def test_every_field_of_a_record_equals_the_file(name: str, shared_data: Path, tmp_path: Path) -> None:
    origin = shared_data / "clinvar" / "other" / name
    assembly, date = OTHER[name]
    manifest = annotator.build_snapshot(tmp_path / "snapshot", assembly, clinvar=origin)
    snapshot = Snapshot.open(tmp_path / "snapshot")
    assert snapshot.releases["clinvar"].version == date
    assert manifest.sources["clinvar"].counts == COUNTS[name]
    outcomes: Counter[str] = Counter()
    for row in clinvar_rows(origin):
        answer = snapshot.lookup(row.chrom, row.position, row.ref, row.alt)["clinvar"]
        if isinstance(answer, Unsupported):
            outcomes[f"left out: {answer.reason}"] += 1
            continue
        assert isinstance(answer, Found)
        assert answer.record == expected_record(row), row
        outcomes["alleles"] += 1
    assert outcomes | {"records": outcomes.total()} == COUNTS[name]


def expected_record(row: ClinVarRow) -> ClinVarRecord:
    facts = {attribute: unquote(row.info[key]) for attribute, key in INFO_KEYS.items() if key in row.info}
    return ClinVarRecord(variation_id=int(row.variation), allele_id=int(row.allele_id), **facts)


def test_the_attributes_of_a_record_are_all_compared() -> None:
    assert {"variation_id", "allele_id", *INFO_KEYS} == set(ClinVarRecord._fields)


def test_ncbis_sample_has_oncogenicity_and_somatic_impact(shared_data: Path, tmp_path: Path) -> None:
    text = (shared_data / "clinvar" / "other" / "ncbi_clinvar_sample_somatic.vcf").read_text()
    snapshot = built(tmp_path, text, "GRCh37")
    egfr = record_of(snapshot, "chr7", 55249071, "C", "T")
    assert (egfr.classification, egfr.review_status, egfr.diseases) == (None, None, None)
    assert (egfr.oncogenicity, egfr.oncogenicity_review_status) == (None, None)
    assert egfr.impact is not None
    assert egfr.impact_review_status == "criteria_provided,_multiple_submitters"
    kras = record_of(snapshot, "chr12", 25398285, "C", "A")
    assert kras.classification == "Pathogenic"
    assert kras.oncogenicity is not None
    assert kras.oncogenicity_review_status is not None


def test_both_vocabularies_of_review_status_and_conflict_are_kept_as_they_are(
    shared_data: Path, tmp_path: Path
) -> None:
    """ClinVar renamed interpretations to classifications in 2024; the file of 2023 has the old words."""
    words = ("Conflicting_classifications_of_pathogenicity", "criteria_provided,_conflicting_classifications")
    new = f"1 1000 1 A T ALLELEID=1;CLNSIG={words[0]};CLNREVSTAT={words[1]}"
    record = record_of(built(tmp_path, clinvar_text([new])), "1", 1000, "A", "T")
    assert (record.classification, record.review_status) == words
    old = shared_data / "clinvar" / "other" / "exomiser.clinvar-test.grch37.vcf.gz"
    snapshot = built(tmp_path, old.read_bytes(), "GRCh37", "old.vcf.gz")
    rows = [row for row in clinvar_rows(old) if "CLNSIGCONF" in row.info]
    assert len(rows) == 25
    for row in rows:
        record = record_of(snapshot, row.chrom, row.position, row.ref, row.alt)
        assert record.classification == "Conflicting_interpretations_of_pathogenicity"
        assert record.review_status == "criteria_provided,_conflicting_interpretations"


# --- what is refused


@pytest.mark.parametrize(
    ("name", "assembly"),
    [
        ("clinvar_20170404.GRCh37.v1_dbsnp.vcf.gz", "GRCh37"),
        ("clinvar_20170404.GRCh38.DERIVED_liftover.vcf.gz", "GRCh38"),
    ],
)
def test_the_layout_before_october_2017_is_refused(
    name: str, assembly: str, shared_data: Path, tmp_path: Path
) -> None:
    with pytest.raises(KnowledgeBaseError) as caught:
        annotator.build_snapshot(tmp_path / "snapshot", assembly, clinvar=shared_data / "clinvar" / name)
    assert "before October 2017" in caught.value.what
    assert "recognised by INFO CLNDBN" in caught.value.what
    assert "October 2017 or later" in str(caught.value.remedy)
    assert list(tmp_path.iterdir()) == []


def test_the_old_layout_is_recognised_by_its_keys(tmp_path: Path) -> None:
    """Both have CLNHGVS, CLNREVSTAT and CLNSIG."""
    keys = ("CLNALLE", "CLNHGVS", "CLNSRC", "CLNREVSTAT", "CLNSIG", "CLNACC", "ALLELEID")
    error = error_of(tmp_path, clinvar_text([ROW], keys=keys))
    assert "recognised by INFO CLNALLE and CLNSRC and CLNACC" in error.what


def test_a_vcf_that_is_not_clinvars_is_refused(shared_data: Path, tmp_path: Path) -> None:
    real = sorted((shared_data / "vcf" / "real" / "samtools+bcftools").rglob("*.vcf"))[0]
    assert (
        "the file is not ClinVar's VCF: the header does not declare INFO ALLELEID"
        in error_of(tmp_path, real.read_bytes()).what
    )


def test_a_vcf_that_was_only_annotated_with_clinvar_is_refused(tmp_path: Path) -> None:
    error = error_of(tmp_path, clinvar_text([ROW], keys=("CLNSIG", "CLNREVSTAT")))
    assert "does not declare INFO ALLELEID, CLNHGVS" in error.what


@pytest.mark.parametrize(
    "text",
    ["", "not a VCF\n", "AlleleID\tType\n1\tDeletion\n", "##fileformat=VCFv4.1\n##fileDate=2026-02-26\n"],
)
def test_a_file_that_is_no_vcf_is_refused(text: str, tmp_path: Path) -> None:
    error_of(tmp_path, text)


def test_a_file_without_records_is_refused(tmp_path: Path) -> None:
    assert "no records" in error_of(tmp_path, clinvar_text([])).what


def test_a_file_with_reference_alleles_only_is_refused(tmp_path: Path) -> None:
    assert "the file has no record with an allele" in str(caught_without_alleles(tmp_path))


def caught_without_alleles(folder: Path) -> KnowledgeBaseError:
    with pytest.raises(KnowledgeBaseError) as caught:
        built(folder, clinvar_text([ROW.replace("GT G", "GT .")]))
    return caught.value


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeBaseError, match="no-such-file"):
        annotator.build_snapshot(tmp_path / "snapshot", "GRCh38", clinvar=tmp_path / "no-such-file.vcf.gz")


@pytest.mark.parametrize(("stated", "written"), [("GRCh38", "GRCh37"), ("GRCh37", "GRCh38")])
def test_another_assembly_is_refused(stated: str, written: str, tmp_path: Path) -> None:
    error = error_of(tmp_path, clinvar_text([ROW], reference=written), stated)
    assert error.what == f"the file is on {written} (##reference={written}), but the snapshot is for {stated}"


def test_a_file_that_does_not_name_its_assembly_is_taken_at_its_word(tmp_path: Path) -> None:
    snapshot = built(tmp_path, clinvar_text([ROW], reference=None), "GRCh37")
    assert record_of(snapshot, "13", 32340300, "GT", "G").variation_id == 9325


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_a_file_without_its_date_has_no_release_and_is_refused(date: str | None, tmp_path: Path) -> None:
    assert "##fileDate" in error_of(tmp_path, clinvar_text([ROW], date=date)).what


@pytest.mark.parametrize("date", ["2026-02-26", "20260226"])
def test_the_release_is_the_date_of_the_file(date: str, tmp_path: Path) -> None:
    release = built(tmp_path, clinvar_text([ROW], date=date)).releases["clinvar"]
    assert (release.version, release.assembly, release.source) == ("2026-02-26", "GRCh38", "clinvar-snapshot")


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("13 32340300 rs80359550 GT G ALLELEID=24364", "rs80359550"),
        ("13 x 9325 GT G ALLELEID=24364", "'x'"),
        ("13 32340300 9325 GT ALLELEID=24364", "columns"),
    ],
)
def test_a_malformed_row_is_an_error_that_names_the_line(row: str, word: str, tmp_path: Path) -> None:
    text = clinvar_text([ROW, row])
    error = error_of(tmp_path, text)
    assert word in error.what
    assert error.line == text.count("\n")


# --- compression and line ends


def numbered_rows(number: int) -> list[str]:
    rows = []
    for n in range(1, number + 1):
        info = f"ALLELEID={n + 15};CLNSIG=Benign;CLNHGVS=NC_1.1:g.{1000 + n}A>C;RS={n}"
        rows.append(f"{1 + n % 22} {1000 + n} {n} A {'CGT'[n % 3]} {info}")
    return rows


def bgzipped(data: bytes, folder: Path) -> bytes:
    plain, packed = folder / "plain", folder / "packed"
    plain.write_bytes(data)
    pysam.tabix_compress(str(plain), str(packed), force=True)
    result = packed.read_bytes()
    plain.unlink()
    packed.unlink()
    return result


def test_plain_gzip_bgzf_and_crlf_give_the_same_store(tmp_path: Path) -> None:
    text = clinvar_text(numbered_rows(3_000)).encode()
    forms = {
        "plain.vcf": text,
        "gzip.vcf.gz": gzip.compress(text),
        "bgzf.vcf.gz": bgzipped(text, tmp_path),
        "windows.vcf": text.replace(b"\n", b"\r\n"),
        "windows.vcf.gz": gzip.compress(text.replace(b"\n", b"\r\n")),
        "unfinished.vcf": text.removesuffix(b"\n"),
    }
    snapshots = [built(tmp_path, data, name=name) for name, data in forms.items()]
    stores = {(snapshot.path / "clinvar.store").read_bytes() for snapshot in snapshots}
    assert len(stores) == 1
    assert all(counts_of(snapshot) == {"records": 3_000, "alleles": 3_000} for snapshot in snapshots)
    assert len({snapshot.releases["clinvar"].sha256 for snapshot in snapshots}) == len(forms)


def test_windows_line_ends_stay_out_of_the_last_value(tmp_path: Path) -> None:
    text = clinvar_text(["13 100 7 A T CLNSIG=Benign;ALLELEID=8;RS=9"]).replace("\n", "\r\n")
    record = record_of(built(tmp_path, text), "13", 100, "A", "T")
    assert record == ClinVarRecord(7, 8, classification="Benign", rsid="9")


@pytest.mark.parametrize("compressed", [gzip.compress, bgzipped], ids=["gzip", "bgzf"])
@pytest.mark.parametrize("kept", [0.3, 0.9, -28, -1])
def test_a_file_cut_off_is_refused_wherever_it_is_cut(
    compressed: Callable[..., bytes], kept: float, tmp_path: Path
) -> None:
    text = clinvar_text(numbered_rows(20_000)).encode()
    data = compressed(text, tmp_path) if compressed is bgzipped else compressed(text)
    error_of(tmp_path, data[: int(kept * len(data)) if kept > 0 else int(kept)], name="clinvar.vcf.gz")


def test_a_damaged_byte_is_refused(tmp_path: Path) -> None:
    data = bytearray(bgzipped(clinvar_text(numbered_rows(2_000)).encode(), tmp_path))
    data[len(data) // 2] ^= 0x55
    error_of(tmp_path, bytes(data), name="clinvar.vcf.gz")


def test_the_number_of_workers_does_not_change_a_byte(tmp_path: Path) -> None:
    duplicates = ["7 5 1 A T ALLELEID=1", "7 5 2 A T ALLELEID=2;CLNREVSTAT=practice_guideline"]
    rows = [duplicates[0], *numbered_rows(30_000), duplicates[1]]
    origin = tmp_path / "clinvar.vcf"
    origin.write_text(clinvar_text(rows))
    for threads in (1, 2):
        annotator.build_snapshot(tmp_path / f"by{threads}", "GRCh38", clinvar=origin, threads=threads)
    for name in ("manifest.json", "clinvar.store"):
        assert (tmp_path / "by1" / name).read_bytes() == (tmp_path / "by2" / name).read_bytes()


# --- values


def test_percent_encoding_is_decoded_in_the_record_and_encoded_again_in_info(tmp_path: Path) -> None:
    row = (
        "13 32332592 5 A T ALLELEID=6;CLNHGVS=NC_000013.11:g.32332592%3D;CLNDN=t(12%3B21)%2B_50%25_risk|a%20b"
        ";CLNDISDB=MedGen:C1%2C2,OMIM:3;GENEINFO=50%_A:1"
    )
    snapshot = built(tmp_path, clinvar_text([row]))
    record = record_of(snapshot, "13", 32332592, "A", "T")
    assert record.hgvs == "NC_000013.11:g.32332592="
    assert record.diseases == "t(12;21)+_50%_risk|a b"
    assert record.disease_ids == "MedGen:C1,2,OMIM:3"
    assert record.genes == "50%_A:1"
    query = tmp_path / "query.vcf"
    query.write_text(clinvar_text(["13 32332592 . A T ."], keys=()))
    annotator.annotate(query, tmp_path / "output.vcf", snapshot=snapshot.path)
    (columns,) = record_lines(tmp_path / "output.vcf")
    info = info_items(columns[7])
    assert info["CLNHGVS"] == "NC_000013.11:g.32332592%3D"
    assert info["CLNDN"] == "t(12%3B21)+_50%25_risk|a_b"
    assert info["CLNDISDB"] == "MedGen:C1%2C2%2COMIM:3"
    assert info["GENEINFO"] == "50%25_A:1"


@pytest.mark.parametrize("character", ["\t", "\n", "\r", ";", "=", ",", "|", "@", "é"])
def test_any_character_may_be_encoded(character: str, tmp_path: Path) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in character.encode())
    row = f"13 100 5 A T ALLELEID=6;CLNDN=one{encoded}two;CLNDISDB={encoded};GENEINFO=A:1;CLNHGVS=g.{encoded}5del"
    record = record_of(built(tmp_path, clinvar_text([row])), "13", 100, "A", "T")
    assert record == ClinVarRecord(
        5, 6, diseases=f"one{character}two", disease_ids=character, genes="A:1", hgvs=f"g.{character}5del"
    )


def test_flags_and_keys_that_are_not_used_do_no_harm(tmp_path: Path) -> None:
    row = "13 100 5 A T SOMEFLAG;ALLELEID=6;CLNVI=ClinGen:CA1|OMIM:2;NEWKEY=a=b;ORIGIN=1"
    record = record_of(built(tmp_path, clinvar_text([row])), "13", 100, "A", "T")
    assert record == ClinVarRecord(5, 6, origin="1")


def test_a_record_may_be_empty(tmp_path: Path) -> None:
    record = record_of(built(tmp_path, clinvar_text(["13 100 5 A T ."])), "13", 100, "A", "T")
    assert record == ClinVarRecord(5)


# --- rows that have no allele, or another row's


def test_rows_without_an_allele_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        ROW,
        "13 32332592 125934 A . ALLELEID=1;CLNHGVS=NC_000013.11:g.32332592%3D",
        "13 32332593 125935 C C ALLELEID=2",
        "13 32332594 125936 C <DEL> ALLELEID=3",
        "13 32332594 125937 C * ALLELEID=4",
        "HLA-A 1 125938 C T ALLELEID=5",
        "GL000191.1 1 125939 C T ALLELEID=6",  # of GRCh37
        "GL000220.1 1 125940 C T ALLELEID=7",  # a scaffold of GRCh38
    ]
    snapshot = built(tmp_path, clinvar_text(rows))
    assert counts_of(snapshot) == {
        "records": 8,
        "left out: missing": 1,
        "left out: same_as_reference": 1,
        "left out: symbolic": 1,
        "left out: spanning_deletion": 1,
        "left out: unknown_contig": 2,
        "alleles": 2,
        "indels with only some equivalent forms: no genomic HGVS expression": 1,
    }


def test_of_rows_with_one_allele_the_better_reviewed_is_kept_and_the_rest_counted(tmp_path: Path) -> None:
    rows = [
        "13 100 30 A T ALLELEID=1;CLNREVSTAT=criteria_provided,_single_submitter",
        "13 100 20 A T ALLELEID=2;CLNREVSTAT=reviewed_by_expert_panel",
        "13 100 10 A T ALLELEID=3",
        "13 99 5 CA CT ALLELEID=4",
        "13 100 40 A C ALLELEID=5",
    ]
    snapshot = built(tmp_path, clinvar_text(rows))
    assert counts_of(snapshot) == {"records": 5, "alleles": 2, "left out: allele has another record": 3}
    assert record_of(snapshot, "13", 100, "A", "T").variation_id == 20
    assert record_of(snapshot, "13", 100, "A", "C").variation_id == 40


def test_rows_may_come_in_any_order_and_under_any_name_of_their_contig(tmp_path: Path) -> None:
    rows = [
        "X 500 1 A T ALLELEID=1",
        "chr2 500 2 A T ALLELEID=2",
        "NC_000002.12 400 3 A T ALLELEID=3",
        "chrM 263 4 A G ALLELEID=4",
        "NW_009646201.1 83614 5 TC T ALLELEID=5",
        "1 900 6 A T ALLELEID=6",
    ]
    snapshot = built(tmp_path, clinvar_text(rows))
    places = [("chrX", 500, "A", "T"), ("2", 500, "A", "T"), ("2", 400, "A", "T"), ("MT", 263, "A", "G")]
    places += [("NW_009646201.1", 83614, "TC", "T"), ("NC_000001.11", 900, "A", "T")]
    assert [record_of(snapshot, *place).variation_id for place in places] == [1, 2, 3, 4, 5, 6]
