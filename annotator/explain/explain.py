"""Explains a match: a query is resolved to alleles, and every matching level of each source reports its outcome.

    rs113488022 ─┐                         ┌→ ClinVar's matching levels, near misses
    c.1799T>A   ─┼→ alleles (key, origin) ─┤
    7-140-A-T   ─┘  from the query,     └→ CIViC's matching levels, near misses
                    the VCF, the snapshot

Results come from the sources themselves, queried as in a run; only the reasons are derived here.
"""

from __future__ import annotations

from pathlib import Path

from annotator.explain.alleles import AlleleExplainer
from annotator.explain.explanation import AlleleExplanation, Explanation
from annotator.explain.query import parse_query
from annotator.explain.reasons import ADVICE
from annotator.explain.resolution import Resolution
from annotator.explain.sample import SearchedVcf
from annotator.result import Match
from annotator.runtime.progress import Progress
from annotator.snapshot.folder import Snapshot
from annotator.sources.source import DEFAULT_OVERLAP
from annotator.variants.assembly import Assembly
from annotator.variants.reference import Reference

__all__ = ["explain"]


def explain(
    text: str,
    snapshot: str | Path,
    *,
    vcf: str | Path | None = None,
    reference: str | Path | None = None,
    assembly: Assembly | None = None,
    civic_match: Match = Match.PROTEIN,
    sv_overlap: float = DEFAULT_OVERLAP,
    progress: Progress | None = None,
) -> Explanation:
    """Explain how an allele was matched, or why it was not.

    Args:
        text: an allele (`chr7:140753336:A:T`, POS 1-based), an HGVS expression, a gene's protein change, an rs number,
            a CAID or a VariationID.
        snapshot: folder of the snapshot.
        vcf: file whose records are searched for the allele.
        reference: indexed FASTA of the snapshot's assembly.
        assembly: of the query and the VCF; None for the snapshot's, or the header's.
        civic_match: lowest CIViC matching level to use.
        sv_overlap: part of a structural record that an allele must cover.
        progress: called with the bytes read of the VCF.

    Raises:
        UsageError: the query cannot be parsed.
        AnnotatorError: the snapshot, VCF or FASTA cannot be used.

    """
    opened = Snapshot.open(snapshot)
    bases = None if reference is None else Reference(Path(reference), opened.assembly)
    parsed = parse_query(text)
    explanation = Explanation(
        parsed.text, str(parsed.kind), str(opened.assembly), tuple(opened.releases.values())
    )
    explanation.steps += [parsed.note] if parsed.note else []
    if assembly is not None and assembly is not opened.assembly:
        explanation.steps.append(f"the variant is on {assembly}, but the snapshot is for {opened.assembly}")
        explanation.alleles.append(AlleleExplanation(parsed.text, unsupported="other_assembly"))
        explanation.advise(ADVICE["other_assembly"])
        return explanation
    searched = None if vcf is None else SearchedVcf(Path(vcf), assembly, progress)
    explainer = AlleleExplainer(opened, bases, civic_match, searched, explanation, sv_overlap)
    Resolution(explainer).run(parsed)
    return explanation
