"""Explains alleles: their records in the VCF, and the result of each source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from annotator.diff.snapshots import shown_allele
from annotator.explain.civic import CivicExplainer
from annotator.explain.clinvar import clinvar_answer
from annotator.explain.explanation import AlleleExplanation, Answer, Explanation
from annotator.explain.overlaps import overlap_answer, span_notes
from annotator.explain.query import SpelledAllele
from annotator.explain.reasons import ADVICE, pseudo_autosomal_advice, shift_notes, spelling_notes
from annotator.explain.sample import ASIDE, RecordSearch, SampleAllele, SearchedVcf, name_of
from annotator.explain.structural import structural_answer
from annotator.result import Match, Unsupported
from annotator.snapshot.folder import Snapshot
from annotator.sources.civic.snapshot import CivicSnapshot
from annotator.sources.clinvar.snapshot import ClinVarSnapshot
from annotator.sources.clinvar_sv.snapshot import OverlapSource
from annotator.sources.source import DEFAULT_OVERLAP
from annotator.variants.allele import AlleleKey, key_of, may_be_same, vcf_spelling
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs import genomic_hgvs
from annotator.variants.query import Identifiers, Notes, Query
from annotator.variants.reasons import reason_of
from annotator.variants.reference import Reference

__all__ = ["AlleleExplainer"]


class AlleleExplainer:
    """Adds the alleles of a query to an explanation, each with the result of every source.

    Args:
        snapshot: snapshot whose sources are queried.
        reference: FASTA of the snapshot's assembly; None without one.
        civic_match: lowest CIViC matching level to use.
        vcf: VCF that is searched for the alleles; None without one.
        explanation: explanation to which alleles, steps and advice are added.
        sv_overlap: part of a structural record that an allele must cover.

    Attributes:
        is_other_assembly: whether the query or the VCF is on another assembly than the snapshot.

    """

    def __init__(
        self,
        snapshot: Snapshot,
        reference: Reference | None,
        civic_match: Match,
        vcf: SearchedVcf | None,
        explanation: Explanation,
        sv_overlap: float = DEFAULT_OVERLAP,
    ) -> None:
        self.assembly = snapshot.assembly
        self.reference = reference
        self.out = explanation
        self.clinvar = next((one for one in snapshot.sources if isinstance(one, ClinVarSnapshot)), None)
        self.civic = next(
            (CivicExplainer(one, civic_match) for one in snapshot.sources if isinstance(one, CivicSnapshot)),
            None,
        )
        sources = (one for one in snapshot.sources if isinstance(one, OverlapSource))
        self._overlaps = next((one.with_overlap(sv_overlap) for one in sources), None)
        self.is_other_assembly = False
        self._vcf = vcf
        self._keys: set[AlleleKey] = set()

    def add_key(self, key: AlleleKey, identifiers: Identifiers) -> None:
        """Explain an allele derived from an expression: the one in the VCF if it is there."""
        place = RecordSearch(key.contig, key.start - ASIDE, key.start + ASIDE)
        if self.add_met(key, self.look(place), None):
            return
        is_normalised = not key.is_indel or self.reference is not None
        query = Query(key, is_normalised, key.start, key.deleted, lambda: identifiers, Notes, self.reference)
        self.add(None, query, "the query", shift_notes(key, query))

    def add_known(self, key: AlleleKey, origin: str) -> None:
        """Explain an allele of the snapshot, unless it is explained already."""
        if key not in self._keys:
            self.add(None, Query(key), origin, ())

    def add_met(
        self, key: AlleleKey | None, samples: Sequence[SampleAllele], spelled: SpelledAllele | None
    ) -> bool:
        """Explain the records that contain an allele; if none does, list the others at its position."""
        if self._vcf is None:
            return False
        same, moved, beside = [], [], []
        for one in samples:
            other = one.query.allele if isinstance(one.query, Query) else None
            if (key is not None and other == key) or (
                key is None and spelled is not None and one[2:5] == spelled[1:]
            ):
                same.append(one)
            elif key is not None and other is not None and may_be_same(key, other):
                moved.append(one)
            elif key is not None and one.position <= key.start <= one.position + len(one.ref):
                beside.append(one)
        if same:
            self.add_samples(same)
            return True
        self.out.steps.append(f"{self._vcf.name} does not contain this allele")
        for one in moved:
            self.out.steps.append(
                f"{one.where} has {one.ref}>{one.alt}, which may be the same change at another "
                "position of a repeat"
            )
            self.out.advise(ADVICE["not_left_aligned"])
        for one in beside:
            self.out.steps.append(f"{one.where} has another allele: {one.ref}>{one.alt}")
        return False

    def look(self, sought: RecordSearch) -> list[SampleAllele]:
        """Return the alleles of the VCF that are searched for; none without a VCF of the snapshot's assembly."""
        if self._vcf is None or self.is_other_assembly:
            return []
        verdict, found = self._vcf.find(sought, self.reference)
        if verdict.assembly is not self.assembly:
            self.is_other_assembly = True
            self.out.steps.append(
                f"{self._vcf.name} is on {verdict.assembly} (recognised by {verdict.evidence}), but "
                f"the snapshot is for {self.assembly}"
            )
            self.out.advise(ADVICE["other_assembly"])
            return []
        return found

    def add_samples(self, samples: Sequence[SampleAllele]) -> None:
        """Explain alleles of the VCF."""
        for one in samples:
            spelled = SpelledAllele(one.contig, one.position, one.ref, one.alt)
            contig = self.assembly.contig(one.contig)
            is_structural = one.structural is not None or one.symbolic is not None
            if isinstance(one.query, Unsupported) and is_structural:
                notes, answers = self._structural(one)
                shown = f"{one.contig}:{one.position} {one.ref}>{one.alt}"
                self.refuse(shown, one.query.reason, f"the record at {one.where}", notes, answers)
                continue
            notes = self.normalised(spelled, contig, one.query)
            self.add(spelled, one.query, f"the record at {one.where}", notes)

    def _structural(self, one: SampleAllele) -> tuple[list[str], tuple[Answer, ...]]:
        """Return notes on an ALT without bases, and the results of the sources that compare such ALTs."""
        notes, answers = list[str](), list[Answer]()
        if self._overlaps is not None:
            answers += filter(None, [overlap_answer(self._overlaps, one.symbolic)])
        if self.civic is not None and (one.structural is not None or one.alt.startswith("<")):
            notes, answer = structural_answer(one, self.civic, self.assembly, self.look)
            answers.append(answer)
        spans = [] if one.symbolic is None else span_notes(one.symbolic)
        return spans + notes, tuple(answers)

    def add(
        self,
        spelled: SpelledAllele | None,
        query: Query | Unsupported,
        origin: str,
        normalisation: Sequence[str],
    ) -> None:
        """Explain an allele with the results of all sources, or why it cannot be looked up."""
        shown = "" if spelled is None else f"{spelled.contig}:{spelled.position} {spelled.ref}>{spelled.alt}"
        if isinstance(query, Unsupported):
            self.refuse(shown, query.reason, origin, normalisation)
            return
        key = query.allele
        self._keys.add(key)
        if advice := pseudo_autosomal_advice(key, self.assembly):
            self.out.advise(advice)
        if spelled is None:
            shown = self._spelling(key)
        hgvs = genomic_hgvs(key, self.assembly, self.reference) if query.is_normalised else None
        answers = tuple(self._answers(query))
        if key.is_indel and not query.is_normalised and any(one.answer == "unsupported" for one in answers):
            self.out.advise(ADVICE["not_left_aligned"])
        self.out.alleles.append(
            AlleleExplanation(
                shown,
                shown_allele(key),
                hgvs or "",
                origin,
                tuple(normalisation),
                answers=answers,
                name=name_of(query),
            )
        )

    def _answers(self, query: Query) -> Iterator[Answer]:
        if self.clinvar is not None:
            yield clinvar_answer(self.clinvar, query, self.assembly)
        if self._overlaps is not None and (answer := overlap_answer(self._overlaps, query)) is not None:
            yield answer
        if self.civic is not None:
            yield self.civic.answer(query)

    def refuse(
        self,
        shown: str,
        reason: str,
        origin: str = "the query",
        normalisation: Sequence[str] = (),
        answers: tuple[Answer, ...] = (),
    ) -> None:
        """Add an allele that cannot be looked up, with the reason."""
        notes = (*normalisation, reason_of(reason))
        self.out.alleles.append(
            AlleleExplanation(shown, origin=origin, normalisation=notes, unsupported=reason, answers=answers)
        )
        if reason in ADVICE and not answers:
            self.out.advise(ADVICE[reason])

    def contig(self, name: str) -> str | None:
        """Return the contig that a name denotes; None if it is not a sequence of the snapshot's assembly."""
        contig = self.assembly.contig(name)
        others = [one for one in Assembly if one is not self.assembly and one.contig(name) is not None]
        if contig is None and others:
            self.is_other_assembly = True
            self.out.steps.append(
                f"{name} is a sequence of {others[0]}, but the snapshot is for {self.assembly}"
            )
        elif contig is not None and contig != name:
            self.out.steps.append(f"{name} is contig {contig}")
        return contig

    def _spelling(self, key: AlleleKey) -> str:
        if self.reference is not None and self.reference.bases(key.contig, key.start, key.start):
            position, ref, alt = vcf_spelling(key, self.reference)
            return f"{key.contig}:{position} {ref}>{alt}"
        return shown_allele(key)

    def normalised(self, spelled: SpelledAllele, contig: str | None, query: Query | Unsupported) -> list[str]:
        """Return notes on how the spelling of an allele was normalised."""
        if contig is None or isinstance(query, Unsupported):
            return []
        trimmed = key_of(contig, *spelled[1:])
        notes = spelling_notes(spelled, trimmed, self.assembly)
        if spelled.position > self.assembly.lengths.get(contig, spelled.position):
            self.out.advise(ADVICE["other_assembly"])
        return notes + shift_notes(trimmed, query)
