"""`snapshot pull` and `snapshot update` of everything, and the snapshot that `annotate` uses when none is named."""

from __future__ import annotations

import fcntl
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from annotator.snapshot.folder import Snapshot
from tests.conftest import REPOSITORY
from tests.servers.base import RunningServer, Status
from tests.servers.civic_database import read_release
from tests.servers.civic_graphql import PATH, CivicGraphql, Options
from tests.servers.ncbi_files import DISEASES, ROOT, NcbiFiles
from tests.support.inputs import bgzip, run_annotator, write_vcf
from tests.support.small_clinvar_tables import write_small
from tests.support.structural import structural_row

DEMO = REPOSITORY / "test_data" / "demo"
CONFLICTING = "Conflicting_classifications_of_pathogenicity"  # of BRAF V600E in the demo


class Mirrors(NamedTuple):
    """The emulated services.

    Attributes:
        files: ClinVar's folder, with the ontology in it.
        ncbi: server of these files.
        civic: server of CIViC's GraphQL.

    """

    files: NcbiFiles
    ncbi: RunningServer
    civic: RunningServer

    def words(self) -> list[str]:
        return [
            f"--mirror=clinvar={self.ncbi.url}{ROOT}",
            f"--mirror=civic={self.civic.url}{PATH}",
            f"--mirror=ontology={self.ncbi.url}{ROOT}/doid.obo",
        ]


def clinvar(date: str, significance: str = CONFLICTING) -> bytes:
    text = (DEMO / "clinvar.GRCh38.vcf").read_text()
    lines = [f"##fileDate={date}" if line.startswith("##fileDate=") else line for line in text.splitlines()]
    changed = [
        line.replace(f"CLNSIG={CONFLICTING}", f"CLNSIG={significance}")
        if line.startswith("7\t140753336\t")
        else line
        for line in lines
    ]
    return bgzip("".join(f"{line}\n" for line in changed).encode())


