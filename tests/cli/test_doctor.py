"""`annotator doctor`: its findings, compared with bcftools on real files, and the commands that it prints."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pysam
import pysam.bcftools
import pysam.utils
import pytest

import annotator
from annotator.doctor.diagnosis import Diagnosis, Level, text_lines
from annotator.variants.assembly import Assembly
from tests.support.diagnoses import AFTER, RUN_STOP, look
from tests.support.inputs import (
    BRAF_V600E,
    MT_BASES,
    bgzip,
    vcf_text,
    write_fasta,
    write_snapshot,
    write_vcf,
)

CSQ = '##INFO=<ID=CSQ,Number=.,Type=String,Description="VEP. Format: Allele|SYMBOL|HGVSc|HGVSp">'


def found(diagnosis: Diagnosis, level: Level, words: str) -> bool:
    return any(level is one.level and words in f"{one.topic}: {one.what}" for one in diagnosis.findings)


# Findings


def test_a_good_file_needs_no_correction(tmp_path: Path) -> None:
    diagnosis = look(write_vcf(tmp_path / "in.vcf", [BRAF_V600E], meta=[CSQ], samples=[]))
    assert diagnosis.worst in {Level.OK, Level.WARNING}
    assert {f"{one.topic} {one.level}" for one in diagnosis.findings} == {
        "assembly ok", "contigs ok", "order ok", "annotations warning",
    }  # fmt: skip
    assert (diagnosis.records, diagnosis.alleles, diagnosis.assembly) == (1, 1, "GRCh38")
    assert diagnosis.commands == []


RECORDS = {
    "7\t100\t.\tA\tC,G\t.\t.\t.": (Level.NOTE, "alleles: 1 record with several ALTs"),
    "7\t100\t.\tAAA\tAA\t.\t.\t.": (
        Level.NOTE,
        "alleles: 1 indel may not be left-aligned",
    ),
    "7\t100\t.\tCAT\tCAG\t.\t.\t.": (Level.NOTE, "alleles: 1 allele written with unnecessary bases"),
    "7\t100\t.\tA\t<NON_REF>\t.\t.\t.": (Level.WARNING, "gvcf: the file is a gVCF with 1 ALT"),
    "7\t100\t.\tA\tT,<*>\t.\t.\t.": (Level.WARNING, "gvcf: the file is a gVCF with 1 ALT"),
    "7\t100\t.\tA\t<DEL>\t.\t.\tEND=200": (Level.NOTE, "alleles: 1 symbolic ALT"),
    "7\t100\t.\tA\t*\t.\t.\t.": (Level.NOTE, "alleles: 1 ALT `*`"),
    "7\t100\t.\tA\tA]13:5]\t.\t.\t.": (Level.NOTE, "alleles: 1 breakend"),
    "7\t100\t.\tA\tA\t.\t.\t.": (Level.NOTE, "alleles: 1 ALT equal to REF"),
    "7\t100\t.\tA\tAQ\t.\t.\t.": (Level.NOTE, "alleles: 1 allele with letters that are not bases"),
    "GL000192.1\t5\t.\tA\tT\t.\t.\t.": (Level.NOTE, "contigs: 1 record on 1 contig"),
    "chr7\t200\t.\tA\tT\t.\t.\t.": (Level.WARNING, "contigs: contigs are named in more than one style"),
    "8\t200\t.\tA\tT\t.\t.\t.": (Level.NOTE, "contigs: 1 contig is not declared in the header"),
    "7\t1\t.\tA\tT\t.\t.\t.": (
        Level.WARNING,
        "order: 1 record out of order, first at 7:1 (line 6)",
    ),
    "7\t9": (Level.ERROR, "records: the line has 2 columns, but the #CHROM line has 8 (line 6)"),
    "7\tx\t.\tA\tT\t.\t.\t.": (Level.ERROR, "records: POS 'x' is not a number (line 6)"),
}


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_is_recognised(tmp_path: Path, record: str) -> None:
    first = "7\t50\t.\tA\tT\t.\t.\t."
    diagnosis = look(write_vcf(tmp_path / "in.vcf", [first, record], contigs=("7", "13")))
    level, words = RECORDS[record]
    assert found(diagnosis, level, words), "\n".join(text_lines(diagnosis))
    plain = look(write_vcf(tmp_path / "plain.vcf", [first, first], contigs=("7", "13")))
    assert not found(plain, level, words)


def test_a_contig_in_two_places_is_a_finding(tmp_path: Path) -> None:
    records = ["7\t50\t.\tA\tT\t.\t.\t.", "13\t50\t.\tA\tT\t.\t.\t.", "7\t60\t.\tA\tT\t.\t.\t."]
    diagnosis = look(write_vcf(tmp_path / "in.vcf", records))
    assert found(diagnosis, Level.WARNING, "records of one contig are not together, first at 7:60 (line 8)")


def test_order_is_kept_an_eye_on_over_the_pieces_of_a_large_file(tmp_path: Path) -> None:
    padding = "X" * 2000
    records = [f"7\t{position}\t.\tA\tT\t.\t.\tN={padding}" for position in range(1000, 4000)]
    records.append("7\t999\t.\tA\tT\t.\t.\t.")
    diagnosis = look(write_vcf(tmp_path / "in.vcf.gz", records))
    assert diagnosis.records == 3001
    assert found(diagnosis, Level.WARNING, "order: 1 record out of order, first at 7:999 (line 3,006)")


HEADERS = {
    "the assembly is not told": (
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
        Level.ERROR, "assembly: the header does not state the assembly",
    ),
    "the assembly contradicts itself": (
        "##fileformat=VCFv4.2\n##contig=<ID=7,length=159345973>\n##contig=<ID=8,length=146364022>\n"
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
        Level.ERROR, "assembly: contig 7 of 159,345,973 bases is GRCh38, but contig 8",
    ),
    "hg19's own mitochondrion": (
        "##fileformat=VCFv4.2\n##contig=<ID=chr7,length=159138663>\n##contig=<ID=chrM,length=16571>\n"
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
        Level.WARNING, "contigs: chrM is the mitochondrial sequence of UCSC hg19",
    ),
    "no version": (
        "##contig=<ID=7,length=159345973>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
        Level.WARNING, "header: the first line is not ##fileformat",
    ),
    "no columns": ("##fileformat=VCFv4.2\n", Level.ERROR, "header: the file ends without a #CHROM line"),
    "another tool's CLNSIG": (
        '##fileformat=VCFv4.2\n##contig=<ID=7,length=159345973>\n##INFO=<ID=CLNSIG,Number=.,Type=String,Description="x">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
        Level.WARNING, "fields: other tools wrote INFO fields with names that annotator also uses: CLNSIG",
    ),
    "CSQ without its format": (
        '##fileformat=VCFv4.2\n##contig=<ID=7,length=159345973>\n##INFO=<ID=CSQ,Number=.,Type=String,Description="x">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
        Level.WARNING, "annotations: the header does not list the parts of CSQ",
    ),
    "CSQ without HGVSp": (
        "##fileformat=VCFv4.2\n##contig=<ID=7,length=159345973>\n"
        '##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|SYMBOL|HGVSc">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
        Level.NOTE, "annotations: CSQ has no HGVSp",
    ),
    "no records": (
        "##fileformat=VCFv4.2\n##contig=<ID=7,length=159345973>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
        Level.NOTE, "order: the file has no records",
    ),
    "no contig is the assembly's": (
        "##fileformat=VCFv4.2\n##reference=GRCh38\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nX1\t5\t.\tA\tT\t.\t.\t.\n",
        Level.ERROR, "contigs: no contig with records is part of GRCh38 (first: 'X1')",
    ),
    "lines of Windows": (
        "##fileformat=VCFv4.2\r\n##reference=GRCh38\r\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\r\n7\t5\t.\tA\tT\t.\t.\t.\r\n",
        Level.NOTE, "lines: lines end in CR LF",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_is_recognised(tmp_path: Path, name: str) -> None:
    text, level, words = HEADERS[name]
    (tmp_path / "in.vcf").write_bytes(text.encode())
    diagnosis = look(tmp_path / "in.vcf")
    assert found(diagnosis, level, words), "\n".join(text_lines(diagnosis))


def test_errors_are_exactly_the_problems_that_stop_a_run(tmp_path: Path) -> None:
    """Each file of these tests is also annotated: an error is told exactly where a run stops."""
    snapshot = write_snapshot(tmp_path / "s")
    texts = [text for text, *_ in HEADERS.values()]
    texts += [vcf_text(["7\t50\t.\tA\tT\t.\t.\t.", record], contigs=("7", "13")) for record in RECORDS]
    outcomes = set()
    for text in texts:
        (tmp_path / "in.vcf").write_bytes(text.encode())
        diagnosis = look(tmp_path / "in.vcf", snapshot=snapshot)
        try:
            annotator.annotate(tmp_path / "in.vcf", tmp_path / "out.vcf", snapshot=snapshot, on_clash="keep")
            stops = False
        except annotator.AnnotatorError:
            stops = True
        assert (diagnosis.worst is Level.ERROR) == stops, text
        outcomes.add(stops)
    assert outcomes == {True, False}


def test_a_truncated_file_is_a_finding(tmp_path: Path) -> None:
    whole = write_vcf(tmp_path / "in.vcf.gz", [BRAF_V600E] * 2000).read_bytes()
    (tmp_path / "cut.vcf.gz").write_bytes(whole[:-28])
    diagnosis = look(tmp_path / "cut.vcf.gz")
    assert diagnosis.worst is Level.ERROR
    assert diagnosis.commands == []


def test_compression_and_index_are_findings(tmp_path: Path) -> None:
    import gzip

    text = vcf_text([BRAF_V600E]).encode()
    (tmp_path / "plain.vcf.gz").write_bytes(gzip.compress(text))
    assert found(
        look(tmp_path / "plain.vcf.gz"),
        Level.NOTE,
        "compression: the file is compressed with gzip instead of bgzip",
    )
    (tmp_path / "good.vcf.gz").write_bytes(bgzip(text))
    assert found(look(tmp_path / "good.vcf.gz"), Level.NOTE, "index: the file has no index")
    pysam.tabix_index(str(tmp_path / "good.vcf.gz"), preset="vcf")
    assert not any(one.topic == "index" for one in look(tmp_path / "good.vcf.gz").findings)


@pytest.mark.parametrize(
    ("today", "level"),
    [(date(2026, 3, 1), Level.OK), (date(2026, 7, 1), Level.NOTE), (date(2027, 7, 1), Level.WARNING)],
)
def test_the_age_of_a_snapshot_is_a_finding(tmp_path: Path, today: date, level: Level) -> None:
    snapshot = write_snapshot(tmp_path / "s", date="2026-02-26")
    diagnosis = look(write_vcf(tmp_path / "in.vcf"), snapshot=snapshot, today=today)
    assert found(
        diagnosis,
        level,
        f"snapshot: release 2026-02-26 of ClinVar is {(today - date(2026, 2, 26)).days} days old",
    )


def test_a_snapshot_of_another_assembly_and_one_that_is_not_there_are_errors(tmp_path: Path) -> None:
    snapshot = write_snapshot(tmp_path / "s")
    source = write_vcf(tmp_path / "in.vcf", assembly=Assembly.GRCH37)
    assert found(
        look(source, snapshot=snapshot), Level.ERROR, "the snapshot is for GRCh38, but the file is on GRCh37"
    )
    assert found(look(source, snapshot=tmp_path / "none"), Level.ERROR, "snapshot: no such snapshot")


def test_a_missing_file_raises(tmp_path: Path) -> None:
    with pytest.raises(annotator.AnnotatorError, match="no such file"):
        look(tmp_path / "none.vcf")


def test_ref_is_compared_and_indels_are_aligned(tmp_path: Path) -> None:
    fasta = write_fasta(tmp_path / "mt.fa", {"chrM": MT_BASES})
    good = [
        f"MT\t{p}\t.\t{MT_BASES[p - 1]}\t{'A' if MT_BASES[p - 1] != 'A' else 'C'}\t.\t.\t."
        for p in range(5000, 5200)
    ]
    records = [f"MT\t{RUN_STOP}\t.\tA{AFTER}\t{AFTER}\t.\t.\t.", *good]
    diagnosis = look(write_vcf(tmp_path / "in.vcf", records), reference=fasta, assembly=Assembly.GRCH38)
    assert found(diagnosis, Level.OK, "reference: REF agrees with the FASTA file in all 201 records")
    assert found(
        diagnosis,
        Level.WARNING,
        f"1 indel is not left-aligned, first at MT:{RUN_STOP} (line 6)",
    )
    one_wrong = [*records, f"MT\t5300\t.\t{'A' if MT_BASES[5299] != 'A' else 'C'}\tG\t.\t.\t."]
    diagnosis = look(write_vcf(tmp_path / "one.vcf", one_wrong), reference=fasta)
    assert found(
        diagnosis,
        Level.WARNING,
        "REF differs from the FASTA file in 1 of 202 records, first at MT:5300 (line 207)",
    )
    all_wrong = [f"MT\t{p}\t.\t{'A' if MT_BASES[p - 1] != 'A' else 'C'}\tG\t.\t.\t." for p in range(1, 50)]
    diagnosis = look(write_vcf(tmp_path / "all.vcf", all_wrong), reference=fasta)
    assert found(diagnosis, Level.ERROR, "REF differs from the FASTA file in 49 of 49 records")


def test_a_reference_without_the_contig_decides_nothing(tmp_path: Path) -> None:
    fasta = write_fasta(tmp_path / "mt.fa", {"chrM": MT_BASES})
    records = ["7\t100\t.\tAA\tA\t.\t.\t."]
    diagnosis = look(write_vcf(tmp_path / "in.vcf", records), reference=fasta)
    assert found(diagnosis, Level.NOTE, "1 indel may not be left-aligned")
    assert found(diagnosis, Level.WARNING, "the FASTA file has none of the contigs with records")
    assert diagnosis.commands == []


def test_placeholders_are_no_sign_of_a_wrong_fasta(tmp_path: Path) -> None:
    fasta = write_fasta(tmp_path / "mt.fa", {"chrM": MT_BASES})
    sniffles = [
        "MT\t300\tS.DEL\tACGTACGTAA\tN\t60\tPASS\tSVTYPE=DEL",
        "MT\t400\tS.INS\tN\tACGTACGTAA\t60\tPASS\tSVTYPE=INS",
        "MT\t500\tS.DUP\tN\t<DUP>\t60\tPASS\tSVTYPE=DUP",
        "MT\t600\tS.BND\tN\tN]7:500]\t60\tPASS\tSVTYPE=BND",
    ]
    diagnosis = look(write_vcf(tmp_path / "sv.vcf", sniffles), reference=fasta)
    assert found(diagnosis, Level.NOTE, "no record has REF and ALT in bases to compare with the FASTA")
    assert found(diagnosis, Level.NOTE, "2 alleles with an ambiguity code or a placeholder N")
    assert not [finding for finding in diagnosis.findings if finding.level in {Level.WARNING, Level.ERROR}]
