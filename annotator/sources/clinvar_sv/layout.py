"""Layout of ClinVar's copy-number and structural records in a store: a row per record and range of positions.

`start` and `stop` are the first and last base of the range, 1-based. Of uncertain breakpoints they are the inner ones:
the bases that are certainly lost or gained. All rows have the same empty allele.
"""

from __future__ import annotations

from annotator.variants.copy_number import CopyChange

__all__ = ["BENIGN", "COLUMNS", "GAIN", "IMPRECISE", "MOST_LISTED", "POOLS", "SHORTEST", "TYPES"]

POOLS = ("kind", "evidence")
COLUMNS = ("start", "stop", "variation_id", "flags", *POOLS)

GAIN, BENIGN, IMPRECISE = 1, 2, 4
"""Bits of `flags`: a gain, not a loss; classified as benign or likely benign; without exact breakpoints."""

MOST_LISTED = 500
"""Maximum number of records that are listed for an allele; all are counted."""

SHORTEST = 50
"""Bases from which a deletion or duplication is structural."""

TYPES = {
    "copy_number_loss": CopyChange.LOSS,
    "Deletion": CopyChange.LOSS,
    "copy_number_gain": CopyChange.GAIN,
    "Duplication": CopyChange.GAIN,
    "Tandem_duplication": CopyChange.GAIN,
}
"""Direction of the change of ClinVar's types; the other types have none."""
