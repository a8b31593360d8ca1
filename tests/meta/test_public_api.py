"""What `import annotator` offers is a promise: this file changes only with it."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

import annotator
from annotator.sources.clinvar.records import ClinVarRecord
from tests.support.inputs import BRAF_V600E, write_clinvar, write_snapshot, write_vcf


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


def test_the_public_names_are_these() -> None:
    assert annotator.__all__ == [
        "AnnotatorError",
        "Assembly",
        "CivicOptions",
        "Failed",
        "Found",
        "Match",
        "NotFound",
        "OnlineOptions",
        "Release",
        "Report",
        "ReportTable",
        "Snapshot",
        "Step",
        "Unsupported",
        "__version__",
        "annotate",
        "build_snapshot",
        "report_data",
        "report_table",
        "retry_failed",
        "write_report",
    ]
    assert dir(annotator) == sorted(annotator.__all__)
    for name in annotator.__all__:
        assert getattr(annotator, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'anotate'"):
        _ = annotator.anotate


def parameters(function: object) -> dict[str, tuple[str, object]]:
    """Kind and default of each parameter, by its name."""
    assert callable(function)
    return {
        name: (parameter.kind.description, parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
    }


REQUIRED = inspect.Parameter.empty


def test_annotate_takes_these_arguments() -> None:
    assert parameters(annotator.annotate) == {
        "input": ("positional or keyword", REQUIRED),
        "output": ("positional or keyword", REQUIRED),
        "snapshot": ("keyword-only", None),
        "output_type": ("keyword-only", None),
        "threads": ("keyword-only", 1),
        "write_index": ("keyword-only", False),
        "compression_level": ("keyword-only", 2),
        "regions": ("keyword-only", ()),
        "reference": ("keyword-only", None),
        "assembly": ("keyword-only", None),
        "on_clash": ("keyword-only", "error"),
        "status": ("keyword-only", "missing"),
        "fields": ("keyword-only", None),
        "strict": ("keyword-only", False),
        "online": ("keyword-only", None),
        "civic_match": ("keyword-only", "protein"),
        "amplification_copies": ("keyword-only", 6.0),
        "sv_overlap": ("keyword-only", 0.5),
        "disease": ("keyword-only", None),
        "tiers": ("keyword-only", True),
        "bed": ("keyword-only", None),
        "progress": ("keyword-only", None),
    }


def test_build_snapshot_takes_these_arguments() -> None:
    assert parameters(annotator.build_snapshot) == {
        "output": ("positional or keyword", REQUIRED),
        "assembly": ("positional or keyword", REQUIRED),
        "clinvar": ("keyword-only", None),
        "clinvar_tables": ("keyword-only", None),
        "clinvar_release": ("keyword-only", None),
        "civic": ("keyword-only", None),
        "civic_options": ("keyword-only", None),
        "vcf": ("keyword-only", None),
        "vcf_fields": ("keyword-only", None),
        "bed": ("keyword-only", None),
        "kept": ("keyword-only", None),
        "retrieved": ("keyword-only", None),
        "threads": ("keyword-only", 1),
        "replace": ("keyword-only", False),
        "progress": ("keyword-only", None),
    }


def test_reports_take_these_arguments() -> None:
    views = dict.fromkeys(("html", "tsv", "json", "multiqc", "xlsx"), ("keyword-only", None))
    files = {"vcfs": ("variadic positional", REQUIRED)}
    disease = {"disease": ("keyword-only", "")}
    samples = {
        "tumours": ("keyword-only", ()),
        "normals": ("keyword-only", ()),
        "tiers": ("keyword-only", True),
    }
    snapshot = {"snapshot": ("keyword-only", None)}
    assert parameters(annotator.write_report) == {
        **files,
        **views,
        **disease,
        "limit": ("keyword-only", 5000),
        **samples,
        "report_date": ("keyword-only", ""),
        **snapshot,
    }
    assert parameters(annotator.report_data) == {**files, **disease, **samples, **snapshot}


def test_a_report_is_written_and_given(tmp_path: Path, snapshot: Path) -> None:
    annotated = [tmp_path / "a.vcf", tmp_path / "b.bcf"]
    for path in annotated:
        annotator.annotate(write_vcf(tmp_path / f"{path.stem}.in.vcf"), path, snapshot=snapshot)
    views = {name: tmp_path / f"view_mqc.{name}" for name in ("html", "tsv", "json")}
    annotator.write_report(*annotated, **views, multiqc=str(tmp_path / "table_mqc.json"))  # type: ignore[arg-type]
    data = annotator.report_data(*annotated)
    assert data == json.loads(views["json"].read_text())
    assert [(one["position"], one["info"]["CLNVID"], len(one["samples"])) for one in data["alleles"]] == [
        (140753336, 13961, 2)
    ]
    assert "13961" in views["tsv"].read_text()
    assert "clinvar/variation/13961" in views["html"].read_text()
    assert set(json.loads((tmp_path / "table_mqc.json").read_text())["data"]) == {"a", "b"}


def test_a_report_of_nothing_or_to_nowhere_is_an_error(tmp_path: Path, snapshot: Path) -> None:
    annotator.annotate(write_vcf(tmp_path / "in.vcf"), tmp_path / "a.vcf", snapshot=snapshot)
    with pytest.raises(annotator.AnnotatorError, match="no output was requested"):
        annotator.write_report(tmp_path / "a.vcf")
    with pytest.raises(annotator.AnnotatorError, match="there is no input file"):
        annotator.write_report(html=tmp_path / "a.html")
    with pytest.raises(annotator.AnnotatorError, match="was not annotated by this program"):
        annotator.report_data(tmp_path / "in.vcf")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.vcf", "in.vcf"]


def test_annotate_gives_a_report(tmp_path: Path, snapshot: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf", [BRAF_V600E, "7\t1\t.\tA\t<DEL>\t.\t.\t."])
    report = annotator.annotate(source, tmp_path / "out.vcf", snapshot=snapshot)
    assert report.assembly is annotator.Assembly.GRCH38
    assert report.evidence == "contig lengths"
    assert report.warnings == ()
    assert report.summary.records == 2
    assert report.summary.alleles == 2
    assert report.summary.answers["clinvar"]["found"] == 1
    assert report.summary.answers["clinvar"]["unsupported"] == 1
    assert report.summary.unsupported == {"symbolic": 1}
    [release] = report.releases
    assert release == annotator.Release(
        "clinvar", "clinvar-snapshot", "2026-02-26", "GRCh38", release.sha256, None
    )


def test_an_error_is_raised_and_nothing_is_printed(
    tmp_path: Path, snapshot: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(annotator.AnnotatorError) as raised:
        annotator.annotate(tmp_path / "none.vcf", tmp_path / "out.vcf", snapshot=snapshot)
    assert raised.value.what == "no such file"
    assert raised.value.path == str(tmp_path / "none.vcf")
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("assembly", "hg17"),
        ("on_clash", "ask"),
        ("status", "some"),
        ("output_type", "x"),
    ],
)
def test_a_word_that_an_argument_does_not_know_is_an_error(
    tmp_path: Path, snapshot: Path, option: str, value: str
) -> None:
    source = write_vcf(tmp_path / "in.vcf")
    words: dict[str, str] = {option: value}
    with pytest.raises((ValueError, annotator.AnnotatorError), match=value):
        annotator.annotate(source, tmp_path / "out.vcf", snapshot=snapshot, **words)  # type: ignore[arg-type]


def test_a_snapshot_answers_for_one_allele(snapshot: Path) -> None:
    opened = annotator.Snapshot.open(snapshot)
    assert opened.assembly is annotator.Assembly.GRCH38
    assert opened.releases["clinvar"].version == "2026-02-26"
    for contig in ("7", "chr7", "NC_000007.14"):
        answer = opened.lookup(contig, 140753336, "A", "T")["clinvar"]
        assert isinstance(answer, annotator.Found)
        assert answer.match is annotator.Match.EXACT
        assert answer.record == ClinVarRecord(
            13961, 28961, classification="Pathogenic", review_status="reviewed_by_expert_panel"
        )


@pytest.mark.parametrize(
    ("allele", "answer"),
    [
        (("7", 140753336, "A", "G"), annotator.NotFound()),
        (("7", 140753337, "A", "T"), annotator.NotFound()),
        (("8", 140753336, "A", "T"), annotator.NotFound()),
        (("7", 140753336, "A", "<DEL>"), annotator.Unsupported("symbolic")),
        (("7", 140753336, "A", "*"), annotator.Unsupported("spanning_deletion")),
        (("GL000192.1", 1, "A", "T"), annotator.Unsupported("unknown_contig")),
        (("NC_000007.13", 140753336, "A", "T"), annotator.Unsupported("unknown_contig")),
    ],
)
def test_a_snapshot_distinguishes_not_found_from_unsupported(
    snapshot: Path, allele: tuple[str, int, str, str], answer: object
) -> None:
    assert annotator.Snapshot.open(snapshot).lookup(*allele) == {"clinvar": answer}


@pytest.mark.parametrize(("position", "ref", "alt"), [(32340300, "GT", "G"), (32340299, "AGT", "AG")])
def test_a_snapshot_knows_an_allele_by_any_padding(snapshot: Path, position: int, ref: str, alt: str) -> None:
    answer = annotator.Snapshot.open(snapshot).lookup("13", position, ref, alt)["clinvar"]
    assert isinstance(answer, annotator.Found)
    assert answer.record.variation_id == 9325


def test_build_snapshot_gives_the_manifest(tmp_path: Path) -> None:
    clinvar = write_clinvar(tmp_path / "clinvar.vcf")
    manifest = annotator.build_snapshot(tmp_path / "s", "GRCh38", clinvar=clinvar, retrieved="2026-03-01")
    assert manifest.sources["clinvar"].counts == {
        "records": 3,
        "alleles": 3,
        "indels with only some equivalent forms: no genomic HGVS expression": 1,
    }
    opened = annotator.Snapshot.open(tmp_path / "s")
    assert opened.manifest == manifest
    assert opened.releases["clinvar"].retrieved == "2026-03-01"
    opened.verify()
