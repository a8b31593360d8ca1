"""An annotated record gets the same INFO in every way: from a small or large VCF, and from a BCF."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.support.annotated_ways import added_in_every_way
from tests.support.inputs import vcf_text
from tests.support.reports import demo_snapshot

TEXT = '##INFO=<ID={},Number=.,Type=String,Description="{}">'
BCSQ = (
    "Local consequence annotation from BCFtools/csq. Format: Consequence|gene|transcript|biotype|strand|"
    "amino_acid_change|dna_change"
)
LENGTHS = range(270)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_snapshot(tmp_path_factory.mktemp("demo"))


def added(
    folder: Path, snapshot: Path, meta: Iterable[str], records: Iterable[str], **options: Any
) -> list[str]:
    """Return what each record gets in all ways."""
    vcf = vcf_text(records, meta=[*meta, TEXT.format("NOTE", "x")], contigs=["7", "12", "13", "17"]).encode()
    lines, *others = (ways := added_in_every_way(folder, vcf, snapshot, **options)).values()
    for way, found in zip(list(ways)[1:], others, strict=True):
        differing = [
            f"record {number}: {one!r}, but {way}: {other!r}"
            for number, (one, other) in enumerate(zip(lines, found, strict=True))
            if one != other
        ]
        assert not differing, "\n".join(differing[:5])
    return lines


def vep(format_: str) -> str:
    return TEXT.format("CSQ", f"Consequence annotations from Ensembl VEP. Format: {format_}")


@pytest.mark.parametrize(
    ("format_", "entry"),
    [
        ("SYMBOL|Consequence|HGVSp|X", "BRAF|x|p.Val600Glu|"),
        ("HGVSp|SYMBOL|Consequence|X", "p.Val600Glu|BRAF|x|"),
        ("Consequence|HGVSp|SYMBOL|X", "x|p.Val600Glu|BRAF|"),
    ],
)
def test_a_name_may_begin_a_text_of_any_length(
    snapshot: Path, tmp_path: Path, format_: str, entry: str
) -> None:
    """In a BCF, the length of a text is the byte before it, which may look like a letter of a name."""
    records = [f"7\t{1000 + n}\t.\tA\tT\t.\t.\tCSQ={entry}{'x' * n}" for n in LENGTHS]
    found = added(tmp_path, snapshot, [vep(format_)], records)
    assert all("CIVIC=" in info for info in found)


@pytest.mark.parametrize(
    ("format_", "entry"),
    [
        ("HGVSp|Consequence|SYMBOL", "p.Val600Glu|x|BRAF"),
        ("SYMBOL|Consequence|HGVSp", "BRAF|x|p.Val600Glu"),
        ("Allele|Consequence|HGVSp|SYMBOL|Feature|X", "T|x|p.Val600Glu|BRAF"),  # an entry that is cut
    ],
)
def test_a_name_may_end_a_record_before_one_of_any_length(
    snapshot: Path, tmp_path: Path, format_: str, entry: str
) -> None:
    """In a BCF, the length of the next record is the byte after INFO, which may look like a letter of a name."""
    pairs = (
        (f"7\t{1000 + n}\t.\tA\tT\t.\t.\tCSQ={entry}", f"7\t{1000 + n}\t.\tG\tC\t.\t.\tNOTE={'y' * (n + 1)}")
        for n in LENGTHS
    )
    found = added(tmp_path, snapshot, [vep(format_)], [record for pair in pairs for record in pair])
    assert ["CIVIC=" in info for info in found] == [True, False] * len(LENGTHS)


NEAR = 25245354  # three bases after a missense record of KRAS


@pytest.mark.parametrize(
    ("entry", "is_unknown"),
    [
        (f"@{NEAR - 1}", True),
        (f"synonymous|X|ENST9|protein_coding|+|12G|{NEAR}C>G,@{NEAR + 1}", False),
        (f"*stop_gained|KRAS|ENST1|protein_coding|-|12G>12*|{NEAR}C>G+{NEAR + 1}C>A", True),
        (f"*synonymous|KRAS|ENST1|protein_coding|-|12G|{NEAR}C>G", False),
        (f"missense|KRAS|ENST1|protein_coding|-|12G>12*|{NEAR}C>G+{NEAR + 1}C>A", True),
    ],
)
def test_a_joint_change_of_bcsq_is_read_in_every_way(
    snapshot: Path, tmp_path: Path, entry: str, is_unknown: bool
) -> None:
    record = f"12\t{NEAR}\t.\tC\tG\t.\t.\tBCSQ={entry}"
    [found] = added(tmp_path, snapshot, [TEXT.format("BCSQ", BCSQ)], [record])
    assert ("clinvar_protein:unsupported" in found) is is_unknown


CODONS = "Allele|Consequence|SYMBOL|HGVSp|Codons|Protein_position|STRAND"
KNOWN = "7\t140753336\t.\tA\tT\t.\t.\tCSQ=T|missense_variant|BRAF|ENSP1:p.Val600Glu|||"
NEIGHBOUR = "12\t25245351\t.\tC\tG\t.\t.\tCSQ=G|missense_variant|KRAS|p.Gly12Arg|Ggt/Cgt|12|-1"
GERMLINE = "13\t32398489\t.\tA\tT\t.\t.\tNOTE=x"
SEVERAL = "17\t7670699\t.\tC\tT,A\t.\t.\tNOTE=x"


def test_a_missense_change_without_a_transcript_has_its_records_at_the_residue(
    snapshot: Path, tmp_path: Path
) -> None:
    [found] = added(tmp_path, snapshot, [vep(CODONS)], [NEIGHBOUR])
    assert "CLN_PROTEIN=p.Gly12Arg;" in found
    assert "CLN_SAME_RESIDUE=" in found


def test_an_indel_within_the_range_of_a_known_one_is_found_whatever_base_is_before_it(
    snapshot: Path, tmp_path: Path
) -> None:
    """REF is compared with the genome only if there is a FASTA."""
    records = [f"17\t{43057062 + place}\t.\tT\tTG\t.\t.\t." for place in range(-2, 6)]
    found = added(tmp_path, snapshot, [], records)
    assert ["CLNVID=17677" in info for info in found] == [False] * 2 + [True] * 4 + [False] * 2


def test_a_field_is_the_same_whichever_others_are_written(snapshot: Path, tmp_path: Path) -> None:
    meta = [vep(CODONS)]
    records = (KNOWN, NEIGHBOUR, GERMLINE, SEVERAL)
    complete = [
        dict(item.split("=", 1) for item in info.split(";"))
        for info in added(tmp_path, snapshot, meta, records)
    ]
    fields = sorted({field for info in complete for field in info})
    assert {"CLNSIG", "CIVIC", "CLN_SAME_RESIDUE"} <= set(fields)
    for field in fields:
        found = added(tmp_path, snapshot, meta, records, fields=[field])
        assert found == [f"{field}={info[field]}" if field in info else "" for info in complete]


def test_an_annotation_without_consequences_names_no_gene_beside_one_that_does(
    snapshot: Path, tmp_path: Path
) -> None:
    meta = [
        vep("Allele|SYMBOL|Feature|HGVSc|HGVSp"),
        TEXT.format("vep", "Format: Allele|Consequence|SYMBOL|HGVSp"),
    ]
    entry = "T|BRAF|ENST1||p.Val600Glu"
    records = [
        f"7\t1000\t.\tA\tT\t.\t.\tCSQ={entry}",
        f"7\t1001\t.\tA\tT\t.\t.\tCSQ={entry};vep=T|x|BRAF|p.Val600Glu",
    ]
    for level in ("protein", "gene"):
        found = added(tmp_path, snapshot, meta, records, civic_match=level)
        assert ["CIVIC=" in info for info in found] == [False, True]
