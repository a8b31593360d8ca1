"""Common part of both kinds of a user's knowledge base: fields that the store declares, values as they are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from operator import itemgetter
from typing import Self

from annotator.info import Hit, InfoField
from annotator.result import Release
from annotator.sources.custom.layout import FIELDS, VALUES, fields_from_json
from annotator.sources.source import Source
from annotator.store.store import Store

__all__ = ["CustomSource", "Values"]

Values = tuple[str, ...]
"""Values of a record in the order of the fields, percent-encoded; an empty text is a missing value."""


class CustomSource(Source[Values]):
    """A knowledge base of the user's.

    Args:
        store: as `snapshot.custom` wrote it.
        release: release of its file.
        ids: INFO fields to write; None for all.

    """

    def __init__(self, store: Store, release: Release, ids: AbstractSet[str] | None = None) -> None:
        store.check(("start", "allele", VALUES), (FIELDS, VALUES))
        self.name = release.source
        self.knowledge_base = self.title = release.knowledge_base
        self.store = store
        self._release = release
        try:
            declared = fields_from_json(store.text(FIELDS, 0))
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise store.damaged() from error
        self.fields: Sequence[InfoField[Values]] = [
            InfoField(field.id, "A", field.type, field.description, _encoder(place))
            for place, field in enumerate(declared)
        ]
        self._count = len(declared)
        self._written = [
            (place, f"{field.id}=") for place, field in enumerate(declared) if ids is None or field.id in ids
        ]

    def release(self) -> Release:
        """Return the release of the file that the store was built from."""
        return self._release

    def selected(self, ids: AbstractSet[str]) -> Self:
        """Return a source that formats only some INFO fields."""
        return type(self)(self.store, self._release, ids)

    def items(self, rows: Sequence[int]) -> list[str]:
        """Return the INFO items of each row, joined by `;`, for a record with one ALT."""
        texts = self.store.texts_at(VALUES, self.store.columns[VALUES].at(rows))
        written = self._written
        if len(written) == self._count == 1:
            key = written[0][1]
            return [f"{key}{text}" if text else "" for text in texts]
        return [
            ";".join([key + values[place] for place, key in written if values[place]])
            for values in (text.split("\t") for text in texts)
        ]

    def values(self, row: int) -> Values:
        """Return the values of a row."""
        found = tuple(self.store.text(VALUES, self.store.columns[VALUES][row]).split("\t"))
        if len(found) != self._count:
            raise self.store.damaged()
        return found


def _encoder(place: int) -> Callable[[Hit[Values]], str | None]:
    get = itemgetter(place)
    return lambda hit: get(hit.record) or None
