from __future__ import annotations

from pathlib import Path

import pytest

import annotator
from annotator.errors import KnowledgeBaseError, UsageError
from annotator.snapshot.disease_ontology import read_disease_ontology
from annotator.sources.civic.diseases import DiseaseRelations, doid_of
from tests.inputs import data_lines, info_of, vcf_text
from tests.test_civic_release import EVIDENCE, write_release

OBO = """format-version: 1.2

[Term]
id: DOID:4
name: disease

[Term]
id: DOID:162
name: cancer
is_a: DOID:4 ! disease

[Term]
id: DOID:1909
name: melanoma
alt_id: DOID:0000001
is_a: DOID:162 ! cancer
is_a: DOID:9999 ! another parent

[Term]
id: DOID:8923
name: skin melanoma
is_a: DOID:1909 ! melanoma

[Term]
id: DOID:5
name: old
is_obsolete: true
replaced_by: DOID:8923

[Typedef]
id: part_of
name: part of
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
    ("text", "number"), [("DOID:1909", "1909"), ("doid:1909 ", "1909"), ("0060079", "0060079")]
)
def test_diseases_as_users_write_them(text: str, number: str) -> None:
    assert doid_of(text) == number


def test_what_is_no_disease_is_refused() -> None:
    with pytest.raises(UsageError, match="'melanoma' is no disease"):
        doid_of("melanoma")


@pytest.mark.parametrize(
    ("with_ontology", "expected"),
    [(True, ["same", "broader", "narrower", "other", "other"]), (False, ["same", *["other"] * 4])],
)
def test_every_entry_says_how_its_disease_stands_to_the_patient_s(
    tmp_path: Path, ontology: Path, expected: list[str], *, with_ontology: bool
) -> None:
    doids = ["1909", "162", "8923", "1612", ""]
    evidence = [EVIDENCE | {"evidence_id": str(number), "doid": doid} for number, doid in enumerate(doids, 1)]
    annotator.build_snapshot(
        tmp_path / "snapshot",
        "GRCh37",
        civic=write_release(tmp_path / "civic", evidence=evidence),
        disease_ontology=ontology if with_ontology else None,
    )
    source, output = tmp_path / "in.vcf", tmp_path / "out.vcf"
    source.write_text(vcf_text(["7\t140453136\t.\tA\tT\t.\t.\t."], assembly=annotator.Assembly.GRCH37))

    def relations(disease: str | None) -> list[str]:
        annotator.annotate(source, output, snapshot=tmp_path / "snapshot", disease=disease)
        (line,) = data_lines(output.read_bytes())
        return [entry.rpartition("|")[2] for entry in info_of(line)["CIVIC"].split(",")]

    assert relations("DOID:1909") == expected
    assert "--disease DOID:1909" in output.read_text()
    assert relations(None) == [""] * 5  # nothing is hidden, nothing is said
