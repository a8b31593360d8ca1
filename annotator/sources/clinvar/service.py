"""Responses of the Clinical Tables service (variants, version 4), strictly parsed.

https://clinicaltables.nlm.nih.gov/apidoc/variants/v4/doc.html. A response is `[total, codes, extra, display, …]`; the
requested fields are in `extra`, each with one value per code. Coordinates are GRCh37's; the expressions in HGVS_exprs
are on all sequences, including both assemblies' chromosomes.

Records of one VariationID were combined (step 9 of the page's "Data Construction Details"): a field with different
values is `[one][other]`, and the two alleles are always joined by `~`.

ClinicalSignificance, ReviewStatus and some others are not on the page's list. They are requested nevertheless; if the
service does not have them they are null, and the record has no classification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from annotator.net.json_values import is_writable, json_value
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number
from annotator.sources.clinvar.records import ClinVarRecord
from annotator.sources.clinvar.words import cell_value, record_of_summary
from annotator.variants.allele import AlleleKey, BaseSource, key_of, unsupported_reason
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs import allele_of
from annotator.variants.hgvs_parse import HgvsExpression, SequenceType, parse_hgvs

__all__ = ["FIELDS", "ServicePage", "ServiceRecord", "expressions_of", "read_page", "rsids_of"]

_DOCUMENTED = (
    "VariationID", "AlleleID", "Name", "Type", "dbSNP", "HGVS_c", "HGVS_exprs", "Chromosome", "Start",
    "ReferenceAllele", "AlternateAllele", "PhenotypeIDS", "PhenotypeList",
)  # fmt: skip
_UNDOCUMENTED = (
    "ClinicalSignificance", "ReviewStatus", "Origin", "PositionVCF", "ReferenceAlleleVCF", "AlternateAlleleVCF",
    "SomaticClinicalImpact", "ReviewStatusClinicalImpact", "Oncogenicity", "ReviewStatusOncogenicity",
)  # fmt: skip
FIELDS = (*_DOCUMENTED, *_UNDOCUMENTED)
"""Requested fields."""

_RSID = re.compile(r"rs([1-9][0-9]{0,9})(?![0-9])", re.IGNORECASE | re.ASCII)
_CHROMOSOMAL = {SequenceType.GENOMIC, SequenceType.MITOCHONDRIAL}
_JOINED_ALLELES = ("ReferenceAllele", "AlternateAllele")


_parsed = lru_cache(1 << 14)(
    parse_hgvs
)  # a record's expressions are read when it arrives and when it is compared


class ServicePage(NamedTuple):
    """One response.

    Attributes:
        total: number of records that the service has for the query, up to its limit of counting.
        rows: requested fields of each returned record.
        codes: code of each record; the VariationID unless another field was requested.
        display: texts of each record, as the service displays them.

    """

    total: int
    rows: list[dict[str, Any]]
    codes: list[Any]
    display: list[Any]


def read_page(body: bytes, fields: Sequence[str] = FIELDS) -> ServicePage:
    """Parse a response.

    Args:
        body: body of the response.
        fields: fields requested in `ef`; without any, the service returns null in their place.

    Raises:
        ValueError: the body is not a valid response; the text states the reason, as a clause.

    """
    try:
        answer = json_value(body)
    except ValueError:
        raise ValueError("the response is not JSON") from None
    if not isinstance(answer, list) or len(answer) < 4:
        raise ValueError("the response is not a list of four elements")
    total, codes, extra, display = answer[:4]
    if not isinstance(total, int) or isinstance(total, bool) or total < 0 or not isinstance(codes, list):
        raise ValueError("the response has no number of records, or no records")
    if not isinstance(display, list) or len(display) != len(codes):
        raise ValueError("the response has a different number of texts than of records")
    return ServicePage(total, _rows(extra, fields, len(codes)), codes, display)


def _rows(extra: object, fields: Sequence[str], count: int) -> list[dict[str, Any]]:
    if not count or not fields:
        return [{} for _ in range(count)]
    if not isinstance(extra, dict):
        raise ValueError("the response lacks the requested fields")
    columns = {name: extra.get(name) for name in fields}
    if any(not isinstance(values, list) or len(values) != count for values in columns.values()):
        raise ValueError("the response has fields of a different length than records")
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def rsids_of(row: Mapping[str, Any]) -> frozenset[int]:
    """Return the rs numbers of a row; a cell may contain several, with any separator."""
    return frozenset(int(number) for number in _RSID.findall(str(row.get("dbSNP") or "")))


def expressions_of(row: Mapping[str, Any]) -> Iterator[HgvsExpression]:
    """Yield the HGVS expressions of a row: those listed, the best one, and the one in its name."""
    for text in [*_texts(row.get("HGVS_exprs")), *_texts(row.get("HGVS_c")), *_names(row.get("Name"))]:
        expression = _parsed(text)
        if expression is not None:
            yield expression


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of a list, or of a text that lists them.

    An expression has no blanks, and `,` only in brackets.
    """
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield from (
            text for part in _parts(value) for text in re.split(r"[\s|\"']+|,(?![^\[]*\])", part) if text
        )


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _parts(value)


