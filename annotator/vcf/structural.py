"""Symbolic ALTs, which span a region, and breakends, where two records describe one junction, each from its side.

VCF 4.3, section 5.4: a breakend's ALT names the position of the other side and how the pieces are joined.

    ALT     what follows the base, or comes before it             the mate's ALT
    t[p[    the piece that starts at p, to its right              ]q]t
    t]p]    the reverse complement of what ends at p              t]q]
    ]p]t    the piece that ends at p                              t[q[
    [p[t    the reverse complement of what starts at p            [q[t

INFO/MATEID names the mate by its ID. If neither record has it, two breakends are mates if each names the other's
position, joined in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import combinations
from typing import TypeAlias

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number
from annotator.variants.copy_number import CopyChange, CopyNumber, haplotype_copies, named_change
from annotator.variants.fusion import GenePair, Side, pairs_of_sides
from annotator.variants.query import StructuralQuery
from annotator.vcf.annotations.annotations import StructuralNotes
from annotator.vcf.copy_number import FORMAT_KEYS, carries, copy_number_of, most_specific
from annotator.vcf.fusions import fused_genes, genes_at_ends, sides_of_breakend, stated_genes, touched_genes
from annotator.vcf.sites import Sites

__all__ = [
    "Breakend",
    "BreakendKey",
    "MateGenes",
    "breakend_of",
    "breakend_query",
    "genes_of_mates",
    "mate_locus",
    "span_of",
    "symbolic_query",
]

_MATE_ID = "MATEID"
_SV_TYPES = {"DEL": CopyChange.LOSS, "LOSS": CopyChange.LOSS, "DUP": CopyChange.GAIN, "GAIN": CopyChange.GAIN}
_OF_HAPLOTYPE = {0: CopyChange.LOSS, 1: CopyChange.NEUTRAL}
_TOLERANCE = 0.1  # fraction by which END and SVLEN may differ
_SHORTEST = 2  # bases
_JUNCTION = re.compile(r"([^\[\]]*)([\[\]])(.+):([0-9]{1,18})\2([^\[\]]*)")

# CHROM, POS, ID and ALT.
BreakendKey: TypeAlias = tuple[str, int, str, str]


class Breakend(NamedTuple):
    """One breakend of a record; its mate may add information later.

    Attributes:
        contig: CHROM as written.
        position: 1-based POS.
        id: ID; empty for none.
        alt: ALT as written.
        mates: IDs of its mates (INFO/MATEID).
        sides: genes at its own side.
        pairs: pairs of genes that its record alone states to be joined.

    """

    contig: str
    position: int
    id: str
    alt: str
    mates: tuple[str, ...]
    sides: frozenset[Side] = frozenset()
    pairs: tuple[GenePair, ...] = ()

    @property
    def genes(self) -> frozenset[str]:
        """Symbols of the genes that its record names."""
        return frozenset(
            {side.gene for side in self.sides} | {gene for pair in self.pairs for gene in pair[:2]}
        )

    @property
    def key(self) -> BreakendKey:
        """Identity of the breakend within a file."""
        return self[:4]


def span_of(sites: Sites, record: int, alt: int) -> tuple[int, int]:
    """Return the first and last base that a symbolic ALT covers, 1-based; 0 and 0 if the record does not state them.

    POS is the base before the first one (VCF 4.3, section 1.6.1), INFO/END the last base, INFO/SVLEN the number of
    bases. END is that of the longest of several ALTs, so that SVLEN comes first there.

    Args:
        sites: a batch of records, with their texts.
        record: index of the record in the batch.
        alt: 0-based index of the ALT.

    """
    assert sites.texts is not None
    position, alts = sites.positions[record], sites.alts[record]
    if not alts[alt].startswith("<"):
        last = position + len(sites.refs[record]) - 1
        return (position + 1, last) if _is_placeholder(alts[alt]) and last > position else (0, 0)
    size = _stated_length(sites, record, alt)
    end = whole_number(sites.texts.info_of(record, "END") or "") or 0
    if end > position and not (size and len(alts) > 1):
        return position + 1, end
    return (position + 1, position + size) if size else (0, 0)


def _is_placeholder(alt: str) -> bool:
    """Return whether an ALT is a placeholder for no bases, as Sniffles2 writes N for a deletion."""
    return not alt.upper().strip("N")


def _stated_length(sites: Sites, record: int, alt: int) -> int:
    """Return the number of bases that SVLEN states for an ALT, whatever its sign; 0 if it states none."""
    assert sites.texts is not None
    lengths = (sites.texts.info_of(record, "SVLEN") or "").split(",")
    is_per_alt = len(lengths) == len(sites.alts[record])
    return whole_number(lengths[alt].removeprefix("-")) or 0 if is_per_alt else 0


def _is_contradictory(sites: Sites, record: int, alt: int, span: tuple[int, int]) -> bool:
    """Return whether SVLEN contradicts the range of a symbolic ALT: it must be about the same.

    For a duplication it may be a multiple: the number of inserted bases. Programs that merge calls write a length of 1
    for none. A duplication whose END is its POS is an insertion of bases that lie on either side of it.
    """
    assert sites.texts is not None
    size, length = _stated_length(sites, record, alt), span[1] - span[0] + 1
    if size < _SHORTEST or not span[0]:
        return False
    if named_change(sites.alts[record][alt]) is CopyChange.GAIN:
        if whole_number(sites.texts.info_of(record, "END") or "") == sites.positions[record]:
            return True
        size = length + abs(size - max(round(size / length), 1) * length)
    return abs(size - length) > max(size, length) * _TOLERANCE + 1


def _is_imprecise(info: Callable[[str], str | None]) -> bool:
    """Return whether a record states that its breakpoints are not exact (VCF 4.3, section 3)."""
    if info("IMPRECISE") is not None:
        return True
    intervals = f"{info('CIPOS') or ''},{info('CIEND') or ''}".split(",")
    return any(one not in {"", ".", "0", "-0"} for one in intervals)


def breakend_of(sites: Sites, record: int, alt: int, notes: StructuralNotes) -> Breakend:
    """Describe a breakend in the form in which its mate is searched.

    Args:
        sites: a batch of records, with their texts.
        record: index of the record in the batch.
        alt: 0-based index of the breakend among the record's ALTs.
        notes: annotations of the ALT.

    """
    assert sites.texts is not None
    alts, id_ = sites.alts[record], sites.texts.id_of(record)
    info = partial(sites.texts.info_of, record)
    mates = [one for one in (info(_MATE_ID) or "").split(",") if one not in {"", "."}]
    if len(mates) == len(alts):  # one per ALT; otherwise the assignment is unknown
        mates = mates[alt : alt + 1]
    sides = sides_of_breakend(alts[alt], notes.own, info)
    pairs = fused_genes((*notes.own, *notes.mate), info)
    if notes.mate:
        far = sides_of_breakend(_kept_by_mate(alts[alt]), notes.mate, info)
        pairs = tuple(dict.fromkeys((*pairs, *pairs_of_sides(sides, far))))
    elif len(sides) > 1:  # overlapping genes, or those of both sides: annotators differ
        genes = sorted({side.gene for side in sides})
        pairs += tuple(GenePair(*both, is_inferred=True) for both in combinations(genes, 2))
    place = sites.contigs[record], sites.positions[record]
    return Breakend(*place, "" if id_ == "." else id_, alts[alt], tuple(mates), sides, pairs)


def _kept_by_mate(alt: str) -> str:
    """Return an ALT that keeps the same side of its position as the mate of a breakend."""
    return "N[" if "]" in alt else "[N"


class MateGenes(NamedTuple):
    """Genes named by the records of a breakend's mates.

    Attributes:
        sides: genes at the mates' side.
        pairs: pairs of genes that the mates' records state to be joined.

    """

    sides: frozenset[Side] = frozenset()
    pairs: tuple[GenePair, ...] = ()

    @property
    def genes(self) -> frozenset[str]:
        """Symbols of all genes that the mates name."""
        return frozenset(
            {side.gene for side in self.sides} | {gene for pair in self.pairs for gene in pair[:2]}
        )


def breakend_query(breakend: Breakend, mate: MateGenes) -> StructuralQuery:
    """Return the query of a breakend, with the genes that the records of its mates name."""
    joined = pairs_of_sides(sorted(breakend.sides), sorted(mate.sides))
    pairs = tuple(dict.fromkeys((*breakend.pairs, *mate.pairs, *joined)))
    return StructuralQuery(breakend.alt, breakend.genes | mate.genes, pairs=pairs)


def genes_of_mates(breakends: Sequence[Breakend]) -> Iterator[tuple[Breakend, MateGenes]]:
    """Yield each breakend whose mates name genes, with these genes.

    Args:
        breakends: breakends of the whole input, in any order.

    """
    mates = _Mates(breakends)
    for one in breakends:
        others = mates.of(one)
        sides = frozenset[Side]().union(*(mate.sides for mate in others))
        pairs = tuple(dict.fromkeys(pair for mate in others for pair in mate.pairs))
        if sides or pairs:
            yield one, MateGenes(sides, tuple(sorted(pairs)))


def symbolic_query(
    sites: Sites,
    record: int,
    alt: int,
    notes: StructuralNotes,
    contig: str | None,
    normals: Collection[int],
    *,
    has_allelic_copies: bool = False,
) -> StructuralQuery:
    """Return the query of a symbolic ALT, or of a deletion whose ALT is a placeholder.

    Args:
        sites: a batch of records, with their texts.
        record: index of the record in the batch.
        alt: 0-based index of the ALT.
        notes: annotations of the ALT.
        contig: canonical name of the record's contig.
        normals: 0-based sample columns of normals that belong to a tumour: their copy numbers are not the tumour's.
        has_allelic_copies: whether INFO/CN is the number of copies of each ALT (VCF 4.4), not of the sample.

    """
    assert sites.texts is not None
    alts, info = sites.alts[record], partial(sites.texts.info_of, record)
    touched = tuple(touched_genes(notes.own))
    pairs = fused_genes(notes.own, info) or genes_at_ends(alts[alt], notes.own)
    genes = {gene for one in touched for gene in one.gene.split("&")} - {""}
    genes = genes or set(stated_genes(info))
    genes.update(gene for pair in pairs for gene in pair[:2])
    of_alleles = _with_copies(alts, info("CN")) if has_allelic_copies else alts
    found = _copy_numbers(sites, record, alt, of_alleles, contig, normals)
    span = span_of(sites, record, alt)
    changes = _directions(found, info)
    if (copies := haplotype_copies(of_alleles[alt])) is not None and has_allelic_copies:
        changes = frozenset({_OF_HAPLOTYPE.get(copies, CopyChange.GAIN)})
    return StructuralQuery(
        "<DEL>" if span[0] and _is_placeholder(alts[alt]) else alts[alt],
        frozenset(genes),
        contig,
        *span,
        touched,
        most_specific(found),
        pairs,
        changes,
        _is_imprecise(info),
        _is_contradictory(sites, record, alt, span),
        sites.positions[record],
    )


def _with_copies(alts: Sequence[str], copies: str | None) -> Sequence[str]:
    """Return ALTs with their numbers of copies, as `<CNn>`, where INFO/CN states an integer for each of `<CNV>`."""
    values = (copies or "").split(",")
    if len(values) != len(alts):
        return alts
    numbers = [whole_number(value.removesuffix(".0")) for value in values]
    return [
        f"<CN{number}>" if alt.upper().startswith("<CNV") and number is not None else alt
        for alt, number in zip(alts, numbers, strict=True)
    ]


def _directions(found: Iterable[CopyNumber], info: Callable[[str], str | None]) -> frozenset[CopyChange]:
    """Return the directions of changes; that of SVTYPE if none is known, as callers write `<CNV>` with SVTYPE=DEL."""
    changes = {one.change for one in found}
    stated = _SV_TYPES.get((info("SVTYPE") or "").upper())
    return frozenset({stated} if stated is not None and changes <= {CopyChange.UNKNOWN} else changes)


def _copy_numbers(
    sites: Sites, record: int, alt: int, alts: Sequence[str], contig: str | None, normals: Collection[int]
) -> list[CopyNumber]:
    """Return the change of an ALT in each tumour that carries it; empty if there is none, or no tumour carries it."""
    assert sites.texts is not None
    info = partial(sites.texts.info_of, record)
    if alts is not sites.alts[record]:  # INFO/CN is in the ALTs
        info = partial(_without_copies, info)
    calls = enumerate(sites.texts.calls_of(record, FORMAT_KEYS))
    of_tumours = {id(call): call for number, call in calls if number not in normals}
    distinct = {tuple(call.items()): call for call in of_tumours.values()}  # thousands of samples have few
    # Some callers list <DEL> and <DUP> in every record: an ALT that no tumour carries is not a change in any.
    carrying = [call for call in distinct.values() or [{}] if carries(call, alt)]
    found = [copy_number_of(alts, alt, info, call, contig=contig) for call in carrying]
    return [one for one in found if one is not None]


def _without_copies(info: Callable[[str], str | None], key: str) -> str | None:
    return None if key == "CN" else info(key)


def mate_locus(alt: str) -> tuple[str, int] | None:
    """Return the mate position in a breakend's ALT: contig as written and 1-based position; None if it has none.

    >>> mate_locus("G]17:198982]")
    ('17', 198982)
    """
    found = _JUNCTION.fullmatch(alt)
    return None if found is None else (found[3], int(found[4]))


class _Junction(NamedTuple):
    """A junction, seen from one side: the ends of both sides, and whether each side's piece lies left of its end."""

    contig: str
    position: int
    is_left: bool
    mate_contig: str
    mate_position: int
    mate_is_left: bool

    @property
    def other_side(self) -> _Junction:
        """The same junction, seen from the other side."""
        return _Junction(*self[3:], *self[:3])


