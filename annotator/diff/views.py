"""A comparison as a table, as JSON and as an HTML page, made from the same changes without keeping all in memory."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator
from html import escape
from itertools import count

from annotator.diff.changes import Change, ChangeKind, Direction
from annotator.diff.comparison import Comparison, FailOn, Side, Tally
from annotator.info import spaced
from annotator.runtime.text import counted
from annotator.sources.registry import KNOWLEDGE_BASES, title_of

__all__ = ["JSON_FORMAT", "DiffPage", "change_to_json", "json_lines", "summary_lines", "table_lines"]

JSON_FORMAT = "annotator-diff/1"
"""Version of the JSON; incompatible changes increase it."""

_SHOWN = {
    ChangeKind.APPEARED: "new",
    ChangeKind.VANISHED: "removed",
    ChangeKind.CLASSIFICATION: "classification",
    ChangeKind.STARS: "stars",
    ChangeKind.ONCOGENICITY: "oncogenicity",
    ChangeKind.ONCOGENICITY_STARS: "oncogenicity, stars",
    ChangeKind.IMPACT: "clinical impact",
    ChangeKind.NEW_EVIDENCE: "new evidence",
    ChangeKind.GONE_EVIDENCE: "removed evidence",
    ChangeKind.CHANGED_EVIDENCE: "changed evidence",
}
_COMPARED = {"alleles": "allele", "clinvar": "ClinVar allele", "civic": "CIViC variant"}
_TOWARDS = {
    Direction.WORSE: " (towards pathogenic or oncogenic)",
    Direction.BETTER: " (away from pathogenic or oncogenic)",
}
_MARKS = {Direction.WORSE: "↑", Direction.BETTER: "↓", Direction.OTHER: ""}


def table_lines(comparison: Comparison) -> Iterator[str]:
    """Yield tab-separated lines: column names, then one line per change."""
    yield "\t".join(("what", "id", "gene", "from", "change", "before", "after", "direction", "name"))
    for change in comparison.changes:
        subject = change.subject
        yield "\t".join(
            _plain(cell)
            for cell in (
                subject.text,
                change.item or subject.id,
                subject.gene,
                change.knowledge_base,
                _SHOWN[change.kind],
                change.before or "-",
                change.after or "-",
                change.direction,
                subject.name or "-",
            )
        )


def _plain(cell: str) -> str:
    # Bytes of the input that are not UTF-8 must not stop the output.
    return " ".join(cell.encode("utf-8", "replace").decode().split()) or "-"


def summary_lines(comparison: Comparison) -> list[str]:
    """Return the summary as lines to print, after all changes have been read."""
    tally = comparison.tally
    lines = [f"NOTE: {note}." for note in comparison.notes]
    lines.append(f"{_side(comparison.before)} -> {_side(comparison.after)}, {comparison.assembly}")
    compared = ", ".join(
        counted(number, _COMPARED.get(name, name)) for name, number in sorted(tally.compared.items())
    )
    lines.append(f"compared: {compared or 'nothing'}")
    lines += [
        f"not compared: {counted(number, 'allele')} ({why})"
        for why, number in sorted(tally.left_out.items())
        if number
    ]
    kinds = ", ".join(
        f"{name} {_SHOWN[ChangeKind(kind)]} {number:,}"
        for (name, kind), number in sorted(tally.kinds.items())
    )
    lines.append(f"changes: {tally.changes:,}" + (f" ({kinds})" if kinds else ""))
    lines.append(
        f"worse (towards pathogenic or oncogenic): {tally.worse:,}; new evidence of level A: {tally.level_a:,}"
    )
    return lines


def _side(side: Side) -> str:
    releases = ", ".join(f"{name} {version}" for name, version in side.releases.items())
    return f"{side.name} ({releases})"


def change_to_json(change: Change) -> dict[str, str]:
    """Return one change as in the JSON."""
    return {
        "knowledge_base": change.knowledge_base,
        "subject": change.subject.text,
        "id": change.subject.id,
        "gene": change.subject.gene,
        "name": change.subject.name,
        "kind": str(change.kind),
        "before": change.before,
        "after": change.after,
        "direction": str(change.direction),
        "item": change.item,
        "level": change.level,
    }


def json_lines(comparison: Comparison) -> Iterator[str]:
    """Yield lines that together are one JSON object; the counts come last, because they are complete only then."""
    head = {
        "format": JSON_FORMAT,
        "before": comparison.before._asdict(),
        "after": comparison.after._asdict(),
        "assembly": comparison.assembly,
        "notes": list(comparison.notes),
    }
    yield json.dumps(head)[:-1] + ', "changes": ['
    separator = " "
    for change in comparison.changes:
        yield separator + json.dumps(change_to_json(change))
        separator = ","
    yield f'], "summary": {json.dumps(_summary(comparison.tally))}}}'


def _summary(tally: Tally) -> dict[str, object]:
    kinds: dict[str, dict[str, int]] = {}
    for (name, kind), number in sorted(tally.kinds.items()):
        kinds.setdefault(name, {})[str(kind)] = number
    return {
        "changes": tally.changes,
        "kinds": kinds,
        "worse": tally.worse,
        "level_a": tally.level_a,
        "compared": dict(tally.compared),
        "left_out": {why: number for why, number in tally.left_out.items() if number},
    }


class DiffPage:
    """Page with the most important changes: self-contained, without a script, for screens and paper.

    Args:
        limit: number of changes that are shown; the others are counted.

    """

    def __init__(self, limit: int = 5_000) -> None:
        self._limit = limit
        self._heap: list[tuple[tuple[int, int], Change]] = []
        self._numbers = count()

    def watched(self, changes: Iterable[Change]) -> Iterator[Change]:
        """Keep the most important changes while they are generated."""
        for change in changes:
            entry = ((_weight(change), -next(self._numbers)), change)
            if len(self._heap) < self._limit:
                heapq.heappush(self._heap, entry)
            else:
                heapq.heappushpop(self._heap, entry)
            yield change

    def html(self, comparison: Comparison) -> str:
        """Return the HTML page, after all changes have been read."""
        chosen = [change for _, change in sorted(self._heap, key=lambda entry: entry[0], reverse=True)]
        hidden = comparison.tally.changes - len(chosen)
        cut = (
            f"<p>Only the {len(chosen):,} most important changes are shown. "
            f"The table and the JSON also contain the other {hidden:,}.</p>"
        )
        rows = "\n".join(map(_row, chosen))
        summary = "".join(f"<li>{escape(line)}</li>" for line in summary_lines(comparison))
        title = escape(f"{comparison.before.name} → {comparison.after.name}")
        names = "".join(f'<th scope="col">{name}</th>' for name in _PAGE_COLUMNS)
        return (
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
            f"<style>{_STYLE}</style></head><body><main><h1>Changes</h1><p>{title}</p>"
            f"<ul>{summary}</ul>{cut if hidden > 0 else ''}"
            f'<div class="wide" tabindex="0" role="region" aria-label="Changes"><table><thead><tr>{names}</tr></thead>'
            f"<tbody>\n{rows}\n</tbody></table></div></main></body></html>\n"
        )


def _weight(change: Change) -> int:
    """Return the weight of a change: worse, level A, removed, better, then all others."""
    order = (
        FailOn.WORSE.concerns(change),
        FailOn.LEVEL_A.concerns(change),
        FailOn.VANISHED.concerns(change),
        change.direction is Direction.BETTER,
        change.kind not in {ChangeKind.STARS, ChangeKind.ONCOGENICITY_STARS},
    )
    return sum(1 << place for place, holds in enumerate(reversed(order)) if holds)


_PAGE_COLUMNS = ("Variant", "ID", "Gene", "Knowledge base", "Change", "Before", "After")
_STYLE = (
    ":root{color-scheme:light dark;--paper:#fff;--ink:#16202c;--soft:#4a5868;--link:#0b57b0}"
    "@media(prefers-color-scheme:dark){:root{--paper:#0f141a;--ink:#e8edf3;--soft:#a9b6c4;--link:#8cc0ff}}"
    "@media print{:root{--paper:#fff;--ink:#000;--soft:#333;--link:#000}}"
    "body{font:1rem/1.4 system-ui,sans-serif;margin:1rem;background:var(--paper);color:var(--ink)}a{color:var(--link)}"
    "main{max-width:80rem;margin:auto}.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .5rem;border-bottom:1px solid #8886}"
    "thead th{position:sticky;top:0;background:var(--paper);white-space:nowrap}"
    "tbody th{font-weight:normal;overflow-wrap:anywhere;min-width:9rem}tbody th b{display:block}"
    "td:nth-child(2),td:nth-child(4){white-space:nowrap}td:nth-child(n+5){min-width:7rem;overflow-wrap:break-word}"
    "tr.worse td:nth-child(5){font-weight:bold}"
    "@media screen and (max-width:47rem){"
    "thead{position:absolute;display:block;clip-path:inset(50%);height:1px;width:1px;overflow:hidden}"
    "tbody tr,tbody th,tbody td{display:block}tbody tr{border:1px solid #8886;border-radius:.4rem;margin-bottom:.6rem}"
    "tbody th,tbody td{border:0;padding:.15rem .5rem}tbody td{padding-left:10rem;position:relative}"
    "tbody td::before{content:attr(data-label);position:absolute;left:.5rem;color:var(--soft)}}"
    "@page{@bottom-right{content:'Page ' counter(page) ' of ' counter(pages);font:8.5pt system-ui,sans-serif}}"
    "@media print{body{font-size:9.5pt;margin:0}.wide{overflow:visible}thead{display:table-header-group}"
    "thead th{position:static}tr{break-inside:avoid}tbody th{min-width:7rem}}"
)


def _row(change: Change) -> str:
    subject = change.subject
    kind = f"{_SHOWN[change.kind]} {_MARKS[change.direction]}".strip()
    said = _TOWARDS.get(change.direction, "")
    base = (
        title_of(change.knowledge_base) if change.knowledge_base in KNOWLEDGE_BASES else change.knowledge_base
    )
    gene = subject.gene.replace("&", ", ")
    values = [spaced(one or "-").replace("|", "; ") for one in (change.before, change.after)]
    name = f"<b>{escape(subject.name)}</b> " if subject.name else ""
    cells = (
        escape(subject.text),
        _linked(change.item or subject.id),
        *map(escape, (gene, base, kind + said, *values)),
    )
    labelled = zip(_PAGE_COLUMNS[1:], cells[1:], strict=True)
    return (
        f'<tr class="{change.direction}"><th scope="row">{name}{cells[0]}</th>'
        + "".join(f'<td data-label="{label}">{cell}</td>' for label, cell in labelled)
        + "</tr>"
    )


_PAGES = {
    "VCV": "https://www.ncbi.nlm.nih.gov/clinvar/variation/{}/",
    "VID": "https://civicdb.org/links/variants/{}",
    "MPID": "https://civicdb.org/links/molecular_profiles/{}",
    "EID": "https://civicdb.org/links/evidence_items/{}",
    "AID": "https://civicdb.org/links/assertions/{}",
}


def _linked(id_: str) -> str:
    number = id_.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    page = _PAGES.get(id_.removesuffix(number))
    if page is None or not number.isdecimal():
        return escape(id_)
    return f'<a href="{page.format(number)}">{escape(id_)}</a>'
