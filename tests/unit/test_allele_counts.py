"""Allele fractions by caller: small inputs as each caller writes them, most of them lines of real files."""

from __future__ import annotations

import pytest

from annotator.vcf.allele_counts import (
    AlleleCount,
    allele_counts,
    called_without_genotype,
    info_counts,
    percent_keys,
)


def values(keys: str, column: str) -> dict[str, str]:
    return dict(zip(keys.split(":"), column.split(":"), strict=False))


MUTECT = "GT:AD:AF:DP:F1R2:F2R1:FAD:SB"
VARDICT = "GT:DP:VD:ALD:RD:AD:AF:BIAS:PMEAN:PSTD:QUAL:QSTD:SBF:ODDRATIO:MQ:SN:HIAF:ADJAF:NM"
SNV, INDEL = "DP:FDP:SDP:SUBDP:AU:CU:GU:TU", "DP:DP2:TAR:TIR:TOR:DP50:FDP50:SUBDP50:BCN50"
SNIPER = "GT:IGT:DP:DP4:BCOUNT:GQ:JGQ:VAQ:BQ:MQ:AMQ:SS:SSC"


@pytest.mark.parametrize(
    ("caller", "keys", "column", "ref", "alts", "expected"),
    [
        ("Mutect2", MUTECT, "0/1:0,44:0.978:44:0,23:0,21:0,44:0,0,22,22", "T", "G", (44, 0, 44, 1.0)),
        ("Mutect2", MUTECT, "0/0:28,1:0.038:29:15,0:9,0:28,1:15,13,1,0", "T", "G", (29, 28, 1, 1 / 29)),
        ("Mutect2, two ALTs", "GT:AD:DP", "0/1/2:10,5,85:100", "T", "G,C", (100, 10, 5, 0.05)),
        ("TNscope", "GT:AD:AF:DP", "0/1:948,5:0.00524659:953", "G", "A", (953, 948, 5, 5 / 953)),
        ("VarScan", "GT:GQ:DP:RD:AD:FREQ:DP4", "0/1:.:78:40:38:48.7%:20,20,19,19", "A", "T", (78, 40, 38, 38 / 78)),
        ("VarScan, merged", "GT:DP:RD:AD:FREQ", "0/1:78:40:38:0.487", "A", "T", (78, 40, 38, 38 / 78)),
        (
            "VarDict", VARDICT, "0/1:30:2:1,1:16,12:28,2:0.0667:2,2:14.5:1:37.5:1:1:1.32044:60:4:0.0714:0:2.5",
            "A", "T", (30, 28, 2, 2 / 30),
        ),
        ("VarDict, LOH", VARDICT, "0/0:47:0:0,0:25,21:46,0:0:0,0:0:0:0:0:1:0:0:0:0:0:0", "A", "T", (47, 46, 0, 0.0)),
        ("Strelka SNV", SNV, "47:0:0:0:1,1:0,0:45,45:1,1", "G", "A", (47, 45, 1, 1 / 46)),
        ("Strelka SNV", SNV, "44:0:0:0:0,0:0,0:44,44:0,0", "T", "G", (44, 0, 44, 1.0)),
        ("Strelka indel", INDEL, "54:54:23,23:27,27:5,5:54.69:0.00:0.00:0.00", "A", "ATAG", (54, 23, 27, 0.54)),
        ("Strelka indel", INDEL, "50:50:0,0:46,46:4,4:48.88:0.00:0.00:0.00", "G", "GT", (50, 0, 46, 1.0)),
        ("Strelka germline", "GT:GQ:DP:DPF:AD", "1/1:126:43:1:0,43", "T", "G", (43, 0, 43, 1.0)),
        ("FreeBayes", "GT:DP:AD:RO:QR:AO:QA", "0/1:75:60,15:60:2196:15:525", "G", "A", (75, 60, 15, 0.2)),
        ("FreeBayes, two ALTs", "GT:DP:RO:AO", "1/2:100:20:30,50", "G", "A,T", (100, 20, 30, 0.3)),
        ("Octopus", "GT:DP:AD:ADP:AF", "0|1:52:38,12:50:0.76,0.24", "G", "A", (52, 38, 12, 0.24)),
        ("RADIA, AF with REF", "GT:DP:AF", "0/1:117:0.75,0.25", "G", "A", (117, None, None, 0.25)),
        (
            "Ion Torrent", "GT:DP:RO:AO:FDP:FRO:FAO:AF", "0/1:200:100:90:180:90:90:0.5", "G", "A",
            (180, 90, 90, 0.5),
        ),
        ("DeepVariant", "GT:GQ:DP:AD:VAF:PL", "0/1:40:30:15,15:0.5:40,0,50", "G", "A", (30, 15, 15, 0.5)),
        ("DeepVariant without AD", "GT:DP:VAF", "0/1:30:0.5", "G", "A", (30, None, None, 0.5)),
        (
            "SomaticSniper", SNIPER, "0/0:0/0:30:15,14,1,0:0,0,1,29:82:117:0:33:60:60:0:.", "T", "G",
            (30, 29, 1, 1 / 30),
        ),
        ("MuSE", "GT:DP:AD:BQ:SS", "0/0:30:29,1:33,5:.", "T", "G", (30, 29, 1, 1 / 30)),
        ("MuTect1", "GT:AD:BQ:DP:FA", "0:3,10:33:13:0.769", "T", "G", (13, 3, 10, 10 / 13)),
        ("FA alone", "GT:DP:FA", "0:13:0.769", "T", "G", (13, None, None, 0.769)),
        (
            "CaVEMan", "GT:FAZ:FCZ:FGZ:FTZ:RAZ:RCZ:RGZ:RTZ:PM", "0|1:5:0:20:0:5:0:20:0:2e-1", "G", "A",
            (50, 40, 10, 0.2),
        ),
        ("cgpPindel", "GT:PP:NP:PB:NB:PR:NR", "./.:3:2:0:0:30:20", "GA", "G", (50, None, 5, 0.1)),
        ("Manta", "PR:SR", "30,10:20,10", "T", "<DEL>", (70, 50, 20, 20 / 70)),
        ("DELLY, precise", "GT:DR:DV:RR:RV", "0/1:9:1:30:10", "T", "<DEL>", (40, 30, 10, 0.25)),
        ("DELLY, imprecise", "GT:DR:DV:RR:RV", "0/1:9:1:0:0", "T", "<DEL>", (10, 9, 1, 0.1)),
        ("AD without REF", "GT:AD:DP", "0/1:.,21:60", "T", "G", (60, None, 21, 0.35)),
        ("AD of the ALT only", "GT:AD:DP", "0/1:21:60", "T", "G", (60, None, 21, 0.35)),
        ("AD of another length", "GT:AD:DP", "0/1:1,2,3,4:60", "T", "G", (60, None, None, None)),
        ("DP4 in FORMAT", "GT:DP4", "0/1:10,10,3,7", "T", "G", (30, 20, 10, 10 / 30)),
        ("no reads", "GT:AD:DP", "./.:0,0:0", "T", "G", (0, 0, 0, None)),
        ("nothing", "GT", "0/1", "T", "G", (None, None, None, None)),
        ("missing", "GT:AD:AF:DP", "./.:.:.:.", "T", "G", (None, None, None, None)),
        ("an odd fraction", "GT:AF", "0/1:-1", "T", "G", (None, None, None, None)),
    ],
)  # fmt: skip
def test_counts_of_a_sample(
    caller: str,
    keys: str,
    column: str,
    ref: str,
    alts: str,
    expected: tuple[int | None, int | None, int | None, float | None],
) -> None:
    found = allele_counts(values(keys, column), ref, alts.split(","), 0)
    assert found[:3] == expected[:3], caller
    assert found.vaf == (None if expected[3] is None else pytest.approx(expected[3])), caller
    assert bool(found.basis) == (found.alt is not None or found.vaf is not None)


