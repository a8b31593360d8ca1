"""Read a chain file as aligned blocks.

Format: https://genome.ucsc.edu/goldenPath/help/chain.html. Positions are 0-based; those of a reverse strand count from
the end of the contig. A chain begins with a line that names its two ends, followed by one line per block: its length
and the gaps after it.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

from annotator.errors import KnowledgeBaseError
from annotator.variants.assembly import Assembly
from annotator.variants.lift import AlignedBlock, Lift

__all__ = ["read_chain", "read_chain_blocks"]

_NAMES = {Assembly.GRCH37: "hg19ToHg38.over.chain.gz", Assembly.GRCH38: "hg38ToHg19.over.chain.gz"}


def read_chain(path: Path, target: Assembly) -> Lift:
    """Read a chain file from the other assembly to this one.

    Only chromosomes and the mitochondrion are used. The mitochondrion is the same sequence in both assemblies and is
    not taken from the file: UCSC's hg19 has another one.

    Args:
        path: the file, plain or gzip.
        target: the assembly to which the file must lead.

    Raises:
        KnowledgeBaseError: the file cannot be read, or is for other assemblies.

    """
    source = next(assembly for assembly in Assembly if assembly is not target)
    return Lift(source, target, read_chain_blocks(path, source, target))


def read_chain_blocks(path: Path, source: Assembly, target: Assembly) -> list[AlignedBlock]:
    """Read the blocks of a chain file between the chromosomes of two assemblies, in file order.

    Args:
        path: the file, plain or gzip.
        source: assembly from which the file must lead.
        target: assembly to which the file must lead.

    Raises:
        KnowledgeBaseError: the file cannot be read, or is for other assemblies.

    """
    try:
        text = path.read_bytes()
        lines = (gzip.decompress(text) if text[:2] == b"\x1f\x8b" else text).decode("ascii").splitlines()
    except (OSError, EOFError, ValueError) as error:
        raise KnowledgeBaseError(f"the chain file cannot be read ({error})", path=path) from error
    remedy = f"Use the chain file that leads from {source} to {target}, such as UCSC's {_NAMES[source]}"
    blocks = list(_Chains(path, source, target, remedy).blocks(lines))
    if not blocks:
        raise KnowledgeBaseError(
            f"the chain file has no chain from {source} to {target}", path=path, remedy=remedy
        )
    length = source.lengths["MT"]
    return [*blocks, AlignedBlock("MT", 1, length, "MT", 1, False)]


class _Chains:
    """Parser of the lines of a chain file.

    Args:
        path: path of the file, for error messages.
        source, target: assemblies from which and to which the file must lead.
        remedy: what to do, for error messages.

    """

    def __init__(self, path: Path, source: Assembly, target: Assembly, remedy: str) -> None:
        self._path = path
        self._source = source
        self._target = target
        self._remedy = remedy

    def blocks(self, lines: Iterable[str]) -> Iterator[AlignedBlock]:
        chain: _Chain | None = None
        for number, line in enumerate(lines, 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            try:
                if words[0] == "chain":
                    chain = self._begun(words)
                elif chain is not None:
                    yield chain.block(*map(int, words))
            except (ValueError, TypeError, IndexError) as error:
                raise KnowledgeBaseError(
                    f"not a line of a chain file: {line[:80]!r}",
                    path=self._path,
                    line=number,
                    remedy=self._remedy,
                ) from error

    def _begun(self, words: list[str]) -> _Chain | None:
        """Return the chain that a line begins; None if it is not between chromosomes."""
        contig = self._contig(self._source, words[2], int(words[3]))
        target_contig = self._contig(self._target, words[7], int(words[8]))
        if contig is None or target_contig is None:
            return None
        if words[4] != "+":
            raise ValueError(words[4])
        return _Chain(contig, int(words[5]), target_contig, int(words[10]), int(words[8]), words[9] == "-")

    def _contig(self, assembly: Assembly, name: str, length: int) -> str | None:
        """Return the canonical name of a chromosome; None for any other contig, and for the mitochondrion."""
        contig = assembly.contig(name)
        if contig == "MT" or contig not in assembly.lengths:
            return None
        if length != assembly.lengths[contig]:
            raise KnowledgeBaseError(
                f"the chain file does not lead from {self._source} to {self._target}: "
                f"it has a {name} of {length:,} bases",
                path=self._path,
                remedy=self._remedy,
            )
        return contig


class _Chain:
    """A chain while its blocks are read; positions are 0-based, counted from the starts of the strands."""

    def __init__(
        self, contig: str, start: int, target_contig: str, target_start: int, size: int, is_reverse: bool
    ) -> None:
        self._contig = contig
        self._start = start
        self._target_contig = target_contig
        self._target_start = target_start
        self._size = size
        self._is_reverse = is_reverse

    def block(self, length: int, gap: int = 0, target_gap: int = 0) -> AlignedBlock:
        """Return the next block."""
        start, target_start = self._start, self._target_start
        self._start += length + gap
        self._target_start += length + target_gap
        forward = self._size - target_start - length if self._is_reverse else target_start
        return AlignedBlock(
            self._contig, start + 1, length, self._target_contig, forward + 1, self._is_reverse
        )
