from __future__ import annotations

from pathlib import Path

import pytest

import annotator
from annotator.errors import KnowledgeBaseError
from annotator.snapshot.civic.disease_ontology import read_disease_ontology
from annotator.sources.civic.diseases import DiseaseRelations
from annotator.sources.civic.fields import CIVIC_SUBFIELDS
from tests.support.civic_releases import EVIDENCE, write_release
from tests.support.inputs import data_lines, info_of, vcf_text
from tests.support.ontology import OBO

OTHER_CLAUSES = r"""format-version: 1.2
data-version: made/2026-11-26/doid.obo
date: 26:11:2026 07:28
subsetdef: made_slim "A subset"
default-namespace: disease_ontology
remark: made for a test (https://example.org/licence/1.0/).
ontology: doid
property_value: http://purl.org/dc/elements/1.1/title "A title" xsd:string

[Term]
id: DOID:1
name: first's disease
comment: Of a kind {xref="url:https://example.org/1", comment="a:b"}
[Term]
id: DOID:2
name: second
alt_id: DOID:77
alt_id: OLD:3
def: "A first with \"marks\"." [url:http\://example.org/a?b=c&d#e_%28f%29] {comment="a:b"}
subset: made_slim
synonym: "another " EXACT [SNOMEDCT_US_2018_03_01:7]
xref: ICD10CM:E88.9
is_a: CL:0000001 ! cell
is_a: DOID:1 {source="x"} ! first's disease
intersection_of: DOID:9
intersection_of: RO:0004026 UBERON:0000002
relationship: RO:0001025 DOID:8
created_by: somebody
creation_date: 2010-06-30T02:44:30Z

[Term]
id: CL:0000001
name: cell
is_a: DOID:5
"""


@pytest.fixture
def ontology(tmp_path: Path) -> Path:
    path = tmp_path / "doid.obo"
    path.write_text(OBO)
    return path


def test_parents_are_read_of_terms_and_of_the_numbers_that_they_replace(ontology: Path) -> None:
    assert read_disease_ontology(ontology) == {
        "0000001": ["1909"], "162": ["4"], "1909": ["162", "9999"], "4": [], "5": ["8923"], "8923": ["1909"],
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "[Typedef]\nid: DOID:1\n", "name: x\n"])
def test_a_file_without_diseases_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.obo").write_text(text)
    with pytest.raises(KnowledgeBaseError, match="no disease"):
        read_disease_ontology(tmp_path / "x.obo")
    with pytest.raises(KnowledgeBaseError, match="cannot be read"):
        read_disease_ontology(tmp_path / "missing.obo")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("##fileformat=VCFv4.3\n", 1),
        (OBO.replace("name: melanoma\n", "name: melanoma\nnamespace: two words\n"), 15),
        (OBO.replace("id: DOID:162\n", ""), 8),
    ],
)
def test_a_file_that_is_no_obo_is_refused_at_its_line(text: str, line: int, tmp_path: Path) -> None:
    path = tmp_path / "x.obo"
    path.write_text(text)
    with pytest.raises(KnowledgeBaseError, match="not an OBO file") as caught:
        read_disease_ontology(path)
    assert "doid.obo" in str(caught.value.remedy)
    assert (caught.value.path, caught.value.line) == (str(path), line)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "doid.obo.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00" + OBO.encode())
    with pytest.raises(KnowledgeBaseError, match="cannot be read") as caught:
        read_disease_ontology(path)
    assert caught.value.path == str(path)


def test_other_content_of_an_ontology_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "x.obo").write_text(OTHER_CLAUSES)
    assert read_disease_ontology(tmp_path / "x.obo") == {"1": [], "2": ["1"], "77": ["2"]}


def test_relations(ontology: Path) -> None:
    relations = DiseaseRelations("1909", read_disease_ontology(ontology))
    told = {doid: relations.of(doid) for doid in ("1909", "162", "4", "8923", "5", "1234", "")}
    assert told == {
        "1909": "same", "162": "broader", "4": "broader", "8923": "narrower", "5": "narrower", "1234": "other",
        "": "other",
    }  # fmt: skip


def test_an_ontology_that_runs_in_a_circle_comes_to_an_end() -> None:
    assert DiseaseRelations("1", {"1": ["2"], "2": ["1"]}).of("2") == "broader"


@pytest.mark.parametrize(
    ("with_ontology", "expected"),
    [
        (True, ["same", "broader", "narrower", "other", "other", "broader", "broader"]),
        (False, ["same", "broader", "narrower", "other", "other", "broader", "other"]),
    ],
)
def test_every_entry_has_the_relation_of_its_disease_to_the_patient_s(
    tmp_path: Path, ontology: Path, expected: list[str], *, with_ontology: bool
) -> None:
    diseases = [
        ("1909", ""), ("162", ""), ("8923", ""), ("1612", ""), ("", "Glioma"), ("", "Solid Tumor"), ("9999", ""),
    ]  # fmt: skip
    evidence = [
        EVIDENCE | {"evidence_id": str(number), "doid": doid, "disease": name or EVIDENCE["disease"]}
        for number, (doid, name) in enumerate(diseases, 1)
    ]
    annotator.build_snapshot(
        tmp_path / "snapshot",
        "GRCh37",
        civic=write_release(tmp_path / "civic", evidence=evidence),
        civic_options=annotator.CivicOptions(disease_ontology=ontology if with_ontology else None),
    )
    source, output = tmp_path / "in.vcf", tmp_path / "out.vcf"
    source.write_text(vcf_text(["7\t140453136\t.\tA\tT\t.\t.\t."], assembly=annotator.Assembly.GRCH37))

    def relations(disease: str | None) -> list[str]:
        annotator.annotate(source, output, snapshot=tmp_path / "snapshot", disease=disease)
        (line,) = data_lines(output.read_bytes())
        place = CIVIC_SUBFIELDS.index("DiseaseMatch")
        return [entry.split("|")[place] for entry in info_of(line)["CIVIC"].split(",")]

    for text in ("DOID:1909", "melanoma", "MEL", "oncotree:MEL", "malignant_melanoma", "1909"):
        assert relations(text) == expected
        assert "--disease DOID:1909" in output.read_text()
    assert relations(None) == [""] * 7  # nothing is hidden, nothing is said
