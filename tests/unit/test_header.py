from __future__ import annotations

import gzip
import pickle
import tempfile
from pathlib import Path

import pysam
import pysam.bcftools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import ClashError, InputError
from annotator.variants.assembly import ContigDeclaration
from annotator.vcf.header import DeclaredField, Header, InfoDeclaration, OnClash
from annotator.vcf.meta_lines import structured_values

VERSION = "##fileformat=VCFv4.2"
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
FIELDS = [
    DeclaredField(
        id_,
        f'##INFO=<ID={id_},Number=A,Type=String,Description="ours",Source="ClinVar",Version="2026-02-26">',
    )
    for id_ in ("CLNSIG", "CLNVID")
]
PROVENANCE = [
    "##annotatorVersion=1.0",
    "##annotatorCommand=annotate x.vcf",
    '##annotatorSource=<ID=clinvar,Source="clinvar-snapshot",Release="2026-02-26">',
]
OUR_LINES = [*PROVENANCE, "##annotatorFields=CLNSIG,CLNVID", *(field.header_line for field in FIELDS)]
FOREIGN_CLNSIG = '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="Clinical significance">'


def text_of(*meta: str, columns: str = COLUMNS, newline: str = "\n") -> bytes:
    return "".join(line + newline for line in (*meta, columns)).encode("utf-8", "surrogateescape")


def header_of(*meta: str, columns: str = COLUMNS) -> Header:
    return Header.parse(text_of(*meta, columns=columns), path="x.vcf")


def error_of(text: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        Header.parse(text, path="x.vcf")
    assert caught.value.path == "x.vcf"
    return caught.value


def header_bytes(file: Path) -> bytes:
    """All of a file up to the first line that is not a `##` line, which is included."""
    data = file.read_bytes()
    lines = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).splitlines(keepends=True)
    end = next((n for n, line in enumerate(lines) if not line.startswith(b"##")), len(lines))
    return b"".join(lines[: end + 1])


def bcftools_reads(header: bytes) -> bool:
    try:
        viewed(header)
    except pysam.SamtoolsError:
        return False
    return True


def viewed(header: bytes) -> bytes:
    """A header as bcftools gives it back, through pysam, which brings its own."""
    with tempfile.NamedTemporaryFile(suffix=".vcf") as file, tempfile.NamedTemporaryFile() as output:
        Path(file.name).write_bytes(header)
        pysam.bcftools.view("-h", "-o", output.name, file.name, catch_stdout=False)
        return Path(output.name).read_bytes()


# --- keeping bytes


def test_real_headers_keep_every_byte_and_are_accepted_where_htslib_accepts_them(shared_data: Path) -> None:
    counts = {"accepted": 0, "refused": 0}
    for file in sorted((shared_data / "vcf" / "real").rglob("*.vcf*")):
        if file.suffix == ".tbi":
            continue
        text = header_bytes(file)
        try:
            header = Header.parse(text, path=file.name)
        except InputError as error:
            assert error.line is not None
            counts["refused"] += 1
            continue
        assert header.to_bytes() == text, file
        counts["accepted"] += 1
    assert counts["accepted"] > 600
    assert counts["refused"] < 60


