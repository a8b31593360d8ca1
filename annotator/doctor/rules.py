"""What counts of records mean: order, alleles and annotations."""

from __future__ import annotations

from collections.abc import Iterator

from annotator.doctor.diagnosis import Level, Problem
from annotator.doctor.vcf_statistics import Census
from annotator.vcf.annotations.annotations import Annotations
from annotator.vcf.annotations.layout import Layout, Part, Writer
from annotator.vcf.header import Header

__all__ = ["allele_findings", "annotation_findings", "order_findings"]

# Parts of CSQ that the ladders climb by, and what is missed without them.
_WANTED_PARTS = {
    Part.SYMBOL: ("SYMBOL", "CIViC's categories and protein changes are found by the gene"),
    Part.HGVS_P: ("HGVSp", "CIViC's protein changes are found by it"),
    Part.HGVS_C: ("HGVSc", "CIViC's variants without a known position are found by it"),
}


def order_findings(census: Census) -> Iterator[Problem]:
    """Say whether records are sorted."""
    advice = "It is annotated as it stands, but cannot be indexed: bcftools sort"
    if census.unsorted:
        what = (
            f"{census.unsorted:,} records stand before the one above them, first {census.places['unsorted']}"
        )
        yield Problem("order", Level.WARNING, what, advice)
    if census.scattered:
        what = f"contigs come back after others, first at {census.places['scattered']}"
        yield Problem("order", Level.WARNING, what, advice)
    if census.records and not census.unsorted and not census.scattered:
        yield Problem("order", Level.OK, "records are sorted")
    if not census.records and census.problem is None:
        yield Problem("order", Level.NOTE, "it has no records")
    if census.carriage_returns:
        yield Problem("lines", Level.NOTE, "lines end in CR LF, as on Windows; they are kept so")


def allele_findings(census: Census, *, has_reference: bool) -> Iterator[Problem]:
    """Say what the alleles are like."""
    if census.multi_allelic:
        what = f"{census.multi_allelic:,} records have several ALTs"
        advice = (
            "Each ALT is looked up by itself and has its own value; split them only if another tool wants it"
        )
        yield Problem("alleles", Level.NOTE, what, advice)
    if census.moved:
        what = f"{census.moved:,} insertions and deletions are not left-aligned, first at {census.places['moved']}"
        advice = (
            "Nothing: they are compared with every spelling of the known ones; other tools need them aligned"
        )
        yield Problem("alleles", Level.WARNING, what, advice)
    if census.unanchored:
        what = (
            f"{census.unanchored:,} insertions and deletions may not be left-aligned: only a reference tells"
        )
        lacking = "give a FASTA that has their contigs" if has_reference else "give --reference FASTA"
        advice = f"Nothing for annotate, which compares them in every spelling; to count them, {lacking}"
        yield Problem("alleles", Level.NOTE, what, advice)
    if census.padded:
        what = f"{census.padded:,} alleles are written with more bases than need be, first at {census.places['padded']}"
        yield Problem("alleles", Level.NOTE, what, "Nothing: they are trimmed for the look-up")
    yield from _kinds(census)


_KINDS = {
    "symbolic": (
        "symbolic ALTs such as <DEL>",
        "They are looked up by the genes that CSQ or ANN name, in CIViC only",
    ),
    "breakend": ("breakends", "They are looked up by the genes that CSQ or ANN name, in CIViC only"),
    "spanning_deletion": (
        "ALTs are `*`, which says that an earlier deletion takes the bases away",
        "Nothing: the deletion's own record is looked up",
    ),
    "missing": ("ALTs are missing", "Nothing: there is no allele to look up"),
    "same_as_reference": ("ALTs are REF itself", "Nothing: nothing is changed there"),
    "ambiguous_bases": (
        "ALTs or their REF have an ambiguity code or a placeholder N",
        "They are marked as unsupported, because they stand for several alleles",
    ),
    "not_a_sequence": (
        "ALTs or their REF hold letters that are no bases",
        "See what the caller meant by them",
    ),
}


def _kinds(census: Census) -> Iterator[Problem]:
    if census.kinds["gvcf"]:
        what = f"it is a gVCF: {census.kinds['gvcf']:,} ALTs are <NON_REF> or <*>, first at {census.places['gvcf']}"
        advice = "They are no alleles and are not looked up; genotype it first, or drop the blocks by bcftools view -e"
        yield Problem(
            "gvcf", Level.WARNING, f"{what}; {census.blocks:,} records are blocks without an allele", advice
        )
    for reason, count in sorted(census.kinds.items()):
        if reason in _KINDS:
            words, advice = _KINDS[reason]
            yield Problem(
                "alleles", Level.NOTE, f"{count:,} {words}, first at {census.places[reason]}", advice
            )


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
            "Alleles are found all the same; CIViC's protein changes need VEP (--symbol --hgvs) or SnpEff"
        )
        yield Problem("annotations", Level.NOTE, what, advice)
    for layout in layouts:
        words = f"in the layout of {layout.writer.value}, with {len(layout.names)} parts"
        yield _with_count(layout.key, words, census)
        if layout.writer is Writer.VEP:
            yield from _missing_parts(layout)


def _missing_parts(layout: Layout) -> Iterator[Problem]:
    for part, (name, why) in _WANTED_PARTS.items():
        if part not in layout.parts:
            what = f"{layout.key} has no {name}: {why}"
            yield Problem("annotations", Level.NOTE, what, "VEP: --symbol --hgvs")


def _with_count(key: str, words: str, census: Census) -> Problem:
    count = census.annotated[key]
    level = Level.OK if count or not census.records else Level.WARNING
    return Problem("annotations", level, f"{key} {words}, in {count:,} of {census.records:,} records")
