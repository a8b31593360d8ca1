"""The facts of a report, read from INFO, the rendered page, the table, the JSON document and the workbook alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from annotator.sources.civic.fields import CIVIC_SUBFIELDS
from tests.support.inputs import data_lines, info_of
from tests.support.report_views import decoded
from tests.support.reports import READ_FIELDS

__all__ = [
    "OWN",
    "Allele",
    "Facts",
    "View",
    "of_info",
    "of_json",
    "of_page",
    "of_rows",
    "spoken",
    "texts_of",
]

OWN = ("gnomad_AF", "gnomad_AC", "lab_CLASS")
OPAL_VALUES = ("OPAL_STATUS", "OPAL_REPORT")
VALUES = (*(field.id for field in READ_FIELDS if field.number == "A"), *OWN, *OPAL_VALUES)
TEXTS = re.compile(r"(CLN|ONC|SCI)(SIG|DN|REVSTAT|SIGCONF|SIGINCL|DNINCL)?")
NEIGHBOURS = {"CLN_SAME_AA": "same protein change", "CLN_SAME_RESIDUE": "other change at the residue"}
SAYS = {
    "Sensitivity/Response": "sensitivity", "Resistance": "resistance", "Reduced Sensitivity": "reduced sensitivity",
    "Adverse Response": "toxicity", "Better Outcome": "better outcome", "Poor Outcome": "poor outcome",
    "Positive": "positive", "N/A": "no association", "Oncogenicity": "",
}  # fmt: skip


class Entry(NamedTuple):
    """An entry of CIViC: `Tier I - Level A` as level for an assertion."""

    id: str
    level: str
    says: str
    disease: str
    therapies: str
    profile: str
    match: str


class Facts(NamedTuple):
    """What is known of an allele."""

    filter: str
    values: dict[str, str]
    civic: list[Entry]
    neighbours: list[tuple[str, ...]]
    services: dict[str, list[dict[str, str]]]
    calls: dict[str, tuple[str, str]]


Allele = tuple[str, int, str, str]
View = dict[Allele, Facts]


def plain(text: str) -> str:
    """Return a value as people read it; a range of residues keeps its underscore."""
    spaced = text.replace("_", " ")
    for kept in ("E746_A750del", "523_525delins"):
        spaced = spaced.replace(kept.replace("_", " "), kept)
    return spaced


def says_of(direction: str, significance: str) -> str:
    said = SAYS[plain(significance)]
    return f"does not support {said}" if said and plain(direction) == "Does Not Support" else said


def entry_of(parts: Mapping[str, Any], therapies: Sequence[str]) -> Entry:
    joint = {"Combination": " + ", "Substitutes": " or "}.get(parts.get("TherapyInteraction", ""), ", ")
    prefix = "sequential: " if parts.get("TherapyInteraction") == "Sequential" else ""
    kind = "AID" if parts["EntityType"] == "assertion" else "EID"
    return Entry(
        f"{kind}{parts['EntityID']}",
        plain(parts.get("Level") or parts.get("AMPCategory", "")),
        says_of(parts["Direction"], parts["Significance"]),
        plain(parts.get("Disease", "")),
        prefix + joint.join(map(plain, therapies)),
        plain(parts["MolecularProfile"]),
        parts["Match"],
    )


def neighbours_of(values: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return relation, number, change, classification, stars and nucleotide change of each record."""
    return [
        (relation, *(plain("" if part == "." else part) for part in entry.split("|")))
        for id_, relation in NEIGHBOURS.items()
        for entry in values.get(id_, "").split("&")
        if entry
    ]


def call_of(alt: int | None, depth: int | None, genotype: str) -> tuple[str, str]:
    """Return genotype and fraction of a call, the fraction in per cent with one digit."""
    return genotype, "" if alt is None or not depth else f"{100 * alt / depth:.1f} %, {alt} of {depth} reads"


