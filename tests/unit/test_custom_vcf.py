"""Any VCF or BED as a knowledge base: values per allele, in whatever way the alleles are written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pysam
import pytest

import annotator
from annotator.errors import KnowledgeBaseError, UsageError
from annotator.snapshot.build import build_snapshot
from annotator.snapshot.civic.options import CivicOptions
from annotator.snapshot.manifest import Manifest
from annotator.variants.assembly import Assembly
from tests.support.inputs import (
    MT_BASES,
    MT_LENGTH,
    data_lines,
    info_of,
    write_clinvar,
    write_fasta,
    write_snapshot,
    write_vcf,
)

META = (
    "##fileDate=20240701",
    '##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency of \\"the\\" allele">',
    '##INFO=<ID=AC,Number=A,Type=Integer,Description="Count">',
    '##INFO=<ID=AD,Number=R,Type=Integer,Description="Depths">',
    '##INFO=<ID=GC,Number=G,Type=Integer,Description="Genotypes">',
    '##INFO=<ID=AN,Number=1,Type=Integer,Description="Alleles">',
    '##INFO=<ID=CLASS,Number=.,Type=String,Description="Classes">',
    '##INFO=<ID=DB,Number=0,Type=Flag,Description="In a database">',
)
OF_ANOTHER_TOOL = '##INFO=<ID=kb_AF,Number=1,Type=Integer,Description="Something else">'
RECORDS = (
    "chr7\t100\trs1;rs2\tA\tT,C\t50.5\tPASS\tAF=0.1,1.50e-05;AC=10,1;AD=90,10,1;GC=1,2,3,4,5,6;AN=101;CLASS=a,b;DB",
    "chr7\t200\t.\tGCC\tG,GC\t.\tAC0;RF\tAF=.,0.25;AN=.;CLASS=one two",
    "chr7\t300\t.\tA\t<DEL>,G\t.\t.\tAF=0.5,0.75",
    "chr7\t400\t.\tA\tG\t.\t.\tAF=0.5,0.75;AC=4",
    "chrUn_1\t5\t.\tA\tG\t.\t.\tAF=0.5",
)
FIELDS = ("AF", "AC", "AD", "GC", "AN", "CLASS", "DB", "ID", "QUAL", "FILTER")


def built(
    folder: Path, records: Sequence[str] = RECORDS, fields: Sequence[str] = FIELDS, **more: object
) -> Path:
    source = write_vcf(folder / "kb.vcf", records, contigs=("7", "MT"), meta=META)
    build_snapshot(
        folder / "snapshot",
        Assembly.GRCH38,
        vcf={"kb": source},
        vcf_fields={"kb": fields},
        **more,  # type: ignore[arg-type]
    )
    return folder / "snapshot"


def annotated(folder: Path, snapshot: Path, records: Sequence[str]) -> list[dict[str, str]]:
    source = write_vcf(folder / "in.vcf", records, meta=[OF_ANOTHER_TOOL])
    target = folder / "out.vcf"
    annotator.annotate(source, target, snapshot=snapshot, on_clash="replace")
    return [info_of(line) for line in data_lines(target.read_bytes())]


def test_values_follow_their_alt(tmp_path: Path) -> None:
    records = ["7\t100\t.\tA\tC,G,T\t.\t.\t.", "7\t99\t.\tCA\tCT\t.\t.\tX=1", "7\t200\t.\tGC\tG\t.\t.\t."]
    multi, padded, deletion = annotated(tmp_path, built(tmp_path), records)
    assert multi == {
        "kb_AF": "1.50e-05,.,0.1",
        "kb_AC": "1,.,10",
        "kb_AD": "1,.,10",
        "kb_GC": "1|4|6,.,1|2|3",
        "kb_AN": "101,.,101",
        "kb_CLASS": "a|b,.,a|b",
        "kb_DB": "1,.,1",
        "kb_ID": "rs1|rs2,.,rs1|rs2",
        "kb_QUAL": "50.5,.,50.5",
        "kb_FILTER": "PASS,.,PASS",
    }
    assert (padded["X"], padded["kb_AF"], padded["kb_GC"]) == ("1", "0.1", "1|2|3")
    assert deletion == {"kb_AF": "0.25", "kb_CLASS": "one_two", "kb_FILTER": "AC0|RF"}


def test_a_deletion_of_two_bases_and_one_of_one_are_not_mixed_up(tmp_path: Path) -> None:
    found = annotated(tmp_path, built(tmp_path, fields=("AF", "AN", "CLASS")), ["7\t200\t.\tGCC\tG\t.\t.\t."])
    assert found == [{"kb_CLASS": "one_two"}]  # its frequency is missing


def test_what_is_omitted_is_counted_and_warned_about(tmp_path: Path) -> None:
    stored = Manifest.read(built(tmp_path)).sources["vcf:kb"]
    assert stored.release == "2024-07-01"
    assert stored.counts == {
        "AF: wrong number of values": 1,
        "alleles": 6,
        "alleles read": 6,
        "omitted: symbolic": 1,
        "omitted: unknown_contig": 1,
        "records": 5,
    }
    assert stored.warnings == ("kb: AF has the wrong number of values in 1 record and is missing there",)


def test_values_that_are_no_number_of_their_type_are_missing(tmp_path: Path) -> None:
    meta = (*META, '##INFO=<ID=F,Number=1,Type=Float,Description="Score">')
    values = ("1,2", "1e5", "99999999999", "x", "-2147483648", "-3", ".")
    scores = ("nan", "-INF", "0,1", "1e-400", "abc", ".5", "1.")
    records = [
        f"7\t{place}\t.\tA\tG\t.\t.\tAN={value};F={score}"
        for place, (value, score) in enumerate(zip(values, scores, strict=True), 1000)
    ]
    source = write_vcf(tmp_path / "kb.vcf", records, contigs=("7",), meta=meta)
    snapshot = tmp_path / "snapshot"
    build_snapshot(snapshot, Assembly.GRCH38, vcf={"kb": source}, vcf_fields={"kb": ["AN", "F"]})
    found = annotated(tmp_path, snapshot, [f"{record.rsplit(chr(9), 1)[0]}\t." for record in records])
    assert [info.get("kb_AN") for info in found] == [None, None, None, None, None, "-3", None]
    assert [info.get("kb_F") for info in found] == ["nan", "-INF", None, "1e-400", None, ".5", "1."]
    assert Manifest.read(snapshot).sources["vcf:kb"].warnings == (
        "kb: AN has a value that is not one number of the declared type in 5 records and is missing there",
        "kb: F has a value that is not one number of the declared type in 2 records and is missing there",
    )


def test_header_status_and_chosen_fields(tmp_path: Path) -> None:
    snapshot = built(tmp_path)
    source = write_vcf(tmp_path / "in.vcf", ["7\t100\t.\tA\tT\t.\t.\t.", "7\t100\t.\tA\tN\t.\t.\t."])
    target = tmp_path / "out.vcf"
    report = annotator.annotate(source, target, snapshot=snapshot, fields=["kb_AF", "ANNSTATUS"])
    text = target.read_text()
    assert (
        '##INFO=<ID=kb_AF,Number=A,Type=Float,Description="AF of kb.vcf: Frequency of \'the\' allele",Source="kb"'
        in text
    )
    assert (
        '##annotatorSource=<ID=kb,Source="kb-snapshot",Release="2024-07-01",Assembly="GRCh38",Sha256="'
        in text
    )
    assert [info_of(line) for line in data_lines(target.read_bytes())] == [
        {"kb_AF": "0.1"},
        {"ANNSTATUS": "kb:unsupported"},
    ]
    assert +report.summary.answers["kb"] == {"found": 1, "unsupported": 1}


def mitochondrial_repeat() -> int:
    """Give the 1-based position before a run of exactly four equal bases."""
    for start in range(1_000, MT_LENGTH):
        run = MT_BASES[start : start + 4]
        if len(set(run)) == 1 and MT_BASES[start - 1] != run[0] != MT_BASES[start + 4]:
            return start
    raise AssertionError


@pytest.mark.parametrize("has_reference", [True, False])
def test_a_shifted_indel_is_found_with_the_reference_at_build(tmp_path: Path, has_reference: bool) -> None:
    """The source deletes the last base of a run; the input the first, the same with another base, or any of all."""
    start = mitochondrial_repeat()
    base, anchor = MT_BASES[start], MT_BASES[start - 1]
    source = [f"chrM\t{start + 3}\t.\t{base}{base}\t{base}\t.\t.\tAF=0.5"]
    fasta = write_fasta(tmp_path / "mt.fa", {"MT": MT_BASES})
    options = {"civic_options": CivicOptions(reference=fasta)} if has_reference else {}
    snapshot = built(tmp_path, source, ["AF"], **options)
    leftmost = f"MT\t{start}\t.\t{anchor}{base}\t{anchor}\t.\t.\t."
    middle = f"MT\t{start + 1}\t.\t{base}{base}\t{base}\t.\t.\t."
    spelled_out = f"MT\t{start}\t.\t{anchor}{base * 4}\t{anchor}{base * 3}\t.\t.\t."
    found = annotated(tmp_path, snapshot, [leftmost, middle, spelled_out])
    if has_reference:
        assert found == [{"kb_AF": "0.5"}] * 3
    else:  # nothing shows the base between the two deletions: that is no absence
        assert found == [{"ANNSTATUS": "kb:unsupported"}, {"kb_AF": "0.5"}, {"kb_AF": "0.5"}]


def test_ref_that_contradicts_the_reference_is_omitted(tmp_path: Path) -> None:
    wrong = next(base for base in "ACGT" if base != MT_BASES[999])
    other = next(base for base in "ACGT" if base not in {wrong, MT_BASES[999]})
    fasta = write_fasta(tmp_path / "mt.fa", {"MT": MT_BASES})
    records = [
        f"MT\t1000\t.\t{wrong}\t{other}\t.\t.\tAF=0.5",
        f"MT\t1000\t.\t{MT_BASES[999]}\t{other}\t.\t.\tAF=0.1",
    ]
    snapshot = built(tmp_path, records, ["AF"], civic_options=CivicOptions(reference=fasta))
    assert Manifest.read(snapshot).sources["vcf:kb"].counts["omitted: contradicts_reference"] == 1


def test_bcf_gives_the_same_store(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("text", "binary")]
    records = [
        RECORDS[0].replace("rs1;rs2", "rs1").removeprefix("chr"),
        RECORDS[1].replace("one two", "one").removeprefix("chr"),
    ]
    for folder in folders:
        folder.mkdir()
        source = write_vcf(folder / "kb.vcf", records, contigs=("7",), meta=[*META, *FILTERS])
    with (
        pysam.VariantFile(str(source)) as text,
        pysam.VariantFile(str(folders[1] / "kb.bcf"), "wb", header=text.header) as binary,
    ):
        for record in text:
            binary.write(record)
    found = []
    for folder, name in zip(folders, ("kb.vcf", "kb.bcf"), strict=True):
        fields = [one for one in FIELDS if one != "AF"]  # htslib writes 1.5e-05 for 1.50e-05
        build_snapshot(
            folder / "snapshot", Assembly.GRCH38, vcf={"kb": folder / name}, vcf_fields={"kb": fields}
        )
        found.append(annotated(folder, folder / "snapshot", ["7\t100\t.\tA\tT,C\t.\t.\t."]))
    assert found[0] == found[1]
    assert found[0][0]["kb_GC"] == "1|2|3,1|4|6"


FILTERS = ('##FILTER=<ID=AC0,Description="None left">', '##FILTER=<ID=RF,Description="Random forest">')


def test_the_first_of_two_records_counts_and_a_difference_is_warned_about(tmp_path: Path) -> None:
    records = [
        "7\t100\t.\tA\tT\t.\t.\tAF=0.1",
        "7\t99\t.\tCA\tCT\t.\t.\tAF=0.2",
        "7\t100\t.\tA\tT\t.\t.\tAF=0.1",
    ]
    snapshot = built(tmp_path, records, ["AF"])
    assert annotated(tmp_path, snapshot, ["7\t100\t.\tA\tT\t.\t.\t."]) == [{"kb_AF": "0.1"}]
    assert Manifest.read(snapshot).sources["vcf:kb"].warnings == (
        "kb: 1 record repeats the allele of an earlier record with other values; "
        "the values of the first record are used",
    )


LINES = 30_000
"""Enough text for the prefilter, which small inputs do without."""


def test_many_lines_at_once_and_one_by_one_give_the_same(tmp_path: Path) -> None:
    """Known by one base, by both, and by none; with several ALTs, indels, and INFO that holds such a field."""
    kb = [
        f"7\t{1000 + 7 * n}\t.\tA\t{'T' if n % 3 else 'G,T'}\t.\t.\tAF={'0.5' if n % 3 else '0.25,.'};AC=1"
        for n in range(0, LINES, 2)
    ]
    kb += [f"7\t{1000 + 7 * n + 2}\t.\tCA\tC\t.\t.\tAF=0.125" for n in range(0, LINES, 11)]
    source = write_vcf(tmp_path / "kb.vcf", kb, meta=META)
    clinvar = tmp_path / "clinvar.vcf"
    write_clinvar(clinvar)
    lines = clinvar.read_text().splitlines()
    lines += [
        f"7\t{1000 + 7 * n}\t{50_000 + n}\tA\tT\t.\t.\tALLELEID={n + 1};CLNREVSTAT=no_assertion_provided;CLNSIG=Benign"
        for n in range(0, LINES, 5)
    ]
    clinvar.write_text("".join(f"{line}\n" for line in lines))
    build_snapshot(
        tmp_path / "snapshot",
        Assembly.GRCH38,
        clinvar=clinvar,
        vcf={"kb": source},
        vcf_fields={"kb": ["AF", "AC"]},
    )
    records = []
    for n in range(LINES):
        alt = "T" if n % 4 else "T,G"
        records.append(f"chr7\t{1000 + 7 * n}\t.\tA\t{alt}\t.\tPASS\t{'kb_AF=9' if n % 97 == 0 else 'DP=10'}")
        if n % 11 == 0:
            records.append(f"chr7\t{1000 + 7 * n + 2}\t.\tCAA\tCA\t.\tPASS\t.")
    whole = annotated(tmp_path, tmp_path / "snapshot", records)
    small = []
    for first in range(0, len(records), 9_000):  # less text than the prefilter takes
        small += annotated(tmp_path, tmp_path / "snapshot", records[first : first + 9_000])
    assert whole == small
    both = [one for one in whole if "CLNSIG" in one and "kb_AF" in one]
    only = [one for one in whole if "CLNSIG" not in one and "kb_AF" in one]
    assert len(both) > 1_000 and len(only) > 5_000


def regions(folder: Path, text: str) -> Path:
    path = folder / "panel.bed"
    path.write_text(text)
    build_snapshot(folder / "snapshot", Assembly.GRCH38, bed={"panel": path})
    return folder / "snapshot"


def test_regions_by_overlap(tmp_path: Path) -> None:
    """0-based, half-open: the first region is of the bases 101 to 200."""
    lines = ("track name=x", "# comment", "chr7\t100\t200\texon 1\t0\t+", "7\t150\t160\tinner,one")
    text = "".join(f"{line}\n" for line in (*lines, "chr7\t400\t410", "chrUn\t1\t2"))
    records = {
        "7\t100\t.\tA\tT": None,
        "7\t101\t.\tA\tT": "exon_1",
        "7\t155\t.\tA\tT": "exon_1|inner%2Cone",
        "7\t200\t.\tA\tT": "exon_1",
        "7\t201\t.\tA\tT": None,
        "7\t98\t.\tACGT\tA": "exon_1",  # deletes 99 to 101
        "7\t97\t.\tACGT\tA": None,  # deletes 98 to 100
        "7\t100\t.\tA\tAT": None,  # between 100 and 101
        "7\t101\t.\tA\tAT": "exon_1",
        "7\t200\t.\tA\tAT": None,
        "7\t405\t.\tA\tT": "1",
    }
    found = annotated(tmp_path, regions(tmp_path, text), [f"{one}\t.\t.\t." for one in records])
    assert [one.get("panel") for one in found] == list(records.values())


def test_a_damaged_bed_is_refused_and_a_byte_order_mark_is_none_of_its_text(tmp_path: Path) -> None:
    bed = tmp_path / "r.bed"
    bed.write_text("".join(f"chr7\t{place}\t{place + 1}\tn{place}\n" for place in range(1, 20_000)))
    pysam.tabix_compress(str(bed), str(tmp_path / "whole.bed.gz"))
    whole = (tmp_path / "whole.bed.gz").read_bytes()
    first_block = int.from_bytes(whole[16:18], "little") + 1
    assert first_block < len(whole) - 28
    damaged = {
        "between blocks": whole[:first_block],
        "in a block": whole[: first_block + 99],
        "in its bytes": whole[:40] + bytes(200) + whole[240:],
    }
    for what, data in damaged.items():
        bed.write_bytes(data)
        with pytest.raises(KnowledgeBaseError, match="cannot be read"):
            build_snapshot(tmp_path / what, Assembly.GRCH38, bed={"r": bed})
    bed.write_bytes(b"\xef\xbb\xbfchr7\t1\t2\tx\n")
    build_snapshot(tmp_path / "mark", Assembly.GRCH38, bed={"r": bed})
    assert Manifest.read(tmp_path / "mark").sources["bed:r"].counts == {"regions": 1, "regions read": 1}


def test_values_of_a_bedgraph_and_a_long_deletion(tmp_path: Path) -> None:
    text = "".join(f"chr7\t{start}\t{start + 100}\t{start / 1000}\n" for start in range(1000, 2000, 100))
    records = [
        "7\t1150\t.\tA\tT\t.\t.\t.",
        "7\t1150\t.\tA\t<DEL>\t.\t.\tSVTYPE=DEL;END=1250",
        f"7\t990\t.\tA{'C' * 30}\tA\t.\t.\t.",
    ]
    found = annotated(tmp_path, regions(tmp_path, text), records)
    assert [one["panel"] for one in found] == ["1.1", "1.1|1.2", "1.0"]


def test_regions_are_found_in_large_inputs_too(tmp_path: Path) -> None:
    snapshot = regions(tmp_path, "chr7\t50000\t50030\tone\n")
    records = [
        f"chr7\t{n}\t.\t{'ACGTACGT' if n % 2 else 'A'}\t{'A' if n % 2 else 'C'}\t.\tPASS\tDP=10"
        for n in range(30_000, 70_000)
    ]
    found = annotated(tmp_path, snapshot, records)
    hit = [30_000 + place for place, one in enumerate(found) if "panel" in one]
    assert hit == [*range(49_995, 50_000, 2), *range(50_001, 50_031)]


def test_an_update_of_clinvar_keeps_the_users_files(tmp_path: Path) -> None:
    before = built(tmp_path)
    clinvar = write_clinvar(tmp_path / "clinvar.vcf")
    after = tmp_path / "after"
    build_snapshot(after, Assembly.GRCH38, clinvar=clinvar, kept=before)
    assert list(Manifest.read(after).sources) == ["clinvar", "vcf:kb"]
    assert annotated(tmp_path, after, ["7\t100\t.\tA\tT\t.\t.\t."])[0]["kb_AF"] == "0.1"


def test_the_report_shows_the_values_beside_clinvar(tmp_path: Path) -> None:
    """An allele that only the user's file has is no finding of the report."""
    kb = ["7\t140753336\t.\tA\tT\t.\t.\tAF=0.001", "7\t100\t.\tA\tT\t.\t.\tAF=0.5"]
    source = write_vcf(tmp_path / "kb.vcf", kb, meta=META)
    folder = write_snapshot(tmp_path / "base")
    snapshot = tmp_path / "snapshot"
    build_snapshot(snapshot, Assembly.GRCH38, vcf={"kb": source}, vcf_fields={"kb": ["AF"]}, kept=folder)
    records = [f"{line.rsplit(chr(9), 1)[0]}\t." for line in kb]
    query, target = write_vcf(tmp_path / "in.vcf", records), tmp_path / "out.vcf"
    annotator.annotate(query, target, snapshot=snapshot)
    views = {name: tmp_path / f"report.{name}" for name in ("html", "tsv", "json")}
    annotator.write_report(target, **views)  # type: ignore[arg-type]
    (allele,) = json.loads(views["json"].read_text())["alleles"]
    assert allele["info"]["kb_AF"] == 0.001
    header, row = (line.split("\t") for line in views["tsv"].read_text().splitlines())
    assert row[header.index("kb_AF")] == "0.001"


