"""What CGI is sent: only what the sample carries, row by row accounted for, the same by every way to it."""

from __future__ import annotations

import contextlib
import hashlib
import random
from pathlib import Path

import pytest
from cyvcf2 import VCF, Writer

from annotator.annotation.online_options import OnlineOptions
from annotator.annotation.options import AnnotateOptions, CgiOptions
from annotator.annotation.saved_options import config_of_text, text_of_config
from annotator.dispatch.cgi.cancer_types import cancer_type, cancer_types, searched
from annotator.dispatch.cgi.extract import extract_mutations
from annotator.dispatch.cgi.mutations import Mutations, manifest_path
from annotator.dispatch.cgi.upload import parcel_of
from annotator.errors import DispatchError, InputError, UsageError
from annotator.variants.allele import key_of
from annotator.variants.assembly import Assembly
from tests.support.inputs import bgzip, run_annotator, vcf_text, write_snapshot

META = (
    '##INFO=<ID=GENE,Number=.,Type=String,Description="gene">',
    '##INFO=<ID=MATEID,Number=.,Type=String,Description="mate">',
    '##INFO=<ID=CN,Number=1,Type=Integer,Description="copies">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="end">',
    '##INFO=<ID=FOLD_CHANGE_LOG,Number=1,Type=Float,Description="log2 ratio">',
    '##INFO=<ID=PURPLE_CN,Number=1,Type=Float,Description="copies">',
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="VEP. Format: Allele|Consequence|SYMBOL|ALLELE_NUM">',
    '##INFO=<ID=ANN,Number=.,Type=String,Description="SnpEff">',
    '##ALT=<ID=DEL,Description="deletion">',
    '##ALT=<ID=DUP,Description="duplication">',
    '##ALT=<ID=CNV,Description="copy number">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=CN,Number=1,Type=Integer,Description="copies">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="depth">',
)
CONTIGS = ("7", "13", "MT", "X")


def written(
    tmp_path: Path, *lines: str, samples: tuple[str, ...] = ("N", "T"), contigs: tuple[str, ...] = CONTIGS
) -> Path:
    path = tmp_path / "in.vcf"
    path.write_text(vcf_text(lines, meta=META, samples=samples, contigs=contigs))
    return path


def site(
    position: int, ref: str, alts: str, tumour: str, *, contig: str = "7", info: str = ".", id_: str = "."
) -> str:
    form = "GT:CN" if ":" in tumour else "GT"
    normal = "0/0:2" if ":" in tumour else "0/0"
    return f"{contig}\t{position}\t{id_}\t{ref}\t{alts}\t.\t.\t{info}\t{form}\t{normal}\t{tumour}"


def mutations(path: Path, **options: object) -> Mutations:
    return extract_mutations(str(path), **({"sample": "T"} | options)).mutations  # type: ignore[arg-type]


def test_only_what_the_sample_carries_is_sent_sorted_and_trimmed(tmp_path: Path) -> None:
    source = written(
        tmp_path,
        site(30, "CAT", "C,CAG,CATT", "1/2"),
        site(10, "A", "T,C", "0/2"),
        site(20, "A", "G", "0/0"),
        site(21, "A", "G", "./."),
        site(5, "c", "t", "1", contig="X"),
        site(40, "GA", "TA", "0|1", contig="13"),
    )
    found = mutations(source)
    assert found.content("mutations").decode().splitlines() == [
        "chr\tpos\tref\talt\tsample",
        "7\t10\tA\tC\tT",
        "7\t30\tCAT\tC\tT",
        "7\t32\tT\tG\tT",
        "13\t40\tG\tT\tT",
        "X\t5\tC\tT\tT",
    ]
    assert found.origins["mutations"] == [
        (1, (2, 2, "7", 10, "A", "C")),
        (2, (1, 1, "7", 30, "CAT", "C")),
        (3, (1, 2, "7", 30, "CAT", "CAG")),
        (4, (6, 1, "13", 40, "GA", "TA")),
        (5, (5, 1, "X", 5, "c", "t")),
    ]
    assert found.left_out == []


