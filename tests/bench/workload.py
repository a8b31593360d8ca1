"""The files that are annotated, and the one to annotate from: invented, and the same at every making.

At full size: a file like ClinVar's of 3.44 million records, a genome of 4.49 million of which 1.5 % are in it, an
exome of 442,000, a cohort of 500 samples with 40,000, and a panel of 50.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from annotator.runtime.workers import ordered_map
from annotator.variants.assembly import CANONICAL_CONTIGS, Assembly
from annotator.vcf.bgzf import EOF_BLOCK, MAX_BLOCK_DATA, deflate

if TYPE_CHECKING:
    import numpy as np

    from tests.bench.genome import Alleles, Mask

__all__ = ["CASES", "Workload", "existing_workload", "write_workload"]

CASES = ("wgs", "exome", "cohort", "panel")
"""Files to annotate."""

_CLINVAR = "clinvar"
_CLINVAR_RECORDS = 3_440_000
_GENOME_RECORDS = 4_490_000
_GENES = 20_000
_KNOWN = 0.015  # share of a genome's records that ClinVar has
_CALLED_INDELS = 0.15
_EXOME = {True: 0.3, False: 0.0955}  # share of the genome's records, by whether ClinVar has them
_COHORT = 0.009
_LEVEL = 6  # bgzip's


class Workload(NamedTuple):
    """A folder with the files."""

    folder: Path

    def path(self, name: str) -> Path:
        """Give the path of a case's file, or of ClinVar's."""
        return self.folder / f"{name}.vcf.gz"

    @property
    def clinvar(self) -> Path:
        return self.path(_CLINVAR)


def existing_workload(folder: Path, cases: Iterable[str]) -> Workload:
    """Give a workload that was made before.

    Raises:
        FileNotFoundError: a file of it, or its index, is missing.

    """
    workload = Workload(folder)
    for name in (_CLINVAR, *cases):
        for path in (workload.path(name), Path(f"{workload.path(name)}.tbi")):
            if not path.is_file():
                raise FileNotFoundError(f"{path} is missing")
    return workload


def write_workload(folder: Path, scale: int, workers: int = 1) -> Workload:
    """Write all files, compressed and indexed.

    Args:
        folder: where to; it must exist.
        scale: 1 for the full size, n for one n-th of it (but for the samples of the cohort and for the panel).
        workers: number of processes; the files are the same.

    """
    import pysam

    workload = Workload(folder)
    names = (_CLINVAR, *CASES)
    files = {name: workload.path(name).open("wb") for name in names}
    try:
        for blocks in ordered_map(_blocks_of, scale, [None, *range(len(CANONICAL_CONTIGS))], workers):
            for name, data in blocks.items():
                files[name].write(data)
        for file in files.values():
            file.write(EOF_BLOCK)
    finally:
        for file in files.values():
            file.close()
    for name in names:
        pysam.tabix_index(str(workload.path(name)), preset="vcf", force=True)
    return workload


def _blocks_of(scale: int) -> partial[dict[str, bytes]]:
    return partial(_blocks, scale)


def _blocks(scale: int, contig: int | None) -> dict[str, bytes]:
    """Give the BGZF blocks of a contig for each file; those of the headers for None."""
    if contig is None:
        return {name: deflate(header.encode(), _LEVEL) for name, header in _headers().items()}
    texts = {name: _Blocks() for name in (_CLINVAR, *CASES)}
    _write_contig(texts, scale, contig)
    return {name: text.end() for name, text in texts.items()}


def _headers() -> dict[str, str]:
    from tests.bench.calls import SAMPLES, call_header
    from tests.bench.clinvar_like import clinvar_header

    one = call_header(["SAMPLE"])
    cohort = call_header([f"S{number:03d}" for number in range(1, SAMPLES + 1)])
    return {_CLINVAR: clinvar_header(), "wgs": one, "exome": one, "cohort": cohort, "panel": one}


class _Blocks:
    """Text on its way into BGZF blocks, which are full but for the last."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._text: list[str] = []
        self._size = 0

    def add(self, line: str) -> None:
        self._text.append(line)
        self._size += len(line)
        if self._size > 64 * MAX_BLOCK_DATA:
            data = "".join(self._text).encode()
            whole = len(data) - len(data) % MAX_BLOCK_DATA
            self._blocks.append(deflate(data[:whole], _LEVEL))
            self._text = [data[whole:].decode()]
            self._size = len(data) - whole

    def end(self) -> bytes:
        self._blocks.append(deflate("".join(self._text).encode(), _LEVEL))
        return b"".join(self._blocks)


def _write_contig(texts: dict[str, _Blocks], scale: int, contig: int) -> None:
    import numpy as np

    from tests.bench.calls import calls, cohort_line
    from tests.bench.clinvar_like import clinvar_alleles, clinvar_lines

    rng = np.random.default_rng([20_260_226, contig])
    size = _size(contig, scale)
    known = clinvar_alleles(rng, contig, size.clinvar, size.genes)
    for line in clinvar_lines(rng, known, first_id=(contig + 1) * 1_000_000):
        texts[_CLINVAR].add(line)
    called = _called(rng, known, size)
    is_known = np.isin(called.keys, known.keys)
    chances = rng.random(len(called))
    in_exome = (chances < np.where(is_known, _EXOME[True], _EXOME[False])).tolist()
    in_cohort = (chances < _COHORT).tolist()
    in_panel = _panel(is_known)
    for row, call in enumerate(calls(rng, called)):
        texts["wgs"].add(call.line)
        if in_exome[row]:
            texts["exome"].add(call.line)
        if in_cohort[row]:
            texts["cohort"].add(cohort_line(rng, call))
        if row in in_panel:
            texts["panel"].add(call.line)


class _Size(NamedTuple):
    """Numbers of a contig's genes, records of ClinVar's, and calls."""

    genes: int
    clinvar: int
    calls: int


def _size(contig: int, scale: int) -> _Size:
    """Divide what there is by length; Y has few genes and one copy, and the mitochondrion is a case of its own."""
    lengths = Assembly.GRCH38.lengths
    name = CANONICAL_CONTIGS[contig]
    if name == "MT":
        return _Size(1, 3_000 // scale + 10, 40)
    share = lengths[name] / sum(lengths.values()) / scale
    fewer = 16 if name == "Y" else 1
    numbers = (_GENES, _CLINVAR_RECORDS * 1.015, _GENOME_RECORDS * 1.016)
    return _Size(*[max(10, round(number * share / fewer)) for number in numbers])


def _called(rng: np.random.Generator, known: Alleles, size: _Size) -> Alleles:
    """Draw what a genome has: alleles from anywhere, and some of ClinVar's."""
    import numpy as np

    from tests.bench.genome import alleles_at, join

    length = Assembly.GRCH38.lengths[CANONICAL_CONTIGS[known.contig]]
    hits = min(len(known), max(2, round(size.calls * _KNOWN)))
    chosen = known.of(np.sort(rng.choice(len(known), hits, replace=False)))
    # One in four deletions is drawn in vain, because it could move.
    drawn = round((size.calls - hits) / (1 - _CALLED_INDELS / 8))
    return join(chosen, alleles_at(rng, known.contig, rng.integers(100, length - 100, drawn), _CALLED_INDELS))


def _panel(is_known: Mask) -> set[int]:
    """Choose a contig's share of the panel: one record that ClinVar has, and one that it has not."""
    import numpy as np

    return {int(np.flatnonzero(is_known == wanted)[0]) for wanted in (True, False)}
