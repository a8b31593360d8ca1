"""CIViC's V1, as private mirrors run it: the shapes of two ages, and the records of the files where it can say them."""

from __future__ import annotations

import asyncio
import copy
import json
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotator.annotation.options import AnnotateOptions
from annotator.annotation.run import annotate_file
from annotator.errors import NetworkError
from annotator.net.journal import Journal
from annotator.snapshot.build import build_snapshot
from annotator.snapshot.civic.release import read_civic_release
from annotator.sources.civic.knowledge import CivicDisease, CivicPublication, Coordinates, Knowledge
from annotator.sources.civic.sweeping import V1, Findings, Parts, Statuses
from annotator.sources.civic.v1 import sweep_v1
from annotator.sources.civic.v1_records import RecordReader
from annotator.variants.assembly import Assembly
from tests.servers.base import EMPTY, NOT_JSON, Body, CutOff, Faults, Reset, RunningServer, Status
from tests.servers.civic_database import Database, read_release, with_unaccepted
from tests.servers.civic_v1 import CivicV1, Options
from tests.support.civic_parity import differing_fields
from tests.support.civic_v1_calls import DEMO, Swept, sweep
from tests.support.inputs import data_lines, info_of, write_vcf


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture(scope="module")
def demo() -> Database:
    return read_release(DEMO)


@pytest.fixture(scope="module")
def samples(shared_data: Path) -> Path:
    return shared_data / "civic" / "v1_json"


@pytest.fixture(scope="module")
def whole(demo: Database, tmp_path_factory: pytest.TempPathFactory) -> Swept:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("whole")
        patch.setenv("ANNOTATOR_STATE_DIR", str(folder / "state"))
        return sweep(demo, folder / "journal")


def replayed(path: Path) -> Knowledge:
    with Journal.replay(path, {}) as journal:
        return asyncio.run(sweep_v1(Parts(V1, journal, None), "https://nowhere.invalid/api"))


def test_for_a_newer_release_it_has_the_evidence_of_single_variants(demo: Database, tmp_path: Path) -> None:
    files = read_civic_release(DEMO)
    knowledge = sweep(demo, tmp_path / "journal").knowledge
    own = {variant.profile_id for variant in files.variants.values()}
    single = {id_ for id_, item in files.evidence.items() if item.profile_id in own}
    assert set(knowledge.evidence) == single != set(files.evidence)
    profile_of = {variant.profile_id: variant.id for variant in files.variants.values()}
    differing = differing_fields(
        replace(
            files,
            evidence={
                id_: replace(item, profile_id=profile_of.get(item.profile_id, -1))
                for id_, item in files.evidence.items()
            },
            assertions={},
            profiles={},
        ),
        knowledge,
        {
            "variants.feature": lambda feature: replace(feature, id=None),
            "variants.profile_id": lambda _id: None,
            "variants.flagged": lambda _flag: None,  # V1 has no flags
            "evidence.flagged": lambda _flag: None,
        },
    )
    assert differing == {}
    assert replayed(tmp_path / "journal") == knowledge


# Shapes of real answers


def reader() -> RecordReader:
    return RecordReader(Findings(), Statuses.ACCEPTED)


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def test_an_old_page_of_evidence(samples: Path) -> None:
    evidence = reader().evidence(read(samples / "evidence_items_0.json")["records"])
    first = evidence[1]
    assert first.source == CivicPublication("PubMed", "16081687", "Levine et al., 2005, Blood")
    assert (first.origin, first.direction, first.rating) == ("Somatic", "Supports", 4)
    assert first.disease == CivicDisease("Lymphoid Leukemia", "10747")
    assert first.profile_id == 64


def test_evidence_that_only_a_curator_has_seen_has_nulls_and_is_left_out(samples: Path) -> None:
    records = read(samples / "variant_12_detail_2020_trimmed.json")["evidence_items"]
    assert {record["status"] for record in records} == {"accepted", "submitted"}
    assert set(reader().evidence(records)) == {3739}
    both = RecordReader(Findings(), Statuses.WITH_SUBMITTED).evidence(records)
    assert (both[3744].significance, both[3744].direction) == ("", "")
    assert both[3744].status == "submitted"


