"""The packaged table of diseases: one grammar, refusals with help, and relations that the ontology's files lack."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from annotator.errors import UsageError
from annotator.sources.civic.disease_table import disease_table, disease_warnings, resolve_disease
from annotator.sources.civic.diseases import DiseaseRelations


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("DOID:1909", "1909"),
        ("doid:1909 ", "1909"),
        ("1909", "1909"),
        ("0060079", "0060079"),
        ("DOID:5599", "5603"),  # an alternative number
        ("melanoma", "1909"),
        ("Skin Melanoma", "8923"),
        ("cutaneous melanoma", "8923"),
        ("NSCLC", "3908"),
        ("nsclc", "3908"),
        ("CRC", "9256"),
        ("AML", "9119"),
        ("GIST", "9253"),
        ("HER2+", "0060079"),
        ("Her2-receptor_Positive_Breast_Cancer", "0060079"),
        ("HER2 positive breast cancer", "0060079"),
        ("non-small cell lung cancer", "3908"),
        ("Lung Non-small Cell Carcinoma", "3908"),
        ("acute myeloid leukaemia", "9119"),
        ("oesophageal cancer", "5041"),
        ("von Hippel-Lindau disease", "14175"),
        ("Hodgkin's lymphoma", "8567"),
        ("Hodgkin\u2019s lymphoma", "8567"),
        ("Waldenstr\u00f6m macroglobulinemia", "0060901"),
        ("Walde\u006estro\u0308m macroglobulinemia", "0060901"),  # decomposed
        ("S\u00e9zary disease", "8541"),
        ("oncotree:SKCM", "8923"),
        ("OncoTree:skcm", "8923"),
        ("cgi:CM", "8923"),
        ("oncotree:CM", "1751"),
        ("oncotree:MPN", "2226"),
        ("cgi:MPN", "5940"),
        ("oncotree:ES", "3369"),
        ("oncotree:SS", "8541"),
        ("oncotree:LPL", "0060901"),
        ("LUAD", "3910"),
        ("oncotree:GBM", "3068"),  # merged into GB in 2025
        ("oncotree:BALL", "0080630"),
        ("cancer", "162"),
    ],
)
def test_one_grammar(text: str, number: str) -> None:
    term = resolve_disease(text)
    assert term.number == number
    assert resolve_disease(term.text) == term


def test_a_disease_that_only_civic_names() -> None:
    term = resolve_disease("solid tumour")
    assert (term.number, term.name, term.text) == ("", "Solid Tumor", "Solid Tumor")
    assert resolve_disease("cgi:SOLID") == term


@pytest.mark.parametrize(
    "code", ["CM", "MPN", "ES", "SS", "LPL", "MM", "BC", "PC", "BLCA", "UCEC", "ESCA", "AA", "ABC"]
)
def test_a_code_of_several_meanings_is_refused(code: str) -> None:
    with pytest.raises(UsageError, match="ambiguous") as caught:
        resolve_disease(code)
    assert "oncotree:SKCM, cgi:CM" in str(caught.value)


def test_the_meanings_of_an_ambiguous_code_are_listed() -> None:
    with pytest.raises(UsageError) as caught:
        resolve_disease("CM")
    assert "Skin Melanoma (DOID:8923) as cgi:CM" in str(caught.value)
    assert "malignant conjunctival melanoma (DOID:1751) as oncotree:CM" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("melanomma", "Melanoma (DOID:1909)"),
        ("lung adenocarcinom", "Lung Adenocarcinoma (DOID:3910)"),
        ("Pancreatic Adenocarcnoma", "Pancreatic Adenocarcinoma (DOID:4074)"),
    ],
)
def test_an_unknown_disease_is_refused_with_similar_names(text: str, nearest: str) -> None:
    with pytest.raises(UsageError, match="no disease has the name") as caught:
        resolve_disease(text, ["Melanoma", "Cancer"])
    assert nearest in str(caught.value)
    assert "Diseases in the input: Cancer, Melanoma" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["cgi:SS", "cgi:LPL", "oncotree:NOSUCH", "", "xyzzy", "DOID:abc", "icd10:C43"]
)
def test_a_text_that_is_not_a_disease_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        resolve_disease(text)


def test_a_name_that_is_in_the_input_is_taken() -> None:
    assert (
        resolve_disease("a disease of next year", ["A Disease Of Next Year"]).key == "A Disease Of Next Year"
    )


def test_an_unknown_number_is_taken_with_a_warning() -> None:
    assert resolve_disease("DOID:99999999").number == "99999999"
    (warning,) = disease_warnings("DOID:99999999")
    assert "DOID:99999999 is not among the cancers" in warning
    assert not list(disease_warnings("DOID:1909"))
    assert not list(disease_warnings(None))


@pytest.mark.parametrize(
    ("patient", "other", "relation"),
    [
        ("8923", "1909", "broader"),  # a gap of the ontology's files
        ("1909", "8923", "narrower"),
        ("6039", "1909", "broader"),
        ("3910", "3908", "broader"),
        ("3908", "3910", "narrower"),
        ("3910", "162", "broader"),
        ("5485", "1115", "broader"),
        ("4006", "2671", "broader"),
        ("1909", "9256", "other"),
        ("1909", "1909", "same"),
        ("5603", "715", "same"),
        ("0080909", "10283", "broader"),
    ],
)
def test_relations_without_the_ontologys_file(patient: str, other: str, relation: str) -> None:
    assert DiseaseRelations(patient).of(other) == relation


@pytest.mark.parametrize(
    ("patient", "relation"),
    [
        ("1909", "broader"),
        ("0080630", "other"),
        ("2531", "other"),
        ("162", "narrower"),
        ("0080829", "broader"),
        ("5078", "broader"),
    ],
)
def test_solid_tumours_are_all_but_those_of_the_blood(patient: str, relation: str) -> None:
    assert DiseaseRelations(patient).of("", "Solid Tumor") == relation


def test_civic_s_names_without_a_number() -> None:
    relations = DiseaseRelations("9119")
    assert relations.of("", "Acute Myeloid Leukemia With BCR::ABL1 Fusion") == "narrower"
    assert relations.of("", "Glioma") == "other"
    assert relations.of("", "") == "other"
    assert DiseaseRelations("Glioma").of("3070") == "narrower"


def test_the_table_has_every_disease_of_a_real_release(shared_data: Path) -> None:
    names: set[tuple[str, str]] = set()
    for path in (shared_data / "civic" / "release-2024-08-01").glob("*Summaries.tsv"):
        with path.open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row.get("disease"):
                    names.add((row["doid"], row["disease"]))
    assert len(names) > 280
    table = disease_table()
    for number, name in names:
        term = table.term(table.key_of(number, name))
        assert term is not None and term.name, (number, name)
        assert resolve_disease(name).key == term.key, (number, name)


def test_the_table_has_the_codes_of_the_most_frequent_diseases(shared_data: Path) -> None:
    with (shared_data / "diseases" / "diseases.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    checked = 0
    for row in rows:
        for system, column in (("oncotree", "OncoTree_2025_10_03"), ("cgi", "CGI")):
            for entry in row[column].split("; "):
                code, _, kind = entry.partition(" ")
                if kind == "(exact)":
                    term = resolve_disease(f"{system}:{code}")
                    assert term.number == row["DOID"].removeprefix("DOID:").strip("-"), (system, code)
                    checked += 1
    assert checked >= 60
