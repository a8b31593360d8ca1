"""What alleles do to three proteins, found out without the annotator: the truth that its answers are held against.

The exons are facts of RefSeq's transcripts on GRCh38, typed by hand: all coding exons of TP53, and the large exon of
BRCA1 and of BRCA2. Bases are those that ClinVar's records have as REF. `test_clinvar_protein_truth` checks that
ClinVar's own molecular consequences agree with the translation of every substitution.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from tests.support.clinvar_rows import ClinVarRow

__all__ = ["THREE", "TRANSCRIPTS", "Coded", "Transcript", "coded"]

_BASES = "TCAG"
_RESIDUES = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
CODE = dict(zip(map("".join, product(_BASES, repeat=3)), _RESIDUES, strict=True))
THREE = {
    "A": "Ala", "C": "Cys", "D": "Asp", "E": "Glu", "F": "Phe", "G": "Gly", "H": "His", "I": "Ile", "K": "Lys",
    "L": "Leu", "M": "Met", "N": "Asn", "P": "Pro", "Q": "Gln", "R": "Arg", "S": "Ser", "T": "Thr", "V": "Val",
    "W": "Trp", "Y": "Tyr", "*": "Ter",
}  # fmt: skip
_COMPLEMENT = str.maketrans("ACGT", "TGCA")


class Transcript(NamedTuple):
    """A part of a coding sequence.

    Attributes:
        gene: symbol.
        refseq: accession of RefSeq, with its version.
        ensembl: that of Ensembl.
        contig: canonical name.
        strand: 1 or -1.
        exons: first and last base in the coding sequence, and the position on GRCh38 of the first.

    """

    gene: str
    refseq: str
    ensembl: str
    contig: str
    strand: int
    exons: tuple[tuple[int, int, int], ...]

    def places(self) -> dict[int, int]:
        """Give the position of each base of the coding sequence, both from 1."""
        return {
            number: position + self.strand * (number - first)
            for first, last, position in self.exons
            for number in range(first, last + 1)
        }


TRANSCRIPTS = (
    Transcript(
        "TP53", "NM_000546.6", "ENST00000269305.9", "17", -1,
        (
            (1, 74, 7676594), (75, 96, 7676403), (97, 375, 7676272), (376, 559, 7675236), (560, 672, 7674971),
            (673, 782, 7674290), (783, 919, 7673837), (920, 993, 7673608), (994, 1100, 7670715),
            (1101, 1182, 7669690),
        ),
    ),
    Transcript("BRCA1", "NM_007294.4", "ENST00000357654.9", "17", -1, ((671, 4096, 43094860),)),
    Transcript("BRCA2", "NM_000059.4", "ENST00000380152.8", "13", 1, ((1910, 6841, 32336265),)),
)  # fmt: skip


class Coded(NamedTuple):
    """An allele in the codons of a transcript.

    Attributes:
        row: the record.
        transcript: the transcript.
        first: first changed base of the coding sequence, from 1.
        before, after: the codons, changed bases in capitals.
        residue: number of the first codon, from 1.

    """

    row: ClinVarRow
    transcript: Transcript
    first: int
    before: str
    after: str
    residue: int

    @property
    def residues(self) -> tuple[str, str]:
        """Residues before and after."""
        old, new = (
            "".join(CODE[codons[at : at + 3].upper()] for at in range(0, len(codons), 3))
            for codons in (self.before, self.after)
        )
        return old, new

    @property
    def missense(self) -> tuple[str, int, str] | None:
        """The only residue that changes, its number, and what replaces it; None if none or several do, or a stop."""
        old, new = self.residues
        changed = [at for at, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
        if len(changed) != 1 or "*" in old + new:
            return None
        return old[changed[0]], self.residue + changed[0], new[changed[0]]

    @property
    def nucleotide(self) -> str:
        """The change of the coding sequence, as HGVS writes it."""
        old, new = ("".join(filter(str.isupper, codons)) for codons in (self.before, self.after))
        if len(old) == 1:
            return f"c.{self.first}{old}>{new}"
        return f"c.{self.first}_{self.first + len(old) - 1}delins{new}"

    @property
    def hgvs_p(self) -> str:
        """The change of the protein, as HGVS writes it."""
        old, new = self.residues
        if len(old) == 1:
            return f"p.{THREE[old]}{self.residue}{'=' if old == new else THREE[new]}"
        last = self.residue + len(old) - 1
        return f"p.{THREE[old[0]]}{self.residue}_{THREE[old[-1]]}{last}delins{''.join(map(THREE.__getitem__, new))}"

    @property
    def is_in_one_piece(self) -> bool:
        """Whether no intron parts the codon of the residue that changes."""
        places = self.transcript.places()
        found = self.missense
        number = self.residue if found is None else found[1]
        return abs(places[3 * number] - places[3 * number - 2]) == 2


def coded(rows: Iterable[ClinVarRow]) -> Iterator[Coded]:
    """Yield the alleles of ClinVar's records that replace coding bases of a transcript by as many others."""
    rows = list(rows)
    base_at = {
        (row.chrom, row.position + offset): base for row in rows for offset, base in enumerate(row.ref)
    }
    for transcript in TRANSCRIPTS:
        places = transcript.places()
        numbers = {place: number for number, place in places.items()}
        for row in rows:
            is_substituted = len(row.ref) == len(row.alt) and set(row.ref + row.alt) <= set("ACGT")
            span = range(row.position, row.position + len(row.ref))
            if (
                row.chrom != transcript.contig
                or not is_substituted
                or not all(one in numbers for one in span)
            ):
                continue
            first = min(numbers[one] for one in span)
            start = first - (first - 1) % 3
            stop = first + len(span) - 1
            codons = range(start, stop + 3 - (stop - 1) % 3)
            bases = [base_at.get((row.chrom, places[one]), "N") if one in places else "N" for one in codons]
            before, new = "".join(bases), row.alt
            if transcript.strand < 0:
                before, new = before.translate(_COMPLEMENT), new.translate(_COMPLEMENT)[::-1]
            if "N" in before or stop - first + 1 != len(span):
                continue
            inside = slice(first - start, stop + 1 - start)
            cut = before[: inside.start].lower(), before[inside.stop :].lower()
            yield Coded(
                row,
                transcript,
                first,
                f"{cut[0]}{before[inside]}{cut[1]}",
                f"{cut[0]}{new}{cut[1]}",
                (start - 1) // 3 + 1,
            )
