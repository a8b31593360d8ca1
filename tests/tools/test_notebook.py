"""The notebook of the demo, run cell by cell as Jupyter runs it: its kernel has a running event loop."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.servers.base import RunningServer
from tests.servers.clinical_tables import PATH, application, demo_records

NOTEBOOK = REPOSITORY / "test_data" / "demo" / "notebook.ipynb"
EXECUTE = "from nbclient.cli import main; main()"  # `jupyter execute`


def test_every_cell_of_the_notebook_runs(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(NOTEBOOK.parent, folder)
    # A kernel of this environment, whatever others the machine has.
    kernel = tmp_path / "share" / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    words = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": words, "display_name": "Python 3", "language": "python"})
    )
    with RunningServer(application(demo_records())) as server:
        variables = {
            "ANNOTATOR_CLINVAR_URL": server.url + PATH,
            "ANNOTATOR_STATE_DIR": str(tmp_path / "state"),
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "JUPYTER_PATH": str(tmp_path / "share" / "jupyter"),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(REPOSITORY), os.environ.get("PYTHONPATH")))),
        }
        ran = subprocess.run(
            [sys.executable, "-c", EXECUTE, "--timeout=120", "--output=ran", NOTEBOOK.name],
            cwd=folder, env=os.environ | variables, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        assert server.requests
    cells = json.loads((folder / "ran.ipynb").read_text())["cells"]
    shown = [
        "".join(output.get("text") or output["data"]["text/plain"])
        for cell in cells
        for output in cell.get("outputs", ())
    ]
    snapshot, summary, lookup, table, page, online = shown
    assert "GRCh38" in snapshot
    assert "clinvar" in summary
    assert lookup == "'Conflicting_classifications_of_pathogenicity'"
    assert "CARRIED_BY" in table
    assert "TUMOUR" in table
    assert page == "True"
    assert "'found'" in online


def test_the_notebook_is_kept_without_results() -> None:
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
