"""Annotate VCF and BCF files with ClinVar and CIViC, allele by allele.

    import annotator

    annotator.build_snapshot("GRCh38.snapshot", "GRCh38", clinvar="clinvar.vcf.gz", civic="civic/")
    annotator.annotate("tumour.vcf.gz", "annotated.vcf.gz", snapshot="GRCh38.snapshot")
    annotator.write_report("annotated.vcf.gz", html="report.html", tsv="report.tsv")
    annotator.Snapshot.open("GRCh38.snapshot").lookup("chr7", 140753336, "A", "T")

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from annotator._version import __version__

if TYPE_CHECKING:
    from annotator.api import annotate as annotate
    from annotator.api import report_data as report_data
    from annotator.api import write_report as write_report
    from annotator.assembly import Assembly as Assembly
    from annotator.config import OnlineConfig as OnlineConfig
    from annotator.errors import AnnotatorError as AnnotatorError
    from annotator.progress import Step as Step
    from annotator.resolution import Absent as Absent
    from annotator.resolution import Failed as Failed
    from annotator.resolution import Found as Found
    from annotator.resolution import Match as Match
    from annotator.resolution import Release as Release
    from annotator.resolution import Unsupported as Unsupported
    from annotator.run import Report as Report
    from annotator.run import retry_failed as retry_failed
    from annotator.snapshot.build import build_snapshot as build_snapshot
    from annotator.snapshot.folder import Snapshot as Snapshot

_HOMES = {
    "Absent": "annotator.resolution",
    "AnnotatorError": "annotator.errors",
    "Assembly": "annotator.assembly",
    "Failed": "annotator.resolution",
    "Found": "annotator.resolution",
    "Match": "annotator.resolution",
    "OnlineConfig": "annotator.config",
    "Release": "annotator.resolution",
    "Report": "annotator.run",
    "Snapshot": "annotator.snapshot.folder",
    "Step": "annotator.progress",
    "Unsupported": "annotator.resolution",
    "annotate": "annotator.api",
    "build_snapshot": "annotator.snapshot.build",
    "report_data": "annotator.api",
    "retry_failed": "annotator.run",
    "write_report": "annotator.api",
}

__all__ = [
    "Absent",
    "AnnotatorError",
    "Assembly",
    "Failed",
    "Found",
    "Match",
    "OnlineConfig",
    "Release",
    "Report",
    "Snapshot",
    "Step",
    "Unsupported",
    "__version__",
    "annotate",
    "build_snapshot",
    "report_data",
    "retry_failed",
    "write_report",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
