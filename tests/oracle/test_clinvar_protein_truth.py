"""Every pair of ClinVar's missense records at one residue, in three genes, against a translation of our own.

The truth is made from the real slice: for each missense record of TP53 (all exons), BRCA1 and BRCA2 (their large exon),
all other missense records at its residue. Nothing may be missing and nothing may be spurious.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.clinvar_rows import STARS, clinvar_rows
from tests.support.clinvar_tables import HGVS_COLUMNS
from tests.support.coding import THREE, Coded, coded
from tests.support.inputs import data_lines, info_of, run_annotator, write_vcf

VEP = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: '
    "Allele|Consequence|SYMBOL|Gene|Feature|HGVSc|HGVSp|Protein_position|Amino_acids|Codons|STRAND|PICK|"
    'MANE_SELECT">'
)
FIELDS = ("CLN_SAME_AA", "CLN_SAME_RESIDUE")
EFFECTS = ("initiator_codon_variant", "splice_donor_variant", "splice_acceptor_variant")
LEAST = 200
"""Pairs of each kind that the slice must have for the test to mean something."""

Lists = Mapping[str, frozenset[str]]


@pytest.fixture(scope="module")
def clinvar(shared_data: Path) -> Path:
    return shared_data / "clinvar" / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz"


@pytest.fixture(scope="module")
def alleles(clinvar: Path) -> list[Coded]:
    return list(coded(clinvar_rows(clinvar)))


@pytest.fixture(scope="module")
def missense(alleles: Sequence[Coded]) -> list[Coded]:
    found = {
        (one.row.chrom, one.row.position, one.row.ref, one.row.alt): one for one in alleles if one.missense
    }
    return sorted(found.values(), key=lambda one: (int(one.row.chrom), one.row.position, one.row.alt))


def expected_lists(missense: Iterable[Coded], listed: Iterable[Coded] | None = None) -> dict[str, Lists]:
    """Give, by VariationID, the entries of each field.

    Args:
        missense: records whose alleles are annotated.
        listed: those that can be entries; all if None.

    """
    can_be = None if listed is None else {one.row.variation for one in listed}
    by_residue: dict[tuple[str, int], list[Coded]] = {}
    for one in missense:
        assert one.missense is not None
        by_residue.setdefault((one.transcript.gene, one.missense[1]), []).append(one)
    lists: dict[str, Lists] = {}
    for group in by_residue.values():
        for one in group:
            others = [
                other
                for other in group
                if other is not one and (can_be is None or other.row.variation in can_be)
            ]
            same = [other for other in others if other.missense == one.missense]
            lists[one.row.variation] = {
                "CLN_SAME_AA": frozenset(map(entry, same)),
                "CLN_SAME_RESIDUE": frozenset(entry(other) for other in others if other not in same),
            }
    return lists


def entry(one: Coded) -> str:
    """Give the entry of a record, percent-encoded."""
    info = one.row.info
    change = one.hgvs_p
    if one.missense is not None and len(one.residues[0]) > 1:
        old, number, new = one.missense
        change = single(old, number, new)
    terms = {term.partition("|")[2] for term in info.get("MC", "").split(",")}
    effects = [effect for effect in EFFECTS if effect in terms]
    if effects:
        change += f"({'+'.join(effects)})"
    classification = info.get("CLNSIG", ".")
    stars = STARS[info["CLNREVSTAT"]] if classification != "." else "."
    parts = (one.row.variation, change, classification, stars, one.nucleotide)
    return "|".join(part.replace("|", "%7C").replace(",", "%2C").replace("&", "%26") for part in parts)


def single(old: str, number: int, new: str) -> str:
    return f"p.{THREE[old]}{number}{THREE[new]}"


def is_near_splice(one: Coded) -> bool:
    """Tell whether VEP adds `splice_region_variant`: within three bases of an end of an exon."""
    ends = (end for first, stop, _ in one.transcript.exons for end in (first, stop))
    return any(abs(one.first - end) < 3 for end in ends)


def vep_line(one: Coded, *, has_codons: bool, refseq: bool = False) -> str:
    """Give a record as VEP annotates it."""
    transcript, (old, new) = one.transcript, one.residues
    last = one.residue + len(old) - 1
    parts = (
        one.row.alt,
        "missense_variant" + ("&splice_region_variant" if is_near_splice(one) else ""),
        transcript.gene,
        "ENSG00000000001",
        transcript.refseq if refseq else transcript.ensembl,
        f"{transcript.ensembl}:{one.nucleotide}",
        f"ENSP00000000001.1:{one.hgvs_p}",
        f"{one.residue}-{last}" if last > one.residue else str(one.residue),
        f"{old}/{new}",
        f"{one.before}/{one.after}" if has_codons else "",
        str(transcript.strand),
        "1",
        "" if refseq else transcript.refseq,
    )
    row = one.row
    return f"{row.chrom}\t{row.position}\t{row.variation}\t{row.ref}\t{row.alt}\t.\t.\tCSQ={'|'.join(parts)}"


BCSQ = (
    '##INFO=<ID=BCSQ,Number=.,Type=String,Description="Local consequence annotation from BCFtools/csq, see '
    "http://samtools.github.io/bcftools/howtos/csq-calling.html for details. Format: "
    'Consequence|gene|transcript|biotype|strand|amino_acid_change|dna_change">'
)
ANN = (
    "##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation | "
    "Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | Rank | HGVS.c | "
    "HGVS.p | cDNA.pos / cDNA.length | CDS.pos / CDS.length | AA.pos / AA.length | Distance | "
    "ERRORS / WARNINGS / INFO'\">"
)


def bcsq_line(one: Coded) -> str:
    """Give a record as `bcftools csq` annotates it, which writes neither codons nor coding positions."""
    row, transcript, (old, new) = one.row, one.transcript, one.residues
    strand = "+" if transcript.strand > 0 else "-"
    changes = f"{one.residue}{old}>{one.residue}{new}|{row.position}{row.ref}>{row.alt}"
    said = f"missense|{transcript.gene}|{transcript.ensembl}|protein_coding|{strand}|{changes}"
    return f"{row.chrom}\t{row.position}\t{row.variation}\t{row.ref}\t{row.alt}\t.\t.\tBCSQ={said}"


def snpeff_line(one: Coded) -> str:
    """Give a record as SnpEff annotates it."""
    row, transcript = one.row, one.transcript
    parts = (
        *(row.alt, "missense_variant", "MODERATE", transcript.gene, transcript.gene, "transcript"),
        *(transcript.refseq, "protein_coding", "1/1", one.nucleotide, one.hgvs_p, "", "", "", "", ""),
    )
    said = "|".join(parts)
    return f"{row.chrom}\t{row.position}\t{row.variation}\t{row.ref}\t{row.alt}\t.\t.\tANN={said}"


UNSUPPORTED: Lists = {name: frozenset({"unsupported"}) for name in FIELDS}


def found_lists(ran_on: Sequence[str], folder: Path, snapshot: Path) -> dict[str, Lists]:
    """Annotate records; give the entries by their IDs."""
    source = write_vcf(folder / "in.vcf", ran_on, contigs=("13", "17"), meta=[VEP, BCSQ, ANN])
    ran = run_annotator(
        "annotate", source, "--snapshot", snapshot, "--fields", ",".join((*FIELDS, "ANNSTATUS"))
    )
    assert ran.status == 0, ran.err
    found = {}
    for line in data_lines(ran.out):
        info = info_of(line)
        lists = {id_: info[id_].split("&") if id_ in info else [] for id_ in FIELDS}
        for entries in lists.values():
            keys = [
                (-int(stars) if stars != "." else 1, int(one)) for one, _, _, stars, _ in map(split, entries)
            ]
            assert keys == sorted(keys), line
        is_unsupported = "clinvar_protein:unsupported" in info.get("ANNSTATUS", "")
        assert not (is_unsupported and any(lists.values())), line
        id_ = line.split("\t")[2]
        found[id_] = UNSUPPORTED if is_unsupported else {name: frozenset(one) for name, one in lists.items()}
    return found


def split(text: str) -> list[str]:
    return text.split("|")


Build = Callable[..., Path]


@pytest.fixture(scope="module")
def build(clinvar: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    def built(*options: str | Path) -> Path:
        target = tmp_path_factory.mktemp("built") / "GRCh38.snapshot"
        ran = run_annotator(
            *("snapshot", "build", "--assembly", "GRCh38", "--clinvar", clinvar, "-o", target), *options
        )
        assert ran.status == 0, ran.err
        return target

    return built


def test_clinvar_itself_agrees_with_the_translation(
    alleles: Sequence[Coded], missense: Sequence[Coded]
) -> None:
    stated = [one for one in alleles if "MC" in one.row.info and len(one.row.ref) == 1]
    assert len(stated) > 12_000
    for one in stated:
        old, new = one.residues
        word = "synonymous" if old == new else "nonsense" if new == "*" else "missense" if old != "*" else ""
        assert word in one.row.info["MC"], (one.row.variation, one.hgvs_p)
    lists = expected_lists(missense)
    for id_ in FIELDS:
        assert sum(bool(one[id_]) for one in lists.values()) > LEAST


@pytest.fixture(scope="module")
def plain(build: Build) -> Path:
    return build()


def in_codons(missense: Sequence[Coded]) -> list[Coded]:
    """Give the records whose bases lie in one codon: of the others the tables alone tell what they change."""
    found = [one for one in missense if len(one.residues[0]) == 1]
    assert len(missense) - len(found) == 21
    return found


def test_all_entries_by_the_codon_of_the_input(
    missense: Sequence[Coded], plain: Path, tmp_path: Path
) -> None:
    """Without ClinVar's tables a codon is read as far as no intron parts it."""
    lines = [vep_line(one, has_codons=True) for one in missense]
    found, expected = found_lists(lines, tmp_path, plain), expected_lists(missense, in_codons(missense))
    whole = {one.row.variation for one in missense if one.is_in_one_piece}
    near_splice = {one.row.variation for one in missense if is_near_splice(one)}
    assert len(missense) - len(whole) == 16  # in TP53
    for id_, lists in expected.items():
        if id_ in whole and not (id_ in near_splice and not any(lists.values())):
            assert found[id_] == lists, id_
        else:
            assert found[id_] == UNSUPPORTED or all(found[id_][name] <= lists[name] for name in FIELDS), id_


