"""A wrong or damaged input is an error that states problem, location and remedy, and leaves no output."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from annotator import annotate
from annotator.vcf.bgzf import EOF_BLOCK
from tests.support.failing_commands import (
    ANNOTATE,
    ANNOTATE_GZ,
    ANNOTATE_STREAM,
    FOREIGN_CLNSIG,
    MANY,
    Case,
    assert_it_fails,
    case,
    cut,
    fasta,
    flipped,
    folder_with,
    indexed,
    line_7,
    mitochondrial,
    raw,
    spoilt,
    vcf,
    without_end,
)
from tests.support.inputs import (
    BRAF_V600E,
    bgzip,
    data_lines,
    info_of,
    run_annotator,
    vcf_text,
    write_snapshot,
)

ASSEMBLIES = [
    case(
        "contradictory contig lengths",
        ANNOTATE,
        "in.vcf, line 3: contig 7 of 159,345,973 bases is GRCh38, but contig 13 of 115,169,878 bases is GRCh37",
        "Correct the header",
        given=[vcf(contigs=["7"], meta=["##contig=<ID=13,length=115169878>"])],
    ),
    case(
        "an assembly stated against the proof",
        f"{ANNOTATE} --assembly GRCh37",
        "in.vcf, line 2: contig 7 of 159,345,973 bases is GRCh38, but --assembly is GRCh37",
        "Use --assembly GRCh38, or omit --assembly",
    ),
    case(
        "an unknown assembly",
        ANNOTATE,
        "in.vcf: the header does not state the assembly",
        "Use --assembly GRCh37 or --assembly GRCh38",
        given=[vcf(contigs=[])],
    ),
    case(
        "an assembly that there is not",
        f"{ANNOTATE} --assembly hg18",
        "'--assembly': 'hg18' is not supported; choose GRCh37 (hg19, b37) or GRCh38 (hg38)",
        status=2,
    ),
    case(
        "no known contig",
        ANNOTATE,
        "in.vcf: no contig of the input is part of GRCh38 (first: 'scaffold_1')",
        "bcftools annotate --rename-chrs",
        given=[vcf("scaffold_1\t1\t.\tA\tT\t.\t.\t.", "scaffold_2\t1\t.\tA\tT\t.\t.\t.")],
    ),
]


REFERENCES = [
    case("no FASTA", f"{ANNOTATE} --reference none.fa", "none.fa: no such FASTA file"),
    *(
        case(
            f"a FASTA without index{how}",
            f"{ANNOTATE} --reference mt.fa{options}",
            "mt.fa: the FASTA file has no index (mt.fa.fai)",
            "samtools faidx mt.fa",
            given=[vcf(), fasta(index=False)],
        )
        for how, options in {"": "", ", two workers": " -@ 2"}.items()
    ),
    case(
        "a FASTA of another assembly by its lengths",
        f"{ANNOTATE} --reference short.fa",
        "short.fa: sequence 'chr21' has 16,569 bases, but 46,709,983 in GRCh38",
        "Use a FASTA file of GRCh38",
        given=[vcf(), fasta("short.fa", "chr21")],
    ),
    case(
        "a FASTA of another assembly by its bases",
        f"{ANNOTATE} --reference mt.fa",
        "in.vcf: REF does not match the FASTA file in ",
        ", but the FASTA file has ",
        "; first: line 7: MT:50 has REF ",
        "Use the FASTA file that the variants were called with",
        given=[vcf(*mitochondrial(wrong=[50, 90])), fasta()],
    ),
    case(
        "one REF that contradicts the FASTA, strict",
        f"{ANNOTATE} --reference mt.fa --strict",
        "in.vcf: REF does not match the FASTA file in ",
        "Omit --strict",
        given=[vcf(*mitochondrial(wrong=[50])), fasta()],
    ),
    case(
        "a FASTA that is shorter than its index",
        f"{ANNOTATE} --reference mt.fa",
        "mt.fa: ",
        given=[vcf(*mitochondrial(wrong=[])), fasta(), spoilt("mt.fa", cut(0.3))],
    ),
]


COMPRESSED = [
    *(
        case(
            f"BGZF without its end{how}",
            f"{ANNOTATE_GZ}{options}",
            "in.vcf.gz: the file is truncated: no end-of-file block at byte ",
            "Download or write the file again",
            given=[vcf(*MANY, name="in.vcf.gz"), spoilt("in.vcf.gz", without_end)],
        )
        for how, options in {"": "", ", two workers": " -@ 2", ", as BGZF": " -O z"}.items()
    ),
    case(
        "BGZF from standard input without its end",
        ANNOTATE_STREAM,
        "standard input: the file is truncated: no end-of-file block at byte ",
        given=[raw("stdin", without_end(bgzip(vcf_text(MANY).encode())))],
    ),
    case(
        "BGZF cut in a block",
        ANNOTATE_GZ,
        "in.vcf.gz: the file is truncated in the BGZF block at byte ",
        "Download or write the file again",
        given=[vcf(*MANY, name="in.vcf.gz"), spoilt("in.vcf.gz", cut(0.7))],
    ),
    case(
        "BGZF with a wrong checksum",
        ANNOTATE_GZ,
        "in.vcf.gz: a BGZF block is damaged (wrong CRC32)",
        "Download or write the file again",
        given=[vcf(name="in.vcf.gz"), spoilt("in.vcf.gz", flipped(-len(EOF_BLOCK) - 8))],
    ),
    case(
        "BGZF of no data",
        ANNOTATE_GZ,
        "in.vcf.gz, line 1: the file is empty",
        given=[raw("in.vcf.gz", EOF_BLOCK)],
    ),
    *(
        case(
            f"gzip {what}", ANNOTATE_GZ, f"in.vcf.gz: the gzip file is {how}", given=[raw("in.vcf.gz", data)]
        )
        for what, how, data in [
            ("cut off", "truncated", cut(0.7)(gzip.compress(vcf_text(MANY).encode()))),
            ("with a wrong checksum", "damaged", flipped(-8)(gzip.compress(vcf_text(MANY).encode()))),
            ("with something after it", "", gzip.compress(vcf_text(MANY).encode()) + b"and more"),
        ]
    ),
]


RECORDS = [
    *(
        case(what, ANNOTATE, f"in.vcf, line 7: {says}", given=[line_7(record)])
        for what, record, says in [
            (
                "too few columns",
                "7\t140753336\t.",
                "the line has 3 columns, but the #CHROM line has 8. The file is truncated",
            ),
            ("too many columns", f"{BRAF_V600E}\tGT", "the line has 9 columns, but the #CHROM line has 8"),
            (
                "spaces for tabs",
                BRAF_V600E.replace("\t", " "),
                "the line has 1 column, but the #CHROM line has 8",
            ),
            ("POS no number", "7\tx12\t.\tA\tT\t.\t.\t.", "POS 'x12' is not a number"),
            ("POS below zero", "7\t-5\t.\tA\tT\t.\t.\t.", "POS '-5' is not a number"),
            ("POS with a sign", "7\t+5\t.\tA\tT\t.\t.\t.", "POS '+5' is not a number"),
            ("POS with a point", "7\t5.0\t.\tA\tT\t.\t.\t.", "POS '5.0' is not a number"),
            ("POS with other digits", "7\t१२\t.\tA\tT\t.\t.\t.", "POS '१२' is not a number"),
            ("POS empty", "7\t\t.\tA\tT\t.\t.\t.", "POS '' is not a number"),
            (
                "a second header",
                "##fileformat=VCFv4.2",
                "a header line among the records. Join VCF files with",
            ),
            ("a comment", "# end of part 1", "a header line among the records"),
            ("a blank line", "", "an empty line among the records. Remove it"),
            ("a line of spaces", "   ", "an empty line among the records. Remove it"),
        ]
    ),
    case(
        "a sample column too few",
        ANNOTATE,
        "in.vcf, line 6: the line has 8 columns, but the #CHROM line has 10",
        given=[vcf(samples=["tumour"])],
    ),
    case(
        "the last line cut off",
        ANNOTATE,
        "in.vcf, line 7: the line has 4 columns, but the #CHROM line has 8. The file is truncated",
        given=[raw("in.vcf", vcf_text([BRAF_V600E] * 2)[: -len("\tT\t.\t.\t.\n")])],
    ),
    case(
        "a last line of another control character",
        ANNOTATE,
        "in.vcf, line 8: the line has 1 column, but the #CHROM line has 8",
        given=[raw("in.vcf", f"{vcf_text([BRAF_V600E] * 2)}\f\n")],
    ),
    case(
        "the last line cut off in a compressed file",
        ANNOTATE_GZ,
        "in.vcf.gz, line 20006: the line has 4 columns, but the #CHROM line has 8",
        given=[raw("in.vcf.gz", bgzip(vcf_text([*MANY, "7\t140753336\t.\tA"]).encode()))],
    ),
    *(
        case(
            f"POS no number, from standard input{how}",
            f"{ANNOTATE_STREAM}{options}",
            "standard input, line 60006: POS 'x12' is not a number",
            given=[raw("stdin", vcf_text([*MANY * 3, "7\tx12\t.\tA\tT\t.\t.\t."]))],
        )
        for how, options in {"": "", ", two workers": " -@ 2"}.items()
    ),
]


HEADERS = [
    case(
        "no header",
        ANNOTATE,
        "in.vcf, line 1: the header has no #CHROM line; found '7\\t140753336",
        "Check that it is a VCF with a complete header",
        given=[raw("in.vcf", f"{BRAF_V600E}\n")],
    ),
    case(
        "a header cut off",
        ANNOTATE,
        "in.vcf, line 3: the file ends without a #CHROM line",
        "Check that it is a complete VCF",
        given=[raw("in.vcf", "".join(vcf_text([]).splitlines(keepends=True)[:2]))],
    ),
    case(
        "spaces in the #CHROM line",
        ANNOTATE,
        "in.vcf, line 5: the #CHROM line has spaces instead of tabs",
        "Separate all columns by single tabs",
        given=[raw("in.vcf", vcf_text([BRAF_V600E]).replace("#CHROM\tPOS", "#CHROM POS"))],
    ),
    case(
        "a NUL byte",
        ANNOTATE,
        "the line contains a NUL byte",
        "Download or write the file again",
        given=[
            raw(
                "in.vcf",
                vcf_text([BRAF_V600E])
                .replace("\tPASS\t", "\tPA\0SS\t")
                .replace("\t.\t.\t.\n", "\t.\t.\tD\0P\n"),
            )
        ],
    ),
    case(
        "an empty file",
        ANNOTATE,
        "in.vcf: the file is empty",
        "A VCF file has at least a header",
        given=[raw("in.vcf", "")],
    ),
    case(
        "empty standard input", ANNOTATE_STREAM, "standard input: the file is empty", given=[raw("stdin", "")]
    ),
    case(
        "a picture",
        ANNOTATE,
        "in.vcf, line 1: the header has no #CHROM line",
        "Check that it is a VCF",
        given=[raw("in.vcf", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")],
    ),
    case(
        "an index",
        "annotate in.vcf.gz.tbi --snapshot s -o out.vcf",
        "in.vcf.gz.tbi: the file is neither VCF nor BCF",
        given=[indexed()],
    ),
    *(
        case(
            f"a file compressed by {tool}",
            ANNOTATE,
            f"in.vcf: the file is compressed with {tool}, which is not supported",
            f"{advice}, and compress it with bgzip",
            given=[raw("in.vcf", data)],
        )
        for tool, data, advice in [
            ("bzip2", bz2.compress(b"##fileformat=VCFv4.2"), "Decompress it with bunzip2"),
            ("xz", lzma.compress(b"##fileformat=VCFv4.2"), "Decompress it with unxz"),
            ("zip", b"PK\x03\x04\x14\x00\x00\x00", "Unpack it with unzip"),
            ("zstd", b"\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00", "Decompress it with unzstd"),
        ]
    ),
    case("no file", ANNOTATE, "in.vcf: no such file", given=[]),
    case(
        "a folder", "annotate s --snapshot s -o out.vcf", "s: the input is a folder, not a VCF file", given=[]
    ),
]


FIELDS = [
    case(
        "a field of another tool",
        ANNOTATE,
        "in.vcf: the input already has INFO fields that would be written: CLNSIG (Number=., Type=String",
        "Use --on-clash replace to overwrite them, or --on-clash keep to keep them",
        given=[vcf(meta=[FOREIGN_CLNSIG])],
    ),
    case(
        "a field that there is not",
        f"{ANNOTATE} --fields CLNSIG,CLNFOO",
        "--fields contains CLNFOO, which no selected knowledge base provides",
        "Choose from CLNVID,",
        status=2,
    ),
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


@pytest.fixture
def folder(tmp_path: Path, snapshot: Path) -> Path:
    return folder_with(snapshot, tmp_path)


@pytest.mark.parametrize("failing", [*ASSEMBLIES, *REFERENCES, *COMPRESSED, *RECORDS, *HEADERS, *FIELDS])
def test_an_error_states_problem_location_and_remedy_and_leaves_no_output(
    failing: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_it_fails(failing, folder, monkeypatch, capfd)


def test_a_few_refs_that_contradict_the_fasta_make_their_alleles_unsupported(folder: Path) -> None:
    vcf(*mitochondrial(wrong=[50]), BRAF_V600E)(folder)
    fasta()(folder)
    ran = run_annotator(*f"{ANNOTATE} --reference mt.fa".split(), cwd=folder)
    assert ran.status == 0, ran.err
    assert (
        "WARNING: REF does not match the FASTA file in 1 of 100 records; first: line 7: MT:50 has REF "
        in ran.err
    )
    assert "; these alleles were not looked up." in ran.err
    assert "contradicts_reference 1" in ran.err
    lines = data_lines((folder / "out.vcf").read_bytes())
    assert len(lines) == 101
    assert info_of(lines[1]) == {"ANNSTATUS": "clinvar:unsupported"}
    assert [info_of(line) for line in lines[2:-1]] == [{}] * 98
    assert info_of(lines[-1])["CLNVID"] == "13961", "the FASTA lacks contig 7, and contradicts nothing there"


@pytest.mark.parametrize("share", ["just 1 %", "a little more"])
def test_more_than_one_percent_of_contradictions_is_too_much(folder: Path, share: str) -> None:
    records = mitochondrial(wrong=[50])
    vcf(*(records if share == "just 1 %" else records[:-1]))(folder)
    fasta()(folder)
    ran = run_annotator(*f"{ANNOTATE} --reference mt.fa".split(), cwd=folder)
    assert ran.status == (0 if share == "just 1 %" else 1), ran.err


@pytest.mark.parametrize(
    ("how", "significances"),
    [("replace", ["Pathogenic", None]), ("keep", ["theirs", "theirs_too"])],
)
def test_a_clash_is_resolved_by_on_clash(folder: Path, how: str, significances: list[str | None]) -> None:
    first = BRAF_V600E.removesuffix(".") + "CLNSIG=theirs;DP=3"
    second = "7\t100\t.\tA\tT\t.\t.\tCLNSIG=theirs_too"
    vcf(first, second, meta=[FOREIGN_CLNSIG])(folder)
    ran = run_annotator(*f"{ANNOTATE} --on-clash {how}".split(), cwd=folder)
    assert ran.status == 0, ran.err
    written = (folder / "out.vcf").read_bytes()
    records = [info_of(line) for line in data_lines(written)]
    assert [record.get("CLNSIG") for record in records] == significances
    assert records[0]["DP"] == "3"
    assert records[0]["CLNVID"] == "13961"
    declared = [line for line in written.decode().splitlines() if line.startswith("##INFO=<ID=CLNSIG,")]
    assert len(declared) == 1
    assert (declared == [FOREIGN_CLNSIG]) == (how == "keep")


def test_a_position_before_the_first_base_is_written_as_it_is(folder: Path) -> None:
    # VCF 4.3, section 1.6.1: POS 0 stands for the telomere before the contig.
    vcf("MT\t0\t.\tN\tA\t.\t.\t.", *mitochondrial(wrong=[]))(folder)
    fasta()(folder)
    report = annotate(
        folder / "in.vcf", folder / "out.vcf", snapshot=folder / "s", reference=folder / "mt.fa"
    )
    assert report.summary.records == 101
