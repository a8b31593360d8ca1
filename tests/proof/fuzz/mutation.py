"""Ways to change an input: bytes, numbers, words, lines, and values of JSON."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["mutated"]

_LARGEST = 1 << 16  # bytes of an input
_ODD_NUMBERS = [
    *(b"0", b"-1", b"00", b"1e9", b"1e999", b"nan", b"-0.0", b"255", b"256", b"65536", b"2147483647"),
    *(b"2147483648", b"4294967296", b"9223372036854775808", b"9" * 40, b"9" * 5000, "\u00b2".encode()),
    "\u0663".encode(),  # a digit, but not an ASCII one
]
_ODD_TEXTS = [
    *(
        b"",
        b".",
        b"*",
        b"\t",
        b"\n",
        b"\r\n",
        b"\r",
        b";",
        b",",
        b"=",
        b"|",
        b"&",
        b"%",
        b"%3B",
        b"%zz",
        b":",
        b"/",
    ),
    *(
        b"\0",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xc2",
        b"\x1b[2J",
        b"<DEL>",
        b"<*>",
        b"]7:1]A",
        b"A[<c>:1[",
        b"N",
    ),
    *(
        b"\xe2\x80\xae",
        b"\xc2\x85",
        b"\x0c",
        b"\x1c",
        b"\xef\xbb\xbf",
        b" ",
        b"  ",
        b'"',
        b"'",
        b"\\",
        b"../",
        b"#",
    ),
    *(
        b"chr",
        b"CHR7",
        b"p.",
        b"c.",
        b"g.",
        b"n.",
        b"del",
        b"ins",
        b"dup",
        b"inv",
        b"fs",
        b"Ter",
        b"?",
        b"(",
        b")",
    ),
    *(b"[", b"]", b"{", b"}", b"_", b"-", b"ACGT" * 100, b"null", b"true", b"NaN", b"Infinity"),
]
_ODD_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 2**31, 2**63, 2**70, 1.5, float("inf"), float("nan"), "", "x", " ", "\ud800"),
    *("9" * 5000, "\u0663", "[]", "../x", "a\tb\nc", [], [[]], [None], {}, {"id": None}, [{"id": 1}], "1e5"),
]


def mutated(data: bytes, others: Sequence[bytes], chosen: random.Random) -> bytes:
    """Return an input with one to eight changes.

    Args:
        data: the input.
        others: inputs of the same target, from which parts are taken.
        chosen: decides.

    """
    for _ in range(chosen.choice([1, 1, 1, 2, 3, 5, 8])):
        data = chosen.choice(_CHANGES)(data, others, chosen)[:_LARGEST]
    return data


def _span(data: bytes, chosen: random.Random, longest: int = 64) -> tuple[int, int]:
    start = chosen.randrange(len(data) + 1)
    return start, min(len(data), start + chosen.randrange(1, longest))


def _flip(data: bytes, _others: Sequence[bytes], chosen: random.Random) -> bytes:
    if not data:
        return b"\0"
    place = chosen.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chosen.randrange(8)]) + data[place + 1 :]


def _remove(data: bytes, _others: Sequence[bytes], chosen: random.Random) -> bytes:
    start, stop = _span(data, chosen)
    return data[:start] + data[stop:]


def _cut(data: bytes, _others: Sequence[bytes], chosen: random.Random) -> bytes:
    return data[: chosen.randrange(len(data) + 1)]


def _repeat(data: bytes, _others: Sequence[bytes], chosen: random.Random) -> bytes:
    start, stop = _span(data, chosen)
    return data[:stop] + data[start:stop] * chosen.choice([1, 1, 2, 100]) + data[stop:]


def _insert(data: bytes, _others: Sequence[bytes], chosen: random.Random) -> bytes:
    start, stop = _span(data, chosen, 8)
    kept = stop if chosen.random() < 0.5 else start
    return data[:start] + chosen.choice([*_ODD_TEXTS, chosen.randbytes(chosen.randrange(1, 9))]) + data[kept:]


def _splice(data: bytes, others: Sequence[bytes], chosen: random.Random) -> bytes:
    other = chosen.choice([*others, data])
    start, stop = _span(data, chosen)
    first, last = _span(other, chosen, 256)
    return data[:start] + other[first:last] + data[stop:]


def _renumber(data: bytes, _others: Sequence[bytes], chosen: random.Random) -> bytes:
    return _replaced(rb"-?\d+(?:\.\d+)?", data, lambda _: chosen.choice(_ODD_NUMBERS), chosen)


def _reword(data: bytes, others: Sequence[bytes], chosen: random.Random) -> bytes:
    words = re.findall(rb"[^\s;,=|:]+", chosen.choice([*others, data]))
    return _replaced(rb"[^\s;,=|:]+", data, lambda _: chosen.choice([*words, *_ODD_TEXTS]), chosen)


def _reorder(data: bytes, _others: Sequence[bytes], chosen: random.Random) -> bytes:
    """Swap, double or remove parts between separators."""
    separator = chosen.choice([b"\n", b"\n", b"\t", b";", b",", b"|"])
    parts = data.split(separator)
    one, other = chosen.randrange(len(parts)), chosen.randrange(len(parts))
    if chosen.random() < 0.4:
        parts[one], parts[other] = parts[other], parts[one]
    elif chosen.random() < 0.5:
        parts.insert(one, parts[other])
    else:
        del parts[one]
    return separator.join(parts)


def _revalue(data: bytes, _others: Sequence[bytes], chosen: random.Random) -> bytes:
    """Change a value of JSON, at any depth; of an input in sections, in one of them."""
    sections = data.split(b"\n%%\n")
    place = chosen.randrange(len(sections))
    try:
        value = json.loads(sections[place])
    except (ValueError, RecursionError):
        return _renumber(data, (), chosen)
    root: list[Any] = [value]
    holder: Any = root
    key: Any = 0
    while isinstance(inner := holder[key], dict | list) and inner and chosen.random() < 0.85:
        holder, key = inner, chosen.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
    if chosen.random() < 0.2 and holder is not root:
        del holder[key]
    else:
        holder[key] = chosen.choice([*_ODD_VALUES, [holder[key]], {"x": holder[key]}])
    return b"\n%%\n".join((*sections[:place], json.dumps(root[0]).encode(), *sections[place + 1 :]))


def _replaced(
    pattern: bytes, data: bytes, by: Callable[[re.Match[bytes]], bytes], chosen: random.Random
) -> bytes:
    found = list(re.finditer(pattern, data))
    if not found:
        return data
    one = chosen.choice(found)
    return data[: one.start()] + by(one) + data[one.end() :]


_CHANGES = [
    _flip,
    _remove,
    _cut,
    _repeat,
    _insert,
    _insert,
    _splice,
    _renumber,
    _reword,
    _reword,
    _reorder,
    _revalue,
]