@pytest.mark.parametrize("writer", ["bcftools", "snpeff"])
def test_nothing_is_wrong_where_no_codon_is_written(
    missense: Sequence[Coded], plain: Path, tmp_path: Path, writer: str
) -> None:
    """The codon follows from what the change makes of the residue; where several do, the lookup is unsupported."""
    lines = [bcsq_line(one) if writer == "bcftools" else snpeff_line(one) for one in missense]
    found, expected = found_lists(lines, tmp_path, plain), expected_lists(missense, in_codons(missense))
    decided = 0
    for one in missense:
        id_ = one.row.variation
        if one.is_in_one_piece and found[id_] != UNSUPPORTED:
            assert found[id_] == expected[id_], (id_, one.hgvs_p)
            decided += any(expected[id_].values())
        else:
            wrong = {name: found[id_][name] - expected[id_][name] for name in FIELDS}
            assert found[id_] == UNSUPPORTED or not any(wrong.values()), id_
    assert decided > (6_000 if writer == "snpeff" else 4_000)


@pytest.fixture(scope="module")
def with_tables(alleles: Sequence[Coded], build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    lines = ["#" + "\t".join(HGVS_COLUMNS)]
    for one in alleles:
        change = one.hgvs_p
        if one.missense is not None and len(one.residues[0]) > 1:
            change = single(*one.missense)
        transcript, row = one.transcript, one.row
        cells = (
            *(transcript.gene, "1", row.variation, row.allele_id, "coding", "na"),
            *(f"{transcript.refseq}:{one.nucleotide}", one.nucleotide, f"NP_000001.1:{change}", change),
            *("Yes", "Yes", "No"),
        )
        lines.append("\t".join(cells))
    (folder / "hgvs4variation.txt.gz").write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))
    return build("--clinvar-tables", folder)


