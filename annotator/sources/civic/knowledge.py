"""CIViC's whole knowledge base as one value, independent of its input: files, GraphQL or V1.

Every reader produces this value, and one build makes a store from it, so that the same content produces the same bytes.

    Feature ── Variant ─┬─ MolecularProfile ─┬─ EvidenceItem
                        │   (one or several  └─ Assertion
                        │    variants)
                        └─ its own profile of just itself

Conventions for all readers:

- Words are those of the release files (`Sensitivity/Response`, `Does Not Support`, `N/A`, `Rare Germline`, `Tier I -
  Level A`, `missense_variant`). A reader of another input translates its words; unknown words are kept unchanged,
  counted and reported in a warning.
- Missing values are the empty text, an empty tuple or None. The same applies to sentinels (`N/A`, `NONE FOUND`,
  `unregistered`) in place of an identifier.
- Text has no white space at its ends and single spaces within (`squished`).
- Lists may be in any order: CIViC's order has no meaning, and the build sorts them.
- Coordinates are CIViC's own, 1-based and inclusive, without anchor bases: an insertion is between `start` and `stop`,
  a deletion spans them (https://civic.readthedocs.io, "Variant Coordinates").
- Before CIViC had molecular profiles (V1), each variant is a profile by itself: the profile has the variant's number,
  and `has_profiles` is false.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from annotator.sources.civic.structure import ProfileTree

__all__ = [
    "CivicAssertion",
    "CivicDisease",
    "CivicEvidence",
    "CivicProfile",
    "CivicPublication",
    "CivicTherapy",
    "Coordinates",
    "ExonEnd",
    "Feature",
    "FeatureKind",
    "Knowledge",
    "Partner",
    "Phenotype",
    "Variant",
    "caid_of",
    "clinvar_ids_of",
    "known",
    "squished",
]


class FeatureKind(enum.StrEnum):
    """Kind of a feature; each has its kind of variant."""

    GENE = "gene"
    FUSION = "fusion"
    FACTOR = "factor"
    REGION = "region"
    OTHER = "other"  # a kind that CIViC added later


@dataclass(frozen=True, slots=True)
class Partner:
    """One side of a fusion.

    Attributes:
        status: `known`, `unknown` or `multiple`.
        gene: symbol, if known.
        entrez_id: NCBI Gene number, if known.

    """

    status: str
    gene: str = ""
    entrez_id: int | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """A gene, a fusion of two, a region, or a factor such as a mutational signature.

    Attributes:
        kind: kind of the feature.
        name: symbol of a gene, otherwise the name; `BCR::ABL1` for a fusion.
        id: CIViC's number; files from before 2025 do not state it.
        entrez_id: NCBI Gene number of a gene.
        ncit_id: NCI Thesaurus number of a factor.
        five_prime, three_prime: partners of a fusion.
        aliases: other names, such as previous symbols of a gene.
        known_partners: symbols of genes that are known partners of a fusion with one unnamed side.
        bands: cytogenetic regions of a region, such as `17q12`.

    """

    kind: FeatureKind
    name: str
    id: int | None = None
    entrez_id: int | None = None
    ncit_id: str = ""
    five_prime: Partner | None = None
    three_prime: Partner | None = None
    aliases: tuple[str, ...] = ()
    known_partners: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A position, and the bases that are replaced there if CIViC states them.

    Attributes:
        build: `GRCh37`, `GRCh38`, `NCBI36`, or empty.
        contig: contig as CIViC writes it (`7`).
        start, stop: 1-based and inclusive; for an insertion, the bases on its two sides.
        ref, alt: replaced and new bases as CIViC writes them: without an anchor; either may be empty, and `alt` may
            contain several or a whole change (`G/A`, `C>G/A`).
        transcript: representative transcript with version.
        ensembl_version: Ensembl release of the transcript.

    """

    build: str = ""
    contig: str = ""
    start: int | None = None
    stop: int | None = None
    ref: str = ""
    alt: str = ""
    transcript: str = ""
    ensembl_version: int | None = None


