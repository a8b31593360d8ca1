"""The reference gives the bases of an indexed FASTA under canonical names, or says what is wrong with the FASTA."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.errors import FastaError
from annotator.variants.assembly import Assembly
from annotator.variants.reference import Reference
from tests.support.inputs import MT_BASES, MT_LENGTH, write_fasta

BLOCK = 1 << 12  # bases that the reference reads at a time


@pytest.fixture(scope="module")
def mitochondrion(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    path = tmp_path_factory.mktemp("fasta") / "mt.fa"
    return Reference(write_fasta(path, {"MT": MT_BASES}), Assembly.GRCH38)


@pytest.fixture(scope="module")
def chromosome_head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A FASTA with all of chromosome 21's length, of which the first blocks hold bases and the rest is a hole."""
    path = tmp_path_factory.mktemp("fasta") / "chr21.fa"
    length = Assembly.GRCH38.lengths["21"]
    name = Assembly.GRCH38.accessions["21"]
    head = f">{name}\n".encode()
    path.write_bytes(head + _long_bases().encode())
    os.truncate(path, len(head) + length + 1)
    Path(f"{path}.fai").write_text(f"{name}\t{length}\t{len(head)}\t{length}\t{length + 1}\n")
    return path


def _long_bases() -> str:
    return (MT_BASES * (5 * BLOCK // MT_LENGTH))[: 4 * BLOCK]


@pytest.mark.parametrize("name", ["MT", "chrM", "chrMT", "M", "NC_012920.1"])
@pytest.mark.parametrize("file_name", ["mt.fa", "mt.fa.gz"])
def test_bases_are_found_under_every_name_of_a_contig(tmp_path: Path, file_name: str, name: str) -> None:
    reference = Reference(write_fasta(tmp_path / file_name, {name: MT_BASES}), Assembly.GRCH38)
    assert "MT" in reference
    assert reference.bases("MT", 1, 5) == MT_BASES[:5]
    assert reference.bases("MT", 16_000, MT_LENGTH) == MT_BASES[15_999:]
    assert "21" not in reference


def test_a_refseq_accession_names_a_chromosome_of_its_own_assembly_only(chromosome_head: Path) -> None:
    assert "21" in Reference(chromosome_head, Assembly.GRCH38)
    with pytest.raises(
        FastaError,
        match=r"no sequence of the FASTA file has a name that is used in GRCh37 \(the first is 'NC_000021\.9'\)",
    ):
        Reference(chromosome_head, Assembly.GRCH37)


@pytest.mark.parametrize(
    ("start", "stop", "bases"),
    [
        (1, 1, MT_BASES[:1]),
        (1, MT_LENGTH, MT_BASES),
        (MT_LENGTH, MT_LENGTH, MT_BASES[-1:]),
        (MT_LENGTH - 2, MT_LENGTH + 100, MT_BASES[-3:]),
        (MT_LENGTH + 1, MT_LENGTH + 100, ""),
        (BLOCK - 5, BLOCK + 5, MT_BASES[BLOCK - 6 : BLOCK + 5]),
        (1_000_000_000, 1_000_000_005, ""),
        (10, 9, ""),
        (0, 5, MT_BASES[:5]),
        (-5, 0, ""),
    ],
)
def test_bases_are_cut_at_the_ends_of_the_contig(
    mitochondrion: Reference, start: int, stop: int, bases: str
) -> None:
    assert mitochondrion.bases("MT", start, stop) == bases


def test_a_contig_that_the_fasta_lacks_has_no_bases(mitochondrion: Reference) -> None:
    assert mitochondrion.bases("21", 1, 10) == ""
    assert mitochondrion.bases("NT_187361.1", 1, 10) == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(ranges=st.lists(st.tuples(st.integers(1, MT_LENGTH), st.integers(0, 300)), min_size=1, max_size=8))
def test_any_order_of_questions_gives_the_bases_of_the_file(
    mitochondrion: Reference, ranges: list[tuple[int, int]]
) -> None:
    for start, size in ranges:
        assert mitochondrion.bases("MT", start, start + size) == MT_BASES[start - 1 : start + size]


@pytest.mark.parametrize("border", [BLOCK, 2 * BLOCK, 3 * BLOCK])
def test_bases_run_on_over_the_borders_of_blocks(chromosome_head: Path, border: int) -> None:
    reference = Reference(chromosome_head, Assembly.GRCH38)
    expected = _long_bases()
    for start, stop in (
        (border - 3, border + 3),
        (border, border),
        (border + 1, border + 1),
        (border - BLOCK + 1, border + 1),
        (border - 3, border + 3),
    ):
        assert reference.bases("21", start, stop) == expected[start - 1 : stop]


def test_the_bases_of_one_contig_are_never_given_for_another(tmp_path: Path) -> None:
    other = MT_BASES[::-1]
    path = write_fasta(tmp_path / "two.fa", {"MT": MT_BASES, "NT_187361.1": other})
    reference = Reference(path, Assembly.GRCH38)
    for _ in range(2):
        assert reference.bases("MT", 100, 110) == MT_BASES[99:110]
        assert reference.bases("NT_187361.1", 100, 110) == other[99:110]


def test_bases_are_upper_case_whatever_the_masking(tmp_path: Path) -> None:
    masked = MT_BASES[:100] + MT_BASES[100:200].lower() + MT_BASES[200:]
    reference = Reference(write_fasta(tmp_path / "mt.fa", {"MT": masked}), Assembly.GRCH38)
    assert reference.bases("MT", 1, MT_LENGTH) == MT_BASES


def test_of_two_sequences_of_one_contig_the_first_counts(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "twice.fa", {"chrM": MT_BASES, "MT": MT_BASES[::-1]})
    assert Reference(path, Assembly.GRCH38).bases("MT", 1, 9) == MT_BASES[:9]


def test_the_mitochondrion_of_ucsc_hg19_is_not_given_as_mt(tmp_path: Path) -> None:
    other = MT_BASES + "AC"
    path = write_fasta(tmp_path / "hg19.fa", {"chrM": other, "NT_187361.1": MT_BASES})
    assert "MT" not in Reference(path, Assembly.GRCH37)


# Faulty FASTA files


def test_a_missing_fasta_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FastaError, match="no such FASTA file"):
        Reference(tmp_path / "none.fa", Assembly.GRCH38)


@pytest.mark.parametrize(
    ("file_name", "removed", "missing"),
    [
        ("mt.fa", [".fai"], r"mt\.fa\.fai"),
        ("mt.fa.gz", [".fai"], r"mt\.fa\.gz\.fai"),
        ("mt.fa.gz", [".gzi"], r"mt\.fa\.gz\.gzi"),
        ("mt.fa.gz", [".fai", ".gzi"], r"mt\.fa\.gz\.fai and mt\.fa\.gz\.gzi"),
    ],
)
def test_a_fasta_without_its_index_is_an_error_that_names_the_command(
    tmp_path: Path, file_name: str, removed: list[str], missing: str
) -> None:
    path = write_fasta(tmp_path / file_name, {"MT": MT_BASES})
    for suffix in removed:
        Path(f"{path}{suffix}").unlink()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(FastaError, match=rf"no index \({missing}\)\. .*samtools faidx .*{file_name}"):
        Reference(path, Assembly.GRCH38)
    assert sorted(tmp_path.iterdir()) == before, "an index was written beside the FASTA"


def test_a_sequence_of_another_length_than_the_assembly_has_is_an_error(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "short.fa", {"chr21": MT_BASES})
    with pytest.raises(FastaError, match=r"'chr21' has 16,569 bases, but 46,709,983 in GRCh38.*Use a FASTA"):
        Reference(path, Assembly.GRCH38)


def test_a_fasta_without_any_contig_of_the_assembly_is_an_error(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "phage.fa", {"phiX": "ACGT" * 20})
    with pytest.raises(
        FastaError,
        match=r"no sequence of the FASTA file has a name that is used in GRCh38 .*'phiX'.*NC_000001\.11",
    ):
        Reference(path, Assembly.GRCH38)


def test_an_empty_fasta_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "empty.fa"
    path.write_bytes(b"")
    Path(f"{path}.fai").write_bytes(b"")
    with pytest.raises(FastaError, match=str(path)):
        Reference(path, Assembly.GRCH38)


@pytest.mark.parametrize("damage", ["plain gzip", "cut", "changed bytes", "shorter than its index"])
def test_a_fasta_whose_bases_cannot_be_read_is_an_error(tmp_path: Path, damage: str) -> None:
    path = write_fasta(
        tmp_path / ("mt.fa" if damage == "shorter than its index" else "mt.fa.gz"), {"MT": MT_BASES}
    )
    data = path.read_bytes()
    if damage == "plain gzip":
        path.write_bytes(gzip.compress(gzip.decompress(data)))
    elif damage == "changed bytes":
        path.write_bytes(data[:200] + bytes(60) + data[260:])
    else:
        path.write_bytes(data[: len(data) // 2])
    with pytest.raises(FastaError, match=str(path)):
        Reference(path, Assembly.GRCH38).bases("MT", 1, MT_LENGTH)


def test_an_index_that_is_no_index_is_an_error(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "mt.fa", {"MT": MT_BASES})
    Path(f"{path}.fai").write_text("no index at all\n")
    with pytest.raises(FastaError, match=str(path)):
        Reference(path, Assembly.GRCH38)
