"""A V1 mirror and the files of its time agree."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import pytest

from annotator.annotation.options import AnnotateOptions
from annotator.annotation.run import annotate_file
from annotator.snapshot.build import build_snapshot
from annotator.snapshot.civic.release import read_civic_release
from annotator.sources.civic.knowledge import Knowledge
from annotator.variants.assembly import Assembly
from tests.servers.civic_database import Database, read_release
from tests.servers.civic_v1 import AGES, Options
from tests.support.civic_parity import TABLES, alleles_as_vcf, differing_fields, only_in_one
from tests.support.civic_v1_calls import DEMO, sweep
from tests.support.inputs import data_lines


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture(scope="module")
def demo() -> Database:
    return read_release(DEMO)


def tenth(database: Database) -> Database:
    """Give a part of a knowledge base: the evidence and assertions of every tenth variant."""
    part = copy.copy(database)
    for table in ("evidence", "assertions"):
        items = getattr(database, table)
        setattr(
            part,
            table,
            {id_: one for id_, one in items.items() if one["molecularProfile"]["id"] % 10 == 2},
        )
    return part


# Parity with the files


@pytest.mark.parametrize(("age", "is_whole"), [(2019, False), (2021, True)])
def test_a_mirror_and_the_files_of_its_time_agree(
    age: int, shared_data: Path, tmp_path: Path, *, is_whole: bool
) -> None:
    assert age in AGES
    folder = shared_data / "civic" / "release-2021-02"
    files, database = read_civic_release(folder), read_release(folder)
    options = Options(age=age, rate=None)
    knowledge = sweep(database if is_whole else tenth(database), tmp_path / "journal", options).knowledge
    assert len(knowledge.variants) > (1_400 if is_whole else 100)
    for table in ("evidence", "assertions"):
        assert set(getattr(knowledge, table)) == {
            id_ for id_, item in getattr(files, table).items() if is_whole or item.profile_id % 10 == 2
        }
    assert not any(theirs for _, theirs in only_in_one(files, knowledge).values())
    forgiven = {
        "variants.feature": lambda feature: replace(feature, id=None),
        # The files tell evidence of assertions that was not accepted.
        "assertions.evidence_ids": lambda ids: sorted(set(ids) & set(files.evidence)),
    }
    if age == 2019:  # it has numbers of PubMed only
        forgiven["evidence.source"] = lambda source: (
            None if source is None or source.type != "PubMed" else source
        )
    assert differing_fields(files, knowledge, forgiven) == {}
    assert not knowledge.has_profiles
    assert knowledge.warnings == ()
    if is_whole:
        info_is_the_same(files, knowledge, tmp_path)


def info_is_the_same(files: Knowledge, knowledge: Knowledge, folder: Path) -> None:
    """Annotate every allele, and the demo in both assemblies, from the files and from the sweep."""
    part = replace(
        files,
        **{
            table: {number: getattr(files, table)[number] for number in getattr(knowledge, table)}
            for table in TABLES
        },
    )
    alleles = alleles_as_vcf(part, folder / "alleles.vcf")
    found = {}
    for assembly in Assembly:
        inputs = {"tumour": DEMO.parent / f"tumour.{assembly}.vcf"}
        inputs |= {"alleles": alleles} if assembly is Assembly.GRCH37 else {}
        for origin, name in ((part, "files"), (knowledge, "swept")):
            snapshot = folder / f"{name}.{assembly}"
            build_snapshot(snapshot, assembly, civic=origin)
            for source, path in inputs.items():
                output = folder / f"{source}.{assembly}.{name}.vcf"
                annotate_file(AnnotateOptions(str(path), str(output), snapshot))
                found[source, assembly, name] = data_lines(output.read_bytes())
    for (source, assembly, name), lines in found.items():
        assert lines == found[source, assembly, "files"], (source, assembly, name)
    told = {key[:2]: sum("CIVIC_VID=" in line for line in lines) for key, lines in found.items()}
    assert told["alleles", Assembly.GRCH37] > 500
    assert told["tumour", Assembly.GRCH37] == told["tumour", Assembly.GRCH38] > 2
