"""The plan of a run, made before the first record from the options, the snapshot and the input's header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator._version import __version__
from annotator.annotation.engines.base import Correction, SecondPass
from annotator.annotation.input_facts import InputFacts
from annotator.annotation.options import AnnotateOptions
from annotator.annotation.pending import Pending, Tally
from annotator.annotation.pipeline import Pipeline
from annotator.annotation.summary import Summary
from annotator.errors import AssemblyError, SnapshotError, UsageError
from annotator.result import Release
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.options import declared_options
from annotator.snapshot.folder import Snapshot
from annotator.sources.civic.choice import MATCH_LEVELS, CivicChoice
from annotator.sources.registry import needs_annotations, rank
from annotator.sources.resolve import Runner
from annotator.sources.source import DEFAULT_OVERLAP, Combinations, Source
from annotator.sources.status import STATUS_ID, Status, status_header_line
from annotator.vcf.annotations.annotations import Annotations
from annotator.vcf.detection import AssemblyVerdict
from annotator.vcf.header import DeclaredField, Header, HeaderEdit
from annotator.vcf.provenance import run_lines

if TYPE_CHECKING:
    from annotator.sources.civic.disease_table import DiseaseTerm
    from annotator.variants.assembly import Assembly
    from annotator.variants.bed import Bed
    from annotator.variants.reference import Reference
    from annotator.vcf.genotypes import Carrier
    from annotator.vcf.structural import Breakend, BreakendKey, MateGenes

__all__ = ["Plan", "civic_choice", "make_plan", "open_snapshot"]


class WholeInput(NamedTuple):
    """Facts that only the whole input shows.

    Attributes:
        combinations: combination profiles that the input satisfies.
        mates: genes that the mates of breakends name, if they change a source's result.

    """

    combinations: frozenset[int] = frozenset()
    mates: Mapping[BreakendKey, MateGenes] = {}


class Plan(NamedTuple):
    """The plan of a run; a worker process can make its annotator from it.

    Attributes:
        snapshot: the snapshot, which another process opens again; None without one.
        online: remote sources; None for none. They exist in this process only.
        verdict: assembly of the input.
        edit: the header of the output, and the INFO keys that are written and removed.
        releases: releases on which the results are based.
        status: results that ANNSTATUS lists.
        reference: FASTA, if one was given.
        facts: facts about the input, from its header.
        bed: sequenced regions; None if unknown.
        whole: what only the whole input shows; empty in the first pass.
        sv_overlap: part of a structural record that an allele must cover.
        is_shard: whether the input is one of several shards; results that depend on the whole input are then left to
            `merge_shards`.

    """

    snapshot: Snapshot | None
    online: Online | None
    verdict: AssemblyVerdict
    edit: HeaderEdit
    releases: tuple[Release, ...]
    status: Status
    reference: Path | None
    facts: InputFacts
    bed: Path | None = None
    whole: WholeInput = WholeInput()
    sv_overlap: float = DEFAULT_OVERLAP
    is_shard: bool = False

    def empty_tally(self) -> Tally:
        """Return the counts of an empty input."""
        answers = {release.knowledge_base: Counter[str]() for release in self.releases}
        return Tally(Summary(answers=answers), Pending())

    def annotator(self) -> Pipeline:
        """Make the annotator of this plan."""
        reference = None if self.reference is None else _opened(self.reference, self.verdict.assembly)
        sources = self._sources()
        if self.whole.combinations:
            sources = [source.with_combinations(self.whole.combinations) for source in sources]
        runner = None if self.online is None else self.online.runner
        return Pipeline(
            sources, self.facts, self.edit.written, self.status, reference, runner, self.whole.mates
        )

    def second_pass(self, pending: Pending) -> SecondPass | None:
        """Return the changes that the whole input requires; None if no record waits for them."""
        if not pending.may_change_output or self.is_shard:
            return None
        sources = self._sources()
        combinations = self._combinations(sources, pending)
        mates, corrections = _mates(sources, pending.breakends)
        work = None
        if combinations.complete or mates:
            work = self._replace(whole=WholeInput(combinations.complete, mates))
        return SecondPass(work, combinations, corrections)

    def _sources(self) -> list[Source[Any]]:
        """Return the sources, whose files are open in this process.

        Raises:
            SnapshotError: the snapshot is not of the releases that the header of the output lists.

        """
        snapshot = self.snapshot
        looked_up = {release.knowledge_base for release in self.releases}
        sources = [
            source
            for source in _selected_sources(snapshot, self.online)
            if source.knowledge_base in looked_up
        ]
        for source in sources:
            if snapshot is not None and source in snapshot.sources and source.release() not in self.releases:
                raise SnapshotError(
                    "the snapshot was replaced by one of another release during the run",
                    path=snapshot.path,
                    remedy="Run the command again",
                )
        return [source.with_overlap(self.sv_overlap) for source in sources]

    def _combinations(self, sources: Sequence[Source[Any]], pending: Pending) -> Combinations:
        """Return the satisfied combination profiles, if a part of one was found."""
        covers = None if self.bed is None else _regions(self.bed, self.verdict.assembly).covers
        for source in sources if pending.carriers else ():
            if source.has_combinations:
                return source.combinations(pending.carriers, pending.covered, covers)
        return Combinations()


def _mates(
    sources: Sequence[Source[Any]], breakends: Sequence[Breakend]
) -> tuple[dict[BreakendKey, MateGenes], list[Correction]]:
    """Return the genes of breakends' mates that change a source's result, and the changed results."""
    from annotator.vcf.structural import MateGenes, breakend_query, genes_of_mates

    found: dict[BreakendKey, MateGenes] = {}
    corrections: list[Correction] = []
    readers = [source for source in sources if "breakend" in source.structural_kinds]
    for breakend, genes in genes_of_mates(breakends) if readers else ():
        for source in readers:
            before = source.resolve_structural(breakend_query(breakend, MateGenes()))
            after = source.resolve_structural(breakend_query(breakend, genes))
            if after is not None and after != before:
                found[breakend.key] = genes
                word = "unsupported" if before is None else before.word
                corrections.append(Correction(source.knowledge_base, word, after))
    return found, corrections


class Online(NamedTuple):
    """Remote sources, and their runner."""

    sources: Sequence[Source[Any]]
    runner: Runner


def _selected_sources(snapshot: Snapshot | None, online: Online | None) -> list[Source[Any]]:
    """Return the sources in the order of the registry; a remote source replaces the local one of its knowledge base."""
    remote = [] if online is None else list(online.sources)
    taken = {source.knowledge_base for source in remote}
    local = [] if snapshot is None else snapshot.sources
    sources = remote + [source for source in local if source.knowledge_base not in taken]
    return sorted(sources, key=lambda source: rank(source.knowledge_base))


def open_snapshot(config: AnnotateOptions, header: Header) -> Snapshot | None:
    """Open the snapshot of a run, with those knowledge bases that can answer for the input.

    Raises:
        SnapshotError: it does not exist, is damaged, or has a newer format.
        UsageError: an option for CIViC is invalid.

    """
    choice = civic_choice(config)
    if config.snapshot is None:
        return None
    is_annotated = Annotations.of(header.info).names_genes
    return Snapshot.open(config.snapshot, choice, is_annotated=is_annotated)


def make_plan(
    config: AnnotateOptions,
    snapshot: Snapshot | None,
    header: Header,
    verdict: AssemblyVerdict,
    name: str,
    used_keys: Mapping[str, int] | None = None,
    online: Online | None = None,
) -> Plan:
    """Make the plan of a run.

    Args:
        config: the options.
        snapshot: the local sources; None without a snapshot.
        header: header of the input.
        verdict: its assembly.
        used_keys: INFO keys of its first records, declared or not, and the line where each is first used.
        name: name of the input, for errors.
        online: the remote sources; None for none.

    Raises:
        AssemblyError: the input's assembly is not the snapshot's.
        ClashError: the input declares a field of our name differently.
        FastaError: the FASTA cannot be used.
        UsageError: `fields` names an unknown field, or the chosen sample is not in the input.

    """
    if snapshot is not None and verdict.assembly is not snapshot.assembly:
        raise AssemblyError(
            f"the input is on {verdict.assembly} (recognised by {verdict.evidence}), but the snapshot "
            f"{snapshot.path.name} is for {snapshot.assembly}",
            path=name,
            remedy=f"Use a snapshot for {verdict.assembly}",
        )
    annotations = Annotations.of(header.info)
    selected = _selected_sources(snapshot, online)
    _check_fields(config, selected)
    sources = [source for source in selected if _is_written(source, config.fields)]
    rests_on = tuple(source.release() for source in sources)
    edit = header.annotated(
        _fields(config, sources, rests_on),
        run_lines(__version__, _command(config), rests_on),
        config.on_clash,
        used=used_keys or {},
    )
    facts = InputFacts(
        verdict.contig_names,
        verdict.assembly.lengths,
        annotations,
        _carrier(config, header, name),
        _normals(header),
        header.has_allelic_copies,
    )
    plan = Plan(
        snapshot,
        online,
        verdict,
        edit,
        rests_on,
        config.status,
        config.reference,
        facts,
        config.bed,
        sv_overlap=config.sv_overlap,
        is_shard=config.shard is not None,
    )
    if config.bed is not None:
        # errors are reported before any work, also those of the next option
        _regions(config.bed, verdict.assembly)
    if config.reference is not None:
        # an unusable FASTA is reported here, not by a worker process
        _opened(config.reference, verdict.assembly)
    return plan


# These are imported only by the runs that use them.


def _opened(path: Path, assembly: Assembly) -> Reference:
    from annotator.variants.reference import Reference

    return Reference(path, assembly)


def _regions(path: Path, assembly: Assembly) -> Bed:
    from annotator.variants.bed import Bed

    return Bed(path, assembly)


def _disease(name: str) -> DiseaseTerm:
    from annotator.sources.civic.disease_table import resolve_disease

    return resolve_disease(name)


def _normals(header: Header) -> frozenset[int]:
    if len(header.samples) < 2:
        return frozenset()
    from annotator.vcf.tumour_normal import normal_columns  # most inputs have one sample

    return normal_columns(header)


def civic_choice(config: AnnotateOptions) -> CivicChoice:
    """Return a run's options for CIViC: matching level, disease, tiers and copy-number threshold.

    Raises:
        UsageError: the disease is unknown or ambiguous, or the matching level does not exist.

    """
    if config.civic_match not in MATCH_LEVELS:
        raise UsageError(
            f"unknown matching level {config.civic_match} for CIViC",
            remedy=f"Choose from {', '.join(MATCH_LEVELS)}",
        )
    return CivicChoice(
        config.civic_match,
        "" if config.disease is None else _disease(config.disease).key,
        has_tiers=config.tiers,
        amplification_copies=config.amplification_copies,
    )


def _carrier(config: AnnotateOptions, header: Header, name: str) -> Carrier | None:
    if config.cgi is None:
        return None
    from annotator.vcf.genotypes import carrier_of  # few runs need it

    return carrier_of(
        header.samples, config.cgi.sample, all_alts=config.cgi.all_alts, path=name, prefix="cgi-"
    )


def _similar(unknown: Sequence[str], known: Sequence[str]) -> str:
    """Return a question for names that are similar to unknown ones; empty if there is none."""
    from difflib import get_close_matches

    near = [one for name in unknown for one in get_close_matches(name.upper(), known, 1, 0.7)]
    return f"Did you mean {', '.join(near)}? " if near else ""


def _check_fields(config: AnnotateOptions, sources: Sequence[Source[Any]]) -> None:
    """Refuse the name of a field that no knowledge base provides."""
    known = [field.id for source in sources for field in source.fields]
    if config.status is not Status.NONE:
        known.append(STATUS_ID)
    unknown = [id_ for id_ in config.fields or () if id_ not in known]
    if unknown:
        raise UsageError(
            f"--fields contains {', '.join(unknown)}, which no selected knowledge base provides",
            remedy=f"{_similar(unknown, known)}Choose from {','.join(known)}",
        )


def _is_written(source: Source[Any], fields: Collection[str] | None) -> bool:
    """Return whether a source is looked up: one that reads all annotations only if a field of it is written."""
    if fields is None or not needs_annotations(source.knowledge_base):
        return True
    return any(field.id in fields for field in source.fields)


def _fields(
    config: AnnotateOptions, sources: Sequence[Source[Any]], rests_on: Sequence[Release]
) -> list[DeclaredField]:
    declared = [
        DeclaredField(field.id, field.header_line(source.title, release.version))
        for source, release in zip(sources, rests_on, strict=True)
        for field in source.fields
    ]
    if config.status is not Status.NONE:
        declared.append(DeclaredField(STATUS_ID, status_header_line(config.status, __version__)))
    return [field for field in declared if config.fields is None or field.id in config.fields]


def _command(config: AnnotateOptions) -> str:
    """Return the options of a run that can change a result, as on a command line."""
    words = ["annotate"]
    for name, field in declared_options(AnnotateOptions).items():
        value = getattr(config, name)
        if field.option is None or not field.option.changes_results or value == field.default:
            continue
        if name == "tiers" and config.disease is None:
            continue
        flag = field.option.flags[0]
        words += [flag] if isinstance(value, bool) else [flag, _as_written(name, value)]
    for flag, file in [] if config.online is None else config.online.civic_files.items():
        words += [flag, file.name]
    return " ".join(words)


def _as_written(name: str, value: str | float | Path | tuple[str, ...]) -> str:
    if name == "disease":
        import shlex

        return shlex.quote(_disease(str(value)).text)
    if isinstance(value, Path):
        return value.name  # paths are excluded: they differ between machines
    if isinstance(value, float):
        return f"{value:g}"
    return ",".join(value) if isinstance(value, tuple) else str(value)
