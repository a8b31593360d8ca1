"""`annotator annotate`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.assembly import Assembly
from annotator.cli.online_options import OnlineChoice, online_options
from annotator.cli.outcome import tell
from annotator.cli.report_options import view_options
from annotator.config import DEFAULT_LEVEL, AnnotateConfig, CgiConfig
from annotator.errors import UsageError
from annotator.resolution import Match
from annotator.run import Report, annotate_file, plan_egress
from annotator.shard import Shard
from annotator.sources.civic.choice import LADDER
from annotator.status import Status
from annotator.vcf.files import STREAM, OutputFormat
from annotator.vcf.header import OnClash

if TYPE_CHECKING:
    from annotator.report.writing import Views

__all__ = ["command"]


def _listed(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> tuple[str, ...] | None:
    return None if value is None else tuple(item.strip() for item in value.split(",") if item.strip())


@click.command("annotate", no_args_is_help=True)
@click.argument("input", metavar="INPUT")
@click.option(
    "-o", "--output", default="-", metavar="FILE", help="Output; - is standard output, the default."
)
@click.option(
    "--snapshot",
    envvar="ANNOTATOR_SNAPSHOT",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Snapshot to annotate from (or ANNOTATOR_SNAPSHOT).",
)
@click.option(
    "-O",
    "--output-type",
    type=click.Choice([format_.value for format_ in OutputFormat]),
    help="v VCF, z VCF.gz, b BCF, u uncompressed BCF; default: by the suffix.",
)
@click.option("-@", "--threads", default=1, show_default=True, metavar="N", help="Worker processes.")
@click.option(
    "--compression-level",
    default=DEFAULT_LEVEL,
    show_default=True,
    metavar="0-9",
    help="Of BGZF and BCF output.",
)
@click.option(
    "-W", "--write-index", is_flag=True, help="Index the output: .tbi, or .csi for BCF and long contigs."
)
@click.option(
    "-r", "--regions", callback=_listed, metavar="REGION,…", help="Only records that overlap these."
)
@click.option(
    "--reference",
    type=click.Path(path_type=Path),
    metavar="FASTA",
    help="Indexed FASTA: indels are left-aligned, REF is checked.",
)
@click.option(
    "--assembly", type=click.Choice([a.value for a in Assembly]), help="If the header does not tell."
)
@click.option(
    "--on-clash",
    type=click.Choice([choice.value for choice in OnClash]),
    default=OnClash.ERROR.value,
    show_default=True,
    help="If another tool wrote an INFO field of our name.",
)
@click.option(
    "--status",
    type=click.Choice([choice.value for choice in Status]),
    default=Status.MISSING.value,
    show_default=True,
    help="Which answers ANNSTATUS tells.",
)
@click.option("--fields", callback=_listed, metavar="ID,…", help="INFO fields to write; default: all.")
@click.option(
    "--strict", is_flag=True, help="Fail if alleles could not be asked about or contradict the FASTA."
)
@click.option(
    "--cgi-mutations",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write also what the Cancer Genome Interpreter takes: the alleles that the sample carries.",
)
@click.option("--cgi-sample", metavar="NAME", help="The tumour's; default: the only sample.")
@click.option("--cgi-all-alts", is_flag=True, help="Every ALT, whatever the genotypes say.")
@click.option(
    "--civic-match",
    type=click.Choice([rung.value for rung in LADDER]),
    default=Match.PROTEIN.value,
    show_default=True,
    help="How far down to match CIViC's variants: gene is the loosest.",
)
@click.option(
    "--disease", metavar="DOID", help="The patient's, such as DOID:1909: entries say how theirs stands to it."
)
@click.option(
    "--bed",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Regions that were looked at: what is not found there is absent (CIViC's profiles with NOT).",
)
@click.option(
    "--shard",
    metavar="K/N",
    help="Only this one of N shards, such as 3/16; `annotator workflow gather` joins them.",
)
@click.option(
    "--report", type=click.Path(path_type=Path), metavar="FILE", help="HTML page of what was found, one file."
)
@view_options
@online_options
def command(
    input: str,  # noqa: A002  # the name that the help shows
    output: str,
    snapshot: Path | None,
    output_type: str | None,
    threads: int,
    write_index: bool,
    compression_level: int,
    regions: tuple[str, ...] | None,
    reference: Path | None,
    assembly: str | None,
    on_clash: str,
    status: str,
    fields: tuple[str, ...] | None,
    strict: bool,
    cgi_mutations: Path | None,
    cgi_sample: str | None,
    cgi_all_alts: bool,
    civic_match: str,
    disease: str | None,
    bed: Path | None,
    shard: str | None,
    online: OnlineChoice,
    views: Views,
) -> None:
    """Write INPUT with what ClinVar and CIViC say of each allele in its INFO column.

    INPUT is a VCF, plain or compressed, a BCF, or - for standard input. Nothing else in it changes.

    \b
    Example:
      annotator annotate tumour.vcf.gz -o annotated.vcf.gz -W --snapshot GRCh38.snapshot
    """  # noqa: D301  # \b is click's mark for lines that are kept as they are
    config = AnnotateConfig(
        input=input,
        output=output,
        snapshot=snapshot,
        output_format=None if output_type is None else OutputFormat(output_type),
        threads=threads,
        write_index=write_index,
        compression_level=compression_level,
        regions=regions or (),
        reference=reference,
        assembly=None if assembly is None else Assembly(assembly),
        on_clash=OnClash(on_clash),
        status=Status(status),
        fields=fields,
        strict=strict,
        online=online.config,
        cgi=_cgi(cgi_mutations, cgi_sample, all_alts=cgi_all_alts),
        civic_match=Match(civic_match),
        disease=disease,
        bed=bed,
        shard=None if shard is None else Shard.parse(shard),
    )
    if online.is_plan:
        for line in plan_egress(config):
            click.echo(line)
    else:
        _check(views, config)
        done = annotate_file(config)
        _show(views, config, done)
        tell(done)


def _cgi(mutations: Path | None, sample: str | None, *, all_alts: bool) -> CgiConfig | None:
    if mutations is not None:
        return CgiConfig(mutations, sample, all_alts)
    if sample is not None or all_alts:
        raise UsageError(
            "--cgi-sample and --cgi-all-alts say what --cgi-mutations writes", remedy="Name its file too"
        )
    return None


def _check(views: Views, config: AnnotateConfig) -> None:
    if not views.paths:
        return
    if config.output == STREAM or not (Path(config.output).is_file() or not Path(config.output).exists()):
        raise UsageError(
            "a report is made from the output, which is a stream here",
            remedy="Name a file with -o, or use annotator report afterwards",
        )
    names = [Path(config.output), *([] if config.input == STREAM else [Path(config.input)])]
    views.check(names)


def _show(views: Views, config: AnnotateConfig, done: Report) -> None:
    if not views.paths:
        return
    from annotator.report.model import RunFacts
    from annotator.report.writing import write_views

    path = Path(config.output)
    views = replace(views, disease=config.disease or "")
    write_views(views, (path,), {path: RunFacts(done.summary, done.evidence, done.warnings)})