def test_variants_with_positions_as_texts_and_as_numbers(samples: Path) -> None:
    variants = reader().variants(
        [
            *read(samples / "variants_0.json")["records"],
            read(samples / "variants_1.json"),
            read(samples / "variant_12_detail_2020_trimmed.json"),
            read(samples / "variant_86_detail_bcgsc.json"),
        ]
    )
    assert variants[8].coordinates == Coordinates(
        "GRCh37", "2", 29443695, 29443695, "G", "T", "ENST00000389048.3", 75
    )
    assert variants[12].coordinates is not None
    assert variants[12].coordinates.start == 140453136
    assert variants[86].clinvar_ids == ()  # N/A
    assert variants[1].coordinates2 is not None
    assert (variants[1].coordinates2.contig, variants[1].coordinates2.stop) == ("9", 133763063)


def test_other_names_of_genes(samples: Path) -> None:
    pages = [read(samples / f"genes_{number}.json") for number in range(3)]
    aliases = reader().aliases([*pages[0]["records"], pages[1], *pages[2]])
    assert aliases[1] == ("CD246", "NBLST3")
    assert aliases[45] == ("BCC7", "LFS1", "P53", "TRP53")
    [variant] = reader().variants([read(samples / "variant_12_detail_2020_trimmed.json")], aliases).values()
    assert (variant.feature.name, variant.feature.aliases) == ("BRAF", ("B-RAF1", "BRAF1", "NS7", "RAFB1"))


def test_odd_names_of_a_gene_cost_that_gene_s_names_only() -> None:
    findings = Findings()
    odd = RecordReader(findings, Statuses.ACCEPTED).aliases(
        [{"id": 1, "aliases": 7}, {"id": 2, "aliases": ["A", 1.5]}, {"id": 3, "aliases": ["B"]}, {"id": 4}]
    )
    assert odd == {3: ("B",), 4: ()}
    assert findings.counts["left out: unreadable genes"] == 2


def test_a_gene_is_found_by_its_other_names(demo: Database, tmp_path: Path) -> None:
    """Through V1 as through GraphQL: an annotation may use a symbol that only CIViC's list of names has."""
    database = copy.deepcopy(demo)
    [braf] = [one for one in database.features.values() if one["name"] == "BRAF"]
    braf["featureAliases"] = ["RAFB1", "NS7"]
    knowledge = sweep(database, tmp_path / "journal", Options(rate=None, most=2)).knowledge
    assert {one.feature.aliases for one in knowledge.variants.values() if one.feature.name == "BRAF"} == {
        ("NS7", "RAFB1")
    }
    snapshot = tmp_path / "snapshot"
    build_snapshot(snapshot, Assembly.GRCH38, civic=knowledge)
    csq = (
        "CSQ=TG|missense_variant|RAFB1|ENSP1:p.Val600Glu"  # not CIViC's allele, but its change of the protein
    )
    source = write_vcf(
        tmp_path / "in.vcf",
        [f"7\t140753336\t.\tAC\tTG\t.\t.\t{csq}"],
        contigs=("7",),
        meta=['##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|Consequence|SYMBOL|HGVSp">'],
    )
    annotate_file(AnnotateOptions(str(source), str(tmp_path / "out.vcf"), snapshot))
    [line] = data_lines((tmp_path / "out.vcf").read_bytes())
    assert "12" in info_of(line)["CIVIC_VID"].split("&")
    assert info_of(line)["CIVIC_MATCH"] == "protein"


def test_genes_that_did_not_come_make_a_sweep_incomplete(demo: Database, tmp_path: Path) -> None:
    faults = Faults()
    counted = {"total_count": 3, "total_pages": 1}
    page = json.dumps({"_meta": counted, "records": []}).encode()
    faults.by(lambda request: Body(page) if request.path == "/api/genes" else None)
    knowledge = sweep(demo, tmp_path / "journal", faults=faults).knowledge
    assert not knowledge.is_complete
    assert any("3 genes that the mirror counts did not arrive" in warning for warning in knowledge.warnings)


