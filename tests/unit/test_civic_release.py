from __future__ import annotations

import hashlib
import re
import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.errors import KnowledgeBaseError
from annotator.snapshot.build import build_snapshot
from annotator.snapshot.manifest import Manifest
from annotator.sources.civic.knowledge import ExonEnd, Partner
from annotator.sources.civic.records import CivicVariant
from annotator.variants.allele import AlleleKey, key_of
from annotator.variants.assembly import Assembly
from tests.support.civic_content import PlacedRelease, placed_release
from tests.support.civic_releases import (
    ASSERTION,
    COLUMNS,
    EVIDENCE,
    VARIANT,
    write_release,
    write_table,
)
from tests.support.references import KnownBases, mosaic_reference

Write = Callable[..., Path]


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


def read_rows(path: Path) -> list[dict[str, str]]:
    header, *lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    return [dict(zip(header.split("\t"), line.split("\t"), strict=False)) for line in lines]


def alleles_of(folder: Path, assembly: Assembly, facts: dict[str, str]) -> list[tuple[int, str, str]]:
    """Alleles of one variant that differs from BRAF V600E in the given columns."""
    release = placed_release(write_release(folder, [VARIANT | facts]), assembly)
    return sorted(allele[1:] for allele in release.records)


def variants_by_id(release: PlacedRelease) -> dict[int, CivicVariant]:
    return {variant.id: variant for record in release.records.values() for variant in record.variants}


def evidence_ids(variant: CivicVariant) -> set[int]:
    return {item.id for profile in variant.profiles for item in profile.evidence}


# The release of 2024-08-01


def test_a_monthly_release_is_named_by_its_date_and_its_files_checksum(
    release: PlacedRelease, shared_data: Path
) -> None:
    folder = shared_data / "civic/release-2024-08-01"
    used = [f"01-Aug-2024-{name}.tsv" for name in sorted(COLUMNS)]
    used.sort()
    listing = "".join(
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in used
    )
    assert release.version == "2024-08-01"
    assert release.sha256 == hashlib.sha256(listing.encode()).hexdigest()


def test_counts_of_the_real_release_say_where_every_variant_and_item_went(release: PlacedRelease) -> None:
    assert release.counts == {
        "variants": 1717,
        "variants by coordinates": 809,
        "variants by HGVS": 3,
        "positions confirmed by a second identifier": 675,
        "left out: variants on another assembly": 2,
        "left out: variants with invalid coordinates": 2,
        "left out: variants without an allele": 901,
        "alleles": 808,
        "indels": 131,
        "indels with only some equivalent forms: the base before is unknown": 70,
        "indels with only some equivalent forms: the base after is unknown": 6,
        "indels with only some equivalent forms: the bases before and after are unknown": 18,
        "evidence items": 4375,
        "evidence items on profiles with one variant": 3962,
        "evidence items on combination profiles or profiles without a variant": 413,
        "evidence items on variants with an allele": 1698,
        "assertions": 66,
        "assertions on profiles with one variant": 65,
        "assertions on variants with an allele": 15,
        "left out: assertions without a molecular profile": 1,
        "combination profiles and profiles without a variant": 120,
    }


