from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import annotator
from annotator import Match, Release
from annotator.info import Hit
from annotator.sources.clinvar.fields import CLINVAR_FIELDS
from annotator.sources.clinvar.layout import EXPRESSIONS
from annotator.sources.clinvar.lookups import expression_hash
from annotator.sources.clinvar.records import ClinVarRecord
from annotator.sources.clinvar.snapshot import ClinVarSnapshot
from annotator.sources.clinvar.table import ClinVarTable
from annotator.store.store import Store
from annotator.store.writing import Lookup, contig_order, write_store
from annotator.variants.allele import SUBSTITUTIONS, AlleleKey
from annotator.variants.assembly import CANONICAL_CONTIGS
from annotator.variants.hgvs_parse import parse_hgvs
from annotator.variants.query import Loci
from tests.support.clinvar_rows import STARS, clinvar_text
from tests.support.stores import opened, written

LARGEST = 2**32 - 1

# Few contigs, starts and bases, so that alleles meet; the large numbers need the wider columns.
CONTIGS = st.sampled_from(["1", "2", "10", "X", "MT", "NT_187633.1"])
STARTS = st.integers(1, 12) | st.sampled_from([255, 256, 65_535, 65_536, 248_956_422, LARGEST])
SIDES = st.text("ACGTN", max_size=3)
ALLELES = (
    st.builds(AlleleKey, CONTIGS, STARTS, SIDES, SIDES)
    | st.builds(AlleleKey, CONTIGS, STARTS, st.just(""), st.just("ACGT" * 20))
).filter(lambda allele: allele.deleted != allele.inserted)
RELEASE = Release("clinvar", "clinvar-snapshot", "2026-02-26", "GRCh38", "0" * 64)


# --- alleles


@settings(deadline=None)
@given(st.lists(ALLELES, unique=True, min_size=1), st.lists(ALLELES))
def test_every_allele_is_found_and_no_other(alleles: list[AlleleKey], others: list[AlleleKey]) -> None:
    with opened(written(alleles)) as store:
        assert len(store) == len(alleles)
        numbers = store.columns["number"]
        for number, allele in enumerate(alleles):
            row = store.find(allele)
            assert row is not None
            assert numbers[row] == number
        for allele in others:
            assert (store.find(allele) is not None) == (allele in alleles)


@settings(deadline=None)
@given(st.lists(ALLELES, unique=True, min_size=1), CONTIGS, st.lists(st.tuples(STARTS, st.integers(0, 8))))
def test_whether_any_allele_starts_within_ranges(
    alleles: list[AlleleKey], contig: str, ranges: list[tuple[int, int]]
) -> None:
    import numpy as np

    first = np.array([start for start, _ in ranges], dtype=np.int64)
    last = np.array([start + width for start, width in ranges], dtype=np.int64)
    with opened(written(alleles)) as store:
        nothing = np.zeros(first.size, dtype=np.uint8)
        found = store.any_at(contig, Loci(first, last, nothing, nothing.astype(bool))).tolist()
        starts = [allele.start for allele in alleles if allele.contig == contig]
        assert found == [any(begin <= start <= begin + width for start in starts) for begin, width in ranges]
    starts = [allele.start for allele in alleles if allele.contig == contig]
    assert found == [
        any(first <= start <= last for start in starts) for first, last in zip(first, last, strict=True)
    ]


