"""The knowledge bases, each a folder beside this module; to add one, add its folder and a line here.

A folder declares the INFO fields that its records fill, and a function that opens its file of a snapshot:
`open_snapshot(path, release, choice)`. Both are imported on first use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from annotator.info import InfoField
    from annotator.result import Release
    from annotator.sources.civic.choice import CivicChoice
    from annotator.sources.source import Source

__all__ = ["KNOWLEDGE_BASES", "KnowledgeBase", "fields_of", "rank", "title_of"]


class KnowledgeBase(NamedTuple):
    """A knowledge base.

    Attributes:
        title: name as the knowledge base writes it.
        declared: `module:NAME` of its INFO fields.
        opener: `module:function` that opens its file of a snapshot.
        match_field: id of the INFO field that is written for every allele found.

    """

    title: str
    declared: str
    opener: str
    match_field: str

    @property
    def fields(self) -> Sequence[InfoField[Any]]:
        """Return the INFO fields that its records fill, in the order in which they are written."""
        return cast("Sequence[InfoField[Any]]", _loaded(self.declared))

    def open_snapshot(self, path: Path, release: Release, choice: CivicChoice) -> Source[Any]:
        """Return its source, read from a file of a snapshot.

        Args:
            path: path of the file.
            release: release on which the results are based.
            choice: lowest CIViC matching level, and the patient's disease.

        Raises:
            SnapshotError: the file cannot be read, or is damaged.

        """
        opened = cast("Callable[[Path, Release, CivicChoice], Source[Any]]", _loaded(self.opener))
        return opened(path, release, choice)


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
        "ClinVar, same residue",
        "annotator.sources.clinvar_protein.fields:RESIDUE_FIELDS",
        "annotator.sources.clinvar_protein.snapshot:open_snapshot",
        "CLN_PROTEIN",
    ),
    "civic": KnowledgeBase(
        "CIViC",
        "annotator.sources.civic.fields:ALL_CIVIC_FIELDS",
        "annotator.sources.civic.snapshot:open_snapshot",
        "CIVIC_MATCH",
    ),
}
"""By the word in ANNSTATUS and in manifests, in the order in which they are looked up and written."""


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
