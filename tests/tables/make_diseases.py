#!/usr/bin/env python3
"""Make `annotator/sources/civic/diseases.tsv`: cancers of the Disease Ontology and all diseases that CIViC names.

    python3 -m tests.tables.make_diseases ONTOLOGY_FOLDER CIVIC_RELEASE_FOLDER

The ontology comes as `DO_cancer_slim.obo` and `NCIthesaurus.obo`, of which neither holds all that CIViC names. Codes of
other systems, usual abbreviations and the relations that the ontology lacks stand in `disease_codes.txt` and
`disease_gaps.txt` beside this script.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import fastobo

HERE = Path(__file__).parent
FILES = ("DO_cancer_slim.obo", "NCIthesaurus.obo")
HEADER = """\
# Cancers of the Disease Ontology (release of {release}) and diseases that CIViC names; see diseases.README.md.
# number\tname\tother names\tabbreviations\tother numbers\tparents\tcodes
"""
_ROOTS = {"162", "14566"}  # cancer, disease of cellular proliferation
_ABBREVIATION = "OMO:0003012"


class Term:
    """Collected data of one disease."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.abbreviations: dict[str, None] = {}
        self.numbers: set[str] = set()
        self.parents: set[str] = set()
        self.codes: dict[str, None] = {}


def read_ontology(folder: Path) -> tuple[dict[str, Term], str]:
    """Return the terms of both files by number, and the release."""
    terms: dict[str, Term] = {}
    release = ""
    for name in FILES:
        document = fastobo.load(str(folder / name))
        for clause in document.header:
            if clause.raw_tag() == "data-version":
                release = clause.raw_value().split("/")[2]
        for frame in document:
            if isinstance(frame, fastobo.term.TermFrame) and str(frame.id).startswith("DOID:"):
                _add(terms, frame)
    return terms, release


def _add(terms: dict[str, Term], frame: Any) -> None:
    clauses = [(clause.raw_tag(), clause) for clause in frame]
    if any(tag == "is_obsolete" for tag, _ in clauses):
        replaced = [clause.raw_value()[5:] for tag, clause in clauses if tag == "replaced_by"]
        if replaced:
            terms.setdefault(replaced[0], Term()).numbers.add(str(frame.id)[5:])
        return
    term = terms.setdefault(str(frame.id)[5:], Term())
    for tag, clause in clauses:
        if tag == "name":
            term.names = {clause.raw_value(): None} | term.names
        elif tag == "alt_id":
            term.numbers.add(clause.raw_value()[5:])
        elif tag == "is_a":
            term.parents.add(clause.raw_value()[5:])
        elif tag == "synonym" and clause.synonym.scope == "EXACT":
            kind = term.abbreviations if str(clause.synonym.type) == _ABBREVIATION else term.names
            kind[clause.synonym.desc] = None


def read_civic(folder: Path) -> dict[str, dict[str, None]]:
    """Return CIViC's names of each disease by its number, or by the name where it has none."""
    found: dict[str, dict[str, None]] = {}
    for pattern in ("*ClinicalEvidenceSummaries.tsv", "*AssertionSummaries.tsv"):
        for path in folder.glob(pattern):
            with path.open(encoding="utf-8") as lines:
                for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                    if row["disease"]:
                        names = found.setdefault(row["doid"] or row["disease"], {})
                        names[row["disease"]] = None
    return found


def own_facts(name: str) -> Iterator[list[str]]:
    """Yield the columns of a table beside this script."""
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


def _ancestors(terms: dict[str, Term], number: str) -> set[str]:
    found: set[str] = set()
    waiting = [number]
    while waiting:
        term = terms.get(waiting.pop())
        for parent in term.parents - found if term else ():
            found.add(parent)
            waiting.append(parent)
    return found


def chosen_terms(ontology: dict[str, Term], civic: dict[str, dict[str, None]]) -> dict[str, Term]:
    """Return cancers, what CIViC names, and what is broader than either."""
    current = {other: number for number, term in ontology.items() for other in term.numbers}
    for number, names in civic.items():
        term = ontology.setdefault(current.get(number, number), Term())
        term.names = names | term.names  # CIViC's name is the one that entries show
    for narrower, broader, _ in own_facts("disease_gaps.txt"):
        ontology[narrower].parents.add(broader)
    for key, codes in own_facts("disease_codes.txt"):
        term = ontology.setdefault(key, Term())
        if key.startswith("? "):
            term.names[key[2:]] = None
        for code in codes.split():
            system, _, word = code.partition(":")
            (term.abbreviations if system == "abbr" else term.codes)[word if system == "abbr" else code] = (
                None
            )
    wanted = {number for number in ontology if not _ROOTS.isdisjoint({number, *_ancestors(ontology, number)})}
    wanted |= {current.get(number, number) for number in civic} | {
        key for key, _ in own_facts("disease_codes.txt")
    }
    for number in list(wanted):
        wanted |= _ancestors(ontology, number)
    return {number: ontology[number] for number in wanted if number in ontology and ontology[number].names}


def table_text(terms: dict[str, Term], release: str) -> str:
    """Return the text of the table."""
    lines = [HEADER.format(release=release)]
    for number, term in sorted(terms.items(), key=lambda one: (len(one[0]), one[0])):
        name, *others = term.names
        shown = {name.lower()}
        unlike = [other for other in others if not (other.lower() in shown or shown.add(other.lower()))]
        columns: Iterable[str] = (
            number if number.isdigit() else "-" if number.startswith("? ") else "",
            name,
            "|".join(unlike),
            "|".join(term.abbreviations),
            ",".join(sorted(term.numbers)),
            "|".join(sorted(term.parents & terms.keys())),
            " ".join(term.codes),
        )
        lines.append("\t".join(columns) + "\n")
    return "".join(lines)


def main() -> None:
    """Write the table into the package."""
    ontology, release = read_ontology(Path(sys.argv[1]))
    terms = chosen_terms(ontology, read_civic(Path(sys.argv[2])))
    target = HERE.parents[1] / "annotator" / "sources" / "civic" / "diseases.tsv"
    target.write_text(table_text(terms, release), encoding="utf-8")


if __name__ == "__main__":
    main()
