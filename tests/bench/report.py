"""`python -m tests.bench.report`: what the report of a genome takes, the views it makes, and how the page behaves.

    python -m tests.bench.report                                       a fiftieth of a genome
    python -m tests.bench.report --scale 1 --kept /tmp/full            all of it, of files that were made before

Nothing here judges a time. The page is opened in Chromium, if there is one: milliseconds until it can be used, and of
sorting, paging and the first search, which takes the texts of all rows together.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import annotator
from tests.bench.measure import Usage, run
from tests.bench.peers import Tool
from tests.bench.workload import existing_workload, write_workload

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

__all__ = ["Behaviour", "Made", "behaviour_of", "made_of", "main"]

_GENOME = "wgs"
_VIEWS = ("genome.html", "genome.tsv", "genome.json", "genome_mqc.json")
_TIMED = "const from = performance.now(); {}; document.body.offsetHeight; return performance.now() - from"
_SEARCHED = """
const done = arguments[0], box = document.getElementById('search'), said = document.getElementById('status');
const from = performance.now();
new MutationObserver(() => done(performance.now() - from)).observe(said, {childList: true});
box.value = 'no such word';
box.dispatchEvent(new Event('input', {bubbles: true}));
"""


class Made(NamedTuple):
    """A command, what it took, and the bytes of the files that it wrote."""

    name: str
    usage: Usage
    sizes: dict[str, int]


class Behaviour(NamedTuple):
    """Milliseconds until the page can be used, and of what people do with it; and how many alleles it holds."""

    usable: float
    sorting: float
    paging: float
    search: float
    alleles: int


def made_of(genome: Path, snapshot: Path, folder: Path) -> list[Made]:
    """Annotate without and with a page, then make the page alone and all views, as a user would."""
    output = folder / "annotated.vcf.gz"
    ours = (sys.executable, "-m", "annotator")
    annotate = (*ours, "annotate", str(genome), "-o", str(output), "--snapshot", str(snapshot))
    views = [str(folder / name) for name in _VIEWS]
    report = (*ours, "report", str(output), "-o", views[0])
    commands = {
        "annotate": (annotate, ()),
        "annotate --report": ((*annotate, "--report", views[0]), _VIEWS[:1]),
        "report -o": (report, _VIEWS[:1]),
        "report, all views": (
            (*report, "--tsv", views[1], "--json", views[2], "--multiqc", views[3]),
            _VIEWS,
        ),
    }
    return [
        Made(
            name,
            run(Tool(name, (command,), output)),
            {view: (folder / view).stat().st_size for view in written},
        )
        for name, (command, written) in commands.items()
    ]


def behaviour_of(page: Path, driver: Chrome) -> Behaviour:
    """Open a page and do with it what people do."""
    driver.get(page.as_uri())
    usable = driver.execute_script(
        "return performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    )
    sorting = driver.execute_script(
        _TIMED.format("document.querySelectorAll('#table thead button')[2].click()")
    )
    paging = driver.execute_script(_TIMED.format("document.getElementById('after').click()"))
    search = driver.execute_async_script(_SEARCHED)
    alleles = driver.execute_script("return JSON.parse(document.getElementById('data').textContent).length")
    return Behaviour(float(usable), float(sorting), float(paging), float(search), int(alleles))


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.report")
    parser.add_argument("--scale", type=int, default=50, help="1 for a genome, n for one n-th of it")
    parser.add_argument("--kept", type=Path, help="folder of a workload that was made before")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if options.kept is None:
            workload = write_workload(folder, options.scale, os.cpu_count() or 1)
        else:
            workload = existing_workload(options.kept, (_GENOME,))
        snapshot = folder / "GRCh38.snapshot"
        annotator.build_snapshot(snapshot, "GRCh38", clinvar=workload.clinvar)
        for made in made_of(workload.path(_GENOME), snapshot, folder):
            sizes = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in made.sizes.items())
            wall, cpu, peak = made.usage
            print(f"{made.name}: {cpu:.1f} s CPU, {wall:.1f} s, {peak / 1e6:.0f} MB. {sizes}")  # noqa: T201
        if shutil.which("chromium") and shutil.which("chromedriver"):
            from tests.support.browser import browser

            with browser(folder / "profile") as driver:
                print(behaviour_of(folder / _VIEWS[0], driver))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
