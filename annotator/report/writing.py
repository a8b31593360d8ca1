"""Writes the views of a report; all are renamed to their final names together, when complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.errors import OutputError, UsageError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import is_date
from annotator.vcf.files import atomic_output, check_writable

if TYPE_CHECKING:
    from annotator.report.model import ReportModel
    from annotator.report.reported_file import RunFacts
    from annotator.runtime.progress import Progress

__all__ = ["Views", "words_to_write", "write_views"]


class Views(NamedTuple):
    """The views to write, and their files.

    Attributes:
        page: file of the HTML page.
        tsv: file of the table.
        json: file of the JSON document.
        multiqc: file of MultiQC's custom content; its name ends in `_mqc.json`.
        disease: patient's disease, as `resolve_disease` reads it; empty for the one that the files were annotated for.
        limit: maximum number of alleles in the page's table; the other views contain all.
        tumours: samples that the user named as tumours.
        normals: samples that the user named as normals.
        has_tiers: whether to suggest tiers for the disease.
        xlsx: file of the Excel workbook.
        report_date: ISO date that is printed on the report; empty for none.
        snapshot: snapshot with which the files were annotated, for the statements of CIViC's evidence; None for the
            default location.

    """

    page: Path | None = None
    tsv: Path | None = None
    json: Path | None = None
    multiqc: Path | None = None
    disease: str = ""
    limit: int = 5000
    tumours: tuple[str, ...] = ()
    normals: tuple[str, ...] = ()
    has_tiers: bool = True
    xlsx: Path | None = None
    report_date: str = ""
    snapshot: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Paths of the files to write."""
        views = (self.page, self.tsv, self.json, self.multiqc, self.xlsx)
        return tuple(path for path in views if path is not None)

    def check(self, others: Sequence[Path]) -> None:
        """Refuse invalid options before any file is read.

        Args:
            others: files of the same run, which must not be overwritten.

        Raises:
            UsageError: two files have one name, MultiQC would not find its file, a package is missing, or the date of
                the report is not one.
            OutputError: a folder does not exist or is not writable.

        """
        taken = [path.resolve() for path in (*others, *self.paths)]
        if len(set(taken)) != len(taken):
            raise UsageError("two output files have the same name", remedy="Use different names")
        if self.multiqc is not None:
            _check_name(self.multiqc)
        if self.xlsx is not None:
            from annotator.report.xlsx import check_xlsx

            check_xlsx()
        if self.limit < 1:
            raise UsageError(
                "the HTML report must contain at least one allele", remedy="Use --limit 1 or more"
            )
        if self.report_date and not is_date(self.report_date):
            raise UsageError(
                f"--report-date {self.report_date!r} is not a date", remedy="Write it as YYYY-MM-DD"
            )
        for path in self.paths:
            if not path.parent.is_dir():
                raise OutputError(
                    "the folder of the file does not exist", path=path, remedy="Create the folder first"
                )
            check_writable(str(path))


def _check_name(multiqc: Path) -> None:
    from annotator.report.multiqc import MULTIQC_SUFFIX

    if not multiqc.name.endswith(MULTIQC_SUFFIX):
        raise UsageError(
            "MultiQC recognises its files by their names",
            path=multiqc,
            remedy=f"Use a name that ends in {MULTIQC_SUFFIX}",
        )


def write_views(
    views: Views,
    paths: Sequence[Path],
    facts: Mapping[Path, RunFacts] | None = None,
    progress: Progress | None = None,
) -> ReportModel:
    """Read annotated files and write the views of them.

    Args:
        views: what to write.
        paths: annotated VCF or BCF files.
        facts: data of runs that have just written some of the files, beyond INFO.
        progress: called with the bytes read of the files.

    Raises:
        UsageError, OutputError: as in `Views.check`; or a view cannot be written, and then none is.
        InputError, SnapshotError: as in `build_report`.

    """
    # Imported here: every run of `annotate` makes a `Views`, and few write any.
    from annotator.report.build import build_report
    from annotator.report.patients import ChosenSamples

    views.check(paths)
    report = build_report(
        paths,
        disease=views.disease,
        samples=ChosenSamples(views.tumours, views.normals),
        has_tiers=views.has_tiers,
        report_date=views.report_date,
        facts=facts,
        progress=progress,
        snapshot=views.snapshot,
        has_statements=any((views.page, views.json, views.xlsx)),
    )
    with ExitStack() as complete:  # files opened in it are renamed when all are written
        for path, pieces in _wanted(views):
            output = complete.enter_context(atomic_output(str(path)))
            for piece in pieces(report):
                output.file.write(piece.encode("utf-8", "replace") if isinstance(piece, str) else piece)
            output.file.flush()  # a full disk is detected before any view is renamed
    return report


def words_to_write(views: Views, paths: Sequence[Path]) -> list[str]:
    """Return the words of the command that writes the views of some annotated files."""
    options = {
        "-o": views.page,
        "--tsv": views.tsv,
        "--json": views.json,
        "--multiqc": views.multiqc,
        "--xlsx": views.xlsx,
        "--disease": views.disease,
        "--snapshot": views.snapshot,
        "--report-date": views.report_date,
    }
    given = [word for option, value in options.items() if value for word in (option, str(value))]
    for option, names in (("--tumour", views.tumours), ("--normal", views.normals)):
        given += [word for name in names for word in (option, name)]
    return ["annotator", "report", *map(str, paths), *given, *([] if views.has_tiers else ["--no-tiers"])]


def _wanted(views: Views) -> Iterator[tuple[Path, Callable[[ReportModel], Iterable[str | bytes]]]]:
    """Yield each output path with its writer; the template engine is imported for the HTML page only."""
    if views.tsv is not None:
        from annotator.report.tsv import tsv_lines

        yield views.tsv, tsv_lines
    if views.json is not None:
        from annotator.report.json_ import json_pieces

        yield views.json, json_pieces
    if views.multiqc is not None:
        from annotator.report.multiqc import multiqc_text

        yield views.multiqc, lambda report: (multiqc_text(report),)
    if views.xlsx is not None:
        from annotator.report.xlsx import xlsx_pieces

        yield views.xlsx, xlsx_pieces
    if views.page is not None:
        from annotator.report.page import page_pieces

        yield views.page, lambda report: page_pieces(report, limit=views.limit)
