"""The emulated Clinical Tables service does what its page says, and returns what the real one returned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.base import RunningServer
from tests.servers.clinical_tables import DOCUMENTED, PATH, Options, application, index_of
from tests.servers.construction import build_records
from tests.servers.search_index import SearchIndex
from tests.support.clinical_tables_calls import INDEX, RECORDS, ask, request, summary_row


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with RunningServer(application(INDEX)) as running:
        yield running


# What the real service said


@pytest.fixture(scope="module")
def documented(shared_data: Path) -> dict[str, Any]:
    text = (shared_data / "clinvar/clinical_tables_api/documented_example_responses.json").read_text()
    examples = json.loads(text)
    assert isinstance(examples, dict)
    return {key: example for key, example in examples.items() if not key.startswith("_")}


@pytest.fixture(scope="module")
def family(documented: dict[str, Any]) -> SearchIndex:
    """The seven variants of the page's examples and as many others as it says there are."""
    total, codes, extra, display = documented["terms=FAM&ef=GeneSymbol"]
    records = [
        {"VariationID": code, "Name": name, "GeneSymbol": gene}
        for code, (_, name), gene in zip(codes, display, extra["GeneSymbol"], strict=True)
    ]
    others = range(10_000_000, 10_000_000 + total - len(records))
    records += [
        {"VariationID": f"{number}", "Name": "NM_1.1:c.1=", "GeneSymbol": "FAM1"} for number in others
    ]
    return index_of(records)


def test_the_documented_examples_are_reproduced(family: SearchIndex, documented: dict[str, Any]) -> None:
    assert len(documented) == 2
    with RunningServer(application(family, Options(most_total=None))) as running:
        for parameters, example in documented.items():
            assert request(running, f"{PATH}?{parameters}").value == example


def test_the_total_is_counted_up_to_ten_thousand(family: SearchIndex) -> None:
    with RunningServer(application(family)) as running:
        assert ask(running, "FAM").total == 10_000


OBSERVED = ("query_rsid", "VariationID", "Name", "GeneSymbol", "ClinicalSignificance", "dbSNP")


@pytest.fixture(scope="module")
def observed(shared_data: Path) -> list[dict[str, str]]:
    path = shared_data / "clinvar/clinical_tables_api/observed_rows_2026-07-06.tsv"
    lines = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    rows = [dict(zip(OBSERVED, line, strict=True)) for line in lines]
    assert len(rows) == 28
    return rows


@pytest.fixture(scope="module")
def observing(observed: list[dict[str, str]]) -> Iterator[RunningServer]:
    """Serves records that were made of rows of variant_summary with the facts of the observed ones."""
    rows = [
        summary_row(
            AlleleID=str(number),
            VariationID=row["VariationID"],
            Name=row["Name"],
            GeneSymbol=row["GeneSymbol"],
            ClinicalSignificance=row["ClinicalSignificance"],
            **{"RS# (dbSNP)": row["dbSNP"].removeprefix("rs")},
        )
        for number, row in enumerate(observed)
    ]
    with RunningServer(application(build_records(rows, [], []))) as running:
        yield running


def test_observed_rows_come_out_one_rs_number_at_a_time(
    observing: RunningServer, observed: list[dict[str, str]]
) -> None:
    fields = OBSERVED[1:]
    for rs in {row["query_rsid"] for row in observed}:
        expected = [[row[name] for name in fields] for row in observed if row["query_rsid"] == rs]
        answer = ask(observing, rs, sf="dbSNP", q=f"dbSNP:{rs}", df=",".join(fields), ef=",".join(fields))
        assert answer.total == len(expected)
        assert answer.display == expected
        assert answer.codes == [row[0] for row in expected]
        assert answer.extra == {
            name: [row[at] for row in expected] for at, name in enumerate(fields)
        }  # ef and df are the same where a value is plain text


