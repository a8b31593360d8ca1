"""How the disease of an evidence item stands to a patient's, by the Disease Ontology (https://disease-ontology.org).

    same       it is the patient's disease
    broader    the patient's disease is a kind of it
    narrower   it is a kind of the patient's disease
    other      neither, or nothing is known of either

Without the ontology in the snapshot, only `same` and `other` can be told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from annotator.errors import UsageError

__all__ = ["DiseaseRelations", "doid_of"]


def doid_of(text: str) -> str:
    """Number of a disease in the Disease Ontology.

    Args:
        text: as users write it: `DOID:1909`, or the number alone.

    Raises:
        UsageError: it is none.

    """
    found = re.fullmatch(r"(?:DOID:)?([0-9]+)", text.strip(), re.IGNORECASE)
    if found is None:
        raise UsageError(
            f"{text!r} is no disease of the Disease Ontology",
            remedy="Write it as DOID:1909; see disease-ontology.org",
        )
    return found[1]


class DiseaseRelations:
    """Tells relations to one disease.

    Args:
        disease: the patient's, without `DOID:`.
        parents: by number, of the terms of the ontology; of an alternative number, the number that took its place.

    """

    def __init__(self, disease: str, parents: Mapping[str, Sequence[str]]) -> None:
        self._disease = disease
        self._parents = parents
        self._broader = self._ancestors(disease)

    def of(self, doid: str) -> str:
        """Tell how another disease stands to it."""
        if doid == self._disease:
            return "same"
        if doid in self._broader:
            return "broader"
        return "narrower" if doid and self._disease in self._ancestors(doid) else "other"

    def _ancestors(self, doid: str) -> set[str]:
        found: set[str] = set()
        waiting = list(self._parents.get(doid, ()))
        while waiting:
            parent = waiting.pop()
            if parent not in found:
                found.add(parent)
                waiting += self._parents.get(parent, ())
        return found
