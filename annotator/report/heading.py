"""What the header of an annotated file tells: which knowledge bases and services answered, and in which fields.

Fields of ours are those that `##annotatorFields` and the `##annotatorJoined` lines name: a field of the same name that
another tool wrote is none of ours.
"""

from __future__ import annotations

import re

from annotator.errors import InputError
from annotator.report.model import JoinedField, JoinedService
from annotator.sources.civic.fields import CIVIC_SUBFIELDS
from annotator.variants.assembly import Assembly
from annotator.vcf.header import Header, InfoDeclaration, structured_values

__all__ = [
    "answered_assembly",
    "civic_parts",
    "clean",
    "field_of",
    "joined_services",
    "source_lines",
    "written_fields",
]

_FORMAT = re.compile(r"\s*Format:\s*(\S+)")
_NOT_OURS = "Annotate it first: annotator annotate"


def clean(text: str) -> str:
    """Text without what is not UTF-8: each such byte becomes U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def source_lines(header: Header) -> list[dict[str, str]]:
    """Keys and values of the `##annotatorSource` lines."""
    return _lines(header, "##annotatorSource=")


def _lines(header: Header, prefix: str) -> list[dict[str, str]]:
    lines = [structured_values(line) for line in header.meta if line.startswith(prefix)]
    return [{key: clean(value) for key, value in line.items()} for line in lines if "ID" in line]


def written_fields(header: Header) -> frozenset[str]:
    """Ids of the INFO fields that annotating wrote."""
    lines = [line.partition("=")[2] for line in header.meta if line.startswith("##annotatorFields=")]
    return frozenset(key.strip() for line in lines for key in line.split(",") if key.strip())


def joined_services(header: Header) -> tuple[JoinedService, ...]:
    """Services whose answers were joined; of one that merged files name twice the first."""
    found: dict[str, JoinedService] = {}
    for line in _lines(header, "##annotatorJoined="):
        declared = [header.info[key] for key in line.get("Fields", "").split(",") if key in header.info]
        service = JoinedService(
            line["ID"],
            line.get("Source", ""),
            line.get("Release", ""),
            line.get("Assembly", ""),
            line.get("Version", ""),
            tuple(map(_field, declared)),
        )
        found.setdefault(service.name, service)
    return tuple(found.values())


def _field(declared: InfoDeclaration) -> JoinedField:
    return field_of(declared.id, declared.number, clean(declared.description))


def field_of(id_: str, number: str, description: str) -> JoinedField:
    """Field of a service, by its declaration: what has one value per ALT (`A`), or entries whose parts are named."""
    parts = _FORMAT.search(description)
    if parts is None or number == "A":
        return JoinedField(id_, description, ())
    return JoinedField(id_, description[: parts.start()], tuple(parts[1].split("|")))


def civic_parts(header: Header) -> tuple[str, ...]:
    """Names of the parts of an entry of CIVIC."""
    declared = header.info.get("CIVIC")
    found = None if declared is None else _FORMAT.search(declared.description)
    return CIVIC_SUBFIELDS if found is None else tuple(found[1].split("|"))


def answered_assembly(header: Header, name: str) -> Assembly:
    """Give the assembly of the answers.

    Args:
        header: of the file.
        name: of the file, for errors.

    Raises:
        InputError: nothing was answered, or the answers are of several assemblies.

    """
    told = [line.get("Assembly", "") for line in source_lines(header)]
    told += [service.assembly for service in joined_services(header)]
    if not told:
        raise InputError("it was not annotated by this program", path=name, remedy=_NOT_OURS)
    known = [assembly for assembly in Assembly if assembly.value in told]
    if len(known) != 1 or len(set(told)) != 1:
        what = (
            f"its header names {', '.join(sorted(set(told) - {''})) or 'no assembly'} as that of the answers"
        )
        raise InputError(what, path=name, remedy="Annotate it again")
    return known[0]