@settings(deadline=None)
@given(
    st.lists(ALLELES, unique=True, min_size=1),
    CONTIGS,
    st.lists(st.tuples(STARTS, st.integers(0, 8), st.sampled_from(range(len(SUBSTITUTIONS))))),
)
def test_of_which_records_an_allele_may_be_known(
    alleles: list[AlleleKey], contig: str, records: list[tuple[int, int, int]]
) -> None:
    import numpy as np

    first, width, numbers = np.array(records, dtype=np.int64).reshape(-1, 3).T
    width = np.where(numbers > 0, 0, width)  # a substitution's key starts at one place
    with opened(written(alleles)) as store:
        found, rows = store.rows_at(
            contig, Loci(first, first + width, numbers.astype(np.uint8), np.zeros(first.size, dtype=bool))
        )
        keys = [None if row < 0 else store.key(row) for row in rows.tolist()]
    here = [
        (allele.start, f"{allele.deleted}>{allele.inserted}") for allele in alleles if allele.contig == contig
    ]
    asked = zip(first.tolist(), (first + width).tolist(), numbers.tolist(), strict=True)
    assert found.tolist() == [
        any(first <= start <= last and SUBSTITUTIONS[number] in ("", change) for start, change in here)
        for first, last, number in asked
    ]
    assert keys == [
        AlleleKey(contig, start, *SUBSTITUTIONS[number].split(">")) if number and may_be else None
        for may_be, start, number in zip(found.tolist(), first.tolist(), numbers.tolist(), strict=True)
    ]


def test_an_allele_of_another_contig_or_start_or_side_is_not_found() -> None:
    with opened(written([AlleleKey("7", 140753336, "A", "T")])) as store:
        assert store.find(AlleleKey("7", 140753336, "A", "T")) == 0
        for other in (
            AlleleKey("8", 140753336, "A", "T"),
            AlleleKey("7", 140753335, "A", "T"),
            AlleleKey("7", 140753336, "A", ""),
            AlleleKey("7", 140753336, "", "T"),
            AlleleKey("7", 140753336, "T", "A"),
            AlleleKey("7", 140753336, "A", "TT"),
        ):
            assert store.find(other) is None


def test_a_store_may_be_empty() -> None:
    with opened(written([])) as store:
        assert len(store) == 0
        assert store.find(AlleleKey("1", 1, "A", "T")) is None


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8")), unique=True))
def test_texts_of_a_pool_come_back_by_number(texts: list[str]) -> None:
    file = io.BytesIO()
    write_store(file, [("1", 0, 1)], {"start": [1], "allele": [0]}, {"allele": ["A>T"], "notes": texts})
    with opened(file.getvalue()) as store:
        assert [store.text("notes", number) for number in range(len(texts))] == texts


@pytest.mark.parametrize("largest", [0, 255, 256, 65_535, 65_536, LARGEST])
def test_numbers_up_to_32_bits_come_back(largest: int) -> None:
    file = io.BytesIO()
    columns = {"start": [1, 2], "allele": [0, 0], "value": [0, largest]}
    write_store(file, [("1", 0, 2)], columns, {"allele": ["A>T"]})
    with opened(file.getvalue()) as store:
        assert list(store.columns["value"]) == [0, largest]


def test_contigs_are_ordered_as_a_genome_is() -> None:
    shuffled = ["MT", "NW_2.1", "10", "X", "2", "NT_1.1", "Y", *CANONICAL_CONTIGS[2:9], "1"]
    assert sorted(set(shuffled), key=contig_order)[-5:] == ["X", "Y", "MT", "NT_1.1", "NW_2.1"]
    assert sorted(CANONICAL_CONTIGS, key=contig_order) == list(CANONICAL_CONTIGS)


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    origin = tmp_path / "clinvar.vcf"
    origin.write_text(clinvar_text(["7 140753336 13961 A T ALLELEID=29000;CLNSIG=Pathogenic"]))
    annotator.build_snapshot(tmp_path / "snapshot", "GRCh38", clinvar=origin, retrieved="2026-03-01")
    return tmp_path / "snapshot"


# --- ClinVar's records

