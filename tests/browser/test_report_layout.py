"""Nothing of a page is cut, broken within a word or beyond its card, on any screen and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.screenshots import SCREENS, pages
from tests.support.browser import browser, emulate, needs_chromium

BROKEN = r"""
const broken = [];
for (const badge of document.querySelectorAll('.badge')) {
  const walker = document.createTreeWalker(badge, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    for (const word of walker.currentNode.data.matchAll(/[^\s\/]+/g)) {
      const range = document.createRange();
      range.setStart(walker.currentNode, word.index);
      range.setEnd(walker.currentNode, word.index + word[0].length);
      if (new Set(Array.from(range.getClientRects(), (box) => Math.round(box.top))).size > 1) broken.push(word[0]);
    }
  }
}
return broken;
"""
"""Words of badges that are on two lines."""

BEYOND = """
return Array.from(document.querySelectorAll(arguments[0])).filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.getAttribute('aria-label') || one.getAttribute('aria-labelledby'));
"""
"""Labels of boxes whose content is wider than they are."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    needs_chromium()
    return pages(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    needs_chromium()
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


def opened(driver: Chrome, page: Path, screen: str) -> None:
    emulate(driver, **SCREENS[screen])  # type: ignore[arg-type]
    driver.get(page.as_uri())


@pytest.mark.parametrize("screen", ["desktop", "phone", "print"])
def test_no_word_of_a_badge_is_broken(driver: Chrome, made: dict[str, Path], screen: str) -> None:
    for name in ("tumour", "tiers", "germline", "patients"):
        opened(driver, made[name], screen)
        assert driver.execute_script(BROKEN) == [], name


def test_tables_fit_on_paper(driver: Chrome, made: dict[str, Path]) -> None:
    for name, page in made.items():
        opened(driver, page, "print")
        assert driver.execute_script(BEYOND, ".card .scroller, .card") == [], name


def test_results_of_lookups_and_patients_need_no_scrolling_on_a_phone(
    driver: Chrome, made: dict[str, Path]
) -> None:
    for name in ("failing", "empty", "patients", "germline"):
        opened(driver, made[name], "phone")
        assert driver.execute_script(BEYOND, "#coverage .scroller, #cohort .pair .scroller") == [], name
    opened(driver, made["patients"], "phone")
    assert driver.execute_script(BEYOND, "[aria-label='Alleles and patients']") == []
    patients = driver.find_element(By.CSS_SELECTOR, "[aria-label='Matched alleles by patient']")
    assert patients.get_property("scrollHeight") <= patients.get_property("clientHeight")
    opened(driver, made["failing"], "phone")
    cells = driver.find_elements(By.CSS_SELECTOR, "#coverage td[data-label=Failed]")
    assert [cell.text for cell in cells] == ["12", "12"]
    for cell in cells:
        assert cell.rect["x"] + cell.rect["width"] <= 390
        shown = driver.execute_script("return getComputedStyle(arguments[0], '::before').content", cell)
        assert shown == '"Failed"'


def test_sections_are_all_named_at_the_top_of_a_phone(driver: Chrome, made: dict[str, Path]) -> None:
    opened(driver, made["patients"], "phone")
    links = driver.find_elements(By.CSS_SELECTOR, "header nav a")
    assert len(links) == 6
    assert all(link.rect["x"] + link.rect["width"] <= 390 for link in links)


def test_an_entry_names_the_relation_of_its_disease(driver: Chrome, made: dict[str, Path]) -> None:
    opened(driver, made["tiers"], "desktop")
    driver.execute_script("for (const one of document.querySelectorAll('.act button')) one.click()")
    diseases = driver.execute_script(
        "return Array.from(document.querySelectorAll('.evidence td[data-label=Disease]'), (one) => one.textContent)"
    )
    assert {"Lung Non-small Cell Carcinoma", "Melanoma (another disease)"} <= set(diseases)
    assert "Lung Cancer (broader than the patient's disease)" in diseases
    opened(driver, made["tumour"], "desktop")
    driver.execute_script("document.querySelector('.act button').click()")
    assert "disease)" not in driver.find_element(By.CSS_SELECTOR, ".evidence").text