def test_the_manifest_says_of_each_variant_how_it_was_placed_or_why_not(
    shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "civic/release-2024-08-01"
    made = build_snapshot(tmp_path / "snapshot", "GRCh38", civic=folder).sources["civic"]
    placed = Manifest.read(tmp_path / "snapshot").sources["civic"].placed
    assert placed == made.placed is not None
    numbers = {way: list(map(int, text.split())) for way, text in placed.items()}
    assert {way: len(variants) for way, variants in numbers.items()} == {
        "HGVS": 85, "coordinates": 2, "liftover": 727, "none: with invalid coordinates": 2,
        "none: without an allele": 901,
    }  # fmt: skip
    every = sorted(number for variants in numbers.values() for number in variants)
    rows = read_rows(folder / "01-Aug-2024-VariantSummaries.tsv")
    assert every == sorted(int(row["variant_id"]) for row in rows)
    assert all(variants == sorted(variants) for variants in numbers.values())


def test_the_814_allele_resolved_variants_are_placed_but_for_four_that_cannot_be(
    release: PlacedRelease, shared_data: Path
) -> None:
    rows = read_rows(shared_data / "civic/release-2024-08-01/01-Aug-2024-VariantSummaries.tsv")
    resolved = {
        int(row["variant_id"]): row
        for row in rows
        if row["chromosome"] and row["start"] and (row["reference_bases"] or row["variant_bases"])
    }
    assert len(resolved) == 814
    assert round(100 * len(resolved) / len(rows), 1) == 47.4
    placed = variants_by_id(release)
    # One without bases, and one without a contig, have one genomic expression.
    assert {id_: placed[id_].name for id_ in placed.keys() - resolved.keys()} == {
        497: "S310F/Y",
        1770: "N150fs (c.449del)",
    }
    assert {id_: row["variant"] for id_, row in resolved.items() if id_ not in placed} == {
        257: "Intron 6 Mutation",  # C>C
        2097: "G93_Y98del (c.275_292del)",  # 17 bases at 18 positions
        2416: "K28M",  # GRCh38
        2885: "T315V",  # GRCh38
    }
    # Without an assembly, but with a transcript of Ensembl 75: GRCh37.
    assert release.records[AlleleKey("18", 657646, "C", "T")].variants[0].name == "RS34743033"
    assert release.records[AlleleKey("4", 55592201, "", "TTTGCATTT")].variants[0].name == "F506_F508DUP"
    # A duplication written as the deletion of one base at two positions: its expression tells.
    assert release.records[AlleleKey("3", 10183692, "", "T")].variants[0].name == "M54fs (c.161dup)"
    # All 814 have 1,703 items, of which six are of those four, and one is of "NOT KIT D816V".
    evidence = read_rows(shared_data / "civic/release-2024-08-01/01-Aug-2024-ClinicalEvidenceSummaries.tsv")
    missing = {
        row["single_variant_molecular_profile_id"] for id_, row in resolved.items() if id_ not in placed
    }
    items = evidence_ids(placed[497]) | evidence_ids(placed[1770])
    assert sum(row["molecular_profile_id"] in missing for row in evidence) == 1703 - 1698 - 1 + len(items)


def test_alleles_that_several_variants_share_keep_them_all(release: PlacedRelease) -> None:
    shared = {
        allele: [variant.name for variant in record.variants]
        for allele, record in release.records.items()
        if len(record.variants) > 1
    }
    assert shared == {
        AlleleKey("17", 37881012, "", "GGCTCCCCA"): ["P780INS", "G778_P780DUP"],
        # VHL, c.160 on: ATG GAG GCC. The G is put before or behind another G.
        AlleleKey("3", 10183696, "", "G"): ["A56FS (c.164_165insG)", "A56fs (c.166dup)"],
        # VHL, c.241 on: CCG CGC GTC GTG. The ten bases from c.243 begin and end with G.
        AlleleKey("3", 10183774, "GCGCGTCGT", ""): ["R82_V84del (c.243_251del)", "R82_V84del (c.244_252del)"],
        AlleleKey("13", 28592642, "C", "G"): ["D835H", "D835H/Y"],
        AlleleKey("13", 28592642, "C", "A"): ["D835H/Y", "D835Y"],
    }


@pytest.mark.parametrize(
    ("change", "alt"),
    [("G12A", "G"), ("G12C", "A"), ("G12D", "T"), ("G12R", "G"), ("G12S", "T"), ("G12V", "A")],
)
def test_each_kras_g12_allele_gets_its_own_evidence_only(
    release: PlacedRelease, shared_data: Path, change: str, alt: str
) -> None:
    rows = read_rows(shared_data / "civic/release-2024-08-01/01-Aug-2024-ClinicalEvidenceSummaries.tsv")
    expected = {int(row["evidence_id"]) for row in rows if row["molecular_profile"] == f"KRAS {change}"}
    position = 25398284 if change in {"G12A", "G12D", "G12V"} else 25398285
    (variant,) = release.records[AlleleKey("12", position, "C", alt)].variants
    assert variant.name == change
    assert evidence_ids(variant) == expected
    assert len(expected) >= 2


def test_evidence_of_not_a_variant_is_never_evidence_of_the_variant(release: PlacedRelease) -> None:
    (kit,) = release.records[AlleleKey("4", 55599321, "A", "T")].variants
    assert (kit.name, kit.id) == ("D816V", 65)
    assert [profile.name for profile in kit.profiles] == ["KIT D816V"]
    assert 11158 not in evidence_ids(kit)  # of the profile "NOT KIT D816V"


def test_evidence_of_several_variants_together_is_on_none_of_them(release: PlacedRelease) -> None:
    names = {p.name for variant in variants_by_id(release).values() for p in variant.profiles}
    assert not [name for name in names if " AND " in name or " OR " in name or "NOT " in name]
    assert all(
        profile.variant_ids == (variant.id,)
        for variant in variants_by_id(release).values()
        for profile in variant.profiles
    )


def test_an_evidence_item_and_an_assertion_keep_what_civic_says(release: PlacedRelease) -> None:
    (variant,) = release.records[AlleleKey("9", 5073770, "G", "T")].variants
    (profile,) = variant.profiles
    first = min(profile.evidence, key=lambda item: item.id)
    assert (variant.id, variant.gene, variant.name, profile.id, profile.name) == (
        64,
        "JAK2",
        "V617F",
        64,
        "JAK2 V617F",
    )
    assert (first.id, first.type, first.level, first.direction) == (1, "Diagnostic", "B", "Supports")
    assert (first.significance, first.origin, first.rating, first.status) == (
        "Negative",
        "Somatic",
        4,
        "accepted",
    )
    assert (first.disease, first.doid, first.therapies) == ("Lymphoid Leukemia", "1037", ())
    assert (first.source, first.url) == ("PubMed:16081687", "https://civicdb.org/links/evidence_items/1")
    egfr = variants_by_id(release)[33]
    assertion = next(item for item in egfr.profiles[0].assertions if item.id == 5)
    assert (assertion.therapies, assertion.amp_category) == (("Erlotinib",), "Tier I - Level A")
    assert assertion.url == "https://civicdb.org/links/assertions/5"


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("", ()),
        ("N/A", ()),
        ("Vemurafenib,Cobimetinib", ("Cobimetinib", "Vemurafenib")),
        # Real names with a comma in them.
        ("2,4-pyrimidinediamine", ("2,4-pyrimidinediamine",)),
        (
            "Gefitinib,HER2 Inhibitor CP-724,714,Selumetinib",
            ("Gefitinib", "HER2 Inhibitor CP-724,714", "Selumetinib"),
        ),
        (
            "FGF/VEGF Receptor Tyrosine Kinase Inhibitor, PD173074,Infigratinib",
            ("FGF/VEGF Receptor Tyrosine Kinase Inhibitor, PD173074", "Infigratinib"),
        ),
        ("9F7-F11,Pertuzumab", ("9F7-F11", "Pertuzumab")),
    ],
)
def test_therapies_are_a_list_whose_names_may_hold_commas(
    tmp_path: Path, written: str, names: tuple[str, ...]
) -> None:
    evidence = [EVIDENCE | {"therapies": written, "disease": "Diffuse Midline Glioma, H3 K27M-mutant"}]
    release = placed_release(write_release(tmp_path, evidence=evidence), Assembly.GRCH37)
    (item,) = variants_by_id(release)[12].profiles[0].evidence
    assert item.therapies == names
    assert item.disease == "Diffuse Midline Glioma, H3 K27M-mutant"


