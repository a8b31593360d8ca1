from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pysam
import pytest

import annotator
from annotator.sources.clinvar.records import stars
from tests.support.clinvar_rows import STARS, clinvar_text, info_items, record_lines

FIELDS = {
    "CLNVID": "Integer",
    "ALLELEID": "Integer",
    "CLNSIG": "String",
    "CLNSIGCONF": "String",
    "CLNREVSTAT": "String",
    "CLNSTARS": "Integer",
    "CLNDN": "String",
    "CLNDISDB": "String",
    "CLNHGVS": "String",
    "CLNVC": "String",
    "MC": "String",
    "GENEINFO": "String",
    "ORIGIN": "String",
    "RS": "String",
    "ONC": "String",
    "ONCREVSTAT": "String",
    "ONCSTARS": "Integer",
    "ONCDN": "String",
    "ONCCONF": "String",
    "SCI": "String",
    "SCIREVSTAT": "String",
    "SCISTARS": "Integer",
    "SCIDN": "String",
    "CLNSIGINCL": "String",
    "CLNDNINCL": "String",
    "CLNMATCH": "String",
}

# BRAF V600: E and G are known, V600A (A>G) is not; the third row is a deletion that begins at the same base.
V600 = (
    "7 140753336 13961 A T ALLELEID=29000;CLNSIG=Pathogenic;CLNREVSTAT=reviewed_by_expert_panel"
    ";CLNDN=Melanoma|Lung_cancer;CLNDISDB=MONDO:1,MedGen:C1|MedGen:C2;RS=113488022;ONC=Oncogenic;ONCREVSTAT=criteria_provided,_multiple_submitters",
    "7 140753336 376069 A C ALLELEID=362948;CLNSIG=Likely_pathogenic",
    "7 140753336 376070 AC A ALLELEID=362949;CLNSIG=Benign;CLNREVSTAT=no_assertion_criteria_provided",
)


def annotated(folder: Path, clinvar: Sequence[str], records: Sequence[str]) -> Path:
    """Annotate records (CHROM, POS, REF and ALT, separated by spaces) with a ClinVar of these rows."""
    origin, query, output = folder / "clinvar.vcf", folder / "query.vcf", folder / "output.vcf"
    origin.write_text(clinvar_text(clinvar))
    annotator.build_snapshot(folder / "snapshot", "GRCh38", clinvar=origin)
    lines = [
        "##fileformat=VCFv4.2",
        "##contig=<ID=7,length=159345973>",
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]
    for record in records:
        chrom, position, ref, alt = record.split(" ")
        lines.append(f"{chrom}\t{position}\t.\t{ref}\t{alt}\t.\t.\t.")
    query.write_text("".join(f"{line}\n" for line in lines))
    annotator.annotate(query, output, snapshot=folder / "snapshot")
    return output


def info_of(output: Path) -> list[dict[str, str]]:
    return [info_items(columns[7]) for columns in record_lines(output)]


# --- stars


@pytest.mark.parametrize(("status", "expected"), STARS.items())
def test_every_review_status_has_its_stars(status: str, expected: str) -> None:
    assert str(stars(status)) == expected


def test_stars_are_written_for_germline_and_oncogenicity(tmp_path: Path) -> None:
    rows = [
        f"7 {position} {position} A T ALLELEID=1;CLNREVSTAT={status};ONCREVSTAT={status}"
        for position, status in enumerate(STARS, 1000)
    ]
    output = annotated(tmp_path, rows, [f"7 {position} A T" for position in range(1000, 1000 + len(STARS))])
    assert [info["CLNSTARS"] for info in info_of(output)] == list(STARS.values())
    assert [info["ONCSTARS"] for info in info_of(output)] == list(STARS.values())


def test_a_status_that_is_not_known_has_no_star() -> None:
    assert stars("something_ClinVar_will_write_one_day") == 0


def test_without_a_review_status_there_are_no_stars_which_is_not_zero(tmp_path: Path) -> None:
    assert stars(None) is None
    (info,) = info_of(annotated(tmp_path, V600, ["7 140753336 A C"]))
    assert info["CLNSIG"] == "Likely_pathogenic"
    assert not {"CLNREVSTAT", "CLNSTARS", "ONCREVSTAT", "ONCSTARS"} & info.keys()


