"""The page in Debian's Chromium: sorted, filtered, opened, followed; no error, no request, no barrier."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterator
from pathlib import Path
from unicodedata import normalize

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

import annotator
from annotator.report.build import build_report
from annotator.report.page import page_pieces
from annotator.sources.civic.fields import CIVIC_SUBFIELDS
from tests.support.browser import PLAIN, browser, emulate, needs_chromium, problems, requests_of, violations
from tests.support.inputs import data_lines, info_of, run_annotator
from tests.support.joined_services import CGI, OPAL, joined
from tests.support.report_views import decoded
from tests.support.reports import (
    DEMO,
    FIELDS,
    PATHOGENIC,
    demo_snapshot,
    hostile_records,
    line,
    many,
    predictive,
    write_annotated,
)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    needs_chromium()
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of pages: of 5,000 alleles and of 200, of none, of failures, of a cohort, and of hostile values."""
    folder = tmp_path_factory.mktemp("pages")
    genotypes = (("0/1", "0/0", "./."), ("1/1", "0/1", "0/1"), ("0/0", "0/0", "0/1"))
    cohort = [
        line(140753336 + number, PATHOGENIC, [predictive(number)], genotypes=one)
        for number, one in enumerate(genotypes)
    ]
    failed = "7\t140753400\t.\tA\tC\t.\t.\tANNSTATUS=clinvar:failed&civic:failed"
    two = [line(140753336 + number, PATHOGENIC, genotypes=("0/1",)) for number in range(2)]
    source = write_annotated(folder / "source.vcf", two, samples=("T",))
    files = {
        "many": write_annotated(folder / "many.vcf", many(5000)),
        "some": write_annotated(folder / "some.vcf", many(200)),
        "none": write_annotated(folder / "none.vcf", []),
        "failed": write_annotated(folder / "failed.vcf", [line(values=PATHOGENIC), failed]),
        "services": joined(source, folder / "services.vcf", CGI, OPAL),
        "cohort": write_annotated(folder / "cohort.vcf", cohort, samples=("A", "B", "C")),
        "hostile": write_annotated(folder / "hostile.vcf", hostile_records(), samples=("<u>S</u>",)),
    }
    for name, path in files.items():
        text = "".join(page_pieces(build_report([path])))
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


def shown(driver: Chrome, page: Path, **screen: object) -> None:
    emulate(driver, **{"width": 1280, "height": 900, **screen})  # type: ignore[arg-type]
    requests_of(driver)
    driver.get(page.as_uri())


def names(driver: Chrome) -> list[str]:
    return [row.text for row in driver.find_elements(By.CSS_SELECTOR, "#rows > tr > th > bdi")]


def status(driver: Chrome) -> str:
    return driver.find_element(By.ID, "status").text


def wait_for(driver: Chrome, said: str) -> None:
    WebDriverWait(driver, 20).until(lambda one: said in status(one))


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [
        ("some", "light", 1280),
        ("some", "dark", 390),
        ("none", "light", 1280),
        ("none", "dark", 390),
        ("failed", "light", 1280),
        ("failed", "dark", 390),
        ("services", "light", 390),
        ("services", "dark", 1280),
        ("cohort", "light", 1280),
        ("cohort", "dark", 1280),
        ("cohort", "light", 390),
        ("hostile", "light", 1280),
        ("hostile", "dark", 390),
    ],
)
def test_a_page_has_no_error_no_request_and_no_barrier(
    driver: Chrome, pages: Path, name: str, scheme: str, width: int
) -> None:
    page = pages / f"{name}.html"
    shown(driver, page, width=width, scheme=scheme)
    for button in driver.find_elements(By.CSS_SELECTOR, ".act button")[:2]:
        driver.execute_script("arguments[0].click()", button)
    driver.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
    assert violations(driver) == []
    assert problems(driver) == []
    assert requests_of(driver) == [page.as_uri()]
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    assert "owned" not in driver.title


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_a_comparison_has_no_error_no_request_and_no_barrier(
    driver: Chrome, tmp_path: Path, scheme: str, width: int
) -> None:
    worse = {**PATHOGENIC, "CLNDN": "<b>x</b>"}
    older = {**worse, "CLNSIG": "Uncertain_significance"}
    for name, values, entries in (("a", older, []), ("b", worse, [predictive(7)])):
        lines = [line(140753336 + number, values, entries) for number in range(60)]
        write_annotated(tmp_path / f"{name}.vcf", lines)
    ran = run_annotator("diff", "a.vcf", "b.vcf", "--html", "diff.html", cwd=tmp_path)
    assert ran.status == 0, ran.err
    shown(driver, tmp_path / "diff.html", width=width, scheme=scheme)
    assert (
        len(driver.find_elements(By.CSS_SELECTOR, "tbody tr")) == 180
    )  # classified anew, known to CIViC now, and its evidence
    assert violations(driver) == []
    assert problems(driver) == []
    assert requests_of(driver) == [(tmp_path / "diff.html").as_uri()]
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width


