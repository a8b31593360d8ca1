"""The report as a table: one row per allele and entry of CIViC's evidence, an allele without evidence in one row.

Values are those of INFO with the percent-encoding undone, but for `%`, TAB, CR and LF, which would break the table
and stay encoded. A value that is missing is empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from annotator.report.findings import category_of
from annotator.report.model import Evidence, Report, ReportedAllele
from annotator.sources.civic.fields import CIVIC_FIELDS, CIVIC_SUBFIELDS
from annotator.sources.clinvar.fields import CLINVAR_FIELDS
from annotator.status import STATUS_ID

__all__ = ["Column", "tsv_columns", "tsv_lines"]

_CIVIC = "CIVIC"
_BREAKING = str.maketrans({"%": "%25", "\t": "%09", "\r": "%0D", "\n": "%0A"})
_ITEM = f"{_CIVIC}."


class Column(NamedTuple):
    """A column of the table."""

    name: str
    description: str


_SITE = (
    Column("CHROM", "Contig as written"),
    Column("POS", "1-based position of REF"),
    Column("ID", "ID of the record"),
    Column("REF", "Reference bases"),
    Column("ALT", "The one ALT that the row is about"),
    Column("FILTER", "FILTER of the record; of several files, their distinct ones joined by ,"),
    Column("GENES", "Symbols joined by &"),
    Column("CHANGE", "Protein change of CSQ or ANN, else CIViC's name of the variant"),
    Column("CATEGORY", "pathogenic, oncogenic, therapy, uncertain, benign or other; the page's colours"),
    Column("CARRIED_BY", "Samples whose genotype has the ALT, joined by &; files without genotypes"),
)


def tsv_columns(report: Report | None = None) -> tuple[Column, ...]:
    """Columns in order; with a report, also of parts of CIVIC that a later version wrote there."""
    clinvar = [Column(field.id, field.description) for field in CLINVAR_FIELDS]
    civic = [Column(field.id, field.description) for field in CIVIC_FIELDS if field.id != _CIVIC]
    parts = dict.fromkeys(CIVIC_SUBFIELDS)
    for _, entry in () if report is None else report.entries():
        parts.update(dict.fromkeys(entry.values))
    return (
        *_SITE,
        *clinvar,
        *civic,
        Column(STATUS_ID, "Knowledge bases without an answer, as name:word joined by &"),
        *(Column(f"{_ITEM}{part}", f"Part {part} of the entry of INFO/CIVIC") for part in parts),
    )


def tsv_lines(report: Report) -> Iterator[str]:
    """Give the table's lines: the names of the columns, then the rows."""
    names = [column.name for column in tsv_columns(report)]
    yield "\t".join(names) + "\n"
    for allele in report.alleles:
        site = _site(allele, report)
        for entry in allele.evidence or (None,):
            yield "\t".join(_cell(name, site, allele, entry) for name in names) + "\n"


def _site(allele: ReportedAllele, report: Report) -> dict[str, str]:
    carried = [
        report.columns[number].name
        for number, one in allele.samples.items()
        if one.state in {"carried", "unknown"}
    ]
    return {
        "CHROM": allele.contig,
        "POS": str(allele.position),
        "ID": allele.id,
        "REF": allele.ref,
        "ALT": allele.alt,
        "FILTER": allele.filter,
        "GENES": "&".join(allele.genes),
        "CHANGE": allele.change,
        "CATEGORY": category_of(allele, report.disease),
        "CARRIED_BY": "&".join(carried),
    }


def _cell(name: str, site: dict[str, str], allele: ReportedAllele, entry: Evidence | None) -> str:
    if name in site:
        text = site[name]
    elif name.startswith(_ITEM):
        part = name.removeprefix(_ITEM)
        text = "" if entry is None else entry[part]
        if part == "Therapies":  # a list's own encoding keeps its elements apart
            return text
    else:
        text = allele.values.get(name, "")
    return text.translate(_BREAKING)
