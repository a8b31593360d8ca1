"""Fuzz targets, part 1: files that users name. Each target reads an input as the program does, and holds the result
to what the input says."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from annotator.annotation.options import AnnotateOptions
from annotator.annotation.run import annotate_file
from annotator.cli.sample_sheet import SampleSheet, problems_of
from annotator.diff.comparison import Comparison
from annotator.diff.files import compare_files
from annotator.diff.views import json_lines, table_lines
from annotator.dispatch.cgi.extract import extract_mutations
from annotator.dispatch.cgi.mutations import Mutations, manifest_path
from annotator.doctor.diagnosis import text_lines as diagnosis_lines
from annotator.doctor.examine import examine
from annotator.explain.explain import explain
from annotator.explain.views import text_lines
from annotator.report.build import build_report
from annotator.report.json_ import json_pieces
from annotator.report.table import table_of
from annotator.result import Match
from annotator.sources.status import Status
from annotator.variants.assembly import Assembly
from annotator.variants.bed import Bed
from annotator.vcf.bgzf import EOF_BLOCK, deflate
from annotator.vcf.detection import assembly_of
from annotator.vcf.files import open_input
from annotator.vcf.header import Header, OnClash
from annotator.vcf.provenance import releases_of, services_of, written_fields
from annotator.vcf.stream import TextStream
from tests.proof.fuzz.place import file, folder, parts, snapshot

__all__ = ["FILE_TARGETS", "Target", "check_conserved"]

Target = Callable[[bytes], None]

_CALLS = b"""##fileformat=VCFv4.2
##contig=<ID=7,length=159345973>
##INFO=<ID=%s,Number=.,Type=String,Description="%s">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
"""


def _options(source: Path, output: Path) -> AnnotateOptions:
    return AnnotateOptions(
        str(source),
        str(output),
        snapshot(),
        on_clash=OnClash.REPLACE,
        status=Status.ALL,
        civic_match=Match.GENE,
    )


def _annotated(name: str, data: bytes, suffix: str = ".vcf") -> bytes:
    """Annotate a file; return the output as text."""
    source, output = file(name, data), folder() / f"annotated{suffix}"
    output.unlink(missing_ok=True)
    annotate_file(_options(source, output))
    if suffix != ".bcf":
        return output.read_bytes()
    from annotator.vcf.binary import BinaryStream
    from annotator.vcf.transcode import Decoder, text_header

    with open_input(str(output)) as opened:
        stream = BinaryStream(opened)
        decoder = Decoder(stream.head, path="x")
        head = text_header(stream.head, path="x")
        return head + b"".join(decoder.lines(records) for records in stream.chunks())


def _records(text: bytes) -> list[list[bytes]]:
    lines = text.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return [line.split(b"\t") for line in lines if line.strip(b" \t\r") and not line.startswith(b"#")]


def _owned(text: bytes) -> frozenset[bytes]:
    """Return the names of the fields that the program wrote, as its header says."""
    meta = [line.decode("utf-8", "surrogateescape") for line in text.split(b"\n") if line.startswith(b"##")]
    return frozenset(name.strip().encode() for name in written_fields(meta))


def _others(info: bytes, owned: frozenset[bytes]) -> list[bytes]:
    """Return the items of INFO that are not ours; of items without a name, none."""
    items = info.split(b";")
    return [item for item in items if item not in {b"", b"."} and item.partition(b"=")[0] not in owned]


def check_conserved(before: bytes, after: bytes) -> None:
    old, new, owned = _records(before), _records(after), _owned(after)
    assert len(old) == len(new), f"{len(old)} records became {len(new)}"
    for was, now in zip(old, new, strict=True):
        if len(was) == 8:
            was[7], now[7] = was[7].removesuffix(b"\r"), now[7].removesuffix(b"\r")  # of the line's end
        assert was[:7] == now[:7], (was, now)
        assert was[8:] == now[8:], (was, now)
        assert _others(was[7], owned) == _others(now[7], owned), (was, now)


def _conserved(data: bytes) -> bytes:
    """Annotate a VCF: every record is there, and nothing but our fields is changed."""
    after = _annotated("in.vcf", data)
    check_conserved(data, after)
    return after


def text(data: bytes) -> None:
    """Annotate a VCF; the second time changes nothing."""
    after = _conserved(data)
    assert _annotated("again.vcf", after) == after


def annotations(data: bytes) -> None:
    """Annotate a record with CSQ, ANN or BCSQ: name, description, REF, ALT and value, a line each."""
    name, description, ref, alt, value = [*data.split(b"\n", 4), *[b""] * 5][:5]
    record = b"\t".join((b"7\t140753336\t.", ref, alt, b".\t.", name + b"=" + value.replace(b"\n", b"")))
    calls = _CALLS % (name, description) + record + b"\n"
    after = _conserved(calls)
    if name.strip() not in _owned(
        after
    ):  # an annotation that our field replaces is not there the second time
        assert _annotated("again.vcf", after) == after


def header(data: bytes) -> None:
    """Read a header, and everything that is concluded from it."""
    read = Header.parse(data, path="x.vcf")
    assert read.newline in {"\n", "\r\n"}
    assert all(isinstance(sample, str) for sample in read.samples)
    releases_of(read.meta)
    services_of(read.meta)
    list(read.references)
    read.info  # noqa: B018  # parsed when it is asked for
    again = read.to_bytes()
    assert Header.parse(again, path="x.vcf").to_bytes() == again
    assembly_of(read, stated=None, path="x.vcf")


def bgzf(data: bytes) -> None:
    """Read a compressed VCF: what is read is what Python's gzip reads."""
    with open_input(str(file("in.vcf.gz", data))) as source:
        stream = TextStream(source)
        read = stream.header.to_bytes() + b"".join(chunk.text("x") for chunk in stream.chunks())
    if data.startswith(b"\x1f\x8b"):
        assert _records(read) == _records(_gunzipped(data))


