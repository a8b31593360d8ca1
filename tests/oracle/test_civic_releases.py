"""Whole releases of CIViC: where every variant and evidence item goes."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from pathlib import Path

import pytest

from annotator.snapshot.build import build_snapshot
from annotator.snapshot.manifest import Manifest
from annotator.variants.allele import AlleleKey, key_of
from annotator.variants.assembly import Assembly
from tests.support.civic_content import PlacedRelease, placed_release
from tests.support.civic_release_rows import evidence_ids, variants_by_id
from tests.support.civic_releases import (
    COLUMNS,
    EVIDENCE,
    write_release,
)


@pytest.fixture(scope="module")
def release(shared_data: Path) -> PlacedRelease:
    return placed_release(shared_data / "civic/release-2024-08-01", Assembly.GRCH37)


def read_rows(path: Path) -> list[dict[str, str]]:
    header, *lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    return [dict(zip(header.split("\t"), line.split("\t"), strict=False)) for line in lines]


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


def test_counts_account_for_every_variant_and_item_of_the_real_release(release: PlacedRelease) -> None:
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


def test_the_manifest_states_how_each_variant_was_placed_or_why_not(
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


def test_evidence_items_and_assertions_keep_the_content_of_civic(release: PlacedRelease) -> None:
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


def test_flagged_items_are_kept_and_marked(release: PlacedRelease) -> None:
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
