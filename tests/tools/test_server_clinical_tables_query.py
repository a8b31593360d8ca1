"""The emulated service's filter `q`, refusals and limits."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.servers.base import RunningServer
from tests.servers.clinical_tables import PATH, Options, application
from tests.servers.query_string import QuerySyntaxError, clauses, parse
from tests.servers.search_index import SearchIndex, words
from tests.support.clinical_tables_calls import INDEX, RECORDS, ask, request


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with RunningServer(application(INDEX)) as running:
        yield running


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
