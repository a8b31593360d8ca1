"""Where CIViC's insertions and deletions may be spelled: of the real release in VHL, held against the sequence."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from annotator.snapshot.civic.build import BuiltCivic, build_civic
from annotator.snapshot.civic.indels import StatedBases, rightmost_start, spellings_of
from annotator.snapshot.civic.placement import Ways
from annotator.snapshot.civic.release import read_civic_release
from annotator.sources.civic.knowledge import Knowledge
from annotator.sources.clinvar.records import ClinVarRecord
from annotator.sources.clinvar.spellings import stated_spellings
from annotator.sources.clinvar.table import ClinVarTable
from annotator.store.store import Store
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs_parse import HgvsExpression, parse_hgvs
from annotator.variants.shift import Spellings, known_spellings

FIRST = 10_000_000
GRCH38 = Assembly.GRCH38


class Slice:
    """Three million bases of chromosome 3; the rest is not known."""

    def __init__(self, sequence: str) -> None:
        self._sequence = sequence

    def bases(self, contig: str, start: int, stop: int) -> str:
        if contig != "3" or start < FIRST or stop >= FIRST + len(self._sequence):
            return ""
        return self._sequence[start - FIRST : stop - FIRST + 1]


@pytest.fixture(scope="module")
def chromosome(shared_data: Path) -> Slice:
    text = gzip.decompress(
        (shared_data / "reference/GRCh38_chr3_10000000_13000000.fa.gz").read_bytes()
    ).decode()
    return Slice("".join(text.split("\n")[1:]).upper())


@pytest.fixture(scope="module")
def knowledge(shared_data: Path) -> Knowledge:
    return read_civic_release(shared_data / "civic/release-2024-08-01")


def truth(allele: AlleleKey, chromosome: Slice) -> Spellings:
    return known_spellings(allele, lambda position: chromosome.bases("3", position, position))


def of_vhl(built: BuiltCivic) -> dict[AlleleKey, Spellings]:
    return {
        key: one
        for key, one in built.content.indels.items()
        if key.contig == "3" and FIRST < key.start < 11_000_000
    }


def test_with_a_reference_all_spellings_are_known(knowledge: Knowledge, chromosome: Slice) -> None:
    found = of_vhl(build_civic(knowledge, Ways(GRCH38, reference=chromosome)))
    assert len(found) > 25
    assert any(one.last > key.start for key, one in found.items())
    for key, one in found.items():
        assert one == truth(key, chromosome)
        assert not one.is_open


def test_without_a_reference_own_expressions_and_alleles_determine_spellings(
    knowledge: Knowledge, chromosome: Slice
) -> None:
    built = build_civic(knowledge, Ways(GRCH38))
    found = of_vhl(built)
    known = [one for one in found.values() if not one.open_right]
    assert len(known) > 20
    for key, one in found.items():
        whole = truth(key, chromosome)
        assert whole.holds(one.key)
        assert one.last == whole.last if not one.open_right else one.last <= whole.last
        assert one.key == whole.key if not one.open_left else one.key.start >= whole.key.start
    counted = sum(
        count
        for name, count in built.counts.items()
        if name.startswith("indels with only some equivalent forms")
    )
    assert counted == sum(one.is_open for one in built.content.indels.values())


def clinvar_store(path: Path, *entries: tuple[AlleleKey, str]) -> Store:
    table = ClinVarTable()
    for number, (allele, change) in enumerate(entries, 1):
        hgvs = f"NC_000003.12:g.{change}"
        spellings = stated_spellings(allele, hgvs, GRCH38, is_leftmost=True)
        table.add(allele, ClinVarRecord(number, hgvs=hgvs), spellings)
    with path.open("wb") as file:
        table.write(file)
    return Store(path)


def test_clinvar_determines_the_spellings_of_the_same_indel(tmp_path: Path) -> None:
    store = clinvar_store(tmp_path / "store", (AlleleKey("3", 100, "CA", ""), "104_105del"))
    allele = AlleleKey("3", 103, "AC", "")
    told = spellings_of(allele, StatedBases(None, store, ()), store, None)
    assert told == Spellings(AlleleKey("3", 100, "CA", ""), 104)


def test_clinvar_shows_bases_around_another_indel(tmp_path: Path) -> None:
    """ClinVar deletes GG from 98 on, can shift CA from 100 to 104, and replaces a T at 106."""
    store = clinvar_store(
        tmp_path / "store",
        (AlleleKey("3", 98, "GG", ""), "98_99del"),
        (AlleleKey("3", 100, "CA", ""), "104_105del"),
        (AlleleKey("3", 106, "T", "G"), "106T>G"),
    )
    told = spellings_of(AlleleKey("3", 102, "", "CA"), StatedBases(None, store, ()), store, None)
    assert told == Spellings(AlleleKey("3", 100, "", "CA"), 106)


def expression(text: str) -> HgvsExpression:
    parsed = parse_hgvs(text)
    assert parsed is not None
    return parsed


def test_a_duplication_is_the_rightmost_place_of_its_insertion() -> None:
    duplication = "10142011dup"
    assert rightmost_start(AlleleKey("3", 10142012, "", "A"), [duplication]) == 10142012
    assert rightmost_start(AlleleKey("3", 10142011, "", "A"), [duplication]) == 10142012
    assert rightmost_start(AlleleKey("3", 10142013, "", "A"), [duplication]) is None
    assert rightmost_start(AlleleKey("3", 10142012, "", "A"), []) is None