def test_an_assertion(samples: Path) -> None:
    assertion = reader().assertions([read(samples / "assertions_1.json")])[2]
    assert (assertion.significance, assertion.amp_category) == ("Sensitivity/Response", "Tier I - Level A")
    assert (assertion.regulatory_approval, assertion.companion_test) == (True, True)
    assert assertion.evidence_ids == (528, 529, 1122)
    assert (assertion.nccn_guideline, assertion.profile_id) == ("Breast Cancer", 306)


def test_unknown_words_are_kept_and_reported() -> None:
    findings = Findings()
    record = {
        "id": 1, "variant_id": 2, "status": "accepted", "evidence_type": "Predictive", "evidence_level": "B",
        "clinical_significance": "Anticipation", "drugs": None, "disease": None,
    }  # fmt: skip
    evidence = RecordReader(findings, Statuses.ACCEPTED).evidence([record])
    assert evidence[1].significance == "Anticipation"
    assert "Anticipation" in str(findings.warnings)


def test_an_invalid_record_is_omitted_counted_and_reported() -> None:
    findings = Findings()
    assert RecordReader(findings, Statuses.ACCEPTED).evidence([{"id": 7, "status": "accepted"}]) == {}
    assert findings.counts["left out: unreadable evidence items"] == 1
    assert "number 7" in str(findings.warnings)


# Pages and statuses


def test_pages_are_followed_whatever_their_size(demo: Database, whole: Swept, tmp_path: Path) -> None:
    made = sweep(demo, tmp_path / "small", Options(rate=None, most=7))
    assert made.knowledge == whole.knowledge
    assert len(made.requests) > len(whole.requests) + 10


def test_submitted_evidence_comes_only_when_wanted(demo: Database, tmp_path: Path) -> None:
    database = with_unaccepted(demo)
    accepted = sweep(database, tmp_path / "accepted").knowledge
    assert {item.status for item in accepted.evidence.values()} == {"accepted"}
    more = sweep(database, tmp_path / "more", statuses=Statuses.WITH_SUBMITTED).knowledge
    assert {item.status for item in more.evidence.values()} == {"accepted", "submitted"}
    assert set(more.evidence) > set(accepted.evidence)


def test_a_missing_variant_is_reported(demo: Database, whole: Swept, tmp_path: Path) -> None:
    gone = next(iter(whole.knowledge.variants))
    faults = Faults()
    faults.by(lambda request: Status(404) if request.path == f"/api/variants/{gone}" else None)
    made = sweep(demo, tmp_path / "journal", faults=faults)
    assert gone not in made.knowledge.variants
    assert made.knowledge.counts["missing: variants"] == 1
    assert any("that the mirror refers to are missing" in warning for warning in made.knowledge.warnings)


# Faults


@pytest.mark.parametrize(
    "fault",
    [Status(500), NOT_JSON, EMPTY, CutOff(), Reset(), Body(b"[]"), Body(b'{"records": []}')],
)
def test_temporary_faults_are_retried(fault: Any, demo: Database, whole: Swept, tmp_path: Path) -> None:
    made = sweep(demo, tmp_path / "journal", faults=Faults([None, fault]))
    assert made.knowledge == whole.knowledge
    assert len(made.requests) == len(whole.requests) + 1


def test_a_lasting_fault_is_an_error_and_never_an_empty_knowledge_base(
    demo: Database, tmp_path: Path
) -> None:
    for number, fault in enumerate((Status(500), NOT_JSON, Body(b"{}"), Status(404))):
        faults = Faults()
        faults.always(fault)
        with pytest.raises(NetworkError):
            sweep(demo, tmp_path / f"journal-{number}", faults=faults)


