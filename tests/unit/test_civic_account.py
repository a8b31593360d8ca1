"""Every part of a CIViC release is accounted for: evidence items, and variants without a position."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

import annotator
from annotator.snapshot.manifest import Manifest
from annotator.variants.assembly import Assembly
from tests.support.civic_releases import EVIDENCE, PROFILE, VARIANT, write_release
from tests.support.inputs import data_lines, info_of, run_annotator, write_vcf

GRCH37, GRCH38 = Assembly.GRCH37, Assembly.GRCH38
RELEASE = "civic/release-2024-08-01"
# What became of the evidence, of the release of 2021 and of that of 2024; the same in both assemblies.
CLOSING = {
    "release-2021-02": {
        "matched: exact": 1847,
        "matched: hgvs_g": 6,
        "matched: protein": 148,
        "matched: codon": 121,
        "matched: exon": 124,
        "matched: region": 47,
        "matched: gene": 397,
        "matched: structural variant": 495,  # 247 of them by names such as EML4-ALK and ALK FUSIONS
        "cannot be matched": 521,
    },
    "release-2024-08-01": {
        "matched: exact": 1702,
        "matched: hgvs_g": 13,
        "matched: caid": 1,
        "matched: protein": 230,
        "matched: codon": 129,
        "matched: exon": 133,
        "matched: region": 52,
        "matched: gene": 451,
        "matched: structural variant": 773,
        "matched: combination profile": 16,
        "cannot be matched": 873,
        "not used": 2,  # of two factors whose profiles are listed, but not they themselves
    },
}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def in_short(account: dict[str, int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for part, count in account.items():
        found[part if part.startswith("matched: ") else part.partition(":")[0]] += count
    return found


@pytest.mark.parametrize("assembly", Assembly)
@pytest.mark.parametrize("release", CLOSING)
def test_every_evidence_item_of_a_release_is_accounted_for(
    release: str, assembly: Assembly, shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "civic" / release
    manifest = annotator.build_snapshot(tmp_path / "snapshot", assembly, civic=folder)
    account = manifest.sources["civic"].account
    assert account is not None
    [evidence] = folder.glob("*-ClinicalEvidenceSummaries.tsv")
    assert sum(account.values()) == len(evidence.read_text(encoding="utf-8").rstrip("\n").split("\n")) - 1
    assert in_short(account) == CLOSING[release]


def test_variants_that_a_release_does_not_hold_are_a_warning_with_numbers(
    shared_data: Path, tmp_path: Path
) -> None:
    """As CIViC's own release of October 2024: evidence and profiles name variants that VariantSummaries lacks."""
    folder = tmp_path / "civic"
    shutil.copytree(shared_data / RELEASE, folder, copy_function=shutil.copyfile)
    folder.chmod(0o755)
    path = folder / "01-Aug-2024-VariantSummaries.tsv"
    rows = rows_of(path)
    dropped = {row["variant_id"] for row in rows if int(row["variant_id"]) % 10 == 2}
    header, *lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    kept = [line for line in lines if line.split("\t")[0] not in dropped]
    path.write_text("\n".join((header, *kept)) + "\n", encoding="utf-8")
    profiles = {
        row["molecular_profile_id"]
        for row in rows_of(folder / "01-Aug-2024-MolecularProfileSummaries.tsv")
        if dropped & set(row["variant_ids"].split(", "))
    }
    items = rows_of(folder / "01-Aug-2024-ClinicalEvidenceSummaries.tsv")
    lost = sum(item["molecular_profile_id"] in profiles for item in items) + 2  # two it never held
    assert lost > 424

    ran = run_annotator(
        "snapshot", "build", "--assembly", "GRCh38", "--civic", folder, "-o", tmp_path / "new"
    )
    assert ran.status == 0, ran.err
    said = f"WARNING: {lost} evidence items of CIViC cannot be used: the variant is not in the release"
    assert said in ran.err
    account = Manifest.read(tmp_path / "new").sources["civic"].account
    assert account is not None
    assert account["not used: the variant is not in the release"] == lost
    assert sum(account.values()) == len(items) == 4375
    source = write_vcf(tmp_path / "in.vcf", ["7\t140753336\t.\tA\tT\t.\t.\t."], contigs=("7",))
    annotated = run_annotator("annotate", source, "--snapshot", tmp_path / "new", "-o", tmp_path / "out.vcf")
    assert annotated.status == 0
    assert f"{lost} evidence items of CIViC cannot be used" in annotated.err
    told = run_annotator("snapshot", "info", tmp_path / "new").out.decode()
    assert f"not used: the variant is not in the release: {lost}" in told


def test_rows_and_profiles_that_cannot_be_used_are_accounted_for(tmp_path: Path) -> None:
    evidence = [
        EVIDENCE,
        EVIDENCE,  # again
        EVIDENCE | {"evidence_id": "8", "molecular_profile_id": "99"},
        EVIDENCE | {"evidence_id": "9", "molecular_profile_id": "N/A"},
        EVIDENCE | {"evidence_id": "n/a"},
        EVIDENCE | {"evidence_id": "10", "evidence_status": "submitted"},
        EVIDENCE | {"evidence_id": "11", "molecular_profile_id": "13"},
    ]
    odd = PROFILE | {"molecular_profile_id": "13", "name": "BRAF V600E AND OR", "variant_ids": "12, 12"}
    folder = write_release(tmp_path / "civic", [VARIANT], evidence, (), [PROFILE, odd])
    manifest = annotator.build_snapshot(tmp_path / "snapshot", GRCH37, civic=folder)
    stored = manifest.sources["civic"]
    assert stored.account == {
        "matched: exact": 1,
        "not used: the molecular profile is not in the release": 1,
        "not used: the molecular profile cannot be interpreted": 1,
        "not used: the row cannot be read": 1,
        "not used: the row has no molecular profile": 1,
        "not used: the row is a duplicate": 1,
        "not used: not accepted": 1,
    }
    assert len(stored.warnings) == 5
    assert Manifest.read(tmp_path / "snapshot") == manifest


