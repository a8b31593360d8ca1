"""Reads the hierarchy of diseases from the Disease Ontology's `doid.obo`, with the library `fastobo`.

Format: OBO 1.4 (https://owlcollab.github.io/oboformat/doc/GO.format.obo-1_4.html); `alt_id`, `is_a` and `replaced_by`
of terms are used. The ontology is CC0 (https://disease-ontology.org).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotator.errors import KnowledgeBaseError

__all__ = ["read_disease_ontology"]

_DISEASE = re.compile(r"DOID:([0-9]+)").fullmatch
_REMEDY = "Use doid.obo of the Disease Ontology, from github.com/DiseaseOntology/HumanDiseaseOntology"


def read_disease_ontology(path: Path) -> dict[str, list[str]]:
    """Return the parents of each disease, by number without `DOID:`.

    An alternative or replaced number has its replacement as its parent, so that it counts as narrower.

    Raises:
        KnowledgeBaseError: the file cannot be read, is not in OBO format, or contains no disease.

    """
    parents: dict[str, set[str]] = {}
    for term in _terms(path):
        if number := _number(term.id):
            above = parents.setdefault(number, set())
            for clause in term:
                tag, other = clause.raw_tag(), _number(clause.raw_value())
                if other and tag in {"is_a", "replaced_by"}:
                    above.add(other)
                elif other and tag == "alt_id":
                    parents.setdefault(other, set()).add(number)
    if not parents:
        raise KnowledgeBaseError("the ontology has no disease", path=path, remedy=_REMEDY)
    return {number: sorted(above) for number, above in sorted(parents.items())}


def _number(identifier: object) -> str | None:
    """Return the number of a disease; None for other terms of a merged ontology."""
    found = _DISEASE(str(identifier))
    return None if found is None else found[1]


def _terms(path: Path) -> Iterator[Any]:
    import fastobo

    try:
        for frame in fastobo.iter(str(path), ordered=True, threads=1):
            if isinstance(frame, fastobo.term.TermFrame):
                yield frame
    except OSError as error:
        raise KnowledgeBaseError(
            f"the ontology cannot be read ({error})", path=path, remedy=_REMEDY
        ) from error
    except SyntaxError as error:
        raise KnowledgeBaseError(
            f"the ontology is not an OBO file ({error.msg})",
            path=path,
            line=error.lineno,
            remedy=f"{_REMEDY}. If you already use this file, try another release of it",
        ) from error
