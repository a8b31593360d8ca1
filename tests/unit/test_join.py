"""Joining of a service's results into VCF and BCF: exact, repeatable, and beside the fields of annotate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import annotator
from annotator.annotation.allele_table import AlleleTable, Keys
from annotator.annotation.join import Joined, join_alleles
from annotator.annotation.options import AnnotateOptions
from annotator.errors import AssemblyError, ClashError, FastaError, UsageError
from annotator.info import InfoField, encode_text
from annotator.result import Release
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from annotator.vcf.header import OnClash
from tests.support.inputs import (
    BRAF_V600E,
    MT_BASES,
    data_lines,
    info_of,
    vcf_text,
    write_fasta,
    write_snapshot,
    write_vcf,
)

WORDS: InfoField[str] = InfoField(
    "LAB", "A", "String", "What the laboratory says", lambda hit: encode_text(hit.record)
)
V600E = AlleleKey("7", 140753336, "A", "T")
V600G = AlleleKey("7", 140753336, "A", "C")


def table(records: Mapping[AlleleKey, str], *, version: str = "1") -> AlleleTable[str]:
    release = Release("lab", "lab-api", version, "GRCh38", None)
    return AlleleTable(release, "The laboratory", [WORDS], records)


def joined(source: Path, output: Path, records: Mapping[AlleleKey, str], **options: object) -> Joined:
    return join_alleles(AnnotateOptions(str(source), str(output), None, **options), table(records))  # type: ignore[arg-type]


def infos(path: Path) -> list[dict[str, str]]:
    return [info_of(line) for line in data_lines(path.read_bytes())]


def test_each_alt_receives_its_results_and_nothing_else_changes(tmp_path: Path) -> None:
    records = [
        "7\t140753336\trs1\tA\tC,T,*,<DEL>\t9\tPASS\tDP=3",
        "7\t140753336\t.\tA\tG\t.\t.\tDP=4",
        "chr7\t140753336\t.\ta\tt\t.\t.\t.",
        "GL000192.1\t140753336\t.\tA\tT\t.\t.\t.",
    ]
    source = write_vcf(tmp_path / "in.vcf", records)
    result = joined(source, tmp_path / "out.vcf", {V600E: "seen, twice", V600G: "never"})
    assert [line.split("\t")[7] for line in data_lines((tmp_path / "out.vcf").read_bytes())] == [
        "DP=3;LAB=never,seen%2C_twice,.,.",
        "DP=4",
        "LAB=seen%2C_twice",
        ".",
    ]
    before, after = (data_lines(path.read_bytes()) for path in (source, tmp_path / "out.vcf"))
    for old, new in zip(before, after, strict=True):
        assert old.split("\t")[:7] == new.split("\t")[:7]
    assert result.missing == ()
    assert result.report.summary.records == 4
    assert result.report.summary.answers["lab"] == {"found": 3, "absent": 1, "unsupported": 3}


def test_alleles_that_no_record_has_are_given_back_in_order(tmp_path: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf", [BRAF_V600E])
    late, early = AlleleKey("7", 140753337, "A", "T"), AlleleKey("13", 5, "", "A")
    result = joined(source, tmp_path / "out.vcf", {V600E: "x", late: "y", early: "z"})
    assert result.missing == (early, late)


def test_the_header_lists_joined_services(tmp_path: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf")
    joined(source, tmp_path / "out.vcf", {V600E: "x"})
    new = set((tmp_path / "out.vcf").read_text().splitlines()) - set(source.read_text().splitlines())
    assert {line for line in new if line.startswith("##")} == {
        '##annotatorJoined=<ID=lab,Source="lab-api",Release="1",Assembly="GRCh38",'
        f'Version="{annotator.__version__}",Fields="LAB">',
        '##INFO=<ID=LAB,Number=A,Type=String,Description="What the laboratory says",'
        'Source="The laboratory",Version="1">',
    }


@pytest.mark.parametrize("suffix", ["vcf", "vcf.gz", "bcf"])
def test_joining_twice_is_joining_once(tmp_path: Path, suffix: str) -> None:
    source = write_vcf(tmp_path / "in.vcf", [BRAF_V600E, "7\t140753337\t.\tC\tG\t.\t.\t."])
    once, twice = tmp_path / f"once.{suffix}", tmp_path / f"twice.{suffix}"
    joined(source, once, {V600E: "x"})
    joined(once, twice, {V600E: "x"})
    assert once.read_bytes() == twice.read_bytes()


def test_a_new_join_removes_outdated_values(tmp_path: Path) -> None:
    source = write_vcf(
        tmp_path / "in.vcf", ["7\t140753336\t.\tA\tT\t.\t.\tDP=1", "7\t140753337\t.\tC\tG\t.\t.\t."]
    )
    first, second = tmp_path / "first.vcf", tmp_path / "second.vcf"
    joined(source, first, {V600E: "x"})
    joined(first, second, {AlleleKey("7", 140753337, "C", "G"): "y"})
    assert infos(second) == [{"DP": "1"}, {"LAB": "y"}]
    assert second.read_text().count("##annotatorJoined=") == 1
    assert second.read_text().count("##INFO=<ID=LAB,") == 1


def test_joins_and_annotations_leave_each_other_alone(tmp_path: Path) -> None:
    snapshot = write_snapshot(tmp_path / "snapshot")
    source = write_vcf(tmp_path / "in.vcf")
    one, two, three = (tmp_path / f"{name}.vcf" for name in ("one", "two", "three"))
    annotator.annotate(source, one, snapshot=snapshot, fields=["CLNVID"])
    joined(one, two, {V600E: "x"})
    assert infos(two) == [{"CLNVID": "13961", "LAB": "x"}]
    annotator.annotate(two, three, snapshot=snapshot, fields=["CLNSIG"])
    assert infos(three) == [{"LAB": "x", "CLNSIG": "Pathogenic"}]
    assert three.read_text().count("##annotatorJoined=") == 1
    assert "ID=CLNVID" not in three.read_text()
    joined(three, tmp_path / "four.vcf", {V600E: "y"})
    assert infos(tmp_path / "four.vcf") == [{"CLNSIG": "Pathogenic", "LAB": "y"}]
    assert "##annotatorFields=CLNSIG\n" in (tmp_path / "four.vcf").read_text()


FOREIGN = '##INFO=<ID=LAB,Number=1,Type=String,Description="Somebody else\'s">'


def test_a_field_of_another_tool_is_not_taken(tmp_path: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf", ["7\t140753336\t.\tA\tT\t.\t.\tLAB=theirs"], meta=[FOREIGN])
    with pytest.raises(ClashError, match="LAB"):
        joined(source, tmp_path / "out.vcf", {V600E: "x"})
    assert not (tmp_path / "out.vcf").exists()
    joined(source, tmp_path / "kept.vcf", {V600E: "x"}, on_clash=OnClash.KEEP)
    assert infos(tmp_path / "kept.vcf") == [{"LAB": "theirs"}]
    joined(source, tmp_path / "replaced.vcf", {V600E: "x"}, on_clash=OnClash.REPLACE)
    assert infos(tmp_path / "replaced.vcf") == [{"LAB": "x"}]
    assert FOREIGN not in (tmp_path / "replaced.vcf").read_text()


def test_two_services_keep_their_own(tmp_path: Path) -> None:
    other: InfoField[str] = InfoField("SHOP", "A", "String", "What the shop says", lambda hit: hit.record)
    release = Release("shop", "shop-api", "2", "GRCh38", None)
    joined(write_vcf(tmp_path / "in.vcf"), tmp_path / "lab.vcf", {V600E: "x"})
    config = AnnotateOptions(str(tmp_path / "lab.vcf"), str(tmp_path / "both.vcf"), None)
    join_alleles(config, AlleleTable(release, "The shop", [other], {V600E: "y"}))
    assert infos(tmp_path / "both.vcf") == [{"LAB": "x", "SHOP": "y"}]
    joined(tmp_path / "both.vcf", tmp_path / "again.vcf", {})
    assert infos(tmp_path / "again.vcf") == [{"SHOP": "y"}]


def test_bcf_and_text_come_to_the_same(tmp_path: Path) -> None:
    records = ["7\t140753336\t.\tA\tC,T\t.\t.\t.", "7\t140753340\t.\tC\tG\t.\t.\t."]
    source = write_vcf(tmp_path / "in.vcf", records)
    text, binary, back = tmp_path / "out.vcf", tmp_path / "out.bcf", tmp_path / "back.vcf"
    joined(source, text, {V600E: "x"})
    joined(source, binary, {V600E: "x"})
    joined(binary, back, {V600E: "x"})
    assert infos(text) == infos(back) == [{"LAB": ".,x"}, {}]


def test_an_indel_is_matched_at_any_position_of_its_repeat(tmp_path: Path) -> None:
    """Without a FASTA, what the record's own bases prove; with one, everything."""
    bases = "ACGT" * 3 + "CACACACA" + "GATTACA" + MT_BASES[27:]
    fasta = write_fasta(tmp_path / "mt.fa", {"MT": bases})
    # The same deletion of CA: at the left, as the service has it; and at the right, without its anchor.
    service = Keys(Assembly.GRCH38).key("MT", 12, "TCA", "T")
    aligned = Keys(Assembly.GRCH38, fasta).key("chrM", 18, "ACA", "A")
    assert service == aligned == AlleleKey("MT", 13, "CA", "")
    source = write_vcf(
        tmp_path / "in.vcf", ["MT\t13\t.\tCACACACA\tCACACA\t.\t.\t.", "MT\t18\t.\tACA\tA\t.\t.\t."]
    )
    joined(source, tmp_path / "plain.vcf", {aligned: "x"})
    assert infos(tmp_path / "plain.vcf") == [{"LAB": "x"}, {}]
    joined(source, tmp_path / "aligned.vcf", {aligned: "x"}, reference=fasta)
    assert infos(tmp_path / "aligned.vcf") == [{"LAB": "x"}, {"LAB": "x"}]


