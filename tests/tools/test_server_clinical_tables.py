"""The emulated Clinical Tables service does what its page says, and returns what the real one returned."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import REPOSITORY
from tests.servers.base import RunningServer
from tests.servers.clinical_tables import DOCUMENTED, PATH, Options, application, index_of
from tests.servers.construction import build_records, records_of_tables
from tests.servers.query_string import QuerySyntaxError, clauses, parse
from tests.servers.search_index import SearchIndex, words
from tests.support.clinvar_tables import write_tables


class Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes

    @property
    def value(self) -> Any:
        assert self.status == 200, self.body
        assert self.content_type == "application/json; charset=utf-8"
        return json.loads(self.body)

    @property
    def total(self) -> int:
        return int(self.value[0])

    @property
    def codes(self) -> list[str]:
        return list(self.value[1])

    @property
    def extra(self) -> Any:
        return self.value[2]

    @property
    def display(self) -> list[list[str]]:
        return list(self.value[3])


def request(server: RunningServer, target: str, method: str = "GET", timeout: float = 60) -> Answer:
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=timeout)
    try:
        connection.request(method, target)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers["Content-Type"], answer.read())
    finally:
        connection.close()


def ask(server: RunningServer, terms: str = "", **parameters: str | int) -> Answer:
    return request(server, f"{PATH}?{urlencode({'terms': terms, **parameters}, quote_via=quote)}")


RECORDS = (
    {
        "VariationID": "1",
        "AlleleID": "15041",
        "Name": "NM_000001.4(ABC1):c.76A>T (p.Asn26Tyr)",
        "GeneSymbol": "ABC1",
        "dbSNP": "rs421016",
        "HGVS_c": "NM_000001.4:c.76A>T",
        "HGVS_exprs": ["NC_000007.13:g.1000A>T", "NC_000007.14:g.1100A>T", "NM_000001.4:c.76A>T"],
        "NucleotideChange": "c.76A>T",
        "Chromosome": "7",
        "Start": "1000",
        "ReferenceAllele": "na",
        "ClinicalSignificance": "Pathogenic; risk factor",
        "phenotypes": [{"code": "C1", "text": "Long disease name"}, {"code": "C2", "text": "Short name"}],
        "phenotype": {"code": "C2", "text": "Short name"},
    },
    {
        "VariationID": "2",
        "AlleleID": "15042",
        "Name": "NM_000001.4(ABC1):c.76-1G>A",
        "GeneSymbol": "ABC1",
        "dbSNP": "rs4210161",
        "HGVS_c": "NM_000001.4:c.76-1G>A",
        "HGVS_exprs": ["NM_000001.4:c.76-1G>A"],
        "NucleotideChange": "c.76-1G>A",
        "Chromosome": "7",
        "Start": "2000",
    },
    {
        "VariationID": "3",
        "AlleleID": "15043",
        "Name": "NM_000001.4(ABC1):c.76+1G>A",
        "GeneSymbol": "ABC1",
        "dbSNP": "rs5",
        "HGVS_c": "NM_000001.4:c.76+1G>A",
        "HGVS_exprs": ["NM_000001.4:c.76+1G>A"],
        "NucleotideChange": "c.76+1G>A",
        "Chromosome": "8",
        "Start": "3000",
        "ClinicalSignificance": "Benign",
    },
    {
        "VariationID": "4",
        "AlleleID": "[15044][15045]",
        "Name": "NM_000002.1(XYZ2):c.*12del",
        "GeneSymbol": "XYZ2",
        "dbSNP": "[rs6][rs7]",
        "HGVS_c": "NM_000002.1:c.*12del",
        "HGVS_exprs": ["NC_000023.10:g.5_6del", "NM_000002.1:c.*12del"],
        "NucleotideChange": "c.*12del",
        "Chromosome": "[X][Y]",
        "Start": "[5][6]",
        "ReferenceAllele": "na~na",
    },
    {"VariationID": "5", "AlleleID": "15046", "Name": "NM_000002.1(XYZ2):c.12del", "GeneSymbol": "XYZ2"},
)
INDEX = index_of(RECORDS)


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


def test_the_examples_of_the_page_come_out_as_they_stand_there(
    family: SearchIndex, documented: dict[str, Any]
) -> None:
    assert len(documented) == 2
    with RunningServer(application(family, Options(most_total=None))) as running:
        for parameters, example in documented.items():
            assert request(running, f"{PATH}?{parameters}").value == example


def test_the_total_is_told_up_to_ten_thousand(family: SearchIndex) -> None:
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


def test_the_code_is_another_field_if_asked(server: RunningServer) -> None:
    assert ask(server, q="VariationID:(1 OR 2)", cf="AlleleID").codes == ["15041", "15042"]


def test_what_the_page_does_not_list_can_be_missing() -> None:
    with RunningServer(application(INDEX, Options(undocumented=False))) as running:
        answer = ask(running, q="VariationID:1", ef="ClinicalSignificance,dbSNP", df="ClinicalSignificance")
        assert answer.extra == {"ClinicalSignificance": [None], "dbSNP": ["rs421016"]}
        assert answer.display == [[""]]
        assert ask(running, q="ClinicalSignificance:Benign").total == 0
        assert ask(running, "benign").total == 0


def test_what_the_page_does_not_list_is_there_by_default(server: RunningServer) -> None:
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


def test_the_total_tells_that_a_page_is_cut_off(many: RunningServer) -> None:
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


# q

ALL = ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("q", "codes"),
    [
        ("dbSNP:rs421016", ["1"]),
        ("dbSNP:RS421016", ["1"]),
        ('dbSNP:"rs421016"', ["1"]),
        ("dbSNP:rs42101", []),
        ("dbSNP:rs5.", []),  # an identifier is whole or not there
        ("GeneSymbol:ABC1.", ["1", "2", "3"]),
        ("dbSNP:rs42101*", ["1", "2"]),
        ("dbSNP:rs42101?", ["1"]),
        ("dbSNP:rs?", ["3", "4"]),
        ("dbSNP:*", ["1", "2", "3", "4"]),
        ("_exists_:dbSNP", ["1", "2", "3", "4"]),
        ("NOT _exists_:dbSNP", ["5"]),
        ("dbSNP:rs6", ["4"]),
        ("dbSNP:(rs5 OR rs421016)", ["1", "3"]),
        ("dbSNP:(rs5 rs421016)", ["1", "3"]),
        ("dbSNP:(rs5 || rs421016 || rs1)", ["1", "3"]),
        ('dbSNP:("rs5" OR "rs421016")', ["1", "3"]),
        ("dbSNP:rs5 rs421016", ["1", "3"]),
        ("rs5 AND ABC1", ["3"]),
        ("rs5 && XYZ2", []),
        ("rs5", ["3"]),
        ("VariationID:(1 OR 4)", ["1", "4"]),
        ("VariationID:1 OR dbSNP:rs7", ["1", "4"]),
        ("GeneSymbol:abc1 AND NOT VariationID:1", ["2", "3"]),
        ("GeneSymbol:abc1 -VariationID:1", ["2", "3"]),
        ("GeneSymbol:abc1 !VariationID:1", ["2", "3"]),
        ("+GeneSymbol:abc1 VariationID:5", ["1", "2", "3"]),
        ("-GeneSymbol:abc1", ["4", "5"]),
        ("NOT GeneSymbol:abc1", ["4", "5"]),
        ("VariationID:1 OR VariationID:2 AND GeneSymbol:abc1", ["2"]),  # Lucene: the last two must hold
        ("(VariationID:1 OR VariationID:2) AND GeneSymbol:abc1", ["1", "2"]),
        ("((VariationID:1) OR (VariationID:2))^2", ["1", "2"]),
        ("GeneSymbol:ABC1^3", ["1", "2", "3"]),
        ("*:*", ALL),
        ("*", ALL),
        ("nonsense:rs5", []),
        ("pheno*:short", ["1"]),
        ("phenotypes.text:long", ["1"]),
        ("phenotypes.code:long", []),
        ("HGVS_c:NM_000001.4", ["1", "2", "3"]),
        ("HGVS_c:NM_000001", []),
        ("HGVS_c:NM_000001*", ["1", "2", "3"]),
        ('HGVS_c:"NM_000001.4:c.76A>T"', ["1"]),
        ('HGVS_c:"nm_000001.4:C.76a>t"', ["1"]),
        ('HGVS_c:"NM_000001.4:c.76-1G>A"', ["2", "3"]),
        ('HGVS_c:"NM_000001.4:c.76+1G>A"', ["2", "3"]),
        ('Name:"NM_000001.4:c.76A>T"', []),  # the gene stands between
        ('Name:"NM_000001.4:c.76A>T"~5', ["1"]),
        ('NucleotideChange:"c.*12del"', ["4"]),
        ('Name:"c.12del"', ["4", "5"]),
        ("NucleotideChange:c.*12del", []),  # a wildcard, and no word has a dot behind c
        ("NucleotideChange:1*del", ["4"]),
        (
            "NucleotideChange:c.76-1G",
            ["1", "2", "3", "4"],
        ),  # any of its words; a sign within a word is no operator
        ('HGVS_exprs:"NC_000007.14:g.1100A>T"', ["1"]),
        ('HGVS_exprs:("NC_000007.14:g.1100A>T" OR "NC_000023.10:g.5_6del")', ["1", "4"]),
        ('HGVS_exprs:"g.1000A>T NC_000007.14"', []),  # never across two values
        ('Chromosome:"7" AND Start:"2000"', ["2"]),
        ("Chromosome:X", ["4"]),
        ("Start:[1000 TO 2000]", ["1", "2"]),
        ("Start:{1000 TO 2000]", ["2"]),
        ("Start:[1000 TO 2000}", ["1"]),
        ("Start:[2000 TO *]", ["2", "3"]),
        ("Start:>2000", ["3"]),
        ("Start:>=2000", ["2", "3"]),
        ("Start:<1000", ["4"]),
        ("Start:<=1000", ["1", "4"]),
        ('Chromosome:["7" TO "8"]', ["1", "2", "3"]),
        ("GeneSymbol:/[ax].*/", ALL),
        ("GeneSymbol:/ab.1/", ["1", "2", "3"]),
        ("GeneSymbol:ABC1~1", ["1", "2", "3"]),
        (r"ClinicalSignificance:risk\ factor", ["1"]),
        (r"NucleotideChange:c.76\+1G", ["1", "2", "3", "4"]),  # no quotes: any of its words
        (r'Name:"a \" quote and a \\ backslash"', []),
        ("ABC1 - XYZ2", ALL),
        ('"..."', []),
        ('"" OR dbSNP:rs5', ["3"]),
    ],
)
def test_q_finds(server: RunningServer, q: str, codes: list[str]) -> None:
    answer = ask(server, q=q)
    assert answer.codes == codes
    assert answer.total == len(codes)


@pytest.mark.parametrize(
    "q",
    [
        "HGVS_c:c.76A>T",
        "c.76A>T",
        "HGVS_c:NM_000001.4:c.76A",
        "(rs1",
        "rs1)",
        "()",
        '"rs1',
        "rs1 AND",
        "AND rs1",
        "rs1 OR OR rs2",
        "NOT",
        "dbSNP:",
        ":rs1",
        "[1 TO",
        "Start:[1 2]",
        "a/b",
        "]",
        "{",
        "^2",
        "~",
        "\\",
        "Name:/[/",
        "Name:/(a+)+/",
        "(" * 60 + "a" + ")" * 60,
    ],
)
def test_q_that_cannot_be_read_is_refused(server: RunningServer, q: str) -> None:
    with pytest.raises(QuerySyntaxError):
        parse(q)
    answer = ask(server, q=q)
    assert answer.status == 400
    assert answer.content_type.startswith("text/plain")


def test_empty_q_is_none(server: RunningServer) -> None:
    assert ask(server, "rs5", q="").codes == ["3"]
    assert ask(server, "rs5", q="  ").codes == ["3"]


def test_leaves_of_a_query_are_counted() -> None:
    assert clauses(parse("dbSNP:(rs1 OR rs2) AND NOT Name:x")) == 3
    assert clauses(parse('HGVS_c:"NM_000001.4:c.76A>T"')) == 1


SPECIAL = '+-=&|><!(){}[]^"~*?:\\/ .'
QUERIES = st.one_of(
    st.text(),
    st.text(SPECIAL + "aT1"),
    st.lists(
        st.sampled_from(
            ["dbSNP:", "rs5", "Name:", '"c.76A>T"', " AND ", " OR ", " NOT ", " TO ", "(", ")", *SPECIAL]
        )
    ).map("".join),
)


@given(q=QUERIES)
@settings(max_examples=1500, deadline=None)
def test_no_q_breaks_the_reader_or_the_index(q: str) -> None:
    try:
        query = parse(q)
    except QuerySyntaxError:
        return
    found = INDEX.search(query, INDEX.fields)
    assert found <= set(range(len(RECORDS)))
    assert clauses(query) >= 1


@given(q=QUERIES, terms=st.text(max_size=20))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # one server for all
def test_no_q_breaks_the_server(server: RunningServer, q: str, terms: str) -> None:
    answer = ask(server, terms, q=q, ef="Name,dbSNP")
    assert answer.status in {200, 400}
    if answer.status == 200:
        total, codes, extra, display = answer.value
        assert total == len(codes) == len(display) == len(extra["Name"]) == len(extra["dbSNP"])


@given(st.text())
def test_words_have_no_punctuation_at_their_ends(text: str) -> None:
    assert all(word and word[0].isalnum() | (word[0] == "_") for word in words(text))


def test_words_are_cut_as_the_standard_analyzer_does() -> None:
    assert words("NM_004333.6(BRAF):c.1799T>A (p.Val600Glu)") == [
        "nm_004333.6", "braf", "c", "1799t", "a", "p.val600glu",
    ]  # fmt: skip
    assert words("c.76-1G>A") == words("c.76+1G>A") == ["c", "76", "1g", "a"]
    assert words("FAM126A:c.627-439_831+348del") == ["fam126a:c", "627", "439_831", "348del"]


def test_a_phrase_of_common_and_rare_words_finds_its_one_record() -> None:
    records = [{"VariationID": str(number), "Name": f"NC_1.1:g.{number}A>T"} for number in range(2_000)]
    index = SearchIndex(records)
    for number in (0, 7, 1_999):
        assert index.search(parse(f'Name:"NC_1.1:g.{number}A>T"'), index.fields) == {number}
    assert index.search(parse('Name:"NC_1.1:g.2000A>T"'), index.fields) == set()
    assert index.search(parse('Name:"NC_1.1:g"'), index.fields) == set(range(2_000))


# Refusals and limits


def test_too_many_clauses_are_an_error_of_elasticsearch() -> None:
    group = " OR ".join(f"rs{number}" for number in range(1_024))
    with RunningServer(application(INDEX, Options(max_url=100_000))) as running:
        assert ask(running, q=f"dbSNP:({group})").codes == ["3", "4"]
        answer = ask(running, q=f"dbSNP:({group} OR rs421016)")
    assert answer.status == 500
    assert answer.content_type.startswith("application/json")
    assert "too_many_clauses" in json.loads(answer.body)["error"]


def test_the_number_of_clauses_is_an_option() -> None:
    with RunningServer(application(INDEX, Options(max_clauses=2))) as running:
        assert ask(running, q="dbSNP:(rs5 OR rs6)").status == 200
        assert ask(running, q="dbSNP:(rs5 OR rs6 OR rs7)").status == 500


def test_batches_can_be_refused() -> None:
    with RunningServer(application(INDEX, Options(refuse_batches=True))) as running:
        assert ask(running, q="dbSNP:(rs5 OR rs6)").status == 400
        assert ask(running, q="dbSNP:rs5 AND GeneSymbol:ABC1").status == 400
        assert ask(running, "rs5", q="dbSNP:rs5", sf="dbSNP").codes == ["3"]
        assert ask(running, q='HGVS_c:"NM_000001.4:c.76A>T"').codes == ["1"]


@pytest.mark.parametrize("limit", [300, 8190, 9000])
def test_a_url_that_is_too_long_is_refused(limit: int) -> None:
    options = Options() if limit == 8190 else Options(max_url=limit)
    start = f"{PATH}?terms=rs5&x="
    with RunningServer(application(INDEX, options)) as running:
        assert request(running, start.ljust(limit, "x")).codes == ["3"]
        assert request(running, start.ljust(limit + 1, "x")).status == 414


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/api/genes/v4/search?terms=a", 404),
        ("GET", "/api/variants/v3/search?terms=a", 404),
        ("GET", "/", 404),
        ("POST", f"{PATH}?terms=a", 405),
        ("GET", PATH, 400),
        ("GET", f"{PATH}?q=rs5", 400),
        ("GET", f"{PATH}?terms=", 200),
    ],
)
def test_other_places_and_requests_without_terms_are_errors(
    server: RunningServer, method: str, target: str, status: int
) -> None:
    assert request(server, target, method).status == status


def test_latency_holds_the_answer_back() -> None:
    with (
        RunningServer(application(INDEX, Options(latency=300))) as running,
        pytest.raises(TimeoutError),
    ):
        request(running, f"{PATH}?terms=rs5", timeout=0.5)


def test_an_escaped_url_arrives_as_it_was_meant(server: RunningServer) -> None:
    target = f"{PATH}?terms=&q=NucleotideChange%3A%22c.76%2B1G%3EA%22"
    assert request(server, target).codes == ["2", "3"]
    assert request(server, target.replace("%2B", "+")).codes == ["2", "3"]  # a space for a search engine
    assert server.requests[-1].query == [("terms", ""), ("q", 'NucleotideChange:"c.76 1G>A"')]


# Construction, step by step


def summary_row(**columns: str) -> dict[str, str]:
    return {
        "AlleleID": "15041",
        "Type": "single nucleotide variant",
        "Name": "NM_000157.4(GBA1):c.680A>G (p.Asn227Ser)",
        "GeneID": "2629",
        "GeneSymbol": "GBA1",
        "HGNC_ID": "HGNC:4177",
        "ClinicalSignificance": "Pathogenic",
        "RS# (dbSNP)": "364897",
        "nsv/esv (dbVar)": "-",
        "PhenotypeIDS": "MedGen:C0017205",
        "PhenotypeList": "Gaucher disease",
        "Assembly": "GRCh37",
        "ChromosomeAccession": "NC_000001.10",
        "Chromosome": "1",
        "Start": "155207367",
        "Stop": "155207367",
        "ReferenceAllele": "na",
        "AlternateAllele": "na",
        "VariationID": "4314",
        **columns,
    }


def expression_row(nucleotide: str, protein: str = "-", **columns: str) -> dict[str, str]:
    return {
        "VariationID": "4314",
        "AlleleID": "15041",
        "NucleotideExpression": nucleotide,
        "NucleotideChange": nucleotide.partition(":")[2] or "-",
        "ProteinExpression": protein,
        "ProteinChange": protein.partition(":")[2] or "-",
        **columns,
    }


def record_of(*rows: dict[str, str], expressions: tuple[dict[str, str], ...] = ()) -> dict[str, Any]:
    (record,) = build_records(rows, expressions, [])
    return record


@pytest.mark.parametrize(
    ("assembly", "number"), [("GRCh37", 1), ("na", 1), ("GRCh38", 0), ("NCBI36", 0), ("", 0)]
)
def test_step_1_only_grch37_and_na(assembly: str, number: int) -> None:
    assert len(build_records([summary_row(Assembly=assembly)], [], [])) == number


@pytest.mark.parametrize(
    ("name", "accession", "change", "protein"),
    [
        ("NM_000157.4(GBA1):c.680A>G (p.Asn227Ser)", "NM_000157.4", "c.680A>G", "p.Asn227Ser"),
        ("NM_000551.4(VHL):c.463+2T>C", "NM_000551.4", "c.463+2T>C", None),
        ("NC_000011.10:g.5227100T>C", "NC_000011.10", "g.5227100T>C", None),
        ("NM_000249.4(MLH1):c.210AGA[1] (p.Glu71del)", "NM_000249.4", "c.210AGA[1]", "p.Glu71del"),
        ("NC_012920.1(MT-TL1):m.3243A>G", None, None, None),
        ("FAM126A:c.627-439_831+348del", None, None, None),
        ("GRCh37/hg19 1p36.33(chr1:100-200)x1", None, None, None),
    ],
)
def test_steps_2_and_3_names_are_read_by_the_page_s_expression(
    name: str, accession: str | None, change: str | None, protein: str | None
) -> None:
    records = build_records([summary_row(Name=name)], [], [])
    if accession is None:
        assert records == []
        (record,) = build_records([summary_row(Name=name)], [], [], only_named=False)
        assert "RefSeqID" not in record
    else:
        fields = ("RefSeqID", "NucleotideChange", "AminoAcidChange")
        assert [records[0].get(field) for field in fields] == [accession, change, protein]


def test_step_3_fills_in_from_the_expressions() -> None:
    expressions = (expression_row("NM_000551.4:c.463+2T>C", "NP_000542.1:p.?"),)
    record = record_of(summary_row(Name="NM_000551.4(VHL):c.463+2T>C"), expressions=expressions)
    assert record["AminoAcidChange"] == "p.?"
    (record,) = build_records([summary_row(Name="no name")], expressions, [], only_named=False)
    assert record["RefSeqID"] == "NM_000551.4"
    assert record["NucleotideChange"] == "c.463+2T>C"


@pytest.mark.parametrize(
    ("pairs", "best"),
    [
        ([("NC_1.1:g.1=", "-"), ("NM_1.1:c.1=", "-"), ("NM_2.1:c.2=", "NP_2.1:p.2")], 2),
        ([("NC_1.1:g.1=", "NP_9.1:p.9"), ("NM_1.1:c.1=", "-"), ("NM_2.1:c.2=", "-")], 1),
        ([("NC_1.1:g.1=", "-"), ("NR_1.1:n.1=", "NP_2.1:p.2")], 0),
        ([("-", "NP_1.1:p.1")], 0),
    ],
)
def test_step_4_the_best_pair(pairs: list[tuple[str, str]], best: int) -> None:
    record = record_of(summary_row(), expressions=tuple(expression_row(*pair) for pair in pairs))
    nucleotide, protein = (None if text == "-" else text for text in pairs[best])
    assert (record.get("HGVS_c"), record.get("HGVS_p")) == (nucleotide, protein)
    assert record["HGVS_exprs"] == [text for pair in pairs for text in pair if text != "-"]


def test_step_4_expressions_of_others_stay_away() -> None:
    others = (expression_row("NM_3.1:c.3=", VariationID="1"), expression_row("NM_4.1:c.4=", VariationID=""))
    assert "HGVS_exprs" not in record_of(summary_row(AlleleID="2"), expressions=others)
    assert record_of(summary_row(), expressions=others)["HGVS_exprs"] == ["NM_4.1:c.4="]  # by its AlleleID


def test_steps_5_to_7() -> None:
    record = record_of(summary_row())
    assert record["GenomicLocation"] == "155207367^155207367"
    assert record["dbSNP"] == "rs364897"
    assert record["nsv_esv"] == "-"
    assert record["hgnc_id"] == record["hgnc_id_num"] == "4177"
    bare = record_of(summary_row(Assembly="na", Chromosome="na", **{"RS# (dbSNP)": "-1"}))
    assert "GenomicLocation" not in bare
    assert "dbSNP" not in bare


def test_step_8_phenotypes_are_those_with_a_medgen_code() -> None:
    record = record_of(
        summary_row(
            PhenotypeIDS="MONDO:MONDO:1,MedGen:C3150901||MedGen:C3661900|OMIM:5|MedGen:C1;MedGen:C2",
            PhenotypeList="Spastic paraplegia 48|Macular dystrophy|not provided|Other|One;Two things",
        )
    )
    assert record["phenotypes"] == [
        {"code": "C3150901", "text": "Spastic paraplegia 48"},
        {"code": "C3661900", "text": "not provided"},
        {"code": "C1", "text": "One"},
        {"code": "C2", "text": "Two things"},
    ]
    assert record["phenotype"] == {"code": "C1", "text": "One"}
    assert "phenotype" not in record_of(summary_row(PhenotypeIDS="-", PhenotypeList="7 conditions"))


def test_step_9_records_of_one_variation_are_combined() -> None:
    first = summary_row(Chromosome="X", Start="5", Stop="5")
    second = summary_row(Chromosome="Y", Start="6", Stop="6", **{"RS# (dbSNP)": "-1"})
    record = record_of(first, second)
    assert record["ReferenceAllele"] == record["AlternateAllele"] == "na~na"
    assert record["Chromosome"] == "[X][Y]"
    assert record["GenomicLocation"] == "[5^5][6^6]"
    assert record["dbSNP"] == "[rs364897][]"
    assert record["Name"] == first["Name"]
    assert record["phenotype"] == {"code": "C0017205", "text": "Gaucher disease"}
    three = record_of(first, second, summary_row(Chromosome="X", PhenotypeIDS="MedGen:C9"))
    assert three["Chromosome"] == "[X][Y][X]"
    assert three["phenotype"] == (
        '[{"code": "C0017205", "text": "Gaucher disease"}][{"code": "C0017205", "text": "Gaucher disease"}]'
        '[{"code": "C9", "text": "Gaucher disease"}]'
    )


def test_dashes_of_the_table_stay_or_go() -> None:
    row = summary_row(ClinicalSignificance="-")
    (kept,), (dropped,) = (build_records([row], [], [], keep_dashes=keep) for keep in (True, False))
    assert {field for field in kept if field not in dropped} == {"ClinicalSignificance", "nsv_esv"}
    assert kept["ClinicalSignificance"] == "-"


def test_a_missing_variation_is_looked_up_by_its_allele() -> None:
    alleles = [
        {"VariationID": "7", "Type": "Haplotype", "AlleleID": "15041", "Interpreted": "yes"},
        {"VariationID": "8", "Type": "Variant", "AlleleID": "15041", "Interpreted": "no"},
    ]
    (record,) = build_records([summary_row(VariationID="-")], [], alleles)
    assert record["VariationID"] == "8"


# By hand, on the demo


def test_the_server_is_made_without_the_program_that_it_tests() -> None:
    code = "import sys, tests.servers.clinical_tables; sys.exit('annotator' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode == 0


def test_the_demo_is_served_by_hand() -> None:
    command = [sys.executable, "-m", "tests.servers.clinical_tables", "--fault", "busy=7", "--every", "2"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        try:
            url = urlsplit(running.stdout.readline().decode().strip())
            assert url.path == PATH
            connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=60)
            try:
                target = f"{url.path}?terms=&q=dbSNP:rs113488022&ef=ClinicalSignificance"
                connection.request("GET", target)
                answer = json.loads(connection.getresponse().read())
                connection.request("GET", target)
                refused = connection.getresponse()
                refused.read()
            finally:
                connection.close()
        finally:
            running.send_signal(signal.SIGINT)
            running.wait()
    assert running.returncode == 0
    assert answer[1] == ["13961"]
    assert (refused.status, refused.headers["Retry-After"]) == (429, "7")


def test_the_demo_s_tables_are_served(tmp_path: Path, repository: Path) -> None:
    demo = repository / "test_data" / "demo"
    tables = write_tables(tmp_path, demo / "clinvar.GRCh38.vcf", demo / "clinvar.GRCh37.vcf", special=False)
    records = records_of_tables(tmp_path)
    assert {record["VariationID"] for record in records} <= set(tables.grch38) | set(tables.grch37)
    assert len(records) > 50
    with RunningServer(application(records)) as running:
        for variation, row in tables.grch38.items():
            expression = row.info["CLNHGVS"].replace("%3D", "=")
            answer = ask(running, q=f'HGVS_exprs:"{expression}"', ef="HGVS_exprs", count=500)
            exact = [
                code
                for code, found in zip(answer.codes, answer.extra["HGVS_exprs"], strict=True)
                if expression in found
            ]
            assert exact == [variation]
