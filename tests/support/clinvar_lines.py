"""Lines of ClinVar's VCF, read one by one and at once."""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

from annotator.snapshot.clinvar.lines import ClinVarLineJob, LineError, LineReader, usual_line
from annotator.variants.assembly import Assembly
from annotator.vcf.stream import Chunk

DECLARED = frozenset({"AF_ESP", "ALLELEID", "CLNDISDBINCL", "CLNSIGSCV", "CLNVI", "ONCSCV", "DBVARID"})

Outcome = tuple[bytes, Counter[str]] | int
"""Bytes of the store and the counts, or the number of the line that is malformed."""


def outcome(
    lines: list[str],
    columns: int,
    end: str = "\n",
    *,
    assembly: Assembly = Assembly.GRCH38,
    declared: frozenset[str] = DECLARED,
) -> Outcome:
    """Read lines as one chunk of a file with so many columns."""
    reader = LineReader(ClinVarLineJob(Path("clinvar.vcf"), assembly, columns, declared))
    try:
        table, counts = reader(
            Chunk("".join(line + end for line in lines).encode("utf-8", "surrogateescape"))
        )
    except LineError as error:
        return error.number
    store = io.BytesIO()
    table.write(store)
    return store.getvalue(), counts


def one_by_one(lines: list[str], assembly: Assembly = Assembly.GRCH38) -> Outcome:
    lines = [
        line.removesuffix("\r") for line in lines
    ]  # it is part of the line end, before a ninth column it is not
    return outcome([f"{line}\tGT" for line in lines], 9, assembly=assembly)


def is_usual(line: str, declared: frozenset[str] = DECLARED) -> bool:
    return re.fullmatch(usual_line(declared), f"{line};") is not None
