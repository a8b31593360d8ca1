"""Comparison of two snapshots: of all ClinVar alleles and CIViC variants.

ClinVar has millions of rows, and few change from release to release. Rows are compared as numbers, contig by contig;
only those that differ become records. A text has a different number in each store, so first every distinct text is
assigned one number for both.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from annotator.diff.changes import (
    Change,
    CivicItem,
    ClinVarFacts,
    Subject,
    civic_changes,
    clinvar_changes,
)
from annotator.diff.comparison import Comparison, FailOn, Side, Tally
from annotator.errors import AssemblyError, SnapshotError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress, Unit, counting
from annotator.snapshot.folder import Snapshot
from annotator.sources.civic.layout import COMBINATIONS, combinations_from_json, variant_from_json
from annotator.sources.civic.records import Assertion, CivicVariant, EvidenceItem, MolecularProfile
from annotator.sources.civic.snapshot import CivicSnapshot
from annotator.sources.civic.therapies import joined_therapies
from annotator.sources.clinvar.layout import GROUPS, split_group
from annotator.sources.clinvar.records import ClinVarRecord
from annotator.sources.clinvar.snapshot import ClinVarSnapshot
from annotator.store.store import Store
from annotator.store.writing import contig_order
from annotator.variants.allele import AlleleKey

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from annotator.store.store import Integers

__all__ = ["compare_snapshots", "item_of", "shown_allele"]

_ATTRIBUTES = ClinVarRecord._fields
F = TypeVar("F", bound=Hashable)


def compare_snapshots(
    before: Path, after: Path, fail_on: Iterable[FailOn] = (), progress: Progress | None = None
) -> Comparison:
    """Compare two snapshots of one assembly.

    Args:
        before: folder of the older one.
        after: folder of the newer one.
        fail_on: changes that `Tally.alarming` counts.
        progress: called with the alleles of `after` compared.

    Raises:
        AssemblyError: the snapshots have different assemblies.
        SnapshotError: a snapshot cannot be opened, or they have no knowledge base in common.

    """
    old, new = Snapshot.open(before), Snapshot.open(after)
    if old.assembly is not new.assembly:
        raise AssemblyError(
            f"{before.name} is for {old.assembly}, but {after.name} is for {new.assembly}",
            remedy="Compare two snapshots for the same assembly",
        )
    common = [name for name in old.releases if name in new.releases]
    if not common:
        raise SnapshotError(
            "the snapshots have no knowledge base in common",
            path=after,
            remedy="Compare two snapshots that both contain ClinVar or both contain CIViC",
        )
    tally = Tally()
    changes = chain.from_iterable(_changes(name, old, new, tally, progress) for name in common)
    sides = [Side(one.path.name, {name: r.version for name, r in one.releases.items()}) for one in (old, new)]
    only = sorted(old.releases.keys() ^ new.releases.keys())
    notes = [f"only one of the snapshots contains {name}, so it is not compared" for name in only]
    notes += [
        f"{name} differs, but only alleles of ClinVar and variants of CIViC are compared"
        for name in common
        if name not in _COMPARED and _differs(old, new, name)
    ]
    counted = tally.counted(changes, frozenset(fail_on))
    return Comparison(sides[0], sides[1], str(old.assembly), counted, tally, tuple(notes))


# Knowledge bases whose changes are listed; ClinVar's residues are those of its alleles.
_COMPARED = frozenset({"clinvar", "clinvar_protein", "civic"})


def _differs(old: Snapshot, new: Snapshot, name: str) -> bool:
    """Return whether the files of a knowledge base in two snapshots differ."""
    return old.manifest.sources[name].sha256 != new.manifest.sources[name].sha256


def _changes(
    name: str, before: Snapshot, after: Snapshot, tally: Tally, progress: Progress | None
) -> Iterator[Change]:
    # A user's own file is `vcf:gnomad` in the manifest, and its source is named `gnomad`.
    one, other = (side.sources[list(side.releases).index(name)] for side in (before, after))
    if isinstance(one, ClinVarSnapshot) and isinstance(other, ClinVarSnapshot):
        yield from _clinvar(one, other, tally, progress)
    elif isinstance(one, CivicSnapshot) and isinstance(other, CivicSnapshot):
        yield from _civic(one.store, other.store, tally)


# ClinVar


class _Numbers:
    """Numbers for the distinct values of both stores."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def of_pool(self, store: Store, pool: str, fact: Callable[[str], Hashable]) -> Integers:
        """Return, for each text of a store's pool, the number of its compared content."""
        import numpy as np

        numbers = self._numbers
        return np.fromiter(
            (numbers.setdefault(fact(text), len(numbers)) for text in store.texts(pool)), dtype=np.int64
        )


