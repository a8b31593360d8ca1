"""Values of VCF text that BCF cannot store: htslib silently drops or changes them.

BCF stores a value by the type that the header declares. An INFO value that does not fit its type (`DP=1.5` if DP is an
Integer) is stored as text instead, which every reader shows unchanged. For QUAL and FORMAT that is impossible.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from annotator.vcf.columns import FIRST_SAMPLE
from annotator.vcf.meta_lines import structured_values

__all__ = ["DeclaredTypes"]

# Integers below this value are reserved for missing values (VCF 4.3, section 6.3.3).
_LARGEST = 3.4028234e38  # of 32-bit floats
_SMALLEST = 2.0**-126  # of those with full precision
_LEAST, _MOST = -0x7FFFFFF8, 0x7FFFFFFF
# Values that certainly fit; any other value is examined more closely.
_INTEGER = rb"(?:[+-]?[0-9]{1,9}+|\.)"
_EXPONENT = rb"[eE][+-]?[0-2]?[0-9]"
_FLOAT = (
    rb"(?:[+-]?(?:[1-9][0-9]{0,8}+(?:\.[0-9]*+)?(?:" + _EXPONENT + rb")?"
    # Up to 37 decimals after zeros, or 8 and an exponent, are at least 1e-37 unless they are 0.
    rb"|(?:0[0-9]{0,8}+(?:\.[0-9]{0,8}+)?|\.[0-9]{1,8}+)(?:" + _EXPONENT + rb"|[0-9]{0,29}+))|\.)"
)
_END = rb"(?=[;\t\r\n]|$)"
_WORDS = frozenset({b".", b"nan", b"inf", b"-inf", b"+inf"})
_NUMBER = rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_QUAL_COLUMN, _INFO_COLUMN, _FORMAT_COLUMN = 5, 7, 8
_TYPE = rb"Type=(?:Integer|Float)"


class DeclaredTypes:
    """The types that a header declares.

    Args:
        header: text of the header.

    """

    def __init__(self, header: bytes) -> None:
        self._lines = header.split(b"\n")
        self._kinds: dict[bytes, str] = {}  # of numeric INFO keys
        self._ids: dict[int, bytes] = {}  # INFO key by the number of its line
        self._formats: set[bytes] = set()  # integer FORMAT keys
        for number, line in enumerate(self._lines):
            if line.startswith((b"##INFO=<", b"##FORMAT=<")):
                self._add(number, line.decode("utf-8", "surrogateescape"))
        self._misfit = self._misfit_pattern()
        self._qual = re.compile(rb"^(?:[^\t\n]*+\t){5}(?!" + _FLOAT + rb"\t)", re.MULTILINE)

    def _add(self, number: int, line: str) -> None:
        values = structured_values(line)
        id_, type_ = values.get("ID", "").encode("utf-8", "surrogateescape"), values.get("Type")
        if line.startswith("##FORMAT") and type_ == "Integer":
            self._formats.add(id_)
        elif line.startswith("##INFO") and type_ in {"Integer", "Float"} and id_ not in self._kinds:
            self._kinds[id_] = type_
            self._ids[number] = id_

    def _misfit_pattern(self) -> re.Pattern[bytes] | None:
        parts = [
            _one_of([key for key, kind in self._kinds.items() if kind == type_])
            + b"=(?!" + value + b"(?:," + value + b")*+" + _END + b")"
            for type_, value in (("Integer", _INTEGER), ("Float", _FLOAT))
            if type_ in self._kinds.values()
        ]  # fmt: skip
        return re.compile(rb"[\t;](?:" + b"|".join(parts) + rb")") if parts else None

    def misfits(self, lines: bytes) -> dict[int, frozenset[bytes]]:
        """Return the INFO keys whose values do not fit their types, by 0-based line number."""
        if self._misfit is None:
            return {}
        found = {}
        for number, line in _lines_at(lines, (match.start() for match in self._misfit.finditer(lines))):
            if keys := frozenset(self._unfit_keys(line)):
                found[number] = keys
        return found

    def _unfit_keys(self, line: bytes) -> Iterator[bytes]:
        for item in line.rstrip(b"\r").split(b"\t", _FORMAT_COLUMN)[_INFO_COLUMN].split(b";"):
            key, equals, value = item.partition(b"=")
            kind = self._kinds.get(key)
            # An empty value is written as a missing one: there is nothing to preserve.
            if kind is not None and equals and value:
                fits = _is_integer if kind == "Integer" else _keeps_its_digits
                if not all(fits(one) for one in value.split(b",")):
                    yield key

    def as_text(self, keys: frozenset[bytes]) -> bytes:
        """Return the header with these INFO keys declared as strings."""
        lines = list(self._lines)
        for number, id_ in self._ids.items():
            if id_ in keys:
                lines[number] = re.sub(_TYPE, b"Type=String", lines[number], count=1)
        return b"\n".join(lines)

    def losses(self, lines: bytes) -> Iterator[tuple[int, str]]:
        """Yield the 0-based number of each line with a QUAL or FORMAT value that BCF cannot hold, and the value."""
        for number, line in _lines_at(lines, (match.start() for match in self._qual.finditer(lines))):
            columns = line.split(b"\t", _QUAL_COLUMN + 1)
            if len(columns) > _QUAL_COLUMN and not _is_quality(columns[_QUAL_COLUMN]):
                yield number, f"QUAL {_shown(columns[_QUAL_COLUMN])} is not a number of 32 bits"
        for number, line in _lines_at(lines, _long_numbers(lines) if self._formats else ()):
            columns = line.rstrip(b"\r").split(b"\t")
            for key, value in self._integers(columns[_FORMAT_COLUMN:FIRST_SAMPLE], columns[FIRST_SAMPLE:]):
                if not all(_is_integer(one) or not one for one in value.split(b",")):
                    yield number, f"FORMAT {_shown(key)}={_shown(value)} is not an integer of 32 bits"

    def _integers(self, format_: Sequence[bytes], samples: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        keys = format_[0].split(b":") if format_ else []
        for sample in samples:
            for key, value in zip(keys, sample.split(b":"), strict=False):
                if key in self._formats:
                    yield key, value


def _long_numbers(text: bytes) -> list[int]:
    """Return where there may be ten digits in a row, in order: such a run covers three bytes at a distance of three."""
    import numpy as np

    is_digit = (np.frombuffer(text, dtype=np.uint8)[::3] ^ np.uint8(ord("0"))) < 10
    places = np.flatnonzero(is_digit[:-2] & is_digit[1:-1] & is_digit[2:]) * 3
    return [place for place in places.tolist() if _TEN_DIGITS.search(text, max(place - 3, 0), place + 16)]


_TEN_DIGITS = re.compile(rb"[0-9]{10}")


def _one_of(keys: Iterable[bytes]) -> bytes:
    """Return an expression for one of some words that examines each letter once, however many words there are."""
    tree: dict[bytes, list[bytes]] = {}
    is_end = False
    for key in keys:
        if key:
            tree.setdefault(key[:1], []).append(key[1:])
        else:
            is_end = True
    parts = [re.escape(letter) + _one_of(rest) for letter, rest in sorted(tree.items())]
    if not parts:
        return b""
    return b"(?:" + b"|".join([*parts, b""] if is_end else parts) + b")"


def _lines_at(lines: bytes, offsets: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that contain some offsets, in order, each once, with 0-based line numbers."""
    number, start, stop = 0, 0, -1
    for offset in offsets:
        # A match at a tab or at a line's start belongs to the line that contains it.
        if offset <= stop:
            continue
        number += lines.count(b"\n", start, offset)
        start = lines.rfind(b"\n", 0, offset) + 1
        stop = lines.find(b"\n", start)
        stop = len(lines) if stop < 0 else stop
        yield number, lines[start:stop]


