"""`annotator annotate`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.annotation.options import AnnotateOptions, CgiOptions
from annotator.annotation.run import Report, annotate_file, plan_egress
from annotator.cli.command import Command
from annotator.cli.console import console
from annotator.cli.online_options import OnlineChoice, online_options
from annotator.cli.options import (
    FILE,
    INPUT,
    PATH,
    THREADS,
    Writing,
    amplification_option,
    assembly_option,
    listed,
    option,
    regions_listed,
    snapshot_option,
    writing_options,
)
from annotator.cli.outcome import print_outcome, print_summary
from annotator.cli.report_options import view_options
from annotator.cli.screen import echo
from annotator.errors import AnnotatorError, OutputError, UsageError
from annotator.result import Match
from annotator.snapshot.default import default_snapshot_path
from annotator.sources.civic.choice import MATCH_LEVELS
from annotator.sources.status import Status
from annotator.variants.assembly import Assembly
from annotator.vcf.files import STREAM
from annotator.vcf.shard import Shard

if TYPE_CHECKING:
    from annotator.report.writing import Views

__all__ = ["command"]


@click.command(
    "annotate",
    cls=Command,
    no_args_is_help=True,
    examples=("annotator annotate tumour.vcf.gz -o annotated.vcf.gz -W --snapshot GRCh38.snapshot",),
)
@INPUT
@option(
    "-o",
    "--output",
    default=STREAM,
    type=FILE,
    metavar="FILE",
    help="Output file; default: standard output (-).",
)
@snapshot_option(
    "Snapshot to annotate from, or a folder with GRCh37.snapshot and GRCh38.snapshot; default: the folder that "
    "`annotator snapshot pull` writes to"
)
@THREADS
@option(
    "-r",
    "--regions",
    callback=regions_listed,
    metavar="REGION,…",
    help="Annotate only records that overlap these regions, for example chr7:140,000,000-141,000,000.",
)
@option(
    "--shard",
    metavar="K/N",
    help="Annotate only one of N shards, for example 3/16; join them with `annotator workflow gather`.",
)
@option(
    "--strict",
    is_flag=True,
    help="Fail and write nothing if a lookup failed or a REF does not match the FASTA file.",
)
@writing_options
@assembly_option("Matching")
@option(
    "--civic-match",
    type=click.Choice([level.value for level in MATCH_LEVELS]),
    default=Match.PROTEIN.value,
    show_default=True,
    help="Loosest matching level for CIViC (see `annotator guide matching`).",
    section="Matching",
)
@amplification_option("Matching")
@option(
    "--disease",
    metavar="DISEASE",
    help="Patient's disease: a Disease Ontology number (DOID:8923), a name, an abbreviation (NSCLC) or a code "
    "(oncotree:SKCM, cgi:CM). Each CIViC entry is marked same, broader, narrower or other.",
    section="Matching",
)
@option(
    "--no-tiers",
    is_flag=True,
    help="With --disease, do not suggest AMP/ASCO/CAP tiers (CIVIC_TIER).",
    section="Matching",
)
@option(
    "--bed",
    type=PATH,
    metavar="FILE",
    help="BED file of sequenced regions. Inside them, a variant that was not called counts as absent "
    'when CIViC requires its absence ("NOT …").',
    section="Matching",
)
@option(
    "--fields",
    callback=listed,
    metavar="ID,…",
    help="INFO fields to write, separated by commas; default: all.",
    section="INFO fields",
)
@option(
    "--status",
    type=click.Choice([choice.value for choice in Status]),
    default=Status.MISSING.value,
    show_default=True,
    help="Lookup results to write to ANNSTATUS: only unsupported and failed lookups (missing), all lookups, or "
    "none.",
    section="INFO fields",
)
@view_options("--html", "--report")
@option(
    "--cgi-mutations",
    type=PATH,
    metavar="FILE",
    help="Also write the alleles of one sample as input for the Cancer Genome Interpreter.",
    section="Cancer Genome Interpreter",
)
@option(
    "--cgi-sample",
    metavar="NAME",
    help="Tumour sample for --cgi-mutations; default: the only sample of the file.",
    section="Cancer Genome Interpreter",
)
@option(
    "--cgi-all-alts",
    is_flag=True,
    help="Write every ALT to --cgi-mutations, regardless of the genotypes.",
    section="Cancer Genome Interpreter",
)
@online_options
def command(
    input: str,  # noqa: A002  # the name that the help shows
    output: str,
    snapshot: Path | None,
    threads: int,
    regions: tuple[str, ...] | None,
    shard: str | None,
    strict: bool,
    assembly: str | None,
    civic_match: str,
    amplification_copies: float,
    disease: str | None,
    no_tiers: bool,
    bed: Path | None,
    fields: tuple[str, ...] | None,
    status: str,
    cgi_mutations: Path | None,
    cgi_sample: str | None,
    cgi_all_alts: bool,
    writing: Writing,
    online: OnlineChoice,
    views: Views,
) -> None:
    """Annotate a VCF or BCF file with ClinVar and CIViC.

    INPUT is a VCF file, plain or compressed, a BCF file, or - for standard input. Results are written to INFO; nothing
    else is changed. Exit status 3 means that some lookups failed.
    """
    config = writing.config(
        input,
        output,
        snapshot,
        None if assembly is None else Assembly(assembly),
        threads=threads,
        regions=regions or (),
        status=Status(status),
        fields=fields,
        strict=strict,
        online=online.config,
        cgi=_cgi(cgi_mutations, cgi_sample, all_alts=cgi_all_alts),
        civic_match=Match(civic_match),
        amplification_copies=amplification_copies,
        disease=disease,
        has_tiers=not no_tiers,
        bed=bed,
        shard=None if shard is None else Shard.parse(shard),
    )
    if online.is_plan:
        for line in plan_egress(config):
            echo(line)
    else:
        _check(views, config)
        done = annotate_file(config, console().progress(streams=output == STREAM))
        if config.snapshot is None and config.online is None:
            used = default_snapshot_path(done.assembly)
            console().say(f"snapshot: {used}", "snapshot", path=str(used))
        _show(views, config, done)
        print_outcome(done)


def _cgi(mutations: Path | None, sample: str | None, *, all_alts: bool) -> CgiOptions | None:
    if mutations is not None:
        return CgiOptions(mutations, sample, all_alts)
    if sample is not None or all_alts:
        raise UsageError(
            "--cgi-sample and --cgi-all-alts apply only to --cgi-mutations", remedy="Add --cgi-mutations FILE"
        )
    return None


def _check(views: Views, config: AnnotateOptions) -> None:
    if not views.paths:
        return
    if config.output == STREAM or not (Path(config.output).is_file() or not Path(config.output).exists()):
        raise UsageError(
            "a report needs an output file, not a stream",
            remedy="Use -o FILE, or use `annotator report` afterwards",
        )
    names = [Path(config.output), *([] if config.input == STREAM else [Path(config.input)])]
    views.check(names)


def _show(views: Views, config: AnnotateOptions, done: Report) -> None:
    if not views.paths:
        return
    from annotator.report.model import RunFacts
    from annotator.report.writing import words_to_write, write_views

    path = Path(config.output)
    views = views._replace(disease=config.disease or "", has_tiers=config.has_tiers)
    facts = {path: RunFacts(done.summary, done.evidence, done.warnings)}
    try:
        report = write_views(views, (path,), facts, console().progress())
    except AnnotatorError as error:
        print_summary(done)
        again = shlex.join(words_to_write(views, (path,)))
        raise OutputError(
            f"{error.what}. {path} is complete, but the report was not written",
            path=error.path,
            line=error.line,
            remedy=f"Write the report again with: {again}",
        ) from error
    for warning in report.warnings:
        console().warn(f"{warning}.")