def test_sources_are_named_with_their_publisher(release: PlacedRelease) -> None:
    items = [i for v in variants_by_id(release).values() for p in v.profiles for i in p.evidence]
    assert {item.source.partition(":")[0] for item in items} == {"PubMed", "ASCO", "ASH"}
    assert {"PubMed:16081687", "ASH:10.1182/blood-2021-148205"} <= {item.source for item in items}


def test_flagged_items_are_kept_and_say_so(release: PlacedRelease) -> None:
    items = [i for v in variants_by_id(release).values() for p in v.profiles for i in p.evidence]
    assert 0 < sum(item.flagged for item in items) < len(items)


def test_best_level_is_the_best_of_all_evidence(release: PlacedRelease) -> None:
    assert release.records[AlleleKey("7", 140453136, "A", "T")].best_level == "A"
    without = [record for record in release.records.values() if record.best_level is None]
    assert without
    items = [
        item
        for record in without
        for variant in record.variants
        for profile in variant.profiles
        for item in profile.evidence
    ]
    assert all(
        item.direction != "Supports" or item.significance == "Uncertain Significance" for item in items
    )


# The export that CIViC makes of the same release by other means


ENTRY_OF_CIVICS_VCF = re.compile(
    r"/links/variants/(\d+)\|[^|]*\|(\d+)\|[^|]*\|https://civicdb.org/links/molecular-profiles/\d+"
    r"(?:\|[^|]*){4}\|(evidence|assertion)\|(\d+)\|"
)


