"""Identifiers and annotations of the alleles of a record: ID, INFO/RS, INFO/CAID, and fields of annotation tools."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from annotator.runtime.named_tuple import NamedTuple
from annotator.variants.query import Consequence, Identifiers, Notes
from annotator.vcf.header import InfoDeclaration
from annotator.vcf.sites import Sites

if TYPE_CHECKING:
    from annotator.variants.hgvs_parse import HgvsExpression
    from annotator.vcf.annotations.entries import Described
    from annotator.vcf.annotations.layout import Entry, Layout

__all__ = ["AlleleHints", "Annotations", "StructuralNotes"]

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
    def has_joint(self) -> bool:
        """Whether an annotation may be of several alleles together."""
        return any(layout.is_of_bcftools for layout in self.layouts)

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

    def hints(self, sites: Sites, record: int, alt: int) -> AlleleHints:
        """Return the identifiers and annotations of one allele, which are read when they are used.

        Args:
            sites: a batch with its texts.
            record: index in the batch.
            alt: 0-based index of the ALT.

        """
        return AlleleHints(self, sites, record, alt)

    def structural_notes(self, sites: Sites, record: int, alt: int) -> StructuralNotes:
        """Return the annotations of a symbolic ALT or a breakend; the arguments are those of `hints`."""
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


class AlleleHints:
    """The identifiers and annotations of one allele in its record, each read once.

    Args:
        annotations: what the header declares.
        sites: a batch with its texts.
        record: index in the batch.
        alt: 0-based index of the ALT.

    """

    def __init__(self, annotations: Annotations, sites: Sites, record: int, alt: int) -> None:
        self._annotations = annotations
        self._sites = sites
        self._record = record
        self._alt = alt

    @cached_property
    def identifiers(self) -> Identifiers:
        """The identifiers of the allele."""
        found = list(dict.fromkeys(self._expressions()))
        return Identifiers(
            tuple(dict.fromkeys(self._rsids())),
            tuple(one for one in found if one.is_genomic),
            tuple(one for one in found if not one.is_genomic),
        )

    @cached_property
    def notes(self) -> Notes:
        """The further hints of the record about the allele."""
        caids: list[str] = []
        if self._annotations.has_caid:
            values = self._value(_CAID).split(",")
            if len(values) == len(
                self._sites.alts[self._record]
            ):  # one per ALT; otherwise the assignment is unknown
                caids = [values[self._alt]]
        return Notes(tuple(caids), tuple(_preferred_first(self._described())), self._joint())

    @cached_property
    def _entries(self) -> dict[str, list[Entry]]:
        """The entries of the allele in VEP's or SnpEff's layout, by INFO key."""
        from annotator.vcf.annotations.entries import entries_of

        ref, alts = self._sites.refs[self._record], self._sites.alts[self._record]
        return {
            layout.key: list(entries_of(layout, value, ref, alts, self._alt))
            for layout in self._annotations.layouts
            if not layout.is_of_bcftools and (value := self._value(layout.key))
        }

    @property
    def _place(self) -> tuple[int, str, Sequence[str], int]:
        """POS, REF and ALTs of the record, and the index of the ALT."""
        sites, record = self._sites, self._record
        return sites.positions[record], sites.refs[record], sites.alts[record], self._alt

    def _described(self) -> Iterator[Described]:
        from annotator.vcf.annotations.entries import consequence_of, consequence_of_bcsq

        for layout in self._annotations.layouts:
            if not layout.names_genes:
                continue
            for entry in self._entries.get(layout.key, ()):
                yield consequence_of(layout, entry)
            if layout.is_of_bcftools and (value := self._value(layout.key)):
                from annotator.vcf.annotations.bcsq import bcsq_entries

                yield from map(consequence_of_bcsq, bcsq_entries(value, *self._place))

    def _joint(self) -> str:
        for layout in self._annotations.layouts:
            if layout.is_of_bcftools and layout.names_genes and (value := self._value(layout.key)):
                from annotator.vcf.annotations.bcsq import bcsq_joint

                if joint := bcsq_joint(value, *self._place):
                    return joint
        return ""

    def _rsids(self) -> Iterator[int]:
        assert self._sites.texts is not None
        for name in self._sites.texts.id_of(self._record).split(";"):
            if rsid := re.fullmatch(_RSID, name.strip()):
                yield int(rsid[1])
        if self._annotations.has_rs:
            yield from map(int, re.findall(_NUMBER, self._value(_RS)))

    def _expressions(self) -> Iterator[HgvsExpression]:
        from annotator.vcf.annotations.entries import expressions_of

        for layout in self._annotations.layouts:
            if layout.has_expressions:
                for entry in self._entries.get(layout.key, ()):
                    yield from expressions_of(layout, entry)

    def _value(self, key: str) -> str:
        return _value(self._sites, self._record, key)


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
