"""Values of VCF text that BCF cannot store: htslib silently drops or changes them.

BCF stores a value by the type that the header declares. An INFO value that does not fit its type (`DP=1.5` if DP is an
Integer) is stored as text instead, which every reader shows unchanged. For QUAL and FORMAT that is impossible: a value
beyond the range of its type is an error, and a number too small for 32 bits, which becomes 0 or loses digits, is
counted.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence

from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.columns import FIRST_SAMPLE
from annotator.vcf.meta_lines import structured_values

__all__ = ["DeclaredTypes", "Loss", "float_data"]

_TOO_LARGE = 2.0**128 - 2.0**103  # rounds to infinity in 32 bits
_SMALLEST = 2.0**-126  # of those with full precision
# Integers below this value are reserved for missing values (VCF 4.3, section 6.3.3).
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
_MISSING = b"\x01\x00\x80\x7f"  # float (VCF 4.3, section 6.3.3)
_NUMBERS = frozenset({"Integer", "Float"})
_WORDS = frozenset({b".", b"nan", b"inf", b"-inf", b"+inf"})
_NUMBER = rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_QUAL_COLUMN, _INFO_COLUMN, _FORMAT_COLUMN = 5, 7, 8
_TYPE = rb"Type=(?:Integer|Float)"
_DEEPEST = 30  # nested groups of an expression


class Loss(NamedTuple):
    """A QUAL or FORMAT value that BCF cannot hold as it is.

    Attributes:
        line: 0-based number of its line.
        value: the column or key, and the value.
        why: reason for refusing it; empty if it is only rounded to a 32-bit float.

    """

    line: int
    value: str
    why: str


class DeclaredTypes:
    """The types that a header declares.

    Args:
        header: text of the header.

    """

    def __init__(self, header: bytes) -> None:
        self._lines = header.split(b"\n")
        self._kinds: dict[bytes, str] = {}  # of numeric INFO keys
        self._ids: dict[int, bytes] = {}  # INFO key by the number of its line
        self._formats: dict[bytes, str] = {}  # of FORMAT keys
        for number, line in enumerate(self._lines):
            if line.startswith((b"##INFO=<", b"##FORMAT=<")):
                self._add(number, line.decode("utf-8", "surrogateescape"))
        self._formats = {key: kind for key, kind in self._formats.items() if kind in _NUMBERS}
        self._misfit = self._misfit_pattern()
        self._qual = re.compile(rb"^(?:[^\t\n]*+\t){5}(?!" + _FLOAT + rb"\t)", re.MULTILINE)

    def _add(self, number: int, line: str) -> None:
        values = structured_values(line)
        id_, type_ = values.get("ID", "").encode("utf-8", "surrogateescape"), values.get("Type")
        if line.startswith("##FORMAT"):
            self._formats.setdefault(id_, type_ or "")
        elif type_ in _NUMBERS and id_ not in self._kinds:
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

    def losses(self, lines: bytes) -> Iterator[Loss]:
        """Yield the QUAL and FORMAT values that BCF cannot hold as they are, but for those that htslib refuses."""
        for number, line in _lines_at(lines, (match.start() for match in self._qual.finditer(lines))):
            columns = line.split(b"\t", _QUAL_COLUMN + 1)
            if len(columns) > _QUAL_COLUMN:
                yield from _quality_losses(number, columns[_QUAL_COLUMN])
        for number, line in _lines_at(lines, _odd_values(lines) if self._formats else ()):
            columns = line.rstrip(b"\r").split(b"\t")
            for key, value in self._numbers(columns[_FORMAT_COLUMN:FIRST_SAMPLE], columns[FIRST_SAMPLE:]):
                why = _integers_loss(value) if self._formats[key] == "Integer" else _floats_loss(value)
                if why is not None:
                    yield Loss(number, f"FORMAT {_shown(key)}={_shown(value)}", why)

    def _numbers(self, format_: Sequence[bytes], samples: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        keys = format_[0].split(b":") if format_ else []
        for sample in samples:
            for key, value in zip(keys, sample.split(b":"), strict=False):
                if key in self._formats:
                    yield key, value


def _quality_losses(line: int, text: bytes) -> Iterator[Loss]:
    if not _is_quality(text):
        yield Loss(line, f"QUAL {_shown(text)}", "is not a number of 32 bits")
    elif _is_rounded(text):
        yield Loss(line, f"QUAL {_shown(text)}", "")


def _integers_loss(value: bytes) -> str | None:
    """Return why BCF cannot hold a list of integers, or None; empty ones are written as missing."""
    fits = all(_is_integer(one) or not one for one in value.split(b","))
    return None if fits else "is not an integer of 32 bits"


def _floats_loss(value: bytes) -> str | None:
    """Return why BCF cannot hold a list of floats, "" if one is rounded, or None."""
    values = value.split(b",")
    if b"" in values:
        return "has an empty value, which would become 0"  # htslib's reading
    if any(re.fullmatch(_NUMBER, one) and not _is_float(one) for one in values):
        return "is not a number of 32 bits"
    return "" if any(map(_is_rounded, values)) else None


def _is_rounded(text: bytes) -> bool:
    return re.fullmatch(_NUMBER, text) is not None and not _keeps_its_digits(text)


# What a byte can be as the first (low bits) and the second byte (high bits) of an odd pair.
_MANTISSA, _SEPARATOR, _DIGIT = 1, 2, 4
_SECOND = 4  # bits between both
_CLASSES = bytearray(256)
for _bytes, _class in (
    (b"0123456789", _MANTISSA | _DIGIT | _DIGIT << _SECOND),
    (b".", _MANTISSA),
    (b"eE", _MANTISSA << _SECOND),
    (b":,\t", _SEPARATOR | _SEPARATOR << _SECOND),
    (b"\r\n", _SEPARATOR << _SECOND),
):
    for _byte in _bytes:
        _CLASSES[_byte] = _class
_ODD = re.compile(rb"[0-9]{10}|[0-9.][eE][+-]?(?:[2-9][0-9]|[0-9]{3})|[:,\t][:,\t\r\n]")


def _odd_values(text: bytes) -> Iterator[int]:
    """Yield where a sample's column may have a number of ten digits, one with an exponent beyond 19, or an empty value.

    Any other number fits. Each line is found once.

    Args:
        text: lines; the results are in their order.

    """
    import numpy as np

    text += b"\n"  # if the last line has none
    classes = np.frombuffer(text.translate(_CLASSES), dtype=np.uint8)
    found = classes[:-1] & (classes[1:] >> _SECOND)
    four = found[:-2] & found[2:] & _DIGIT  # digits in a row
    found &= _MANTISSA | _SEPARATOR
    found[:-6] |= four[:-4] & four[4:]
    stop = calls = 0  # of the current line: its end, and the tab before its samples
    for place in np.flatnonzero(found).tolist():
        if place >= stop:
            stop, calls = text.index(b"\n", place), _before_samples(text, place)
        if place >= calls and _ODD.match(text, place):
            yield place
            calls = stop  # one value is enough for a line


def _before_samples(text: bytes, place: int) -> int:
    """Return the offset of the tab before the samples of the line at an offset, or of its end if there are none."""
    at, stop = text.rfind(b"\n", 0, place), text.index(b"\n", place)
    for _ in range(FIRST_SAMPLE):
        at = text.find(b"\t", at + 1, stop)
        if at < 0:
            return stop
    return at


def _one_of(keys: Sequence[bytes], depth: int = 0) -> bytes:
    """Return an expression for one of some words that examines each letter once, however many words there are.

    Args:
        keys: the words.
        depth: number of letters before these words. After many letters, each word is an alternative of its own:
            expressions cannot be nested without limit.

    """
    if depth == _DEEPEST:
        return b"(?:" + b"|".join(map(re.escape, sorted(keys, key=len, reverse=True))) + b")"
    tree: dict[bytes, list[bytes]] = {}
    is_end = False
    for key in keys:
        if key:
            tree.setdefault(key[:1], []).append(key[1:])
        else:
            is_end = True
    parts = [re.escape(letter) + _one_of(rest, depth + 1) for letter, rest in sorted(tree.items())]
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
    return abs(float(text)) < _TOO_LARGE


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


def float_data(values: Sequence[bytes]) -> bytes | None:
    """Return floats as BCF stores them; None if one would lose digits, so that all are stored as text."""
    if not all(map(_keeps_its_digits, values)):
        return None
    return b"".join([_MISSING if value == b"." else struct.pack("<f", float(value)) for value in values])


def _shown(value: bytes) -> str:
    text = value.decode("utf-8", "replace")
    return text if len(text) <= 40 else f"{text[:37]}…"
