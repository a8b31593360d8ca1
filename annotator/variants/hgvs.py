"""Conversion between alleles and genomic HGVS expressions.

Rules: HGVS Nomenclature (den Dunnen et al., Human Mutation 2016, 37:564; https://hgvs-nomenclature.org), as NCBI
applies it in ClinVar's CLNHGVS. HGVS writes a change at its rightmost position (the 3' rule), VCF at its leftmost:

    key                     expression
    7:140753336 A>T         NC_000007.14:g.140753336A>T
    7:11 CAT>''             NC_000007.14:g.11_13del       or further right, while the sequence repeats it
    7:11 ''>CAT             NC_000007.14:g.10_11insCAT
    7:11 ''>CAT             NC_000007.14:g.8_10dup        if CAT is directly before the insertion
    7:11 AT>GC              NC_000007.14:g.11_12delinsGC
    7:11 AG>CT              NC_000007.14:g.11_12inv       replaced by its reverse complement
    MT:100 A>T              NC_012920.1:m.100A>T

An expression represents an allele, but is never a key by itself.
"""

from __future__ import annotations

import re

from annotator.variants.allele import AlleleKey, BaseSource, key_of, left_align
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs_parse import HgvsExpression, SequenceType

__all__ = ["allele_of", "genomic_hgvs", "repeat_hgvs"]


def genomic_hgvs(allele: AlleleKey, assembly: Assembly, reference: BaseSource | None) -> str | None:
    """Return the genomic HGVS expression of an allele, as NCBI writes it in CLNHGVS.

    Deleted and duplicated bases are not written out. A change of a tandem repeat is written as del, dup or ins;
    ClinVar's Microsatellite records count the copies of the unit instead.

    Args:
        allele: a normalised allele.
        assembly: determines the accession of the contig. `NT_…` and `NW_…` contigs are their own accessions.
        reference: reference bases. Substitutions, inversions and deletion-insertions need none.

    Returns:
        The expression, or None if none would be correct: the contig has no accession; the allele is a pure insertion or
        deletion and there is no reference, so that its 3' position is unknown; the reference has no bases there, or
        others than the deleted ones; or it inserts before the first or after the last base of a contig.

    """
    accession = _accession(allele.contig, assembly)
    change = None if accession is None else _change(allele, assembly, reference)
    if change is None:
        return None
    return f"{accession}:{'m' if allele.contig == 'MT' else 'g'}.{change}"


def repeat_hgvs(allele: AlleleKey, assembly: Assembly, reference: BaseSource | None) -> str | None:
    """Return the genomic HGVS expression that counts the copies of a tandem repeat, as NCBI writes short ones.

    `NC_000001.11:g.45329268ACA[1]` means that one of the copies of ACA that start at that base is left. The copies are
    the rightmost whole ones. ClinVar uses this form if the unit has two bases or more and the reference several copies.

    Args:
        allele: a left-aligned allele.
        assembly: determines the accession of the contig.
        reference: reference bases.

    Returns:
        The expression, or None if the allele does not change a number of copies, or the bases are unknown.

    """
    accession = _accession(allele.contig, assembly)
    if accession is None or reference is None or not allele.is_indel:
        return None
    sequence = allele.deleted or allele.inserted
    unit = _unit(sequence)
    point = allele.start + len(allele.deleted)
    length = len(allele.deleted) + _places_right(sequence, allele.contig, point, reference)
    copies = length // len(unit)
    change = len(sequence) // len(unit) * (-1 if allele.deleted else 1)
    if not copies or copies + change < 0:
        return None
    start = allele.start + length - copies * len(unit)
    unit = _rotated(unit, start - allele.start)
    return f"{accession}:{'m' if allele.contig == 'MT' else 'g'}.{start}{unit}[{copies + change}]"


def _unit(sequence: str) -> str:
    """Return the shortest sequence whose repetition is the whole sequence."""
    length = (sequence + sequence).index(sequence, 1)
    return sequence[:length]


def _accession(contig: str, assembly: Assembly) -> str | None:
    own = contig if assembly.contig(contig) == contig else None
    return assembly.accessions.get(contig, own)


