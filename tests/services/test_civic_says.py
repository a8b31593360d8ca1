"""What CIViC says since 2025: corrections and retractions, approvals by expert panels, regions, known partners."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from annotator.sources.civic.fields import CIVIC_SUBFIELDS
from annotator.sources.civic.graphql import QUERIES, query_text
from annotator.sources.civic.graphql_nodes import NodeReader
from annotator.sources.civic.sweeping import Findings, Statuses
from tests.conftest import REPOSITORY
from tests.servers.base import RunningServer
from tests.servers.civic_database import Database, read_release
from tests.servers.civic_graphql import PATH, CivicGraphql, Options
from tests.support.inputs import data_lines, info_of, run_annotator, write_vcf

DEMO = REPOSITORY / "test_data" / "demo"
V600E = 12
RECORD = "7\t140753336\t.\tA\tT\t.\t.\t."


@pytest.fixture
def database() -> Database:
    return copy.deepcopy(read_release(DEMO / "civic"))


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("CIVIC_API_KEY", raising=False)


def annotated(database: Database, folder: Path) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Entries of BRAF V600E by the names of their parts, and INFO."""
    source = write_vcf(folder / "in.vcf", [RECORD], contigs=("7",))
    with RunningServer(CivicGraphql(database, Options(rate=None)).application()) as server:
        ran = run_annotator(
            "annotate", source, "-o", folder / "out.vcf", "--online", "--source", "civic=graphql",
            "--civic-url", f"{server.url}{PATH}", "--civic-rate", "2000",
        )  # fmt: skip
    assert ran.status == 0, ran.err
    [line] = data_lines((folder / "out.vcf").read_bytes())
    info = info_of(line)
    entries = [
        dict(zip(CIVIC_SUBFIELDS, entry.split("|"), strict=True)) for entry in info["CIVIC"].split(",")
    ]
    return entries, info


def of_v600e(database: Database) -> Iterator[int]:
    return (id_ for id_, item in database.evidence.items() if is_v600e(item))


def is_v600e(item: dict[str, object]) -> bool:
    profile = item["molecularProfile"]
    assert isinstance(profile, dict)
    return [variant["id"] for variant in profile["variants"]] == [V600E]


def test_the_queries_are_valid(shared_data: Path) -> None:
    schema = build_schema((shared_data / "civic" / "schema_subset.graphql").read_text())
    for name in QUERIES:
        assert validate(schema, parse(query_text(name))) == []


def test_retractions_approvals_bands_and_partners_have_separate_parts(
    database: Database, tmp_path: Path
) -> None:
    corrected, retracted, doubted, *others = sorted(of_v600e(database))
    for id_, nature in (
        (corrected, "Correction"),
        (retracted, "Retraction"),
        (doubted, "Expression of concern"),
    ):
        item = database.evidence[id_]
        item["source"] = {**item["source"], "id": 9_000 + id_, "retracted": True, "retractionNature": nature}
    assertion = next(item for item in database.assertions.values() if is_v600e(item))
    panel = {"id": 1, "name": "Melanoma SC-VCEP", "isApprovedVcep": True}
    university = {"id": 2, "name": "A University", "isApprovedVcep": False}
    revoked = {"id": 3, "name": "Former VCEP", "isApprovedVcep": True}
    assertion["approvals"] = [
        {"id": 1, "organization": panel, "status": "ACTIVE"},
        {"id": 2, "organization": university, "status": "ACTIVE"},
        {"id": 3, "organization": revoked, "status": "REVOKED"},
    ]
    entries, _ = annotated(database, tmp_path)
    by_id = {(one["EntityType"], int(one["EntityID"])): one for one in entries}
    said = {
        id_: (
            by_id["evidence", id_]["RetractionNature"],
            by_id["evidence", id_]["Source"].endswith(":retracted"),
        )
        for id_ in (corrected, retracted, doubted, *others)
    }
    assert said.pop(corrected) == ("Correction", False)
    assert said.pop(retracted) == ("Retraction", True)
    assert said.pop(doubted) == ("Expression_of_concern", False)
    assert set(said.values()) <= {("", False)}
    assert by_id["assertion", assertion["id"]]["ApprovedBy"] == "Melanoma_SC-VCEP"
    assert CIVIC_SUBFIELDS[-4:] == ("RetractionNature", "ApprovedBy", "CytogeneticRegion", "KnownPartners")


def test_regions_and_known_partners_of_a_feature_are_read() -> None:
    reader = NodeReader(Findings(), Statuses.ACCEPTED)
    node = {
        "id": 1, "name": "Fusion", "flagged": False, "deprecated": False, "singleVariantMolecularProfileId": 1,
        "variantAliases": [], "variantTypes": [],
        "feature": {
            "id": 2, "name": "ALK::?", "featureType": "FUSION", "featureAliases": [],
            "featureInstance": {"knownPartnerGenes": [{"name": "EML4"}, {"name": "CLTC"}], "cytogeneticRegions": None},
        },
    }  # fmt: skip
    assert reader.variants([node])[1].feature.known_partners == ("CLTC", "EML4")
    instance = {"cytogeneticRegions": [{"name": "17q12"}]}
    feature = {
        **node["feature"],
        "id": 4,
        "name": "17q12",
        "featureType": "REGION",
        "featureInstance": instance,
    }
    region = {**node, "id": 3, "feature": feature}
    assert reader.variants([region])[3].feature.bands == ("17q12",)


def test_evidence_of_a_profile_that_civic_has_withdrawn_is_not_written(
    database: Database, tmp_path: Path
) -> None:
    profile = database.variants[V600E]["singleVariantMolecularProfile"]
    profile["deprecated"] = True
    source = write_vcf(tmp_path / "in.vcf", [RECORD], contigs=("7",))
    with RunningServer(CivicGraphql(database, Options(rate=None)).application()) as server:
        ran = run_annotator(
            "annotate", source, "-o", tmp_path / "out.vcf", "--online", "--source", "civic=graphql",
            "--civic-url", f"{server.url}{PATH}", "--civic-rate", "2000",
        )  # fmt: skip
    assert ran.status == 0, ran.err
    assert "CIVIC_LEVEL" not in info_of(data_lines((tmp_path / "out.vcf").read_bytes())[0])
