"""CIViC's knowledge base as its servers hold it, made from the files of one release by reading code of its own.

Nothing of it comes from `annotator`: what a test compares must not have been read by what it tests.

Entities are dictionaries under the names of the GraphQL schema (public, see `civic_schema.graphql`) and refer to each
other, so that the GraphQL server resolves them as they stand; `words` holds what the files write, for the V1 server.
Files lack some facts that the servers have: numbers of diseases, therapies, sources and phenotypes are counted here,
in the order of the names, and origins of assertions are `UNKNOWN`.
"""

from __future__ import annotations

import copy
import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Database", "Entity", "enum_name", "read_release", "with_unaccepted"]

Entity = dict[str, Any]
_Row = Mapping[str, str]

_ODD_WORDS = {"SENSITIVITY/RESPONSE": "SENSITIVITYRESPONSE", "N/A": "NA", "NOT APPLICABLE": "NA"}
# A comma that is part of a name: between digits, or before a blank.
_LIST_COMMA = re.compile(r",(?! )(?!(?<=\d,)\d)")


def enum_name(word: str) -> str:
    """Give the name that the schema has for a word of the files: `Does Not Support` is DOES_NOT_SUPPORT."""
    word = word.strip().upper()
    return _ODD_WORDS.get(word) or re.sub(r"[^A-Z0-9]+", "_", word).strip("_")


@dataclass
class Database:
    """All entities by their numbers."""

    name: str
    features: dict[int, Entity] = field(default_factory=dict)
    variants: dict[int, Entity] = field(default_factory=dict)
    profiles: dict[int, Entity] = field(default_factory=dict)
    evidence: dict[int, Entity] = field(default_factory=dict)
    assertions: dict[int, Entity] = field(default_factory=dict)
    vocabularies: dict[str, dict[Any, Entity]] = field(default_factory=dict)

    def entity(self, kind: str, key: Any, **facts: Any) -> Entity:
        """Give the entity of a vocabulary (a disease, a source) that has this key, made if it is new."""
        known = self.vocabularies.setdefault(kind, {})
        if key not in known:
            known[key] = {"id": len(known) + 1, "link": f"/{kind}/{len(known) + 1}", **facts}
        return known[key]

    def add_feature(self, type_: str, id_: int, name: str, **facts: Any) -> Entity:
        """Add a gene, factor, fusion or region."""
        feature: Entity = {
            "__typename": type_,
            "id": id_,
            "name": name,
            "fullName": None,
            "description": None,
            "deprecated": False,
            "flagged": False,
            "featureType": type_.upper(),
            "featureAliases": [],
            "knownPartnerGenes": [],
            "cytogeneticRegions": None,
            "link": f"/features/{id_}",
            **facts,
        }
        feature["featureInstance"] = feature
        self.features[id_] = feature
        return feature

    def add_variant(self, id_: int, feature: Entity, name: str, **facts: Any) -> Entity:
        """Add a variant of a feature; its type follows the feature's."""
        variant: Entity = {
            "__typename": f"{feature['__typename']}Variant",
            "id": id_,
            "name": name,
            "feature": feature,
            "deprecated": False,
            "flagged": False,
            "link": f"/variants/{id_}",
            "variantAliases": [],
            "variantTypes": [],
            "clinvarIds": [],
            "hgvsDescriptions": [],
            **facts,
        }
        self.variants[id_] = variant
        return variant

    def add_profile(self, id_: int, raw_name: str, **facts: Any) -> Entity:
        """Add a profile by its name with `#VIDn` for each variant, which have to be there already."""
        pieces = [piece for piece in re.split(r"(#VID\d+)", raw_name) if piece.strip()]
        ids = [int(piece[4:]) for piece in pieces if piece.startswith("#VID")]
        variants = [self.variants[number] for number in dict.fromkeys(ids)]
        profile: Entity = {
            "id": id_,
            "rawName": raw_name,
            "name": " ".join(map(self._spelled, pieces)),
            "parsedName": [segment for piece in pieces for segment in self._segments(piece)],
            "variants": variants,
            "isMultiVariant": len(variants) > 1,
            "isComplex": bool(re.search(r"\b(?:OR|NOT)\b", raw_name)),
            "description": None,
            "deprecated": False,
            "flagged": False,
            "molecularProfileScore": 0.0,
            "molecularProfileAliases": [],
            "link": f"/molecular-profiles/{id_}",
            **facts,
        }
        self.profiles[id_] = profile
        if ids and raw_name == f"#VID{ids[0]}":
            variants[0].update(singleVariantMolecularProfile=profile, singleVariantMolecularProfileId=id_)
        return profile

    def _spelled(self, piece: str) -> str:
        if not piece.startswith("#VID"):
            return piece.strip()
        variant = self.variants[int(piece[4:])]
        return f"{variant['feature']['name']} {variant['name']}"

    def _segments(self, piece: str) -> Iterator[Entity]:
        if not piece.startswith("#VID"):
            yield {"__typename": "MolecularProfileTextSegment", "text": piece.strip()}
            return
        variant = self.variants[int(piece[4:])]
        yield {**variant["feature"], "__typename": "Feature"}
        yield {**variant, "__typename": "Variant"}

    def statuses(self, profile: Entity) -> set[str]:
        """Statuses of what hangs on a profile."""
        if not hasattr(self, "_statuses"):
            found: dict[int, set[str]] = {}
            for item in (*self.evidence.values(), *self.assertions.values()):
                found.setdefault(item["molecularProfile"]["id"], set()).add(item["status"])
            self._statuses = found
        return self._statuses.get(profile["id"], set())

    def forget_statuses(self) -> None:
        """Count statuses anew, after something was changed."""
        if hasattr(self, "_statuses"):
            del self._statuses


