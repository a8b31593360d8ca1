"""Names of GRCh38's alternate, patch, unplaced and unlocalised sequences in all naming conventions in use.

UCSC                    GenBank       assembly report    Ensembl                RefSeq, the canonical name here
chr22_KI270879v1_alt    KI270879.1    HSCHR22_1_CTG7     CHR_HSCHR22_1_CTG7     NT_187633.1

The table beside this module contains the accessions and names of GRCh38.p14 (NCBI assembly report GCF_000001405.40).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

__all__ = ["scaffold"]

_TABLE = "scaffolds_GRCh38.tsv"
_UCSC = r"chr[0-9A-Za-z]+_([A-Z]{2}[0-9]{6})v([0-9]+)(?:_alt|_fix|_random)?"
_OTHERS = r"[A-Z]{2}[0-9]{6}\.[0-9]+|(?:CHR_)?H(?:SCHR|G)\w+"


def scaffold(name: str) -> str | None:
    """Return the canonical name of a sequence of GRCh38 that is not a chromosome; None for any other name.

    >>> scaffold("chr22_KI270879v1_alt")
    'NT_187633.1'
    """
    if found := re.fullmatch(_UCSC, name):
        return _names().get(f"{found[1]}.{found[2]}")
    return _names().get(name.removeprefix("CHR_")) if re.fullmatch(_OTHERS, name) else None


@cache
def _names() -> dict[str, str]:
    """Return the canonical name by GenBank accession and by the name of the assembly report."""
    text = Path(__file__).with_name(_TABLE).read_text("ascii")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return {name: canonical for canonical, *names in rows for name in names}
