"""What a record carries of its alleles: its ID, INFO/RS, INFO/CAID, and the annotations of VEP and SnpEff.

CSQ (VEP): the header's `Format:` names the parts. Which ALT an entry is about, ALLELE_NUM tells if it is there;
else Allele does, which VEP writes without the first base if all alleles of the record share it and are not all of
one length, and as `-` if nothing is left (https://www.ensembl.org/info/docs/tools/vep/vep_formats.html).
ANN (SnpEff and others): https://pcingola.github.io/SnpEff/, "VCF annotation format 1.0": Allele is the whole ALT,
the transcript stands in a part of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from annotator.info import decode_text
from annotator.variants.query import Consequence, Identifiers, Notes
from annotator.vcf.header import InfoDeclaration
from annotator.vcf.sites import SiteTexts

if TYPE_CHECKING:
    from annotator.variants.hgvs_parse import HgvsExpression

__all__ = ["Consequences"]

_CSQ, _ANN, _RS, _CAID = "CSQ", "ANN", "RS", "CAID"
# Patterns are text: the re module compiles and keeps them at their first use, and importing costs nothing.
_FORMAT = r"Format:\s*([^\s'\"]+)"
_RSID = r"(?ai:rs)([1-9][0-9]{0,9})"
_NUMBER = r"(?<![0-9.])(?ai:rs)?([1-9][0-9]{0,9})(?![0-9.])"

# Parts of an ANN entry, 0-based (VCF annotation format 1.0).
_ANN_ALLELE, _ANN_TERMS, _ANN_GENE, _ANN_GENE_ID, _ANN_FEATURE, _ANN_RANK, _ANN_HGVS_C, _ANN_HGVS_P = (
    0, 1, 3, 4, 6, 8, 9, 10,
)  # fmt: skip
_ANN_PARTS = 16
_CSQ_CONSEQUENCE = ("symbol", "gene", "feature", "consequence", "exon", "intron", "hgvsp")
_IN_INTRONS = {"intron_variant", "splice_acceptor_variant", "splice_donor_variant"}
_RANK = r"([0-9]+)(?:-([0-9]+))?(?:/[0-9]+)?"


class _Csq(NamedTuple):
    """Places of the parts of a CSQ entry; None for one that it does not have."""

    allele: int | None
    allele_number: int | None
    expressions: tuple[int, ...]
    consequence: tuple[int | None, ...]

    @property
    def tells_genes(self) -> bool:
        """Whether entries name genes."""
        return self.consequence[0] is not None


class Consequences(NamedTuple):
    """What the header says of annotations with identifiers.

    Attributes:
        csq: places in the entries of CSQ, None if there is none with HGVS or genes.
        has_ann: whether there is an ANN.
        has_rs: whether there is an INFO/RS.
        has_caid: whether there is an INFO/CAID.

    """

    csq: _Csq | None
    has_ann: bool
    has_rs: bool
    has_caid: bool = False

    @classmethod
    def of(cls, info: Mapping[str, InfoDeclaration]) -> Consequences:
        """Tell by the INFO declarations of a header."""
        csq = _csq(info[_CSQ].description) if _CSQ in info else None
        return cls(csq, _ANN in info, _RS in info, _CAID in info)

    @property
    def tells_genes(self) -> bool:
        """Whether records may name genes and what an allele does to them."""
        return self.has_ann or (self.csq is not None and self.csq.tells_genes)

    @property
    def tells_expressions(self) -> bool:
        """Whether records may have HGVS expressions."""
        return self.has_ann or (self.csq is not None and bool(self.csq.expressions))

    @property
    def tells_any(self) -> bool:
        """Whether records may have anything but rs numbers."""
        return self.tells_genes or self.tells_expressions or self.has_caid

    def identifiers(
        self, texts: SiteTexts, record: int, ref: str, alts: Sequence[str], alt: int
    ) -> Identifiers:
        """Identifiers of one allele.

        Args:
            texts: of the batch.
            record: its index in the batch.
            ref: REF as written.
            alts: its ALTs as written.
            alt: 0-based number of the one that is asked about.

        """
        found = list(dict.fromkeys(self._expressions(texts, record, ref, alts, alt)))
        return Identifiers(
            tuple(dict.fromkeys(self._rsids(texts, record))),
            tuple(one for one in found if one.is_genomic),
            tuple(one for one in found if not one.is_genomic),
        )

    def notes(self, texts: SiteTexts, record: int, ref: str, alts: Sequence[str], alt: int) -> Notes:
        """Give what else a record says of one allele; the arguments are those of `identifiers`."""
        caids: list[str] = []
        if self.has_caid:
            values = (texts.info_of(record, _CAID) or "").split(",")
            if len(values) == len(alts):  # one per ALT; else it is not told whose they are
                caids = [values[alt]]
        return Notes(tuple(caids), tuple(self._consequences(texts, record, ref, alts, alt)))

    def _consequences(
        self, texts: SiteTexts, record: int, ref: str, alts: Sequence[str], alt: int
    ) -> Iterator[Consequence]:
        if self.csq is not None and self.csq.tells_genes:
            entries = (texts.info_of(record, _CSQ) or "").split(",")
            for parts in _csq_entries(self.csq, entries, _vep_alleles(ref, alts), alt):
                values = [_part(parts, place) for place in self.csq.consequence]
                yield _consequence(values)
        if self.has_ann:
            for entry in (texts.info_of(record, _ANN) or "").split(","):
                parts = _ann_parts(entry, alts[alt])
                if parts:
                    yield _ann_consequence(parts)

    def genes(self, texts: SiteTexts, record: int, alts: Sequence[str], alt: int) -> frozenset[str]:
        """Give the symbols of all genes that a record names for a symbolic allele or a breakend.

        VEP spells these in a way of its own, so that entries of a record with several ALTs count only by their number.
        """
        found: set[str] = set()
        if self.csq is not None and self.csq.tells_genes:
            for entry in (texts.info_of(record, _CSQ) or "").split(","):
                parts = entry.split("|")
                number = _part(parts, self.csq.allele_number)
                if number == str(alt + 1) or (not number and len(alts) == 1):
                    found.update(_part(parts, self.csq.consequence[0]).split("&"))
        if self.has_ann:
            for entry in (texts.info_of(record, _ANN) or "").split(","):
                parts = [part.strip() for part in entry.split("|")]
                if len(parts) > _ANN_GENE and (len(alts) == 1 or parts[_ANN_ALLELE] == alts[alt]):
                    found.update(parts[_ANN_GENE].split("&"))
        return frozenset(found - {""})

    def _rsids(self, texts: SiteTexts, record: int) -> Iterator[int]:
        for name in texts.id_of(record).split(";"):
            if rsid := re.fullmatch(_RSID, name.strip()):
                yield int(rsid[1])
        if self.has_rs:
            yield from map(int, re.findall(_NUMBER, texts.info_of(record, _RS) or ""))

    def _expressions(
        self, texts: SiteTexts, record: int, ref: str, alts: Sequence[str], alt: int
    ) -> Iterator[HgvsExpression]:
        if self.csq is not None:
            entries = (texts.info_of(record, _CSQ) or "").split(",")
            for parts in _csq_entries(self.csq, entries, _vep_alleles(ref, alts), alt):
                for place in self.csq.expressions:
                    yield from _parsed(_part(parts, place))
        if self.has_ann:
            for entry in (texts.info_of(record, _ANN) or "").split(","):
                yield from _ann_expressions(entry, alts[alt])


def _csq_entries(
    csq: _Csq, entries: Sequence[str], spelled: Sequence[str], alt: int
) -> Iterator[Sequence[str]]:
    """Parts of the entries of one ALT."""
    for entry in entries:
        parts = entry.split("|")
        number = _part(parts, csq.allele_number)
        if number.isdecimal():
            is_asked = int(number) == alt + 1
        elif csq.allele is not None:
            is_asked = _part(parts, csq.allele).upper() == spelled[alt]
        else:
            is_asked = len(spelled) == 1
        if is_asked:
            yield parts


def _csq(description: str) -> _Csq | None:
    found = re.search(_FORMAT, description)
    names = found[1].lower().split("|") if found else []
    places = {name: place for place, name in enumerate(names)}
    expressions = tuple(places[name] for name in ("hgvsg", "hgvsc") if name in places)
    consequence = tuple(map(places.get, _CSQ_CONSEQUENCE))
    if not expressions and consequence[0] is None:
        return None
    return _Csq(places.get("allele"), places.get("allele_num"), expressions, consequence)


def _part(parts: Sequence[str], place: int | None) -> str:
    return parts[place] if place is not None and place < len(parts) else ""


def _vep_alleles(ref: str, alts: Sequence[str]) -> list[str]:
    """Each ALT as VEP spells it in Allele, upper case."""
    plain = [allele.upper() for allele in (ref, *alts) if allele != "*" and not allele.startswith("<")]
    is_shared = len({allele[:1] for allele in plain}) == 1 and len({len(allele) for allele in plain}) > 1
    return [alt.upper()[1:] or "-" if is_shared and alt != "*" else alt.upper() for alt in alts]


def _ann_parts(entry: str, alt: str) -> list[str]:
    """Parts of an entry of ANN; none if it is of another ALT.

    `T-C` is a change of T against another sample's C, no allele of the record's REF.
    """
    parts = [part.strip() for part in entry.split("|")]
    return parts if len(parts) >= _ANN_PARTS - 1 and parts[_ANN_ALLELE].upper() == alt.upper() else []


def _ann_expressions(entry: str, alt: str) -> Iterator[HgvsExpression]:
    parts = _ann_parts(entry, alt)
    if not parts:
        return
    for expression in _parsed(parts[_ANN_HGVS_C]):
        if expression.accession is None and parts[_ANN_FEATURE]:
            yield from _parsed(f"{parts[_ANN_FEATURE]}:{decode_text(parts[_ANN_HGVS_C])}")
        elif expression.accession is not None:
            yield expression


def _ann_consequence(parts: Sequence[str]) -> Consequence:
    terms, rank = parts[_ANN_TERMS], parts[_ANN_RANK]
    is_intronic = not _IN_INTRONS.isdisjoint(terms.split("&"))
    ranks = ("", rank) if is_intronic else (rank, "")
    gene = (parts[_ANN_GENE], parts[_ANN_GENE_ID], parts[_ANN_FEATURE])
    return _consequence((*gene, terms, *ranks, parts[_ANN_HGVS_P]))


def _consequence(facts: Sequence[str]) -> Consequence:
    """Consequence from the parts in the order of `_CSQ_CONSEQUENCE`."""
    symbol, gene_id, feature, terms, exon, intron, protein = facts
    expression = next(_parsed(protein), None)
    return Consequence(
        symbol,
        gene_id,
        feature.partition(".")[0],
        frozenset(terms.split("&")),
        _rank(exon),
        _rank(intron),
        expression.change if expression is not None and expression.is_protein else "",
    )


def _rank(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(_RANK, text)
    return None if found is None else (int(found[1]), int(found[2] or found[1]))


def _parsed(text: str) -> Iterator[HgvsExpression]:
    if not text:
        return
    from annotator.variants.hgvs_parse import parse_hgvs  # most records name nothing

    expression = parse_hgvs(text)
    if expression is not None:
        yield expression