def exported_items(vcf: Path) -> dict[tuple[AlleleKey, int], set[tuple[int, str, int]]]:
    """Molecular profile, kind and number of each item, by allele and variant."""
    found: dict[tuple[AlleleKey, int], set[tuple[int, str, int]]] = defaultdict(set)
    for line in vcf.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        contig, pos, _, ref, alt, *_, info = line.split("\t")
        if ref == alt:
            continue
        # The exporter puts a reference base before CIViC's own indels, and so does not move them.
        anchored = ref[0] == alt[0] and 1 in {len(ref), len(alt)}
        allele = (
            AlleleKey(contig, int(pos) + 1, ref[1:], alt[1:])
            if anchored
            else key_of(contig, int(pos), ref, alt)
        )
        for variant, profile, kind, item in ENTRY_OF_CIVICS_VCF.findall(info):
            found[allele, int(variant)].add((int(profile), kind, int(item)))
    return found


def is_to_the_left(one: AlleleKey, other: AlleleKey) -> bool:
    """Whether an indel may be another that was shifted to the left: its bases are rotated by as many."""
    steps = other.start - one.start
    bases, rotated = other.deleted or other.inserted, one.deleted or one.inserted
    is_one_kind = one.is_indel and (one.deleted == "") == (other.deleted == "")
    cut = len(bases) - steps % max(1, len(bases))
    return is_one_kind and steps > 0 and rotated == bases[cut:] + bases[:cut]


def test_civics_own_vcf_gives_the_same_alleles_and_items(release: PlacedRelease, shared_data: Path) -> None:
    exported = exported_items(shared_data / "civic/release-2024-08-01/01-Aug-2024-civic_accepted.vcf")
    ours = {(allele, v.id): v for allele, record in release.records.items() for v in record.variants}
    # The exporter keeps CIViC's position of an indel; ours is the leftmost that is known.
    moved = {
        (theirs, id_): (own, id_)
        for theirs, id_ in exported.keys() - ours.keys()
        for own, other in ours
        if other == id_ and is_to_the_left(own, theirs)
    }
    assert len(moved) == 21
    exported = {moved.get(key, key): items for key, items in exported.items()}
    common = exported.keys() & ours.keys()
    assert len(common) == 799
    # The exporter puts 137 and 818, one base replaced by several, one place to the right, with a base before them
    # that the genome does not have there. 1889 and 2097 contradict themselves.
    assert {variant for _, variant in exported.keys() - common} == {137, 818, 1889, 2097}
    # It leaves out two alternates in one variant (613), and five more.
    assert {variant for _, variant in ours.keys() - common} == {
        137, 818, 613, 1549, 1558, 1569, 1580, 1667,
        # Placed by their expressions, by the release of Ensembl, or as the duplication that they are.
        497, 779, 1770, 1889, 2621,
    }  # fmt: skip
    for key in common:
        own = {
            (profile.id, kind, item.id)
            for profile in ours[key].profiles
            for kind, items in (("evidence", profile.evidence), ("assertion", profile.assertions))
            for item in items
        }
        profiles = {profile.id for profile in ours[key].profiles}
        # What else the exporter has is of profiles of several variants, or of "NOT KIT D816V".
        assert own == {item for item in exported[key] if item[0] in profiles}, key


