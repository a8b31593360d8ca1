"""The commands that faults are tried against, each with its own copy of all that it reads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

from annotator.snapshot.pull.everything import pull_folder
from annotator.vcf.bgzf import EOF_BLOCK, deflate
from tests.conftest import REPOSITORY
from tests.servers.base import RunningServer
from tests.servers.ncbi_files import ROOT, NcbiFiles
from tests.support.inputs import bgzip, vcf_text

__all__ = ["COMMANDS", "Command", "environment", "prepared"]

_DEMO = REPOSITORY / "test_data" / "demo"
RECORDS = 12_000


class Command(NamedTuple):
    """A command.

    Attributes:
        words: command line, in a folder that has what `prepared` put there.
        outputs: names of files and folders that it writes.
        has_workers: whether it starts processes.
        keeps: start of the names of what an unfinished run leaves, from which the next one continues.

    """

    words: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    has_workers: bool = False
    keeps: str = ""


def _annotate(source: str, output: str, *options: str) -> Command:
    words = ("annotate", source, "-o", output, "--snapshot", "snapshot", *options)
    index = (f"{output}.tbi",) if "-W" in options else ()
    return Command(words, (output, *index), "-@" in options)


COMMANDS = {
    "annotate VCF": _annotate("in.vcf", "out.vcf"),
    "annotate VCF -@3": _annotate("in.vcf", "out.vcf", "-@", "3"),
    "annotate VCF.gz -W -@2": _annotate("in.vcf.gz", "out.vcf.gz", "-W", "-@", "2"),
    "annotate BCF": _annotate("in.bcf", "out.bcf"),
    "annotate BCF to VCF": _annotate("in.bcf", "out.vcf"),
    "annotate VCF to BCF -@2": _annotate("in.vcf", "out.bcf", "-@", "2"),
    "report": Command(
        ("report", "old.vcf", "--html", "out.html", "--tsv", "out.tsv"), ("out.html", "out.tsv")
    ),
    "snapshot build": Command(
        (
            "snapshot",
            "build",
            "--assembly",
            "GRCh38",
            "--clinvar",
            "clinvar.vcf",
            "--civic",
            "civic",
            "-o",
            "out",
        ),
        ("out",),
    ),
    "diff": Command(("diff", "old.vcf", "new.vcf", "--html", "out.html"), ("out.html",)),
    "doctor": Command(("doctor", "in.vcf", "--snapshot", "snapshot")),
    "explain": Command(("explain", "7:140753336:A:T", "--snapshot", "snapshot", "--vcf", "old.vcf")),
    "snapshot pull": Command(
        ("snapshot", "pull", "--assembly", "GRCh38", "--only", "clinvar", "-o", "out"),
        ("out",),
        keeps=f"{pull_folder(Path('out')).name}/",
    ),
    "cgi mutations": Command(
        ("cgi", "mutations", "in.vcf", "-o", "out.tsv"), ("out.tsv", "out.manifest.tsv")
    ),
}


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a command: nothing of it is written outside its folder."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {
        "PYTHONPATH": os.environ.get("PYTHONPATH", str(REPOSITORY)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "ANNOTATOR_STATE_DIR": str(folder.parent / "state"),
        "ANNOTATOR_CLINVAR_MIRROR": _mirror(),
    }


@cache
def _mirror() -> str:
    """Start a server with ClinVar's files, which ends with this process; return the address of its folder."""
    content = bgzip((_DEMO / "clinvar.GRCh38.vcf").read_bytes())
    files = NcbiFiles()
    for name in ("clinvar.vcf.gz", "clinvar_20260226.vcf.gz"):
        files.add(f"vcf_GRCh38/{name}", content)
    return RunningServer(files.application()).__enter__().url + ROOT


@cache
def _made(home: Path) -> Path:
    """Make the files of every command once."""
    made = home / "made"
    made.mkdir()
    meta = ('##FORMAT=<ID=GT,Number=1,Type=String,Description="x">',)
    padding = "X=" + "0123456789" * 12
    contigs = {"7": 140_753_336 - RECORDS // 2}
    lines = [
        f"{contig}\t{first + number}\t.\tA\tT\t.\tPASS\t{padding}\tGT\t0/1"
        for contig, first in contigs.items()
        for number in range(RECORDS)
    ]
    meta = (*meta, '##INFO=<ID=X,Number=1,Type=String,Description="x">')
    text = vcf_text(lines, meta=meta, samples=["TUMOUR"]).encode()
    (made / "in.vcf").write_bytes(text)
    (made / "in.vcf.gz").write_bytes(deflate(text, 1) + EOF_BLOCK)
    shutil.copy(_DEMO / "clinvar.GRCh38.vcf", made / "clinvar.vcf")
    shutil.copytree(_DEMO / "civic", made / "civic")
    _run(made, "snapshot", "build", *COMMANDS["snapshot build"].words[2:-1], "snapshot")
    _run(made, "annotate", "in.vcf", "-o", "in.bcf", "--snapshot", "snapshot", "--fields", "CLNSIG")
    _run(made, "annotate", str(_DEMO / "tumour.GRCh38.vcf"), "-o", "old.vcf", "--snapshot", "snapshot")
    old = (made / "old.vcf").read_bytes()
    (made / "new.vcf").write_bytes(old.replace(b"CLNSIG=Pathogenic", b"CLNSIG=Benign"))
    return made


def _run(folder: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "annotator", *words, "-q"], cwd=folder, check=True, env=environment(folder)
    )


def prepared(home: Path, folder: Path) -> Path:
    """Return a new folder with all that commands read, and an empty one for temporary files."""
    shutil.copytree(_made(home), folder)
    (folder / "tmp").mkdir(exist_ok=True)
    return folder
