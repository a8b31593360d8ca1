"""Assignment of VEP's entries to the ALTs of a record.

How VEP writes an allele depends on the record, its version and its options
(https://www.ensembl.org/info/docs/tools/vep/vep_formats.html, and its parsers of releases 95 to 115):

    as written       alleles of equal length, and those of records in which REF and the ALTs begin with different bases
    without a base   REF and all ALTs begin with the same base, and one changes the length: `-` if nothing is left
    minimised        each ALT trimmed at both ends: with --minimal, and since release 110 where there is one ALT
    a word           structural variants, such as `deletion`: by the kind of ALT

ALLELE_NUM counts the ALTs, but a tool that splits or joins records leaves it unchanged; then the spelling decides, and
an entry that fits two ALTs is assigned to neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number

__all__ = ["SpelledAllele", "owners", "structural_owners"]


class SpelledAllele(NamedTuple):
    """The parts of an entry that name its ALT; empty if the entry lacks them.

    Attributes:
        allele: Allele.
        number: ALLELE_NUM.
        uploaded: UPLOADED_ALLELE, such as `A/T`.

    """

    allele: str
    number: str = ""
    uploaded: str = ""


_DELETIONS = {
    "deletion", "mobile_element_deletion", "Alu_deletion", "LINE1_deletion", "SVA_deletion", "HERV_deletion",
    "copy_number_loss", "indel",
}  # fmt: skip
_INSERTIONS = {
    "insertion", "duplication", "tandem_duplication", "mobile_element_insertion", "Alu_insertion", "LINE1_insertion",
    "SVA_insertion", "HERV_insertion", "copy_number_gain", "tandem_repeat", "indel", "novel_sequence_insertion",
}  # fmt: skip
_ANY_LENGTH = {
    "inversion",
    "sequence_alteration",
    "substitution",
    "complex_structural_alteration",
    "copy_number_variation",
}
_WORDS = _DELETIONS | _INSERTIONS | _ANY_LENGTH
_KIND_WORDS = {
    "DEL": _DELETIONS,
    "DUP": _INSERTIONS - {"insertion"},
    "INS": _INSERTIONS,
    "INV": {"inversion"},
    "CNV": {"copy_number_variation", "copy_number_gain", "copy_number_loss", "tandem_repeat"},
}  # fmt: skip


def owners(ref: str, alts: Sequence[str], entries: Sequence[SpelledAllele]) -> list[int | None]:
    """Return the 0-based index of the ALT that each entry describes; None if that is uncertain.

    Args:
        ref: REF as written.
        alts: the ALTs as written.
        entries: all entries of the record.

    """
    spellings = _Spellings(ref.upper(), [alt.upper() for alt in alts])
    upper = [entry._replace(allele=_upper(entry.allele)) for entry in entries]
    if not _are_numbers_sound(spellings, upper):
        return spellings.by_spelling(upper)
    return [
        int(entry.number) - 1 if entry.number and int(entry.number) else None if entry.number else sure
        for entry, sure in zip(upper, spellings.by_spelling(upper), strict=True)
    ]


def structural_owners(alts: Sequence[str], entries: Sequence[SpelledAllele]) -> list[frozenset[int]]:
    """Return the 0-based indexes of the ALTs that each entry may describe, for symbolic ALTs and breakends.

    Symbolic ALTs of one record span the same bases, so that an entry for one type applies to each ALT of that type.
    """
    found = []
    has_sound_numbers = all(_is_at_most(entry.number, len(alts)) for entry in entries)
    for entry in entries:
        if has_sound_numbers:
            found.append(frozenset({int(entry.number) - 1} - {-1}))
        elif len(alts) == 1:
            found.append(frozenset({0}))
        else:
            found.append(
                frozenset(number for number, alt in enumerate(alts) if _is_structural_word(entry.allele, alt))
            )
    return found


def _is_structural_word(allele: str, alt: str) -> bool:
    if allele.upper() == alt.upper():
        return True
    name = alt.strip("<>").upper()
    kind = name.split(":")[0]
    if name.startswith("CN") and name[2:].isdecimal():
        kind = {"CN0": "DEL", "CN1": "CNV"}.get(name, "DUP")
        return allele in _KIND_WORDS[kind] | {"copy_number_variation"}
    return allele in _KIND_WORDS.get(kind, set())


def _upper(allele: str) -> str:
    return allele if allele in _WORDS else allele.upper()


def _are_numbers_sound(spellings: _Spellings, entries: Sequence[SpelledAllele]) -> bool:
    """Return whether ALLELE_NUM still counts this record's ALTs: not after another tool split or joined records."""
    numbered = [entry for entry in entries if entry.number]
    if not all(_is_at_most(entry.number, spellings.count) for entry in numbered):
        return False
    for entry in numbered:
        fitting = {number for number in range(spellings.count) if entry.allele in spellings.all_of(number)}
        if fitting and int(entry.number) and int(entry.number) - 1 not in fitting:
            return False
    return True