@pytest.fixture
def mirrors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirrors]:
    for name in ("ANNOTATOR_SNAPSHOT", "XDG_DATA_HOME", "ANNOTATOR_CLINVAR_MIRROR", "ANNOTATOR_CIVIC_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    files = NcbiFiles({"doid.obo": DISEASES})
    for place in ("clinvar.vcf.gz", "clinvar_20260226.vcf.gz"):
        files.add(f"vcf_GRCh38/{place}", clinvar("2026-02-26"))
    service = CivicGraphql(read_release(DEMO / "civic"), Options(rate=None))
    with RunningServer(files.application()) as ncbi, RunningServer(service.application()) as civic:
        yield Mirrors(files, ncbi, civic)


def pull(mirrors: Mirrors, *words: str | Path) -> str:
    ran = run_annotator("snapshot", "pull", "--assembly", "GRCh38", *mirrors.words(), *words)
    assert ran.status == 0, ran.err
    return ran.err


def releases(snapshot: Path) -> dict[str, str]:
    return {name: release.version for name, release in Snapshot.open(snapshot).releases.items()}


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_two_commands_lead_from_nothing_to_an_annotated_file(mirrors: Mirrors, tmp_path: Path) -> None:
    """Without -o and --snapshot: the place is the user's data folder, and both say so."""
    source = write_vcf(tmp_path / "in.vcf")
    place = tmp_path / "home" / ".local" / "share" / "annotator" / "GRCh38.snapshot"
    ran = run_annotator("annotate", source, "-o", tmp_path / "out.vcf")
    assert ran.status == 1
    assert ran.err.startswith(f"ERROR: {place}: there is no snapshot of GRCh38. Download one with")
    assert "annotator snapshot pull --assembly GRCh38" in ran.err
    said = pull(mirrors)
    assert f"{place}: ClinVar 2026-02-26, GRCh38" in said
    assert f"{place}: CIViC " in said
    assert hidden(place.parent) == []
    ran = run_annotator("annotate", source, "-o", tmp_path / "out.vcf")
    assert ran.status == 0, ran.err
    assert f"snapshot: {place}" in ran.err
    assert re.search(r"clinvar-snapshot +2026-02-26", ran.err)
    written = (tmp_path / "out.vcf").read_text()
    assert f"CLNSIG={CONFLICTING}" in written
    assert "CIVIC_VID=12" in written


def test_a_pulled_snapshot_has_the_bytes_of_one_built_from_files(mirrors: Mirrors, tmp_path: Path) -> None:
    pull(mirrors, "-o", tmp_path / "pulled", "--only", "clinvar")
    ran = run_annotator(
        "snapshot", "build", "--assembly", "GRCh38", "--clinvar", DEMO / "clinvar.GRCh38.vcf", "-o", tmp_path / "built"
    )  # fmt: skip
    assert ran.status == 0, ran.err
    assert (tmp_path / "pulled/clinvar.store").read_bytes() == (tmp_path / "built/clinvar.store").read_bytes()


def test_a_folder_of_snapshots_is_named_by_the_environment(
    mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("ANNOTATOR_SNAPSHOT", str(tmp_path / "data"))
    pull(mirrors, "--only", "clinvar")
    assert (tmp_path / "data" / "GRCh38.snapshot" / "manifest.json").is_file()
    source = write_vcf(tmp_path / "in.vcf")
    ran = run_annotator("annotate", source, "-o", tmp_path / "out.vcf")
    assert ran.status == 0, ran.err
    monkeypatch.setenv("ANNOTATOR_SNAPSHOT", str(tmp_path / "data" / "GRCh38.snapshot"))
    assert run_annotator("annotate", source, "-o", tmp_path / "out.vcf").status == 0
    monkeypatch.delenv("ANNOTATOR_SNAPSHOT")
    named = ("--snapshot", tmp_path / "data")
    assert run_annotator("annotate", source, "-o", tmp_path / "out.vcf", *named).status == 0


@pytest.mark.parametrize("part", ["clinvar", "civic", "ontology"])
def test_a_wrong_address_does_not_wedge_the_next_try(mirrors: Mirrors, tmp_path: Path, part: str) -> None:
    wrong = [f"--mirror={part}={mirrors.ncbi.url}/nowhere{'/graphql' if part == 'civic' else ''}"]
    words = ["snapshot", "pull", "--assembly", "GRCh38", "-o", tmp_path / "s"]
    ran = run_annotator(*words, *mirrors.words(), *wrong)
    assert ran.status == 1
    assert f"{mirrors.ncbi.url}/nowhere" in ran.err
    assert not (tmp_path / "s").exists()
    pull(mirrors, "-o", tmp_path / "s")
    assert set(releases(tmp_path / "s")) == {"clinvar", "clinvar_protein", "civic"}
    assert hidden(tmp_path) == []


def test_a_stopped_pull_goes_on_where_it_was(mirrors: Mirrors, tmp_path: Path) -> None:
    mirrors.civic.faults.then(*[Status(500)] * 50)
    ran = run_annotator("snapshot", "pull", "--assembly", "GRCh38", "-o", tmp_path / "s", *mirrors.words())
    assert ran.status == 1
    assert f"the download so far is kept in {tmp_path / '.s.pull'}" in ran.err
    mirrors.civic.faults.then()
    before = len(mirrors.files.served)
    mirrors.civic.faults.clear()
    pull(mirrors, "-o", tmp_path / "s")
    assert not [one for one in mirrors.files.served[before:] if one.path.endswith("vcf.gz") and one.sent]


def test_a_page_in_place_of_the_ontology_is_refused(mirrors: Mirrors, tmp_path: Path) -> None:
    mirrors.files.add("doid.obo", b"<html>Please sign in</html>")
    ran = run_annotator("snapshot", "pull", "--assembly", "GRCh38", "-o", tmp_path / "s", *mirrors.words())
    assert ran.status == 1
    assert "doid.obo: the response is not an OBO file" in ran.err
    assert "--only clinvar,civic" in ran.err


def test_two_pulls_of_one_snapshot_do_not_meet(mirrors: Mirrors, tmp_path: Path) -> None:
    (tmp_path / ".s.pull").mkdir()
    with (tmp_path / ".s.pull" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        words = ("snapshot", "pull", "--assembly", "GRCh38", "-o", tmp_path / "s", *mirrors.words())
        ran = run_annotator(*words)
    assert ran.status == 1
    assert f"{tmp_path / 's'}: another process is pulling this snapshot" in ran.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--only", "ontology"], "neither ClinVar nor CIViC"),
        (["--only", "cosmic"], "nothing with the name 'cosmic'"),
        (["--mirror", "dbsnp=https://x.org"], "nothing with the name 'dbsnp'"),
        (["--release", "yesterday"], "the release 'yesterday' is not a date"),
        (["--release", "2026-02-26", "--with-tables"], "does not archive"),
    ],
)
def test_contradictory_options_are_refused_before_any_request(
    mirrors: Mirrors, tmp_path: Path, words: list[str], message: str
) -> None:
    ran = run_annotator(
        "snapshot", "pull", "--assembly", "GRCh38", "-o", tmp_path / "s", *mirrors.words(), *words
    )
    assert ran.status == 2
    assert message in ran.err
    assert not mirrors.ncbi.requests
    assert not mirrors.civic.requests


def test_a_second_pull_names_the_update(mirrors: Mirrors, tmp_path: Path) -> None:
    pull(mirrors, "-o", tmp_path / "my snapshot", "--only", "clinvar")
    ran = run_annotator(
        "snapshot", "pull", "--assembly", "GRCh38", "-o", "my snapshot", *mirrors.words(), cwd=tmp_path
    )
    assert ran.status == 2
    assert (
        "Fetch newer releases with `annotator snapshot update 'my snapshot'`, choose another name, or"
        in ran.err
    )


def test_a_release_is_pulled_by_its_date(mirrors: Mirrors, tmp_path: Path) -> None:
    mirrors.files.add("vcf_GRCh38/clinvar.vcf.gz", clinvar("2026-03-05"))
    pull(mirrors, "-o", tmp_path / "s", "--only", "clinvar", "--release", "2026-02-26")
    assert releases(tmp_path / "s") == dict.fromkeys(("clinvar", "clinvar_protein"), "2026-02-26")


# Updating


def test_an_update_replaces_newer_parts_and_prints_the_changes(mirrors: Mirrors, tmp_path: Path) -> None:
    snapshot = tmp_path / "s"
    pull(mirrors, "-o", snapshot)
    before = Snapshot.open(snapshot)  # as a job that runs meanwhile
    old = (snapshot / "civic.store").read_bytes()
    mirrors.files.add("vcf_GRCh38/clinvar.vcf.gz", clinvar("2026-03-05", "Benign"))
    words = ("snapshot", "update", snapshot, "--only", "clinvar", *mirrors.words())
    ran = run_annotator(*words)
    assert ran.status == 0, ran.err
    assert "140753336" in ran.out.decode()
    assert "Benign" in ran.out.decode()
    assert f"{snapshot}: clinvar updated to release 2026-03-05" in ran.err
    assert releases(snapshot)["clinvar"] == "2026-03-05"
    assert (snapshot / "civic.store").read_bytes() == old
    assert run_annotator("snapshot", "verify", snapshot).status == 0
    found = before.lookup("7", 140753336, "A", "T")["clinvar"]
    assert "Conflicting" in str(found)


def test_an_update_keeps_the_structural_records(mirrors: Mirrors, tmp_path: Path) -> None:
    """They come from ClinVar's tables, which the update has to download again although it is not told to."""
    rows = [structural_row(7, "copy number loss", "7", 1_000_001, 1_010_000)]
    tables = write_small(tmp_path / "tables", rows)
    for table in tables.iterdir():
        mirrors.files.add(f"tab_delimited/{table.name}.gz", gzip.compress(table.read_bytes(), mtime=0))
    snapshot = tmp_path / "s"
    pull(mirrors, "-o", snapshot, "--only", "clinvar", "--with-tables")
    assert "clinvar_sv" in releases(snapshot)
    mirrors.files.add("vcf_GRCh38/clinvar.vcf.gz", clinvar("2026-03-05", "Benign"))
    ran = run_annotator("snapshot", "update", snapshot, *mirrors.words())
    assert ran.status == 0, ran.err
    assert {releases(snapshot)[name] for name in ("clinvar", "clinvar_sv")} == {"2026-03-05"}


def test_an_update_of_a_current_snapshot_changes_nothing(mirrors: Mirrors, tmp_path: Path) -> None:
    snapshot = tmp_path / "s"
    pull(mirrors, "-o", snapshot, "--only", "clinvar")
    before = {path: path.stat().st_mtime_ns for path in (snapshot, *snapshot.iterdir())}
    served = len(mirrors.files.served)
    ran = run_annotator("snapshot", "update", snapshot, *mirrors.words())
    assert (ran.status, ran.out) == (0, b"")
    assert f"{snapshot}: clinvar up to date with release 2026-02-26" in ran.err
    assert {path: path.stat().st_mtime_ns for path in (snapshot, *snapshot.iterdir())} == before
    assert len(mirrors.files.served) - served == 1  # its first lines


def test_an_update_through_a_link_keeps_its_target(mirrors: Mirrors, tmp_path: Path) -> None:
    pull(mirrors, "-o", tmp_path / "february", "--only", "clinvar")
    (tmp_path / "current").symlink_to("february")
    mirrors.files.add("vcf_GRCh38/clinvar.vcf.gz", clinvar("2026-03-05"))
    ran = run_annotator("snapshot", "update", tmp_path / "current", *mirrors.words())
    assert ran.status == 0, ran.err
    assert releases(tmp_path / "current")["clinvar"] == "2026-03-05"
    assert releases(tmp_path / "february")["clinvar"] == "2026-02-26"


def test_an_update_that_fails_leaves_the_snapshot(mirrors: Mirrors, tmp_path: Path) -> None:
    snapshot = tmp_path / "s"
    pull(mirrors, "-o", snapshot, "--only", "clinvar")
    facts = (snapshot / "manifest.json").read_bytes()
    mirrors.files.add("vcf_GRCh38/clinvar.vcf.gz", gzip.compress(b"##fileDate=2026-03-05\nnot a VCF\n"))
    ran = run_annotator("snapshot", "update", snapshot, *mirrors.words())
    assert ran.status == 1
    assert (snapshot / "manifest.json").read_bytes() == facts
    assert json.loads(facts)["assembly"] == "GRCh38"
