"""What the Clinical Tables service answers is read with care: real answers, merged records, and what is none."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator import Assembly
from annotator.net import HttpClient, HttpLimits
from annotator.net.journal import Journal, StoredResponse
from annotator.sources.clinvar.service import FIELDS, ServiceRecord, expressions_of, read_page, rsids_of
from annotator.sources.clinvar.service_queries import (
    ExpressionQuery,
    RsidQuery,
    ServiceClient,
    batches,
    clause,
)
from annotator.sources.clinvar.shape import may_be_written
from annotator.variants.allele import AlleleKey
from annotator.variants.hgvs_parse import HgvsExpression, parse_hgvs
from tests.servers.base import RunningServer
from tests.servers.clinical_tables import PATH, application
from tests.servers.query_string import clauses, parse

OBSERVED = 28


@pytest.fixture
def answers(shared_data: Path) -> Path:
    return shared_data / "clinvar" / "clinical_tables_api"


def test_the_documented_answers_are_read(answers: Path) -> None:
    documented = json.loads((answers / "documented_example_responses.json").read_text())
    page = read_page(json.dumps(documented["terms=FAM"]).encode(), fields=())
    assert page.total == 41_738
    assert page.codes[:2] == ["359712", "336720"]
    assert page.display[3] == ["21725", "FAM126A:c.627-439_831+348del"]
    assert page.rows == [{}] * 7
    page = read_page(json.dumps(documented["terms=FAM&ef=GeneSymbol"]).encode(), fields=("GeneSymbol",))
    assert [row["GeneSymbol"] for row in page.rows] == [
        "FAM126A",
        *["FAM161A"] * 2,
        "FAM126A",
        *["FAM161A"] * 3,
    ]
    with pytest.raises(ValueError, match="lacks the requested fields"):
        read_page(json.dumps(documented["terms=FAM"]).encode())


def test_the_observed_rows_come_out_of_the_client_as_the_same_facts(
    answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Served as the service gave them, asked for by rs number in one batch: each number gets its rows and no others."""
    monkeypatch.setenv("ANNOTATOR_STATE_DIR", str(tmp_path / "state"))
    lines = (answers / "observed_rows_2026-07-06.tsv").read_text().splitlines()
    names = ("VariationID", "Name", "GeneSymbol", "ClinicalSignificance", "dbSNP")
    observed: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for line in lines:
        if not line.startswith("#"):
            rsid, *values = line.split("\t")
            row = dict(zip(names, values, strict=True))
            observed[rsid][row["VariationID"]] = row
    assert sum(map(len, observed.values())) == OBSERVED
    rows = [row for some in observed.values() for row in some.values()]
    with (
        RunningServer(application(rows)) as server,
        Journal.open(tmp_path / "j", "2026-07-06", {}) as journal,
    ):
        got = asyncio.run(asked(server.url + PATH, journal, [RsidQuery(int(rsid[2:])) for rsid in observed]))
    for rsid, expected in observed.items():
        answer = got[rsid]
        assert isinstance(answer, StoredResponse)
        assert answer.rows.keys() == expected.keys()
        for variation, row in answer.rows.items():
            facts = expected[variation]
            assert (row["Name"], row["dbSNP"]) == (facts["Name"], facts["dbSNP"])
            record = ServiceRecord(row, Assembly.GRCH37, None)
            named = parse_hgvs(facts["Name"])
            assert named in record.expressions
            written = record.record("1")
            assert (written.variation_id, written.rsid) == (int(variation), facts["dbSNP"][2:])
            assert written.classification == facts["ClinicalSignificance"].replace("; ", "|").replace(
                " ", "_"
            )
            assert written.review_status is None


async def asked(url: str, journal: Journal, asks: list[RsidQuery]) -> dict[str, Any]:
    async with HttpClient(HttpLimits(requests_per_second=100)) as client:
        return dict(await ServiceClient(client, journal, url).answers(asks))