def read_release(folder: Path) -> Database:
    """Read the files of a release with molecular profiles (2022 and later) or of one before them (V1)."""
    (variants_path,) = folder.glob("*VariantSummaries.tsv")
    prefix = variants_path.name.removesuffix("-VariantSummaries.tsv")
    tables = {
        kind: list(_rows(folder / f"{prefix}-{name}.tsv"))
        for kind, name in {
            "variants": "VariantSummaries",
            "profiles": "MolecularProfileSummaries",
            "evidence": "ClinicalEvidenceSummaries",
            "assertions": "AssertionSummaries",
            "genes": "GeneSummaries",
        }.items()
        if (folder / f"{prefix}-{name}.tsv").exists()
    }
    database = Database(prefix)
    _read_features(database, tables)
    for row in tables["variants"]:
        _read_variant(database, row)
    _read_profiles(database, tables)
    for row in tables["evidence"]:
        _read_evidence(database, row)
    for row in tables["assertions"]:
        _read_assertion(database, row)
    return database


def _rows(path: Path) -> Iterator[_Row]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = next(lines)
        for line in lines:
            # Some rows of 2021 have tabs within their last column.
            yield dict(zip(header, (value.strip() for value in line), strict=False))


def _read_features(database: Database, tables: Mapping[str, Sequence[_Row]]) -> None:
    for row in tables.get("genes", ()):
        database.add_feature(
            "Gene",
            int(row["gene_id"]),
            row["name"],
            entrezId=int(row["entrez_id"]),
            description=row["description"] or None,
            flagged=row.get("is_flagged") == "true",
        )


def _feature_of(database: Database, row: _Row) -> Entity:
    name = row.get("feature_name") or row["gene"]
    found = next((one for one in database.features.values() if one["name"] == name), None)
    if found is not None:
        return found
    type_ = row.get("feature_type") or "Gene"
    facts: Entity = {"entrezId": int(row["entrez_id"])} if type_ == "Gene" else {}
    if type_ == "Fusion":
        facts = {
            "fivePrimePartnerStatus": enum_name(row["5_prime_partner_status"]),
            "threePrimePartnerStatus": enum_name(row["3_prime_partner_status"]),
            "fivePrimeGene": _gene(database, row["5_prime_partner"]),
            "threePrimeGene": _gene(database, row["3_prime_partner"]),
        }
    id_ = int(row.get("feature_id") or max(database.features, default=0) + 1)
    return database.add_feature(type_, id_, name, **facts)


def _gene(database: Database, symbol: str) -> Entity | None:
    return next((one for one in database.features.values() if one["name"] == symbol), None)


def _read_variant(database: Database, row: _Row) -> None:
    feature = _feature_of(database, row)
    facts: Entity = {}
    if feature["__typename"] == "Gene":
        facts = {
            "alleleRegistryId": row["allele_registry_id"] or None,
            "clinvarIds": _list(row["clinvar_ids"]),
            "hgvsDescriptions": _list(row.get("hgvs_descriptions") or row.get("hgvs_expressions", "")),
            "coordinates": _coordinates(row),
        }
    elif feature["__typename"] == "Fusion":
        facts = {"viccCompliantName": row["vicc_compliant_name"], "fusion": feature}
    database.add_variant(
        int(row["variant_id"]),
        feature,
        row["variant"],
        flagged=row.get("is_flagged") == "true",
        variantAliases=_list(row["variant_aliases"]),
        variantTypes=[
            database.entity("variant_types", name, name=name, soid="N/A", description="", url=None)
            for name in _list(row["variant_types"])
        ],
        words=row,
        **facts,
    )


