"""HGVS expressions and rs numbers that a record carries: its ID, INFO/RS, and the annotations of VEP and SnpEff.

CSQ (VEP): the header's `Format:` names the parts. Which ALT an entry is about, ALLELE_NUM tells if it is there;
else Allele does, which VEP writes without the first base if all alleles of the record share it and are not all of
one length, and as `-` if nothing is left (https://www.ensembl.org/info/docs/tools/vep/vep_formats.html).
ANN (SnpEff and others): https://pcingola.github.io/SnpEff/, "VCF annotation format 1.0": Allele is the whole ALT,
the transcript stands in a part of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from annotator.hgvs_parse import HgvsExpression, SequenceType, parse_hgvs
from annotator.info import decode_text
from annotator.question import Identifiers
from annotator.vcf.header import InfoDeclaration
from annotator.vcf.sites import SiteTexts

__all__ = ["Consequences"]

_CSQ, _ANN, _RS = "CSQ", "ANN", "RS"
_FORMAT = re.compile(r"Format:\s*([^\s'\"]+)")
_RSID = re.compile(r"rs([1-9][0-9]{0,9})", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"(?<![0-9.])(?:rs)?([1-9][0-9]{0,9})(?![0-9.])", re.IGNORECASE | re.ASCII)
_GENOMIC = {SequenceType.GENOMIC, SequenceType.MITOCHONDRIAL}

# Parts of an ANN entry, 0-based (VCF annotation format 1.0).
_ANN_ALLELE, _ANN_FEATURE, _ANN_HGVS_C = 0, 6, 9
_ANN_PARTS = 16


class _Csq(NamedTuple):
    """Places of the parts of a CSQ entry; None for one that it does not have."""

    allele: int | None
    allele_number: int | None
    expressions: tuple[int, ...]


class Consequences(NamedTuple):
    """What the header says of annotations with identifiers.

    Attributes:
        csq: places in the entries of CSQ, None if there is none with HGVS.
        has_ann: whether there is an ANN.
        has_rs: whether there is an INFO/RS.

    """

    csq: _Csq | None
    has_ann: bool
    has_rs: bool

    @classmethod
    def of(cls, info: Mapping[str, InfoDeclaration]) -> Consequences:
        """Tell by the INFO declarations of a header."""
        csq = _csq(info[_CSQ].description) if _CSQ in info else None
        return cls(csq, _ANN in info, _RS in info)

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
            tuple(one for one in found if one.sequence_type in _GENOMIC),
            tuple(one for one in found if one.sequence_type not in _GENOMIC),
        )

    def _rsids(self, texts: SiteTexts, record: int) -> Iterator[int]:
        for name in texts.id_of(record).split(";"):
            if rsid := _RSID.fullmatch(name.strip()):
                yield int(rsid[1])
        if self.has_rs:
            yield from map(int, _NUMBER.findall(texts.info_of(record, _RS) or ""))

    def _expressions(
        self, texts: SiteTexts, record: int, ref: str, alts: Sequence[str], alt: int
    ) -> Iterator[HgvsExpression]:
        if self.csq is not None:
            entries = (texts.info_of(record, _CSQ) or "").split(",")
            for text in self._csq_texts(self.csq, entries, _vep_alleles(ref, alts), alt):
                yield from _parsed(text)
        if self.has_ann:
            for entry in (texts.info_of(record, _ANN) or "").split(","):
                yield from _ann_expressions(entry, alts[alt])

    def _csq_texts(
        self, csq: _Csq, entries: Sequence[str], spelled: Sequence[str], alt: int
    ) -> Iterator[str]:
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
                yield from (_part(parts, place) for place in csq.expressions)


def _csq(description: str) -> _Csq | None:
    found = _FORMAT.search(description)
    names = found[1].lower().split("|") if found else []
    places = {name: place for place, name in enumerate(names)}
    expressions = tuple(places[name] for name in ("hgvsg", "hgvsc") if name in places)
    return _Csq(places.get("allele"), places.get("allele_num"), expressions) if expressions else None


def _part(parts: Sequence[str], place: int | None) -> str:
    return parts[place] if place is not None and place < len(parts) else ""


def _vep_alleles(ref: str, alts: Sequence[str]) -> list[str]:
    """Each ALT as VEP spells it in Allele, upper case."""
    plain = [allele.upper() for allele in (ref, *alts) if allele != "*" and not allele.startswith("<")]
    is_shared = len({allele[:1] for allele in plain}) == 1 and len({len(allele) for allele in plain}) > 1
    return [alt.upper()[1:] or "-" if is_shared and alt != "*" else alt.upper() for alt in alts]


def _ann_expressions(entry: str, alt: str) -> Iterator[HgvsExpression]:
    parts = [part.strip() for part in entry.split("|")]
    # `T-C` is a change of T against another sample's C, no allele of the record's REF.
    if len(parts) < _ANN_PARTS - 1 or parts[_ANN_ALLELE].upper() != alt.upper():
        return
    for expression in _parsed(parts[_ANN_HGVS_C]):
        if expression.accession is None and parts[_ANN_FEATURE]:
            yield from _parsed(f"{parts[_ANN_FEATURE]}:{decode_text(parts[_ANN_HGVS_C])}")
        elif expression.accession is not None:
            yield expression


def _parsed(text: str) -> Iterator[HgvsExpression]:
    expression = parse_hgvs(text) if text else None
    if expression is not None:
        yield expression
