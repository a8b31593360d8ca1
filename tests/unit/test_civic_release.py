from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.errors import KnowledgeBaseError
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from tests.support.civic_content import PlacedRelease, placed_release
from tests.support.civic_release_rows import evidence_ids, variants_by_id
from tests.support.civic_releases import (
    ASSERTION,
    COLUMNS,
    EVIDENCE,
    VARIANT,
    write_release,
    write_table,
)

Write = Callable[..., Path]


@pytest.fixture(scope="module")
def release(shared_data: Path) -> PlacedRelease:
    return placed_release(shared_data / "civic/release-2024-08-01", Assembly.GRCH37)


def alleles_of(folder: Path, assembly: Assembly, facts: dict[str, str]) -> list[tuple[int, str, str]]:
    """Alleles of one variant that differs from BRAF V600E in the given columns."""
    release = placed_release(write_release(folder, [VARIANT | facts]), assembly)
    return sorted(allele[1:] for allele in release.records)


# Invented corner cases


def test_carriage_returns_a_byte_order_mark_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    plain = placed_release(write_release(tmp_path / "plain", assertions=[ASSERTION]), Assembly.GRCH37)
    folder = write_release(tmp_path / "windows", assertions=[ASSERTION], newline="\r\n")
    for path in folder.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\r\n\t\r\n")
    windows = placed_release(folder, Assembly.GRCH37)
    assert windows.records == plain.records
    assert windows.counts == plain.counts
    assert windows.sha256 != plain.sha256


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"reference_bases": " a ", "variant_bases": "t ", "chromosome": "chr7"}, [(140453136, "A", "T")]),
        ({"variant_bases": "G/T"}, [(140453136, "A", "G"), (140453136, "A", "T")]),
        ({"variant_bases": "A>G / T"}, [(140453136, "A", "G"), (140453136, "A", "T")]),
        ({"variant_bases": "C>G/T"}, []),
        ({"variant_bases": "G/"}, []),
        ({"variant_bases": "A"}, []),
        ({"variant_bases": "N/A", "reference_bases": "N/A"}, []),
        ({"variant_bases": "N/A"}, [(140453136, "A", "")]),
        ({"variant_bases": "<DEL>"}, []),
        ({"variant_bases": "T G"}, []),
        ({"start": "", "stop": ""}, []),
        ({"start": "140453136.0"}, []),
        ({"chromosome": "7q34"}, []),
        ({"chromosome": ""}, []),
        ({"reference_build": ""}, []),
        ({"reference_build": "GRCh38"}, []),
        ({"reference_build": "NCBI36"}, []),
        ({"reference_bases": "AC", "variant_bases": "TT", "stop": "140453137"}, [(140453136, "AC", "TT")]),
        ({"reference_bases": "AC", "variant_bases": "TT"}, []),
        ({"reference_bases": "AC", "variant_bases": "AT", "stop": "140453137"}, [(140453137, "C", "T")]),
        ({"reference_bases": "AC", "variant_bases": "", "stop": "140453137"}, [(140453136, "AC", "")]),
        ({"reference_bases": "", "variant_bases": "GG", "stop": "140453137"}, [(140453137, "", "GG")]),
        ({"reference_bases": "", "variant_bases": "GG"}, [(140453137, "", "GG")]),
        ({"reference_bases": "", "variant_bases": "GG", "stop": "140453138"}, []),
        ({"reference_bases": "", "variant_bases": "GG", "stop": "140453135"}, []),
    ],
)
def test_alleles_of_coordinates(
    tmp_path: Path, facts: dict[str, str], expected: list[tuple[int, str, str]]
) -> None:
    assert alleles_of(tmp_path, Assembly.GRCH37, facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"hgvs_descriptions": "NM_004333.4:c.1799T>A, NC_000007.14:g.140753336A>T"}, [(140753336, "A", "T")]),
        ({"hgvs_descriptions": "NC_000007.14:g.140753336A>T", "reference_build": ""}, [(140753336, "A", "T")]),
        ({"hgvs_descriptions": "NC_000007.13:g.140453136A>T"}, []),  # the version tells the assembly
        ({"hgvs_descriptions": "NC_000008.11:g.140753336A>T"}, []),  # another chromosome
        ({"hgvs_descriptions": "NC_000007.14:g.140753336A>G"}, []),  # other bases
        ({"hgvs_descriptions": "NC_000007.14:g.140753336A>T,NC_000007.14:g.140753337A>T"}, []),
        ({"hgvs_descriptions": "NC_000007.14:g.140753336"}, [(140753336, "A", "T")]),  # cut short
        ({"hgvs_descriptions": "NC_000007.14:g.140753336A>"}, [(140753336, "A", "T")]),
        ({"hgvs_descriptions": "NC_000007.14:g.140753336C>"}, []),
        ({"hgvs_descriptions": "N/A"}, []),
        (
            {
                "hgvs_descriptions": "NC_000007.14:g.140753335_140753336delinsTT",
                "reference_bases": "AC", "variant_bases": "TT", "stop": "140453137",
            },
            [(140753335, "AC", "TT")],
        ),
        (
            {
                "hgvs_descriptions": "NC_000007.14:g.140753335_140753337delinsTT",
                "reference_bases": "AC", "variant_bases": "TT", "stop": "140453137",
            },
            [],
        ),
        ({"hgvs_descriptions": "NC_000007.14:g.140753336del", "variant_bases": ""}, [(140753336, "A", "")]),
        (
            {
                "hgvs_descriptions": "NC_000007.14:g.140753336_140753337del",
                "reference_bases": "AC", "variant_bases": "", "stop": "140453137",
            },
            [],  # unknown which of the two rotations of AC is meant
        ),
    ],
)  # fmt: skip
def test_alleles_of_expressions(
    tmp_path: Path, facts: dict[str, str], expected: list[tuple[int, str, str]]
) -> None:
    assert alleles_of(tmp_path, Assembly.GRCH38, facts) == expected


