"""One run of `annotate`: open the input, plan, run an engine, and check the whole before the output is renamed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.annotation.engines.base import Engine, Work
from annotator.annotation.options import AnnotateOptions
from annotator.annotation.pending import Pending, Tally
from annotator.annotation.plan import Plan, make_plan, open_snapshot
from annotator.annotation.summary import Summary
from annotator.errors import AnnotatorError, AssemblyError, FastaError, JournalError
from annotator.result import Release
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress, counting
from annotator.runtime.text import agreeing, counted
from annotator.snapshot.default import snapshot_of
from annotator.snapshot.folder import Snapshot
from annotator.variants.assembly import Assembly
from annotator.vcf.detection import assembly_of
from annotator.vcf.files import Input, InputFormat, OutputFormat, atomic_output, open_input

if TYPE_CHECKING:
    from annotator.annotation.online.account import NetworkAccount
    from annotator.vcf.genotypes import CarriedRecord
    from annotator.vcf.header import Header

__all__ = ["Carried", "Report", "annotate_file", "engine_of", "plan_egress", "retry_failed", "written"]

_WRONG_ASSEMBLY = 0.01  # a FASTA that contradicts a larger share of the records belongs to another assembly


class Report(NamedTuple):
    """Result of a run.

    Attributes:
        summary: the counts.
        releases: releases on which the results are based, in the order of the lookups.
        assembly: assembly of the input.
        evidence: how the assembly was recognised.
        warnings: warnings for the user, as sentences without full stops.
        sent: data sent over the network, one line per host.
        journal: journal of an online run; None if there is none.
        carried: alleles of the sample for the Cancer Genome Interpreter; None unless requested.
        statements: statements of CIViC's evidence by id, such as `EID1`, if an online run downloaded them.

    """

    summary: Summary
    releases: tuple[Release, ...]
    assembly: Assembly
    evidence: str
    warnings: tuple[str, ...]
    sent: tuple[str, ...] = ()
    journal: Path | None = None
    carried: Carried | None = None
    statements: Mapping[str, str] = {}


class Carried(NamedTuple):
    """The alleles that one sample carries, and the data for writing them.

    Attributes:
        path: file to write.
        sample: name of the sample.
        records: the records of which it carries an ALT, in order.
        assembly: assembly of the input.
        contig_names: canonical contig by CHROM as written, None if the assembly does not have it.
        header: header of the input; it defines how annotations name genes.
        amplification_copies: copy number from which a gain is an amplification.

    """

    path: Path
    sample: str
    records: Sequence[CarriedRecord]
    assembly: Assembly
    contig_names: Mapping[str, str | None]
    header: Header
    amplification_copies: float


def annotate_file(config: AnnotateOptions, progress: Progress | None = None) -> Report:
    """Annotate one file.

    Args:
        config: the options.
        progress: called with the bytes read of the input; if a service is queried for each allele, with the
            identifiers looked up.

    Raises:
        AnnotatorError: any anticipated error; nothing is written in this case, and an existing output is kept.

    """
    config.check()
    with _opened(config) as source:
        engine = engine_of(config, source)
        verdict = assembly_of(engine.header, stated=config.assembly, path=source.name)
        if config.snapshot is not None or config.online is None:
            config = config._replace(snapshot=snapshot_of(config.snapshot, verdict.assembly))
        snapshot = open_snapshot(config, engine.header)
        with _network(config, verdict.assembly, progress) as network:
            _watch(source, config, progress)
            online = None if network is None else network.online
            plan = make_plan(config, snapshot, engine.header, verdict, source.name, engine.used_keys, online)
            tally, warnings = written(config, engine, plan, source.name, snapshot)
            warnings += _of_snapshot(snapshot, plan)
            report = Report(
                tally.summary,
                plan.releases,
                verdict.assembly,
                verdict.evidence,
                warnings,
                carried=_carried(config, engine, plan, tally.pending),
            )
            return report if network is None else _accounted(report, network)


def _of_snapshot(snapshot: Snapshot | None, plan: Plan) -> tuple[str, ...]:
    """Return warnings about the releases of the snapshot that were used."""
    if snapshot is None:
        return ()
    sources = {release.source for release in plan.releases}
    return tuple(
        f"{release.source} {release.version}: {warning}"
        for name, source in snapshot.manifest.sources.items()
        if (release := snapshot.manifest.release(name)).source in sources
        for warning in source.warnings
    )


def _opened(config: AnnotateOptions) -> AbstractContextManager[Input]:
    if config.shard is None:
        return open_input(config.input)
    from annotator.vcf.shards import open_shard

    return open_shard(config.input, config.shard)


def _watch(source: Input, config: AnnotateOptions, progress: Progress | None) -> None:
    # If a service is queried for each allele, the input is read at once and the queries take long.
    if config.online is None or not config.online.clinvar:
        total = None if config.regions else source.size
        source.watch(counting(progress, f"annotating {source.title}", total))


def written(
    config: AnnotateOptions,
    engine: Engine,
    plan: Work,
    name: str,
    snapshot: Snapshot | None = None,
) -> tuple[Tally, tuple[str, ...]]:
    """Run an engine; the output is renamed to its final name after the whole was checked.

    Args:
        config: the options.
        engine: engine for the input.
        plan: task of the engine.
        name: name of the input, for errors.
        snapshot: the snapshot that the engine uses, if any; nothing may have written to it meanwhile.

    Returns:
        The counts, and warnings for the user.

    Raises:
        AnnotatorError: as `annotate_file`.

    """
    with atomic_output(config.output) as output:
        tally = engine.run(plan, output)
        if snapshot is not None:
            snapshot.check_unchanged()
        warnings = (*engine.warnings, *_judge(config, plan, tally.summary, name))
        if config.write_index and not output.companions:  # an engine may have written the index already
            from annotator.vcf.index import write_index

            write_index(output, Path(config.output), is_bcf=config.format.is_bcf)
        if config.shard is not None:
            from annotator.annotation.shard_manifest import ShardManifest

            ShardManifest.of(config, tally.pending).write_beside(output)
    return tally, warnings


def _carried(config: AnnotateOptions, engine: Engine, plan: Plan, pending: Pending) -> Carried | None:
    if config.cgi is None or plan.facts.carrier is None:
        return None
    verdict = plan.verdict
    return Carried(
        config.cgi.mutations,
        plan.facts.carrier.sample,
        pending.carried,
        verdict.assembly,
        verdict.contig_names,
        engine.header,
        config.amplification_copies,
    )


@contextmanager
def _network(
    config: AnnotateOptions, assembly: Assembly, progress: Progress | None
) -> Iterator[NetworkAccount | None]:
    if config.online is None:
        yield None
        return
    from annotator.annotation.online.account import opened_online
    from annotator.annotation.saved_options import text_of_config

    with opened_online(config, assembly, progress) as network:
        network.note_run(text_of_config(config))
        yield network


def _accounted(report: Report, network: NetworkAccount) -> Report:
    network.finish(is_complete=not report.summary.failed)
    return report._replace(
        warnings=(*report.warnings, *network.warnings),
        sent=tuple(network.lines),
        journal=network.journal,
        statements=network.statements(),
    )


def plan_egress(config: AnnotateOptions) -> list[str]:
    """Return, as lines to print, what a run would send over the network; nothing is sent or written.

    Raises:
        AnnotatorError: as `annotate_file`.

    """
    from annotator.annotation.online.account import planned_online

    config = config._replace(output=os.devnull, output_type=OutputFormat.VCF, write_index=False, strict=False)
    config.check()
    with open_input(config.input) as source:
        engine = engine_of(config, source)
        verdict = assembly_of(engine.header, stated=config.assembly, path=source.name)
        with planned_online(config, verdict.assembly) as (online, plans):
            plan = make_plan(config, None, engine.header, verdict, source.name, engine.used_keys, online)
            with atomic_output(config.output) as output:
                tally = engine.run(plan, output)
            _judge(config, plan, tally.summary, source.name)
            return [line for plan in plans for line in plan.lines]


def retry_failed(
    output: Path, journal: Path | None = None, progress: Progress | None = None
) -> Report | None:
    """Retry the lookups that failed in an online run, and rewrite its output.

    Args:
        output: output of that run.
        journal: journal of that run; None for the one beside the output.
        progress: as in `annotate_file`.

    Returns:
        None if no lookup had failed: then no request is sent and nothing is written.

    Raises:
        JournalError: there is no journal, or it does not belong to such a run.
        AnnotatorError: as `annotate_file`.

    """
    from annotator.annotation.relocated import relocated
    from annotator.annotation.saved_options import config_of_text
    from annotator.net.journal import Journal

    path = Path(f"{output}.journal") if journal is None else journal
    with Journal.replay(path, {}) as past:
        run, is_finished = past.fact("run"), past.fact("finished") == "yes"
    if run is None:
        raise JournalError(
            "the journal does not contain the options of its run",
            path=path,
            remedy="Annotate the input again",
        )
    config = relocated(config_of_text(run, path), output, path)
    return None if is_finished else annotate_file(config, progress)


def engine_of(config: AnnotateOptions, source: Input) -> Engine:
    """Return the engine for the formats of the input and of the output.

    Raises:
        InputError: the input has no usable header.

    """
    if source.format is InputFormat.BCF or config.format.is_bcf:
        from annotator.annotation.engines.binary import BinaryEngine

        return BinaryEngine(
            source,
            regions=config.regions,
            threads=config.workers,
            format_=config.format,
            compression_level=config.compression_level,
        )
    from annotator.annotation.engines.text import TextEngine

    level = config.compression_level if config.format is OutputFormat.BGZF else None
    return TextEngine(
        source,
        regions=config.regions,
        workers=config.workers,
        compression_level=level,
        index=config.write_index,
    )


def _disease_warnings(disease: str | None) -> Iterable[str]:
    if disease is None:
        return ()
    from annotator.sources.civic.disease_table import disease_warnings  # many runs state no disease

    return disease_warnings(disease)


def _judge(config: AnnotateOptions, plan: Work, summary: Summary, name: str) -> tuple[str, ...]:
    """Raise an error if the whole input shows a fault; return warnings for the user otherwise."""
    warnings = [
        *plan.verdict.warnings,
        *plan.edit.warnings,
        *_disease_warnings(config.disease),
        *_stale_index(config),
    ]
    unknown = summary.unknown_contigs
    if unknown and unknown.total() == summary.records:
        raise AssemblyError(
            f"no contig of the input is part of {plan.verdict.assembly} (first: {next(iter(unknown))!r})",
            path=name,
            remedy="Rename the contigs with: bcftools annotate --rename-chrs",
        )
    if unknown:
        warnings.append(
            f"{counted(unknown.total(), 'record')} on {counted(len(unknown), 'contig')} that "
            f"{agreeing(len(unknown), 'is', 'are')} not part of {plan.verdict.assembly} (for example "
            f"{next(iter(unknown))!r}) {agreeing(unknown.total(), 'was', 'were')} copied without annotation"
        )
    if summary.beyond_contig:
        warnings.append(
            f"{counted(summary.beyond_contig, 'record')} {agreeing(summary.beyond_contig, 'has', 'have')} a position "
            f"beyond the end of the contig in {plan.verdict.assembly}; check the assembly of the input"
        )
    if summary.ref_mismatches:
        warnings.append(_judge_reference(config, summary, name))
    if summary.not_left_aligned:
        warnings.append(
            f"{counted(summary.not_left_aligned, 'indel')} may not be left-aligned and could not "
            "be compared reliably; use --reference FASTA to left-align them first"
        )
    if summary.rounded:
        warnings.append(
            f"{counted(summary.rounded, 'QUAL or FORMAT value')} {agreeing(summary.rounded, 'is', 'are')} too small "
            f"for the 32-bit numbers of BCF and became 0 or lost digits (first: {summary.first_rounded}); "
            "write VCF with -O z to keep them"
        )
    if config.strict and summary.failed:
        raise AnnotatorError(
            f"{counted(summary.failed, 'lookup')} failed (--strict)",
            path=name,
            remedy="Try again later, or omit --strict to write the output with these lookups marked as failed",
        )
    return tuple(warnings)


def _stale_index(config: AnnotateOptions) -> list[str]:
    """Return a warning if the index is older than the input, so that regions may have wrong records."""
    if not config.regions:
        return []
    from annotator.vcf.record_index import stale_index

    index = stale_index(Path(config.input))
    if index is None:
        return []
    return [
        f"the index {index.name} is older than the file that it belongs to: records may be missing; "
        f"index the file again with: bcftools index -f {config.input}"
    ]


def _judge_reference(config: AnnotateOptions, summary: Summary, name: str) -> str:
    what = (
        f"REF does not match the FASTA file in {summary.ref_mismatches:,} of "
        f"{counted(summary.ref_checked, 'record')}; first: {summary.first_ref_mismatch}"
    )
    if summary.ref_mismatches > _WRONG_ASSEMBLY * summary.ref_checked:
        raise FastaError(
            what,
            path=name,
            remedy="Use the FASTA file that the variants were called with, or check the assembly of the input",
        )
    if config.strict:
        raise FastaError(
            what, path=name, remedy="Omit --strict to write the file with these alleles marked as unsupported"
        )
    return f"{what}; these alleles were not looked up"
