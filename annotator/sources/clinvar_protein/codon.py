"""The codon that a missense change lies in: its bases and where they are, by the annotation of the record.

VEP writes the codon, with the changed bases in capitals. Other annotations number the change in the coding sequence,
which determines its place in the codon, or only state which residue becomes which. Then all codons are tried that make
that change; often it is one, because ClinVar's records near it show the other bases.

    POS 7675088 C>T, strand -1, codons cGc/cAc: the capital is the codon's second base
    codon of the transcript   c        G        c
    position                  7675089  7675088  7675087

A codon that spans an intron has its other bases elsewhere. Callers compare bases where they are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product

from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.allele import AlleleKey
from annotator.variants.amino_acids import STOP
from annotator.variants.query import Consequence, Query

__all__ = ["Codon", "codons_of"]

_ORDER = "TCAG"
_CODE = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
_STANDARD = dict(zip(map("".join, product(_ORDER, repeat=3)), _CODE, strict=True))
"""The standard genetic code, NCBI's translation table 1."""

_MITOCHONDRIAL = _STANDARD | {"AGA": STOP, "AGG": STOP, "ATA": "M", "TGA": "W"}
"""The vertebrate mitochondrial code, NCBI's translation table 2."""

_COMPLEMENT = str.maketrans("ACGT", "TGCA")
_CODING = r"(?:.*:)?c\.([0-9]{1,6})(?:(?P<old>[ACGT])>|_[0-9]{1,6}delins)(?P<new>[ACGT]{1,3})"
_LENGTH = 3


class Codon(NamedTuple):
    """A codon.

    Attributes:
        contig: canonical name.
        places: 1-based positions of its bases, in the order of the transcript.
        bases: in the sense of the transcript.
        strand: 1 or -1.
        residue: number of its residue, from 1.

    """

    contig: str
    places: tuple[int, int, int]
    bases: str
    strand: int
    residue: int

    @property
    def residue_letter(self) -> str:
        """One-letter code of the residue."""
        return self.translated(self.bases)

    def translated(self, bases: str | None) -> str:
        """Return the one-letter code of other bases in the codon's place; empty if a base is not known."""
        return _translated(self.contig, bases or "")

    def changed(self, start: int, deleted: str, inserted: str) -> str | None:
        """Return the bases after an allele; None if it is not wholly in the codon or deletes other bases."""
        bases = list(self.bases)
        for place, (old, new) in enumerate(zip(deleted, inserted, strict=True), start):
            if place not in self.places:
                return None
            index = self.places.index(place)
            if self.on_strand(old) != bases[index]:
                return None
            bases[index] = self.on_strand(new)
        return "".join(bases)

    def on_strand(self, bases: str) -> str:
        """Return bases of the forward strand in the sense of the transcript."""
        return bases if self.strand > 0 else bases.translate(_COMPLEMENT)[::-1]

    def coding_change(self, start: int, deleted: str, inserted: str) -> str:
        """Return the HGVS change of the coding sequence that an allele in the codon makes."""
        ends = sorted(self.places.index(place) for place in (start, start + len(deleted) - 1))
        first, last = (_LENGTH * (self.residue - 1) + 1 + index for index in ends)
        new = self.on_strand(inserted)
        if first == last:
            return f"c.{first}{self.on_strand(deleted)}>{new}"
        return f"c.{first}_{last}delins{new}"


def _translated(contig: str, codon: str) -> str:
    """Return the one-letter code of a codon; empty if a base is not known."""
    return (_MITOCHONDRIAL if contig == "MT" else _STANDARD).get(codon, "")


def codons_of(
    query: Query, consequence: Consequence, change: tuple[str, int, str], base_at: Callable[[int], str]
) -> list[Codon]:
    """Return the codons that an allele may change: one, or all that fit what is known.

    Args:
        query: an allele that deletes as many bases as it inserts.
        consequence: missense, for one transcript.
        change: one-letter code of the residue, its number from 1, and what replaces it.
        base_at: returns the reference base at a position of the contig; empty if it is not known.

    """
    old, residue, new = change
    written = _of_codons(query, consequence, residue)
    if written is not None:
        return [written] if written.residue_letter == old else []
    allele = query.allele
    if len(allele.deleted) > 1 and not consequence.coding:  # it may lie in two codons
        return []
    return [
        codon
        for strand, phase in _frames(allele, consequence, residue)
        for codon in _possible(allele, strand, phase, residue, base_at)
        if codon.residue_letter == old and codon.translated(codon.changed(*allele[1:])) == new
    ]


def _of_codons(query: Query, consequence: Consequence, residue: int) -> Codon | None:
    """Read the codons that the annotation writes."""
    before = consequence.codons.partition("/")[0]
    index = residue - consequence.first_residue
    found = re.fullmatch("[acgt]*([ACGT]+)[acgt]*", before)
    if found is None or not consequence.first_residue or not 0 <= _LENGTH * index < len(before) - 2:
        return None
    allele, capitals = query.allele, found[1]
    spans = ((query.position, query.ref), (allele.start, allele.deleted))
    fitting = {
        strand: (start, bases)
        for strand in ((consequence.strand,) if consequence.strand else (1, -1))
        for start, bases in spans
        if (bases if strand > 0 else bases.translate(_COMPLEMENT)[::-1]) == capitals
    }
    if len(fitting) != 1:  # other bases, or bases that are their own complement on an unknown strand
        return None
    ((strand, (start, bases)),) = fitting.items()
    first = start if strand > 0 else start + len(bases) - 1
    zero = first - strand * found.start(1) + strand * _LENGTH * index
    text = before[_LENGTH * index : _LENGTH * (index + 1)].upper()
    return Codon(allele.contig, _three(zero, strand), text, strand, residue)


def _frames(allele: AlleleKey, consequence: Consequence, residue: int) -> Iterator[tuple[int, int]]:
    """Yield the strands that an allele may have on a transcript, and the places of its first base in the codon."""
    found = re.fullmatch(_CODING, consequence.coding)
    length = len(allele.deleted)
    for strand in (consequence.strand,) if consequence.strand else (1, -1):
        if found is None:
            yield from ((strand, phase) for phase in range(_LENGTH if length == 1 else 0))
        elif found["new"] == _sense(allele.inserted, strand) and (
            found["old"] in {None, _sense(allele.deleted, strand)}
        ):
            number = int(found[1]) - 1
            if number // _LENGTH + 1 == residue and number % _LENGTH + length <= _LENGTH:
                yield strand, number % _LENGTH


def _possible(
    allele: AlleleKey, strand: int, phase: int, residue: int, base_at: Callable[[int], str]
) -> Iterator[Codon]:
    """Yield the codons that an allele may lie in, one for each base that an unknown one may be."""
    first = allele.start if strand > 0 else allele.start + len(allele.deleted) - 1
    places = _three(first - strand * phase, strand)
    known = (_sense(base_at(place), strand) or "ACGT" for place in places)
    for bases in product(*known):
        yield Codon(allele.contig, places, "".join(bases), strand, residue)


def _three(first: int, strand: int) -> tuple[int, int, int]:
    return first, first + strand, first + 2 * strand


def _sense(bases: str, strand: int) -> str:
    return bases if strand > 0 else bases.translate(_COMPLEMENT)[::-1]
