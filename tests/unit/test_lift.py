"""Lift alleles and spans: made blocks, chain files, and the shipped table against real sequences."""

from __future__ import annotations

import gzip
import re
from itertools import pairwise
from pathlib import Path

import pytest

from annotator.errors import KnowledgeBaseError
from annotator.snapshot.civic.own_hgvs import own_alleles, own_assembly
from annotator.snapshot.civic.release import read_civic_release
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from annotator.variants.chain_file import read_chain
from annotator.variants.lift import TABLE, AlignedBlock, Lift, Span, read_aligned_blocks, shipped_lift
from tests.tables.make_aligned_blocks import table_bytes, table_text

GRCH37, GRCH38 = Assembly.GRCH37, Assembly.GRCH38

COMPLEMENT = str.maketrans("ACGT", "TGCA")
# Base 201 is next to a gap of 5 bases in the target; 401 to 500 are reversed; 600 to 609 are in two places.
BLOCKS = [
    AlignedBlock("7", 101, 100, "7", 1101, False),
    AlignedBlock("7", 201, 100, "7", 1206, False),
    AlignedBlock("7", 401, 100, "7", 2001, True),
    AlignedBlock("7", 600, 10, "7", 3000, False),
    AlignedBlock("7", 600, 10, "8", 3000, False),
]


@pytest.fixture(scope="module")
def lift() -> Lift:
    return Lift(GRCH37, GRCH38, BLOCKS)


@pytest.fixture(scope="module")
def there() -> Lift:
    return shipped_lift(GRCH38)


@pytest.fixture(scope="module")
def back() -> Lift:
    return shipped_lift(GRCH37)


@pytest.mark.parametrize(
    ("allele", "lifted"),
    [
        (("7", 101, "A", "C"), ("7", 1101, "A", "C")),
        (("7", 200, "A", "C"), ("7", 1200, "A", "C")),
        (("7", 201, "A", "C"), ("7", 1206, "A", "C")),
        (("7", 100, "A", "C"), None),
        (("7", 301, "A", "C"), None),
        (("9", 101, "A", "C"), None),
        (("7", 200, "AC", "TG"), None),  # a gap is in it
        (("7", 150, "ACG", ""), ("7", 1150, "ACG", "")),
        (("7", 198, "ACG", ""), None),  # the base behind it is beyond the gap
        (("7", 197, "ACG", ""), ("7", 1197, "ACG", "")),
        (("7", 150, "", "TT"), ("7", 1150, "", "TT")),
        (("7", 201, "", "TT"), None),  # between the two blocks
        (("7", 401, "A", "C"), ("7", 2100, "T", "G")),
        (("7", 500, "A", "C"), ("7", 2001, "T", "G")),
        (("7", 410, "ACC", "G"), ("7", 2089, "GGT", "C")),
        (("7", 410, "AC", ""), ("7", 2090, "GT", "")),
        (("7", 410, "", "AC"), ("7", 2092, "", "GT")),  # between 409 and 410, which are 2092 and 2091
        (("7", 605, "A", "C"), None),  # in two places
    ],
)
def test_an_allele_is_lifted_if_one_block_holds_it(
    lift: Lift, allele: tuple[str, int, str, str], lifted: tuple[str, int, str, str] | None
) -> None:
    assert lift.allele(AlleleKey(*allele)) == (None if lifted is None else AlleleKey(*lifted))


@pytest.mark.parametrize(
    ("span", "lifted"),
    [
        (("7", 110, 120), Span("7", 1110, 1120)),
        (("7", 110, 210), Span("7", 1110, 1215)),
        (("7", 410, 420), Span("7", 2081, 2091, True)),
        (("7", 95, 200), Span("7", 1101, 1200)),  # its first bases are in a gap
        (("7", 60, 200), None),  # more than a tenth of it is in a gap
        (("7", 290, 410), None),  # its ends lie on two strands
        (("7", 310, 390), None),
        (("7", 600, 605), None),
        (("9", 1, 2), None),
    ],
)
def test_a_span_is_lifted_by_its_ends(lift: Lift, span: tuple[str, int, int], lifted: Span | None) -> None:
    assert lift.span(*span) == lifted


