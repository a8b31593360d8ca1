"""Gene pairs that a record joins, from annotations and from INFO of fusion callers.

Tools that name genes, and how reliable their order is:

    SnpEff           ANN `gene_fusion` of `A&B`: in the order of the alphabet, so that the order is unknown
    VEP, SnpEff      the genes at a breakend; with STRAND, the kept side shows which one can be 5'
    rnafusion        GENEA, GENEB: 5' and 3' by its tables; its brackets are not reliable
    Arriba           GENE_NAME of the breakend's own side; where strands are ambiguous its order is a guess
    Manta (RNA)      RNA_FIRST on the 5' side, reliable only with RNA_STRANDED
    others           `A--B` (STAR-Fusion) and `A::B` (HGNC): 5' and 3'; `A&B`, `A/B`, and `A-B` of a fusion: unknown

DELLY's CT and LUMPY's STRANDS name ends of DNA, not of genes; they repeat the brackets of the ALT.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from annotator.info import decode_text
from annotator.variants.fusion import GenePair, Side
from annotator.variants.query import Consequence

__all__ = ["fused_genes", "genes_at_ends", "sides_of_breakend", "stated_genes", "touched_genes"]

_ELSEWHERE = {
    "", "upstream_gene_variant", "downstream_gene_variant", "intergenic_variant", "intergenic_region",
    "regulatory_region_variant", "regulatory_region_ablation", "regulatory_region_amplification",
    "TF_binding_site_variant", "TFBS_ablation", "TFBS_amplification",
}  # fmt: skip
_FUSED = {"gene_fusion", "bidirectional_gene_fusion", "transcript_fusion", "fusion"}
_WHOLE = {
    "transcript_ablation", "transcript_amplification", "feature_ablation", "feature_amplification", "duplication",
}  # fmt: skip
_MISSING = {"", ".", "0", "nan", "na", "n/a", "none", "null", "intergenic"}

_ORDERED_KEYS = (
    ("GENEA", "GENEB"), ("GENE_A", "GENE_B"), ("LEFT_GENE", "RIGHT_GENE"), ("LEFTGENE", "RIGHTGENE"),
    ("GeneA", "GeneB"), ("LeftGene", "RightGene"), ("GENE5", "GENE3"), ("GENE_5", "GENE_3"),
    ("FIVE_PRIME_GENE", "THREE_PRIME_GENE"),
)  # fmt: skip
_UNORDERED_KEYS = (("GENE1", "GENE2"), ("GENE_1", "GENE_2"), ("GENE_NAME1", "GENE_NAME2"))
_PAIR_KEYS = ("FUSION", "FUSION_NAME", "FUSIONNAME", "FusionName", "FUSION_GENES", "GENE_FUSION", "GENES")
_FUSION_KEYS = frozenset(_PAIR_KEYS) - {"GENES"}
"""Keys whose value is always a fusion, never a single gene such as ALK-AS1."""
_OWN_KEYS = ("GENE_NAME", "GENE", "GENES", "GENE_SYMBOL", "SYMBOL")
_SYMBOL = r"[A-Za-z0-9][A-Za-z0-9._@-]*"
_PAIR = rf"({_SYMBOL}?)(--|::|&|/|\|)({_SYMBOL})"
_HYPHENATED = r"([A-Za-z0-9][A-Za-z0-9._@]*)(-)([A-Za-z][A-Za-z0-9._@]+)"
_SUFFIX = r"(?:AS|DT|HG|IT|OT)[0-9]*"  # of an antisense, divergent, host, intronic or overlapping transcript
_ORDERED_SIGNS = {"--", "::"}

Info = Callable[[str], "str | None"]


def touched_genes(consequences: Iterable[Consequence]) -> list[Consequence]:
    """Return the consequences that affect a gene, without those of neighbouring genes."""
    return [one for one in consequences if not one.terms <= _ELSEWHERE]


def fused_genes(consequences: Iterable[Consequence], info: Info) -> tuple[GenePair, ...]:
    """Return the pairs of genes that a record calls a fusion.

    Args:
        consequences: consequences for the ALT.
        info: returns the value of an INFO key.

    """
    found = list(_by_annotation(consequences))
    found += _by_keys(_ORDERED_KEYS, info, is_ordered=True)
    found += _by_keys(_UNORDERED_KEYS, info, is_ordered=False)
    for key in _PAIR_KEYS:
        for text in decode_text(info(key) or "").split(","):
            match = re.fullmatch(_PAIR, text)
            if match is None and key in _FUSION_KEYS:
                match = _hyphenated(text)
            if match is not None and _are_genes(match[1], match[3]):
                found.append(GenePair(match[1], match[3], match[2] in _ORDERED_SIGNS))
    return tuple(dict.fromkeys(found))


def _hyphenated(text: str) -> re.Match[str] | None:
    """Return the genes joined by a single hyphen; None if the hyphen may be part of a symbol."""
    match = re.fullmatch(_HYPHENATED, text)
    return None if match is None or re.fullmatch(_SUFFIX, match[3]) else match


def _by_annotation(consequences: Iterable[Consequence]) -> Iterator[GenePair]:
    for one in consequences:
        genes = one.gene.split("&")
        if not one.terms.isdisjoint(_FUSED) and len(genes) == 2 and _are_genes(*genes):
            yield GenePair(genes[0], genes[1])


def _by_keys(keys: Iterable[tuple[str, str]], info: Info, *, is_ordered: bool) -> Iterator[GenePair]:
    for first, second in keys:
        pair = info(first) or "", info(second) or ""
        if _are_genes(*pair):
            yield GenePair(*pair, is_ordered)


def _are_genes(first: str, second: str) -> bool:
    return first.upper() != second.upper() and all(
        one.lower() not in _MISSING and re.fullmatch(_SYMBOL, one) for one in (first, second)
    )


def genes_at_ends(alt: str, consequences: Sequence[Consequence]) -> tuple[GenePair, ...]:
    """Return the genes at the ends of `<DEL>`, `<DUP>` or `<INV>`, if they can form one transcript.

    Genes between the ends are lost, doubled or inverted as a whole. Two genes on the same strand are joined by a
    deletion or a duplication, two on different strands by an inversion; if the strands are unknown, the pair is
    returned as possible.
    """
    if alt.strip("<>").upper().split(":")[0] not in {"DEL", "DUP", "INV"}:
        return ()
    strands: dict[str, set[int]] = {}
    whole = {one.gene for one in consequences if not one.terms.isdisjoint(_WHOLE)}
    for one in touched_genes(consequences):
        if one.gene and "&" not in one.gene and one.gene not in whole:
            strands.setdefault(one.gene, set()).add(one.strand)
    if len(strands) != 2:
        return ()
    (first, of_first), (second, of_second) = sorted(strands.items())
    known = of_first | of_second
    is_turned = alt.upper().startswith("<INV")
    if 0 not in known and (len(known) == 2) != is_turned:
        return ()
    return (GenePair(first, second, is_inferred=True),)


def sides_of_breakend(alt: str, consequences: Iterable[Consequence], info: Info) -> frozenset[Side]:
    """Return the genes at a breakend's own side, and which end of each is kept, if known.

    Args:
        alt: ALT as written; `t[p[` and `t]p]` keep the sequence to the left of POS.
        consequences: consequences at the record's position.
        info: returns the value of an INFO key.

    """
    keeps_left = not alt.startswith(("[", "]", "."))
    first = 0
    if info("RNA_STRANDED") is not None:
        first = 1 if info("RNA_FIRST") is not None else -1
    sides = {
        Side(one.gene, first or (one.strand if keeps_left else -one.strand))
        for one in touched_genes(consequences)
        if one.gene and "&" not in one.gene
    }
    return frozenset(sides or {Side(gene, first) for gene in stated_genes(info)})


def stated_genes(info: Info) -> frozenset[str]:
    """Return the genes that INFO of a caller states for a record, such as GENE_NAME of Arriba or GENE of a panel."""
    named = (gene for key in _OWN_KEYS for gene in re.split(r"[,|&/]", info(key) or ""))
    return frozenset(gene for gene in named if gene.lower() not in _MISSING and re.fullmatch(_SYMBOL, gene))