def test_what_cgi_refuses_is_left_out_and_named(tmp_path: Path) -> None:
    lines = [
        site(10, "A", "*,T", "1/2"),
        site(11, "A", "<INV>", "0/1"),
        site(12, "A", "R", "1"),
        site(13, "A", "C", "0/1", contig="MT"),
        site(14, "A", "C", "0/1", contig="chrUn_1"),
        site(15, "A", "A[13:5[", "0/1"),
        site(200_000_000, "A", "C", "0/1"),
        "7\t16\t.\tA\tC\t.\t.\t.\tDP\t1\t1",
        site(17, "A", "C", "0/0", contig="MT"),
    ]
    source = written(tmp_path, *lines, contigs=(*CONTIGS,))
    found = mutations(source)
    assert [(origin.record, origin.allele, reason) for origin, reason in found.left_out] == [
        (1, 1, "spanning_deletion"),
        (2, 1, "symbolic"),
        (3, 1, "ambiguous_bases"),
        (4, 1, "mitochondrial"),
        (5, 1, "unknown_contig"),
        (6, 1, "no_mate"),
        (7, 1, "beyond_contig"),
        (8, 1, "no_genotype"),
    ]
    assert found.rows["mutations"] == [("7", "10", "A", "T")]
    out = tmp_path / "t.tsv"
    found.write(out)
    listed = [
        line.split("\t") for line in manifest_path(out).read_text().splitlines() if not line.startswith("##")
    ]
    assert listed[0] == ["file", "row", "record", "allele", "chrom", "pos", "ref", "alt", "reason"]
    assert ["mutations", "1", "1", "2", "7", "10", "A", "T", "."] in listed
    assert [".", ".", "4", "1", "MT", "13", "A", "C", "mitochondrial"] in listed
    assert len(listed) == 10


def test_hg19s_own_mitochondrion_is_not_sent_either(tmp_path: Path) -> None:
    source = tmp_path / "in.vcf"
    text = vcf_text(
        [site(13, "A", "C", "0/1", contig="chrM"), site(10, "A", "C", "0/1", contig="chr7")],
        assembly=Assembly.GRCH37, contigs=("7",), meta=(*META, "##contig=<ID=chrM,length=16571>"), samples=("N", "T"),
    )  # fmt: skip
    source.write_text(text.replace("ID=7,", "ID=chr7,"))
    found = mutations(source)
    assert found.reasons == {"mitochondrial": 1}
    assert found.rows["mutations"] == [("7", "10", "A", "C")]


def test_equal_alleles_are_one_row_with_all_their_records(tmp_path: Path) -> None:
    source = written(
        tmp_path, site(10, "CA", "CT", "0/1"), site(11, "A", "T,G", "0/1"), site(11, "A", "T", "1/1")
    )
    found = mutations(source)
    assert found.rows["mutations"] == [("7", "11", "A", "T")]
    assert [(row, origin.record) for row, origin in found.origins["mutations"]] == [(1, 1), (1, 2), (1, 3)]


def test_all_alts_need_no_genotype(tmp_path: Path) -> None:
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(["7\t10\t.\tA\tC,T\t.\t.\t."]))
    found = mutations(source, sample="mine", all_alts=True)
    assert found.content("mutations").decode().splitlines()[1:] == ["7\t10\tA\tC\tmine", "7\t10\tA\tT\tmine"]


# Copy numbers and fusions


@pytest.mark.parametrize(
    ("alt", "tumour", "info", "row", "reason"),
    [
        ("<DEL>", "1/1", "GENE=CDKN2A", ("CDKN2A", "del"), None),
        ("<DEL>", "0/1:0", "GENE=CDKN2A", ("CDKN2A", "del"), None),
        ("<DEL>", "0/1:1", "GENE=CDKN2A", None, "copy_number_1"),
        ("<DEL>", "0/1", "GENE=CDKN2A", None, "copy_number_1"),
        ("<DEL>", "./1", "GENE=CDKN2A", None, "no_copy_number"),
        ("<DUP:TANDEM>", "0/1", "GENE=ERBB2", None, "no_copy_number"),
        ("<DUP>", "0/1:4", "GENE=ERBB2", None, "copy_number_4"),
        ("<DUP>", "0/1:6", "GENE=ERBB2", ("ERBB2", "amp"), None),
        ("<DUP>", "0/1", "GENE=ERBB2;CN=3", None, "copy_number_3"),
        ("<DUP>", "0/1:1023", "GENE=ERBB2", None, "no_copy_number"),
        ("<CNV>", "0/1:0", "GENE=CDKN2A", ("CDKN2A", "del"), None),
        ("<CNV>", "0/1:12", "GENE=MYC", ("MYC", "amp"), None),
        ("<CNV>", "0/1", "GENE=MYC", None, "no_copy_number"),
        ("<CNV>", "0/1:2", "GENE=MYC", None, "copy_number_2"),
        ("<DEL>", "1/1", ".", None, "no_gene"),
        ("<INS>", "0/1", "GENE=MYC", None, "symbolic"),
        ("<DUP:ME:ALU>", "0/1:9", "GENE=MYC", None, "symbolic"),
    ],
)  # fmt: skip
def test_a_copy_number_is_sent_if_it_is_clear_and_its_gene_is_known(
    tmp_path: Path, alt: str, tumour: str, info: str, row: tuple[str, str] | None, reason: str | None
) -> None:
    found = mutations(written(tmp_path, site(10, "A", alt, tumour, info=info)))
    assert found.rows["cnas"] == ([] if row is None else [row])
    assert [why for _, why in found.left_out] == ([] if reason is None else [reason])
    assert found.rows["mutations"] == []


