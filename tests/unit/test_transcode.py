"""VCF to BCF to VCF: INFO stays as it is in every version of VCF, and htslib prints nothing of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pysam.bcftools
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.errors import InputError
from annotator.vcf.bcf import Dictionary, cut
from annotator.vcf.bcf_values import DeclaredTypes
from annotator.vcf.transcode import Decoder, Encoder, binary_header
from tests.support.inputs import run_annotator, write_snapshot

CONTIG = "##contig=<ID=7,length=159345973>"
INFO = '##INFO=<ID={},Number={},Type={},Description="x">'
FORMAT = '##FORMAT=<ID={},Number={},Type={},Description="x">'
META = (
    CONTIG,
    INFO.format("SVLEN", "A", "Integer"),
    INFO.format("SVCLAIM", "A", "String"),
    INFO.format("END", "1", "Integer"),
    INFO.format("CIPOS", ".", "Integer"),
    INFO.format("MATEID", "A", "String"),
    INFO.format("IMPRECISE", "0", "Flag"),
    INFO.format("DP", "1", "Integer"),
    INFO.format("AF", "A", "Float"),
    INFO.format("RN", "A", "Integer"),
    INFO.format("RUC", ".", "Float"),
    INFO.format("NOTE", ".", "String"),
    FORMAT.format("GT", "1", "String"),
    FORMAT.format("LEN", "1", "Integer"),
    FORMAT.format("LAA", ".", "Integer"),
    FORMAT.format("LAD", "LR", "Integer"),
    FORMAT.format("PSL", "P", "String"),
)
RECORDS = (
    ("C", "<DEL>", "SVLEN=500"),
    ("C", "<DEL>", "SVLEN=500;SVCLAIM=DJ;IMPRECISE;CIPOS=-10,10"),
    ("C", "<DEL>", "END=700;SVLEN=500"),
    ("C", "<DEL>", "END=700"),
    ("CAT", "C", "END=202;DP=5"),
    ("CAT", "C", "DP=5"),
    ("C", "T", "END=200"),
    ("C", "T", "END=9000"),
    ("C", "T", "."),
    ("C", "<INS>", "SVLEN=300"),
    ("C", "<DUP>", "SVLEN=1000000"),
    ("C", "<CNV:TR>", "SVLEN=100;RN=2;RUC=3.5,."),
    ("C", "<DEL>,<DUP>", "SVLEN=40,80"),
    ("C", "<*>", "END=900"),
    ("C", "<*>", "DP=1"),
    ("C", "C[7:5000[", "MATEID=b"),
    ("C", "]7:5000]C", "MATEID=b;END=5000"),
    ("C", "C.", "."),
    ("C", ".TTC", "NOTE=a,b"),
    ("C", "*", "DP=."),
    ("C", ".", "AF=.;DP=3"),
)


def text_of(records: Sequence[tuple[str, str, str]], version: str, samples: bool = False) -> str:
    lines = [f"##fileformat=VCFv{version}", *META]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO" + "\tFORMAT\ta\tb" * samples)
    genotypes = "\tGT:LEN\t0|1:500\t/0|1:20" if version >= "4.4" else "\tGT:LEN\t0|1:500\t./.:20"
    lines += [f"7\t200\t.\t{ref}\t{alt}\t.\t.\t{info}{genotypes * samples}" for ref, alt, info in records]
    return "".join(f"{line}\n" for line in lines)


def codec(text: str) -> tuple[Encoder, Decoder, bytes]:
    header, newline, records = text.partition("\tINFO")
    head, _, lines = records.partition("\n")
    binary = binary_header(f"{header}{newline}{head}\n".encode(), path="in.vcf")
    return Encoder(binary, path="in.vcf"), Decoder(binary, path="in.vcf"), lines.encode()


def there_and_back(text: str) -> str:
    encoder, decoder, lines = codec(text)
    records, rest, _ = cut(encoder.records(lines).data)
    assert rest == b""
    return decoder.lines(records).decode()


@pytest.mark.parametrize("samples", [False, True])
@pytest.mark.parametrize("version", ["4.2", "4.3", "4.4", "4.5"])
def test_records_come_back_as_they_were(
    version: str, samples: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    text = text_of(RECORDS, version, samples)
    assert there_and_back(text).splitlines() == text.splitlines()[len(META) + 2 :]
    assert capfd.readouterr() == ("", "")


INTEGERS = st.lists(st.none() | st.integers(-2_147_483_640, 2_147_483_647), min_size=1, max_size=5)
FLOATS = st.lists(
    st.none() | st.integers(-99_999, 99_999).map(lambda number: number / 100), min_size=1, max_size=3
)
WORDS = st.text("ACGT%3B:|&_-.", min_size=1, max_size=20).filter(lambda word: word.strip(".") != "")


def listed(values: Sequence[float | None]) -> str:
    return ",".join(
        "." if value is None else f"{value:g}" if isinstance(value, float) else str(value) for value in values
    )


@st.composite
def infos(draw: st.DrawFn) -> str:
    items = [
        f"SVLEN={listed(draw(INTEGERS))}",
        f"END={draw(st.integers(200, 1_000_000))}",
        f"AF={listed(draw(FLOATS))}",
        f"NOTE={','.join(draw(st.lists(WORDS, min_size=1, max_size=3)))}",
        "IMPRECISE",
        f"DP={draw(st.integers(0, 100_000))}",
    ]
    return ";".join(draw(st.lists(st.sampled_from(items), unique=True, min_size=1))) or "."


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)
@given(
    st.lists(
        st.tuples(st.sampled_from(["C", "CAT"]), st.sampled_from(["<DEL>", "T", "C[7:9[", "<*>"]), infos()),
        max_size=8,
    ),
    st.sampled_from(["4.2", "4.3", "4.4", "4.5"]),
)
def test_any_info_comes_back_as_it_was(records: list[tuple[str, str, str]], version: str) -> None:
    text = text_of(records, version)
    assert there_and_back(text).splitlines() == text.splitlines()[len(META) + 2 :]


@pytest.mark.parametrize(
    "info",
    [
        "DP=1.5", "DP=x", "DP=9999999999", "DP=-2147483648", "DP=1e3", "AF=x", "AF=1.5.2", "AF=1e-400", "AF=1e-50",
        "AF=1e39", "AF=0x10", "DP=1,x", "DP=3;AF=x;END=y", "AF=0.5,1e-60", "AF=6.7558E-43",
        f"AF=0.{'0' * 60}1", f"AF=.{'0' * 44}7", f"AF=0.5,-0.{'0' * 38}12", f"AF=0.{'0' * 20}1e-29",
        "AF=0000.0000000001e-29",
    ],
)  # fmt: skip
def test_values_that_do_not_fit_their_type_are_kept_as_text(info: str) -> None:
    text = text_of([("C", "T", "DP=5"), ("C", "T", info), ("C", "T", "AF=0.5")], "4.2")
    came = there_and_back(text).splitlines()
    assert [line.split("\t")[7] for line in came] == ["DP=5", info, "AF=0.5"]


@pytest.mark.parametrize(
    "info",
    [
        "DP=.",
        "DP=2147483647",
        "DP=-2147483640",
        "AF=nan,inf,-inf,.",
        "AF=1e-05",
        "AF=2.5e-38",
        "AF=1.5e+30",
        "AF=0",
        "DP",
        "AF",
    ],
)
def test_values_that_fit_keep_their_type(info: str) -> None:
    encoder, decoder, lines = codec(text_of([("C", "T", info)], "4.2"))
    types = DeclaredTypes("\n".join(META).encode())
    assert types.misfits(lines) == {}
    records, _, _ = cut(encoder.records(lines).data)
    assert decoder.lines(records) == lines


@given(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["0.", ".", "-0.", "+00.", "0", "12.", "000000001.", "123456789."]),
        st.integers(0, 70).map("0".__mul__),
        st.sampled_from(["1", "99", "123456789012", "0", "4.5"]),
        st.sampled_from(["", "", "e-29", "E-9", "e+29", "e-38", "e29"]),
    ).filter(lambda text: text.count(".") < 2)
)
def test_the_quick_check_of_numbers_lets_nothing_pass_that_loses_its_digits(text: str) -> None:
    types = DeclaredTypes("\n".join(META).encode())
    value = float(text)
    is_kept = abs(value) <= 3.4028234e38 and (
        abs(value) >= 2.0**-126 or not text.lower().partition("e")[0].strip("+-0.")
    )
    assert (types.misfits(f"7\t1\t.\tC\tT\t.\t.\tAF={text}".encode()) == {}) == is_kept


def test_a_key_that_no_record_declares_and_only_a_late_one_uses_is_named_with_the_command(
    tmp_path: Path,
) -> None:
    rows = [("C", "T", "DP=1")] * 150 + [("C", "T", "LATE=1")]
    source, output = tmp_path / "in.vcf", tmp_path / "out.bcf"
    source.write_text(text_of(rows, "4.2"))
    ran = run_annotator(
        "annotate", source, "-o", output, "--snapshot", write_snapshot(tmp_path / "s"), "--assembly", "GRCh38"
    )
    assert ran.status == 1
    assert f"line {len(source.read_text().splitlines())}" in ran.err
    assert "uses INFO LATE, which the header does not declare, as BCF requires" in ran.err
    assert "bcftools annotate -h" in ran.err
    assert not output.exists()


@pytest.mark.parametrize(
    ("quality", "shown"), [("Infinity", "inf"), ("-INF", "-inf"), ("NaN", "nan"), ("1e3", "1000")]
)
def test_every_spelling_of_a_quality_is_kept(quality: str, shown: str) -> None:
    text = text_of([("C", "T", ".")], "4.3").replace("\tT\t.\t", f"\tT\t{quality}\t")
    assert there_and_back(text).split("\t")[5] == shown


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("7\t200\t.\tC\tT\tabc\t.\t.", "QUAL abc is not a number"),
        ("7\t200\t.\tC\tT\t1e400\t.\t.", "QUAL 1e400 is not a number"),
        ("7\t200\t.\tC\tT\t.\t.\t.\tGT:LEN\t0/1:9999999999\t0/1:3", "FORMAT LEN=9999999999"),
        ("7\t200\t.\tC\tT\t.\t.\t.\tGT:LEN\t0/1:5\t0/1:-2147483648", "FORMAT LEN=-2147483648"),
        ("7\t200\t.\tC\tT\t.\t.\t.\tGT:LEN\t0/1:x\t0/1:3", "Invalid character 'x' in 'LEN' FORMAT field"),
        ("7\t200\t.\tC\tT\t.\t.\t.\tGT\t0/x\t0/1", "GT data"),
        ("7\t5000000000\t.\tC\tT\t.\t.\t.", "64-bit values"),
    ],
)
def test_a_value_that_bcf_cannot_store_is_an_error_with_its_reason(
    line: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    samples = line.count("\t") > 7
    text = (
        text_of([("C", "T", ".")] * 9, "4.2", samples)
        + f"{line}\n"
        + f"{text_of([('C', 'T', '.')], '4.2', samples)}".splitlines()[-1]
    )
    encoder, _, lines = codec(text)
    with pytest.raises(InputError) as raised:
        encoder.records(lines)
    assert says in str(raised.value)
    assert raised.value.line == 10
    assert capfd.readouterr() == ("", "")


def undeclared(version: str) -> str:
    return "".join(
        f"{line}\n"
        for line in (
            f"##fileformat=VCFv{version}",
            "##reference=GRCh38",
            "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts",
            "7\t200\t.\tC\t<DEL>\t.\tq10\tEND=700;SVLEN=500;IMPRECISE;MINE=0.123456789\tGT:AD\t0/1:3,4",
            "8\t200\t.\tCAT\tC\t.\tq10;s50\tEND=202\tGT:AD\t0/1:.",
        )
    )


@pytest.mark.parametrize("version", ["4.2", "4.4", "4.5"])
def test_undeclared_keys_are_declared_as_strings(version: str, tmp_path: Path) -> None:
    source, text = tmp_path / "in.vcf", undeclared(version)
    source.write_text(text)
    snapshot = write_snapshot(tmp_path / "snapshot")
    ran = run_annotator(
        "annotate", source, "-o", tmp_path / "out.bcf", "-W", "--snapshot", snapshot, "--fields", "CLNSIG"
    )
    assert ran.status == 0, ran.err
    assert (
        "the header does not declare contig 7, FILTER q10, INFO END, INFO SVLEN, INFO IMPRECISE, …" in ran.err
    )
    assert "[" not in ran.err
    shown = list(bcftools_lines(tmp_path / "out.bcf"))
    assert [line for line in shown if line[:1] != "#"] == text.splitlines()[3:]
    assert '##INFO=<ID=END,Number=1,Type=Integer,Description="Not declared in the input">' in shown
    assert '##INFO=<ID=IMPRECISE,Number=0,Type=Flag,Description="Not declared in the input">' in shown
    assert [
        line for line in bcftools_lines(tmp_path / "out.bcf", "-r", "7:650") if line[:1] != "#"
    ] == text.splitlines()[3:4]


def test_a_contig_that_comes_late_in_a_file_is_declared_too(tmp_path: Path) -> None:
    lines = [f"7\t{number + 1}\t.\tC\tT\t.\t.\t." for number in range(3_000)] + [
        "X\t5\t.\tC\tT\t.\tlate\tMINE=1"
    ]
    source = tmp_path / "in.vcf"
    source.write_text(
        "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + "\n".join(lines) + "\n"
    )
    snapshot = write_snapshot(tmp_path / "snapshot")
    arguments = (
        "annotate",
        source,
        "-o",
        tmp_path / "out.bcf",
        "--snapshot",
        snapshot,
        "--assembly",
        "GRCh38",
    )
    ran = run_annotator(*arguments, "--fields", "CLNSIG")
    assert ran.status == 0, ran.err
    assert [line for line in bcftools_lines(tmp_path / "out.bcf") if line[:1] != "#"] == lines


def bcftools_lines(path: Path, *options: str) -> Iterator[str]:
    target = path.with_suffix(".shown.vcf")
    pysam.bcftools.view("--no-version", *options, "-o", str(target), str(path), catch_stdout=False)
    yield from target.read_text().splitlines()


VALID = (
    "conformance/hts-specs/4.5/passed/zero_length_LAA.vcf",
    "conformance/hts-specs/examples/vcf/sv44.vcf",
    "expected/samtools+bcftools/test/norm.breakend.1.vcf",
    "real/samtools+htslib/test/vcf44_1.vcf",
)


@pytest.mark.parametrize("name", VALID)
def test_published_files_of_4_4_and_4_5_keep_their_info(name: str, shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "vcf" / name
    snapshot = write_snapshot(tmp_path / "snapshot")
    more = ("--snapshot", snapshot, "--assembly", "GRCh38", "--fields", "CLNSIG", "--status", "none")
    rows = [line.split("\t") for line in source.read_text().splitlines() if not line.startswith("#")]
    foreign = tmp_path / "in.vcf"  # with one more record, because its contigs need not be human ones
    lines = source.read_text().splitlines()
    columns = next(line for line in lines if line.startswith("#CHROM")).split("\t")
    known = [
        "7",
        "100",
        ".",
        "C",
        "T",
        ".",
        ".",
        ".",
        *(["GT"] + ["."] * (len(columns) - 9) if len(columns) > 9 else []),
    ]
    foreign.write_text("\n".join([*lines, "\t".join(known)]) + "\n")
    there = run_annotator("annotate", foreign, "-o", tmp_path / "out.bcf", *more)
    back = run_annotator("annotate", tmp_path / "out.bcf", "-o", tmp_path / "back.vcf", *more)
    for ran in (there, back):
        assert (ran.status, re.findall(r"\[[EW]::.*", ran.err)) == (0, []), ran.err
    came = [line.split("\t") for line in (tmp_path / "back.vcf").read_text().splitlines() if line[:1] != "#"]
    shown = [line.split("\t") for line in bcftools_lines(tmp_path / "out.bcf") if line[:1] != "#"]
    assert [row[:8] for row in came] == [row[:8] for row in shown] == [*(row[:8] for row in rows), known[:8]]


def test_a_dictionary_names_undeclared_ids() -> None:
    head = binary_header(text_of([], "4.2").encode(), path="in.vcf")
    assert Dictionary(head).undeclared("7\t1\t.\tC\tT\t.\tq10\tDP=3") == "FILTER q10"


@pytest.mark.parametrize(
    "line", ["##contig=<ID=8,IDX=156040895,IDX=2>", "##INFO=<ID=A,Number=1,Type=Float,IDX= 9999999>"]
)
def test_a_header_with_huge_numbers_is_refused_before_memory_is_reserved_for_them(line: str) -> None:
    header = text_of([], "4.2").replace(CONTIG, f"{CONTIG}\n{line}")
    with pytest.raises(
        InputError, match=r"in\.vcf: the header numbers a line IDX=[0-9]{7,9}, and the largest number"
    ):
        binary_header(header.encode(), path="in.vcf")


def test_a_description_may_contain_what_looks_like_a_huge_number() -> None:
    said = '##INFO=<ID=A,Number=1,Type=Float,Description="of \\",IDX=156040895">'
    header = text_of([], "4.2").replace(CONTIG, f"{CONTIG}\n{said}")
    assert b"IDX=156040895" in binary_header(header.encode(), path="in.vcf")


@pytest.mark.parametrize(
    "keys", [["A" * 3000], ["A" * size for size in range(1, 700)]], ids=["long", "each begins the next"]
)
def test_keys_may_have_any_length(keys: list[str]) -> None:
    declared = "\n".join(INFO.format(key, "1", "Integer") for key in keys)
    text = text_of([("C", "T", f"{key}={value}") for key in keys for value in ("1", "1.5")], "4.2")
    text = text.replace(CONTIG, f"{CONTIG}\n{declared}")
    _, _, lines = text.partition("\tINFO\n")
    assert there_and_back(text) == lines
