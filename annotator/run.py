"""One run of `annotate`: open, decide, let an engine work, and judge the whole before it gets its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from annotator.assembly import Assembly
from annotator.config import AnnotateConfig
from annotator.engines.base import Engine
from annotator.errors import AnnotatorError, AssemblyError, FastaError
from annotator.plan import Plan, make_plan
from annotator.report.summary import Summary
from annotator.resolution import Release
from annotator.snapshot.folder import Snapshot
from annotator.vcf.files import Input, InputFormat, OutputFormat, atomic_output, open_input

__all__ = ["Report", "annotate_file"]

_WRONG_ASSEMBLY = 0.01  # a FASTA that contradicts more of the records than this is of another assembly


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did.

    Attributes:
        summary: the counts.
        releases: what the answers rest on, in the order in which they were asked.
        assembly: of the input.
        evidence: how that was recognised.
        warnings: what the user should know, as sentences without their full stops.

    """

    summary: Summary
    releases: tuple[Release, ...]
    assembly: Assembly
    evidence: str
    warnings: tuple[str, ...]


def annotate_file(config: AnnotateConfig) -> Report:
    """Annotate one file.

    Raises:
        AnnotatorError: anything foreseen; nothing is written then, and what stood there before still does.

    """
    config.check()
    snapshot = Snapshot.open(config.snapshot)
    with open_input(config.input) as source:
        engine = _engine(config, source)
        plan = make_plan(config, snapshot, engine.header, source.name, engine.used_keys)
        with atomic_output(config.output) as output:
            summary = engine.run(plan, output)
            warnings = _judge(config, plan, summary, source.name)
            if config.write_index and not output.companions:  # an engine may have made it already
                from annotator.vcf.index import write_index

                write_index(output, Path(config.output), is_bcf=config.format.is_bcf)
    return Report(summary, plan.releases, plan.verdict.assembly, plan.verdict.evidence, warnings)


def _engine(config: AnnotateConfig, source: Input) -> Engine:
    if source.format is InputFormat.BCF or config.format.is_bcf:
        from annotator.engines.binary import BinaryEngine

        return BinaryEngine(
            source,
            regions=config.regions,
            threads=config.threads,
            format_=config.format,
            compression_level=config.compression_level,
        )
    from annotator.engines.text import TextEngine

    level = config.compression_level if config.format is OutputFormat.BGZF else None
    return TextEngine(
        source,
        regions=config.regions,
        workers=config.threads,
        compression_level=level,
        index=config.write_index,
    )


def _judge(config: AnnotateConfig, plan: Plan, summary: Summary, name: str) -> tuple[str, ...]:
    """Refuse what only the whole shows to be wrong; give what the user should know of the rest."""
    warnings = [*plan.verdict.warnings, *plan.edit.warnings]
    unknown = summary.unknown_contigs
    if unknown and unknown.total() == summary.records:
        raise AssemblyError(
            f"no contig of the input is one of {plan.verdict.assembly}'s: the first is {next(iter(unknown))!r}",
            path=name,
            remedy="Rename the contigs with: bcftools annotate --rename-chrs",
        )
    if unknown:
        warnings.append(
            f"{unknown.total():,} records stand on {len(unknown):,} contigs that {plan.verdict.assembly} does not "
            f"have (such as {next(iter(unknown))!r}): they were kept and not asked about"
        )
    if summary.beyond_contig:
        warnings.append(
            f"{summary.beyond_contig:,} records stand beyond the end of their contig in {plan.verdict.assembly}: is "
            "the input of another assembly?"
        )
    if summary.ref_mismatches:
        warnings.append(_judge_reference(config, summary, name))
    if summary.not_left_aligned:
        warnings.append(
            f"{summary.not_left_aligned:,} indels may not be left-aligned and were matched as they stand; "
            "with --reference FASTA they are aligned first"
        )
    if config.strict and summary.failed:
        raise AnnotatorError(f"{summary.failed:,} alleles could not be asked about (--strict)", path=name)
    return tuple(warnings)


def _judge_reference(config: AnnotateConfig, summary: Summary, name: str) -> str:
    others = summary.ref_mismatches - 1
    what = f"REF contradicts the FASTA: {summary.first_ref_mismatch}; {others:,} more of {summary.ref_checked:,} do"
    if summary.ref_mismatches > _WRONG_ASSEMBLY * summary.ref_checked:
        raise FastaError(what, path=name, remedy="The FASTA is of another assembly or build than the input")
    if config.strict:
        raise FastaError(what, path=name, remedy="Leave --strict to have these alleles marked as unsupported")
    return f"{what}; their alleles were not asked about"