def test_evidence_that_only_civics_own_vcf_has_is_of_profiles_of_several_variants(
    release: PlacedRelease, shared_data: Path
) -> None:
    folder = shared_data / "civic/release-2024-08-01"
    exported = exported_items(folder / "01-Aug-2024-civic_accepted.vcf")
    ours = {(allele, v.id): v for allele, record in release.records.items() for v in record.variants}
    others = {
        profile
        for key in exported.keys() & ours.keys()
        for profile, _, _ in exported[key]
        if profile not in {own.id for own in ours[key].profiles}
    }
    rows = read_rows(folder / "01-Aug-2024-MolecularProfileSummaries.tsv")
    names = {int(row["molecular_profile_id"]): row["name"] for row in rows if "," not in row["variant_ids"]}
    assert len(others) > 60
    assert {names[profile] for profile in others if profile in names} == {"NOT KIT D816V"}


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


# Invented corner cases


def test_carriage_returns_a_byte_order_mark_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    plain = placed_release(write_release(tmp_path / "plain", assertions=[ASSERTION]), Assembly.GRCH37)
    folder = write_release(tmp_path / "windows", assertions=[ASSERTION], newline="\r\n")
    for path in folder.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\r\n\t\r\n")
    windows = placed_release(folder, Assembly.GRCH37)
    assert windows.records == plain.records
    assert windows.counts == plain.counts
    assert windows.sha256 != plain.sha256


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"reference_bases": " a ", "variant_bases": "t ", "chromosome": "chr7"}, [(140453136, "A", "T")]),
        ({"variant_bases": "G/T"}, [(140453136, "A", "G"), (140453136, "A", "T")]),
        ({"variant_bases": "A>G / T"}, [(140453136, "A", "G"), (140453136, "A", "T")]),
        ({"variant_bases": "C>G/T"}, []),
        ({"variant_bases": "G/"}, []),
        ({"variant_bases": "A"}, []),
        ({"variant_bases": "N/A", "reference_bases": "N/A"}, []),
        ({"variant_bases": "N/A"}, [(140453136, "A", "")]),
        ({"variant_bases": "<DEL>"}, []),
        ({"variant_bases": "T G"}, []),
        ({"start": "", "stop": ""}, []),
        ({"start": "140453136.0"}, []),
        ({"chromosome": "7q34"}, []),
        ({"chromosome": ""}, []),
        ({"reference_build": ""}, []),
        ({"reference_build": "GRCh38"}, []),
        ({"reference_build": "NCBI36"}, []),
        ({"reference_bases": "AC", "variant_bases": "TT", "stop": "140453137"}, [(140453136, "AC", "TT")]),
        ({"reference_bases": "AC", "variant_bases": "TT"}, []),
        ({"reference_bases": "AC", "variant_bases": "AT", "stop": "140453137"}, [(140453137, "C", "T")]),
        ({"reference_bases": "AC", "variant_bases": "", "stop": "140453137"}, [(140453136, "AC", "")]),
        ({"reference_bases": "", "variant_bases": "GG", "stop": "140453137"}, [(140453137, "", "GG")]),
        ({"reference_bases": "", "variant_bases": "GG"}, [(140453137, "", "GG")]),
        ({"reference_bases": "", "variant_bases": "GG", "stop": "140453138"}, []),
        ({"reference_bases": "", "variant_bases": "GG", "stop": "140453135"}, []),
    ],
)
def test_alleles_of_coordinates(
    tmp_path: Path, facts: dict[str, str], expected: list[tuple[int, str, str]]
) -> None:
    assert alleles_of(tmp_path, Assembly.GRCH37, facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"hgvs_descriptions": "NM_004333.4:c.1799T>A, NC_000007.14:g.140753336A>T"}, [(140753336, "A", "T")]),
        ({"hgvs_descriptions": "NC_000007.14:g.140753336A>T", "reference_build": ""}, [(140753336, "A", "T")]),
        ({"hgvs_descriptions": "NC_000007.13:g.140453136A>T"}, []),  # the version tells the assembly
        ({"hgvs_descriptions": "NC_000008.11:g.140753336A>T"}, []),  # another chromosome
        ({"hgvs_descriptions": "NC_000007.14:g.140753336A>G"}, []),  # other bases
        ({"hgvs_descriptions": "NC_000007.14:g.140753336A>T,NC_000007.14:g.140753337A>T"}, []),
        ({"hgvs_descriptions": "NC_000007.14:g.140753336"}, [(140753336, "A", "T")]),  # cut short
        ({"hgvs_descriptions": "NC_000007.14:g.140753336A>"}, [(140753336, "A", "T")]),
        ({"hgvs_descriptions": "NC_000007.14:g.140753336C>"}, []),
        ({"hgvs_descriptions": "N/A"}, []),
        (
            {
                "hgvs_descriptions": "NC_000007.14:g.140753335_140753336delinsTT",
                "reference_bases": "AC", "variant_bases": "TT", "stop": "140453137",
            },
            [(140753335, "AC", "TT")],
        ),
        (
            {
                "hgvs_descriptions": "NC_000007.14:g.140753335_140753337delinsTT",
                "reference_bases": "AC", "variant_bases": "TT", "stop": "140453137",
            },
            [],
        ),
        ({"hgvs_descriptions": "NC_000007.14:g.140753336del", "variant_bases": ""}, [(140753336, "A", "")]),
        (
            {
                "hgvs_descriptions": "NC_000007.14:g.140753336_140753337del",
                "reference_bases": "AC", "variant_bases": "", "stop": "140453137",
            },
            [],  # nothing tells which of the two rotations of AC stands there
        ),
    ],
)  # fmt: skip
def test_alleles_of_expressions(
    tmp_path: Path, facts: dict[str, str], expected: list[tuple[int, str, str]]
) -> None:
    assert alleles_of(tmp_path, Assembly.GRCH38, facts) == expected