REFUSED: Mapping[str, tuple[dict[str, object], str]] = {
    "undeclared": ({"vcf_fields": {"kb": ["NO"]}}, "declares no INFO field NO"),
    "no fields": ({"vcf_fields": {}}, "no fields are chosen for --vcf kb"),
    "fields of nothing": ({"vcf_fields": {"kb": ["AF"], "other": ["AF"]}}, "but no --vcf has it"),
    "name of ours": ({"vcf": {"clinvar": "kb.vcf"}, "vcf_fields": {"clinvar": ["AF"]}}, "belongs to another"),
    "odd name": ({"vcf": {"a-b": "kb.vcf"}, "vcf_fields": {"a-b": ["AF"]}}, "is not allowed"),
    "both kinds": ({"bed": {"kb": "kb.vcf"}}, "used for a VCF and a BED"),
    "same field of a BED": ({"bed": {"kb_AF": "kb.vcf"}}, "would both have the INFO field kb_AF"),
    "same field of a VCF": (
        {"vcf": {"k": "kb.vcf", "k_b": "kb.vcf"}, "vcf_fields": {"k": ["b_AF"], "k_b": ["AF"]}},
        "k and k_b would both have the INFO field k_b_AF",
    ),
    "field of the specification": (
        {"bed": {"END": "kb.bed"}},
        "VCF specification or an annotation program defines",
    ),
    "annotation": ({"bed": {"CSQ": "kb.bed"}}, "VCF specification or an annotation program defines"),
    "no file": ({"vcf": {"kb": "missing.vcf"}}, "missing.vcf"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_vcf(tmp_path / "kb.vcf", RECORDS, meta=META)
    options = {"vcf": {"kb": "kb.vcf"}, "vcf_fields": {"kb": ["AF"]}} | REFUSED[case][0]
    with pytest.raises((UsageError, KnowledgeBaseError, annotator.AnnotatorError)) as refused:
        build_snapshot(tmp_path / "snapshot", Assembly.GRCH38, **options)  # type: ignore[arg-type]
    assert REFUSED[case][1] in str(refused.value)
    assert not (tmp_path / "snapshot").exists()


def test_a_field_that_is_already_ours_is_refused(tmp_path: Path) -> None:
    meta = [*META, '##INFO=<ID=SAME_AA,Number=A,Type=String,Description="x">']
    source = write_vcf(tmp_path / "kb.vcf", RECORDS, meta=meta)
    with pytest.raises(UsageError, match="CLN_SAME_AA of CLN would have the name"):
        build_snapshot(tmp_path / "s", Assembly.GRCH38, vcf={"CLN": source}, vcf_fields={"CLN": ["SAME_AA"]})


def test_a_file_on_another_assembly_is_refused(tmp_path: Path) -> None:
    source = write_vcf(tmp_path / "kb.vcf", RECORDS, meta=META, assembly=Assembly.GRCH37)
    with pytest.raises(KnowledgeBaseError, match="GRCh37"):
        build_snapshot(tmp_path / "s", Assembly.GRCH38, vcf={"kb": source}, vcf_fields={"kb": ["AF"]})


def test_a_malformed_line_is_named(tmp_path: Path) -> None:
    source = write_vcf(tmp_path / "kb.vcf", [RECORDS[0], "chr7\tx\t.\tA\tT\t.\t.\t."], meta=META)
    with pytest.raises(KnowledgeBaseError) as refused:
        build_snapshot(tmp_path / "s", Assembly.GRCH38, vcf={"kb": source}, vcf_fields={"kb": ["AF"]})
    assert refused.value.line == len(source.read_text().splitlines())


@pytest.mark.parametrize(
    ("bed", "says"),
    [
        (["kb"], "the snapshot has a file of another kind with the name kb"),
        (["kb_AF"], "the files kb and kb_AF would both have the INFO field kb_AF"),
        (["own", "kb_QUAL"], "the files kb and kb_QUAL would both have the INFO field kb_QUAL"),
    ],
)
def test_a_new_file_has_no_name_or_field_of_one_that_is_kept(
    tmp_path: Path, bed: list[str], says: str
) -> None:
    kept = built(tmp_path)
    path = tmp_path / "r.bed"
    path.write_text("chr7\t1\t500\n")
    with pytest.raises(UsageError, match=re.escape(says)):
        build_snapshot(tmp_path / "new", Assembly.GRCH38, kept=kept, bed=dict.fromkeys(bed, path))
    assert not (tmp_path / "new").exists()


def test_a_file_replaces_the_one_of_the_same_name_and_kind(tmp_path: Path) -> None:
    kept = built(tmp_path)
    source = write_vcf(tmp_path / "kb.vcf", ["7\t100\t.\tA\tT\t.\t.\tAF=0.75"], meta=META)
    new = tmp_path / "new"
    build_snapshot(new, Assembly.GRCH38, kept=kept, vcf={"kb": source}, vcf_fields={"kb": ["AF"]})
    assert annotated(tmp_path, new, ["7\t100\t.\tA\tT\t.\t.\t."]) == [{"kb_AF": "0.75"}]


def test_a_vcf_of_another_assembly_is_refused_with_advice_that_can_be_followed(tmp_path: Path) -> None:
    source = write_vcf(tmp_path / "old.vcf", RECORDS, assembly=Assembly.GRCH37, meta=META)
    with pytest.raises(KnowledgeBaseError, match=r"is GRCh37, not GRCh38\. Use a file for GRCh38\.$"):
        build_snapshot(tmp_path / "s", Assembly.GRCH38, vcf={"kb": source}, vcf_fields={"kb": ["AF"]})


def test_symbolic_insertions_are_between_two_bases_whatever_their_length(tmp_path: Path) -> None:
    snapshot = regions(tmp_path, "chr7\t1000\t2000\tone\nchr7\t5000\t6000\ttwo\n")
    records = {
        "7\t1500\t.\tA\t<INS>\t.\t.\tSVLEN=300": "one",
        "7\t1500\t.\tA\t<INS>\t.\t.\tEND=1500": "one",
        "7\t1500\t.\tA\t<INS:ME:ALU>\t.\t.\t.": "one",
        "7\t1000\t.\tA\t<INS>\t.\t.\tSVLEN=300": None,
        "7\t1999\t.\tA\t<INS>\t.\t.\tSVLEN=300": "one",
        "7\t2000\t.\tA\t<INS>\t.\t.\tSVLEN=300": None,
        "7\t4900\t.\tA\t<INS>\t.\t.\tSVLEN=300": None,
        "7\t4900\t.\tA\t<DUP>\t.\t.\tSVLEN=300": "two",
        "7\t4900\t.\tA\t<DEL>\t.\t.\tEND=5000": None,
    }
    found = annotated(tmp_path, snapshot, list(records))
    assert [one.get("panel") for one in found] == list(records.values())
    assert not any("ANNSTATUS" in one for one in found)  # all are found or not found
    unknown = annotated(tmp_path, snapshot, ["7\t1500\t.\tA\t<DEL>\t.\t.\t."])
    assert unknown == [{"ANNSTATUS": "panel:unsupported"}]
