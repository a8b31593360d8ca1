"""`annotator explain` of symbolic ALTs and breakends, and its parts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import annotator
from annotator.errors import UsageError
from annotator.explain.explain import explain
from annotator.explain.query import QueryKind, SpelledAllele, parse_query
from annotator.explain.similar import codon_of, similarity_of
from annotator.explain.views import text_lines
from annotator.result import Match
from annotator.variants.allele import AlleleKey
from annotator.variants.hgvs_parse import parse_hgvs
from tests.support.civic_releases import EVIDENCE, PROFILE, VARIANT, write_release
from tests.support.explanations import (
    CASES,
    CSQ,
    Setting,
)
from tests.support.inputs import (
    data_lines,
    info_of,
    run_annotator,
    write_vcf,
)

# Parts


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("chr7:1:A:T", "allele"),
        ("7-1-A-T", "allele"),
        ("7:1 A>T", "allele"),
        ("7_1_A/T", "allele"),
        ("HLA-A:5:A:T", "allele"),
        ("GL000192.1:5:A:T", "allele"),
        ("7:1:A:<DUP:TANDEM>", "allele"),
        ("NC_000007.14:g.5del", "hgvs_g"),
        ("NC_012920.1:m.5A>G", "hgvs_g"),
        ("NM_004333.6:c.1799T>A", "hgvs_c"),
        ("NM_004333.6(BRAF):c.1799T>A (p.Val600Glu)", "hgvs_c"),
        ("ENST00000288602:c.1799T>A", "hgvs_c"),
        ("BRAF:p.V600E", "protein"),
        ("BRAF p.(Val600Glu)", "protein"),
        ("BRAF V600E", "protein"),
        ("NP_004324.2:p.Val600Glu", "protein"),
        ("RS113488022", "rsid"),
        ("ca123643", "caid"),
        ("VCV000013961.143", "clinvar_id"),
    ],
)
def test_a_question_is_recognised(text: str, kind: str) -> None:
    assert parse_query(text).kind is QueryKind(kind)


@pytest.mark.parametrize("text", ["", "hello", "chr7:140753336", "rs", "7:A:T", "p.V600E"])
def test_an_invalid_query_is_wrong_usage(text: str) -> None:
    with pytest.raises(annotator.AnnotatorError, match="is not an allele, HGVS expression"):
        parse_query(text)


@pytest.mark.parametrize(
    ("asked", "known", "kind"),
    [
        ((10, "A", "T"), (10, "A", "G"), "other_allele"),
        ((10, "A", "T"), (10, "C", "G"), "other_ref"),
        ((10, "N", "T"), (10, "C", "G"), "other_allele"),
        ((10, "AT", "GC"), (11, "T", "C"), "part"),
        ((10, "AT", "GC"), (11, "T", "G"), "overlap"),
        ((11, "T", "C"), (10, "AT", "GC"), "whole"),
        ((10, "AC", ""), (13, "CA", ""), "shifted"),
        ((10, "", "A"), (14, "", "A"), "shifted"),
        ((10, "", "A"), (10, "", "AA"), "other_allele"),
        ((10, "ACGT", ""), (12, "G", "T"), "overlap"),
        ((10, "A", "T"), (11, "A", "G"), "same_codon"),
        ((10, "A", "T"), (13, "A", "G"), None),
    ],
)
def test_near_misses_are_classified(
    asked: tuple[int, str, str], known: tuple[int, str, str], kind: str | None
) -> None:
    assert similarity_of(AlleleKey("7", *asked), AlleleKey("7", *known), (9, 11)) == kind


@pytest.mark.parametrize(
    ("expression", "codon"),
    [
        ("NM_1:c.1A>T", (100, 102)),
        ("NM_1:c.2A>T", (99, 101)),
        ("NM_1:c.3A>T", (98, 100)),
        ("NM_1:c.1T>A", (98, 100)),
        ("NM_1:c.3T>A", (100, 102)),
        ("NM_1:c.3G>A", None),
        ("NM_1:c.88+1A>T", None),
        ("NM_1:n.3A>T", None),
        ("NM_1:c.5del", None),
    ],
)
def test_a_codon_follows_from_the_transcript_position_on_either_strand(
    expression: str, codon: tuple[int, int] | None
) -> None:
    parsed = parse_hgvs(expression)
    assert parsed is not None
    assert codon_of(AlleleKey("7", 100, "A", "T"), [parsed]) == codon


# The command


def test_a_category_is_matched_only_at_its_level(setting: Setting, tmp_path: Path) -> None:
    case = CASES["category record"]
    vcf = write_vcf(tmp_path / "in.vcf", case.records, meta=[CSQ])
    arguments: list[str | Path] = [
        "explain",
        case.asked,
        "--snapshot",
        setting.snapshot,
        "--vcf",
        vcf,
        "--json",
    ]
    answers = []
    for more in ((), ("--civic-match", "codon")):
        ran = run_annotator(*arguments, *more)
        answers.append(json.loads(ran.out)["alleles"][0]["answers"][1])
    assert [(one["answer"], one["match"], one["id"]) for one in answers] == [
        ("absent", "", ""),
        ("found", "codon", "VID17"),
    ]


def test_json_and_text_come_from_one_explanation(setting: Setting) -> None:
    as_json = run_annotator("explain", "chr7:140753336:A:T", "--snapshot", setting.snapshot, "--json")
    assert (as_json.status, as_json.err) == (0, "")
    value = json.loads(as_json.out)
    found = explain("chr7:140753336:A:T", setting.snapshot)
    assert value == json.loads(json.dumps(found.to_json()))
    assert [release["knowledge_base"] for release in value["releases"]] == ["clinvar", "civic"]
    assert value["alleles"][0]["answers"][0]["id"] == "VCV13961"
    text = run_annotator("explain", "7:140753336", "A>T", "--snapshot", setting.snapshot)
    assert text.status == 0
    assert "ClinVar 2026-02-26, CIViC 2024-08-01 on GRCh38" in text.out.decode()


def test_wrong_usage_has_status_2(setting: Setting) -> None:
    ran = run_annotator("explain", "nonsense", "--snapshot", setting.snapshot)
    assert (ran.status, ran.out) == (2, b"")
    assert "Examples: chr7:140753336:A:T" in ran.err


# Symbolic ALTs and breakends


GENES = '##INFO=<ID=CSQ,Number=.,Type=String,Description="VEP. Format: Consequence|SYMBOL">'
MATES = '##INFO=<ID=MATEID,Number=.,Type=String,Description="mate">'
STRUCTURAL = {
    "gain": "7\t55019000\t.\tN\t<DUP>\t.\t.\tCSQ=transcript_amplification|EGFR",
    "no gene": "7\t55019500\t.\tN\t<DUP>\t.\t.\t.",
    "no such change": "7\t55020000\t.\tN\t<INS>\t.\t.\tCSQ=x|EGFR",
    "one side": "2\t29223528\ta\tN\t]2:42295516]N\t.\t.\tMATEID=e;CSQ=transcript_fusion|ALK",
    "other side": "2\t42295516\te\tN\tN[2:29223528[\t.\t.\tCSQ=transcript_fusion|EML4",
}


@pytest.fixture(scope="module")
def structural(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A snapshot with an amplification and a fusion, and a VCF with structural variants."""
    folder = tmp_path_factory.mktemp("structural")
    rows = [
        VARIANT
        | dict.fromkeys(("chromosome", "start", "stop", "reference_bases", "variant_bases"), "")
        | {"variant_id": id_, "single_variant_molecular_profile_id": id_, "gene": gene, "variant": name}
        | {"reference_build": "GRCh38", "chromosome": contig, "start": start, "stop": stop}
        for id_, gene, name, contig, start, stop in (
            ("190", "EGFR", "Amplification", "7", "55019017", "55211628"),
            ("5", "ALK", "EML4::ALK", "", "", ""),
        )
    ]
    release = write_release(
        folder / "civic",
        rows,
        [EVIDENCE | {"molecular_profile_id": row["variant_id"], "evidence_id": row["variant_id"]} for row in rows],
        (),
        [
            PROFILE
            | {"molecular_profile_id": row["variant_id"], "variant_ids": row["variant_id"]}
            | {"name": f"{row['gene']} {row['variant']}"}
            for row in rows
        ],
    )  # fmt: skip
    annotator.build_snapshot(folder / "snapshot", "GRCh38", civic=release)
    vcf = write_vcf(folder / "in.vcf", STRUCTURAL.values(), contigs=("2", "7"), meta=[GENES, MATES])
    return folder / "snapshot", vcf


