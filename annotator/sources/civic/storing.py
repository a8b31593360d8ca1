"""Writes CIViC's content as a store; the same content produces the same bytes, whatever its order."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import IO

from annotator.result import Match
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.civic.criteria import COPY_NUMBERS
from annotator.sources.civic.layout import (
    NAMES,
    STATEMENT_IDS,
    STATEMENTS,
    CombinationProfile,
    Reach,
    StoredVariant,
    combinations_to_json,
    members_to_json,
    reach_to_json,
    variant_to_json,
)
from annotator.sources.civic.unplaced import UnplacedVariant, unplaced_to_json
from annotator.store.indels import OPEN_LEFT, OPEN_RIGHT
from annotator.store.writing import Lookup, TextPool, contig_order, write_store
from annotator.variants.allele import AlleleKey
from annotator.variants.shift import Spellings

__all__ = ["CivicContent", "write_civic"]


class CivicContent(NamedTuple):
    """Content of a store.

    Attributes:
        variants: all variants that can match in any way.
        alleles: CIViC's numbers of an allele's variants and how each is matched, by key.
        indels: representations of each insertion and deletion among them.
        names: hashes of the names that lead to variants, and CIViC's numbers of these.
        combinations: combination profiles.
        reach: content that a line must have for a match by name.
        residues: residues of proteins in names, in one-letter code by position, by the names of their gene.
        diseases: parents of the terms of the Disease Ontology, by number; empty without the ontology.
        unplaced: variants with an allele that could not be placed.
        statements: texts of evidence items and assertions by id, such as `EID1`.

    """

    variants: Sequence[StoredVariant]
    alleles: Mapping[AlleleKey, Sequence[tuple[int, Match]]]
    indels: Mapping[AlleleKey, Spellings] = {}
    names: Iterable[tuple[int, int]] = ()
    combinations: Sequence[CombinationProfile] = ()
    reach: Reach = Reach((), (), (), (), ())
    diseases: Mapping[str, Sequence[str]] = {}
    unplaced: Sequence[UnplacedVariant] = ()
    residues: Mapping[tuple[str, ...], Mapping[int, str]] = {}
    statements: Mapping[str, str] = {}


def write_civic(content: CivicContent, file: IO[bytes]) -> None:
    """Write a store."""
    variants = sorted(content.variants, key=lambda stored: stored.variant.id)
    places = {stored.variant.id: place for place, stored in enumerate(variants)}
    contigs: list[tuple[str, int, int]] = []
    columns = {name: array("I") for name in ("start", "allele", "members")}
    shift, open_ = array("I"), array("I")
    pools: dict[str, Iterable[str]] = {}
    alleles, members = TextPool(), TextPool()
    ordered = sorted(content.alleles, key=lambda allele: (contig_order(allele.contig), *allele[1:]))
    for row, allele in enumerate(ordered):
        first = contigs.pop()[1] if contigs and contigs[-1][0] == allele.contig else row
        contigs.append((allele.contig, first, row + 1))
        columns["start"].append(allele.start)
        columns["allele"].append(alleles.add(f"{allele.deleted}>{allele.inserted}"))
        of_allele = sorted((places[id_], match) for id_, match in content.alleles[allele])
        columns["members"].append(members.add(members_to_json(of_allele)))
        spellings = content.indels.get(allele, Spellings(allele, allele.start))
        shift.append(spellings.last - allele.start)
        open_.append(OPEN_LEFT * spellings.open_left + OPEN_RIGHT * spellings.open_right)
    pools = {"allele": alleles, "members": members, "variant": map(variant_to_json, variants)}
    pools["whole"] = (
        _regions_text(variants),
        combinations_to_json(
            sorted(content.combinations, key=lambda combination: combination.profile.id or 0)
        ),
        reach_to_json(content.reach),
        json.dumps(dict(sorted(content.diseases.items())), separators=(",", ":")),
        _absences_text(content.combinations),
        unplaced_to_json(content.unplaced),
        _residues_text(content.residues),
    )
    pools[STATEMENT_IDS] = sorted(content.statements)
    pools[STATEMENTS] = [content.statements[id_] for id_ in sorted(content.statements)]
    write_store(file, contigs, columns, pools, {NAMES: _names(content.names, places)}, (shift, open_))


def _regions_text(variants: Sequence[StoredVariant]) -> str:
    regions = sorted(
        (*stored.criteria.region, place)
        for place, stored in enumerate(variants)
        if stored.criteria.region is not None
        if stored.criteria.kind is not None or stored.criteria.structural in COPY_NUMBERS
    )
    return json.dumps(regions, separators=(",", ":"))


def _residues_text(residues: Mapping[tuple[str, ...], Mapping[int, str]]) -> str:
    found = [[names, sorted(known.items())] for names, known in sorted(residues.items()) if known]
    return json.dumps(found, separators=(",", ":"))


def _absences_text(combinations: Sequence[CombinationProfile]) -> str:
    places = {
        (*region, variant)
        for profile in combinations
        for variant, regions in profile.places.items()
        for region in regions
    }
    return json.dumps(sorted(places), separators=(",", ":"))


def _names(names: Iterable[tuple[int, int]], places: Mapping[int, int]) -> Lookup:
    import numpy as np

    found = sorted({(key, places[id_]) for key, id_ in names})
    keys = np.array([key for key, _ in found], dtype=np.uint64)
    return Lookup(keys, [place for _, place in found])