TEXTS = st.none() | st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12)
RSIDS = TEXTS | st.sampled_from(
    ["0", "007", "121913529", "123|456", str(LARGEST), str(LARGEST + 1), "-1", "1e5", "¹²"]
)
NUMBERS_IN_HGVS = (
    st.integers(0, 40) | st.integers(0, 2**40) | st.sampled_from([99_999, 100_000, 100_001, 200_000])
)
CHANGES = st.lists(
    st.one_of(
        NUMBERS_IN_HGVS.map(str),
        st.sampled_from(["_", "+", "-", "*", "@", "A>T", "del", "[", "]", "0", "?", ":"]),
    ),
    max_size=6,
).map("".join)
HGVS = TEXTS | st.builds("NC_000007.14:g.{}".format, CHANGES) | CHANGES
STATUSES = st.none() | st.sampled_from(sorted(STARS))


@st.composite
def records(draw: st.DrawFn) -> ClinVarRecord:
    facts = {field: draw(TEXTS) for field in ClinVarRecord._fields[2:]}
    facts |= {"review_status": draw(STATUSES | TEXTS), "rsid": draw(RSIDS), "hgvs": draw(HGVS)}
    number = st.integers(1, LARGEST)
    return ClinVarRecord(draw(number), draw(st.none() | number), **facts)


@contextlib.contextmanager
def stored(rows: Iterable[tuple[AlleleKey, ClinVarRecord]]) -> Iterator[tuple[ClinVarSnapshot, int]]:
    """Give the rows from a store, with the number of those left out."""
    file = io.BytesIO()
    table = ClinVarTable()
    for allele, record in rows:
        table.add(allele, record)
    duplicates = table.write(file)
    with opened(file.getvalue()) as store:
        yield ClinVarSnapshot(store, RELEASE), duplicates


def record_of(snapshot: ClinVarSnapshot, allele: AlleleKey) -> ClinVarRecord:
    row = snapshot.store.find(allele)
    assert row is not None
    return snapshot.record(row)


@settings(deadline=None)
@given(st.dictionaries(ALLELES, records(), min_size=1, max_size=6))
def test_records_come_back_as_they_were(rows: dict[AlleleKey, ClinVarRecord]) -> None:
    with stored(rows.items()) as (snapshot, duplicates):
        assert duplicates == 0
        assert len(snapshot.store) == len(rows)
        for allele, record in rows.items():
            assert record_of(snapshot, allele) == record


@settings(deadline=None)
@given(
    st.dictionaries(ALLELES, records(), min_size=1, max_size=6),
    st.sets(st.sampled_from([field.id for field in CLINVAR_FIELDS])),
)
def test_items_of_many_rows_are_those_of_each_record(
    rows: dict[AlleleKey, ClinVarRecord], ids: set[str]
) -> None:
    with stored(rows.items()) as (snapshot, _):
        told = snapshot.selected(ids)
        items = told.items(list(range(len(rows))))
        for row, item in enumerate(items):
            hits = [Hit("T", 1, Match.EXACT, rows[snapshot.store.key(row)])]
            values = [(field.id, field.value(hits)) for field in CLINVAR_FIELDS if field.id in ids]
            assert item == ";".join(f"{id_}={value}" for id_, value in values if value is not None)


BRAF = AlleleKey("7", 140753336, "A", "T")


