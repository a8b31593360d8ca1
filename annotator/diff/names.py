"""Names of alleles in a comparison, as in the report: from the annotations and CIVIC entries of a record."""

from __future__ import annotations

from collections.abc import Iterator

from annotator.info import decode_text
from annotator.report.model import Evidence
from annotator.report.names import allele_name
from annotator.sources.civic.fields import CIVIC_SUBFIELDS
from annotator.vcf.annotations.annotations import Annotations
from annotator.vcf.header import Header
from annotator.vcf.text import RecordLines

__all__ = ["AlleleNames"]


class AlleleNames:
    """Naming of the alleles of one file.

    Args:
        header: header of the file.
        path: path of the file, for errors.

    """

    def __init__(self, header: Header, path: str) -> None:
        self._annotations = Annotations.of(header.info)
        self._columns = len(header.columns)
        self._path = path

    def name(self, line: bytes, alt: int) -> str:
        """Return gene and change of an ALT of a record, such as `BRAF V600E`; empty if the record names neither.

        Args:
            line: the whole record.
            alt: 0-based index of the ALT.

        """
        sites = RecordLines([line], self._columns, path=self._path, numbers=[1]).sites
        evidence = list(_evidence(line, alt))
        if not self._annotations.names_genes:
            named = allele_name((), None, evidence, "")
        else:
            hints = self._annotations.hints(sites, 0, alt)
            identifiers = hints.identifiers if self._annotations.has_expressions else None
            named = allele_name(hints.notes.consequences, identifiers, evidence, "")
        return f"{named.gene} {named.change}" if named.gene and named.change else ""


def _evidence(line: bytes, alt: int) -> Iterator[Evidence]:
    info = line.split(b"\t", 8)[7].decode("utf-8", "surrogateescape")
    value = next((item[6:] for item in info.split(";") if item.startswith("CIVIC=")), "")
    for entry in value.split(",") if value else ():
        parts = dict(zip(CIVIC_SUBFIELDS, map(decode_text, entry.split("|")), strict=False))
        if parts.get("AlleleIndex") == str(alt + 1):
            yield Evidence(parts, ())