def test_observed_rows_come_out_all_at_once(observing: RunningServer, observed: list[dict[str, str]]) -> None:
    numbers = " OR ".join(sorted({row["query_rsid"] for row in observed}))
    answer = ask(observing, q=f"dbSNP:({numbers})", count=500, df=",".join(OBSERVED[1:]))
    assert answer.display == [[row[name] for name in OBSERVED[1:]] for row in observed]


# Output


def test_without_extra_fields_the_third_element_is_null(server: RunningServer) -> None:
    assert ask(server, q="VariationID:1").value == [
        1,
        ["1"],
        None,
        [["1", "NM_000001.4(ABC1):c.76A>T (p.Asn26Tyr)"]],
    ]


def test_extra_fields_have_aliases_and_are_null_where_there_is_nothing(server: RunningServer) -> None:
    answer = ask(server, q="VariationID:(1 OR 5)", ef="dbSNP:rs,GeneSymbol,nonsense,VariantID")
    assert answer.extra == {
        "rs": ["rs421016", None],
        "GeneSymbol": ["ABC1", "XYZ2"],
        "nonsense": [None, None],
        "VariantID": [None, None],
    }


def test_display_fields_are_always_text(server: RunningServer) -> None:
    fields = "VariationID,dbSNP,nonsense,phenotype,phenotype.code,phenotype.text,phenotypes,HGVS_exprs"
    whole, bare = ask(server, q="VariationID:(1 OR 5)", df=fields).display
    assert whole == [
        "1",
        "rs421016",
        "",
        "C2: Short name",
        "C2",
        "Short name",
        "C1: Long disease name, C2: Short name",
        "NC_000007.13:g.1000A>T, NC_000007.14:g.1100A>T, NM_000001.4:c.76A>T",
    ]
    assert bare == ["5", *[""] * 7]


def test_extra_fields_keep_their_structure(server: RunningServer) -> None:
    extra = ask(server, q="VariationID:1", ef="phenotypes,phenotype,HGVS_exprs,phenotype.code").extra
    assert extra == {
        "phenotypes": [RECORDS[0]["phenotypes"]],
        "phenotype": [{"code": "C2", "text": "Short name"}],
        "HGVS_exprs": [RECORDS[0]["HGVS_exprs"]],
        "phenotype.code": ["C2"],
    }


def test_expressions_may_be_one_text() -> None:
    with RunningServer(application(INDEX, Options(expressions_as_text=True))) as running:
        extra = ask(running, q="VariationID:4", ef="HGVS_exprs").extra
    assert extra == {"HGVS_exprs": ["NC_000023.10:g.5_6del, NM_000002.1:c.*12del"]}


def test_the_code_can_be_another_field(server: RunningServer) -> None:
    assert ask(server, q="VariationID:(1 OR 2)", cf="AlleleID").codes == ["15041", "15042"]


def test_undocumented_fields_can_be_missing() -> None:
    with RunningServer(application(INDEX, Options(undocumented=False))) as running:
        answer = ask(running, q="VariationID:1", ef="ClinicalSignificance,dbSNP", df="ClinicalSignificance")
        assert answer.extra == {"ClinicalSignificance": [None], "dbSNP": ["rs421016"]}
        assert answer.display == [[""]]
        assert ask(running, q="ClinicalSignificance:Benign").total == 0
        assert ask(running, "benign").total == 0


def test_undocumented_fields_are_present_by_default(server: RunningServer) -> None:
    assert ask(server, q="ClinicalSignificance:benign", ef="ClinicalSignificance").extra == {
        "ClinicalSignificance": ["Benign"]
    }
    assert ask(server, "benign").codes == ["3"]
    assert "ClinicalSignificance" not in DOCUMENTED


# Paging


@pytest.fixture(scope="module")
def many() -> Iterator[RunningServer]:
    """Serves 12,000 variants of one gene, numbered from 1."""
    records = [{"VariationID": str(number), "GeneSymbol": "BRCA2"} for number in range(1, 12_001)]
    with RunningServer(application(records)) as running:
        yield running


