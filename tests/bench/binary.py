"""The genome as BCF: which programs annotate it, how, and how their outputs are compared."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bench.peers import Tool, bcftools, ours

__all__ = ["BCF", "as_bcf", "as_text", "binary_tools"]

BCF = "bcf"
"""The name of the case."""

_LOOP = Path(__file__).with_name("cyvcf2_loop.py")


def binary_tools(query: Path, folder: Path, snapshot: Path, clinvar: Path) -> list[Tool]:
    """Give the tools, ours with one worker and with two first; the floors read, write, and do nothing else."""

    def output(name: str) -> Path:
        return folder / f"{BCF}.{name}.bcf"

    loop, view = output("loop"), output("view")
    return [
        *(ours(query, output(f"ours.{threads}"), snapshot, threads) for threads in (1, 2)),
        bcftools(query, output("bcftools"), clinvar),
        Tool("floor: cyvcf2 loop", ((sys.executable, str(_LOOP), str(query), str(loop)),), loop),
        Tool(
            "floor: bcftools view",
            (("bcftools", "view", "--threads", "2", "-Ob", "-o", str(view), str(query)),),
            view,
        ),
    ]


def as_bcf(source: Path, target: Path) -> Path:
    """Write a VCF as an indexed BCF, if that was not done before."""
    import pysam.bcftools

    if not target.exists():
        pysam.bcftools.view("-Ob", "-o", str(target), str(source), catch_stdout=False)
        pysam.bcftools.index("-f", str(target), catch_stdout=False)
    return target


def as_text(source: Path) -> Path:
    """Write a BCF as compressed text beside it, by one program for all, so that numbers are spelled alike."""
    import pysam.bcftools

    target = source.with_name(f"{source.name}.vcf.gz")
    pysam.bcftools.view("-Oz", "-o", str(target), str(source), catch_stdout=False)
    return target
