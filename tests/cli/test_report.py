"""Reports: every view agrees with INFO, and key findings are selected by the documented rules."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import jsonschema
import pytest

from annotator.errors import UsageError
from annotator.report.build import build_report
from annotator.report.charts import genome_strip
from annotator.report.findings import category_of, class_of, headline_of
from annotator.report.json_ import schema_text
from annotator.report.page import page_pieces
from annotator.report.tsv import tsv_columns, tsv_lines
from annotator.sources.civic.fields import CIVIC_SUBFIELDS
from annotator.sources.status import Status
from tests.support.inputs import data_lines, info_of, run_annotator
from tests.support.report_runs import document_of, one
from tests.support.report_views import Page, decoded, table_of
from tests.support.reports import (
    PATHOGENIC,
    READ_FIELDS,
    SOURCES,
    line,
    many,
    predictive,
    write_annotated,
)

# Agreement


def test_info_tsv_json_and_page_agree_on_every_value(demo: Path) -> None:
    said: dict[tuple[str, str, str], dict[str, str]] = {}
    entries: dict[tuple[str, str, str], list[list[str]]] = {}
    for record in data_lines((demo / "tumour.vcf").read_bytes()):
        contig, position, _, _, alts, *_ = record.split("\t")
        info = info_of(record)
        for number, alt in enumerate(alts.split(",")):
            key = (contig, position, alt)
            values = {
                field.id: decoded(value)
                for field in READ_FIELDS
                if field.number == "A" and field.id in info
                for value in [info[field.id].split(",")[number]]
                if value != "."
            }
            if values:
                said[key] = values
                of_all = [entry.split("|") for entry in info.get("CIVIC", "").split(",") if entry]
                entries[key] = [entry for entry in of_all if entry[1] == str(number + 1)]
    assert len(said) == 51

    document = json.loads((demo / "t.json").read_text())
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(document)
    page = Page((demo / "t.html").read_text())
    assert page.data == document["alleles"]
    assert len(page.rows) == len(document["alleles"]) == len(said)
    rows = table_of((demo / "t.tsv").read_text())
    for allele, shown in zip(document["alleles"], page.rows, strict=True):
        key = (allele["contig"], str(allele["position"]), allele["alt"])
        assert {id_: str(value) for id_, value in allele["info"].items()} == said[key]
        if "CLNSIG" in said[key]:
            assert said[key]["CLNSIG"].replace("_", " ").replace("|", "; ") in shown
        assert f"{allele['position']:,}" in shown
        of_table = [row for row in rows if (row["CHROM"], row["POS"], row["ALT"]) == key]
        assert len(of_table) == max(len(entries[key]), 1)
        for row in of_table:
            found = {id_: row[id_] for id_ in said[key]}
            assert found == {id_: value.replace("%", "%25") for id_, value in said[key].items()}
        for entry, row, parts in zip(allele["civic"], of_table, entries[key], strict=False):
            named = dict(zip(CIVIC_SUBFIELDS, parts, strict=True))
            therapies = named.pop("Therapies").split("&")
            assert entry.pop("Therapies", []) == [decoded(one) for one in therapies if one]
            assert [decoded(one) for one in row["CIVIC.Therapies"].split("&")] == list(
                map(decoded, therapies)
            )
            assert entry == {name: decoded(value) for name, value in named.items() if value}
            assert {name: decoded(row[f"CIVIC.{name}"]) for name in named} == {
                name: decoded(value) for name, value in named.items()
            }
        assert len(allele["civic"]) == len(entries[key])


def test_a_run_reports_the_content_of_the_file_with_reasons(demo: Path) -> None:
    by_run = json.loads((demo / "t.json").read_text())
    by_file = document_of(build_report([demo / "tumour.vcf"]))
    assert by_run["files"][0]["unsupported_reasons"] == {
        "breakend": 2,
        "spanning_deletion": 1,
        "symbolic": 1,
    }
    assert by_run["files"][0]["assembly_evidence"] == "contig lengths"
    assert by_file["files"][0]["unsupported_reasons"] is None
    assert by_run["files"][0]["sources"] == by_file["files"][0]["sources"]
    answers = by_file["files"][0]["sources"][0]["answers"]
    assert answers == {"found": 23, "absent": 49, "unsupported": 4, "failed": 0}
    assert by_run["alleles"] == by_file["alleles"]


def test_the_same_files_give_the_same_bytes(demo: Path) -> None:
    def views(folder: str) -> list[bytes]:
        (demo / folder).mkdir()
        names = [f"{folder}/{name}" for name in ("a.html", "a.tsv", "a.json", "a_mqc.json")]
        options = zip(("-o", "--tsv", "--json", "--multiqc"), names, strict=True)
        arguments = [word for option in options for word in option]
        ran = run_annotator("report", "tumour.vcf", "germline.bcf", *arguments, cwd=demo)
        assert ran.status == 0, ran.err
        assert "2 files, 3 samples, 85 matched alleles" in ran.err
        return [(demo / name).read_bytes() for name in names]

    assert views("first") == views("second")


def test_bcf_and_a_large_file_are_read_as_text_is(tmp_path: Path) -> None:
    records = many(900)
    plain = write_annotated(tmp_path / "a.vcf", records)
    small = [build_report([write_annotated(tmp_path / "s.vcf", records[at : at + 90])]) for at in (0, 90)]
    large = build_report([plain])
    assert large.files[0].records == large.files[0].alleles == 900
    assert [one for part in small for one in part.alleles] == list(large.alleles[:180])
    import pysam

    with (
        pysam.VariantFile(str(plain)) as source,
        pysam.VariantFile(str(tmp_path / "a.bcf"), "wb", header=source.header) as target,
    ):
        for record in source:
            target.write(record)
    binary = build_report([tmp_path / "a.bcf"])
    assert binary.alleles == large.alleles
    assert binary.files[0].coverage == large.files[0].coverage


# What matters


def test_evidence_against_a_response_is_not_sensitivity(tmp_path: Path) -> None:
    entries = [
        predictive(1),
        predictive(2, Direction="Does_Not_Support"),
        predictive(3, Level="C"),
        predictive(4, EvidenceType="Prognostic"),
        predictive(5, Source="PubMed:9:retracted"),
        predictive(6, Significance="Resistance", Level="B"),
        predictive(7, Significance="Reduced_Sensitivity", Level="B"),
        predictive(8, EntityType="assertion", Level="", AMPCategory="Tier I - Level B"),
        predictive(9, EntityType="assertion", Level="", AMPCategory="Tier II - Level C"),
    ]
    headline = headline_of(one(tmp_path, line(entries=entries)))
    [finding] = headline.disputed  # one therapy, disease and profile: all that is said of it in one place
    assert headline.sensitivity == headline.resistance == headline.reduced == ()
    assert (finding.effect, finding.level) == ("sensitivity", "A")
    assert [entry.id for entry in finding.evidence] == [
        "EID1", "EID2", "EID5", "AID8", "EID6", "EID7", "AID9", "EID3",
    ]  # fmt: skip
    assert dict(finding.counts) == {
        "sensitivity": 2,
        "does not support sensitivity": 1,
        "resistance": 1,
        "reduced sensitivity": 1,
    }
    assert [entry.id for entry in finding.against] == ["EID2"]
    assert headline.retracted == 1


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({}, "sensitivity"),
        ({"Significance": "Resistance"}, "resistance"),
        ({"Significance": "Reduced_Sensitivity"}, "reduced"),
        ({"Significance": "Adverse_Response"}, "toxicity"),
        ({"EvidenceType": "Prognostic", "Significance": "Poor_Outcome", "Therapies": ""}, "prognostic"),
        ({"EvidenceType": "Diagnostic", "Significance": "Positive", "Therapies": ""}, "diagnostic"),
        ({"EvidenceType": "Diagnostic", "Significance": "Negative", "Therapies": ""}, ""),
        ({"EvidenceType": "Prognostic", "Significance": "N/A", "Therapies": ""}, "prognostic"),
        ({"Direction": "Does_Not_Support"}, ""),
        ({"Direction": "Does_Not_Support", "Significance": "Resistance"}, ""),
        ({"Level": "C"}, ""),
        ({"Source": "PubMed:9:retracted"}, ""),
        ({"EvidenceType": "Predisposing", "Significance": "Uncertain_Significance"}, ""),
        ({"EvidenceType": "Functional", "Significance": "Gain_of_Function"}, ""),
        ({"EntityType": "assertion", "Level": "", "AMPCategory": "Tier I - Level B"}, "sensitivity"),
        ({"EntityType": "assertion", "Level": "", "AMPCategory": "Tier II - Level C"}, ""),
    ],
)
def test_each_kind_of_evidence_reads_as_itself(tmp_path: Path, changes: dict[str, str], place: str) -> None:
    headline = headline_of(one(tmp_path, line(entries=[predictive(1, **changes)])))
    places = ("sensitivity", "resistance", "reduced", "toxicity", "prognostic", "diagnostic", "disputed")
    assert [name for name in places if getattr(headline, name)] == ([place] if place else [])


@pytest.mark.parametrize(
    ("interaction", "shown"),
    [("Combination", "A + B"), ("Substitutes", "A or B"), ("Sequential", "sequential: A, B"), ("", "A, B")],
)
def test_therapies_are_joined_by_their_interaction(tmp_path: Path, interaction: str, shown: str) -> None:
    entry = predictive(Therapies="A&B", TherapyInteraction=interaction)
    [therapy] = headline_of(one(tmp_path, line(entries=[entry]))).sensitivity
    assert therapy.therapy == shown


@pytest.mark.parametrize(
    ("disease", "kept"),
    [
        ("", "123"),
        ("melanoma", "1"),
        ("Uveal Melanoma", "12"),
        ("DOID:1909", "1"),
        ("1909", "1"),
        ("NSCLC", "3"),
        ("oncotree:LUAD", "3"),
    ],
)
def test_a_disease_chooses_the_therapies(tmp_path: Path, disease: str, kept: str) -> None:
    diseases = (
        ("Melanoma", "1909"),
        ("Uveal Melanoma", "6039"),
        ("Lung Non-small Cell Carcinoma", "3908"),
    )
    entries = [
        predictive(number, Disease=name, DOID=doid) for number, (name, doid) in enumerate(diseases, start=1)
    ]
    path = write_annotated(tmp_path / "a.vcf", [line(entries=entries)])
    headline = headline_of(build_report([path], disease=disease))
    assert sorted(therapy.evidence[0]["EntityID"] for therapy in headline.sensitivity) == list(kept)
    assert headline.other_diseases == 3 - len(kept)


def test_a_number_that_is_no_cancer_is_a_warning(tmp_path: Path) -> None:
    """A mistyped number led to no therapies, without a word in the report."""
    source = write_annotated(tmp_path / "a.vcf", [line(entries=[predictive(1)])])
    report = build_report([source], disease="DOID:0000")
    assert headline_of(report).sensitivity == ()
    (said,) = report.warnings
    assert said.startswith("DOID:0000 is not among the cancers of the built-in Disease Ontology")
    assert said in html.unescape("".join(page_pieces(report)))
    assert build_report([source], disease="DOID:1909").warnings == ()


def test_the_disease_that_a_file_was_annotated_for_brings_those_that_it_is_a_kind_of(tmp_path: Path) -> None:
    entries = [
        predictive(number, DOID=doid) for number, doid in enumerate(("1909", "162", "8923", "9256", "2531"))
    ]
    path = write_annotated(tmp_path / "a.vcf", [line(entries=entries)])
    path.write_text(
        path.read_text().replace("annotatorCommand=annotate", "annotatorCommand=annotate --disease DOID:1909")
    )

    def kept(disease: str) -> list[str]:
        headline = headline_of(build_report([path], disease=disease))
        return sorted(entry["EntityID"] for therapy in headline.sensitivity for entry in therapy.evidence)

    assert kept("") == kept("1909") == kept("melanoma") == ["0", "1"]
    assert kept("DOID:8923") == kept("skin melanoma") == ["0", "1", "2"]
    assert kept("AML") == ["1", "4"]
    assert build_report([path]).disease.shown == "Melanoma (DOID:1909)"


@pytest.mark.parametrize("disease", ["no such disease", "CM"])
def test_a_disease_that_means_none_or_several_is_refused(tmp_path: Path, disease: str) -> None:
    path = write_annotated(tmp_path / "a.vcf", [line(entries=[predictive(1)])])
    with pytest.raises(UsageError):
        build_report([path], disease=disease)
    ran = run_annotator("report", path, "--json", tmp_path / "a.json", "--disease", "melanomma")
    assert ran.status == 2
    assert "Melanoma (DOID:1909)" in ran.err and "Diseases in the input: Melanoma" in ran.err


@pytest.mark.parametrize(
    ("value", "group", "category"),
    [
        ("Pathogenic", "Pathogenic", "pathogenic"),
        ("Pathogenic/Likely_pathogenic|drug_response", "Pathogenic or likely", "pathogenic"),
        ("Likely_pathogenic,_low_penetrance", "Likely pathogenic", "pathogenic"),
        ("Conflicting_classifications_of_pathogenicity|risk_factor", "Conflicting", "uncertain"),
        ("Uncertain_significance", "Uncertain significance", "uncertain"),
        ("Benign/Likely_benign", "Benign or likely", "benign"),
        ("drug_response", "Other", "other"),
    ],
)
def test_a_classification_is_in_its_group(tmp_path: Path, value: str, group: str, category: str) -> None:
    [allele] = one(tmp_path, line(values={"CLNSIG": value, "CLNMATCH": "exact"})).alleles
    assert (class_of(allele), category_of(allele)) == (group, category)


def test_the_page_states_whose_calls_the_key_findings_are(tmp_path: Path) -> None:
    """A file without sample columns has no calls: all of its variants are listed, and the page says so."""
    sites = write_annotated(tmp_path / "sites.vcf", [line(values=PATHOGENIC)])
    samples = write_annotated(
        tmp_path / "samples.vcf", [line(values=PATHOGENIC, genotypes=["0/1"])], samples=["T"]
    )
    called = "Key findings list only variants called in at least one sample"
    for paths, text in (
        (
            [sites],
            "The input has no sample columns: key findings list all variants, without regard to genotypes.",
        ),
        ([samples], f"{called}."),
        ([samples, sites], f"{called}, and all variants of files without sample columns."),
    ):
        page = "".join(map(str, page_pieces(build_report(paths))))
        assert f"<li>{text}" in page


def test_an_allele_that_no_sample_carries_is_not_a_key_finding(tmp_path: Path) -> None:
    records = [
        line(values=PATHOGENIC, genotypes=("0/0", "0/0")),
        line(140753337, values=PATHOGENIC, genotypes=("0/0", "1|0")),
        line(140753338, values=PATHOGENIC, genotypes=("./.", ".")),
    ]
    report = one(tmp_path, *records, samples=("A", "B"))
    headline = headline_of(report)
    assert headline.pathogenic == (1,)
    assert headline.not_carried == 2
    assert [[one.state for one in allele.samples.values()] for allele in report.alleles] == [
        ["not_carried", "not_carried"],
        ["not_carried", "carried"],
        ["no_call", "no_call"],
    ]
    assert report.alleles[1].samples[1].genotype == "1|0"


def test_each_alt_has_its_own_values_and_evidence(tmp_path: Path) -> None:
    record = line(alt="C,T", entries=[predictive(1, AlleleIndex="2")], genotypes=("0/2",))
    record = record.replace(
        "CIVIC_MATCH=exact;CIVIC_LEVEL=A", "CIVIC_MATCH=.,exact;CLNVID=5,.;CLNSIG=Benign,."
    )
    first, second = one(tmp_path, record, samples=("A",)).alleles
    assert (first.alt, first.values["CLNVID"], first.evidence, first.is_carried) == ("C", "5", (), False)
    assert (second.alt, second.evidence[0]["EntityID"], second.is_carried) == ("T", "1", True)


def test_evidence_stays_with_its_bases_when_a_record_was_split(tmp_path: Path) -> None:
    entries = [predictive(1, Allele="C", AlleleIndex="1"), predictive(2, Allele="T", AlleleIndex="2")]
    [allele] = one(tmp_path, line(alt="T", entries=entries)).alleles
    assert [entry["EntityID"] for entry in allele.evidence] == ["2"]


# Coverage


def test_an_outage_is_counted_and_shown(tmp_path: Path) -> None:
    records = [
        line(values=PATHOGENIC),
        "7\t140753337\t.\tA\tC\t.\t.\tANNSTATUS=clinvar:failed&civic:failed",
        "7\t140753338\t.\tA\t*,G\t.\t.\tANNSTATUS=clinvar:unsupported&civic:unsupported,.",
    ]
    report = one(tmp_path, *records)
    clinvar, civic = report.files[0].coverage
    assert clinvar.answers == {"found": 1, "absent": 1, "unsupported": 1, "failed": 1}
    assert civic.answers == {"found": 0, "absent": 2, "unsupported": 1, "failed": 1}
    assert "2 lookups failed" in "".join(page_pieces(report))


def test_missing_or_failed_lookups_are_not_reported_as_none_found(tmp_path: Path) -> None:
    alone = write_annotated(tmp_path / "a.vcf", [line(values=PATHOGENIC)], sources=SOURCES[:1])
    alone.write_text(re.sub("CIVIC[A-Z_]*,", "", alone.read_text()))
    text = "".join(page_pieces(build_report([alone])))
    assert text.count(">Not annotated with CIViC.<") == 3  # sensitivity, resistance and the figure
    assert text.count("level A or B: not annotated with CIViC<") == 2
    assert text.count(">None found.<") == 1  # oncogenic
    failed = "7\t140753337\t.\tA\tC\t.\t.\tANNSTATUS=clinvar:failed&civic:failed"
    text = "".join(page_pieces(one(tmp_path, failed, name="b.vcf")))
    assert text.count(">None found, but 1 lookup failed.<") == 4
    assert "was found in the knowledge bases, but 2 lookups failed." in text
    assert ">None found.<" not in text


def test_values_missing_in_a_file_are_unknown(tmp_path: Path) -> None:
    path = write_annotated(tmp_path / "a.vcf", [line(values=PATHOGENIC)], status=Status.NONE)
    report = build_report([path])
    assert report.files[0].coverage[0].answers == {
        "found": 1,
        "absent": None,
        "unsupported": None,
        "failed": None,
    }
    assert '<td data-label="Not found">unknown</td>' in "".join(page_pieces(report))
    assert document_of(report)["files"][0]["sources"][0]["answers"]["absent"] is None


def test_an_empty_report_states_that_nothing_was_found(tmp_path: Path) -> None:
    report = one(tmp_path)
    text = "".join(page_pieces(report))
    assert "No allele of this file was found" in text
    assert document_of(report)["alleles"] == []
    assert list(tsv_lines(report)) == ["\t".join(column.name for column in tsv_columns(report)) + "\n"]
    assert genome_strip(report).marks == ()