def _change(allele: AlleleKey, assembly: Assembly, reference: BaseSource | None) -> str | None:
    deleted, inserted = allele.deleted, allele.inserted
    span = _span(allele.start, len(deleted))
    if deleted == inserted:
        return f"{span}=" if deleted else None
    if allele.is_indel:
        return None if reference is None else _shifted_change(allele, assembly, reference)
    if len(deleted) == len(inserted) == 1:
        return f"{span}{deleted}>{inserted}"
    if inserted == _reverse_complement(deleted):
        return f"{span}inv"
    return f"{span}delins{inserted}"


def _shifted_change(allele: AlleleKey, assembly: Assembly, reference: BaseSource) -> str | None:
    """Return the change of a pure insertion or deletion, shifted right as far as the reference allows."""
    contig, start, deleted, inserted = allele
    point = start + len(deleted)
    if deleted and reference.bases(contig, start, point - 1) != deleted:
        return None
    places = _places_right(deleted or inserted, contig, point, reference)
    point += places
    is_last = not reference.bases(contig, point, point)
    if is_last and point <= assembly.lengths.get(contig, 0):
        return None
    if deleted:
        return f"{_span(start + places, len(deleted))}del"
    return _insertion(_rotated(inserted, places), contig, point, reference, can_flank=not is_last)


def _insertion(
    sequence: str, contig: str, point: int, reference: BaseSource, *, can_flank: bool
) -> str | None:
    """Return the change that inserts a sequence, already shifted, before the base at `point`."""
    before = reference.bases(contig, max(1, point - len(sequence)), point - 1)
    if before == sequence:
        return f"{_span(point - len(sequence), len(sequence))}dup"
    return f"{point - 1}_{point}ins{sequence}" if before and can_flank else None


_LARGEST_WINDOW = 1 << 14  # bases


def _places_right(sequence: str, contig: str, point: int, reference: BaseSource) -> int:
    """Count the positions by which a sequence can shift to the right, where `point` is the first base after it.

    It shifts as long as the reference repeats it. Window sizes double, so that most indels fetch a few bases, and a
    repeat of thousands of bases is fetched in about a dozen pieces.
    """
    places, window = 0, 1
    while after := reference.bases(contig, point + places, point + places + window - 1):
        agreeing = _agreeing(after, _rotated(sequence, places))
        places += agreeing
        if agreeing < len(after):
            break
        window = min(2 * window, _LARGEST_WINDOW)
    return places


