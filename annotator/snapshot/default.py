"""Location of the snapshot if none is named.

ANNOTATOR_SNAPSHOT      a snapshot, or a folder with GRCh37.snapshot and GRCh38.snapshot in it
XDG_DATA_HOME           else annotator/GRCh38.snapshot in the user's data folder, ~/.local/share by default
"""

from __future__ import annotations

import os
from pathlib import Path

from annotator.errors import SnapshotError, UsageError
from annotator.snapshot.manifest import MANIFEST
from annotator.variants.assembly import Assembly

__all__ = ["default_snapshot_path", "only_snapshot", "snapshot_of"]


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
            remedy=f"Download one with `annotator snapshot pull --assembly {assembly}`, or select one with --snapshot",
        )
    return path


def only_snapshot(named: Path | None) -> Path:
    """Return the snapshot to use if the assembly is not known beforehand.

    Args:
        named: a snapshot, or a folder with the snapshots of several assemblies; None for the default location.

    Raises:
        SnapshotError: there is no snapshot at the default location.
        UsageError: there are snapshots of several assemblies.

    """
    if named is not None and (named / MANIFEST).is_file():
        return named
    paths = [default_snapshot_path(one) if named is None else _within(named, one) for one in Assembly]
    found = sorted({path for path in paths if (path / MANIFEST).is_file()})
    if len(found) > 1:
        raise UsageError(
            f"there are several snapshots: {', '.join(path.name for path in found)}",
            path=found[0].parent,
            remedy="Select one with --snapshot or --assembly",
        )
    if named is None and not found:
        raise SnapshotError(
            "there is no snapshot",
            path=paths[-1],
            remedy="Download one with `annotator snapshot pull --assembly GRCh38`, or select one with --snapshot",
        )
    return found[0] if found else Path(str(named))
