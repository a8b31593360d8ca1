"""Import of numpy without the threads of its linear algebra library."""

from __future__ import annotations

import os

__all__ = ["spare_blas_threads"]


def spare_blas_threads() -> None:
    """Prevent numpy, if imported after this call in this process, from starting threads for linear algebra.

    The package uses no linear algebra, and while numpy is imported these threads wait busily, which makes the import
    half as long again.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
