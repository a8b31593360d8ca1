"""Which lines of a file can be reached by a name at all: patterns that such a line surely holds.

Nearly every allele is absent by its position alone. Where the header declares annotations, an allele can also be
reached by what VEP or SnpEff say of it; but then its line holds a residue, a gene, an expression or a number that
CIViC knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from annotator.result import Match
from annotator.sources.civic.choice import LADDER
from annotator.sources.civic.layout import Reach
from annotator.variants.amino_acids import ONE_LETTER

__all__ = ["line_patterns"]


def line_patterns(
    reach: Reach, lowest: Match, *, genes: bool, caids: bool, peptides: bool
) -> list[re.Pattern[bytes]]:
    """Give patterns of which a line holds one if any of its alleles can be reached by a name.

    Args:
        reach: of the knowledge base.
        lowest: the last rung that is climbed to.
        genes: whether the file's annotations name genes.
        caids: whether its records have numbers of the ClinGen Allele Registry.
        peptides: whether they may tell a change of a protein in other words than HGVS.

    """
    texts = _patterns(reach, lowest, genes=genes, caids=caids, peptides=peptides)
    return [re.compile(text.encode()) for text in texts]


def _patterns(reach: Reach, lowest: Match, *, genes: bool, caids: bool, peptides: bool) -> Iterator[str]:
    rank = LADDER.index(lowest)
    if rank >= LADDER.index(Match.HGVS_C) and reach.expressions:
        for letter in sorted({expression[0] for expression in reach.expressions}):
            places = [expression[2:] for expression in reach.expressions if expression[0] == letter]
            whole = [place for place in places if ">" in place or "_" in place]
            single = [place for place in places if place not in whole]
            if whole:
                yield rf"{letter}\.{_one_of(whole)}(?![0-9])"
            if single:
                yield rf"{letter}\.{_one_of(single)}(?=del|dup|ins|inv|=|\[)"
    if caids and rank >= LADDER.index(Match.CAID) and reach.caids:
        yield rf"[Cc][Aa]{_one_of(caid[2:] for caid in reach.caids)}(?![0-9])"
    if genes and rank >= LADDER.index(Match.PROTEIN) and reach.residues:
        # Changes of several residues can reach others than the first that they name.
        residues = f"{_one_of(_spellings(reach.residues))}(?![0-9])"
        yield rf"p\.(?:\(|%28)?(?:{residues}|[A-Za-z*]+[0-9]+(?:_|del|dup|ins))"
    named: set[str] = set()
    if genes and peptides and rank >= LADDER.index(Match.PROTEIN):
        named.update(reach.protein_genes)  # which residues of a protein are told depends on the change
    if genes and rank >= LADDER.index(Match.EXON):
        named.update(reach.genes)
    if named:
        yield rf"[|&=, ]{_one_of(named)}(?=[|&,;\t ])"


def _spellings(residues: Iterable[str]) -> Iterator[str]:
    for residue in residues:
        name, number = residue[:3], residue[3:]
        yield residue
        if name == "Ter":
            yield from (f"*{number}", f"X{number}")
        elif name in ONE_LETTER:
            yield f"{ONE_LETTER[name]}{number}"


def _one_of(words: Iterable[str]) -> str:
    """Pattern of any of some words, by their common beginnings: many times quicker than one after the other."""
    return _branches(sorted(set(words)))


def _branches(words: list[str]) -> str:
    if not words:
        return ""
    is_end = not words[0]
    by_first: dict[str, list[str]] = {}
    for word in words[is_end:]:
        by_first.setdefault(word[0], []).append(word[1:])
    branches = [re.escape(first) + _branches(rest) for first, rest in by_first.items()]
    if not branches:
        return ""
    inner = branches[0] if len(branches) == 1 and not is_end else f"(?:{'|'.join(branches)})"
    return f"{inner}?" if is_end else inner
