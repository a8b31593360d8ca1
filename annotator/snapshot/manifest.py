"""The manifest of a snapshot: its content, its origin, and the checksums of its files."""

from __future__ import annotations

import json
from binascii import crc32
from pathlib import Path
from typing import Any, Self

from annotator.errors import SnapshotError
from annotator.result import Release
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.os_errors import remedy_of, why
from annotator.variants.assembly import Assembly

__all__ = ["FORMAT", "MANIFEST", "Manifest", "StoredSource"]

FORMAT = 6
MANIFEST = "manifest.json"


class StoredSource(NamedTuple):
    """One knowledge base in a snapshot.

    Attributes:
        release: release as the knowledge base names it.
        origin: name of the file or folder from which it was built, without its path.
        origin_sha256: checksum of the origin; empty for data queried over the network.
        licence: licence of the content.
        file: name of the store in the snapshot.
        size: size of that file in bytes.
        sha256: checksum of that file.
        counts: number of entries that were read, kept and omitted.
        retrieved: ISO date on which the origin was downloaded, if known.
        placed: for CIViC, its numbers of variants, separated by spaces: by the method that placed their alleles in the
            assembly, such as `liftover`, or by `none: ` and the reason why none was placed.
        account: for CIViC, the number of evidence items of the release by outcome.
        warnings: warnings for the user of the snapshot, as sentences without full stops.

    """

    release: str
    origin: str
    origin_sha256: str
    licence: str
    file: str
    size: int
    sha256: str
    counts: dict[str, int]
    retrieved: str | None = None
    placed: dict[str, str] | None = None
    account: dict[str, int] | None = None
    warnings: tuple[str, ...] = ()


class Manifest(NamedTuple):
    """A snapshot's manifest.

    Attributes:
        assembly: the assembly of all its alleles.
        sources: by knowledge base, `clinvar` before `civic`.
        format: version of the snapshot's layout.

    """

    assembly: Assembly
    sources: dict[str, StoredSource]
    format: int = FORMAT

    def release(self, knowledge_base: str) -> Release:
        """Return the release of one of the snapshot's sources; `vcf:gnomad` in the manifest is `gnomad` elsewhere."""
        source = self.sources[knowledge_base]
        name = knowledge_base.rpartition(":")[2]
        return Release(
            name,
            f"{name}-snapshot",
            source.release,
            str(self.assembly),
            source.origin_sha256 or None,
            source.retrieved,
        )

    def to_json(self) -> str:
        """Return the manifest as it is stored: stable, indented, with its own checksum and a final newline."""
        sources = {name: source._asdict() for name, source in self.sources.items()}
        facts = self._asdict() | {"sources": sources}
        return json.dumps(facts | {"checksum": _checksum(facts)}, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, snapshot: Path) -> Self:
        """Read the manifest of a snapshot.

        Raises:
            SnapshotError: it does not exist, is corrupt, or has an unknown format.

        """
        path = snapshot / MANIFEST
        try:
            if not snapshot.exists():
                raise SnapshotError("no such snapshot", path=snapshot, remedy=_BUILD)
            if not path.is_file():
                raise SnapshotError(f"not a snapshot: {MANIFEST} is missing", path=snapshot, remedy=_BUILD)
            facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            version = facts["format"]
            if isinstance(version, int) and version < FORMAT:
                raise SnapshotError(
                    f"the snapshot has format {version}, which belongs to an earlier version of annotator",
                    path=snapshot,
                    remedy="Build it again with: annotator snapshot build",
                )
            if isinstance(version, int) and version > FORMAT:
                raise SnapshotError(
                    f"the snapshot has format {version}, but this version of annotator reads formats "
                    f"up to {FORMAT}",
                    path=snapshot,
                    remedy="Update annotator, or build the snapshot again with this version",
                )
            if facts.pop("checksum") != _checksum(facts):
                raise SnapshotError("the manifest was changed or damaged", path=path, remedy=_AGAIN)
            sources = {name: _stored(source) for name, source in facts["sources"].items()}
            return cls(Assembly(facts["assembly"]), sources, version)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise SnapshotError(f"the manifest is corrupt ({error})", path=path, remedy=_AGAIN) from error
        except OSError as error:
            raise SnapshotError(
                f"cannot be read ({why(error)})", path=path, remedy=remedy_of(error)
            ) from error


def _checksum(facts: dict[str, Any]) -> str:
    """Return the CRC-32 of facts, independent of their layout.

    A SHA-256 would have to import OpenSSL for each panel.
    """
    return f"{crc32(json.dumps(facts, sort_keys=True).encode()):08x}"


def _stored(facts: dict[str, Any]) -> StoredSource:
    if Path(facts["file"]).name != facts["file"]:
        raise ValueError("it names a file outside its folder")
    stored = StoredSource(**facts | {"warnings": tuple(facts.get("warnings", ()))})
    if not all(_is_of(getattr(stored, name), kind) for name, kind in _TYPES.items()):
        raise TypeError("a value has the wrong type")
    return stored


def _is_of(value: object, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


_TYPES: dict[str, Any] = {
    **dict.fromkeys(("release", "origin", "origin_sha256", "licence", "file", "sha256"), str),
    "size": int,
    "counts": dict,
    "retrieved": str | None,
    "placed": dict | None,
    "account": dict | None,
}
"""Type of each value of a source, except its warnings."""


_AGAIN = "Build the snapshot again, or copy it again from the original folder"
_BUILD = "Check the path, or download a snapshot with: annotator snapshot pull --assembly GRCh38"
