"""Protein changes that CIViC's variants state in their names, aliases and HGVS expressions.

A name is the curators' own choice, an expression nearly always agrees with it, and an alias may be anything: the same
change in another numbering, another variant, a typing error. Therefore:

- A name or alias that contradicts the variant's own nucleotides is ignored: `V66del (c.197_220del)` deletes eight
  residues.
- An alias is used if it is the same change as the name in another numbering (E274K for ABL1 E255K). It is not used if
  its residue is one of the gene's own numbering, if it is another variant's name, or if it is a frameshift without its
  end.
- Names of the same gene complete each other: S768I shows that residue 768 of EGFR is a serine, so that V769_D770insASV
  is A767_V769dup.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from annotator.snapshot.civic.own_hgvs import own_alleles, own_assembly
from annotator.sources.civic.knowledge import Variant
from annotator.variants.amino_acids import ONE_LETTER, RESIDUE_LETTERS, THREE_LETTERS
from annotator.variants.assembly import Assembly
from annotator.variants.histones import in_hgvs_count, is_histone
from annotator.variants.protein_change import ChangeKind, ProteinChange, parse_protein_change

__all__ = ["ProteinNames", "added_bases", "bare_name", "codons_of"]

_NUCLEOTIDE_REMARK = r"\s*\(?\bc\.[^()]*(?:\([^()]*\)[^()]*)?\)?$"
_RESIDUE = f"[{RESIDUE_LETTERS}]"
_SEVERAL_NEW = rf"({_RESIDUE}[0-9]{{1,6}})({_RESIDUE}|\*)((?:/(?:{_RESIDUE}|\*))+)"


def bare_name(name: str) -> str:
    """Return a name in upper case without the nucleotide change with which some names end.

    >>> bare_name("E55RfsTer11 (c.163delG)")
    'E55RFSTER11'
    """
    return re.sub(_NUCLEOTIDE_REMARK, "", name, flags=re.IGNORECASE).strip().upper()


class ProteinNames:
    """Protein changes of the variants of a knowledge base.

    Args:
        variants: all variants.

    """

    def __init__(self, variants: Iterable[Variant]) -> None:
        every = list(variants)
        self._named = {variant.id: tuple(_named(variant)) for variant in every}
        self._others: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for variant in every:
            for change in self._named[variant.id]:
                self._others[variant.feature.name][change.key or ""].add(variant.id)
        self._residues = {
            gene: _agreed(residue for variant in of_gene for residue in self._residues_of(variant))
            for gene, of_gene in _by_gene(every).items()
        }

    def residues(self, gene: str) -> Mapping[int, str]:
        """Return the residues of a gene's protein that names show, by position, in one-letter code."""
        return self._residues.get(gene, {})

    def changes(self, variant: Variant) -> tuple[ProteinChange, ...]:
        """Return the changes that a variant states, each in normal form; any one of them matches the variant."""
        residues = self.residues(variant.feature.name)
        lengths = added_bases(variant)
        named = [change for change in self._named[variant.id] if _agrees(change, lengths)]
        expressed = [change for change in map(parse_protein_change, _protein_expressions(variant)) if change]
        own = [change.knowing(residues) for change in (*named, *expressed)]
        aliases = [
            change
            for alias in _aliases(variant)
            if _agrees(alias, lengths) and self._is_meant(variant, change := alias.knowing(residues), own)
        ]
        return _most_specific([*own, *_one_way(aliases)])

    def codons(self, variant: Variant) -> tuple[tuple[int, str], ...]:
        """Return the residues that a variant's name denotes, and the same ones in the numberings of its aliases."""
        gene = variant.feature.name
        own = codons_of(bare_name(variant.name))
        if not own:
            return ()
        residues = self.residues(gene)
        renumbered = [
            (position, letter)
            for alias in variant.aliases
            for position, letter in codons_of(bare_name(alias))
            if len(own) == 1 and letter == own[0][1] and residues.get(position) != letter
        ]
        places = [
            ProteinChange(ChangeKind.SILENT, position, position, known=((position, letter),))
            for position, letter in (*own, *renumbered)
        ]
        counted = [in_hgvs_count(gene, place) if is_histone(gene) else place for place in places]
        return tuple(dict.fromkeys(place.known[0] for place in counted))

    def _residues_of(self, variant: Variant) -> Iterator[tuple[int, str]]:
        for change in self._named[variant.id]:
            yield from change.known
            yield from (
                residue
                for alias in _aliases(variant)
                if alias.key == change.key
                for residue in alias.known
                if alias.is_same(change)
            )
        if not is_histone(variant.feature.name):
            yield from codons_of(bare_name(variant.name))

    def _is_meant(self, variant: Variant, alias: ProteinChange, own: list[ProteinChange]) -> bool:
        """Return whether an alias is the variant's own change in another notation or numbering."""
        if any(alias.is_same(change, self.residues(variant.feature.name)) for change in own):
            return True
        if alias.key is None or alias.kind is ChangeKind.SILENT:
            return False
        if alias.kind is ChangeKind.FRAMESHIFT and not alias.end:
            return False
        if self._others[variant.feature.name][alias.key] - {variant.id}:
            return False
        residues = self.residues(variant.feature.name)
        if own and any(residues.get(position) == letter for position, letter in alias.known):
            return False
        return not own or any(_is_renumbered(alias, change) for change in own)


def _by_gene(variants: Iterable[Variant]) -> dict[str, list[Variant]]:
    found: dict[str, list[Variant]] = {}
    for variant in variants:
        found.setdefault(variant.feature.name, []).append(variant)
    return found


