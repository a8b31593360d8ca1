"""ClinVar's missense records as a store of their own, which is looked up by the residue that they change.

With ClinVar's tables a record is missense if it is so on the transcript that names it. Without them the molecular
consequences of the VCF decide, which are those of all transcripts (a few records have none, and may be missense); what
each allele does to one transcript is found out when the input's annotation shows the codon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotator.runtime.named_tuple import NamedTuple
from annotator.snapshot.clinvar.tables.expressions import VariationTexts
from annotator.sources.clinvar.layout import GROUPS
from annotator.sources.clinvar.records import ClinVarRecord, evidence_text
from annotator.sources.clinvar.table import ClinVarTable, Values
from annotator.sources.clinvar_protein.layout import (
    EFFECTS,
    ORIGIN,
    RESIDUES,
    coding_text,
    residue_key,
)
from annotator.store.writing import Lookup, TextPool, write_store

__all__ = ["Missense", "write_proteins"]

Rows: TypeAlias = NDArray[np.int64]

_MISSENSE = "|missense_variant"


class Missense(NamedTuple):
    """Result of writing the store.

    Attributes:
        records: number of records.
        origin: where their protein changes come from, in words.

    """

    records: int
    origin: str


def write_proteins(table: ClinVarTable, named: VariationTexts | None, path: Path) -> Missense | None:
    """Write the store of the missense records of a table.

    Args:
        table: its rows are in order.
        named: missense changes from ClinVar's tables, as `read_expressions` returns them; None if these were not read.
        path: of the store; nothing is written if there is no such record.

    """
    if named is not None and not named.ids.size:
        named = None  # a table that does not mark the transcripts that name variations
    ids = table.column("variation_id").astype(np.int64)
    rows = np.flatnonzero(_are_substituted(table) & _are_missense(table, ids, named))
    if not rows.size:
        return None
    changes = _Changes([""] if named is None else _transcripts(named))
    for text in [""] * rows.size if named is None else map(itemgetter(0), named.of_each(ids[rows])):
        changes.add(text)
    pools: dict[str, Iterable[str]] = {
        ORIGIN: ["codons" if named is None else "tables"],
        "transcript": changes.transcripts,
        "protein": changes.proteins,
        "coding": changes.codings,
    }
    columns: dict[str, Any] = {name: table.column(name)[rows] for name in ("start", "variation_id")}
    columns |= changes.columns
    alleles = table.values("allele")
    texts = {
        "allele": [alleles[number] for number in table.column("allele")[rows].tolist()],
        "evidence": _of_classification(table, rows, _evidence),
        "effects": _of_classification(table, rows, _effects),
    }
    for name, of_rows in texts.items():
        pools[name] = pool = TextPool()
        columns[name] = [pool.add(text) for text in of_rows]
    keys = np.array(changes.keys, dtype=np.uint64)
    order = np.argsort(keys, kind="stable")[int((keys == 0).sum()) :]  # without those of no transcript
    lookup = Lookup(keys[order], order.astype(np.uint32))
    with path.open("wb") as file:
        write_store(file, _runs(table, rows), columns, pools, {RESIDUES: lookup})
    origin = "with protein changes from ClinVar's tables" if named else "without protein changes"
    return Missense(int(rows.size), origin)


def _transcripts(named: VariationTexts) -> list[str]:
    """Return the transcripts of all changes, sorted; the first is the empty text."""
    return sorted({"", *(text.partition("\t")[0] for (text, *_) in named.of_each(np.unique(named.ids)))})


class _Changes:
    """Protein changes of rows, in the columns of the store.

    Args:
        transcripts: all of them, sorted.

    """

    def __init__(self, transcripts: Sequence[str]) -> None:
        self.transcripts = transcripts
        self.proteins = TextPool()
        self.codings = TextPool()
        self.columns: dict[str, list[int]] = {"transcript": [], "protein": [], "coding": []}
        self.keys: list[int] = []
        self._numbers = {name: number for number, name in enumerate(transcripts)}

    def add(self, text: str) -> None:
        """Add the change of a row, in the words of `read_expressions`; an empty text for none."""
        transcript, coding, old, residue, new = text.split("\t") if text else ("", "", "", "0", "")
        number = self._numbers[transcript]
        self.columns["transcript"].append(number)
        self.columns["protein"].append(self.proteins.add(f"{old}{residue}{new}" if old else ""))
        self.columns["coding"].append(self.codings.add(coding_text(coding, int(residue))))
        self.keys.append(residue_key(number, int(residue)))


def _are_substituted(table: ClinVarTable) -> NDArray[np.bool_]:
    """Return whether the allele of each row replaces bases by as many others."""
    pairs = [text.partition(">") for text in table.values("allele")]
    same = np.array([len(old) == len(new) for old, _, new in pairs], dtype=bool)
    return same[table.column("allele")]


def _are_missense(table: ClinVarTable, ids: Rows, named: VariationTexts | None) -> NDArray[np.bool_]:
    if named is not None:
        return np.isin(ids, named.ids)
    found = [_consequences(values) for values in table.values("classification")]
    if not any(found):
        return np.zeros(ids.size, dtype=bool)
    missense = [terms is None or _MISSENSE in terms for terms in found]  # a few records state no consequence
    return np.array(missense, dtype=bool)[table.column("classification")]


_FIRST = GROUPS["classification"].start
_CLASSIFICATION, _REVIEW_STATUS, _CONSEQUENCES = (
    ClinVarRecord._fields.index(name) - _FIRST for name in ("classification", "review_status", "consequences")
)


def _consequences(values: Values) -> str | None:
    return values[_CONSEQUENCES]


def _evidence(values: Values) -> str:
    return evidence_text(values[_CLASSIFICATION], values[_REVIEW_STATUS])


def _effects(values: Values) -> str:
    terms = {one.partition("|")[2] for one in (_consequences(values) or "").split(",")}
    return "+".join(effect for effect in EFFECTS if effect in terms)


def _of_classification(table: ClinVarTable, rows: Rows, text_of: Callable[[Values], str]) -> list[str]:
    """Return a text for each row, made from its classification."""
    texts = [text_of(values) for values in table.values("classification")]
    return [texts[number] for number in table.column("classification")[rows].tolist()]


def _runs(table: ClinVarTable, rows: Rows) -> list[tuple[str, int, int]]:
    """Return name, first row and row after the last of each contig, among some rows."""
    bounds = [(name, *np.searchsorted(rows, [first, stop]).tolist()) for name, first, stop in table.runs()]
    return [(name, first, stop) for name, first, stop in bounds if first < stop]