def _coordinates(row: _Row) -> Entity | None:
    facts = {
        "chromosome": row["chromosome"] or None,
        "start": int(row["start"]) if row["start"] else None,
        "stop": int(row["stop"]) if row["stop"] else None,
        "referenceBases": row["reference_bases"] or None,
        "variantBases": row["variant_bases"] or None,
        "representativeTranscript": row["representative_transcript"] or None,
        "ensemblVersion": int(row["ensembl_version"]) if row["ensembl_version"] else None,
        "referenceBuild": enum_name(row["reference_build"]) or None,
    }
    if not any(facts.values()):
        return None
    return {"id": int(row["variant_id"]), "coordinateType": "GENE_VARIANT_COORDINATE", **facts}


def _list(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _read_profiles(database: Database, tables: Mapping[str, Sequence[_Row]]) -> None:
    """Read the profiles; those of one variant that are not listed are made as the variants' rows have them."""
    for row in tables.get("profiles", ()):
        ids = [int(number) for number in _list(row["variant_ids"])]
        database.add_profile(
            int(row["molecular_profile_id"]),
            _raw_name(database, row["name"], ids),
            molecularProfileScore=float(row["evidence_score"]),
            molecularProfileAliases=_list(row["aliases"]),
            description=row["summary"] or None,
            flagged=row["is_flagged"] == "true",
        )
    for variant in list(database.variants.values()):
        words = variant.get("words", {})
        own = int(words.get("single_variant_molecular_profile_id") or variant["id"])
        if own not in database.profiles and "singleVariantMolecularProfile" not in variant:
            database.add_profile(own, f"#VID{variant['id']}")
        elif "singleVariantMolecularProfile" not in variant:
            profile = database.profiles[own]
            variant.update(singleVariantMolecularProfile=profile, singleVariantMolecularProfileId=own)


def _raw_name(database: Database, name: str, ids: Iterable[int]) -> str:
    """Put `#VIDn` for the names of the variants; the longest first, for one may begin with another."""
    names = {}
    for id_ in ids:
        if id_ not in database.variants:
            # The files of 2024 leave out the variants of factors, but not their profiles.
            factor, _, variant = name.rpartition(" ")
            feature = database.add_feature("Factor", max(database.features) + 1, factor, ncitId=None)
            database.add_variant(id_, feature, variant, ncitId=None)
        one = database.variants[id_]
        names[f"{one['feature']['name']} {one['name']}"] = id_
    for spelled in sorted(names, key=len, reverse=True):
        assert spelled in name, (spelled, name)
        name = name.replace(spelled, f"#VID{names[spelled]}")
    return name


def _profile_of(database: Database, row: _Row) -> Entity:
    if "molecular_profile_id" not in row:
        return database.profiles[int(row["variant_id"])]
    id_ = int(row["molecular_profile_id"])
    if id_ not in database.profiles:
        return database.add_profile(id_, row["molecular_profile"], name=row["molecular_profile"])
    return database.profiles[id_]


def _item(database: Database, row: _Row) -> Entity:
    therapies = row.get("therapies", row.get("drugs", ""))
    return {
        "molecularProfile": _profile_of(database, row),
        "significance": enum_name(row.get("significance") or row.get("clinical_significance", "")),
        "disease": database.entity(
            "diseases",
            row["disease"],
            name=row["disease"],
            displayName=row["disease"],
            doid=row["doid"] or None,
            deprecated=False,
            diseaseAliases=[],
        )
        if row["disease"]
        else None,
        "therapies": [
            database.entity(
                "therapies",
                name,
                name=name,
                ncitId=None,
                deprecated=False,
                therapyAliases=[],
                description=None,
            )
            for name in map(str.strip, _LIST_COMMA.split(therapies))
            if name
        ],
        "phenotypes": [
            database.entity("phenotypes", name, name=name, hpoId="", url="", description=None)
            for name in _list(row["phenotypes"])
        ],
        "flagged": row.get("is_flagged") == "true",
        "words": row,
    }


def _read_evidence(database: Database, row: _Row) -> None:
    id_ = int(row["evidence_id"])
    database.evidence[id_] = {
        "id": id_,
        "name": f"EID{id_}",
        "link": f"/evidence/{id_}",
        **_item(database, row),
        "description": row["evidence_statement"],
        "evidenceType": enum_name(row["evidence_type"]),
        "evidenceLevel": row["evidence_level"],
        "evidenceDirection": enum_name(row["evidence_direction"]) or "NA",
        "evidenceRating": int(row["rating"]) if row["rating"] else None,
        "variantOrigin": enum_name(row["variant_origin"]) or "NA",
        "therapyInteractionType": enum_name(
            row.get("therapy_interaction_type") or row.get("drug_interaction_type", "")
        )
        or None,
        "status": row["evidence_status"].upper(),
        "source": _source(database, row),
        "assertions": [],
    }


def _source(database: Database, row: _Row) -> Entity:
    trials = [
        database.entity("trials", nct, nctId=nct, name=nct, description="", url=None)
        for nct in _list(row["nct_ids"])
    ]
    abstract = row["asco_abstract_id"]
    return database.entity(
        "sources",
        (row["source_type"], row["citation_id"]),
        name=row["citation"],
        citation=row["citation"] or None,
        citationId=row["citation_id"],
        sourceType=row["source_type"].upper(),
        displayType=row["source_type"],
        ascoAbstractId=int(abstract) if abstract.isdecimal() else None,
        clinicalTrials=trials or None,
        pmcId=None,
        publicationDate=None,
        retracted=False,
        retractionDate=None,
        retractionNature=None,
        retractionReasons=None,
        deprecated=False,
        sourceUrl=None,
        title=None,
    )


def _read_assertion(database: Database, row: _Row) -> None:
    id_ = int(row["assertion_id"])
    assertion: Entity = {
        "id": id_,
        "name": f"AID{id_}",
        "link": f"/assertions/{id_}",
        **_item(database, row),
        "summary": row["assertion_summary"],
        "description": row["assertion_description"],
        "assertionType": enum_name(row["assertion_type"]),
        "assertionDirection": enum_name(row["assertion_direction"]),
        "ampLevel": enum_name(row["amp_category"]) or None,
        "acmgCodes": _codes(database, "acmg_codes", row["acmg_codes"]),
        "clingenCodes": _codes(database, "clingen_codes", row.get("clingen_codes", "")),
        "nccnGuideline": database.entity("guidelines", row["nccn_guideline"], name=row["nccn_guideline"])
        if row["nccn_guideline"]
        else None,
        "nccnGuidelineVersion": row["nccn_guideline_version"] or None,
        "regulatoryApproval": _boolean(row["regulatory_approval"]),
        "fdaCompanionTest": _boolean(row["fda_companion_test"]),
        "therapyInteractionType": None,
        "variantOrigin": "UNKNOWN",
        "status": "ACCEPTED",
        "approvals": [],
        "evidenceItems": [
            database.evidence[number]
            for number in map(int, _list(row["evidence_item_ids"]))
            if number in database.evidence
        ],
    }
    database.assertions[id_] = assertion
    for item in assertion["evidenceItems"]:
        item["assertions"].append(assertion)


def _codes(database: Database, kind: str, text: str) -> list[Entity]:
    return [
        database.entity(kind, code, code=code, name=code, description="", tooltip="", exclusive=False)
        for code in _list(text)
    ]


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text)


