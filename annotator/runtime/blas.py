"""Loading numpy without the threads of its linear algebra."""

from __future__ import annotations

import os

__all__ = ["spare_blas_threads"]


def spare_blas_threads() -> None:
    """Let numpy, where it is loaded from now on in this process, start no threads for linear algebra.

    There is none here, and while numpy is loaded they wait busily: half as much time again as loading it takes.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
