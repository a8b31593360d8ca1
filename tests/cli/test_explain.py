"""`annotator explain`: known traps, each with the answer of a person who knows; and a run's own answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

import annotator
from annotator.errors import UsageError
from annotator.explain.asked import AskedKind, SpelledAllele, parse_asked
from annotator.explain.explain import explain
from annotator.explain.explanation import AlleleExplanation, Answer, Explanation
from annotator.explain.near import codon_of, kind_of_near
from annotator.explain.views import text_lines
from annotator.result import Match
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs_parse import parse_hgvs
from tests.conftest import REPOSITORY
from tests.support.civic_releases import EVIDENCE, PROFILE, VARIANT, write_release
from tests.support.inputs import (
    MT_BASES,
    ClinVarEntry,
    data_lines,
    info_of,
    run_annotator,
    write_clinvar,
    write_fasta,
    write_snapshot,
    write_vcf,
)

DEMO = REPOSITORY / "test_data" / "demo"
TUMOUR = DEMO / "tumour.GRCh38.vcf"
CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequences. Format: '
    'Allele|Consequence|SYMBOL|Feature|HGVSc|HGVSp|HGVSg">'
)

# A run of one base in the invented mitochondrion: ClinVar has its deletion at the left end.
RUN_BASE = MT_BASES[MT_BASES.index("AAAA")]
RUN_START = MT_BASES.index("AAAA") + 1
RUN_STOP = RUN_START + len(MT_BASES[RUN_START - 1 :]) - len(MT_BASES[RUN_START - 1 :].lstrip("A")) - 1
LEFT = (RUN_START - 1, MT_BASES[RUN_START - 2 : RUN_START], MT_BASES[RUN_START - 2])
RIGHT = (RUN_STOP, "A", MT_BASES[RUN_STOP : RUN_STOP + 1])
"""As VCF should not spell it: the last base of the run is deleted, with the base after it as the anchor."""

ENTRIES = (
    ClinVarEntry("7", 140753336, 13961, "A", "T", "Pathogenic", "reviewed_by_expert_panel"),
    ClinVarEntry("7", 140753336, 9000001, "A", "C", "Likely_pathogenic"),
    ClinVarEntry("7", 140753335, 9000002, "C", "G", "Uncertain_significance"),
    ClinVarEntry("13", 32340300, 9325, "GT", "G", "Pathogenic", "reviewed_by_expert_panel"),
    ClinVarEntry("17", 7673803, 43594, "G", "A"),
    ClinVarEntry("17", 7673803, 4530236, "GC", "TT"),
    ClinVarEntry("MT", *[LEFT[0], 77, *LEFT[1:]]),  # type: ignore[arg-type]
)
RSIDS = {13961: 113488022, 9000001: 113488022, 77: 77777}


class Setting(NamedTuple):
    """What the cases are asked of."""

    snapshot: Path
    fasta: Path
    folder: Path


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    folder = tmp_path_factory.mktemp("explain")
    clinvar = write_clinvar(folder / "clinvar.vcf", ENTRIES)
    text = clinvar.read_text().replace(
        "##INFO=<ID=CLNHGVS", '##INFO=<ID=RS,Number=.,Type=String,Description="dbSNP">\n##INFO=<ID=CLNHGVS'
    )
    for variation, rsid in RSIDS.items():
        text = text.replace(f"ALLELEID={variation + 15_000};", f"ALLELEID={variation + 15_000};RS={rsid};")
    deletion = f"ALLELEID={77 + 15_000};"
    text = text.replace(deletion, f"{deletion}CLNHGVS=NC_012920.1:m.{RUN_STOP}del;")
    clinvar.write_text(text)
    annotator.build_snapshot(folder / "snapshot", "GRCh38", clinvar=clinvar, civic=DEMO / "civic")
    return Setting(folder / "snapshot", write_fasta(folder / "mt.fa", {"MT": MT_BASES}), folder)


@dataclass
class Case:
    """A trap: what is asked, and what must be answered.

    `near` are kind and id of things close by; `levels` are outcomes by knowledge base and level; `said` are words that
    must be printed.
    """

    asked: str
    records: tuple[str, ...] = ()
    reference: bool = False
    assembly: Assembly | None = None
    vcf_assembly: Assembly = Assembly.GRCH38
    alleles: int = 1
    key: str | None = None
    unsupported: str = ""
    clinvar: tuple[str, str, str] = ("absent", "", "")
    civic: tuple[str, str, str] | None = None
    near: tuple[tuple[str, str], ...] = ()
    levels: dict[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()


V600E = ("found", "exact", "VCV13961")
CASES = {
    "chr naming": Case(
        "chr7:140753336:A:T",
        key="7:140753336 A>T",
        clinvar=V600E,
        civic=("found", "exact", "VID12"),
        near=(("other_allele", "VCV9000001"),),
        said=("chr7 is contig 7", "NC_000007.14:g.140753336A>T"),
    ),
    "RefSeq naming": Case("NC_000007.14:140,753,336 A>T", key="7:140753336 A>T", clinvar=V600E),
    "dashes": Case("7-140753336-A-T", key="7:140753336 A>T", clinvar=V600E),
    "genomic expression": Case(
        "NC_000007.14:g.140753336A>T", key="7:140753336 A>T", clinvar=V600E, civic=("found", "exact", "VID12")
    ),
    "expression on a contig's name": Case("chr7:g.140753336A>T", key="7:140753336 A>T", clinvar=V600E),
    "padded and in lower case": Case(
        "7:140753334:tca:tct",
        key="7:140753336 A>T",
        clinvar=V600E,
        said=("lower case was read as upper case", "shared by REF and ALT were trimmed"),
    ),
    "shifted indel, with the reference": Case(
        f"chrM:{RIGHT[0]}:{RIGHT[1]}{RIGHT[2]}:{RIGHT[2]}",
        reference=True,
        key=f"MT:{RUN_START} A>-",
        clinvar=("found", "exact", "VCV77"),
        said=(f"left-aligned by {RUN_STOP - RUN_START} bases", "chrM is contig MT"),
    ),
    "shifted indel, without the reference": Case(
        f"MT:{RIGHT[0]}:{RIGHT[1]}{RIGHT[2]}:{RIGHT[2]}",
        key=f"MT:{RUN_STOP} A>-",
        clinvar=("found", "exact", "VCV77"),
        levels={"clinvar exact": "matched", "clinvar hgvs_g": "not_tried"},
        said=("may not be left-aligned", "which is equivalent to"),
    ),
    "shifted indel, which its record names": Case(
        f"MT:{RIGHT[0]}:{RIGHT[1]}{RIGHT[2]}:{RIGHT[2]}",
        (
            f"MT\t{RIGHT[0]}\t.\t{RIGHT[1]}{RIGHT[2]}\t{RIGHT[2]}\t.\t.\t"
            f"CSQ={RIGHT[2]}|x|TRN1|T|||NC_012920.1:m.{RUN_STOP}del",
        ),
        key=f"MT:{RUN_STOP} A>-",
        clinvar=("found", "exact", "VCV77"),
        levels={"clinvar exact": "matched", "clinvar hgvs_g": "not_tried", "clinvar rsid": "not_tried"},
    ),
    "expression of a deletion, without the reference": Case(
        f"NC_012920.1:m.{RUN_STOP}del",
        key=f"MT:{RUN_START} A>-",
        clinvar=("found", "exact", "VCV77"),
        said=("are unknown without the reference", "the ClinVar record of"),
    ),
    "MNV against its parts": Case(
        "7:140753335:CA:TT",
        key="7:140753335 CA>TT",
        near=(("part", "VCV13961"),),
        said=("part of this variant, which is a different allele",),
    ),
    "a part against its MNV": Case(
        "17:7673804:C:T",
        key="17:7673804 C>T",
        near=(("whole", "VCV4530236"),),
        said=("larger variant that includes this one",),
    ),
    "another allele of the position": Case(
        "7:140753336:A:G", near=(("other_allele", "VCV13961"), ("other_allele", "VCV9000001"))
    ),
    "accession of the other assembly": Case(
        "NC_000007.13:g.140453136A>T",
        unsupported="other_assembly",
        said=("NC_000007.13 is a sequence of GRCh37, but the snapshot is for GRCh38", "lift the allele over"),
    ),
    "contig of the other assembly": Case("NC_000007.13:140453136:A:T", unsupported="other_assembly"),
    "stated other assembly": Case(
        "7:140453136:A:T", assembly=Assembly.GRCH37, unsupported="other_assembly", said=("is on GRCh37",)
    ),
    "VCF of the other assembly": Case(
        "7:140753336:A:T",
        ("7\t140453136\t.\tA\tT\t.\t.\t.",),
        vcf_assembly=Assembly.GRCH37,
        clinvar=V600E,
        said=("is on GRCh37 (recognised by contig lengths), but the snapshot is for GRCh38",),
    ),
    "other reference bases": Case(
        "7:140753336:C:T",
        near=(("other_ref", "VCV13961"), ("other_ref", "VCV9000001")),
        said=("have other reference bases at this position; check",),
    ),
    "REF against the FASTA": Case(
        f"MT:{RUN_START}:G:T", reference=True, unsupported="contradicts_reference", said=("same assembly",)
    ),
    "beyond the contig": Case("7:240453136:A:T", said=("beyond the end of contig 7", "159,345,973")),
    "rs number with another allele": Case(
        "rs113488022",
        ("7\t140753336\trs113488022\tA\tG\t.\t.\t.",),
        alleles=3,
        key="7:140753336 A>G",
        near=(("other_allele", "VCV13961"),),
        levels={"clinvar exact": "no_match", "clinvar rsid": "not_tried"},
        said=(
            "is the rs number of 7:140753336 A>C, 7:140753336 A>T",
            "is not one of these alleles",
        ),
    ),
    "rs number of several alleles": Case(
        "rs113488022",
        alleles=2,
        clinvar=("found", "exact", "VCV9000001"),
        said=("an rs number can belong to several alleles",),
    ),
    "rs number of an indel that its place proves": Case(
        f"MT:{RIGHT[0]}:{RIGHT[1]}{RIGHT[2]}:{RIGHT[2]}",
        (f"MT\t{RIGHT[0]}\trs77777\t{RIGHT[1]}{RIGHT[2]}\t{RIGHT[2]}\t.\t.\t.",),
        clinvar=("found", "exact", "VCV77"),
    ),
    "indel that may be one whose spellings are not known": Case(
        "13:32340304:TT:T",
        ("13\t32340304\t.\tTT\tT\t.\t.\t.",),
        clinvar=("unsupported", "", ""),
        near=(("shifted", "VCV9325"),),
        levels={"clinvar exact": "no_match", "clinvar rsid": "not_tried"},
        said=("--reference FASTA",),
    ),
    "spanning deletion": Case(
        "7:140753336:A:*", unsupported="spanning_deletion", said=("a deletion in an earlier record",)
    ),
    "symbolic": Case(
        "7:140753336:A:<DEL>", unsupported="symbolic", said=("no bases that could be compared",)
    ),
    "breakend": Case("7:140753336:A:A[chr9:12345[", unsupported="breakend"),
    "no change": Case("7:140753336:A:A", unsupported="same_as_reference"),
    "contig that there is not": Case("GL000192.1:5:A:T", unsupported="unknown_contig"),
    "transcript version": Case(
        "NM_004333.4:c.1799T>A",
        key="7:140753336 A>T",
        clinvar=V600E,
        civic=("found", "exact", "VID12"),
        said=("the version of the sequence (.4) is ignored", "is CIViC's BRAF V600E (VID12)"),
    ),
    "transcript that nobody names": Case(
        "NM_000059.4:c.68A>G",
        alleles=0,
        said=("Use --vcf FILE", "No allele was found", "contig:POS:REF:ALT"),
    ),
    "same protein change by other bases": Case(
        "7:140753335:CA:TT",
        (
            "7\t140753335\t.\tCA\tTT\t.\t.\tCSQ=TT|missense_variant|BRAF|NM_1|NM_1:c.1799_1800delinsAA|NP_1:p.Val600Glu|",
        ),
        civic=("found", "protein", "VID12"),
        levels={"civic exact": "no_match", "civic protein": "matched", "civic codon": "below"},
        near=(("part", "VCV13961"), ("category", "VID17")),
    ),
    "category record": Case(
        "chr7:140753336:A:C",
        (
            "7\t140753336\t.\tA\tC\t.\t.\tCSQ=C|missense_variant|BRAF|NM_004333.6|NM_004333.6:c.1799T>G|NP_1:p.Val600Gly|",
        ),
        clinvar=("found", "exact", "VCV9000001"),
        civic=("absent", "", ""),
        levels={"civic codon": "below", "civic protein": "no_match"},
        near=(("category", "VID17"), ("same_codon", "VCV9000002")),
        said=("BRAF V600 (VID17); select this level with --civic-match codon",),
    ),
    "gene and protein change": Case(
        "BRAF V600E", key="7:140753336 A>T", clinvar=V600E, civic=("found", "exact", "VID12")
    ),
    "one of several ALTs": Case(
        "7:140753336:A:T",
        ("7\t140753336\t.\tA\tG,T\t.\t.\t.",),
        clinvar=V600E,
        said=("the record at 7:140753336 (line ",),
    ),
    "several ALTs at once": Case(
        "7:140753336:A:T,G", alleles=2, key="7:140753336 A>T", clinvar=V600E, said=("Allele 7:140753336 A>G",)
    ),
    "not in the VCF, but another": Case(
        "7:140753336:A:T",
        ("7\t140753336\t.\tA\tG\t.\t.\t.",),
        clinvar=V600E,
        said=("does not contain this allele", "has another allele: A>G"),
    ),
    "VariationID": Case("VCV000009325.12", key="13:32340301 T>-", clinvar=("found", "exact", "VCV9325")),
    "VariationID that there is not": Case("clinvar:5", alleles=0, said=("has no allele of VCV5 in GRCh38",)),
}


def explained(case: Case, setting: Setting, folder: Path) -> Explanation:
    vcf = None
    if case.records:
        vcf = write_vcf(
            folder / "in.vcf", case.records, assembly=case.vcf_assembly, contigs=("7", "17", "MT"), meta=[CSQ]
        )
    return explain(
        case.asked,
        setting.snapshot,
        vcf=vcf,
        reference=setting.fasta if case.reference else None,
        assembly=case.assembly,
    )


def answer_of(allele: AlleleExplanation, name: str) -> Answer:
    return next(answer for answer in allele.answers if answer.knowledge_base == name)


@pytest.mark.parametrize("name", CASES)
def test_a_trap_is_explained(name: str, setting: Setting, tmp_path: Path) -> None:
    case = CASES[name]
    found = explained(case, setting, tmp_path)
    text = "\n".join(text_lines(found))
    assert len(found.alleles) == case.alleles
    for words in case.said:
        assert words in text
    if not found.alleles:
        return
    allele = found.alleles[0]
    assert allele.unsupported == case.unsupported
    assert case.key in {None, allele.key}
    if case.unsupported:
        assert allele.answers == ()
        return
    clinvar, civic = answer_of(allele, "clinvar"), answer_of(allele, "civic")
    assert (clinvar.answer, clinvar.match, clinvar.id) == case.clinvar
    assert case.civic in {None, (civic.answer, civic.match, civic.id)}
    near = {(one.kind, one.id) for one in (*clinvar.near, *civic.near)}
    assert set(case.near) <= near
    levels = {
        f"{a.knowledge_base} {level.name}": str(level.outcome) for a in allele.answers for level in a.levels
    }
    assert {level: levels[level] for level in case.levels} == case.levels
    matched = {(a.knowledge_base, r.name) for a in allele.answers for r in a.levels if r.outcome == "matched"}
    assert {(a.knowledge_base, a.match) for a in allele.answers if a.match} <= matched


def test_there_are_twenty_traps_and_more() -> None:
    assert len(CASES) > 20
    assert len({case.asked for case in CASES.values()}) > 20


# What a run answers


@pytest.mark.parametrize("sample", ["tumour", "germline"])
def test_explained_is_what_a_run_writes(tmp_path: Path, sample: str) -> None:
    snapshot, source = tmp_path / "snapshot", DEMO / f"{sample}.GRCh38.vcf"
    annotator.build_snapshot(snapshot, "GRCh38", clinvar=DEMO / "clinvar.GRCh38.vcf", civic=DEMO / "civic")
    annotator.annotate(source, tmp_path / "out.vcf", snapshot=snapshot)
    asked = 0
    for line in data_lines((tmp_path / "out.vcf").read_bytes()):
        columns, info = line.split("\t"), info_of(line)
        alts = columns[4].split(",")
        for number, alt in enumerate(alts):
            wanted = {
                key: info.get(key, ".").split(",")
                for key in ("CLNMATCH", "CLNVID", "CIVIC_MATCH", "CIVIC_VID")
            }
            values = {key: found[number] if len(found) == len(alts) else "." for key, found in wanted.items()}
            [allele] = explain(f"{columns[0]}:{columns[1]}:{columns[3]}:{alt}", snapshot, vcf=source).alleles
            if allele.unsupported:
                assert set(values.values()) == {"."}
                continue
            clinvar, civic = answer_of(allele, "clinvar"), answer_of(allele, "civic")
            asked += 1
            assert (clinvar.match or ".", clinvar.id.removeprefix("VCV") or ".") == (
                values["CLNMATCH"], values["CLNVID"]
            )  # fmt: skip
            assert (civic.match or ".", civic.id.replace("VID", "") or ".") == (
                values["CIVIC_MATCH"], values["CIVIC_VID"]
            )  # fmt: skip
    assert asked > 65


@pytest.mark.parametrize("suffix", [".vcf.gz", ".bcf"])
def test_an_indexed_file_is_looked_through_by_its_index(
    tmp_path: Path, setting: Setting, suffix: str
) -> None:
    output = tmp_path / f"indexed{suffix}"
    annotator.annotate(TUMOUR, output, snapshot=setting.snapshot, write_index=True)
    plain = explain("chr7:140753336:A:T", setting.snapshot, vcf=TUMOUR)
    fast = explain("chr7:140753336:A:T", setting.snapshot, vcf=output)
    assert fast.alleles[0].answers == plain.alleles[0].answers
    assert fast.alleles[0].origin == "the record at chr7:140753336"
    assert plain.alleles[0].origin == "the record at chr7:140753336 (line 74)"


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
    assert parse_asked(text).kind is AskedKind(kind)


@pytest.mark.parametrize("text", ["", "hello", "chr7:140753336", "rs", "7:A:T", "p.V600E"])
def test_what_is_no_question_is_wrong_usage(text: str) -> None:
    with pytest.raises(annotator.AnnotatorError, match="is not an allele, HGVS expression"):
        parse_asked(text)


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
def test_what_is_near_is_told_apart(
    asked: tuple[int, str, str], known: tuple[int, str, str], kind: str | None
) -> None:
    assert kind_of_near(AlleleKey("7", *asked), AlleleKey("7", *known), (9, 11)) == kind


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
def test_a_codon_is_told_by_the_place_on_a_transcript_of_either_strand(
    expression: str, codon: tuple[int, int] | None
) -> None:
    parsed = parse_hgvs(expression)
    assert parsed is not None
    assert codon_of(AlleleKey("7", 100, "A", "T"), [parsed]) == codon


# The command


def test_a_category_is_reached_by_who_asks_for_it(setting: Setting, tmp_path: Path) -> None:
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
def test_a_structural_variant_is_asked_about_by_its_genes(
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
    asked = parse_asked(text)
    assert asked.note == f"SPDI counts positions from 0: this is {spelled}"
    if asked.allele is not None:
        assert ":".join(map(str, asked.allele)) == spelled
    else:
        assert asked.kind is AskedKind.HGVS_G


def test_spdi_that_changes_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="describes no change"):
        parse_asked("NC_000013.11:32319282::")


def test_an_allele_without_an_accession_is_no_spdi() -> None:
    asked = parse_asked("13:32319283:C:T")
    assert (asked.allele, asked.note) == (SpelledAllele("13", 32319283, "C", "T"), "")


# Without a name for the snapshot


def test_the_snapshot_of_annotate_is_found_as_annotate_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with snapshots in ANNOTATOR_SNAPSHOT, or the default location; several need --assembly."""
    monkeypatch.delenv("ANNOTATOR_SNAPSHOT", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    words = ("explain", "chr7:140753336:A:T")
    none = run_annotator(*words)
    assert none.status == 1
    assert "there is no snapshot. Download one with `annotator snapshot pull" in none.err
    folder = tmp_path / "annotator"
    folder.mkdir()
    write_snapshot(folder / "GRCh38.snapshot")
    for variables in ({}, {"ANNOTATOR_SNAPSHOT": str(folder)}):
        with monkeypatch.context() as context:
            for name, value in variables.items():
                context.setenv(name, value)
            assert b"ClinVar: found (exact)" in run_annotator(*words).out
    write_snapshot(folder / "GRCh37.snapshot", assembly=Assembly.GRCH37)
    several = run_annotator(*words)
    assert (several.status, several.out) == (2, b"")
    assert "GRCh37.snapshot, GRCh38.snapshot. Select one with --snapshot or --assembly" in several.err
    assert b"ClinVar: found (exact)" in run_annotator(*words, "--assembly", "hg38").out


def test_doctor_looks_into_a_folder_of_snapshots(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "GRCh38.snapshot")
    source = write_vcf(tmp_path / "in.vcf", ["7\t140753336\t.\tA\tT\t.\t.\t."])
    ran = run_annotator("doctor", source, "--snapshot", tmp_path)
    assert ran.status == 0
    assert b"release 2026-02-26 of ClinVar" in ran.out