def test_results_of_services_can_be_searched_and_opened(driver: Chrome, pages: Path) -> None:
    shown(driver, pages / "services.html")
    driver.find_element(By.ID, "search").send_keys("fda guidelines")
    wait_for(driver, "Rows 1 to 1 of 1, filtered from 2.")
    driver.find_element(By.CSS_SELECTOR, ".act button").click()
    text = driver.find_element(By.CSS_SELECTOR, "tr.details").text
    for said in (
        "CGI_DRUG",
        "=Panitumumab; x",
        "Vemurafenib (BRAF inhibitor), alone",
        "OPAL_STATUS",
        "CONFIRMED",
    ):
        assert said in text
    card = driver.find_element(By.XPATH, "//div[h3[contains(., 'Cancer Genome Interpreter')]]").text
    assert "Responsive" in card
    assert "Panitumumab" not in card


def test_a_list_unfolds_and_names_what_is_not_in_it(driver: Chrome, pages: Path) -> None:
    shown(driver, pages / "many.html")
    card = driver.find_element(By.XPATH, "//div[h3[.='Pathogenic and likely pathogenic ClinVar']]")
    items = card.find_elements(By.TAG_NAME, "li")
    assert [item.is_displayed() for item in items] == [True] * 6 + [False] * 19
    card.find_element(By.TAG_NAME, "summary").click()
    assert all(item.is_displayed() for item in items)
    assert "And 1,643 more" in card.text


