"""Terms of variant_summary are translated to those of ClinVar's VCF, or omitted; no other value is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import KnowledgeBaseError
from annotator.sources.clinvar.records import ClinVarRecord
from annotator.sources.clinvar.words import SUMMARY_COLUMNS, origin_bits, record_of_summary, vcf_words
from tests.support.clinvar_rows import clinvar_rows

NOTHING = [None, "", "-", "na", "-1", " "]


def record(**cells: str | None) -> ClinVarRecord:
    """Record of a row that has a germline classification, unless it is said otherwise."""
    row = {"VariationID": "2", "AlleleID": "15041", "ClinicalSignificance": "Pathogenic"}
    return record_of_summary(row | {name.replace("_", " "): cell for name, cell in cells.items()}, None)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("Pathogenic", "Pathogenic"),
        ("Pathogenic/Likely pathogenic", "Pathogenic/Likely_pathogenic"),
        ("Uncertain significance", "Uncertain_significance"),
        (
            "Conflicting classifications of pathogenicity; risk factor",
            "Conflicting_classifications_of_pathogenicity|risk_factor",
        ),
        (
            "Conflicting classifications of pathogenicity; association; risk factor",
            "Conflicting_classifications_of_pathogenicity|association|risk_factor",
        ),
        ("Pathogenic, low penetrance", "Pathogenic,_low_penetrance"),
        (
            "Pathogenic/Likely pathogenic/Pathogenic, low penetrance",
            "Pathogenic/Likely_pathogenic/Pathogenic,_low_penetrance",
        ),
        ("Conflicting interpretations of pathogenicity", "Conflicting_interpretations_of_pathogenicity"),
        ("no interpretation for the single variant", "no_interpretation_for_the_single_variant"),
        ("no classification for the single variant", "no_classification_for_the_single_variant"),
        ("no classifications from unflagged records", "no_classifications_from_unflagged_records"),
        ("not provided", "not_provided"),
        ("criteria provided, single submitter", "criteria_provided,_single_submitter"),
        (
            "criteria provided, multiple submitters, no conflicts",
            "criteria_provided,_multiple_submitters,_no_conflicts",
        ),
        ("Tier I - Strong", "Tier_I_-_Strong"),
        ("single nucleotide variant", "single_nucleotide_variant"),
        *[(cell, None) for cell in NOTHING],
    ],
)
def test_words_are_joined_and_categories_separated(cell: str | None, words: str | None) -> None:
    assert vcf_words(cell) == words


@pytest.mark.parametrize(
    ("cell", "bits"),
    [
        ("germline", "1"),
        ("somatic", "2"),
        ("germline;somatic", "3"),
        ("germline;unknown", "1"),
        ("unknown", "0"),
        ("not provided", "0"),
        ("not applicable", "0"),
        ("inherited;paternal;maternal", "28"),
        ("de novo", "32"),
        ("biparental;uniparental", "192"),
        ("not tested", "256"),
        ("not-tested", "256"),
        ("tested-inconclusive", "512"),
        ("other", "1073741824"),
        ("germline; de novo", "33"),
        ("germline;germline", "1"),
        ("germline;invented", None),
        *[(cell, None) for cell in NOTHING],
    ],
)
def test_origins_are_a_bit_mask(cell: str | None, bits: str | None) -> None:
    assert origin_bits(cell) == bits


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize(
    "column", [column for column in SUMMARY_COLUMNS if column not in {"VariationID", "PhenotypeIDS"}]
)
def test_missing_values_are_none(column: str, nothing: str | None) -> None:
    attributes = {
        "AlleleID": "allele_id",
        "Type": "variant_type",
        "ClinicalSignificance": "classification",
        "ReviewStatus": "review_status",
        "Origin": "origin",
        "RS# (dbSNP)": "rsid",
        "PhenotypeList": "diseases",
        "SomaticClinicalImpact": "impact",
        "ReviewStatusClinicalImpact": "impact_review_status",
        "Oncogenicity": "oncogenicity",
        "ReviewStatusOncogenicity": "oncogenicity_review_status",
    }
    row = dict.fromkeys(SUMMARY_COLUMNS, "1") | {"Origin": "germline"}
    row |= {"SomaticClinicalImpact": "", "Oncogenicity": ""} if column == "PhenotypeList" else {}
    said = record_of_summary(row | {column: "germline" if column == "Origin" else "7"}, None)
    assert getattr(said, attributes[column]) is not None
    unsaid = record_of_summary(row | {column: nothing}, None)
    assert getattr(unsaid, attributes[column]) is None


def test_a_row_may_lack_every_column_but_one() -> None:
    assert record_of_summary({"VariationID": "2"}, None) == ClinVarRecord(2)


@pytest.mark.parametrize("variation", [*NOTHING, "VCV2", "2.0", "1234567890", "²"])
def test_a_record_needs_its_number(variation: str | None) -> None:
    with pytest.raises(KnowledgeBaseError) as caught:
        record(VariationID=variation)
    assert caught.value.kind == "knowledge_base"
    assert f"VariationID {variation!r} of variant_summary" in caught.value.what


def test_the_expression_is_taken_as_it_is() -> None:
    assert record_of_summary({"VariationID": "2"}, "NC_000007.14:g.1A>T").hgvs == "NC_000007.14:g.1A>T"


# Diseases


@pytest.mark.parametrize(
    ("names", "identifiers", "diseases", "disease_ids"),
    [
        ("not provided", "MedGen:C3661900", "not_provided", "MedGen:C3661900"),
        (
            "Hereditary spastic paraplegia 48|Macular dystrophy|not provided",
            "MONDO:MONDO:0013342,MedGen:C3150901||MedGen:C3661900",
            "Hereditary_spastic_paraplegia_48|Macular_dystrophy|not_provided",
            "MONDO:MONDO:0013342,MedGen:C3150901|.|MedGen:C3661900",
        ),
        ("HFE INTRONIC POLYMORPHISM|x", "|MedGen:C1", "HFE_INTRONIC_POLYMORPHISM|x", ".|MedGen:C1"),
        ("one;two|three", "MedGen:1;MedGen:2|MedGen:3", "one|two|three", "MedGen:1|MedGen:2|MedGen:3"),
        ("one;two|two", "MedGen:1;MedGen:2|MedGen:2", "one|two", "MedGen:1|MedGen:2"),
        ("one;two", "MedGen:1;", "one|two", "MedGen:1|."),
        ("one;two", "", "one|two", ".|."),
        ("one|two", "-", "one|two", ".|."),
        ("Ataxia; childhood form", "MedGen:1", "Ataxia;_childhood_form", "MedGen:1"),
        ("Prostate cancer, hereditary, 1", "Human Phenotype Ontology:HP:0030358,MedGen:C4722327",
         "Prostate_cancer,_hereditary,_1", "Human_Phenotype_Ontology:HP:0030358,MedGen:C4722327"),
        ("7 conditions", "MedGen:1", "7_conditions", "MedGen:1"),
        ("one|two", "MedGen:1", "one|two", None),
        ("one;two", None, "one|two", None),
        ("-", "-", None, None),
        (None, "MedGen:1", None, None),
    ],
)  # fmt: skip
def test_diseases_keep_their_identifiers(
    names: str | None, identifiers: str | None, diseases: str | None, disease_ids: str | None
) -> None:
    made = record(PhenotypeList=names, PhenotypeIDS=identifiers)
    assert (made.diseases, made.disease_ids) == (diseases, disease_ids)


@pytest.mark.parametrize(
    ("germline", "oncogenicity", "impact", "holder"),
    [
        ("Pathogenic", "-", "-", "diseases"),
        ("-", "Oncogenic", "-", "oncogenicity_diseases"),
        ("-", "-", "Tier I - Strong", "impact_diseases"),
        ("Pathogenic", "Oncogenic", "-", None),
        ("Pathogenic", "-", "Tier I - Strong", None),
        ("-", "Oncogenic", "Tier I - Strong", None),
        ("Pathogenic", "Oncogenic", "Tier I - Strong", None),
        ("-", "-", "-", None),
    ],
)
def test_diseases_belong_to_the_one_classification_that_there_is(
    germline: str, oncogenicity: str, impact: str, holder: str | None
) -> None:
    made = record(
        ClinicalSignificance=germline, Oncogenicity=oncogenicity, SomaticClinicalImpact=impact,
        PhenotypeList="Colorectal cancer", PhenotypeIDS="MedGen:C0346629",
    )  # fmt: skip
    for name in ("diseases", "oncogenicity_diseases", "impact_diseases"):
        assert getattr(made, name) == ("Colorectal_cancer" if name == holder else None)
    assert made.disease_ids == ("MedGen:C0346629" if holder == "diseases" else None)


NAMES = st.text("abcXYZ 019-'()/", min_size=1, max_size=12).filter(lambda name: name.strip() not in NOTHING)
IDENTIFIERS = st.one_of(st.just(""), st.from_regex(r"MedGen:C[0-9]{1,5}(,OMIM:[0-9]{1,5})?", fullmatch=True))
CONDITIONS = st.lists(st.lists(st.tuples(NAMES, IDENTIFIERS), min_size=1, max_size=3), min_size=1, max_size=4)


@given(conditions=CONDITIONS)
def test_diseases_are_the_pairs_of_the_two_columns_each_once(conditions: list[list[tuple[str, str]]]) -> None:
    made = record(
        PhenotypeList="|".join(";".join(name for name, _ in rcv) for rcv in conditions),
        PhenotypeIDS="|".join(";".join(identifier for _, identifier in rcv) for rcv in conditions),
    )
    pairs = {(name.strip().replace(" ", "_"), ids or ".") for rcv in conditions for name, ids in rcv}
    assert made.diseases is not None
    assert made.disease_ids is not None
    found = list(zip(made.diseases.split("|"), made.disease_ids.split("|"), strict=True))
    assert set(found) == pairs
    assert len(found) == len(pairs)


# NCBI's own samples


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    header, *lines = path.read_text().splitlines()
    for line in lines:
        yield dict(zip(header.removeprefix("#").split("\t"), line.split("\t"), strict=True))


def test_ncbis_sample_is_equal_in_both_formats(shared_data: Path) -> None:
    vcf = {
        row.variation: row
        for row in clinvar_rows(shared_data / "clinvar/other/ncbi_clinvar_sample_somatic.vcf")
    }
    keys = {
        "ALLELEID": "allele_id", "CLNSIG": "classification", "CLNREVSTAT": "review_status", "CLNVC": "variant_type",
        "ORIGIN": "origin", "ONC": "oncogenicity", "ONCREVSTAT": "oncogenicity_review_status", "SCI": "impact",
        "SCIREVSTAT": "impact_review_status", "RS": "rsid",
    }  # fmt: skip
    compared = set()
    for row in rows_of(shared_data / "clinvar/tab_delimited/variant_summary_ncbi_sample_40col.txt"):
        made, expected = record_of_summary(row, None), vcf[row["VariationID"]].info
        for key, attribute in keys.items():
            value = getattr(made, attribute)
            assert (None if value is None else str(value)) == expected.get(key), (key, row["VariationID"])
        compared.add(row["VariationID"])
    assert compared == {"12578", "16613"}
    impact_only = record_of_summary(
        next(
            row
            for row in rows_of(shared_data / "clinvar/tab_delimited/variant_summary_ncbi_sample_40col.txt")
            if row["VariationID"] == "16613"
        ),
        None,
    )
    assert impact_only.impact_diseases == vcf["16613"].info["SCIDN"]
    assert impact_only.diseases is None


def test_a_file_of_today_is_read(shared_data: Path) -> None:
    path = shared_data / "clinvar/tab_delimited/variant_summary_2026-06-28.head.txt"
    made = [record_of_summary(row, None) for row in rows_of(path)]
    assert len(made) == 10
    assert made[0] == ClinVarRecord(
        2, 15041, "Pathogenic/Likely_pathogenic",
        review_status="criteria_provided,_multiple_submitters,_no_conflicts", variant_type="Indel", origin="1",
        diseases="Hereditary_spastic_paraplegia_48|Macular_dystrophy_with_or_without_extraocular_features|not_provided",
        disease_ids="MONDO:MONDO:0013342,MedGen:C3150901,OMIM:613647,Orphanet:306511|.|MedGen:C3661900",
        rsid="397704705",
    )  # fmt: skip
    assert made[-1].disease_ids == ".|MedGen:C3661900"
