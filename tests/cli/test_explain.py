"""`annotator explain`: known difficult cases with the expected explanation, and agreement with the results of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

import annotator
from annotator.explain.explain import explain
from annotator.explain.explanation import AlleleExplanation, Answer, Explanation
from annotator.explain.views import text_lines
from annotator.variants.assembly import Assembly
from tests.support.explanations import (
    CASES,
    CSQ,
    DEMO,
    Case,
    Setting,
)
from tests.support.inputs import (
    MT_BASES,
    data_lines,
    info_of,
    run_annotator,
    write_snapshot,
    write_vcf,
)
from tests.support.reports import demo_snapshot

TUMOUR = DEMO / "tumour.GRCh38.vcf"

# A run of one base in the invented mitochondrion: ClinVar has its deletion at the left end.
RUN_BASE = MT_BASES[MT_BASES.index("AAAA")]


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


# Results of a run


@pytest.mark.parametrize("sample", ["tumour", "germline"])
def test_an_explanation_agrees_with_a_run(tmp_path: Path, sample: str) -> None:
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


def test_an_annotated_allele_has_the_name_of_the_report(tmp_path: Path) -> None:
    snapshot = demo_snapshot(tmp_path)
    ran = run_annotator("explain", "chr7:140753335:CA:TT", "--snapshot", snapshot, "--vcf", TUMOUR)
    name = "BRAF V600E (NM_004333.6:c.1799_1800delinsAA (p.Val600Glu))"
    assert f"Allele 7:140753335 CA>TT; {name}, normalised" in ran.out.decode()