@pytest.mark.parametrize(
    ("alts", "tumour", "info", "row", "reasons"),
    [
        # Canvas and the 1000 Genomes: <CNn> counts the copies of one haplotype.
        ("<CN0>", "0/1", "GENE=CDKN2A", None, ["copy_number_1"]),
        ("<CN0>", "0/1:1", "GENE=CDKN2A", None, ["copy_number_1"]),
        ("<CN0>", "1/1", "GENE=CDKN2A", ("CDKN2A", "del"), []),
        ("<CN2>", "1/1", "GENE=ERBB2", None, ["copy_number_4"]),
        ("<CN4>", "1/1", "GENE=ERBB2", ("ERBB2", "amp"), []),
        ("<DUP>", "./1:7", "GENE=ERBB2", ("ERBB2", "amp"), []),
        ("<CN0>,<CN2>", "1/2", "GENE=CDKN2A", None, ["copy_number_2", "copy_number_2"]),
        # CNVkit: a loss has no CN; one copy, or fewer than usual, has the genotype 0/1.
        ("<DEL>", "0/1", "GENE=CDKN2A;FOLD_CHANGE_LOG=-0.9", None, ["copy_number_1"]),
        ("<DEL>", "1/1", "GENE=CDKN2A;FOLD_CHANGE_LOG=-4.1", ("CDKN2A", "del"), []),
        ("<DUP>", "0/1", "GENE=ERBB2;FOLD_CHANGE_LOG=2.0", ("ERBB2", "amp"), []),
        ("<DUP>", "0/1", "GENE=ERBB2;FOLD_CHANGE_LOG=1.0", None, ["copy_number_4"]),
        # DRAGEN: a copy-neutral loss of heterozygosity is a deletion and a duplication.
        ("<DEL>,<DUP>", "1/2:2", "GENE=CDKN2A", None, ["copy_number_2", "copy_number_2"]),
        ("<DEL>,<DUP>", "1/2", "GENE=CDKN2A", None, ["copy_number_neutral", "copy_number_neutral"]),
        ("<LOH>", "1/1", "GENE=CDKN2A", None, ["copy_number_neutral"]),
        # PURPLE: numbers of copies that are not whole.
        ("<DUP>", "./1", "GENE=ERBB2;PURPLE_CN=5.9", None, ["copy_number_5.9"]),
        ("<DUP>", "./1", "GENE=ERBB2;PURPLE_CN=6.2", ("ERBB2", "amp"), []),
        ("<DEL>", "./1", "GENE=CDKN2A;PURPLE_CN=0.3", ("CDKN2A", "del"), []),
        ("<DEL>", "./1", "GENE=CDKN2A;PURPLE_CN=0.8", None, ["copy_number_0.8"]),
    ],
)  # fmt: skip
def test_copies_are_read_as_callers_mean_them(
    tmp_path: Path, alts: str, tumour: str, info: str, row: tuple[str, str] | None, reasons: list[str]
) -> None:
    found = mutations(written(tmp_path, site(10, "A", alts, tumour, info=info)))
    assert found.rows["cnas"] == ([] if row is None else [row])
    assert [why for _, why in found.left_out] == reasons