@pytest.mark.parametrize("lowest", [Match.GENE, Match.PROTEIN])
@pytest.mark.parametrize(
    ("name", "id_", "outcome", "said"),
    [
        ("gain", "VID190", "matched", "the record names EGFR"),
        ("no gene", "", "not_tried", "the record names no gene"),
        ("no such change", "", "no_match", "no CIViC variant of EGFR can be a <INS>"),
        ("one side", "VID5", "matched", "the record of the mate names EML4"),
        ("other side", "VID5", "matched", "the record of the mate names ALK"),
    ],
)
def test_a_structural_variant_is_looked_up_by_its_genes(
    name: str, id_: str, outcome: str, said: str, lowest: Match, structural: tuple[Path, Path], tmp_path: Path
) -> None:
    snapshot, vcf = structural
    contig, position, _, ref, alt = STRUCTURAL[name].split("\t")[:5]
    found = explain(f"{contig}:{position}:{ref}:{alt}", snapshot, vcf=vcf, civic_match=lowest)
    [allele] = found.alleles
    [answer] = allele.answers
    region, level = answer.levels
    assert (region.name, region.outcome) == ("region", "not_tried")  # no record tells what it spans
    assert allele.unsupported in {"symbolic", "breakend"}
    is_found = bool(id_) and lowest is Match.GENE
    assert (answer.answer, answer.match, answer.id) == (
        ("found", "gene", id_) if is_found else ("unsupported", "", "")
    )
    assert (level.name, level.outcome) == ("gene", outcome if is_found or not id_ else "below")
    told = "\n".join(text_lines(found))
    assert said in told
    if id_:
        assert f"({id_})" in told  # also where only the option that reaches it is named
    annotator.annotate(vcf, tmp_path / "out.vcf", snapshot=snapshot, civic_match=lowest)
    line = data_lines((tmp_path / "out.vcf").read_bytes())[list(STRUCTURAL).index(name)]
    assert info_of(line).get("CIVIC_VID", "") == answer.id.removeprefix("VID")


