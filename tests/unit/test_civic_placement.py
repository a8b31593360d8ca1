"""Placing CIViC's alleles in the snapshot's assembly: each way, their order, and what confirms or contradicts them."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from annotator.errors import KnowledgeBaseError
from annotator.result import Match
from annotator.snapshot.civic.caids import read_caid_table, table_text
from annotator.snapshot.civic.clinvar_join import KnownBases
from annotator.snapshot.civic.own_hgvs import own_alleles, own_assembly
from annotator.snapshot.civic.placement import PlacedVariants, Placement, Ways
from annotator.sources.civic.criteria import Region
from annotator.sources.civic.knowledge import Coordinates, Feature, FeatureKind, Variant
from annotator.sources.clinvar.records import ClinVarRecord
from annotator.sources.clinvar.table import ClinVarTable
from annotator.store.store import Store
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from annotator.variants.chain_file import read_chain
from annotator.variants.lift import Lift
from tests.support.references import SequenceReference

GRCH37, GRCH38 = Assembly.GRCH37, Assembly.GRCH38
SPOT37 = AlleleKey("7", 140453136, "A", "T")
SPOT38 = AlleleKey("7", 140753336, "A", "T")
V600E = Variant(
    12,
    Feature(FeatureKind.GENE, "BRAF", entrez_id=673),
    "V600E",
    coordinates=Coordinates("GRCh37", "7", 140453136, 140453136, "A", "T", "ENST00000288602.6", 75),
    clinvar_ids=(13961,),
    caid="CA123643",
)


def with_coordinates(variant: Variant, **facts: object) -> Variant:
    assert variant.coordinates is not None
    return replace(variant, coordinates=replace(variant.coordinates, **facts))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def chain_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """GRCh37 to GRCh38 of two contigs: 7 with a gap, and a block of 9 that is reversed; `chr` in one name only."""
    path = tmp_path_factory.mktemp("chain") / "made.over.chain.gz"
    length7 = (GRCH37.lengths["7"], GRCH38.lengths["7"])
    length9 = (GRCH37.lengths["9"], GRCH38.lengths["9"])
    start, shift = 140_453_000, 300_200
    reverse_start = length9[1] - 20_000  # counted from the end of the reversed contig
    text = (
        f"chain 100 chr7 {length7[0]} + {start} {start + 400} chr7 {length7[1]} + {start + shift} "
        f"{start + shift + 405} 1\n200\t0\t5\n200\n\n"
        f"chain 90 chr9 {length9[0]} + 1000 2000 chr9 {length9[1]} - {reverse_start} {reverse_start + 1000} 2\n1000\n\n"
    )
    path.write_bytes(gzip.compress(text.encode()))
    return path


@pytest.fixture(scope="module")
def lift(chain_file: Path) -> Lift:
    return read_chain(chain_file, GRCH38)


def placed(variant: Variant, ways: Ways, *, is_allele: bool = True) -> Placement:
    return PlacedVariants(ways).of(variant, is_allele=is_allele)


# The ways, one by one


def test_own_coordinates_are_exact() -> None:
    assert placed(V600E, Ways(GRCH37)) == Placement((SPOT37,), Match.EXACT, "coordinates")
    assert placed(V600E, Ways(GRCH38)) == Placement((), Match.EXACT, "on another assembly")


def test_an_own_expression_is_exact() -> None:
    variant = replace(V600E, hgvs=("NC_000007.14:g.140753336A>T",))
    assert placed(variant, Ways(GRCH38)) == Placement((SPOT38,), Match.EXACT, "HGVS")


def test_the_clinvar_record_counts_if_it_makes_the_same_change() -> None:
    assert placed(V600E, Ways(GRCH38, clinvar={13961: SPOT38})) == Placement(
        (SPOT38,), Match.CLINVAR_ID, "ClinVar"
    )
    other = SPOT38._replace(inserted="C")
    assert placed(V600E, Ways(GRCH38, clinvar={13961: other})).alleles == ()
    elsewhere = SPOT38._replace(contig="8")
    assert placed(V600E, Ways(GRCH38, clinvar={13961: elsewhere})).alleles == ()
    assert placed(V600E, Ways(GRCH38, clinvar={1: SPOT38})).alleles == ()


def test_of_several_clinvar_records_the_one_that_agrees_counts() -> None:
    variant = replace(V600E, clinvar_ids=(13961, 44815))
    ways = Ways(GRCH38, clinvar={13961: SPOT38, 44815: SPOT38._replace(inserted="C")})
    assert placed(variant, ways).alleles == (SPOT38,)
    twice = Ways(GRCH38, clinvar={13961: SPOT38, 44815: SPOT38._replace(start=1)})
    assert placed(variant, twice).alleles == ()


def test_a_clinvar_record_of_a_variant_without_bases_is_not_believed() -> None:
    category = replace(with_coordinates(V600E, ref="", alt=""), name="V600")
    ways = Ways(GRCH38, clinvar={13961: SPOT38})
    assert placed(category, ways, is_allele=False).alleles == ()
    assert placed(category, ways).alleles == ()


def test_coordinates_are_lifted(lift: Lift) -> None:
    assert placed(V600E, Ways(GRCH38, lift=lift)) == Placement((SPOT38,), Match.EXACT, "liftover")


def test_an_expression_of_the_other_assembly_is_lifted_where_there_are_no_coordinates(lift: Lift) -> None:
    bare = replace(V600E, coordinates=None, hgvs=("NC_000007.13:g.140453136A>T",))
    assert placed(bare, Ways(GRCH38, lift=lift)) == Placement((SPOT38,), Match.EXACT, "liftover")
    assert placed(bare, Ways(GRCH38, lift=lift), is_allele=False).alleles == ()
    odd = replace(with_coordinates(V600E, stop=140453140), hgvs=bare.hgvs)  # one base at five positions
    assert placed(odd, Ways(GRCH38, lift=lift)).alleles == (SPOT38,)


def test_a_lifted_allele_must_not_contradict_the_bases_that_clinvar_shows(lift: Lift, tmp_path: Path) -> None:
    def known(*alleles: AlleleKey) -> KnownBases:
        table = ClinVarTable()
        for number, allele in enumerate(alleles, 1):
            table.add(allele, ClinVarRecord(number))
        with (tmp_path / "clinvar.store").open("wb") as file:
            table.write(file)
        return KnownBases(Store(tmp_path / "clinvar.store"))

    def found(bases: KnownBases) -> tuple[AlleleKey, ...]:
        return placed(V600E, Ways(GRCH38, lift=lift, known_bases=bases)).alleles

    assert found(known(SPOT38._replace(inserted="C"))) == (SPOT38,)
    assert found(known(SPOT38._replace(start=SPOT38.start + 1, deleted="G"))) == (SPOT38,)  # of the next base
    assert found(known(SPOT38._replace(deleted="", inserted="G"))) == (SPOT38,)
    assert found(known(SPOT38._replace(deleted="G"))) == ()
    assert found(known(SPOT38._replace(deleted="GTC", inserted=""))) == ()
    assert found(known(SPOT38._replace(deleted="G"), SPOT38._replace(inserted="C"))) == (SPOT38,)


def test_a_table_of_caids_counts_if_it_makes_the_same_change() -> None:
    assert placed(V600E, Ways(GRCH38, caids={"CA123643": SPOT38})) == Placement((SPOT38,), Match.CAID, "CAID")
    assert placed(V600E, Ways(GRCH38, caids={"CA123643": SPOT38._replace(deleted="C")})).alleles == ()
    bare = with_coordinates(V600E, ref="", alt="")
    assert placed(bare, Ways(GRCH38, caids={"CA123643": SPOT38})).alleles == (SPOT38,)
    assert placed(bare, Ways(GRCH38, caids={"CA123643": SPOT38}), is_allele=False).alleles == ()


# Together


def test_the_first_way_counts_and_the_others_confirm_it(lift: Lift) -> None:
    variant = replace(V600E, hgvs=("NC_000007.14:g.140753336A>T",))
    ways = Ways(GRCH38, clinvar={13961: SPOT38}, lift=lift, caids={"CA123643": SPOT38})
    assert placed(variant, ways) == Placement((SPOT38,), Match.EXACT, "HGVS", confirmed=3)


def test_an_allele_confirmed_by_liftover_is_exact(lift: Lift) -> None:
    ways = Ways(GRCH38, clinvar={13961: SPOT38}, lift=lift)
    assert placed(V600E, ways) == Placement((SPOT38,), Match.EXACT, "ClinVar", confirmed=1)


def test_a_second_key_that_contradicts_is_counted(lift: Lift) -> None:
    ways = Ways(GRCH38, clinvar={13961: SPOT38._replace(start=99)}, lift=lift)
    found = placed(V600E, ways)
    assert (found.way, found.match, found.confirmed, found.contradicted) == (
        "ClinVar",
        Match.CLINVAR_ID,
        0,
        1,
    )


def test_an_allele_whose_bases_are_not_the_reference_s_is_refused() -> None:
    variant = with_coordinates(V600E, contig="MT", start=3, stop=3)
    assert placed(variant, Ways(GRCH37, SequenceReference("MT", "CCAC"))).alleles == (
        AlleleKey("MT", 3, "A", "T"),
    )
    refused = placed(variant, Ways(GRCH37, SequenceReference("MT", "CCCC")))
    assert (refused.alleles, refused.way, refused.refused) == ((), "bases differ from the reference", 1)
    lacking = placed(variant, Ways(GRCH37, SequenceReference("1", "CCCC")))
    assert lacking.alleles == (AlleleKey("MT", 3, "A", "T"),)


def test_with_a_reference_indels_move_left_and_cut_off_bases_are_made_whole() -> None:
    reference = SequenceReference("MT", "GCACACAT")
    deletion = with_coordinates(V600E, contig="MT", start=6, stop=7, ref="CA", alt="")
    assert placed(deletion, Ways(GRCH37, reference)).alleles == (AlleleKey("MT", 2, "CA", ""),)
    insertion = with_coordinates(V600E, contig="MT", start=7, stop=8, ref="", alt="CA")
    assert placed(insertion, Ways(GRCH37, reference)).alleles == (AlleleKey("MT", 2, "", "CA"),)
    cut = with_coordinates(V600E, contig="MT", start=4, stop=8, ref="CACA", alt="")
    assert placed(cut, Ways(GRCH37, reference)).alleles == (AlleleKey("MT", 4, "CACAT", ""),)
    assert placed(cut, Ways(GRCH37)).alleles == ()


def test_the_release_of_ensembl_determines_an_unstated_assembly() -> None:
    for version, assembly in ((75, GRCH37), (76, GRCH38), (None, None)):
        assert own_assembly(with_coordinates(V600E, build="", ensembl_version=version)) is assembly
    assert own_assembly(with_coordinates(V600E, build="NCBI36")) is None


def test_coordinates_that_span_the_insertion_are_a_duplication_only_by_type() -> None:
    variant = replace(
        with_coordinates(V600E, start=100, stop=108, ref="", alt="TTTGCATTT"), name="F506_F508DUP"
    )
    assert own_alleles(variant, GRCH37) == [AlleleKey("7", 109, "", "TTTGCATTT")]
    assert own_alleles(replace(variant, name="F506_F508insFAF"), GRCH37) == []


# Regions


def test_regions_are_lifted(lift: Lift) -> None:
    region = with_coordinates(V600E, start=140_453_100, stop=140_453_300, ref="", alt="")
    found = PlacedVariants(Ways(GRCH38, lift=lift)).region
    assert found(region) == Region("7", 140_753_300, 140_753_505)
    assert found(with_coordinates(region, stop=140_460_000)) is None
    assert PlacedVariants(Ways(GRCH38)).region(region) is None


# Tables of CAIDs


def test_a_table_comes_back_as_it_was_written(tmp_path: Path) -> None:
    deletion = AlleleKey("13", 32340301, "T", "")
    rows = [("CA123643", GRCH37, SPOT37), ("CA123643", GRCH38, SPOT38), ("CA1", GRCH38, deletion)]
    (tmp_path / "caid.tsv").write_text(table_text(rows, "2026-11-26"))
    assert read_caid_table(tmp_path / "caid.tsv", GRCH38) == {"CA123643": SPOT38, "CA1": deletion}
    assert read_caid_table(tmp_path / "caid.tsv", GRCH37) == {"CA123643": SPOT37}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("caid\tassembly\n", 1),
        ("", 1),
        (table_text([], "x") + "CA1\tGRCh38\t7\tx\tA\tT\t.\n", 2),
        (table_text([], "x") + "CA1\tGRCh38\t77\t1\tA\tT\t.\n", 2),
        (table_text([], "x") + "rs1\tGRCh38\t7\t1\tA\tT\t.\n", 2),
        (table_text([], "x") + "CA1\tGRCh38\t7\t1\tA\n", 2),
        (table_text([], "x") + "CA1\tGRCh38\t7\t1\tA\tA\t.\n", 2),
    ],
)
def test_an_invalid_table_of_caids_is_refused(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "caid.tsv").write_text(text)
    with pytest.raises(KnowledgeBaseError) as refused:
        read_caid_table(tmp_path / "caid.tsv", GRCH38)
    assert refused.value.line == line