@pytest.mark.parametrize(
    ("alt", "tumour", "info", "rows", "reason"),
    [
        ("<DEL>", "1/1", "CSQ=x|transcript_ablation|PTEN|1,x|upstream_gene_variant|X|1", [("PTEN", "del")], None),
        ("<DEL>", "1/1", "CSQ=deletion|intron_variant|PTEN|1", [], "part_of_gene"),
        ("<DEL>", "1/1", "CSQ=deletion|coding_sequence_variant&feature_truncation|PTEN|1", [], "part_of_gene"),
        ("<DEL>", "1/1", "CSQ=deletion|intron_variant|PTEN|1;GENE=PTEN", [], "part_of_gene"),
        ("<DEL>", "1/1", "CSQ=deletion|transcript_ablation|PTEN|2", [("PTEN", "del")], None),  # split since
        ("<DUP>", "0/1:8", "ANN=<DUP>|transcript_amplification|HIGH|MYC|ENSG|x", [("MYC", "amp")], None),
        ("<DUP>", "0/1:8", "ANN=<DUP>|duplication|HIGH|MYC|ENSG|x", [], "extent_unknown"),
        (
            "<DUP>", "0/1:8", "CSQ=x|transcript_amplification|A|1,x|intron_variant|B|1,x|transcript_amplification|C|1",
            [("A", "amp"), ("C", "amp")], None,
        ),
        ("<DEL>", "1/1", "ANN=<DEL>|gene_fusion|HIGH|ERG&TMPRSS2|E&F|x", [], "no_gene"),
        ("<DUP>", "0/1:8", "GENE=ERBB2;END=130", [], "part_of_gene"),
        ("<DUP>", "0/1:8", "GENE=ERBB2;END=90000", [("ERBB2", "amp")], None),
    ],
)  # fmt: skip
def test_only_whole_genes_are_sent(
    tmp_path: Path, alt: str, tumour: str, info: str, rows: list[tuple[str, str]], reason: str | None
) -> None:
    found = mutations(written(tmp_path, site(10, "A", alt, tumour, info=info)))
    assert found.rows["cnas"] == rows
    assert [why for _, why in found.left_out] == ([] if reason is None else [reason])


@pytest.mark.parametrize(("copies", "rows"), [(4.0, [("ERBB2", "amp")]), (4.5, [])])
def test_the_copies_of_an_amplification_are_the_users(
    tmp_path: Path, copies: float, rows: list[tuple[str, str]]
) -> None:
    source = written(tmp_path, site(10, "A", "<DUP>", "0/1:4", info="GENE=ERBB2"))
    assert mutations(source, amplification_copies=copies).rows["cnas"] == rows
    out = tmp_path / "t.tsv"
    ran = run_annotator(
        "cgi", "mutations", source, "--sample", "T", "-o", out, "--amplification-copies", copies
    )
    assert ran.status == 0, ran.err
    assert (tmp_path / "t.cnas.tsv").exists() == bool(rows)
    write_snapshot(tmp_path / "s")
    ran = run_annotator(
        "annotate", source, "--snapshot", tmp_path / "s", "-o", tmp_path / "o.vcf",
        "--cgi-mutations", tmp_path / "u.tsv", "--cgi-sample", "T", "--amplification-copies", copies,
    )  # fmt: skip
    assert ran.status == 0, ran.err
    assert (tmp_path / "u.cnas.tsv").exists() == bool(rows)


def test_a_number_that_no_amplification_starts_at_is_refused(tmp_path: Path) -> None:
    source = written(tmp_path, site(10, "A", "<DUP>", "0/1:4", info="GENE=ERBB2"))
    ran = run_annotator(
        "cgi", "mutations", source, "--sample", "T", "-o", tmp_path / "t.tsv", "--amplification-copies", "2"
    )
    assert (ran.status, "--amplification-copies 2" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("alt", "copies", "row"),
    [
        ("<CNV>", "20", ("AR", "amp")),
        ("<CNV>", "2", None),
        ("<DUP>", "20", ("AR", "amp")),
        ("<DEL>", "0", ("AR", "del")),
        ("<CNV>", "0", ("AR", "del")),
        ("<DEL>", "1", None),
    ],
)
def test_on_x_only_what_no_sex_explains_is_a_change(
    tmp_path: Path, alt: str, copies: str, row: tuple[str, str] | None
) -> None:
    source = written(tmp_path, site(10, "A", alt, f"0/1:{copies}", contig="X", info="GENE=AR"))
    assert mutations(source).rows["cnas"] == ([] if row is None else [row])


def test_a_fusion_is_two_breakends_that_name_each_other(tmp_path: Path) -> None:
    source = written(
        tmp_path,
        site(10, "A", "A[13:10[", "0/1", info="GENE=EML4;MATEID=b", id_="a"),
        site(20, "A", "A[13:20[", "0/1", info="GENE=ONE;MATEID=d", id_="c"),
        site(30, "A", "A[13:30[", "0/1", info="ANN=A[13:30[|gene_fusion|HIGH|TMPRSS2&ERG|x|y"),
        site(40, "A", "A[13:40[", "0/1", info="GENE=A,B;MATEID=f", id_="e"),
        site(10, "A", "]7:10]A", "0/1", contig="13", info="GENE=ALK;MATEID=a", id_="b"),
        site(20, "A", "]7:20]A", "0/0", contig="13", info="GENE=TWO;MATEID=c", id_="d"),
        site(40, "A", "]7:40]A", "0/1", contig="13", info="GENE=C;MATEID=e", id_="f"),
    )
    found = mutations(source)
    assert found.rows["translocations"] == [("ALK__EML4",), ("ERG__TMPRSS2",)]
    assert [(row, origin.record) for row, origin in found.origins["translocations"]] == [
        (1, 1),
        (1, 5),
        (2, 3),
    ]
    assert [(origin.record, why) for origin, why in found.left_out] == [
        (2, "no_mate"),
        (4, "no_gene_pair"),
        (7, "no_gene_pair"),
    ]


