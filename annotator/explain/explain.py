"""Explains a match: a query is resolved to alleles, and every matching level of each source reports its outcome.

    rs113488022 ─┐                         ┌→ ClinVar's matching levels, near misses
    c.1799T>A   ─┼→ alleles (key, origin) ─┤
    7-140-A-T   ─┘  from the query,     └→ CIViC's matching levels, near misses
                    the VCF, the snapshot

Results come from the sources themselves, queried as in a run; only the reasons are derived here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from annotator.diff.snapshots import shown_allele
from annotator.explain.asked import Asked, AskedKind, SpelledAllele, parse_asked, residue_words, versioned
from annotator.explain.civic import CivicExplainer
from annotator.explain.clinvar import clinvar_answer
from annotator.explain.explanation import AlleleExplanation, Answer, Explanation
from annotator.explain.reasons import ADVICE, pseudo_autosomal_advice, shift_notes, spelling_notes
from annotator.explain.sample import ASIDE, SampleAllele, Sought, found_in, name_of, query_of
from annotator.explain.structural import structural_answer
from annotator.result import Match, Unsupported
from annotator.runtime.progress import Progress
from annotator.snapshot.folder import Snapshot
from annotator.sources.civic.layout import name_hash
from annotator.sources.civic.snapshot import CivicSnapshot
from annotator.sources.clinvar.layout import EXPRESSIONS, RSIDS
from annotator.sources.clinvar.lookups import expression_hash
from annotator.sources.clinvar.snapshot import ClinVarSnapshot
from annotator.variants.allele import AlleleKey, key_of, may_be_same, vcf_spelling
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs import allele_of, genomic_hgvs
from annotator.variants.hgvs_parse import HgvsExpression
from annotator.variants.protein_change import ProteinChange, parse_protein_change
from annotator.variants.query import Identifiers, Notes, Query
from annotator.variants.reasons import reason_of
from annotator.variants.reference import Reference

__all__ = ["explain"]

_VCF_ADVICE = "Use --vcf FILE with the record, so that its CSQ or ANN annotations are used"


def explain(
    text: str,
    snapshot: str | Path,
    *,
    vcf: str | Path | None = None,
    reference: str | Path | None = None,
    assembly: Assembly | None = None,
    civic_match: Match = Match.PROTEIN,
    progress: Progress | None = None,
) -> Explanation:
    """Explain how an allele was matched, or why it was not.

    Args:
        text: an allele (`chr7:140753336:A:T`, POS 1-based), an HGVS expression, a gene's protein change, an rs number,
            a CAID or a VariationID.
        snapshot: folder of the snapshot.
        vcf: file whose records are searched for the allele.
        reference: indexed FASTA of the snapshot's assembly.
        assembly: of the query and the VCF; None for the snapshot's, or the one in the VCF's header.
        civic_match: lowest CIViC matching level to use.
        progress: called with the bytes read of the VCF.

    Raises:
        UsageError: the query cannot be parsed.
        AnnotatorError: the snapshot, VCF or FASTA cannot be used.

    """
    opened = Snapshot.open(snapshot)
    bases = None if reference is None else Reference(Path(reference), opened.assembly)
    asked = parse_asked(text)
    explanation = Explanation(
        asked.text, str(asked.kind), str(opened.assembly), tuple(opened.releases.values())
    )
    explanation.steps += [asked.note] if asked.note else []
    if assembly is not None and assembly is not opened.assembly:
        explanation.steps.append(f"the variant is on {assembly}, but the snapshot is for {opened.assembly}")
        explanation.alleles.append(AlleleExplanation(asked.text, unsupported="other_assembly"))
        explanation.advise(ADVICE["other_assembly"])
        return explanation
    file = None if vcf is None else Path(vcf)
    _Explainer(opened, bases, file, assembly, civic_match, explanation, progress).run(asked)
    return explanation


class _Explainer:
    def __init__(
        self,
        snapshot: Snapshot,
        reference: Reference | None,
        vcf: Path | None,
        stated: Assembly | None,
        civic_match: Match,
        explanation: Explanation,
        progress: Progress | None,
    ) -> None:
        self._assembly = snapshot.assembly
        self._reference = reference
        self._vcf = vcf
        self._stated = stated
        self._out = explanation
        self._progress = progress
        self._clinvar = next((one for one in snapshot.sources if isinstance(one, ClinVarSnapshot)), None)
        self._civic = next(
            (CivicExplainer(one, civic_match) for one in snapshot.sources if isinstance(one, CivicSnapshot)),
            None,
        )
        self._keys: set[AlleleKey] = set()
        self._is_other_assembly = False

    def run(self, asked: Asked) -> None:
        """Resolve the query, and explain each of its alleles."""
        ways: dict[AskedKind, Callable[[Asked], None]] = {
            AskedKind.ALLELE: self._allele,
            AskedKind.HGVS_G: self._genomic,
            AskedKind.HGVS_C: self._coding,
            AskedKind.PROTEIN: self._protein,
            AskedKind.RSID: self._rsid,
            AskedKind.CAID: self._caid,
            AskedKind.CLINVAR_ID: self._clinvar_id,
        }
        ways[asked.kind](asked)
        near = {miss.kind for one in self._out.alleles for answer in one.answers for miss in answer.near}
        if self._reference is None and "shifted" in near:
            self._out.advise(ADVICE["not_left_aligned"])
        if "other_ref" in near:
            self._out.advise(
                "Variants in the snapshot have other reference bases at this position; check that the "
                f"position is correct and on {self._assembly}"
            )

    # Resolution of the query to alleles

    def _allele(self, asked: Asked) -> None:
        assert asked.allele is not None
        contig = self._contig(asked.allele.contig)
        for alt in asked.allele.alt.split(","):  # as in a multiallelic record
            self._one_alt(asked.allele._replace(alt=alt), contig)

    def _one_alt(self, spelled: SpelledAllele, contig: str | None) -> None:
        query = query_of(contig, *spelled[1:], self._reference)
        if self._is_other_assembly:
            query = Unsupported("other_assembly")
        start = spelled.position
        met = self._met(
            query.allele if isinstance(query, Query) else None,
            self._look(Sought(contig or "", start - ASIDE, start + ASIDE)) if contig is not None else [],
            spelled,
        )
        if not met:
            self._add(spelled, query, "the query", self._normalised(spelled, contig, query))

    def _genomic(self, asked: Asked) -> None:
        expression = asked.expression
        assert expression is not None
        named = versioned(expression, self._assembly)
        contig = self._contig(f"{named.accession}.{named.version}")
        if self._is_other_assembly:
            self._refuse(asked.text, "other_assembly")
            return
        if contig is None:
            self._refuse(asked.text, "unknown_contig")
            return
        key = allele_of(named, self._assembly, self._reference)
        if key is not None:
            self._out.steps.append(f"{named} is {shown_allele(key)}")
            self._by_key(key, Identifiers(genomic=(named,)))
            return
        self._out.steps.append(f"the bases that {named} changes are unknown without the reference sequence")
        if self._reference is None:
            self._out.advise(ADVICE["not_left_aligned"])
        self._by_name(named)

    def _coding(self, asked: Asked) -> None:
        expression = asked.expression
        assert expression is not None
        if expression.version is not None:
            self._out.steps.append(
                f"the version of the sequence (.{expression.version}) is ignored: the alleles themselves are compared"
            )
        self._by_name(expression)

    def _by_name(self, expression: HgvsExpression) -> None:
        """Explain the alleles that an expression denotes in the VCF and in the snapshot."""
        found = [
            one
            for one in self._look(Sought(words=(f"{expression.sequence_type}.{expression.change}",)))
            if any(
                expression.identity == name.identity
                for name in (*one.identifiers.genomic, *one.identifiers.coding)
            )
        ]
        self._add_samples(found)
        if self._clinvar is not None:
            store = self._clinvar.store
            for row in store.rows_of(EXPRESSIONS, expression_hash(expression, self._assembly)):
                self._by_known(store.key(row), f"the ClinVar record of {expression}")
        if self._civic is not None:
            change = f"{expression.sequence_type}.{expression.change}"
            self._by_civic(name_hash("hgvs", expression.accession or "", change), name=str(expression))
        if not self._out.alleles:
            self._out.steps.append(
                f"{expression} was not found in the VCF or the snapshot; the snapshot contains HGVS "
                "expressions only of ClinVar's insertions and deletions and of CIViC's variants"
            )
            self._out.advise(_VCF_ADVICE)
            self._out.advise("Use the allele itself: contig:POS:REF:ALT")

    def _protein(self, asked: Asked) -> None:
        expression, gene = asked.expression, asked.gene
        assert expression is not None
        change = parse_protein_change(expression.change)
        if change is None:
            self._out.steps.append(f"{expression.change} does not define the resulting protein")
            return
        found = [
            one
            for one in self._look(Sought(words=residue_words(expression.change)))
            if any(
                (not gene or consequence.gene.upper() == gene)
                and (other := parse_protein_change(consequence.protein)) is not None
                and other.is_same(change)
                for consequence in one.notes.consequences
            )
        ]
        self._add_samples(found)
        if self._civic is not None and gene:
            self._by_civic(change=(gene, change), name=f"{gene} {expression.change}")
        self._out.steps.append(
            "several alleles can cause this protein change; only those in the VCF or the snapshot are shown"
        )
        if not self._out.alleles:
            self._out.advise(_VCF_ADVICE)

    def _rsid(self, asked: Asked) -> None:
        number = asked.number
        words = (f"rs{number}", f"RS={number}")
        found = [one for one in self._look(Sought(words=words)) if number in one.identifiers.rsids]
        self._add_samples(found)
        rows = [] if self._clinvar is None else self._clinvar.store.rows_of(RSIDS, number)
        if self._clinvar is not None:
            keys = [self._clinvar.store.key(row) for row in rows]
            names = ", ".join(map(shown_allele, keys))
            named = f"is the rs number of {names} in ClinVar; an rs number can belong to several alleles"
            self._out.steps.append(f"rs{number} {named if keys else 'is not in ClinVar'}")
            for one in found:
                if isinstance(one.query, Query) and keys and one.query.allele not in keys:
                    self._out.steps.append(
                        f"the VCF has rs{number} at {one.where}, but its allele {one.ref}>{one.alt} is "
                        "not one of these alleles"
                    )
            for key in keys:
                self._by_known(key, f"the ClinVar record with rs{number}")

    def _caid(self, asked: Asked) -> None:
        caid = asked.text
        found = [
            one
            for one in self._look(Sought(words=(caid,)))
            if caid in {name.upper() for name in one.notes.caids}
        ]
        self._add_samples(found)
        if self._civic is not None:
            self._by_civic(name_hash("caid", caid), name=caid)
        if not self._out.alleles:
            self._out.steps.append(f"no record of the VCF and no CIViC variant has {caid}")
            self._out.advise(_VCF_ADVICE)

    def _clinvar_id(self, asked: Asked) -> None:
        import numpy as np

        if self._clinvar is not None:
            store = self._clinvar.store
            for row in np.flatnonzero(np.asarray(store.columns["variation_id"]) == asked.number).tolist():
                self._by_known(store.key(row), f"ClinVar record VCV{asked.number}")
        if not self._out.alleles:
            self._out.steps.append(f"ClinVar has no allele of VCV{asked.number} in {self._assembly}")

    def _by_civic(self, *hashes: int, change: tuple[str, ProteinChange] | None = None, name: str) -> None:
        assert self._civic is not None
        named = self._civic.alleles_named(*hashes) if change is None else self._civic.alleles_of(*change)
        for variant, key in named:
            self._out.steps.append(f"{name} is CIViC's {variant}")
            if key is None:
                self._out.steps.append(f"{variant} has no allele in {self._assembly}")
            else:
                self._by_known(key, f"CIViC's {variant}")

    # Lookup of the alleles

    def _by_key(self, key: AlleleKey, identifiers: Identifiers) -> None:
        """Explain an allele derived from an expression: the one in the VCF if it is there."""
        place = Sought(key.contig, key.start - ASIDE, key.start + ASIDE)
        if self._met(key, self._look(place), None):
            return
        is_normalised = not key.is_indel or self._reference is not None
        query = Query(key, is_normalised, key.start, key.deleted, lambda: identifiers, Notes, self._reference)
        self._add(None, query, "the query", shift_notes(key, query))

    def _by_known(self, key: AlleleKey, origin: str) -> None:
        if key not in self._keys:
            self._add(None, Query(key), origin, ())

    def _met(
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
            self._add_samples(same)
            return True
        self._out.steps.append(f"{self._vcf.name} does not contain this allele")
        for one in moved:
            self._out.steps.append(
                f"{one.where} has {one.ref}>{one.alt}, which may be the same change at another "
                "position of a repeat"
            )
            self._out.advise(ADVICE["not_left_aligned"])
        for one in beside:
            self._out.steps.append(f"{one.where} has another allele: {one.ref}>{one.alt}")
        return False

    def _look(self, sought: Sought) -> list[SampleAllele]:
        if self._vcf is None or self._is_other_assembly:
            return []
        verdict, found = found_in(self._vcf, sought, self._stated, self._reference, self._progress)
        if verdict.assembly is not self._assembly:
            self._is_other_assembly = True
            self._out.steps.append(
                f"{self._vcf.name} is on {verdict.assembly} (recognised by {verdict.evidence}), but "
                f"the snapshot is for {self._assembly}"
            )
            self._out.advise(ADVICE["other_assembly"])
            return []
        return found

    def _add_samples(self, samples: Sequence[SampleAllele]) -> None:
        for one in samples:
            spelled = SpelledAllele(one.contig, one.position, one.ref, one.alt)
            contig = self._assembly.contig(one.contig)
            is_structural = one.structural is not None or one.symbolic is not None
            if isinstance(one.query, Unsupported) and is_structural and self._civic is not None:
                notes, answer = structural_answer(one, self._civic, self._assembly, self._look)
                shown = f"{one.contig}:{one.position} {one.ref}>{one.alt}"
                self._refuse(shown, one.query.reason, f"the record at {one.where}", notes, (answer,))
                continue
            notes = self._normalised(spelled, contig, one.query)
            self._add(spelled, one.query, f"the record at {one.where}", notes)

    def _add(
        self,
        spelled: SpelledAllele | None,
        query: Query | Unsupported,
        origin: str,
        normalisation: Sequence[str],
    ) -> None:
        shown = "" if spelled is None else f"{spelled.contig}:{spelled.position} {spelled.ref}>{spelled.alt}"
        if isinstance(query, Unsupported):
            self._refuse(shown, query.reason, origin, normalisation)
            return
        key = query.allele
        self._keys.add(key)
        if advice := pseudo_autosomal_advice(key, self._assembly):
            self._out.advise(advice)
        if spelled is None:
            shown = self._spelling(key)
        hgvs = genomic_hgvs(key, self._assembly, self._reference) if query.is_normalised else None
        answers = tuple(self._answers(query))
        if key.is_indel and not query.is_normalised and any(one.answer == "unsupported" for one in answers):
            self._out.advise(ADVICE["not_left_aligned"])
        self._out.alleles.append(
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
        if self._clinvar is not None:
            yield clinvar_answer(self._clinvar, query, self._assembly)
        if self._civic is not None:
            yield self._civic.answer(query)

    def _refuse(
        self,
        shown: str,
        reason: str,
        origin: str = "the query",
        normalisation: Sequence[str] = (),
        answers: tuple[Answer, ...] = (),
    ) -> None:
        notes = (*normalisation, reason_of(reason))
        self._out.alleles.append(
            AlleleExplanation(shown, origin=origin, normalisation=notes, unsupported=reason, answers=answers)
        )
        if reason in ADVICE and not answers:
            self._out.advise(ADVICE[reason])

    # Text for people

    def _contig(self, name: str) -> str | None:
        contig = self._assembly.contig(name)
        others = [one for one in Assembly if one is not self._assembly and one.contig(name) is not None]
        if contig is None and others:
            self._is_other_assembly = True
            self._out.steps.append(
                f"{name} is a sequence of {others[0]}, but the snapshot is for {self._assembly}"
            )
        elif contig is not None and contig != name:
            self._out.steps.append(f"{name} is contig {contig}")
        return contig

    def _spelling(self, key: AlleleKey) -> str:
        if self._reference is not None and self._reference.bases(key.contig, key.start, key.start):
            position, ref, alt = vcf_spelling(key, self._reference)
            return f"{key.contig}:{position} {ref}>{alt}"
        return shown_allele(key)

    def _normalised(
        self, spelled: SpelledAllele, contig: str | None, query: Query | Unsupported
    ) -> list[str]:
        if contig is None or isinstance(query, Unsupported):
            return []
        trimmed = key_of(contig, *spelled[1:])
        notes = spelling_notes(spelled, trimmed, self._assembly)
        if spelled.position > self._assembly.lengths.get(contig, spelled.position):
            self._out.advise(ADVICE["other_assembly"])
        return notes + shift_notes(trimmed, query)
