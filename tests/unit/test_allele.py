"""Alleles are normalised as Tan et al. 2015 define it and as bcftools norm and vt normalize do it."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pysam
import pysam.bcftools
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from annotator.variants.allele import (
    AlleleKey,
    agrees_with_reference,
    key_of,
    left_align,
    unsupported_reason,
    vcf_spelling,
)
from annotator.variants.assembly import Assembly
from tests.support.inputs import write_fasta
from tests.support.references import MosaicReference, SequenceReference, vcf_columns

# Trimming


@pytest.mark.parametrize(
    ("position", "ref", "alt", "key"),
    [
        (140753336, "A", "T", (140753336, "A", "T")),
        (10, "CAT", "C", (11, "AT", "")),
        (10, "C", "CAT", (11, "", "AT")),
        (10, "CAT", "CAG", (12, "T", "G")),
        (10, "TAAA", "TAA", (11, "A", "")),
        (10, "AT", "GC", (10, "AT", "GC")),
        (10, "cat", "CaG", (12, "T", "G")),
        (10, "CAT", "GAT", (10, "C", "G")),
        (10, "CATG", "CTTG", (11, "A", "T")),
        (10, "CTA", "CGTTA", (11, "", "GT")),
        (10, "AAAA", "AA", (10, "AA", "")),
        (10, "CAC", "C", (10, "CA", "")),
        (10, "TCC", "TGGG", (11, "CC", "GGG")),
        (10, "N", "A", (10, "N", "A")),
        (10, "AN", "A", (11, "N", "")),
        (10, "RA", "AA", (10, "R", "A")),
    ],
)
def test_an_allele_is_trimmed_by_its_common_suffix_then_its_common_prefix(
    position: int, ref: str, alt: str, key: tuple[int, str, str]
) -> None:
    assert key_of("7", position, ref, alt) == AlleleKey("7", *key)


@pytest.mark.parametrize(
    ("ref", "alt", "reason"),
    [
        ("A", "T", None),
        ("a", "t", None),
        ("A", "ACGT", None),
        *(
            (ref, alt, "ambiguous_bases")
            for code in "NRYSWKMBDHVnr"
            for ref, alt in [("A", code), (code, "A")]
        ),
        *((f"{code}A", code, "ambiguous_bases") for code in "NRYSWKMBDHV"),
        ("ACN", "A", "ambiguous_bases"),
        ("A", "ANNNT", "ambiguous_bases"),
        ("R", "Y", "ambiguous_bases"),
        ("N", "N", "ambiguous_bases"),
        ("A", "*", "spanning_deletion"),
        ("A", ".", "missing"),
        ("A", "", "missing"),
        ("A", "<DEL>", "symbolic"),
        ("A", "<*>", "symbolic"),
        ("A", "<NON_REF>", "symbolic"),
        ("A", "<INS:ME:ALU>", "symbolic"),
        ("A", "A[17:198982[", "breakend"),
        ("A", "]13:123456]A", "breakend"),
        ("A", "]<ctg1>:12]A", "breakend"),
        ("A", "AC.", "breakend"),
        ("A", ".AC", "breakend"),
        ("A", "I", "not_a_sequence"),
        ("A", "-", "not_a_sequence"),
        ("-", "A", "not_a_sequence"),
        ("0", "A", "not_a_sequence"),
        ("A", "A*", "not_a_sequence"),
        ("A", "A", "same_as_reference"),
        ("A", "a", "same_as_reference"),
        ("CAT", "cat", "same_as_reference"),
    ],
)
def test_an_alt_that_is_no_plain_sequence_is_refused_with_a_reason(
    ref: str, alt: str, reason: str | None
) -> None:
    assert unsupported_reason(ref, alt) == reason


@pytest.mark.parametrize(
    ("ref", "expected", "agrees"),
    [
        ("ACGT", "ACGT", True),
        ("acgt", "ACGT", True),
        ("N", "A", True),
        ("ANNT", "ACGT", True),
        ("A", "N", True),
        ("A", "R", True),
        ("G", "R", True),
        ("C", "R", False),
        ("R", "M", True),
        ("R", "Y", False),
        ("ACGT", "ACGA", False),
        ("NA", "CC", False),
        ("AC", "A", False),
        ("N", "", False),
    ],
)
def test_ref_agrees_with_the_bases_of_an_ambiguity_code(ref: str, expected: str, agrees: bool) -> None:
    assert agrees_with_reference(ref, expected) is agrees


# Properties over references full of repeats


class Change(NamedTuple):
    """A change of a reference sequence, and one way in which VCF may spell it."""

    reference: str
    start: int
    deleted: str
    inserted: str
    position: int
    ref: str
    alt: str

    @property
    def haplotype(self) -> str:
        return _changed(self.reference, self.start, self.deleted, self.inserted)

    @property
    def aligned(self) -> AlleleKey:
        key = key_of("7", self.position, self.ref, self.alt)
        return left_align(key, SequenceReference("7", self.reference))


def _changed(reference: str, start: int, deleted: str, inserted: str) -> str:
    assert reference[start - 1 : start - 1 + len(deleted)] == deleted, "the deleted bases are not there"
    return reference[: start - 1] + inserted + reference[start - 1 + len(deleted) :]


_BASES = st.text("ACGT", min_size=1, max_size=4)
_REFERENCES = st.lists(
    st.builds(lambda unit, times: unit * times, _BASES, st.integers(1, 8)), min_size=1, max_size=8
).map("".join)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """A change that often lengthens or shortens a repeat, padded with reference bases on both sides."""
    reference = draw(_REFERENCES)
    start = draw(st.integers(1, len(reference)))
    deleted = reference[start - 1 :][: draw(st.integers(0, 9))]
    copied = st.integers(0, len(reference)).map(lambda at: reference[at : at + 6])
    inserted = draw(st.just("") | copied | _BASES)
    assume(deleted != inserted)
    return draw(spellings(reference, start, deleted, inserted))


@st.composite
def spellings(draw: st.DrawFn, reference: str, start: int, deleted: str, inserted: str) -> Change:
    before = reference[: start - 1]
    after = reference[start - 1 + len(deleted) :]
    left = before[len(before) - draw(st.integers(0, min(6, len(before)))) :]
    right = after[: draw(st.integers(0, 6))]
    ref, alt = left + deleted + right, left + inserted + right
    assume(ref and alt)
    return Change(reference, start, deleted, inserted, start - len(left), ref, alt)


@given(changes())
def test_a_key_turns_the_reference_into_the_same_sequence(change: Change) -> None:
    key = change.aligned
    assert _changed(change.reference, key.start, key.deleted, key.inserted) == change.haplotype


@given(changes())
def test_a_key_is_parsimonious_and_leftmost(change: Change) -> None:
    key = change.aligned
    deleted, inserted = key.deleted, key.inserted
    assert deleted[:1] != inserted[:1] or not deleted or not inserted
    assert deleted[-1:] != inserted[-1:] or not deleted or not inserted
    if key.is_indel:
        size = len(deleted) - len(inserted)
        for start in range(1, key.start):
            gone = change.reference[start - 1 : start - 1 + size] if size > 0 else ""
            come = change.haplotype[start - 1 : start - 1 - size] if size < 0 else ""
            assert _changed(change.reference, start, gone, come) != change.haplotype


@given(changes())
def test_the_key_is_the_trimmed_form_of_both_whole_sequences(change: Change) -> None:
    # Spelled with the whole contig, an allele needs no reference to be left-aligned: trimming does it.
    reference, haplotype = change.reference, change.haplotype
    assume(haplotype)
    assert change.aligned == key_of("7", 1, reference, haplotype)


@given(st.data())
def test_every_spelling_of_a_change_has_one_key(data: st.DataObject) -> None:
    first = data.draw(changes())
    key = first.aligned
    # The same indel, as far right as the reference lets it go.
    start, deleted, inserted = key.start, key.deleted, key.inserted
    if key.is_indel:
        while start - 1 + len(deleted) < len(first.reference):
            sequence = deleted or inserted
            if first.reference[start - 1 + len(deleted)] != sequence[0]:
                break
            sequence = sequence[1:] + sequence[0]
            start, deleted, inserted = start + 1, deleted and sequence, inserted and sequence
    second = data.draw(spellings(first.reference, start, deleted, inserted))
    assert second.haplotype == first.haplotype
    assert second.aligned == key


@given(changes())
def test_left_aligning_twice_is_left_aligning_once(change: Change) -> None:
    assert left_align(change.aligned, SequenceReference("7", change.reference)) == change.aligned


@given(changes())
def test_the_vcf_spelling_of_a_key_has_that_key(change: Change) -> None:
    reference = SequenceReference("7", change.reference)
    assume(change.haplotype)  # VCF cannot spell the deletion of a whole contig
    position, ref, alt = vcf_spelling(change.aligned, reference)
    assert change.reference[position - 1 : position - 1 + len(ref)] == ref
    assert left_align(key_of("7", position, ref, alt), reference) == change.aligned


@given(changes())
def test_only_an_indel_that_starts_at_pos_may_not_be_leftmost(change: Change) -> None:
    key = key_of("7", change.position, change.ref, change.alt)
    if key.start > change.position or not key.is_indel:
        assert change.aligned == key


@given(_BASES, st.integers(1, 300))
def test_an_indel_moves_through_a_repeat_longer_than_a_window(unit: str, times: int) -> None:
    assume(unit[0] != "G" and "G" not in unit)
    reference = "TG" + unit * times
    change = Change(reference, len(reference) + 1, "", unit, len(reference), unit[-1], unit[-1] + unit)
    assert change.aligned == key_of("7", 1, reference, change.haplotype)


def test_an_indel_stops_at_the_first_base_of_its_contig() -> None:
    reference = SequenceReference("7", "AAAAC")
    assert left_align(AlleleKey("7", 4, "A", ""), reference) == AlleleKey("7", 1, "A", "")
    assert vcf_spelling(AlleleKey("7", 1, "A", ""), reference) == (1, "AA", "A")
    assert vcf_spelling(AlleleKey("7", 1, "", "GT"), reference) == (1, "A", "GTA")


def test_without_bases_of_its_contig_an_indel_stays_where_it_is() -> None:
    key = AlleleKey("8", 4, "A", "")
    assert left_align(key, SequenceReference("7", "AAAAC")) == key


# bcftools norm


def test_the_vcf_spelling_is_the_one_that_bcftools_norm_writes(tmp_path: Path) -> None:
    random_ = random.Random(20150219)  # noqa: S311
    sequences = {str(number): _repetitive(random_) for number in range(1, 5)}
    alleles = [_random_allele(random_, sequences) for _ in range(4_000)]
    expected = {}
    for number, (contig, position, ref, alt) in enumerate(alleles):
        reference = SequenceReference(contig, sequences[contig])
        key = left_align(key_of(contig, position, ref, alt), reference)
        expected[str(number)] = (contig, *vcf_spelling(key, reference))
    assert _normed(tmp_path, sequences, alleles) == expected
    moved = sum(
        (position, ref, alt) != expected[str(number)][1:]
        for number, (_, position, ref, alt) in enumerate(alleles)
    )
    assert moved > 1_000, "hardly any allele had to be normalised"


def _repetitive(random_: random.Random) -> str:
    pieces = []
    for _ in range(60):
        unit = "".join(random_.choices("ACGT", k=random_.choice([1, 1, 2, 3, 5, 12])))
        pieces.append(unit * random_.choice([1, 1, 2, 4, 40]))
    return "".join(pieces)


def _random_allele(random_: random.Random, sequences: dict[str, str]) -> tuple[str, int, str, str]:
    """Contig, POS, REF and ALT."""
    while True:
        contig = random_.choice(list(sequences))
        sequence = sequences[contig]
        position = random_.choice([1, 2, random_.randint(1, len(sequence)), len(sequence)])
        ref = sequence[position - 1 :][: random_.randint(1, 12)]
        kept = random_.randint(0, len(ref))
        copied = sequence[position - 1 + random_.randint(-4, 4) :][: random_.randint(0, 8)]
        alt = random_.choice([ref[:kept] + copied + ref[kept:], ref[:kept], ref[kept:], copied])
        if alt and ref != alt:
            return contig, position, ref, alt


def _normed(
    folder: Path, sequences: dict[str, str], alleles: list[tuple[str, int, str, str]]
) -> dict[str, tuple[str, int, str, str]]:
    """What bcftools norm makes of alleles, by their index."""
    fasta = write_fasta(folder / "reference.fa", sequences)
    lines = ["##fileformat=VCFv4.2"]
    lines += [f"##contig=<ID={contig},length={len(bases)}>" for contig, bases in sequences.items()]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    ordered = sorted(enumerate(alleles), key=lambda entry: entry[1][:2])
    for number, (contig, position, ref, alt) in ordered:
        lines.append(f"{contig}\t{position}\t{number}\t{ref}\t{alt}\t.\t.\t.")
    vcf = folder / "alleles.vcf"
    vcf.write_text("\n".join(lines) + "\n")
    written = folder / "normed.vcf"
    pysam.bcftools.norm("-c", "e", "-f", str(fasta), "-o", str(written), str(vcf), catch_stdout=False)
    columns = (line.split("\t") for line in written.read_text().splitlines() if line[0] != "#")
    return {number: (contig, int(pos), ref, alt) for contig, pos, number, ref, alt, *_ in columns}


class Plain(NamedTuple):
    """An ALT of a VCF that is a plain sequence: its key, and POS, REF and number of ALTs of its record."""

    key: AlleleKey
    position: int
    ref: str
    alts: int


def _plain_alleles(path: Path) -> Iterator[Plain]:
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            contig, pos, _, ref, alt = line.split("\t")[:5]
            alts = alt.split(",")
            for alt in alts:
                if unsupported_reason(ref, alt) is None:
                    yield Plain(key_of(contig, int(pos), ref, alt), int(pos), ref, len(alts))


@pytest.mark.parametrize(
    ("given", "normed", "count"),
    [("norm.vcf", "norm.out", 35), ("norm.split.vcf", "norm.split.and.norm.out", 29)],
)
def test_alleles_of_bcftools_own_tests_have_the_key_of_what_bcftools_makes_of_them(
    shared_data: Path, given: str, normed: str, count: int
) -> None:
    folder = shared_data / "vcf" / "expected" / "samtools+bcftools" / "test"
    reference = _WholeFasta(folder / "norm.fa")
    before = Counter(
        left_align(allele.key, reference)
        for allele in _plain_alleles(folder / given)
        # For norm.out, bcftools was told to leave out records that contradict the FASTA.
        if normed != "norm.out" or reference.holds(allele.key.contig, allele.position, allele.ref)
    )
    after = Counter(
        # bcftools aligns the ALTs of one record together, so that each by itself may reach further.
        allele.key if allele.alts == 1 else left_align(allele.key, reference)
        for allele in _plain_alleles(folder / normed)
    )
    assert before == after
    assert after.total() == count


class _WholeFasta:
    """A small FASTA, read whole."""

    def __init__(self, path: Path) -> None:
        entries = (entry.partition("\n") for entry in path.read_text().split(">")[1:])
        self._sequences = {name.split()[0]: body.replace("\n", "").upper() for name, _, body in entries}

    def bases(self, contig: str, start: int, stop: int) -> str:
        return self._sequences[contig][start - 1 : stop]

    def holds(self, contig: str, position: int, ref: str) -> bool:
        return self.bases(contig, position, position + len(ref) - 1) == ref


# vt normalize


def test_alleles_of_vt_own_test_have_the_key_of_what_vt_makes_of_them(shared_data: Path) -> None:
    # The reference itself is not at hand. But an indel can move only through bases that repeat it, so what
    # vt did tells them; they must not contradict any REF, and the base before must stop the indel.
    folder = shared_data / "vcf" / "expected" / "atks+vt" / "test" / "normalize"
    given, normed = (list(_plain_alleles(folder / name)) for name in ("01_IN.vcf", "01_OUT.vcf"))
    pairs = list(zip(given, normed, strict=True))
    reference = MosaicReference(Assembly.GRCH37)
    for allele in given + normed:
        reference.add(allele.key.contig, allele.position, allele.ref)
    for right, left in pairs:
        shift = right.key.start - left.key.start
        sequence = left.key.deleted or left.key.inserted
        repeated = sequence * (2 + shift // len(sequence))
        reference.add(left.key.contig, left.key.start, repeated[: len(left.key.deleted) + shift])
    assert [left_align(allele.key, reference) for allele in given] == [allele.key for allele in normed]
    assert len(pairs) == 194
    assert sum(before.position != after.position for before, after in pairs) == 80
    assert sum(before.key != after.key for before, after in pairs) == 55  # the others are only trimmed


# ClinVar's indels


@pytest.mark.parametrize(
    ("contig", "name", "counts"),
    [("13", "chr13_32000000_33000000", (4_608, 3_192)), ("17", "chr17_43000000_44000000", (3_334, 2_168))],
)
def test_clinvar_indels_moved_right_come_back_to_where_clinvar_has_them(
    shared_data: Path, contig: str, name: str, counts: tuple[int, int]
) -> None:
    slice_ = _Slice(shared_data / "reference" / f"GRCh38_{name}.fa.gz")
    indels = moved = 0
    clinvar = shared_data / "clinvar" / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz"
    for chrom, pos, _, ref, alt, *_ in vcf_columns(clinvar):
        if chrom != contig or unsupported_reason(ref, alt) is not None or not slice_.holds(int(pos), ref):
            continue
        key = key_of(chrom, int(pos), ref, alt)
        if key.is_indel:
            indels += 1
            right = _rightmost(key, slice_)
            moved += right != key
            assert left_align(right, slice_) == key
    assert (indels, moved) == counts


class _Slice:
    """A piece of a contig; `start` is the 1-based position of its first base."""

    def __init__(self, path: Path) -> None:
        with gzip.open(path, "rt") as file:
            header, _, body = file.read().partition("\n")
        self.start = int(header.split()[0].rpartition(":")[2].split("-")[0])
        self.sequence = body.replace("\n", "").upper()

    def bases(self, _contig: str, start: int, stop: int) -> str:
        return self.sequence[start - self.start : stop + 1 - self.start]

    def holds(self, position: int, ref: str) -> bool:
        return self.bases("", position, position + len(ref) - 1) == ref


def _rightmost(key: AlleleKey, reference: _Slice) -> AlleleKey:
    start, sequence = key.start, key.deleted or key.inserted
    while reference.bases("", after := start + len(key.deleted), after) == sequence[0]:
        start, sequence = start + 1, sequence[1:] + sequence[0]
    return AlleleKey(key.contig, start, key.deleted and sequence, key.inserted and sequence)
