"""BCSQ of bcftools csq: entries without an allele part, with terms of its own, and peptides instead of HGVS.

    [*]consequence[&consequence]|gene|transcript|biotype[|strand[|amino_acid_change|dna_change]]
    @POS

(https://samtools.github.io/bcftools/howtos/csq-calling.html, and its source.) `dna_change` contains the changes as
written in the record, `25245349AC>TA`; it is the only link to an ALT. Changes joined by `+` are one haplotype: their
protein change belongs to none of them alone. `*` marks an entry after a stop codon that was gained earlier on the
haplotype; it does not change the protein. `@POS` refers to the record at POS that contains the entry. Peptides start at
the first affected codon and are not trimmed. Entries of old releases, and those in the manual, have no biotype.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.annotations.peptides import protein_change

__all__ = ["BcsqEntry", "bcsq_entries", "bcsq_joint"]

_WORDS = {
    "5_prime_utr": "5_prime_UTR_variant", "3_prime_utr": "3_prime_UTR_variant",
    "non_coding": "non_coding_transcript_exon_variant", "stop_gained": "stop_gained",
    "stop_lost": "stop_lost", "start_lost": "start_lost", "inframe_deletion": "inframe_deletion",
    "inframe_insertion": "inframe_insertion", "inframe_altering": "protein_altering_variant",
    "feature_elongation": "feature_elongation", "feature_truncation": "feature_truncation",
}  # fmt: skip
"""Sequence Ontology terms for words that differ by more than a missing `_variant`."""

_STRANDS = {"+": 1, "-": -1}
_DNA_CHANGE = r"([0-9]{1,18})([^>]+)>(.+)"
_AMINO_ACIDS = r"([0-9]{1,9}+)([A-Z*.?0-9]+)(?:>([0-9]{1,9}+)([A-Z*.?0-9]+))?"
_TRUNCATED = ".."


class BcsqEntry(NamedTuple):
    """An entry for one ALT.

    Attributes:
        gene: symbol.
        transcript: accession without version.
        terms: Sequence Ontology names.
        strand: 1, -1, or 0 if not stated.
        protein: protein change in HGVS notation without `p.`, such as `Gly12Val`; empty for none.
        joint: the changes that cause it in combination, such as `122106101G>A+122106102G>A`; empty if this ALT alone
            causes it.

    """

    gene: str
    transcript: str
    terms: frozenset[str]
    strand: int = 0
    protein: str = ""
    joint: str = ""


def bcsq_entries(value: str, position: int, ref: str, alts: Sequence[str], alt: int) -> Iterator[BcsqEntry]:
    """Yield the entries of one ALT, without those that change nothing after a stop codon.

    Args:
        value: value of the INFO key.
        position: POS.
        ref: REF as written.
        alts: the ALTs as written.
        alt: 0-based index of the ALT.

    """
    own = _trimmed(position, ref.upper(), alts[alt].upper())
    for text in value.split(","):
        parts = _parts(text)
        if text.startswith(("*", "@")) or not parts:
            continue
        words, gene, transcript, biotype, strand, amino_acids, dna = parts
        changes = _dna_changes(dna)
        is_own = own in changes if changes else len(alts) == 1 and not dna
        if is_own:
            yield BcsqEntry(
                gene,
                transcript.partition(".")[0],
                frozenset(_terms(words.split("&"))) | _of_biotype(biotype),
                _STRANDS.get(strand, 0),
                _protein(amino_acids, words.split("&")),
                dna if len(changes) > 1 else "",
            )


def bcsq_joint(value: str, position: int, ref: str, alts: Sequence[str], alt: int) -> str:
    """Return the combination of changes that one ALT is only a part of; empty if it also occurs alone, or if unknown.

    The result is the changes that the entry lists (`1001C>T+1002A>T`), or `@1001` if the record at 1001 contains the
    entry. In a record with several ALTs, a reference applies to each ALT without an entry of its own.

    Args:
        value: value of the INFO key.
        position: POS.
        ref: REF as written.
        alts: the ALTs as written.
        alt: 0-based index of the ALT.

    """
    own = _trimmed(position, ref.upper(), alts[alt].upper())
    joint, references = "", ""
    for text in value.split(","):
        if re.fullmatch("@[0-9]+", text):
            references = references or text
            continue
        parts = _parts(text)
        changes = _dna_changes(parts[-1]) if parts else []
        if own in changes:
            if len(changes) == 1:
                return ""
            joint = joint or parts[-1]
    return joint or references


def _parts(text: str) -> tuple[str, ...]:
    """Return the seven parts of an entry, with empty texts for missing ones; empty for a text that is not an entry."""
    parts = text.split("|")
    if len(parts) < 4:
        return ()
    if parts[3] in _STRANDS:
        parts.insert(3, "")
    return (*parts, "", "", "")[:7]


def _terms(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        yield _WORDS.get(word, word if word.endswith("_variant") else f"{word}_variant")


def _of_biotype(biotype: str) -> frozenset[str]:
    is_decaying = biotype == "nonsense_mediated_decay"
    return frozenset({"NMD_transcript_variant"} if is_decaying else ())


def _dna_changes(text: str) -> list[tuple[int, str, str]]:
    return [change for one in text.split("+") if (change := _dna_change(one)) is not None]


def _dna_change(text: str) -> tuple[int, str, str] | None:
    found = re.fullmatch(_DNA_CHANGE, text)
    return None if found is None else _trimmed(int(found[1]), found[2].upper(), found[3].upper())


def _trimmed(position: int, ref: str, alt: str) -> tuple[int, str, str]:
    while min(len(ref), len(alt)) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while min(len(ref), len(alt)) > 1 and ref[0] == alt[0]:
        ref, alt, position = ref[1:], alt[1:], position + 1
    return position, ref, alt


def _protein(amino_acids: str, words: Sequence[str]) -> str:
    found = re.fullmatch(_AMINO_ACIDS, amino_acids)
    if found is None:
        return ""
    number, ref, _, alt = found.groups()
    is_frameshift = "frameshift" in words
    if _TRUNCATED in ref or _TRUNCATED in (alt or ""):  # only the first residues are written
        ref, alt = ref.partition(_TRUNCATED)[0], (alt or "").partition(_TRUNCATED)[0]
        return protein_change(int(number), ref[:1], alt[:1], is_frameshift=True) if is_frameshift else ""
    return protein_change(int(number), ref, ref if alt is None else alt, is_frameshift=is_frameshift)
