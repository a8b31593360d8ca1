"""Input for CGI: only alleles that the sample carries, every row accounted for, and the same by every command."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from cyvcf2 import VCF, Writer

from annotator.annotation.online_options import OnlineOptions
from annotator.annotation.options import AnnotateOptions, CgiOptions
from annotator.annotation.saved_options import config_of_text, text_of_config
from annotator.dispatch.cgi.extract import extract_mutations
from annotator.dispatch.cgi.mutations import Mutations, manifest_path
from annotator.errors import DispatchError, UsageError
from annotator.variants.assembly import Assembly
from tests.support.cgi_inputs import CONTIGS, META, mutations, site, written
from tests.support.inputs import bgzip, run_annotator, vcf_text, write_snapshot


def test_only_carried_alleles_are_sent_sorted_and_trimmed(tmp_path: Path) -> None:
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


def test_alleles_that_cgi_refuses_are_omitted_and_listed(tmp_path: Path) -> None:
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


# The manifest


def test_a_manifest_lists_all_rows(tmp_path: Path) -> None:
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


def test_a_missing_manifest_is_an_error(tmp_path: Path) -> None:
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


def test_an_online_run_stores_the_path_of_its_mutations_file(tmp_path: Path) -> None:
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
