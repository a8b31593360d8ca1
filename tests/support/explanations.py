"""How the tests explain a variant."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from annotator.variants.assembly import Assembly
from tests.conftest import REPOSITORY
from tests.support.inputs import (
    MT_BASES,
    ClinVarEntry,
)

DEMO = REPOSITORY / "test_data" / "demo"
CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequences. Format: '
    'Allele|Consequence|SYMBOL|Feature|HGVSc|HGVSp|HGVSg">'
)
RUN_START = MT_BASES.index("AAAA") + 1
RUN_STOP = RUN_START + len(MT_BASES[RUN_START - 1 :]) - len(MT_BASES[RUN_START - 1 :].lstrip("A")) - 1
LEFT = (RUN_START - 1, MT_BASES[RUN_START - 2 : RUN_START], MT_BASES[RUN_START - 2])
RIGHT = (RUN_STOP, "A", MT_BASES[RUN_STOP : RUN_STOP + 1])
"""As VCF should not spell it: the last base of the run is deleted, with the base after it as the anchor."""

ENTRIES = (
    ClinVarEntry("7", 140753336, 13961, "A", "T", "Pathogenic", "reviewed_by_expert_panel"),
    ClinVarEntry("7", 140753336, 9000001, "A", "C", "Likely_pathogenic"),
    ClinVarEntry("7", 140753335, 9000002, "C", "G", "Uncertain_significance"),
    ClinVarEntry("13", 32340300, 9325, "GT", "G", "Pathogenic", "reviewed_by_expert_panel"),
    ClinVarEntry("17", 7673803, 43594, "G", "A"),
    ClinVarEntry("17", 7673803, 4530236, "GC", "TT"),
    ClinVarEntry("MT", *[LEFT[0], 77, *LEFT[1:]]),  # type: ignore[arg-type]
)
RSIDS = {13961: 113488022, 9000001: 113488022, 77: 77777}


class Setting(NamedTuple):
    """What the cases are asked of."""

    snapshot: Path
    fasta: Path
    folder: Path


@dataclass
class Case:
    """A trap: what is asked, and what must be answered.

    `near` are kind and id of things close by; `levels` are outcomes by knowledge base and level; `said` are words that
    must be printed.
    """

    asked: str
    records: tuple[str, ...] = ()
    reference: bool = False
    assembly: Assembly | None = None
    vcf_assembly: Assembly = Assembly.GRCH38
    alleles: int = 1
    key: str | None = None
    unsupported: str = ""
    clinvar: tuple[str, str, str] = ("absent", "", "")
    civic: tuple[str, str, str] | None = None
    near: tuple[tuple[str, str], ...] = ()
    levels: dict[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()


V600E = ("found", "exact", "VCV13961")
CASES = {
    "chr naming": Case(
        "chr7:140753336:A:T",
        key="7:140753336 A>T",
        clinvar=V600E,
        civic=("found", "exact", "VID12"),
        near=(("other_allele", "VCV9000001"),),
        said=("chr7 is contig 7", "NC_000007.14:g.140753336A>T"),
    ),
    "RefSeq naming": Case("NC_000007.14:140,753,336 A>T", key="7:140753336 A>T", clinvar=V600E),
    "dashes": Case("7-140753336-A-T", key="7:140753336 A>T", clinvar=V600E),
    "genomic expression": Case(
        "NC_000007.14:g.140753336A>T", key="7:140753336 A>T", clinvar=V600E, civic=("found", "exact", "VID12")
    ),
    "expression on a contig's name": Case("chr7:g.140753336A>T", key="7:140753336 A>T", clinvar=V600E),
    "padded and in lower case": Case(
        "7:140753334:tca:tct",
        key="7:140753336 A>T",
        clinvar=V600E,
        said=("lower case was read as upper case", "shared by REF and ALT were trimmed"),
    ),
    "shifted indel, with the reference": Case(
        f"chrM:{RIGHT[0]}:{RIGHT[1]}{RIGHT[2]}:{RIGHT[2]}",
        reference=True,
        key=f"MT:{RUN_START} A>-",
        clinvar=("found", "exact", "VCV77"),
        said=(f"left-aligned by {RUN_STOP - RUN_START} bases", "chrM is contig MT"),
    ),
    "shifted indel, without the reference": Case(
        f"MT:{RIGHT[0]}:{RIGHT[1]}{RIGHT[2]}:{RIGHT[2]}",
        key=f"MT:{RUN_STOP} A>-",
        clinvar=("found", "exact", "VCV77"),
        levels={"clinvar exact": "matched", "clinvar hgvs_g": "not_tried"},
        said=("may not be left-aligned", "which is equivalent to"),
    ),
    "shifted indel, which its record names": Case(
        f"MT:{RIGHT[0]}:{RIGHT[1]}{RIGHT[2]}:{RIGHT[2]}",
        (
            f"MT\t{RIGHT[0]}\t.\t{RIGHT[1]}{RIGHT[2]}\t{RIGHT[2]}\t.\t.\t"
            f"CSQ={RIGHT[2]}|x|TRN1|T|||NC_012920.1:m.{RUN_STOP}del",
        ),
        key=f"MT:{RUN_STOP} A>-",
        clinvar=("found", "exact", "VCV77"),
        levels={"clinvar exact": "matched", "clinvar hgvs_g": "not_tried", "clinvar rsid": "not_tried"},
    ),
    "expression of a deletion, without the reference": Case(
        f"NC_012920.1:m.{RUN_STOP}del",
        key=f"MT:{RUN_START} A>-",
        clinvar=("found", "exact", "VCV77"),
        said=("are unknown without the reference", "the ClinVar record of"),
    ),
    "MNV against its parts": Case(
        "7:140753335:CA:TT",
        key="7:140753335 CA>TT",
        near=(("part", "VCV13961"),),
        said=("part of this variant, which is a different allele",),
    ),
    "a part against its MNV": Case(
        "17:7673804:C:T",
        key="17:7673804 C>T",
        near=(("whole", "VCV4530236"),),
        said=("larger variant that includes this one",),
    ),
    "another allele of the position": Case(
        "7:140753336:A:G", near=(("other_allele", "VCV13961"), ("other_allele", "VCV9000001"))
    ),
    "accession of the other assembly": Case(
        "NC_000007.13:g.140453136A>T",
        unsupported="other_assembly",
        said=("NC_000007.13 is a sequence of GRCh37, but the snapshot is for GRCh38", "lift the allele over"),
    ),
    "contig of the other assembly": Case("NC_000007.13:140453136:A:T", unsupported="other_assembly"),
    "stated other assembly": Case(
        "7:140453136:A:T", assembly=Assembly.GRCH37, unsupported="other_assembly", said=("is on GRCh37",)
    ),
    "VCF of the other assembly": Case(
        "7:140753336:A:T",
        ("7\t140453136\t.\tA\tT\t.\t.\t.",),
        vcf_assembly=Assembly.GRCH37,
        clinvar=V600E,
        said=("is on GRCh37 (recognised by contig lengths), but the snapshot is for GRCh38",),
    ),
    "other reference bases": Case(
        "7:140753336:C:T",
        near=(("other_ref", "VCV13961"), ("other_ref", "VCV9000001")),
        said=("have other reference bases at this position; check",),
    ),
    "REF against the FASTA": Case(
        f"MT:{RUN_START}:G:T", reference=True, unsupported="contradicts_reference", said=("same assembly",)
    ),
    "beyond the contig": Case("7:240453136:A:T", said=("beyond the end of contig 7", "159,345,973")),
    "rs number with another allele": Case(
        "rs113488022",
        ("7\t140753336\trs113488022\tA\tG\t.\t.\t.",),
        alleles=3,
        key="7:140753336 A>G",
        near=(("other_allele", "VCV13961"),),
        levels={"clinvar exact": "no_match", "clinvar rsid": "not_tried"},
        said=(
            "is the rs number of 7:140753336 A>C, 7:140753336 A>T",
            "is not one of these alleles",
        ),
    ),
    "rs number of several alleles": Case(
        "rs113488022",
        alleles=2,
        clinvar=("found", "exact", "VCV9000001"),
        said=("an rs number can belong to several alleles",),
    ),
    "rs number of an indel that its place proves": Case(
        f"MT:{RIGHT[0]}:{RIGHT[1]}{RIGHT[2]}:{RIGHT[2]}",
        (f"MT\t{RIGHT[0]}\trs77777\t{RIGHT[1]}{RIGHT[2]}\t{RIGHT[2]}\t.\t.\t.",),
        clinvar=("found", "exact", "VCV77"),
    ),
    "indel that may be one whose spellings are not known": Case(
        "13:32340304:TT:T",
        ("13\t32340304\t.\tTT\tT\t.\t.\t.",),
        clinvar=("unsupported", "", ""),
        near=(("shifted", "VCV9325"),),
        levels={"clinvar exact": "no_match", "clinvar rsid": "not_tried"},
        said=("--reference FASTA",),
    ),
    "spanning deletion": Case(
        "7:140753336:A:*", unsupported="spanning_deletion", said=("a deletion in an earlier record",)
    ),
    "symbolic": Case(
        "7:140753336:A:<DEL>", unsupported="symbolic", said=("no bases that could be compared",)
    ),
    "breakend": Case("7:140753336:A:A[chr9:12345[", unsupported="breakend"),
    "no change": Case("7:140753336:A:A", unsupported="same_as_reference"),
    "contig that there is not": Case("GL000192.1:5:A:T", unsupported="unknown_contig"),
    "transcript version": Case(
        "NM_004333.4:c.1799T>A",
        key="7:140753336 A>T",
        clinvar=V600E,
        civic=("found", "exact", "VID12"),
        said=("the version of the sequence (.4) is ignored", "is CIViC's BRAF V600E (VID12)"),
    ),
    "transcript that nobody names": Case(
        "NM_000059.4:c.68A>G",
        alleles=0,
        said=("Use --vcf FILE", "No allele was found", "contig:POS:REF:ALT"),
    ),
    "same protein change by other bases": Case(
        "7:140753335:CA:TT",
        (
            "7\t140753335\t.\tCA\tTT\t.\t.\tCSQ=TT|missense_variant|BRAF|NM_1|NM_1:c.1799_1800delinsAA|NP_1:p.Val600Glu|",
        ),
        civic=("found", "protein", "VID12"),
        levels={"civic exact": "no_match", "civic protein": "matched", "civic codon": "below"},
        near=(("part", "VCV13961"), ("category", "VID17")),
    ),
    "category record": Case(
        "chr7:140753336:A:C",
        (
            "7\t140753336\t.\tA\tC\t.\t.\tCSQ=C|missense_variant|BRAF|NM_004333.6|NM_004333.6:c.1799T>G|NP_1:p.Val600Gly|",
        ),
        clinvar=("found", "exact", "VCV9000001"),
        civic=("absent", "", ""),
        levels={"civic codon": "below", "civic protein": "no_match"},
        near=(("category", "VID17"), ("same_codon", "VCV9000002")),
        said=("BRAF V600 (VID17); select this level with --civic-match codon",),
    ),
    "gene and protein change": Case(
        "BRAF V600E", key="7:140753336 A>T", clinvar=V600E, civic=("found", "exact", "VID12")
    ),
    "one of several ALTs": Case(
        "7:140753336:A:T",
        ("7\t140753336\t.\tA\tG,T\t.\t.\t.",),
        clinvar=V600E,
        said=("the record at 7:140753336 (line ",),
    ),
    "several ALTs at once": Case(
        "7:140753336:A:T,G", alleles=2, key="7:140753336 A>T", clinvar=V600E, said=("Allele 7:140753336 A>G",)
    ),
    "not in the VCF, but another": Case(
        "7:140753336:A:T",
        ("7\t140753336\t.\tA\tG\t.\t.\t.",),
        clinvar=V600E,
        said=("does not contain this allele", "has another allele: A>G"),
    ),
    "VariationID": Case("VCV000009325.12", key="13:32340301 T>-", clinvar=("found", "exact", "VCV9325")),
    "VariationID that there is not": Case("clinvar:5", alleles=0, said=("has no allele of VCV5 in GRCh38",)),
}
