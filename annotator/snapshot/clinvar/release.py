"""Reads ClinVar's VCF: the layout of October 2017 and later, germline, oncogenicity and somatic impact.

ClinVar's VCF declares VCFv4.1 but percent-encodes some values (`g.32332592%3D`); they are decoded here. It has no
`##contig` lines, one ALT per line, and `.` as the ALT of records without a change. Files saved again under Windows have
CRLF.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.errors import InputError, KnowledgeBaseError
from annotator.runtime.progress import Progress, counting
from annotator.runtime.workers import ordered_map
from annotator.sources.clinvar.table import ClinVarTable
from annotator.variants.assembly import Assembly, assembly_from_text
from annotator.vcf.files import InputFormat, open_input
from annotator.vcf.header import Header
from annotator.vcf.stream import TextStream

if TYPE_CHECKING:
    from annotator.snapshot.clinvar.tables.expressions import VariationTexts
    from annotator.snapshot.clinvar.tables.structural import StructuralRecords

__all__ = ["ClinVarRelease", "read_clinvar_vcf"]

_OLD_LAYOUT = ("CLNALLE", "CLNDBN", "CLNDSDB", "CLNSRC", "CLNACC")
_NEEDED = ("ALLELEID", "CLNHGVS", "CLNREVSTAT")
_NOT_CLINVAR = "Download clinvar.vcf.gz of this assembly from ftp.ncbi.nlm.nih.gov/pub/clinvar"
_DOWNLOAD_AGAIN = "Download it again"


@dataclass(frozen=True, slots=True)
class ClinVarRelease:
    """One release of ClinVar, read from its VCF.

    Attributes:
        version: its `##fileDate`, an ISO date.
        table: its alleles with their records.
        counts: `records`, and omitted ones by reason.
        missense: protein changes by VariationID, from hgvs4variation; None if that was not read.
        structural: copy-number and structural records, from variant_summary; None if that was not read.

    """

    version: str
    table: ClinVarTable
    counts: Counter[str]
    missense: VariationTexts | None = None
    structural: StructuralRecords | None = None


def read_clinvar_vcf(
    path: Path, assembly: Assembly, workers: int = 1, progress: Progress | None = None
) -> ClinVarRelease:
    """Read a VCF of ClinVar, plain, gzip or BGZF.

    Args:
        path: the file.
        assembly: assembly of the snapshot.
        workers: number of processes; it does not affect the result.
        progress: called with the bytes read.

    Raises:
        KnowledgeBaseError: the file is not ClinVar's, of another assembly, of the layout before October 2017, truncated
            or corrupt.

    """
    # Imported here: opening a snapshot does not need numpy.
    from annotator.snapshot.clinvar.lines import ClinVarLineJob, LineError, LineReader

    table, counts = ClinVarTable(), Counter[str]()
    try:
        with open_input(str(path)) as source:
            if source.format is InputFormat.BCF:
                raise KnowledgeBaseError(
                    "the file is a BCF, not ClinVar's VCF", path=path, remedy=_NOT_CLINVAR
                )
            source.watch(counting(progress, f"reading {source.title}", source.size))
            stream = TextStream(source)
            header = stream.header
            version = _check(header, assembly, path)
            job = ClinVarLineJob(path, assembly, len(header.columns), frozenset(header.info))
            for part, counted in ordered_map(LineReader, job, stream.chunks(), workers):
                table.join(part)
                counts.update(counted)
    except InputError as error:
        raise KnowledgeBaseError(error.what, path=path, line=error.line, remedy=error.remedy) from error
    except LineError as error:
        line = (stream.first_line or 1) + counts["records"] + error.number
        raise KnowledgeBaseError(error.what, path=path, line=line, remedy=_DOWNLOAD_AGAIN) from error
    if not counts["records"]:
        raise KnowledgeBaseError("the file has no records", path=path, remedy=_NOT_CLINVAR)
    return ClinVarRelease(version, table, counts)


def _check(header: Header, assembly: Assembly, path: Path) -> str:
    """Check that the file is ClinVar's VCF of this assembly; return its release."""
    old = [key for key in _OLD_LAYOUT if key in header.info]
    if old:
        raise KnowledgeBaseError(
            f"ClinVar's VCF from before October 2017 (recognised by INFO {' and '.join(old)}) has no "
            "VariationIDs",
            path=path,
            remedy="Use a release of ClinVar's VCF from October 2017 or later",
        )
    missing = [key for key in _NEEDED if key not in header.info]
    if missing:
        what = f"the file is not ClinVar's VCF: the header does not declare INFO {', '.join(missing)}"
        raise KnowledgeBaseError(what, path=path, remedy=_NOT_CLINVAR)
    facts = dict(line[2:].split("=", 1) for line in header.meta if "=" in line)
    reference = facts.get("reference", "")
    found = assembly_from_text(reference)
    if found is not None and found is not assembly:
        raise KnowledgeBaseError(
            f"the file is on {found} (##reference={reference}), but the snapshot is for {assembly}",
            path=path,
            remedy=f"Use ClinVar's file for {assembly}, or --assembly {found}",
        )
    date = re.sub(r"\D", "", facts.get("fileDate", ""))
    if len(date) != 8:
        raise KnowledgeBaseError(
            "the header has no ##fileDate, which states ClinVar's release", path=path, remedy=_NOT_CLINVAR
        )
    return f"{date[:4]}-{date[4:6]}-{date[6:]}"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