# Some of each kind: the whole collection takes a minute of bcftools.
REFUSED_BY_HTSLIB = [
    "real/Clinical-Genomics+BALSAMIC/tests/test_data/references/variants/clinical_snv_variants.vcf.gz",
    "real/brentp+cyvcf2/cyvcf2/tests/test-invalid-header.vcf",
    "real/google+nucleus/nucleus/testdata/test_sites.vcf",
    "real/imgag+ngs-bits/src/tools-TEST/data_in/VcfCheck_in6.vcf",
    "real/jamescasbon+PyVCF/vcf/test/example-4.1-bnd.vcf",
    "conformance/hts-specs/4.3/failed/failed_body_sample_011.vcf",
    "conformance/hts-specs/4.3/failed/failed_header_000.vcf",
    "conformance/hts-specs/4.3/failed/failed_header_001.vcf",
    "conformance/hts-specs/4.3/failed/failed_meta_002.vcf",
]
ODD_BUT_READ_BY_HTSLIB = [
    "real/PharmGKB+PharmCAT/preprocessor/tests/raw.vcf.bgz",
    "real/griffithlab+VAtools/tests/test_data/input.complex_indel.vcf.gz",
    "conformance/hts-specs/4.3/failed/failed_meta_000.vcf",
    "conformance/hts-specs/4.3/failed/failed_fileformat_001.vcf",
    "conformance/hts-specs/4.5/passed/zero_length_LAA.vcf",
]
WITHOUT_VERSION = [
    "real/imgag+ngs-bits/src/tools-TEST/data_in/SomaticQC_in1.vcf",
    "real/pcingola+SnpEff/examples/cancer.vcf",
    "real/samtools+bcftools/test/convert.gs.vcf",
    "conformance/hts-specs/4.3/failed/failed_fileformat_000.vcf",
]


@pytest.mark.parametrize("name", REFUSED_BY_HTSLIB)
def test_headers_that_htslib_refuses_are_refused(name: str, shared_data: Path) -> None:
    text = header_bytes(shared_data / "vcf" / name)
    assert not bcftools_reads(text)
    assert error_of(text).line is not None


@pytest.mark.parametrize("name", ODD_BUT_READ_BY_HTSLIB)
def test_odd_headers_are_read_and_their_output_too(name: str, shared_data: Path) -> None:
    text = header_bytes(shared_data / "vcf" / name)
    assert bcftools_reads(text)
    edit = Header.parse(text, path=name).annotated(FIELDS, PROVENANCE, OnClash.REPLACE)
    assert bcftools_reads(edit.header.to_bytes())
    assert not edit.warnings


@pytest.mark.parametrize("name", WITHOUT_VERSION)
def test_a_missing_version_is_added_so_that_htslib_reads_the_output(name: str, shared_data: Path) -> None:
    text = header_bytes(shared_data / "vcf" / name)
    assert not bcftools_reads(text)
    edit = Header.parse(text, path=name).annotated(FIELDS, PROVENANCE, OnClash.REPLACE)
    assert bcftools_reads(edit.header.to_bytes())
    assert edit.header.meta[0] == "##fileformat=VCFv4.2"
    assert set(Header.parse(text, path=name).meta) <= set(edit.header.meta)
    assert "##fileformat=VCFv4.2 was added" in edit.warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        text_of(VERSION, newline="\r\n"),
        (VERSION + "\r\n##a=b\n" + COLUMNS + "\n").encode(),
        (VERSION + "\n##a=b\n" + COLUMNS + "\r\n").encode(),
        text_of(VERSION)[:-1],
        b"\xef\xbb\xbf" + text_of(VERSION),
        text_of(VERSION, "##note=caf\udce9"),
        text_of(
            "##fileformat=VCFv4.2   ", "", "##free text", '##ID=<Description="x">', "##x=\x0b\x0c\x85\u2028"
        ),
        text_of("##fileformat=VCFv3.3"),
        text_of(),
    ],
    ids=["crlf", "mixed", "mixed-2", "no-end", "bom", "latin-1", "odd", "3.3", "bare"],
)
def test_bytes_are_kept(text: bytes) -> None:
    assert Header.parse(text, path="x.vcf").to_bytes() == text


META = st.text(st.characters(exclude_characters="\n\0", exclude_categories=["Cs"])).map(
    lambda line: "##" + line
)


@given(st.lists(META), st.sampled_from(["\n", "\r\n"]))
def test_any_meta_lines_are_kept(meta: list[str], newline: str) -> None:
    text = text_of(*meta, newline=newline)
    assert Header.parse(text, path="x.vcf").to_bytes() == text


