"""Tumour and normal samples: header lines of callers, usual names, and header lines that are misleading."""

from __future__ import annotations

import pytest

from annotator.errors import UsageError
from annotator.vcf.tumour_normal import pairings


def pairs(samples: str, *meta: str, tumour: str = "", normal: str = "") -> list[tuple[str, str]]:
    found = pairings(samples.split(), meta, tumour.split(), normal.split())
    return [(" ".join(one.tumours), " ".join(one.normals)) for one in found]


@pytest.mark.parametrize(
    ("samples", "meta", "expected"),
    [
        ("NORMAL TUMOR", [], [("TUMOR", "NORMAL")]),
        ("TUMOR NORMAL", [], [("TUMOR", "NORMAL")]),
        ("tumour normal", [], [("tumour", "normal")]),
        ("DNA_NORMAL DNA_TUMOR RNA_TUMOR", [], [("DNA_TUMOR RNA_TUMOR", "DNA_NORMAL")]),
        ("NORMAL.variant TUMOR.variant", [], [("TUMOR.variant", "NORMAL.variant")]),
        ("TUMOR", [], [("TUMOR", "")]),
        ("NORMAL", [], []),
        ("P1_tumor P1_normal", [], [("P1_tumor", "P1_normal")]),
        ("P1-N P1-T P2-T P2-N", [], [("P1-T", "P1-N"), ("P2-T", "P2-N")]),
        ("tumor_P1 normal_P1", [], [("tumor_P1", "normal_P1")]),
        ("P1_T P2_N", [], []),
        ("sample_T", [], []),
        ("A B", [], []),
        ("GS180 GS240", ["##normal_sample=GS180", "##tumor_sample=GS240"], [("GS240", "GS180")]),
        ("N1 T N2", ["##normal_sample=N1", "##normal_sample=N2", "##tumor_sample=T"], [("T", "N1 N2")]),
        ("T", ["##tumor_sample=T"], [("T", "")]),
        # A line that came along from files of germline calls, or whose samples were renamed
        ("NA12878 NA12891", ["##tumor_sample=NA12878"], []),
        ("A B", ["##tumor_sample=X", "##normal_sample=Y"], []),
        ("A B", ["##PEDIGREE=<Derived=B,Original=A>"], [("B", "A")]),
        ("A B", ["##PEDIGREE=<ID=B,Original=A>"], [("B", "A")]),
        ("A B", ['##PEDIGREE=<Derived="B",Original="A">'], [("B", "A")]),
        ("A B C", ["##PEDIGREE=<Derived=B,Original=A>", "##PEDIGREE=<Derived=C,Original=A>"], [("B C", "A")]),
        ("A B", ["##PEDIGREE=<Derived=B,Original=missing>"], []),
        ("A B", ["##PEDIGREE=<ID=child,Mother=A,Father=B>"], []),
        ("t1 n1", ['##TUMOR="Sample=t1,File=a.bam"', '##NORMAL="Sample=n1,File=b.bam"'], [("t1", "n1")]),
        ("A B", ["##SAMPLE=<ID=A,IsTumor=yes>", "##SAMPLE=<ID=B,IsTumor=no>"], [("A", "B")]),
        (
            "A B",
            ['##SAMPLE=<ID=NORMAL,Genomes=Germline,Description="x">', "##SAMPLE=<ID=TUMOR,Genomes=a>"],
            [],
        ),
        ("", [], []),
    ],
)
def test_patients_of_a_file(samples: str, meta: list[str], expected: list[tuple[str, str]]) -> None:
    assert pairs(samples, *meta) == expected


def test_the_user_decides() -> None:
    header = ["##normal_sample=A", "##tumor_sample=B"]
    assert pairs("A B", *header, tumour="A", normal="B") == [("A", "B")]
    assert pairs("A B", tumour="A") == [("A", "")]  # B may be another tumour
    assert pairs("A B", normal="A") == [("", "A")]
    assert pairs("A B C", tumour="A") == [("A", "")]
    assert pairs("A", tumour="A") == [("A", "")]
    assert pairs("A B", tumour="another_file_s") == []
    with pytest.raises(UsageError, match="both as a tumour and as a normal"):
        pairs("A B", tumour="A", normal="A")


def test_the_evidence_of_a_pairing_is_stated() -> None:
    assert pairings(["NORMAL", "TUMOR"], [])[0].evidence == "names of the samples"
    assert pairings(["A", "B"], ["##PEDIGREE=<Derived=B,Original=A>"])[0].evidence == "##PEDIGREE"
