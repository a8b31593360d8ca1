"""ClinVar's own alleles, in every form that a caller may write, match their own records and no others."""

from __future__ import annotations

import gzip
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import pysam
import pytest

import annotator
from annotator import Assembly, Report
from annotator.explain.explain import explain
from tests.support.clinvar_rows import (
    ClinVarRow,
    KnownAlleles,
    clinvar_rows,
    expected_fields,
    info_items,
    per_alt,
    record_lines,
    trimmed,
)
from tests.support.real_slices import (
    MOVABLE,
    SLICES,
    Locus,
    Query,
    is_pure_indel,
    room,
    shifted,
    write_padded_fasta,
)

RECORDS = 69_302
WITHOUT_ALT = 9  # ALT is `.`: reference alleles that somebody submitted
NOT_COMPARABLE = 51  # long insertions with a stretch of N, and C>N
ALLELES = RECORDS - WITHOUT_ALT - NOT_COMPARABLE
POSITIONS = 36_887

IN_SLICES = 35_987

IDENTIFYING = ("CLNVID", "ALLELEID", "CLNSIG", "CLNREVSTAT")
"""Fields compared for respelled alleles; the unchanged ones of GRCh38 are compared in full."""


class Tally(NamedTuple):
    """How many ALTs got what they should: their own record, or nothing."""

    own: int
    nothing: int


class Release:
    """A file of ClinVar's with a snapshot of it."""

    def __init__(self, assembly: Assembly, path: Path, snapshot: Path) -> None:
        self.assembly = assembly
        self.snapshot = snapshot
        self.rows = clinvar_rows(path)
        self.manifest = annotator.build_snapshot(snapshot, assembly, clinvar=path)
        with_alt = [row for row in self.rows if row.alt != "."]
        # Some long insertions have a stretch of N in the middle: they cannot be compared.
        self.alleles = [row for row in with_alt if set(row.ref + row.alt) <= set("ACGT")]
        self.not_comparable = len(with_alt) - len(self.alleles)

    @cached_property
    def fields(self) -> dict[str, dict[str, str]]:
        """What each allele must get, by AlleleID."""
        return {row.allele_id: expected_fields(row) for row in self.alleles}

    @cached_property
    def known(self) -> KnownAlleles:
        return KnownAlleles((row.chrom, row.position, row.ref, row.alt) for row in self.alleles)


