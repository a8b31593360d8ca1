"""Wrong options, outputs and regions are errors that state problem and remedy, and leave no output."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.failing_commands import (
    ANNOTATE,
    ANNOTATE_GZ,
    ANNOTATE_STREAM,
    Case,
    assert_it_fails,
    case,
    cut,
    empty_folder,
    folder_with,
    indexed,
    line_7,
    spoilt,
    state,
    vcf,
)
from tests.support.inputs import (
    write_snapshot,
)

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
    *(
        case(
            f"{number} workers",
            f"{ANNOTATE} -@ {number}",
            f"-@ {number}: the number of workers is out of range. Use 1 to 512",
            status=2,
        )
        for number in ("0", "-1", "513", "9" * 20)
    ),
    case("workers that are no number", f"{ANNOTATE} -@ many", "'many' is not a valid integer", status=2),
    case("an unknown option", f"{ANNOTATE} --frobnicate", "No such option", "--frobnicate", status=2),
    case("an unknown command", "anotate in.vcf", "No such command 'anotate'", status=2),
    case("an unknown command of snapshot", "snapshot biuld", "No such command 'biuld'", status=2),
    case("an argument too many", f"{ANNOTATE} more.vcf", "unexpected extra argument (more.vcf)", status=2),
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot") / "s")


@pytest.fixture
def folder(tmp_path: Path, snapshot: Path) -> Path:
    return folder_with(snapshot, tmp_path)


@pytest.mark.parametrize("failing", [*OUTPUTS, *REGIONS, *USAGE])
def test_an_error_states_problem_location_and_remedy_and_leaves_no_output(
    failing: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_it_fails(failing, folder, monkeypatch, capfd)


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