def of_info(path: Path) -> View:
    """Read the facts from the columns of a VCF."""
    text = path.read_bytes()
    samples = next(one for one in text.decode().splitlines() if one.startswith("#CHROM")).split("\t")[9:]
    formats = {
        found[1]: found[2].split("|")
        for found in re.finditer(r"##INFO=<ID=(CGI\w*|OPAL\w*),.*?Format: ([\w|]+)", text.decode())
    }
    view: View = {}
    for record in data_lines(text):
        contig, position, _, ref, alts, _, filter_, _, _, *columns = record.split("\t")
        info = info_of(record)
        for number, alt in enumerate(alts.split(",")):
            values = {
                id_: decoded(info[id_].split(",")[number])
                for id_ in VALUES
                if id_ in info and info[id_].split(",")[number] != "."
            }
            entries = [
                dict(zip(CIVIC_SUBFIELDS, one.split("|"), strict=True))
                for one in info.get("CIVIC", "").split(",")
                if one
            ]
            own = [
                entry_of(
                    {part: decoded(value) for part, value in one.items()},
                    [decoded(therapy) for therapy in one["Therapies"].split("&") if therapy],
                )
                for one in entries
                if one["AlleleIndex"] == str(number + 1)
            ]
            services = {
                id_: found
                for id_, names in formats.items()
                if (
                    found := [
                        {name: decoded(value) for name, value in one.items() if value}
                        for entry in info.get(id_, "").split(",")
                        if entry
                        for one in (dict(zip(names, entry.split("|"), strict=True)),)
                        if one["AlleleIndex"] == str(number + 1)
                    ]
                )
            }
            calls = {}
            for sample, column in zip(samples, columns, strict=True):
                genotype, _, depths = column.partition(":")
                counts = [int(one) for one in depths.split(",")]
                if str(number + 1) in re.split("[/|]", genotype):
                    calls[sample] = call_of(counts[number + 1], sum(counts), genotype)
            if (values.keys() - set(OWN)) or own or services:
                neighbours = neighbours_of(values)
                kept = {id_: value for id_, value in values.items() if id_ not in NEIGHBOURS}
                view[contig, int(position), ref, alt] = Facts(filter_, kept, own, neighbours, services, calls)
    return view


DETAILS = """
return Array.from(document.querySelectorAll('#rows > tr.details')).map((details) => {
  const row = details.previousElementSibling;
  const texts = (cells) => Array.from(cells, (cell) => cell.textContent);
  const tables = Array.from(details.querySelectorAll('table'), (table) => [
    table.caption.textContent, texts(table.tHead.rows[0].cells),
    Array.from(table.tBodies[0].rows, (line) => texts(line.cells)),
  ]);
  const terms = Array.from(details.querySelectorAll('dt'), (one) => [one.textContent, one.nextSibling.textContent]);
  const badge = row.querySelector('.badge.filter bdi');
  return {place: row.querySelector('.place bdi').textContent, filter: badge ? badge.textContent : 'PASS',
    tables: tables, terms: Object.fromEntries(terms)};
});
"""


def of_page(driver: Chrome, samples: Sequence[str]) -> View:
    """Read the facts from the rendered page, with all rows opened."""
    Select(driver.find_element(By.ID, "size")).select_by_visible_text("200")
    driver.execute_script("for (const one of document.querySelectorAll('.act button')) one.click()")
    view: View = {}
    for one in driver.execute_script(DETAILS):
        terms, contig, position = one["terms"], *one["place"].split(":")
        civic, neighbours, services = [], [], {}
        for caption, names, lines in one["tables"]:
            rows = [dict(zip(names, cells, strict=True)) for cells in lines]
            if caption == "CIViC evidence and assertions":
                for row in rows:
                    negated = row["Effect"].startswith("does not support ")
                    direction = "Does Not Support" if negated else "Supports"
                    says = says_of(direction, row["Effect"].removeprefix("does not support "))
                    id_ = row["Source"].split(" ")[0]
                    entry = (
                        row["Level"],
                        says,
                        row["Disease"],
                        row["Therapies"],
                        row["Profile"],
                        row["Match"],
                    )
                    civic.append(Entry(id_, *entry))
            elif caption.startswith("ClinVar missense records"):
                order = (
                    "Relation",
                    "Record",
                    "Protein change",
                    "Classification",
                    "Stars",
                    "Nucleotide change",
                )
                neighbours = [tuple(row[name] for name in order) for row in rows]
            else:
                services[caption] = [{name: text for name, text in row.items() if text} for row in rows]
        calls = {}
        for sample in samples:
            found = re.fullmatch(r"called \((.*?)\)(?:; VAF (.*?), from .*)?", terms[sample])
            if found:
                calls[sample] = (found[1], found[2] or "")
        values = {id_: terms[id_] for id_ in VALUES if id_ in terms}
        key = (contig, int(position.replace(",", "")), terms["REF"], terms["ALT"])
        view[key] = Facts(one["filter"], values, civic, neighbours, services, calls)
    return view


