"""Optional input files for making CIViC's store."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, NamedTuple, TypeAlias

from annotator.runtime.options import Option

__all__ = ["CaidTable", "ChainFile", "CivicHelps", "DiseaseOntology"]

_SECTION = "CIViC"

ChainFile: TypeAlias = Annotated[
    Path | None,
    Option(
        ("--chain",),
        "Chain file to lift CIViC's variants over from the other assembly; default: the built-in table.",
        _SECTION,
        metavar="FILE",
    ),
]
CaidTable: TypeAlias = Annotated[
    Path | None,
    Option(
        ("--caid-table",),
        "Table of CIViC's alleles by CAID, written by `annotator snapshot pull caid`.",
        _SECTION,
        metavar="TSV",
    ),
]
DiseaseOntology: TypeAlias = Annotated[
    Path | None,
    Option(
        ("--disease-ontology",),
        "Disease Ontology file (doid.obo) that defines broader and narrower diseases for --disease; default: the "
        "built-in table.",
        _SECTION,
        metavar="OBO",
    ),
]


class CivicHelps(NamedTuple):
    """Optional input files for making CIViC's store, and the statuses to keep.

    Attributes:
        chain: chain file from the other assembly to this one, used to place CIViC's alleles instead of the packaged
                table.
        caid_table: table of alleles by their number in the ClinGen Allele Registry, as made by `pull_caid`.
        disease_ontology: `doid.obo` of the Disease Ontology, to recognise broader and narrower diseases.
        reference: indexed FASTA of the assembly, to check CIViC's alleles and to left-align its indels.
        statuses: statuses of the evidence and assertions to keep: `accepted`, `submitted`.

    """

    chain: str | Path | None = None
    caid_table: str | Path | None = None
    disease_ontology: str | Path | None = None
    reference: str | Path | None = None
    statuses: Collection[str] = ("accepted",)