class _Spellings:
    """The possible VEP spellings of each ALT of a record, upper case."""

    def __init__(self, ref: str, alts: Sequence[str]) -> None:
        self.count = len(alts)
        self._ref = ref
        self._alts = alts
        plain = [allele for allele in (ref, *alts) if allele != "*" and not allele.startswith("<")]
        is_shared = len({allele[:1] for allele in plain}) == 1 and len({len(allele) for allele in plain}) > 1
        self._usual = [alt[1:] or "-" if is_shared and alt != "*" else alt for alt in alts]
        self._minimal = [_minimised(ref, alt) for alt in alts]

    def all_of(self, number: int) -> frozenset[str]:
        return frozenset({self._alts[number], self._usual[number], self._minimal[number]})

    def by_spelling(self, entries: Sequence[SpelledAllele]) -> list[int | None]:
        if self.count == 1:
            return self._of_single(entries)
        return [self._of_several(entry) for entry in entries]

    def _of_several(self, entry: SpelledAllele) -> int | None:
        if entry.allele in _WORDS:
            return _only(number for number in range(self.count) if self._has_word(number, entry.allele))
        if (uploaded := self._uploaded(entry)) is not None:
            return uploaded
        for spelled in (self._usual, self._alts, self._minimal):
            if entry.allele in spelled:
                return _only(number for number, one in enumerate(spelled) if one == entry.allele)
        return None

    def _of_single(self, entries: Sequence[SpelledAllele]) -> list[int | None]:
        """Return the owner of each entry of a record with one ALT: 0, or None for an ALT that was split off."""
        uploaded = [self._uploaded(entry) for entry in entries]
        if any(one is not None for one in uploaded):
            return uploaded
        fitting = {entry[:2] for entry in entries if self._fits_single(entry.allele, entries)}
        if len(fitting) != 1:  # only one of two spellings can be this ALT's
            return [None] * len(entries)
        return [0 if entry[:2] in fitting else None for entry in entries]

    def _fits_single(self, allele: str, entries: Sequence[SpelledAllele]) -> bool:
        if not allele:  # it does not name an allele
            return True
        if allele in _WORDS:
            return self._has_word(0, allele)
        stated = {entry.allele for entry in entries} - _WORDS
        has_numbers = any(entry.number for entry in entries)
        if (
            len(stated) > 1 and not has_numbers
        ):  # several ALTs: only --minimal trims them one by one, and it numbers them
            is_stripped = "-" in stated
            return allele == self._usual[0] or (not is_stripped and allele == self._alts[0])
        return allele in self.all_of(0) or _is_rotation(allele, self._minimal[0])

    def _uploaded(self, entry: SpelledAllele) -> int | None:
        ref, _, alt = entry.uploaded.upper().partition("/")
        if ref != self._ref:
            return None
        return _only(number for number, one in enumerate(self._alts) if one == alt)

    def _has_word(self, number: int, word: str) -> bool:
        alt = self._alts[number]
        if alt.startswith("<"):
            return _is_structural_word(word, alt)
        grown = len(alt) - len(self._ref)
        return word in (_DELETIONS if grown < 0 else _INSERTIONS if grown > 0 else set()) | _ANY_LENGTH


def _only(numbers: Iterable[int]) -> int | None:
    """Return the only number of some; None if there are none or several."""
    found = list(numbers)
    return found[0] if len(found) == 1 else None


def _is_rotation(one: str, other: str) -> bool:
    """Return whether an inserted sequence is a rotation of another one, as after VEP's --shift_genomic."""
    return len(one) == len(other) > 1 and one in other + other


def _minimised(ref: str, alt: str) -> str:
    """Return an ALT without the bases that it shares with REF at its start, then at its end; `-` if none are left."""
    if alt == "*" or alt.startswith("<"):
        return alt
    start = 0
    while start < min(len(ref), len(alt)) and ref[start] == alt[start]:
        start += 1
    end = 0
    while end < min(len(ref), len(alt)) - start and ref[-1 - end] == alt[-1 - end]:
        end += 1
    return alt[start : len(alt) - end] or "-"


def _is_at_most(text: str, most: int) -> bool:
    number = whole_number(text)
    return number is not None and number <= most
