"""Layout of CIViC's content in a store.

A row of the store is an allele of the snapshot's assembly:

    column  start, allele    its key
            members          number in the pool `members`: JSON, the numbers of its variants and how each is matched

Variants are in the pool `variant`, in the order of CIViC's numbers; "number" here is the index in the pool. The lookup
table `names` finds it by a hash of a name that leads to the variant: `protein:BRAF:600-600:E`, `gene:BRAF`. The pool
`whole` contains texts about the whole knowledge base: regions, combination profiles, the Disease Ontology, and the
hints for lines of a file that names can match at all.

The statements of evidence items and the summaries of assertions are in the pool `statement`, in the order of the sorted
pool `statement_id` (`AID7`, `EID1`). Annotation does not read them, and stores of earlier versions lack both pools.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from annotator.result import Match
from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.civic.criteria import Criteria, Exclusions, Region, Structural, VariantKind
from annotator.sources.civic.records import Assertion, CivicVariant, EvidenceItem, MolecularProfile
from annotator.sources.civic.structure import Combination, Operator, ProfileTree
from annotator.store.text_hash import text_hash
from annotator.variants.allele import AlleleKey
from annotator.variants.protein_change import ChangeKind, ProteinChange

__all__ = [
    "ABSENCES",
    "COLUMNS",
    "COMBINATIONS",
    "DISEASES",
    "NAMES",
    "REACH",
    "REGIONS",
    "RESIDUES",
    "STATEMENTS",
    "STATEMENT_IDS",
    "UNPLACED",
    "WHOLE",
    "CombinationProfile",
    "Reach",
    "StoredVariant",
    "combinations_from_json",
    "combinations_to_json",
    "members_from_json",
    "members_to_json",
    "name_hash",
    "reach_from_json",
    "reach_to_json",
    "variant_from_json",
    "variant_to_json",
]

COLUMNS = ("start", "allele", "members")
NAMES = "names"
STATEMENT_IDS, STATEMENTS = "statement_id", "statement"
WHOLE = ("regions", "joint", "reach", "diseases", "absences", "unplaced", "residues")
"""Texts of the pool `whole`, by number."""
REGIONS, COMBINATIONS, REACH, DISEASES, ABSENCES, UNPLACED, RESIDUES = range(7)


class StoredVariant(NamedTuple):
    """A variant, its positions and the names that lead to it.

    Attributes:
        variant: the variant with its own profiles.
        criteria: its criteria.
        gene: symbols of its gene, as CIViC writes them and in upper case, and its NCBI Gene number as text.
        changes: deleted and inserted bases of its own alleles, in any assembly.
        placed: its alleles in the snapshot's assembly.
        combinations: numbers of the combination profiles to which it belongs.

    """

    variant: CivicVariant
    criteria: Criteria
    gene: tuple[str, ...]
    changes: tuple[tuple[str, str], ...]
    placed: tuple[AlleleKey, ...]
    combinations: tuple[int, ...]


class CombinationProfile(NamedTuple):
    """A profile of several variants, or of the absence of one.

    Attributes:
        profile: profile with its evidence and assertions.
        tree: its structure, by CIViC's numbers of variants.
        places: positions of the variants under NOT in the snapshot's assembly, to check whether they were sequenced.

    """

    profile: MolecularProfile
    tree: ProfileTree
    places: dict[int, tuple[Region, ...]]


class Reach(NamedTuple):
    """Content that a line must have for a match of any of its alleles by a name.

    Attributes:
        genes: symbols that a category requires, and NCBI Gene numbers of the same genes.
        expressions: beginnings of coding expressions of variants without a certain allele in the assembly: a
            substitution as a whole (`c.1799T>A`), otherwise the position (`c.2185_2283`).
        transcripts: accessions of these expressions, without versions.
        caids: CAIDs of the same variants.
        residues: names of genes with protein changes or codons, and the numbers of their first residues.

    """

    genes: tuple[str, ...]
    expressions: tuple[str, ...]
    transcripts: tuple[str, ...]
    caids: tuple[str, ...]
    residues: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...]


@lru_cache(maxsize=1 << 14)
def name_hash(kind: str, *parts: str) -> int:
    """Return the hash of a name that leads to a variant: 64 bits of BLAKE2b."""
    return text_hash(":".join((kind, *parts)))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def variant_to_json(stored: StoredVariant) -> str:
    """Return the text of a variant."""
    return _json(stored)


def variant_from_json(text: str) -> StoredVariant:
    """Return the variant of a text."""
    variant, criteria, gene, changes, placed, combinations = json.loads(text)
    return StoredVariant(
        _variant(variant),
        _criteria(criteria),
        tuple(gene),
        tuple((deleted, inserted) for deleted, inserted in changes),
        tuple(AlleleKey(*allele) for allele in placed),
        tuple(combinations),
    )


def _variant(facts: Sequence[Any]) -> CivicVariant:
    # How it was matched, and the note, belong to a result, not to the store.
    id_, gene, name, profiles, flagged, _match, _note, bands, partners = facts
    return CivicVariant(
        id_,
        gene,
        name,
        tuple(map(_profile, profiles)),
        flagged,
        bands=tuple(bands),
        known_partners=tuple(partners),
    )


def _criteria(facts: Sequence[Any]) -> Criteria:
    proteins, codons, exons, is_gene, kind, region, structural, partner, is_allele, lengths, excluded = facts
    return Criteria(
        tuple(map(_change, proteins)),
        tuple(codons),
        tuple(exons),
        is_gene,
        None if kind is None else VariantKind(kind),
        None if region is None else Region(*region),
        None if structural is None else Structural(structural),
        partner,
        is_allele,
        tuple(lengths),
        None if excluded is None else _exclusions(excluded),
    )


def _change(facts: Sequence[Any]) -> ProteinChange:
    kind, start, stop, new, end, known = facts
    letters = tuple((position, letter) for position, letter in known)
    return ProteinChange(ChangeKind(kind), start, stop, new, end, letters)


def _exclusions(facts: Sequence[Any]) -> Exclusions:
    codons, proteins, spans = facts
    kinds = tuple((VariantKind(kind), first, last) for kind, first, last in spans)
    return Exclusions(tuple(codons), tuple(map(_change, proteins)), kinds)


def _profile(facts: Sequence[Any]) -> MolecularProfile:
    id_, name, variant_ids, evidence, assertions = facts
    return MolecularProfile(
        id_,
        name,
        tuple(variant_ids),
        tuple(EvidenceItem(*map(_frozen, item)) for item in evidence),
        tuple(Assertion(*map(_frozen, item)) for item in assertions),
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def members_to_json(members: Iterable[tuple[int, Match]]) -> str:
    """Return the text of an allele's variants."""
    return _json(list(members))


