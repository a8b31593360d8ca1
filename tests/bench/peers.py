"""This program and its peers, as commands that do the same work: four of ClinVar's fields into a BGZF file."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "BASELINE",
    "FIELDS",
    "Tool",
    "bcftools",
    "bgzip",
    "installed",
    "ours",
    "snapshot_build",
    "vcfanno",
    "write_vcfanno_conf",
]

FIELDS = ("CLNSIG", "CLNREVSTAT", "CLNDN", "ALLELEID")
"""What every tool writes."""

BASELINE = "annotator -@ 2"
"""The tool that ratios are to."""

_CIVIC_FIELDS = ("CIVIC", "CIVIC_VID", "CIVIC_MATCH", "CIVIC_LEVEL")


class Tool(NamedTuple):
    """A command, or several that read what the one before writes.

    Attributes:
        name: as the table shows it.
        stages: arguments of each command.
        output: what it writes; the last command's standard output if it `is_piped`.
        is_piped: whether the output is that.

    """

    name: str
    stages: tuple[tuple[str, ...], ...]
    output: Path
    is_piped: bool = False


def installed(tool: Tool) -> bool:
    """Whether all its commands can be found."""
    return all(shutil.which(stage[0]) is not None for stage in tool.stages)


def ours(
    query: Path,
    output: Path,
    snapshot: Path,
    threads: int,
    *,
    civic: bool = False,
    level: int | None = None,
    more: tuple[str, ...] = (),
) -> Tool:
    """Give this program; with CIViC's fields too where the snapshot has them; at the default level if none is given.

    `more` are further options; the name of the tool shows those that start with a dash.
    """
    fields = FIELDS + _CIVIC_FIELDS if civic else FIELDS
    at_level = () if level is None else ("--compression-level", str(level))
    kind = f"{' with CIViC' if civic else ''}{'' if level is None else f', level {level},'}"
    kind += "".join(f" {word}" for word in more if "/" not in word)
    name = f"annotator{kind} -@ {threads}"
    arguments = ("annotate", str(query), "-o", str(output), "--snapshot", str(snapshot))
    options = ("--fields", ",".join(fields), "-@", str(threads), *at_level, *more)
    return Tool(name, ((*_ANNOTATOR, *arguments, *options),), output)


def snapshot_build(clinvar: Path, output: Path, threads: int, civic: Path | None = None) -> Tool:
    """Give the building of a snapshot, which the others need not, or do as part of their work."""
    arguments = ("snapshot", "build", "--assembly", "GRCh38", "--clinvar", str(clinvar), "-o", str(output))
    options = ("-@", str(threads), "--force", *(() if civic is None else ("--civic", str(civic))))
    name = f"annotator snapshot build{'' if civic is None else ' with CIViC'} -@ {threads}"
    return Tool(name, ((*_ANNOTATOR, *arguments, *options),), output)


_ANNOTATOR = (sys.executable, "-m", "annotator")


def bcftools(query: Path, output: Path, clinvar: Path) -> Tool:
    """Give `bcftools annotate`, with two threads beside the main one."""
    columns = ",".join(f"INFO/{field}" for field in FIELDS)
    command = ("bcftools", "annotate", "--threads", "2", "-a", str(clinvar), "-c", columns)
    format_ = "-Ob" if output.suffix == ".bcf" else "-Oz"
    return Tool("bcftools annotate", ((*command, format_, "-o", str(output), str(query)),), output)


def vcfanno(query: Path, output: Path, conf: Path) -> Tool:
    """Give vcfanno, which writes text, and bgzip behind it."""
    command = ("vcfanno", "-p", "2", str(conf), str(query))
    return Tool("vcfanno -p 2", (command, ("bgzip", "-c", "-@1")), output, is_piped=True)


def write_vcfanno_conf(path: Path, clinvar: Path) -> Path:
    """Write what vcfanno is told: copy each field from the record with the same allele."""
    names = ", ".join(f'"{field}"' for field in FIELDS)
    operations = ", ".join(['"self"'] * len(FIELDS))
    lines = (
        "[[annotation]]",
        f'file="{clinvar}"',
        f"fields=[{names}]",
        f"names=[{names}]",
        f"ops=[{operations}]",
    )
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def bgzip(query: Path, output: Path) -> Tool:
    """Give the floor: the file is opened and compressed again, at bgzip's fastest, and nothing is done to it."""
    stages = (("bgzip", "-dc", str(query)), ("bgzip", "-l1", "-c", "-@2"))
    return Tool("floor: bgzip -l1", stages, output, is_piped=True)
