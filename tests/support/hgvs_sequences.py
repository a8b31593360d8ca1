"""Sequences and spellings for the tests of HGVS expressions."""

from __future__ import annotations

from annotator.variants.assembly import Assembly
from annotator.variants.hgvs_parse import HgvsExpression, parse_hgvs
from tests.support.references import (
    SequenceReference,
)

GRCH37, GRCH38 = Assembly.GRCH37, Assembly.GRCH38


# Writing: corner cases

# 1-based:                    1234567890123456789012
REPEATS = SequenceReference("NT_000001.1", "GGCATCATCATGAAAATTCGAC")
OWN = "NT_000001.1"


# Parsing


def parsed(text: str) -> HgvsExpression:
    expression = parse_hgvs(text)
    assert expression is not None, text
    return expression
