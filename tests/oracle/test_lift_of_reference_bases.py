"""The packaged blocks lead every known reference base to the same base."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from annotator.variants.lift import Lift, shipped_lift

GRCH37, GRCH38 = Assembly.GRCH37, Assembly.GRCH38


@pytest.fixture(scope="module")
def there() -> Lift:
    return shipped_lift(GRCH38)


@pytest.fixture(scope="module")
def back() -> Lift:
    return shipped_lift(GRCH37)


def mosaic(path: Path) -> Iterator[tuple[str, int, str]]:
    """Reference bases that were seen in REF alleles of ClinVar."""
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            contig, start, _, sequence = line.split("\t")[:4]
            yield from ((contig, int(start) + index, base) for index, base in enumerate(sequence))


def test_every_known_reference_base_is_the_same_base_where_it_is_lifted_to(
    shared_data: Path, there: Lift, back: Lift
) -> None:
    old, new = (
        {(contig, position): base for contig, position, base in mosaic(shared_data / "clinvar" / name)}
        for name in ("mosaic_reference.GRCh37.tsv", "mosaic_reference.GRCh38.tsv")
    )
    assert len(old) == len(new) == 202_914
    for known, other, lift in ((old, new, there), (new, old, back)):
        for (contig, position), base in known.items():
            lifted = lift.allele(AlleleKey(contig, position, base, "N"))
            assert lifted is not None
            assert other[lifted.contig, lifted.start] == lifted.deleted
