"""ClinVar's alleles and records, collected before they are written into a store."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from annotator.sources.clinvar.layout import (
    EXPRESSIONS,
    GROUPS,
    NUMBERS,
    RSIDS,
    join_group,
    relative,
    rsid_number,
)
from annotator.sources.clinvar.lookups import genomic_hash
from annotator.sources.clinvar.records import ClinVarRecord, stars
from annotator.sources.clinvar.spellings import ONE_SPELLING, StatedSpellings
from annotator.store.writing import Lookup, contig_order, write_store
from annotator.variants.allele import AlleleKey
from annotator.variants.hgvs_parse import parse_hgvs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes: TypeAlias = NDArray[np.uint64]
    Ids: TypeAlias = NDArray[np.uint32]
    Mask: TypeAlias = NDArray[np.bool_]
    Numbers: TypeAlias = NDArray[np.unsignedinteger[Any]]
    Places: TypeAlias = NDArray[np.int64]

__all__ = ["ClinVarTable", "Values", "expression_key", "grouped"]

Values: TypeAlias = tuple[str | None, ...]
"""Values of a record in one group."""

_COLUMNS = ("contig", *NUMBERS, "shift", "open", *GROUPS)
_POOLED = ("contig", "allele", *GROUPS)  # columns that contain numbers of distinct values
_RECORD_RSID = ClinVarRecord._fields.index("rsid")
_REVIEW_STATUS = ClinVarRecord._fields.index("review_status") - GROUPS["classification"].start

# Genomic expressions whose change is already in normal form: nearly all of ClinVar's own.
_PLAIN_EXPRESSION = re.compile(
    r"[A-Z]{2}_[0-9]{1,9}\.[0-9]{1,9}:[gm]\."
    r"([0-9]{1,9}(?:_[0-9]{1,9})?(?:del|dup|inv|(?:del)?ins[ACGTN]+)|[0-9]{1,9}[ACGTN]+>[ACGTN]+)"
)


def grouped(record: ClinVarRecord, start: int) -> dict[str, Values]:
    """Return a record's values, by the groups of the store's layout.

    Args:
        record: record of an allele.
        start: 1-based start of the allele's key, to which positions in the HGVS expression are made relative.

    """
    facts = (
        *record[:_RECORD_RSID],  # the numbers are in no group
        None if rsid_number(record.rsid) else record.rsid,
        relative(record.hgvs, start),
    )
    return {name: facts[attributes] for name, attributes in GROUPS.items()}  # type: ignore[misc]


def expression_key(contig: str, hgvs: str) -> int | None:
    """Return the key of an allele's own genomic expression in the lookup table of expressions; None for other text."""
    if plain := _PLAIN_EXPRESSION.fullmatch(hgvs):
        return genomic_hash(contig, plain[1])
    expression = parse_hgvs(hgvs)
    return None if expression is None else genomic_hash(contig, expression.change)


