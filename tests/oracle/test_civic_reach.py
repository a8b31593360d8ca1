"""How many CIViC variants are matched by their own alleles: minimum numbers for every level and both assemblies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from annotator.variants.assembly import Assembly
from tests.bench.civic_reach import MINIMA, SETTINGS, Reached, Setting, Shared, annotated, lift_of, measure
from tests.support.civic_calls import Call, calls_of
from tests.support.civic_twins import ALLELE_LEVELS, TWINS
from tests.support.inputs import info_of


@pytest.fixture(scope="module")
def shared(shared_data: Path) -> Shared:
    return Shared.read(shared_data)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Setting], Path]:
    made: dict[str, Path] = {}

    def folder(setting: Setting) -> Path:
        return made.setdefault(setting.name, tmp_path_factory.mktemp("reach"))

    return folder


@pytest.fixture(scope="module")
def reached(shared: Shared, folders: Callable[[Setting], Path]) -> dict[str, Reached]:
    return {setting.name: measure(shared, setting, folders(setting)) for setting in SETTINGS}


def names_of(shared: Shared, variants: set[int]) -> set[str]:
    return {
        f"{row['gene']} {row['variant']}" for row in shared.variants if int(row["variant_id"]) in variants
    }


@pytest.mark.parametrize("minimum", MINIMA, ids=lambda minimum: f"{minimum.setting}: {minimum.what}")
def test_as_much_is_reached_as_ought_to_be(reached: dict[str, Reached], minimum: object) -> None:
    assert minimum in MINIMA
    found = next(one for one in MINIMA if one == minimum)
    assert found.count(reached[found.setting]) >= found.least


def test_only_two_undetermined_alleles_are_out_of_reach(shared: Shared, reached: dict[str, Reached]) -> None:
    for name in (setting.name for setting in SETTINGS):
        missing = reached[name].asked["allele"] - reached[name].on("allele", "exact")
        assert names_of(shared, missing) == {"VHL G93_Y98del (c.275_292del)"}  # 17 bases at 18 positions
        assert len(reached[name].asked["allele"]) == 813  # EZH2 "Intron 6 Mutation" is C>C: no record is


def test_every_codon_exon_gene_and_structural_record_is_found_at_its_own_level_only(
    reached: dict[str, Reached],
) -> None:
    for name, found in reached.items():
        for kind, level_name in (
            ("codon", "codon"),
            ("exon", "exon"),
            ("gene", "gene"),
            ("structural", "gene"),
        ):
            assert found.on(kind, level_name) == found.asked[kind] != set(), (name, kind)
            assert {one for made, one in found.found if made == kind} == {level_name}, (name, kind)


def test_grch38_and_grch37_match_the_same_variants_at_every_level(reached: dict[str, Reached]) -> None:
    """With no option at all; half a percent is what the assemblies may differ by."""
    old, new = reached["GRCh37"], reached["GRCh38"]
    levels = {(kind, level_name): len(variants) for (kind, level_name), variants in old.found.items()}
    assert {level_name for _, level_name in levels} >= {"exact", "protein", "codon", "exon", "region", "gene"}
    for level, number in levels.items():
        assert abs(len(new.found.get(level, ())) - number) <= number * 0.005, level
    assert len(new.on("region", "region")) == len(old.on("region", "region")) >= 7


def test_a_chain_file_leads_to_the_same_as_the_shipped_table(reached: dict[str, Reached]) -> None:
    assert reached["GRCh38, with a chain"].found == reached["GRCh38"].found


def test_clinvar_s_records_come_first_and_the_liftover_confirms_them(reached: dict[str, Reached]) -> None:
    joined = reached["GRCh38, with ClinVar"]
    assert joined.counts["variants by ClinVar"] >= 400
    assert "positions contradicted by a second identifier" not in joined.counts
    assert joined.on("allele", "exact") == reached["GRCh38"].on("allele", "exact")


def test_an_allele_gets_no_other_variant_at_an_allele_level(
    shared: Shared, reached: dict[str, Reached], folders: Callable[[Setting], Path]
) -> None:
    """Of the variants that share rs numbers and ClinVar ids, each allele gets only the variants of just that allele."""
    assert reached
    lift = lift_of(shared.data, Assembly.GRCH37)
    calls = [call for call in calls_of(shared.variants, "GRCh37", lift) if call.kind == "allele"]
    of_allele: dict[tuple[str, int, str, str], set[int]] = {}
    for call in calls:
        of_allele.setdefault(call[2:6], set()).add(call.variant)
    lines = annotated(calls, Assembly.GRCH37, folders(SETTINGS[0]))
    checked = 0
    for line in lines:
        contig, position, _, ref, alt = line.split("\t")[:5]
        own = of_allele[contig, int(position), ref, alt]
        entries = [entry.split("|") for entry in info_of(line).get("CIVIC", "").split(",") if "|" in entry]
        at_allele = {int(entry[5]) for entry in entries if entry[2] in ALLELE_LEVELS}
        assert at_allele <= own | TWINS.get(min(own), set()), line
        checked += bool(at_allele)
    assert checked > 700


def test_the_same_tumour_in_both_assemblies_gets_the_same_entries(
    shared: Shared, reached: dict[str, Reached], folders: Callable[[Setting], Path]
) -> None:
    assert reached
    entries: list[dict[str, list[list[str]]]] = []
    both: list[set[str]] = []
    for setting in SETTINGS[:2]:
        lift = lift_of(shared.data, setting.assembly)
        calls = [
            call._replace(csq="") for call in calls_of(shared.variants, setting.assembly.value, lift)
            if call.kind == "allele"
        ]  # fmt: skip
        lines = annotated(distinct(calls), setting.assembly, folders(setting))
        both.append({line.split("\t")[2] for line in lines})
        entries.append(
            {
                f"{line.split(chr(9))[2]} {line.split(chr(9))[4]}": sorted(
                    entry.split("|")[2:] for entry in info_of(line).get("CIVIC", "").split(",")
                )
                for line in lines
            }
        )
    assert both[0] == both[1]
    assert entries[0] == entries[1]
    assert sum(len(found) for found in entries[0].values()) > 1_600


def distinct(calls: list[Call]) -> list[Call]:
    return list(dict.fromkeys(calls))
