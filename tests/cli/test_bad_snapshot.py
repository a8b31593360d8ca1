"""A snapshot that cannot be used or built is an error that states problem, location and remedy."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from annotator import annotate
from annotator.errors import SnapshotError
from annotator.store.writing import PREAMBLE
from annotator.variants.assembly import Assembly
from tests.support.failing_commands import (
    ANNOTATE,
    BUILD,
    Case,
    assert_it_fails,
    case,
    clinvar,
    cut,
    empty_folder,
    flipped,
    folder_with,
    manifest,
    raw,
    renamed_source,
    spoilt,
    vcf,
    without_directory_entries,
    without_end,
)
from tests.support.inputs import (
    bgzip,
    write_snapshot,
)

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


BUILDING = [
    case(
        "a snapshot from nothing",
        BUILD,
        "there is nothing to build a snapshot from",
        "Use --clinvar, --clinvar-tables, --civic, --vcf or --bed",
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
    return folder_with(snapshot, tmp_path)


@pytest.mark.parametrize("failing", [*SNAPSHOTS, *BUILDING])
def test_an_error_states_problem_location_and_remedy_and_leaves_no_output(
    failing: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_it_fails(failing, folder, monkeypatch, capfd)


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
