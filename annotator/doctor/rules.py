"""Findings from counts of records: order, alleles and annotations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from annotator.doctor.diagnosis import Level, Problem
from annotator.doctor.vcf_statistics import Census
from annotator.runtime.text import agreeing, counted
from annotator.vcf.annotations.annotations import Annotations
from annotator.vcf.annotations.layout import Layout, Part, Writer
from annotator.vcf.header import Header

__all__ = ["allele_findings", "annotation_findings", "coverage_finding", "order_findings"]

# CSQ fields used for matching, and what is missed without them.
_WANTED_PARTS = {
    Part.SYMBOL: ("SYMBOL", "needed to match CIViC's categories and protein changes"),
    Part.HGVS_P: ("HGVSp", "needed to match CIViC's protein changes"),
    Part.HGVS_C: ("HGVSc", "needed to find CIViC's variants that have no position"),
}


def order_findings(census: Census) -> Iterator[Problem]:
    """Yield findings on whether records are sorted."""
    advice = "The file can be annotated but not indexed; sort it with: bcftools sort"
    if census.unsorted:
        what = f"{counted(census.unsorted, 'record')} out of order, first at {census.places['unsorted']}"
        yield Problem("order", Level.WARNING, what, advice)
    if census.scattered:
        what = f"records of one contig are not together, first at {census.places['scattered']}"
        yield Problem("order", Level.WARNING, what, advice)
    if census.records and not census.unsorted and not census.scattered:
        yield Problem("order", Level.OK, "records are sorted")
    if not census.records and census.problem is None:
        yield Problem("order", Level.NOTE, "the file has no records")
    if census.carriage_returns:
        yield Problem("lines", Level.NOTE, "lines end in CR LF, as on Windows; the line ends are kept")


def allele_findings(census: Census, *, has_reference: bool) -> Iterator[Problem]:
    """Yield findings on the alleles.

    Args:
        census: the counts.
        has_reference: whether there is a reference sequence.

    """
    if census.multi_allelic:
        what = f"{counted(census.multi_allelic, 'record')} with several ALTs"
        advice = "No action needed: each ALT is looked up separately and gets its own value"
        yield Problem("alleles", Level.NOTE, what, advice)
    if census.repeated:
        what = (
            f"{counted(census.repeated, 'allele')} {agreeing(census.repeated, 'is', 'are')} in more than one record, "
            f"first repeated at {census.places['repeated']}"
        )
        advice = "Reports count each allele once; to remove repeated records, use: bcftools norm -d exact"
        yield Problem("alleles", Level.WARNING, what, advice)
    if census.phased:
        what = (
            f"{counted(census.phased, 'SNV')} {agreeing(census.phased, 'is', 'are')} on one haplotype with another SNV "
            f"that may be in the same codon, first at {census.places['phased']}"
        )
        advice = (
            "Each record is looked up separately, so BRAF V600K written as two SNVs is matched as V600E. Write them as "
            "one record, or annotate with `bcftools csq`, which reports the combined change"
        )
        yield Problem("alleles", Level.WARNING, what, advice)
    if census.moved:
        what = (
            f"{counted(census.moved, 'indel')} {agreeing(census.moved, 'is', 'are')} not "
            f"left-aligned, first at {census.places['moved']}"
        )
        advice = (
            "No action needed for `annotator annotate`, which compares all equivalent forms; other tools may need "
            "left-aligned indels"
        )
        yield Problem("alleles", Level.WARNING, what, advice)
    if census.unanchored:
        what = (
            f"{counted(census.unanchored, 'indel')} may not be left-aligned; this cannot be "
            "checked without the reference sequence"
        )
        lacking = "use a FASTA file with their contigs" if has_reference else "use --reference FASTA"
        advice = (
            "No action needed for `annotator annotate`, which compares all equivalent forms; to check them, "
            f"{lacking}"
        )
        yield Problem("alleles", Level.NOTE, what, advice)
    if census.padded:
        what = (
            f"{counted(census.padded, 'allele')} written with unnecessary bases, first at "
            f"{census.places['padded']}"
        )
        yield Problem(
            "alleles", Level.NOTE, what, "No action needed: shared bases are trimmed before the lookup"
        )
    yield from _kinds(census)


_BY_GENE = (
    "No action needed: structural variants are matched to CIViC variants by gene (CSQ or ANN), and deletions and "
    "duplications to ClinVar's copy-number records by overlap if the snapshot was built with ClinVar's tables"
)
_KINDS: dict[str, tuple[str, str, str]] = {  # noun, its complement, advice
    "symbolic": (
        "symbolic ALT",
        " such as <DEL>",
        _BY_GENE,
    ),
    "breakend": (
        "breakend",
        "",
        _BY_GENE,
    ),
    "spanning_deletion": (
        "ALT",
        " `*`, which means that a deletion in an earlier record spans the position",
        "No action needed: the deletion itself is looked up",
    ),
    "missing": ("missing ALT", "", "No action needed: the records have no allele to look up"),
    "same_as_reference": ("ALT", " equal to REF", "No action needed: these ALTs describe no change"),
    "ambiguous_bases": (
        "allele",
        " with an ambiguity code or a placeholder N, in REF or ALT",
        "These alleles are marked unsupported, because they can represent several alleles",
    ),
    "not_a_sequence": (
        "allele",
        " with letters that are not bases, in REF or ALT",
        "Check in the documentation of the variant caller what these ALTs represent",
    ),
}


def _kinds(census: Census) -> Iterator[Problem]:
    if census.kinds["gvcf"]:
        what = (
            f"the file is a gVCF with {counted(census.kinds['gvcf'], 'ALT')} <NON_REF> or <*>, "
            f"first at {census.places['gvcf']}"
        )
        advice = (
            "These are not alleles and are not looked up. Genotype the file first, or remove "
            "them with `bcftools view -e`"
        )
        yield Problem(
            "gvcf", Level.WARNING, f"{what}; {counted(census.blocks, 'record')} without an allele", advice
        )
    for reason, count in sorted(census.kinds.items()):
        if reason in _KINDS:
            noun, rest, advice = _KINDS[reason]
            what = f"{counted(count, noun)}{rest}, first at {census.places[reason]}"
            yield Problem("alleles", Level.NOTE, what, advice)


def annotation_findings(header: Header, census: Census) -> Iterator[Problem]:
    """Report which annotations the file has for CIViC's matching levels, and what is missed without them."""
    layouts = Annotations.of(header.info).layouts
    is_csq_known = any(layout.key == "CSQ" for layout in layouts)
    if "CSQ" in header.info and not is_csq_known:
        what = "the header does not list the parts of CSQ (no Format: in its description)"
        yield Problem("annotations", Level.WARNING, what, "Keep the ##INFO line of CSQ as VEP wrote it")
    elif not layouts:
        what = "no annotation of VEP, SnpEff or bcftools csq"
        advice = (
            "Exact alleles are matched. CIViC's protein changes, copy numbers and fusions need genes and consequences: "
            "annotate with VEP (--symbol --hgvs) or SnpEff first"
        )
        yield Problem("annotations", Level.NOTE, what, advice)
    for layout in layouts:
        words = f"in the layout of {layout.writer.value}, with {len(layout.names)} parts"
        yield _with_count(layout.key, words, census)
        if layout.writer is Writer.VEP:
            yield from _missing_parts(layout)


