"""The statements of CIViC's evidence items and assertions, read from the snapshot with which files were annotated.

INFO does not contain these texts. They are shown only if the snapshot has the same release of CIViC as the header of
every file: texts of another release could state something else than the entries beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from annotator.errors import SnapshotError
from annotator.report.annotated_file import AnnotatedFile
from annotator.report.heading import releases
from annotator.result import Release
from annotator.runtime.named_tuple import NamedTuple
from annotator.snapshot.default import default_snapshot_path, snapshot_of
from annotator.snapshot.folder import Snapshot
from annotator.snapshot.manifest import MANIFEST

__all__ = ["Statements", "read_statements"]

_CIVIC = "civic"
_WITHOUT = "the report is without the statements of CIViC's evidence, because"


class Statements(NamedTuple):
    """Texts of a report's evidence.

    Attributes:
        texts: statements of evidence items and summaries of assertions by id, such as `EID1` and `AID7`.
        warning: why there are none, as a sentence without a full stop; empty if they were read, or if there is no
            snapshot.

    """

    texts: Mapping[str, str] = {}
    warning: str = ""


def read_statements(
    read: Sequence[AnnotatedFile], named: Path | None, downloaded: Mapping[str, str]
) -> Statements:
    """Return the statements of the evidence in annotated files.

    Args:
        read: the files, all of one assembly.
        named: the snapshot, or a folder with snapshots of several assemblies; None for the default location, where
            there may be none.
        downloaded: statements that the run which wrote the files downloaded; if there are any, no snapshot is read.

    Raises:
        SnapshotError: the named snapshot does not exist or is damaged.

    """
    ids = sorted(_ids(read))
    if downloaded:
        return Statements({id_: downloaded[id_] for id_ in ids if id_ in downloaded})
    assembly = read[0].assembly
    path = default_snapshot_path(assembly) if named is None else snapshot_of(named, assembly)
    if not ids or (named is None and not (path / MANIFEST).is_file()):
        return Statements()
    try:
        with Snapshot.open(path) as snapshot:
            difference = _difference(read, snapshot.releases.get(_CIVIC))
            if difference:
                return Statements({}, f"{_WITHOUT} {difference}")
            source = next(one for one in snapshot.sources if one.knowledge_base == _CIVIC)
            return Statements(source.statements(ids))
    except SnapshotError as error:
        if named is not None:
            raise
        return Statements({}, f"{_WITHOUT} the snapshot cannot be used: {error.what}")


def _ids(read: Iterable[AnnotatedFile]) -> set[str]:
    return {entry.id for one in read for row in one.rows for entry in row.evidence}


def _difference(read: Sequence[AnnotatedFile], held: Release | None) -> str:
    """Return how the release of a snapshot differs from those of the files, as a clause; empty if all are the same."""
    if held is None:
        return "the snapshot does not contain CIViC"
    by_file = [
        [one for one in releases(file.header) if one.knowledge_base == _CIVIC]
        for file in read
        if _ids([file])
    ]
    if not all(by_file):
        return "the header of a file does not state the release of CIViC"
    used = {(one.version, one.sha256) for of_file in by_file for one in of_file}
    others = sorted({version for version, _ in used - {(held.version, held.sha256)}})
    if not others:
        return ""
    if others == [held.version]:
        return f"the snapshot was built from other files of CIViC {held.version} than the annotation"
    return f"the annotation is based on CIViC {', '.join(others)}, but the snapshot contains CIViC {held.version}"
