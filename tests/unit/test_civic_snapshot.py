from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotator.info import Hit
from annotator.result import NOT_FOUND, Found, Match, Release, Result
from annotator.sources.civic.criteria import Criteria
from annotator.sources.civic.fields import CIVIC_FIELDS
from annotator.sources.civic.layout import StoredVariant
from annotator.sources.civic.records import (
    Assertion,
    CivicRecord,
    CivicVariant,
    EvidenceItem,
    MolecularProfile,
)
from annotator.sources.civic.snapshot import CivicSnapshot
from annotator.sources.civic.storing import CivicContent, write_civic
from annotator.sources.source import Source
from annotator.store.store import Store
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from annotator.variants.query import Loci, Query
from tests.support.civic_content import PlacedRelease, placed_release

RELEASE = Release("civic", "civic-snapshot", "2024-08-01", "GRCh37", "0" * 64)


def stored(records: Mapping[AlleleKey, CivicRecord], path: Path) -> CivicSnapshot:
    variants = {variant.id: variant for record in records.values() for variant in record.variants}
    content = CivicContent(
        [StoredVariant(variant, Criteria(), (), (), (), ()) for variant in variants.values()],
        {
            allele: [(variant.id, Match.EXACT) for variant in record.variants]
            for allele, record in records.items()
        },
    )
    return written(content, path)


def written(content: CivicContent, path: Path) -> CivicSnapshot:
    with path.open("wb") as file:
        write_civic(content, file)
    return CivicSnapshot(Store(path), RELEASE)


def resolve(source: Source[CivicRecord], alleles: Sequence[AlleleKey]) -> Sequence[Result[CivicRecord]]:
    return source.resolve([Query(allele) for allele in alleles])


def variant(id_: int) -> CivicRecord:
    return CivicRecord((CivicVariant(id_, "BRAF", f"V{id_}E"),))


@pytest.fixture(scope="module", params=[*Assembly])
def release(shared_data: Path, request: pytest.FixtureRequest) -> PlacedRelease:
    return placed_release(shared_data / "civic/release-2024-08-01", request.param)


def test_every_allele_of_the_release_is_found_with_its_own_record(
    release: PlacedRelease, tmp_path: Path
) -> None:
    source = written(release.built.content, tmp_path / "civic.store")
    alleles = list(release.records)
    answers = resolve(source, alleles)
    assert answers == [Found(release.records[allele], Match.EXACT) for allele in alleles]
    assert len(source.store) == len(alleles) == release.counts["alleles"]
    ids = {v.id for answer in answers if isinstance(answer, Found) for v in answer.record.variants}
    assert len(ids) == release.counts["variants by coordinates"] + release.counts.get("variants by HGVS", 0)


def test_neighbours_of_the_release_s_alleles_are_absent(release: PlacedRelease, tmp_path: Path) -> None:
    source = stored(release.records, tmp_path / "civic.store")
    others = [
        other
        for allele in release.records
        for other in (
            allele._replace(start=allele.start + 1),
            allele._replace(inserted=allele.inserted + "A"),
            allele._replace(deleted=allele.deleted + "A"),
            allele._replace(contig="Y"),
        )
        if other not in release.records
    ]
    assert set(resolve(source, others)) == {NOT_FOUND}


def test_answers_are_in_the_order_of_the_questions(tmp_path: Path) -> None:
    alleles = [AlleleKey("7", start, "A", "T") for start in range(1, 6)]
    source = stored({allele: variant(allele.start) for allele in alleles[::2]}, tmp_path / "civic.store")
    asked = [alleles[4], alleles[1], alleles[0], alleles[0], AlleleKey("MT", 1, "A", "T"), alleles[2]]
    assert resolve(source, asked) == [
        Found(variant(5), Match.EXACT), NOT_FOUND, Found(variant(1), Match.EXACT), Found(variant(1), Match.EXACT),
        NOT_FOUND, Found(variant(3), Match.EXACT),
    ]  # fmt: skip
    assert resolve(source, []) == []


def test_the_store_does_not_depend_on_the_order_of_the_records(tmp_path: Path) -> None:
    contigs = ("GL000192.1", "2", "MT", "10", "X", "NW_003871064.1", "1")
    alleles = [
        AlleleKey(contig, start, *change)
        for contig in contigs
        for start in (300, 70000, 5)
        for change in (("A", "T"), ("", "TT"), ("AC", ""), ("A", "C"))
    ]
    records = {allele: variant(number) for number, allele in enumerate(alleles)}
    one, other = tmp_path / "one", tmp_path / "other"
    source = stored(records, one)
    stored(dict(reversed(records.items())), other)
    assert one.read_bytes() == other.read_bytes()
    assert list(source.store.contigs) == ["1", "2", "10", "X", "MT", "GL000192.1", "NW_003871064.1"]
    for contig, (first, last) in source.store.contigs.items():
        rows = [source.store.find(allele) for allele in sorted(alleles) if allele.contig == contig]
        assert rows == list(range(first, last))


