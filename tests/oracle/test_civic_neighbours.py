"""No false match: alleles close to a CIViC variant are not matched to it at allele or protein level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

import annotator
from annotator.variants.assembly import Assembly
from tests.support.civic_calls import Call, read_rows
from tests.support.civic_neighbours import CSQ_HEADER, neighbours_of
from tests.support.inputs import data_lines, info_of, vcf_text

CLOSE = {"exact", "hgvs_g", "caid", "clinvar_id", "hgvs_c", "protein"}


@pytest.mark.parametrize(
    ("release", "table", "least"),
    [
        ("release-2024-08-01", "01-Aug-2024-VariantSummaries.tsv", 20_000),
        ("release-2021-02", "nightly-VariantSummaries.tsv", 15_000),
    ],
)
def test_no_neighbour_is_the_variant(
    shared_data: Path, tmp_path: Path, release: str, table: str, least: int
) -> None:
    folder = shared_data / "civic" / release
    annotator.build_snapshot(tmp_path / "snapshot", "GRCh37", civic=folder)
    rows = [
        {"hgvs_descriptions": row.get("hgvs_expressions", ""), **row} for row in read_rows(folder / table)
    ]
    calls = list(neighbours_of(rows))
    found = Counter[str]()
    wrong = []
    for line in annotated(calls, tmp_path):
        variant, _, kind = line.split("\t")[2].partition("_")
        found[kind] += 1
        if int(variant) in close_matches(info_of(line)):
            wrong.append(line)
    assert [line[:200] for line in wrong] == []
    assert sum(found.values()) >= least
    assert set(found) >= {
        "base", "shift", "length", "part", "residue", "next", "old", "gene", "partial", "frame", "silent",
    }  # fmt: skip


def annotated(calls: list[Call], folder: Path) -> list[str]:
    ordered = sorted(calls, key=lambda call: (call.contig, call.position))
    text = vcf_text(
        [call.line() for call in ordered],
        assembly=Assembly.GRCH37,
        contigs=tuple(Assembly.GRCH37.lengths),
        meta=[CSQ_HEADER],
    )
    (folder / "in.vcf").write_text(text)
    annotator.annotate(
        folder / "in.vcf", folder / "out.vcf", snapshot=folder / "snapshot", civic_match="gene"
    )
    return data_lines((folder / "out.vcf").read_bytes())


def close_matches(info: Mapping[str, str]) -> set[int]:
    """Variants that a record reaches as their allele or their protein change."""
    entries = [entry.split("|") for entry in info.get("CIVIC", "").split(",")]
    told = {int(parts[5]) for parts in entries if len(parts) > 5}
    close = {int(parts[5]) for parts in entries if len(parts) > 5 and parts[2] in CLOSE}
    if info.get("CIVIC_MATCH") in CLOSE:  # of variants without entries, only the best level is told
        close |= {int(id_) for id_ in info["CIVIC_VID"].split("&")} - told
    return close
