"""A folder with the workflow in it, and Snakemake run there as a user would, with this environment's programs."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.conftest import REPOSITORY, guarded_path
from tests.servers.base import RunningServer
from tests.servers.cgi import CgiService
from tests.servers.cgi import Options as CgiOptions
from tests.servers.opal import Opal, application, demo
from tests.support.cgi_runs import EMAIL, TOKEN, serving

__all__ = [
    "COLUMNS",
    "DECOYS",
    "META",
    "Cohort",
    "Ended",
    "copy_demo",
    "demo_services",
    "make_cohort",
    "overlapping_records",
]

COLUMNS = (
    "sample",
    "vcf",
    "assembly",
    "disease",
    "cancer_type",
    "tissue",
    "vcf_sample",
    "accession_id",
    "genome_id",
)


DECOYS = ("GL000192.1", "hs37d5")
META = (
    '##INFO=<ID=DP,Number=1,Type=Float,Description="Depth">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="End">',
    *(f"##contig=<ID={name}>" for name in DECOYS),
)


class Ended(NamedTuple):
    """How Snakemake ended: its status, and all that it said."""

    status: int
    said: str


class Cohort(NamedTuple):
    """A folder with the workflow, a configuration and a sheet of samples.

    Attributes:
        folder: where Snakemake is called.
        variables: of its environment.

    """

    folder: Path
    variables: Mapping[str, str]

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a run: nothing of the user's own, and our programs first on the path."""
        return {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "PYTHONPATH": os.pathsep.join(guarded_path(str(REPOSITORY))),
            "ANNOTATOR_STATE_DIR": str(self.folder / "home" / "state"),
            **self.variables,
            **more,
        }

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "snakemake", "--cores", "2", *words]

    def run(self, *words: str, **variables: str) -> Ended:
        """Run Snakemake to its end."""
        ran = subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Ended(ran.returncode, ran.stdout)

    def configure(self, **config: object) -> None:
        """Write the configuration."""
        path = self.folder / "config" / "config.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(config), encoding="utf-8")

    def list_samples(self, rows: Iterable[Mapping[str, str]], columns: Iterable[str] = COLUMNS) -> None:
        """Write the sheet of samples."""
        names = list(columns)
        lines = [names, *([row.get(name, "") for name in names] for row in rows)]
        text = "".join("\t".join(line) + "\n" for line in lines)
        path = self.folder / "config" / "samples.tsv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def logs(self) -> str:
        """All that the jobs said."""
        paths = sorted((self.folder / "results" / "logs").rglob("*.log"))
        return "\n".join(f"{path.name}: {path.read_text()}" for path in paths)


def make_cohort(folder: Path, variables: Mapping[str, str] | None = None) -> Cohort:
    """Make a folder with the workflow, and the programs that it calls."""
    shutil.copytree(
        REPOSITORY / "workflow",
        folder / "workflow",
        ignore=shutil.ignore_patterns("__pycache__", ".snakemake"),
    )
    for name in ("bin", "home"):
        (folder / name).mkdir()
    for name, module in (("annotator", "annotator"), ("snakemake", "snakemake")):
        program = folder / "bin" / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
        program.chmod(0o755)
    return Cohort(folder, variables or {})


def copy_demo(folder: Path, variables: Mapping[str, str], **waiting: str) -> Cohort:
    """Make a folder with the workflow, the demo cohort, and how long its services are waited for."""
    cohort = make_cohort(folder, variables)
    shutil.copytree(REPOSITORY / "test_data" / "demo", cohort.folder / "test_data" / "demo")
    path = cohort.folder / "workflow" / "config" / "demo.yaml"
    config = yaml.safe_load(path.read_text())
    for name in ("cgi", "opal"):
        config["dispatch"][name] |= {"every": "0.2s", **waiting}
    path.write_text(yaml.safe_dump(config))
    return cohort


@contextlib.contextmanager
def demo_services(
    cgi_options: CgiOptions | None = None, opal: Opal | None = None
) -> Iterator[tuple[dict[str, str], CgiService]]:
    """The services of the demo cohort; and the variables that lead to them."""
    opal = opal or demo("login", "planted-password", 0.5)
    with (
        serving(cgi_options or CgiOptions()) as (cgi, _, url),
        RunningServer(application(opal)) as server,
    ):
        yield (
            {
                "CGI_EMAIL": EMAIL,
                "CGI_TOKEN": TOKEN,
                "ANNOTATOR_CGI_URL": url,
                "FABRIC_API_LOGIN": "login",
                "FABRIC_API_PASSWORD": "planted-password",
                "ANNOTATOR_OPAL_URL": server.url,
            },
            cgi,
        )


def overlapping_records() -> list[str]:
    """Records of two contigs of which many reach over their neighbours, in more than a hundred BGZF blocks."""
    draw = random.Random(16)  # noqa: S311
    bases = "".join(draw.choices("ACGT", k=20_000))
    lines = []
    for contig in ("7", "13"):
        position = 140_700_000 if contig == "7" else 32_300_000
        for number in range(1200):
            position += draw.randint(1, 90)
            start = draw.randrange(10_000)
            ref = bases[start : start + draw.choice((1, 1, 1, 900, 9000))]
            lines.append(f"{contig}\t{position}\t.\t{ref}\t{ref[0]}A,*\t29.50\tPASS\tDP=1e-05")
            if number % 100 == 50:
                lines.append(f"{contig}\t{position}\t.\tN\t<DEL>\t.\t.\tEND={position + 4_000_000}")
        if contig == "7":
            lines.append("7\t140953336\t.\tA\tT,C\t.\t.\tDP=.")
    known = "7\t140753336\t.\tA\tC,T\t.\t.\t."
    place = next(i for i, line in enumerate(lines) if int(line.split("\t")[1]) > 140_753_336)
    lines.insert(place, known)
    return lines + [f"{name}\t{number}\t.\tA\tT\t.\t.\t." for name in DECOYS for number in range(1, 2000)]
