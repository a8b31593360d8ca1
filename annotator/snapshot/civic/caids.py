"""A table of alleles by their numbers in the ClinGen Allele Registry, for both assemblies.

    caid        assembly  contig  start      deleted  inserted  retrieved
    CA123643    GRCh38    7       140753336  A        T         2026-11-26

Tab-separated, with that header. Positions are those of keys: 1-based, of the first replaced base; for a pure insertion,
of the base after it. Bases have no anchor; an empty column means no bases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from annotator.errors import KnowledgeBaseError
from annotator.runtime.text import whole_number
from annotator.sources.civic.knowledge import caid_of
from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly

__all__ = ["COLUMNS", "read_caid_table", "table_text"]

COLUMNS = ("caid", "assembly", "contig", "start", "deleted", "inserted", "retrieved")
_PULL = "Create it with: annotator snapshot pull caid"


def read_caid_table(path: Path, assembly: Assembly) -> dict[str, AlleleKey]:
    """Read the alleles of one assembly.

    Raises:
        KnowledgeBaseError: the file is not such a table, or a line of it is invalid.

    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeBaseError(f"the table cannot be read ({error})", path=path, remedy=_PULL) from error
    header = lines[0].split("\t") if lines else []
    if header[: len(COLUMNS) - 1] != list(COLUMNS[:-1]):
        raise KnowledgeBaseError(
            f"not a table of CAIDs: its columns are not {' '.join(COLUMNS)}", path=path, line=1, remedy=_PULL
        )
    found: dict[str, AlleleKey] = {}
    for number, line in enumerate(lines[1:], 2):
        fields = dict(zip(COLUMNS, line.split("\t"), strict=False))
        allele = _allele(fields, assembly)
        caid = caid_of(fields["caid"])
        if caid is None or allele is None or len(fields) < len(COLUMNS) - 1:
            raise KnowledgeBaseError(
                f"the line is not an allele with its CAID: {line[:80]!r}",
                path=path,
                line=number,
                remedy=_PULL,
            )
        if fields["assembly"] == assembly:
            found[caid] = allele
    return found


def _allele(fields: Mapping[str, str], assembly: Assembly) -> AlleleKey | None:
    contig, start = assembly.contig(fields.get("contig", "")), whole_number(fields.get("start", ""))
    deleted, inserted = fields.get("deleted", ""), fields.get("inserted", "")
    if contig is None or start is None or deleted == inserted:
        return None
    return AlleleKey(contig, start, deleted, inserted) if set("ACGTN") >= set(deleted + inserted) else None


def table_text(rows: Iterable[tuple[str, Assembly, AlleleKey]], retrieved: str) -> str:
    """Return the text of a CAID table.

    Args:
        rows: CAID, assembly and allele.
        retrieved: ISO date of the registry's responses.

    """
    lines = ["\t".join(COLUMNS)]
    lines += [
        "\t".join((caid, assembly.value, *map(str, allele), retrieved)) for caid, assembly, allele in rows
    ]
    return "".join(f"{line}\n" for line in lines)
