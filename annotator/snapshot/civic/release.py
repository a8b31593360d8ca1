"""Reads a CIViC release from its files, in any of three generations of columns.

For releases before molecular profiles (V1), each variant is taken as a profile of its own. CIViC's content is CC0.
Coordinates as CIViC writes them: https://civic.readthedocs.io, "Variant Coordinates".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from annotator.runtime.text import whole_number
from annotator.snapshot.civic.tables import CivicTables, Row, Table, read_civic_tables
from annotator.sources.civic.knowledge import (
    CivicAssertion,
    CivicDisease,
    CivicEvidence,
    CivicProfile,
    CivicPublication,
    CivicTherapy,
    Coordinates,
    ExonEnd,
    Feature,
    FeatureKind,
    Knowledge,
    Partner,
    Phenotype,
    Variant,
    caid_of,
    clinvar_ids_of,
    known,
)
from annotator.sources.civic.structure import ProfileTree, profile_tree, tokens_of_name

__all__ = ["read_civic_release"]


def read_civic_release(folder: Path) -> Knowledge:
    """Read a release.

    Evidence of every status is kept; the build selects. Files of assertions contain accepted ones only, and no file
    states whether a source was retracted, or the numbers of therapies and phenotypes in their ontologies.

    Args:
        folder: contains the files of one release, such as `01-Aug-2024-VariantSummaries.tsv`.

    Raises:
        KnowledgeBaseError: the folder is not a release of CIViC, or a file lacks a column or is truncated.

    """
    counts: Counter[str] = Counter()
    tables = read_civic_tables(folder, counts)
    aliases = {row["feature"]: _listed(row["aliases"]) for row in tables.features.values()}
    variants = {int(number): _variant(row, aliases) for number, row in tables.variants.items()}
    profiles = _profiles(tables, variants, counts)
    return Knowledge(
        tables.version,
        variants,
        profiles,
        _items("evidence items", tables.evidence, _evidence_item, counts),
        _items("assertions", tables.assertions, _assertion, counts),
        tables.has_profiles,
        tables.sha256,
        dict(counts),
        refused=_refused(tables, counts),
    )


def _variant(row: Row, aliases: Mapping[str, tuple[str, ...]]) -> Variant:
    return Variant(
        int(row["id"]),
        _feature(row, aliases),
        row["name"],
        _number(row["profile"]),
        _listed(row["aliases"]),
        _listed(row["types"]),
        _coordinates(row, "", row["build"]),
        _coordinates(row, "2", row["build"]),
        _exon_end(row, "5"),
        _exon_end(row, "3"),
        _listed(row["hgvs"]),
        clinvar_ids_of(row["clinvar_ids"].split(",")),
        caid_of(row["caid"]),
        known(row["vicc_name"]),
        known(row["iscn_name"]),
        known(row["ncit_id"]),
        _is_true(row["flagged"]),
    )


def _feature(row: Row, aliases: Mapping[str, tuple[str, ...]]) -> Feature:
    word = row["kind"].lower() or FeatureKind.GENE.value
    kind = FeatureKind(word) if word in set(FeatureKind) else FeatureKind.OTHER
    return Feature(
        kind,
        row["feature"],
        _number(row["feature_id"]),
        _number(row["entrez_id"]),
        known(row["ncit_id"]) if kind is FeatureKind.FACTOR else "",
        _partner(row, "5"),
        _partner(row, "3"),
        aliases.get(row["feature"], ()),
    )


def _partner(row: Row, side: str) -> Partner | None:
    status = row[f"status{side}"].lower()
    return Partner(status, known(row[f"gene{side}"])) if status else None


def _coordinates(row: Row, side: str, build: str) -> Coordinates | None:
    """Return the first or second coordinates; None if none of them is stated."""
    contig, transcript = row[f"contig{side}"], known(row[f"transcript{side}"])
    start, stop = _number(row[f"start{side}"]), _number(row[f"stop{side}"])
    ref, alt = ("", "") if side else (known(row["ref"]), known(row["alt"]))
    if not (contig or transcript or start or stop or ref or alt):
        return None
    version = _number(row["ensembl_version"])
    return Coordinates(known(build), contig, start, stop, ref, alt, transcript, version)


def _exon_end(row: Row, side: str) -> ExonEnd | None:
    transcript, exon = known(row[f"transcript{side}"]), _number(row[f"exon{side}"])
    if exon is None:
        return None
    offset = _number(row[f"offset{side}"]) or 0
    is_before = row[f"direction{side}"].lower() == "negative"
    return ExonEnd(transcript, exon, -offset if is_before else offset)


def _profiles(
    tables: CivicTables, variants: Mapping[int, Variant], counts: Counter[str]
) -> dict[int, CivicProfile]:
    if not tables.has_profiles:
        return {
            id_: CivicProfile(id_, variant.full_name, (id_,), id_, (), variant.flagged)
            for id_, variant in variants.items()
        }
    profiles = {}
    for number, row in tables.profiles.items():
        ids = tuple(filter(None, map(whole_number, _listed(row["variants"]))))
        tree = _tree(row["name"], ids, variants)
        if tree is None:
            counts["molecular profiles that could not be read"] += 1
        profiles[int(number)] = CivicProfile(
            int(number), row["name"], ids, tree, _listed(row["aliases"]), _is_true(row["flagged"])
        )
    return _with_own(profiles, variants)


def _tree(name: str, ids: tuple[int, ...], variants: Mapping[int, Variant]) -> ProfileTree | None:
    names = {id_: variants[id_].full_name for id_ in ids if id_ in variants}
    if len(ids) == 1 and (not names or name == names[ids[0]]):
        return ids[0]  # some releases list a factor's profile but not the factor
    tree = profile_tree(tokens_of_name(name, names))
    return tree if len(names) == len(ids) else None


def _with_own(profiles: dict[int, CivicProfile], variants: Mapping[int, Variant]) -> dict[int, CivicProfile]:
    """Add the profiles that variants name as their own and that the file of profiles lacks: those without evidence."""
    for id_, variant in variants.items():
        own = variant.profile_id
        if own is not None and own not in profiles:
            profiles[own] = CivicProfile(own, variant.full_name, (id_,), id_)
    return profiles


_Item = TypeVar("_Item", CivicEvidence, CivicAssertion)


_NAMELESS = "left out: {} that name no molecular profile"


def _items(kind: str, table: Table, make: Callable[[Row], _Item], counts: Counter[str]) -> dict[int, _Item]:
    """Return items that name their profile, whether or not the release contains it."""
    found: dict[int, _Item] = {}
    for row in table.values():
        if _number(row["profile"]) is None:
            counts[_NAMELESS.format(kind)] += 1
        else:
            item = make(row)
            found[item.id] = item
    return found


def _refused(tables: CivicTables, counts: Mapping[str, int]) -> dict[str, int]:
    """Count the evidence items that cannot be used, by reason."""
    nameless = counts.get(_NAMELESS.format("evidence items"), 0)
    return {**tables.refused, **({"the row has no molecular profile": nameless} if nameless else {})}


def _evidence_item(row: Row) -> CivicEvidence:
    return CivicEvidence(
        int(row["id"]),
        int(row["profile"]),
        row["type"],
        row["level"],
        row["direction"],
        row["significance"],
        row["origin"],
        _number(row["rating"]),
        row["status"].lower(),
        _disease(row),
        tuple(map(CivicTherapy, _therapies(row["therapies"]))),
        row["interaction"],
        tuple(map(Phenotype, _listed(row["phenotypes"]))),
        CivicPublication(row["publisher"], row["citation_id"], row["citation"])
        if row["citation_id"]
        else None,
        _is_true(row["flagged"]),
        row["statement"],
    )


def _assertion(row: Row) -> CivicAssertion:
    return CivicAssertion(
        int(row["id"]),
        int(row["profile"]),
        row["type"],
        row["direction"],
        row["significance"],
        disease=_disease(row),
        therapies=tuple(map(CivicTherapy, _therapies(row["therapies"]))),
        phenotypes=tuple(map(Phenotype, _listed(row["phenotypes"]))),
        amp_category=row["amp"],
        acmg_codes=_listed(row["acmg"]),
        clingen_codes=_listed(row["clingen"]),
        nccn_guideline=known(row["nccn"]),
        nccn_version=known(row["nccn_version"]),
        regulatory_approval=_truth(row["approval"]),
        companion_test=_truth(row["companion_test"]),
        evidence_ids=tuple(filter(None, map(whole_number, _listed(row["evidence_ids"])))),
        flagged=_is_true(row["flagged"]),
        statement=row["statement"],
    )


def _disease(row: Row) -> CivicDisease | None:
    name = known(row["disease"])
    return CivicDisease(name, known(row["doid"])) if name else None


def _therapies(text: str) -> tuple[str, ...]:
    """Return the names in a list.

    Some names contain a comma themselves, between digits or before a space.

    >>> _therapies("HER2 Inhibitor CP-724,714,Gefitinib")
    ('HER2 Inhibitor CP-724,714', 'Gefitinib')
    """
    return tuple(filter(None, map(str.strip, re.split(r",(?!\s)(?!(?<=\d,)\d)", known(text)))))


def _listed(text: str) -> tuple[str, ...]:
    """Return the elements of a list of identifiers or names, where a comma inside an element does little harm."""
    return tuple(filter(None, map(known, text.split(","))))


def _number(text: str) -> int | None:
    return whole_number(text)


def _truth(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _is_true(text: str) -> bool:
    return text.lower() == "true"
