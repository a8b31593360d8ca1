"""Makes the table of pairs of a call and a ClinVar record, with what is expected of each: `structural_pairs.tsv`.

    python -m tests.tables.make_structural_pairs

It uses nothing of the program. The range of each call is written down by hand beside its columns; bases are counted as
sets of positions. The rules are those of the guide: same direction, and half of the record covered by the call; a
benign record is also listed if it covers half of the call.
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

P, B, LB, VUS = "Pathogenic", "Benign", "Likely benign", "Uncertain significance"
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
    Pair("same range", LOSS, 10001, 20000, P, "<DEL>", 10000, "END=20000", 10001, 20000, "loss"),
    Pair("same range, gain", GAIN, 10001, 20000, P, "<DUP>", 10000, "END=20000", 10001, 20000, "gain"),
    Pair("one base shorter", LOSS, 10001, 20000, P, "<DEL>", 10000, "END=19999", 10001, 19999, "loss"),
    Pair("one base longer", LOSS, 10001, 20000, P, "<DEL>", 9999, "END=20000", 10000, 20000, "loss"),
    # half of the record, and one base less or more
    Pair("exactly half", LOSS, 10001, 20000, P, "<DEL>", 10000, "END=15000", 10001, 15000, "loss"),
    Pair("one below half", LOSS, 10001, 20000, P, "<DEL>", 10000, "END=14999", 10001, 14999, "loss"),
    Pair("one above half", LOSS, 10001, 20000, P, "<DEL>", 10000, "END=15001", 10001, 15001, "loss"),
    Pair("half at the left", LOSS, 10001, 20000, P, "<DEL>", 5000, "END=15000", 5001, 15000, "loss"),
    Pair("left, below half", LOSS, 10001, 20000, P, "<DEL>", 5000, "END=14999", 5001, 14999, "loss"),
    Pair("half at the right", LOSS, 10001, 20000, P, "<DEL>", 15000, "END=25000", 15001, 25000, "loss"),
    Pair("right, below half", LOSS, 10001, 20000, P, "<DEL>", 15001, "END=25000", 15002, 25000, "loss"),
    Pair("half of an odd length", LOSS, 10001, 10101, P, "<DEL>", 10000, "END=10051", 10001, 10051, "loss"),
    Pair("odd length, below", LOSS, 10001, 10101, P, "<DEL>", 10000, "END=10050", 10001, 10050, "loss"),
    Pair("half of a gain", GAIN, 10001, 20000, P, "<DUP>", 10000, "END=15000", 10001, 15000, "gain"),
    Pair("gain, below half", GAIN, 10001, 20000, P, "<DUP>", 10000, "END=14999", 10001, 14999, "gain"),
    # the call contains the record
    Pair("contains the record", LOSS, 10001, 20000, P, "<DEL>", 1000, "END=900000", 1001, 900000, "loss"),
    Pair("contains it, 5 Mb", LOSS, 2000001, 2000150, VUS, "<DEL>", 0, "END=5000000", 1, 5000000, "loss"),
    Pair("contains a short one", "Deletion", 10001, 10050, P, "<DEL>", 9000, "END=12000", 9001, 12000, "loss"),
    Pair("99 of 100 bases", LOSS, 10001, 10100, P, "<DEL>", 10001, "END=20000", 10002, 20000, "loss"),
    Pair("98 of 100 bases", LOSS, 10001, 10100, P, "<DEL>", 10002, "END=20000", 10003, 20000, "loss"),
    # the call is within the record
    Pair("within, a hundredth", LOSS, 10001, 20000, P, "<DEL>", 12000, "END=12100", 12001, 12100, "loss"),
    Pair("within, uncertain", LOSS, 10001, 20000, VUS, "<DEL>", 12000, "END=12100", 12001, 12100, "loss"),
    Pair("within a benign one", LOSS, 10001, 20000, B, "<DEL>", 12000, "END=12100", 12001, 12100, "loss"),
    Pair("within likely benign", LOSS, 10001, 20000, LB, "<DEL>", 12000, "END=12100", 12001, 12100, "loss"),
    Pair("half in a benign one", LOSS, 10001, 20000, B, "<DEL>", 19900, "END=20100", 19901, 20100, "loss"),
    Pair("99 of 200 in benign", LOSS, 10001, 20000, B, "<DEL>", 19901, "END=20101", 19902, 20101, "loss"),
    Pair("larger than benign", LOSS, 10001, 20000, B, "<DEL>", 1000, "END=900000", 1001, 900000, "loss"),
    Pair("within a benign gain", GAIN, 10001, 20000, B, "<DUP>", 12000, "END=12100", 12001, 12100, "gain"),
    Pair("60 hundredths within", LOSS, 10001, 20000, P, "<DEL>", 12000, "END=18000", 12001, 18000, "loss"),
    # reciprocal overlap of 0.8
    Pair("0.8 of the record", LOSS, 10001, 20000, P, "<DEL>", 10000, "END=18000", 10001, 18000, "loss"),
    Pair("just below 0.8", LOSS, 10001, 20000, P, "<DEL>", 10000, "END=17999", 10001, 17999, "loss"),
    Pair("0.8 of the call", LOSS, 10001, 18000, P, "<DEL>", 10000, "END=20000", 10001, 20000, "loss"),
    # ranges that only touch
    Pair("beside the record", LOSS, 10001, 20000, P, "<DEL>", 20000, "END=30000", 20001, 30000, "loss"),
    Pair("before the record", LOSS, 10001, 20000, P, "<DEL>", 1000, "END=10000", 1001, 10000, "loss"),
    Pair("one shared base", LOSS, 10001, 20000, P, "<DEL>", 19999, "END=30000", 20000, 30000, "loss"),
    Pair("all of it, shifted by 50", "Deletion", 10001, 10100, P, "<DEL>", 10050, "END=10150", 10051, 10150, "loss"),
    Pair("shifted by 51", "Deletion", 10001, 10100, P, "<DEL>", 10051, "END=10151", 10052, 10151, "loss"),
    # direction
    Pair("loss and gain", GAIN, 10001, 20000, P, "<DEL>", 10000, "END=20000", 10001, 20000, "loss"),
    Pair("gain and loss", LOSS, 10001, 20000, P, "<DUP>", 10000, "END=20000", 10001, 20000, "gain"),
    Pair("benign of the other", GAIN, 10001, 20000, B, "<DEL>", 12000, "END=12100", 12001, 12100, "loss"),
    Pair("in tandem", "Duplication", 10001, 20000, P, "<DUP:TANDEM>", 10000, "END=20000", 10001, 20000, "gain"),
    Pair("deleted element", "Deletion", 10001, 10300, P, "<DEL:ME:ALU>", 10000, "END=10300", 10001, 10300, "loss"),
    Pair("no copy of a haplotype", LOSS, 10001, 20000, P, "<CN0>", 10000, "END=20000", 10001, 20000, "loss"),
    Pair("copies of a haplotype", GAIN, 10001, 20000, P, "<CN3>", 10000, "END=20000", 10001, 20000, "gain"),
    Pair("one copy", LOSS, 10001, 20000, P, "<CNV>", 10000, "END=20000;CN=1", 10001, 20000, "loss"),
    Pair("four copies", GAIN, 10001, 20000, P, "<CNV>", 10000, "END=20000;CN=4", 10001, 20000, "gain"),
    Pair("four copies of a loss", LOSS, 10001, 20000, P, "<CNV>", 10000, "END=20000;CN=4", 10001, 20000, "gain"),
    # how the range is stated
    Pair("negative SVLEN", LOSS, 10001, 20000, P, "<DEL>", 10000, "SVLEN=-5000", 10001, 15000, "loss"),
    Pair("positive SVLEN", LOSS, 10001, 20000, P, "<DEL>", 10000, "SVLEN=4999", 10001, 14999, "loss"),
    Pair("END before POS", LOSS, 10001, 20000, P, "<DEL>", 10000, "END=9000;SVLEN=-10000", 10001, 20000, "loss"),
)  # fmt: skip

_LEAST = Fraction(1, 2)


def row_of(pair: Pair) -> tuple[str | int, ...]:
    """Return a row of the table."""
    record, call = set(range(pair.start, pair.stop + 1)), set(range(pair.first, pair.last + 1))
    shared = len(record & call)
    of_record, of_allele = Fraction(shared, len(record)), Fraction(shared, len(call))
    is_benign = pair.classification in {B, LB}
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