# --- header


def test_every_field_is_declared_once_with_its_source_and_release(tmp_path: Path) -> None:
    output = annotated(tmp_path, V600, ["7 140753336 A T"])
    declared = [line for line in output.read_text().splitlines() if line.startswith("##INFO=")]
    assert len(declared) == len(FIELDS) + 1  # and ANNSTATUS
    for line, (key, kind) in zip(declared, FIELDS.items(), strict=False):
        assert line.startswith(f'##INFO=<ID={key},Number=A,Type={kind},Description="')
        assert line.endswith('",Source="ClinVar",Version="2026-02-26">')


def test_htslib_reads_one_value_per_alt_of_the_declared_type(tmp_path: Path) -> None:
    output = annotated(tmp_path, V600, ["7 140753336 A C,T"])
    with pysam.VariantFile(str(output)) as file:
        record = next(file)
        for key, kind in FIELDS.items():
            assert (file.header.info[key].number, file.header.info[key].type) == ("A", kind)
        assert record.info["CLNVID"] == (376069, 13961)
        assert record.info["ALLELEID"] == (362948, 29000)
        assert record.info["CLNSTARS"] == (None, 3)
        assert record.info["CLNREVSTAT"] == (".", "reviewed_by_expert_panel")
        assert record.info["ONCREVSTAT"] == (".", "criteria_provided%2C_multiple_submitters")
        assert record.info["CLNDISDB"] == (".", "MONDO:1%2CMedGen:C1|MedGen:C2")
        assert all(len(record.info[key]) == 2 for key in record.info if key in FIELDS)


# --- one value per ALT


@pytest.mark.parametrize(
    ("ref", "alts", "variations"),
    [
        ("A", "T", "13961"),
        ("A", "T,C", "13961,376069"),
        ("A", "C,T", "376069,13961"),
        ("A", "G,T", ".,13961"),
        ("A", "T,G", "13961,."),
        ("A", "*,T", ".,13961"),
        ("A", "T,<DEL>", "13961,."),
        ("A", "G,*,C,T", ".,.,376069,13961"),
        ("AC", "A", "376070"),
        ("AC", "TC,A,CC", "13961,376070,376069"),
        ("ACAT", "AAT,TCAT", "376070,13961"),
        ("AC", "TC,TG", "13961,."),
    ],
)
def test_each_alt_has_its_own_value_or_a_dot(ref: str, alts: str, variations: str, tmp_path: Path) -> None:
    (info,) = info_of(annotated(tmp_path, V600, [f"7 140753336 {ref} {alts}"]))
    assert info["CLNVID"] == variations
    for key in FIELDS.keys() & info.keys():
        values = info[key].split(",")
        assert len(values) == alts.count(",") + 1
        assert all(
            value == "."
            for value, variation in zip(values, variations.split(","), strict=True)
            if variation == "."
        )


def test_a_field_without_any_value_is_left_out(tmp_path: Path) -> None:
    (info,) = info_of(annotated(tmp_path, V600, ["7 140753336 A G,C"]))
    assert info == {
        "CLNVID": ".,376069",
        "ALLELEID": ".,362948",
        "CLNSIG": ".,Likely_pathogenic",
        "CLNMATCH": ".,exact",
    }


def test_an_unknown_allele_gets_nothing(tmp_path: Path) -> None:
    assert info_of(annotated(tmp_path, V600, ["7 140753336 A G", "7 140753337 A T", "7 1 A T"])) == [
        {},
        {},
        {},
    ]


def test_a_literal_comma_is_encoded_so_that_it_stays_one_value(tmp_path: Path) -> None:
    row = "7 500 1 A T ALLELEID=2;CLNSIG=Pathogenic,_low_penetrance;CLNREVSTAT=criteria_provided,_single_submitter"
    (info,) = info_of(annotated(tmp_path, [row], ["7 500 A G,T"]))
    assert info["CLNSIG"] == ".,Pathogenic%2C_low_penetrance"
    assert info["CLNREVSTAT"] == ".,criteria_provided%2C_single_submitter"
    assert info["CLNSTARS"] == ".,1"
