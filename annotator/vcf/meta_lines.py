"""Structured meta lines of a VCF header: `##key=<ID=…,Description="…">`."""

from __future__ import annotations

import re

__all__ = ["body", "structured_values"]

# One key=value of a structured line. A double quote ends a value only if a comma or the end follows: descriptions that
# contain bare quotes are common.
_VALUE = re.compile(r'(?:^|,)\s*+([^=,"\s]++)\s*+=\s*+(?:"((?:\\.|[^"\\]|"(?!\s*(?:,|$)))*)"?|([^,]*))')
_ESCAPED = r"\\(.)"


def structured_values(line: str) -> dict[str, str]:
    r"""Return keys and values of a structured meta line, in the order written; for a repeated key the first value.

    Quotes are removed and `\"` and `\\` unescaped. Empty for a line that is not of the form `##key=<…>`.

    >>> structured_values('##INFO=<ID=X,Description="a, b > c">')
    {'ID': 'X', 'Description': 'a, b > c'}
    """
    values: dict[str, str] = {}
    for key, quoted, bare in _VALUE.findall(body(line)):
        if key not in values:
            values[key] = re.sub(_ESCAPED, r"\1", quoted) if quoted else bare.strip()
    return values


def body(line: str) -> str:
    """Return the text between `<` and `>`; empty for a line that is not of that form."""
    start = line.find("=<")
    if start < 0:
        return ""
    return line[start + 2 :].rstrip().removesuffix(">")