def test_an_unaligned_span_lies_between_its_aligned_neighbours(lift: Lift) -> None:
    assert lift.around("7", 200, 201) == Span("7", 1199, 1207)
    assert lift.around("7", 201, 201) == Span("7", 1200, 1207)
    assert lift.around("7", 50, 60) == Span("7", 1, 1101)
    assert lift.around("7", 310, 390) == Span("7", 1, GRCH38.lengths["7"])  # the next block is reversed
    assert lift.around("9", 310, 390) == Span("9", 1, GRCH38.lengths["9"])


# Chain files


def chain_text(source: Assembly = GRCH37, target: Assembly = GRCH38, *, prefix: str = "chr") -> str:
    sizes = {name: (source.lengths[name], target.lengths[name]) for name in ("7", "9")}
    from_end = sizes["9"][1] - 20_000
    return (
        f"chain 100 {prefix}7 {sizes['7'][0]} + 100 305 chr7 {sizes['7'][1]} + 1100 1305 1\n100\t0\t5\n105\n\n"
        f"chain 90 {prefix}9 {sizes['9'][0]} + 1000 2000 chr9 {sizes['9'][1]} - {from_end} {from_end + 1000} 2\n"
        f"1000\n\n"
        f"chain 80 chrM 16571 + 0 16571 chrM 16569 + 0 16569 3\n16569\n\n"
        f"chain 70 {prefix}7 {sizes['7'][0]} + 900 1000 chr7_KI270803v1_alt 1111570 + 0 100 4\n100\n"
    )


@pytest.mark.parametrize("prefix", ["chr", ""])
def test_a_chain_file_gives_blocks(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "made.chain.gz"
    path.write_bytes(gzip.compress(chain_text(prefix=prefix).encode()))
    chain = read_chain(path, GRCH38)
    assert chain.allele(AlleleKey("7", 101, "A", "C")) == AlleleKey("7", 1101, "A", "C")
    assert chain.allele(AlleleKey("7", 201, "A", "C")) == AlleleKey("7", 1206, "A", "C")
    assert chain.allele(AlleleKey("9", 1001, "A", "C")) == AlleleKey("9", 20_000, "T", "G")
    assert chain.allele(AlleleKey("7", 950, "A", "C")) is None  # an alternate sequence is no place
    assert chain.allele(AlleleKey("MT", 5, "A", "C")) == AlleleKey("MT", 5, "A", "C")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"nothing\n", "no chain"),
        (b"\x1f\x8bxx", "cannot be read"),
        ("ä".encode(), "cannot be read"),
        (
            chain_text(GRCH38, GRCH37).encode(),
            r"does not lead from GRCh37 to GRCh38: it has a chr7 of 159,345,973",
        ),
        (chain_text().replace("100\t0\t5", "100\tx\t5").encode(), "not a line of a chain file"),
        (chain_text().replace(" + 100 305", " + x 305").encode(), "not a line of a chain file"),
        (b"chain 1 chr7\n", "not a line of a chain file"),
    ],
)
def test_an_invalid_chain_file_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "other.chain").write_bytes(content)
    with pytest.raises(KnowledgeBaseError, match=what):
        read_chain(tmp_path / "other.chain", GRCH38)


def test_a_missing_chain_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeBaseError, match=r"missing\.chain.*cannot be read"):
        read_chain(tmp_path / "missing.chain", GRCH38)


# The table that ships with the package


def test_the_table_holds_every_chromosome_once_in_both_directions() -> None:
    blocks = read_aligned_blocks()
    assert len(blocks) == 18_384
    assert sum(block.length for block in blocks) == 2_844_848_882
    assert {block.contig for block in blocks} == set(GRCH37.lengths)
    for one_way, assembly in ((blocks, GRCH37), ([block.inverse() for block in blocks], GRCH38)):
        ordered = sorted(one_way)
        assert all(0 < block.start <= block.stop <= assembly.lengths[block.contig] for block in ordered)
        assert not any(
            one.contig == other.contig and other.start <= one.stop for one, other in pairwise(ordered)
        )


