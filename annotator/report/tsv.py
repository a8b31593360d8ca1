"""The report as a table: one row per allele and entry of CIViC or of a service, an allele without entries in one row.

Values are those of INFO with decoded percent-encoding, except for `%`, TAB, CR and LF, which would break the table and
remain encoded. The first character of a cell is also encoded if a spreadsheet would take it as the start of a formula
or a quotation: `=`, `+`, `-`, `@`, `"` or a space, unless the cell is a number. Therefore decoding any cell, or each
element of a list, yields the original value. A missing value is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import quote

from annotator.info import InfoField
from annotator.report.evidence_findings import label_of, tiers_of
from annotator.report.findings import category_of
from annotator.report.heading import field_of
from annotator.report.model import Disease, ReportedAllele, ReportModel
from annotator.report.reported_file import JoinedField
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.civic.fields import CIVIC_SUBFIELDS
from annotator.sources.registry import KNOWLEDGE_BASES, fields_of
from annotator.sources.status import STATUS_ID

__all__ = ["NOTES", "Column", "allele_cells", "cell", "entry_cells", "tsv_columns", "tsv_lines"]

_CIVIC = "CIVIC"
_LIST = f"{_CIVIC}.Therapies"
_BREAKING = {"%": "%25", "\t": "%09", "\r": "%0D", "\n": "%0A"}
_OF_VALUE = str.maketrans(_BREAKING)
_OF_ELEMENT = str.maketrans({**_BREAKING, "&": "%26"})
# Characters that spreadsheets evaluate (https://owasp.org/www-community/attacks/CSV_Injection), including full-width
# ones, or strip before evaluation.
_STEERING = frozenset("=+-@\uff1d\uff0b\uff0d\uff20\"' ")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


class Column(NamedTuple):
    """A column of the table."""

    name: str
    description: str


_SITE = (
    Column("CHROM", "Contig as written in the file"),
    Column("POS", "1-based position of REF"),
    Column("ID", "ID of the record"),
    Column("REF", "Reference bases"),
    Column("ALT", "Alternate allele of the row"),
    Column("FILTER", "FILTER of the record; for several files, the distinct values joined by commas"),
    Column("GENES", "Gene symbols joined by &"),
    Column("NAME", "Gene and change, for example BRAF V600E, or position and bases if there is none"),
    Column(
        "CHANGE",
        "Protein change with one-letter codes; if there is none, the transcript change or the name in CIViC",
    ),
    Column(
        "HGVS",
        "HGVS expression on the transcript used in NAME, with the protein change, or genomic HGVS expression",
    ),
    Column(
        "CONSEQUENCE",
        "Sequence Ontology terms of the transcript used in NAME, joined by &; empty without CSQ, ANN or BCSQ",
    ),
    Column("CATEGORY", "Group of the allele: pathogenic, oncogenic, therapy, uncertain, benign or other"),
    Column(
        "CARRIED_BY",
        "Samples with the ALT by genotype or reads, joined by &; for files without genotypes, the file",
    ),
    Column("GENOTYPE", "Genotype of each sample in CARRIED_BY, joined by &"),
    Column(
        "DEPTH", "Read depth of each sample in CARRIED_BY, joined by &; empty if the file does not contain it"
    ),
    Column("REF_READS", "Reads with REF of each sample in CARRIED_BY, joined by &"),
    Column("ALT_READS", "Reads with the ALT of each sample in CARRIED_BY, joined by &"),
    Column("VAF", "Variant allele fraction in each sample in CARRIED_BY, joined by &"),
    Column(
        "VAF_BASIS",
        "Source of each VAF, joined by &; (caller) marks a fraction that the variant caller reported",
    ),
    Column(
        "CALL_FILTER",
        "Filters that the call of each sample in CARRIED_BY failed, by FILTER of its file and FORMAT/FT, joined by &; "
        "empty for a call that failed none",
    ),
    Column(
        "CALL_ORIGIN",
        "Origin of the call from tumour and normal samples: somatic, germline, normal only or unknown",
    ),
    Column(
        "TIER", "Suggested AMP/ASCO/CAP tier for the patient's disease; a suggestion, not a classification"
    ),
    Column("TIER_REASON", "Reason for the suggested tier, with the evidence items and assertions"),
)

NOTES = (
    "In every cell, %, TAB, CR and LF are percent-encoded, and so is the first character of a text "
    "that a spreadsheet would evaluate (= + - @ \" ' and space). Numbers are not changed.",
    "In lists joined by &, every element is percent-encoded separately, including any & in the element.",
    "Each row is an allele with one entry of CIVIC, CGI or CGI_DRUG. Columns of CGI and Opal are present only if "
    "a file has their fields.",
)
"""Notes on all columns."""


@lru_cache(1 << 14)  # most cells are empty, or repeat from row to row
def cell(value: str) -> str:
    """Return a value as text of a cell; percent-decoding yields the value.

    >>> cell("=1+2"), cell("-1.5"), cell("-CAT"), cell("100%")
    ('%3D1+2', '-1.5', '%2DCAT', '100%25')
    """
    return _guarded(value.translate(_OF_VALUE))


def _guarded(text: str) -> str:
    if text[:1] not in _STEERING or not text or _PLAIN_NUMBER.fullmatch(text):
        return text
    first = text[0]
    return (f"%{ord(first):02X}" if first.isascii() else quote(first)) + text[1:]


def _listed(elements: Iterable[str]) -> str:
    return _guarded("&".join(one.translate(_OF_ELEMENT) for one in elements))


def tsv_columns(report: ReportModel | None = None) -> tuple[Column, ...]:
    """Return the columns in order: those of a report, or without one all possible columns."""
    of_bases = [
        Column(field.id, field.description)
        for name, base in KNOWLEDGE_BASES.items()
        if report is None or not base.is_optional or name in report.knowledge_bases
        for field in fields_of(name)
        if field.id != _CIVIC
    ]
    parts = dict.fromkeys(CIVIC_SUBFIELDS)
    for _, entry in () if report is None else report.entries():
        parts.update(dict.fromkeys(entry.values))  # a later version may have written more
    joined = _known_services() if report is None else report.joined_fields.values()
    return (
        *_SITE,
        *of_bases,
        *(
            Column(id_, one.description)
            for id_, one in ({} if report is None else report.custom_fields).items()
        ),
        Column(
            "SAYS", "Effect that the CIViC entry reports, such as sensitivity or does not support sensitivity"
        ),
        Column(
            "DISEASE_RELATION",
            "Disease of the CIViC entry compared with the patient's disease: same, broader, narrower or other",
        ),
        Column(STATUS_ID, "Knowledge bases without a result for the ALT, as name:status joined by &"),
        *(Column(f"{_CIVIC}.{part}", f"Part {part} of the entry in INFO/CIVIC") for part in parts),
        *(column for field in joined for column in _of_service(field)),
    )


def _known_services() -> Iterator[JoinedField]:
    from annotator.dispatch.cgi.fields import CGI_FIELDS
    from annotator.dispatch.opal.variants import OPAL_FIELDS

    fields: tuple[InfoField[object], ...] = (*CGI_FIELDS, *OPAL_FIELDS)  # type: ignore[arg-type]
    for one in fields:
        yield field_of(one.id, one.number, one.description)


def _of_service(field: JoinedField) -> Iterator[Column]:
    if not field.parts:
        yield Column(field.id, field.description)
    for part in field.parts:
        yield Column(f"{field.id}.{part}", f"Part {part} of the entry in INFO/{field.id}")


def tsv_lines(report: ReportModel) -> Iterator[str]:
    """Yield the table's lines: the column names, then the rows."""
    names = [column.name for column in tsv_columns(report)]
    yield "\t".join(names) + "\n"
    for allele in report.alleles:
        common = allele_cells(allele, report)
        for entry in [one for _, one in entry_cells(allele, report.disease)] or [{}]:
            yield "\t".join([entry.get(name) or common.get(name, "") for name in names]) + "\n"


