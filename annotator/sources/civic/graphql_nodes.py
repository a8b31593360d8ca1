"""Converts GraphQL nodes into the knowledge base: words are translated, sentinels removed, unknown words kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

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
    Partner,
    Phenotype,
    Variant,
    caid_of,
    clinvar_ids_of,
    known,
    squished,
)
from annotator.sources.civic.strict import ODD, entries_of, flag, number, text, texts, truth, whole
from annotator.sources.civic.structure import profile_tree, tokens_of_raw_name
from annotator.sources.civic.sweeping import Findings, Statuses
from annotator.sources.civic.vocabulary import word_of_name

__all__ = ["NodeReader", "with_own_profiles"]

_KINDS = {kind.upper(): kind for kind in FeatureKind if kind is not FeatureKind.OTHER}

_Node = Mapping[str, Any]
_Item = TypeVar("_Item", CivicEvidence, CivicAssertion)
_Entry = TypeVar("_Entry", CivicProfile, Variant)


class NodeReader:
    """Converter of nodes.

    Args:
        findings: receives counts of unknown and invalid values.
        statuses: statuses of the evidence and assertions to keep; the service's own filters have exceptions.

    """

    def __init__(self, findings: Findings, statuses: Statuses) -> None:
        self._findings = findings
        self._wanted = statuses.words
        self._features: dict[int, Feature] = {}

    def evidence(self, nodes: Iterable[_Node]) -> dict[int, CivicEvidence]:
        """Return evidence items by number, of the selected statuses."""
        return self._items("evidence items", nodes, self._evidence_item)

    def assertions(self, nodes: Iterable[_Node]) -> dict[int, CivicAssertion]:
        """Return assertions by number, of the selected statuses."""
        return self._items("assertions", nodes, self._assertion)

    def profiles(self, nodes: Iterable[_Node]) -> dict[int, CivicProfile]:
        """Return molecular profiles by number."""
        return self._entries("molecular profiles", nodes, self._profile)

    def variants(self, nodes: Iterable[_Node]) -> dict[int, Variant]:
        """Return variants by number."""
        return self._entries("variants", nodes, self._variant)

    def _entries(
        self, what: str, nodes: Iterable[_Node], read: Callable[[_Node], _Entry]
    ) -> dict[int, _Entry]:
        found: dict[int, _Entry] = {}
        for node in nodes:
            try:
                entry = read(whole(node))
            except ODD:
                self._findings.refuse(what, node.get("id"))
            else:
                found[entry.id] = entry
        return dict(sorted(found.items()))

    def _items(self, what: str, nodes: Iterable[_Node], read: Callable[[_Node], _Item]) -> dict[int, _Item]:
        found: dict[int, _Item] = {}
        for node in nodes:
            try:
                item = read(whole(node))
            except ODD:
                self._findings.refuse(what, node.get("id"))
                continue
            if item.status in self._wanted:
                found[item.id] = item
            else:
                self._findings.counts[f"left out: {what} not {' or '.join(sorted(self._wanted))}"] += 1
                self._findings.other_statuses += what == "evidence items"
        return dict(sorted(found.items()))

    def _word(self, kind: str, name: Any) -> str:
        return word_of_name(kind, text(name), self._findings)

    def _evidence_item(self, node: _Node) -> CivicEvidence:
        return CivicEvidence(
            id=_id(node),
            profile_id=_id(node["molecularProfile"]),
            type=self._word("type", node["evidenceType"]),
            level=self._word("level", node["evidenceLevel"]),
            direction=self._word("direction", node["evidenceDirection"]),
            significance=self._word("significance", node["significance"]),
            origin=self._word("variant origin", node["variantOrigin"]),
            rating=number(node["evidenceRating"]),
            status=self._word("status", node["status"]),
            disease=_disease(node["disease"]),
            therapies=_therapies(node["therapies"]),
            therapy_interaction=self._word("therapy interaction", node["therapyInteractionType"]),
            phenotypes=_phenotypes(node["phenotypes"]),
            source=self._source(node["source"]),
            flagged=flag(node["flagged"]),
            statement=squished(text(node.get("description"))),  # not requested by earlier versions
        )

    def _source(self, node: _Node | None) -> CivicPublication | None:
        if node is None:
            return None
        return CivicPublication(
            self._word("source type", node["sourceType"]),
            squished(node["citationId"]),
            squished(node["citation"]),
            truth(node["retracted"]),
            squished(text(node.get("retractionNature"))),
        )

    def _assertion(self, node: _Node) -> CivicAssertion:
        return CivicAssertion(
            id=_id(node),
            profile_id=_id(node["molecularProfile"]),
            type=self._word("type", node["assertionType"]),
            direction=self._word("direction", node["assertionDirection"]),
            significance=self._word("significance", node["significance"]),
            origin=self._word("variant origin", node["variantOrigin"]),
            status=self._word("status", node["status"]),
            disease=_disease(node["disease"]),
            therapies=_therapies(node["therapies"]),
            therapy_interaction=self._word("therapy interaction", node["therapyInteractionType"]),
            phenotypes=_phenotypes(node["phenotypes"]),
            amp_category=self._word("AMP category", node["ampLevel"]),
            acmg_codes=tuple(sorted(squished(code["code"]) for code in entries_of(node["acmgCodes"]))),
            clingen_codes=tuple(sorted(squished(code["code"]) for code in entries_of(node["clingenCodes"]))),
            nccn_guideline=known((node["nccnGuideline"] or {}).get("name")),
            nccn_version=known(node["nccnGuidelineVersion"]),
            regulatory_approval=truth(node["regulatoryApproval"]),
            companion_test=truth(node["fdaCompanionTest"]),
            evidence_ids=tuple(sorted(_id(item) for item in entries_of(node["evidenceItems"]))),
            approvals=_approvals(node.get("approvals")),
            flagged=flag(node["flagged"]),
            statement=squished(text(node.get("summary"))),
        )

    def _profile(self, node: _Node) -> CivicProfile:
        tree = profile_tree(tokens_of_raw_name(node["rawName"] or ""))
        if tree is None:
            self._findings.counts["molecular profiles that could not be read"] += 1
        return CivicProfile(
            _id(node),
            squished(node["name"]),
            tuple(sorted(_id(variant) for variant in entries_of(node["variants"]))),
            tree,
            _texts(node["molecularProfileAliases"]),
            flag(node["flagged"]),
            flag(node.get("deprecated")),
        )

    def _variant(self, node: _Node) -> Variant:
        """Return a variant; for an unknown kind of feature, the fields that were not requested are empty."""
        feature = self._feature(node["feature"])
        return Variant(
            id=_id(node),
            feature=feature,
            name=squished(node["name"]),
            profile_id=number(node["singleVariantMolecularProfileId"]),
            aliases=_texts(node["variantAliases"]),
            types=tuple(
                sorted(filter(None, (known(type_["name"]) for type_ in entries_of(node["variantTypes"]))))
            ),
            coordinates=self._coordinates(node.get("coordinates") or node.get("fivePrimeCoordinates")),
            coordinates2=self._coordinates(node.get("threePrimeCoordinates")),
            exon_end=self._exon(node.get("fivePrimeEndExonCoordinates")),
            exon_start=self._exon(node.get("threePrimeStartExonCoordinates")),
            hgvs=_texts(node.get("hgvsDescriptions")),
            clinvar_ids=clinvar_ids_of(texts(node.get("clinvarIds"))),
            caid=caid_of(node.get("alleleRegistryId")),
            vicc_name=squished(node.get("viccCompliantName")),
            iscn_name=squished(node.get("iscnName")),
            ncit_id=known(node.get("ncitId")),
            flagged=flag(node["flagged"]),
            deprecated=flag(node["deprecated"]),
        )

    def _feature(self, node: _Node) -> Feature:
        id_ = _id(node)
        if id_ not in self._features:
            instance = node["featureInstance"] or {}
            name = str(node["featureType"])
            kind = _KINDS.get(name, FeatureKind.OTHER)
            if kind is FeatureKind.OTHER:
                self._findings.keep("kind of feature", name)
            self._features[id_] = Feature(
                kind,
                squished(node["name"]),
                id_,
                number(instance.get("entrezId")),
                known(instance.get("ncitId")),
                self._partner(instance, "fivePrime"),
                self._partner(instance, "threePrime"),
                _texts(node["featureAliases"]),
                _names(instance.get("knownPartnerGenes")),
                _names(instance.get("cytogeneticRegions")),
            )
        return self._features[id_]

    def _partner(self, instance: _Node, side: str) -> Partner | None:
        status = self._word("fusion partner", instance.get(f"{side}PartnerStatus"))
        if not status:
            return None
        gene = instance.get(f"{side}Gene") or {}
        return Partner(status, squished(gene.get("name")), number(gene.get("entrezId")))

    def _coordinates(self, node: _Node | None) -> Coordinates | None:
        if node is None:
            return None
        contig, transcript = squished(node["chromosome"]), known(node["representativeTranscript"])
        start, stop = number(node["start"]), number(node["stop"])
        ref, alt = known(node["referenceBases"]), known(node["variantBases"])
        if not (contig or transcript or start or stop or ref or alt):
            return None
        build = self._word("reference build", node["referenceBuild"])
        return Coordinates(build, contig, start, stop, ref, alt, transcript, number(node["ensemblVersion"]))

    def _exon(self, node: _Node | None) -> ExonEnd | None:
        if node is None or node["exon"] is None:
            return None
        sign = -1 if self._word("offset direction", node["exonOffsetDirection"]) == "negative" else 1
        return ExonEnd(
            known(node["representativeTranscript"]),
            number(node["exon"]),
            sign * (number(node["exonOffset"]) or 0),
        )


def with_own_profiles(
    profiles: Mapping[int, CivicProfile], variants: Mapping[int, Variant]
) -> dict[int, CivicProfile]:
    """Add the profiles that variants name as their own: they have no evidence, and so were not requested."""
    own = {
        variant.profile_id: CivicProfile(variant.profile_id, variant.full_name, (variant.id,), variant.id)
        for variant in variants.values()
        if variant.profile_id is not None
    }
    return dict(sorted({**own, **profiles}.items()))


def _disease(node: _Node | None) -> CivicDisease | None:
    name = known((node or {}).get("name"))
    return CivicDisease(name, known((node or {}).get("doid"))) if name else None


def _therapies(nodes: Iterable[_Node]) -> tuple[CivicTherapy, ...]:
    found = [CivicTherapy(squished(node["name"]), known(node["ncitId"])) for node in entries_of(nodes)]
    return tuple(sorted(found, key=lambda therapy: (therapy.name, therapy.ncit_id)))


def _phenotypes(nodes: Iterable[_Node]) -> tuple[Phenotype, ...]:
    found = [Phenotype(squished(node["name"]), known(node["hpoId"])) for node in entries_of(nodes)]
    return tuple(sorted(found, key=lambda phenotype: (phenotype.name, phenotype.hpo_id)))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(sorted(filter(None, map(known, texts(value)))))


def _names(value: Any) -> tuple[str, ...]:
    return tuple(sorted({squished(text(one["name"])) for one in entries_of(value)} - {""}))


def _approvals(node: _Node | None) -> tuple[str, ...]:
    """Return the ClinGen expert panels whose approval is in force."""
    if node is None:
        return ()
    approvals = entries_of(node["nodes"])
    if len(approvals) < (number(node["totalCount"]) or 0):
        raise ValueError("not all approvals arrived")
    organizations = [approval["organization"] for approval in approvals]
    return _names([one for one in organizations if flag(one["isApprovedVcep"])])


def _id(node: _Node) -> int:
    found = number(node["id"])
    if found is None:
        raise ValueError("an entry has no number")
    return found
