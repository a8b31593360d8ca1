"""Reading the Disease Ontology's `doid.obo`: which disease is a kind of which.

Format: OBO 1.2/1.4 (https://owlcollab.github.io/oboformat/doc/GO.format.obo-1_4.html), of which four tags matter: `id`,
`alt_id`, `is_a` and `is_obsolete` with `replaced_by`. The ontology is CC0 (https://disease-ontology.org).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from annotator.errors import KnowledgeBaseError

__all__ = ["read_disease_ontology"]

_TAG = re.compile(r"(id|alt_id|is_a|replaced_by):\s*DOID:([0-9]+)\b").match
_REMEDY = "Give doid.obo of the Disease Ontology, from github.com/DiseaseOntology/HumanDiseaseOntology"


def read_disease_ontology(path: Path) -> dict[str, list[str]]:
    """Give the parents of each disease, by number without `DOID:`.

    An alternative or replaced number has the number that took its place as its parent, and so is found to be narrower.

    Raises:
        KnowledgeBaseError: the file cannot be read, or holds no disease.

    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeBaseError(
            f"the ontology cannot be read ({error})", path=path, remedy=_REMEDY
        ) from error
    parents: dict[str, list[str]] = {}
    for term in _terms(text):
        number = term["id"][0] if term.get("id") else ""
        if number:
            above = term.get("is_a", []) + term.get("replaced_by", [])
            parents.setdefault(number, []).extend(above)
            for alternative in term.get("alt_id", []):
                parents.setdefault(alternative, []).append(number)
    if not parents:
        raise KnowledgeBaseError("the ontology has no disease", path=path, remedy=_REMEDY)
    return {number: sorted(set(above)) for number, above in sorted(parents.items())}


def _terms(text: str) -> Iterator[dict[str, list[str]]]:
    for stanza in re.split(r"^\[", text, flags=re.MULTILINE):
        if not stanza.startswith("Term]"):
            continue
        tags: dict[str, list[str]] = {}
        for line in stanza.splitlines():
            if found := _TAG(line):
                tags.setdefault(found[1], []).append(found[2])
        yield tags
