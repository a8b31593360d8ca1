"""Reference sequence from an indexed FASTA, through pysam."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from annotator.errors import FastaError
from annotator.variants.assembly import Assembly, ContigDeclaration, is_hg19_mitochondrion

if TYPE_CHECKING:
    import pysam

__all__ = ["Reference"]

_BLOCK = 1 << 12  # bases read at a time: neighbouring records share a block


class Reference:
    """The bases of an assembly, read block by block from a FASTA with a `.fai` (and a `.gzi` if it is BGZF).

    Contigs are requested by canonical name; the FASTA may call them `7`, `chr7` or `NC_000007.14`. Contigs that the
    FASTA lacks have no bases.
    """

    def __init__(self, path: Path, assembly: Assembly) -> None:
        self.path = path
        self._fasta = _open(path)
        self._names: dict[str, str] = {}
        for name in self._fasta.references:
            contig = assembly.contig(name)
            length = self._fasta.get_reference_length(name)
            if contig is not None and not is_hg19_mitochondrion(ContigDeclaration(name, length)):
                self._names.setdefault(contig, name)
        if not self._names:
            first = next(iter(self._fasta.references), None)
            raise FastaError(
                f"no sequence of the FASTA file has a name that is used in {assembly}"
                + (f" (the first is {first!r})" if first else ""),
                path=path,
                remedy=f"Use a FASTA file of {assembly} whose sequences are named 1, chr1 or "
                f"{assembly.accessions['1']}",
            )
        self._check_lengths(assembly)
        self._block: tuple[str, int, str] = ("", 0, "")

    def _check_lengths(self, assembly: Assembly) -> None:
        for contig, name in self._names.items():
            expected = assembly.lengths.get(contig)
            length = self._fasta.get_reference_length(name)
            if expected is not None and length != expected:
                raise FastaError(
                    f"sequence {name!r} has {length:,} bases, but {expected:,} in {assembly}",
                    path=self.path,
                    remedy=f"Use a FASTA file of {assembly}",
                )

    def __contains__(self, contig: str) -> bool:
        return contig in self._names

    def name_of(self, contig: str) -> str | None:
        """Return the FASTA's name of a canonical contig; None if the FASTA lacks it."""
        return self._names.get(contig)

    def bases(self, contig: str, start: int, stop: int) -> str:
        """Return the upper-case bases from `start` to `stop`, 1-based and inclusive, cut at the contig's ends."""
        name = self._names.get(contig)
        start = max(start, 1)
        if name is None or stop < start:
            return ""
        block_contig, block_start, block = self._block
        if block_contig != contig or not block_start <= start - 1 <= stop <= block_start + len(block):
            block_start = (start - 1) - (start - 1) % _BLOCK
            block_stop = max(stop, block_start + 2 * _BLOCK)
            block = self._fetch(name, block_start, block_stop)
            self._block = (contig, block_start, block)
        return block[start - 1 - block_start : stop - block_start]

    def _fetch(self, name: str, start: int, stop: int) -> str:
        try:
            bases: str = self._fasta.fetch(name, start, stop)
        except (OSError, ValueError) as error:
            raise FastaError(
                f"sequence {name!r} cannot be read ({error})",
                path=self.path,
                remedy="The file is truncated, or the index belongs to another file; create the "
                "index with `samtools faidx`",
            ) from error
        return bases.upper()


def _open(path: Path) -> pysam.FastaFile:
    # pysam is imported only if a FASTA is given: most runs need none.
    from pysam import FastaFile

    if not path.exists():
        raise FastaError("no such FASTA file", path=path)
    indexes = [Path(f"{path}.fai")]
    if _is_gzip(path):
        indexes.append(Path(f"{path}.gzi"))
    missing = [index.name for index in indexes if not index.exists()]
    if missing:
        # pysam would create the index beside the FASTA; a reference folder is often read-only and shared.
        raise FastaError(
            f"the FASTA file has no index ({' and '.join(missing)})",
            path=path,
            remedy=f"Create it with: samtools faidx {path}",
        )
    try:
        return FastaFile(str(path))
    except (OSError, ValueError) as error:
        raise FastaError(
            f"not a readable FASTA ({error})",
            path=path,
            remedy="Check that it is a FASTA file, and create the index again with `samtools faidx`",
        ) from error


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"