def _gunzipped(data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        pass  # the last blocks are empty: their checksums protect nothing, and htslib looks at their size only
    size = len(EOF_BLOCK)
    while data[-size:].startswith(EOF_BLOCK[:3]) and data.endswith(EOF_BLOCK[-4:]):
        data = data[:-size]
    try:
        return gzip.decompress(data + EOF_BLOCK)
    except (OSError, EOFError, zlib.error) as error:
        raise AssertionError(f"it was read, but it is damaged: {error}") from error


def _packed(data: bytes) -> bytes:
    """Return the content of a BCF: as given, or of sections, which get the lengths that they have."""
    if data.startswith(b"BCF"):
        return data
    head, *records = data.split(b"\n%%\n")
    packed = [b"BCF\2\2" + struct.pack("<I", len(head) + 1) + head + b"\0"]
    for record in records:
        shared, _, calls = record.partition(b"\n--\n")
        packed.append(struct.pack("<II", len(shared), len(calls)) + shared + calls)
    return b"".join(packed)


def bcf(data: bytes) -> None:
    """Annotate what a BCF holds, as BCF and as VCF: both have the same records."""
    data = _packed(data)
    compressed = deflate(data, 1) + EOF_BLOCK if len(data) < 60_000 else gzip.compress(data)
    as_text, as_binary = (_annotated("in.bcf", compressed, suffix) for suffix in (".vcf", ".bcf"))
    owned = _owned(as_text)
    assert len(_records(as_text)) == len(_records(as_binary))
    for was, now in zip(_records(as_text), _records(as_binary), strict=True):
        assert (was[:7], was[8:]) == (now[:7], now[8:])
        # A string of a BCF may hold a `;`, which ends it in a VCF: only what we wrote is the same in any case.
        ours, theirs = (
            {item for item in one[7].split(b";") if item.partition(b"=")[0] in owned} for one in (was, now)
        )
        assert ours == theirs, (was, now)


def conversion(data: bytes) -> None:
    """Turn a VCF into a BCF: it has the same records as the VCF that is written, as far as BCF can hold them."""
    as_text, as_binary = _records(_annotated("in.vcf", data)), _records(_annotated("in.vcf", data, ".bcf"))
    assert len(as_text) == len(as_binary)
    for was, now in zip(as_text, as_binary, strict=True):
        assert was[0] == now[0]
        assert int(was[1]) == int(now[1])
        assert was[2:5] == now[2:5], (was, now)


def report(data: bytes) -> None:
    """Report an annotated VCF, as the document that all other views come from, and as a table."""
    built = build_report([file("in.vcf", data)], disease="")
    "".join(json_pieces(built))
    table_of(built).rows()


def doctor(data: bytes) -> None:
    """Examine a VCF; what is wrong with it is a finding."""
    found = examine(str(file("in.vcf", data)), snapshot=snapshot())
    diagnosis_lines(found)
    found.to_json()


def diff(data: bytes) -> None:
    """Compare two annotated files."""

    def compared() -> Comparison:
        return compare_files(str(file("old.vcf", old)), str(file("new.vcf", new)))

    old, new = parts(data, 2)
    list(table_lines(compared()))
    list(json_lines(compared()))


def query(data: bytes) -> None:
    """Explain what a user asks about."""
    found = explain(data.decode("utf-8", "surrogateescape"), snapshot(), civic_match=Match.GENE)
    assert list(text_lines(found))
    found.to_json()


def cgi_mutations(data: bytes) -> None:
    """Extract what CGI is sent; what is written reads back equal."""
    sample = "TUMOUR" if b"\tTUMOUR" in data else None
    made = extract_mutations(
        str(file("in.vcf", data)), sample=sample, all_alts=b"\tFORMAT" not in data
    ).mutations
    path = folder() / "out.tsv"
    made.write(path)
    again = Mutations.read(manifest_path(path), hashlib.sha256(path.read_bytes()).hexdigest())
    assert again.rows["mutations"] == made.rows.get("mutations", [])
    assert {file: found for file, found in made.origins.items() if found} == again.origins
    assert (again.sample, again.left_out) == (made.sample, made.left_out)


def bed(data: bytes) -> None:
    """Read regions."""
    regions = Bed(file("x.bed", data), Assembly.GRCH38)
    for start in (1, 1000, 140753336):
        assert isinstance(regions.covers("7", start, start + 10), bool)


def sample_sheet(data: bytes) -> None:
    """Check a sample sheet."""
    sheet = SampleSheet(file("sheet.tsv", data), to_cgi=True, to_opal=True, cut_above=1e9, is_early=True)
    for problem in problems_of(sheet):
        assert str(problem)


def chain(data: bytes) -> None:
    """Read a chain file, and lift."""
    from annotator.variants.allele import AlleleKey
    from annotator.variants.chain_file import read_chain

    lift = read_chain(file("x.chain", data), Assembly.GRCH38)
    for start in (1, 100, 10_000, 140_453_136):
        for key in (
            AlleleKey("7", start, "A", "T"),
            AlleleKey("7", start, "", "T"),
            AlleleKey("7", start, "AC", ""),
        ):
            lift.allele(key)
        lift.span("7", start, start + 1000)
        lift.around("7", start, start + 1000)


FILE_TARGETS: dict[str, Target] = {
    one.__name__: one
    for one in (
        *(text, annotations, header, bgzf, bcf, conversion, report, doctor, diff, query, cgi_mutations),
        *(bed, sample_sheet, chain),
    )
}