@pytest.mark.parametrize(
    "record",
    [
        ClinVarRecord(1),
        ClinVarRecord(LARGEST, LARGEST),
        ClinVarRecord(1, 2, *[""] * 18),
        ClinVarRecord(1, rsid="0"),
        ClinVarRecord(1, rsid="007"),
        ClinVarRecord(1, rsid=""),
        ClinVarRecord(1, rsid="123|456"),
        ClinVarRecord(1, rsid=str(LARGEST)),
        ClinVarRecord(1, rsid=str(LARGEST + 1)),
        ClinVarRecord(1, rsid="¹²³"),
        ClinVarRecord(1, rsid="١٢٣"),
        ClinVarRecord(1, hgvs="NC_000007.14:g.140753336A>T"),
        ClinVarRecord(1, hgvs="NC_000007.14:g.140753336_140753337delinsAT"),
        ClinVarRecord(1, hgvs="NC_000007.14:g.140753336CA[2]AC[2]A[1]"),
        ClinVarRecord(1, hgvs="NC_000007.14:g.0140753336A>T"),
        ClinVarRecord(1, hgvs="NC_000007.14:g.1407533361A>T"),
        ClinVarRecord(1, hgvs="NC_000007.14:g.140653336_140853336dup"),
        ClinVarRecord(1, hgvs="NC_000007.14:g.140653335_140853337dup"),
        ClinVarRecord(1, hgvs="NC_000007.14:g.(?_140753330)_(140753340_?)del"),
        ClinVarRecord(1, hgvs="140753336"),
        ClinVarRecord(1, hgvs=":140753336"),
        ClinVarRecord(1, hgvs="NC_000007.14:g.140753336@"),
        ClinVarRecord(1, hgvs="NC_000007.14:g.140753336A>T@3"),
        ClinVarRecord(1, hgvs="g.@-5"),
        ClinVarRecord(1, hgvs="NC_000007.14:g.14075333٦A>T"),
    ],
    ids=lambda record: str({key: value for key, value in record._asdict().items() if value is not None}),
)
def test_odd_records_come_back_as_they_were(record: ClinVarRecord) -> None:
    with stored([(BRAF, record)]) as (snapshot, _):
        assert record_of(snapshot, BRAF) == record


def test_alleles_that_share_values_keep_their_own() -> None:
    shared = ClinVarRecord(
        1, 2, "Pathogenic", None, "reviewed_by_expert_panel", diseases="Melanoma", rsid="5"
    )
    rows = {
        AlleleKey(contig, start, "A", alt): shared._replace(
            variation_id=number, hgvs=f"NC_1.1:g.{start}A>{alt}"
        )
        for number, (contig, start, alt) in enumerate(
            (contig, start, alt) for contig in ("2", "1", "MT") for start in (70_000, 5) for alt in "CGT"
        )
    }
    with stored(rows.items()) as (snapshot, _):
        assert {allele: record_of(snapshot, allele) for allele in rows} == rows


# --- several records of one allele


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([BRAF, BRAF._replace(inserted="C"), BRAF._replace(contig="8")]),
            STATUSES,
            st.integers(1, 9),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_of_one_alleles_records_more_stars_win_and_then_the_lower_variation_id(
    rows: list[tuple[AlleleKey, str | None, int]],
) -> None:
    by_allele: dict[AlleleKey, list[tuple[int, int]]] = {}
    for allele, status, variation in rows:
        stars = 0 if status is None else int(STARS[status])
        by_allele.setdefault(allele, []).append((-stars, variation))
    records = [(allele, ClinVarRecord(variation, review_status=status)) for allele, status, variation in rows]
    with stored(records) as (snapshot, duplicates):
        assert duplicates == len(rows) - len(by_allele)
        for allele, ranks in by_allele.items():
            kept = record_of(snapshot, allele)
            stars = 0 if kept.review_status is None else int(STARS[kept.review_status])
            assert (-stars, kept.variation_id) == min(ranks)


# --- the same input gives the same bytes


@settings(deadline=None)
@given(st.lists(st.tuples(ALLELES, records()), min_size=1, max_size=6), st.integers(0, 6))
def test_tables_joined_from_parts_give_the_bytes_of_one(
    rows: list[tuple[AlleleKey, ClinVarRecord]], cut: int
) -> None:
    assert store_of([rows[:cut], rows[cut:]]) == store_of([rows])


def store_of(parts: Sequence[Sequence[tuple[AlleleKey, ClinVarRecord]]]) -> bytes:
    whole = ClinVarTable()
    for rows in parts:
        part = ClinVarTable()
        for allele, record in rows:
            part.add(allele, record)
        whole.join(part)
    file = io.BytesIO()
    whole.write(file)
    return file.getvalue()