def test_alleles_with_the_same_record_share_its_text(tmp_path: Path) -> None:
    same, path = variant(613), tmp_path / "civic.store"
    alleles = [AlleleKey("13", 28592642, "C", base) for base in "AGT"]
    source = stored({alleles[0]: same, alleles[1]: same, alleles[2]: variant(1)}, path)
    numbers = [source.store.columns["members"][row] for row in range(3)]
    assert numbers[0] == numbers[1] != numbers[2]
    first, second, third = resolve(source, alleles)
    assert isinstance(first, Found)
    assert isinstance(second, Found)
    assert first.record is second.record
    assert first != third


def test_an_empty_release_is_a_store_in_which_everything_is_absent(tmp_path: Path) -> None:
    source = stored({}, tmp_path / "civic.store")
    assert resolve(source, [AlleleKey("7", 140453136, "A", "T")]) == [NOT_FOUND]


def places(first: NDArray[np.int64], last: NDArray[np.int64]) -> Loci:
    return Loci(first, last, np.zeros(first.size, dtype=np.uint8), last > first)


def test_candidates_are_the_ranges_in_which_an_allele_starts(release: PlacedRelease, tmp_path: Path) -> None:
    source = stored(release.records, tmp_path / "civic.store")
    for contig in source.store.contigs:
        starts = np.array(sorted({allele.start for allele in release.records if allele.contig == contig}))
        assert source.candidates(contig, places(starts, starts)).all()
        assert source.candidates(contig, places(starts - 5, starts)).all()
        after = starts[~np.isin(starts + 1, starts)] + 1
        assert not source.candidates(contig, places(after, after)).any()
    assert not source.candidates("MT", places(np.array([1]), np.array([16569]))).any()


def test_it_is_a_source(tmp_path: Path) -> None:
    source: Source[CivicRecord] = stored({}, tmp_path / "civic.store")
    assert (source.name, source.knowledge_base, source.title) == ("civic-snapshot", "civic", "CIViC")
    assert source.fields is CIVIC_FIELDS

    assert source.release() == RELEASE


def test_the_real_release_fills_the_fields_of_a_multi_allelic_record(
    shared_data: Path, tmp_path: Path
) -> None:
    records = placed_release(shared_data / "civic/release-2024-08-01", Assembly.GRCH37).records
    source = stored(records, tmp_path / "civic.store")
    alleles = [AlleleKey("12", 25398284, "C", alt) for alt in "AGT"]
    hits = [
        Hit(allele.inserted, number, answer.match, answer.record) if isinstance(answer, Found) else None
        for number, (allele, answer) in enumerate(zip(alleles, resolve(source, alleles), strict=True), 1)
    ]
    civic, vid, match, level = (field.value(hits) for field in CIVIC_FIELDS)
    assert (vid, match, level) == ("425,148,79", "exact,exact,exact", "B,B,B")
    assert civic is not None
    pairs = {tuple(entry.split("|")[:5]) for entry in civic.split(",")}
    assert pairs == {
        ("A", "1", "exact", "KRAS", "G12V"), ("G", "2", "exact", "KRAS", "G12A"), ("T", "3", "exact", "KRAS", "G12D"),
    }  # fmt: skip


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBER = st.integers(0, 10**6)
THERAPIES = st.lists(TEXT, max_size=3).map(tuple)
EVIDENCE = st.builds(
    EvidenceItem, NUMBER, TEXT, TEXT, TEXT, TEXT, TEXT, st.none() | st.integers(1, 5), TEXT, TEXT, TEXT,
    THERAPIES, TEXT, TEXT, st.booleans(),
)  # fmt: skip
ASSERTION = st.builds(
    Assertion, NUMBER, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, THERAPIES, TEXT, THERAPIES, st.booleans()
)
PROFILE = st.builds(
    MolecularProfile, st.none() | NUMBER, TEXT, st.lists(NUMBER, max_size=3).map(tuple),
    st.lists(EVIDENCE, max_size=3).map(tuple), st.lists(ASSERTION, max_size=2).map(tuple),
)  # fmt: skip
VARIANT = st.builds(
    CivicVariant,
    NUMBER,
    TEXT,
    TEXT,
    st.lists(PROFILE, max_size=2).map(tuple),
    st.booleans(),
    match=st.none(),  # how a variant is matched, the query decides
    note=st.just(""),
)
RECORD = st.lists(VARIANT, min_size=1, max_size=2, unique_by=lambda variant: variant.id).map(
    lambda variants: CivicRecord(tuple(sorted(variants, key=lambda variant: variant.id)))
)


@settings(max_examples=40, deadline=None)
@given(record=RECORD)
def test_any_record_comes_back_as_it_was(
    record: CivicRecord, tmp_path_factory: pytest.TempPathFactory
) -> None:
    allele = AlleleKey("7", 140453136, "A", "T")
    source = stored({allele: record}, tmp_path_factory.mktemp("record") / "civic.store")
    (answer,) = resolve(source, [allele])
    assert answer == Found(record, Match.EXACT)
    assert isinstance(answer, Found)
    assert same_types(answer.record, record)


def same_types(one: object, other: object) -> bool:
    """Whether two values have the same types all the way down: a named tuple equals a plain one."""
    if type(one) is not type(other):
        return False
    if not (isinstance(one, tuple) and isinstance(other, tuple)):
        return True
    return all(same_types(*pair) for pair in zip(one, other, strict=True))