def members_from_json(text: str) -> list[tuple[int, Match]]:
    """Return the numbers of an allele's variants in the pool, and how each is matched."""
    return [(number, Match(match)) for number, match in json.loads(text)]


def combinations_to_json(profiles: Iterable[CombinationProfile]) -> str:
    """Return the text of the combination profiles."""
    return _json(
        [
            (
                combination.profile,
                _tree_to_plain(combination.tree),
                [[id_, *places] for id_, places in combination.places.items()],
            )
            for combination in profiles
        ]
    )


def combinations_from_json(text: str) -> dict[int, CombinationProfile]:
    """Return the combination profiles by number."""
    found = [
        CombinationProfile(
            _profile(profile),
            _tree_from_plain(tree),
            {id_: tuple(Region(*region) for region in regions) for id_, *regions in places},
        )
        for profile, tree, places in json.loads(text)
    ]
    return {combination.profile.id or 0: combination for combination in found}


def _tree_to_plain(tree: ProfileTree) -> Any:
    return tree if isinstance(tree, int) else [tree.operator, *map(_tree_to_plain, tree.parts)]


def _tree_from_plain(plain: Any) -> ProfileTree:
    if isinstance(plain, int):
        return plain
    operator, *parts = plain
    return Combination(Operator(operator), tuple(map(_tree_from_plain, parts)))


def reach_to_json(reach: Reach) -> str:
    """Return the text of the content that lines must have."""
    return _json(reach)


def reach_from_json(text: str) -> Reach:
    """Return the content that lines must have, from a text."""
    genes, expressions, transcripts, caids, residues, *_ = json.loads(text)
    of_genes = tuple((tuple(names), tuple(numbers)) for names, numbers in residues)
    return Reach(tuple(genes), tuple(expressions), tuple(transcripts), tuple(caids), of_genes)