def test_five_thousand_alleles_are_paged_sorted_and_filtered(driver: Chrome, pages: Path) -> None:
    shown(driver, pages / "many.html")
    assert status(driver) == "Rows 1 to 50 of 5,000."
    assert len(names(driver)) == 50

    heading = driver.find_element(By.XPATH, "//th[button[text()='ClinVar']]")
    heading.find_element(By.TAG_NAME, "button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    badges = driver.find_elements(By.CSS_SELECTOR, "#rows .badge.pathogenic")
    assert {badge.text for badge in badges} == {"Pathogenic"}
    assert len(badges) == 50
    heading.find_element(By.TAG_NAME, "button").click()
    assert heading.get_attribute("aria-sort") == "ascending"

    driver.find_element(By.ID, "after").click()
    assert status(driver) == "Rows 51 to 100 of 5,000."
    driver.find_element(By.ID, "search").send_keys("gene42 vemurafenib")
    wait_for(driver, "filtered from 5,000")
    found = names(driver)
    assert found
    assert all(name.upper().startswith("GENE42") for name in found)
    driver.find_element(By.CSS_SELECTOR, "button[type=reset]").click()
    wait_for(driver, "of 5,000.")
    driver.find_element(By.CSS_SELECTOR, "#level option[value=A]").click()
    wait_for(driver, "of 334, filtered from 5,000.")
    driver.find_element(By.CSS_SELECTOR, "#category option[value=therapy]").click()
    wait_for(driver, "of 167, filtered from 5,000.")
    driver.find_element(By.ID, "search").send_keys("nothing has this")
    wait_for(driver, "No allele matches the filters.")
    assert names(driver) == []
    assert problems(driver) == []


def test_stars_fraction_and_depth_filter_and_the_rows_are_saved(driver: Chrome, tmp_path: Path) -> None:
    reads = ("0/1:90,10", "0/1:10,10", "0/1:30,30", "0/1:.")
    records = [
        line(
            140753336 + number,
            {**PATHOGENIC, "CLNSTARS": str(number), "CLNDN": f"=D,{number}"},
            format_="GT:AD",
            genotypes=(one,),
        )
        for number, one in enumerate(reads)
    ]
    source = write_annotated(tmp_path / "a.vcf", records, samples=("S",))
    page = tmp_path / "a.html"
    page.write_text("".join(page_pieces(build_report([source]))), encoding="utf-8")
    shown(driver, page)

    def positions() -> list[str]:
        return [row.text.split(" ")[0][-3:] for row in driver.find_elements(By.CSS_SELECTOR, "#rows .place")]

    def slide(name: str, value: int) -> None:
        driver.execute_script(
            "const one = document.getElementById(arguments[0]); one.value = arguments[1];"
            "for (const kind of ['input', 'change']) one.dispatchEvent(new Event(kind, {bubbles: true}));",
            name,
            value,
        )

    assert positions() == ["336", "337", "338", "339"]
    slide("vaf", 20)
    assert positions() == ["337", "338"]
    assert driver.find_element(By.ID, "vaf-shown").text == "20 %"
    assert status(driver) == (
        "Rows 1 to 2 of 2, filtered from 4. Rows without a value for VAF or depth are hidden."
    )
    slide("depth", 40)
    assert positions() == ["338"]
    driver.find_element(By.CSS_SELECTOR, "button[type=reset]").click()
    wait_for(driver, "Rows 1 to 4 of 4.")
    assert driver.find_element(By.ID, "vaf-shown").text == "0 %"
    driver.find_element(By.CSS_SELECTOR, "#stars option[value='3']").click()
    assert positions() == ["339"]
    assert violations(driver) == []
    driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    driver.find_element(By.ID, "save").click()
    saved = tmp_path / "alleles.csv"
    WebDriverWait(driver, 20).until(lambda _: saved.exists() and saved.stat().st_size)
    assert saved.read_bytes().startswith("\ufeffCHROM".encode()) or saved.read_bytes().startswith(
        '\ufeff"CHROM"'.encode()
    )  # or Excel would show letters such as \u00f6 as two others
    with saved.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["POS"], row["CLNSTARS"], row["CLNDN"]) for row in rows] == [("140753339", "3", "%3DD,3")]
    assert [(row["CARRIED_BY"], row["GENOTYPE"], row["DEPTH"], row["VAF"]) for row in rows] == [
        ("S", "0/1", "", "")
    ]
    assert problems(driver) == []


def test_details_open_by_keyboard_and_hold_all_values(driver: Chrome, pages: Path) -> None:
    shown(driver, pages / "cohort.html")
    button = driver.find_element(By.CSS_SELECTOR, ".act button")
    button.send_keys(Keys.ENTER)
    assert button.get_attribute("aria-expanded") == "true"
    text = driver.find_element(By.CSS_SELECTOR, "tr.details").text
    for value in ("reviewed by expert panel", "BRAF:673", "Vemurafenib", "called (0/1)", "no call (./.)"):
        assert value in text
    button.send_keys(Keys.SPACE)
    assert button.get_attribute("aria-expanded") == "false"
    assert driver.find_elements(By.CSS_SELECTOR, "tr.details") == []