@dataclass(frozen=True, slots=True)
class ExonEnd:
    """The exon at which a fusion leaves its 5' partner or enters its 3' partner.

    Attributes:
        transcript: accession with version.
        exon: exon number, 1-based.
        offset: distance in bases from the exon's end, negative before it.

    """

    transcript: str = ""
    exon: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant.

    Attributes:
        id: CIViC's number.
        feature: feature to which the variant belongs.
        name: such as `V617F`, `Amplification` or `EXON 19 DELETION`.
        profile_id: the molecular profile of this variant alone; None if it has none.
        aliases: other names, including rs numbers (`RS113488022`).
        types: Sequence Ontology names, such as `missense_variant`.
        coordinates: coordinates of a gene variant, or of a fusion's 5' side.
        coordinates2: coordinates of a fusion's 3' side.
        exon_end, exon_start: last exon of a fusion's 5' partner and first exon of its 3' partner.
        hgvs: expressions of any kind, as CIViC writes them.
        clinvar_ids: VariationIDs.
        caid: number in the ClinGen Allele Registry, such as `CA123643`.
        vicc_name: VICC-compliant name of a fusion.
        iscn_name: ISCN name of a region's variant.
        ncit_id: NCI Thesaurus number of a factor's variant.
        flagged: whether a curator flagged it for review.
        deprecated: whether CIViC has withdrawn it.

    """

    id: int
    feature: Feature
    name: str
    profile_id: int | None = None
    aliases: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    coordinates: Coordinates | None = None
    coordinates2: Coordinates | None = None
    exon_end: ExonEnd | None = None
    exon_start: ExonEnd | None = None
    hgvs: tuple[str, ...] = ()
    clinvar_ids: tuple[int, ...] = ()
    caid: str | None = None
    vicc_name: str = ""
    iscn_name: str = ""
    ncit_id: str = ""
    flagged: bool = False
    deprecated: bool = False

    @property
    def kind(self) -> FeatureKind:
        """Kind of variant."""
        return self.feature.kind

    @property
    def full_name(self) -> str:
        """Feature and name, as in molecular profiles: `JAK2 V617F`."""
        return squished(f"{self.feature.name} {self.name}")


@dataclass(frozen=True, slots=True)
class CivicProfile:
    """The entity to which evidence belongs: one variant or a combination.

    Attributes:
        id: CIViC's number.
        name: such as `ALK EML4::ALK AND ALK Amplification`.
        variant_ids: all its variants, including those under NOT.
        tree: its structure; None if it could not be determined; such a profile never matches.
        aliases: other names.
        flagged: whether a curator flagged it for review.
        deprecated: whether CIViC has withdrawn it.

    """

    id: int
    name: str
    variant_ids: tuple[int, ...]
    tree: ProfileTree | None
    aliases: tuple[str, ...] = ()
    flagged: bool = False
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class CivicDisease:
    """A disease: its name, and its number in the Disease Ontology without `DOID:` if it has one."""

    name: str
    doid: str = ""


@dataclass(frozen=True, slots=True)
class CivicTherapy:
    """A therapy: its name, and its NCI Thesaurus number if stated."""

    name: str
    ncit_id: str = ""


@dataclass(frozen=True, slots=True)
class Phenotype:
    """A phenotype: its name, and its Human Phenotype Ontology number if stated."""

    name: str
    hpo_id: str = ""


_NO_RETRACTIONS = {"correction", "expression of concern", "reinstatement"}


@dataclass(frozen=True, slots=True)
class CivicPublication:
    """Publication of a finding.

    Attributes:
        type: `PubMed`, `ASCO` or `ASH`.
        citation_id: number of the publication in that database.
        citation: such as `Levine et al., 2005`.
        retracted: whether the journal has retracted or corrected it; None if not stated.
        retraction_nature: what the journal did: `Retraction`, `Correction`, `Expression of concern`, `Reinstatement`.

    """

    type: str
    citation_id: str
    citation: str = ""
    retracted: bool | None = None
    retraction_nature: str = ""

    @property
    def is_retracted(self) -> bool:
        """Whether the publication is withdrawn; not if it was corrected, questioned or reinstated."""
        return bool(self.retracted) and self.retraction_nature.lower() not in _NO_RETRACTIONS


@dataclass(frozen=True, slots=True)
class CivicEvidence:
    """One published finding, rated by curators.

    Attributes:
        id: the number in `EID1`.
        profile_id: molecular profile to which it belongs.
        type: `Predictive`, `Diagnostic`, `Prognostic`, `Predisposing`, `Oncogenic` or `Functional`.
        level: `A` (validated) to `E` (inferential).
        direction: `Supports`, `Does Not Support` or `N/A`.
        significance: such as `Sensitivity/Response`.
        origin: origin of the variant, such as `Somatic`.
        rating: 1 to 5 stars, None if unrated.
        status: `accepted`, `submitted` or `rejected`.
        disease: None if there is none.
        therapies: therapies of predictive evidence.
        therapy_interaction: `Combination`, `Sequential` or `Substitutes` if there are several.
        phenotypes: further phenotypes of the patients.
        source: publication.
        flagged: whether a curator flagged it for review.
        statement: the finding in the curators' words; empty if not stated.

    """

    id: int
    profile_id: int
    type: str
    level: str
    direction: str
    significance: str
    origin: str = ""
    rating: int | None = None
    status: str = "accepted"
    disease: CivicDisease | None = None
    therapies: tuple[CivicTherapy, ...] = ()
    therapy_interaction: str = ""
    phenotypes: tuple[Phenotype, ...] = ()
    source: CivicPublication | None = None
    flagged: bool = False
    statement: str = ""


@dataclass(frozen=True, slots=True)
class CivicAssertion:
    """A summary of evidence items, classified by guidelines.

    Attributes:
        id: the number in `AID7`.
        profile_id: molecular profile to which it belongs.
        type, direction, significance, origin, status, disease, therapies, therapy_interaction, phenotypes, flagged: as
            in an evidence item; files do not state `origin` and `therapy_interaction`.
        amp_category: AMP/ASCO/CAP tier and level, such as `Tier I - Level A`.
        acmg_codes: ACMG/AMP criteria, such as `PM2`.
        clingen_codes: ClinGen/CGC/VICC criteria, such as `OS3`.
        nccn_guideline, nccn_version: guideline of the NCCN that names it.
        regulatory_approval: whether a therapy is approved for it; None if not stated.
        companion_test: whether the FDA has approved a companion test; None if not stated.
        evidence_ids: evidence items on which it is based.
        approvals: ClinGen expert panels (VCEPs) whose approval is in force, by name.
        statement: CIViC's summary of it; empty if not stated.

    """

    id: int
    profile_id: int
    type: str
    direction: str
    significance: str
    origin: str = ""
    status: str = "accepted"
    disease: CivicDisease | None = None
    therapies: tuple[CivicTherapy, ...] = ()
    therapy_interaction: str = ""
    phenotypes: tuple[Phenotype, ...] = ()
    amp_category: str = ""
    acmg_codes: tuple[str, ...] = ()
    clingen_codes: tuple[str, ...] = ()
    nccn_guideline: str = ""
    nccn_version: str = ""
    regulatory_approval: bool | None = None
    companion_test: bool | None = None
    evidence_ids: tuple[int, ...] = ()
    approvals: tuple[str, ...] = ()
    flagged: bool = False
    statement: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The whole content of CIViC.

    Attributes:
        release: ISO date of a monthly release; for a sweep or a nightly file, the best available indication of its
            state.
        variants, profiles, evidence, assertions: by CIViC's number.
        has_profiles: whether CIViC had molecular profiles at that time; if not, numbers of profiles are those of
            variants.
        sha256: checksum of the files; None for data queried over the network.
        counts: number of entries that were read, corrected and omitted, by description.
        warnings: warnings for the user, as sentences without full stops.
        refused: number of evidence items that could not be read, by reason; they are not in `evidence`.
        stated: number of evidence items that the service states; None if it does not.
        is_complete: whether all entries that a service counts or refers to were received; if not, nothing counts as not
            found.

    """

    release: str
    variants: Mapping[int, Variant]
    profiles: Mapping[int, CivicProfile]
    evidence: Mapping[int, CivicEvidence]
    assertions: Mapping[int, CivicAssertion]
    has_profiles: bool = True
    sha256: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    refused: Mapping[str, int] = field(default_factory=dict)
    stated: int | None = None
    is_complete: bool = True


# Values


def squished(text: str | None) -> str:
    """Return a text with single spaces and none at its ends, as in the release files; empty for None."""
    return " ".join((text or "").split())


_SENTINELS = {"", "N/A", "NA", "NONE FOUND", "NONE", "UNREGISTERED", "NULL"}


def known(text: str | None) -> str:
    """Return a squished text; empty for the words that CIViC writes in place of an identifier."""
    text = squished(text)
    return "" if text.upper() in _SENTINELS else text


def caid_of(text: str | None) -> str | None:
    """Return the number in the ClinGen Allele Registry; None for any other text.

    >>> caid_of("ca123643"), caid_of("unregistered")
    ('CA123643', None)
    """
    text = squished(text).upper()
    return text if re.fullmatch(r"CA[0-9]+", text) else None


def clinvar_ids_of(texts: Sequence[str]) -> tuple[int, ...]:
    """Return VariationIDs in ascending order, without sentinels.

    >>> clinvar_ids_of(["13961", "N/A", "NONE FOUND", "13961"])
    (13961,)
    """
    numbers = (squished(text) for text in texts)
    return tuple(sorted({int(text) for text in numbers if re.fullmatch(r"[1-9][0-9]{0,9}", text)}))
