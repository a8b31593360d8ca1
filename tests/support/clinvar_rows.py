"""ClinVar's files and what annotating with them must give, read again in the simplest way, without the package."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

CLINVAR_KEYS = (
    "ALLELEID", "CLNSIG", "CLNSIGCONF", "CLNREVSTAT", "CLNDN", "CLNDISDB", "CLNHGVS", "CLNVC", "MC", "GENEINFO",
    "ORIGIN", "RS", "ONC", "ONCREVSTAT", "ONCDN", "ONCCONF", "SCI", "SCIREVSTAT", "SCIDN",
)  # fmt: skip
"""INFO keys of ClinVar's VCF that are passed on under their own names."""

INCLUDED_KEYS = ("CLNSIGINCL", "CLNDNINCL")
"""Those of the few alleles that were classified only as part of something else."""

STARS = {
    "practice_guideline": "4",
    "reviewed_by_expert_panel": "3",
    "criteria_provided,_multiple_submitters,_no_conflicts": "2",
    "criteria_provided,_multiple_submitters": "2",
    "criteria_provided,_single_submitter": "1",
    "criteria_provided,_conflicting_classifications": "1",
    "criteria_provided,_conflicting_interpretations": "1",
    "no_assertion_criteria_provided": "0",
    "no_assertion_provided": "0",
    "no_classification_provided": "0",
    "no_classification_for_the_single_variant": "0",
    "no_classifications_from_unflagged_records": "0",
    "no_interpretation_for_the_single_variant": "0",
}
"""Stars of every review status that ClinVar is known to write, as https://www.ncbi.nlm.nih.gov/clinvar/docs/review_status/
and the files have them."""


class ClinVarRow(NamedTuple):
    """A line of ClinVar's VCF; `info` as it is written there, percent-encoded."""

    chrom: str
    position: int
    variation: str
    ref: str
    alt: str
    info: dict[str, str]

    @property
    def allele_id(self) -> str:
        return self.info["ALLELEID"]


def clinvar_rows(path: Path) -> list[ClinVarRow]:
    """Give all rows of one of ClinVar's files, those without an ALT too."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
    rows = []
    for line in text.split("\n"):
        if line and not line.startswith("#"):
            chrom, position, variation, ref, alt, _, _, info = line.removesuffix("\r").split("\t")
            rows.append(ClinVarRow(chrom, int(position), variation, ref, alt, info_items(info)))
    return rows


def info_items(column: str) -> dict[str, str]:
    """Give an INFO column by key; a flag is the empty text."""
    if column == ".":
        return {}
    return {key: value for key, _, value in (item.partition("=") for item in column.split(";"))}


def expected_fields(row: ClinVarRow) -> dict[str, str]:
    """Give what annotating the allele of a row must write, by INFO key; keys without a value are left out.

    ClinVar writes CLNDISDB=`.` where it has no identifier of the disease.
    """
    keys = (*CLINVAR_KEYS, *INCLUDED_KEYS)
    fields = {key: encoded(row.info[key]) for key in keys if row.info.get(key, ".") != "."}
    fields["CLNVID"] = row.variation
    fields["CLNMATCH"] = "exact"
    if "CLNREVSTAT" in row.info:
        fields["CLNSTARS"] = STARS[row.info["CLNREVSTAT"]]
    if "ONCREVSTAT" in row.info:
        fields["ONCSTARS"] = STARS[row.info["ONCREVSTAT"]]
    if "SCIREVSTAT" in row.info:
        fields["SCISTARS"] = STARS[row.info["SCIREVSTAT"]]
    return fields


_ENCODED = {ord(character): f"%{ord(character):02X}" for character in "%;=,\r\n\t"} | {ord(" "): "_"}


@cache
def encoded(value: str) -> str:
    """Give a value of ClinVar's INFO as one value of a Number=A field.

    What ClinVar encoded is decoded first, so that nothing is encoded twice; INFO has no spaces.
    """
    return (unquote(value) if "%" in value else value).translate(_ENCODED)


def clinvar_text(
    records: Iterable[str],
    *,
    date: str | None = "2026-02-26",
    reference: str | None = "GRCh38",
    keys: Iterable[str] = CLINVAR_KEYS,
) -> str:
    """Give the text of a file in ClinVar's layout.

    Args:
        records: CHROM, POS, ID, REF, ALT and INFO of each row, separated by spaces.
        date: its `##fileDate`.
        reference: its `##reference`.
        keys: INFO keys that it declares.

    """
    lines = ["##fileformat=VCFv4.1"]
    lines += [] if date is None else [f"##fileDate={date}"]
    lines += ["##source=ClinVar"]
    lines += [] if reference is None else [f"##reference={reference}"]
    lines += ['##ID=<Description="ClinVar Variation ID">']
    lines += [f'##INFO=<ID={key},Number=.,Type=String,Description="{key} of ClinVar">' for key in keys]
    lines += ["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for record in records:
        *allele, info = record.split(" ")
        lines.append("\t".join([*allele, ".", ".", info]))
    return "".join(f"{line}\n" for line in lines)


def trimmed(chrom: str, position: int, ref: str, alt: str) -> tuple[str, int, str, str]:
    """Give an allele without the bases that both sides share, at its end first: how two spellings are compared."""
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        position, ref, alt = position + 1, ref[1:], alt[1:]
    return chrom, position, ref, alt


class KnownAlleles:
    """Alleles of a file of ClinVar's, in any spelling: what a decoy must not be."""

    far_enough = 500
    """Bases between an indel and any other spelling of it; no repeat near ClinVar's small indels is longer."""

    def __init__(self, alleles: Iterable[tuple[str, int, str, str]]) -> None:
        self._trimmed = {trimmed(*allele) for allele in alleles}
        self._indels: dict[tuple[str, bool, str], list[int]] = {}
        for chrom, position, deleted, inserted in self._trimmed:
            if not deleted or not inserted:
                key = (chrom, not deleted, least_rotation(deleted or inserted))
                self._indels.setdefault(key, []).append(position)

    def __len__(self) -> int:
        return len(self._trimmed)

    def __contains__(self, allele: object) -> bool:
        """Whether one of them is this allele, trimmed, in this spelling."""
        return allele in self._trimmed

    def may_hold(self, chrom: str, position: int, ref: str, alt: str) -> bool:
        """Whether an allele is one of them, or an indel that may be another spelling of one nearby."""
        allele = trimmed(chrom, position, ref, alt)
        if allele in self._trimmed:
            return True
        _, start, deleted, inserted = allele
        if (deleted and inserted) or not deleted + inserted:
            return False
        nearby = self._indels.get((chrom, not deleted, least_rotation(deleted or inserted)), ())
        return any(abs(start - other) <= self.far_enough for other in nearby)


def least_rotation(bases: str) -> str:
    """Give the same string for all rotations of bases: those that an indel moves turn as it is shifted."""
    return min(bases[turn:] + bases[:turn] for turn in range(len(bases)))


def record_lines(path: Path) -> Iterator[list[str]]:
    """Give the columns of each record of a plain VCF."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            if not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def per_alt(info: Mapping[str, str], alts: int) -> list[dict[str, str]]:
    """Give the values of each ALT by key, from an INFO column whose fields are all Number=A."""
    if alts == 1:
        assert not any("," in value for value in info.values()), info
        return [{key: value for key, value in info.items() if value != "."}]
    columns = {key: column.split(",") for key, column in info.items()}
    assert all(len(values) == alts for values in columns.values()), info
    return [
        {key: values[alt] for key, values in columns.items() if values[alt] != "."} for alt in range(alts)
    ]
