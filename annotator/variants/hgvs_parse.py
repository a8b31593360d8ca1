"""Parsing of genomic, coding and protein HGVS expressions, as far as comparing them requires.

Nomenclature: den Dunnen et al., Human Mutation 2016, 37:564; https://hgvs-nomenclature.org. A change is brought into
one form, as far as that is possible without the sequence:

    written                                        one spelling
    p.(Val600Glu), p.V600E                         Val600Glu
    p.Arg233*, p.R233X, p.(Arg233Ter)              Arg233Ter
    p.R97Pfs*23                                    Arg97ProfsTer23
    p.Val600Val, p.Val600%3D                       Val600=
    c.5_6delCA, c.5_6del2                          5_6del
    c.5_6delCAinsTA, c.5_6CA>TA                    5_6delinsTA

Any other change (`g.(?_100)_(200_?)del`, `g.45329268ACA[1]`, `c.[76A>C;83G>C]`) is kept as written, and equals only
itself. The same applies to a change that spells more or fewer bases than it spans: SnpEff assigns all that lies beyond
a transcript to one position (`n.*1669_*1669delCT`, `n.*1669_*1669delAAG`), and only the bases distinguish them.
"""

from __future__ import annotations

import enum
import re

from annotator.info import decode_text
from annotator.variants.amino_acids import STOP, THREE_LETTERS, UNKNOWN

__all__ = ["HgvsExpression", "SequenceType", "parse_hgvs", "same_change"]


class SequenceType(enum.StrEnum):
    """The letter before the dot: the kind of sequence on which positions are counted."""

    GENOMIC = "g"
    MITOCHONDRIAL = "m"
    CODING = "c"
    NON_CODING = "n"
    RNA = "r"
    PROTEIN = "p"


class HgvsExpression:
    """A parsed HGVS expression.

    Attributes:
        accession: the reference sequence without its version (`NM_004333`, `ENST00000288602`, `LRG_292t1`), or any
            other text before the colon; None if there is none.
        version: version of the accession, None if not written.
        sequence_type: the kind of sequence on which positions are counted.
        change: the description in normal form, such as `1799T>A`, `76-1_78delinsTA`, `Val600Glu`: three-letter amino
            acids, no parentheses for predictions. A change that cannot be parsed is kept as written.
        spelled: deleted, duplicated or inverted bases that an old-style nucleotide expression spells (`CA` of `delCA`),
            else empty. Not compared.

    """

    __slots__ = ("accession", "change", "sequence_type", "spelled", "version")

    def __init__(
        self,
        accession: str | None,
        version: int | None,
        sequence_type: SequenceType,
        change: str,
        spelled: str = "",
    ) -> None:
        self.accession = accession
        self.version = version
        self.sequence_type = sequence_type
        self.change = change
        self.spelled = spelled

    @property
    def _compared(self) -> tuple[str | None, int | None, SequenceType, str]:
        return self.accession, self.version, self.sequence_type, self.change

    def __eq__(self, other: object) -> bool:
        return self._compared == other._compared if isinstance(other, HgvsExpression) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._compared)

    def __repr__(self) -> str:
        return f"<HgvsExpression {self}>"

    @property
    def is_genomic(self) -> bool:
        """Whether positions are counted on a chromosome or the mitochondrion."""
        return self.sequence_type in {SequenceType.GENOMIC, SequenceType.MITOCHONDRIAL}

    @property
    def is_protein(self) -> bool:
        """Whether positions are counted on a protein."""
        return self.sequence_type is SequenceType.PROTEIN

    @property
    def identity(self) -> tuple[str | None, int | None, SequenceType, str]:
        """Values that are equal for two expressions of the same change; hashable.

        The version is compared for genomic sequences only, because it determines the assembly.
        """
        return self.accession, self.version if self.is_genomic else None, self.sequence_type, self.change

    def __str__(self) -> str:
        version = "" if self.version is None else f".{self.version}"
        sequence = "" if self.accession is None else f"{self.accession}{version}:"
        return f"{sequence}{self.sequence_type}.{self.change}"


_TYPES = {one.value: one for one in SequenceType}
_BASE = "[ACGTNRYSWKMBDHV]"
_NUMBER = "[0-9]{1,9}"
_POSITION = rf"[-*]?{_NUMBER}(?:[-+]{_NUMBER})?"
_WHERE = rf"{_POSITION}(?:_{_POSITION})?"
# X was the stop codon until 2016; the unknown residue is now Xaa.
_RESIDUES = {**THREE_LETTERS, UNKNOWN: THREE_LETTERS[STOP]}
_ALL_RESIDUES = frozenset(THREE_LETTERS.values())
_OTHERS = _ALL_RESIDUES | {"="}
_RESIDUE = f"(?:{'|'.join(sorted(THREE_LETTERS.values()))})"
_RESIDUE_WHERE = rf"{_RESIDUE}{_NUMBER}(?:_{_RESIDUE}{_NUMBER})?"

_PLAIN = rf"([A-Z][a-z]{{2}}){_NUMBER}([A-Z][a-z]{{2}}|=)"

# Patterns are text: the re module compiles and caches them at their first use, which keeps the import fast.
_EXPRESSION = (
    rf"(?:(?P<accession>[A-Za-z0-9][A-Za-z0-9_@-]*)(?:\.(?P<version>{_NUMBER}))?(?:\((?P<within>[^()]*)\))?:)?"
    r"(?P<type>[gmcnrp])\.(?P<change>\S*[0-9=?]\S*)"
)
_TRANSCRIPT = rf"((?:[NX][MRP]_|ENS[TP]|LRG_{_NUMBER}[tp]){_NUMBER})(?:\.({_NUMBER}))?"
_PROTEIN_REMARK = r"\s*\(p\..*\)$"
_ONE_RESIDUE = rf"{_RESIDUE}|[A-Z*]"