# Bases 61,671,291 to 61,671,360 of chromosome 7 of GRCh37 are aligned to nothing; in GRCh38, 62,430,901 to 62,430,970.
IN_A_GAP = {"start": "61671300", "stop": "61671300"}


@pytest.mark.parametrize(
    ("facts", "unsupported", "absent"),
    [
        (
            IN_A_GAP,
            [(62430900, "A", "T"), (62430950, "A", "T"), (62430971, "A", "T")],
            [(62430950, "A", "C"), (62430950, "G", "T"), (62430899, "A", "T"), (62430973, "A", "T")],
        ),
        (
            IN_A_GAP | {"reference_bases": "AG", "variant_bases": "", "stop": "61671301"},
            [(62430950, "CAG", "C"), (62430950, "CGA", "C")],
            [(62430950, "CAC", "C"), (62430950, "C", "CAG"), (62430950, "A", "T")],
        ),
        (
            {"reference_build": "NCBI36", "start": "140099605", "stop": "140099605"},
            [(140753336, "A", "T")],
            [(140753336, "A", "C"), (125000000, "A", "T")],
        ),
        (  # seven bases at eight positions: 140,753,336 to 140,753,343
            {"reference_bases": "AAAAAAA", "variant_bases": "", "stop": "140453143"},
            [(140753340, "CTGTGTGT", "C"), (140753339, "CTGTGTGTG", "C")],
            [(140753340, "CTG", "C"), (140753340, "A", "T")],
        ),
        (  # a deletion whose bases CIViC does not state
            {"reference_bases": "", "variant_bases": "", "start": "", "stop": "", "chromosome": ""}
            | {"hgvs_descriptions": "NC_000007.13:g.140453136_140453137del"},
            [(140753335, "CAC", "C")],
            [(140753335, "CA", "C"), (140753335, "C", "CAC")],
        ),
    ],
    ids=["gap", "deletion in a gap", "other assembly", "contradictory", "without bases"],
)
def test_a_possible_unplaced_variant_is_not_absent(
    facts: dict[str, str],
    unsupported: list[tuple[int, str, str]],
    absent: list[tuple[int, str, str]],
    tmp_path: Path,
) -> None:
    folder = write_release(tmp_path / "civic", [VARIANT | facts], [EVIDENCE], (), [PROFILE])
    built = run_annotator(
        "snapshot", "build", "--assembly", "GRCh38", "--civic", folder, "-o", tmp_path / "new"
    )
    warning = "1 variant of CIViC with 1 evidence item could not be placed on GRCh38 (variant 12)"
    assert f"WARNING: {warning}" in built.err
    asked = sorted({*unsupported, *absent})
    lines = [f"7\t{start}\t.\t{ref}\t{alt}\t.\t.\t." for start, ref, alt in asked]
    source = write_vcf(tmp_path / "in.vcf", lines, contigs=("7",))
    output = tmp_path / "out.vcf"
    page = tmp_path / "out.html"
    ran = run_annotator(
        "annotate", source, "--snapshot", tmp_path / "new", "-o", output, "--status", "all", "--html", page
    )
    assert warning in ran.err
    assert warning in page.read_text()
    words = [info_of(line)["ANNSTATUS"] for line in data_lines(output.read_bytes())]
    assert words == ["civic:unsupported" if one in unsupported else "civic:absent" for one in asked]
    start, ref, alt = unsupported[0]
    explained = run_annotator(
        "explain", f"7:{start}:{ref}:{alt}", "--snapshot", tmp_path / "new"
    ).out.decode()
    assert "the allele may be BRAF" in explained
    assert warning in run_annotator("doctor", source, "--snapshot", tmp_path / "new").out.decode()
    assert warning in run_annotator("snapshot", "info", tmp_path / "new").out.decode()
    stored = json.loads((tmp_path / "new" / "manifest.json").read_text())["sources"]["civic"]
    assert warning in stored["warnings"][0]


def test_fusions_of_the_release_of_2021_are_found(shared_data: Path, tmp_path: Path) -> None:
    """It writes `EML4-ALK` and `ALK FUSIONS`, and NPM and ABL for genes that have other symbols since."""
    snapshot = tmp_path / "snapshot"
    annotator.build_snapshot(snapshot, GRCH37, civic=shared_data / "civic" / "release-2021-02")
    fusions = (
        ("EML4", "ALK"),
        ("ALK", "EML4"),
        ("BCR", "ABL1"),
        ("KMT2A", "MLLT3"),
        ("NKX2-1", "ALK"),
        ("HLA-A", "MET"),
    )
    source = write_vcf(
        tmp_path / "in.vcf",
        [
            f"2\t{1000 * number}\t.\tN\tN[2:29446394[\t.\t.\tSVTYPE=BND;GENEA={five};GENEB={three}"
            for number, (five, three) in enumerate(fusions, 1)
        ],
        contigs=("2",),
        assembly=GRCH37,
    )
    ran = run_annotator(
        "annotate", source, "-o", tmp_path / "out.vcf", "--snapshot", snapshot, "--civic-match", "gene"
    )
    assert ran.status == 0, ran.err
    found = [info_of(line).get("CIVIC_VID", "") for line in data_lines((tmp_path / "out.vcf").read_bytes())]
    assert found == ["5&499", "499", "1", "432", "499", ""]