class ClinVarTable:
    """Rows of alleles with their records, collected in any order; the tables of a file's parts can be joined.

    Attributes:
        open_indels: number of insertions and deletions with unknown representations, by reason.

    """

    def __init__(self) -> None:
        self._pools: dict[str, dict[Any, int]] = {name: {} for name in _POOLED}
        self._parts: dict[str, list[Numbers]] = {name: [] for name in _COLUMNS}
        self._rows: list[tuple[int, ...]] = []  # the last ones, not yet in columns
        self._expressions: list[tuple[Hashes, Ids]] = []
        self._own_keys: list[int] = []
        self._own_ids: list[int] = []
        self.open_indels: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._rows) + sum(map(len, self._parts["contig"]))

    def __getstate__(self) -> dict[str, Any]:
        # Tables are sent between processes, columns much faster than rows.
        self._settle()
        return self.__dict__

    def add(
        self, allele: AlleleKey, record: ClinVarRecord, spellings: StatedSpellings = ONE_SPELLING
    ) -> None:
        """Add a row; the genomic expression of an insertion or deletion becomes a lookup key.

        Args:
            allele: its key.
            record: ClinVar's record.
            spellings: representations of the allele.

        """
        self.count_open(spellings)
        if record.hgvs is not None and allele.is_indel:
            self.add_own_expression(allele.contig, record.hgvs, record.variation_id)
        pools = self._pools
        contigs, sequences = pools["contig"], pools["allele"]
        self._rows.append(
            (
                contigs.setdefault(allele.contig, len(contigs)),
                allele.start,
                sequences.setdefault(f"{allele.deleted}>{allele.inserted}", len(sequences)),
                record.variation_id,
                record.allele_id or 0,
                rsid_number(record.rsid),
                spellings.shift,
                spellings.open,
                *[
                    pools[name].setdefault(values, len(pools[name]))
                    for name, values in grouped(record, allele.start).items()
                ],
            )
        )

    def extend(self, columns: Mapping[str, Numbers], values: Mapping[str, Sequence[Hashable]]) -> None:
        """Add many rows; their expressions are added by `add_own_expression`.

        Args:
            columns: for `contig`, each of NUMBERS, `shift` and `open` (as `write_store` takes them) and each of GROUPS,
                one number per row.
            values: texts by the numbers of `contig`, `allele` and the groups, in order of first appearance: contig
                names, deleted and inserted bases separated by `>`, and values as `grouped` returns them. A value may
                occur twice.

        """
        import numpy as np

        self._settle()
        for name, parts in self._parts.items():
            numbers = columns[name]
            if name in values:
                pool = self._pools[name]
                mine = [pool.setdefault(value, len(pool)) for value in values[name]]
                numbers = np.array(mine, dtype=np.uint32)[numbers]
            parts.append(_narrowed(numbers))

    def count_open(self, spellings: StatedSpellings) -> None:
        """Count an indel with unknown representations, by reason."""
        if spellings.reason:
            self.open_indels[spellings.reason] += 1

    def add_own_expression(self, contig: str, hgvs: str, variation_id: int) -> None:
        """Add the genomic expression of an insertion's or deletion's record as a lookup key."""
        key = expression_key(contig, hgvs)
        if key is not None:
            self._own_keys.append(key)
            self._own_ids.append(variation_id)

    def add_expressions(self, hashes: Hashes, variation_ids: Ids) -> None:
        """Add HGVS expressions as lookup keys.

        Args:
            hashes: hashes of the expressions, by `expression_hash`.
            variation_ids: VariationID of each; those without a row, or of a row that is neither a pure insertion nor a
                pure deletion, are not stored.

        """
        self._expressions.append((hashes, variation_ids))

    def _all_expressions(self) -> list[tuple[Hashes, Ids]]:
        import numpy as np

        own = np.array(self._own_keys, dtype=np.uint64), np.array(self._own_ids, dtype=np.uint32)
        return [*self._expressions, own]

    def join(self, part: ClinVarTable) -> None:
        """Add the rows of another table after the existing ones, and its expressions."""
        part._settle()
        self._expressions += part._all_expressions()
        self.open_indels.update(part.open_indels)
        values = {name: list(pool) for name, pool in part._pools.items()}
        self.extend({name: part._column(name) for name in _COLUMNS}, values)

    def leave_out(self, variation_ids: Ids) -> int:
        """Remove the rows of some VariationIDs; return how many there were."""
        import numpy as np

        self._settle()
        before = len(self)
        self._take(np.flatnonzero(~np.isin(self._column("variation_id"), variation_ids)))
        return before - len(self)

    def column(self, name: str) -> Numbers:
        """Return the numbers of all rows in a column: `contig`, `allele`, one of NUMBERS or of GROUPS."""
        self._settle()
        return self._column(name)

    def values(self, name: str) -> list[Any]:
        """Return the values that the numbers of `contig`, `allele` or a group represent, as in `extend`."""
        return list(self._pools[name])

    def runs(self) -> list[tuple[str, int, int]]:
        """Return the name, first row and row after the last of each contig; rows must be in order."""
        import numpy as np

        names, contig = self.values("contig"), self.column("contig")
        bounds = [0, *(np.flatnonzero(contig[1:] != contig[:-1]) + 1).tolist(), len(self)]
        return [(names[contig[first]], first, last) for first, last in pairwise(bounds) if first < last]

    def write(self, file: IO[bytes]) -> int:
        """Write the store; return the number of rows removed because their allele has a better one.

        Afterwards the rows of the table are in order. ClinVar has one record per allele, but a lifted or merged file
        may not. Then the one with more stars is kept, and among equals the one with the lower VariationID.
        """
        self._settle()
        before = len(self)
        self._take(self._best_of_each_allele(self._order()))
        contigs = self.runs()
        columns = {name: self._column(name) for name in (*NUMBERS, *GROUPS)}
        indels = self._column("shift"), self._column("open")
        pools = {name: map(join_group, self._pools[name]) for name in GROUPS}
        write_store(
            file, contigs, columns, {"allele": self._pools["allele"], **pools}, self._lookups(), indels
        )
        return before - len(self)

    def _settle(self) -> None:
        """Move the last rows into columns."""
        import numpy as np

        if self._rows:
            for name, numbers in zip(_COLUMNS, np.array(self._rows, dtype=np.uint32).T, strict=True):
                self._parts[name].append(_narrowed(numbers))
            self._rows = []

    def _column(self, name: str) -> Numbers:
        """Return the numbers of all rows in columns."""
        import numpy as np

        parts = self._parts[name]
        if len(parts) != 1:
            # Kept as one array: ClinVar has millions of rows, which should not be in memory twice.
            parts[:] = [np.concatenate([np.zeros(0, dtype=np.uint8), *parts])]
        return parts[0]

    def _take(self, rows: Places) -> None:
        """Keep only some rows, in this order."""
        for name, parts in self._parts.items():
            parts[:] = [self._column(name)[rows]]

    def _lookups(self) -> dict[str, Lookup]:
        """Return the lookup tables of the sorted rows."""
        import numpy as np

        rsids = self._column("rsid")
        by_rsid = np.argsort(rsids, kind="stable").astype(np.uint32)
        return {
            RSIDS: Lookup(None, by_rsid[np.searchsorted(rsids[by_rsid], 1) :]),
            EXPRESSIONS: self._expression_lookup(),
        }

    def _expression_lookup(self) -> Lookup:
        import numpy as np

        movable = np.flatnonzero(self._are_indels()[self._column("allele")])
        ids = self._column("variation_id")[movable].astype(np.uint32)
        order = np.argsort(ids, kind="stable")
        movable, ids = movable[order], ids[order]
        hashes: list[Hashes] = []
        places: list[Ids] = []
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
        """Return whether each text of the pool `allele` is a pure insertion or deletion."""
        import numpy as np

        texts = self._pools["allele"]
        return np.array([text.startswith(">") or text.endswith(">") for text in texts], dtype=bool)

    def _order(self) -> Places:
        """Return rows by contig, start, and the allele's text; equal ones in the order in which they were added."""
        import numpy as np

        ranks = []
        for name, key in (("allele", None), ("contig", contig_order)):
            in_order = sorted(self._pools[name], key=key)
            numbers = np.array([self._pools[name][value] for value in in_order], dtype=np.uint32)
            rank = np.empty_like(numbers)
            rank[numbers] = np.arange(numbers.size, dtype=np.uint32)
            ranks.append(rank[self._column(name)])
        return np.lexsort((ranks[0], self._column("start"), ranks[1]))

    def _best_of_each_allele(self, order: Places) -> Places:
        """Return one row per allele from rows in order: the one with the most stars, then the lowest ID."""
        import numpy as np

        same = np.ones(max(0, order.size - 1), dtype=bool)
        for name in ("contig", "start", "allele"):
            numbers = self._column(name)[order]
            same &= numbers[1:] == numbers[:-1]
        if not same.any():
            return order
        statuses = [values[_REVIEW_STATUS] for values in self._pools["classification"]]
        classifications, ids = self._column("classification"), self._column("variation_id")

        def rank(row: int) -> tuple[int, int]:
            return -(stars(statuses[classifications[row]]) or 0), int(ids[row])

        firsts = np.flatnonzero(np.append(True, ~same))
        counts = np.diff(firsts, append=order.size)
        kept = order[firsts]
        for place in np.flatnonzero(counts > 1).tolist():
            rows = order[firsts[place] : firsts[place] + counts[place]].tolist()
            kept[place] = min(rows, key=rank)
        return kept


def _narrowed(numbers: Numbers) -> Numbers:
    """Return numbers in the narrowest integer type that holds them all."""
    import numpy as np

    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))
