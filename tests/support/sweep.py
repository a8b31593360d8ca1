"""One run of the annotator over a file, with as few options as will do, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import annotator
from annotator import AnnotatorError
from tests.support.invented_clinvar import ClinVar


@dataclass
class Outcome:
    """How one file went.

    Attributes:
        path: the input.
        output: where the annotated text is, if it was accepted.
        options: with which it was accepted.
        snapshot: with which it was accepted.
        report: of that run.
        errors: what was said when it was refused, in order.
        crashes: errors that are not ours.
        leftovers: files found after a refusal.

    """

    path: Path
    output: Path
    options: dict[str, Any] = field(default_factory=dict)
    snapshot: Path = Path()
    report: annotator.Report | None = None
    errors: list[AnnotatorError] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    leftovers: list[Path] = field(default_factory=list)

    @property
    def told(self) -> str:
        """The options in words."""
        words = {"assembly": "--assembly {}", "on_clash": "--on-clash {}"}
        options = [words[key].format(value) for key, value in self.options.items()]
        return "accepted" if not options else f"accepted with {' '.join(options)}"

    def annotate(self, output: Path, source: Path | None = None, **more: Any) -> bytes:
        """Do what was accepted again, with another output or another input."""
        annotator.annotate(source or self.path, output, snapshot=self.snapshot, **self.options, **more)
        return output.read_bytes()


# As few options as will do: first the assembly that the header tells, then the assembly stated.
ATTEMPTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GRCh38", {}),
    ("GRCh37", {}),
    ("GRCh38", {"assembly": "GRCh38"}),
    ("GRCh37", {"assembly": "GRCh37"}),
)


def swept(path: Path, clinvars: Mapping[str, ClinVar], folder: Path) -> Outcome:
    outcome = Outcome(path, folder / "out.vcf")
    for assembly, options in ATTEMPTS:
        outcome.snapshot = clinvars[assembly].snapshot
        for outcome.options in (options, options | {"on_clash": "replace"}):
            error = attempt(outcome, folder)
            if getattr(error, "kind", "") != "clash":
                break
        if getattr(error, "kind", "") != "assembly":
            break
    return outcome


def attempt(outcome: Outcome, folder: Path) -> Exception | None:
    try:
        outcome.report = annotator.annotate(
            outcome.path, outcome.output, snapshot=outcome.snapshot, **outcome.options
        )
    except AnnotatorError as error:
        outcome.errors.append(error)
        outcome.leftovers += folder.iterdir()
        return error
    except Exception as error:  # noqa: BLE001  # whatever it is, it must not be
        outcome.crashes.append(f"{outcome.path}: {error!r}")
        return error
    return None
