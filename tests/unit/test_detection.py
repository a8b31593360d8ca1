from __future__ import annotations

import gzip
import pickle
from collections import Counter
from pathlib import Path

import pytest

from annotator.errors import AssemblyError, InputError
from annotator.variants.assembly import CANONICAL_CONTIGS, Assembly, assembly_from_text
from annotator.vcf.detection import AssemblyVerdict, assembly_of
from annotator.vcf.header import Header

GRCH37, GRCH38 = Assembly.GRCH37, Assembly.GRCH38
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"


def header_of(*meta: str) -> Header:
    return Header.parse("\n".join(["##fileformat=VCFv4.2", *meta, COLUMNS, ""]).encode(), path="x.vcf")


def verdict_of(*meta: str, stated: Assembly | None = None) -> AssemblyVerdict:
    return assembly_of(header_of(*meta), stated=stated, path="x.vcf")


def error_of(*meta: str, stated: Assembly | None = None) -> AssemblyError:
    with pytest.raises(AssemblyError) as caught:
        verdict_of(*meta, stated=stated)
    assert caught.value.path == "x.vcf"
    return caught.value


def contig(name: str, assembly: Assembly, tag: str | None = None) -> str:
    length = assembly.lengths[name.removeprefix("chr").replace("M", "MT").replace("MTT", "MT")]
    return f"##contig=<ID={name},length={length}" + (f",assembly={tag}>" if tag else ">")


# --- real files


def outcome(file: Path) -> str:
    data = file.read_bytes()
    text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    try:
        header = Header.parse(text, path=file.name)
    except InputError:
        return "no header"
    try:
        verdict = assembly_of(header, stated=None, path=file.name)
    except AssemblyError as error:
        assert error.remedy is not None
        assert "--assembly GRCh3" in error.remedy
        return (
            "unknown"
            if "does not state" in error.what or "not part of GRCh37 or GRCh38" in error.what
            else "contradictory"
        )
    assert verdict.warnings == ()
    return f"{verdict.assembly} by {verdict.evidence}"


def test_real_files_are_recognised_by_their_headers(shared_data: Path) -> None:
    files = [file for file in (shared_data / "vcf" / "real").rglob("*.vcf*") if file.suffix != ".tbi"]
    counts = Counter(outcome(file) for file in files)
    recognised = sum(count for kind, count in counts.items() if " by " in kind)
    assert counts["GRCh37 by contig lengths"] >= 180
    assert counts["GRCh38 by contig lengths"] >= 70
    assert counts["GRCh37 by reference text"] >= 60
    assert recognised >= 345
    # Those of htslib's and GATK's own test files that give two contigs one length, and the like.
    assert counts["contradictory"] <= 35


# --- proof


@pytest.mark.parametrize("assembly", list(Assembly))
@pytest.mark.parametrize("prefix", ["", "chr"])
def test_one_length_proves_the_assembly(assembly: Assembly, prefix: str) -> None:
    for name in CANONICAL_CONTIGS[:-1]:
        verdict = verdict_of(contig(prefix + name, assembly))
        assert (verdict.assembly, verdict.evidence, verdict.warnings) == (assembly, "contig lengths", ())


@pytest.mark.parametrize("assembly", list(Assembly))
def test_one_accession_proves_the_assembly(assembly: Assembly) -> None:
    for name in CANONICAL_CONTIGS[:-1]:
        verdict = verdict_of(f"##contig=<ID={assembly.accessions[name]}>")
        assert (verdict.assembly, verdict.evidence) == (assembly, "contig accessions")


@pytest.mark.parametrize("assembly", list(Assembly))
def test_the_mitochondrion_proves_nothing(assembly: Assembly) -> None:
    for line in (
        "##contig=<ID=MT,length=16569>",
        "##contig=<ID=chrM,length=16571>",
        "##contig=<ID=NC_012920.1>",
    ):
        assert "does not state" in str(error_of(line))
        assert verdict_of(line, stated=assembly).evidence == "--assembly"


def test_stating_the_proven_assembly_changes_nothing() -> None:
    verdict = verdict_of(contig("7", GRCH38), stated=GRCH38)
    assert (verdict.assembly, verdict.evidence, verdict.warnings) == (GRCH38, "contig lengths", ())


def test_stating_the_other_assembly_is_an_error_that_names_the_contig() -> None:
    error = error_of(contig("MT", GRCH37), contig("7", GRCH37), stated=GRCH38)
    assert "contig 7 of 159,138,663 bases is GRCh37, but --assembly is GRCh38" in str(error)
    assert error.line == 3


