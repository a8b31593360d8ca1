"""ClinVar's alleles and records on their way into a store."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, TypeAlias

from annotator.allele import AlleleKey
from annotator.hgvs_parse import parse_hgvs
from annotator.snapshot.store import Lookup, contig_order, write_store
from annotator.sources.clinvar.layout import GROUPS, NUMBERS, join_group, relative, rsid_number
from annotator.sources.clinvar.lookups import EXPRESSIONS, RSIDS, genomic_hash
from annotator.sources.clinvar.records import ClinVarRecord, stars

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes: TypeAlias = NDArray[np.uint64]
    Mask: TypeAlias = NDArray[np.bool_]
    Places: TypeAlias = NDArray[np.int64]
    Rows: TypeAlias = NDArray[np.uint32]

__all__ = ["ClinVarTable"]

_Values: TypeAlias = tuple[str | None, ...]

# A row: the contig's number, NUMBERS, and the number in its pool of each of GROUPS.
_COLUMNS = ("contig", *NUMBERS, *GROUPS)
_PLACES = {name: place for place, name in enumerate(_COLUMNS)}
_RECORD_RSID = ClinVarRecord._fields.index("rsid")
_REVIEW_STATUS = ClinVarRecord._fields.index("review_status") - GROUPS["classification"].start


class ClinVarTable:
    """Rows of alleles with their records, gathered in any order; the tables of a file's parts can be joined."""

    def __init__(self) -> None:
        self._contigs: dict[str, int] = {}
        self._alleles: dict[str, int] = {}
        self._pools: dict[str, dict[_Values, int]] = {name: {} for name in GROUPS}
        self._rows: list[tuple[int, ...]] = []
        self._joined: list[Rows] = []
        self._expressions: list[tuple[Hashes, Rows]] = []
        self._own_hashes: list[int] = []
        self._own_ids: list[int] = []

    def __len__(self) -> int:
        return len(self._rows) + sum(len(rows) for rows in self._joined)

    def add(self, allele: AlleleKey, record: ClinVarRecord) -> None:
        """Add a row; the genomic expression of an insertion or deletion can then be looked up too."""
        if record.hgvs is not None and allele.is_indel and (expression := parse_hgvs(record.hgvs)):
            self._own_hashes.append(genomic_hash(allele.contig, expression.change))
            self._own_ids.append(record.variation_id)
        rsid = rsid_number(record.rsid)
        facts = (
            *record[:_RECORD_RSID],  # the numbers are in no group
            None if rsid else record.rsid,
            relative(record.hgvs, allele.start),
        )
        sequence = f"{allele.deleted}>{allele.inserted}"
        self._rows.append(
            (
                self._contigs.setdefault(allele.contig, len(self._contigs)),
                allele.start,
                self._alleles.setdefault(sequence, len(self._alleles)),
                record.variation_id,
                record.allele_id or 0,
                rsid,
                *[
                    pool.setdefault(facts[attributes], len(pool))  # type: ignore[arg-type]
                    for pool, attributes in zip(self._pools.values(), GROUPS.values(), strict=True)
                ],
            )
        )

    def add_expressions(self, hashes: Hashes, variation_ids: Rows) -> None:
        """Let HGVS expressions be looked up.

        Args:
            hashes: of the expressions, by `expression_hash`.
            variation_ids: VariationID of each; those of no row, or of one that is neither a pure insertion nor a
                pure deletion, are left out of the store.

        """
        self._expressions.append((hashes, variation_ids))

    def _all_expressions(self) -> list[tuple[Hashes, Rows]]:
        import numpy as np

        own = np.array(self._own_hashes, dtype=np.uint64), np.array(self._own_ids, dtype=np.uint32)
        return [*self._expressions, own]

    def join(self, part: ClinVarTable) -> None:
        """Add the rows of another table, after those that are here, and its expressions."""
        import numpy as np

        self._expressions += part._all_expressions()

        rows = part._as_array().copy()
        for name, mine, its in (
            ("contig", self._contigs, part._contigs),
            ("allele", self._alleles, part._alleles),
            *((name, self._pools[name], part._pools[name]) for name in GROUPS),
        ):
            numbers = np.array([mine.setdefault(value, len(mine)) for value in its], dtype=np.uint32)  # type: ignore[attr-defined, arg-type]
            rows[:, _PLACES[name]] = numbers[rows[:, _PLACES[name]]]
        self._joined.append(rows)

    def leave_out(self, variation_ids: Rows) -> int:
        """Remove the rows of some VariationIDs; give how many there were."""
        import numpy as np

        place, before = _PLACES["variation_id"], len(self)
        unwanted = set(variation_ids.tolist())
        self._rows = [row for row in self._rows if row[place] not in unwanted]
        self._joined = [rows[~np.isin(rows[:, place], variation_ids)] for rows in self._joined]
        return before - len(self)

    def _as_array(self) -> Rows:
        import numpy as np

        rows = np.array(self._rows, dtype=np.uint32).reshape(len(self._rows), len(_COLUMNS))
        # Kept as one array: rows of all of ClinVar are 200 MB, and there should not be two of each.
        self._joined, self._rows = [np.concatenate([*self._joined, rows])], []
        return self._joined[0]

    def write(self, file: IO[bytes]) -> int:
        """Write the store; give the number of rows left out because their allele has another, better one.

        ClinVar has one record per allele, but a lifted or merged file may not. Then the one with more stars is
        kept, and of equals the one with the lower VariationID.
        """
        import numpy as np

        rows = self._sorted(self._as_array())
        self._joined = [rows]
        kept = self._best_of_each_allele(rows)
        duplicates = len(rows) - len(kept)
        rows = rows[kept] if duplicates else rows
        names = list(self._contigs)
        firsts = np.flatnonzero(np.diff(rows[:, 0], prepend=-1)).tolist()
        contigs = [
            (names[rows[first, 0]], first, last)
            for first, last in zip(firsts, [*firsts[1:], len(rows)], strict=True)
        ]
        columns = {name: rows[:, place] for name, place in _PLACES.items() if name != "contig"}
        pools = {name: map(join_group, pool) for name, pool in self._pools.items()}
        write_store(file, contigs, columns, {"allele": self._alleles, **pools}, self._lookups(rows))
        return duplicates

    def _lookups(self, rows: Rows) -> dict[str, Lookup]:
        """Look-ups of the sorted rows."""
        import numpy as np

        rsids = rows[:, _PLACES["rsid"]]
        by_rsid = np.argsort(rsids, kind="stable").astype(np.uint32)
        return {
            RSIDS: Lookup(None, by_rsid[np.searchsorted(rsids[by_rsid], 1) :]),
            EXPRESSIONS: self._expression_lookup(rows),
        }

    def _expression_lookup(self, rows: Rows) -> Lookup:
        import numpy as np

        movable = np.flatnonzero(self._are_indels()[rows[:, _PLACES["allele"]]])
        ids = rows[movable, _PLACES["variation_id"]]
        order = np.argsort(ids, kind="stable")
        movable, ids = movable[order], ids[order]
        hashes: list[Hashes] = []
        places: list[Rows] = []
        for part_hashes, part_ids in self._all_expressions():
            # A VariationID has two rows in the pseudo-autosomal regions: on X and on Y.
            first = np.searchsorted(ids, part_ids, side="left")
            count = np.searchsorted(ids, part_ids, side="right") - first
            which = np.repeat(np.arange(part_ids.size), count)
            nth = np.arange(which.size) - np.repeat(np.cumsum(count) - count, count)
            hashes.append(part_hashes[which])
            places.append(movable[first[which] + nth].astype(np.uint32))
        keys, found = np.concatenate(hashes), np.concatenate(places)
        order = np.lexsort((found, keys))
        keys, found = keys[order], found[order]
        is_new = np.ones(keys.size, dtype=bool)
        is_new[1:] = (keys[1:] != keys[:-1]) | (found[1:] != found[:-1])
        return Lookup(keys[is_new], found[is_new])

    def _are_indels(self) -> Mask:
        """Whether each text of the pool `allele` is a pure insertion or deletion."""
        import numpy as np

        return np.array([text.startswith(">") or text.endswith(">") for text in self._alleles], dtype=bool)

    def _sorted(self, rows: Rows) -> Rows:
        """Sort by contig, start, and the allele's text."""
        import numpy as np

        contigs, alleles = list(self._contigs), list(self._alleles)
        by_contig = np.argsort(sorted(range(len(contigs)), key=lambda number: contig_order(contigs[number])))
        by_allele = np.argsort(sorted(range(len(alleles)), key=alleles.__getitem__))
        order = np.lexsort(
            (
                by_allele[rows[:, _PLACES["allele"]]],
                rows[:, _PLACES["start"]],
                by_contig[rows[:, _PLACES["contig"]]],
            )
        )
        return rows[order]

    def _best_of_each_allele(self, rows: Rows) -> Places:
        """Give, of sorted rows, one per allele."""
        import numpy as np

        same = np.all(rows[1:, : _PLACES["allele"] + 1] == rows[:-1, : _PLACES["allele"] + 1], axis=1)
        if not same.any():
            return np.arange(len(rows))
        statuses = [values[_REVIEW_STATUS] for values in self._pools["classification"]]

        def rank(row: int) -> tuple[int, int]:
            status = statuses[rows[row, _PLACES["classification"]]]
            return -(stars(status) or 0), int(rows[row, _PLACES["variation_id"]])

        kept = np.flatnonzero(np.append(True, ~same))
        counts = np.diff(kept, append=len(rows))
        for place in np.flatnonzero(counts > 1).tolist():
            first = int(kept[place])
            kept[place] = min(range(first, first + int(counts[place])), key=rank)
        return kept
