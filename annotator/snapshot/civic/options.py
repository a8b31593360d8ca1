"""Options for the CIViC part of a snapshot."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, NamedTuple, TypeAlias

from annotator.runtime.options import Option

__all__ = ["CaidTable", "ChainFile", "CivicOptions", "DiseaseOntology"]

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


class CivicOptions(NamedTuple):
    """Options for the CIViC part of a snapshot; none of them is needed.

    Attributes:
        reference: indexed FASTA of the assembly, to check REF of CIViC's alleles and to left-align its indels, which
            have no anchor base.
        chain: chain file from the other assembly, to lift over CIViC's alleles; None for the built-in table.
        caid_table: table of alleles by their number in the ClinGen Allele Registry, as `annotator snapshot pull caid`
            writes it.
        disease_ontology: `doid.obo` of the Disease Ontology; None for the built-in table.
        statuses: statuses of the evidence items and assertions to keep: `accepted`, `submitted`.

    """

    reference: Annotated[
        Path | None,
        Option(
            ("--reference",),
            "Indexed FASTA file to check REF of CIViC's alleles and to left-align its indels.",
            _SECTION,
            metavar="FASTA",
        ),
    ] = None
    chain: ChainFile = None
    caid_table: CaidTable = None
    disease_ontology: DiseaseOntology = None
    statuses: Collection[str] = ("accepted",)
