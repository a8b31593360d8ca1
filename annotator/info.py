"""INFO fields: one declaration defines the header line, the value and the row in the README's table.

Values are percent-encoded according to VCF 4.3, section 1.2 (`%` first), except for `:`, which is legal there and
harmless in INFO. Control characters are encoded, too: htslib ends a line at NUL. A space becomes `_`, because VCF 4.2
and older allow no white space in INFO.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Generic, Literal, TypeVar
from urllib.parse import unquote

from annotator.result import Match
from annotator.runtime.named_tuple import NamedTuple

__all__ = ["Hit", "InfoField", "decode_text", "encode_subfield", "encode_text", "spaced"]

R = TypeVar("R")

_CONTROL = {code: f"%{code:02X}" for code in (*range(0x20), 0x7F)}
_TEXT = _CONTROL | str.maketrans({"%": "%25", ";": "%3B", "=": "%3D", ",": "%2C", " ": "_"})
_SUBFIELD = _TEXT | str.maketrans({"|": "%7C", "&": "%26"})
_END = r"(?:[A-Z](?:[a-z]{2})?)?\d+(?:[+-]\d+)?"  # of a range: a residue, or a base in an exon or intron
_RANGE = rf"(?<![A-Za-z0-9])({_END}) ({_END}(?:del|dup|ins|inv|DEL|DUP|INS|INV|[ACGT]+>))"


def encode_text(value: str) -> str:
    """Encode text as one value of an INFO field.

    >>> encode_text("criteria provided, single submitter")
    'criteria_provided%2C_single_submitter'
    """
    return value.translate(_TEXT)


def encode_subfield(value: str) -> str:
    """Encode text as one element of a list inside a pipe field, where `|` and `&` are encoded too."""
    return value.translate(_SUBFIELD)


def decode_text(value: str) -> str:
    """Decode percent-encoding (but not `_`, which may be an original underscore).

    >>> decode_text("g.32332592%3D")
    'g.32332592='
    """
    return unquote(value) if "%" in value else value


def spaced(value: str) -> str:
    """Return text of an INFO value with spaces for `_`, but for the `_` between the ends of a range.

    INFO does not distinguish an original underscore from a space. Between the two residues or bases of a deletion,
    duplication, insertion or inversion it is an underscore.

    >>> spaced("EGFR_E746_A750del"), spaced("VHL_c.358_359insAC"), spaced("FGFR3_S249C"), spaced("Skin_Melanoma")
    ('EGFR E746_A750del', 'VHL c.358_359insAC', 'FGFR3 S249C', 'Skin Melanoma')
    """
    text = value.replace("_", " ")
    return text if text == value else re.sub(_RANGE, r"\1_\2", text)


class Hit(NamedTuple, Generic[R]):
    """One ALT for which a source found a record.

    Attributes:
        alt: the ALT as written in the input.
        number: 1-based index of the ALT in its record, as in genotypes.
        match: matching level of the record.
        record: record of the knowledge base.

    """

    alt: str
    number: int
    match: Match
    record: R


class InfoField(NamedTuple, Generic[R]):
    """An INFO field and the code that fills it.

    Attributes:
        id: the INFO key.
        number: `A` (one value per ALT) or `.` (a list).
        type: VCF type.
        description: description in the header; without double quotes and backslashes.
        encode: returns the encoded value for one hit, or None if there is none. For number `.` it may contain several
            values joined by commas.
        attribute: the only attribute of the record that `encode` reads; None if there is another one, or several.

    """

    id: str
    number: Literal["A", "."]
    type: Literal["Integer", "Float", "String"]
    description: str
    encode: Callable[[Hit[R]], str | None]
    attribute: str | None = None

    def header_line(self, source: str, version: str) -> str:
        """Return the `##INFO` line, keys in the order of VCF 4.3, section 1.4.2."""
        return (
            f"##INFO=<ID={self.id},Number={self.number},Type={self.type},"
            f'Description="{self.description}",Source="{source}",Version="{version}">'
        )

    def value(self, hits: Sequence[Hit[R] | None]) -> str | None:
        """Return the field's text for one record, from one hit or None per ALT; None if there is no value at all."""
        if len(hits) == 1:  # nearly every record has one ALT
            return None if hits[0] is None else self.encode(hits[0])
        values = [None if hit is None else self.encode(hit) for hit in hits]
        if not any(value is not None for value in values):
            return None
        if self.number == "A":
            return ",".join("." if value is None else value for value in values)
        return ",".join(value for value in values if value is not None)
