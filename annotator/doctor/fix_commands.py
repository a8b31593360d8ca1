"""bcftools commands that correct a file, as one pipe that writes `NAME.mended.vcf.gz` into the current folder.

Only what bcftools can correct is corrected. The order follows from the requirements of its commands: contigs are
declared and renamed before records are sorted, and `norm` requires sorted records. All options exist in bcftools 1.16
and later.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from annotator.runtime.named_tuple import NamedTuple

__all__ = ["Fixes", "fix_lines"]


class Fixes(NamedTuple):
    """Corrections of a file.

    Attributes:
        path: the file.
        undeclared: whether records are on contigs that the header does not declare.
        renamed: new name by contig as written; the names are the FASTA's.
        clashing: INFO keys that other tools declared with our names.
        blocks: whether to drop gVCF blocks.
        unsorted: whether the file must be sorted.
        normalise: whether insertions and deletions must be left-aligned.
        repack: whether the file must be compressed with BGZF, or indexed.
        reference: the FASTA, if there is one.
        lacking: contigs with records that the FASTA does not have; `norm` stops at the first of them.

    """

    path: str
    undeclared: bool = False
    renamed: Mapping[str, str] = {}
    clashing: Sequence[str] = ()
    blocks: bool = False
    unsorted: bool = False
    normalise: bool = False
    repack: bool = False
    reference: Path | None = None
    lacking: Sequence[str] = ()

    @property
    def aligns(self) -> bool:
        """Whether insertions and deletions can be left-aligned."""
        return self.normalise and self.reference is not None and not self.lacking


def fix_lines(mending: Fixes) -> list[str]:
    """Return the commands; none if there is nothing to fix. Lines that start with `#` describe the next command."""
    stem = _stem(mending.path)
    target, names = f"{stem}.mended.vcf.gz", f"{stem}.contigs.txt"
    lines = []
    if mending.normalise and mending.reference is None:
        lines.append(
            "# to left-align insertions and deletions (bcftools norm -f FASTA), use --reference FASTA"
        )
    if mending.normalise and mending.reference is not None and mending.lacking:
        shown = ", ".join(mending.lacking[:3])
        lines.append(
            f"# not left-aligned: the FASTA file lacks contigs with records ({shown}), at which "
            "bcftools norm stops"
        )
    steps, whys = _steps(mending, names)
    if not steps and not mending.repack:
        return lines
    if not steps:
        steps, whys = [["view"]], ["compress with BGZF and index"]
    lines.append(f"# {'; '.join(whys)}")
    if mending.renamed:
        pairs = " ".join(shlex.quote(f"{old}\t{new}") for old, new in mending.renamed.items())
        lines.append(f"printf '%s\\n' {pairs} > {shlex.quote(names)}")
    lines.append(_pipe(steps, mending.path, target))
    lines.append(f"bcftools index -f -t {shlex.quote(target)}")
    return lines


def _steps(mending: Fixes, names: str) -> tuple[list[list[str]], list[str]]:
    """Return the arguments of each command, without input and output, and its purpose."""
    steps: list[list[str]] = []
    whys: list[str] = []

    def add(why: str, *arguments: str) -> None:
        steps.append(list(arguments))
        whys.append(why)

    if mending.undeclared and mending.reference is not None and not mending.renamed:
        add("declare the contigs", "reheader", "--fai", f"{mending.reference}.fai")
    if mending.renamed:
        add("rename the contigs as in the FASTA file", "annotate", "--rename-chrs", names)
    if mending.clashing:
        keys = ",".join(f"INFO/{key}" for key in mending.clashing)
        add("remove fields of other tools whose names annotator also uses", "annotate", "-x", keys)
    if mending.blocks:
        only_block = 'N_ALT=1 && (ALT="<NON_REF>" || ALT="<*>")'
        add("remove the reference blocks of the gVCF", "view", "-e", only_block)
    if mending.unsorted:
        add("sort", "sort")
    if mending.aligns:
        add("left-align", "norm", "-f", str(mending.reference), "-c", "w")
    return steps, whys


def _pipe(steps: Sequence[Sequence[str]], path: str, target: str) -> str:
    if steps[-1][0] == "reheader":  # it keeps the format of its input
        steps = [*steps, ["view"]]
    commands = []
    for number, step in enumerate(steps):
        words = ["bcftools", *step]
        if step[0] != "reheader":
            words += ["-O", "z", "-o", target] if number == len(steps) - 1 else ["-O", "u"]
        words.append(path if number == 0 else "-")
        commands.append(shlex.join(words))
    return " | ".join(commands)


def _stem(path: str) -> str:
    path = "stdin" if path == "-" else path.rpartition("/")[2]
    for suffix in (".vcf.gz", ".vcf.bgz", ".vcf", ".bcf.gz", ".bcf"):
        if path.lower().endswith(suffix):
            return path[: -len(suffix)]
    return path