def test_a_variant_without_own_alleles_is_placed_by_its_one_expression_if_it_is_one_allele(
    tmp_path: Path,
) -> None:
    facts = {"reference_bases": "", "variant_bases": "", "hgvs_descriptions": "NC_000007.13:g.140453136A>T"}
    assert alleles_of(tmp_path, Assembly.GRCH37, facts) == [(140453136, "A", "T")]
    assert alleles_of(tmp_path, Assembly.GRCH37, facts | {"variant": "V600"}) == []
    two = facts | {"hgvs_descriptions": "NC_000007.13:g.140453136A>T,NC_000007.13:g.140453136A>C"}
    assert alleles_of(tmp_path, Assembly.GRCH37, two) == []


def test_evidence_that_is_not_accepted_is_left_out_and_counted(tmp_path: Path) -> None:
    evidence = [EVIDENCE | {"evidence_id": "7"}] + [
        EVIDENCE | {"evidence_id": str(number), "evidence_status": status}
        for number, status in ((8, "submitted"), (9, "rejected"), (10, ""))
    ]
    release = placed_release(write_release(tmp_path, evidence=evidence), Assembly.GRCH37)
    assert evidence_ids(variants_by_id(release)[12]) == {7}
    assert release.counts["left out: evidence items not accepted"] == 3


def test_an_item_of_a_profile_that_no_variant_has_is_left_out_and_counted(tmp_path: Path) -> None:
    evidence = [EVIDENCE, EVIDENCE | {"evidence_id": "8", "molecular_profile_id": ""}]
    variants = [VARIANT, VARIANT | {"variant_id": "13", "single_variant_molecular_profile_id": ""}]
    release = placed_release(write_release(tmp_path, variants, evidence), Assembly.GRCH37)
    assert {id_: evidence_ids(variant) for id_, variant in variants_by_id(release).items()} == {
        12: {7},
        13: set(),
    }
    assert release.counts["left out: evidence items that name no molecular profile"] == 1


def test_repeated_and_unreadable_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    evidence = [EVIDENCE, EVIDENCE | {"evidence_level": "E"}, EVIDENCE | {"evidence_id": "EID9"}]
    release = placed_release(write_release(tmp_path, evidence=evidence), Assembly.GRCH37)
    assert release.records[AlleleKey("7", 140453136, "A", "T")].best_level == "A"
    assert release.counts["left out: repeated rows"] == release.counts["left out: unreadable rows"] == 1


