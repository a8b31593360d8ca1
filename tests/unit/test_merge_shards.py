"""Shards that are annotated separately and joined equal an unsplit run, also where results depend on the whole file."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pysam import TabixFile

from annotator.annotation.merge_shards import gather
from annotator.annotation.online_options import OnlineOptions
from annotator.annotation.options import AnnotateOptions, CgiOptions
from annotator.annotation.pending import Pending
from annotator.annotation.run import annotate_file
from annotator.annotation.shard_manifest import ShardManifest, account_path
from annotator.annotation.summary import Summary
from annotator.errors import InputError, UsageError
from annotator.snapshot.manifest import Manifest
from annotator.variants.assembly import Assembly
from annotator.vcf.shard import Shard
from tests.support.combination_profiles import GT, joint_of, record, write_joint_snapshot
from tests.support.inputs import (
    MT_BASES,
    data_lines,
    info_of,
    run_annotator,
    vcf_text,
    write_fasta,
    write_snapshot,
    write_vcf,
)
from tests.support.workflow_runs import META as LARGE_META
from tests.support.workflow_runs import overlapping_records


@pytest.fixture(scope="module")
def joint_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_joint_snapshot(tmp_path_factory.mktemp("joint"))


KINDS = ("vcf", "vcf.gz", "bcf")
META = ('##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">', *GT)
PROFILE_AND, PROFILE_NOT = 101, 102
"""GENE V1A AND GENE V2A; GENE V1A AND NOT GENE V3A."""


def between(first: int, last: int, samples: int = 0, count: int = 120) -> list[str]:
    """Records of no consequence between two positions, whose bases do not compress well."""
    draw = random.Random(first)  # noqa: S311
    lines = []
    for number in range(count):
        position = first + (last - first) * number // count + 1
        ref = "".join(draw.choices("ACGT", k=2000))
        columns = ["7", str(position), ".", ref, f"{ref}A", ".", ".", f"DP={draw.randrange(99)}"]
        lines.append("\t".join([*columns, "GT", *["0/1"] * samples] if samples else columns))
    return lines


def written(folder: Path, kind: str, marks: Sequence[str], samples: Sequence[str] = ()) -> Path:
    """A file in a format, with records of consequence an eighth, three, five and seven eighths into it."""
    lines = between(1, 900, len(samples), 60)
    for number, mark in enumerate(marks, 1):
        first = (1000, 2_000_000, 3_000_000, 4_000_000)[number - 1]
        lines += [mark] if mark else []
        lines += between(first, first + 900_000, len(samples), 60 if number == len(marks) else 120)
    plain = folder / "in.vcf"
    write_vcf(plain, lines, assembly=Assembly.GRCH37, contigs=("7",), meta=META, samples=samples)
    if kind == "vcf":
        return plain
    from pysam import bcftools

    path = folder / f"in.{kind}"
    if kind == "vcf.gz":
        return write_vcf(path, lines, assembly=Assembly.GRCH37, contigs=("7",), meta=META, samples=samples)
    bcftools.view("-Ob", "-o", str(path), str(plain), catch_stdout=False)
    bcftools.index(str(path))
    return path


def config(source: Path, output: Path, snapshot: Path, **more: object) -> AnnotateOptions:
    return AnnotateOptions(str(source), str(output), snapshot, **more)  # type: ignore[arg-type]


def annotated_shards(folder: Path, source: Path, snapshot: Path, shards: int, **more: object) -> list[str]:
    parts = [folder / f"{number}-of-{shards}.vcf.gz" for number in range(1, shards + 1)]
    for number, part in enumerate(parts, 1):
        annotate_file(config(source, part, snapshot, shard=Shard(number, shards), **more))
    return [str(part) for part in parts]


def joints(data: bytes) -> set[int]:
    return {profile for line in data_lines(data) for profile in joint_of(line)}


CASES = {
    "both variants are there": ([record(1), record(2), "", ""], {101, 104}),
    "one is there, and what forbids it was looked at": ([record(1), "", record(3, alt="G"), ""], {102}),
    "one is there, and what forbids it too": ([record(1), "", record(3), ""], {103}),
    "one is there alone": ([record(1), "", "", ""], set()),
    "none is there": (["", "", "", ""], set()),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shards", [1, 4, 16])
def test_joined_shards_are_byte_for_byte_the_whole(
    tmp_path: Path, joint_snapshot: Path, case: str, shards: int
) -> None:
    marks, profiles = CASES[case]
    source = written(tmp_path, "vcf.gz", marks)
    whole = tmp_path / "whole.vcf.gz"
    expected = annotate_file(config(source, whole, joint_snapshot)).summary
    parts = annotated_shards(tmp_path, source, joint_snapshot, shards)
    summary = gather(parts, str(tmp_path / "joined.vcf.gz"), write_index=True)
    found = gzip.decompress((tmp_path / "joined.vcf.gz").read_bytes())
    assert found == gzip.decompress(whole.read_bytes())
    assert joints(found) == profiles
    assert (summary.combinations_complete, summary.combinations_partial) == (
        expected.combinations_complete,
        expected.combinations_partial,
    )
    assert (tmp_path / "joined.vcf.gz.tbi").is_file()


def test_the_variants_of_these_cases_are_in_different_shards(tmp_path: Path, joint_snapshot: Path) -> None:
    source = written(tmp_path, "vcf.gz", [record(1), record(2), record(3), record(4)])
    for shards in (4, 16):
        parts = annotated_shards(tmp_path, source, joint_snapshot, shards)
        accounts = [ShardManifest.read(part) for part in parts]
        holding = [set(account.carriers) for account in accounts if account.carriers]
        assert holding == [{1}, {2}, {3}, {4}]
        # Of each, one chunk is written anew at most: in 16 shards most of the bytes are copied.
        assert [bool(account.kept) for account in accounts].count(True) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_format_samples_are_judged_one_by_one(
    tmp_path: Path, joint_snapshot: Path, kind: str
) -> None:
    """The first sample has both variants, the second the first one, and its V3 was looked at."""
    marks = [record(1, "0/1", "0/1"), record(2, "0/1", "0/0"), record(3, "./.", "0/0"), ""]
    source = written(tmp_path, kind, marks, ("A", "B"))
    whole = tmp_path / "whole.vcf.gz"
    annotate_file(config(source, whole, joint_snapshot))
    gather(annotated_shards(tmp_path, source, joint_snapshot, 4), str(tmp_path / "joined.vcf.gz"))
    found = gzip.decompress((tmp_path / "joined.vcf.gz").read_bytes())
    assert found == gzip.decompress(whole.read_bytes())
    assert joints(found) == {101, 102, 104}


def test_a_variant_in_another_shard_does_not_count_as_absent(tmp_path: Path, joint_snapshot: Path) -> None:
    """By the BED file V3 was looked at, so the shard of V1 alone would say that V3 is absent."""
    bed = tmp_path / "looked.bed"
    bed.write_text("7\t0\t5000000\n")
    source = written(tmp_path, "vcf.gz", [record(1), "", record(3), ""])
    parts = annotated_shards(tmp_path, source, joint_snapshot, 4, bed=bed)
    assert not any(joints(gzip.decompress(Path(part).read_bytes())) for part in parts)
    gather(parts, str(tmp_path / "joined.vcf.gz"))
    annotate_file(config(source, tmp_path / "whole.vcf.gz", joint_snapshot, bed=bed))
    found = gzip.decompress((tmp_path / "joined.vcf.gz").read_bytes())
    assert found == gzip.decompress((tmp_path / "whole.vcf.gz").read_bytes())
    assert PROFILE_NOT not in joints(found)
    # Without V3 it is said.
    source = written(tmp_path, "vcf.gz", [record(1), "", "", ""])
    parts = annotated_shards(tmp_path, source, joint_snapshot, 4, bed=bed)
    gather(parts, str(tmp_path / "joined.vcf.gz"))
    assert joints(gzip.decompress((tmp_path / "joined.vcf.gz").read_bytes())) == {PROFILE_NOT}


def test_unaffected_blocks_are_copied(tmp_path: Path, joint_snapshot: Path) -> None:
    source = written(tmp_path, "vcf.gz", [record(1), record(2), "", ""])
    parts = annotated_shards(tmp_path, source, joint_snapshot, 16)
    accounts = [ShardManifest.read(part) for part in parts]
    gather(parts, str(tmp_path / "joined.vcf.gz"))
    joined = (tmp_path / "joined.vcf.gz").read_bytes()
    others = [Path(part) for part, account in zip(parts, accounts, strict=True) if not account.kept]
    assert len(others) == 14
    for part in others:
        records = part.read_bytes()[len(head_of(part)) : -28]
        assert records in joined


def head_of(part: Path) -> bytes:
    """The blocks of a part that hold its header."""
    from annotator.vcf.files import open_input
    from annotator.vcf.stream import TextStream

    with open_input(str(part)) as source:
        TextStream(source)
        return part.read_bytes()[: source.file.tell()]


def test_options_are_those_of_the_shards(tmp_path: Path, joint_snapshot: Path) -> None:
    fasta = write_fasta(tmp_path / "mt.fa", {"MT": MT_BASES})
    options = {
        "fields": ("CIVIC",), "compression_level": 5, "assembly": Assembly.GRCH37, "reference": fasta,
    }  # fmt: skip
    source = written(tmp_path, "vcf.gz", [record(1), record(2), "", ""])
    annotate_file(config(source, tmp_path / "whole.vcf.gz", joint_snapshot, **options))
    gather(annotated_shards(tmp_path, source, joint_snapshot, 3, **options), str(tmp_path / "joined.vcf.gz"))
    found = gzip.decompress((tmp_path / "joined.vcf.gz").read_bytes())
    assert found == gzip.decompress((tmp_path / "whole.vcf.gz").read_bytes())
    assert PROFILE_AND in joints(found)
    assert b"CIVIC_VID=" not in found


# Of a larger file, whose records overlap


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_vcf(
        tmp_path_factory.mktemp("large") / "large.vcf.gz", overlapping_records(), meta=LARGE_META
    )


@pytest.fixture(scope="module")
def clinvar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("clinvar") / "snapshot")


@pytest.mark.parametrize("shards", [1, 4, 16])
def test_records_that_reach_over_borders_are_annotated_once(
    tmp_path: Path, large: Path, clinvar: Path, shards: int
) -> None:
    whole = tmp_path / "whole.vcf.gz"
    annotate_file(config(large, whole, clinvar, write_index=True))
    gather(
        annotated_shards(tmp_path, large, clinvar, shards), str(tmp_path / "joined.vcf.gz"), write_index=True
    )
    joined = tmp_path / "joined.vcf.gz"
    found = gzip.decompress(joined.read_bytes())
    assert found == gzip.decompress(whole.read_bytes())
    assert len(data_lines(found)) == len(overlapping_records())
    assert b"CLNSIG=" in found
    region = ("7", 140_740_000, 140_760_000)
    with TabixFile(str(joined)) as ours, TabixFile(str(whole)) as theirs:
        lines = list(ours.fetch(*region))
        assert lines == list(theirs.fetch(*region))
    assert len(lines) > 100


def test_a_small_file_has_empty_shards(tmp_path: Path, clinvar: Path) -> None:
    small = write_vcf(tmp_path / "small.vcf.gz")
    parts = annotated_shards(tmp_path, small, clinvar, 3)
    sizes = [len(data_lines(gzip.decompress(Path(part).read_bytes()))) for part in parts]
    assert sorted(sizes) == [0, 0, 1]
    gather(parts, str(tmp_path / "joined.vcf.gz"))
    annotate_file(config(small, tmp_path / "whole.vcf", clinvar))
    joined = gzip.decompress((tmp_path / "joined.vcf.gz").read_bytes())
    assert joined == (tmp_path / "whole.vcf").read_bytes()


def test_parts_that_know_of_no_shards_are_joined_as_they_are(tmp_path: Path, clinvar: Path) -> None:
    """Such as one file for each chromosome."""
    paths = [tmp_path / "a.vcf.gz", tmp_path / "b.vcf.gz"]
    for path, line in zip(
        paths, ("7\t140753336\t.\tA\tT\t.\t.\t.", "13\t32340300\t.\tGT\tG\t.\t.\t."), strict=True
    ):
        source = write_vcf(tmp_path / f"of_{path.name}", [line])
        annotate_file(config(source, path, clinvar))
    assert gather([str(path) for path in paths], str(tmp_path / "joined.vcf.gz")) == Summary()
    lines = data_lines(gzip.decompress((tmp_path / "joined.vcf.gz").read_bytes()))
    assert [line.split("\t")[0] for line in lines] == ["7", "13"]


# By the command


def test_the_command_annotates_a_shard_and_joins_all(tmp_path: Path, joint_snapshot: Path) -> None:
    source = written(tmp_path, "vcf", [record(1), record(2), "", ""])
    parts = [tmp_path / f"{number}.vcf.gz" for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        ran = run_annotator(
            "annotate", source, "-o", part, "--shard", f"{number}/2", "--snapshot", joint_snapshot
        )
        assert ran.status == 0, ran.err
        assert "molecular profiles" not in ran.err
    ran = run_annotator("workflow", "gather", *parts, "-o", tmp_path / "joined.vcf.gz", "-W")
    assert ran.status == 0, ran.err
    assert ran.err == "CIViC combination profiles: 2 complete, 2 partly present\n"
    whole = run_annotator("annotate", source, "--snapshot", joint_snapshot)
    assert gzip.decompress((tmp_path / "joined.vcf.gz").read_bytes()) == whole.out
    assert ran.err.strip() in whole.err
    ran = run_annotator("annotate", source, "-o", parts[0], "--shard", "3/2", "--snapshot", joint_snapshot)
    assert ran.status == 2
    assert (
        ran.err
        == "ERROR: --shard 3/2 is not a shard. Write it as K/N with K from 1 to N, for example 3/16.\n"
    )


def test_a_folder_of_shards_can_be_moved(tmp_path: Path, joint_snapshot: Path) -> None:
    """What was named relative to the working directory is found from the account, wherever that is by now."""
    work = tmp_path / "work"
    work.mkdir()
    written(work, "vcf", [record(1), record(2), "", ""])
    shutil.copytree(joint_snapshot, work / "snapshot")
    (work / "parts").mkdir()
    parts = [f"parts/{number}.vcf.gz" for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        ran = run_annotator(
            "annotate", "in.vcf", "-o", part, "--shard", f"{number}/2", "--snapshot", "snapshot", cwd=work
        )
        assert ran.status == 0, ran.err
    assert str(tmp_path) not in account_path(work / parts[0]).read_text()
    moved = work.rename(tmp_path / "moved")
    gather([str(moved / part) for part in parts], str(tmp_path / "joined.vcf.gz"))
    whole = run_annotator("annotate", "in.vcf", "--snapshot", "snapshot", cwd=moved)
    assert gzip.decompress((tmp_path / "joined.vcf.gz").read_bytes()) == whole.out
    assert PROFILE_AND in joints(whole.out)


def test_an_error_in_a_shard_names_the_file_and_the_shard(tmp_path: Path, joint_snapshot: Path) -> None:
    lines = [*between(1000, 2_000_000), "7\t2000000\t.\tA\tT\t.\t."]
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text(lines, assembly=Assembly.GRCH37, contigs=("7",), meta=META))
    ran = run_annotator(
        "annotate", source, "-o", tmp_path / "2.vcf.gz", "--shard", "2/2", "--snapshot", joint_snapshot
    )
    assert ran.status == 1
    assert f"{source}, shard 2 of 2, line " in ran.err
    assert not (tmp_path / "2.vcf.gz").exists()
    assert list(tmp_path.iterdir()) == [source]


# Refused shards


@pytest.fixture
def two(tmp_path: Path, joint_snapshot: Path) -> list[str]:
    source = written(tmp_path, "vcf.gz", [record(1), record(2), "", ""])
    return annotated_shards(tmp_path, source, joint_snapshot, 2)


def lacks_one(parts: list[str]) -> list[str]:
    return parts[:1]


def in_another_order(parts: list[str]) -> list[str]:
    return parts[::-1]


def lacks_an_account(parts: list[str]) -> list[str]:
    account_path(parts[1]).unlink()
    return parts


def has_a_damaged_account(parts: list[str]) -> list[str]:
    path = account_path(parts[1])
    path.write_text(path.read_text()[:-20])
    return parts


def has_an_account_of_a_later_format(parts: list[str]) -> list[str]:
    path = account_path(parts[1])
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 3}))
    return parts


def was_changed_since(parts: list[str]) -> list[str]:
    path = Path(parts[1])
    path.write_bytes(path.read_bytes()[:-28])
    return parts


def was_annotated_otherwise(parts: list[str]) -> list[str]:
    path = account_path(parts[1])
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {"config": facts["config"] | {"fields": ["CIVIC"]}}))
    return parts


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lacks_one, "the file is shard 1/2, but 1/1 is expected here. List all shards"),
        (in_another_order, "the file is shard 2/2, but 1/2 is expected here. List all shards"),
        (lacks_an_account, "2-of-2.vcf.gz.shard.json: cannot be read"),
        (has_a_damaged_account, "2-of-2.vcf.gz.shard.json: the file is damaged. Annotate the shard again"),
        (has_an_account_of_a_later_format, "the file has format 3"),
        (
            was_changed_since,
            "the file does not belong to the shard in the same folder. Annotate the shard again",
        ),
        (
            was_annotated_otherwise,
            "2-of-2.vcf.gz: the shard was annotated with options that differ from those of the first shard",
        ),
    ],
)
def test_shards_that_do_not_belong_together_are_not_joined(
    two: list[str], tmp_path: Path, wrong: Callable[[list[str]], list[str]], said: str
) -> None:
    output = tmp_path / "joined.vcf.gz"
    with pytest.raises(InputError) as raised:
        gather(wrong(two), str(output))
    assert said in str(raised.value)
    assert not output.exists()


def test_a_replaced_snapshot_is_an_error(two: list[str], tmp_path: Path, joint_snapshot: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(joint_snapshot, other)
    manifest = Manifest.read(other)
    sources = {name: source._replace(release="another") for name, source in manifest.sources.items()}
    (other / "manifest.json").write_text(manifest._replace(sources=sources).to_json())
    for part in two:
        path = account_path(part)
        facts = json.loads(path.read_text())
        path.write_text(json.dumps(facts | {"config": facts["config"] | {"snapshot": str(other)}}))
    with pytest.raises(InputError, match="the shard was annotated with another snapshot or another version"):
        gather(two, str(tmp_path / "joined.vcf.gz"))


@pytest.mark.parametrize(
    "more",
    [
        {"online": OnlineOptions()},
        {"regions": ("7",)},
        {"cgi": CgiOptions(Path("mutations.tsv"))},
        {"output": "-"},
        {"output": "out.bcf"},
    ],
)
def test_options_that_need_the_whole_input_are_refused_for_a_shard(
    tmp_path: Path, more: dict[str, object]
) -> None:
    told = {"input": "in.vcf", "output": "out.vcf.gz", "snapshot": tmp_path, "shard": Shard(1, 2)} | more
    with pytest.raises(UsageError):
        AnnotateOptions(**told).check()  # type: ignore[arg-type]


def test_every_fact_that_waits_for_the_whole_input_is_in_the_manifest_of_a_shard() -> None:
    """A new fact that the second pass needs must be added to the manifest too."""
    in_manifest = set(ShardManifest._fields) - {"config", "size"}
    assert set(vars(Pending())) == in_manifest | {"carried"}


def test_the_info_of_a_shard_lacks_only_results_of_the_whole(two: list[str]) -> None:
    lines = [line for part in two for line in data_lines(gzip.decompress(Path(part).read_bytes()))]
    assert sum("CIVIC_VID" in info_of(line) for line in lines) == 2