def _is_integer(text: bytes) -> bool:
    if text == b".":
        return True
    digits = text[1:] if text[:1] in {b"+", b"-"} else text
    return digits.isdigit() and len(digits) <= 12 and _LEAST <= int(text) <= _MOST


def _is_float(text: bytes) -> bool:
    if text.lower() in _WORDS:
        return True
    if re.fullmatch(_NUMBER, text) is None:
        return False
    return abs(float(text)) <= _LARGEST


def _is_quality(text: bytes) -> bool:
    """Return whether BCF can hold a QUAL; any spelling of infinity is accepted (VCF 4.3, section 1.3)."""
    return _is_float(text) or re.fullmatch(rb"[+-]?(?:infinity|nan)", text, re.IGNORECASE) is not None


def _keeps_its_digits(text: bytes) -> bool:
    """Return whether a number fits and keeps its digits; a small p-value does not: 1e-50 becomes 0.

    32-bit floats have 24 bits of precision, but fewer below `_SMALLEST`: 6.7558e-43 becomes 6.75426e-43.
    """
    if not _is_float(text) or text.lower() in _WORDS:
        return _is_float(text)
    return abs(float(text)) >= _SMALLEST or not re.search(rb"^[^eE]*[1-9]", text)


def _shown(value: bytes) -> str:
    text = value.decode("utf-8", "replace")
    return text if len(text) <= 40 else f"{text[:37]}…"
