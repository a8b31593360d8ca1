"""What counts of records mean: order, alleles and annotations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from annotator.doctor.diagnosis import Level, Problem
from annotator.doctor.vcf_statistics import Census
from annotator.vcf.consequence import Consequences
from annotator.vcf.header import Header

__all__ = ["allele_findings", "annotation_findings", "order_findings"]

_FORMAT = re.compile(r"Format:\s*([^\s'\"]+)", re.IGNORECASE)
# Parts of CSQ that the ladders climb by, and what is missed without them.
_WANTED_PARTS = {
    "SYMBOL": "CIViC's categories and protein changes are found by the gene",
    "HGVSp": "CIViC's protein changes are found by it",
    "HGVSc": "insertions and deletions are found by it where they cannot be left-aligned",
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
        yield Problem(
            "alleles", Level.WARNING, what, "Annotate with --reference, which aligns them for the look-up"
        )
    if census.unanchored:
        what = (
            f"{census.unanchored:,} insertions and deletions may not be left-aligned: only a reference tells"
        )
        lacking = "Give a FASTA that has their contigs" if has_reference else "Give --reference FASTA"
        yield Problem("alleles", Level.WARNING, what, f"{lacking}, here and to annotate")
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
    """Say which annotations there are to climb the ladders by, and what is missed without."""
    said = Consequences.of(header.info)
    has_csq = "CSQ" in header.info
    if not has_csq and not said.has_ann:
        what = "no annotation of VEP (CSQ) or SnpEff (ANN)"
        advice = (
            "Alleles are found all the same; CIViC's protein changes want VEP (--symbol --hgvs) or SnpEff"
        )
        yield Problem("annotations", Level.NOTE, what, advice)
        return
    if has_csq:
        found = _FORMAT.search(header.info["CSQ"].description)
        parts = found[1].split("|") if found is not None else []
        yield _with_count("CSQ", f"of VEP, with {len(parts)} parts", census)
        if not parts:
            what = "the header does not say what CSQ is made of (no Format: in its description)"
            yield Problem("annotations", Level.WARNING, what, "Keep VEP's own ##INFO line for CSQ")
        present = {part.lower() for part in parts}
        for part, why in _WANTED_PARTS.items():
            if parts and part.lower() not in present:
                yield Problem("annotations", Level.NOTE, f"CSQ has no {part}: {why}", "VEP: --symbol --hgvs")
    if said.has_ann:
        yield _with_count("ANN", "of SnpEff", census)


def _with_count(key: str, words: str, census: Census) -> Problem:
    count = census.annotated[key]
    level = Level.OK if count or not census.records else Level.WARNING
    return Problem("annotations", level, f"{key} {words}, in {count:,} of {census.records:,} records")