def test_the_second_alt() -> None:
    assert allele_counts({"AD": "10,5,85"}, "T", ["G", "C"], 1).vaf == pytest.approx(0.85)
    assert allele_counts({"AO": "30,50", "RO": "20"}, "T", ["G", "C"], 1).vaf == pytest.approx(0.5)
    assert allele_counts({"AF": "0.2,0.3"}, "T", ["G", "C"], 1).vaf == pytest.approx(0.3)
    assert allele_counts({"AF": "0.5,0.2,0.3"}, "T", ["G", "C"], 1).vaf == pytest.approx(0.3)


def test_a_fraction_that_the_caller_states_is_marked() -> None:
    assert allele_counts({"AF": "0.978"}, "T", ["G"], 0).basis == "AF (caller)"
    assert allele_counts({"FREQ": "48.7%"}, "T", ["G"], 0).vaf == pytest.approx(0.487)


def test_without_samples_only_lofreq_has_counts() -> None:
    info = {"DP": "44", "AF": "0.9", "DP4": "0,0,22,22"}
    assert info_counts(info, ["G"], is_lofreq=True)[:4] == (44, 0, 44, 1.0)
    assert info_counts({"DP": "44", "AF": "0.9"}, ["G"], is_lofreq=True)[:4] == (44, None, None, 0.9)
    assert info_counts(info, ["G"], is_lofreq=False) == AlleleCount()


