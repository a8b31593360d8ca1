"""The boolean structure of CIViC's molecular profiles: `ALK EML4::ALK AND NOT ALK G1202R`.

GraphQL states it with numbers (`rawName`), the release files only with the names of the variants.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from annotator.runtime.named_tuple import NamedTuple

__all__ = [
    "Combination",
    "Operator",
    "Piece",
    "ProfileTree",
    "profile_tree",
    "tokens_of_name",
    "tokens_of_raw_name",
]


class Operator(enum.StrEnum):
    """Operator that combines the parts of a molecular profile."""

    AND = "AND"
    OR = "OR"
    NOT = "NOT"


class Combination(NamedTuple):
    """Parts of a profile joined by AND or OR, or one part under NOT."""

    operator: Operator
    parts: tuple[ProfileTree, ...]


ProfileTree: TypeAlias = "int | Combination"
"""A variant's number, or a combination."""


Piece: TypeAlias = "int | str"
"""A variant's number, or one of `AND`, `OR`, `NOT`, `(` and `)`."""


def profile_tree(tokens: Sequence[Piece]) -> ProfileTree | None:
    """Return the structure of a profile; NOT binds most tightly, then AND, then OR. None for invalid tokens.

    >>> profile_tree([1, "AND", "(", 2, "OR", "NOT", 3, ")"])
    Combination(operator=<Operator.AND: 'AND'>, parts=(1, Combination(operator=<Operator.OR: 'OR'>, parts=(2, \
Combination(operator=<Operator.NOT: 'NOT'>, parts=(3,))))))

    """
    parser = _Parser(tokens)
    try:
        tree = parser.alternatives()
    except _NoTreeError:
        return None
    return tree if parser.is_done else None


class _NoTreeError(Exception):
    """The tokens are not in a valid order."""


class _Parser:
    def __init__(self, tokens: Sequence[Piece]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def is_done(self) -> bool:
        return self._place == len(self._tokens)

    def alternatives(self) -> ProfileTree:
        return self._joined(Operator.OR)

    def _joined(self, operator: Operator) -> ProfileTree:
        parts = [self._part(operator)]
        while self._takes(operator.value):
            parts.append(self._part(operator))
        return parts[0] if len(parts) == 1 else Combination(operator, tuple(parts))

    def _part(self, operator: Operator) -> ProfileTree:
        return self._joined(Operator.AND) if operator is Operator.OR else self._single()

    def _single(self) -> ProfileTree:
        if self._takes("NOT"):
            return Combination(Operator.NOT, (self._single(),))
        if self._takes("("):
            inner = self.alternatives()
            if not self._takes(")"):
                raise _NoTreeError
            return inner
        token = None if self.is_done else self._tokens[self._place]
        if not isinstance(token, int):
            raise _NoTreeError
        self._place += 1
        return token

    def _takes(self, word: str) -> bool:
        if self.is_done or self._tokens[self._place] != word:
            return False
        self._place += 1
        return True


def tokens_of_raw_name(raw_name: str) -> list[Piece]:
    """Return the tokens of a profile's `rawName` in GraphQL.

    >>> tokens_of_raw_name("#VID33 AND NOT (#VID9)")
    [33, 'AND', 'NOT', '(', 9, ')']
    """
    words = re.findall(r"#VID[0-9]{1,18}|[()]|[^\s()]+", raw_name)
    return [int(word[4:]) if re.fullmatch(r"#VID[0-9]{1,18}", word) else word.upper() for word in words]


def tokens_of_name(name: str, variants: Mapping[int, str]) -> list[Piece]:
    """Return the tokens of a profile's name as in the files, where variants are identified by name only.

    Names contain parentheses and operators of their own (`MET Splice Site (c.3028G>A)`), so that the longest name at
    each offset is taken.

    Args:
        name: such as `BRAF Amplification AND ( BRAF V600E OR BRAF V600K )`.
        variants: full names (`BRAF V600E`) of its variants, by number.

    >>> tokens_of_name("NOT KIT D816V", {65: "KIT D816V"})
    ['NOT', 65]

    """
    rest = " ".join(name.split())
    longest_first = sorted(variants.items(), key=lambda item: (-len(item[1]), item[0]))
    tokens: list[Piece] = []
    while rest:
        for id_, full_name in longest_first:
            after = rest[len(full_name) :]
            if rest.startswith(full_name) and (not after or after[0] in " )"):
                tokens.append(id_)
                rest = after.lstrip()
                break
        else:
            word = rest[0] if rest[0] in "()" else rest.split(" ", 1)[0]
            tokens.append(word)
            rest = rest[len(word) :].lstrip()
    return tokens