@pytest.mark.parametrize("stated", [None, *Assembly])
def test_lengths_of_both_assemblies_are_an_error_whatever_is_stated(stated: Assembly | None) -> None:
    error = error_of(contig("1", GRCH37), contig("2", GRCH38), stated=stated)
    assert "contig 1 of 249,250,621 bases is GRCh37, but contig 2 of 242,193,529 bases is GRCh38" in str(
        error
    )
    assert error.line == 3


def test_an_accession_and_a_length_of_two_assemblies_are_an_error() -> None:
    error_of("##contig=<ID=NC_000001.10>", contig("2", GRCH38))


def test_unknown_contigs_are_no_evidence() -> None:
    verdict = verdict_of(contig("chr1", GRCH38), "##contig=<ID=chrEBV,length=171823>", "##contig=<ID=hs37d5>")
    assert verdict.assembly is GRCH38
    assert verdict.contig_names["chrEBV"] is None


# --- lengths of neither


def test_a_length_of_neither_assembly_is_unknown_and_named() -> None:
    error = error_of(
        "##contig=<ID=20,length=62435964,assembly=B36>", "##reference=1000GenomesPilot-NCBI36.fasta"
    )
    assert "contig 20 of 62,435,964 bases is not part of GRCh37 or GRCh38" in str(error)
    assert error.line == 2


def test_a_length_of_neither_assembly_is_accepted_with_a_warning_where_one_is_stated() -> None:
    verdict = verdict_of("##contig=<ID=20,length=62435964>", "##contig=<ID=21,length=5>", stated=GRCH37)
    assert (verdict.assembly, verdict.evidence) == (GRCH37, "--assembly")
    assert verdict.warnings == (
        "contig 20 of 62,435,964 bases (and 1 more) is not part of GRCh37; --assembly GRCh37 was used",
    )


def test_a_length_of_neither_beside_a_proof_needs_the_statement() -> None:
    lines = (contig("1", GRCH37), "##contig=<ID=2,length=249250621>")
    assert "contig 2 of 249,250,621 bases is not part of GRCh37, which contig 1" in str(error_of(*lines))
    assert len(verdict_of(*lines, stated=GRCH37).warnings) == 1


def test_a_mitochondrion_of_another_species_contradicts() -> None:
    lines = (contig("1", GRCH38), "##contig=<ID=MT,length=16299>")
    assert "contig MT of 16,299 bases" in str(error_of(*lines))


# --- hints


@pytest.mark.parametrize(
    "line",
    [
        "##reference=GRCh37",
        "##reference=file:///seq/Homo_sapiens_assembly19.fasta",
        "##reference=ftp://x/hs37d5.fa.gz",
        "##build=GRCh37",
        "##reference=file:///x/1000Genomes-NCBI37.fasta",
        '##VEP="v104" cache="/x/104_GRCh37" assembly="GRCh37.p13"',
    ],
)
def test_a_reference_text_is_enough_where_there_is_no_length(line: str) -> None:
    verdict = verdict_of(line, "##contig=<ID=1>")
    assert (verdict.assembly, verdict.evidence) == (GRCH37, "reference text")


def test_an_assembly_tag_is_enough_where_there_is_no_length() -> None:
    verdict = verdict_of("##contig=<ID=chr1,assembly=hg38>", "##reference=ref.fa")
    assert (verdict.assembly, verdict.evidence) == (GRCH38, "contig assembly tags")


def test_the_strongest_evidence_is_reported() -> None:
    lines = ("##reference=GRCh38", "##contig=<ID=9,assembly=hg38>", contig("1", GRCH38))
    assert verdict_of(*lines).evidence == "contig lengths"
    assert verdict_of(*lines[:2]).evidence == "contig assembly tags"


@pytest.mark.parametrize("hint", ["##reference=file:///x/hg38.fa", "##contig=<ID=2,assembly=GRCh38>"])
def test_a_hint_against_the_lengths_is_an_error(hint: str) -> None:
    error = error_of(contig("1", GRCH37), hint)
    assert "is GRCh38, not GRCh37, which contig 1 of 249,250,621 bases shows" in str(error)
    assert error.line == 3
    error_of(contig("1", GRCH37), hint, stated=GRCH38)


@pytest.mark.parametrize("hint", ["##reference=file:///x/hg38.fa", "##contig=<ID=2,assembly=GRCh38>"])
def test_a_hint_against_the_lengths_is_a_warning_where_the_statement_agrees_with_them(hint: str) -> None:
    verdict = verdict_of(contig("1", GRCH37), hint, stated=GRCH37)
    assert (verdict.assembly, verdict.evidence) == (GRCH37, "contig lengths")
    assert len(verdict.warnings) == 1
    assert "is GRCh38, not GRCh37" in verdict.warnings[0]