def test_a_stopped_sweep_goes_on_where_it_was(demo: Database, whole: Swept, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    faults = Faults([None] * 20)
    faults.always(Status(500))
    with pytest.raises(NetworkError):
        sweep(demo, journal, faults=faults, connections=1)
    made = sweep(demo, journal)
    assert len(made.requests) == len(whole.requests) - 20
    assert made.knowledge == whole.knowledge


def test_the_limit_that_a_mirror_states_is_waited_for(demo: Database, whole: Swept, tmp_path: Path) -> None:
    told = str(int(time.time()) + 2)
    refusal = Status(429, body=b"Throttled", headers={"RateLimit-Limit": "600", "RateLimit-Reset": told})
    made = sweep(demo, tmp_path / "journal", faults=Faults([None, refusal]), connections=1)
    assert made.requests[2].time - made.requests[1].time > 0.5  # Date and the reset have whole seconds
    assert set(made.knowledge.evidence) == set(whole.knowledge.evidence)


# The emulated mirror itself


def get(server: RunningServer, path: str) -> Any:
    with urllib.request.urlopen(f"{server.url}/api/{path}") as answer:  # noqa: S310
        return json.load(answer)


def shape(value: Any) -> Any:
    """Names and kinds of a value, without what it says."""
    if isinstance(value, dict):
        return {name: shape(of) for name, of in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


@pytest.mark.parametrize(
    ("age", "sample", "path"),
    [
        (2019, "evidence_items_0.json", "evidence_items"),
        (2019, "variants_0.json", "variants"),
        (2019, "genes_0.json", "genes"),
        (2019, "assertions_0.json", "assertions"),
    ],
)
def test_the_emulated_mirror_has_no_field_that_recorded_answers_lack(
    age: int, sample: str, path: str, demo: Database, samples: Path
) -> None:
    recorded = read(samples / sample)
    with RunningServer(CivicV1(demo, Options(age=age, rate=None)).application()) as server:
        answer = get(server, path)
    assert set(answer["_meta"]) == set(recorded["_meta"])
    known = {name for record in recorded["records"] for name in record}
    assert (
        set(answer["records"][0]) - {"phenotypes"} <= known
    )  # the sample is older than phenotypes in the index
    if path == "variants":
        (one,) = [record for record in answer["records"] if record["name"] == "V600E"][:1]
        assert isinstance(one["coordinates"]["start"], str)
        assert set(one["coordinates"]) == set(recorded["records"][0]["coordinates"])


def test_the_emulated_mirror_finds_by_other_identifiers(demo: Database) -> None:
    with RunningServer(CivicV1(demo, Options(rate=None)).application()) as server:
        assert [gene["name"] for gene in get(server, "genes/BRAF,KRAS?identifier_type=entrez_symbol")] == [
            "BRAF",
            "KRAS",
        ]
        assert get(server, "genes/673?identifier_type=entrez_id")["name"] == "BRAF"
        found = get(server, "variants/13961?identifier_type=clinvar")
        assert isinstance(found, list)
        assert {variant["entrez_name"] for variant in found} == {"BRAF"}
        page = get(server, "evidence_items?count=3&page=2&status=accepted")
        assert page["_meta"]["per_page"] == "3"
        assert page["_meta"]["links"]["previous"].endswith("count=3&page=1")
        assert isinstance(get(server, "variants?detailed=false"), list)


def test_the_emulated_mirror_states_its_limit(demo: Database) -> None:
    with RunningServer(CivicV1(demo, Options(rate=(2, 60.0))).application()) as server:
        for _ in range(2):
            assert get(server, "genes")["records"]
        with pytest.raises(urllib.error.HTTPError) as caught:
            get(server, "genes")
        with caught.value as answer:
            assert answer.status == 429
            assert answer.headers["RateLimit-Limit"] == "2"
            assert answer.headers["RateLimit-Remaining"] == "0"
            assert int(answer.headers["RateLimit-Reset"]) > time.time() - 1
            assert answer.headers["Retry-After"] is None
