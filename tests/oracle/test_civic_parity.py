"""CIViC's release of 2024-08-01 through every way in, by the whole command: the same INFO, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import annotator
from annotator import OnlineOptions
from annotator.result import Match
from annotator.snapshot.civic.release import read_civic_release
from annotator.sources.civic.fields import CIVIC_SUBFIELDS
from annotator.variants.assembly import Assembly
from tests.bench.civic_reach import RELEASE, Shared, lift_of
from tests.conftest import REPOSITORY
from tests.servers.base import RunningServer
from tests.servers.civic_database import Database, read_release
from tests.servers.civic_graphql import PATH, CivicGraphql, Options
from tests.servers.civic_v1 import CivicV1
from tests.servers.civic_v1 import Options as V1Options
from tests.support.civic_calls import CSQ_HEADER, calls_of
from tests.support.civic_parity import alleles_as_vcf
from tests.support.inputs import data_lines, info_of, write_vcf

DEMO = REPOSITORY / "test_data" / "demo"
GRCH37, GRCH38 = Assembly.GRCH37, Assembly.GRCH38
FLAG = CIVIC_SUBFIELDS.index("Flag")


@pytest.fixture(scope="module", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path_factory.mktemp("state")))
        patch.delenv("CIVIC_API_KEY", raising=False)
        yield


@pytest.fixture(scope="module")
def database(shared_data: Path) -> Database:
    return read_release(shared_data / RELEASE)


@pytest.fixture(scope="module")
def inputs(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Assembly, list[Path]]:
    """The demo's files, every allele (GRCh37), and what a caller and VEP would write for every variant (GRCh38)."""
    folder = tmp_path_factory.mktemp("inputs")
    demo = {
        assembly: [DEMO / f"tumour.{assembly}.vcf", DEMO / f"germline.{assembly}.vcf"]
        for assembly in Assembly
    }
    alleles = alleles_as_vcf(read_civic_release(shared_data / RELEASE), folder / "alleles.vcf")
    shared = Shared.read(shared_data)
    calls = sorted(set(calls_of(shared.variants, "GRCh38", lift_of(shared_data, GRCH38))))
    lines = [call.line() for call in sorted(calls, key=lambda call: call[2:5])]
    contigs = tuple(GRCH38.lengths)
    written = write_vcf(folder / "calls.vcf", lines, assembly=GRCH38, contigs=contigs, meta=(CSQ_HEADER,))
    return {GRCH37: [*demo[GRCH37], alleles], GRCH38: [*demo[GRCH38], written]}


class Way(NamedTuple):
    """A release that came in over the network: the journal of the run that swept it, and how many requests it took."""

    journal: Path
    requests: int

    def replay(self) -> OnlineOptions:
        return OnlineOptions(clinvar=False, journal=self.journal, is_replay=True)


