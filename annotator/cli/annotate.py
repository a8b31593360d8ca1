"""`annotator annotate`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.annotation.options import AnnotateOptions, CgiOptions
from annotator.annotation.run import Report, annotate_file, plan_egress
from annotator.cli.command import Command
from annotator.cli.console import console
from annotator.cli.online_options import OnlineChoice, online_options
from annotator.cli.options import INPUT, declared, run_options, with_options
from annotator.cli.outcome import print_outcome, print_summary
from annotator.cli.report_options import view_options
from annotator.cli.screen import echo
from annotator.errors import AnnotatorError, OutputError, UsageError
from annotator.snapshot.default import default_snapshot_path
from annotator.vcf.files import STREAM, open_input

if TYPE_CHECKING:
    from annotator.report.writing import Views

__all__ = ["command"]

_SHORT = 1 << 20  # bytes of the input


def cgi_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for the Cancer Genome Interpreter's input; the command receives them as one argument, `cgi`."""

    @functools.wraps(command)
    def with_cgi(*, mutations: Path | None, sample: str | None, all_alts: bool, **others: Any) -> None:
        if mutations is None and (sample is not None or all_alts):
            raise UsageError(
                "--cgi-sample and --cgi-all-alts apply only to --cgi-mutations",
                remedy="Add --cgi-mutations FILE",
            )
        cgi = None if mutations is None else CgiOptions(mutations, sample, all_alts)
        command(cgi=cgi, **others)

    return with_options(with_cgi, declared(CgiOptions))


@click.command(
    "annotate",
    cls=Command,
    no_args_is_help=True,
    examples=("annotator annotate tumour.vcf.gz -o annotated.vcf.gz -W --snapshot GRCh38.snapshot",),
)
@INPUT
@run_options()
@view_options("--html", "--report")
@cgi_options
@online_options
def command(
    input: str,  # noqa: A002  # the name that the help shows
    options: AnnotateOptions,
    cgi: CgiOptions | None,
    online: OnlineChoice,
    views: Views | None,
) -> None:
    """Annotate a VCF or BCF file with ClinVar and CIViC.

    INPUT is a VCF file, plain or compressed, a BCF file, or - for standard input. Results are written to INFO; nothing
    else is changed. Exit status 3 means that some lookups failed.
    """
    config = options._replace(input=input, online=online.config, cgi=cgi)
    if online.is_plan:
        for line in plan_egress(config):
            echo(line)
    else:
        _check(views, config)
        if not _is_short(config):
            from annotator.cli.bus_error import report_bus_errors

            report_bus_errors(console())
        done = annotate_file(config, console().progress(streams=config.output == STREAM))
        if config.snapshot is None and config.online is None:
            used = default_snapshot_path(done.assembly)
            console().say(f"snapshot: {used}", "snapshot", path=str(used))
        _show(views, config, done)
        print_outcome(done)


def _is_short(config: AnnotateOptions) -> bool:
    """Return whether a run ends in a moment, so that a snapshot is hardly truncated after its blocks were verified."""
    if config.input == STREAM or config.online is not None or config.reference is not None:
        return False
    path = Path(config.input)
    return path.is_file() and path.stat().st_size < _SHORT


def _check(views: Views | None, config: AnnotateOptions) -> None:
    if views is None:
        return
    if config.output == STREAM or not (Path(config.output).is_file() or not Path(config.output).exists()):
        raise UsageError(
            "a report needs an output file, not a stream",
            remedy="Use -o FILE, or use `annotator report` afterwards",
        )
    names = [Path(config.output), *([] if config.input == STREAM else [Path(config.input)])]
    views.check(names)
    if config.input != STREAM and (views.tumours or views.normals):
        from annotator.report.patients import ChosenSamples
        from annotator.vcf.lines import read_texts

        with open_input(config.input) as source:
            ChosenSamples(views.tumours, views.normals).check(read_texts(source).header.samples)


def _show(views: Views | None, config: AnnotateOptions, done: Report) -> None:
    if views is None:
        return
    from annotator.report.reported_file import RunFacts
    from annotator.report.writing import words_to_write, write_views

    path = Path(config.output)
    views = views._replace(disease=config.disease or "", has_tiers=config.tiers, snapshot=config.snapshot)
    facts = {path: RunFacts(done.summary, done.evidence, done.warnings, done.statements)}
    try:
        report = write_views(views, (path,), facts, console().progress())
    except AnnotatorError as error:
        print_summary(done)
        import shlex

        again = shlex.join(words_to_write(views, (path,)))
        raise OutputError(
            f"{error.what}. {path} is complete, but the report was not written",
            path=error.path,
            line=error.line,
            remedy=f"{error.remedy}. Write the report again with: {again}"
            if error.remedy
            else f"Write the report again with: {again}",
        ) from error
    for warning in report.warnings:
        console().warn(f"{warning}.")