def allele_cells(allele: ReportedAllele, report: ReportModel) -> dict[str, str]:
    """Return the cells of an allele by their columns, without its entries."""
    return _site(allele, report) | {id_: cell(value) for id_, value in allele.values.items()}


def entry_cells(allele: ReportedAllele, disease: Disease) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the id of the INFO field of each entry, and the cells of the entry by their columns."""
    for one in allele.evidence:
        cells = {f"{_CIVIC}.{part}": cell(value) for part, value in one.values.items()}
        if one.therapies:
            cells[_LIST] = _listed(one.therapies)
        cells["SAYS"], cells["DISEASE_RELATION"] = label_of(one), disease.relation(one)
        yield _CIVIC, cells
    for id_, entries in allele.joined.items():
        for entry in entries:
            yield id_, {f"{id_}.{part}": cell(value) for part, value in entry.items()}


def _site(allele: ReportedAllele, report: ReportModel) -> dict[str, str]:
    carried = [
        (report.columns[number].name, one)
        for number, one in allele.samples.items()
        if one.state in {"carried", "unknown"}
    ]
    tiers = [one for one in tiers_of(allele, report.disease) if one.tier] if report.has_tiers else []
    best = tiers[0] if tiers else None
    return {
        "CHROM": cell(allele.contig),
        "POS": str(allele.position),
        "ID": cell(allele.id),
        "REF": cell(allele.ref),
        "ALT": cell(allele.alt),
        "FILTER": cell(allele.filter),
        "GENES": _listed(allele.genes),
        "NAME": cell(allele.name),
        "CHANGE": cell(allele.change),
        "HGVS": cell(allele.hgvs),
        "CONSEQUENCE": cell(allele.consequence),
        "CATEGORY": category_of(allele, report.disease),
        "CARRIED_BY": _listed(name for name, _ in carried),
        "GENOTYPE": _listed(one.genotype for _, one in carried),
        "DEPTH": _listed(_text(one.counts.depth) for _, one in carried),
        "REF_READS": _listed(_text(one.counts.ref) for _, one in carried),
        "ALT_READS": _listed(_text(one.counts.alt) for _, one in carried),
        "VAF": _listed("" if one.counts.vaf is None else f"{one.counts.vaf:.4g}" for _, one in carried),
        "VAF_BASIS": _listed(one.counts.basis for _, one in carried),
        "CALL_FILTER": _listed(one.filter for _, one in carried),
        "CALL_ORIGIN": allele.origin.value,
        "TIER": "" if best is None else best.tier,
        "TIER_REASON": "" if best is None else cell(f"{best.reason} ({', '.join(best.items)})"),
    }


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