def junction_ends(
    contig: str, position: int, alt: str
) -> tuple[tuple[str, int, bool], tuple[str, int, bool]] | None:
    """Return both sides of the junction that a breakend describes; None for another ALT.

    Each is the contig as written, the 1-based position of its last base, and whether its piece lies left of it.

    >>> junction_ends("2", 42264731, "G]2:29223000]")
    (('2', 42264731, True), ('2', 29223000, True))
    """
    found = _JUNCTION.fullmatch(alt)
    if found is None:
        return None
    before, bracket, mate_contig, mate_position, _ = found.groups()
    return (contig, position, bool(before)), (mate_contig, int(mate_position), bracket == "]")


def _junction_of(breakend: Breakend) -> _Junction | None:
    ends = junction_ends(breakend.contig, breakend.position, breakend.alt)
    return None if ends is None else _Junction(*ends[0], *ends[1])


class _Mates:
    """Search for mates among all breakends of an input."""

    def __init__(self, breakends: Sequence[Breakend]) -> None:
        self._by_id: dict[str, list[Breakend]] = {}
        self._by_mate: dict[str, list[Breakend]] = {}
        self._by_junction: dict[_Junction, list[Breakend]] = {}
        for one in breakends:
            if one.id:
                self._by_id.setdefault(one.id, []).append(one)
            for id_ in one.mates:
                self._by_mate.setdefault(id_, []).append(one)
            if (junction := _junction_of(one)) is not None:
                self._by_junction.setdefault(junction, []).append(one)
        self._shared = {id_ for id_, some in self._by_id.items() if len({one[:2] for one in some}) > 1}

    def of(self, one: Breakend) -> list[Breakend]:
        """Return the mates of a breakend: by their IDs, or by their positions if neither names another ID."""
        named = [other for id_ in one.mates for other in self._named(one, id_)]
        if one.id in self._shared:  # only the position shows which one the others mean
            named += [other for other in self._opposite(one) if one.id in other.mates]
        elif one.id:
            named += self._by_mate.get(one.id, ())
        if named or one.mates:
            return [other for other in named if _may_be_mates(one, other)]
        return [other for other in self._opposite(one) if not other.mates]

    def _named(self, one: Breakend, id_: str) -> list[Breakend]:
        """Return the breakends with an ID; if several records share it, those whose position also agrees."""
        if id_ in self._shared:
            return [other for other in self._opposite(one) if other.id == id_]
        return self._by_id.get(id_, [])

    def _opposite(self, one: Breakend) -> list[Breakend]:
        junction = _junction_of(one)
        return [] if junction is None else self._by_junction.get(junction.other_side, [])


def _may_be_mates(one: Breakend, other: Breakend) -> bool:
    """Return whether two breakends can be mates: neither names another breakend instead."""
    if one[:3] == other[:3]:
        return False
    return (not one.mates or other.id in one.mates) and (not other.mates or one.id in other.mates)