def _classifications(text: str) -> Hashable:
    values = dict(zip(_ATTRIBUTES[GROUPS["classification"]], split_group(text), strict=True))
    facts = ClinVarFacts(
        **{name: values[name] for name in ("classification", "review_status", "conflicting")}
    )
    # Numbers of submissions change all the time; only the presence of a harmful one is compared.
    return facts[:2], facts.germline.rank


def _somatic(text: str) -> Hashable:
    values = dict(zip(_ATTRIBUTES[GROUPS["somatic"]], split_group(text), strict=True))
    facts = ClinVarFacts(**{name: values[name] for name in ClinVarFacts._fields if name in values})
    return facts[2:6], facts.tumour.rank


def _clinvar(
    before: ClinVarSnapshot, after: ClinVarSnapshot, tally: Tally, progress: Progress | None
) -> Iterator[Change]:
    contigs = sorted(before.store.contigs.keys() | after.store.contigs.keys(), key=contig_order)
    rows = {contig: stop - first for contig, (first, stop) in after.store.contigs.items()}
    advanced = counting(progress, "comparing ClinVar", sum(rows.values()), Unit.ALLELES)
    advanced(0)
    sides = (before, after)
    alleles, classifications, somatic = _Numbers(), _Numbers(), _Numbers()
    old_table, new_table = (
        _Table(
            side.store,
            alleles.of_pool(side.store, "allele", str),
            classifications.of_pool(side.store, "classification", _classifications),
            somatic.of_pool(side.store, "somatic", _somatic),
        )
        for side in sides
    )
    for contig in contigs:
        for old, new in _differing_rows(old_table, new_table, contig, tally):
            yield from _changes_of_row(before, after, contig, old, new)
        advanced(rows.get(contig, 0))


class _Table(NamedTuple):
    """A store's rows as numbers with the same meaning in both stores."""

    store: Store
    alleles: Integers
    classifications: Integers
    somatic: Integers

    def rows(self, contig: str) -> tuple[int, Integers, Integers]:
        """Return the first row of a contig, and for each row a number for its allele and one for its content."""
        import numpy as np

        first, stop = self.store.contigs.get(contig, (0, 0))
        columns = self.store.columns
        start, allele, said, tumour = (
            columns[name].array(first, stop) for name in ("start", "allele", "classification", "somatic")
        )
        keys = start.astype(np.int64) << 32 | self.alleles[allele]
        facts = self.classifications[said] << 32 | self.somatic[tumour]
        return first, keys, facts


def _differing_rows(
    before: _Table, after: _Table, contig: str, tally: Tally
) -> Iterator[tuple[int | None, int | None]]:
    """Yield pairs of differing rows of one contig, in the order of positions; None if a side lacks the allele."""
    import numpy as np

    old_first, old_keys, old_facts = before.rows(contig)
    new_first, new_keys, new_facts = after.rows(contig)
    _, old, new = np.intersect1d(old_keys, new_keys, assume_unique=True, return_indices=True)
    tally.compared["clinvar"] += old_keys.size + new_keys.size - old.size
    changed = old_facts[old] != new_facts[new]
    gone, come = _others(old_keys.size, old), _others(new_keys.size, new)
    pairs: list[tuple[int, int | None, int | None]] = []
    for ours, theirs in zip(old[changed].tolist(), new[changed].tolist(), strict=True):
        pairs.append((int(new_keys[theirs]), old_first + ours, new_first + theirs))
    pairs += [(int(old_keys[row]), old_first + row, None) for row in gone.tolist()]
    pairs += [(int(new_keys[row]), None, new_first + row) for row in come.tolist()]
    pairs.sort(key=lambda pair: pair[0])
    return ((one, other) for _, one, other in pairs)