@pytest.mark.parametrize(
    ("allele", "reason"),
    [
        (("7", 5, "A", "<DEL>"), "symbolic"),
        (("7", 5, "A", "*"), "spanning_deletion"),
        (("7", 5, "A", "A"), "same_as_reference"),
        (("scaffold", 5, "A", "T"), "unknown_contig"),
    ],
)
def test_an_allele_without_a_key_has_a_reason(allele: tuple[str, int, str, str], reason: str) -> None:
    assert Keys(Assembly.GRCH38).key(*allele) == reason


def test_a_failed_join_writes_nothing(tmp_path: Path) -> None:
    other = write_vcf(tmp_path / "hg19.vcf", assembly=Assembly.GRCH37)
    with pytest.raises(AssemblyError, match="GRCh37"):
        joined(other, tmp_path / "out.vcf", {V600E: "x"})
    with pytest.raises(UsageError, match="the output would overwrite the input"):
        joined(other, other, {V600E: "x"})
    with pytest.raises(FastaError):
        joined(write_vcf(tmp_path / "in.vcf"), tmp_path / "out.vcf", {}, reference=tmp_path / "none.fa")
    assert not (tmp_path / "out.vcf").exists()


def test_a_large_input_is_joined_by_its_columns(tmp_path: Path) -> None:
    """From half a megabyte on, only lines at positions of the table are looked at."""
    step = 7
    records = [f"7\t{position}\t.\tA\tT\t.\t.\tDP={position}" for position in range(1000, 200_000, step)]
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(records))
    assert source.stat().st_size > 1 << 19
    known = {AlleleKey("7", position, "A", "T"): str(position) for position in range(1000, 200_000, 11)}
    import numpy

    assert numpy.__name__ == "numpy"
    result = joined(source, tmp_path / "out.vcf", known)
    written = {int(info["DP"]): info.get("LAB") for info in infos(tmp_path / "out.vcf")}
    expected = {p: str(p) if (p - 1000) % 11 == 0 else None for p in range(1000, 200_000, step)}
    assert written == expected
    assert len(result.missing) == len(known) - sum(value is not None for value in expected.values())
