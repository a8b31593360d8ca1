"""The knowledge bases, each a folder beside this module; to add one, add its folder and a line here.

A folder declares the INFO fields that its records fill, and a function that opens its file of a snapshot:
`open_snapshot(path, release, choice)`. Both are imported on first use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from annotator.runtime.named_tuple import NamedTuple

if TYPE_CHECKING:
    from typing import TypeAlias

    from annotator.info import InfoField
    from annotator.result import Release
    from annotator.sources.civic.choice import CivicChoice
    from annotator.sources.source import Source

    Opener: TypeAlias = Callable[[Path, Release, CivicChoice], Source[Any]]

__all__ = [
    "KNOWLEDGE_BASES",
    "KnowledgeBase",
    "fields_of",
    "needs_annotations",
    "opener_of",
    "rank",
    "title_of",
]


class KnowledgeBase(NamedTuple):
    """A knowledge base.

    Attributes:
        title: name as the knowledge base writes it.
        declared: `module:NAME` of its INFO fields.
        opener: `module:function` that opens its file of a snapshot.
        match_field: id of the INFO field that is written for every allele found.
        is_optional: whether it is part of some snapshots only; tables then have its columns only if a file does.
        needs_annotations: whether it can answer only if the file has consequence annotations; it is left out otherwise,
            because "not found" would state more than is known.

    """

    title: str
    declared: str
    opener: str
    match_field: str
    is_optional: bool = False
    needs_annotations: bool = False

    @property
    def fields(self) -> Sequence[InfoField[Any]]:
        """Return the INFO fields that its records fill, in the order in which they are written."""
        return cast("Sequence[InfoField[Any]]", _loaded(self.declared))


def _loaded(name: str) -> object:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


KNOWLEDGE_BASES: dict[str, KnowledgeBase] = {
    "clinvar": KnowledgeBase(
        "ClinVar",
        "annotator.sources.clinvar.fields:CLINVAR_FIELDS",
        "annotator.sources.clinvar.snapshot:open_snapshot",
        "CLNMATCH",
    ),
    "clinvar_protein": KnowledgeBase(
        "ClinVar (same residue)",
        "annotator.sources.clinvar_protein.fields:RESIDUE_FIELDS",
        "annotator.sources.clinvar_protein.snapshot:open_snapshot",
        "CLN_PROTEIN",
        is_optional=True,
        needs_annotations=True,
    ),
    "clinvar_sv": KnowledgeBase(
        "ClinVar (structural)",
        "annotator.sources.clinvar_sv.fields:OVERLAP_FIELDS",
        "annotator.sources.clinvar_sv.snapshot:open_snapshot",
        "CLNSV",
        is_optional=True,
    ),
    "civic": KnowledgeBase(
        "CIViC",
        "annotator.sources.civic.fields:ALL_CIVIC_FIELDS",
        "annotator.sources.civic.snapshot:open_snapshot",
        "CIVIC_MATCH",
    ),
}
"""By the word in ANNSTATUS and in manifests, in the order in which they are looked up and written."""


KINDS: dict[str, str] = {
    "vcf": "annotator.sources.custom.alleles:open_snapshot",
    "bed": "annotator.sources.custom.regions:open_snapshot",
}
"""Openers of the user's own knowledge bases by their kind; in a manifest these are named `vcf:NAME` and `bed:NAME`."""


def opener_of(name: str) -> Opener | None:
    """Return the function that opens a knowledge base's file of a snapshot, by its name in the manifest.

    It takes the path of the file, the release of the answers, and the lowest CIViC matching level with the patient's
    disease. None for a knowledge base that is not known.
    """
    kind, _, own = name.partition(":")
    declared = KINDS.get(kind) if own else None
    if declared is None and name in KNOWLEDGE_BASES:
        declared = KNOWLEDGE_BASES[name].opener
    return None if declared is None else cast("Opener", _loaded(declared))


def needs_annotations(name: str) -> bool:
    """Return whether a knowledge base can answer only for a file with consequence annotations."""
    return name in KNOWLEDGE_BASES and KNOWLEDGE_BASES[name].needs_annotations


def rank(name: str) -> int:
    """Return the position of a knowledge base in that order; unknown ones come last."""
    names = list(KNOWLEDGE_BASES)
    return names.index(name) if name in KNOWLEDGE_BASES else len(names)


def title_of(name: str) -> str:
    """Return the name of a knowledge base as it writes it; its key if it is unknown."""
    return KNOWLEDGE_BASES[name].title if name in KNOWLEDGE_BASES else name


def fields_of(name: str) -> Sequence[InfoField[Any]]:
    """Return the INFO fields of a knowledge base."""
    return KNOWLEDGE_BASES[name].fields
