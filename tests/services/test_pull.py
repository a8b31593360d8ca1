"""`snapshot pull clinvar` and the downloads under it, against an emulation of NCBI's file server."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import pty
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from annotator.snapshot.build import build_snapshot
from annotator.snapshot.folder import Snapshot
from annotator.snapshot.pull.clinvar import TABLES, pull_folder
from annotator.variants.assembly import Assembly
from tests.servers.ncbi_files import Md5
from tests.support.clinvar_tables import write_tables
from tests.support.inputs import CLINVAR_RECORDS, command, run_annotator, write_clinvar
from tests.support.pulls import NEWEST, Ncbi
from tests.support.waiting import until


def pull(ncbi: Ncbi, output: Path, *more: str | Path, assembly: str = "GRCh38") -> list[str | Path]:
    """Give the words of a pull."""
    return [
        "snapshot", "pull", "clinvar", "--assembly", assembly, "-o", output, "--mirror", ncbi.mirror, *more,
    ]  # fmt: skip


def hidden(folder: Path) -> list[Path]:
    """Return the files that a run has left in a folder."""
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def facts(snapshot: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((snapshot / "manifest.json").read_text())["sources"]["clinvar"]
    return found


# A whole pull


@pytest.mark.parametrize("assembly", list(Assembly))
def test_a_pulled_snapshot_is_that_of_the_files(ncbi: Ncbi, tmp_path: Path, assembly: Assembly) -> None:
    before = datetime.datetime.now(datetime.UTC).date()
    ran = run_annotator(*pull(ncbi, tmp_path / "pulled", assembly=assembly))
    after = datetime.datetime.now(datetime.UTC).date()
    assert ran.status == 0, ran.err
    assert ran.out == b""
    assert ran.err.splitlines()[-1] == f"{tmp_path / 'pulled'}: ClinVar 2026-02-26, {assembly}, 3 alleles"

    vcf = write_clinvar(tmp_path / "clinvar.vcf", assembly=assembly)
    build_snapshot(tmp_path / "built", assembly, clinvar=vcf)
    pulled, built = tmp_path / "pulled", tmp_path / "built"
    assert (pulled / "clinvar.store").read_bytes() == (built / "clinvar.store").read_bytes()
    retrieved = facts(pulled)["retrieved"]
    assert retrieved in {before.isoformat(), after.isoformat()}
    assert facts(pulled)["origin"] == "clinvar.vcf.gz"
    Snapshot.open(pulled).verify()
    assert hidden(tmp_path) == []


def test_only_necessary_files_are_requested(ncbi: Ncbi, tmp_path: Path) -> None:
    assert run_annotator(*pull(ncbi, tmp_path / "s")).status == 0
    # The MD5 before tells whether the file is there; that after is of the file as it is then.
    assert ncbi.asked() == [f"{NEWEST}.md5", NEWEST, f"{NEWEST}.md5"]
    assert all(request.query == [] for request in ncbi.server.requests)


def test_the_three_tables_are_pulled_too(ncbi: Ncbi, tmp_path: Path, shared_data: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    release = shared_data / "clinvar" / "clinvar_20260226"
    grch38 = release.with_name(f"{release.name}.GRCh38.cancer_genes.vcf.gz")
    grch37 = release.with_name(f"{release.name}.GRCh37.cancer_genes.DERIVED_liftover.vcf.gz")
    write_tables(folder, grch38, grch37, limit=200)
    for table in TABLES:
        ncbi.files.add(table, (folder / Path(table).name).read_bytes())
    ran = run_annotator(*pull(ncbi, tmp_path / "pulled", "--tables"))
    assert ran.status == 0, ran.err
    vcf = write_clinvar(tmp_path / "clinvar.vcf")
    build_snapshot(tmp_path / "built", "GRCh38", clinvar=vcf, clinvar_tables=folder)
    pulled, built = tmp_path / "pulled", tmp_path / "built"
    assert (pulled / "clinvar.store").read_bytes() == (built / "clinvar.store").read_bytes()
    assert set(TABLES) < set(ncbi.asked())
    assert hidden(tmp_path) == []


def test_a_table_that_is_missing_is_known_before_anything_is_downloaded(ncbi: Ncbi, tmp_path: Path) -> None:
    ran = run_annotator(*pull(ncbi, tmp_path / "s", "--tables"))
    assert ran.status == 1
    assert f"Tried {ncbi.mirror}/tab_delimited/variant_summary.txt.gz.md5" in ran.err
    assert ncbi.files.served == []


# Releases


@pytest.mark.parametrize(
    ("release", "places"),
    [
        ("20260226", ["clinvar_20260226"]),
        ("20260219", ["clinvar_20260219", "weekly/clinvar_20260219"]),
        (
            "20240107",
            ["clinvar_20240107", "weekly/clinvar_20240107", "archive_2.0/2024/clinvar_20240107"],
        ),
    ],
)
def test_a_release_is_searched_in_all_its_folders(
    ncbi: Ncbi, tmp_path: Path, release: str, places: list[str]
) -> None:
    ran = run_annotator(*pull(ncbi, tmp_path / "s", "--release", release))
    assert ran.status == 0, ran.err
    found = f"vcf_GRCh38/{places[-1]}.vcf.gz"
    assert ncbi.asked() == [
        *(f"vcf_GRCh38/{place}.vcf.gz.md5" for place in places),
        found,
        f"{found}.md5",
    ]
    assert str(facts(tmp_path / "s")["release"]).replace("-", "") == release
    assert facts(tmp_path / "s")["origin"] == f"clinvar_{release}.vcf.gz"


def test_a_missing_release_is_an_error_with_the_searched_addresses(ncbi: Ncbi, tmp_path: Path) -> None:
    ran = run_annotator(*pull(ncbi, tmp_path / "s", "--release", "20250102"))
    assert (ran.status, ran.out) == (1, b"")
    folder = f"{ncbi.mirror}/vcf_GRCh38"
    tried = ", ".join(
        f"{folder}/{place}clinvar_20250102.vcf.gz.md5" for place in ("", "weekly/", "archive_2.0/2025/")
    )
    assert ran.err == (
        f"ERROR: no such file on the server: clinvar_20250102.vcf.gz. Tried {tried}. "
        "The dates of available releases are listed there.\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--release", "2026-02-26"], "Write it as YYYYMMDD"),
        (["--release", "20260231"], "Write it as YYYYMMDD"),
        (["--release", "2026W091"], "Write it as YYYYMMDD"),
        (["--release", "../../x"], "Write it as YYYYMMDD"),
        (["--release", "20260226", "--tables"], "does not archive hgvs4variation and variation_allele"),
        (["--mirror", "http://ftp.ncbi.nlm.nih.gov/pub/clinvar"], "only https addresses are allowed"),
        (["--mirror", "ftp.ncbi.nlm.nih.gov/pub/clinvar"], "only https addresses are allowed"),
        (["--assembly", "hg18"], "'hg18' is not supported"),
        (["-@", "0"], ": the number of workers is out of range"),
    ],
)
def test_invalid_options_are_refused_before_any_request(
    ncbi: Ncbi, tmp_path: Path, more: list[str], told: str
) -> None:
    ran = run_annotator(*pull(ncbi, tmp_path / "s", *more))
    assert ran.status == 2
    assert told in ran.err
    assert ncbi.server.requests == []
    assert not (tmp_path / "s").exists()


def test_only_a_snapshot_is_replaced_and_only_with_force(ncbi: Ncbi, tmp_path: Path) -> None:
    output = tmp_path / "s"
    build_snapshot(output, "GRCh38", clinvar=write_clinvar(tmp_path / "c.vcf", date="2020-01-01"))
    ran = run_annotator(*pull(ncbi, output))
    assert (ran.status, ncbi.server.requests) == (2, [])
    assert "--force" in ran.err
    assert run_annotator(*pull(ncbi, output, "--force")).status == 0
    assert facts(output)["release"] == "2026-02-26"
    (tmp_path / "mine").mkdir()
    asked = len(ncbi.server.requests)
    ran = run_annotator(*pull(ncbi, tmp_path / "mine", "--force"))
    assert (ran.status, len(ncbi.server.requests)) == (2, asked)
    assert "is not a snapshot" in ran.err


# MD5


def test_the_md5_may_be_written_with_a_path(ncbi: Ncbi, tmp_path: Path) -> None:
    data = (tmp_path / "c.vcf", write_clinvar(tmp_path / "c.vcf").read_bytes())[1]
    ncbi.files.add(NEWEST, data, Md5.PATH)
    assert run_annotator(*pull(ncbi, tmp_path / "s")).status == 0


def test_a_file_with_another_md5_is_removed(ncbi: Ncbi, tmp_path: Path) -> None:
    ncbi.files.add(NEWEST, write_clinvar(tmp_path / "c.vcf").read_bytes(), Md5.WRONG)
    keep = tmp_path / "keep"
    ran = run_annotator(*pull(ncbi, tmp_path / "s", "--keep", keep))
    assert ran.status == 1
    assert f"ERROR: {ncbi.mirror}/{NEWEST}: the file does not match its published MD5" in ran.err
    assert not (tmp_path / "s").exists()
    assert [path for path in keep.rglob("*") if path.is_file()] == []


def test_a_page_instead_of_an_md5_is_an_error(ncbi: Ncbi, tmp_path: Path) -> None:
    ncbi.files.add(NEWEST, b"", Md5.PAGE)
    ran = run_annotator(*pull(ncbi, tmp_path / "s"))
    assert ran.status == 1
    assert f"{NEWEST}.md5: the response is not an MD5 checksum" in ran.err
    assert ncbi.files.served == []


def test_a_file_without_an_md5_is_not_taken(ncbi: Ncbi, tmp_path: Path) -> None:
    ncbi.files.add(NEWEST, write_clinvar(tmp_path / "c.vcf").read_bytes(), Md5.NONE)
    ran = run_annotator(*pull(ncbi, tmp_path / "s"))
    assert ran.status == 1
    assert "no such file on the server: clinvar.vcf.gz" in ran.err
    assert ncbi.files.served == []


def test_a_file_that_is_right_but_not_clinvar_s_makes_no_snapshot(ncbi: Ncbi, tmp_path: Path) -> None:
    ncbi.files.add(NEWEST, b"something else\n")
    ran = run_annotator(*pull(ncbi, tmp_path / "s"))
    assert ran.status == 1
    assert "clinvar.vcf.gz" in ran.err
    assert f"the download so far is kept in {tmp_path / '.s.pull'}" in ran.err
    assert not (tmp_path / "s").exists()


# Stopped and going on


def start_slowly(ncbi: Ncbi, output: Path, large: bytes) -> tuple[subprocess.Popen[str], Path]:
    """Start a pull from a server that takes its time, and wait until some has arrived."""
    ncbi.files.add(NEWEST, large)
    ncbi.files.manners.piece, ncbi.files.manners.pause = 4096, 0.1
    running = subprocess.Popen(command(*pull(ncbi, output)), stderr=subprocess.PIPE, text=True)
    part = pull_folder(output) / f"{NEWEST}.part"
    until(lambda: running.poll() is not None or (part.exists() and part.stat().st_size > 50_000))
    assert running.poll() is None, running.communicate()[1]
    return running, part


def go_on(ncbi: Ncbi, output: Path, large: bytes, arrived: int) -> None:
    """Let a stopped pull go on, and see that it asks for no byte that has arrived."""
    assert 50_000 < arrived < len(large)
    ncbi.files.manners.pause = 0.0
    ran = run_annotator(*pull(ncbi, output))
    assert ran.status == 0, ran.err
    assert ncbi.ranges() == [None, f"bytes={arrived}-"]
    first, second = ncbi.files.served
    assert (first.first, second.first, second.sent) == (0, arrived, len(large) - arrived)
    tag = ncbi.server.requests[-2].headers["if-range"]
    assert tag == f'"{hashlib.sha256(large).hexdigest()[:16]}"'
    assert facts(output)["origin_sha256"] == hashlib.sha256(large).hexdigest()
    assert hidden(output.parent) == []


def test_a_pull_that_was_killed_goes_on_from_where_it_was(ncbi: Ncbi, tmp_path: Path, large: bytes) -> None:
    running, part = start_slowly(ncbi, tmp_path / "s", large)
    running.kill()
    running.communicate()
    assert not (tmp_path / "s").exists()
    go_on(ncbi, tmp_path / "s", large, part.stat().st_size)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_pull_is_reported_and_continues(
    ncbi: Ncbi, tmp_path: Path, large: bytes, number: signal.Signals, status: int
) -> None:
    running, part = start_slowly(ncbi, tmp_path / "s", large)
    running.send_signal(number)
    told = running.communicate()[1]
    assert running.returncode == status
    assert "Traceback" not in told
    if number is signal.SIGINT:
        assert told.splitlines()[-2:] == [
            f"the download so far is kept in {tmp_path / '.s.pull'}",
            "interrupted; no output was written",
        ]
    go_on(ncbi, tmp_path / "s", large, part.stat().st_size)


def test_a_full_disk_is_an_error_and_received_data_are_kept(ncbi: Ncbi, tmp_path: Path, large: bytes) -> None:
    ncbi.files.add(NEWEST, large)
    limit = 100_000
    ran = subprocess.run(
        command(*pull(ncbi, tmp_path / "s")),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    part = tmp_path / ".s.pull" / f"{NEWEST}.part"
    assert ran.returncode == 1
    assert (
        f"ERROR: {part}: cannot be written (File too large). A limit of file sizes is reached" in ran.stderr
    )
    assert part.stat().st_size == limit
    go_on(ncbi, tmp_path / "s", large, limit)


def test_two_pulls_at_once_do_not_write_into_one_file(ncbi: Ncbi, tmp_path: Path, large: bytes) -> None:
    running, _ = start_slowly(ncbi, tmp_path / "s", large)
    ran = run_annotator(*pull(ncbi, tmp_path / "s"))
    assert ran.status == 1
    assert "another process is downloading it" in ran.err
    ncbi.files.manners.pause = 0.0
    told = running.communicate()[1]
    assert running.returncode == 0, told
    assert facts(tmp_path / "s")["origin_sha256"] == hashlib.sha256(large).hexdigest()


# Kept files


def test_kept_files_are_used_again_as_long_as_they_are_the_published_ones(ncbi: Ncbi, tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    for output in ("first", "second"):
        assert run_annotator(*pull(ncbi, tmp_path / output, "--keep", keep)).status == 0
    assert ncbi.asked() == [f"{NEWEST}.md5", NEWEST, f"{NEWEST}.md5", f"{NEWEST}.md5"]
    assert [path for path in keep.rglob("*") if path.is_file()] == [keep / NEWEST]

    newer = write_clinvar(tmp_path / "c.vcf", date="2026-03-05").read_bytes()
    ncbi.files.add(NEWEST, newer)
    assert run_annotator(*pull(ncbi, tmp_path / "third", "--keep", keep)).status == 0
    assert (keep / NEWEST).read_bytes() == newer
    assert facts(tmp_path / "third")["release"] == "2026-03-05"


def test_two_assemblies_are_kept_side_by_side(ncbi: Ncbi, tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    for assembly in Assembly:
        assert run_annotator(*pull(ncbi, tmp_path / assembly, "--keep", keep, assembly=assembly)).status == 0
    assert sorted(str(path.relative_to(keep)) for path in keep.rglob("*.gz")) == [
        "vcf_GRCh37/clinvar.vcf.gz",
        "vcf_GRCh38/clinvar.vcf.gz",
    ]


def test_a_folder_that_cannot_be_is_an_error(ncbi: Ncbi, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run_annotator(*pull(ncbi, tmp_path / "s", "--keep", tmp_path / "file"))
    assert ran.status == 1
    assert "cannot be written" in ran.err


# Messages


def test_a_download_prints_progress_lines(
    ncbi: Ncbi, tmp_path: Path, large: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNOTATOR_PROGRESS_SECONDS", "0")
    ncbi.files.add(NEWEST, large)
    ran = run_annotator(*pull(ncbi, tmp_path / "s"))
    *lines, last = ran.err.splitlines()
    arriving = [line for line in lines if line.startswith("downloading clinvar.vcf.gz: ")]
    assert arriving[0].startswith("downloading clinvar.vcf.gz: 0 % of ")
    assert arriving[-1].startswith("downloading clinvar.vcf.gz: 100 % of ")
    assert last == f"{tmp_path / 's'}: ClinVar 2026-02-26, GRCh38, 5,000 alleles"


def test_a_quiet_pull_prints_nothing(ncbi: Ncbi, tmp_path: Path) -> None:
    ran = run_annotator(*pull(ncbi, tmp_path / "s", "--quiet"))
    assert (ran.status, ran.out, ran.err) == (0, b"", "")


def test_a_short_pull_prints_only_its_summary(ncbi: Ncbi, tmp_path: Path) -> None:
    ran = run_annotator(*pull(ncbi, tmp_path / "s"))
    assert ran.err == f"{tmp_path / 's'}: ClinVar 2026-02-26, GRCh38, 3 alleles\n"


def test_a_terminal_is_shown_a_bar(
    ncbi: Ncbi, tmp_path: Path, large: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNOTATOR_PROGRESS_SECONDS", "0")
    ncbi.files.add(NEWEST, large)
    ours, theirs = pty.openpty()
    running = subprocess.Popen(command(*pull(ncbi, tmp_path / "s")), stderr=theirs, stdout=subprocess.PIPE)
    os.close(theirs)
    told = b""
    while piece := _read(ours):
        told += piece
    os.close(ours)
    assert running.communicate()[0] == b""
    assert running.returncode == 0
    shown = told.decode()
    assert "downloading clinvar.vcf.gz  [---" in shown
    assert "####]  100 %" in shown
    assert shown.rstrip().splitlines()[-1].endswith("ClinVar 2026-02-26, GRCh38, 5,000 alleles")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux's way to say that nobody writes any more
        return b""


def test_building_from_files_imports_no_network_module(tmp_path: Path) -> None:
    program = """
import json, sys
from annotator.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    assert not ended.code, ended.code
print(json.dumps(sorted(sys.modules)))
"""
    vcf = write_clinvar(tmp_path / "c.vcf", CLINVAR_RECORDS)
    words = ["snapshot", "build", "--assembly", "GRCh38", "--clinvar", str(vcf), "-o", str(tmp_path / "s")]
    ran = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    loaded = set(json.loads(ran.stdout.splitlines()[-1]))
    assert loaded & {"aiohttp", "asyncio", "ssl", "tenacity", "annotator.net"} == set()
