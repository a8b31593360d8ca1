"""CIViC's release on the other assembly, and releases of other years."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from annotator.sources.civic.knowledge import ExonEnd, Partner
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from tests.support.civic_content import PlacedRelease, placed_release
from tests.support.civic_release_rows import variants_by_id
from tests.support.references import KnownBases, mosaic_reference


@pytest.fixture(scope="module")
def release(shared_data: Path) -> PlacedRelease:
    return placed_release(shared_data / "civic/release-2024-08-01", Assembly.GRCH37)


@pytest.fixture(scope="module")
def release38(shared_data: Path) -> PlacedRelease:
    return placed_release(shared_data / "civic/release-2024-08-01", Assembly.GRCH38)


@pytest.fixture(scope="module")
def reference37(shared_data: Path) -> KnownBases:
    return KnownBases(mosaic_reference(shared_data, Assembly.GRCH37))


@pytest.fixture(scope="module")
def release2021(shared_data: Path) -> PlacedRelease:
    return placed_release(shared_data / "civic/release-2021-02", Assembly.GRCH37)


# The other assembly


def test_substitutions_with_an_expression_of_the_other_assembly_are_found_there(
    release38: PlacedRelease,
) -> None:
    counts = release38.counts
    assert (counts["variants by HGVS"], counts["variants by coordinates"], counts["alleles"]) == (85, 2, 87)
    assert counts["left out: variants on another assembly"] == 726
    names = {allele: record.variants[0].name for allele, record in release38.records.items()}
    assert names[AlleleKey("12", 25215520, "C", "T")] == "R164Q"
    assert names[AlleleKey("9", 130872895, "AC", "GT")] == "T315V"  # CIViC's own coordinates
    assert names[AlleleKey("3", 10142148, "CT", "GG")] == "L101G (c.301_302delinsGG)"
    assert names[AlleleKey("7", 55174776, "TTAAGAGAAGCAACATCT", "CAA")] == "L747_S752delinsQ"
    # Without a reference, an indel is put where the coordinates have it, as far as the substitutions around it tell.
    assert names[AlleleKey("3", 10142090, "GCGCGTCGT", "")] == "R82_V84del (c.243_251del)"
    assert sum(allele.is_indel for allele in names) == counts["indels"] == 35


def test_an_expression_that_contradicts_the_coordinates_is_not_believed(release38: PlacedRelease) -> None:
    # GNAS c.393T>C has T>C as its own bases, and an expression with C>T.
    assert 877 not in variants_by_id(release38)


def test_placed_alleles_have_the_bases_of_the_reference(
    release: PlacedRelease, release38: PlacedRelease, reference37: KnownBases, shared_data: Path
) -> None:
    checked = []
    for found, reference in (
        (release, reference37),
        (release38, mosaic_reference(shared_data, Assembly.GRCH38)),
    ):
        bases = [
            (
                allele.deleted,
                reference.bases(allele.contig, allele.start, allele.start + len(allele.deleted) - 1),
            )
            for allele in found.records
        ]
        known = [(ours, theirs) for ours, theirs in bases if theirs and "?" not in theirs]
        assert all(ours == theirs for ours, theirs in known)
        checked.append(len(known))
    assert checked[0] >= 60
    assert checked[1] >= 14


def test_with_a_reference_indels_are_left_aligned_and_one_allele_is_one_record(
    shared_data: Path, release: PlacedRelease, reference37: KnownBases
) -> None:
    aligned = placed_release(shared_data / "civic/release-2024-08-01", Assembly.GRCH37, reference37)
    # V769_D770insASV, inserted between 55249009 and 55249010, repeats the nine bases before it, and so does
    # A767_V769dupASV between 55249000 and 55249001.
    assert {
        # Without a sequence, as far to the left as CIViC's own alleles tell the bases.
        variant.id
        for variant in release.records[AlleleKey("7", 55249005, "", "GCGTGGCCA")].variants
    } == {736}
    together = [record.variants for record in aligned.records.values() if record.variants[0].id == 736]
    assert [[variant.name for variant in variants] for variants in together] == [
        ["V769_D770insASV", "A767_V769dupASV"]
    ]
    assert variants_by_id(aligned).keys() == variants_by_id(release).keys()


# The other generations


def test_the_release_of_2021_has_each_variant_as_its_own_profile(release2021: PlacedRelease) -> None:
    assert release2021.version == "nightly-2021-02-09"
    assert release2021.counts == {
        "variants": 1467,
        "variants by coordinates": 730,
        "variants by HGVS": 3,
        "positions confirmed by a second identifier": 620,
        "left out: variants with invalid coordinates": 1,
        "left out: variants without an allele": 733,
        "alleles": 724,
        "indels": 120,
        "indels with only some equivalent forms: the base before is unknown": 67,
        "indels with only some equivalent forms: the base after is unknown": 3,
        "indels with only some equivalent forms: the bases before and after are unknown": 15,
        "evidence items": 3706,
        "evidence items on profiles with one variant": 3706,
        "evidence items on variants with an allele": 1847,
        "assertions": 19,
        "assertions on profiles with one variant": 19,
        "assertions on variants with an allele": 13,
        "rows with surplus columns": 6,
    }
    (variant,) = release2021.records[AlleleKey("9", 5073770, "G", "T")].variants
    (profile,) = variant.profiles
    assert (profile.id, profile.name, profile.variant_ids) == (None, "JAK2 V617F", (64,))
    assert min(profile.evidence).significance == "Negative"


def test_rows_whose_links_are_separated_by_tabs_are_read(release2021: PlacedRelease) -> None:
    # The six such rows of 2021; the other three have no allele.
    assert {id_: variants_by_id(release2021)[id_].name for id_ in (12, 33, 563)} == {
        12: "V600E", 33: "L858R", 563: "V600K",
    }  # fmt: skip
    assert {item.id for item in variants_by_id(release2021)[12].profiles[0].assertions} == {7, 10, 20}


def test_the_columns_of_2026_are_read(tmp_path: Path, shared_data: Path) -> None:
    real = shared_data / "civic/release-2024-08-01"
    sample = shared_data / "civic/VariantSummaries-2026-08-01.sample.tsv"
    shutil.copy(sample, tmp_path / "01-Aug-2026-VariantSummaries.tsv")
    for old, new in (
        ("ClinicalEvidenceSummaries", "AcceptedClinicalEvidenceSummaries"),
        ("AssertionSummaries", "AcceptedAssertionSummaries"),
        ("MolecularProfileSummaries", "MolecularProfileSummaries"),
        ("GeneSummaries", "FeatureSummaries"),
    ):
        shutil.copy(real / f"01-Aug-2024-{old}.tsv", tmp_path / f"01-Aug-2026-{new}.tsv")
    release = placed_release(tmp_path, Assembly.GRCH37)
    assert release.version == "2026-08-01"
    assert {allele: record.variants[0].name for allele, record in release.records.items()} == {
        AlleleKey("2", 29443695, "G", "T"): "F1174L",
        AlleleKey("9", 5073770, "G", "T"): "V617F",
        AlleleKey("17", 41244646, "", "GA"): "P968FS",
        AlleleKey("3", 10183694, "G", ""): "E55RfsTer11 (c.163delG)",
        AlleleKey("3", 10183695, "", "A"): "A56fs (c.164_165insA)",  # c.164 is an A, too
        AlleleKey("3", 10191507, "G", "A"): "R167Q (c.500G>A)",
    }
    assert {record.variants[0].gene for record in release.records.values()} == {"ALK", "JAK2", "BRCA1", "VHL"}
    assert release.counts["left out: variants without an allele"] == 2
    assert release.counts["evidence items on variants with an allele"] == 35
    assert placed_release(tmp_path, Assembly.GRCH38).records.keys() == {
        AlleleKey("3", 10149823, "G", "A"),
        AlleleKey("3", 10142011, "", "A"),
    }
    fusion = release.knowledge.variants[514]
    assert (fusion.feature.kind, fusion.feature.name, fusion.name) == ("fusion", "RANBP2::ALK", "Fusion")
    assert fusion.feature.five_prime == Partner("known", "RANBP2")
    assert fusion.feature.three_prime == Partner("known", "ALK")
    assert fusion.exon_end == ExonEnd("ENST00000283195.6", 18)
    assert fusion.exon_start == ExonEnd("ENST00000389048.3", 20)
