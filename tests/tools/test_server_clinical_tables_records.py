"""The records of the emulated Clinical Tables service are constructed step by step."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import REPOSITORY
from tests.servers.base import RunningServer
from tests.servers.clinical_tables import PATH, application
from tests.servers.construction import build_records, records_of_tables
from tests.support.clinical_tables_calls import INDEX, ask, summary_row
from tests.support.clinvar_tables import write_tables


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with RunningServer(application(INDEX)) as running:
        yield running


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