def with_unaccepted(database: Database) -> Database:
    """Give a copy in which much is submitted and some is rejected, as in CIViC, whose files hold what is accepted.

    Every second evidence item has a submitted sibling, every tenth a rejected one; so has every assertion. Every
    hundredth submitted item hangs on a profile, of a variant of its own, about which nothing was accepted.
    """
    database = copy.deepcopy(database)
    next_evidence = max(database.evidence, default=0)
    for number, item in enumerate(list(database.evidence.values())):
        for status, every in (("SUBMITTED", 2), ("REJECTED", 10)):
            if number % every == 0:
                next_evidence += 1
                sibling = {**item, "id": next_evidence, "name": f"EID{next_evidence}", "status": status}
                if number % 100 == 0 and status == "SUBMITTED":
                    sibling["molecularProfile"] = _new_profile(database, item["molecularProfile"])
                database.evidence[next_evidence] = sibling
    next_assertion = max(database.assertions, default=0)
    for assertion in list(database.assertions.values()):
        for status in ("SUBMITTED", "REJECTED"):
            next_assertion += 1
            database.assertions[next_assertion] = {
                **assertion,
                "id": next_assertion,
                "name": f"AID{next_assertion}",
                "status": status,
            }
    database.forget_statuses()
    return database


def _new_profile(database: Database, like: Entity) -> Entity:
    feature = like["variants"][0]["feature"] if like["variants"] else next(iter(database.features.values()))
    variant = database.add_variant(max(database.variants) + 1, feature, "Mutation", coordinates=None)
    return database.add_profile(max(database.profiles) + 1, f"#VID{variant['id']}")
