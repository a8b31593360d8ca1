"""Converts V1's records into the knowledge base, whatever their age."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from annotator.runtime.named_tuple import NamedTuple
from annotator.sources.civic.knowledge import (
    CivicAssertion,
    CivicDisease,
    CivicEvidence,
    CivicPublication,
    CivicTherapy,
    Coordinates,
    Feature,
    FeatureKind,
    Phenotype,
    Variant,
    caid_of,
    clinvar_ids_of,
    known,
    squished,
)
from annotator.sources.civic.strict import ODD, entries_of, flag, number_of_text, text, texts, truth, whole
from annotator.sources.civic.sweeping import Findings, Statuses
from annotator.sources.civic.vocabulary import word_of_text

__all__ = ["RecordReader"]

_Record = Mapping[str, Any]


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


_Entry = TypeVar("_Entry", bound=_Numbered)
_PUBMED = "PubMed"


class RecordReader:
    """Converter of records.

    Args:
        findings: receives counts of unknown and invalid values.
        statuses: statuses of the evidence and assertions to keep.

    """

    def __init__(self, findings: Findings, statuses: Statuses) -> None:
        self._findings = findings
        self._wanted = statuses.words

    def evidence(self, records: Iterable[_Record]) -> dict[int, CivicEvidence]:
        """Return evidence items by number, of the selected statuses."""
        return self._entries(
            "evidence items", self._of_wanted("evidence items", records), self._evidence_item
        )

    def assertions(self, records: Iterable[_Record]) -> dict[int, CivicAssertion]:
        """Return assertions by number, of the selected statuses."""
        return self._entries("assertions", self._of_wanted("assertions", records), self._assertion)

    def aliases(self, records: Iterable[_Record]) -> dict[int, tuple[str, ...]]:
        """Return other names of genes, by CIViC's number of the gene."""
        return {gene.id: gene.aliases for gene in self._entries("genes", records, _gene).values()}

    def variants(
        self, records: Iterable[_Record], aliases: Mapping[int, tuple[str, ...]] = MappingProxyType({})
    ) -> dict[int, Variant]:
        """Return variants by number.

        Args:
            records: records with their details.
            aliases: other names of genes, which a variant's record lacks, by CIViC's number of the gene.

        """
        found = self._entries("variants", records, self._variant)
        return {id_: _with_aliases(variant, aliases) for id_, variant in found.items()}

    def _of_wanted(self, what: str, records: Iterable[_Record]) -> list[_Record]:
        """Return records of the selected statuses, and those whose status cannot be read."""
        found = []
        for record in records:
            status = record.get("status")
            if not isinstance(status, str) or squished(status).lower() in self._wanted:
                found.append(record)
            else:
                self._findings.other_statuses += what == "evidence items"
        return found

    def _entries(
        self, what: str, records: Iterable[_Record], read: Callable[[_Record], _Entry]
    ) -> dict[int, _Entry]:
        found: dict[int, _Entry] = {}
        for record in records:
            try:
                entry = read(whole(record))
            except ODD:
                self._findings.refuse(what, record.get("id"))
            else:
                found[entry.id] = entry
        return dict(sorted(found.items()))

    def _word(self, kind: str, value: Any) -> str:
        return word_of_text(kind, text(value), self._findings)

    def _evidence_item(self, record: _Record) -> CivicEvidence:
        return CivicEvidence(
            id=_id(record),
            profile_id=_id({"id": record["variant_id"]}),
            type=self._word("type", record["evidence_type"]),
            level=self._word("level", record["evidence_level"]),
            direction=self._word("direction", record.get("evidence_direction")),
            significance=self._word("significance", record.get("clinical_significance")),
            origin=self._word("variant origin", record.get("variant_origin")),
            rating=number_of_text(record.get("rating")),
            status=squished(record["status"]).lower(),
            disease=_disease(record.get("disease")),
            therapies=_therapies(record),
            therapy_interaction=self._word("therapy interaction", record.get("drug_interaction_type")),
            phenotypes=_phenotypes(record),
            source=self._source(record.get("source")),
            flagged=flag(record.get("flagged")),
            statement=squished(text(record.get("description"))),
        )

    def _source(self, record: _Record | None) -> CivicPublication | None:
        record = record or {}
        type_, number = record.get("source_type"), record.get("citation_id")
        if number is None and record.get("pubmed_id") is not None:
            type_, number = _PUBMED, record["pubmed_id"]
        if number is None:
            return None
        return CivicPublication(
            self._word("source type", type_), squished(str(number)), squished(record.get("citation"))
        )

    def _assertion(self, record: _Record) -> CivicAssertion:
        return CivicAssertion(
            id=_id(record),
            profile_id=_id(record["variant"]),
            type=self._word("type", record["evidence_type"]),
            direction=self._word("direction", record.get("evidence_direction")),
            significance=self._word("significance", record.get("clinical_significance")),
            origin=self._word("variant origin", record.get("variant_origin")),
            status=squished(record["status"]).lower(),
            disease=_disease(record.get("disease")),
            therapies=_therapies(record),
            therapy_interaction=self._word("therapy interaction", record.get("drug_interaction_type")),
            phenotypes=_phenotypes(record),
            amp_category=self._word("AMP category", record.get("amp_level")),
            acmg_codes=tuple(sorted(map(_code, entries_of(record.get("acmg_codes"))))),
            clingen_codes=tuple(sorted(map(_code, entries_of(record.get("clingen_codes"))))),
            nccn_guideline=known(record.get("nccn_guideline")),
            nccn_version=known(record.get("nccn_guideline_version")),
            regulatory_approval=truth(record.get("fda_regulatory_approval")),
            companion_test=truth(record.get("fda_companion_test")),
            evidence_ids=tuple(sorted(_id(item) for item in entries_of(record.get("evidence_items")))),
            flagged=flag(record.get("flagged")),
            statement=squished(text(record.get("summary"))),
        )

    def _variant(self, record: _Record) -> Variant:
        place = record.get("coordinates") or {}
        id_ = _id(record)
        feature = Feature(
            FeatureKind.GENE,
            squished(record["entrez_name"]),
            number_of_text(record.get("gene_id")),
            number_of_text(record.get("entrez_id")),
        )
        return Variant(
            id=id_,
            feature=feature,
            name=squished(record["name"]),
            profile_id=id_,
            aliases=_texts(record.get("variant_aliases")),
            types=tuple(
                sorted(
                    filter(
                        None, (known(type_.get("name")) for type_ in entries_of(record.get("variant_types")))
                    )
                )
            ),
            coordinates=self._coordinates(place, ""),
            coordinates2=self._coordinates(place, "2"),
            hgvs=_texts(record.get("hgvs_expressions")),
            clinvar_ids=clinvar_ids_of([str(entry) for entry in entries_of(record.get("clinvar_entries"))]),
            caid=caid_of(record.get("allele_registry_id")),
            flagged=flag(record.get("flagged")),
        )

    def _coordinates(self, place: _Record, side: str) -> Coordinates | None:
        """Return first or second coordinates; only the first have bases."""
        contig = squished(place.get(f"chromosome{side}"))
        transcript = known(place.get(f"representative_transcript{side}"))
        start, stop = number_of_text(place.get(f"start{side}")), number_of_text(place.get(f"stop{side}"))
        ref = "" if side else known(place.get("reference_bases"))
        alt = "" if side else known(place.get("variant_bases"))
        if not (contig or transcript or start or stop or ref or alt):
            return None
        build = self._word("reference build", place.get("reference_build"))
        return Coordinates(
            build, contig, start, stop, ref, alt, transcript, number_of_text(place.get("ensembl_version"))
        )


