"""Makes the table of pairs of a call and a ClinVar record, with what is expected of each: `structural_pairs.tsv`.

    python -m tests.tables.make_structural_pairs

It uses nothing of the program. The range of each call is written down by hand beside its columns; bases are counted as
sets of positions. The rules are those of the guide: same direction, and half of the record covered by the call; a benign
record is also listed if it covers half of the call.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("structural_pairs.tsv")
COLUMNS = (
    "pair", "type", "start", "stop", "classification", "alt", "pos", "info", "first", "last", "direction", "listed",
    "reciprocal", "of_record", "of_allele", "relation",
)  # fmt: skip

PATHOGENIC, BENIGN, LIKELY_BENIGN, UNCERTAIN = "Pathogenic", "Benign", "Likely benign", "Uncertain significance"
LOSS, GAIN = "copy number loss", "copy number gain"


class Pair(NamedTuple):
    """A record of ClinVar's, a call, and the range and direction of the call, determined by hand."""

    name: str
    type: str
    start: int
    stop: int
    classification: str
    alt: str
    pos: int
    info: str
    first: int
    last: int
    direction: str


PAIRS = (
    # the same range, and ranges that differ by one base
    Pair("same range", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 10_000, "END=20000", 10_001, 20_000, "loss"),
    Pair("same range, gain", GAIN, 10_001, 20_000, PATHOGENIC, "<DUP>", 10_000, "END=20000", 10_001, 20_000, "gain"),
    Pair("one base shorter", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 10_000, "END=19999", 10_001, 19_999, "loss"),
    Pair("one base longer", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 9_999, "END=20000", 10_000, 20_000, "loss"),
    # half of the record, and one base less or more
    Pair("exactly half", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 10_000, "END=15000", 10_001, 15_000, "loss"),
    Pair("one below half", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 10_000, "END=14999", 10_001, 14_999, "loss"),
    Pair("one above half", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 10_000, "END=15001", 10_001, 15_001, "loss"),
    Pair("half at the left", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 5_000, "END=15000", 5_001, 15_000, "loss"),
    Pair("left, below half", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 5_000, "END=14999", 5_001, 14_999, "loss"),
    Pair("half at the right", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 15_000, "END=25000", 15_001, 25_000, "loss"),
    Pair("right, below half", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 15_001, "END=25000", 15_002, 25_000, "loss"),
    Pair("half of an odd length", LOSS, 10_001, 10_101, PATHOGENIC, "<DEL>", 10_000, "END=10051", 10_001, 10_051, "loss"),
    Pair("odd length, below", LOSS, 10_001, 10_101, PATHOGENIC, "<DEL>", 10_000, "END=10050", 10_001, 10_050, "loss"),
    Pair("half of a gain", GAIN, 10_001, 20_000, PATHOGENIC, "<DUP>", 10_000, "END=15000", 10_001, 15_000, "gain"),
    Pair("gain, below half", GAIN, 10_001, 20_000, PATHOGENIC, "<DUP>", 10_000, "END=14999", 10_001, 14_999, "gain"),
    # the call contains the record
    Pair("contains the record", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 1_000, "END=900000", 1_001, 900_000, "loss"),
    Pair("contains it, 5 Mb", LOSS, 2_000_001, 2_000_150, UNCERTAIN, "<DEL>", 0, "END=5000000", 1, 5_000_000, "loss"),
    Pair("contains a short one", "Deletion", 10_001, 10_050, PATHOGENIC, "<DEL>", 9_000, "END=12000", 9_001, 12_000, "loss"),
    Pair("99 of 100 bases", LOSS, 10_001, 10_100, PATHOGENIC, "<DEL>", 10_001, "END=20000", 10_002, 20_000, "loss"),
    Pair("98 of 100 bases", LOSS, 10_001, 10_100, PATHOGENIC, "<DEL>", 10_002, "END=20000", 10_003, 20_000, "loss"),
    # the call is within the record
    Pair("within, a hundredth", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 12_000, "END=12100", 12_001, 12_100, "loss"),
    Pair("within, uncertain", LOSS, 10_001, 20_000, UNCERTAIN, "<DEL>", 12_000, "END=12100", 12_001, 12_100, "loss"),
    Pair("within a benign one", LOSS, 10_001, 20_000, BENIGN, "<DEL>", 12_000, "END=12100", 12_001, 12_100, "loss"),
    Pair("within likely benign", LOSS, 10_001, 20_000, LIKELY_BENIGN, "<DEL>", 12_000, "END=12100", 12_001, 12_100, "loss"),
    Pair("half in a benign one", LOSS, 10_001, 20_000, BENIGN, "<DEL>", 19_900, "END=20100", 19_901, 20_100, "loss"),
    Pair("99 of 200 in benign", LOSS, 10_001, 20_000, BENIGN, "<DEL>", 19_901, "END=20101", 19_902, 20_101, "loss"),
    Pair("larger than benign", LOSS, 10_001, 20_000, BENIGN, "<DEL>", 1_000, "END=900000", 1_001, 900_000, "loss"),
    Pair("within a benign gain", GAIN, 10_001, 20_000, BENIGN, "<DUP>", 12_000, "END=12100", 12_001, 12_100, "gain"),
    Pair("60 hundredths within", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 12_000, "END=18000", 12_001, 18_000, "loss"),
    # reciprocal overlap of 0.8
    Pair("0.8 of the record", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 10_000, "END=18000", 10_001, 18_000, "loss"),
    Pair("just below 0.8", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 10_000, "END=17999", 10_001, 17_999, "loss"),
    Pair("0.8 of the call", LOSS, 10_001, 18_000, PATHOGENIC, "<DEL>", 10_000, "END=20000", 10_001, 20_000, "loss"),
    # ranges that only touch
    Pair("beside the record", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 20_000, "END=30000", 20_001, 30_000, "loss"),
    Pair("before the record", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 1_000, "END=10000", 1_001, 10_000, "loss"),
    Pair("one shared base", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 19_999, "END=30000", 20_000, 30_000, "loss"),
    Pair("all of it, shifted by 50", "Deletion", 10_001, 10_100, PATHOGENIC, "<DEL>", 10_050, "END=10150", 10_051, 10_150, "loss"),
    Pair("shifted by 51", "Deletion", 10_001, 10_100, PATHOGENIC, "<DEL>", 10_051, "END=10151", 10_052, 10_151, "loss"),
    # direction
    Pair("loss and gain", GAIN, 10_001, 20_000, PATHOGENIC, "<DEL>", 10_000, "END=20000", 10_001, 20_000, "loss"),
    Pair("gain and loss", LOSS, 10_001, 20_000, PATHOGENIC, "<DUP>", 10_000, "END=20000", 10_001, 20_000, "gain"),
    Pair("benign of the other", GAIN, 10_001, 20_000, BENIGN, "<DEL>", 12_000, "END=12100", 12_001, 12_100, "loss"),
    Pair("tandem duplication", "Duplication", 10_001, 20_000, PATHOGENIC, "<DUP:TANDEM>", 10_000, "END=20000", 10_001, 20_000, "gain"),
    Pair("deleted element", "Deletion", 10_001, 10_300, PATHOGENIC, "<DEL:ME:ALU>", 10_000, "END=10300", 10_001, 10_300, "loss"),
    Pair("no copy of a haplotype", LOSS, 10_001, 20_000, PATHOGENIC, "<CN0>", 10_000, "END=20000", 10_001, 20_000, "loss"),
    Pair("copies of a haplotype", GAIN, 10_001, 20_000, PATHOGENIC, "<CN3>", 10_000, "END=20000", 10_001, 20_000, "gain"),
    Pair("one copy", LOSS, 10_001, 20_000, PATHOGENIC, "<CNV>", 10_000, "END=20000;CN=1", 10_001, 20_000, "loss"),
    Pair("four copies", GAIN, 10_001, 20_000, PATHOGENIC, "<CNV>", 10_000, "END=20000;CN=4", 10_001, 20_000, "gain"),
    Pair("four copies of a loss", LOSS, 10_001, 20_000, PATHOGENIC, "<CNV>", 10_000, "END=20000;CN=4", 10_001, 20_000, "gain"),
    # how the range is stated
    Pair("negative SVLEN", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 10_000, "SVLEN=-5000", 10_001, 15_000, "loss"),
    Pair("positive SVLEN", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 10_000, "SVLEN=4999", 10_001, 14_999, "loss"),
    Pair("END before POS", LOSS, 10_001, 20_000, PATHOGENIC, "<DEL>", 10_000, "END=9000;SVLEN=-10000", 10_001, 20_000, "loss"),
)  # fmt: skip

