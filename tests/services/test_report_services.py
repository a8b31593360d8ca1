"""What services say of alleles, in every view: as INFO says it, beside what the knowledge bases say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from annotator.errors import InputError
from annotator.report.build import build_report
from annotator.report.json_ import json_pieces, schema_text
from annotator.report.model import ReportModel
from annotator.report.multiqc import multiqc_text
from annotator.report.page import page_pieces
from annotator.report.services import biomarkers_of, clinically_reported, words_of
from annotator.report.tsv import tsv_columns, tsv_lines
from tests.support.inputs import data_lines, info_of, write_vcf
from tests.support.joined_services import CGI, OPAL, V600E, joined
from tests.support.report_views import Page, decoded, table_of
from tests.support.reports import PATHOGENIC, line, predictive, write_annotated


@pytest.fixture(scope="module", params=["vcf", "bcf"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An annotated tumour, with the answers of both services joined."""
    folder = tmp_path_factory.mktemp("services")
    two = line(alt="C,T", values={"DP": "3"}, genotypes=("0/2",))
    two = two.replace("DP=3", "CLNVID=.,13961;CLNSIG=.,Pathogenic;CLNMATCH=.,exact;GENEINFO=.,BRAF:673")
    records = [
        two,
        line(140753390, PATHOGENIC, [predictive(7)], genotypes=("0/1",)),
        line(140753400, ref="G", alt="C", genotypes=("0/1",)),
    ]
    source = write_annotated(folder / "a.vcf", records, samples=("T",))
    return joined(source, folder / f"joined.{request.param}", CGI, OPAL)


@pytest.fixture(scope="module")
def report(file: Path) -> ReportModel:
    return build_report([file])


def document_of(report: ReportModel) -> dict[str, Any]:
    document: dict[str, Any] = json.loads("".join(json_pieces(report)))
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(document)
    return document


def entries_of(text: str, parts: tuple[str, ...], alt: str) -> list[dict[str, str]]:
    """Entries of one ALT in INFO, decoded; parts without a value are left out."""
    found = [dict(zip(parts, entry.split("|"), strict=True)) for entry in text.split(",") if entry]
    return [
        {key: decoded(value) for key, value in one.items() if value} for one in found if one["Allele"] == alt
    ]


def test_all_views_agree_with_info_about_services(file: Path, report: ReportModel, tmp_path: Path) -> None:
    import pysam

    with pysam.VariantFile(str(file)) as source:
        formats = {
            id_: tuple(source.header.info[id_].description.partition("Format: ")[2].split("|"))
            for id_ in ("CGI", "CGI_DRUG")
        }
        text = tmp_path / "text.vcf"
        with pysam.VariantFile(str(text), "w", header=source.header) as target:
            for record in source:
                target.write(record)
    document, rows = document_of(report), table_of("".join(tsv_lines(report)))
    page = Page("".join(page_pieces(report)))
    assert page.data == document["alleles"]
    said = {}
    for record in data_lines(text.read_bytes()):
        info = info_of(record)
        position, alts = record.split("\t")[1], record.split("\t")[4].split(",")
        for number, alt in enumerate(alts):
            values = {
                id_: decoded(info[id_].split(",")[number])
                for id_ in ("OPAL_STATUS", "OPAL_REPORT")
                if info.get(id_, ".").split(",")[number:][:1] not in ([], ["."])
            }
            lists = {id_: entries_of(info.get(id_, ""), parts, alt) for id_, parts in formats.items()}
            said[position, alt] = values, {id_: entries for id_, entries in lists.items() if entries}
    assert len(said) == 4
    assert said["140753336", "T"][0] == {"OPAL_STATUS": "CONFIRMED", "OPAL_REPORT": "PRIMARY_FINDING"}
    assert [len(entries) for entries in said["140753336", "T"][1].values()] == [1, 2]
    assert said["140753336", "C"][0] == {"OPAL_STATUS": "Pending_verification;_soon&REVIEWED"}
    assert [(one["position"], one["alt"]) for one in document["alleles"]] == [(int(p), a) for p, a in said]
    for allele in document["alleles"]:
        key = str(allele["position"]), allele["alt"]
        values, lists = said[key]
        assert {id_: value for id_, value in allele["info"].items() if id_.startswith("OPAL")} == values
        assert allele["joined"] == lists
        of_table = [row for row in rows if (row["POS"], row["ALT"]) == key]
        assert all({id_: decoded(row[id_]) for id_ in values} == values for row in of_table)
        for id_, parts in formats.items():
            found = [
                {part: decoded(row[f"{id_}.{part}"]) for part in parts if row[f"{id_}.{part}"]}
                for row in of_table
            ]
            assert [one for one in found if one] == lists.get(id_, [])
        assert len(of_table) == len(allele["civic"]) + sum(map(len, lists.values()))


