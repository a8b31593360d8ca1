"""How the tests examine a file."""

from __future__ import annotations

from pathlib import Path

from annotator.doctor.diagnosis import Diagnosis
from annotator.doctor.examine import examine
from tests.support.inputs import (
    MT_BASES,
)


def look(path: Path, **options: object) -> Diagnosis:
    return examine(str(path), **options)  # type: ignore[arg-type]


# With a reference

RUN = MT_BASES.index("AAAA") + 1
RUN_STOP = RUN + len(MT_BASES[RUN - 1 :]) - len(MT_BASES[RUN - 1 :].lstrip("A")) - 1
AFTER = MT_BASES[RUN_STOP]
