"""Relation of an evidence item's disease to the patient's, by the Disease Ontology (https://disease-ontology.org).

    same       it is the patient's disease
    broader    the patient's disease is a kind of it
    narrower   it is a kind of the patient's disease
    other      neither, or the relation is unknown

Relations come from the packaged table (`disease_table`) and, if a snapshot was built with it, from the Disease
Ontology's own file. CIViC's "Solid Tumor" has no number and is not in the ontology: it is broader than every cancer
except those of blood and bone marrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annotator.sources.civic.disease_table import disease_table, iter_ancestors

__all__ = ["ALL_CANCERS", "SOLID_TUMOUR", "DiseaseRelations"]

ALL_CANCERS = "162"
"""Number of "cancer", which CIViC uses for evidence on any cancer."""
SOLID_TUMOUR = "Solid Tumor"
"""CIViC's name for evidence on any solid tumour."""
_BLOOD = "2531"  # hematologic cancer


class DiseaseRelations:
    """Relations of other diseases to one disease.

    Args:
        disease: key of the patient's disease in the packaged table: its number without `DOID:`, or CIViC's name of a
            disease without a number.
        parents: further relations: by number, the numbers of the directly broader diseases; for an alternative number,
            the number that replaced it.

    """

    def __init__(self, disease: str, parents: Mapping[str, Sequence[str]] | None = None) -> None:
        self._table = disease_table()
        self._more = parents or {}
        self._disease = disease
        self._broader = self._ancestors(disease)
        self._known: dict[tuple[str, str], str] = {}

    def of(self, number: str, name: str = "") -> str:
        """Return the relation of another disease to this one.

        Args:
            number: number of the other disease, without `DOID:`; empty for none.
            name: name of the other disease, used if it has no number.

        """
        found = self._known.get((number, name))
        if found is None:
            found = self._known[number, name] = self._relation(self._table.key_of(number, name), number)
        return found

    def _relation(self, key: str, number: str) -> str:
        if not key:
            return "other"
        if self._disease in {key, number}:
            return "same"
        if key in self._broader:
            return "broader"
        return "narrower" if self._disease in self._ancestors(key) | self._ancestors(number) else "other"

    def _ancestors(self, key: str) -> set[str]:
        found = set(iter_ancestors(key, self._table.parents, self._more))
        is_blood = _BLOOD in found or key == _BLOOD
        if ALL_CANCERS in found and not is_blood and key != SOLID_TUMOUR:
            found.add(SOLID_TUMOUR)
        return found
