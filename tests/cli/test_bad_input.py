"""What is wrong is told with its place and a remedy, by the exit status, and leaves nothing behind.

Each case puts files into a folder that holds a snapshot `s`, and gives a command line. Afterwards every file of the
folder must be as it was: no output, no `.partial`, no index.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import random
import signal
import subprocess
import sys
from binascii import crc32
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pysam
import pytest

from annotator import annotate
from annotator.cli import main
from annotator.errors import SnapshotError
from annotator.store.writing import PREAMBLE
from annotator.variants.assembly import Assembly
from annotator.vcf.bgzf import EOF_BLOCK
from tests.support.inputs import (
    BRAF_V600E,
    MT_BASES,
    Ran,
    bgzip,
    data_lines,
    info_of,
    run_annotator,
    vcf_text,
    write_clinvar,
    write_fasta,
    write_snapshot,
    write_vcf,
)

ANNOTATE = "annotate in.vcf --snapshot s -o out.vcf"
ANNOTATE_GZ = "annotate in.vcf.gz --snapshot s -o out.vcf"
ANNOTATE_STREAM = "annotate - --snapshot s -o out.vcf"
BUILD = "snapshot build --assembly GRCh38 -o made"
FOREIGN_CLNSIG = '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="by another tool">'
MANY = [BRAF_V600E] * 20_000

Prepare = Callable[[Path], object]
"""Puts something into a folder."""


class Case(NamedTuple):
    """A command line that must fail.

    Attributes:
        arguments: separated by spaces.
        says: what the message must hold: what is wrong, where, and what to do.
        given: what the folder holds beside the snapshot; a file `stdin` is standard input.
        status: exit status.

    """

    arguments: str
    says: tuple[str, ...]
    given: tuple[Prepare, ...]
    status: int


# What a folder may hold


def vcf(
    *records: str,
    name: str = "in.vcf",
    assembly: Assembly = Assembly.GRCH38,
    contigs: Sequence[str] = ("7", "13", "MT"),
    meta: Sequence[str] = (),
    samples: Sequence[str] = (),
) -> Prepare:
    """A VCF; its header has five lines if it is not told otherwise."""
    lines = records or (BRAF_V600E,)
    return lambda folder: write_vcf(
        folder / name, lines, assembly=assembly, contigs=contigs, meta=meta, samples=samples
    )


def line_7(record: str) -> Prepare:
    """A VCF with such a line in the middle."""
    return vcf(BRAF_V600E, record, BRAF_V600E)


def raw(name: str, data: bytes | str) -> Prepare:
    return lambda folder: (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


def spoilt(name: str, change: Callable[[bytes], bytes]) -> Prepare:
    """A file that is there, changed."""
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def manifest(*, sealed: bool = True, **changed: object) -> Prepare:
    """A manifest with other facts; its checksum fits them if it is sealed, as a program would write it."""

    def change(data: bytes) -> bytes:
        facts: dict[str, object] = json.loads(data) | changed
        checksum = facts.pop("checksum")
        if sealed:
            checksum = f"{crc32(json.dumps(facts, sort_keys=True).encode()):08x}"
        return json.dumps(facts | {"checksum": checksum}).encode()

    return spoilt("s/manifest.json", change)


def renamed_source(folder: Path) -> None:
    """Give the snapshot a knowledge base of another name."""
    sources = json.loads((folder / "s/manifest.json").read_bytes())["sources"]
    manifest(sources={"cosmic": sources["clinvar"]})(folder)


def empty_folder(name: str) -> Prepare:
    return lambda folder: (folder / name).mkdir()


def fasta(name: str = "mt.fa", contig: str = "MT", *, index: bool = True) -> Prepare:
    return lambda folder: write_fasta(folder / name, {contig: MT_BASES}, index=index)


def clinvar(name: str = "clinvar.vcf", assembly: Assembly = Assembly.GRCH38) -> Prepare:
    return lambda folder: write_clinvar(folder / name, assembly=assembly)


def indexed(*records: str) -> Prepare:
    """An indexed VCF of BGZF."""

    def write(folder: Path) -> None:
        path = write_vcf(folder / "in.vcf.gz", records or (BRAF_V600E,))
        pysam.tabix_index(str(path), preset="vcf")

    return write


def mitochondrial(wrong: Sequence[int]) -> list[str]:
    """100 records from POS 49 of MT on, of which some have a REF that contradicts the FASTA."""
    records = []
    for position in range(49, 149):
        base = MT_BASES[position - 1]
        ref = base.translate(str.maketrans("ACGT", "CATG")) if position in wrong else base
        alt = ref.translate(str.maketrans("ACGT", "GTAC"))
        records.append(f"MT\t{position}\t.\t{ref}\t{alt}\t.\t.\t.")
    return records


# Ways to spoil bytes


def flipped(index: int) -> Callable[[bytes], bytes]:
    """Change one bit of the byte there."""
    return lambda data: data[: index % len(data)] + bytes([data[index] ^ 1]) + data[index % len(data) + 1 :]


def cut(share: float) -> Callable[[bytes], bytes]:
    return lambda data: data[: int(len(data) * share)]


def without_end(data: bytes) -> bytes:
    assert data.endswith(EOF_BLOCK)
    return data.removesuffix(EOF_BLOCK)


def without_directory_entries(store: bytes) -> bytes:
    """Leave the size alone in the directory, and let the checksum of the directory fit it."""
    magic, length, _, nothing = PREAMBLE.unpack_from(store)
    base = PREAMBLE.size + length
    size = json.loads(store[PREAMBLE.size : base])["size"]
    directory = json.dumps({"size": size}).encode().ljust(length)
    return PREAMBLE.pack(magic, length, crc32(directory), nothing) + directory + store[base:]


# The table


def case(
    name: str,
    arguments: str,
    *says: str,
    given: Sequence[Prepare] = (vcf(),),
    status: int = 1,
) -> object:
    """A row of the table."""
    return pytest.param(Case(arguments, says, tuple(given), status), id=name)


SNAPSHOTS = [
    case(
        "no snapshot",
        "annotate in.vcf --snapshot nowhere -o out.vcf",
        "nowhere: no such snapshot",
        "annotator snapshot pull",
    ),
    case(
        "no snapshot named",
        "annotate in.vcf -o out.vcf",
        "no snapshot of GRCh38",
    ),
    case(
        "a folder that is no snapshot",
        "annotate in.vcf --snapshot empty -o out.vcf",
        "empty: not a snapshot: manifest.json is missing",
        "annotator snapshot pull",
        given=[vcf(), empty_folder("empty")],
    ),
    case(
        "a file as snapshot",
        "annotate in.vcf --snapshot in.vcf -o out.vcf",
        "in.vcf: not a snapshot",
        "annotator snapshot pull",
    ),
    case(
        "a snapshot of another assembly",
        ANNOTATE,
        "in.vcf: the input is on GRCh37 (recognised by contig lengths), but the snapshot s is for GRCh38",
        "Use a snapshot for GRCh37",
        given=[vcf(assembly=Assembly.GRCH37)],
    ),
    case(
        "a store with another magic",
        ANNOTATE,
        "s/clinvar.store: the file is not part of an annotator snapshot",
        "Build the snapshot again",
        given=[vcf(), spoilt("s/clinvar.store", flipped(0))],
    ),
    case(
        "a store with a damaged directory",
        ANNOTATE,
        "s/clinvar.store: the directory of the file is corrupt",
        "Build the snapshot again",
        given=[vcf(), spoilt("s/clinvar.store", flipped(PREAMBLE.size))],
    ),
    case(
        "a store whose directory lacks entries",
        ANNOTATE,
        "s/clinvar.store: the directory of the file is corrupt",
        "Build the snapshot again",
        given=[vcf(), spoilt("s/clinvar.store", without_directory_entries)],
    ),
    case(
        "a store that is cut off",
        ANNOTATE,
        "s/clinvar.store: the file has ",
        " bytes, but ",
        "Build or copy the snapshot again",
        given=[vcf(), spoilt("s/clinvar.store", cut(0.5))],
    ),
    case(
        "a store that is missing",
        ANNOTATE,
        "s/clinvar.store: the file is missing",
        "Build or copy the snapshot again",
        given=[vcf(), lambda folder: (folder / "s" / "clinvar.store").unlink()],
    ),
    *(
        case(
            f"a manifest {what}",
            ANNOTATE,
            "s/manifest.json: the manifest is corrupt",
            "Build the snapshot again, or copy it again",
            given=[vcf(), spoil],
        )
        for what, spoil in {
            "cut off": spoilt("s/manifest.json", cut(0.9)),
            "with a changed byte": spoilt("s/manifest.json", flipped(0)),
            "that is not text": raw("s/manifest.json", b"\xff\xfe{}"),
            "of another shape": raw("s/manifest.json", '["clinvar"]'),
            "of an unknown assembly": manifest(assembly="GRCh36"),
            "with other sources": manifest(sources={"clinvar": {"release": "2026-02-26"}}),
        }.items()
    ),
    *(
        case(
            f"a manifest {what}",
            ANNOTATE,
            "s/manifest.json: the manifest was changed or damaged",
            "Build the snapshot again, or copy it again",
            given=[vcf(), spoil],
        )
        for what, spoil in {
            "with another release": spoilt(
                "s/manifest.json", lambda data: data.replace(b'"release": "20', b'"release": "21')
            ),
            "whose assembly was changed by hand": manifest(sealed=False, assembly="GRCh37"),
        }.items()
    ),
    case(
        "a manifest of an older format",
        "annotate in.vcf --snapshot s -o out.vcf",
        "s: the snapshot has format 1, which belongs to an earlier version of annotator",
        "Build it again with: annotator snapshot build",
        given=[vcf(), manifest(format=1)],
    ),
    case(
        "a manifest of a newer format",
        ANNOTATE,
        "s: the snapshot has format 99, but this version of annotator reads formats up to ",
        "Update annotator",
        given=[vcf(), manifest(format=99)],
    ),
    case(
        "a manifest with an unknown knowledge base",
        ANNOTATE,
        "s: the snapshot contains the unknown knowledge base 'cosmic'",
        "Update annotator",
        given=[vcf(), renamed_source],
    ),
    case("facts of no snapshot", "snapshot info nowhere", "nowhere: no such snapshot", given=[]),
    *(
        case(
            f"a changed byte in the {part}, verified",
            "snapshot verify s",
            "s/clinvar.store: the SHA-256 is ",
            ", but the manifest states ",
            "build or copy the snapshot again",
            given=[spoilt("s/clinvar.store", flipped(place))],
        )
        for part, place in {
            "magic": 0,
            "directory": PREAMBLE.size,
            "sections": -100,
            "table of checksums": -1,
        }.items()
    ),
    case(
        "a store that is missing, verified",
        "snapshot verify s",
        "s/clinvar.store: the file is missing",
        "Build or copy the snapshot again",
        given=[lambda folder: (folder / "s" / "clinvar.store").unlink()],
    ),
    case(
        "a changed byte in the table of checksums",
        ANNOTATE,
        "s/clinvar.store: the file is damaged",
        "annotator snapshot verify",
        given=[vcf(), spoilt("s/clinvar.store", flipped(-1))],
    ),
]

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
        "in.vcf, line 1: there is no #CHROM line",
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

OUTPUTS = [
    *(
        case(
            f"the output would overwrite the input{how}",
            f"annotate in.vcf --snapshot s -o {name}",
            f"{name}: the output would overwrite the input",
            "Write to another file",
            given=[vcf(), given],
            status=2,
        )
        for how, name, given in [
            ("", "in.vcf", vcf()),
            (" by another path", "s/../in.vcf", vcf()),
            (
                " through a symbolic link",
                "link.vcf",
                lambda folder: (folder / "link.vcf").symlink_to("in.vcf"),
            ),
            (
                " through a hard link",
                "hard.vcf",
                lambda folder: (folder / "hard.vcf").hardlink_to(folder / "in.vcf"),
            ),
        ]
    ),
    *(
        case(
            f"an output in {what}",
            f"annotate in.vcf --snapshot s -o {name}/out.vcf",
            f"{name}/out.vcf: cannot be written ({why})",
            "Use an existing folder that you can write to",
        )
        for what, name, why in [
            ("a folder that there is not", "nowhere", "No such file or directory"),
            ("a file as folder", "in.vcf", "Not a directory"),
        ]
    ),
    case(
        "an output that is a folder",
        "annotate in.vcf --snapshot s -o made.vcf",
        "made.vcf: the output is a folder",
        "Use the path of a file",
        given=[vcf(), empty_folder("made.vcf")],
    ),
    case(
        "an output of an unknown suffix",
        "annotate in.vcf --snapshot s -o out.txt",
        "out.txt: the suffix of the output does not state a format",
        "Use a name that ends in .vcf, .vcf.gz or .bcf, or set the format with -O v, -O z, -O b or -O u",
        status=2,
    ),
    case(
        "an output type that there is not",
        f"{ANNOTATE} -O x",
        "'x' is not one of 'v', 'z', 'b', 'u'",
        status=2,
    ),
    *(
        case(
            f"an index of {what}",
            arguments,
            "-W cannot index this output: only compressed VCF and BCF files can be indexed",
            "Use -o with a name that ends in .vcf.gz or .bcf, or omit -W",
            status=2,
        )
        for what, arguments in [
            ("a plain VCF", f"{ANNOTATE} -W"),
            ("standard output", "annotate in.vcf --snapshot s -O z -W"),
        ]
    ),
    case(
        "an index of a device",
        "annotate missing.vcf --snapshot s -o /dev/null -O z -W",
        "/dev/null: -W needs a file: a pipe or a device cannot be indexed",
        "omit -W",
        status=2,
    ),
    case(
        "an index of a device that shards are joined into",
        "workflow gather missing.vcf.gz -o /dev/null -W",
        "/dev/null: -W needs a file: a pipe or a device cannot be indexed",
        "omit -W",
        status=2,
    ),
    case(
        "an index of records that are not sorted",
        "annotate in.vcf --snapshot s -o out.vcf.gz -W",
        "out.vcf.gz: the output cannot be indexed: the records are not sorted by position within their contigs",
        "Sort the file with `bcftools sort`, or omit -W",
        given=[line_7("7\t100\t.\tA\tT\t.\t.\t.")],
    ),
]

REGIONS = [
    case(
        "regions of a plain VCF",
        f"{ANNOTATE} -r 7:1-100",
        "in.vcf: -r needs a file that is compressed by bgzip and indexed",
        "bgzip",
    ),
    case(
        "regions without an index",
        f"{ANNOTATE_GZ} -r 7:1-100",
        "in.vcf.gz: -r needs an index",
        "Create the index with: bcftools index in.vcf.gz",
        given=[vcf(name="in.vcf.gz")],
    ),
    case(
        "regions of standard input",
        f"{ANNOTATE_STREAM} -r 7:1-100",
        "-r needs an indexed file; standard input has no index",
        given=[],
        status=2,
    ),
    *(
        case(what, f"{ANNOTATE_GZ} -r {region}", f"-r {region} {says}", given=[indexed()], status=2)
        for what, region, says in [
            ("a region that ends before it starts", "7:100-1", "ends before it starts. Write it as 7:"),
            ("a region before the first base", "7:0-5", "starts before position 1, the first base"),
            ("a region on an unknown contig", "GL000192.1", "is not in the input"),
            ("a region without a contig", ":1-5", "is not in the input"),
        ]
    ),
    case(
        "a damaged index",
        f"{ANNOTATE_GZ} -r 7:1-100",
        "in.vcf.gz.tbi: the index cannot be used: the file is truncated",
        "Index the file again with: bcftools index -f",
        given=[indexed(), spoilt("in.vcf.gz.tbi", cut(0.5))],
    ),
]

USAGE = [
    case("no workers", f"{ANNOTATE} -@ 0", "-@ 0: at least one worker is needed. Use 1 or more", status=2),
    case("workers that are no number", f"{ANNOTATE} -@ many", "'many' is not a valid integer", status=2),
    case("an unknown option", f"{ANNOTATE} --frobnicate", "No such option", "--frobnicate", status=2),
    case("an unknown command", "anotate in.vcf", "No such command 'anotate'", status=2),
    case("an unknown command of snapshot", "snapshot biuld", "No such command 'biuld'", status=2),
    case("an argument too many", f"{ANNOTATE} more.vcf", "unexpected extra argument (more.vcf)", status=2),
]

BUILDING = [
    case(
        "a snapshot from nothing",
        BUILD,
        "there is nothing to build a snapshot from",
        "Use --clinvar, --clinvar-tables or --civic",
        given=[],
        status=2,
    ),
    case(
        "a snapshot of no assembly",
        "snapshot build --clinvar clinvar.vcf -o made",
        "Missing option '--assembly'",
        given=[clinvar()],
        status=2,
    ),
    case(
        "a snapshot that exists",
        "snapshot build --assembly GRCh38 --clinvar clinvar.vcf -o s",
        "s: the snapshot already exists",
        "Choose another name, or replace it with --force",
        given=[clinvar()],
        status=2,
    ),
    *(
        case(
            f"a snapshot where there is {what}{how}",
            f"{BUILD} --clinvar clinvar.vcf{options}",
            "made: the folder exists and is not a snapshot",
            "Choose another name",
            given=[clinvar(), *given],
            status=2,
        )
        for how, options in {"": "", ", by force": " --force"}.items()
        for what, given in {
            "a folder of other things": [empty_folder("made"), raw("made/precious", "data")],
            "a file": [raw("made", "data")],
        }.items()
    ),
    case(
        "a snapshot in a folder that there is not",
        "snapshot build --assembly GRCh38 --clinvar clinvar.vcf -o nowhere/made",
        "nowhere/made: cannot be written (No such file or directory)",
        given=[clinvar()],
    ),
    case(
        "a snapshot from no such file",
        f"{BUILD} --clinvar none.vcf",
        "none.vcf: no such file",
        given=[],
    ),
    case(
        "a snapshot from another VCF",
        f"{BUILD} --clinvar in.vcf",
        "in.vcf: the file is not ClinVar's VCF: the header does not declare INFO ALLELEID, CLNHGVS, CLNREVSTAT",
        "Download clinvar.vcf.gz of this assembly from ftp.ncbi.nlm.nih.gov/pub/clinvar",
    ),
    case(
        "a snapshot from ClinVar's VCF of another assembly",
        f"{BUILD} --clinvar clinvar.vcf",
        "clinvar.vcf: the file is on GRCh37 (##reference=GRCh37), but the snapshot is for GRCh38",
        "Use ClinVar's file for GRCh38, or --assembly GRCh37",
        given=[clinvar(assembly=Assembly.GRCH37)],
    ),
    case(
        "a snapshot from ClinVar's VCF with its last line cut off",
        f"{BUILD} --clinvar clinvar.vcf",
        "clinvar.vcf, line 12: the line has 4 columns instead of 8",
        "Download it again",
        given=[clinvar(), spoilt("clinvar.vcf", lambda data: data[: data.rindex(b"\tG\t")])],
    ),
    *(
        case(
            f"a snapshot from ClinVar's VCF {what}",
            f"{BUILD} --clinvar clinvar.vcf",
            f"clinvar.vcf: {says}",
            "again",
            given=[clinvar(), spoilt("clinvar.vcf", spoil)],
        )
        for what, says, spoil in [
            ("cut off", "the gzip file is truncated", lambda data: cut(0.5)(gzip.compress(data))),
            (
                "with a changed byte",
                "the gzip file is damaged",
                lambda data: flipped(-8)(gzip.compress(data)),
            ),
            ("without its end", "the file is truncated: no end", lambda data: without_end(bgzip(data))),
        ]
    ),
    case(
        "a snapshot from no such folder",
        f"{BUILD} --civic none",
        "none: the folder cannot be read",
        given=[],
    ),
    case("a snapshot from a folder of other files", f"{BUILD} --civic s", "s: ", "civic", given=[]),
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


@pytest.fixture
def folder(tmp_path: Path, snapshot: Path) -> Path:
    """A folder with a copy of the snapshot `s`, which a case may spoil."""
    copied = tmp_path / "s"
    copied.mkdir()
    for file in snapshot.iterdir():
        (copied / file.name).write_bytes(file.read_bytes())
    return tmp_path


def state(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder in it, with the contents of the files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize(
    "failing",
    [
        *SNAPSHOTS,
        *ASSEMBLIES,
        *REFERENCES,
        *COMPRESSED,
        *RECORDS,
        *HEADERS,
        *FIELDS,
        *OUTPUTS,
        *REGIONS,
        *USAGE,
        *BUILDING,
    ],
)
def test_an_error_states_problem_location_and_remedy_and_leaves_no_output(
    failing: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for prepare in failing.given:
        prepare(folder)
    before = state(folder)
    arguments = failing.arguments.split()
    stdin = folder / "stdin"
    if stdin.exists() or "-@ 2" in failing.arguments:
        data = stdin.read_bytes() if stdin.exists() else b""
        ran = run_annotator(*arguments, stdin=data, cwd=folder)
    else:
        monkeypatch.chdir(folder)
        ran = run_here(arguments, capfd)
    assert "Traceback" not in ran.err
    assert ran.status == failing.status, ran.err
    for said in failing.says:
        assert said in ran.err
    assert ran.out == b""
    assert state(folder) == before


def run_here(arguments: Sequence[str], capfd: pytest.CaptureFixture[str]) -> Ran:
    """Run the command in this process, which takes a tenth of the time."""
    terminated = signal.getsignal(signal.SIGTERM)
    capfd.readouterr()
    try:
        with pytest.raises(SystemExit) as exited:
            main(arguments)
    finally:
        signal.signal(signal.SIGTERM, terminated)
    out, err = capfd.readouterr()
    assert isinstance(exited.value.code, int)
    return Ran(exited.value.code, out.encode(), err)


def test_a_closed_standard_input_or_output_is_an_error(folder: Path) -> None:
    vcf()(folder)
    for redirected, said in [
        (
            "annotate - --snapshot s -o out.vcf <&-",
            "standard input: the stream is closed. Use the path of a file instead of -",
        ),
        ("annotate in.vcf --snapshot s >&-", "standard output: it is closed. Use -o FILE"),
    ]:
        before = state(folder)
        shell = f"exec {sys.executable} -m annotator {redirected}"
        ran = subprocess.run(shell, shell=True, capture_output=True, cwd=folder, check=False)  # noqa: S602
        assert (ran.returncode, ran.stdout) == (1, b"")
        assert said in ran.stderr.decode()
        assert state(folder) == before


# What is not an error


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


def test_a_damaged_store_never_ends_in_a_traceback(folder: Path) -> None:
    vcf()(folder)
    store = folder / "s" / "clinvar.store"
    data = store.read_bytes()
    base = PREAMBLE.size + PREAMBLE.unpack_from(data)[1]
    random_ = random.Random(7)  # noqa: S311
    for _ in range(40):
        spoiled = bytearray(data)
        for _ in range(20):
            spoiled[random_.randrange(base, len(data))] = random_.randrange(256)
        store.write_bytes(spoiled)
        try:
            annotate(folder / "in.vcf", folder / "out.vcf", snapshot=folder / "s")
        except SnapshotError as error:
            assert "verify" in str(error)


def test_a_position_before_the_first_base_is_written_as_it_is(folder: Path) -> None:
    # VCF 4.3, section 1.6.1: POS 0 stands for the telomere before the contig.
    vcf("MT\t0\t.\tN\tA\t.\t.\t.", *mitochondrial(wrong=[]))(folder)
    fasta()(folder)
    report = annotate(
        folder / "in.vcf", folder / "out.vcf", snapshot=folder / "s", reference=folder / "mt.fa"
    )
    assert report.summary.records == 101
