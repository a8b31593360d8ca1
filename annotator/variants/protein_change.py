"""Normal form of protein changes, so that changes are compared and not their spellings.

Input is HGVS p. expressions in one- and three-letter codes, and names as CIViC's curators write them. A change consists
of the residues that it replaces and the new ones; all spellings that are equal by their own letters have one form:

    written                                              one form
    p.(Val600Glu), V600E, VAL600GLU                      600: E
    p.Arg233*, R233X, p.Arg233fsTer1                     233: *
    p.Gly10dup, G10_A11insG                              after 10: G
    p.Lys745_Ala750delinsLys, E746_A750del               746 to 750: nothing
    p.Val600_Lys601delinsGlu, V600_K601>E                600 to 601: E
    p.Glu55ArgfsTer11, E55RfsTer11, E55fs                frameshift at 55, with its new residues as far as known
    p.Ter214TrpextTer14, *214W                           stop lost at 214: W
    p.Leu15=, L15L                                       silent at 15

Deletions and insertions are shifted as far towards the C terminus as the known residues allow (the 3' rule of HGVS).
The protein sequence is not available: the known residues are those that the spelling names, and those that the caller
adds (`known`). Two changes whose equality only the sequence could prove are not equal.

Nomenclature: den Dunnen et al., Human Mutation 2016, 37:564; https://hgvs-nomenclature.org, "Protein".
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping

from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.amino_acids import ONE_LETTER, RESIDUE_LETTERS, STOP

__all__ = ["ChangeKind", "ProteinChange", "parse_protein_change"]

_GAP = "?"  # residue of a duplicated stretch that the spelling does not name


class ChangeKind(enum.StrEnum):
    """Kind of a protein change."""

    REPLACEMENT = (
        "replacement"  # substitution, deletion, insertion, duplication, deletion-insertion, new stop
    )
    FRAMESHIFT = "frameshift"
    STOP_LOST = "stop_lost"
    SILENT = "silent"


class ProteinChange(NamedTuple):
    """A change of a protein.

    Attributes:
        kind: kind of change.
        start: first replaced residue, 1-based; for an insertion, the residue after it.
        stop: last replaced residue; for an insertion, the residue before it.
        new: one-letter codes of the new residues; for a frameshift or a lost stop the first new residue, empty if not
            named.
        end: number of new residues up to and including the new stop, as in `fsTer11`; 0 if unknown.
        known: residues of the unchanged protein that the spelling names, by position.

    """

    kind: ChangeKind
    start: int
    stop: int
    new: str = ""
    end: int = 0
    known: tuple[tuple[int, str], ...] = ()

    @property
    def is_insertion(self) -> bool:
        """Whether residues are added and none is replaced."""
        return self.kind is ChangeKind.REPLACEMENT and self.stop < self.start

    @property
    def is_duplication(self) -> bool:
        """Whether an insertion is known to add the residues that directly precede it."""
        first, letters = self.start - len(self.new), self.letters
        return self.is_insertion and all(
            letter in {_GAP, letters.get(first + place)} for place, letter in enumerate(self.new)
        )

    @property
    def is_deletion(self) -> bool:
        """Whether residues are removed and none is added."""
        return self.kind is ChangeKind.REPLACEMENT and self.stop >= self.start and not self.new

    @property
    def is_substitution(self) -> bool:
        """Whether one residue is replaced by another one, which is not a stop."""
        return self.is_replacement_of_same_length and self.start == self.stop

    @property
    def is_replacement_of_same_length(self) -> bool:
        """Whether the number of new residues equals that of the replaced ones."""
        return (
            self.kind is ChangeKind.REPLACEMENT
            and 0 < len(self.new) == self.stop - self.start + 1
            and STOP not in self.new
        )

    @property
    def added(self) -> int | None:
        """Number of residues that the protein gains, negative if it loses some; None if it is truncated or extended."""
        if self.kind is ChangeKind.SILENT:
            return 0
        if self.kind is not ChangeKind.REPLACEMENT or STOP in self.new:
            return None
        return len(self.new) - (self.stop - self.start + 1)

    @property
    def touched(self) -> range:
        """Positions of the changed residues; those next to an insertion are not included."""
        return range(0) if self.kind is ChangeKind.SILENT else range(self.start, self.stop + 1)

    @property
    def key(self) -> str | None:
        """Text that is equal for changes that can be equal; None for a lost stop whose new residue is unknown.

        A residue that a duplication doubles without naming it is `?`: the same duplication has it at the same position.
        """
        if self.kind is ChangeKind.REPLACEMENT:
            return f"{self.start}-{self.stop}:{self.new}"
        if self.kind is ChangeKind.STOP_LOST:
            return f"{self.start}{STOP}{self.new}" if self.new else None
        return f"{self.start}{self.kind}"

    @property
    def letters(self) -> dict[int, str]:
        """Known residues by position."""
        return dict(self.known)

    def knowing(self, residues: Mapping[int, str]) -> ProteinChange:
        """Return the change in normal form, using further residues of the protein.

        Args:
            residues: one-letter codes by position. If one contradicts the spelling, it numbers another protein, and
                none of them is used.

        """
        own = self.letters
        if any(residues.get(position, letter) != letter for position, letter in own.items()):
            residues = {}
        return _normal(self, {**residues, **own})

    def is_same(self, other: ProteinChange, residues: Mapping[int, str] | None = None) -> bool:
        """Return whether two changes in normal form are the same, as far as both are described.

        Residues that both name must agree, and there must be at least one, because the same number is another residue
        in another protein. A frameshift with its end and one without can be the same.

        Args:
            other: the change to compare with.
            residues: further residues of the protein of `other`, by position.

        """
        if self.key is None or self.key != other.key:
            return False
        mine, others = self.letters, {**(residues or {}), **other.letters}
        common = mine.keys() & others.keys()
        if not common or any(mine[position] != others[position] for position in common):
            return False
        if self.kind is ChangeKind.FRAMESHIFT and self.new and other.new and self.new != other.new:
            return False
        is_counted = self.kind is ChangeKind.FRAMESHIFT  # the length of an extension is counted in two ways
        return not (is_counted and self.end and other.end and self.end != other.end)

    def singles(self) -> Iterator[ProteinChange]:
        """Yield the substitutions that make up a replacement of several residues by the same number of others."""
        if self.is_replacement_of_same_length and self.start < self.stop:
            letters = self.letters
            for position, new in zip(range(self.start, self.stop + 1), self.new, strict=True):
                old = letters.get(position)
                if old != new:
                    known = () if old is None else ((position, old),)
                    yield ProteinChange(ChangeKind.REPLACEMENT, position, position, new, 0, known)

    def moved(self, places: int) -> ProteinChange:
        """Return the same change in a numbering with another origin, such as without Met1."""
        known = tuple((position + places, letter) for position, letter in self.known)
        return self._replace(start=self.start + places, stop=self.stop + places, known=known)


# Normal form


def _normal(change: ProteinChange, known: Mapping[int, str]) -> ProteinChange:
    if change.kind is ChangeKind.FRAMESHIFT:
        if (
            change.end == 1 or change.new == STOP
        ):  # the first new codon is a stop: HGVS calls this a nonsense change
            return change._replace(kind=ChangeKind.REPLACEMENT, new=STOP, end=0)
        return change
    if change.kind is not ChangeKind.REPLACEMENT:
        return change
    start, stop, new = change.start, change.stop, _filled(change, known)
    if STOP in new:
        return _cut_off(change, start, new[: new.index(STOP) + 1], known)
    while start <= stop and new and known.get(start) == new[0]:
        start, new = start + 1, new[1:]
    while start <= stop and new and known.get(stop) == new[-1]:
        stop, new = stop - 1, new[:-1]
    if start > stop and not new:
        return change._replace(kind=ChangeKind.SILENT, new="")
    if start > stop:
        while known.get(start) == new[0]:
            start, stop, new = start + 1, stop + 1, new[1:] + new[0]
    elif not new:
        while known.get(start, "") == known.get(stop + 1):
            start, stop = start + 1, stop + 1
    return change._replace(start=start, stop=stop, new=new)


def _filled(change: ProteinChange, known: Mapping[int, str]) -> str:
    """Return the inserted residues; those of a duplication are taken from the protein directly before it."""
    first = change.start - len(change.new)
    return "".join(
        known.get(first + place, _GAP) if letter == _GAP else letter
        for place, letter in enumerate(change.new)
    )


def _cut_off(change: ProteinChange, start: int, new: str, known: Mapping[int, str]) -> ProteinChange:
    """Return the change for a new stop, after which the further residues are irrelevant."""
    while new and known.get(start) == new[0]:
        start, new = start + 1, new[1:]
    if not new:  # the protein ends there in any case
        last = start - 1
        return change._replace(kind=ChangeKind.SILENT, start=last, stop=last, new="")
    return change._replace(start=start, stop=start + len(new) - 1, new=new)


# Patterns are text: the re module compiles and caches them at their first use, which keeps the import fast.

_NUMBER = "[0-9]{1,6}"
_END = rf"(?:\*|X|TER|STOP)({_NUMBER}|\?)?"


class _Code(NamedTuple):
    """A notation of residues: the pattern of one residue, and of one or more."""

    residue: str
    several: str


_THREE = "|".join(sorted((three.upper() for three, one in ONE_LETTER.items() if one in RESIDUE_LETTERS)))
_CODES = (
    _Code(rf"({_THREE}|TER|\*)", rf"((?:{_THREE}|TER|\*)+)"),
    _Code(rf"([{RESIDUE_LETTERS}*])", rf"([{RESIDUE_LETTERS}*]+)"),
)
_PLAIN = rf"([A-Z][a-z]{{2}})({_NUMBER})([A-Z][a-z]{{2}}|=)"
_ACCESSION = r"(?:[A-Z0-9_.-]+:)?(?:P\.)?"
_BRACKETS = (("(", ")"), ("[", "]"), ("(", ")"))


def parse_protein_change(text: str) -> ProteinChange | None:
    """Parse a protein change and return it in normal form.

    Args:
        text: an HGVS expression with or without accession and `p.`, or a name such as `E746_T751>I`. Case does not
            matter.

    Returns:
        The change. None for any other text, for an undetermined change (`p.Met1?`, `p.?`, `p.=`, `p.Gly719(Ala;Ser)`),
        and for an insertion that does not name its residues.

    >>> parse_protein_change("p.(Leu747_Ala750delinsPro)").key
    '747-750:P'

    """
    if plain := re.fullmatch(_PLAIN, text):  # a substitution as most annotations write it
        old, position, new = ONE_LETTER.get(plain[1], STOP), int(plain[2]), ONE_LETTER.get(plain[3], STOP)
        if old in RESIDUE_LETTERS and plain[3] == "=":
            return ProteinChange(ChangeKind.SILENT, position, position, "", 0, ((position, old),))
        if old != new and old in RESIDUE_LETTERS and new in RESIDUE_LETTERS:
            return ProteinChange(ChangeKind.REPLACEMENT, position, position, new, 0, ((position, old),))
    text = re.sub(rf"^{_ACCESSION}", "", text.strip().upper().replace("%3D", "="))
    for opening, closing in _BRACKETS:
        text = text.removeprefix(opening).removesuffix(closing) if text.startswith(opening) else text
    if not re.search("[0-9]", text):
        return None
    for code in _CODES:
        for read in (_substitution, _span_change, _insertion, _frameshift, _stop_lost):
            change = read(text, code)
            if change is not None:
                return change.knowing({})
    return None


def _letters(text: str) -> str:
    """Return one-letter codes of residues written in either code."""
    found = (
        re.findall(rf"{_THREE}|TER|\*|[A-Z]", text) if re.fullmatch(rf"(?:{_THREE}|TER|\*)+", text) else text
    )
    return "".join(ONE_LETTER.get(one.capitalize(), one) for one in found)


def _substitution(text: str, code: _Code) -> ProteinChange | None:
    found = re.fullmatch(rf"{code.residue}({_NUMBER})(?:{code.residue}|(=)|(X|STOP|TER))", text)
    if found is None:
        return None
    old, position = _letters(found[1]), int(found[2])
    known = ((position, old),)
    new = old if found[4] else STOP if found[5] else _letters(found[3])
    if new == old:
        return ProteinChange(ChangeKind.SILENT, position, position, "", 0, known)
    if old == STOP:
        return ProteinChange(ChangeKind.STOP_LOST, position, position, new, 0, known)
    return ProteinChange(ChangeKind.REPLACEMENT, position, position, new, 0, known)


def _span_change(text: str, code: _Code) -> ProteinChange | None:
    """Return deletions, duplications and deletion-insertions of one residue or a span."""
    where = rf"{code.residue}?({_NUMBER})(?:[_-]{code.residue}?({_NUMBER}))?"
    if found := re.fullmatch(rf"{where}(?:DEL{code.several}?INS|>){code.several}", text):
        old, start, last, stop, named, new = found.groups()
        return _spanned(old, start, last, stop, False, named or "", new)
    if found := re.fullmatch(rf"{where}(DEL|DUP){code.several}?", text):
        old, start, last, stop, edit, named = found.groups()
        return _spanned(old, start, last, stop, edit == "DUP", named or "", "")
    if found := re.fullmatch(rf"DEL ?{where}(?:INS{code.several})?", text):  # DEL L747-S752INSQ
        old, start, last, stop, new = found.groups()
        return _spanned(old, start, last, stop, False, "", new or "")
    if found := re.fullmatch(rf"{code.several}({_NUMBER})-({_NUMBER})DEL", text):  # KPMYEVQWK550-558DEL
        return _spanned(None, found[2], None, found[3], False, found[1], "")
    return None


def _spanned(
    old: str | None, first: str, last: str | None, stop: str | None, doubled: bool, named: str, new: str
) -> ProteinChange | None:
    start = int(first)
    end = int(stop) if stop else start
    length, spelled = end - start + 1, _letters(named)
    is_of_bases = bool(spelled) and set(spelled) <= set("ACGT") and not (old or last)  # 1905_1906DELAG
    if length < 1 or (spelled and len(spelled) != length) or is_of_bases or not (old or last or stop):
        return None
    known = {start + place: letter for place, letter in enumerate(spelled)}
    for position, letter in ((start, old), (end, last)):
        if letter and known.setdefault(position, _letters(letter)) != _letters(letter):
            return None
    if STOP in known.values():
        return None
    if doubled:
        copy = "".join(known.get(position, _GAP) for position in range(start, end + 1))
        return ProteinChange(ChangeKind.REPLACEMENT, end + 1, end, copy, 0, tuple(sorted(known.items())))
    return ProteinChange(ChangeKind.REPLACEMENT, start, end, _letters(new), 0, tuple(sorted(known.items())))


def _insertion(text: str, code: _Code) -> ProteinChange | None:
    found = re.fullmatch(rf"{code.residue}({_NUMBER})(?:_{code.residue}?({_NUMBER}))?INS{code.several}", text)
    if found is None:
        return None
    before, after = int(found[2]), int(found[4] or int(found[2]) + 1)
    new = _letters(found[5])
    if after != before + 1:
        # P772_V774insPHV: curators name the residues that are doubled.
        is_copy = len(new) == after - before + 1 and (new[0], new[-1]) == (
            _letters(found[1]),
            _letters(found[3] or ""),
        )
        return _spanned(found[1], found[2], found[3], found[4], True, found[5], "") if is_copy else None
    known = [(before, _letters(found[1]))] + ([(after, _letters(found[3]))] if found[3] else [])
    return ProteinChange(ChangeKind.REPLACEMENT, after, before, new, 0, tuple(known))


def _frameshift(text: str, code: _Code) -> ProteinChange | None:
    found = re.fullmatch(rf"{code.residue}({_NUMBER}){code.residue}?FS(?:{_END})?", text)
    if found is None or _letters(found[1]) == STOP:
        return None
    position, end = int(found[2]), found[4] or ""
    new = _letters(found[3]) if found[3] else ""
    known = ((position, _letters(found[1])),)
    return ProteinChange(
        ChangeKind.FRAMESHIFT, position, position, new, int(end) if end.isdecimal() else 0, known
    )


def _stop_lost(text: str, code: _Code) -> ProteinChange | None:
    found = re.fullmatch(rf"(?:\*|TER|X)({_NUMBER}){code.residue}(?:EXT(?:{_END})?)?", text)
    if found is None or found[2] in {STOP, "TER"}:
        return None
    position, end = int(found[1]), found[3] or ""
    return ProteinChange(
        ChangeKind.STOP_LOST,
        position,
        position,
        _letters(found[2]),
        int(end) if end.isdecimal() else 0,
        ((position, STOP),),
    )