@given(st.binary(max_size=200))
def test_any_bytes_are_a_header_or_an_input_error(text: bytes) -> None:
    try:
        Header.parse(text, path="x.vcf")
    except InputError as error:
        assert str(error).startswith("x.vcf, line ")


def test_the_newline_is_that_of_the_column_line() -> None:
    assert header_of().newline == "\n"
    assert Header.parse((VERSION + "\n" + COLUMNS + "\r\n").encode(), path="x").newline == "\r\n"
    assert Header.parse((VERSION + "\r\n" + COLUMNS).encode(), path="x").newline == "\r\n"
    assert Header.parse(COLUMNS.encode(), path="x").newline == "\n"


def test_data_after_the_column_line_are_not_read() -> None:
    text = text_of(VERSION)
    assert Header.parse(text + b"1\t5\t.\tA\tC\t.\t.\t.\n", path="x").to_bytes() == text


def test_a_header_crosses_to_a_worker_process() -> None:
    header = header_of(VERSION, FOREIGN_CLNSIG)
    assert header.info
    crossed = pickle.loads(pickle.dumps(header))  # noqa: S301
    assert (crossed.to_bytes(), crossed.info) == (header.to_bytes(), header.info)


# --- what is refused


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (b"", 1, "the file is empty"),
        (text_of(VERSION, columns="##a=b"), 3, "without a #CHROM line"),
        (text_of(VERSION, columns="1\t5\t.\tA\tC\t.\t.\t."), 2, "no #CHROM line; found '1\\t5"),
        (text_of(VERSION, columns="# a comment"), 2, "no #CHROM line"),
        (text_of(VERSION, columns=COLUMNS.lower()), 2, "no #CHROM line"),
        (text_of(VERSION, columns=COLUMNS.replace("\t", " ")), 2, "spaces instead of tabs"),
        (
            text_of(VERSION, columns=COLUMNS.replace("ID\t", "ID  ") + "\tFORMAT\tA"),
            2,
            "spaces instead of tabs",
        ),
        (text_of(VERSION, columns=COLUMNS[:-5]), 2, "first eight columns"),
        (text_of(VERSION, columns=COLUMNS.replace("POS", "POSITION")), 2, "first eight columns"),
        (text_of(VERSION, columns=COLUMNS.replace("REF\tALT", "ALT\tREF")), 2, "first eight columns"),
        (text_of(VERSION, columns=COLUMNS + "\t"), 2, "ninth column is '' instead of FORMAT"),
        (text_of(VERSION, columns=COLUMNS + "\tA\tB"), 2, "ninth column is 'A' instead of FORMAT"),
        (text_of(VERSION, columns=COLUMNS + "\tFORMAT"), 2, "FORMAT but no sample"),
        (text_of(VERSION, columns=COLUMNS + "\tFORMAT\tA\tB\tA"), 2, "'A' occurs twice"),
        (text_of(VERSION, columns=COLUMNS + "\tFORMAT\tA\t"), 2, "a sample without a name"),
        (text_of(VERSION, columns=COLUMNS + "\tFORMAT\tA\t "), 2, "a sample without a name"),
        (text_of(VERSION, "##a=\0"), 2, "NUL"),
    ],
)
def test_an_error_has_its_line(text: bytes, line: int, says: str) -> None:
    error = error_of(text)
    assert error.line == line
    assert says in str(error)
    assert not bcftools_reads(text)


# --- reading


