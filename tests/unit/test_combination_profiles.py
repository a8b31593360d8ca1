"""CIViC's profiles of several variants: judged per sample over the whole file, and written where they are satisfied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

import annotator
from annotator.errors import InputError
from annotator.sources.civic.layout import CombinationProfile
from annotator.sources.civic.profiles import WHOLE_FILE, satisfied_profiles
from annotator.sources.civic.records import MolecularProfile
from annotator.sources.civic.structure import profile_tree, tokens_of_raw_name
from annotator.variants.assembly import Assembly
from annotator.variants.bed import Bed
from annotator.vcf.bgzf import EOF_BLOCK
from tests.support.combination_profiles import (
    GT,
    PLACES,
    joint_of,
    record,
    write_joint_snapshot,
)
from tests.support.inputs import bgzip, data_lines, info_of, run_annotator, vcf_text

GRCH37 = Assembly.GRCH37


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_joint_snapshot(tmp_path_factory.mktemp("joint"))


@pytest.fixture
def profiles_of(snapshot: Path, tmp_path: Path) -> Callable[..., list[set[int]]]:
    """Profiles of several variants that each record of a file is given."""

    def found(
        records: Iterable[str], *, samples: Sequence[str] = (), bed: str | None = None
    ) -> list[set[int]]:
        text = vcf_text(records, assembly=GRCH37, contigs=("7",), samples=samples, meta=GT)
        (tmp_path / "in.vcf").write_text(text)
        if bed is not None:
            (tmp_path / "looked.bed").write_text(bed)
        annotator.annotate(
            tmp_path / "in.vcf",
            tmp_path / "out.vcf",
            snapshot=snapshot,
            bed=None if bed is None else tmp_path / "looked.bed",
        )
        return [joint_of(line) for line in data_lines((tmp_path / "out.vcf").read_bytes())]

    return found


def test_a_profile_is_written_on_each_of_its_variants_if_all_are_there(
    profiles_of: Callable[..., list[set[int]]],
) -> None:
    assert profiles_of([record(1), record(2)]) == [{101, 104}, {101, 104}]
    assert profiles_of([record(1), record(4)]) == [{104}, {103, 104}]
    assert profiles_of([record(1)]) == [set()]
    assert profiles_of([record(3)]) == [{103}]
    assert profiles_of([record(2), record(2)]) == [set(), set()]


def test_a_match_by_protein_change_satisfies_no_combination(
    profiles_of: Callable[..., list[set[int]]],
) -> None:
    info = (
        "ANN=T|missense_variant|MODERATE|GENE|GENE|transcript|NM_1|protein_coding|1/1|c.1A>T|p.Val5Ala|||||"
    )
    assert profiles_of([record(1, info=info)]) == [set()]


def test_variants_of_different_samples_are_not_together(profiles_of: Callable[..., list[set[int]]]) -> None:
    apart = [record(1, "0/1", "0/0"), record(2, "0/0", "1|1")]
    assert profiles_of(apart, samples=("A", "B")) == [set(), set()]
    together = [record(1, "0/1", "0/0"), record(2, "./1", "1|1")]
    assert profiles_of(together, samples=("A", "B")) == [{101, 104}, {101, 104}]
    assert profiles_of([record(1, "0/0"), record(2, "1/1")], samples=("A",)) == [set(), set()]
    second = [record(1, "0/2", alt="G,T"), record(2, "0/1", alt="G,T")]
    assert profiles_of(second, samples=("A",)) == [set(), set()]
    both = [record(1, "0/2", alt="G,T"), record(2, "1/2", alt="G,T")]
    assert profiles_of(both, samples=("A",)) == [{101, 104}, {101, 104}]


def test_absence_is_claimed_only_where_somebody_looked(profiles_of: Callable[..., list[set[int]]]) -> None:
    assert profiles_of([record(1)]) == [set()]
    assert profiles_of([record(1), record(3, alt=".")]) == [{102}, set()]  # a record that says: nothing here
    assert profiles_of([record(1), record(3, alt="C")]) == [{102}, set()]
    assert profiles_of([record(1), record(3)]) == [set(), {103}]
    looked = f"chr7\t{PLACES[3] - 1}\t{PLACES[3]}\n"
    assert profiles_of([record(1)], bed=looked) == [{102}]
    assert profiles_of([record(1), record(3)], bed=looked) == [set(), {103}]
    assert profiles_of([record(1)], bed=f"chr7\t{PLACES[3]}\t{PLACES[3] + 9}\n") == [set()]


def test_absence_is_of_the_sample_that_was_looked_at(profiles_of: Callable[..., list[set[int]]]) -> None:
    samples = ("A", "B")
    assert profiles_of([record(1, "0/1", "0/0"), record(3, "0/0", "./.")], samples=samples) == [{102}, set()]
    assert profiles_of([record(1, "0/1", "0/0"), record(3, "./.", "0/0")], samples=samples) == [set(), set()]
    assert profiles_of([record(1, "0/1", "0/0"), record(3, "0/0", "0/1")], samples=samples) == [{102}, {103}]


def test_a_profile_of_nothing_but_an_absence_is_on_no_record(
    profiles_of: Callable[..., list[set[int]]],
) -> None:
    assert 106 not in set().union(*profiles_of([record(1), record(4, alt="C"), record(2)]))


def test_the_summary_counts_partial_combinations(snapshot: Path, tmp_path: Path) -> None:
    def told(records: list[str]) -> str:
        (tmp_path / "in.vcf").write_text(vcf_text(records, assembly=GRCH37, contigs=("7",)))
        ran = run_annotator(
            "annotate", tmp_path / "in.vcf", "--snapshot", snapshot, "-o", tmp_path / "out.vcf"
        )
        assert ran.status == 0, ran.err
        return ran.err

    assert "CIViC combination profiles: 2 complete, 2 partly present" in told([record(1), record(2)])
    assert "CIViC combination profiles: 0 complete, 4 partly present" in told([record(1)])
    assert "several variants" not in told([record(1, alt="C")])


# Large files, all formats


@pytest.fixture(scope="module")
def large(snapshot: Path) -> Path:
    """Several chunks; the variants of a profile are in the first, in one in the middle, and in the last one."""
    padding = "X=" + "0123456789" * 30
    others = [f"7\t{position}\t.\tA\tC\t.\t.\t{padding}\tGT\t0/1" for position in range(5_000, 1_900_000, 97)]
    after = [
        f"7\t{position}\t.\tA\tC\t.\t.\t{padding}\tGT\t0/1" for position in range(2_000_001, 2_900_000, 97)
    ]
    records = [record(1, "0/1"), *others, record(2, "0/1"), *after, record(4, "0/1")]
    path = snapshot.parent / "large.vcf"
    path.write_text(vcf_text(records, assembly=GRCH37, contigs=("7",), samples=("A",), meta=GT + ENDING))
    (snapshot.parent / "large.vcf.gz").write_bytes(
        b"".join(bgzip(part)[: -len(EOF_BLOCK)] for part in _parts(path.read_bytes())) + EOF_BLOCK
    )
    return path


ENDING = ('##INFO=<ID=X,Number=1,Type=String,Description="padding">',)


def _parts(data: bytes) -> Iterable[bytes]:
    for start in range(0, len(data), 60_000):
        yield data[start : start + 60_000]


def written(snapshot: Path, source: Path, output: Path, *options: str) -> bytes:
    ran = run_annotator("annotate", source, "--snapshot", snapshot, "-o", output, *options)
    assert ran.status == 0, ran.err
    assert "CIViC combination profiles: 3 complete" in ran.err
    return output.read_bytes()


def test_chunks_are_rewritten_after_the_second_pass(snapshot: Path, large: Path, tmp_path: Path) -> None:
    text = written(snapshot, large, tmp_path / "one.vcf")
    lines = data_lines(text)
    told = {number: joint_of(line) for number, line in enumerate(lines) if "CIVIC=" in line}
    assert list(told.values()) == [{101, 104}, {101, 104}, {103, 104}]
    untouched = [line for line in data_lines(large.read_bytes()) if "X=" in line]
    assert [line for line in lines if "CIVIC=" not in line] == untouched
    assert written(snapshot, large, tmp_path / "two.vcf", "-@", "2") == text
    streamed = run_annotator("annotate", large, "--snapshot", snapshot)
    assert streamed.out == text
    piped = run_annotator("annotate", "-", "--snapshot", snapshot, stdin=large.read_bytes())
    assert piped.out == text
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["one.vcf", "two.vcf"]


def test_compressed_output_and_its_index_are_those_of_the_text(
    snapshot: Path, large: Path, tmp_path: Path
) -> None:
    import gzip

    import pysam

    text = written(snapshot, large, tmp_path / "plain.vcf")
    source = large.with_suffix(".vcf.gz")
    one = written(snapshot, source, tmp_path / "one.vcf.gz", "-W")
    two = written(snapshot, source, tmp_path / "two.vcf.gz", "-W", "-@", "2")
    assert one == two
    assert gzip.decompress(one) == text
    assert (tmp_path / "one.vcf.gz.tbi").read_bytes() == (tmp_path / "two.vcf.gz.tbi").read_bytes()
    with pysam.VariantFile(str(tmp_path / "one.vcf.gz")) as file:
        (found,) = file.fetch("7", PLACES[2] - 1, PLACES[2])
        assert "|101|" in ",".join(found.info["CIVIC"])
    streamed = run_annotator("annotate", source, "--snapshot", snapshot, "-O", "z")
    assert streamed.out == one


def test_bcf_gives_the_same_entries_by_its_own_genotypes(snapshot: Path, large: Path, tmp_path: Path) -> None:
    text = data_lines(written(snapshot, large, tmp_path / "plain.vcf"))
    written(snapshot, large, tmp_path / "in.bcf")
    written(snapshot, tmp_path / "in.bcf", tmp_path / "out.bcf", "-W")
    written(snapshot, tmp_path / "out.bcf", tmp_path / "back.vcf")
    back = data_lines((tmp_path / "back.vcf").read_bytes())
    assert [info_of(line).get("CIVIC") for line in back] == [info_of(line).get("CIVIC") for line in text]
    two = written(snapshot, tmp_path / "in.bcf", tmp_path / "two.bcf", "-@", "2")
    assert two == (tmp_path / "out.bcf").read_bytes()


def test_genotypes_of_bcf_and_text_are_the_same(snapshot: Path, tmp_path: Path) -> None:
    records = [record(1, "0/1", "./.", "1"), record(2, ".|1", "1/1", "0"), record(3, "0/0/1", "0|0", ".")]
    text = vcf_text(records, assembly=GRCH37, contigs=("7",), samples=("A", "B", "C"), meta=GT)
    (tmp_path / "in.vcf").write_text(text)
    for name, source in (("a.vcf", "in.vcf"), ("b.bcf", "in.vcf"), ("c.bcf", "b.bcf"), ("d.vcf", "c.bcf")):
        annotator.annotate(tmp_path / source, tmp_path / name, snapshot=snapshot)
    for name in ("a.vcf", "d.vcf"):
        lines = data_lines((tmp_path / name).read_bytes())
        assert [joint_of(line) for line in lines] == [{101, 104}, {101, 104}, {103}]


# Small parts


def joint(raw_name: str) -> CombinationProfile:
    tree = profile_tree(tokens_of_raw_name(raw_name))
    assert tree is not None
    return CombinationProfile(MolecularProfile(1, raw_name, ()), tree, {})


@pytest.mark.parametrize(
    ("raw_name", "there", "looked_at", "expected"),
    [
        ("#VID1 AND #VID2", {1}, set(), False),
        ("#VID1 AND #VID2", {1, 2}, set(), True),
        ("#VID1 OR #VID2", {2}, set(), True),
        ("#VID1 AND NOT #VID2", {1}, set(), False),
        ("#VID1 AND NOT #VID2", {1}, {2}, True),
        ("#VID1 AND NOT #VID2", {1, 2}, {2}, False),
        ("#VID1 AND NOT (#VID2 OR #VID3)", {1}, {2}, False),
        ("#VID1 AND NOT (#VID2 AND #VID3)", {1}, {2}, True),
        ("#VID1 AND NOT NOT #VID2", {1, 2}, set(), True),
        ("NOT #VID1 OR #VID2", {2}, set(), True),
    ],
)
def test_three_valued_logic(raw_name: str, there: set[int], looked_at: set[int], *, expected: bool) -> None:
    everywhere = {WHOLE_FILE}
    found = satisfied_profiles(
        {1: joint(raw_name)}, dict.fromkeys(there, everywhere), dict.fromkeys(looked_at, everywhere)
    )
    assert (found == {1}) is expected


def test_bed_regions_touch_and_join(tmp_path: Path) -> None:
    path = tmp_path / "x.bed"
    path.write_text("track name=x\n#comment\nchr7\t20\t30\tname\n7\t10\t20\n7\t0\t5\nunknown\t1\t2\n\n")
    bed = Bed(path, GRCH37)
    inside, outside = ((11, 30), (1, 5), (21, 21)), ((5, 6), (10, 11), (30, 31))
    assert all(bed.covers("7", start, stop) for start, stop in inside)
    assert not any(bed.covers("7", start, stop) for start, stop in outside)
    assert not bed.covers("8", 1, 1)
    path.write_bytes(bgzip(b"7\t0\t5\n"))
    assert Bed(path, GRCH37).covers("7", 1, 5)


@pytest.mark.parametrize("text", ["7\t1\n", "7 x 2\n", "7:1-2\n"])
def test_an_invalid_bed_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.bed").write_text(f"7\t1\t2\n{text}")
    with pytest.raises(InputError) as refused:
        Bed(tmp_path / "x.bed", GRCH37)
    assert refused.value.line == 2
    with pytest.raises(InputError, match="cannot be read"):
        Bed(tmp_path / "missing.bed", GRCH37)