def of_json(document: Mapping[str, Any]) -> View:
    """Read the facts from the JSON document."""
    names = [one["name"] for one in document["samples"]]
    view: View = {}
    for one in document["alleles"]:
        values = {id_: str(value) for id_, value in one["info"].items()}
        calls = {
            names[int(number)]: call_of(call.get("alt_reads"), call.get("depth"), call["genotype"])
            for number, call in one["samples"].items()
            if call["state"] == "carried"
        }
        view[one["contig"], one["position"], one["ref"], one["alt"]] = Facts(
            one["filter"],
            {id_: value for id_, value in values.items() if id_ not in NEIGHBOURS and id_ != "ANNSTATUS"},
            [entry_of(entry, entry.get("Therapies", [])) for entry in one["civic"]],
            neighbours_of(values),
            one["joined"],
            calls,
        )
    return view


def of_rows(rows: Sequence[Mapping[str, str]], evidence: Sequence[Mapping[str, str]] | None = None) -> View:
    """Read the facts from rows of a table; a workbook has those of the evidence in another sheet."""
    view: View = {}
    for row in rows:
        key = (row["CHROM"], int(float(row["POS"])), row["REF"], row["ALT"])
        values = {id_: row[id_] for id_ in VALUES if row.get(id_)}
        lists = {name: row.get(name, "").split("&") for name in ("GENOTYPE", "DEPTH", "ALT_READS")}
        calls = {
            sample: call_of(*(int(float(one)) if one else None for one in (alt, depth)), genotype)
            for sample, genotype, depth, alt in zip(
                row.get("CARRIED_BY", "").split("&"), *lists.values(), strict=True
            )
            if sample
        }
        kept = {id_: value for id_, value in values.items() if id_ not in NEIGHBOURS}
        facts = Facts(row["FILTER"], kept, [], neighbours_of(values), {}, calls)
        view.setdefault(key, facts)
    for row in rows if evidence is None else evidence:
        key = (row["CHROM"], int(float(row["POS"])), row["REF"], row["ALT"])
        parts = {name.removeprefix("CIVIC."): row[name] for name in row if name.startswith("CIVIC.")}
        if parts.get("EntityID"):
            therapies = [decoded(one) for one in parts.get("Therapies", "").split("&") if one]
            entry = entry_of(parts, therapies)
            assert row.get("SAYS", "") == entry.says
            view[key].civic.append(entry)
        for field in ("CGI", "CGI_DRUG"):
            one = {
                name.partition(".")[2]: text
                for name, text in row.items()
                if name.startswith(f"{field}.") and text
            }
            if one:
                view[key].services.setdefault(field, []).append(one)
    return view


def texts_of(row: Mapping[str, str | float]) -> dict[str, str]:
    """Return a row of a workbook as text; a position as all its digits."""
    return {
        name: text if isinstance(text, str) else f"{text:.0f}" if name == "POS" else f"{text:g}"
        for name, text in row.items()
    }


def spoken(view: View) -> View:
    """Return a view with its values as the page shows them."""
    return {
        key: facts._replace(
            values={
                id_: plain(value).replace("|", "; ") if TEXTS.fullmatch(id_) else value
                for id_, value in facts.values.items()
            },
            services={
                id_: [
                    {
                        name: plain(text).replace("|", "; ")
                        for name, text in one.items()
                        if not name.startswith("Allele")
                    }
                    for one in entries
                ]
                for id_, entries in facts.services.items()
            },
        )
        for key, facts in view.items()
    }
