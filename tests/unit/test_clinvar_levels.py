"""The matching levels below `exact`: what becomes of indels where ClinVar's record does not give all their spellings.

The release is ClinVar's, but the genomic HGVS expression of each indel is replaced by one that gives no position to
compare. Then the bases decide if they can, else an expression in the record; else the allele cannot be compared.
"""

from __future__ import annotations

import gzip
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

import annotator
from annotator import Assembly
from annotator.variants.allele import AlleleKey, is_same_shifted, may_be_same
from tests.support.clinvar_rows import ClinVarRow, clinvar_rows, info_items, record_lines
from tests.support.inputs import info_of, run_annotator
from tests.support.real_slices import (
    MOVABLE,
    SLICES,
    Locus,
    Query,
    has_plain_bases,
    is_pure_indel,
    room,
    shifted,
    without_places,
)

RSIDS = 43_471
AMBIGUOUS_RSIDS = 13_286  # name several ClinVar alleles

FIELDS = ("ALLELEID", "CLNMATCH")  # not RS, which would stand in the way of dbSNP's

HEADER = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. '
    'Format: Allele|Consequence|HGVSc|HGVSg">',
    "##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation | …'\">",
    '##INFO=<ID=RS,Number=.,Type=String,Description="dbSNP">',
)


class Moved(NamedTuple):
    """An indel of ClinVar's, and a record of it that stands `steps` bases further right than it could."""

    row: ClinVarRow
    steps: int
    query: Query

    @property
    def length(self) -> int:
        return abs(len(self.row.ref) - len(self.row.alt))

    @property
    def is_deletion(self) -> bool:
        return len(self.row.ref) > len(self.row.alt)