_LEAST = Fraction(1, 2)


def row_of(pair: Pair) -> tuple[str | int, ...]:
    """Return a row of the table."""
    record, call = set(range(pair.start, pair.stop + 1)), set(range(pair.first, pair.last + 1))
    shared = len(record & call)
    of_record, of_allele = Fraction(shared, len(record)), Fraction(shared, len(call))
    is_benign = pair.classification in {BENIGN, LIKELY_BENIGN}
    is_same_direction = (pair.type in {GAIN, "Duplication"}) == (pair.direction == "gain")
    is_enough = of_record >= _LEAST or (is_benign and of_allele >= _LEAST)
    is_listed = is_same_direction and is_enough
    parts = (min(of_record, of_allele), of_record, of_allele)
    relation = _relation(*parts)
    shown = (*map(_thousandths, parts), relation) if is_listed else (".",) * 4
    return (*pair, "yes" if is_listed else "no", *shown)


def _relation(reciprocal: Fraction, of_record: Fraction, of_allele: Fraction) -> str:
    if reciprocal >= Fraction(8, 10):
        return "same"
    if of_record >= Fraction(99, 100):
        return "contains"
    return "within" if of_allele >= Fraction(99, 100) else "overlaps"


def _thousandths(part: Fraction) -> str:
    """Return a part with three decimals, rounded down."""
    whole = part * 1000 // 1
    return f"{whole // 1000}.{whole % 1000:03}"


if __name__ == "__main__":
    assert len(PAIRS) == 50
    rows = [COLUMNS, *map(row_of, PAIRS)]
    TABLE.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
