"""Numbers of QUAL and FORMAT that BCF cannot hold: refused, or rounded and counted; judged by what htslib writes."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.errors import InputError
from annotator.vcf.bcf_values import DeclaredTypes
from annotator.vcf.transcode import Decoder, Encoded, Encoder, binary_header
from tests.support.inputs import run_annotator, write_snapshot

HEADER = """##fileformat=VCFv4.3
##contig=<ID=7,length=159345973>
##INFO=<ID=P,Number=.,Type=Float,Description="x">
##INFO=<ID=N,Number=.,Type=String,Description="x">
##FORMAT=<ID=GT,Number=1,Type=String,Description="x">
##FORMAT=<ID=GP,Number=.,Type=Float,Description="x">
##FORMAT=<ID=DP,Number=.,Type=Integer,Description="x">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb
"""
LARGEST = "3.4028235677973366e38"  # halfway between the largest 32-bit float and the next power of two
FITTING = [
    "0",
    "-0.0",
    "1e-37",
    "1.17549436e-38",
    "3.4028235E38",
    "-3.40282e+38",
    "0.123456789",
    "1e5",
    "nan",
    "-inf",
]
TOO_LARGE = ["1e39", "-1e39", LARGEST, "1e400", "9" * 40, "1" + "0" * 38 + "9.5"]
TOO_SMALL = ["1e-50", "-1e-400", "6.7558E-43", "1.1e-38", f"0.{'0' * 40}1", "0.000000001e-29", "1e-045"]


def line(quality: str = ".", format_: str = "GT", a: str = "0/1", b: str = "0/0", info: str = ".") -> str:
    return f"7\t200\t.\tC\tT\t{quality}\t.\t{info}\t{format_}\t{a}\t{b}\n"


def encoded(*lines: str) -> Encoded:
    return Encoder(binary_header(HEADER.encode(), path="in.vcf"), path="in.vcf").records(
        "".join(lines).encode()
    )


def shown(records: bytes) -> list[str]:
    return (
        Decoder(binary_header(HEADER.encode(), path="x"), path="x").lines(_cut(records)).decode().splitlines()
    )


def _cut(data: bytes):  # type: ignore[no-untyped-def]
    from annotator.vcf.bcf import cut

    return cut(data)[0]


@pytest.mark.parametrize("value", FITTING)
def test_numbers_that_fit_are_written_without_a_word(value: str) -> None:
    assert encoded(line(value), line(format_="GT:GP", a=f"0/1:0.5,{value}"))[1:] == (0, "")


@pytest.mark.parametrize("value", TOO_LARGE)
def test_numbers_that_would_become_infinite_are_refused(value: str) -> None:
    short = value if len(value) <= 40 else f"{value[:37]}…"
    with pytest.raises(InputError, match="cannot be stored in BCF") as raised:
        encoded(line(), line(value))
    assert (raised.value.line, f"QUAL {short} is not" in str(raised.value)) == (2, True)
    with pytest.raises(InputError, match="is not a number of 32 bits") as raised:
        encoded(line(), line(), line(format_="GT:GP:DP", a="0/1:0.5,0.5:3", b=f"0/0:0.5,{value}"))
    assert raised.value.line == 3
    assert "FORMAT GP=0.5," in str(raised.value)


@pytest.mark.parametrize("value", TOO_SMALL)
def test_numbers_that_become_0_or_lose_digits_are_counted(value: str) -> None:
    made = encoded(line("30"), line(value), line(value, "GP:GT", f"{value}:0/1", f"0.5,{value}:0/0"))
    assert made.rounded == 4
    assert made.first_rounded == f"QUAL {value if len(value) <= 40 else value[:37] + '…'} at 7:200"
    assert [row.split("\t")[0] for row in shown(made.data)] == ["7"] * 3


@pytest.mark.parametrize(
    ("format_", "a"),
    [
        ("GT:GP:DP", "0/1::5"),
        ("GT:GP:DP", "0/1:0.5,,0.1:5"),
        ("GT:GP:DP", "0/1:,0.1:5"),
        ("GT:GP", "0/1:"),
        ("GT:GP", "0/1:0.5,"),
        ("GP:GT", ":0/1"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", ""])
def test_an_empty_number_which_htslib_would_write_as_0_is_refused(format_: str, a: str, newline: str) -> None:
    text = line(format_=format_, a=a, b=a).rstrip("\n") + newline
    with pytest.raises(InputError, match=r"FORMAT GP=.* has an empty value, which would become 0"):
        encoded(text)


def test_small_numbers_elsewhere_are_not_counted() -> None:
    """Those of INFO are kept as text, and a FORMAT key that is not declared as a number is text."""
    header = HEADER.replace("ID=GP,Number=.,Type=Float", "ID=GP,Number=.,Type=String")
    text = line(info="P=1e-50,1e99", format_="GT:GP", a="0/1:1e-50,,")
    made = Encoder(binary_header(header.encode(), path="x"), path="x").records(text.encode())
    assert made.rounded == 0
    assert encoded(line(info="P=1e-50,1e99;N=a::b,,c", format_="GT:GP", a="0/1:0.5")).rounded == 0


def test_the_first_declaration_of_a_key_counts_as_in_htslib() -> None:
    again = '##FORMAT=<ID=GT,Number=1,Type=Float,Description="x">\n#CHROM'
    types = DeclaredTypes(HEADER.replace("#CHROM", again).encode())
    assert list(types.losses(line(format_="GT", a="1e-50").encode())) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "-", "+"]),
        st.sampled_from(["1", "9.99999", "0.0001", "340282.3", ".5", "123456789", "0"]),
        st.integers(0, 45).map("0".__mul__),
        st.sampled_from(
            ["", "e5", "E-5", "e-18", "e+19", "e-38", "E-045", "e30", "e38", "e-40", "e-50", "e033"]
        ),
    ),
    st.sampled_from(["QUAL", "GP"]),
)
def test_what_is_refused_or_counted_is_what_htslib_would_change(value: str, where: str) -> None:
    text = line(value) if where == "QUAL" else line(format_="GT:GP", a=f"0/1:{value}")
    encoder = Encoder(binary_header(HEADER.encode(), path="x"), path="x")
    record = encoder._encoded([text.rstrip("\n").encode()], 0, encoder._header)
    start = (
        20 if where == "QUAL" else len(record) - 8
    )  # of the first sample, whose value precedes the second's
    (written,) = struct.unpack_from("<f", record, start)
    exact = float(value)
    if abs(written) == float("inf"):
        with pytest.raises(InputError, match="is not a number of 32 bits"):
            encoder.records(text.encode())
        return
    is_close = abs(written - exact) <= abs(exact) * 2.0**-24
    assert encoder.records(text.encode()).rounded == (0 if is_close or abs(exact) >= 2.0**-126 else 1)
    assert is_close or abs(exact) < 2.0**-126


def test_a_line_of_many_small_numbers_takes_time_of_its_size() -> None:
    """Examining each with the whole line before it took minutes."""
    calls = "\t".join(["0|1:1e-30,0.5,1e-31"] * 50_000)
    text = f"7\t5\t.\tA\tT\t.\t.\tP={'1e-30,' * 50_000}1\tGT:GP\t{calls}\n".encode()
    began = time.process_time()
    assert list(DeclaredTypes(HEADER.encode()).losses(text)) == []
    assert time.process_time() - began < 10


def test_a_run_warns_once_and_counts_all(tmp_path: Path) -> None:
    source = tmp_path / "in.vcf"
    rows = [line("1e-50", "GT:GP", "0/1:1e-45,0.5") for _ in range(50_000)]
    source.write_text(HEADER.replace("GT\tGP", "GT") + "".join(rows))
    snapshot = write_snapshot(tmp_path / "snapshot")
    words = ("annotate", source, "-o", tmp_path / "out.bcf", "--snapshot", snapshot, "--fields", "CLNSIG")
    for workers in ("1", "2"):
        ran = run_annotator(*words, "-@", workers)
        assert ran.status == 0, ran.err
        warned = [row for row in ran.err.splitlines() if "32-bit" in row]
        assert len(warned) == 1
        assert "100,000 QUAL or FORMAT values are too small" in warned[0]
        assert "(first: QUAL 1e-50 at 7:200); write VCF with -O z to keep them" in warned[0]
    assert "32-bit" not in run_annotator("annotate", source, "-o", tmp_path / "out.vcf", *words[4:]).err