def _parts(text: str) -> list[str]:
    """Return the values of a field that step 9 combined; the only value of another field."""
    return text[1:-1].split("][") if text.startswith("[") and text.endswith("]") else [text]


class ServiceRecord:
    """A record of the service.

    Args:
        row: its fields.
        assembly: the assembly of the returned alleles.
        reference: bases of that assembly, if available.

    """

    def __init__(self, row: Mapping[str, Any], assembly: Assembly, reference: BaseSource | None) -> None:
        self._row = row
        self._assembly = assembly
        self._reference = reference

    @cached_property
    def is_readable(self) -> bool:
        """Whether its texts can be encoded and it has a number; if not, its content is unusable."""
        number = cell_value(self._text("VariationID"))
        return is_writable(self._row) and (number is None or (number.isdecimal() and number.isascii()))

    @cached_property
    def is_of_one_allele(self) -> bool:
        """Whether it describes one allele: a haplotype's record does not describe its members."""
        return (
            len(set(_parts(str(self._row.get("AlleleID"))))) == 1
            and cell_value(self._text("VariationID")) is not None
        )

    @cached_property
    def expressions(self) -> tuple[HgvsExpression, ...]:
        """Its HGVS expressions."""
        return tuple(dict.fromkeys(expressions_of(self._row)))

    @cached_property
    def genomic(self) -> tuple[HgvsExpression, ...]:
        """Those on chromosomes of the assembly."""
        accessions = set(self._assembly.accessions.values())
        return tuple(
            one
            for one in self.expressions
            if one.sequence_type in _CHROMOSOMAL and f"{one.accession}.{one.version}" in accessions
        )

    @cached_property
    def rsids(self) -> frozenset[int]:
        """Its rs numbers."""
        return rsids_of(self._row)

    @cached_property
    def alleles(self) -> frozenset[AlleleKey]:
        """Its alleles in the assembly, as far as they can be determined; two in pseudo-autosomal regions."""
        found = (allele_of(expression, self._assembly, self._reference) for expression in self.genomic)
        alleles = {allele for allele in found if allele is not None}
        if self._assembly is Assembly.GRCH37:
            alleles.update(_coordinates(self._row, self._assembly))
        return frozenset(alleles)

    def record(self, contig: str) -> ClinVarRecord:
        """Return the record, in the terms of ClinVar's VCF.

        Args:
            contig: canonical name of the chromosome of the returned expression.

        """
        accession = self._assembly.accessions.get(contig)
        hgvs = next((str(one) for one in self.genomic if f"{one.accession}.{one.version}" == accession), None)
        facts = {name: self._text(name) for name in FIELDS}
        if facts["PhenotypeIDS"] is None:  # diseases without identifiers; the VCF has such records too
            facts["PhenotypeIDS"] = ""
        rsids = sorted(self.rsids)
        facts["RS# (dbSNP)"] = str(rsids[0]) if len(rsids) == 1 else None
        return record_of_summary(facts, self._written(hgvs))

    def _written(self, hgvs: str | None) -> str | None:
        """Return an expression as the service writes it: ours may be in a newer notation."""
        if hgvs is None:
            return None
        texts = [*_texts(self._row.get("HGVS_exprs")), *_texts(self._row.get("HGVS_c"))]
        return next((text for text in texts if (parsed := _parsed(text)) and str(parsed) == hgvs), hgvs)

    def _text(self, name: str) -> str | None:
        """Return the value of a field that is the same in all combined rows; otherwise the first row's."""
        value = self._row.get(name)
        return None if value is None else _parts(str(value))[0]


def _coordinates(row: Mapping[str, Any], assembly: Assembly) -> Iterator[AlleleKey]:
    """Yield alleles by the coordinates of the combined rows.

    PositionVCF and its alleles are left-aligned. Start is right-aligned, which makes no difference for alleles of equal
    length; it is not used for others.
    """
    for sub in _uncombined(row):
        contig = assembly.contig(sub["Chromosome"] or "")
        names = ("PositionVCF", "ReferenceAlleleVCF", "AlternateAlleleVCF"), ("Start", *_JOINED_ALLELES)
        for position_name, ref_name, alt_name in names:
            position = whole_number(sub[position_name] or "")
            ref, alt = sub[ref_name] or "", sub[alt_name] or ""
            if contig is None or position is None or unsupported_reason(ref, alt) is not None:
                continue
            if position_name != "Start" or len(ref) == len(alt):
                yield key_of(contig, position, ref, alt)


def _uncombined(row: Mapping[str, Any]) -> Sequence[dict[str, str | None]]:
    """Return the coordinates of each of the rows that were combined into one."""
    names = (
        "Chromosome",
        "PositionVCF",
        "ReferenceAlleleVCF",
        "AlternateAlleleVCF",
        "Start",
        *_JOINED_ALLELES,
    )
    values = {
        name: (str(row[name]).split("~") if name in _JOINED_ALLELES else _parts(str(row[name])))
        for name in names
        if row.get(name) is not None
    }
    count = max(map(len, values.values()), default=0)
    if any(len(found) not in {1, count} for found in values.values()):
        return []  # the values cannot be assigned to each other
    return [
        {
            name: cell_value(values[name][number % len(values[name])]) if name in values else None
            for name in names
        }
        for number in range(count)
    ]
