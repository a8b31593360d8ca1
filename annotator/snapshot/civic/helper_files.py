"""What helps to make CIViC's store: files, by their names."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

__all__ = ["CivicHelps"]


class CivicHelps(NamedTuple):
    """Files that help to make CIViC's store, and what is wanted in it.

    Attributes:
        chain: chain file that leads to the assembly from the other one, used to place CIViC's alleles in place of
                the table that ships with the package.
        caid_table: table of alleles by their number in the ClinGen Allele Registry, as `pull_caid` makes it.
        disease_ontology: `doid.obo` of the Disease Ontology, to tell broader and narrower diseases.
        reference: indexed FASTA of the assembly, to check CIViC's alleles and to left-align its indels.
        statuses: of the evidence and assertions that are kept: `accepted`, `submitted`.

    """

    chain: str | Path | None = None
    caid_table: str | Path | None = None
    disease_ontology: str | Path | None = None
    reference: str | Path | None = None
    statuses: Collection[str] = ("accepted",)
