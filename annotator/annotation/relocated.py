"""Options of an earlier run, adapted to the current paths of its files."""

from __future__ import annotations

import os
from pathlib import Path

from annotator.annotation.options import AnnotateOptions
from annotator.errors import JournalError
from annotator.vcf.files import STREAM

__all__ = ["relocated"]


def relocated(config: AnnotateOptions, output: Path, journal: Path) -> AnnotateOptions:
    """Return options whose paths lead to the files of an earlier run.

    A file that is no longer at its path is searched at the same path relative to the output: a folder may be moved, or
    mounted elsewhere, with all its files.

    Args:
        config: the saved options.
        output: output of the earlier run, by its current name.
        journal: journal of that run.

    Raises:
        JournalError: the output differs from the journal's.

    """
    before = Path(config.output)
    if not _is_same(before, output) and (before.exists() or before.name != output.name):
        raise JournalError(
            f"the journal belongs to {config.output}, not to {output}",
            path=journal,
            remedy="Use the output file of that run, or select the journal of this output with --journal",
        )
    old, new = before.parent, output.absolute().parent

    def found(path: Path | None) -> Path | None:
        if path is None:
            return None
        moved = new / os.path.relpath(path, old)
        return moved if not path.exists() and moved.exists() else path

    source = config.input if config.input == STREAM else str(found(Path(config.input)))
    if _is_same(Path(config.input), before) or config.input == config.output:
        source = str(output.absolute())
    online = config.online
    return config._replace(
        input=source,
        output=str(output.absolute()),
        online=None if online is None else online._replace(journal=journal.absolute()),
        snapshot=found(config.snapshot),
        reference=found(config.reference),
        bed=found(config.bed),
    )


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # a failed run has not written an output yet
        return Path(os.path.realpath(one)) == Path(os.path.realpath(other))
