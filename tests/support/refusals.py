"""Outcomes of files and reasons of refusals, recognised by error class and line number, not by message text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from annotator import AnnotatorError
from tests.support.expected_info import has_ours
from tests.support.invented_clinvar import canonical
from tests.support.sweep import Outcome
from tests.support.vcf_files import Text, bytes_of, columns_of, sites_of, text_of

GROUPS = ("real", "passed", "failed", "examples", "expected")
FIXED = [b"#CHROM", b"POS", b"ID", b"REF", b"ALT", b"QUAL", b"FILTER", b"INFO"]
# What an error of kind `assembly` says that names no line: each of the others is about a line of the header.
WITHOUT_LINE = (
    "no contig of the input is part of",
    "does not state the assembly",
    "the input is on .*, but the snapshot",
)


def is_wrong_columns_line(columns: Sequence[bytes]) -> bool:
    """Whether a `#CHROM` line is one that VCF does not allow."""
    samples = columns[9:]
    return (
        list(columns[:8]) != FIXED
        or (len(columns) > 8 and columns[8] != b"FORMAT")
        or (len(columns) == 9)
        or b"" in samples
        or len(set(samples)) < len(samples)
    )


def fault_of(line: bytes, columns: int) -> str | None:
    """Return the fault of a line after the `#CHROM` line with this many columns."""
    found, _ = columns_of(line)
    if not line.strip():
        return "empty line"
    if line.startswith(b"#"):
        return "header line among the records"
    if len(found) != columns:
        return "wrong number of columns"
    return None if re.fullmatch(rb"\d+", found[1]) else "POS is not a number"


def first_odd_line(text: Text) -> int:
    """1-based number of the first line that stands where the `#CHROM` line should be; the last one at the latest."""
    odd = (n for n, line in enumerate(text.meta, 1) if line.strip() and not line.startswith(b"##"))
    return next(odd, len(text.meta) + 1)


def reason_of(error: AnnotatorError, text: Text) -> str:
    """Why a file is refused: by the kind of the error and the line that it names, not by its words."""
    columns, _ = columns_of(text.columns)
    number = 0 if error.line is None else error.line - len(text.meta) - 1
    if error.kind != "input":
        return {"clash": "INFO clash", "assembly": "assembly"}.get(error.kind, f"unexpected: {error!r}")
    if not text.meta and not text.columns:
        return "the file is empty"
    if first_odd_line(text) <= len(text.meta) or not text.columns:
        return "no #CHROM line"
    if number == 0:
        return "wrong #CHROM line" if is_wrong_columns_line(columns) else f"unexpected: {error}"
    if 0 < number <= len(text.records):
        return fault_of(text.records[number - 1], len(columns)) or f"unexpected: {error}"
    return f"unexpected: {error}"


def refusal_of(outcome: Outcome) -> str:
    """Reason of a refusal: in the end, because no contig is known, or another one."""
    text = text_of(bytes_of(outcome.path))
    reason = reason_of(outcome.errors[-1], text)
    if reason == "assembly" and not any(canonical(site.contig) for site in sites_of(outcome.path)):
        return "no known contig"
    return reason


def line_faults(outcome: Outcome, error: AnnotatorError) -> Iterator[str]:
    """Return the fault of the line that an error names, which must be the first with this fault."""
    text = text_of(bytes_of(outcome.path))
    reason = reason_of(error, text)
    before = text.records[: max((error.line or 0) - len(text.meta) - 2, 0)]
    if reason == "assembly":
        is_about_all = any(re.search(words, error.what) for words in WITHOUT_LINE)
        if is_about_all != (error.line is None):
            yield f"a line is named for nothing, or none is named: {error}"
        elif error.line is not None and not text.meta[error.line - 1].startswith(b"##"):
            yield f"line {error.line} is not of the header: {error}"
    elif reason == "INFO clash":
        if error.line is not None and not has_ours(text.records[len(before)]):
            yield f"line {error.line} has no INFO of ours: {error}"
        if any(has_ours(record) for record in before):
            yield f"an earlier line has INFO of ours, too: {error}"
    else:
        yield from format_faults(error, text, reason, before)


def format_faults(error: AnnotatorError, text: Text, reason: str, before: Sequence[bytes]) -> Iterator[str]:
    """Return the fault of the line of a format error; `before` are the records before it."""
    columns = len(columns_of(text.columns)[0])
    if reason.startswith("unexpected"):
        yield f"line {error.line} is not at fault: {error}"
    elif error.line is None:
        if reason != "the file is empty":
            yield f"no line is named: {error}"
    elif reason == "no #CHROM line" and error.line != first_odd_line(text):
        yield f"not the first line that should be the #CHROM line: {error}"
    elif any(fault_of(line, columns) for line in before):
        yield f"an earlier line has a fault, too: {error}"


def group_of(path: Path) -> str:
    return next(group for group in GROUPS if group in path.parts)


def table_of(outcomes: Sequence[Outcome]) -> dict[str, dict[str, int]]:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        accepted = outcome.report is not None
        table[group_of(outcome.path)][outcome.told if accepted else f"refused: {refusal_of(outcome)}"] += 1
    return {group: dict(sorted(table[group].items())) for group in GROUPS}


def shown(outcomes: Sequence[Outcome]) -> str:
    """The table, with every refused file under its reason."""
    lines = []
    for group, counts in table_of(outcomes).items():
        lines.append(f"{group}: {sum(counts.values())} files")
        for what, count in counts.items():
            lines.append(f"  {count:4} {what}")
            refused = (one for one in outcomes if group_of(one.path) == group and one.report is None)
            lines += [
                f"         {one.path.parent.name}/{one.path.name}: {one.errors[-1].what[:90]!r}"
                for one in refused
                if what == f"refused: {refusal_of(one)}"
            ]
    return "\n".join(lines)