def test_the_same_file_gives_the_same_snapshot(snapshot: Path, tmp_path: Path) -> None:
    annotator.build_snapshot(
        tmp_path / "again", "GRCh38", clinvar=tmp_path / "clinvar.vcf", retrieved="2026-03-01"
    )
    names = sorted(path.name for path in snapshot.iterdir())
    assert names == ["clinvar.store", "manifest.json"]
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (snapshot / name).read_bytes()


# --- look-ups


KEYS = st.integers(0, 5) | st.integers(0, 2**64 - 1)


@settings(deadline=None)
@given(st.lists(st.tuples(KEYS, st.integers(0, LARGEST)), unique=True), st.lists(KEYS))
def test_a_lookup_gives_the_rows_of_a_key_and_no_others(
    pairs: list[tuple[int, int]], others: list[int]
) -> None:
    import numpy as np

    pairs = sorted(pairs)
    lookup = Lookup(np.array([key for key, _ in pairs], dtype=np.uint64), [row for _, row in pairs])
    file = io.BytesIO()
    write_store(file, [], {"start": [], "allele": []}, {"allele": []}, {"x": lookup})
    with opened(file.getvalue()) as store:
        for key in {*(key for key, _ in pairs), *others}:
            assert store.rows_of("x", key) == [row for found, row in pairs if found == key]
        assert store.rows_of("y", 0) == []


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1), st.integers(0, 10))
def test_a_lookup_by_a_column_needs_no_keys_of_its_own(values: list[int], key: int) -> None:
    rows = sorted(range(len(values)), key=values.__getitem__)
    count = len(values)
    columns = {"start": range(1, count + 1), "allele": [0] * count, "number": values}
    file = io.BytesIO()
    write_store(file, [("1", 0, count)], columns, {"allele": ["A>T"]}, {"number": Lookup(None, rows)})
    with opened(file.getvalue()) as store:
        assert store.rows_of("number", key) == [row for row, value in enumerate(values) if value == key]


INDELS = (
    (AlleleKey("7", 10, "AC", ""), "NC_000007.14:g.14_15del"),
    (AlleleKey("7", 30, "", "T"), "NC_000007.14:g.33dup"),
    (AlleleKey("7", 50, "A", "T"), "NC_000007.14:g.50A>T"),
)


def test_expressions_of_shiftable_indels_are_looked_up(tmp_path: Path) -> None:
    import numpy as np

    def hashed(text: str) -> int:
        expression = parse_hgvs(text)
        assert expression is not None
        return expression_hash(expression, annotator.Assembly.GRCH38)

    table, part = ClinVarTable(), ClinVarTable()
    for number, (allele, hgvs) in enumerate(INDELS):
        (part if number else table).add(allele, ClinVarRecord(number + 1, hgvs=hgvs, rsid=str(number)))
    coding = ["NM_004333.6:c.5_6del", "NM_004333.6:c.9A>T", "NM_004333.6:c.7del"]
    hashes = np.array([hashed(text) for text in coding], dtype=np.uint64)
    table.add_expressions(hashes, np.array([1, 3, 99], dtype=np.uint32))
    table.join(part)
    path = tmp_path / "x.store"
    with path.open("wb") as file:
        table.write(file)
    store = Store(path)
    for text, rows in {
        "NC_000007.14:g.14_15del": [0],
        "chr7:g.14_15delAC": [0],
        "7:g.33dup": [1],
        "NM_004333.4(BRAF):c.5_6del": [0],
        "NC_000007.14:g.50A>T": [],  # found as an allele
        "NM_004333.6:c.9A>T": [],
        "NM_004333.6:c.7del": [],
        "NC_000007.13:g.14_15del": [],
    }.items():
        assert store.rows_of(EXPRESSIONS, hashed(text)) == rows, text
    assert [store.rows_of("rsid", number) for number in (0, 1, 2, 3)] == [[], [1], [2], []]