def test_samples_are_the_columns_after_format() -> None:
    assert header_of().samples == ()
    assert header_of(columns=COLUMNS + "\tFORMAT\tNA1\tNA 2").samples == ("NA1", "NA 2")


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("##INFO=<ID=X,Number=1>", {"ID": "X", "Number": "1"}),
        ('##INFO=<ID=X,Description="a, b > c = d">', {"ID": "X", "Description": "a, b > c = d"}),
        (r'##INFO=<Description="say \"yes\", or \\",ID=X>', {"Description": 'say "yes", or \\', "ID": "X"}),
        ('##INFO=<ID=X,Note="the "best" one",Source="y">', {"ID": "X", "Note": 'the "best" one', "Source": "y"}),
        ('##INFO=<ID=X,Description="">', {"ID": "X", "Description": ""}),
        ('##INFO=<ID=X,\tNumber = 0, Description = "spaces" >', {"ID": "X", "Number": "0", "Description": "spaces"}),
        ('##INFO=<ID=X,Description="never closed>', {"ID": "X", "Description": "never closed"}),
        ('##INFO=<ID=X,Description="no end"', {"ID": "X", "Description": "no end"}),
        ("##INFO=<ID=X,ID=Y>", {"ID": "X"}),
        ("##contig=<ID=HLA-A*01:01,URL=http://a/b?c=d>", {"ID": "HLA-A*01:01", "URL": "http://a/b?c=d"}),
        ("##INFO=<>", {}),
        ("##INFO=ID", {}),
        ("##free text", {}),
    ],
)  # fmt: skip
def test_structured_lines_are_read(line: str, values: dict[str, str]) -> None:
    assert structured_values(line) == values


VALUES = st.text(st.characters(exclude_characters='\n\0"\\', exclude_categories=["Cs"]))


@given(VALUES, VALUES)
def test_any_quoted_values_are_read(first: str, second: str) -> None:
    assert structured_values(f'##INFO=<ID=X,A="{first}",B="{second}">') == {
        "ID": "X",
        "A": first,
        "B": second,
    }


@given(st.text(st.characters(exclude_characters="\n\0")))
def test_any_escaped_value_is_read(value: str) -> None:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    assert structured_values(f'##INFO=<ID=X,A="{escaped}",B=1>') == {"ID": "X", "A": value, "B": "1"}


def test_long_odd_lines_take_no_time() -> None:
    assert structured_values('##INFO=<ID=X,A="' + '"a ' * 100_000) != {}
    assert structured_values("##INFO=<" + "a" * 300_000) == {}
    assert structured_values("##INFO=<" + '="' * 100_000) == {}


def test_info_declarations_are_by_id_and_the_first_counts() -> None:
    header = header_of(
        VERSION,
        '##INFO=<Description="Depth",Type=Integer,Number=1,ID=DP>',
        '##INFO=<ID=DP,Number=.,Type=String,Description="again">',
        "##INFO=<ID=BARE>",
        '##INFO=<Description="nobody">',
        "##INFO=free text",
    )
    assert header.info == {
        "DP": InfoDeclaration("DP", "1", "Integer", "Depth"),
        "BARE": InfoDeclaration("BARE", "", "", ""),
    }


def test_contigs_are_read_with_length_and_tag_duplicates_too() -> None:
    header = header_of(
        VERSION,
        "##contig=<ID=1,length=249250621,assembly=b37>",
        '##contig=<ID=1,Length="249250621",md5=x,species="Homo, sapiens",assembly="hg19">',
        "##contig=<length=5,ID=GL000,assembly=>",
        "##contig=<ID=2,length=many>",
        "##contig=<length=7>",
    )
    assert header.contigs == [
        ContigDeclaration("1", 249_250_621, "b37", line=2),
        ContigDeclaration("1", 249_250_621, "hg19", line=3),
        ContigDeclaration("GL000", 5, None, line=4),
        ContigDeclaration("2", None, None, line=5),
    ]


def test_reference_texts_are_found() -> None:
    header = header_of(
        VERSION,
        "##reference=file:///x/hg19.fa",
        "##assembly=",
        "##build=GRCh37",
        '##VEP="v104" time="2022-05-11 15:18:10" assembly="GRCh38.p13" dbSNP="153"',
        "##VEP=v82 cache=. assembly=GRCh37.p13 COSMIC=71",
        "##VEP=v88",
        "##dbSNP_BUILD_ID=138",
    )
    assert [tuple(reference) for reference in header.references] == [
        ("##reference", "file:///x/hg19.fa", 2),
        ("##build", "GRCh37", 4),
        ("##VEP", "GRCh38.p13", 5),
        ("##VEP", "GRCh37.p13", 6),
    ]