@pytest.mark.parametrize(
    ("end", "copies", "outcomes"),
    [
        (55300000, "8", ("matched", "no_match")),
        (55300000, ".", ("no_match", "matched")),  # an unknown number is matched by the gene only
        (55300000, "4", ("no_match", "no_match")),  # more copies than usual, but fewer than 6
        (
            55205000,
            "8",
            ("no_match", "matched"),
        ),  # a little less than CIViC's region, but all of a transcript
        (55100000, "8", ("no_match", "no_match")),  # a part of a gene is no amplification
    ],
)
def test_a_copy_number_of_a_whole_gene_is_distinguished_from_one_of_a_part(
    end: int, copies: str, outcomes: tuple[str, str], structural: tuple[Path, Path], tmp_path: Path
) -> None:
    consequence = "transcript_amplification|EGFR"
    record = f"7\t55000000\t.\tN\t<DUP>\t.\t.\tEND={end};CSQ={consequence}\tGT:CN\t0/1:{copies}"
    meta = [GENES, MATES, '##FORMAT=<ID=CN,Number=1,Type=Integer,Description="Copy number">']
    vcf = write_vcf(tmp_path / "in.vcf", [record], contigs=("2", "7"), meta=meta, samples=("T",))
    found = explain("7:55000000:N:<DUP>", structural[0], vcf=vcf, civic_match=Match.GENE)
    [answer] = found.alleles[0].answers
    assert [level.name for level in answer.levels] == ["region", "gene"]
    assert tuple(level.outcome for level in answer.levels) == outcomes


def test_without_its_record_a_structural_variant_gets_the_advice_to_give_it(setting: Setting) -> None:
    for asked in ("7:55019000:N:<DUP>", "2:29223528:N:]2:42295516]N"):
        found = explain(asked, setting.snapshot)
        assert found.alleles[0].answers == ()
        assert any("Use --vcf FILE" in sentence for sentence in found.advice)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("NC_000013.11:32319282:C:T", "NC_000013.11:32319283:C:T"),
        ("NC_000013.11:32319282:CA:T", "NC_000013.11:32319283:CA:T"),
        ("NC_000013.11:32319282:1:T", "NC_000013.11:g.32319283delinsT"),
        ("NC_000013.11:32319282:C:", "NC_000013.11:g.32319283delC"),
        ("NC_000013.11:32319282:3:", "NC_000013.11:g.32319283_32319285del"),
        ("NC_000013.11:32319282::T", "NC_000013.11:g.32319282_32319283insT"),
    ],
)
def test_spdi_counts_from_0(text: str, spelled: str) -> None:
    asked = parse_query(text)
    assert asked.note == f"SPDI counts positions from 0: this is {spelled}"
    if asked.allele is not None:
        assert ":".join(map(str, asked.allele)) == spelled
    else:
        assert asked.kind is QueryKind.HGVS_G


def test_spdi_that_changes_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="describes no change"):
        parse_query("NC_000013.11:32319282::")


def test_an_allele_without_an_accession_is_no_spdi() -> None:
    asked = parse_query("13:32319283:C:T")
    assert (asked.allele, asked.note) == (SpelledAllele("13", 32319283, "C", "T"), "")
