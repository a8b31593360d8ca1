"""Information about CIViC's alleles from the ClinVar store of the same snapshot.

Its records place the variants of CIViC that name their VariationIDs; and the bases that its alleles replace are bases
of the reference, which a lifted allele must not contradict.
"""

from __future__ import annotations

from annotator.sources.civic.knowledge import Knowledge
from annotator.store.store import Store
from annotator.variants.allele import AlleleKey

__all__ = ["KnownBases", "clinvar_alleles"]


def clinvar_alleles(clinvar: Store, knowledge: Knowledge) -> dict[int, AlleleKey]:
    """Return the alleles of the ClinVar records that CIViC names.

    Args:
        clinvar: store of ClinVar.
        knowledge: content of CIViC.

    """
    wanted = {id_ for variant in knowledge.variants.values() for id_ in variant.clinvar_ids}
    if not wanted:
        return {}
    import numpy as np

    ids = np.asarray(clinvar.columns["variation_id"])
    rows = np.flatnonzero(np.isin(ids, np.array(sorted(wanted))))
    # In the pseudo-autosomal regions a record has two rows, on X and on Y: the first is used.
    return {int(ids[row]): clinvar.key(int(row)) for row in rows[::-1]}


class KnownBases:
    """Reference bases of an assembly that ClinVar's alleles replace.

    Args:
        store: store of ClinVar.

    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def contradict(self, allele: AlleleKey) -> bool:
        """Return whether ClinVar's alleles within the bases that an allele deletes show other bases.

        One that agrees outweighs others: a record of ClinVar can be wrong too.
        """
        shown = [self._agrees(allele, other) for other in self._store.keys_between(*_span_of(allele))]
        return False in shown and True not in shown

    @staticmethod
    def _agrees(allele: AlleleKey, other: AlleleKey) -> bool | None:
        """Return whether two alleles delete the same bases where they overlap; None if that cannot be compared.

        They cannot be compared if they do not overlap, or one has an ambiguity code.
        """
        mine = allele.deleted[other.start - allele.start :]
        length = min(len(mine), len(other.deleted))
        mine, theirs = mine[:length], other.deleted[:length]
        return None if not length or not set("ACGT").issuperset(mine + theirs) else mine == theirs


def _span_of(allele: AlleleKey) -> tuple[str, int, int]:
    return allele.contig, allele.start, allele.start + len(allele.deleted) - 1