def test_a_variant_without_own_alleles_is_placed_by_its_one_expression_if_it_is_one_allele(
    tmp_path: Path,
) -> None:
    facts = {"reference_bases": "", "variant_bases": "", "hgvs_descriptions": "NC_000007.13:g.140453136A>T"}
    assert alleles_of(tmp_path, Assembly.GRCH37, facts) == [(140453136, "A", "T")]
    assert alleles_of(tmp_path, Assembly.GRCH37, facts | {"variant": "V600"}) == []
    two = facts | {"hgvs_descriptions": "NC_000007.13:g.140453136A>T,NC_000007.13:g.140453136A>C"}
    assert alleles_of(tmp_path, Assembly.GRCH37, two) == []


def test_evidence_that_is_not_accepted_is_left_out_and_counted(tmp_path: Path) -> None:
    evidence = [EVIDENCE | {"evidence_id": "7"}] + [
        EVIDENCE | {"evidence_id": str(number), "evidence_status": status}
        for number, status in ((8, "submitted"), (9, "rejected"), (10, ""))
    ]
    release = placed_release(write_release(tmp_path, evidence=evidence), Assembly.GRCH37)
    assert evidence_ids(variants_by_id(release)[12]) == {7}
    assert release.counts["left out: evidence items not accepted"] == 3