_BY_NAME = frozenset({"protein", "codon", "exon", "region", "gene", "structural variant"})
_DEFAULT = frozenset({"exact", "hgvs_g", "caid", "clinvar_id", "hgvs_c", "protein", "combination profile"})


def coverage_finding(account: Mapping[str, int], *, has_genes: bool) -> Problem:
    """Report how much of CIViC's evidence can be matched in this file.

    Args:
        account: number of CIViC's evidence items by outcome, as in the manifest of a snapshot.
        has_genes: whether the annotations of the file name genes and changes of proteins.

    """
    levels = {
        what.removeprefix("matched: "): number
        for what, number in account.items()
        if what.startswith("matched: ")
    }
    total, matched = (
        sum(account.values()),
        sum(number for level, number in levels.items() if level in _DEFAULT),
    )
    looser = sum(number for level, number in levels.items() if level not in _DEFAULT)
    what = (
        f"{matched:,} of {counted(total, 'evidence item')} of CIViC can be matched at the default levels, "
        f"{looser:,} more at looser levels (--civic-match), and {total - matched - looser:,} cannot be matched "
        "from a VCF"
    )
    lost = sum(number for level, number in levels.items() if level in _BY_NAME)
    if has_genes or not lost:
        return Problem("coverage", Level.OK, what)
    advice = (
        f"{counted(lost, 'item')} of these cannot be matched without genes and consequences (VEP or SnpEff)"
    )
    return Problem("coverage", Level.NOTE, what, advice)


def _missing_parts(layout: Layout) -> Iterator[Problem]:
    for part, (name, why) in _WANTED_PARTS.items():
        if part not in layout.parts:
            what = f"{layout.key} has no {name}: {why}"
            yield Problem("annotations", Level.NOTE, what, "VEP: --symbol --hgvs")


def _with_count(key: str, words: str, census: Census) -> Problem:
    count = census.annotated[key]
    level = Level.OK if count or not census.records else Level.WARNING
    return Problem(
        "annotations", level, f"{key} {words}, in {count:,} of {counted(census.records, 'record')}"
    )
