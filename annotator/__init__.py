"""Annotate VCF and BCF files with ClinVar and CIViC, allele by allele.

    import annotator

    annotator.build_snapshot("GRCh38.snapshot", "GRCh38", clinvar="clinvar.vcf.gz", civic="civic/")
    annotator.annotate("tumour.vcf.gz", "annotated.vcf.gz", snapshot="GRCh38.snapshot")
    annotator.write_report("annotated.vcf.gz", html="report.html", tsv="report.tsv")
    annotator.Snapshot.open("GRCh38.snapshot").lookup("chr7", 140753336, "A", "T")

Names are imported on first use, so that importing the package is fast.
"""

# Type checkers take it for true. Any import would delay the moment from which Ctrl-C is handled.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from annotator._version import __version__ as __version__
    from annotator.annotation.online_options import OnlineOptions as OnlineOptions
    from annotator.annotation.run import Report as Report
    from annotator.annotation.run import retry_failed as retry_failed
    from annotator.api import annotate as annotate
    from annotator.api import report_data as report_data
    from annotator.api import report_table as report_table
    from annotator.api import write_report as write_report
    from annotator.errors import AnnotatorError as AnnotatorError
    from annotator.report.table import ReportTable as ReportTable
    from annotator.result import Failed as Failed
    from annotator.result import Found as Found
    from annotator.result import Match as Match
    from annotator.result import NotFound as NotFound
    from annotator.result import Release as Release
    from annotator.result import Unsupported as Unsupported
    from annotator.runtime.progress import Step as Step
    from annotator.snapshot.build import build_snapshot as build_snapshot
    from annotator.snapshot.civic.options import CivicOptions as CivicOptions
    from annotator.snapshot.folder import Snapshot as Snapshot
    from annotator.variants.assembly import Assembly as Assembly

_HOMES = {
    "AnnotatorError": "annotator.errors",
    "CivicOptions": "annotator.snapshot.civic.options",
    "Assembly": "annotator.variants.assembly",
    "Failed": "annotator.result",
    "Found": "annotator.result",
    "Match": "annotator.result",
    "NotFound": "annotator.result",
    "OnlineOptions": "annotator.annotation.online_options",
    "Release": "annotator.result",
    "Report": "annotator.annotation.run",
    "ReportTable": "annotator.report.table",
    "Snapshot": "annotator.snapshot.folder",
    "Step": "annotator.runtime.progress",
    "Unsupported": "annotator.result",
    "__version__": "annotator._version",
    "annotate": "annotator.api",
    "build_snapshot": "annotator.snapshot.build",
    "report_data": "annotator.api",
    "report_table": "annotator.api",
    "retry_failed": "annotator.annotation.run",
    "write_report": "annotator.api",
}

_GROUPS = {"annotate": "OnlineOptions", "build_snapshot": "CivicOptions"}
"""Functions that accept some of their options as one object."""

_FUNCTIONS = frozenset(
    {"annotate", "build_snapshot", "report_data", "report_table", "retry_failed", "write_report"}
)

__all__ = [
    "AnnotatorError",
    "Assembly",
    "CivicOptions",
    "Failed",
    "Found",
    "Match",
    "NotFound",
    "OnlineOptions",
    "Release",
    "Report",
    "ReportTable",
    "Snapshot",
    "Step",
    "Unsupported",
    "__version__",
    "annotate",
    "build_snapshot",
    "report_data",
    "report_table",
    "retry_failed",
    "write_report",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(home), name)
    if name in _FUNCTIONS:
        from annotator.runtime.parameters import with_parameters

        group: Any = __getattr__(_GROUPS[name]) if name in _GROUPS else None
        return with_parameters(found, group)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