@pytest.mark.parametrize(
    ("keys", "column", "info", "is_normal", "expected"),
    [
        (SNV, "47:0:0:0:1,1:0,0:45,45:1,1", {"NT": "ref"}, False, True),
        (SNV, "36:0:0:0:0,0:0,0:36,36:0,0", {"NT": "ref"}, False, False),
        (SNV, "36:0:0:0:1,1:0,0:36,36:0,0", {"NT": "ref"}, True, False),
        (SNV, "36:0:0:0:18,18:0,0:18,18:0,0", {"NT": "het"}, True, True),
        (SNV, "36:0:0:0:9,9:0,0:18,18:0,0", {"NT": "conflict"}, True, None),
        ("AD", "10,3", {}, True, None),
        ("AD", "10,0", {}, True, False),
        ("AD", "0,0", {}, True, None),
        (SNV, "36:0:0:0:0,0:0,0:36,36:0,0", {}, True, False),
        ("AD", "10,3", {}, False, True),
        ("DP", "10", {}, False, None),
    ],
)
def test_calls_without_a_genotype(
    keys: str, column: str, info: dict[str, str], expected: bool | None, *, is_normal: bool
) -> None:
    counts = allele_counts(values(keys, column), "G", ["A"], 0)
    assert called_without_genotype(info, counts, is_normal=is_normal) is expected


@pytest.mark.parametrize(
    ("value", "as_fraction", "as_percentage"),
    [("0.8", 0.8, None), ("1", 1.0, None), ("0", 0.0, 0.0), ("45.2", 0.452, 0.452), ("0.8%", 0.008, 0.008)],
)
def test_a_small_number_in_a_field_of_percentages_is_unknown(
    value: str, as_fraction: float, as_percentage: float | None
) -> None:
    assert allele_counts({"AF": value}, "T", ["G"], 0).vaf == pytest.approx(as_fraction)
    found = allele_counts({"AF": value, "DP": "9"}, "T", ["G"], 0, percent_keys={"AF"})
    assert found.vaf == (None if as_percentage is None else pytest.approx(as_percentage))
    assert found.depth == 9


def test_the_header_says_which_fields_are_percentages() -> None:
    meta = [
        '##FORMAT=<ID=AF,Number=A,Type=Float,Description="Allele fraction in percent">',
        '##FORMAT=<ID=VAF,Number=A,Type=Float,Description="Fraction of reads">',
        '##FORMAT=<ID=FREQ,Number=1,Type=String,Description="Frequency (%)">',
        '##FORMAT=<ID=SB,Number=1,Type=Float,Description="Strand bias, percent">',
        '##INFO=<ID=FA,Number=1,Type=Float,Description="Percentage">',
    ]
    assert percent_keys(meta) == {"AF", "FREQ"}
