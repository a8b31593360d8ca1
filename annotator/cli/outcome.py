"""Final messages and exit status of the commands that annotate."""

from __future__ import annotations

from pathlib import Path

import click

from annotator.annotation.run import Report
from annotator.annotation.summary import Summary
from annotator.cli.console import console
from annotator.runtime.text import counted

__all__ = ["INCOMPLETE", "print_combinations", "print_outcome", "print_summary"]

INCOMPLETE = 3
"""Exit status: written, but some lookups failed."""

_WORDS = ("found", "absent", "unsupported", "failed")
_HEADINGS = ("found", "not_found", "unsupported", "failed")
"""Column headings; `absent` is the value of ANNSTATUS, and the key of the counts."""
_TEXT_COLUMNS = 2  # left columns of the table of sources: name and release; the others are numbers


def print_outcome(report: Report) -> None:
    """Print the warnings and the summary; exit with status 3 if lookups failed."""
    print_summary(report)
    if report.summary.failed:
        click.get_current_context().exit(INCOMPLETE)


def print_summary(report: Report) -> None:
    """Print the warnings and the summary."""
    out, summary = console(), report.summary
    for warning in report.warnings:
        out.warn(f"{warning}.")
    out.say(
        f"{counted(summary.records, 'record')}, {counted(summary.alleles, 'allele')}, "
        f"{report.assembly} (by {report.evidence})",
        "sum",
        records=summary.records,
        alleles=summary.alleles,
        assembly=report.assembly,
        evidence=report.evidence,
    )
    if summary.unsupported:
        out.say(f"not looked up: {_counted(summary.unsupported)}", "unsupported", reasons=summary.unsupported)
    if summary.failures:
        out.say(f"failed lookups: {_counted(summary.failures)}", "failed", reasons=summary.failures)
    _print_sources(report)
    print_combinations(summary)
    if report.carried is not None:
        from annotator.dispatch.cgi.mutations import write_carried

        for line in write_carried(report.carried).summary_lines():
            out.say(line, "mutations")
    for line in report.sent:
        out.say(line, "sent")
    if report.journal is not None:
        again = f"; retry with: {_retry(report.journal)}" if summary.failed else ""
        out.say(f"journal: {report.journal}{again}", "journal", path=str(report.journal))


def _retry(journal: Path) -> str:
    """Return the command that retries the lookups of a journal that failed."""
    import shlex

    if journal.suffix == ".journal" and journal.with_suffix("").exists():
        return f"annotator retry-failed {shlex.quote(str(journal.with_suffix('')))}"
    return f"annotator retry-failed OUTPUT --journal {shlex.quote(str(journal))}"


def _counted(reasons: dict[str, int]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in sorted(reasons.items()))


def _print_sources(report: Report) -> None:
    """Print a table with a row per source; in JSON, each row is an object of its own."""
    out = console()
    rows = [
        (release.source, release.version, report.summary.answers[release.knowledge_base])
        for release in report.releases
    ]
    table: list[tuple[str, ...]] = [("source", "release", *_HEADINGS)]
    table += [
        (source, version, *(f"{words.get(word, 0):,}" for word in _WORDS)) for source, version, words in rows
    ]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if number < _TEXT_COLUMNS else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    ]
    if rows and not out.as_json:
        out.say(lines[0])
    for (source, version, words), line in zip(rows, lines[1:], strict=True):
        answers = {word: words.get(word, 0) for word in _WORDS}
        out.say(line, "source", source=source, release=version, **answers)


def print_combinations(summary: Summary) -> None:
    """Print the counts of CIViC combination profiles, if there are any."""
    if not (summary.combinations_complete or summary.combinations_partial):
        return
    console().say(
        f"CIViC combination profiles: {summary.combinations_complete:,} complete, "
        f"{summary.combinations_partial:,} partly present",
        "profiles",
        satisfied=summary.combinations_complete,
        left_out=summary.combinations_partial,
    )