# Old forms, whose second group is redundant, and the current form.
_OLD_NUCLEOTIDE_FORMS = (
    (rf"({_POSITION}_{_POSITION})({_BASE}+)>({_BASE}+)", r"\1delins\3"),
    (rf"({_WHERE})del({_BASE}+|{_NUMBER})ins({_BASE}+)", r"\1delins\3"),
    (rf"({_WHERE}(?:del|dup|inv))({_BASE}+|{_NUMBER})", r"\1"),
    (rf"({_WHERE})({_BASE}+)=", r"\1="),
)
_OLD_PROTEIN_FORMS = (
    (rf"({_RESIDUE_WHERE})del({_RESIDUE}+|{_NUMBER})ins({_RESIDUE}+)", r"\1delins\3"),
    (rf"({_RESIDUE_WHERE}(?:del|dup))({_RESIDUE}+|{_NUMBER})", r"\1"),
    (rf"(({_RESIDUE}){_NUMBER})\2", r"\1="),
)


def parse_hgvs(text: str) -> HgvsExpression | None:
    """Parse an HGVS expression; return None for any other text, because annotations and knowledge bases contain such.

    Percent-encoding is removed. A gene in parentheses is dropped (`NM_004333.6(BRAF):c.1799T>A`), and so is a protein
    change after a nucleotide change, as in ClinVar's names. A transcript in parentheses after a genomic sequence
    becomes the accession, because the positions refer to it. A change without a prefix (`c.1799T>A`, as in ANN) has no
    accession. No sequence is looked up, and no position is checked.

    >>> str(parse_hgvs("NP_004324.2:p.(V600E)"))
    'NP_004324.2:p.Val600Glu'

    """
    text = decode_text(text.strip())
    found = re.fullmatch(_EXPRESSION, re.sub(_PROTEIN_REMARK, "", text) if "(p." in text else text)
    if found is None:
        return None
    accession, version, within, letter, change = found.groups()
    if within and (transcript := re.fullmatch(_TRANSCRIPT, within)):
        accession, version = transcript.groups()
    sequence_type = _TYPES[letter]
    change, spelled = _one_spelling(sequence_type, change)
    return HgvsExpression(accession, int(version) if version else None, sequence_type, change, spelled)


def same_change(one: HgvsExpression, other: HgvsExpression) -> bool:
    """Return whether two expressions describe the same change of a sequence; transcript versions are ignored.

    False does not prove that the alleles differ: they may be described on different sequences, or in two ways that only
    the sequence can reconcile.
    """
    return one.identity == other.identity


def _one_spelling(sequence_type: SequenceType, change: str) -> tuple[str, str]:
    """Return a change in normal form, and the bases that it spelled redundantly."""
    if sequence_type is SequenceType.PROTEIN:
        plain = re.fullmatch(_PLAIN, change)  # a substitution as most annotations write it
        if plain and plain[1] != plain[2] and plain[1] in _ALL_RESIDUES and plain[2] in _OTHERS:
            return change, ""
        change = _three_letters(_certain(change))
        if change[:3] != change[-3:] and "del" not in change and "dup" not in change:  # it has one form
            return change, ""
        return _current_form(change, _OLD_PROTEIN_FORMS)[0], ""
    if change[-2:-1] == ">" and "_" not in change:  # a substitution, as most changes are, has one form
        return change, ""
    return _current_form(change, _OLD_NUCLEOTIDE_FORMS)


def _current_form(change: str, forms: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    for old, current in forms:
        if found := re.fullmatch(old, change):
            where, spelled = found[1], found[2]
            if _spanned(where) not in {None, _count(spelled)}:
                break
            return found.expand(current), "" if spelled.isdecimal() else spelled
    return change, ""


def _count(spelled: str) -> int:
    """Count the bases or residues that are spelled out, or return the number that is written instead."""
    if spelled.isdecimal():
        return int(spelled)
    return len(spelled) if spelled.isupper() else len(spelled) // 3


_PLACE = rf"(?P<side>[-*]?)(?P<number>{_NUMBER})(?P<offset>[-+]{_NUMBER})?"


def _spanned(where: str) -> int | None:
    """Count the bases or residues from the first to the last position; None if that requires the transcript."""
    places = list(re.finditer(_PLACE, where))
    first, last = places[0], places[-1]
    (start, start_offset), (stop, stop_offset) = _coordinate(first), _coordinate(last)
    sides_differ = (first["side"] == "*") != (last["side"] == "*")
    if sides_differ or ((start_offset or stop_offset) and start != stop):
        return None
    return stop - start + stop_offset - start_offset + 1


def _coordinate(place: re.Match[str]) -> tuple[int, int]:
    # There is no position 0: -1 directly precedes 1.
    number = 1 - int(place["number"]) if place["side"] == "-" else int(place["number"])
    return number, int(place["offset"] or 0)


def _certain(change: str) -> str:
    """Return a protein change without the parentheses that mark a prediction."""
    inner = change[1:-1]
    return inner if change == f"({inner})" and "(" not in inner and ")" not in inner else change


def _three_letters(change: str) -> str:
    # del, ins, dup, ext and fs are lower case, and none of them forms a residue with the letter before it.
    return re.sub(_ONE_RESIDUE, lambda found: _RESIDUES.get(found[0], found[0]), change)