def test_an_item_of_a_profile_that_no_variant_has_is_left_out_and_counted(tmp_path: Path) -> None:
    evidence = [EVIDENCE, EVIDENCE | {"evidence_id": "8", "molecular_profile_id": ""}]
    variants = [VARIANT, VARIANT | {"variant_id": "13", "single_variant_molecular_profile_id": ""}]
    release = placed_release(write_release(tmp_path, variants, evidence), Assembly.GRCH37)
    assert {id_: evidence_ids(variant) for id_, variant in variants_by_id(release).items()} == {
        12: {7},
        13: set(),
    }
    assert release.counts["left out: evidence items that name no molecular profile"] == 1


def test_repeated_and_unreadable_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    evidence = [EVIDENCE, EVIDENCE | {"evidence_level": "E"}, EVIDENCE | {"evidence_id": "EID9"}]
    release = placed_release(write_release(tmp_path, evidence=evidence), Assembly.GRCH37)
    assert release.records[AlleleKey("7", 140453136, "A", "T")].best_level == "A"
    assert release.counts["left out: repeated rows"] == release.counts["left out: unreadable rows"] == 1


def test_an_assertion_row_with_one_link_twice_is_read(tmp_path: Path) -> None:
    folder = write_release(tmp_path, assertions=[ASSERTION])
    path = folder / "01-Aug-2024-AssertionSummaries.tsv"
    link = ASSERTION["molecular_profile_civic_url"]
    path.write_text(path.read_text().replace(link, f"{ASSERTION['assertion_civic_url']}\t{link}"))
    release = placed_release(folder, Assembly.GRCH37)
    (assertion,) = variants_by_id(release)[12].profiles[0].assertions
    assert (assertion.id, assertion.significance, assertion.flagged) == (3, "Resistance", False)
    assert release.counts["rows with surplus columns"] == 1


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_tab_inside_a_value_never_shifts_another_value(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    row = [ASSERTION.get(name, "") for name in COLUMNS["AssertionSummaries"]]
    column = data.draw(st.integers(0, len(row) - 1))
    place = data.draw(st.integers(0, len(row[column])))
    folder = write_release(tmp_path_factory.mktemp("tabs"), assertions=[ASSERTION])
    whole = placed_release(folder, Assembly.GRCH37).records
    row[column] = row[column][:place] + "\t" + row[column][place:]
    path = folder / "01-Aug-2024-AssertionSummaries.tsv"
    path.write_text(path.read_text().split("\n")[0] + "\n" + "\t".join(row) + "\n")
    torn = placed_release(folder, Assembly.GRCH37)
    assert torn.counts.get("left out: unreadable rows") == 1 or torn.records == whole


@pytest.mark.parametrize(
    ("prefix", "version"),
    [
        ("01-Aug-2024-", "2024-08-01"),
        ("1-dec-2025-", "2025-12-01"),
        ("2024-08-01-", "2024-08-01"),
        ("nightly-", "nightly-2024-07-01"),
        ("", "undated-2024-07-01"),
        ("our-copy-", "our-copy-2024-07-01"),
    ],
)
def test_version_of_a_release(tmp_path: Path, prefix: str, version: str) -> None:
    folder = write_release(tmp_path, prefix=prefix)
    (folder / f".{prefix}VariantSummaries.tsv").write_text("an editor's leftover")
    (folder / f"{prefix}VariantGroupSummaries.tsv").write_text("not read")
    assert placed_release(folder, Assembly.GRCH37).version == version


def test_the_file_of_accepted_items_is_preferred(tmp_path: Path) -> None:
    folder = write_release(tmp_path)
    accepted = folder / "01-Aug-2024-AcceptedClinicalEvidenceSummaries.tsv"
    both = folder / "01-Aug-2024-AcceptedAndSubmittedClinicalEvidenceSummaries.tsv"
    (folder / "01-Aug-2024-ClinicalEvidenceSummaries.tsv").rename(accepted)
    shutil.copy(accepted, both)
    both.write_text(both.read_text().replace("\tA\t", "\tE\t"))
    assert (
        placed_release(folder, Assembly.GRCH37).records[AlleleKey("7", 140453136, "A", "T")].best_level == "A"
    )
    accepted.unlink()
    assert (
        placed_release(folder, Assembly.GRCH37).records[AlleleKey("7", 140453136, "A", "T")].best_level == "E"
    )


def test_a_folder_that_is_no_release_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeBaseError, match=r"VariantSummaries\.tsv, .*missing .found: none"):
        placed_release(tmp_path, Assembly.GRCH37)
    with pytest.raises(KnowledgeBaseError, match="the folder cannot be read"):
        placed_release(tmp_path / "missing", Assembly.GRCH37)
    file = tmp_path / "VariantSummaries.tsv"
    file.write_text("")
    with pytest.raises(KnowledgeBaseError, match="cannot be read"):
        placed_release(file, Assembly.GRCH37)


