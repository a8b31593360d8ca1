"""What a source is asked: an allele, and the identifiers that its record carries for it.

Identifiers are read from the record only when a source wants them: nearly every allele is found, or known to be
absent, by its key alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from annotator.allele import AlleleKey
from annotator.hgvs_parse import HgvsExpression

__all__ = ["NO_IDENTIFIERS", "Identifiers", "Question"]


class Identifiers(NamedTuple):
    """Names of one allele that its record carries: hints where to look, never a match by themselves.

    Attributes:
        rsids: numbers of dbSNP, without `rs`. Those of a record with several ALTs are all ALTs' own.
        genomic: genomic HGVS expressions, as VEP writes them.
        coding: HGVS expressions on transcripts, as VEP and SnpEff write them.

    """

    rsids: tuple[int, ...] = ()
    genomic: tuple[HgvsExpression, ...] = ()
    coding: tuple[HgvsExpression, ...] = ()


NO_IDENTIFIERS = Identifiers()


def _nothing() -> Identifiers:
    return NO_IDENTIFIERS


class Question(NamedTuple):
    """One ALT of a record.

    Attributes:
        allele: its key.
        is_normalised: whether the key is known to be left-aligned; if not, the same allele may stand under another.
        position: 1-based POS of `ref`.
        ref: REF, upper case: reference bases that are known whether there is a FASTA or not.
        identify: reads its identifiers.

    """

    allele: AlleleKey
    is_normalised: bool = True
    position: int = 0
    ref: str = ""
    identify: Callable[[], Identifiers] = _nothing
