"""Every page on every screen, drawn in Debian's Chromium: whole, not blank, and not wider than the screen."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from tests.screenshots import PAGES, SCREENS, TALLEST, Picture, pages, pictures
from tests.support.browser import browser, needs_chromium, problems


def lines_of(png: bytes) -> tuple[tuple[int, int], set[bytes]]:
    """Give width and height of a picture, and its lines of pixels, as they are stored, that differ."""
    width, height = struct.unpack(">II", png[16:24])
    place, packed = 8, b""
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        if png[place + 4 : place + 8] == b"IDAT":
            packed += png[place + 8 : place + 8 + length]
        place += 12 + length
    pixels = zlib.decompress(packed)
    size = len(pixels) // height
    return (width, height), {pixels[start : start + size] for start in range(0, len(pixels), size)}


def test_all_pages_are_drawn_on_all_screens(tmp_path: Path) -> None:
    needs_chromium()
    with browser(tmp_path / "profile") as driver:
        made = pages(tmp_path)
        drawn: list[Picture] = []
        for one in pictures(driver, made):
            drawn.append(one)
            where = f"{one.page} on {one.screen}"
            believed = int(str(SCREENS[one.screen]["width"]))
            assert one.size[0] == believed, f"{where} is wider than its screen"
            size, lines = lines_of(one.data)
            assert size == one.size, where
            assert len(lines) > 300, f"{where} is all but blank"
            assert one.height >= 600, where
        assert problems(driver) == []
    assert [(one.page, one.screen) for one in drawn] == [
        (page, screen) for page in PAGES for screen in SCREENS
    ]
    heights = {(one.page, one.screen): one.height for one in drawn}
    assert heights["many", "desktop"] < TALLEST  # five thousand rows are paged
    assert heights["empty", "desktop"] < heights["tumour", "desktop"]
    assert len({one.data for one in drawn}) == len(drawn)