class _Gene(NamedTuple):
    id: int
    aliases: tuple[str, ...]


def _gene(record: _Record) -> _Gene:
    return _Gene(_id(record), _texts(record.get("aliases")))


def _with_aliases(variant: Variant, aliases: Mapping[int, tuple[str, ...]]) -> Variant:
    names = () if variant.feature.id is None else aliases.get(variant.feature.id, ())
    return replace(variant, feature=replace(variant.feature, aliases=names)) if names else variant


def _id(record: _Record) -> int:
    found = number_of_text(record["id"])
    if found is None:
        raise ValueError("an entry has no number")
    return found


def _disease(record: _Record | None) -> CivicDisease | None:
    name = known((record or {}).get("name"))
    return CivicDisease(name, known((record or {}).get("doid"))) if name else None


def _therapies(record: _Record) -> tuple[CivicTherapy, ...]:
    found = [
        CivicTherapy(squished(drug["name"]), known(drug.get("ncit_id")))
        for drug in entries_of(record.get("drugs"))
    ]
    return tuple(sorted(found, key=lambda therapy: (therapy.name, therapy.ncit_id)))


def _phenotypes(record: _Record) -> tuple[Phenotype, ...]:
    found = [
        Phenotype(squished(one["hpo_class"]), known(one.get("hpo_id")))
        for one in entries_of(record.get("phenotypes"))
    ]
    return tuple(sorted(found, key=lambda phenotype: (phenotype.name, phenotype.hpo_id)))


def _code(value: Any) -> str:
    return squished(value["code"] if isinstance(value, dict) else value)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(sorted(filter(None, map(known, texts(value)))))
