"""The page as people work with it: filters, search, paper and phone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

import annotator
from annotator.report.build import build_report
from annotator.report.page import page_pieces
from tests.support.browser import PLAIN, browser, emulate, needs_chromium, problems, violations
from tests.support.reports import PATHOGENIC, failing_records, line, many, predictive, write_annotated

CSQ = '##INFO=<ID=CSQ,Number=.,Type=String,Description="VEP. Format: Allele|Consequence|SYMBOL|Feature|HGVSp|PICK">'


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    needs_chromium()
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


def page_of(folder: Path, records: Sequence[str], **options: str) -> Path:
    source = write_annotated(folder / "a.vcf", records, meta_lines=[CSQ])
    annotator.write_report(source, html=folder / "a.html", **options)
    return folder / "a.html"


def csq(*transcripts: str) -> str:
    return "CSQ=" + ",".join(f"T|{one}" for one in transcripts)


def entries_of(number: int) -> list[dict[str, str]]:
    """Melanoma and cetuximab in two entries; of the second allele in one."""
    if number:
        return [predictive(3, Therapies="Cetuximab", Gene="BRAFP1")]
    colon = predictive(2, Disease="Colorectal Cancer", DOID="9256", Therapies="Cetuximab", Level="B")
    return [predictive(1), colon]


@pytest.fixture
def page(driver: Chrome, tmp_path: Path) -> Path:
    genes = (
        csq(
            "intron_variant|NRAS|ENST2||",
            "missense_variant&splice_region_variant|BRAF|ENST1|ENSP1.1:p.Val600Glu|1",
        ),
        csq("stop_gained|BRAFP1|ENST3|ENSP3.1:p.Arg2Ter|1"),
    )
    records = [
        line(140753336 + number, {"CLNDN": "Melanoma", "CLNVID": "1"}, entries_of(number), other_info=[note])
        for number, note in enumerate(genes)
    ]
    made = page_of(tmp_path, records)
    emulate(driver, width=1280, height=900)
    driver.get(made.as_uri())
    return made


def positions(driver: Chrome) -> list[str]:
    script = "return Array.from(document.querySelectorAll('#rows .place'), (one) => one.textContent)"
    shown: list[str] = driver.execute_script(script)  # at once, because the rows are replaced while one types
    return [text.split(" ")[0][-3:] for text in shown]


def type_in(driver: Chrome, name: str, text: str, rows: Sequence[str]) -> None:
    driver.find_element(By.ID, name).send_keys(text)
    WebDriverWait(driver, 20).until(lambda one: positions(one) == list(rows))


@pytest.mark.parametrize(
    ("terms", "rows"),
    [
        ("melanoma cetuximab", ["337"]),  # in one entry of the second allele, in two of the first
        ("colorectal cetuximab", ["336"]),
        ("colorectal vemurafenib", []),
        ("v600e cetuximab colorectal", ["336"]),  # the name belongs to every entry
        ("missense variant", ["336"]),
    ],
)
def test_search_terms_match_within_one_entry(driver: Chrome, page: Path, terms: str, rows: list[str]) -> None:
    type_in(driver, "search", terms, rows)
    assert page.exists()
    assert problems(driver) == []


def test_genes_are_chosen_whole_or_by_their_start(driver: Chrome, page: Path) -> None:
    assert page.exists()
    type_in(driver, "gene", "bra", ["336", "337"])
    type_in(driver, "gene", "f", ["336"])  # BRAF is a whole symbol, so BRAFP1 is not meant
    type_in(driver, "gene", "p", ["337"])
    driver.find_element(By.CSS_SELECTOR, "button[type=reset]").click()
    WebDriverWait(driver, 20).until(lambda one: positions(one) == ["336", "337"])


def test_consequence_is_that_of_the_picked_transcript(driver: Chrome, page: Path) -> None:
    assert page.exists()
    chosen = Select(driver.find_element(By.ID, "consequence"))
    assert [one.text for one in chosen.options] == [
        "any", "missense variant", "splice region variant", "stop gained",
    ]  # fmt: skip
    chosen.select_by_visible_text("splice region variant")
    assert positions(driver) == ["336"]
    chosen.select_by_visible_text("stop gained")
    assert positions(driver) == ["337"]


def test_disease_and_level_are_of_one_entry(driver: Chrome, page: Path) -> None:
    assert page.exists()
    Select(driver.find_element(By.ID, "disease")).select_by_visible_text("Colorectal Cancer")
    assert positions(driver) == ["336"]
    Select(driver.find_element(By.ID, "level")).select_by_visible_text("A")
    assert positions(driver) == []  # the allele has level A, but for melanoma
    Select(driver.find_element(By.ID, "level")).select_by_visible_text("A or B")
    assert positions(driver) == ["336"]
    assert violations(driver) == []


def test_a_maximum_frequency_keeps_alleles_without_a_value(driver: Chrome, tmp_path: Path) -> None:
    own = (
        '##annotatorSource=<ID=gnomad,Source="vcf",Release="4.1",Assembly="GRCh38">',
        '##INFO=<ID=gnomad_AF,Number=A,Type=Float,Description="AF",Source="gnomad",Version="4.1">',
        '##INFO=<ID=gnomad_AF_nfe,Number=A,Type=Float,Description="AF",Source="gnomad",Version="4.1">',
        '##INFO=<ID=gnomad_VAF,Number=A,Type=Float,Description="AF",Source="gnomad",Version="4.1">',
    )
    stated = ["gnomad_AF=1.5e-05;gnomad_AF_nfe=0.3", "gnomad_AF=0.01", "gnomad_AF=0.25;gnomad_VAF=0.1", ""]
    lines = [
        line(140753336 + number, PATHOGENIC, other_info=[one] if one else [])
        for number, one in enumerate(stated)
    ]
    path = write_annotated(tmp_path / "a.vcf", lines, meta_lines=own)
    ids = "gnomad_AF,gnomad_AF_nfe,gnomad_VAF"
    path.write_text(path.read_text().replace("##annotatorFields=", f"##annotatorFields={ids},"))
    annotator.write_report(path, html=tmp_path / "a.html")
    emulate(driver, width=1280, height=900)
    driver.get((tmp_path / "a.html").as_uri())
    chosen = Select(driver.find_element(By.ID, "frequency-field"))
    assert [one.text for one in chosen.options] == ["gnomad_AF", "gnomad_AF_nfe"]
    type_in(driver, "frequency", "0.01", ["336", "337", "339"])
    said = driver.find_element(By.ID, "status").text
    assert said == "Rows 1 to 3 of 3, filtered from 4. 1 of these alleles has no value for gnomad_AF."
    chosen.select_by_visible_text("gnomad_AF_nfe")
    assert positions(driver) == ["337", "338", "339"]
    assert "3 of these alleles have no value for gnomad_AF_nfe." in driver.find_element(By.ID, "status").text
    assert violations(driver) == []
    type_in(driver, "frequency", "x", ["336", "337", "338", "339"])
    assert "is not a number from 0 to 1 and was ignored" in driver.find_element(By.ID, "status").text
    assert driver.find_element(By.ID, "frequency").get_attribute("aria-invalid") == "true"
    driver.find_element(By.CSS_SELECTOR, "button[type=reset]").click()
    WebDriverWait(driver, 20).until(lambda one: "value of" not in one.find_element(By.ID, "status").text)
    heading = driver.find_element(By.XPATH, "//th[button[text()='gnomad']]")
    heading.find_element(By.TAG_NAME, "button").click()
    assert positions(driver) == ["338", "337", "336", "339"]
    assert violations(driver) == []
    assert problems(driver) == []


def test_records_at_the_same_residue_are_a_table_of_the_details(driver: Chrome, tmp_path: Path) -> None:
    values = "&".join(("12374|p.Arg175His|Pathogenic|3|c.524G>A", "x|p.Arg175Gly|.|.|c.523C>G"))
    record = line(values=PATHOGENIC, other_info=[f"CLN_PROTEIN=NM_1:p.Arg175Cys;CLN_SAME_RESIDUE={values}"])
    path = write_annotated(tmp_path / "a.vcf", [record], meta_lines=())
    path.write_text(
        path.read_text().replace("##annotatorFields=", "##annotatorFields=CLN_PROTEIN,CLN_SAME_RESIDUE,")
    )
    annotator.write_report(path, html=tmp_path / "a.html")
    driver.get((tmp_path / "a.html").as_uri())
    driver.execute_script("document.querySelector('.act button').click()")
    rows = driver.find_elements(By.CSS_SELECTOR, "[aria-label='Records at the same residue'] tbody tr")
    texts = [[cell.text for cell in row.find_elements(By.TAG_NAME, "td")] for row in rows]
    assert texts == [
        ["other change at the residue", "p.Arg175His", "c.524G>A", "Pathogenic", "3", "12374"],
        ["other change at the residue", "p.Arg175Gly", "c.523C>G", "", "", "x"],
    ]
    links = driver.find_elements(By.CSS_SELECTOR, ".details [data-label=Record] a")
    assert [one.get_attribute("href") for one in links] == [
        "https://www.ncbi.nlm.nih.gov/clinvar/variation/12374/"
    ]
    assert violations(driver) == []


def test_a_statement_is_beneath_its_entry(driver: Chrome, tmp_path: Path) -> None:
    entries = [
        predictive(1),
        predictive(2),
        predictive(1, EntityType="assertion", Level="", AMPCategory="Tier_I"),
    ]
    report = build_report([write_annotated(tmp_path / "a.vcf", [line(entries=entries)])])
    texts = {"EID1": "One <b>b</b> \u202etext\x1b[0m", "AID1": "A summary"}
    page = tmp_path / "page.html"
    page.write_text("".join(page_pieces(replace(report, statements=texts))), encoding="utf-8")
    driver.get(page.as_uri())
    driver.execute_script("document.querySelector('.act button').click()")
    rows = driver.execute_script(
        "return Array.from(document.querySelectorAll('.details .evidence tbody tr'), "
        "(row) => row.cells.length > 1 ? row.cells[7].textContent.split(' ')[0] : row.textContent)"
    )
    assert rows == ["EID1", "One <b>b</b> \u2039U+202E\u203atext\ufffd[0m", "EID2", "AID1", "A summary"]


def test_matching_levels_have_a_legend(driver: Chrome, tmp_path: Path) -> None:
    entries = [predictive(1), predictive(2, Match="codon", MolecularProfile="BRAF V600")]
    driver.get(page_of(tmp_path, [line(values=PATHOGENIC, entries=entries)]).as_uri())
    legend = driver.find_element(By.XPATH, "//div[h3[.='Matching levels in this report']]").text
    assert "exact\nthe normalised allele is the same" in legend
    assert "codon\nthe same residue is changed" in legend
    assert "exon" not in legend


def test_alleles_without_a_result_are_listed_with_reasons(driver: Chrome, tmp_path: Path) -> None:
    failed = [one.rsplit("\t", 2)[0] for one in failing_records()]
    driver.get(page_of(tmp_path, failed).as_uri())
    rows = driver.find_elements(By.CSS_SELECTOR, "[aria-label='Alleles without a result'] tbody tr")
    assert len(rows) == 13
    assert rows[0].text == "7:140,753,400 A>C ClinVar: failed, CIViC: failed not stated in the file"
    assert rows[-1].text.endswith(
        "<DEL> ClinVar: unsupported, CIViC: unsupported a symbolic ALT has no bases that could be compared"
    )
    assert violations(driver) == []


def test_on_a_phone_every_value_of_an_entry_has_its_heading(driver: Chrome, tmp_path: Path) -> None:
    made = page_of(tmp_path, [line(values=PATHOGENIC, entries=[predictive(1)])])
    emulate(driver, width=390, height=844)
    driver.get(made.as_uri())
    driver.find_element(By.CSS_SELECTOR, ".act button").click()
    for label, value in (("Disease", "Melanoma"), ("Therapies", "Vemurafenib")):
        cell = driver.find_element(By.CSS_SELECTOR, f".details td[data-label='{label}']")
        assert cell.text == value
        assert cell.rect["x"] >= 0 and cell.rect["x"] + cell.rect["width"] <= 390
        shown = "return getComputedStyle(arguments[0], '::before').content"
        assert driver.execute_script(shown, cell) == f'"{label}"'
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 390
    assert violations(driver) == []


def printed(page: Path, folder: Path) -> list[str]:
    """Return the texts of the pages that Chromium prints."""
    from pypdf import PdfReader

    output = folder / "a.pdf"
    subprocess.run(
        ["chromium", *PLAIN, f"--user-data-dir={folder / 'profile'}", "--no-pdf-header-footer",
         f"--print-to-pdf={output}", page.as_uri()],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    return [" ".join(normalize("NFKC", one.extract_text()).split()) for one in PdfReader(output).pages]


def test_paper_has_headers_details_numbers_and_the_date(tmp_path: Path) -> None:
    needs_chromium()
    pages = printed(page_of(tmp_path, many(80), report_date="2026-12-01"), tmp_path)
    assert "Date: 2026-12-01" in pages[0]
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in text
    first = next(number for number, text in enumerate(pages) if "All alleles" in text)
    last = next(number for number, text in enumerate(pages) if "Lookup results" in text and number > first)
    assert last - first > 2
    for text in pages[first:last]:
        assert "Variant Position ClinVar Oncogenicity CIViC Match" in text
    whole = " ".join(pages)
    assert whole.count("CIViC evidence and assertions") == 17  # every third of the 50 rows
    assert "1,000,000" in whole and "2,960,000" in whole
    assert "ALLELEID" not in whole