@pytest.fixture(scope="module")
def graphql(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Way:
    with RunningServer(CivicGraphql(database, Options(rate=None)).application()) as server:
        return swept(server, "graphql", PATH, tmp_path_factory.mktemp("graphql"))


@pytest.fixture(scope="module")
def v1(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Way:
    with RunningServer(CivicV1(database, V1Options(rate=None)).application()) as server:
        return swept(server, "v1", "/api", tmp_path_factory.mktemp("v1"))


def swept(server: RunningServer, way: str, place: str, folder: Path) -> Way:
    """Sweep in a run of the demo."""
    online = OnlineOptions(
        clinvar=False, civic=way, civic_url=f"{server.url}{place}", civic_rate=2000.0, journal=folder / "journal"
    )  # fmt: skip
    annotator.annotate(DEMO / "tumour.GRCh37.vcf", folder / "out.vcf", online=online)
    return Way(folder / "journal", len(server.requests))


@pytest.fixture(scope="module")
def snapshots(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Assembly, Path]:
    """Snapshots of the release's files."""
    folder = tmp_path_factory.mktemp("snapshots")
    for assembly in Assembly:
        annotator.build_snapshot(folder / assembly, assembly, civic=shared_data / RELEASE)
    return {assembly: folder / assembly for assembly in Assembly}


def written(source: Path, output: Path, lowest: Match, **options: object) -> list[str]:
    annotator.annotate(source, output, civic_match=lowest, **options)  # type: ignore[arg-type]
    return data_lines(output.read_bytes())


@pytest.fixture(scope="module")
def local(
    snapshots: dict[Assembly, Path],
    inputs: dict[Assembly, list[Path]],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[Path, list[str]]:
    """Records of each input as a snapshot of the files annotates them."""
    folder = tmp_path_factory.mktemp("local")
    return {
        source: written(source, folder / source.name, Match.GENE, snapshot=snapshots[assembly])
        for assembly, sources in inputs.items()
        for source in sources
    }


@pytest.mark.parametrize("assembly", Assembly)
def test_files_and_graphql_write_the_same_bytes(
    assembly: Assembly,
    graphql: Way,
    local: dict[Path, list[str]],
    inputs: dict[Assembly, list[Path]],
    tmp_path: Path,
) -> None:
    assert graphql.requests <= 80
    online = graphql.replay()
    told = {}
    for source in inputs[assembly]:
        lines = written(source, tmp_path / "asked.vcf", Match.GENE, online=online)
        assert lines == local[source]
        told[source.name.partition(".")[0]] = sum("CIVIC_VID=" in line for line in lines)
    assert told["tumour"] >= 25
    assert told["germline"] >= 1
    assert told.get("calls", 2_001) > 2_000
    assert told.get("alleles", 801) > 800
    assert len(told) == 3


def test_all_of_civic_is_placed_on_grch38_without_any_option(
    graphql: Way, local: dict[Path, list[str]], inputs: dict[Assembly, list[Path]], tmp_path: Path
) -> None:
    calls = inputs[GRCH38][-1]
    asked = written(calls, tmp_path / "asked.vcf", Match.EXACT, online=graphql.replay())
    for lines in (asked, local[calls]):
        assert sum(info_of(line).get("CIVIC_MATCH") == "exact" for line in lines) > 805


def test_v1_writes_the_same_entries_of_single_variants(
    v1: Way,
    database: Database,
    local: dict[Path, list[str]],
    inputs: dict[Assembly, list[Path]],
    tmp_path: Path,
) -> None:
    """V1 knows no profiles: of those of several variants it says nothing, of the others neither number nor name.

    Nor does it say what a curator has flagged for review. A fusion whose evidence all hangs on combinations (HIP1::ALK)
    has no name there, so that genes at the ends of a breakend are not known to be a fusion.
    """
    single = {str(one["id"]) for one in database.profiles.values() if len(one["variants"]) == 1}
    unnamed = {str(id_) for id_ in database.variants.keys() - variants_with_evidence_of_their_own(database)}
    online = v1.replay()
    compared = flagged = 0
    # The demo's tumour and every allele; what a caller and VEP would write for every variant.
    for source in (inputs[GRCH37][0], inputs[GRCH37][-1], inputs[GRCH38][-1]):
        asked = written(source, tmp_path / "asked.vcf", Match.GENE, online=online)
        for one, other in zip(local[source], asked, strict=True):
            expected = [entry for entry in entries_of(one) if entry[7] in single]
            if one.split("\t")[2].removesuffix("_structural") in unnamed:
                expected = [entry for entry in expected if "genes_at_the_ends" not in entry]
            assert what_v1_says(entries_of(other)) == what_v1_says(expected)
            assert not any(entry[FLAG] for entry in entries_of(other))
            compared += len(expected)
            flagged += sum(entry[FLAG] != "" for entry in expected)
    assert compared > 6_000
    assert flagged > 0


def entries_of(line: str) -> list[list[str]]:
    """Entries of a record's CIVIC, each as its parts."""
    entries: Iterable[str] = info_of(line).get("CIVIC", "").split(",")
    return [entry.split("|") for entry in entries if "|" in entry]


def variants_with_evidence_of_their_own(database: Database) -> set[int]:
    profiles = database.profiles.values()
    own = {one["id"]: one["variants"][0]["id"] for one in profiles if len(one["variants"]) == 1}
    items = [*database.evidence.values(), *database.assertions.values()]
    return {own[id_] for item in items if (id_ := item["molecularProfile"]["id"]) in own}


def what_v1_says(entries: Iterable[list[str]]) -> list[list[str]]:
    """Entries without the name and number of their profile, and so not in its order, and without their flag."""
    return sorted(entry[:6] + entry[8:FLAG] + entry[FLAG + 1 :] for entry in entries)
