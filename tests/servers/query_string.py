"""Elasticsearch's query_string, read as Lucene's classic grammar reads it, for the emulated services.

Written from https://www.elastic.co/docs/reference/query-languages/query-dsl/query-dsl-query-string-query, without
a look at the client. The default operator is OR. Outside quotes `<` and `>` only open a range; anywhere else
they are a syntax error here, because Elasticsearch says that they cannot be escaped and does not say what they do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "Everything",
    "Group",
    "Pattern",
    "Phrase",
    "Query",
    "QuerySyntaxError",
    "Range",
    "Term",
    "clauses",
    "parse",
]

_DEEPEST = 50


class QuerySyntaxError(ValueError):
    """The text is no query_string."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word outside quotes; `field` is None for the default fields."""

    field: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in quotes; with `slop` above 0 they need not be neighbours."""

    field: str | None
    text: str
    slop: int = 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """A word with wildcards, or a regular expression between slashes; `expression` is Python's, for whole words."""

    field: str | None
    expression: str
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """Values between two ends, None where it is open."""

    field: str | None
    low: str | None
    high: str | None
    with_low: bool = True
    with_high: bool = True


@dataclass(frozen=True, slots=True)
class Everything:
    """All records that have a value in the field; all records where it is None."""

    field: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Clauses that must, should and must not hold: should only counts where nothing must."""

    must: tuple[Query, ...] = ()
    should: tuple[Query, ...] = ()
    must_not: tuple[Query, ...] = ()


Query = Term | Phrase | Pattern | Range | Everything | Group


def clauses(query: Query) -> int:
    """Number of leaves of a query."""
    if isinstance(query, Group):
        return sum(clauses(inner) for inner in (*query.must, *query.should, *query.must_not))
    return 1


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


_START = r"""(?:[^\s+\-!():^\[\]"{}~*?\\/]|\\.)"""
_WORD = rf"(?:{_START}|[*?])(?:{_START}|[-+*?])*"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_END = rf'(?:{_QUOTED}|[^\s\]}}"]+)'
_TOKENS = re.compile(
    rf"""
      (?P<space>\s+)
    | (?P<range>[\[{{]\s*(?P<low>{_END})\s+TO\s+(?P<high>{_END})\s*[\]}}])
    | (?P<quoted>{_QUOTED})
    | (?P<regexp>/(?:[^/\\]|\\.)*/)
    | (?P<boost>\^[0-9]+(?:\.[0-9]+)?)
    | (?P<fuzzy>~(?:[0-9]+(?:\.[0-9]+)?)?)
    | (?P<open>\() | (?P<close>\)) | (?P<colon>:)
    | (?P<bare>[-+!](?=\s))
    | (?P<required>\+) | (?P<prohibited>[-!])
    | (?P<word>{_WORD})
    """,
    re.VERBOSE | re.DOTALL,
)
_OPERATORS = {"AND": "and", "&&": "and", "OR": "or", "||": "or", "NOT": "prohibited"}


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKENS.match(text, at)
        if found is None:
            raise QuerySyntaxError(f"cannot read {text[at : at + 20]!r} at {at}")
        at = found.end()
        kind = next(kind for kind in _KINDS if found[kind] is not None)
        if kind == "word":
            kind = _OPERATORS.get(found[kind], "word")
        if kind != "space":
            yield _Token(kind, found[0])


_KINDS = tuple(name for name in _TOKENS.groupindex if name not in {"low", "high"})


def parse(text: str) -> Query:
    """Read a query_string.

    Raises:
        QuerySyntaxError: it is none.

    """
    parser = _Parser(list(_tokens(text)))
    query = parser.group(None, 0)
    if parser.kind() is not None:
        raise QuerySyntaxError(f"unexpected {parser.take().text!r}")
    return query


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def kind(self, ahead: int = 0) -> str | None:
        at = self._at + ahead
        return self._tokens[at].kind if at < len(self._tokens) else None

    def take(self) -> _Token:
        if self._at >= len(self._tokens):
            raise QuerySyntaxError("unexpected end")
        self._at += 1
        return self._tokens[self._at - 1]

    def _accept(self, *kinds: str) -> _Token | None:
        return self.take() if self.kind() in kinds else None

    def group(self, field: str | None, depth: int) -> Query:
        """Clauses up to the end or a closing parenthesis, joined as Lucene joins them."""
        if depth > _DEEPEST:
            raise QuerySyntaxError("too deeply nested")
        found: list[tuple[str, Query]] = []
        while self.kind() not in {None, "close"} or not found:
            joined = self._accept("and", "or") if found else None
            modifier = self._accept("required", "prohibited")
            query = self._clause(field, depth)
            occurs = "should" if modifier is None else modifier.kind
            if joined is not None and joined.kind == "and":
                if found[-1][0] == "should":
                    found[-1] = ("required", found[-1][1])
                if occurs == "should":
                    occurs = "required"
            found.append((occurs, query))
        if len(found) == 1 and found[0][0] != "prohibited":
            return found[0][1]
        return Group(
            must=tuple(query for occurs, query in found if occurs == "required"),
            should=tuple(query for occurs, query in found if occurs == "should"),
            must_not=tuple(query for occurs, query in found if occurs == "prohibited"),
        )

    def _clause(self, field: str | None, depth: int) -> Query:
        if self.kind() == "word" and self.kind(1) == "colon":
            field = _unescaped(self.take().text)
            self.take()
        if self._accept("open"):
            query = self.group(field, depth + 1)
            if not self._accept("close"):
                raise QuerySyntaxError("a parenthesis is not closed")
            self._accept("boost")
            return query
        return self._leaf(field)

    def _leaf(self, field: str | None) -> Query:
        token = self.take()
        if token.kind == "quoted":
            slop = self._accept("fuzzy")
            self._accept("boost")
            distance = int(float(slop.text[1:6] or 0)) if slop else 0
            return Phrase(field, _unescaped(token.text[1:-1]), distance)
        if token.kind == "range":
            query: Query = _range(field, token.text)
        elif token.kind == "regexp":
            query = Pattern(field, _checked(token.text[1:-1]))
        elif token.kind == "bare":
            query = Term(field, token.text)
        elif token.kind == "word":
            query = _word(field, token.text)
            self._accept("fuzzy")
        else:
            raise QuerySyntaxError(f"unexpected {token.text!r}")
        self._accept("boost")
        return query


_COMPARED = re.compile(r"(>=|<=|>|<)(.+)", re.DOTALL)
_LONE = re.compile(r"(?<!\\)(?:\\\\)*[*?]")


def _word(field: str | None, text: str) -> Query:
    compared = _COMPARED.fullmatch(text)
    if compared is not None:
        sign, end = compared[1], compared[2]
        _refuse_signs(end)
        end = _unescaped(end)
        equal = "=" in sign
        return Range(field, end, None, equal) if ">" in sign else Range(field, None, end, True, equal)
    _refuse_signs(text)
    if field == "_exists_":
        return Everything(_unescaped(text))
    if text == "*":
        return Everything(None if field == "*" else field)
    if _LONE.search(text):
        return _pattern(field, text)
    return Term(field, _unescaped(text))


def _refuse_signs(text: str) -> None:
    if "<" in text or ">" in text:
        raise QuerySyntaxError(f"< or > within {text!r}: they cannot be escaped")


def _pattern(field: str | None, text: str) -> Pattern:
    """Stars between fixed parts; each part is found at its first place, so that no pattern takes for ever."""
    parts = [""]
    literal = ""
    for found in re.finditer(r"\\(.)|(\*+)|(\?)|(.)", text, re.DOTALL):
        if found[2]:
            parts.append("")
        else:
            parts[-1] += "." if found[3] else re.escape(found[1] or found[4])
            literal += found[1] or found[4] or ""
    first, *others = parts
    between = "".join(f"(?>.*?{part})" for part in others[:-1])
    expression = first + (f"{between}.*{others[-1]}" if others else "")
    only_prefix = _LONE.findall(text) == ["*"] and text.endswith("*")
    return Pattern(field, expression, literal if only_prefix else None)


def _range(field: str | None, text: str) -> Range:
    found = _TOKENS.fullmatch(text)
    if found is None:
        raise QuerySyntaxError(f"no range: {text!r}")
    low, high = (_end(found[name]) for name in ("low", "high"))
    return Range(field, low, high, text[0] == "[", text[-1] == "]")


def _end(text: str) -> str | None:
    if text == "*":
        return None
    return _unescaped(text[1:-1] if text.startswith('"') else text)


_PLAIN_EXPRESSION = re.compile(r"(?:(?:\w|\.|\\[^\w\s]|\[\^?\w+\])[*+?]?)+", re.ASCII)


def _checked(expression: str) -> str:
    """A regular expression of characters, dots, sets and repeats only, which Python reads as Lucene does."""
    if len(re.findall("[*+?]", expression)) > 4 or not _PLAIN_EXPRESSION.fullmatch(expression):
        raise QuerySyntaxError("a regular expression of a kind that is not read here")
    return expression


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
