"""Symbolic ALTs and breakends: they are not alleles, but CIViC is queried for the genes that their records name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from annotator.explain.civic import CivicExplainer
from annotator.explain.explanation import Answer
from annotator.explain.sample import RecordSearch, SampleAllele
from annotator.variants.assembly import Assembly
from annotator.variants.copy_number import CopyNumber
from annotator.vcf.structural import Breakend, MateGenes, breakend_query, genes_of_mates, mate_locus

__all__ = ["structural_answer"]


def structural_answer(
    one: SampleAllele,
    civic: CivicExplainer,
    assembly: Assembly,
    look: Callable[[RecordSearch], Sequence[SampleAllele]],
) -> tuple[list[str], Answer]:
    """Explain CIViC's result for a symbolic ALT or a breakend.

    Args:
        one: ALT of a record, with `structural`.
        civic: CIViC's explainer.
        assembly: assembly of the record.
        look: searches the record's file; a breakend's mate may name other genes.

    Returns:
        The named genes and their sources, in sentences without full stops, and CIViC's result.

    """
    if one.symbolic is not None:
        own = one.symbolic.genes
        notes = [f"the record names {_listed(own)}" if own else "the record names no gene"]
        if one.symbolic.copies is not None:
            notes.append(_copies(one.symbolic.copies))
        return notes, civic.structural_answer(one.symbolic)
    assert one.structural is not None
    own = one.structural.genes
    mates = _genes_of_mate(one.structural, assembly, look)
    notes = [f"the record names {_listed(own)}" if own else "the record names no gene"]
    if mates.genes:
        notes.append(f"the record of the mate names {_listed(mates.genes)}")
    return notes, civic.structural_answer(breakend_query(one.structural, mates))


def _copies(number: CopyNumber) -> str:
    if number.copies is None:
        return f"the ALT is read as a copy number {number.change.value}; the record does not state the number of copies"
    about = "about " if number.is_estimate else ""
    return f"the ALT is read as a copy number {number.change.value} with {about}{number.copies:g} copies"


def _genes_of_mate(
    breakend: Breakend, assembly: Assembly, look: Callable[[RecordSearch], Sequence[SampleAllele]]
) -> MateGenes:
    place = mate_locus(breakend.alt)
    if place is None:
        return MateGenes()
    words = tuple(id_ for id_ in (*breakend.mates, breakend.id) if id_)
    found = look(RecordSearch(assembly.contig(place[0]) or "", place[1], place[1], words))
    others = [one.structural for one in found if one.structural is not None]
    genes_by_mate = {one.key: genes for one, genes in genes_of_mates([breakend, *others])}
    return genes_by_mate.get(breakend.key, MateGenes())


def _listed(genes: Iterable[str]) -> str:
    return ", ".join(sorted(genes))
