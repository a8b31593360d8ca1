"""ClinVar's three tables made into the records of the Clinical Tables service, by the steps of its page.

In memory, and written from the page alone: https://clinicaltables.nlm.nih.gov/apidoc/variants/v4/doc.html,
"Data Construction Details". What the page leaves open is said where it is decided.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["build_records", "read_table", "records_of_tables"]

Row = Mapping[str, str]

_NAME = re.compile(r"^(N\S_\d+\.?\d+)(\(([A-Z0-9]+)\))?:(\S\.\S+)( \((\S.\S+)\))?")
_COPIED = (
    "AlleleID", "Type", "Name", "GeneID", "GeneSymbol", "ClinicalSignificance", "ClinSigSimple", "LastEvaluated",
    "RCVaccession", "PhenotypeIDS", "PhenotypeList", "Origin", "OriginSimple", "Assembly", "ChromosomeAccession",
    "Chromosome", "Start", "Stop", "ReferenceAllele", "AlternateAllele", "Cytogenetic", "ReviewStatus",
    "NumberSubmitters", "Guidelines", "TestedInGTR", "OtherIDs", "SubmitterCategories", "VariationID",
    "PositionVCF", "ReferenceAlleleVCF", "AlternateAlleleVCF", "SomaticClinicalImpact",
    "SomaticClinicalImpactLastEvaluated", "ReviewStatusClinicalImpact", "Oncogenicity",
    "OncogenicityLastEvaluated", "ReviewStatusOncogenicity", "SCVsForAggregateGermlineClassification",
    "SCVsForAggregateSomaticClinicalImpact", "SCVsForAggregateOncogenicityClassification",
)  # fmt: skip
_JOINED_WITH_TILDE = ("ReferenceAllele", "AlternateAllele")
_NOTHING = frozenset({"", "-", "na"})


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """Rows of one of ClinVar's tables by column name, plain or gzip.

    The last line that begins with `#` before the first row is the header. Carriage returns are dropped wherever
    they stand.
    """
    data = path.read_bytes()
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
    header: list[str] = []
    for line in text.replace("\r", "").split("\n"):
        if line.startswith("#"):
            header = line[1:].split("\t")
        elif line:
            columns = line.split("\t")
            yield dict(zip(header, columns + [""] * (len(header) - len(columns)), strict=False))


def records_of_tables(
    folder: Path, *, only_named: bool = True, keep_dashes: bool = True
) -> list[dict[str, Any]]:
    """Records from the three tables in a folder, whether they end in `.txt` or `.txt.gz`."""
    tables = []
    for name in ("variant_summary", "hgvs4variation", "variation_allele"):
        paths = [path for path in (folder / f"{name}.txt.gz", folder / f"{name}.txt") if path.is_file()]
        if not paths:
            raise FileNotFoundError(f"{folder} has no {name}.txt.gz")
        tables.append(read_table(paths[0]))
    return build_records(*tables, only_named=only_named, keep_dashes=keep_dashes)


def build_records(
    variant_summary: Iterable[Row],
    hgvs4variation: Iterable[Row],
    variation_allele: Iterable[Row],
    *,
    only_named: bool = True,
    keep_dashes: bool = True,
) -> list[dict[str, Any]]:
    """Make the records of the service, in the order in which variant_summary first has them.

    Args:
        variant_summary: rows by column name.
        hgvs4variation: rows by column name.
        variation_allele: rows by column name.
        only_named: leave out rows whose Name is no RefSeq accession with a DNA HGVS expression, as the page's
            second highlight says; its third step and one of its examples (`FAM126A:c.627-439_831+348del`) read
            as if they could be in.
        keep_dashes: leave a `-` of variant_summary as it is; the page does not say whether the service does.

    """
    variations = {
        row["AlleleID"]: row["VariationID"]
        for row in variation_allele
        if row["Type"] in {"Variant", "variant"}
    }
    expressions = _expressions(hgvs4variation)
    merged: dict[str, list[dict[str, Any]]] = {}
    for row in variant_summary:
        if row["Assembly"] not in {"GRCh37", "na"}:  # step 1
            continue
        found = _NAME.match(row["Name"])
        if found is None and only_named:  # step 2
            continue
        variation = row.get("VariationID", "")
        if variation in _NOTHING:
            variation = variations.get(row["AlleleID"], "")
        own = expressions.get(variation) or expressions.get(f"allele {row['AlleleID']}") or []
        record = _record({**row, "VariationID": variation}, found, own)
        if not keep_dashes:
            record = {field: value for field, value in record.items() if value != "-"}
        merged.setdefault(variation, []).append(record)
    return [_combined(records) for records in merged.values()]


def _expressions(hgvs4variation: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by VariationID; those without one by `allele ` and their AlleleID."""
    found: dict[str, list[Row]] = {}
    for row in hgvs4variation:
        variation = row["VariationID"]
        key = f"allele {row['AlleleID']}" if variation in _NOTHING else variation
        found.setdefault(key, []).append(row)
    return found


