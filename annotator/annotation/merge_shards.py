"""Joins annotated shards into the output of a run over the whole input.

Blocks are copied. Results that depend on the whole input are computed here, from the manifests of the shards
(`shard_manifest`): if all records together satisfy a combination profile, the chunks that contain a part of one are
annotated again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from annotator.annotation.engines.base import SecondPass, Work
from annotator.annotation.engines.text import LineJob, LineWorker
from annotator.annotation.options import AnnotateOptions
from annotator.annotation.pending import Pending
from annotator.annotation.plan import make_plan, open_snapshot
from annotator.annotation.run import engine_of
from annotator.annotation.shard_manifest import ShardManifest, account_path
from annotator.annotation.summary import Summary
from annotator.errors import InputError
from annotator.runtime.progress import Progress, counting
from annotator.runtime.text import counted
from annotator.vcf.detection import assembly_of
from annotator.vcf.files import OutputFormat, atomic_output, check_indexable, open_input
from annotator.vcf.shard import Shard
from annotator.vcf.shards import Part, join_parts
from annotator.vcf.stream import Chunk

__all__ = ["gather"]

_ALL = "List all shards of one run in order"


def gather(
    parts: Sequence[str], output: str, *, write_index: bool = False, progress: Progress | None = None
) -> Summary:
    """Join annotated shards.

    Args:
        parts: BGZF files, in order. Either all have a manifest beside them, and must then be all shards of one input;
            or none has, and they are joined as they are.
        output: BGZF file to write.
        write_index: whether to write the index beside it.
        progress: called with the bytes read of the shards.

    Returns:
        The combined counts of the manifests, with the numbers of complete and partial profiles.

    Raises:
        InputError: parts are missing, truncated, out of order, or were annotated with different options.
        UsageError: the output cannot be indexed.
        AnnotatorError: as `annotate_file`, for chunks that are annotated again; nothing is written in this case.

    """
    if write_index:
        check_indexable(output, OutputFormat.BGZF)
    accounts = _accounts(parts)
    pending, summary = Pending(), Summary()
    for account in accounts:
        pending.add(account.pending, 0)
    again = None
    if pending.may_change_output:
        second, options = _second_pass(parts[0], accounts[0].config, pending)
        if second is not None:
            second.correct(summary)
            again = None if second.work is None else _rewriting(second.work, options)
    joined = [Part(part) for part in parts]
    if again is not None:
        joined = [Part(part, account.kept) for part, account in zip(parts, accounts, strict=True)]
    size = sum(Path(part).stat().st_size for part in parts if Path(part).is_file())
    advanced = counting(progress, f"joining {counted(len(parts), 'shard')}", size)
    with atomic_output(output) as out:
        join_parts(joined, out.file, again, advanced)
        if write_index:
            from annotator.vcf.index import write_index as write_tbi

            write_tbi(out, Path(output), is_bcf=False)
    return summary


def _accounts(parts: Sequence[str]) -> list[ShardManifest]:
    """Return the manifests of all parts; empty if none has one."""
    if not any(account_path(part).exists() for part in parts):
        return []
    accounts = [ShardManifest.read(part) for part in parts]
    expected = _comparable(accounts[0].config)
    for number, (part, account) in enumerate(zip(parts, accounts, strict=True), 1):
        if account.config.shard != Shard(number, len(parts)):
            what = (
                f"the file is shard {account.config.shard}, but {Shard(number, len(parts))} is expected here"
            )
            raise InputError(what, path=part, remedy=_ALL)
        if _comparable(account.config) != expected:
            raise InputError(
                "the shard was annotated with options that differ from those of the first shard",
                path=part,
                remedy=_ALL,
            )
    return accounts


def _comparable(config: AnnotateOptions) -> AnnotateOptions:
    """Return the options that must be the same for all shards."""
    return config._replace(output="", shard=None, threads=1, write_index=False)


def _second_pass(
    part: str, config: AnnotateOptions, pending: Pending
) -> tuple[SecondPass | None, AnnotateOptions]:
    """Return the changes that all shards together require, and the options for annotating their chunks again.

    Args:
        part: the first shard.
        config: options of its run.
        pending: data of all shards.

    """
    config = config._replace(input=part, shard=None)
    with open_input(part) as source:
        engine = engine_of(config, source)
        snapshot = open_snapshot(config, engine.header)
        verdict = assembly_of(engine.header, stated=config.assembly, path=part)
        plan = make_plan(config, snapshot, engine.header, verdict, part, engine.used_keys)
    if plan.edit.header.to_bytes() != engine.header.to_bytes():
        raise InputError(
            "the shard was annotated with another snapshot or another version",
            path=part,
            remedy="Annotate all shards again with the same options",
        )
    return plan.second_pass(pending), config


def _rewriting(plan: Work, config: AnnotateOptions) -> Callable[[Chunk], bytes]:
    worker = LineWorker(LineJob(plan, config.input, config.compression_level))
    return lambda chunk: worker(chunk)[0]
