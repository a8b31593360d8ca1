"""Converts ClinVar's tables into records as NLM's Clinical Tables service does, field by field.

Rules: "Data Construction Details" of https://clinicaltables.nlm.nih.gov/apidoc/variants/v4/doc.html, nine steps; the
numbers below are theirs. Decisions about details that the page leaves open are documented where they are made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TypeAlias

__all__ = ["ASSEMBLIES", "hgvs_expressions", "parsed_name", "service_record"]

Row: TypeAlias = Mapping[str, str]

ASSEMBLIES = ("GRCh37", "na")
"""Step 1: the service contains only rows of these assemblies."""

# The page's expression is JavaScript: there, \d is ASCII, \s includes U+FEFF but not U+001C to U+001F and U+0085, and
# the dot stops at four line ends.
_SPACES = r"\t-\r \u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF"
_NAME = rf"(N[^{_SPACES}]_[0-9]+\.?[0-9]+)(?:\([A-Z0-9]+\))?:([^{_SPACES}]\.[^{_SPACES}]+)" + (
    rf"(?: \(([^{_SPACES}][^\n\r\u2028\u2029][^{_SPACES}]+)\))?"
)
_MEDGEN = r"MedGen:(\w+)"

_RENAMED = {"nsv/esv (dbVar)": "nsv_esv"}  # step 7
_REPLACED = frozenset({"RS# (dbSNP)", "HGNC_ID"})  # by dbSNP, hgnc_id and hgnc_id_num
_JOINED = frozenset({"ReferenceAllele", "AlternateAllele"})
_NOTHING = frozenset({"", "-", "na"})


def service_record(rows: Sequence[Row], expressions: Sequence[Row]) -> dict[str, str] | None:
    """Return the record of one VariationID.

    Args:
        rows: its rows of variant_summary, of all assemblies, in the order of the file.
        expressions: its rows of hgvs4variation, in the order of the file.

    Returns:
        The fields by name; fields without a value are omitted. HGVS_exprs and phenotypes are JSON arrays, phenotype a
        JSON object. None if the service does not contain the variation: no row is of GRCh37 or `na` with a Name of a
        RefSeq accession and an HGVS expression of DNA.

    """
    records = [
        _record(row, name, expressions)
        for row in rows
        if row["Assembly"] in ASSEMBLIES and (name := parsed_name(row["Name"]))
    ]
    return _combined(records) if records else None


def parsed_name(name: str) -> tuple[str, str, str | None] | None:
    """Return RefSeq accession, nucleotide change and, if present, protein change of a Name (steps 2 and 3).

    A gene symbol with characters other than capital letters and digits (`C9orf72`, `HLA-A`) does not match the page's
    expression, and so not here.

    >>> parsed_name("NM_004333.6(BRAF):c.1799T>A (p.Val600Glu)")
    ('NM_004333.6', 'c.1799T>A', 'p.Val600Glu')
    """
    found = _pattern().match(name)
    return None if found is None else (found[1], found[2], found[3])


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(_NAME)


def hgvs_expressions(expressions: Iterable[Row]) -> list[str]:
    """Return all nucleotide and protein expressions of a variation, each once, in the order of the file (step 4)."""
    listed = (
        text
        for row in expressions
        for text in (_present(row, "NucleotideExpression"), _present(row, "ProteinExpression"))
        if text is not None
    )
    return list(dict.fromkeys(listed))


def _record(row: Row, name: tuple[str, str, str | None], expressions: Sequence[Row]) -> dict[str, str]:
    """Return the fields of one row of variant_summary, which passed steps 1 and 2."""
    fields = {_RENAMED.get(column, column): text for column, text in row.items() if column not in _REPLACED}
    fields["hgnc_id"] = fields["hgnc_id_num"] = row.get("HGNC_ID", "").removeprefix("HGNC:")
    best = _best_pair(expressions)
    accession, change, protein = name
    fields["RefSeqID"], fields["NucleotideChange"] = accession, change
    fields["AminoAcidChange"] = protein or _present(best, "ProteinChange") or ""
    fields["HGVS_c"] = _present(best, "NucleotideExpression") or ""
    fields["HGVS_p"] = _present(best, "ProteinExpression") or ""
    if texts := hgvs_expressions(expressions):
        fields["HGVS_exprs"] = _json(texts)
    if row["Chromosome"] not in _NOTHING:  # step 5
        fields["GenomicLocation"] = f"{row['Start']}^{row['Stop']}"
    if row["RS# (dbSNP)"] != "-1":  # step 6
        fields["dbSNP"] = f"rs{row['RS# (dbSNP)']}"
    if phenotypes := list(_phenotypes(row["PhenotypeIDS"], row["PhenotypeList"])):
        fields["phenotypes"] = _json(phenotypes)
        fields["phenotype"] = _json(min(phenotypes, key=lambda phenotype: len(phenotype["text"])))
    return {field: text for field, text in fields.items() if text}


def _best_pair(expressions: Sequence[Row]) -> Row:
    """Return the row whose expressions are HGVS_c and HGVS_p: the first NM with a protein, the first NM, the first."""
    coding = [row for row in expressions if row["NucleotideExpression"].startswith("NM")]
    with_protein = (row for row in coding if _present(row, "ProteinExpression"))
    return next(with_protein, None) or next(iter(coding or expressions), {})


def _present(row: Row, column: str) -> str | None:
    text = row.get(column, "")
    return None if text in _NOTHING else text


def _phenotypes(identifiers: str, names: str) -> Iterator[dict[str, str]]:
    """Yield the phenotypes that have a MedGen code (step 8).

    The two columns correspond at their bars, and at semicolons within these if both have the same number.
    """
    for some_identifiers, some_names in zip(identifiers.split("|"), names.split("|"), strict=False):
        identifier_list, name_list = some_identifiers.split(";"), some_names.split(";")
        if len(identifier_list) != len(name_list):
            identifier_list, name_list = [some_identifiers], [some_names]
        for identifier, name in zip(identifier_list, name_list, strict=True):
            if code := re.search(_MEDGEN, identifier):
                yield {"code": code[1], "text": name}


def _combined(records: Sequence[dict[str, str]]) -> dict[str, str]:
    """Return one record for those of a VariationID (step 9).

    A field that only some of them have is empty in the others.
    """
    if len(records) == 1:
        return records[0]
    combined = {}
    for field in dict.fromkeys(field for record in records for field in record):
        texts = [record.get(field, "") for record in records]
        if field in _JOINED:
            combined[field] = "~".join(texts)
        elif len(set(texts)) == 1:
            combined[field] = texts[0]
        else:
            combined[field] = "".join(f"[{text}]" for text in texts)
    return combined


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
