"""CIViC's records of one allele.

Evidence items and assertions belong to molecular profiles, and a profile consists of one or more variants
(https://civic.readthedocs.io, "Molecular Profiles"). Words are CIViC's own, as in its release files
(`Sensitivity/Response`, `Does Not Support`, `N/A`); missing values are the empty text.
"""

from __future__ import annotations

from annotator.result import Match
from annotator.runtime.named_tuple import NamedTuple

__all__ = ["Assertion", "CivicRecord", "CivicVariant", "EvidenceItem", "MolecularProfile", "amp_level"]

_LINKS = "https://civicdb.org/links"


def amp_level(category: str) -> str:
    """Return the level of an AMP/ASCO/CAP category, `A` to `D`; empty for a category without one.

    >>> amp_level("Tier I - Level A")
    'A'
    """
    before, _, level = category.rpartition("Level ")
    return level if before else ""


class EvidenceItem(NamedTuple):
    """One published finding, rated by curators.

    Attributes:
        id: the number in `EID1`.
        type: `Predictive`, `Diagnostic`, `Prognostic`, `Predisposing`, `Oncogenic` or `Functional`.
        level: `A` (validated) to `E` (inferential).
        direction: `Supports`, `Does Not Support` or `N/A`.
        significance: such as `Resistance`.
        origin: origin of the variant, such as `Somatic`.
        rating: stars of the evidence, 1 to 5, or None if unrated.
        status: `accepted`.
        disease: name of the disease.
        doid: its Disease Ontology number, without `DOID:`.
        therapies: names, sorted.
        therapy_interaction: how several therapies are used, such as `Combination`.
        source: publication, such as `PubMed:16081687`.
        flagged: whether a curator flagged it for review.
        phenotypes: names, sorted.
        citation: such as `Levine et al., 2005`.
        retracted: whether the publication was retracted; None if not stated.
        relation: relation of its disease to the chosen one: `same`, `broader`, `narrower` or `other`; empty if none was
            chosen.
        retraction_nature: what the journal did to the publication: `Retraction`, `Correction`, …; empty for nothing.

    """

    id: int
    type: str
    level: str
    direction: str
    significance: str
    origin: str = ""
    rating: int | None = None
    status: str = "accepted"
    disease: str = ""
    doid: str = ""
    therapies: tuple[str, ...] = ()
    therapy_interaction: str = ""
    source: str = ""
    flagged: bool = False
    phenotypes: tuple[str, ...] = ()
    citation: str = ""
    retracted: bool | None = None
    relation: str = ""
    retraction_nature: str = ""

    @property
    def url(self) -> str:
        """Its page at CIViC."""
        return f"{_LINKS}/evidence_items/{self.id}"


class Assertion(NamedTuple):
    """A summary of evidence items, classified by the AMP/ASCO/CAP or ACMG/AMP guidelines.

    Attributes:
        id: the number in `AID7`.
        amp_category: AMP/ASCO/CAP tier and level, such as `Tier I - Level A`.
        acmg_codes: ACMG/AMP criteria, such as `PM2`.
        clingen_codes: ClinGen/CGC/VICC criteria, such as `OS3`.
        nccn_guideline, nccn_version: guideline of the NCCN that names it.
        regulatory_approval, companion_test: whether there is one; None if not stated.
        type, direction, significance, status, disease, doid, therapies, flagged, phenotypes, relation: as in an
            evidence item.
        approvals: ClinGen expert panels (VCEPs) that have approved it.

    """

    id: int
    type: str
    direction: str
    significance: str
    status: str = "accepted"
    disease: str = ""
    doid: str = ""
    therapies: tuple[str, ...] = ()
    amp_category: str = ""
    acmg_codes: tuple[str, ...] = ()
    flagged: bool = False
    phenotypes: tuple[str, ...] = ()
    clingen_codes: tuple[str, ...] = ()
    nccn_guideline: str = ""
    nccn_version: str = ""
    regulatory_approval: bool | None = None
    companion_test: bool | None = None
    relation: str = ""
    approvals: tuple[str, ...] = ()

    @property
    def amp_level(self) -> str:
        """Level of its AMP/ASCO/CAP category, `A` to `D`; empty for a category without one."""
        return amp_level(self.amp_category)

    @property
    def url(self) -> str:
        """Its page at CIViC."""
        return f"{_LINKS}/assertions/{self.id}"


class MolecularProfile(NamedTuple):
    """The entity to which evidence belongs: one variant, or a combination.

    Attributes:
        id: CIViC's number; None in releases from before there were molecular profiles.
        name: such as `JAK2 V617F`.
        variant_ids: numbers of its variants.
        evidence: its evidence items.
        assertions: its assertions.

    """

    id: int | None
    name: str
    variant_ids: tuple[int, ...]
    evidence: tuple[EvidenceItem, ...] = ()
    assertions: tuple[Assertion, ...] = ()


class CivicVariant(NamedTuple):
    """One variant of CIViC.

    Attributes:
        id: CIViC's number.
        gene: symbol of the gene, or name of another feature.
        name: such as `V617F`.
        profiles: its profiles that have evidence or assertions.
        flagged: whether a curator flagged it for review.
        match: matching level of the variant, which may differ between variants; None for that of the allele.
        bands: cytogenetic regions of a region, such as `17q12`.
        known_partners: genes that are known partners of a fusion with one unnamed side.
        note: limitation of the match, such as `other_transcript:ENST00000644969`; empty for none.

    """

    id: int
    gene: str
    name: str
    profiles: tuple[MolecularProfile, ...] = ()
    flagged: bool = False
    match: Match | None = None
    note: str = ""
    bands: tuple[str, ...] = ()
    known_partners: tuple[str, ...] = ()


_NO_SUPPORT = {"Uncertain Significance", "N/A"}


def _is_support(item: EvidenceItem | Assertion) -> bool:
    """Return whether an item supports a statement: it neither refutes it, nor supports an uncertain significance."""
    return item.direction == "Supports" and item.significance not in _NO_SUPPORT


class CivicRecord(NamedTuple):
    """All of CIViC's content about one allele; several variants can be the same allele.

    Attributes:
        variants: at least one.

    """

    variants: tuple[CivicVariant, ...]

    @property
    def best_level(self) -> str | None:
        """Best level, A before E, of supporting evidence and of the AMP categories of supporting assertions."""
        profiles = [profile for variant in self.variants for profile in variant.profiles]
        evidence = [item for profile in profiles for item in profile.evidence]
        assertions = [item for profile in profiles for item in profile.assertions]
        levels = [item.level for item in evidence if _is_support(item) and not item.retracted]
        levels += [item.amp_level for item in assertions if _is_support(item)]
        return min(filter(None, levels), default=None)
