"""A small search index over records in memory: words, phrases, wildcards and ranges, as Elasticsearch finds them.

Text is cut into lower-case words at the boundaries of Unicode's annex 29, as Elasticsearch's standard analyzer
does: `NM_004333.6:c.76-1G>A` is `nm_004333.6`, `c`, `76`, `1g`, `a`, and so is `NM_004333.6:c.76+1G>A`. A phrase
finds both, which is the trap that a client must survive.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import reduce
from typing import Any

from tests.servers.query_string import Everything, Group, Pattern, Phrase, Query, Range, Term

__all__ = ["Record", "SearchIndex", "value_of", "words"]

Record = Mapping[str, Any]
"""A record: text, lists and objects by field; a field without a value is absent or None."""

_WORDS = re.compile(r"\w+(?:(?:(?<=\d)[.,;'](?=\d)|(?<=[^\W\d_])[.:'](?=[^\W\d_]))\w+)*").findall
_KEYWORDS = re.compile(r"[^\s\[\],;|~]+").findall


def words(text: str) -> list[str]:
    """Words of a text, lower-case: dots and commas bind digits, dots and colons bind letters."""
    return [word.lower() for word in _WORDS(text)]


def _keywords(text: str) -> list[str]:
    """Identifiers of a value: merged records hold several in brackets."""
    return [word.lower() for word in _KEYWORDS(text)]


def value_of(record: Record, field: str) -> Any:
    """Give the value of a field, also of a part of an object: `phenotype.code`."""
    if field in record:
        return record[field]
    whole, _, part = field.partition(".")
    value = record.get(whole) if part else None
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, list):
        return [item.get(part) if isinstance(item, Mapping) else None for item in value]
    return None


def _texts(value: Any) -> Iterator[str]:
    if value is None:
        return
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    else:
        yield str(value)


class _Field:
    """Which records have which words in one field."""

    def __init__(self, records: Iterable[Record], name: str, analyze: Callable[[str], list[str]]) -> None:
        self._name = name
        self.analyze = analyze
        self.postings: dict[str, list[int]] = {}
        for number, record in enumerate(records):
            for word in {word for text in _texts(value_of(record, name)) for word in analyze(text)}:
                self.postings.setdefault(word, []).append(number)
        self._vocabulary: list[str] | None = None

    @property
    def vocabulary(self) -> list[str]:
        if self._vocabulary is None:
            self._vocabulary = sorted(self.postings)
        return self._vocabulary

    def with_word(self, word: str) -> set[int]:
        return set(self.postings.get(word, ()))

    def with_prefix(self, prefix: str) -> set[int]:
        found: set[int] = set()
        at = bisect_left(self.vocabulary, prefix)
        while at < len(self.vocabulary) and self.vocabulary[at].startswith(prefix):
            found.update(self.postings[self.vocabulary[at]])
            at += 1
        return found

    def where(self, fits: Callable[[str], object]) -> set[int]:
        return {number for word in self.vocabulary if fits(word) for number in self.postings[word]}

    def with_all(self, needed: Collection[str]) -> set[int]:
        """Records with all of the words, the rarest word first."""
        lists = sorted((self.postings.get(word, []) for word in set(needed)), key=len)
        if not lists:
            return set()
        found = set(lists[0])
        for numbers in lists[1:]:
            if len(found) < 50 < len(numbers):
                found = {number for number in found if _holds(numbers, number)}
            else:
                found.intersection_update(numbers)
        return found

    def with_phrase(self, records: list[Record], phrase: list[str], slop: int = 0) -> set[int]:
        """Records with the words next to each other in one value."""
        if len(phrase) == 1:
            return self.with_word(phrase[0])
        return {
            number
            for number in self.with_all(phrase)
            if any(
                _stands_in(phrase, self.analyze(text), slop)
                for text in _texts(value_of(records[number], self._name))
            )
        }

    def with_beginning(self, phrase: list[str]) -> set[int]:
        """Records with the words, of which the last may go on."""
        found = self.with_prefix(phrase[-1])
        return found & self.with_all(phrase[:-1]) if len(phrase) > 1 else found


def _holds(numbers: list[int], number: int) -> bool:
    at = bisect_left(numbers, number)
    return at < len(numbers) and numbers[at] == number


def _stands_in(phrase: list[str], text: list[str], slop: int) -> bool:
    if slop:
        return set(phrase) <= set(text)
    return any(text[at : at + len(phrase)] == phrase for at in range(len(text) - len(phrase) + 1))


class SearchIndex:
    """Records and, made when first asked for, the index of each of their fields.

    Attributes:
        records: the records, in the order in which they are found.
        fields: names of their fields.

    """

    def __init__(self, records: Iterable[Record], keywords: Collection[str] = ()) -> None:
        self.records = list(records)
        self.fields = frozenset(name for record in self.records for name in record)
        self._keywords = frozenset(keywords)
        self._built: dict[str, _Field] = {}

    def prepare(self, fields: Iterable[str]) -> None:
        """Make the index of fields now, not when they are first asked for."""
        for name in fields:
            self._field(name)

    def _field(self, name: str) -> _Field:
        built = self._built.get(name)
        if built is None:
            analyze = _keywords if name in self._keywords else words
            built = self._built[name] = _Field(self.records, name, analyze)
        return built

    def search(self, query: Query, fields: Collection[str]) -> set[int]:
        """Numbers of the records that a query finds; other fields than these do not exist for it."""
        if isinstance(query, Group):
            return self._group(query, fields)
        if isinstance(query, Everything) and query.field is None:
            return set(range(len(self.records)))
        found: set[int] = set()
        for name in self._named(query.field, fields):
            found |= self._leaf(query, self._field(name))
        return found

    def begin(self, word: str, fields: Collection[str]) -> set[int]:
        """Numbers of the records with a word that goes on or not, in any of the fields."""
        found: set[int] = set()
        for name in fields:
            field = self._field(name)
            phrase = field.analyze(word)
            if phrase:
                found |= field.with_beginning(phrase)
        return found

    def _named(self, name: str | None, fields: Collection[str]) -> Iterator[str]:
        if name is None or name == "*":
            yield from fields
        elif name in fields or name.partition(".")[0] in fields:
            yield name
        elif "*" in name:
            fits = re.compile(".*".join(map(re.escape, name.split("*")))).fullmatch
            yield from (field for field in fields if fits(field))

    def _group(self, group: Group, fields: Collection[str]) -> set[int]:
        if group.must:
            found = reduce(set.intersection, (self.search(query, fields) for query in group.must))
        elif group.should:
            found = set().union(*(self.search(query, fields) for query in group.should))
        else:
            found = set(range(len(self.records)))
        for query in group.must_not:
            found = found - self.search(query, fields)
        return found

    def _leaf(self, query: Query, field: _Field) -> set[int]:
        if isinstance(query, Phrase):
            phrase = field.analyze(query.text)
            return field.with_phrase(self.records, phrase, query.slop) if phrase else set()
        if isinstance(query, Term):
            return set().union(*map(field.with_word, field.analyze(query.text)))
        if isinstance(query, Pattern):
            if query.prefix is not None:
                return field.with_prefix(query.prefix.lower())
            return field.where(re.compile(query.expression.lower(), re.DOTALL).fullmatch)
        if isinstance(query, Range):
            return field.where(lambda word: _within(word, query))
        return set().union(*field.postings.values())


def _within(word: str, limits: Range) -> bool:
    low, high = (None if end is None else _ordered(end.lower()) for end in (limits.low, limits.high))
    value = _ordered(word)
    if low is not None and (value < low or (value == low and not limits.with_low)):
        return False
    return high is None or value < high or (value == high and limits.with_high)


def _ordered(text: str) -> tuple[int, int, str]:
    """Numbers by their value, before any other text."""
    is_number = text.isdecimal() and text.isascii() and len(text) < 20
    return (0, int(text), "") if is_number else (1, 0, text)
