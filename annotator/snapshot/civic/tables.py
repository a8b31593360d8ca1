"""The tables of a CIViC release: finds the files in a folder, and reads their rows by column name.

Three generations of columns are in use:

    2021 (V1)   evidence and assertions name a variant; there are no molecular profiles
    2022 (V2)   evidence and assertions name a molecular profile
    2025        the variants have features in place of genes

Files are tab-separated, without quotes; lists are separated by commas that are not escaped. File names and their
aliases: server/app/tsv_formatters of https://github.com/griffithlab/civic-v2.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from annotator.errors import KnowledgeBaseError
from annotator.runtime.text import counted, whole_number
from annotator.sources.civic.knowledge import squished

__all__ = ["CivicTables", "Row", "Table", "read_civic_tables"]

_FILE_NAMES = {
    "variants": ("VariantSummaries",),
    "evidence": (
        "AcceptedClinicalEvidenceSummaries",
        "ClinicalEvidenceSummaries",
        "AcceptedAndSubmittedClinicalEvidenceSummaries",
    ),
    # Not the file of accepted and submitted assertions: it does not distinguish them.
    "assertions": ("AcceptedAssertionSummaries", "AssertionSummaries"),
    "profiles": ("MolecularProfileSummaries",),
    "features": ("FeatureSummaries", "GeneSummaries"),
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DOWNLOAD = "Download all files of one release from civicdb.org/releases/main to one folder"

_Columns: TypeAlias = dict[str, tuple[str, ...]]

# Our names of the columns, and CIViC's, the newest first. `profile` is the entity to which evidence belongs.
_VARIANT_COLUMNS: _Columns = {
    "id": ("variant_id",),
    "feature": ("feature_name", "gene"),
    "kind": ("feature_type",),
    "feature_id": ("feature_id", "gene_id"),
    "entrez_id": ("entrez_id",),
    "name": ("variant",),
    "aliases": ("variant_aliases",),
    "types": ("variant_types",),
    "contig": ("chromosome",),
    "start": ("start",),
    "stop": ("stop",),
    "ref": ("reference_bases",),
    "alt": ("variant_bases",),
    "build": ("reference_build",),
    "transcript": ("representative_transcript",),
    "ensembl_version": ("ensembl_version",),
    "contig2": ("chromosome2",),
    "start2": ("start2",),
    "stop2": ("stop2",),
    "transcript2": ("representative_transcript2",),
    "hgvs": ("hgvs_descriptions", "hgvs_expressions"),
    "caid": ("allele_registry_id",),
    "clinvar_ids": ("clinvar_ids",),
    "ncit_id": ("ncit_id",),
    "vicc_name": ("vicc_compliant_name",),
    "iscn_name": ("iscn_name",),
    "status5": ("5_prime_partner_status",),
    "gene5": ("5_prime_partner",),
    "transcript5": ("5_prime_transcript",),
    "exon5": ("5_prime_end_exon",),
    "offset5": ("5_prime_exon_offset",),
    "direction5": ("5_prime_exon_offset_direction",),
    "status3": ("3_prime_partner_status",),
    "gene3": ("3_prime_partner",),
    "transcript3": ("3_prime_transcript",),
    "exon3": ("3_prime_start_exon",),
    "offset3": ("3_prime_exon_offset",),
    "direction3": ("3_prime_exon_offset_direction",),
}
_ITEM_COLUMNS: _Columns = {
    "disease": ("disease",),
    "doid": ("doid",),
    "phenotypes": ("phenotypes",),
    "therapies": ("therapies", "drugs"),
    "significance": ("significance", "clinical_significance"),
}
_EVIDENCE_COLUMNS: _Columns = _ITEM_COLUMNS | {
    "id": ("evidence_id",),
    "type": ("evidence_type",),
    "level": ("evidence_level",),
    "direction": ("evidence_direction",),
    "origin": ("variant_origin",),
    "rating": ("rating",),
    "status": ("evidence_status",),
    "interaction": ("therapy_interaction_type", "drug_interaction_type"),
    "publisher": ("source_type",),
    "citation_id": ("citation_id",),
    "citation": ("citation",),
    "statement": ("evidence_statement",),
}
_ASSERTION_COLUMNS: _Columns = _ITEM_COLUMNS | {
    "id": ("assertion_id",),
    "type": ("assertion_type",),
    "direction": ("assertion_direction",),
    "acmg": ("acmg_codes",),
    "clingen": ("clingen_codes",),
    "amp": ("amp_category",),
    "nccn": ("nccn_guideline",),
    "nccn_version": ("nccn_guideline_version",),
    "approval": ("regulatory_approval",),
    "companion_test": ("fda_companion_test",),
    "evidence_ids": ("evidence_item_ids",),
    "statement": ("assertion_summary",),
}
_PROFILE_COLUMNS: _Columns = {
    "id": ("molecular_profile_id",),
    "name": ("name",),
    "variants": ("variant_ids",),
    "aliases": ("aliases",),
}
_FEATURE_COLUMNS: _Columns = {
    "id": ("feature_id",),
    "feature": ("name",),
    "aliases": ("feature_aliases",),
}
_COLUMNS_OF_ALL: _Columns = {"reviewed": ("last_review_date",), "flagged": ("is_flagged",)}
# Columns without which a file is not CIViC's; the others depend on the generation.
_NEEDED = {
    "id", "feature", "name", "contig", "start", "stop", "ref", "alt", "build", "hgvs", "profile", "disease", "doid",
    "therapies", "significance", "type", "level", "direction", "origin", "rating", "status", "interaction", "publisher",
    "citation_id", "acmg", "amp", "variants", "reviewed",
}  # fmt: skip

_UNREADABLE, _REPEATED = "left out: unreadable rows", "left out: repeated rows"
_REFUSED = {_UNREADABLE: "the row cannot be read", _REPEATED: "the row is a duplicate"}

Row: TypeAlias = dict[str, str]
Table: TypeAlias = dict[str, Row]


@dataclass(frozen=True, slots=True)
class CivicTables:
    """The rows of one release, with our column names.

    Attributes:
        version: ISO date of a monthly release; for others their name, such as `nightly`, and the date of the newest
            review.
        sha256: checksum of the files that were read: the SHA-256 of the output of `sha256sum`, sorted by file name.
        variants, evidence, assertions, profiles: rows by their own number. `profile` is the number of the entity to
            which evidence belongs: the molecular profile, or the variant if there are no profiles.
        features: rows of genes and other features with their aliases; releases from before 2025 have none.
        has_profiles: whether the release has molecular profiles.
        refused: number of rejected rows of evidence, by reason.

    """

    version: str
    sha256: str
    variants: Table
    evidence: Table
    assertions: Table
    profiles: Table
    features: Table
    has_profiles: bool
    refused: dict[str, int]


def read_civic_tables(folder: Path, counts: Counter[str]) -> CivicTables:
    """Read the tables of a release.

    Args:
        folder: contains the files of one release.
        counts: receives the number of rows that were corrected or omitted.

    Raises:
        KnowledgeBaseError: the folder is not a release of CIViC, or a file lacks a column or is truncated.

    """
    prefix, paths = _find_files(folder)
    contents = {kind: _read(path) for kind, path in paths.items()}
    texts = {kind: _text(paths[kind], content) for kind, content in contents.items()}
    has_profiles = "molecular_profile_id" in _header(texts["evidence"])
    if has_profiles:
        _need_files(folder, paths, ("profiles",))
    columns = _columns(has_profiles=has_profiles)
    if "feature_aliases" in _header(texts.get("features", "")):
        columns["features"] = _FEATURE_COLUMNS | _COLUMNS_OF_ALL
    skipped = {kind: Counter[str]() for kind in columns}
    tables = {kind: _read_table(paths[kind], texts[kind], columns[kind], skipped[kind]) for kind in columns}
    for of_table in skipped.values():
        counts.update(of_table)
    if not tables["variants"]:
        raise KnowledgeBaseError("the file has no variants", path=paths["variants"], remedy=_DOWNLOAD)
    return CivicTables(
        _version(prefix, tables.values()),
        _checksum({paths[kind].name: contents[kind] for kind in columns}),
        tables["variants"],
        tables["evidence"],
        tables["assertions"],
        tables.get("profiles", {}),
        tables.get("features", {}),
        has_profiles,
        {reason: skipped["evidence"][what] for what, reason in _REFUSED.items() if skipped["evidence"][what]},
    )


def _columns(*, has_profiles: bool) -> dict[str, _Columns]:
    hangs_on = ("molecular_profile_id",) if has_profiles else ("variant_id",)
    own = ("single_variant_molecular_profile_id",) if has_profiles else ("variant_id",)
    columns: dict[str, _Columns] = {
        "variants": _VARIANT_COLUMNS | {"profile": own},
        "evidence": _EVIDENCE_COLUMNS | {"profile": hangs_on},
        "assertions": _ASSERTION_COLUMNS | {"profile": hangs_on},
    }
    if has_profiles:
        columns["profiles"] = _PROFILE_COLUMNS
    return {kind: wanted | _COLUMNS_OF_ALL for kind, wanted in columns.items()}


def _checksum(contents: Mapping[str, bytes]) -> str:
    lines = [f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in sorted(contents)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _find_files(folder: Path) -> tuple[str, dict[str, Path]]:
    """Return the prefix of the release, and its files by kind."""
    try:
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise KnowledgeBaseError(
            f"the folder cannot be read ({error.strerror})", path=folder, remedy=_DOWNLOAD
        ) from error
    found: dict[str, dict[str, Path]] = {}
    for kind, bases in _FILE_NAMES.items():
        for base in reversed(bases):
            for name in names:
                if name == f"{base}.tsv" or name.endswith(f"-{base}.tsv"):
                    prefix = name.removesuffix(f"{base}.tsv").removesuffix("-")
                    found.setdefault(prefix, {})[kind] = folder / name
    if len(found) > 1:
        raise KnowledgeBaseError(
            f"the folder has files of several releases: {', '.join(map(repr, sorted(found)))}",
            path=folder,
            remedy="Keep one release per folder",
        )
    prefix, paths = next(iter(found.items()), ("", {}))
    _need_files(folder, paths, ("variants", "evidence", "assertions"))
    return prefix, paths


def _need_files(folder: Path, paths: Mapping[str, Path], kinds: Iterable[str]) -> None:
    missing = [f"{' or '.join(_FILE_NAMES[kind][:2])}.tsv" for kind in kinds if kind not in paths]
    if missing:
        found = ", ".join(path.name for path in paths.values()) or "none"
        raise KnowledgeBaseError(
            f"the CIViC release is incomplete: {', '.join(missing)} missing (found: {found})",
            path=folder,
            remedy=_DOWNLOAD,
        )


def _version(prefix: str, tables: Iterable[Table]) -> str:
    date = re.fullmatch(r"(\d\d?)-([A-Za-z]{3})-(\d{4})", prefix)
    if date and date[2].lower() in _MONTHS:
        return f"{date[3]}-{_MONTHS.index(date[2].lower()) + 1:02}-{int(date[1]):02}"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", prefix):
        return prefix
    reviews = (row["reviewed"][:10] for table in tables for row in table.values())
    newest = max(filter(re.compile(r"\d{4}-\d\d-\d\d").fullmatch, reviews), default="")
    return "-".join(filter(None, (prefix or "undated", newest)))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KnowledgeBaseError(f"cannot be read ({error.strerror})", path=path) from error


def _text(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise KnowledgeBaseError("the file is not text", path=path, remedy=_DOWNLOAD) from error


def _header(text: str) -> list[str]:
    return [name.strip() for name in text.partition("\n")[0].split("\t")]


def _read_table(path: Path, text: str, columns: _Columns, counts: Counter[str]) -> Table:
    header = _header(text)
    places = _places(path, header, columns)
    lines = text.split("\n")
    table: Table = {}
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        fields = line.removesuffix("\r").split("\t")
        if number == len(lines) and len(fields) < len(header):
            raise KnowledgeBaseError(
                f"the file is truncated: its last line has {counted(len(fields), 'column')} instead "
                f"of {len(header)}",
                path=path,
                line=number,
                remedy="Download it again",
            )
        values = _values(fields, header, tuple(places.values()), counts)
        row = None if values is None else dict(zip(places, values, strict=True))
        if row is None or whole_number(row["id"]) is None:
            counts[_UNREADABLE] += 1
        elif row["id"] in table:
            counts[_REPEATED] += 1
        else:
            table[row["id"]] = row
    return table


def _places(path: Path, header: list[str], columns: _Columns) -> dict[str, int | None]:
    """Return the index of each column that we use, None for one that its generation lacks."""
    places: dict[str, int | None] = {}
    missing = []
    for ours, names in columns.items():
        present = [name for name in names if name in header]
        places[ours] = header.index(present[0]) if present else None
        if not present and ours in _NEEDED:
            missing.append(" or ".join(names))
    if missing:
        shown = ", ".join(header[:40])
        raise KnowledgeBaseError(
            f"the file is not from CIViC: columns {', '.join(missing)} missing (found: {shown[:500]})",
            path=path,
            line=1,
            remedy=_DOWNLOAD,
        )
    return places


def _values(
    fields: list[str], header: list[str], places: tuple[int | None, ...], counts: Counter[str]
) -> tuple[str, ...] | None:
    """Return the values at some indexes; None if the row is ambiguous.

    Some releases separate links by tabs, so that a column of links takes several fields. Any other surplus field could
    have shifted any value.
    """
    surplus = len(fields) - len(header)
    if surplus < 0:
        return None
    if not surplus:
        return _pick(fields, places)
    readings = set()
    for first in [index for index, name in enumerate(header) if _holds_links(name)]:
        after = first + surplus + 1
        row = [*fields[: first + 1], *fields[after:]]
        if all(map(_is_link, fields[first:after])) and all(map(_is_plausible, header, row)):
            readings.add(_pick(row, places))
    counts["rows with surplus columns"] += 1
    return readings.pop() if len(readings) == 1 else None


def _pick(row: list[str], places: tuple[int | None, ...]) -> tuple[str, ...]:
    return tuple("" if place is None else squished(row[place]) for place in places)


def _holds_links(column: str) -> bool:
    return column.endswith(("_url", "_urls"))


def _is_link(value: str) -> bool:
    return value.startswith(("http://", "https://"))


def _is_plausible(column: str, value: str) -> bool:
    """Return whether a value fits the type of its column, for the types that are hard to mistake."""
    if column == "last_review_date":
        return re.match(r"\d{4}-\d\d-\d\d ", value) is not None
    if column == "is_flagged":
        return value in {"true", "false"}
    return _is_link(value) == (_holds_links(column) and bool(value))
