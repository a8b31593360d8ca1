"""The toy's INFO fields."""

from __future__ import annotations

from annotator.info import InfoField, encode_text

TOY_FIELDS: tuple[InfoField[str], ...] = (
    InfoField("TOYCOLOUR", "A", "String", "Colour of the allele", lambda hit: encode_text(hit.record)),
    InfoField("TOYMATCH", "A", "String", "How the toy record was matched", lambda hit: str(hit.match)),
)