def _record(row: Row, name: re.Match[str] | None, expressions: list[Row]) -> dict[str, Any]:
    record: dict[str, Any] = {field: row[field] for field in _COPIED if field in row}
    best = _best(expressions)
    nucleotide, protein = (_present(best, f"{kind}Expression") for kind in ("Nucleotide", "Protein"))
    # Step 3, with what the best pair says where the Name is silent.
    record["RefSeqID"] = name[1] if name else (nucleotide or "").partition(":")[0] or None
    record["NucleotideChange"] = name[4] if name else _present(best, "NucleotideChange")
    record["AminoAcidChange"] = name[6] if name and name[6] else _present(best, "ProteinChange")
    # Step 4.
    listed = [
        _present(expression, f"{kind}Expression")
        for expression in expressions
        for kind in ("Nucleotide", "Protein")
    ]
    record["HGVS_exprs"] = list(dict.fromkeys(text for text in listed if text)) or None
    record["HGVS_c"], record["HGVS_p"] = nucleotide, protein
    # Steps 5 to 8.
    if row["Chromosome"] not in _NOTHING:
        record["GenomicLocation"] = f"{row['Start']}^{row['Stop']}"
    number = row["RS# (dbSNP)"]
    if number != "-1":
        record["dbSNP"] = f"rs{number}"
    record["nsv_esv"] = row["nsv/esv (dbVar)"]
    record["hgnc_id"] = record["hgnc_id_num"] = row["HGNC_ID"].removeprefix("HGNC:")
    phenotypes = _phenotypes(row["PhenotypeIDS"], row["PhenotypeList"])
    if phenotypes:
        record["phenotypes"] = phenotypes
        record["phenotype"] = min(phenotypes, key=lambda phenotype: len(phenotype["text"]))
    return {field: value for field, value in record.items() if value is not None and value != ""}


def _present(row: Row, column: str) -> str | None:
    text = row.get(column, "")
    return None if text in _NOTHING else text


def _best(expressions: list[Row]) -> Row:
    coding = [row for row in expressions if row["NucleotideExpression"].startswith("NM")]
    with_protein = [row for row in coding if _present(row, "ProteinExpression")]
    return next(iter(with_protein or coding or expressions), {})


def _phenotypes(identifiers: str, names: str) -> list[dict[str, str]]:
    """Pairs of MedGen code and name, at the same places of the two columns.

    The columns are cut at bars and, where both have as many parts, at semicolons within them.
    """
    found = []
    for ids, texts in zip(identifiers.split("|"), names.split("|"), strict=False):
        id_parts, text_parts = ids.split(";"), texts.split(";")
        if len(id_parts) != len(text_parts):
            id_parts, text_parts = [ids], [texts]
        for id_part, text in zip(id_parts, text_parts, strict=True):
            code = re.search(r"MedGen:(\w+)", id_part)
            if code is not None:
                found.append({"code": code[1], "text": text})
    return found


def _combined(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Step 9; a field that only some of the records have counts as empty in the others."""
    if len(records) == 1:
        return records[0]
    combined: dict[str, Any] = {}
    for field in dict.fromkeys(field for record in records for field in record):
        values = [record.get(field, "") for record in records]
        if field in _JOINED_WITH_TILDE:
            combined[field] = "~".join(values)
        elif all(value == values[0] for value in values):
            combined[field] = values[0]
        else:
            combined[field] = "".join(f"[{_as_text(value)}]" for value in values)
    return combined


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
