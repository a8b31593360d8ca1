"""Header lines that document how a file was annotated; this is the only module that writes and reads them.

    ##annotatorVersion=1.0.0
    ##annotatorCommand=annotate --disease DOID:1909
    ##annotatorSource=<ID=clinvar,Source="clinvar-snapshot",Release="2026-02-26",Assembly="GRCh38",Sha256="…">
    ##annotatorFields=CLNVID,CLNSIG,…              the INFO fields of that run
    ##annotatorJoined=<ID=cgi,Source="cgi",…>      fields joined from a service; a run keeps these lines

They contain no time and no path, and only what can change a result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from annotator.result import Release
from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.meta_lines import structured_values

__all__ = [
    "Joined",
    "command_of",
    "fields_lines",
    "is_of_a_run",
    "releases_of",
    "run_lines",
    "services_of",
    "version_of",
    "written_fields",
]

_OURS = r"##annotator[A-Z]\w*="
_VERSION = "##annotatorVersion="
_COMMAND = "##annotatorCommand="
_SOURCE = "##annotatorSource="
_FIELDS = "##annotatorFields="
_JOINED = "##annotatorJoined="


class Joined(NamedTuple):
    """Provenance of the fields joined from a service.

    Attributes:
        name: name of the service, such as `cgi`.
        source: how it was queried.
        release: release or state of its data.
        assembly: assembly of its coordinates.
        version: version of the program that joined them.
        fields: ids of the INFO fields.

    """

    name: str
    source: str
    release: str
    assembly: str
    version: str
    fields: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The `##annotatorJoined` line; no value may hold a double quote."""
        values = {
            "Source": self.source,
            "Release": self.release,
            "Assembly": self.assembly,
            "Version": self.version,
            "Fields": ",".join(self.fields),
        }
        stated = ",".join(f'{key}="{value}"' for key, value in values.items())
        return f"{_JOINED}<ID={self.name},{stated}>"

    @classmethod
    def parse(cls, line: str) -> Joined | None:
        """Return the content of an `##annotatorJoined` line; None for any other line."""
        values = structured_values(line) if line.startswith(_JOINED) else {}
        if "ID" not in values:
            return None
        return cls(
            values["ID"],
            values.get("Source", ""),
            values.get("Release", ""),
            values.get("Assembly", ""),
            values.get("Version", ""),
            tuple(_listed(values.get("Fields", ""))),
        )


def _listed(text: str) -> Iterable[str]:
    return (id_.strip() for id_ in text.split(",") if id_.strip())


def run_lines(version: str, command: str, releases: Sequence[Release]) -> list[str]:
    """Return the header lines of a run, without the one that lists its fields.

    Args:
        version: version of this program.
        command: the options that can change a result.
        releases: releases on which the results are based.

    """
    lines = [f"{_VERSION}{version}", f"{_COMMAND}{command}"]
    for release in releases:
        checksum = "" if release.sha256 is None else f',Sha256="{release.sha256}"'
        retrieved = "" if release.retrieved is None else f',Retrieved="{release.retrieved}"'
        lines.append(
            f'{_SOURCE}<ID={release.knowledge_base},Source="{release.source}",Release="{release.version}",'
            f'Assembly="{release.assembly}"{checksum}{retrieved}>'
        )
    return lines


def fields_lines(ids: Sequence[str]) -> list[str]:
    """Return the line that names the INFO fields of a run; empty for a run that writes none."""
    return [_FIELDS + ",".join(ids)] if ids else []


def is_of_a_run(line: str) -> bool:
    """Return whether a run wrote this header line; a later run replaces such lines."""
    return re.match(_OURS, line) is not None and not line.startswith(_JOINED)


def written_fields(meta: Iterable[str]) -> frozenset[str]:
    """Return the ids of the INFO fields that runs wrote; merged files may have several such lines."""
    lists = (line.removeprefix(_FIELDS) for line in meta if line.startswith(_FIELDS))
    return frozenset(id_ for fields in lists for id_ in _listed(fields))


def releases_of(meta: Iterable[str]) -> list[Release]:
    """Return the releases on which the annotations of a file are based."""
    lines = (structured_values(line) for line in meta if line.startswith(_SOURCE))
    return [
        Release(
            line["ID"],
            line.get("Source", ""),
            line.get("Release", ""),
            line.get("Assembly", ""),
            line.get("Sha256"),
            line.get("Retrieved"),
        )
        for line in lines
        if "ID" in line
    ]


def services_of(meta: Iterable[str]) -> list[Joined]:
    """Return the services whose results were joined into a file."""
    return [joined for line in meta if (joined := Joined.parse(line)) is not None]


def version_of(meta: Iterable[str]) -> str:
    """Return the version of the program that annotated a file; empty if not stated."""
    return _value(meta, _VERSION)


def command_of(meta: Iterable[str]) -> str:
    """Return the options with which a file was annotated; empty if not stated."""
    return _value(meta, _COMMAND)


def _value(meta: Iterable[str], prefix: str) -> str:
    return next((line.removeprefix(prefix) for line in meta if line.startswith(prefix)), "")