def _others(size: int, chosen: NDArray[np.intp]) -> NDArray[np.intp]:
    import numpy as np

    rest = np.ones(size, dtype=bool)
    rest[chosen] = False
    return np.flatnonzero(rest)


def _changes_of_row(
    before: ClinVarSnapshot, after: ClinVarSnapshot, contig: str, old: int | None, new: int | None
) -> Iterator[Change]:
    was = None if old is None else before.record(old)
    now = None if new is None else after.record(new)
    record = now or was
    assert record is not None
    store, row = (after.store, new) if new is not None else (before.store, old)
    assert row is not None
    start, sequence = store.columns["start"][row], store.text("allele", store.columns["allele"][row])
    deleted, _, inserted = sequence.partition(">")
    genes = "&".join(gene.partition(":")[0] for gene in (record.genes or "").split("|") if gene)
    subject = Subject(
        shown_allele(AlleleKey(contig, start, deleted, inserted)), f"VCV{record.variation_id}", genes
    )
    yield from clinvar_changes(
        subject,
        None if was is None else ClinVarFacts.of(was),
        None if now is None else ClinVarFacts.of(now),
    )


def shown_allele(allele: AlleleKey) -> str:
    """Return an allele as text for people.

    >>> shown_allele(AlleleKey("13", 32340301, "T", ""))
    '13:32340301 T>-'
    """
    return f"{allele.contig}:{allele.start} {_cut(allele.deleted)}>{_cut(allele.inserted)}"


_SHOWN = 30  # bases shown of a long allele


def _cut(bases: str) -> str:
    return f"{bases[:_SHOWN]}…({len(bases)} bases)" if len(bases) > _SHOWN else bases or "-"


# CIViC


def _civic(before: Store, after: Store, tally: Tally) -> Iterator[Change]:
    old, new = _variants(before), _variants(after)
    combinations_before, combinations_after = _combinations(before), _combinations(after)
    tally.compared["civic"] += len(old.keys() | new.keys())
    for id_ in sorted(old.keys() | new.keys()):
        was, now = old.get(id_), new.get(id_)
        variant = now or was
        assert variant is not None
        yield from civic_changes(
            Subject(f"{variant.gene} {variant.name}", f"VID{id_}", variant.gene),
            None if was is None else _items(was.profiles),
            None if now is None else _items(now.profiles),
        )
    for id_ in sorted(combinations_before.keys() | combinations_after.keys()):
        before_profile, after_profile = combinations_before.get(id_), combinations_after.get(id_)
        profile = after_profile or before_profile
        assert profile is not None
        yield from civic_changes(
            Subject(profile.name, f"MPID{id_}"),
            None if before_profile is None else _items((before_profile,)),
            None if after_profile is None else _items((after_profile,)),
        )


def _variants(store: Store) -> dict[int, CivicVariant]:
    try:
        variants = [variant_from_json(text).variant for text in store.texts("variant")]
    except (ValueError, TypeError) as error:
        raise store.damaged() from error
    return {variant.id: variant for variant in variants}


def _combinations(store: Store) -> dict[int, MolecularProfile]:
    try:
        combinations = combinations_from_json(store.text("whole", COMBINATIONS))
    except (ValueError, TypeError) as error:
        raise store.damaged() from error
    return {id_: one.profile for id_, one in combinations.items()}


def _items(profiles: Iterable[MolecularProfile]) -> list[CivicItem]:
    items: list[EvidenceItem | Assertion] = []
    for profile in profiles:
        items += [*profile.evidence, *profile.assertions]
    return sorted(map(item_of, items))


def item_of(item: EvidenceItem | Assertion) -> CivicItem:
    """Return the parts of an evidence item or assertion that are compared."""
    said = (item.type, item.direction, item.significance)
    if isinstance(item, EvidenceItem):
        therapies = joined_therapies(item.therapies, item.therapy_interaction)
        return CivicItem(f"EID{item.id}", item.level, (*said, therapies, ""), item.disease, item.doid)
    therapies = joined_therapies(item.therapies, "")
    statement = (*said, therapies, item.amp_category)
    return CivicItem(f"AID{item.id}", item.amp_level, statement, item.disease, item.doid)