# --- annotating


def test_our_lines_are_directly_before_the_columns() -> None:
    before = [VERSION, '##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">', "##contig=<ID=1>"]
    edit = header_of(*before).annotated(FIELDS, PROVENANCE, OnClash.ERROR)
    assert edit.header.to_bytes() == text_of(*before, *OUR_LINES)
    assert edit.written == {"CLNSIG", "CLNVID"}
    assert edit.owned == frozenset()
    assert edit.warnings == ()


def test_our_lines_end_as_the_column_line_does() -> None:
    edit = Header.parse(text_of(VERSION, newline="\r\n"), path="x").annotated(
        FIELDS, PROVENANCE, OnClash.ERROR
    )
    assert edit.header.to_bytes() == text_of(VERSION, *OUR_LINES, newline="\r\n")


def test_a_header_without_a_last_line_end_stays_without() -> None:
    edit = Header.parse(text_of(VERSION)[:-1], path="x").annotated(FIELDS, PROVENANCE, OnClash.ERROR)
    assert edit.header.to_bytes() == text_of(VERSION, *OUR_LINES)[:-1]


def test_lines_of_an_earlier_run_are_replaced_and_its_fields_are_ours() -> None:
    old = [
        "##annotatorVersion=0.1",
        "##annotatorCommand=annotate old.vcf",
        '##annotatorSource=<ID=civic,Source="civic-snapshot">',
        "##annotatorSomethingNewer=1",
        "##annotatorFields=CLNSIG,CIVIC",
        '##INFO=<ID=CLNSIG,Number=1,Type=String,Description="older">',
        '##INFO=<ID=CIVIC,Number=.,Type=String,Description="no longer written">',
    ]
    edit = header_of(VERSION, *old).annotated(FIELDS, PROVENANCE, OnClash.ERROR)
    assert edit.header.to_bytes() == text_of(VERSION, *OUR_LINES)
    assert edit.owned == {"CLNSIG", "CIVIC"}
    assert edit.written == {"CLNSIG", "CLNVID"}


def test_only_our_own_kind_of_line_is_removed() -> None:
    others = [
        "##annotator=another tool",
        "##annotators=two",
        "##annotatorless=1",
        "##INFO_annotatorVersion=1",
    ]
    edit = header_of(VERSION, *others).annotated(FIELDS, PROVENANCE, OnClash.ERROR)
    assert edit.header.meta[:5] == (VERSION, *others)


def test_lines_that_another_tool_moved_are_still_ours() -> None:
    once = header_of(VERSION, "##contig=<ID=1>").annotated(FIELDS, PROVENANCE, OnClash.ERROR).header
    moved = viewed(once.to_bytes())
    shuffled = header_of(VERSION, *reversed(Header.parse(moved, path="x").meta[1:]))
    edit = shuffled.annotated(FIELDS, PROVENANCE, OnClash.ERROR)
    assert edit.owned == {"CLNSIG", "CLNVID"}
    assert edit.header.meta[-len(OUR_LINES) :] == tuple(OUR_LINES)
    assert sum(line.startswith("##annotator") for line in edit.header.meta) == 4
    assert any(line.startswith("##bcftools_viewCommand") for line in edit.header.meta)


def test_merged_files_may_have_several_lists_of_fields() -> None:
    lists = ["##annotatorFields=CLNSIG,CLNVID", "##annotatorFields=CIVIC , CLNSIG"]
    edit = header_of(VERSION, *lists).annotated(FIELDS, PROVENANCE, OnClash.ERROR)
    assert edit.owned == {"CLNSIG", "CLNVID", "CIVIC"}


