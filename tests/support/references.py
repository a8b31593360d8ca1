"""Reference bases for tests: those that the real data hold, with gaps, and what can be said in spite of the gaps."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

from annotator.variants.allele import AlleleKey
from annotator.variants.assembly import Assembly
from annotator.variants.hgvs import genomic_hgvs

_PAGE = 1 << 16  # bases
_FASTA_FILES = {Assembly.GRCH37: "VarDict_hg19.slices.fa.gz", Assembly.GRCH38: "GRCh38_chr*.fa.gz"}
_VCF_FILES = {
    Assembly.GRCH37: (
        "bcbio_cwl.clinvar.hg19.vcf.gz",
        "exomiser.clinvar-test.grch37.vcf.gz",
        "slivar.clinvar_20191007.vcf.gz",
    ),
    Assembly.GRCH38: ("ensembl-vep.clinvar-testset.vcf.gz",),
}


class UnknownBasesError(Exception):
    """The answer hangs on bases that the mosaic does not have."""


class SequenceReference:
    """A whole contig, invented; other contigs have no bases."""

    def __init__(self, contig: str, sequence: str) -> None:
        self.contig = contig
        self.sequence = sequence
        self.fetches = 0

    def bases(self, contig: str, start: int, stop: int) -> str:
        assert start >= 1, "a base before the first was asked for"
        self.fetches += 1
        return self.sequence[start - 1 : stop] if contig == self.contig else ""


class MosaicReference:
    """Real bases known in pieces. Those in between read `?`, which equals no base."""

    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly
        self._pages: dict[tuple[str, int], bytearray] = {}

    def add(self, contig: str, start: int, bases: str) -> None:
        """Make a piece known; `start` is 1-based. It must not contradict what is known."""
        bases = bases.upper()
        known = self.bases(contig, start, start + len(bases) - 1)
        if known.strip("?"):
            assert all(old in {"?", new} for old, new in zip(known, bases, strict=True)), (contig, start)
        for page, begin, end in _pages(start, start + len(bases) - 1):
            held = self._pages.setdefault((contig, page), bytearray(b"?" * _PAGE))
            offset = page * _PAGE + begin + 1 - start
            held[begin:end] = bases[offset : offset + end - begin].encode()

    def bases(self, contig: str, start: int, stop: int) -> str:
        stop = min(stop, self.assembly.lengths[contig])
        pieces = []
        for page, begin, end in _pages(start, stop):
            held = self._pages.get((contig, page))
            pieces.append("?" * (end - begin) if held is None else held[begin:end].decode())
        return "".join(pieces)

    def knows(self, contig: str, start: int, stop: int) -> bool:
        return "?" not in self.bases(contig, start, stop)


class KnownBases:
    """A mosaic as a FASTA that lacks what it does not know: no bases there, but for the nearer end of a window."""

    def __init__(self, mosaic: MosaicReference) -> None:
        self._mosaic = mosaic

    def bases(self, contig: str, start: int, stop: int) -> str:
        found = self._mosaic.bases(contig, start, stop) if stop > 1 else ""
        if "?" not in found:
            return found
        return found.rpartition("?")[2] if len(found) >= 100 else ""


class RepeatingReference:
    """A mosaic whose unknown bases go on repeating `unit`, which stands at `start` (1-based).

    Asked for unknown bases only, it gives up.
    """

    def __init__(self, mosaic: MosaicReference, unit: str, start: int) -> None:
        self._mosaic = mosaic
        self._unit = unit
        self._start = start

    def bases(self, contig: str, start: int, stop: int) -> str:
        known = self._mosaic.bases(contig, start, stop)
        if "?" not in known:
            return known
        if not known.strip("?"):
            raise UnknownBasesError(f"{contig}:{start}-{stop}")
        unit, shift = self._unit, start - self._start
        return "".join(
            unit[(shift + index) % len(unit)] if base == "?" else base for index, base in enumerate(known)
        )


def decided_hgvs(allele: AlleleKey, mosaic: MosaicReference) -> str | None:
    """Genomic HGVS of an allele, if the known bases decide it.

    An indel moves, and is a duplication, as far as bases repeat it. So it is asked twice: once with unknown bases
    that never repeat it and once with unknown bases that always do. Where the answers agree, no unknown base
    matters.
    """
    shortest = genomic_hgvs(allele, mosaic.assembly, mosaic)
    if allele.is_indel:
        always = RepeatingReference(mosaic, allele.deleted or allele.inserted, allele.start)
        if genomic_hgvs(allele, mosaic.assembly, always) != shortest:
            raise UnknownBasesError(allele)
    return shortest


def mosaic_reference(data: Path, assembly: Assembly) -> MosaicReference:
    """All the bases of an assembly that the real data hold: slices of FASTA and REF alleles of ClinVar's."""
    mosaic = MosaicReference(assembly)
    for path in sorted((data / "reference").glob(_FASTA_FILES[assembly])):
        for contig, start, bases in _fasta_slices(path):
            mosaic.add(contig, start, bases)
    for line in (data / "clinvar" / f"mosaic_reference.{assembly}.tsv").read_text().splitlines():
        if not line.startswith("#"):
            contig, position, _, bases = line.split("\t")
            mosaic.add(contig, int(position), bases)
    for name in _VCF_FILES[assembly]:
        for columns in vcf_columns(data / "clinvar" / "other" / name):
            contig = assembly.contig(columns[0]) or columns[0]
            if contig in assembly.lengths:
                mosaic.add(contig, int(columns[1]), columns[3])
    return mosaic


def vcf_columns(path: Path) -> Iterator[list[str]]:
    """Columns of each record of a gzip-compressed VCF."""
    with gzip.open(path, "rt") as file:
        for line in file:
            if not line.startswith("#"):
                yield line.rstrip("\r\n").split("\t")


def _fasta_slices(path: Path) -> Iterator[tuple[str, int, str]]:
    """Contig, 1-based start and bases of each sequence named `chrN:start-stop`."""
    for entry in gzip.decompress(path.read_bytes()).decode().split(">")[1:]:
        header, _, body = entry.partition("\n")
        place = re.match(r"chr(\w+):(\d+)-(\d+)", header)
        assert place is not None, header
        contig, start, stop = place[1], int(place[2]), int(place[3])
        bases = body.replace("\n", "")
        if len(bases) == stop - start + 1:  # one slice of hg19 has a base too many: where is not known
            yield contig, start, bases


def _pages(start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """Pages of a 1-based inclusive range, each with the half-open range of offsets in it."""
    for page in range((start - 1) // _PAGE, (stop - 1) // _PAGE + 1):
        base = page * _PAGE
        yield page, max(0, start - 1 - base), min(_PAGE, stop - base)
