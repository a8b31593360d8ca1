"""ClinVar's alleles by VariationID, from the store of the same snapshot: how CIViC's ClinVar ids are joined."""

from __future__ import annotations

from pathlib import Path

from annotator.sources.civic.knowledge import Knowledge
from annotator.store.store import Store
from annotator.variants.allele import AlleleKey

__all__ = ["clinvar_alleles"]


def clinvar_alleles(store: Path, knowledge: Knowledge) -> dict[int, AlleleKey]:
    """Give the alleles of the ClinVar records that CIViC names.

    Args:
        store: of ClinVar; without it there are none.
        knowledge: what CIViC says.

    """
    wanted = {id_ for variant in knowledge.variants.values() for id_ in variant.clinvar_ids}
    if not wanted or not store.exists():
        return {}
    import numpy as np

    clinvar = Store(store)
    ids = np.asarray(clinvar.columns["variation_id"])
    rows = np.flatnonzero(np.isin(ids, np.array(sorted(wanted))))
    # In the pseudo-autosomal regions a record has two rows, on X and on Y: the first counts.
    return {int(ids[row]): clinvar.key(int(row)) for row in rows[::-1]}