def test_an_assertion_row_with_one_link_twice_is_read(tmp_path: Path) -> None:
    folder = write_release(tmp_path, assertions=[ASSERTION])
    path = folder / "01-Aug-2024-AssertionSummaries.tsv"
    link = ASSERTION["molecular_profile_civic_url"]
    path.write_text(path.read_text().replace(link, f"{ASSERTION['assertion_civic_url']}\t{link}"))
    release = placed_release(folder, Assembly.GRCH37)
    (assertion,) = variants_by_id(release)[12].profiles[0].assertions
    assert (assertion.id, assertion.significance, assertion.flagged) == (3, "Resistance", False)
    assert release.counts["rows with surplus columns"] == 1


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_tab_inside_a_value_never_shifts_another_value(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    row = [ASSERTION.get(name, "") for name in COLUMNS["AssertionSummaries"]]
    column = data.draw(st.integers(0, len(row) - 1))
    place = data.draw(st.integers(0, len(row[column])))
    folder = write_release(tmp_path_factory.mktemp("tabs"), assertions=[ASSERTION])
    whole = placed_release(folder, Assembly.GRCH37).records
    row[column] = row[column][:place] + "\t" + row[column][place:]
    path = folder / "01-Aug-2024-AssertionSummaries.tsv"
    path.write_text(path.read_text().split("\n")[0] + "\n" + "\t".join(row) + "\n")
    torn = placed_release(folder, Assembly.GRCH37)
    assert torn.counts.get("left out: unreadable rows") == 1 or torn.records == whole


@pytest.mark.parametrize(
    ("prefix", "version"),
    [
        ("01-Aug-2024-", "2024-08-01"),
        ("1-dec-2025-", "2025-12-01"),
        ("2024-08-01-", "2024-08-01"),
        ("nightly-", "nightly-2024-07-01"),
        ("", "undated-2024-07-01"),
        ("our-copy-", "our-copy-2024-07-01"),
    ],
)
def test_version_of_a_release(tmp_path: Path, prefix: str, version: str) -> None:
    folder = write_release(tmp_path, prefix=prefix)
    (folder / f".{prefix}VariantSummaries.tsv").write_text("an editor's leftover")
    (folder / f"{prefix}VariantGroupSummaries.tsv").write_text("not read")
    assert placed_release(folder, Assembly.GRCH37).version == version


def test_the_file_of_accepted_items_is_preferred(tmp_path: Path) -> None:
    folder = write_release(tmp_path)
    accepted = folder / "01-Aug-2024-AcceptedClinicalEvidenceSummaries.tsv"
    both = folder / "01-Aug-2024-AcceptedAndSubmittedClinicalEvidenceSummaries.tsv"
    (folder / "01-Aug-2024-ClinicalEvidenceSummaries.tsv").rename(accepted)
    shutil.copy(accepted, both)
    both.write_text(both.read_text().replace("\tA\t", "\tE\t"))
    assert (
        placed_release(folder, Assembly.GRCH37).records[AlleleKey("7", 140453136, "A", "T")].best_level == "A"
    )
    accepted.unlink()
    assert (
        placed_release(folder, Assembly.GRCH37).records[AlleleKey("7", 140453136, "A", "T")].best_level == "E"
    )


def test_the_error_for_an_incomplete_release_names_missing_files(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeBaseError, match=r"VariantSummaries\.tsv, .*missing .found: none"):
        placed_release(tmp_path, Assembly.GRCH37)
    with pytest.raises(KnowledgeBaseError, match="the folder cannot be read"):
        placed_release(tmp_path / "missing", Assembly.GRCH37)
    file = tmp_path / "VariantSummaries.tsv"
    file.write_text("")
    with pytest.raises(KnowledgeBaseError, match="cannot be read"):
        placed_release(file, Assembly.GRCH37)


def test_the_error_for_a_missing_file_names_it(tmp_path: Path) -> None:
    folder = write_release(tmp_path)
    (folder / "01-Aug-2024-MolecularProfileSummaries.tsv").unlink()
    with pytest.raises(
        KnowledgeBaseError, match=r"MolecularProfileSummaries\.tsv missing .*01-Aug-2024-Variant"
    ):
        placed_release(folder, Assembly.GRCH37)
    (folder / "01-Aug-2024-ClinicalEvidenceSummaries.tsv").unlink()
    with pytest.raises(
        KnowledgeBaseError, match=r"AcceptedClinicalEvidenceSummaries or ClinicalEvidenceSummaries"
    ):
        placed_release(folder, Assembly.GRCH37)


def test_two_releases_in_a_folder_are_refused(tmp_path: Path) -> None:
    write_release(tmp_path)
    write_release(tmp_path, prefix="nightly-")
    with pytest.raises(KnowledgeBaseError, match="several releases: '01-Aug-2024', 'nightly'"):
        placed_release(tmp_path, Assembly.GRCH37)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("VariantSummaries", "reference_bases"),
        ("VariantSummaries", "single_variant_molecular_profile_id"),
        ("ClinicalEvidenceSummaries", "significance"),
        ("AssertionSummaries", "molecular_profile_id"),
        ("MolecularProfileSummaries", "variant_ids"),
    ],
)
def test_a_missing_column_is_named_with_those_found(tmp_path: Path, name: str, column: str) -> None:
    folder = write_release(tmp_path)
    path = folder / f"01-Aug-2024-{name}.tsv"
    write_table(path, [other for other in COLUMNS[name] if other != column], [])
    with pytest.raises(
        KnowledgeBaseError, match=rf"{name}\.tsv, line 1: .*columns .*{column}.* missing .found: \w"
    ):
        placed_release(folder, Assembly.GRCH37)


def test_a_file_that_is_cut_off_empty_or_no_text_is_an_error(tmp_path: Path) -> None:
    path = write_release(tmp_path) / "01-Aug-2024-ClinicalEvidenceSummaries.tsv"
    whole = path.read_bytes()
    for content, message in (
        (whole[:-70], "line 2: the file is truncated"),
        (b"", "columns .* missing"),
        (b"<html><body>Too many requests</body></html>\n", "columns .* missing"),
        (whole[:-1] + b"\xff\n", "not text"),
    ):
        path.write_bytes(content)
        with pytest.raises(KnowledgeBaseError, match=message):
            placed_release(tmp_path, Assembly.GRCH37)
    path.write_bytes(whole)
    write_release(tmp_path, variants=[])
    with pytest.raises(KnowledgeBaseError, match="no variants"):
        placed_release(tmp_path, Assembly.GRCH37)
