"""Python in README, guide and notebook passes `mypy --strict`, as a program of the user's would."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def snippets(repository: Path) -> dict[str, str]:
    """Python by where it is; blocks of Snakemake do not import the package."""
    pages = [repository / "README.md", *sorted((repository / "annotator" / "guide").glob("*.md"))]
    found = {
        f"{page.stem.replace('-', '_')}_{number}": text
        for page in pages
        for number, text in enumerate(_BLOCK.findall(page.read_text(encoding="utf-8")))
        if "import annotator" in text
    }
    notebook = json.loads((repository / "test_data" / "demo" / "notebook.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return found | {"notebook": "\n".join(cells) + "\n"}


def test_python_of_the_documents_passes_mypy_strict(repository: Path, tmp_path: Path) -> None:
    found = snippets(repository)
    assert {"README_0", "automation_0", "notebook"} <= set(found)
    for name, text in found.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [
            sys.executable, "-m", "mypy", "--strict", "--config-file", repository / "pyproject.toml",
            "--cache-dir", tmp_path / "cache", *sorted(tmp_path.glob("*.py")),
        ],
        cwd=repository, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{len(found)} source files" in ran.stdout
