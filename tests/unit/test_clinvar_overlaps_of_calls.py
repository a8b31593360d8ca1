"""Calls as callers write them: how a range and a direction are stated, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.inputs import data_lines, info_of, write_fasta, write_snapshot
from tests.support.structural import annotated, call, infos, listed, structural_row, structural_snapshot

LOSS_ID, GAIN_ID, BENIGN_ID, MITOCHONDRIAL_ID, X_ID = 1, 2, 3, 4, 5
FIRST, LAST = 1_000_001, 1_010_000
"""Range of a loss and of a gain on chromosome 7; 10 kb."""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        structural_row(LOSS_ID, "copy number loss", "7", FIRST, LAST),
        structural_row(GAIN_ID, "copy number gain", "7", FIRST, LAST),
        structural_row(
            BENIGN_ID, "copy number loss", "7", 5_000_001, 5_100_000, ClinicalSignificance="Benign"
        ),
        structural_row(MITOCHONDRIAL_ID, "Deletion", "MT", 8_470, 13_446),
        structural_row(X_ID, "copy number loss", "X", 600_001, 650_000),
    ]
    return structural_snapshot(tmp_path_factory.mktemp("calls"), rows)


def ids(info: Mapping[str, str], alt: int = 0) -> list[int]:
    return [entry.variation for entry in listed(info, alt)]


def one(folder: Path, snapshot: Path, alt: str, info: str, *samples: str, **others: str) -> Mapping[str, str]:
    record = call(others.get("contig", "7"), int(others.get("pos", FIRST - 1)), alt, info)
    names = [f"s{number}" for number in range(1, len(samples))]
    lines = ["\t".join([record, *samples])]
    (found,) = infos(annotated(folder, snapshot, lines, "--status", "all", samples=names))
    return found


def status(info: Mapping[str, str]) -> str:
    return info["ANNSTATUS"].partition("clinvar_sv:")[2].partition("&")[0].partition(",")[0]


# Range


@pytest.mark.parametrize(
    "stated",
    [
        f"END={LAST}",
        f"END={LAST};SVLEN=-10000",
        f"END={LAST};SVLEN=10000",
        "SVLEN=-10000",
        "SVLEN=10000",
        "END=5;SVLEN=-10000",
        f"END={FIRST - 1};SVLEN=-10000",
        "END=.;SVLEN=-10000",
        f"SVLEN=.;END={LAST}",
        f"END={LAST};SVLEN=0",
    ],
)
def test_end_and_svlen_state_the_range(tmp_path: Path, snapshot: Path, stated: str) -> None:
    info = one(tmp_path, snapshot, "<DEL>", stated)
    assert [entry[4:] for entry in listed(info)] == [("1.000", "1.000", "1.000", "same(record_imprecise)")]


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ("SVTYPE=DEL", "unknown_length"),
        ("END=5", "unknown_length"),
        ("SVLEN=0", "unknown_length"),
        ("SVLEN=.", "unknown_length"),
        ("END=-7", "unknown_length"),
        ("SVLEN=--5", "unknown_length"),
        ("SVLEN=-10000,-20", "unknown_length"),
        (f"END={LAST};SVLEN=-50", "contradictory_length"),
        (f"END={FIRST};SVLEN=-10000", "contradictory_length"),
        ("END=999999999999", "beyond_contig"),
        ("END=2000000000", "beyond_contig"),
        ("SVLEN=-400000000", "beyond_contig"),
    ],
)
def test_a_range_that_is_not_known_is_not_absent(
    tmp_path: Path, snapshot: Path, stated: str, reason: str
) -> None:
    record = call("7", FIRST - 1, "<DEL>", stated)
    ran = annotated(tmp_path, snapshot, [record])
    (info,) = infos(ran)
    assert (status(info), "CLNSV" in info) == ("unsupported", False)
    assert f"{reason} 1" in ran.err


def test_each_alt_has_its_own_length(tmp_path: Path, snapshot: Path) -> None:
    """END is that of the longest ALT (VCF 4.4): the first one deletes 100 bases, and not the whole record."""
    info = one(tmp_path, snapshot, "<DEL>,<DUP>", f"END={LAST};SVLEN=100,10000")
    assert (ids(info, 0), ids(info, 1)) == ([], [GAIN_ID])
    info = one(tmp_path, snapshot, "<DEL>,<DEL>", f"END={LAST};SVLEN=-100,-10000")
    assert (ids(info, 0), ids(info, 1)) == ([], [LOSS_ID])
    info = one(tmp_path, snapshot, "<DEL>,<DUP>", f"END={LAST}")
    assert (ids(info, 0), ids(info, 1)) == ([LOSS_ID], [GAIN_ID])


def test_svlen_of_a_duplication_may_be_the_number_of_inserted_bases(tmp_path: Path, snapshot: Path) -> None:
    info = one(tmp_path, snapshot, "<DUP>", f"END={LAST};SVLEN=20000")
    assert ids(info) == [GAIN_ID]


@pytest.mark.parametrize("stated", ["IMPRECISE", "CIPOS=-50,50", "CIPOS=0,0;CIEND=0,10"])
def test_imprecise_calls_are_marked(tmp_path: Path, snapshot: Path, stated: str) -> None:
    (entry,) = listed(one(tmp_path, snapshot, "<DEL>", f"END={LAST};{stated}"))
    assert entry.relation == "same(record_imprecise+call_imprecise)"


def test_an_interval_without_a_length_is_exact(tmp_path: Path, snapshot: Path) -> None:
    (entry,) = listed(one(tmp_path, snapshot, "<DEL>", f"END={LAST};CIPOS=0,0;CIEND=0,0"))
    assert entry.relation == "same(record_imprecise)"


# Direction


@pytest.mark.parametrize(
    ("alt", "stated", "expected"),
    [
        ("<CNV>", "CN=1", [LOSS_ID]),
        ("<CNV>", "CN=0", [LOSS_ID]),
        ("<CNV>", "CN=3", [GAIN_ID]),
        ("<CNV>", "CN=2", []),
        ("<CNV>", "SVTYPE=DEL", [LOSS_ID]),
        ("<CNV>", "SVTYPE=DUP", [GAIN_ID]),
        ("<CNV:DEL>", "SVTYPE=DEL", [LOSS_ID]),
        ("<CN0>", "SVTYPE=CNV", [LOSS_ID]),
        ("<CN4>", "SVTYPE=CNV", [GAIN_ID]),
        ("<DEL>", "CN=1", [LOSS_ID]),
        ("<DUP>", "CN=4", [GAIN_ID]),
        ("<DUP:TANDEM>", "SVTYPE=DUP", [GAIN_ID]),
        ("<del>", "SVTYPE=DEL", [LOSS_ID]),
        ("<DEL:ME>", "SVTYPE=DEL", [LOSS_ID]),
        ("<DEL:ME:ALU>", "SVTYPE=DEL", [LOSS_ID]),
    ],
)
def test_the_direction_is_that_of_the_copies(
    tmp_path: Path, snapshot: Path, alt: str, stated: str, expected: list[int]
) -> None:
    info = one(tmp_path, snapshot, alt, f"END={LAST};{stated}")
    assert (ids(info), status(info)) == (expected, "found" if expected else "absent")


@pytest.mark.parametrize(
    ("alt", "stated"),
    [
        ("<CNV>", "SVTYPE=CNV"),
        ("<DEL>", "CN=3"),
        ("<DUP>", "CN=1"),
        ("<DEL>", "CN=2"),
        ("<CN1>", "SVTYPE=CNV"),
    ],
)
def test_an_uncertain_direction_is_not_absent_where_there_are_records(
    tmp_path: Path, snapshot: Path, alt: str, stated: str
) -> None:
    info = one(tmp_path, snapshot, alt, f"END={LAST};{stated}")
    assert (ids(info), status(info)) == ([], "unsupported")
    elsewhere = one(tmp_path, snapshot, alt, f"END=2010000;{stated}", pos="2000000")
    assert (ids(elsewhere), status(elsewhere)) == ([], "absent")


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (("CN", "1", "2"), [LOSS_ID]),
        (("CN", "2", "4"), [GAIN_ID]),
        (("CN", "1", "4"), [LOSS_ID, GAIN_ID]),
        (("CN", "2", "2"), []),
        (("GT:CN", "0/1:1", "0/0:5"), [LOSS_ID]),
        (("GT:CN", "0/1:.", "0/1:4"), [GAIN_ID]),
    ],
)
def test_samples_may_change_in_different_directions(
    tmp_path: Path, snapshot: Path, samples: tuple[str, ...], expected: list[int]
) -> None:
    info = one(tmp_path, snapshot, "<CNV>", f"END={LAST}", *samples)
    assert (sorted(ids(info)), status(info)) == (expected, "found" if expected else "absent")


def test_a_copy_of_x_does_not_show_the_direction(tmp_path: Path, snapshot: Path) -> None:
    """One copy is usual in a man; no copy is a loss in everybody."""
    single = one(tmp_path, snapshot, "<CNV>", "END=650000;CN=1", contig="X", pos="600000")
    assert (ids(single), status(single)) == ([], "unsupported")
    none = one(tmp_path, snapshot, "<CNV>", "END=650000;CN=0", contig="X", pos="600000")
    deleted = one(tmp_path, snapshot, "<DEL>", "END=650000;CN=1", contig="X", pos="600000")
    assert ids(none) == ids(deleted) == [X_ID]


@pytest.mark.parametrize("contig", ["MT", "chrM", "M"])
def test_a_deletion_of_the_mitochondrion(tmp_path: Path, snapshot: Path, contig: str) -> None:
    info = one(tmp_path, snapshot, "<DEL>", "END=13446", contig=contig, pos="8469")
    assert ids(info) == [MITOCHONDRIAL_ID]


# What is not compared


@pytest.mark.parametrize(
    "alt", ["<INS>", "<INV>", "<INS:ME:ALU>", "<CNV:TR>", "<LOH>", "<NON_REF>", "<*>", "<BND>"]
)
def test_other_symbolic_alts_are_unsupported(tmp_path: Path, snapshot: Path, alt: str) -> None:
    info = one(tmp_path, snapshot, alt, f"END={LAST};SVLEN=10000;CN=1")
    assert (ids(info), status(info)) == ([], "unsupported")


@pytest.mark.parametrize("alt", ["N[7:1010000[", "]7:1000000]N", "N."])
def test_breakends_are_unsupported(tmp_path: Path, snapshot: Path, alt: str) -> None:
    info = one(tmp_path, snapshot, alt, f"SVTYPE=BND;END={LAST}")
    assert (ids(info), status(info)) == ([], "unsupported")


def test_another_contig_is_unsupported(tmp_path: Path, snapshot: Path) -> None:
    records = [call("7", 5, "<DEL>", "END=10"), call("decoy", 1000, "<DEL>", "END=2000")]
    found = infos(annotated(tmp_path, snapshot, records, "--status", "all"))
    assert list(map(status, found)) == ["absent", "unsupported"]


# Bases


def test_long_alleles_with_bases_are_compared(tmp_path: Path, snapshot: Path) -> None:
    bases = "ACGT" * 2_500
    records = [
        call("7", FIRST - 1, "T", ".", f"T{bases}"),
        call("7", FIRST - 1, "TGG", ".", f"T{bases}"),  # bases inserted at the breakpoints
        call("7", FIRST - 1, f"T{'G' * 3_000}", ".", f"T{bases}"),  # an exchange of bases is no deletion
        call("7", FIRST - 1, f"T{bases}{bases}", ".", f"T{bases}"),  # REF shows that it is a duplication
        call("7", FIRST - 1, f"T{bases}", ".", "T"),  # may be one
        call("7", 3_000_000, f"T{bases}", ".", "T"),  # there is no gain nearby
    ]
    found = infos(annotated(tmp_path, snapshot, records))
    assert [ids(info) for info in found] == [[LOSS_ID], [LOSS_ID], [], [GAIN_ID], [], []]
    assert [info.get("ANNSTATUS") for info in found] == [
        None,
        None,
        None,
        None,
        "clinvar_sv:unsupported",
        None,
    ]


def test_the_reference_shows_whether_inserted_bases_are_a_duplication(tmp_path: Path) -> None:
    unit = "ACGTTGCAAC" * 10
    sequence = "A" * 999 + "T" + unit + "G" * (16_569 - 1_100)
    fasta = write_fasta(tmp_path / "mt.fa", {"MT": sequence})
    snapshot = structural_snapshot(tmp_path, [structural_row(9, "Duplication", "MT", 1_001, 1_100)])
    records = [
        call("MT", 1_000, f"T{unit}", ".", "T"),
        call("MT", 1_000, f"T{'C' * 100}", ".", "T"),
        call("MT", 1_100, f"{unit[-1]}{unit}", ".", unit[-1]),  # inserted behind the bases
    ]
    found = infos(annotated(tmp_path, snapshot, records, "--reference", str(fasta)))
    assert [ids(info) for info in found] == [[9], [], [9]]
    assert [info.get("ANNSTATUS") for info in found] == [None, None, None]


def test_a_call_that_was_compared_is_not_counted_as_not_looked_up(tmp_path: Path, snapshot: Path) -> None:
    records = [
        call("7", FIRST - 1, "<DEL>", f"END={LAST}"),
        call("7", 2_000_000, "<DEL>", "END=2001000"),
        call("7", 2_000_000, "<DEL>", "SVTYPE=DEL"),
        call("7", 2_000_000, "<INV>", "END=2001000"),
    ]
    ran = annotated(tmp_path, snapshot, records)
    assert "not looked up: symbolic 2, unknown_length 1\n" in ran.err


# Order and number


def test_the_most_important_records_come_first(tmp_path: Path) -> None:
    """Giant and benign records last; else the same range first, then more stars, then more overlap."""
    expert, single = "reviewed by expert panel", "criteria provided, single submitter"
    rows = [
        structural_row(1, "copy number loss", "7", 20_000_001, 26_000_000, ReviewStatus=expert),
        structural_row(2, "copy number loss", "7", 20_000_001, 24_000_000, ClinicalSignificance="Benign"),
        structural_row(3, "Deletion", "7", 21_000_001, 21_000_500, ReviewStatus=single),
        structural_row(4, "Deletion", "7", 21_000_001, 21_000_400, ReviewStatus=expert),
        structural_row(5, "copy number loss", "7", 19_500_001, 24_500_000, ReviewStatus=single),
        structural_row(6, "Deletion", "7", 22_000_001, 22_000_900, ReviewStatus=single),
        structural_row(
            7, "Deletion", "7", 22_000_001, 22_000_900, ClinicalSignificance="-", ReviewStatus="-"
        ),
    ]
    snapshot = structural_snapshot(tmp_path, rows)
    (info,) = infos(annotated(tmp_path, snapshot, [call("7", 20_000_000, "<DEL>", "END=24000000")]))
    assert ids(info) == [5, 4, 6, 3, 7, 2, 1]
    assert [entry.stars for entry in listed(info)] == ["1", "3", "1", "1", ".", "1", "3"]


def test_of_very_many_records_the_first_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    rows = [structural_row(number, "Deletion", "7", number, number + 99) for number in range(1, 601)]
    snapshot = structural_snapshot(tmp_path, rows)
    (info,) = infos(annotated(tmp_path, snapshot, [call("7", 0, "<DEL>", "END=5000000")]))
    assert (len(ids(info)), info["CLNSV_COUNT"]) == (500, "600")
    (info,) = infos(
        annotated(tmp_path, snapshot, [call("7", 0, "<DEL>", "END=5000000")], "--fields", "CLNSV_COUNT")
    )
    assert (info["CLNSV_COUNT"], "CLNSV" in info) == ("600", False)


# Options, and snapshots without these records


@pytest.mark.parametrize(
    ("least", "end", "expected"),
    [
        ("0.5", 1_005_000, [LOSS_ID]),
        ("0.51", 1_005_000, []),
        ("1", LAST, [LOSS_ID]),
        ("1", LAST - 1, []),
        ("0.001", 1_000_010, [LOSS_ID]),
    ],
)
def test_the_least_overlap_is_an_option(
    tmp_path: Path, snapshot: Path, least: str, end: int, expected: list[int]
) -> None:
    ran = annotated(tmp_path, snapshot, [call("7", FIRST - 1, "<DEL>", f"END={end}")], "--sv-overlap", least)
    assert [ids(info) for info in infos(ran)] == [expected]
    assert (f"--sv-overlap {least}" in ran.out.decode()) == (least != "0.5")


@pytest.mark.parametrize("least", ["0", "-1", "1.1", "nan"])
def test_an_overlap_that_is_no_part_is_refused(tmp_path: Path, snapshot: Path, least: str) -> None:
    ran = annotated(tmp_path, snapshot, [call("7", 5, "<DEL>", "END=10")], "--sv-overlap", least)
    assert (ran.status, f"--sv-overlap {least} is out of range" in ran.err) == (2, True)


def test_a_snapshot_without_these_records_does_not_write_the_field(tmp_path: Path) -> None:
    old = write_snapshot(tmp_path / "old")
    ran = annotated(tmp_path, old, [call("7", FIRST - 1, "<DEL>", f"END={LAST}")], "--status", "all")
    assert "CLNSV" not in ran.out.decode() and "clinvar_sv" not in ran.out.decode()
    assert [info_of(line)["ANNSTATUS"] for line in data_lines(ran.out)] == ["clinvar:unsupported"]
    refused = annotated(tmp_path, old, [call("7", 5, "<DEL>", "END=10")], "--fields", "CLNSV")
    assert (refused.status, "CLNSV, which no selected knowledge base provides" in refused.err) == (2, True)


@pytest.mark.parametrize("section", ["start", "evidence"])
def test_a_damaged_store_is_an_error_and_no_absence(tmp_path: Path, section: str) -> None:
    built = structural_snapshot(tmp_path, [structural_row(LOSS_ID, "copy number loss", "7", FIRST, LAST)])
    store = built / "clinvar_sv.store"
    data = bytearray(store.read_bytes())
    place = data.index(FIRST.to_bytes(4, "little") if section == "start" else b"Pathogenic\t")
    data[place] ^= 1
    store.write_bytes(bytes(data))
    ran = annotated(tmp_path, built, [call("7", FIRST - 1, "<DEL>", f"END={LAST}")])
    assert (ran.status, "clinvar_sv.store: the file is damaged" in ran.err) == (1, True)


def test_a_substitution_by_n_is_no_deletion(tmp_path: Path, snapshot: Path) -> None:
    records = [
        call("7", FIRST, "N", ".", "A"),
        call("7", FIRST, "N", ".", "N"),
        call("7", FIRST, "ACN", ".", "A"),
    ]
    ran = annotated(tmp_path, snapshot, records)
    assert [status(info) for info in infos(ran)] == ["unsupported"] * 3
    assert "unknown_length" not in ran.err


def test_a_small_panel_is_unchanged_but_for_the_header(tmp_path: Path, snapshot: Path) -> None:
    ran = annotated(tmp_path, snapshot, [call("7", 140753336, "T", ".", "A")])
    (info,) = infos(ran)
    assert "CLNSV" not in info and info["CLNSIG"] == "Pathogenic"
    assert "##INFO=<ID=CLNSV," in ran.out.decode()