@pytest.mark.parametrize(
    ("parameters", "first", "number"),
    [
        ({}, 1, 7),
        ({"count": 3}, 1, 3),
        ({"count": 500}, 1, 500),
        ({"count": 501}, 1, 500),
        ({"count": 0}, 1, 0),
        ({"count": "many"}, 1, 7),
        ({"maxList": 20}, 1, 20),
        ({"maxList": ""}, 1, 500),
        ({"maxList": 1000}, 1, 500),
        ({"maxList": 20, "count": 10}, 1, 10),
        ({"max": 100}, 1, 7),
        ({"offset": 10, "count": 5}, 11, 5),
        ({"offset": 7_000, "count": 500}, 7_001, 500),
        ({"offset": 7_400, "count": 500}, 7_401, 100),
        ({"offset": 7_500, "count": 500}, 7_501, 0),
        ({"offset": 9_999, "count": 1}, 10_000, 0),
    ],
)
def test_pages_have_their_size_and_their_limits(
    many: RunningServer, parameters: dict[str, str | int], first: int, number: int
) -> None:
    answer = ask(many, "BRCA2", **parameters)
    assert answer.total == 10_000
    assert answer.codes == [str(code) for code in range(first, first + number)]
    assert len(answer.display) == number


def test_the_total_shows_that_a_page_is_truncated(many: RunningServer) -> None:
    answer = ask(many, q=f"VariationID:({' OR '.join(map(str, range(1, 601)))})", count=600)
    assert answer.total == 600
    assert len(answer.codes) == 500


def test_the_size_of_a_page_is_an_option() -> None:
    with RunningServer(application(INDEX, Options(most_rows=2))) as running:
        answer = ask(running, q="VariationID:*", count=500)
    assert answer.total == 5
    assert answer.codes == ["1", "2"]


def test_the_order_of_rows_is_not_that_of_the_question(many: RunningServer) -> None:
    assert ask(many, q="VariationID:(9 OR 300 OR 7)").codes == ["7", "9", "300"]


# Terms


@pytest.mark.parametrize(
    ("terms", "parameters", "codes"),
    [
        ("rs421016", {"sf": "dbSNP"}, ["1", "2"]),
        ("RS421016", {"sf": "dbSNP"}, ["1", "2"]),
        ("rs421016", {"sf": "dbSNP", "q": "dbSNP:rs421016"}, ["1"]),
        ("ABC", {}, ["1", "2", "3"]),
        ("abc benign", {}, ["3"]),
        ("abc benign", {"sf": "GeneSymbol"}, []),
        ("abc benign", {"sf": "GeneSymbol,ClinicalSignificance"}, ["3"]),
        ("abc", {"sf": "nonsense"}, []),
        ("ben", {"sf": "ClinicalSignificance"}, ["3"]),
        ("NM_000001.4:c.76A>T", {"sf": "Name"}, ["1"]),  # ABC1 stands between: words need not be neighbours
        ("NM_000001.4(ABC1):c.76A>T", {"sf": "Name"}, ["1"]),
        ("NM_000001.4:c.76A>T", {"sf": "HGVS_c"}, ["1"]),
        ("(nothing)c", {"sf": "Name"}, []),
        ("short", {"sf": "phenotype.text"}, ["1"]),
        ("", {}, ["1", "2", "3", "4", "5"]),
        ("", {"q": "GeneSymbol:XYZ2"}, ["4", "5"]),
        ("*", {"q": "GeneSymbol:XYZ2"}, ["4", "5"]),
        ("nothing", {}, []),
    ],
)
def test_terms_are_beginnings_of_words_that_must_all_be_there(
    server: RunningServer, terms: str, parameters: dict[str, str], codes: list[str]
) -> None:
    answer = ask(server, terms, **parameters)
    assert answer.codes == codes
    assert answer.total == len(codes)