@pytest.mark.parametrize("refseq", [True, False], ids=["refseq", "mane-partner"])
def test_all_entries_by_the_transcript(
    missense: Sequence[Coded], with_tables: Path, tmp_path: Path, refseq: bool
) -> None:
    """With the tables the residue's number finds all records, across introns too, and no codon is needed."""
    lines = [vep_line(one, has_codons=False, refseq=refseq) for one in missense]
    assert found_lists(lines, tmp_path, with_tables) == expected_lists(missense)


def test_another_version_of_the_transcript_may_have_other_numbers(with_tables: Path, tmp_path: Path) -> None:
    """Here it numbers TP53's residue 175 as 248 and 176, where ClinVar's tables have other records."""
    name = "ENST00000269305.3"
    lines = []
    for number, shift, has_codons in ((248, 219, True), (248, 219, False), (176, 3, True), (176, 3, False)):
        coding = f"{name}:c.{523 + shift}C>T"
        change = f"ENSP1:p.Arg{number}Cys|{number}|R/C|{'Cgc/Tgc' if has_codons else ''}"
        parts = f"A|missense_variant|TP53|ENSG1|{name}|{coding}|{change}|-1|1|NM_000546.4"
        id_ = f"{number}{has_codons}"
        lines.append(f"chr17\t7675089\t{id_}\tG\tA\t.\tPASS\tCSQ={parts}")
    found = found_lists(lines, tmp_path, with_tables)
    assert len(found) == len(lines)
    for id_, lists in found.items():
        number = int(id_[:3])
        first = 3 * number - 2
        assert lists == {
            "CLN_SAME_AA": frozenset(),
            "CLN_SAME_RESIDUE": {
                f"12374|p.Arg{number}His|Pathogenic|3|c.{first + 1}G>A",
                f"182963|p.Arg{number}Leu|Likely_pathogenic|3|c.{first + 1}G>T",
                f"376649|p.Arg{number}Gly|Pathogenic|3|c.{first}C>G",
                f"4189264|p.Arg{number}Ser|Conflicting_classifications_of_pathogenicity|1|c.{first}C>A",
            },
        }


@pytest.mark.parametrize(
    ("number", "new", "alt", "why"),
    [(176, "Ser", "A", "another letter there"), (1_000, "Pro", "G", "own record has 387")],
)
def test_numbers_of_another_version_are_not_an_absence(
    with_tables: Path, tmp_path: Path, number: int, new: str, alt: str, why: str
) -> None:
    """Neither codons nor c. in the annotation: ClinVar's names would lead to nothing, and the codon is not known."""
    change = f"NP_1:p.Thr{number}{new}|{number}|T/{new[0]}"
    parts = f"{alt}|missense_variant|TP53|ENSG1|NM_000546.4||{change}|||1|"
    line = f"chr17\t7669632\tone\tT\t{alt}\t.\tPASS\tCSQ={parts}"
    assert found_lists([line], tmp_path, with_tables) == {"one": UNSUPPORTED}, why