def test_details_show_all_parts_of_a_civic_entry(driver: Chrome, tmp_path: Path) -> None:
    entries = [
        predictive(1, RetractionNature="Expression of concern", Flag="flagged_for_review"),
        predictive(
            2, EntityType="assertion", Level="", AMPCategory="Tier_I_-_Level_A", Source="",
            ApprovedBy="Lung SC-VCEP&Labs & Friends", CytogeneticRegion="2p23", KnownPartners="CLTC&EML4",
        ),
        predictive(3),
    ]  # fmt: skip
    source = write_annotated(tmp_path / "a.vcf", [line(entries=entries)])
    page = tmp_path / "page.html"
    page.write_text("".join(page_pieces(build_report([source]))), encoding="utf-8")
    shown(driver, page)
    driver.execute_script("for (const one of document.querySelectorAll('.act button')) one.click()")
    [(_, lines)] = driver.execute_script(SHOWN)
    assert {one[7].split(" ")[0]: one[8] for one in lines} == {
        "EID1": "flagged for review; publication notice: Expression of concern",
        "AID2": "approved by Lung SC-VCEP, Labs & Friends; cytogenetic region: 2p23; known fusion partners: CLTC, EML4",
        "EID3": "",
    }
    assert problems(driver) == []


TEXTS = {"CLNSIG", "CLNDN", "CLNREVSTAT", "CLNSIGCONF", "CLNSIGINCL", "CLNDNINCL"}
TEXTS |= {f"{kind}{part}" for kind in ("ONC", "SCI") for part in ("", "DN", "REVSTAT")}
"""Fields whose values the details show as words."""

SHOWN = """
return Array.from(document.querySelectorAll('#rows > tr.details')).map((row) => {
  const terms = Array.from(row.querySelectorAll('dt'), (one) => [one.textContent, one.nextSibling.textContent]);
  const evidence = row.querySelectorAll('[aria-label=Evidence] tbody tr');
  const lines = Array.from(evidence, (one) => Array.from(one.cells, (cell) => cell.textContent));
  return [Object.fromEntries(terms), lines];
});
"""


def test_the_page_shows_the_values_of_info(driver: Chrome, tmp_path: Path) -> None:
    snapshot = demo_snapshot(tmp_path)
    output = tmp_path / "tumour.vcf"
    annotator.annotate(DEMO / "tumour.GRCh38.vcf", output, snapshot=snapshot)
    annotator.write_report(output, html=tmp_path / "page.html")
    shown(driver, tmp_path / "page.html")
    Select(driver.find_element(By.ID, "size")).select_by_visible_text("200")
    driver.execute_script("for (const one of document.querySelectorAll('.act button')) one.click()")
    seen = driver.execute_script(SHOWN)
    said = []
    for record in data_lines(output.read_bytes()):
        info, alts = info_of(record), record.split("\t")[4].split(",")
        for number, alt in enumerate(alts):
            values = {
                field.id: decoded(info[field.id].split(",")[number])
                for field in FIELDS
                if field.number == "A" and field.id in info and info[field.id].split(",")[number] != "."
            }
            entries = [one.split("|") for one in info.get("CIVIC", "").split(",") if one]
            if values:
                own = [
                    dict(zip(CIVIC_SUBFIELDS, one, strict=True))
                    for one in entries
                    if one[1] == str(number + 1)
                ]
                said.append((alt, values, own))
    assert len(said) == len(seen) == 51
    for (alt, values, entries), (terms, lines) in zip(said, seen, strict=True):
        assert {id_: terms[id_] for id_ in values} == {
            id_: value.replace("_", " ").replace("|", "; ") if id_ in TEXTS else value
            for id_, value in values.items()
        }
        assert terms["ALT"] == alt
        assert len(lines) == len(entries)
        for entry, line_ in zip(entries, lines, strict=True):
            joint = {"Combination": " + ", "Substitutes": " or "}.get(entry["TherapyInteraction"], ", ")
            therapies = joint.join(decoded(one) for one in entry["Therapies"].split("&"))
            disease, profile = decoded(entry["Disease"]), decoded(entry["MolecularProfile"])
            words = [entry["EvidenceType"], disease, therapies, profile, entry["Match"]]
            assert [line_[place] for place in (1, 3, 4, 5, 6)] == [
                one.replace("_", " ").replace("E746 A750del", "E746_A750del") for one in words
            ]
            assert entry["EntityID"] in line_[7]