# --- what is no answer


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"{}", "not a list"),
        (b"[1, [], null]", "not a list"),
        (b'["1", [], null, []]', "no number"),
        (b"[true, [], null, []]", "no number"),
        (b"[1, null, null, []]", "no number"),
        (b'[1, ["1"], null, [["1"]]]', "lacks the requested fields"),
        (b'[1, ["1"], {}, [["1"]]]', "a different length"),
        (b'[1, ["1"], {}, []]', "a different number of texts"),
        (json.dumps([1, ["1"], {name: [] for name in FIELDS}, [["1"]]]).encode(), "a different length"),
    ],
)
def test_an_invalid_response_is_an_error(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_page(body)


def test_no_records_need_no_fields() -> None:
    assert read_page(b"[0, [], null, []]").rows == []


# --- merged records


def record(assembly: Assembly = Assembly.GRCH37, **values: object) -> ServiceRecord:
    return ServiceRecord({name: values.get(name) for name in FIELDS}, assembly, None)


def test_the_alleles_of_a_record_come_from_coordinates_and_expressions() -> None:
    allele = AlleleKey("7", 140453136, "A", "T")
    expression = "NC_000007.13:g.140453136A>T"
    for found in (
        record(Chromosome="7", PositionVCF="140453136", ReferenceAlleleVCF="A", AlternateAlleleVCF="T"),
        record(Chromosome="7", Start="140453136", ReferenceAllele="A", AlternateAllele="T"),
        record(HGVS_exprs=["NM_004333.6:c.1799T>A", expression, "NP_004324.2:p.Val600Glu"]),
        record(HGVS_exprs=f"NM_004333.6:c.1799T>A, {expression}"),
        record(HGVS_exprs=json.dumps([expression])),
        record(Name=f"{expression}"),
    ):
        assert found.alleles == {allele}
    grch38 = record(
        Assembly.GRCH38,
        Chromosome="7",
        PositionVCF="140453136",
        ReferenceAlleleVCF="A",
        AlternateAlleleVCF="T",
    )
    assert grch38.alleles == frozenset()


def test_na_and_minus_one_are_no_coordinates_and_right_aligned_indels_are_not_taken() -> None:
    for values in (
        {"PositionVCF": "-1", "ReferenceAlleleVCF": "na", "AlternateAlleleVCF": "na"},
        {"Start": "100", "ReferenceAllele": "na", "AlternateAllele": "na"},
        {"Start": "100", "ReferenceAllele": "AT", "AlternateAllele": "A"},
        {"Start": "100", "ReferenceAllele": "-", "AlternateAllele": "A"},
        {"PositionVCF": "100", "ReferenceAlleleVCF": "A", "AlternateAlleleVCF": "A"},
    ):
        assert record(Chromosome="7", **values).alleles == frozenset()


def test_combined_rows_are_taken_apart() -> None:
    """On X and Y alike, as in the pseudo-autosomal regions; alleles are joined by tildes."""
    combined = record(
        AlleleID="5",
        Chromosome="[X][Y]",
        Start="[100][50]",
        ReferenceAllele="A~A",
        AlternateAllele="T~T",
        HGVS_exprs=["NC_000023.10:g.100A>T", "NC_000024.9:g.50A>T"],
        VariationID="9",
    )
    assert combined.alleles == {AlleleKey("X", 100, "A", "T"), AlleleKey("Y", 50, "A", "T")}
    assert combined.is_of_one_allele
    assert combined.record("Y").hgvs == "NC_000024.9:g.50A>T"


def test_a_haplotype_is_not_one_allele() -> None:
    haplotype = record(
        VariationID="9", AlleleID="[5][6]", Chromosome="7", Start="[100][200]", dbSNP="[rs1][rs2]"
    )
    assert not haplotype.is_of_one_allele
    assert haplotype.rsids == {1, 2}


def test_rows_that_do_not_fit_each_other_are_not_guessed_at() -> None:
    combined = record(Chromosome="[7][8]", Start="[1][2][3]", ReferenceAllele="A~A", AlternateAllele="T~T")
    assert combined.alleles == frozenset()


@pytest.mark.parametrize("cell", ["rs12", "RS12", "rs12;rs13", "rs12/rs13", "[rs12][rs13]", "rs12 | rs13"])
def test_a_cell_may_hold_several_rs_numbers(cell: str) -> None:
    assert 12 in rsids_of({"dbSNP": cell})
    assert rsids_of({"dbSNP": cell}) <= {12, 13}
    assert rsids_of({"dbSNP": None}) == rsids_of({"dbSNP": "12"}) == frozenset()


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=5))
def test_any_value_of_a_field_is_survived(value: object) -> None:
    row = dict.fromkeys(FIELDS, value)
    list(expressions_of(row))
    found = ServiceRecord(row, Assembly.GRCH37, None)
    assert isinstance(found.alleles, frozenset)
    assert found.is_of_one_allele in {True, False}


# --- queries


@given(st.text(min_size=1), st.text(min_size=1, alphabet='ab":\\*()[]<>+-=/.1'))
def test_any_expression_is_a_readable_query_of_one_identifier(accession: str, change: str) -> None:
    from annotator.variants.hgvs_parse import SequenceType

    expression = HgvsExpression(accession, 4, SequenceType.CODING, change)
    assert clauses(parse(clause(ExpressionQuery(expression)))) in {1, 3}


def test_batches_are_bounded_in_number_and_length() -> None:
    rsids = [RsidQuery(number) for number in range(1, 1_001)]
    assert [len(batch) for batch in batches(rsids)] == [100] * 10
    expressions = [
        ExpressionQuery(parsed)
        for number in range(1, 301)
        if (parsed := parse_hgvs(f"NC_000007.14:g.{number}delins{'ACGT' * (number % 9)}A"))
    ]
    groups = list(batches(expressions))
    assert [ask for group in groups for ask in group] == expressions
    assert max(map(len, groups)) <= 60
    assert list(batches([])) == []


# --- what an expression can be of


@pytest.mark.parametrize(
    ("allele", "change", "is_possible"),
    [
        ((10, "AC", ""), "14_15del", True),
        ((16, "AC", ""), "14_15del", False),
        ((10, "ACG", ""), "14_15del", False),
        ((10, "", "AC"), "14_15dup", True),
        ((16, "", "AC"), "14_15dup", True),
        ((17, "", "AC"), "14_15dup", False),
        ((10, "", "AC"), "14_15insCA", True),
        ((10, "", "AC"), "14_15insCAT", False),
        ((10, "AC", ""), "14_15insCA", False),
        ((14, "A", "T"), "14A>T", True),
        ((14, "A", "G"), "14A>T", False),
        ((15, "A", "T"), "14A>T", False),
        ((14, "AC", "TG"), "14_15delinsTG", True),
        ((10, "AC", ""), "14AC[1]", True),
        ((14, "A", "T"), "14AC[1]", False),
        ((10, "AC", ""), "(?_14)_(15_?)del", False),
    ],
)
def test_an_expression_can_be_of_an_allele_or_not(
    allele: tuple[int, str, str], change: str, is_possible: bool
) -> None:
    expression = parse_hgvs(f"NC_000007.14:g.{change}")
    assert expression is not None
    assert may_be_written(AlleleKey("7", *allele), expression) == is_possible
