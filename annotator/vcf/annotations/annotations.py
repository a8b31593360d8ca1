"""Identifiers and annotations of the alleles of a record: ID, INFO/RS, INFO/CAID, and fields of annotation tools."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from annotator.variants.query import Consequence, Identifiers, Notes
from annotator.vcf.header import InfoDeclaration
from annotator.vcf.sites import Sites

if TYPE_CHECKING:
    from annotator.variants.hgvs_parse import HgvsExpression
    from annotator.vcf.annotations.entries import Described
    from annotator.vcf.annotations.layout import Layout

__all__ = ["Annotations", "StructuralNotes"]

_RS, _CAID = "RS", "CAID"
_SNPEFF_KEY = "ANN"  # SnpEff may not list the parts in its declaration
# Patterns are text: the re module compiles and caches them at their first use, which keeps the import fast.
_RSID = r"(?ai:rs)([1-9][0-9]{0,9})"
_NUMBER = r"(?<![0-9.])(?ai:rs)?([1-9][0-9]{0,9})(?![0-9.])"


class StructuralNotes(NamedTuple):
    """Annotations of a symbolic ALT or a breakend.

    Attributes:
        own: consequences at the record's own position, or along the symbolic ALT.
        mate: consequences at the other side of a breakend, if the record distinguishes them.

    """

    own: tuple[Consequence, ...] = ()
    mate: tuple[Consequence, ...] = ()

    @property
    def genes(self) -> frozenset[str]:
        """Symbols of all named genes."""
        named = (gene for one in (*self.own, *self.mate) for gene in one.gene.split("&"))
        return frozenset(named) - {""}


class Annotations(NamedTuple):
    """The annotations and identifiers that a header declares.

    Attributes:
        layouts: layouts of the annotations, in the order of the header.
        has_rs: whether there is an INFO/RS.
        has_caid: whether there is an INFO/CAID.

    """

    layouts: tuple[Layout, ...] = ()
    has_rs: bool = False
    has_caid: bool = False

    @classmethod
    def of(cls, info: Mapping[str, InfoDeclaration]) -> Annotations:
        """Return the annotations and identifiers in the INFO declarations of a header."""
        layouts: tuple[Layout, ...] = ()
        if _SNPEFF_KEY in info or any("|" in declaration.description for declaration in info.values()):
            from annotator.vcf.annotations.layout import layouts_of

            layouts = layouts_of(info)
        return cls(layouts, _RS in info, _CAID in info)

    @property
    def names_genes(self) -> bool:
        """Whether records may name genes and an allele's effects on them."""
        return any(layout.names_genes for layout in self.layouts)

    @property
    def has_peptides(self) -> bool:
        """Whether protein changes may be given in a notation other than HGVS."""
        return any(layout.names_genes and not layout.has_hgvs_p for layout in self.layouts)

    @property
    def has_expressions(self) -> bool:
        """Whether records may have HGVS expressions."""
        return any(layout.has_expressions for layout in self.layouts)

    @property
    def has_any(self) -> bool:
        """Whether records may have identifiers other than rs numbers."""
        return self.names_genes or self.has_expressions or self.has_caid

    def identifiers(self, sites: Sites, record: int, alt: int) -> Identifiers:
        """Return the identifiers of one allele.

        Args:
            sites: a batch with its texts.
            record: index in the batch.
            alt: 0-based index of the ALT.

        """
        found = list(dict.fromkeys(self._expressions(sites, record, alt)))
        return Identifiers(
            tuple(dict.fromkeys(self._rsids(sites, record))),
            tuple(one for one in found if one.is_genomic),
            tuple(one for one in found if not one.is_genomic),
        )

    def notes(self, sites: Sites, record: int, alt: int) -> Notes:
        """Return the further hints of a record about one allele; the arguments are those of `identifiers`."""
        caids: list[str] = []
        if self.has_caid:
            values = _value(sites, record, _CAID).split(",")
            if len(values) == len(sites.alts[record]):  # one per ALT; otherwise the assignment is unknown
                caids = [values[alt]]
        described = list(self._described(sites, record, alt))
        return Notes(tuple(caids), tuple(_preferred_first(described)), self._joint(sites, record, alt))

    def structural_notes(self, sites: Sites, record: int, alt: int) -> StructuralNotes:
        """Return the annotations of a symbolic ALT or a breakend; the arguments are those of `identifiers`."""
        from annotator.vcf.annotations.entries import consequence_of, structural_entries_of

        own: list[Described] = []
        mate: list[Described] = []
        for layout in self.layouts:
            value = _value(sites, record, layout.key)
            if not value or layout.is_of_bcftools or not layout.names_genes:
                continue
            for entry, is_mate in structural_entries_of(layout, value, sites.alts[record], alt):
                (mate if is_mate else own).append(consequence_of(layout, entry, is_structural=True))
        return StructuralNotes(tuple(_preferred_first(own)), tuple(_preferred_first(mate)))

    def _described(self, sites: Sites, record: int, alt: int) -> Iterator[Described]:
        from annotator.vcf.annotations.bcsq import bcsq_entries
        from annotator.vcf.annotations.entries import consequence_of, consequence_of_bcsq, entries_of

        ref, alts = sites.refs[record], sites.alts[record]
        for layout in self.layouts:
            value = _value(sites, record, layout.key)
            if not value or not layout.names_genes:
                continue
            if layout.is_of_bcftools:
                for one in bcsq_entries(value, sites.positions[record], ref, alts, alt):
                    yield consequence_of_bcsq(one)
            else:
                for entry in entries_of(layout, value, ref, alts, alt):
                    yield consequence_of(layout, entry)

    def _joint(self, sites: Sites, record: int, alt: int) -> str:
        values = (
            _value(sites, record, layout.key)
            for layout in self.layouts
            if layout.is_of_bcftools and layout.names_genes
        )
        from annotator.vcf.annotations.bcsq import bcsq_joint

        place = sites.positions[record], sites.refs[record], sites.alts[record], alt
        return next(filter(None, (bcsq_joint(value, *place) for value in values if value)), "")

    def _rsids(self, sites: Sites, record: int) -> Iterator[int]:
        assert sites.texts is not None
        for name in sites.texts.id_of(record).split(";"):
            if rsid := re.fullmatch(_RSID, name.strip()):
                yield int(rsid[1])
        if self.has_rs:
            yield from map(int, re.findall(_NUMBER, _value(sites, record, _RS)))

    def _expressions(self, sites: Sites, record: int, alt: int) -> Iterator[HgvsExpression]:
        from annotator.vcf.annotations.entries import entries_of, expressions_of

        for layout in self.layouts:
            if layout.has_expressions and (value := _value(sites, record, layout.key)):
                for entry in entries_of(layout, value, sites.refs[record], sites.alts[record], alt):
                    yield from expressions_of(layout, entry)


def _value(sites: Sites, record: int, key: str) -> str:
    assert sites.texts is not None
    return sites.texts.info_of(record, key) or ""


def _preferred_first(described: Iterable[Described]) -> Iterator[Consequence]:
    """Yield consequences, first those on transcripts that name the allele, and mark the others.

    For each gene, the picked transcript names the allele, otherwise the MANE Select, MANE Plus Clinical or canonical
    one. If none of a gene's transcripts is marked, each may name it.
    """
    from annotator.vcf.annotations.entries import UNMARKED

    ordered = sorted(described, key=lambda one: one.mark)
    best: dict[str, int] = {}
    same: dict[str, set[str]] = {}
    for one in ordered:
        gene = one.consequence.gene or one.consequence.gene_id
        if best.setdefault(gene, one.mark) == one.mark != UNMARKED:
            same.setdefault(gene, set()).update((one.consequence.transcript, *one.same))
    for one in ordered:
        gene = one.consequence.gene or one.consequence.gene_id
        names_it = one.mark == best[gene] or one.consequence.transcript in same.get(gene, ())
        yield one.consequence if names_it else one.consequence._replace(names_allele=False)
