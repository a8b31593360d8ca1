"""The README's pictures: `python -m tests.screenshots [FOLDER]` draws the demo's report in Chromium.

They are small on purpose. Fonts differ from machine to machine, so no test compares the pictures.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from annotator.report.build import build_report
from annotator.report.page import page_pieces
from tests.browser import browser, emulate
from tests.conftest import REPOSITORY
from tests.inputs import run_annotator
from tests.reports import DEMO, demo_snapshot

_SHOTS = (
    ("desktop", "tumour", {"width": 1200, "height": 820}, "#matters"),
    ("dark", "tumour", {"width": 1200, "height": 900, "scheme": "dark"}, "#figures"),
    ("table", "tumour", {"width": 1200, "height": 760}, "#alleles"),
    ("cohort", "cohort", {"width": 1200, "height": 900}, "#cohort"),
    ("phone", "tumour", {"width": 390, "height": 844}, "header"),
    ("print", "tumour", {"width": 760, "height": 1075, "media": "print"}, "header"),
)
"""Name of each picture, the page, what the browser is to believe, and what is scrolled to."""


def _pages(folder: Path) -> dict[str, Path]:
    snapshot = demo_snapshot(folder)
    files = []
    for sample in ("tumour", "germline"):
        files.append(folder / f"{sample}.vcf.gz")
        source = DEMO / f"{sample}.GRCh38.vcf"
        ran = run_annotator("annotate", source, "-o", files[-1], "--snapshot", snapshot)
        assert ran.status == 0, ran.err
    pages = {"tumour": files[:1], "cohort": files}
    for name, of in pages.items():
        text = "".join(page_pieces(build_report(of)))
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages}


def draw(folder: Path) -> None:
    """Write the pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch, browser(Path(scratch) / "profile") as driver:
        pages = _pages(Path(scratch))
        for name, page, screen, place in _SHOTS:
            emulate(driver, **screen)  # type: ignore[arg-type]
            driver.get(pages[page].as_uri())
            if name == "table":
                driver.execute_script("document.querySelector('.act button').click()")
            driver.execute_script("document.querySelector(arguments[0]).scrollIntoView()", place)
            picture = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"]
            (folder / f"report-{name}.png").write_bytes(base64.b64decode(picture))


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "test_data" / "screenshots")
