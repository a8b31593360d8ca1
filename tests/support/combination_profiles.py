"""Inputs with several variants of one combination profile."""

from __future__ import annotations

from pathlib import Path

import annotator
from annotator.variants.assembly import Assembly
from tests.support.civic_releases import EVIDENCE, PROFILE, VARIANT, write_release
from tests.support.inputs import info_of

GRCH37 = Assembly.GRCH37

PLACES = {1: 1000, 2: 2_000_000, 3: 3_000_000, 4: 4_000_000}
"""Position of each variant, all A>T on contig 7; variant 5 has a protein change only."""


def record(variant: int, *genotypes: str, alt: str = "T", info: str = ".") -> str:
    """A record at the place of a variant."""
    columns = ["7", str(PLACES[variant]), ".", "A", alt, ".", ".", info]
    return "\t".join([*columns, "GT", *genotypes] if genotypes else columns)


GT = ('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',)


def joint_of(line: str) -> set[int]:
    entries = [entry.split("|") for entry in info_of(line).get("CIVIC", "").split(",")]
    return {int(parts[7]) for parts in entries if len(parts) > 7 and int(parts[7]) > 100}


JOINT = {
    101: "GENE V1A AND GENE V2A",
    102: "GENE V1A AND NOT GENE V3A",
    103: "GENE V3A OR GENE V4A",
    104: "GENE V1A AND ( GENE V2A OR GENE V4A )",
    105: "GENE V1A AND GENE V5A",
    106: "NOT GENE V4A",
}
MEMBERS = {101: "1, 2", 102: "1, 3", 103: "3, 4", 104: "1, 2, 4", 105: "1, 5", 106: "4"}


def write_joint_snapshot(folder: Path) -> Path:
    """Build a snapshot of the combination profiles `JOINT`."""
    variants = [
        VARIANT | {
            "variant_id": str(id_), "gene": "GENE", "variant": f"V{id_}A", "chromosome": "7",
            "start": str(start), "stop": str(start), "single_variant_molecular_profile_id": str(id_),
        }
        for id_, start in PLACES.items()
    ]  # fmt: skip
    bare = {"chromosome": "", "start": "", "stop": "", "reference_bases": "", "variant_bases": ""}
    variants.append(variants[0] | bare | {
        "variant_id": "5", "variant": "V5A", "single_variant_molecular_profile_id": "5",
    })  # fmt: skip
    single = {id_: (f"GENE V{id_}A", str(id_)) for id_ in range(1, 6)}
    profiles = single | {id_: (name, MEMBERS[id_]) for id_, name in JOINT.items()}
    release = write_release(
        folder / "civic",
        variants,
        [EVIDENCE | {"evidence_id": str(id_), "molecular_profile_id": str(id_)} for id_ in profiles],
        (),
        [
            PROFILE | {"molecular_profile_id": str(id_), "name": name, "variant_ids": ids}
            for id_, (name, ids) in profiles.items()
        ],
    )
    annotator.build_snapshot(folder / "snapshot", GRCH37, civic=release)
    return folder / "snapshot"