def test_a_table_with_a_base_in_two_places_is_refused() -> None:
    one = AlignedBlock("7", 101, 100, "7", 1101, False)
    for other in (one._replace(start=150, target_start=5000), one._replace(start=5000, target_start=1150)):
        with pytest.raises(ValueError, match="two blocks share base"):
            table_text([one, other])


def test_the_table_equals_the_output_of_its_script(shared_data: Path) -> None:
    made = table_bytes(shared_data / "chain/mskcc+vcf2maf/data/GRCh37_to_GRCh38.chain")
    shipped = Path(__file__).parents[2] / "annotator" / "variants" / TABLE
    assert gzip.decompress(made) == gzip.decompress(shipped.read_bytes())
    assert shipped.stat().st_size < 300_000


@pytest.mark.parametrize(
    ("contig", "grch37", "grch38", "bases"),
    [
        ("7", 140453136, 140753336, ("A", "T")),  # BRAF V600E
        ("7", 55259515, 55191822, ("T", "G")),  # EGFR L858R
        ("12", 25398284, 25245350, ("C", "T")),  # KRAS G12D
        ("17", 7577120, 7673802, ("C", "T")),  # TP53 R273H
        ("MT", 3243, 3243, ("A", "G")),
    ],
)
def test_well_known_alleles_are_lifted_there_and_back(
    there: Lift, back: Lift, contig: str, grch37: int, grch38: int, bases: tuple[str, str]
) -> None:
    old, new = AlleleKey(contig, grch37, *bases), AlleleKey(contig, grch38, *bases)
    assert there.allele(old) == new
    assert back.allele(new) == old


def test_bases_of_grch37_are_those_of_the_sequence_of_grch38(shared_data: Path, there: Lift) -> None:
    """ClinVar's own GRCh37 file of 2017 against four real sequences of GRCh38."""
    sequences = {}
    for path in (shared_data / "reference").glob("GRCh38_chr*.fa.gz"):
        header, *lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        found = re.match(r">chr(\w+):(\d+)-", header)
        assert found is not None
        sequences[found[1]] = (int(found[2]), "".join(lines).upper())
    compared = 0
    with gzip.open(shared_data / "clinvar/clinvar_20170404.GRCh37.v1_dbsnp.vcf.gz", "rt") as lines:
        for line in (line for line in lines if not line.startswith("#")):
            contig, position, _, ref, *_ = line.split("\t", 4)
            first, sequence = sequences.get(contig, (0, ""))
            for index, base in enumerate(ref.upper() if sequence else ""):
                lifted = there.allele(AlleleKey(contig, int(position) + index, base, "N"))
                if lifted is not None and 0 <= lifted.start - first < len(sequence):
                    assert sequence[lifted.start - first] == lifted.deleted
                    compared += 1
    assert compared == 8_396


@pytest.mark.parametrize("release", ["release-2021-02", "release-2024-08-01"])
def test_all_of_civic_is_lifted_to_where_another_chain_leads(
    shared_data: Path, there: Lift, release: str
) -> None:
    other = read_chain(shared_data / "chain/mskcc+vcf2maf/data/hg19_to_hg38.chain", GRCH38)
    alleles = spans = 0
    for variant in read_civic_release(shared_data / "civic" / release).variants.values():
        if own_assembly(variant) is not GRCH37:
            continue
        for allele in own_alleles(variant, GRCH37):
            assert there.allele(allele) == other.allele(allele) is not None
            alleles += 1
        place = variant.coordinates
        if place is not None and place.start is not None and place.stop is not None:
            span = there.span(place.contig, place.start, place.stop)
            assert span == other.span(place.contig, place.start, place.stop)
            spans += span is not None
    assert (alleles, spans) == {"release-2021-02": (731, 1170), "release-2024-08-01": (810, 1257)}[release]
