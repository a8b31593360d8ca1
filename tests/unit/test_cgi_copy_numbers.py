"""Copy numbers and fusions in CGI's input."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.cgi_inputs import mutations, site, written
from tests.support.inputs import run_annotator, write_snapshot

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
def test_on_x_only_copy_numbers_abnormal_in_both_sexes_are_changes(
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


@pytest.mark.parametrize(
    ("alts", "tumour", "info", "row", "reasons"),
    [
        # From VCF 4.4 on, INFO/CN counts the copies of each ALT; FORMAT/CN is still the total.
        ("<CNV>", "0/1", "GENE=ERBB2;CN=5", ("ERBB2", "amp"), []),
        ("<CNV>", "0/1", "GENE=ERBB2;CN=1", None, ["copy_number_2"]),
        ("<CNV>", "1/1", "GENE=CDKN2A;CN=0", ("CDKN2A", "del"), []),
        ("<CNV>", "0/1", "GENE=CDKN2A;CN=0", None, ["copy_number_1"]),
        ("<CNV>,<CNV>", "1/2", "GENE=ERBB2;CN=1,5", ("ERBB2", "amp"), []),
        ("<CNV>,<CNV>", "1/2", "GENE=ERBB2;CN=1,2", None, ["copy_number_3", "copy_number_3"]),
        ("<CNV>", "0/1:9", "GENE=ERBB2;CN=1", ("ERBB2", "amp"), []),
    ],
)
def test_copies_of_alleles_are_not_those_of_the_sample(
    tmp_path: Path, alts: str, tumour: str, info: str, row: tuple[str, str] | None, reasons: list[str]
) -> None:
    source = written(tmp_path, site(10, "A", alts, tumour, info=info))
    source.write_text(re.sub("(?m)^##fileformat=.*$", "##fileformat=VCFv4.4", source.read_text()))
    found = mutations(source)
    assert found.rows["cnas"] == ([] if row is None else [row])
    assert [why for _, why in found.left_out] == reasons


def test_before_version_4_4_info_counts_the_copies_of_the_sample(tmp_path: Path) -> None:
    found = mutations(written(tmp_path, site(10, "A", "<CNV>", "0/1", info="GENE=ERBB2;CN=5")))
    assert [why for _, why in found.left_out] == ["copy_number_5"]