@pytest.fixture(scope="module")
def grch38(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    path = shared_data / "clinvar" / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz"
    return Release(Assembly.GRCH38, path, tmp_path_factory.mktemp("self") / "GRCh38")


@pytest.fixture(scope="module")
def grch37(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    path = shared_data / "clinvar" / "clinvar_20260226.GRCh37.cancer_genes.DERIVED_liftover.vcf.gz"
    return Release(Assembly.GRCH37, path, tmp_path_factory.mktemp("self") / "GRCh37")


@pytest.fixture(scope="module", params=["grch38", "grch37"])
def release(request: pytest.FixtureRequest) -> Release:
    chosen: Release = request.getfixturevalue(request.param)
    return chosen


def as_written(row: ClinVarRow) -> Query:
    return Query(row.chrom, row.position, row.ref, (row.alt,), (row.allele_id,))


def written(path: Path, assembly: Assembly, queries: Iterable[Query]) -> Path:
    """Write a VCF whose INFO holds the expected AlleleIDs, and whose header proves the assembly."""
    with path.open("w") as file:
        file.write("##fileformat=VCFv4.2\n")
        for contig, length in assembly.lengths.items():
            file.write(f"##contig=<ID={contig},length={length}>\n##contig=<ID=chr{contig},length={length}>\n")
        file.write('##INFO=<ID=QID,Number=A,Type=Integer,Description="AlleleID to be found">\n')
        file.write("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        for query in queries:
            wanted = ",".join(allele_id or "." for allele_id in query.expected)
            file.write(
                f"{query.chrom}\t{query.position}\t.\t{query.ref}\t{','.join(query.alts)}\t.\t.\tQID={wanted}\n"
            )
    return path


def judged(release: Release, output: Path, keys: Sequence[str] | None) -> Tally:
    """Compare every ALT of an output with the record it must have got, by the given INFO keys or by all."""
    own = nothing = 0
    for columns in record_lines(output):
        for slot in per_alt(info_items(columns[7]), columns[4].count(",") + 1):
            allele_id = slot.pop("QID", None)
            if allele_id is None:
                assert not slot, f"nothing expected in {columns[:5]}"
                nothing += 1
                continue
            fields = release.fields[allele_id]
            expected = fields if keys is None else {key: fields[key] for key in keys if key in fields}
            assert slot == expected, f"AlleleID {allele_id} expected in {columns[:5]}"
            own += 1
    return Tally(own, nothing)


def annotated(
    release: Release,
    queries: Iterable[Query],
    folder: Path,
    *,
    keys: Sequence[str] | None = IDENTIFYING,
    reference: Path | None = None,
) -> tuple[Tally, Report]:
    query = written(folder / "query.vcf", release.assembly, queries)
    output = folder / "output.vcf"
    report = annotator.annotate(query, output, snapshot=release.snapshot, reference=reference, fields=keys)
    tally = judged(release, output, keys)
    output.unlink()
    query.unlink()
    found, absent = (report.summary.answers["clinvar"][word] for word in ("found", "absent"))
    assert (found, absent) == tally
    assert report.summary.alleles == sum(tally)
    return tally, report


# --- as ClinVar writes them ---


def test_the_snapshot_has_every_allele_of_the_file(release: Release) -> None:
    assert len(release.rows) == RECORDS
    assert len({row.allele_id for row in release.rows}) == RECORDS
    assert release.manifest.sources["clinvar"].counts == {
        "records": RECORDS,
        "left out: missing": WITHOUT_ALT,
        "left out: ambiguous_bases": NOT_COMPARABLE,
        "alleles": ALLELES,
    }


def test_the_lifted_file_has_the_same_alleles_elsewhere(grch38: Release, grch37: Release) -> None:
    """No allele was reversed, lost or shortened by the liftover, so it needs no exception from what follows."""
    originals = {row.allele_id: row for row in grch38.rows}
    assert {row.allele_id for row in grch37.rows} == originals.keys()
    for row in grch37.rows:
        original = originals[row.allele_id]
        assert row._replace(position=0, info={}) == original._replace(position=0, info={})
        assert row.position != original.position


def test_no_two_alleles_of_the_file_are_one(release: Release) -> None:
    assert len(release.known) == len(release.alleles) == ALLELES


@pytest.mark.parametrize(
    ("release", "keys"),
    [("grch38", None), ("grch37", (*IDENTIFYING, "CLNHGVS"))],
    indirect=["release"],
    ids=["grch38 with all its fields", "grch37"],
)
def test_every_allele_finds_its_own_record(
    release: Release, keys: Sequence[str] | None, tmp_path: Path
) -> None:
    tally, report = annotated(release, map(as_written, release.alleles), tmp_path, keys=keys)
    assert tally == Tally(ALLELES, 0)
    assert report.summary.not_left_aligned == 0
    assert report.warnings == ()


def test_records_without_an_alt_pass_unchanged(release: Release, tmp_path: Path) -> None:
    queries = [as_written(row)._replace(expected=(None,)) for row in release.rows if row.alt == "."]
    query = written(tmp_path / "query.vcf", release.assembly, queries)
    report = annotator.annotate(query, tmp_path / "output.vcf", snapshot=release.snapshot)
    assert list(record_lines(tmp_path / "output.vcf")) == list(record_lines(query))
    assert (report.summary.records, report.summary.alleles) == (WITHOUT_ALT, 0)


# --- as others write them ---


def with_prefix(query: Query) -> Query:
    return query._replace(chrom=f"chr{query.chrom}")


def in_lower_case(query: Query) -> Query:
    return query._replace(ref=query.ref.lower(), alts=tuple(alt.lower() for alt in query.alts))


def with_prefix_and_in_lower_case(query: Query) -> Query:
    return with_prefix(in_lower_case(query))


@pytest.mark.parametrize("respelled", [with_prefix, in_lower_case])
def test_contig_names_and_case_do_not_matter(
    grch38: Release, respelled: Callable[[Query], Query], tmp_path: Path
) -> None:
    queries = (respelled(as_written(row)) for row in grch38.alleles)
    tally, _ = annotated(grch38, queries, tmp_path)
    assert tally == Tally(ALLELES, 0)


DECOYS = 2  # per record


def merged(release: Release, chance: random.Random) -> Iterator[Query]:
    """Give one record per position: every allele of ClinVar's and some that it does not have, in any order."""
    for (chrom, position), group in itertools.groupby(release.alleles, key=lambda row: row[:2]):
        rows = list(group)
        ref = max((row.ref for row in rows), key=len)
        alts: dict[str, str | None] = {row.alt + ref[len(row.ref) :]: row.allele_id for row in rows}
        for alt in chance.sample(near_misses(ref, list(alts)), DECOYS):
            if alt not in {ref, *alts} and not release.known.may_hold(chrom, position, ref, alt):
                alts[alt] = None
        spelled = chance.sample(list(alts.items()), len(alts))
        yield Query(chrom, position, ref, tuple(alt for alt, _ in spelled), tuple(id_ for _, id_ in spelled))


def near_misses(ref: str, alts: Sequence[str]) -> list[str]:
    """Give alleles like the known ones: another first or last base, or a base more or less."""
    misses = [other + ref[1:] for other in "ACGT"]
    misses += [alt + "A" for alt in alts] + [alt[:-1] for alt in alts if len(alt) > 1]
    return misses + [ref[:-1] + other for other in "ACGT"]


@pytest.mark.parametrize(
    ("release", "respelled"),
    [("grch38", lambda query: query), ("grch37", with_prefix_and_in_lower_case)],
    indirect=["release"],
    ids=["grch38", "grch37 with prefix and in lower case"],
)
def test_alleles_merged_into_one_record_keep_their_own_values(
    release: Release, respelled: Callable[[Query], Query], tmp_path: Path
) -> None:
    queries = list(merged(release, random.Random(20260226)))  # noqa: S311
    assert len(queries) == POSITIONS
    decoys = sum(query.expected.count(None) for query in queries)
    tally, _ = annotated(release, map(respelled, queries), tmp_path)
    assert tally == Tally(ALLELES, decoys)
    assert decoys > 30_000


# --- as the reference allows to write them ---


class Genome(NamedTuple):
    """Regions of GRCh38 with an available sequence, and the alleles of ClinVar within."""

    release: Release
    loci: dict[str, Locus]
    fasta: Path
    rows: list[ClinVarRow]


@pytest.fixture(scope="module")
def genome(grch38: Release, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Genome]:
    loci = {}
    for contig, (start, stop, name) in SLICES.items():
        _, *lines = gzip.decompress((shared_data / "reference" / name).read_bytes()).decode().split("\n")
        loci[contig] = Locus(start, "".join(lines))
        assert len(loci[contig].sequence) == stop - start + 1
    fasta = tmp_path_factory.mktemp("reference") / "GRCh38.fa"
    write_padded_fasta(fasta, loci)
    rows = [
        row
        for row in grch38.alleles
        if row.chrom in loci and SLICES[row.chrom][0] <= row.position <= SLICES[row.chrom][1]
    ]
    yield Genome(grch38, loci, fasta, rows)
    fasta.unlink()  # 200 MB


def padded(query: Query, locus: Locus, left: int, right: int) -> Query:
    """Write reference bases to both sides of REF and ALT."""
    stop = query.position + len(query.ref) - 1
    before = locus.bases(query.position - left, query.position - 1)
    after = locus.bases(stop + 1, stop + right)
    return query._replace(
        position=query.position - left,
        ref=before + query.ref + after,
        alts=tuple(before + alt + after for alt in query.alts),
    )


def makes(locus: Locus, query: Query, start: int, stop: int) -> str:
    """Give the sequence from `start` to `stop` as the first ALT of a record changes it."""
    end = query.position + len(query.ref) - 1
    assert locus.bases(query.position, end) == query.ref
    return locus.bases(start, query.position - 1) + query.alts[0] + locus.bases(end + 1, stop)


def test_the_slices_hold_alleles_of_every_kind(genome: Genome) -> None:
    assert len(genome.rows) == IN_SLICES
    assert Counter(row.info["CLNVC"] for row in genome.rows) == {
        "single_nucleotide_variant": 27_393,
        "Deletion": 5_034,
        "Duplication": 1_747,
        "Insertion": 686,
        "Indel": 638,
        "Microsatellite": 475,
        "Inversion": 14,
    }
    assert sum(map(is_pure_indel, genome.rows)) == 5_034 + 1_747 + 686 + 475


def test_padded_alleles_find_their_own_records(genome: Genome, tmp_path: Path) -> None:
    chance = random.Random(1)  # noqa: S311
    queries = [
        padded(as_written(row), genome.loci[row.chrom], chance.randint(1, 5), chance.randint(1, 5))
        for row in genome.rows
    ]
    tally, report = annotated(genome.release, queries, tmp_path, reference=genome.fasta)
    assert tally == Tally(IN_SLICES, 0)
    assert report.summary.ref_checked == IN_SLICES
    assert report.summary.ref_mismatches == 0


class Moves(NamedTuple):
    """Indels that can stand further right, written a random number of bases further right."""

    rows: list[ClinVarRow]
    steps: list[int]
    queries: list[Query]


@pytest.fixture(scope="module")
def moves(genome: Genome) -> Moves:
    chance = random.Random(2)  # noqa: S311
    rows, steps, queries = [], [], []
    for row in filter(is_pure_indel, genome.rows):
        locus = genome.loci[row.chrom]
        allowed = room(row, locus)
        if allowed:
            rows.append(row)
            steps.append(chance.randint(1, allowed))
            queries.append(shifted(row, locus, steps[-1]))
            stop = queries[-1].position + len(queries[-1].ref) + 10
            assert makes(locus, queries[-1], row.position, stop) == makes(
                locus, as_written(row), row.position, stop
            )
    return Moves(rows, steps, queries)


def test_indels_anywhere_in_their_repeat_find_their_own_records(
    genome: Genome, moves: Moves, tmp_path: Path
) -> None:
    assert len(moves.queries) == MOVABLE
    tally, report = annotated(genome.release, moves.queries, tmp_path, reference=genome.fasta)
    assert tally == Tally(MOVABLE, 0)
    assert report.summary.not_left_aligned == 0


def test_indels_both_moved_and_padded_find_their_own_records(
    genome: Genome, moves: Moves, tmp_path: Path
) -> None:
    chance = random.Random(3)  # noqa: S311
    queries = [
        padded(query, genome.loci[query.chrom], chance.randint(1, 5), chance.randint(1, 5))
        for query in moves.queries
    ]
    tally, _ = annotated(genome.release, queries, tmp_path, reference=genome.fasta)
    assert tally == Tally(MOVABLE, 0)


# --- without a reference: ClinVar's VCF position and HGVS expression tell all places of an indel ---


LONG = 100  # bases from which on not every place of an indel is tried: one can be shifted by 8,604 of its own length


def every_place(genome: Genome, row: ClinVarRow) -> Iterator[Query]:
    """Give an indel at every place where the reference allows it, of long ones at the first and last ones."""
    locus = genome.loci[row.chrom]
    places = list(range(room(row, locus) + 1))
    if len(row.ref + row.alt) > LONG:
        places = sorted({*places[:3], places[len(places) // 2], *places[-3:]})
    return (shifted(row, locus, steps) for steps in places)


@pytest.fixture(scope="module")
def placed(genome: Genome) -> list[Query]:
    movable = [row for row in genome.rows if is_pure_indel(row) and room(row, genome.loci[row.chrom])]
    assert len(movable) == MOVABLE
    return [query for row in movable for query in every_place(genome, row)]


def leftmost(locus: Locus, query: Query) -> tuple[str, int, str, str]:
    """Give the one left-aligned form of a query's first ALT, by the sequence."""
    chrom, start, deleted, inserted = trimmed(query.chrom, query.position, query.ref, query.alts[0])
    moving = deleted or inserted
    while locus.bases(start - 1, start - 1) == moving[-1]:
        moving = moving[-1] + moving[:-1]
        start -= 1
    return (chrom, start, moving, "") if deleted else (chrom, start, "", moving)


def decoys(genome: Genome, queries: Iterable[Query]) -> Iterator[Query]:
    """Give, for each query, its bases in another rotation: another allele, or one that contradicts the reference."""
    for query in queries:
        anchor, moving = query.ref[0], (query.ref[1:] or query.alts[0][1:])
        turned = moving[1:] + moving[:1]
        if turned == moving:
            continue
        if len(query.ref) > 1:
            yield query._replace(ref=anchor + turned, expected=(None,))
            continue
        decoy = query._replace(alts=(anchor + turned,), expected=(None,))
        if leftmost(genome.loci[query.chrom], decoy) not in genome.release.known:
            yield decoy


def test_without_a_reference_indels_at_every_place_are_exact(
    genome: Genome, placed: list[Query], tmp_path: Path
) -> None:
    tally, report = annotated(genome.release, placed, tmp_path, keys=(*IDENTIFYING, "CLNMATCH"))
    assert tally == Tally(len(placed), 0)
    assert report.warnings == ()


def test_without_a_reference_the_wrong_rotation_is_never_matched(
    genome: Genome, placed: list[Query], tmp_path: Path
) -> None:
    queries = list(decoys(genome, placed))
    assert len(queries) > 10_000
    tally, report = annotated(genome.release, queries, tmp_path)
    assert tally == Tally(0, len(queries))
    assert report.warnings == ()


def test_without_a_reference_all_sources_agree(genome: Genome, placed: list[Query], tmp_path: Path) -> None:
    """The snapshot in Python, BCF, and `explain` give what VCF text gives."""
    chance = random.Random(4)  # noqa: S311
    chosen = chance.sample(placed, 2_000) + chance.sample(list(decoys(genome, placed)), 500)
    chosen.sort(key=lambda query: (query.chrom, query.position))
    snapshot = annotator.Snapshot.open(genome.release.snapshot)
    bcf = tmp_path / "query.bcf"
    vcf = written(tmp_path / "query.vcf", Assembly.GRCH38, chosen)
    with (
        pysam.VariantFile(str(vcf)) as source,
        pysam.VariantFile(str(bcf), "wb", header=source.header) as out,
    ):
        for record in source:
            out.write(record)
    annotator.annotate(bcf, tmp_path / "output.bcf", snapshot=genome.release.snapshot)
    with pysam.VariantFile(str(tmp_path / "output.bcf")) as output:
        in_bcf = [record.info.get("ALLELEID", (None,))[0] for record in output]
    for number, (query, found) in enumerate(zip(chosen, in_bcf, strict=True)):
        expected = query.expected[0]
        assert (None if found is None else str(found)) == expected
        answer = snapshot.lookup(query.chrom, query.position, query.ref, query.alts[0])["clinvar"]
        if expected is None:
            assert answer == annotator.NotFound()
            continue
        assert isinstance(answer, annotator.Found)
        assert (str(answer.record.allele_id), answer.match) == (expected, annotator.Match.EXACT)
        if number % 100 == 0:
            asked = f"{query.chrom}-{query.position}-{query.ref}-{query.alts[0]}"
            [case] = explain(asked, genome.release.snapshot).alleles
            [shown] = case.answers
            assert (shown.answer, shown.match) == ("found", "exact")
