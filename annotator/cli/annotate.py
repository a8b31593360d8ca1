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
    assembly_option,
    listed,
    option,
    snapshot_option,
    writing_options,
)
from annotator.cli.outcome import tell, tell_sum
from annotator.cli.report_options import view_options
from annotator.errors import AnnotatorError, OutputError, UsageError
from annotator.result import Match
from annotator.sources.civic.choice import LADDER
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
    "-o", "--output", default=STREAM, type=FILE, metavar="FILE", help="Default: standard output, which is -."
)
@snapshot_option("Snapshot to annotate from")
@THREADS
@option("-r", "--regions", callback=listed, metavar="REGION,…", help="Only records that overlap these.")
@option(
    "--shard",
    metavar="K/N",
    help="Only this one of N shards, such as 3/16; `annotator workflow gather` joins them.",
)
@option("--strict", is_flag=True, help="Fail if alleles could not be asked about or contradict the FASTA.")
@writing_options
@assembly_option("Matching")
@option(
    "--civic-match",
    type=click.Choice([rung.value for rung in LADDER]),
    default=Match.PROTEIN.value,
    show_default=True,
    help="How far down to match CIViC's variants: gene is the loosest.",
    section="Matching",
)
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
    help="Do not suggest AMP/ASCO/CAP tiers (CIVIC_TIER), which are otherwise derived for --disease.",
    section="Matching",
)
@option(
    "--bed",
    type=PATH,
    metavar="FILE",
    help="Regions that were looked at: what is not found there is absent (CIViC's profiles with NOT).",
    section="Matching",
)
@option("--fields", callback=listed, metavar="ID,…", help="To write; default: all.", section="INFO fields")
@option(
    "--status",
    type=click.Choice([choice.value for choice in Status]),
    default=Status.MISSING.value,
    show_default=True,
    help="Which answers ANNSTATUS tells.",
    section="INFO fields",
)
@option(
    "--report",
    type=PATH,
    metavar="FILE",
    help="HTML page of what was found, one file.",
    section="Reports",
)
@view_options
@option(
    "--cgi-mutations",
    type=PATH,
    metavar="FILE",
    help="Write also what it takes: the alleles that the sample carries.",
    section="Cancer Genome Interpreter",
)
@option(
    "--cgi-sample",
    metavar="NAME",
    help="The tumour's; default: the only sample.",
    section="Cancer Genome Interpreter",
)
@option(
    "--cgi-all-alts",
    is_flag=True,
    help="Every ALT, whatever the genotypes say.",
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
    """Write INPUT with what ClinVar and CIViC say of each allele.

    INPUT is a VCF, plain or compressed, a BCF, or - for standard input. What they say goes into INFO; nothing else in
    it changes. Status 3 if alleles could not be asked about.
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
        disease=disease,
        has_tiers=not no_tiers,
        bed=bed,
        shard=None if shard is None else Shard.parse(shard),
    )
    if online.is_plan:
        for line in plan_egress(config):
            click.echo(line)
    else:
        _check(views, config)
        done = annotate_file(config, console().progress(streams=output == STREAM))
        _show(views, config, done)
        tell(done)


def _cgi(mutations: Path | None, sample: str | None, *, all_alts: bool) -> CgiOptions | None:
    if mutations is not None:
        return CgiOptions(mutations, sample, all_alts)
    if sample is not None or all_alts:
        raise UsageError(
            "--cgi-sample and --cgi-all-alts say what --cgi-mutations writes", remedy="Name its file too"
        )
    return None


def _check(views: Views, config: AnnotateOptions) -> None:
    if not views.paths:
        return
    if config.output == STREAM or not (Path(config.output).is_file() or not Path(config.output).exists()):
        raise UsageError(
            "a report is made from the output, which is a stream here",
            remedy="Name a file with -o, or use annotator report afterwards",
        )
    names = [Path(config.output), *([] if config.input == STREAM else [Path(config.input)])]
    views.check(names)


def _show(views: Views, config: AnnotateOptions, done: Report) -> None:
    if not views.paths:
        return
    from annotator.report.model import RunFacts
    from annotator.report.writing import words_to_write, write_views

    path = Path(config.output)
    views = views._replace(disease=config.disease or "")
    facts = {path: RunFacts(done.summary, done.evidence, done.warnings)}
    try:
        write_views(views, (path,), facts, console().progress())
    except AnnotatorError as error:
        tell_sum(done)
        again = shlex.join(words_to_write(views, (path,)))
        raise OutputError(
            f"{error.what}. {path} is complete, the report was not written",
            path=error.path,
            line=error.line,
            remedy=f"Make it again with: {again}",
        ) from error
