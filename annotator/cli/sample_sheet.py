"""Check of the workflow's sample sheet: every invalid row is reported before any job starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from annotator.errors import AnnotatorError, InputError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.os_errors import cannot_read
from annotator.runtime.text import counted
from annotator.vcf.files import STREAM, open_input

__all__ = ["COLUMNS", "SampleSheet", "problems_of"]

_REQUIRED = ("sample", "vcf", "assembly")
COLUMNS = (*_REQUIRED, "disease", "cancer_type", "tissue", "vcf_sample", "accession_id", "genome_id")
"""Columns of a sheet, as in the schema of the workflow."""

_SUFFIXES = (".vcf", ".vcf.gz", ".vcf.bgz", ".bcf")
_WRITTEN = ("annotated", "cgi", "opal", "shards")  # folders of `results` into which the workflow writes VCFs


class SampleSheet(NamedTuple):
    """A sample sheet and the parameters of its check.

    Attributes:
        path: file of the sheet.
        to_cgi: whether tumours with a cancer type are sent to the Cancer Genome Interpreter.
        to_opal: whether samples with an accession id have a report in Opal.
        cut_above: size in bytes from which files are split into shards; None for no splitting.
        is_early: whether VCFs may be missing, because they are made later.

    """

    path: Path
    to_cgi: bool
    to_opal: bool
    cut_above: float | None
    is_early: bool


def problems_of(sheet: SampleSheet) -> Iterator[AnnotatorError]:
    """Yield the errors in the rows of a sheet, in order.

    Raises:
        InputError: the sheet cannot be read, or its columns are invalid.

    """
    lines: dict[str, int] = {}
    for number, row in _rows(sheet.path):
        name = row.get("sample", "")
        if name in lines:
            yield _wrong(sheet.path, number, name, f"line {lines[name]} has a sample of this name already")
        lines.setdefault(name, number)
        for error in _problems_of_row(row, sheet):
            yield _wrong(sheet.path, number, name, error.what, error.remedy)
    if not lines:
        yield InputError(
            "the row has no sample name", path=sheet.path, remedy="Write the name into the column sample"
        )


def _wrong(path: Path, line: int, sample: str, what: str, remedy: str | None = None) -> InputError:
    return InputError(f"sample {sample or '(without a name)'}: {what}", path=path, line=line, remedy=remedy)


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield each row with its 1-based line number.

    Lines that are empty or begin with # are counted, but are not rows.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            lines = list(file)
    except OSError as error:
        raise cannot_read(error, path) from error
    except ValueError as error:
        raise InputError("the file is not UTF-8 text", path=path, remedy="Save it as UTF-8") from error
    names: list[str] | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if names is None:
            names = cells
            _check_columns(names, path, number)
        elif len(cells) > len(names):
            raise InputError(
                "the row has more cells than there are columns",
                path=path,
                line=number,
                remedy="Separate the cells by single tabs",
            )
        else:
            yield number, dict(zip(names, cells, strict=False))


def _check_columns(names: list[str], path: Path, line: int) -> None:
    unknown = [name for name in names if name not in COLUMNS]
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise InputError(
            f"the column {missing[0]} is missing",
            path=path,
            line=line,
            remedy="The first row names the columns, separated by tabs: " + ", ".join(COLUMNS),
        )
    if unknown:
        raise InputError(
            f"unknown column {unknown[0]!r}", path=path, line=line, remedy=f"Choose from {', '.join(COLUMNS)}"
        )


def _problems_of_row(row: Mapping[str, str], sheet: SampleSheet) -> Iterator[AnnotatorError]:
    """Yield the errors of one row, and of the file that it names."""
    from annotator.dispatch.cgi.cancer_types import cancer_type
    from annotator.sources.civic.disease_table import resolve_disease
    from annotator.variants.assembly import Assembly

    yield from _problems_of_cells(row)
    for column, read in (("cancer_type", cancer_type), ("disease", resolve_disease)):
        if row.get(column):
            try:
                read(row[column])
            except AnnotatorError as error:
                yield error
    name = row.get("vcf", "")
    refusal = _refusal_of_name(name)
    if refusal is not None:
        yield refusal
    if row.get("assembly") not in set(Assembly):
        yield InputError(f"{row.get('assembly')!r} is not an assembly", remedy="Write GRCh37 or GRCh38")
        return
    if sheet.to_opal and row.get("accession_id") and row["assembly"] != Assembly.GRCH37:
        yield InputError("reports in Opal are on GRCh37", remedy="Omit the accession_id")
    try:
        if refusal is not None or (sheet.is_early and not Path(name).exists()):
            return
        yield from _problems_of_vcf(row, Assembly(row["assembly"]), sheet)
    except AnnotatorError as error:
        yield InputError(f"{name}: {error.what}", remedy=error.remedy)
    except OSError as error:  # such as a name that is too long
        yield InputError(f"{name}: cannot be read ({error.strerror})", remedy="Correct the path")


def _problems_of_cells(row: Mapping[str, str]) -> Iterator[AnnotatorError]:
    """Yield the errors of the cells that can be checked without the file."""
    sample = row.get("sample", "")
    if not sample or not sample[0].isascii() or not sample[0].isalnum() or not _is_plain(sample):
        yield InputError(
            "the name cannot be part of a file name",
            remedy="Use letters, digits, dots, hyphens and underscores, and begin with a letter or a digit",
        )
    if row.get("tissue", "") not in {"", "tumour", "normal"}:
        yield InputError(f"unknown tissue {row['tissue']!r}", remedy="Write tumour or normal")
    genome = row.get("genome_id", "")
    if genome and not (genome.isascii() and genome.isdigit()):
        yield InputError(
            f"the genome_id {genome!r} is not a number", remedy="Write the number of the genome in Opal"
        )


def _is_plain(text: str) -> bool:
    return text.isascii() and all(letter.isalnum() or letter in "._-" for letter in text)


def _refusal_of_name(name: str) -> InputError | None:
    """Return why a path cannot be used in a Snakemake rule, whatever file is there; None if it can."""
    if not name:
        return InputError("the row has no VCF", remedy="Write the path of the file into the column vcf")
    if name == STREAM:
        return InputError(
            "the workflow cannot read standard input", remedy="Write the path of a file into the column vcf"
        )
    if "://" in name:
        return InputError(
            f"{name} is the address of a file on another machine",
            remedy="Download it, and use the path of the copy",
        )
    if not name.endswith(_SUFFIXES):
        return InputError(
            f"{name}: the suffix is not one of {', '.join(_SUFFIXES)}", remedy="Rename the file"
        )
    for mark, letters in (("braces", "{}"), ("angle brackets around a word", "<>")):
        if all(letter in name for letter in letters):
            return InputError(
                f"{name}: Snakemake replaces {mark}", remedy="Rename the file, or link to it by another name"
            )
    parts = Path(name).parts
    if parts[:1] == ("results",) and len(parts) > 2 and parts[1] in _WRITTEN:
        return InputError(
            f"{name}: the workflow writes its own files there", remedy="Move the file to another folder"
        )
    return None


def _problems_of_vcf(
    row: Mapping[str, str], assembly: object, sheet: SampleSheet
) -> Iterator[AnnotatorError]:
    from annotator.annotation.options import AnnotateOptions
    from annotator.annotation.run import engine_of
    from annotator.variants.assembly import Assembly
    from annotator.vcf.detection import assembly_of
    from annotator.vcf.shards import refusal

    name = row["vcf"]
    with open_input(name) as source:
        is_cut = sheet.cut_above is not None and Path(name).stat().st_size >= sheet.cut_above
        if is_cut and (refused := refusal(source)) is not None:
            yield InputError(refused.what, path=name, remedy=refused.remedy)
        header = engine_of(AnnotateOptions(name, STREAM, None), source).header
    assembly_of(header, stated=Assembly(str(assembly)), path=name)
    wanted = row.get("vcf_sample") or None
    if wanted is not None and wanted not in header.samples:
        known = ", ".join(header.samples) or "none"
        yield InputError(f"{name}: the file has no sample {wanted}", remedy=f"Samples in the file: {known}")
    is_sent = sheet.to_cgi and row.get("cancer_type") and row.get("tissue") != "normal"
    if is_sent and wanted is None and len(header.samples) != 1:
        yield InputError(
            f"{name}: the file has {counted(len(header.samples), 'sample')}",
            remedy=f"Write the name of the tumour sample into the column vcf_sample: {', '.join(header.samples[:5])}"
            if header.samples
            else "CGI needs a VCF file with the genotypes of the tumour; omit the cancer_type",
        )
