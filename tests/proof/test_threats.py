"""Threats of SECURITY.md that no other test covers, and that each of its lines names tests that exist."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from annotator.dispatch.cgi.archive import opened_result
from annotator.errors import DispatchError, NetworkError
from annotator.net.state import state_folder
from tests.conftest import REPOSITORY
from tests.support.inputs import write_snapshot, write_vcf

_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_line_of_the_threat_model_names_a_test_that_exists() -> None:
    lines = [
        line
        for line in (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith(("| threat", "|---"))
    ]
    assert len(lines) >= 20
    for line in lines:
        named = _NAMED.findall(line)
        assert named, f"no test in: {line}"
        for path, name in named:
            tree = ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))
            assert name in {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}, (
                f"{path}::{name}"
            )


@pytest.mark.parametrize(
    "name", ["../alterations.tsv", "/x/alterations.tsv", "C:/alterations.tsv", "..\\x.tsv"]
)
def test_an_archive_with_a_path_outside_it_is_refused(name: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(name, "x")
    with pytest.raises(DispatchError, match="a member has a path outside the archive"):
        opened_result(file.getvalue(), "x.zip")


def test_a_link_in_an_archive_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        member = zipfile.ZipInfo("alterations.tsv")
        member.external_attr = 0o120777 << 16
        made.writestr(member, "/etc/passwd")
    with pytest.raises(DispatchError, match="a member has a path outside the archive"):
        opened_result(file.getvalue(), "x.zip")


def test_a_folder_of_counts_that_others_can_write_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(0o777)
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(folder))
    with pytest.raises(NetworkError, match="other users can write to the folder for request counts"):
        state_folder()


def test_a_run_without_online_opens_no_socket(tmp_path: Path) -> None:
    snapshot, source = write_snapshot(tmp_path / "s"), write_vcf(tmp_path / "in.vcf")
    code = f"""
import sys
used = []
sys.addaudithook(lambda event, _: used.append(event) if event.startswith("socket.") else None)
import annotator
annotator.annotate({str(source)!r}, {str(tmp_path / "out.vcf")!r}, snapshot={str(snapshot)!r})
print(used)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    events = ast.literal_eval(done.stdout)
    assert not [
        event for event in events if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}
    ]
    assert b"CLNSIG=" in (tmp_path / "out.vcf").read_bytes()