def test_files_of_an_earlier_run_do_not_stay(tmp_path: Path) -> None:
    out = tmp_path / "t.tsv"
    mutations(written(tmp_path, site(10, "A", "<DEL>", "1/1", info="GENE=PTEN"))).write(out)
    assert (tmp_path / "t.cnas.tsv").read_text() == "gene\tcna\tsample\nPTEN\tdel\tT\n"
    mutations(written(tmp_path, site(10, "A", "C", "0/1"))).write(out)
    assert not (tmp_path / "t.cnas.tsv").exists()
    assert not (tmp_path / "t.translocations.tsv").exists()


# The manifest


def test_a_manifest_tells_all_that_was_written(tmp_path: Path) -> None:
    source = written(
        tmp_path, site(30, "CAT", "C,CAG,*", "1/2/3"), site(31, "A", "<DEL>", "1/1", info="GENE=PTEN")
    )
    found = mutations(source)
    found.write(tmp_path / "t.tsv")
    checksum = hashlib.sha256((tmp_path / "t.tsv").read_bytes()).hexdigest()
    read = Mutations.read(manifest_path(tmp_path / "t.tsv"), checksum)
    assert read.content("mutations") == (tmp_path / "t.tsv").read_bytes()
    assert (read.sample, read.assembly) == ("T", Assembly.GRCH38)
    assert read.origins == {name: rows for name, rows in found.origins.items() if rows}
    assert read.left_out == found.left_out


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("##format=1", "##format=2", "not a manifest"),
        ("##sample=T", "##sample=U", "does not belong to the mutations that were sent"),
        ("mutations\t1\t1\t1\t7\t30", "mutations\t1\t1\t1\t7\t31", "does not belong to the mutations"),
        ("mutations\t1\t1\t1\t7\t30", "mutations\t1\t1\t1\t7", "not a manifest"),
        ("mutations\t1\t1\t1\t7\t30", "mutations\t7\t1\t1\t7\t30", "not a manifest"),
        ("row\trecord", "record\trow", "not a manifest"),
    ],
)
def test_a_manifest_that_was_changed_is_refused(tmp_path: Path, old: str, new: str, what: str) -> None:
    found = mutations(written(tmp_path, site(30, "CAT", "C", "1")))
    found.write(tmp_path / "t.tsv")
    path = manifest_path(tmp_path / "t.tsv")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(DispatchError, match=what):
        Mutations.read(path, hashlib.sha256((tmp_path / "t.tsv").read_bytes()).hexdigest())


def test_a_manifest_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DispatchError, match="the manifest cannot be read"):
        Mutations.read(tmp_path / "none.tsv", "")