def test_hints_that_disagree_need_the_statement() -> None:
    lines = ("##reference=hg19.fa", "##build=GRCh38")
    assert "##build=GRCh38 is GRCh38, not GRCh37" in str(error_of(*lines))
    for stated in Assembly:
        verdict = verdict_of(*lines, stated=stated)
        assert verdict.assembly is stated
        assert len(verdict.warnings) == 1


def test_a_statement_against_the_only_hint_is_an_error() -> None:
    error = error_of("##reference=hg19.fa", stated=GRCH38)
    assert "##reference=hg19.fa is GRCh37, not GRCh38" in str(error)
    assert error.line == 2


def test_a_text_that_names_both_is_no_hint() -> None:
    assert "does not state" in str(error_of("##reference=hg19ToHg38.fa"))


# --- nothing


def test_without_evidence_the_remedy_is_to_state_it() -> None:
    for lines in ((), ("##contig=<ID=1>",), ("##contig=<ID=chrI,length=230218>", "##reference=ref.fa")):
        assert error_of(*lines).remedy == "Use --assembly GRCh37 or --assembly GRCh38"


def test_a_statement_is_enough() -> None:
    verdict = verdict_of(stated=GRCH38)
    assert (verdict.assembly, verdict.evidence, verdict.warnings) == (GRCH38, "--assembly", ())


# --- contig names


def test_names_of_records_become_canonical() -> None:
    names = verdict_of(stated=GRCH38).contig_names
    for name in ("7", "chr7", "CHR7", "NC_000007.14"):
        assert names[name] == "7"
    assert names["chrM"] == names["MT"] == names["NC_012920.1"] == "MT"
    for name in ("NC_000007.13", "GL000192.1", "chrUn", "7 ", "chr", ""):
        assert names[name] is None


def test_hg19s_own_mitochondrion_is_recognised_by_its_length() -> None:
    names = verdict_of(contig("chr1", GRCH37), "##contig=<ID=chrM,length=16571>").contig_names
    assert names["chrM"] is None
    assert names["MT"] == "MT"


def test_the_reference_mitochondrion_is_mt_despite_the_text() -> None:
    lines = (contig("chr1", GRCH37), "##contig=<ID=chrM,length=16569,assembly=hg19>", "##reference=hg19.fa")
    assert verdict_of(*lines).contig_names["chrM"] == "MT"


@pytest.mark.parametrize(
    "hint", ["##reference=file:///x/ucsc.hg19.fasta", "##contig=<ID=chr2,assembly=hg19>"]
)
def test_a_chrm_without_length_is_hg19s_own_if_the_header_names_hg19(hint: str) -> None:
    for lines in ((hint,), (hint, contig("chr1", GRCH37)), (hint, "##contig=<ID=chrM>")):
        names = verdict_of(*lines).contig_names
        assert names["chrM"] is None
        assert names["MT"] == names["chrMT"] == "MT"


def test_a_chrm_without_length_is_mt_elsewhere() -> None:
    assert verdict_of("##reference=human_g1k_v37.fasta").contig_names["chrM"] == "MT"
    assert verdict_of("##reference=hg38.fa").contig_names["chrM"] == "MT"
    assert verdict_of(stated=GRCH37).contig_names["chrM"] == "MT"


def test_contig_names_cross_to_a_worker_process() -> None:
    verdict = verdict_of("##reference=hg19.fa", "##contig=<ID=chrM,length=16571>")
    assert verdict.contig_names["chr7"] == "7"
    copy = pickle.loads(pickle.dumps(verdict)).contig_names  # noqa: S301
    assert (copy["chrM"], copy["chrX"], copy["chr7"]) == (None, "X", "7")


# --- texts


@pytest.mark.parametrize(
    ("text", "assembly"),
    [
        ("GRCh37.p13", GRCH37),
        ("GCF_000001405.25", GRCH37),
        ("GCF_000001405.40_GRCh38.p14_genomic.fna", GRCH38),
        ("GCF_000001405.39", GRCH38),
        ("/bundle/b37/human.fasta", GRCH37),
        ("hg38_no_alt.fa", GRCH38),
        ("NCBI build 37", GRCH37),
        ("hg18.fa", None),
        ("1000GenomesPilot-NCBI36", None),
        ("dbSNP build 138", None),
        ("GRCh370", None),
        ("/data/3fe1b37/x.fa", None),
        ("/data/9c0d-b37a-44f1/x.fa", None),
        ("hg19 lifted from hg38", None),
        ("", None),
    ],
)
def test_texts_name_an_assembly_by_whole_words(text: str, assembly: Assembly | None) -> None:
    assert assembly_from_text(text) is assembly
