"""A diagnosis: findings, each with advice. The text for people and the JSON are made from it."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass, field
from typing import Any

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import counted

__all__ = ["JSON_FORMAT", "Diagnosis", "Level", "Problem", "text_lines"]

JSON_FORMAT = "annotator-doctor/1"
"""Version of the JSON; incompatible changes increase it."""


class Level(enum.StrEnum):
    """Severity of a finding.

    `error`: the file cannot be annotated as it is. `warning`: alleles would be missed or misinterpreted. `note`:
    additional information. `ok`: checked without problems.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    OK = "ok"


class Problem(NamedTuple):
    """One result of the check.

    Attributes:
        topic: subject, such as `assembly`.
        level: severity.
        what: the finding, as a sentence without full stop.
        advice: what to do, as a sentence without full stop; empty for nothing.

    """

    topic: str
    level: Level
    what: str
    advice: str = ""


@dataclass
class Diagnosis:
    """Result of the check of a file.

    Attributes:
        file: name of the file, without its path.
        format: `vcf`, `gzip`, `bgzf` or `bcf`.
        assembly: the assembly, if it was recognised.
        evidence: how the assembly was recognised.
        records: number of records.
        alleles: number of ALTs.
        samples: number of samples.
        findings: findings in the order of the output.
        commands: shell commands that correct what bcftools can correct; lines that start with `#` state the reason.

    """

    file: str
    format: str
    assembly: str = ""
    evidence: str = ""
    records: int = 0
    alleles: int = 0
    samples: int = 0
    findings: list[Problem] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    @property
    def worst(self) -> Level:
        """The gravest level among the findings."""
        order = list(Level)
        return min((finding.level for finding in self.findings), key=order.index, default=Level.OK)

    def to_json(self) -> dict[str, Any]:
        """Return the diagnosis as values of JSON."""
        findings = [finding._asdict() for finding in self.findings]
        return {"format_version": JSON_FORMAT, **asdict(self), "findings": findings, "worst": str(self.worst)}


def text_lines(diagnosis: Diagnosis) -> list[str]:
    """Return a diagnosis as lines to print, the most serious findings first."""
    lines = [
        f"{diagnosis.file}: {diagnosis.format.upper()}, {counted(diagnosis.records, 'record')}, "
        f"{counted(diagnosis.alleles, 'allele')}, {counted(diagnosis.samples, 'sample')}, "
        f"{diagnosis.assembly or 'assembly unknown'}"
    ]
    for level in Level:
        for finding in diagnosis.findings:
            if finding.level is level:
                lines.append(f"{level.upper():<8}{finding.topic}: {finding.what}.")
                if finding.advice:
                    lines.append(f"        -> {finding.advice}.")
    if diagnosis.worst in {Level.NOTE, Level.OK} and not diagnosis.commands:
        lines.append("nothing to fix")
    return [line.encode("utf-8", "replace").decode() for line in lines]