# The same pass


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two samples, enough records for several chunks, and the folder with a snapshot for it."""
    folder = tmp_path_factory.mktemp("genome")
    draw = random.Random(7)  # noqa: S311
    lines = []
    for position in range(1000, 23_000):
        tumour = draw.choices(["0/0", "0|0", "./.", "0/1", "1/2", "2", "0/0/1"], [60, 10, 10, 1, 1, 1, 1])[0]
        lines.append(
            f"7\t{position}\t.\tAC\tA,AT\t.\t.\tGENE={'X' * 200}\tGT:DP\t{draw.choice(['0/1', '0/0'])}:1\t{tumour}:2"
        )
    text = vcf_text(lines, meta=META, samples=("N", "T"))
    (folder / "in.vcf").write_text(text)
    (folder / "in.vcf.gz").write_bytes(bgzip(text.encode()))
    reader = VCF(str(folder / "in.vcf"))
    writer = Writer(str(folder / "in.bcf"), reader, "wb")
    for record in reader:
        writer.write_record(record)
    writer.close()
    write_snapshot(folder / "s")
    return folder


def test_the_same_pass_writes_the_same_whatever_the_engine_and_the_workers(
    genome: Path, tmp_path: Path
) -> None:
    expected = extract_mutations(str(genome / "in.vcf"), sample="T").mutations
    assert 500 < len(expected.rows["mutations"]) < 5000
    expected.write(tmp_path / "expected.tsv")
    for source, output, workers in (
        ("in.vcf", "o.vcf", "1"),
        ("in.vcf.gz", "o.bcf", "2"),
        ("in.bcf", "o.vcf.gz", "1"),
        ("in.bcf", "o.bcf", "2"),
    ):
        out = tmp_path / "t.tsv"
        ran = run_annotator(
            "annotate", genome / source, "--snapshot", genome / "s", "-o", tmp_path / output, "-@", workers,
            "--cgi-mutations", out, "--cgi-sample", "T",
        )  # fmt: skip
        assert ran.status == 0, ran.err
        assert f"CGI input: {len(expected.rows['mutations']):,} mutations of sample T (hg38)" in ran.err
        assert out.read_bytes() == (tmp_path / "expected.tsv").read_bytes()
        assert manifest_path(out).read_bytes() == (tmp_path / "expected.manifest.tsv").read_bytes()
        out.unlink()
    assert extract_mutations(str(genome / "in.bcf"), sample="T").mutations.rows == expected.rows


def test_a_run_that_fails_leaves_no_mutations(tmp_path: Path) -> None:
    source = written(tmp_path, site(10, "A", "C", "0/1"), "7\tx\t.\tA\tC\t.\t.\t.\tGT\t0/0\t0/1")
    write_snapshot(tmp_path / "s")
    arguments = ("annotate", source, "--snapshot", tmp_path / "s", "-o", tmp_path / "o.vcf")
    ran = run_annotator(*arguments, "--cgi-mutations", tmp_path / "t.tsv", "--cgi-sample", "T")
    assert (ran.status, "line 22: POS 'x' is not a number" in ran.err) == (1, True)
    assert not (tmp_path / "t.tsv").exists()
    ran = run_annotator(*arguments, "--cgi-mutations", tmp_path / "t.tsv")
    assert (ran.status, "the file has 2 samples" in ran.err) == (2, True)
    ran = run_annotator(*arguments, "--cgi-sample", "T")
    assert (ran.status, "--cgi-mutations" in ran.err) == (2, True)
    ran = run_annotator("cgi", "mutations", source, "-o", tmp_path / "t.tsv", "--sample", "T")
    assert (ran.status, "in.vcf, line 22: POS 'x' is not a number" in ran.err) == (1, True)
    assert not (tmp_path / "t.tsv").exists()


def test_a_run_over_the_network_remembers_what_it_was_to_write(tmp_path: Path) -> None:
    config = AnnotateOptions(
        str(tmp_path / "in.vcf"), str(tmp_path / "out.vcf"), None, online=OnlineOptions(),
        cgi=CgiOptions(tmp_path / "t.tsv", "T", all_alts=True),
    )  # fmt: skip
    assert config_of_text(text_of_config(config), tmp_path / "journal") == config
    without = config._replace(cgi=None)
    assert config_of_text(text_of_config(without), tmp_path / "journal") == without
    for name in ("in.vcf", "out.vcf"):
        with pytest.raises(UsageError, match="--cgi-mutations would overwrite the input or the output"):
            config._replace(cgi=CgiOptions(tmp_path / name)).check()


def test_a_sample_that_is_no_filtered_tumour_is_doubted() -> None:
    few = Mutations(
        "T", Assembly.GRCH38, {"mutations": [("7", str(number), "A", "C") for number in range(2000)]}
    )
    assert [line for line in few.summary_lines() if "large number" in line] == []
    few.rows["mutations"].append(("7", "3000", "A", "C"))
    assert [
        line for line in few.summary_lines() if "large number, and CGI does not publish its limit" in line
    ]


# Cancer types


def test_every_type_is_known_with_all_above_it(shared_data: Path) -> None:
    rows = (shared_data / "cgi" / "cancer_types_with_parents.tsv").read_text().splitlines()[1:]
    published = {row.split("\t")[0]: row.split("\t")[1:3] for row in rows}
    assert len(published) == 247
    assert {code: [",".join(one.parents), one.name] for code, one in cancer_types().items()} == published
    assert cancer_type("CM").lineage() == ["SK", "SOLID", "CANCER"]
    assert all(one.lineage()[-1:] == ["CANCER"] or one.code == "CANCER" for one in cancer_types().values())


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("CM", "CM"), ("cm", "CM"), ("SKCM", "CM"), ("tcga:KIRC", "RCCC"), ("TCGA:coad", "COC"), ("LIHC", "HC"),
        ("oncotree:ES", "EWS"), ("ES", "ES"), ("oncotree:LUAD", "LUAD"), ("tcga:OV", "OV"), ("CANCER", "CANCER"),
    ],
)  # fmt: skip
def test_a_code_is_cgis_or_that_of_another_list(word: str, code: str) -> None:
    assert cancer_type(word).code == code


@pytest.mark.parametrize(
    ("word", "what"),
    [
        ("BRAC", r"'BRAC' is not a cancer type of CGI. Did you mean BRCA \(Breast adenocarcinoma\)"),
        ("melanoma", "Did you mean ALM .*, CM .*UVM"),
        ("oncotree:CM", "is not a cancer type of CGI"),
        ("icd:C43", "unknown prefix icd:"),
        ("12345", "List all with: annotator cgi cancer-types"),
        ("", "'' is not a cancer type of CGI"),
    ],
)
def test_an_unknown_type_is_refused_with_suggestions(word: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        cancer_type(word)


def test_types_are_searched_by_name() -> None:
    assert [one.code for one in searched("glioblastoma")][:2] == ["GB", "GBM"]


# The upload


def upload(tmp_path: Path, **texts: str) -> Path:
    for name, text in texts.items():
        suffix = "" if name == "mutations" else f".{name}"
        (tmp_path / f"t{suffix}.tsv").write_text(text)
    return tmp_path / "t.tsv"


GOOD = "chr\tpos\tref\talt\tsample\n7\t10\tA\tC\tT\n"


def test_what_is_sent_is_what_was_written(tmp_path: Path) -> None:
    mutations(
        written(tmp_path, site(10, "A", "C", "1"), site(11, "A", "<DEL>", "1/1", info="GENE=PTEN"))
    ).write(tmp_path / "t.tsv")
    parcel = parcel_of(tmp_path / "t.tsv", cancer_type("CM"))
    assert parcel.facts == {"sample": "T", "cancer_type": "CM", "reference": "hg38"}
    assert parcel.files == {
        "mutations": (tmp_path / "t.tsv").read_bytes(),
        "cnas": (tmp_path / "t.cnas.tsv").read_bytes(),
    }


def test_files_of_ones_own_are_taken_instead(tmp_path: Path) -> None:
    source = upload(tmp_path, mutations=GOOD, cnas="gene\tcna\tsample\nX\tdel\tT\n")
    (tmp_path / "my.tsv").write_text("gene\tcna\nERBB2\tamp\n")
    (tmp_path / "fus.tsv").write_text("fus\nALK__EML4\n")
    parcel = parcel_of(
        source,
        cancer_type("CM"),
        reference="hg19",
        cnas=tmp_path / "my.tsv",
        translocations=tmp_path / "fus.tsv",
    )
    assert parcel.files["cnas"] == b"gene\tcna\nERBB2\tamp\n"
    assert parcel.files["translocations"] == b"fus\nALK__EML4\n"
    assert parcel.facts["reference"] == "hg19"


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        ({"mutations": "CHROM\tPOS\tREF\tALT\tsample\n"}, "line 1: the header is .*must be chr pos ref alt sample"),
        ({"mutations": GOOD + "MT\t1\tA\tC\tT\n"}, "line 3: chr is 'MT'"),
        ({"mutations": GOOD + "7\t0\tA\tC\tT\n"}, "line 3: pos is '0'"),
        ({"mutations": GOOD + "7\t1\tA\t<DEL>\tT\n"}, "line 3: A><DEL> is not a change of bases"),
        ({"mutations": GOOD + "7\t1\tA\ta\tT\n"}, "line 3: A>a is not a change of bases"),
        ({"mutations": GOOD + "7\t1\tA\tC\n"}, "line 3: the line has 4 columns, but the header has 5"),
        ({"mutations": GOOD + "7\t1\tA\tC\tU\n"}, "the file has 2 samples, but one job takes one: T, U"),
        ({"mutations": GOOD, "cnas": "gene\tcna\tsample\nX\tdel\tU\n"}, "2 samples"),
        ({"mutations": GOOD, "cnas": "Gene\tcna\n"}, "line 1: the header is"),
        ({"mutations": GOOD, "cnas": "gene\tcna\nX\tAmp\n"}, "line 2: cna is 'Amp'"),
        ({"mutations": GOOD, "cnas": "gene\tcna\nX Y\tamp\n"}, "line 2: gene is 'X Y'"),
        ({"mutations": GOOD, "translocations": "fus\nALK-EML4\n"}, "line 2: fus is 'ALK-EML4'"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_found_before_it_is_sent(tmp_path: Path, texts: dict[str, str], what: str) -> None:
    with pytest.raises(InputError, match=what):
        parcel_of(upload(tmp_path, **texts), cancer_type("CM"), reference="hg38")


def test_nothing_is_no_job(tmp_path: Path) -> None:
    empty = upload(tmp_path, mutations="chr\tpos\tref\talt\tsample\n")
    with pytest.raises(UsageError, match="the file has no mutation to send"):
        parcel_of(empty, cancer_type("CM"), reference="hg38")
    with pytest.raises(UsageError, match="the assembly of the positions is unknown"):
        parcel_of(upload(tmp_path, mutations=GOOD), cancer_type("CM"))
    (tmp_path / "t.tsv").write_bytes(bgzip(GOOD.encode()))
    with pytest.raises(InputError, match="not UTF-8 text"):
        parcel_of(tmp_path / "t.tsv", cancer_type("CM"), reference="hg38")
    with pytest.raises(InputError, match="cannot be read"):
        parcel_of(tmp_path / "none.tsv", cancer_type("CM"), reference="hg38")


STRELKA = "DP:FDP:SDP:SUBDP:AU:CU:GU:TU"


def test_calls_without_genotypes_are_understood_by_their_reads(tmp_path: Path) -> None:
    lines = [
        f"7\t10\t.\tA\tT\t.\tPASS\tSOMATIC;NT=ref;SGT=AA->AT\t{STRELKA}"
        "\t30:0:0:0:30,30:0,0:0,0:0,0\t40:0:0:0:30,30:0,0:0,0:10,11",
        f"7\t20\t.\tA\tG\t.\tPASS\tSOMATIC;NT=ref\t{STRELKA}"
        "\t30:0:0:0:30,30:0,0:0,0:0,0\t40:0:0:0:40,40:0,0:0,0:0,0",
        "7\t30\t.\tA\tATT\t.\tPASS\tSOMATIC;NT=ref\tDP:TAR:TIR\t30:30,30:0,0\t40:20,20:18,18",
        "7\t40\t.\tA\tC\t.\tPASS\tSOMATIC\tDP\t30\t40",
    ]
    found = extract_mutations(str(written(tmp_path, *lines)), sample="T")
    assert found.mutations.rows["mutations"] == [("7", "10", "A", "T"), ("7", "30", "A", "ATT")]
    assert [(one.record, reason) for one, reason in found.mutations.left_out] == [(4, "no_genotype")]
    assert [one for one in found.warnings if "1 ALT of sample T has neither a genotype" in one]


def test_an_empty_file_for_want_of_genotypes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a genotype") as caught:
        mutations(written(tmp_path, "7\t40\t.\tA\tC\t.\tPASS\tSOMATIC\tDP\t30\t40"))
    assert "--all-alts" in str(caught.value)


def extracted(path: Path, sample: str) -> Mutations | None:
    """What is sent of a real file, of whichever assembly it can be; None if it is malformed."""
    for assembly in (None, Assembly.GRCH37, Assembly.GRCH38):
        with contextlib.suppress(InputError):
            return extract_mutations(str(path), sample=sample, assembly=assembly).mutations
    return None


def carried_by_htslib(path: Path) -> set[tuple[int, int]]:
    """Record and number of each ALT that cyvcf2 says the last sample carries."""
    return {
        (index, number)
        for index, record in enumerate(VCF(str(path)), 1)
        if record.FORMAT and "GT" in record.FORMAT
        for number in range(1, len(record.ALT) + 1)
        if number in record.genotypes[-1][:-1]
    }


def records_with_genotypes(path: Path) -> set[int]:
    """Numbers of the records whose FORMAT has GT; of the others the reads tell what is carried."""
    return {index for index, record in enumerate(VCF(str(path)), 1) if "GT" in (record.FORMAT or ())}


def test_in_real_files_every_allele_that_is_carried_is_accounted_for(shared_data: Path) -> None:
    files = rows = 0
    for path in sorted((shared_data / "vcf" / "real").rglob("*.vcf")):
        try:
            samples = VCF(str(path)).samples
            expected = carried_by_htslib(path)
        except Exception:  # noqa: BLE001, S112  # cyvcf2 raises nothing narrower of what htslib does not read
            continue
        found = extracted(path, samples[-1]) if samples else None
        if found is None:
            continue
        origins = [one for pairs in found.origins.values() for _, one in pairs]
        left_out = [one for one, reason in found.left_out if reason != "no_genotype"]
        with_genotype = records_with_genotypes(path)
        summary_lines = {
            (one.record, one.allele) for one in (*origins, *left_out) if one.record in with_genotype
        }
        assert summary_lines == expected, path
        for row, origin in found.origins["mutations"]:
            name = found.assembly.contig(origin.contig)
            assert name is not None
            assert key_of(*found.mutation(row)) == key_of(name, origin.position, origin.ref, origin.alt)
        files, rows = files + 1, rows + len(found.rows["mutations"])
    assert files > 200
    assert rows > 5000