def test_a_link_leads_to_its_stated_address(driver: Chrome, pages: Path) -> None:
    shown(driver, pages / "cohort.html")
    driver.find_element(By.CSS_SELECTOR, "header nav a[href='#coverage']").click()
    assert driver.current_url.endswith("cohort.html#coverage")
    links = driver.find_elements(By.CSS_SELECTOR, "#key-findings a[target=_blank]")
    addresses = {link.get_attribute("href") for link in links}
    assert "https://www.ncbi.nlm.nih.gov/clinvar/variation/13961/" in addresses
    assert "https://civicdb.org/links/evidence_items/1" in addresses
    assert "https://pubmed.ncbi.nlm.nih.gov/1001/" in addresses
    assert {link.get_attribute("rel") for link in links} == {"noopener noreferrer"}


def test_hostile_text_is_shown_literally(driver: Chrome, pages: Path) -> None:
    shown(driver, pages / "hostile.html")
    for button in driver.find_elements(By.CSS_SELECTOR, ".act button"):
        driver.execute_script("arguments[0].click()", button)
    text = driver.find_element(By.ID, "alleles").text
    assert "<script>document.title='owned'</script>" in text
    assert "\u2039U+202E\u203agnp.exe" in text
    assert "{{_7_*_7_}}" in text
    assert driver.find_elements(By.CSS_SELECTOR, "img, iframe, #alleles script, #alleles u") == []
    assert driver.title == "Annotation report: hostile.vcf"


def test_print_shows_the_rows_and_hides_the_controls(driver: Chrome, pages: Path) -> None:
    shown(driver, pages / "cohort.html", media="print", width=800)
    assert not driver.find_element(By.ID, "controls").is_displayed()
    assert not driver.find_element(By.ID, "pager").is_displayed()
    assert driver.find_element(By.CSS_SELECTOR, "#rows tr").is_displayed()


def test_the_page_is_printed_as_a_pdf(pages: Path, tmp_path: Path) -> None:
    """As `chromium --print-to-pdf` does it: everything that matters, folded or not, and no controls."""
    needs_chromium()
    from pypdf import PdfReader

    texts = {}
    for name in ("cohort", "many"):
        output = tmp_path / f"{name}.pdf"
        printing = ("--no-pdf-header-footer", f"--print-to-pdf={output}", (pages / f"{name}.html").as_uri())
        subprocess.run(
            ["chromium", *PLAIN, f"--user-data-dir={tmp_path / 'profile'}", *printing],
            capture_output=True, check=True, timeout=120,
        )  # fmt: skip
        texts[name] = [
            " ".join(normalize("NFKC", page.extract_text()).split()) for page in PdfReader(output).pages
        ]
    assert 3 <= len(texts["cohort"]) <= 6
    assert "Key findings" in texts["cohort"][0]
    whole = " ".join(texts["cohort"])
    for said in (
        "BRAF",
        "Vemurafenib",
        "Cohort",
        "Lookup results",
        "Provenance",
        "not a medical device",
    ):
        assert said in whole
    assert "Details" not in whole
    assert "Search" not in whole
    assert 15 <= len(texts["many"]) <= 22
    whole = " ".join(texts["many"])
    assert "Rows 1 to 50 of 5,000." in whole
    assert "Show 19 more" not in whole
    assert all(
        f"GENE{number} V600E" in whole for number in (24, 354)
    )  # the list's last are folded on the screen
    assert "And 1,643 more" in whole


def test_the_program_that_is_run_is_the_one_of_the_page(driver: Chrome, pages: Path, tmp_path: Path) -> None:
    text = (pages / "cohort.html").read_text(encoding="utf-8")
    changed = tmp_path / "changed.html"
    changed.write_text(text.replace("</main>", "<script>document.title = 'owned'</script></main>"))
    shown(driver, changed)
    assert driver.title == "Annotation report: cohort.vcf"
    assert any("Content Security Policy" in problem for problem in problems(driver))
