"""What the commands that annotate tell at the end, and the status with which they do."""

from __future__ import annotations

import click

from annotator.report.summary import Summary
from annotator.run import Report

__all__ = ["joint_lines", "tell"]

_INCOMPLETE = 3


def tell(report: Report) -> None:
    """Write the sum to standard error; status 3 if some alleles could not be asked about."""
    for line in _told(report):
        click.echo(line, err=True)
    if report.summary.failed:
        click.get_current_context().exit(_INCOMPLETE)


def _told(report: Report) -> list[str]:
    """Give the last lines on standard error: warnings, then the sum."""
    summary = report.summary
    lines = [f"WARNING: {warning}." for warning in report.warnings]
    lines.append(
        f"{summary.records:,} records, {summary.alleles:,} alleles, {report.assembly} (by {report.evidence})"
    )
    if summary.unsupported:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(summary.unsupported.items()))
        lines.append(f"not asked about: {reasons}")
    if summary.failures:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(summary.failures.items()))
        lines.append(f"no answer: {reasons}")
    for release in report.releases:
        words = summary.answers[release.knowledge_base]
        counts = ", ".join(
            f"{word} {words.get(word, 0):,}" for word in ("found", "absent", "unsupported", "failed")
        )
        lines.append(f"{release.source} {release.version}: {counts}")
    lines += joint_lines(summary)
    lines += report.mutations
    lines += report.sent
    if report.journal is not None:
        again = "; ask again with: annotator retry-failed OUTPUT" if summary.failed else ""
        lines.append(f"journal: {report.journal}{again}")
    return lines


def joint_lines(summary: Summary) -> list[str]:
    """Give what is to be told of profiles of several variants, if there is something."""
    if not (summary.joint_satisfied or summary.joint_left_out):
        return []
    return [
        f"molecular profiles of several variants: {summary.joint_satisfied:,} satisfied, of "
        f"{summary.joint_left_out:,} only a part was found"
    ]