def test_an_allele_with_only_a_service_result_is_not_counted_as_matched(report: ReportModel) -> None:
    assert [allele.is_known for allele in report.alleles] == [False, True, True, False]
    assert report.known == report.files[0].matched == 2
    assert report.alleles[3].genes == ("BRAF2",)
    assert [(one.name, one.release, one.found) for one in report.files[0].services] == [
        ("cgi", "23.12.2", 3),
        ("opal", "report 7", 2),
    ]
    assert [one.knowledge_base for one in report.files[0].coverage] == ["clinvar", "civic"]
    [row] = json.loads(multiqc_text(report))["data"].values()
    assert (row["clinvar_found"], row["failed"]) == (2, 0)


def test_the_page_shows_results_of_services(report: ReportModel) -> None:
    text = " ".join("".join(page_pieces(report)).split())
    page = Page(text)
    assert "oncogenic (predicted and annotated)" in page.rows[1]
    assert "2 biomarkers, 1 matched" in page.rows[1]
    assert "OPAL STATUS: CONFIRMED" in page.rows[1]
    assert "CGI: non-oncogenic" in page.rows[3]
    assert "Cancer Genome Interpreter 23.12.2" in text
    assert "added by annotator" in text


def test_the_headline_has_matching_biomarkers_of_carried_alleles(report: ReportModel) -> None:
    [biomarker], others = biomarkers_of(report)
    assert others == 0
    assert (biomarker.allele, biomarker.drugs) == (1, "Vemurafenib_(BRAF_inhibitor),_alone")
    assert biomarker.biomarker == "BRAF_(V600E)"
    assert not biomarker.is_resistance
    # V600G has a status too, but no sample carries it.
    assert [(one.allele, one.status) for one in clinically_reported(report)] == [(1, "CONFIRMED")]
    assert words_of(report.alleles[2], report) == []


@pytest.mark.parametrize(
    ("samples", "calls", "filter_"),
    [(("T",), ("0/1",), "weak_evidence"), (("TUMOR", "NORMAL"), ("0/0", "0/1"), "PASS")],
)
def test_biomarkers_of_calls_that_do_not_count_are_not_key_findings(
    tmp_path: Path, samples: tuple[str, ...], calls: tuple[str, ...], filter_: str
) -> None:
    """A drug of a rejected call was listed among the others, although the page says that such calls are apart."""
    record = line(values=PATHOGENIC, genotypes=calls, filter_=filter_)
    source = write_annotated(tmp_path / "a.vcf", [record], samples=samples)
    report = build_report([joined(source, tmp_path / "joined.vcf", CGI, OPAL)])
    assert biomarkers_of(report) == ((), 1)
    page = "".join(page_pieces(report))
    assert "Not listed: 1 biomarker of calls that failed a filter or are in the normal sample only." in page
    assert "No biomarker matches" not in page


def test_a_file_of_services_alone_is_reported(tmp_path: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf", ["7\t140753336\t.\tA\tT\t.\t.\tDP=1", "7\t1\t.\tA\tT\t.\t.\t."])
    report = build_report([joined(source, tmp_path / "out.vcf", CGI, OPAL)])
    assert [sorted(allele.joined) for allele in report.alleles] == [["CGI", "CGI_DRUG"]]
    assert report.known == 0
    assert "No allele of this file was found" in "".join(page_pieces(report))
    assert document_of(report)["assembly"] == "GRCh38"


def test_a_field_that_another_tool_wrote_is_none_of_a_service(tmp_path: Path) -> None:
    meta = '##INFO=<ID=CGI,Number=.,Type=String,Description="Ours. Format: Allele|AlleleIndex|Status">'
    path = write_annotated(tmp_path / "a.vcf", [line().replace("\t.", "\tCGI=T|1|x", 3)])
    text = path.read_text().replace("#CHROM", f"{meta}\n#CHROM")
    path.write_text(text.replace("PASS\t.", "PASS\tCGI=T|1|x"))
    report = build_report([path])
    assert report.alleles == ()
    assert "CGI.Status" not in [column.name for column in tsv_columns(report)]


def test_answers_of_two_assemblies_are_refused(tmp_path: Path) -> None:
    path = write_annotated(tmp_path / "a.vcf", [line(values=PATHOGENIC)])
    told = '##annotatorJoined=<ID=opal,Source="opal-api",Release="1",Assembly="GRCh37",Version="1",Fields="">'
    path.write_text(path.read_text().replace("#CHROM", f"{told}\n#CHROM"))
    with pytest.raises(InputError, match="lists GRCh37, GRCh38 as the assembly of the annotations"):
        build_report([path])


def test_alleles_with_different_service_results_are_not_merged(tmp_path: Path) -> None:
    source = write_annotated(
        tmp_path / "a.vcf", [line(values=PATHOGENIC, genotypes=("0/1",))], samples=("S",)
    )
    other = {V600E: CGI[V600E]._replace(drugs=())}
    one = joined(source, tmp_path / "one.vcf", CGI, {})
    same = joined(source, tmp_path / "same.vcf", CGI, {})
    two = joined(source, tmp_path / "two.vcf", other, {})
    report = build_report([one, same, two])
    assert [sorted(allele.samples) for allele in report.alleles] == [[0, 1], [2]]
    assert [len(allele.joined.get("CGI_DRUG", ())) for allele in report.alleles] == [2, 0]