def _agreeing(bases: str, unit: str) -> int:
    """Count the leading bases that repeat the unit."""
    expected = (unit * (len(bases) // len(unit) + 1))[: len(bases)]
    if bases == expected:
        return len(bases)
    return next(index for index, base in enumerate(bases) if base != expected[index])


def _rotated(sequence: str, places: int) -> str:
    places %= len(sequence)
    return sequence[places:] + sequence[:places]


def _span(start: int, length: int) -> str:
    return f"{start}_{start + length - 1}" if length > 1 else f"{start}"


_COMPLEMENT = str.maketrans("ACGTRYKMBVDH", "TGCAYRMKVBHD")  # N, S and W are their own complements


def _reverse_complement(bases: str) -> str:
    return bases.translate(_COMPLEMENT)[::-1]


_BASE = "[ACGTNRYSWKMBDHV]"
_PLAIN_CHANGE = (  # text: the re module compiles and caches it at its first use
    rf"(?P<start>[0-9]{{1,9}})(?:_(?P<stop>[0-9]{{1,9}}))?"
    rf"(?:(?P<old>{_BASE})>(?P<new>{_BASE})|delins(?P<replacement>{_BASE}+)|ins(?P<inserted>{_BASE}+)"
    rf"|(?P<edit>del|dup|inv))"
)
_COPIES = rf"({_BASE}+)\[([0-9]{{1,4}})\]"
_REPEAT = rf"(?P<start>[0-9]{{1,9}}){_COPIES}"
_MIXED_REPEAT = rf"(?P<start>[0-9]{{1,9}})(?:_(?P<stop>[0-9]{{1,9}}))?(?P<copies>(?:{_COPIES}){{2,}})"
_LONGEST_SPAN = 100_000  # ten times the longest allele of ClinVar's VCF; longer spans are structural


def allele_of(
    expression: HgvsExpression, assembly: Assembly, reference: BaseSource | None
) -> AlleleKey | None:
    """Return the allele of a genomic expression.

    With a reference the allele is normalised. Without one, only substitutions, insertions and expressions that spell
    their bases in the old style have an allele. An insertion, deletion or duplication is then at its rightmost
    position, as in HGVS, and becomes a key only after the caller has left-aligned it.

    Args:
        expression: a parsed expression.
        assembly: must have the accession, version included. An `NT_…` or `NW_…` accession does not identify its
            assembly and is accepted.
        reference: reference bases. Where it has them, they must agree with the bases that the expression spells.

    Returns:
        The allele. None for an expression of another assembly; for one that is not a plain change (uncertain positions,
        `=`); for positions that do not exist or span more than 100,000 bases; for replaced bases that are unknown or
        contradicted; and for a number of copies if the reference does not show how many it has.

    """
    contig = _contig(expression, assembly)
    if contig is not None and reference is not None and (repeat := re.fullmatch(_REPEAT, expression.change)):
        return _recounted(contig, repeat, reference)
    change = re.fullmatch(_PLAIN_CHANGE, _without_copies(expression.change))
    if contig is None or change is None:
        return None
    start, stop = int(change["start"]), int(change["stop"] or change["start"])
    if not 1 <= start <= stop <= min(assembly.lengths.get(contig, stop), start + _LONGEST_SPAN - 1):
        return None
    if change["inserted"]:
        allele = AlleleKey(contig, stop, "", change["inserted"]) if stop == start + 1 else None
    else:
        bases = _replaced_bases(contig, start, stop, change["old"] or expression.spelled, reference)
        allele = _replacement(contig, start, bases, change) if bases else None
    return allele if allele is None or reference is None else left_align(allele, reference)


def _contig(expression: HgvsExpression, assembly: Assembly) -> str | None:
    contig = assembly.contig(f"{expression.accession}.{expression.version}")
    mitochondrial = expression.sequence_type is SequenceType.MITOCHONDRIAL and contig == "MT"
    return contig if mitochondrial or expression.sequence_type is SequenceType.GENOMIC else None


def _replaced_bases(
    contig: str, start: int, stop: int, spelled: str, reference: BaseSource | None
) -> str | None:
    """Return the bases of a span, from the reference or as spelled; None if unknown, incomplete or contradicted."""
    bases = (reference and reference.bases(contig, start, stop)) or spelled
    agree = not spelled or spelled == bases
    return bases if agree and len(bases) == stop - start + 1 else None


def _replacement(contig: str, start: int, bases: str, change: re.Match[str]) -> AlleleKey | None:
    if change["edit"] == "dup":
        return AlleleKey(contig, start + len(bases), "", bases)
    replacement = change["new"] or change["replacement"] or ""
    if change["edit"] == "inv":
        replacement = _reverse_complement(bases)
    return None if bases == replacement else key_of(contig, start, bases, replacement)


def _without_copies(change: str) -> str:
    """Return a mixture of repeats (`43092478TC[2]AT[1]`) as the bases that replace its span.

    NCBI writes some insertions as such mixtures.
    """
    mixed = re.fullmatch(_MIXED_REPEAT, change)
    parts = re.findall(_COPIES, mixed["copies"]) if mixed is not None else []
    if mixed is None or sum(len(unit) * int(count) for unit, count in parts) > _LONGEST_SPAN:
        return change
    stop = "" if mixed["stop"] is None else f"_{mixed['stop']}"
    bases = "".join(unit * int(count) for unit, count in parts)
    return f"{mixed['start']}{stop}delins{bases}"


def _recounted(contig: str, repeat: re.Match[str], reference: BaseSource) -> AlleleKey | None:
    """Return the allele of a repeat with a new copy number; None if the reference has no copy or the same number."""
    start, unit = int(repeat["start"]), repeat[2]
    copies = _places_right(unit, contig, start, reference) // len(unit)
    more = int(repeat[3]) - copies
    if start < 1 or not copies or not more or more * len(unit) > _LONGEST_SPAN:
        return None
    if more < 0:
        return left_align(AlleleKey(contig, start, unit * -more, ""), reference)
    return left_align(AlleleKey(contig, start, "", unit * more), reference)
