"""Copy numbers and fusions of a VCF, where its annotations name the genes.

CGI takes `amp` or `del` of a gene, and a fusion as two genes. A `<DEL>` is a deletion and a `<DUP>` an amplification
unless the sample's copy number (FORMAT/CN, else INFO/CN) says less: an amplification has at least six copies here, a
deletion none. A `<CNV>` needs a copy number. The genes are those that an annotation says are affected as a whole (CSQ
of VEP, ANN of SnpEff), else those of INFO/GENE. A fusion is two breakends that name each other (MATEID) with one gene
each, or one that ANN calls a fusion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, Self

from annotator.vcf.genotypes import CarriedRecord

if TYPE_CHECKING:
    from annotator.vcf.header import InfoDeclaration

__all__ = ["CopyNumber", "Fusions", "GeneNames", "Origin", "copy_number"]

AMPLIFIED = 6  # copies
DELETED = 0
_WHOLE = {
    "transcript_ablation",
    "transcript_amplification",
    "feature_ablation",
    "feature_amplification",
    "duplication",
}
_ELSEWHERE = {"upstream_gene_variant", "downstream_gene_variant", "intergenic_variant", "intergenic_region"}
_FUSED = {"gene_fusion", "bidirectional_gene_fusion"}
_FORMAT = re.compile(r"Format:\s*([^\s'\"]+)")
_GENE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_ANN_ALLELE, _ANN_EFFECT, _ANN_GENE = 0, 1, 3  # parts of an ANN entry (VCF annotation format 1.0)


class Origin(NamedTuple):
    """Where a row comes from: the 1-based number of the record and of the ALT, and both as the input spells them."""

    record: int
    allele: int
    contig: str
    position: int
    ref: str
    alt: str


class CopyNumber(NamedTuple):
    """A change of copy number: `amp` or `del`, and the genes; without genes, why there are none."""

    kind: str
    genes: tuple[str, ...]
    reason: str = ""


class _Effect(NamedTuple):
    gene: str
    terms: frozenset[str]


class GeneNames(NamedTuple):
    """Where a file's annotations name genes: column indexes of CSQ entries by name, and whether ANN is declared."""

    csq: Mapping[str, int]
    has_ann: bool

    @classmethod
    def of(cls, info: Mapping[str, InfoDeclaration]) -> Self:
        """Return where CSQ and ANN name genes, as the INFO declarations of a header describe."""
        found = _FORMAT.search(info["CSQ"].description) if "CSQ" in info else None
        names = found[1].split("|") if found else []
        return cls({name: place for place, name in enumerate(names)}, "ANN" in info)

    def effects(self, info: Mapping[str, str], number: int, alts: int) -> Iterator[_Effect]:
        """Yield the genes that the annotations of an ALT name, with their effects.

        Args:
            info: INFO by key, as written.
            number: number of the ALT, from 1.
            alts: number of ALTs of the record.

        """
        if "SYMBOL" in self.csq and "Consequence" in self.csq:
            for entry in info.get("CSQ", "").split(","):
                parts = entry.split("|")
                if len(parts) == len(self.csq) and self._is_about(parts, number, alts):
                    yield _Effect(
                        parts[self.csq["SYMBOL"]], frozenset(parts[self.csq["Consequence"]].split("&"))
                    )
        if self.has_ann and alts == 1:
            for entry in info.get("ANN", "").split(","):
                parts = [part.strip() for part in entry.split("|")]
                if len(parts) > _ANN_GENE:
                    yield _Effect(parts[_ANN_GENE], frozenset(parts[_ANN_EFFECT].split("&")))

    def _is_about(self, parts: list[str], number: int, alts: int) -> bool:
        place = self.csq.get("ALLELE_NUM")
        return alts == 1 if place is None else parts[place] == str(number)


def copy_number(record: CarriedRecord, alt: str, number: int, genes: GeneNames) -> CopyNumber:
    """Return the copy-number change that a symbolic ALT describes."""
    symbol = alt.strip("<>").split(":")[0].upper()
    if symbol not in {"DEL", "DUP", "CNV"}:
        return CopyNumber("", (), "symbolic")
    info = _info(record)
    copies = _integer(record.copies, info.get("CN", ""))
    if symbol == "CNV" and copies is None:
        return CopyNumber("", (), "no_copy_number")
    kind = "del" if symbol == "DEL" or (symbol == "CNV" and copies == DELETED) else "amp"
    if copies is not None and not (copies <= DELETED if kind == "del" else copies >= AMPLIFIED):
        return CopyNumber(kind, (), f"copy_number_{copies}")
    found = {one.gene for one in genes.effects(info, number, record.total) if one.terms & _WHOLE} or set(
        info.get("GENE", "").split(",")
    )
    named = tuple(sorted(gene for gene in found if _GENE.fullmatch(gene)))
    return CopyNumber(kind, named, "" if named else "no_gene")


class Fusions:
    """Pairs breakends, once all were seen."""

    def __init__(self, genes: GeneNames) -> None:
        self._genes = genes
        self._ends: list[tuple[Origin, CarriedRecord, str | None, frozenset[str]]] = []

    def add(self, origin: Origin, record: CarriedRecord, number: int) -> None:
        """Add a breakend."""
        info = _info(record)
        effects = list(self._genes.effects(info, number, record.total))
        fused = [one.gene.split("&") for one in effects if one.terms & _FUSED and one.gene.count("&") == 1]
        found = {one.gene for one in effects if not one.terms <= _ELSEWHERE and "&" not in one.gene}
        found = found or set(info.get("GENE", "").split(","))
        own = frozenset(gene for gene in found if _GENE.fullmatch(gene))
        self._ends.append((origin, record, _named(fused[0]) if fused else None, own))

    def paired(self) -> tuple[list[tuple[str, Origin]], list[tuple[Origin, str]]]:
        """Return the fusions as CGI writes them, and the breakends that are not part of one, with the reason."""
        by_id = {record.id: own for _, record, _, own in self._ends if record.id not in {"", "."}}
        fusions, others = [], []
        for origin, record, fused, own in self._ends:
            mate = by_id.get(_info(record).get("MATEID", ""))
            is_pair = mate is not None and len(own) == len(mate) == 1
            fusion = fused or (_named([*own, *mate]) if mate is not None and is_pair else None)
            if fusion is not None:
                fusions.append((fusion, origin))
            else:
                others.append((origin, "no_mate" if mate is None else "no_gene_pair"))
        return fusions, others


def _named(genes: list[str]) -> str | None:
    """Return a fusion as CGI writes it, with its genes in alphabetical order; None unless there are two genes."""
    if len(set(genes)) != 2 or not all(_GENE.fullmatch(gene) for gene in genes):
        return None
    return "__".join(sorted(genes))


def _info(record: CarriedRecord) -> dict[str, str]:
    return {key: value for key, _, value in (item.partition("=") for item in record.info.split(";"))}


def _integer(*texts: str) -> int | None:
    """Return the first text that is a whole number; None if there is none."""
    return next((int(text) for text in texts if text.isascii() and text.isdecimal()), None)
