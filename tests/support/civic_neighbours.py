"""Alleles similar but not equal to CIViC's variants, made from a release's files by independent code.

For every variant with an allele or a protein change:

    kind            neighbour
    base            another base, or other inserted bases, in the same place
    shift           the same change one base further on (of substitutions)
    length          an insertion or deletion of one base more or less
    part            one of the bases of a substitution of several
    residue         another new residue
    next            the same change at the next residue
    old             the same change of another residue with that number: another protein
    gene            the same change of another gene
    partial         a deletion, duplication or insertion of one residue less or more
    frame           a frameshift there by another number of bases, or with another end
    silent          the residue unchanged, where it is changed, and the other way round

Nothing of it comes from `annotator`: what must not be found is not made by what would find it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.support.civic_calls import CSQ_HEADER, ELSEWHERE, Call, Row, stated_protein

__all__ = ["CSQ_HEADER", "neighbours_of"]

_NAMES = re.findall("[A-Z][a-z]+", "AlaCysAspGluPheGlyHisIleLysLeuMetAsnProGlnArgSerThrValTrpTyr")
_LETTERS = dict(zip(_NAMES, "ACDEFGHIKLMNPQRSTVWY", strict=True))
_BASES = "ACGT"


def neighbours_of(rows: list[dict[str, str]]) -> Iterator[Call]:
    """Give the neighbours of all variants, in GRCh37."""
    for place, row in enumerate(rows):
        yield from _allele_neighbours(row)
        protein = stated_protein(row)
        if protein is not None:
            for number, (kind, gene, change, ref, alt) in enumerate(_protein_neighbours(row, protein)):
                csq = f"|{_terms(change)}|{gene}|ENSG0|ENST0|||||"
                parts = csq.split("|")
                parts[8], parts[9] = f"ENSP0.1:p.{change.replace('=', '%3D')}", "1"
                position = 100_000 + 2_000 * place + 20 * number
                yield Call(int(row["variant_id"]), kind, ELSEWHERE, position, ref, alt, "|".join(parts))


# Alleles


def _allele_neighbours(row: Row) -> Iterator[Call]:
    ref, alts = row["reference_bases"], row["variant_bases"].rpartition(">")[2].split("/")
    if row["reference_build"] != "GRCh37" or not row["chromosome"] or not row["start"].isdecimal():
        return
    if not (ref or alts != [""]):
        return
    if not set("".join((ref, *alts))) <= set(_BASES) or ref in alts:
        return
    variant, contig, start = int(row["variant_id"]), row["chromosome"], int(row["start"])
    if ref and alts != [""]:
        yield from _substitutions(variant, contig, start, ref, alts)
        return
    changed = ref or alts[0]
    other = "".join(_BASES[(_BASES.index(base) + 1) % 4] for base in changed)
    anchor = "C" if changed[-1] == "A" else "A"
    if ref:
        for length in {len(ref) - 1, len(ref) + 1} - {0}:
            longer = (ref + ref)[:length]
            yield Call(variant, "length", contig, start - 1, anchor + longer, anchor)
    else:
        yield Call(variant, "base", contig, start, anchor, anchor + other)
        for length in {len(changed) - 1, len(changed) + 1} - {0}:
            yield Call(variant, "length", contig, start, anchor, anchor + (changed * 2)[:length])


def _substitutions(variant: int, contig: str, start: int, ref: str, alts: list[str]) -> Iterator[Call]:
    for base in _BASES:
        alt = base + alts[0][1:] if len(alts[0]) == len(ref) == 1 else alts[0][:-1] + base
        if alt not in {ref, *alts}:
            yield Call(variant, "base", contig, start, ref, alt)
    if len(ref) == 1:
        yield Call(variant, "shift", contig, start + 1, ref, alts[0])
        return
    if len(alts[0]) == len(ref):
        differing = [place for place, (old, new) in enumerate(zip(ref, alts[0], strict=True)) if old != new]
        if len(differing) > 1:
            for place in differing:
                yield Call(variant, "part", contig, start + place, ref[place], alts[0][place])


# Proteins


def _terms(change: str) -> str:
    for word, terms in (
        ("fs", "frameshift_variant"),
        ("delins", "protein_altering_variant"),
        ("del", "inframe_deletion"),
        ("dup", "inframe_insertion"),
        ("ins", "inframe_insertion"),
        ("Ter", "stop_gained"),
        ("=", "synonymous_variant"),
    ):
        if word in change[3:]:
            return terms
    return "missense_variant"


def _mentioned(row: Row) -> str:
    return " ".join((row["variant"], row["variant_aliases"], row["hgvs_descriptions"])).upper()


def _protein_neighbours(row: Row, protein: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Kind, gene, change, REF and ALT of each neighbour."""
    gene, snv = row["gene"], ("A", "C")
    if found := re.fullmatch(r"([A-Z][a-z]{2})(\d+)([A-Z][a-z]{2}|=)", protein):
        old, number, new = found[1], int(found[2]), found[3]
        yield from ((kind, *rest, *snv) for kind, *rest in _substituted(row, gene, old, number, new))
    elif found := re.fullmatch(r"([A-Z][a-z]{2})(\d+)([A-Z][a-z]{2})?fs(?:Ter(\d+))?", protein):
        old, number = found[1], int(found[2])
        rest = protein[len(old) + len(found[2]) :]
        length = _frame(row)
        if length is not None:
            other = next(one for one in (1, 2, 4) if (one - length) % 3)
            yield "frame", gene, protein, "A", "A" + "C" * other
        if found[4]:
            yield "frame", gene, f"{old}{number}{found[3] or ''}fsTer{int(found[4]) + 1}", "A", "AC"
        for one in ("A", "AC"), ("A", "ACC"):
            yield "next", gene, f"{_other(old)}{number + 1}{rest}", *one
        yield "gene", "OTHERGENE", protein, "A", "AC"
        yield "silent", gene, f"{old}{number}=", *snv
    elif found := re.fullmatch(
        r"([A-Z][a-z]{2})(\d+)(?:_([A-Z][a-z]{2})(\d+))?(del|dup|delins\w+|ins\w+)", protein
    ):
        yield from ((*one, "A", "ACAT") for one in _spans(gene, found))


