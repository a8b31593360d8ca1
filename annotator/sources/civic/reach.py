"""Hints for the lines of a file that names can match at all; a line that can match always fits one of them.

For nearly every allele, the position alone shows that it is not in CIViC. If the header declares annotations, an allele
can also be matched through VEP's or SnpEff's annotation; but then its line names a gene of CIViC and a protein change,
a transcript and an expression on it, or a number of the ClinGen Allele Registry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from annotator.result import Match
from annotator.runtime.patterns import one_of
from annotator.sources.civic.choice import MATCH_LEVELS
from annotator.sources.civic.layout import Reach
from annotator.sources.source import LineHint
from annotator.variants.query import Consequence

__all__ = ["line_hints"]


def line_hints(
    reach: Reach,
    lowest: Match,
    may_match: Callable[[Consequence], bool] | None = None,
    *,
    genes: bool,
    caids: bool,
    peptides: bool,
) -> Iterator[LineHint]:
    """Yield hints; a line fits at least one if any of its alleles can be matched by a name.

    Args:
        reach: the required content of lines.
        lowest: the lowest matching level to use.
        may_match: returns whether an allele with a consequence may match an exon, a region or a gene; None if any may.
        genes: whether the file's annotations name genes.
        caids: whether its records have numbers of the ClinGen Allele Registry.
        peptides: whether protein changes may be given in a notation other than HGVS.

    """
    rank = MATCH_LEVELS.index(lowest)
    if rank >= MATCH_LEVELS.index(Match.HGVS_C) and reach.expressions:
        yield LineHint(
            _pattern(_expressions(reach.expressions)),
            transcripts=frozenset(reach.transcripts),
        )
    if caids and rank >= MATCH_LEVELS.index(Match.CAID) and reach.caids:
        yield LineHint(_pattern(rf"[Cc][Aa]{one_of(caid[2:] for caid in reach.caids)}(?![0-9])"))
    if genes and rank >= MATCH_LEVELS.index(Match.PROTEIN) and reach.residues:
        residues: dict[str, frozenset[int]] = {}
        for names, numbers in reach.residues:
            for name in names:
                residues[name] = residues.get(name, frozenset()) | frozenset(numbers)
        if peptides:
            yield LineHint(genes=frozenset(residues))
        else:
            yield LineHint(
                _pattern(_PROTEIN_CHANGE),
                genes=frozenset(residues),
                residues=residues,
            )
    if genes and rank >= MATCH_LEVELS.index(Match.EXON) and reach.genes:
        yield LineHint(genes=frozenset(reach.genes), may_match=may_match)


_PROTEIN_CHANGE = r"p\.|%70|%2[Ee]"
"""A change; its prefix may be encoded. Any byte may precede it: the length of a text in a BCF may look like a letter.

The residue number is compared for substitutions only: tools describe one change of a repeat by different residues.
"""


def _pattern(text: str) -> re.Pattern[bytes]:
    return re.compile(text.encode())


def _expressions(beginnings: Sequence[str]) -> str:
    patterns = ["%2[Ee]|%6[0-9A-Fa-f]"]  # an encoded prefix
    for letter in sorted({expression[0] for expression in beginnings}):
        patterns.append(rf"{letter}\.[-*0-9A-Za-z_+>]*%")  # a change of which a sign is encoded
        places = [expression[2:] for expression in beginnings if expression[0] == letter]
        whole = [place for place in places if ">" in place or "_" in place]
        single = [place for place in places if place not in whole]
        if whole:
            patterns.append(rf"{letter}\.{one_of(whole)}(?![0-9])")
        if single:
            patterns.append(rf"{letter}\.{one_of(single)}(?=del|dup|ins|inv|[A-Z]*=|\[)")
    return "|".join(patterns)
