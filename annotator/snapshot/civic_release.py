"""Reading a release of CIViC's: its accepted evidence and assertions by allele, for one assembly.

In the releases before molecular profiles (V1), each variant is taken as a profile of its own. CIViC's content
is CC0. Coordinates as CIViC writes them: https://civic.readthedocs.io, "Variant Coordinates".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from annotator.allele import AlleleKey, BaseSource, key_of, left_align
from annotator.assembly import Assembly, assembly_from_text
from annotator.hgvs import allele_of
from annotator.hgvs_parse import HgvsExpression, parse_hgvs
from annotator.snapshot.civic_tables import CivicTables, Row, Table, read_civic_tables
from annotator.sources.civic.records import (
    Assertion,
    CivicRecord,
    CivicVariant,
    EvidenceItem,
    MolecularProfile,
)

__all__ = ["CivicRelease", "read_civic_release"]


@dataclass(frozen=True, slots=True)
class CivicRelease:
    """What a release says of the alleles of one assembly.

    Attributes:
        version: `2024-08-01`, or `nightly-2021-02-09` by the newest review.
        sha256: checksum of the names and contents of the files that were read.
        records: by allele. Without a reference, indels are where CIViC has them, which is often not leftmost.
        counts: what was read, kept and left out.

    """

    version: str
    sha256: str
    records: Mapping[AlleleKey, CivicRecord]
    counts: Mapping[str, int]


def read_civic_release(folder: Path, assembly: Assembly, reference: BaseSource | None = None) -> CivicRelease:
    """Read a release.

    An allele comes from a variant's own coordinates, if they are of this assembly. Else it comes from its own
    HGVS expressions, if one is of this assembly, gives the same bases and is no pure insertion or deletion.
    Only evidence and assertions of profiles of exactly one variant are kept, and only accepted ones.

    Args:
        folder: holds the files of one release, such as `01-Aug-2024-VariantSummaries.tsv`.
        assembly: the assembly of the alleles.
        reference: reference bases; with them, indels are left-aligned.

    Raises:
        KnowledgeBaseError: the folder is no release of CIViC's, or a file lacks a column or is cut off.

    """
    counts: Counter[str] = Counter()
    tables = read_civic_tables(folder, counts)
    records = _records(tables.variants, _profiles(tables, counts), assembly, reference, counts)
    return CivicRelease(tables.version, tables.sha256, records, dict(counts))


_Item = TypeVar("_Item", EvidenceItem, Assertion)


def _profiles(tables: CivicTables, counts: Counter[str]) -> dict[str, MolecularProfile]:
    """Profiles of exactly one variant about which there is something, by the number in `profile`.

    A profile is a variant's own if the variant says so. `NOT KIT D816V` has one variant as well, and is not.
    """
    own = {row["profile"]: row for row in tables.variants.values() if row["profile"]}
    listed = tables.profiles
    evidence = _items(
        "evidence items", tables.evidence, _evidence_item, own=own, listed=listed, counts=counts
    )
    assertions = _items("assertions", tables.assertions, _assertion, own=own, listed=listed, counts=counts)
    return {
        number: MolecularProfile(
            int(number) if tables.has_profiles else None,
            listed[number]["name"] if number in listed else f"{row['gene']} {row['name']}",
            (int(row["id"]),),
            tuple(evidence.get(number, ())),
            tuple(assertions.get(number, ())),
        )
        for number, row in own.items()
        if number in evidence or number in assertions
    }


def _items(
    kind: str,
    table: Table,
    make: Callable[[Row], _Item],
    *,
    own: Mapping[str, Row],
    listed: Table,
    counts: Counter[str],
) -> dict[str, list[_Item]]:
    found: dict[str, list[_Item]] = {}
    for row in table.values():
        number = row["profile"]
        counts[kind] += 1
        if row.get("status", "accepted").lower() != "accepted":
            counts[f"left out: {kind} not accepted"] += 1
        elif number in own:
            counts[f"{kind} on profiles of one variant"] += 1
            found.setdefault(number, []).append(make(row))
        elif number in listed and "," in listed[number]["variants"]:
            counts[f"left out: {kind} on profiles of several variants"] += 1
        else:
            counts[f"left out: {kind} on other profiles"] += 1
    return found


def _evidence_item(row: Row) -> EvidenceItem:
    return EvidenceItem(
        int(row["id"]),
        row["type"],
        row["level"],
        row["direction"],
        row["significance"],
        row["origin"],
        int(row["rating"]) if row["rating"].isdecimal() else None,
        row["status"].lower(),
        row["disease"],
        _known(row["doid"]),
        _therapies(row["therapies"]),
        row["interaction"],
        f"{row['publisher']}:{row['citation']}" if row["citation"] else "",
        _is_flagged(row),
    )


def _assertion(row: Row) -> Assertion:
    return Assertion(
        int(row["id"]),
        row["type"],
        row["direction"],
        row["significance"],
        "accepted",
        row["disease"],
        _known(row["doid"]),
        _therapies(row["therapies"]),
        row["amp"],
        tuple(code for code in re.split(r"\s*,\s*", row["acmg"]) if code),
        _is_flagged(row),
    )


def _therapies(text: str) -> tuple[str, ...]:
    """Names of a list, sorted because CIViC's order means nothing.

    Some names hold a comma themselves, between digits or before a space.

    >>> _therapies("HER2 Inhibitor CP-724,714,Gefitinib")
    ('Gefitinib', 'HER2 Inhibitor CP-724,714')
    """
    return tuple(sorted(filter(None, re.split(r",(?!\s)(?!(?<=\d,)\d)", _known(text)))))


def _known(text: str) -> str:
    """Empty for the words that CIViC writes in place of an identifier."""
    return "" if text.upper() in {"N/A", "NONE FOUND", "NONE"} else text


def _is_flagged(row: Row) -> bool:
    return row["flagged"].lower() == "true"


def _records(
    table: Table,
    profiles: Mapping[str, MolecularProfile],
    assembly: Assembly,
    reference: BaseSource | None,
    counts: Counter[str],
) -> dict[AlleleKey, CivicRecord]:
    variants: dict[AlleleKey, list[CivicVariant]] = {}
    counts["variants"] = len(table)
    for row in table.values():
        placed, alleles = _place(row, assembly)
        counts[placed] += 1
        if not alleles:
            continue
        own = (profiles[row["profile"]],) if row["profile"] in profiles else ()
        variant = CivicVariant(int(row["id"]), row["gene"], row["name"], own, _is_flagged(row))
        counts["evidence items on alleles"] += sum(len(profile.evidence) for profile in own)
        counts["assertions on alleles"] += sum(len(profile.assertions) for profile in own)
        for allele in alleles:
            key = allele if reference is None else left_align(allele, reference)
            variants.setdefault(key, []).append(variant)
    counts["alleles"] = len(variants)
    counts["indels"] = sum(allele.is_indel for allele in variants)
    return {
        allele: CivicRecord(tuple(sorted(found, key=lambda variant: variant.id)))
        for allele, found in variants.items()
    }


def _place(row: Row, assembly: Assembly) -> tuple[str, list[AlleleKey]]:
    """Tell what to count the variant as, and its alleles in the assembly."""
    if not _known(row["ref"]) and not _known(row["alt"]):
        return "left out: variants without an allele", []
    own = _own_alleles(row, assembly)
    if not own:
        return "left out: variants with odd coordinates", []
    if assembly_from_text(row["build"]) is assembly:
        return "variants by coordinates", own
    by_hgvs = _alleles_by_hgvs(row["hgvs"], own, assembly)
    if by_hgvs:
        return "variants by HGVS", by_hgvs
    if not _known(row["build"]):
        return "left out: variants of no stated assembly", []
    return "left out: variants of another assembly", []


def _own_alleles(row: Row, assembly: Assembly) -> list[AlleleKey]:
    """Alleles by a variant's own coordinates, whatever their assembly; none if they contradict themselves.

    Deletions have no base before them. An insertion has no reference bases and lies between `start` and
    `stop`; where both are the same base it lies after it, as CIViC's own HGVS has it. `G/A` is two alleles.
    """
    contig = assembly.contig(row["contig"])
    if contig is None or not (row["start"].isdecimal() and row["stop"].isdecimal()):
        return []
    start, stop = int(row["start"]), int(row["stop"])
    ref = _known(row["ref"]).upper()
    written, arrow, alternates = _known(row["alt"]).upper().rpartition(">")
    if (arrow and written != ref) or stop - start not in ({len(ref) - 1} if ref else {0, 1}):
        return []
    alts = [alt.strip() for alt in alternates.split("/")]
    if ref in alts or not set("ACGT").issuperset(ref + "".join(alts)) or (len(alts) > 1 and "" in alts):
        return []
    return [key_of(contig, start if ref else start + 1, ref, alt) for alt in alts]


def _alleles_by_hgvs(text: str, own: list[AlleleKey], assembly: Assembly) -> list[AlleleKey]:
    """Alleles by the genomic expressions of this assembly that give the same bases as the own coordinates.

    An expression alone is not enough: a variant such as `IDH1 R132` lists those of several alleles. A pure
    insertion or deletion is at its rightmost place there, and is left out.
    """
    expressions = [
        parsed
        for expression in text.split(",")
        if expression.strip().startswith("NC_") and (parsed := parse_hgvs(expression)) is not None
    ]
    found = {
        placed
        for allele in own
        for expression in expressions
        if (placed := _placed(expression, allele, assembly)) is not None
    }
    return sorted(found) if len(found) <= len(own) else []


def _placed(expression: HgvsExpression, own: AlleleKey, assembly: Assembly) -> AlleleKey | None:
    """Allele of an expression if it gives the same bases as `own`, which tells the replaced ones."""
    spelled = HgvsExpression(
        expression.accession,
        expression.version,
        expression.sequence_type,
        expression.change,
        expression.spelled or own.deleted,
    )
    placed = allele_of(spelled, assembly, None)
    same = placed is not None and placed[2:] == own[2:] and placed.contig == own.contig
    return placed if same and not own.is_indel else None
