"""Location of the snapshot if none is named.

ANNOTATOR_SNAPSHOT      a snapshot, or a folder with GRCh37.snapshot and GRCh38.snapshot in it
XDG_DATA_HOME           else annotator/GRCh38.snapshot in the user's data folder, ~/.local/share by default
"""

from __future__ import annotations

import os
from pathlib import Path

from annotator.errors import SnapshotError
from annotator.snapshot.manifest import MANIFEST
from annotator.variants.assembly import Assembly

__all__ = ["default_snapshot_path", "snapshot_of"]


def default_snapshot_path(assembly: Assembly) -> Path:
    """Return the default path of an assembly's snapshot, whether it exists or not."""
    named = os.environ.get("ANNOTATOR_SNAPSHOT")
    if named:
        folder = Path(named)
        is_snapshot = (folder / MANIFEST).exists() or not folder.is_dir()
        return folder if is_snapshot else folder / f"{assembly}.snapshot"
    data = os.environ.get("XDG_DATA_HOME", "")
    base = Path(data) if data.startswith("/") else Path("~/.local/share").expanduser()
    return base / "annotator" / f"{assembly}.snapshot"


def _within(folder: Path, assembly: Assembly) -> Path:
    """Return a folder if it is a snapshot, else the snapshot of the assembly in it, if there is one."""
    path = folder / f"{assembly}.snapshot"
    return path if not (folder / MANIFEST).exists() and (path / MANIFEST).exists() else folder


def snapshot_of(named: Path | None, assembly: Assembly) -> Path:
    """Return the snapshot with which an assembly is annotated.

    Args:
        named: a snapshot, or a folder with snapshots of several assemblies; None for the default location.
        assembly: assembly of the input.

    Raises:
        SnapshotError: none is named, and there is none at the default location.

    """
    if named is not None:
        return _within(named, assembly)
    path = default_snapshot_path(assembly)
    if not (path / MANIFEST).is_file():
        raise SnapshotError(
            f"there is no snapshot of {assembly}",
            path=path,
            remedy=f"Download one with `annotator snapshot pull --assembly {assembly}`, or name one with --snapshot",
        )
    return path
