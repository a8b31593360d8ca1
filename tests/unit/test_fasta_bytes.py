"""Many REFs are compared with a FASTA at once: as pysam reads it, and as the lines come out one by one."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import annotator
from annotator import Assembly
from annotator.annotation.engines.text import LineWorker
from annotator.errors import FastaError
from annotator.variants.reference import Reference
from annotator.vcf.fasta_bytes import FastaBytes
from tests.support.inputs import (
    MT_BASES,
    MT_LENGTH,
    ONE_CONTIG,
    ClinVarEntry,
    write_fasta,
    write_snapshot,
    write_vcf,
)

ODD = {4_000: "n", 4_001: "N", 8_000: "R", 70: "a", 71: "c"}
"""Bases of the sequence that are not upper-case bases, by 0-based position."""


def sequence() -> str:
    bases = list(MT_BASES)
    for place, base in ODD.items():
        bases[place] = base
    return "".join(bases)


@pytest.fixture(scope="module", params=["mt.fa", "mt.fa.gz"])
def fasta(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fasta") / request.param
    # Repeated, so that a FASTA in BGZF has several blocks.
    return write_fasta(path, {"chrM": sequence(), "other": MT_BASES * 12})


PLACES = st.tuples(st.integers(1, MT_LENGTH + 3), st.integers(1, 70), st.booleans(), st.integers(0, 12))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(PLACES, min_size=1, max_size=40))
def test_agreeing_refs_equal_the_sequence(fasta: Path, places: list[tuple[int, int, bool, int]]) -> None:
    reference = Reference(fasta, Assembly.GRCH38)
    refs, expected = [], []
    for start, length, is_changed, at in places:
        bases = reference.bases("MT", start, start + length - 1).ljust(length, "A")
        if is_changed:
            other = min(at, length - 1)
            bases = bases[:other] + ("C" if bases[other] != "C" else "G") + bases[other + 1 :]
        refs.append(bases.lower() if at % 2 else bases)
        is_inside = start + length - 1 <= MT_LENGTH
        has_only_bases = not set(range(start - 1, start + length - 1)) & {4_000, 4_001, 8_000}
        expected.append(is_inside and length <= 64 and has_only_bases and not is_changed)
    lengths = np.array([len(ref) for ref in refs])
    offsets = np.cumsum(lengths) - lengths
    positions = np.array([start for start, *_ in places])
    found = FastaBytes(fasta).agreeing("chrM", positions, "".join(refs).encode(), offsets, lengths)
    assert found.tolist() == expected


def test_every_block_is_read(fasta: Path) -> None:
    bases = MT_BASES * 12
    positions = np.arange(1, len(bases) + 1)
    found = FastaBytes(fasta).agreeing(
        "other", positions, bases.encode(), positions - 1, np.ones_like(positions)
    )
    assert found.all()


def test_a_sequence_that_is_not_there_agrees_with_nothing(fasta: Path) -> None:
    one = np.array([1])
    for name in (None, "chr7"):
        assert not FastaBytes(fasta).agreeing(name, one, b"G", one - 1, one).any()


@pytest.mark.parametrize("index", ["chrM\t16569\t6\t0\t61\n", "chrM\t16569\n", "chrM\tx\t6\t60\t61\n"])
def test_a_damaged_index_is_an_error_that_names_it(tmp_path: Path, index: str) -> None:
    path = write_fasta(tmp_path / "mt.fa", {"chrM": MT_BASES})
    Path(f"{path}.fai").write_text(index)
    with pytest.raises(FastaError, match="its index cannot be read") as caught:
        FastaBytes(path)
    assert "samtools faidx" in str(caught.value)


def test_a_file_that_is_shorter_than_its_index_is_an_error(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "mt.fa", {"chrM": MT_BASES})
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(FastaError, match="shorter than its index states"):
        FastaBytes(path)


def records(chance: random.Random) -> list[str]:
    """Records of the mitochondrion: right and wrong REFs, indels that can be shifted, and alleles without bases."""
    bases, lines = sequence().upper(), []
    for position in sorted(chance.choices(range(1, MT_LENGTH - 80), k=8_000)):
        length = chance.choice([1, 1, 1, 1, 2, 3, 20, 70])
        ref = bases[position - 1 : position - 1 + length]
        if chance.random() < 0.008:
            ref = ("A" if ref[0] != "A" else "C") + ref[1:]
        alts = [ref[:1], *(base for base in "ACGT" if base != ref), f"{ref}{ref[-1]}", f"{ref[0]}TT{ref}"]
        alts += [".", "<DEL>", "*", "N", "A,C", f"{ref}G,{ref[0]}", "R"]
        alt = chance.choice([alt for alt in alts if alt != ref])
        ref = ref.lower() if chance.random() < 0.1 else ref
        lines.append(f"MT\t{position}\t.\t{ref}\t{alt}\t.\t.\tDP=1")
    return lines


def known_alleles(lines: list[str]) -> list[ClinVarEntry]:
    """Entries of ClinVar for the alleles of lines whose REF and ALT are bases."""
    alleles = {
        (int(columns[1]), columns[3].upper(), columns[4])
        for columns in (line.split("\t") for line in lines)
        if set(columns[4]) <= set("ACGT")
    }
    return [
        ClinVarEntry("MT", place, 1_000 + id_, ref, alt, "Benign")
        for id_, (place, ref, alt) in enumerate(sorted(alleles))
    ]


@pytest.mark.parametrize("suffix", ["vcf", "bcf"])
def test_a_scan_equals_reading_line_by_line(
    fasta: Path, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = records(random.Random(5))  # noqa: S311
    source = write_vcf(tmp_path / "in.vcf", lines, contigs=(ONE_CONTIG, "MT"))
    snapshot = write_snapshot(tmp_path / "snapshot", known_alleles(lines[::5]))
    if suffix == "bcf":
        annotator.annotate(source, tmp_path / "in.bcf", snapshot=snapshot)
        source = tmp_path / "in.bcf"
    made = []
    for name in ("scanned", "one by one"):
        if name == "one by one":
            monkeypatch.setattr(LineWorker, "_scanned", lambda *_: None)
            source = tmp_path / "in.vcf"
        report = annotator.annotate(source, tmp_path / f"{name}.vcf", snapshot=snapshot, reference=fasta)
        made.append((report.summary, (tmp_path / f"{name}.vcf").read_text().split("#CHROM")[1]))
    assert made[0][1] == made[1][1]
    for fact in ("records", "alleles", "ref_checked", "ref_mismatches", "unsupported", "answers"):
        assert getattr(made[0][0], fact) == getattr(made[1][0], fact), fact
    assert made[0][0].answers["clinvar"]["found"] > 500
    assert made[0][0].ref_mismatches > 20
    assert made[0][0].ref_checked > 4_000