def _agreed(residues: Iterable[tuple[int, str]]) -> dict[int, str]:
    """Return residues by position, without positions for which names contradict each other."""
    letters_at: dict[int, set[str]] = defaultdict(set)
    for position, letter in residues:
        letters_at[position].add(letter)
    return {
        position: next(iter(letters)) for position, letters in sorted(letters_at.items()) if len(letters) == 1
    }


def _is_renumbered(one: ProteinChange, other: ProteinChange) -> bool:
    """Return whether two changes can be the same in different numberings: the same residues become the same ones."""
    return (
        (one.kind, one.new, one.end, one.stop - one.start)
        == (other.kind, other.new, other.end, other.stop - other.start)
        and [letter for _, letter in one.known] == [letter for _, letter in other.known]
        and one.start != other.start
    )


def _one_way(aliases: list[ProteinChange]) -> list[ProteinChange]:
    """Return aliases without those whose reverse is an alias too (R262W and W262R), because one is another allele."""
    ways = {(change.known[:1], change.new) for change in aliases if change.is_substitution}
    return [
        change
        for change in aliases
        if not change.is_substitution
        or (((change.start, change.new),), change.letters.get(change.start)) not in ways
    ]


def _most_specific(changes: Iterable[ProteinChange]) -> tuple[ProteinChange, ...]:
    """Return distinct changes, without a frameshift that another one at the same residue specifies better."""
    distinct: dict[tuple[object, ...], ProteinChange] = {}
    for change in changes:
        if change.key is not None:
            distinct.setdefault((change.key, change.new, change.end), change)
    whole = {
        change.start for change in distinct.values() if change.kind is ChangeKind.FRAMESHIFT and change.end
    }
    return tuple(
        change
        for change in distinct.values()
        if change.kind is not ChangeKind.FRAMESHIFT or change.end or change.start not in whole
    )


# What names, aliases and expressions state


def _named(variant: Variant) -> Iterator[ProteinChange]:
    """Yield the changes that a name states; `H1047L or H1047R` and `S310F/Y` state two."""
    for part in re.split(r"\s+OR\s+", bare_name(variant.name)):
        if several := re.fullmatch(_SEVERAL_NEW, part):
            texts = [f"{several[1]}{new}" for new in f"{several[2]}{several[3]}".split("/")]
        else:
            texts = [part]
        for text in texts:
            yield from _read(variant, text)


def _aliases(variant: Variant) -> Iterator[ProteinChange]:
    for alias in variant.aliases:
        yield from _read(variant, bare_name(alias))


def _read(variant: Variant, text: str) -> Iterator[ProteinChange]:
    change = parse_protein_change(text)
    if change is not None:
        gene = variant.feature.name
        yield in_hgvs_count(gene, change) if is_histone(gene) else change


def _protein_expressions(variant: Variant) -> Iterator[str]:
    return (text for text in variant.hgvs if re.match(r"(?:[^:]+:)?p\.", text))


def codons_of(name: str) -> tuple[tuple[int, str], ...]:
    """Return the residues that a name denotes (`G12/G13`, `H1047X`, `GLY12`), by position; empty if it is not a codon.

    >>> codons_of("G12/G13")
    ((12, 'G'), (13, 'G'))
    """
    three = "|".join(THREE_LETTERS[letter].upper() for letter in RESIDUE_LETTERS)
    parts = [re.fullmatch(rf"({_RESIDUE}|{three})([0-9]{{1,6}})X?", part) for part in name.split("/")]
    found = [(int(part[2]), ONE_LETTER.get(part[1].capitalize(), part[1])) for part in parts if part]
    return tuple(found) if len(found) == len(parts) else ()


# Nucleotides

_POSITION = r"([0-9]{1,6})(?:_([0-9]{1,6}))?"
_CODING = (
    rf"(?:^|[:(\s])C\.{_POSITION}"
    r"(?:([ACGT]+)>([ACGT]+)|DEL([ACGT]*|[0-9]{1,6})INS([ACGT]+)|DEL([ACGT]*|[0-9]{1,6})|DUP([ACGT]*)|INS([ACGT]+))(?=$|[)\s])"
)


def added_bases(variant: Variant) -> frozenset[int]:
    """Return the numbers of bases by which a variant lengthens its gene, negative for a deletion, of all sources.

    Sources are its coordinates, and c. changes in its name, its aliases and its expressions; empty without any.
    """
    assembly = own_assembly(variant) or Assembly.GRCH37
    found = {len(allele.inserted) - len(allele.deleted) for allele in own_alleles(variant, assembly)}
    for text in (variant.name, *variant.aliases, *variant.hgvs):
        if change := re.search(_CODING, text.upper()):
            found.add(_added(change))
    return frozenset(found)


def _added(change: re.Match[str]) -> int:
    start, stop, old, new, replaced, replacement, deleted, doubled, inserted = change.groups()
    span = int(stop) - int(start) + 1 if stop else 1
    if new is not None:
        return len(new) - len(old)
    if inserted is not None:
        return len(inserted)
    if doubled is not None:
        return len(doubled) or span
    spelled = replaced if replacement is not None else deleted
    removed = span if stop else int(spelled) if spelled.isdecimal() else len(spelled) or 1
    return len(replacement or "") - removed


def _agrees(change: ProteinChange, lengths: frozenset[int]) -> bool:
    """Return whether nucleotide changes of these lengths can cause a change; True if no lengths are known."""
    if not lengths or change.kind is ChangeKind.STOP_LOST:
        return True
    if change.kind is ChangeKind.FRAMESHIFT:
        return any(length % 3 for length in lengths)
    if change.added is None:  # a new stop: any bases can cause one
        return True
    return 3 * change.added in lengths
