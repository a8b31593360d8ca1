"""Layout of a knowledge base of the user's in a store.

A row has the text of all its values in one pool, joined by tabs, as they are written to INFO; an empty text is a
missing value. The pool `fields` declares the INFO fields, in the order of the values, as JSON.

    VCF       a row per allele, with the tables of its insertions and deletions (`store.indels`)
    regions   a row per region: `start` and `stop` are its first and last base, `furthest` the largest `stop` of the
              rows up to this one on the contig; all rows have the same empty allele
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

from annotator.runtime.named_tuple import NamedTuple

__all__ = ["FIELDS", "VALUES", "CustomField", "fields_from_json", "fields_to_json", "join_values"]

FIELDS, VALUES = "fields", "values"
_SEPARATOR = "\t"

FieldType: TypeAlias = Literal["Integer", "Float", "String"]


class CustomField(NamedTuple):
    """An INFO field.

    Attributes:
        id: INFO key.
        type: VCF type.
        description: for the header; no double quotes or backslashes.

    """

    id: str
    type: FieldType
    description: str


def fields_to_json(fields: Iterable[CustomField]) -> str:
    """Return fields as the text of the pool."""
    return json.dumps([list(field) for field in fields])


def fields_from_json(text: str) -> tuple[CustomField, ...]:
    """Return the fields in the text of `fields_to_json`.

    Raises:
        ValueError, TypeError: the text is no list of fields.

    """
    fields = tuple(CustomField(str(id_), type_, str(described)) for id_, type_, described in json.loads(text))
    if any(field.type not in get_args(FieldType) for field in fields):
        raise ValueError("unknown type")
    return fields


def join_values(values: Iterable[str]) -> str:
    """Return the text of a row's values."""
    return _SEPARATOR.join(values)
