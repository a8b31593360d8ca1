"""The header of an annotated file: its knowledge bases and services, and their fields.

Our fields are those that `##annotatorFields` and the `##annotatorJoined` lines name; a field of the same name that
another tool wrote is ignored.
"""

from __future__ import annotations

import re

from annotator.errors import InputError
from annotator.report.reported_file import CustomField, JoinedField, JoinedService
from annotator.result import Release
from annotator.sources.civic.fields import CIVIC_SUBFIELDS
from annotator.sources.registry import KNOWLEDGE_BASES
from annotator.variants.assembly import Assembly
from annotator.vcf.header import Header, InfoDeclaration
from annotator.vcf.meta_lines import structured_values
from annotator.vcf.provenance import releases_of, services_of, written_fields

__all__ = [
    "answered_assembly",
    "civic_parts",
    "clean",
    "custom_fields",
    "field_of",
    "joined_services",
    "releases",
]

_FORMAT = re.compile(r"\s*Format:\s*(\S+)")
_NOT_OURS = "Annotate it first with: annotator annotate"


def clean(text: str) -> str:
    """Return a text without invalid UTF-8: each such byte becomes U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def releases(header: Header) -> list[Release]:
    """Return the releases on which the results of a file are based."""
    return [_cleaned(release) for release in releases_of(header.meta)]


def _cleaned(release: Release) -> Release:
    base, source, version, assembly, sha256, retrieved = release
    return Release(
        clean(base),
        clean(source),
        clean(version),
        clean(assembly),
        None if sha256 is None else clean(sha256),
        None if retrieved is None else clean(retrieved),
    )


def custom_fields(header: Header) -> dict[str, CustomField]:
    """Return the fields of the user's own VCF and BED files, by id."""
    own = {release.knowledge_base for release in releases(header)} - KNOWLEDGE_BASES.keys()
    written = written_fields(header.meta)
    found: dict[str, CustomField] = {}
    for line in header.meta if own else ():
        values = structured_values(line) if line.startswith("##INFO=") else {}
        if values.get("Source") in own and values.get("ID") in written:
            base, id_ = values["Source"], values["ID"]
            described = clean(values.get("Description", ""))
            found[id_] = CustomField(base, id_.removeprefix(f"{base}_"), values.get("Type", ""), described)
    return found


def joined_services(header: Header) -> tuple[JoinedService, ...]:
    """Return the services whose results were joined; if merged files name one twice, the first."""
    found: dict[str, JoinedService] = {}
    for joined in services_of(header.meta):
        declared = [header.info[key] for key in joined.fields if key in header.info]
        service = JoinedService(
            clean(joined.name),
            clean(joined.source),
            clean(joined.release),
            clean(joined.assembly),
            clean(joined.version),
            tuple(map(_field, declared)),
        )
        found.setdefault(service.name, service)
    return tuple(found.values())


def _field(declared: InfoDeclaration) -> JoinedField:
    return field_of(declared.id, declared.number, clean(declared.description))


def field_of(id_: str, number: str, description: str) -> JoinedField:
    """Return a service's field from its declaration: one value per ALT (`A`), or entries with named parts."""
    parts = _FORMAT.search(description)
    if parts is None or number == "A":
        return JoinedField(id_, description, ())
    return JoinedField(id_, description[: parts.start()], tuple(parts[1].split("|")))


def civic_parts(header: Header) -> tuple[str, ...]:
    """Return the names of the parts of an entry of CIVIC."""
    declared = header.info.get("CIVIC")
    found = None if declared is None else _FORMAT.search(declared.description)
    return CIVIC_SUBFIELDS if found is None else tuple(found[1].split("|"))


def answered_assembly(header: Header, name: str) -> Assembly:
    """Return the assembly of the annotations.

    Args:
        header: header of the file.
        name: name of the file, for errors.

    Raises:
        InputError: the file is not annotated, or its annotations are of several assemblies.

    """
    assemblies = [release.assembly for release in releases(header)]
    assemblies += [service.assembly for service in joined_services(header)]
    if not assemblies:
        raise InputError("the file was not annotated by this program", path=name, remedy=_NOT_OURS)
    known = [assembly for assembly in Assembly if assembly.value in assemblies]
    if len(known) != 1 or len(set(assemblies)) != 1:
        names = ", ".join(sorted(set(assemblies) - {""})) or "no assembly"
        what = f"the header lists {names} as the assembly of the annotations"
        raise InputError(what, path=name, remedy="Annotate the file again")
    return known[0]