def test_a_release_that_lacks_a_file_says_which(tmp_path: Path) -> None:
    folder = write_release(tmp_path)
    (folder / "01-Aug-2024-MolecularProfileSummaries.tsv").unlink()
    with pytest.raises(
        KnowledgeBaseError, match=r"MolecularProfileSummaries\.tsv missing .*01-Aug-2024-Variant"
    ):
        placed_release(folder, Assembly.GRCH37)
    (folder / "01-Aug-2024-ClinicalEvidenceSummaries.tsv").unlink()
    with pytest.raises(
        KnowledgeBaseError, match=r"AcceptedClinicalEvidenceSummaries or ClinicalEvidenceSummaries"
    ):
        placed_release(folder, Assembly.GRCH37)


def test_two_releases_in_a_folder_are_refused(tmp_path: Path) -> None:
    write_release(tmp_path)
    write_release(tmp_path, prefix="nightly-")
    with pytest.raises(KnowledgeBaseError, match="several releases: '01-Aug-2024', 'nightly'"):
        placed_release(tmp_path, Assembly.GRCH37)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("VariantSummaries", "reference_bases"),
        ("VariantSummaries", "single_variant_molecular_profile_id"),
        ("ClinicalEvidenceSummaries", "significance"),
        ("AssertionSummaries", "molecular_profile_id"),
        ("MolecularProfileSummaries", "variant_ids"),
    ],
)
def test_a_missing_column_is_named_with_those_found(tmp_path: Path, name: str, column: str) -> None:
    folder = write_release(tmp_path)
    path = folder / f"01-Aug-2024-{name}.tsv"
    write_table(path, [other for other in COLUMNS[name] if other != column], [])
    with pytest.raises(
        KnowledgeBaseError, match=rf"{name}\.tsv, line 1: .*columns .*{column}.* missing .found: \w"
    ):
        placed_release(folder, Assembly.GRCH37)


def test_a_file_that_is_cut_off_empty_or_no_text_is_an_error(tmp_path: Path) -> None:
    path = write_release(tmp_path) / "01-Aug-2024-ClinicalEvidenceSummaries.tsv"
    whole = path.read_bytes()
    for content, message in (
        (whole[:-70], "line 2: the file is truncated"),
        (b"", "columns .* missing"),
        (b"<html><body>Too many requests</body></html>\n", "columns .* missing"),
        (whole[:-1] + b"\xff\n", "not text"),
    ):
        path.write_bytes(content)
        with pytest.raises(KnowledgeBaseError, match=message):
            placed_release(tmp_path, Assembly.GRCH37)
    path.write_bytes(whole)
    write_release(tmp_path, variants=[])
    with pytest.raises(KnowledgeBaseError, match="no variants"):
        placed_release(tmp_path, Assembly.GRCH37)
