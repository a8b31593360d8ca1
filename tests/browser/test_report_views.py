"""The same facts, read from INFO, the rendered page, the table, the JSON document and the workbook."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

import annotator
from annotator.sources.clinvar_protein.fields import RESIDUE_FIELDS
from tests.support.browser import browser, emulate, needs_chromium, problems
from tests.support.joined_services import CGI, OPAL, joined
from tests.support.report_facts import (
    OWN,
    Allele,
    View,
    of_info,
    of_json,
    of_page,
    of_rows,
    spoken,
    texts_of,
)
from tests.support.report_views import decoded, sheets_of, table_of
from tests.support.reports import PATHOGENIC, SOURCES, line, predictive, write_annotated


def records() -> list[str]:
    """Return records with all kinds of findings."""
    prognosis = {"EvidenceType": "Prognostic", "Significance": "Poor Outcome", "Therapies": "", "Level": "B"}
    entries = [
        predictive(1, Therapies="Dabrafenib&Trametinib", TherapyInteraction="Combination"),
        predictive(
            2, Therapies="Cetuximab&Panitumumab", TherapyInteraction="Substitutes", Significance="Resistance"
        ),
        predictive(3, Direction="Does Not Support", Level="B", Disease="Colorectal Cancer", DOID="9256"),
        predictive(4, Significance="Adverse Response", Level="B", Therapies="Fluorouracil"),
        predictive(
            5, Significance="Reduced Sensitivity", Level="B", Match="codon", MolecularProfile="BRAF V600"
        ),
        predictive(6, **prognosis),
        predictive(7, **{**prognosis, "Significance": "N/A", "Disease": "Thyroid Cancer", "DOID": "1781"}),
        predictive(8, EvidenceType="Diagnostic", Significance="Positive", Therapies="", Level="B"),
        predictive(9, EntityType="assertion", Level="", AMPCategory="Tier I - Level A", Source=""),
        predictive(10, EvidenceType="Oncogenic", Significance="Oncogenicity", Therapies="", Level="C"),
    ]
    deletion = predictive(
        11, Allele="A", Gene="EGFR", Variant="E746_A750del", MolecularProfile="EGFR E746_A750del"
    )
    conflict = {
        **PATHOGENIC, "CLNVID": "5", "CLNSIG": "Conflicting_classifications_of_pathogenicity",
        "CLNSIGCONF": "Pathogenic(6)|Uncertain_significance(12)", "CLNSTARS": "1",
    }  # fmt: skip
    cancer = {
        "ONC": "Likely_oncogenic",
        "ONCSTARS": "1",
        "ONCDN": "Neoplasm",
        "SCI": "Tier_I_-_Strong",
        "SCISTARS": "2",
    }
    near = [
        "CLN_PROTEIN=NM_1:p.Arg175Cys",
        "CLN_SAME_AA=9|p.Arg175Cys|Pathogenic/Likely_pathogenic|2|c.523_525delinsTGT",
        "CLN_SAME_RESIDUE=12374|p.Arg175His|Pathogenic|3|c.524G>A&376650|p.Arg175Ser|.|.|c.523C>A",
        "gnomad_AF=1.5e-05;gnomad_AC=3;lab_CLASS=seen_twice%3B_VUS",
    ]
    uncertain = {**PATHOGENIC, "CLNVID": "4", "CLNSIG": "Uncertain_significance"}
    haplotype = {
        **PATHOGENIC,
        "CLNVID": "6",
        "CLNSIG": "not_provided",
        "CLNSIGINCL": "624568:Pathogenic",
        "CLNDNINCL": "x",
    }
    several = "CLNSIG=Benign,Likely_pathogenic;CLNSTARS=2,.;CLNVID=7,8;CLNMATCH=exact,exact"
    tumour, germline, normal = ("0/1:60,40", "0/0:50,0"), ("0/1:50,50", "0/1:25,25"), ("0/0:50,0", "1/1:0,20")

    def of(position: int, values: Mapping[str, str], calls: Sequence[str], **more: Any) -> str:
        return line(position, values, genotypes=calls, format_="GT:AD", **more)

    return [
        f"1\t500\t.\tG\tC,T\t.\tPASS\t{several}\tGT:AD\t1/2:0,30,70\t0/1:20,20,0",
        of(55174771, {}, tumour, entries=[deletion], ref="AGGAATTAAGAGAAGC", alt="A"),
        of(140753336, PATHOGENIC | cancer, tumour, entries=entries),
        of(140753337, {**PATHOGENIC, "CLNVID": "2"}, tumour, filter_="weak_evidence;germline"),
        of(140753338, uncertain, germline, other_info=near),
        of(140753339, conflict, germline, other_info=["gnomad_AF=0.25"]),
        of(140753340, haplotype, tumour),
        of(140753341, {**PATHOGENIC, "CLNVID": "9"}, normal),
        of(140753399, {}, tumour, other_info=["ANNSTATUS=clinvar:failed&civic:failed"]),
        of(140753400, {}, tumour, ref="G", alt="C"),
        of(
            140753500, {}, tumour, alt="<DEL>", other_info=["ANNSTATUS=clinvar:unsupported&civic:unsupported"]
        ),
    ]


def written(folder: Path) -> Path:
    """Write an annotated file of a tumour and its normal, into which results of two services are joined."""
    own = [
        '##INFO=<ID=gnomad_AF,Number=A,Type=Float,Description="AF",Source="gnomad",Version="4.1">',
        '##INFO=<ID=gnomad_AC,Number=A,Type=Integer,Description="AC",Source="gnomad",Version="4.1">',
        '##INFO=<ID=lab_CLASS,Number=A,Type=String,Description="Class",Source="lab",Version="1">',
        *(field.header_line("clinvar_protein", "2026-02-26") for field in RESIDUE_FIELDS),
    ]
    meta = (
        "##tumor_sample=T", "##normal_sample=N", *own,
        '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads of each allele">',
    )  # fmt: skip
    sources = [*SOURCES, SOURCES[0].replace("clinvar", "clinvar_protein")]
    sources += [SOURCES[1].replace("civic", name) for name in ("gnomad", "lab")]
    path = write_annotated(
        folder / "source.vcf", records(), samples=("T", "N"), sources=sources, meta_lines=meta
    )
    ids = ",".join((*OWN, *(field.id for field in RESIDUE_FIELDS)))
    path.write_text(path.read_text().replace("##annotatorFields=", f"##annotatorFields={ids},"))
    return joined(path, folder / "pair.vcf", CGI, OPAL)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    needs_chromium()
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


def test_five_views_have_the_same_facts(driver: Chrome, tmp_path: Path) -> None:
    source = written(tmp_path)
    views = {name: tmp_path / f"a.{name}" for name in ("html", "json", "tsv", "xlsx")}
    annotator.write_report(source, **views)  # type: ignore[arg-type]
    emulate(driver, width=1280, height=900)
    driver.get(views["html"].as_uri())
    info = of_info(source)
    document = json.loads(views["json"].read_text())
    table = [
        {name: decoded(text) for name, text in row.items()} for row in table_of(views["tsv"].read_text())
    ]
    sheets = sheets_of(views["xlsx"])
    book = {name: list(map(texts_of, sheet.rows)) for name, sheet in sheets.items()}
    assert len(info) == 10
    assert of_json(document) == info
    assert of_page(driver, ("T", "N")) == spoken(info)
    assert of_rows(table) == info
    evidence = [
        row
        for name, rows in book.items()
        if name not in {"Variants", "Columns", "Same residue"}
        for row in rows
    ]
    assert of_rows(book["Variants"], evidence) == info
    assert problems(driver) == []


def harmful(view: View) -> set[Allele]:
    """Return the alleles of the tumour that passed all filters and are pathogenic or likely pathogenic."""
    words = ("Pathogenic", "Likely_pathogenic", "Likely pathogenic")
    return {
        key
        for key, facts in view.items()
        if facts.values.get("CLNSIG", "").startswith(words) and facts.filter == "PASS" and "T" in facts.calls
    }


def test_five_views_have_the_same_key_findings(driver: Chrome, tmp_path: Path) -> None:
    source = written(tmp_path)
    views = {name: tmp_path / f"a.{name}" for name in ("html", "json", "tsv", "xlsx")}
    annotator.write_report(source, disease="DOID:1909", **views)  # type: ignore[arg-type]
    emulate(driver, width=1280, height=900)
    driver.get(views["html"].as_uri())
    tiles = [one.text for one in driver.find_elements(By.CSS_SELECTOR, ".tile strong")]
    headline = json.loads(views["json"].read_text())["headline"]
    alleles = json.loads(views["json"].read_text())["alleles"]
    table = [
        {name: decoded(text) for name, text in row.items()} for row in table_of(views["tsv"].read_text())
    ]
    variants = list(map(texts_of, sheets_of(views["xlsx"])["Variants"].rows))

    expected = {("1", 500, "G", "T"), ("7", 140753336, "A", "T")}
    of_headline = [alleles[index] for index in headline["pathogenic"]]
    assert {(one["contig"], one["position"], one["ref"], one["alt"]) for one in of_headline} == expected
    assert harmful(of_info(source)) == harmful(of_rows(table)) == harmful(of_rows(variants, [])) == expected
    assert harmful(of_page(driver, ("T", "N"))) == expected
    assert tiles[:4] == ["2", "1", "3", "1"]  # the substitutes are one finding
    cards = {
        card.find_element(By.TAG_NAME, "h3").text: [
            one.text for one in card.find_elements(By.CSS_SELECTOR, ".find strong")
        ]
        for card in driver.find_elements(By.CSS_SELECTOR, "#key-findings .card")
    }
    both = "CIViC, level A or B"
    for title, name in (
        ("Sensitivity", "sensitivity"),
        ("Resistance", "resistance"),
        ("Reduced sensitivity", "reduced"),
        ("Toxicity (pharmacogenomics)", "toxicity"),
    ):
        shown = cards.get(f"{title} {both}", [])
        assert shown == [one["therapies"] for one in headline[name]], title
    said = {row["SAYS"] for row in table if row.get("CIVIC.Level") in {"A", "B"}}
    assert {
        "sensitivity",
        "resistance",
        "reduced sensitivity",
        "toxicity",
        "poor outcome",
        "positive",
    } <= said
    assert [one["effect"] for one in headline["prognostic"]] == ["poor outcome"]
    tiers = {row["TIER"] for row in table if row["POS"] == "140753336"}
    tier = next(row["TIER"] for row in variants if row["POS"] == "140753336")
    assert tiers == {tier} == {headline["sensitivity"][0]["tier"]} == {"I-A"}
    badges = [one.text for one in driver.find_elements(By.CSS_SELECTOR, ".badge.tier")]
    listed = [
        one for name in ("sensitivity", "resistance", "prognostic", "diagnostic") for one in headline[name]
    ]
    assert badges == [f"suggested tier {one['tier']}" for one in listed if one["tier"]]
