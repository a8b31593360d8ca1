"""Pictures of the report, drawn in Chromium.

    python -m tests.screenshots             the README's, small, into test_data/screenshots
    python -m tests.screenshots FOLDER      all pages on a desktop, a phone, in the dark and on paper, whole

Fonts differ from machine to machine, so no test compares the pictures.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from annotator.report.build import build_report
from annotator.report.page import page_pieces
from tests.conftest import REPOSITORY
from tests.support.browser import browser, emulate
from tests.support.inputs import run_annotator
from tests.support.reports import DEMO, demo_snapshot, failing_records, line, many, write_annotated

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

__all__ = ["PAGES", "SCREENS", "Picture", "draw_all", "pages", "pictures"]

README_SHOTS = (
    ("desktop", "tumour", {"width": 1200, "height": 820}, "#key-findings"),
    ("dark", "tumour", {"width": 1200, "height": 900, "scheme": "dark"}, "#figures"),
    ("table", "tumour", {"width": 1200, "height": 760}, "#alleles"),
    ("cohort", "cohort", {"width": 1200, "height": 900}, "#cohort"),
    ("phone", "tumour", {"width": 390, "height": 844}, "header"),
    ("print", "tumour", {"width": 760, "height": 1075, "media": "print"}, "header"),
)
"""Name of each picture, the page, what the browser is to believe, and what is scrolled to."""

PAGES = ("tumour", "tiers", "germline", "cohort", "patients", "many", "empty", "failing")
"""The demo's tumour and normal, the same for a disease, its germline sample, both together, six patients, 5,000
alleles, none, and one whose sources failed."""

SCREENS: dict[str, dict[str, object]] = {
    "desktop": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
    "dark": {"width": 1280, "height": 900, "scheme": "dark"},
    "print": {"width": 760, "height": 1075, "media": "print"},
}
"""Width and height in CSS pixels, scheme and medium; 760 pixels is A4 within its margins."""

_AD = '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads of each allele">'

TALLEST = 9_000
"""Pixels of a picture's height: what is below is more of the same rows."""


class Picture:
    """A page on a screen: the picture, and what the page measures there."""

    def __init__(self, page: str, screen: str, data: bytes, size: tuple[int, int], height: int) -> None:
        self.page = page
        self.screen = screen
        self.data = data
        self.size = size
        self.height = height


def pages(folder: Path) -> dict[str, Path]:
    """Write the pages into a folder."""
    snapshot = demo_snapshot(folder)
    files = []
    for sample in ("tumour", "germline"):
        files.append(folder / f"{sample}.vcf.gz")
        source = DEMO / f"{sample}.GRCh38.vcf"
        ran = run_annotator("annotate", source, "-o", files[-1], "--snapshot", snapshot)
        assert ran.status == 0, ran.err
    of = {
        "tumour": files[:1],
        "tiers": files[:1],
        "germline": files[1:],
        "cohort": files,
        "patients": six_patients(folder),
        "many": [write_annotated(folder / "many.vcf", many(5000))],
        "empty": [write_annotated(folder / "empty.vcf", [line(5, genotypes=("0/1",))], samples=("TUMOUR",))],
        "failing": [write_annotated(folder / "failing.vcf", failing_records(), samples=("TUMOUR",))],
    }
    for name, paths in of.items():
        text = "".join(page_pieces(build_report(paths, disease="NSCLC" if name == "tiers" else "")))
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in of}


def six_patients(folder: Path) -> list[Path]:
    """Write annotated files of six patients, each with a tumour and some of the same alleles."""
    files = []
    records = many(40)
    for number in range(6):
        name = f"patient-{number + 1}"
        lines = []
        for place, record in enumerate(records):
            if place % (number + 2) == 0:
                columns = record.split("\t")
                columns[6] = "PASS" if place % 5 else "weak_evidence"
                lines.append("\t".join([*columns, "GT:AD", "0/1:60,40", "0/0:50,0"]))
        samples = (f"{name}-T", f"{name}-N")
        meta = (f"##tumor_sample={samples[0]}", f"##normal_sample={samples[1]}", _AD)
        files.append(write_annotated(folder / f"{name}.vcf", lines, samples=samples, meta_lines=meta))
    return files


def pictures(driver: Chrome, made: dict[str, Path]) -> Iterator[Picture]:
    """Draw every page on every screen, from its top to its end."""
    for page in PAGES:
        for screen, believed in SCREENS.items():
            emulate(driver, **believed)  # type: ignore[arg-type]
            driver.get(made[page].as_uri())
            width = int(driver.execute_script("return document.documentElement.scrollWidth"))
            height = int(driver.execute_script("return document.documentElement.scrollHeight"))
            # A screen as tall as the page: a picture from beyond the screen would lack what sticks to it.
            emulate(driver, **{**believed, "height": min(height, TALLEST)})  # type: ignore[arg-type]
            yield Picture(page, screen, _captured(driver), (width, min(height, TALLEST)), height)


def _captured(driver: Chrome) -> bytes:
    return base64.b64decode(driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"])


def draw_all(folder: Path) -> None:
    """Write the pictures of all pages on all screens into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch, browser(Path(scratch) / "profile") as driver:
        for one in pictures(driver, pages(Path(scratch))):
            (folder / f"{one.page}-{one.screen}.png").write_bytes(one.data)


def draw_for_readme(folder: Path) -> None:
    """Write the README's pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch, browser(Path(scratch) / "profile") as driver:
        made = pages(Path(scratch))
        for name, page, screen, place in README_SHOTS:
            emulate(driver, **screen)  # type: ignore[arg-type]
            driver.get(made[page].as_uri())
            if name == "table":
                driver.execute_script("document.querySelector('.act button').click()")
            driver.execute_script("document.querySelector(arguments[0]).scrollIntoView()", place)
            (folder / f"report-{name}.png").write_bytes(_captured(driver))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        draw_all(Path(sys.argv[1]))
    else:
        draw_for_readme(REPOSITORY / "test_data" / "screenshots")
