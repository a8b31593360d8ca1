"""Lifting alleles from one assembly to the other by a chain file, through the library `liftover`.

An allele is lifted only if all of its bases stay together, in one direction and one place. On the reverse strand its
bases are complemented. Chain files: https://genome.ucsc.edu/goldenPath/help/chain.html.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import IO, Any

from annotator.errors import KnowledgeBaseError
from annotator.sources.civic.criteria import Region
from annotator.variants.allele import AlleleKey, key_of
from annotator.variants.assembly import Assembly

__all__ = ["Chain"]

_COMPLEMENT = str.maketrans("ACGT", "TGCA")
_GET_ONE = "Give the chain file that leads from {source} to {target}, such as {name} of UCSC"
_NAMES = {Assembly.GRCH37: "hg19ToHg38.over.chain.gz", Assembly.GRCH38: "hg38ToHg19.over.chain.gz"}


class Chain:
    """A chain file that leads to an assembly from the other one.

    Args:
        path: the file, plain or gzip.
        target: the assembly to which it must lead.

    Attributes:
        source: the assembly from which it leads.

    Raises:
        KnowledgeBaseError: it cannot be read, or leads elsewhere.

    """

    def __init__(self, path: Path, target: Assembly) -> None:
        self.source = next(assembly for assembly in Assembly if assembly is not target)
        self.target = target
        self._check(path)
        # Loaded here: it loads ssl, to download chain files, which this does not let it do.
        from liftover import ChainFile

        try:
            self._chain: Any = ChainFile(str(path), str(self.source), str(target), one_based=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise KnowledgeBaseError(f"the chain file cannot be read ({error})", path=path) from error

    def _check(self, path: Path) -> None:
        """Demand that a chromosome's lengths are those of the two assemblies."""
        remedy = _GET_ONE.format(source=self.source, target=self.target, name=_NAMES[self.source])
        found = False
        try:
            with _opened(path) as lines:
                for line in lines:
                    words = line.split()
                    if words[:1] == [b"chain"] and len(words) >= 12:
                        self._check_lengths(path, words, remedy)
                        found = True
        except (OSError, EOFError, ValueError) as error:
            raise KnowledgeBaseError(f"the chain file cannot be read ({error})", path=path) from error
        if not found:
            raise KnowledgeBaseError("not a chain file: it has no chain", path=path, remedy=remedy)

    def _check_lengths(self, path: Path, words: list[bytes], remedy: str) -> None:
        for assembly, name, length in (
            (self.source, words[2], words[3]),
            (self.target, words[7], words[8]),
        ):
            expected = assembly.lengths.get(assembly.contig(name.decode()) or "")
            if name.decode() in {"M", "chrM"} or expected in {None, int(length)}:
                continue  # hg19 has a mitochondrion of its own
            raise KnowledgeBaseError(
                f"the chain file does not lead from {self.source} to {self.target}: it has a {name.decode()} of "
                f"{int(length):,} bases",
                path=path,
                remedy=remedy,
            )

    def lift(self, allele: AlleleKey) -> AlleleKey | None:
        """Lift an allele; None if it has no place of its own in the target.

        An insertion is lifted by the bases on its two sides.
        """
        if allele.contig == "MT":
            return allele  # the same sequence in both
        first = allele.start if allele.deleted else allele.start - 1
        last = allele.start + len(allele.deleted) - 1 if allele.deleted else allele.start
        lifted = self._span(allele.contig, first, last)
        if lifted is None:
            return None
        contig, start, stop, is_reverse = lifted
        deleted, inserted = allele.deleted, allele.inserted
        if is_reverse:
            deleted, inserted = (bases.translate(_COMPLEMENT)[::-1] for bases in (deleted, inserted))
        return key_of(contig, start, deleted, inserted) if deleted else AlleleKey(contig, stop, "", inserted)

    def lift_region(self, region: Region) -> Region | None:
        """Lift a region by its ends; None if they do not stay together."""
        ends = [self._place(region.contig, position) for position in (region.start, region.stop)]
        if None in ends:
            return None
        (contig, start, direction), (other, stop, other_direction) = (end for end in ends if end is not None)
        if (contig, direction) != (other, other_direction):
            return None
        return Region(contig, min(start, stop), max(start, stop))

    def _span(self, contig: str, first: int, last: int) -> tuple[str, int, int, bool] | None:
        """Contig, first and last base of a span in the target, and whether it is reversed there."""
        places = [self._place(contig, position) for position in range(first, last + 1)]
        if None in places:
            return None
        found = [place for place in places if place is not None]
        other, start, strand = found[0]
        step = 1 if strand == "+" else -1
        if any(place != (other, start + step * index, strand) for index, place in enumerate(found)):
            return None
        stop = found[-1][1]
        return other, min(start, stop), max(start, stop), strand == "-"

    def _place(self, contig: str, position: int) -> tuple[str, int, str] | None:
        places = {
            (name, place, strand)
            for name, place, strand in self._hits(contig, position)
            if self.target.contig(name) in self.target.lengths
        }
        if len(places) != 1:
            return None
        name, place, strand = places.pop()
        canonical = self.target.contig(name)
        return None if canonical is None else (canonical, place, strand)

    def _hits(self, contig: str, position: int) -> list[tuple[str, int, str]]:
        try:
            found: list[tuple[str, int, str]] = self._chain.query(contig, position)
        except (KeyError, ValueError):  # a contig that the file does not have
            return []
        return found


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    opened: IO[bytes] = gzip.open(path) if is_gzip else path.open("rb")  # type: ignore[assignment]  # noqa: SIM115
    return opened
