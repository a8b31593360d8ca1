"""Values of INFO: nothing in them can end a value, a line or a file."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from annotator.info import decode_text, encode_subfield, encode_text


@given(st.text())
def test_no_character_of_a_value_ends_anything(text: str) -> None:
    for encode in (encode_text, encode_subfield):
        assert re.search(r"[;=,\s\0-\x1f\x7f]", encode(text), re.ASCII) is None
        assert decode_text(encode(text)) == text.replace(" ", "_")


def test_a_nul_of_a_service_does_not_end_a_line_for_htslib() -> None:
    assert encode_text("a\0b\x1bc d") == "a%00b%1Bc_d"