def _substituted(row: Row, gene: str, old: str, number: int, new: str) -> Iterator[tuple[str, str, str]]:
    text = _mentioned(row)
    for residue in _NAMES:
        is_said = re.search(
            rf"{number}(?:{residue.upper()}|{_LETTERS[residue]}|[^ ,]*/{_LETTERS[residue]})", text
        )
        if residue not in {old, new} and not is_said:
            yield "residue", gene, f"{old}{number}{residue}"
    if f"{number + 1}{new.upper()}" not in text and f"{number + 1}{_LETTERS.get(new, new)}" not in text:
        yield "next", gene, f"{old}{number + 1}{new}"  # unless an alias counts so
    yield "old", gene, f"{_other(old, new)}{number}{new}"
    yield "gene", "OTHERGENE", f"{old}{number}{new}"
    if new != "=":
        yield "silent", gene, f"{old}{number}="


def _spans(gene: str, found: re.Match[str]) -> Iterator[tuple[str, str, str]]:
    old, start, last, stop, edit = found[1], int(found[2]), found[3] or "", int(found[4] or 0), found[5]
    whole = f"{old}{start}_{last}{stop}" if last else f"{old}{start}"
    yield "gene", "OTHERGENE", f"{whole}{edit}"
    yield "old", gene, f"{_other(old)}{start}{f'_{_other(last)}{stop}' if last else ''}{edit}"
    if "ins" in edit:
        yield "partial", gene, f"{whole}{edit}Trp"
        yield "residue", gene, f"{whole}{edit[:-3]}{_other(edit[-3:])}"
    elif last:
        yield "partial", gene, f"{old}{start}_{last}{stop + 1}{edit}"
        yield "partial", gene, f"{old}{start - 1}_{last}{stop}{edit}"
        yield (
            "residue",
            gene,
            f"{whole}{'ins' if edit == 'dup' else 'delins'}{'TrpCysTrp'}"
            if edit == "del"
            else whole + "delinsTrpCysTrp",
        )
    else:
        yield "partial", gene, f"{old}{start}_{_other(old)}{start + 1}{edit}"


def _other(*residues: str) -> str:
    """A residue that is none of some, and none that a repeat would make equal."""
    return next(name for name in ("Trp", "Cys", "His", "Met") if name not in residues)


def _frame(row: Row) -> int | None:
    """Bases by which a row says that it lengthens its gene; None where it does not say so plainly."""
    ref, alt = row["reference_bases"], row["variant_bases"]
    if found := re.search(r"c\.(\d+)(?:_(\d+))?(del|dup|ins)([ACGT]*)\)?$", row["variant"]):
        span = int(found[2]) - int(found[1]) + 1 if found[2] else 1
        if found[3] == "ins" and not found[4]:
            return None
        length = len(found[4]) if found[3] == "ins" else span
        return -length if found[3] == "del" else length
    return len(alt) - len(ref) if (ref or alt) and "dup" not in row["variant"] else None