@pytest.fixture(scope="module")
def release(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    origin = shared_data / "clinvar" / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz"
    path = tmp_path_factory.mktemp("release") / "clinvar.vcf"
    path.write_text(without_places(gzip.decompress(origin.read_bytes()).decode()))
    return path


@pytest.fixture(scope="module")
def rows(release: Path) -> list[ClinVarRow]:
    return clinvar_rows(release)


@pytest.fixture(scope="module")
def snapshot(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("levels") / "GRCh38"
    annotator.build_snapshot(folder, Assembly.GRCH38, clinvar=release)
    return folder


@pytest.fixture(scope="module")
def moved(rows: list[ClinVarRow], shared_data: Path) -> list[Moved]:
    """Every indel of BRCA1 and BRCA2 that can stand further right, at a random place of those."""
    chance = random.Random(4)  # noqa: S311
    found = []
    for contig, (start, stop, name) in SLICES.items():
        _, *lines = gzip.decompress((shared_data / "reference" / name).read_bytes()).decode().split("\n")
        locus = Locus(start, "".join(lines))
        for row in rows:
            if (
                row.chrom == contig
                and start <= row.position <= stop
                and has_plain_bases(row)
                and is_pure_indel(row)
            ):
                places = room(row, locus)
                if places:
                    steps = chance.randint(1, places)
                    found.append(Moved(row, steps, shifted(row, locus, steps)))
    assert len(found) == MOVABLE
    return found


def annotated(
    folder: Path,
    snapshot: Path,
    moved: Iterable[Moved],
    said: Callable[[Moved], tuple[str, str]],
    header: Sequence[str] = HEADER,
) -> list[dict[str, str]]:
    """Annotate records whose ID and INFO are as `said`; give the INFO of each."""
    lines = [f"##contig=<ID={name},length={length}>" for name, length in Assembly.GRCH38.lengths.items()]
    lines = ["##fileformat=VCFv4.2", *lines, *header, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for one in moved:
        id_, info = said(one)
        chrom, position, ref, (alt,), _ = one.query
        lines.append(f"{chrom}\t{position}\t{id_}\t{ref}\t{alt}\t.\t.\t{info}")
    (folder / "in.vcf").write_text("\n".join(lines) + "\n")
    annotator.annotate(folder / "in.vcf", folder / "out.vcf", snapshot=snapshot, fields=FIELDS)
    return [info_items(columns[7]) for columns in record_lines(folder / "out.vcf")]


def tally(moved: Iterable[Moved], infos: Iterable[Mapping[str, str]]) -> Counter[str]:
    """Count the matching levels; an allele that got another's record fails."""
    counts: Counter[str] = Counter()
    for one, info in zip(moved, infos, strict=True):
        assert info.get("ALLELEID", one.row.allele_id) == one.row.allele_id, one
        counts[info.get("CLNMATCH", "absent")] += 1
    return counts


def vep_allele(query: Query) -> str:
    return query.alts[0][1:] or "-"


def hgvs_g(one: Moved) -> str:
    return one.row.info["CLNHGVS"]


def are_proved(one: Moved) -> bool:
    """Whether bases prove it: a deletion that moved by no more than its length, by what both delete.

    One base further right is undone by trimming: the anchor base is the indel's last.
    """
    return one.steps == 1 or (one.is_deletion and one.steps <= one.length + 1)


def test_indels_without_all_spellings_are_counted(snapshot: Path) -> None:
    counts = annotator.Snapshot.open(snapshot).manifest.sources["clinvar"].counts
    reason = "HGVS expression without a position"
    assert counts[f"indels with only some equivalent forms: {reason}"] > 12_000


def test_by_genomic_hgvs_every_one_finds_its_record(
    tmp_path: Path, snapshot: Path, moved: list[Moved]
) -> None:
    infos = annotated(
        tmp_path, snapshot, moved, lambda one: (".", f"CSQ={vep_allele(one.query)}|x||{hgvs_g(one)}")
    )
    counts = tally(moved, infos)
    assert counts == {
        "exact": sum(map(are_proved, moved)),
        "hgvs_g": sum(not are_proved(one) for one in moved),
    }


def test_a_genomic_hgvs_may_name_the_contig_as_vep_does(
    tmp_path: Path, snapshot: Path, moved: list[Moved]
) -> None:
    def said(one: Moved) -> tuple[str, str]:
        return ".", f"CSQ={vep_allele(one.query)}|x||chr{one.row.chrom}:{hgvs_g(one).partition(':')[2]}"

    assert set(tally(moved, annotated(tmp_path, snapshot, moved, said))) == {"exact", "hgvs_g"}


def test_by_an_entry_about_another_allele_none_does(
    tmp_path: Path, snapshot: Path, moved: list[Moved]
) -> None:
    infos = annotated(tmp_path, snapshot, moved, lambda one: (".", f"CSQ=ACGTTGCAACGT|x||{hgvs_g(one)}"))
    assert set(tally(moved, infos)) == {"exact", "absent"}


@pytest.mark.parametrize("rsid", [True, False])
def test_indels_undecided_by_bases_and_expressions_cannot_be_compared(
    tmp_path: Path, snapshot: Path, moved: list[Moved], rsid: bool
) -> None:
    """An rs number, which several alleles share, decides nothing; what is undecided is not `absent`."""
    infos = annotated(
        tmp_path, snapshot, moved, lambda one: (f"rs{one.row.info.get('RS', 1)}" if rsid else ".", ".")
    )
    assert tally(moved, infos)["exact"] == sum(map(are_proved, moved)) < len(moved)
    report = annotator.annotate(
        tmp_path / "in.vcf", tmp_path / "status.vcf", snapshot=snapshot, fields=(*FIELDS, "ANNSTATUS")
    )
    answers = report.summary.answers["clinvar"]
    assert answers["absent"] == 0
    assert answers["unsupported"] == report.summary.not_left_aligned == len(moved) - answers["found"]
    assert report.summary.unsupported == {"not_left_aligned": answers["unsupported"]}
    assert any("reference=FASTA" in warning for warning in report.warnings)
    for columns in record_lines(tmp_path / "status.vcf"):
        info = info_items(columns[7])
        assert ("CLNMATCH" in info) != (info.get("ANNSTATUS") == "clinvar:unsupported")


def test_a_wrong_rs_number_or_expression_gives_nothing(
    tmp_path: Path, snapshot: Path, moved: list[Moved]
) -> None:
    """Each record says what belongs to the next one of another length or kind."""
    others = moved[1:] + moved[:1]
    wrong = {
        id(one): other
        for one, other in zip(moved, others, strict=True)
        if (one.length, one.is_deletion) != (other.length, other.is_deletion)
        and one.row.info.get("RS") != other.row.info.get("RS")
    }
    chosen = [one for one in moved if id(one) in wrong and not are_proved(one)]
    assert len(chosen) > 500

    def said(one: Moved) -> tuple[str, str]:
        other = wrong[id(one)]
        return f"rs{other.row.info.get('RS', '1')}", f"CSQ={vep_allele(one.query)}|x||{hgvs_g(other)}"

    assert set(tally(chosen, annotated(tmp_path, snapshot, chosen, said))) == {"absent"}


def test_no_allele_gets_the_record_of_another_that_shares_its_rs_number(
    tmp_path: Path, snapshot: Path, rows: list[ClinVarRow]
) -> None:
    """All alleles of all rs numbers that name several, each record with the number that they share."""
    by_rsid: dict[str, list[ClinVarRow]] = defaultdict(list)
    for row in rows:
        if "RS" in row.info:
            by_rsid[row.info["RS"]].append(row)
    shared = {rsid: found for rsid, found in by_rsid.items() if len(found) > 1}
    assert (len(by_rsid), len(shared)) == (RSIDS, AMBIGUOUS_RSIDS)
    lines = [f"##contig=<ID={name},length={length}>" for name, length in Assembly.GRCH38.lengths.items()]
    lines = ["##fileformat=VCFv4.2", *lines, *HEADER, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    expected: list[str | None] = []
    known = {(row.chrom, row.position, row.ref, row.alt) for row in rows}
    for rsid, named in shared.items():
        found = [row for row in named if has_plain_bases(row)]
        for row in found:
            lines.append(f"{row.chrom}\t{row.position}\trs{rsid}\t{row.ref}\t{row.alt}\t.\t.\tRS={rsid}")
            expected.append(row.allele_id)
        first = found[0]
        for alt in (
            "A",
            "C",
            "G",
            "T",
            first.ref[0] + "ACGTACGT",
        ):  # alleles that ClinVar does not have there
            if alt not in {first.ref} and (first.chrom, first.position, first.ref, alt) not in known:
                lines.append(f"{first.chrom}\t{first.position}\trs{rsid}\t{first.ref}\t{alt}\t.\t.\t.")
                expected.append(None)
    (tmp_path / "in.vcf").write_text("\n".join(lines) + "\n")
    annotator.annotate(tmp_path / "in.vcf", tmp_path / "out.vcf", snapshot=snapshot, fields=FIELDS)
    got = [info_items(columns[7]).get("ALLELEID") for columns in record_lines(tmp_path / "out.vcf")]
    known_keys = Counter(expected)
    assert known_keys[None] > AMBIGUOUS_RSIDS
    wrong = [
        (one, other) for one, other in zip(expected, got, strict=True) if one != other and other is not None
    ]
    # An invented ALT may be another spelling of an allele that ClinVar has elsewhere: then it is that one's, exactly.
    assert all(one is None for one, _ in wrong)
    assert len(wrong) < 100
    assert [other for one, other in zip(expected, got, strict=True) if one is not None] == [
        one for one in expected if one is not None
    ]


# --- alleles that moved


def test_keys_that_may_be_one_allele() -> None:
    deletion = AlleleKey("7", 10, "AC", "")
    assert may_be_same(deletion, deletion)
    assert may_be_same(deletion, AlleleKey("7", 13, "CA", ""))
    assert may_be_same(AlleleKey("7", 13, "CA", ""), deletion)
    for other in (
        AlleleKey("7", 13, "AC", ""),
        AlleleKey("7", 12, "AC", "G"),
        AlleleKey("7", 12, "", "AC"),
        AlleleKey("7", 12, "ACAC", ""),
        AlleleKey("8", 12, "AC", ""),
    ):
        assert not may_be_same(deletion, other)
    assert not may_be_same(AlleleKey("7", 10, "A", "C"), AlleleKey("7", 11, "A", "C"))


def test_keys_that_are_certainly_one_allele() -> None:
    deletion = AlleleKey("7", 10, "AC", "")
    assert is_same_shifted(deletion, AlleleKey("7", 12, "AC", ""), 12, "ACG")
    assert not is_same_shifted(deletion, AlleleKey("7", 14, "AC", ""), 14, "ACG")  # what stands at 12 and 13?
    assert is_same_shifted(deletion, AlleleKey("7", 14, "AC", ""), 12, "ACACG")
    assert not is_same_shifted(deletion, AlleleKey("7", 14, "AC", ""), 12, "TCACG")
    insertion = AlleleKey("7", 10, "", "AC")
    assert not is_same_shifted(insertion, AlleleKey("7", 12, "", "AC"), 12, "T")
    assert is_same_shifted(insertion, AlleleKey("7", 12, "", "AC"), 10, "ACT")


# --- BCF says the same


def test_bcf_and_vcf_find_the_same(tmp_path: Path, snapshot: Path, moved: list[Moved]) -> None:
    def said(one: Moved) -> tuple[str, str]:
        kind = one.steps % 3
        info = (
            f"CSQ={vep_allele(one.query)}|x||{hgvs_g(one)}"
            if kind == 0
            else "RS=" + one.row.info.get("RS", "1")
        )
        return f"rs{one.row.info.get('RS', '1')}" if kind == 1 else ".", info

    infos = annotated(tmp_path, snapshot, moved[:600], said)
    for name in ("in.bcf", "out2.bcf", "back.vcf"):
        source = {"in.bcf": "in.vcf", "out2.bcf": "in.bcf", "back.vcf": "out2.bcf"}[name]
        done = run_annotator(
            "annotate",
            tmp_path / source,
            "--snapshot",
            snapshot,
            "-o",
            tmp_path / name,
            "--fields",
            ",".join(FIELDS),
        )
        assert done.status == 0, done.err
    lines = [line for line in (tmp_path / "back.vcf").read_text().splitlines() if line[0] != "#"]
    assert [info_of(line).get("CLNMATCH") for line in lines] == [info.get("CLNMATCH") for info in infos]
    assert {"exact", "hgvs_g", None} == {info.get("CLNMATCH") for info in infos}