@pytest.mark.parametrize("on_clash", [OnClash.REPLACE, OnClash.KEEP])
def test_annotating_real_headers_twice_is_annotating_them_once(on_clash: OnClash, shared_data: Path) -> None:
    fields = [*FIELDS, DeclaredField("DP", '##INFO=<ID=DP,Number=A,Type=String,Description="ours">')]
    clashes = 0
    for file in sorted((shared_data / "vcf" / "real").rglob("*.vcf")):
        try:
            header = Header.parse(header_bytes(file), path=file.name)
        except InputError:
            continue
        first = header.annotated(fields, PROVENANCE, on_clash)
        again = Header.parse(first.header.to_bytes(), path=file.name)
        second = again.annotated(fields, PROVENANCE, on_clash)
        assert second.header.to_bytes() == first.header.to_bytes(), file
        assert second.written == first.written
        assert second.owned == first.written
        clashes += "DP" in header.info
    assert clashes > 100


def test_a_clash_is_an_error_that_names_the_field_its_declaration_and_the_options() -> None:
    with pytest.raises(ClashError) as caught:
        header_of(VERSION, FOREIGN_CLNSIG).annotated(FIELDS, PROVENANCE, OnClash.ERROR)
    message = str(caught.value)
    assert 'CLNSIG (Number=., Type=String, "Clinical significance")' in message
    assert "--on-clash replace" in message
    assert "--on-clash keep" in message
    assert message.startswith("x.vcf: ")


def test_a_declaration_equal_to_ours_that_we_did_not_write_is_a_clash_too() -> None:
    with pytest.raises(ClashError):
        header_of(VERSION, FIELDS[0].header_line).annotated(FIELDS, PROVENANCE, OnClash.ERROR)


def test_a_clash_with_a_field_that_is_not_written_is_none() -> None:
    header = header_of(VERSION, FOREIGN_CLNSIG)
    edit = header.annotated(FIELDS[1:], PROVENANCE, OnClash.ERROR)
    assert FOREIGN_CLNSIG in edit.header.meta
    assert edit.owned == frozenset()


def test_replace_removes_the_foreign_lines_and_their_values() -> None:
    header = header_of(VERSION, FOREIGN_CLNSIG, "##contig=<ID=1>", FOREIGN_CLNSIG.replace("=.", "=A"))
    edit = header.annotated(FIELDS, PROVENANCE, OnClash.REPLACE)
    assert edit.header.to_bytes() == text_of(VERSION, "##contig=<ID=1>", *OUR_LINES)
    assert edit.owned == {"CLNSIG"}
    assert edit.written == {"CLNSIG", "CLNVID"}


def test_keep_leaves_the_foreign_line_and_writes_the_others() -> None:
    edit = header_of(VERSION, FOREIGN_CLNSIG).annotated(FIELDS, PROVENANCE, OnClash.KEEP)
    assert edit.header.meta == (
        VERSION, FOREIGN_CLNSIG, *PROVENANCE, "##annotatorFields=CLNVID", FIELDS[1].header_line,
    )  # fmt: skip
    assert edit.owned == frozenset()
    assert edit.written == {"CLNVID"}


def test_keeping_all_writes_no_list_of_fields() -> None:
    edit = header_of(VERSION, FOREIGN_CLNSIG).annotated(FIELDS[:1], PROVENANCE, OnClash.KEEP)
    assert edit.header.meta == (VERSION, FOREIGN_CLNSIG, *PROVENANCE)
    assert edit.written == frozenset()


def test_a_version_that_does_not_come_first_is_repeated_first() -> None:
    edit = header_of("##source=x", "##fileformat=VCFv4.1").annotated([], [], OnClash.ERROR)
    assert edit.header.meta == ("##fileformat=VCFv4.1", "##source=x", "##fileformat=VCFv4.1")
    assert bcftools_reads(edit.header.to_bytes())


def test_a_byte_order_mark_is_removed_with_a_warning() -> None:
    text = text_of(VERSION)
    edit = Header.parse(b"\xef\xbb\xbf" + text, path="x").annotated([], [], OnClash.ERROR)
    assert edit.header.to_bytes() == text
    assert "byte order mark" in edit.warnings[0]
