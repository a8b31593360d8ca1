"""The summary of a run: numbers of records and alleles, and of results by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from annotator.runtime.named_tuple import NamedTuple

__all__ = ["RefMismatch", "Summary"]


class RefMismatch(NamedTuple):
    """A record whose REF contradicts the FASTA; `line` is 1-based, from the first record counted."""

    line: int | None
    contig: str
    position: int
    ref: str
    expected: str

    def __str__(self) -> str:
        where = "" if self.line is None else f"line {self.line}: "
        expected = self.expected or "no base (beyond the end)"
        return (
            f"{where}{self.contig}:{self.position} has REF {_short(self.ref)}, but the FASTA file has "
            f"{_short(expected)}"
        )


def _short(bases: str) -> str:
    return bases if len(bases) <= 20 else f"{bases[:17]}…"


class Summary:
    """Counts of a run; those of its parts are added.

    Attributes:
        records: data lines read, which is also the number written.
        alleles: ALTs read.
        answers: number of results by knowledge base and word (`found`, `absent`, `unsupported`, `failed`).
        unsupported: alleles that could not be looked up, by reason.
        failures: failed lookups by reason.
        unknown_contigs: records by contig name that the assembly does not have.
        beyond_contig: records whose POS is beyond the end of their contig, a sign of another assembly.
        not_left_aligned: indels that may not be left-aligned, and whose result might differ if they were.
        ref_checked: records whose REF was compared with the FASTA.
        ref_mismatches: records whose REF contradicts the FASTA.
        first_ref_mismatch: the first of these.
        rounded: QUAL and FORMAT values too small for a BCF's 32-bit floats, which became 0 or lost digits.
        first_rounded: the first of these, with its position.
        combinations_complete: CIViC combination profiles that some sample satisfies.
        combinations_partial: those of which only a part was found.

    """

    def __init__(self, answers: dict[str, Counter[str]] | None = None) -> None:
        self.records = 0
        self.alleles = 0
        self.answers: dict[str, Counter[str]] = {} if answers is None else answers
        self.unsupported: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.unknown_contigs: Counter[str] = Counter()
        self.beyond_contig = 0
        self.not_left_aligned = 0
        self.ref_checked = 0
        self.ref_mismatches = 0
        self.first_ref_mismatch: RefMismatch | None = None
        self.rounded = 0
        self.first_rounded = ""
        self.combinations_complete = 0
        self.combinations_partial = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Summary) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"Summary({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    def count_single(self, records: int, found: Mapping[str, int]) -> None:
        """Count records with one allele each.

        Args:
            records: how many.
            found: number of them that a knowledge base has; the others do not have the rest.

        """
        self.records += records
        self.alleles += records
        for name, words in self.answers.items():
            number = found.get(name, 0)
            words["found"] += number
            words["absent"] += records - number

    def add(self, other: Summary) -> None:
        """Add the counts of a later part of the same run."""
        self.alleles += other.alleles
        for knowledge_base, words in other.answers.items():
            self.answers.setdefault(knowledge_base, Counter()).update(words)
        self.unsupported.update(other.unsupported)
        self.failures.update(other.failures)
        self.unknown_contigs.update(other.unknown_contigs)
        self.beyond_contig += other.beyond_contig
        self.not_left_aligned += other.not_left_aligned
        self.ref_checked += other.ref_checked
        self.ref_mismatches += other.ref_mismatches
        if self.first_ref_mismatch is None and other.first_ref_mismatch is not None:
            line = other.first_ref_mismatch.line
            self.first_ref_mismatch = other.first_ref_mismatch._replace(
                line=None if line is None else line + self.records
            )
        self.rounded += other.rounded
        self.first_rounded = self.first_rounded or other.first_rounded
        self.records += other.records

    @property
    def failed(self) -> int:
        """Number of failed lookups."""
        return sum(words["failed"] for words in self.answers.values())
