"""Copy numbers and fusions of a VCF whose records name the genes.

CGI accepts `amp` or `del` of a gene, and a fusion as two genes. Both are read as for CIViC
(`annotator.vcf.structural`), but CGI's rows cannot express uncertainty. Therefore a gene is sent only if the record
states that the whole gene is changed, or if only INFO names it, and only with a known copy number: an amplification has
at least six copies by default, a deletion leaves none. A fusion is one pair of genes that the annotations or the caller
name, or that two breakends join.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.copy_number import CopyChange, CopyNumber
from annotator.variants.fusion import GenePair
from annotator.variants.gene_extent import Extent, extent_of
from annotator.variants.query import StructuralQuery
from annotator.vcf.annotations.annotations import Annotations
from annotator.vcf.genotypes import CarriedRecord
from annotator.vcf.sites import Sites
from annotator.vcf.structural import (
    Breakend,
    MateGenes,
    breakend_of,
    breakend_query,
    genes_of_mates,
    symbolic_query,
)
from annotator.vcf.text import RecordLines

__all__ = ["Fusions", "GeneChange", "Origin", "gene_change"]

_GENE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TOO_LITTLE = {
    Extent.PART: "part_of_gene",
    Extent.CODING_PART: "part_of_gene",
    Extent.UNKNOWN: "extent_unknown",
}


class Origin(NamedTuple):
    """Origin of a row: the 1-based number of the record and of the ALT, and both as written in the input."""

    record: int
    allele: int
    contig: str
    position: int
    ref: str
    alt: str


class GeneChange(NamedTuple):
    """A change of copy number: `amp` or `del`, and the genes; without genes, the reason."""

    kind: str
    genes: tuple[str, ...]
    reason: str = ""


def gene_change(
    record: CarriedRecord,
    number: int,
    annotations: Annotations,
    contig: str | None,
    least: float,
    *,
    has_allelic_copies: bool,
) -> GeneChange:
    """Return the change of copy number that a symbolic ALT describes, and the genes that it changes as a whole.

    Args:
        record: record with its line.
        number: 1-based number of the ALT.
        annotations: annotations that the header declares.
        contig: canonical name of the record's contig.
        least: copy number from which a gain is an amplification.
        has_allelic_copies: whether INFO/CN is the number of copies of each ALT (VCF 4.4), not of the sample.

    """
    sites = _sites(record)
    notes = annotations.structural_notes(sites, 0, number - 1)
    query = symbolic_query(sites, 0, number - 1, notes, contig, (), has_allelic_copies=has_allelic_copies)
    if query.copies is None:
        return GeneChange("", (), "symbolic")
    kind = _kind(query.copies, least)
    if not kind:
        return GeneChange("", (), _no_kind(query.copies))
    extents = dict(_extents(query))
    whole = [gene for gene, extent in extents.items() if extent is Extent.WHOLE]
    if whole or not extents:
        return GeneChange(kind, tuple(sorted(whole)), "" if whole else "no_gene")
    return GeneChange(kind, (), min(_TOO_LITTLE[extent] for extent in extents.values()))


def _kind(copies: CopyNumber, least: float) -> str:
    if copies.is_amplification(least):
        return "amp"
    return "del" if copies.is_whole_loss else ""


def _no_kind(copies: CopyNumber) -> str:
    if copies.copies is not None:
        return f"copy_number_{copies.copies:g}"
    return "copy_number_neutral" if copies.change is CopyChange.NEUTRAL else "no_copy_number"


def _extents(query: StructuralQuery) -> Iterator[tuple[str, Extent]]:
    """Yield the genes that a record names, and the extent to which each is changed.

    If only the caller names a gene, the record describes this gene, unless it is shorter than a gene.
    """
    span = query.stop - query.start + 1 if query.start else 0
    annotated = {one.gene for one in query.consequences}
    for gene in sorted(annotated):
        if _GENE.fullmatch(gene):
            yield gene, extent_of([one for one in query.consequences if one.gene == gene], span)
    if annotated:
        return
    for gene in query.genes.difference(*(pair[:2] for pair in query.pairs)):
        if _GENE.fullmatch(gene):
            yield gene, Extent.PART if extent_of((), span) is Extent.PART else Extent.WHOLE


class Fusions:
    """Pairs breakends after all were read.

    Args:
        annotations: annotations that the header declares.

    """

    def __init__(self, annotations: Annotations) -> None:
        self._annotations = annotations
        self._ends: list[tuple[Origin, Breakend]] = []

    def add(self, origin: Origin, record: CarriedRecord, number: int) -> None:
        """Add a breakend: the ALT of a record with a 1-based number."""
        sites = _sites(record)
        notes = self._annotations.structural_notes(sites, 0, number - 1)
        self._ends.append((origin, breakend_of(sites, 0, number - 1, notes)))

    def paired(self) -> tuple[list[tuple[str, Origin]], list[tuple[Origin, str]]]:
        """Return the fusions as CGI writes them, and the breakends that are not part of one, with the reason."""
        ends = [end for _, end in self._ends]
        genes = {end.key: mate for end, mate in genes_of_mates(ends)}
        ids = {end.id for end in ends if end.id}
        fusions, others = [], []
        for origin, end in self._ends:
            mate = genes.get(end.key)
            fusion = _named(breakend_query(end, mate or MateGenes()).pairs)
            if fusion is not None:
                fusions.append((fusion, origin))
            else:
                has_mate = mate is not None or not ids.isdisjoint(end.mates)
                others.append((origin, "no_gene_pair" if has_mate else "no_mate"))
        return fusions, others


def _named(pairs: tuple[GenePair, ...]) -> str | None:
    """Return a fusion as CGI writes it, with its genes in alphabetical order; None unless there is exactly one."""
    found = {frozenset(pair[:2]) for pair in pairs if not pair.is_inferred}
    genes = sorted(found.pop()) if len(found) == 1 else []
    return "__".join(genes) if len(genes) == 2 and all(map(_GENE.fullmatch, genes)) else None


def _sites(record: CarriedRecord) -> Sites:
    """Return a record as a batch."""
    columns = record.line.count(b"\t") + 1
    return RecordLines([record.line], columns, path="", numbers=[record.number + 1]).sites
