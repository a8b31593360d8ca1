"""The two human assemblies: contig names, lengths and RefSeq accessions, and how an assembly is recognised.

Lengths and accessions are those of the assembly reports of GRCh37.p13 (GCF_000001405.25) and GRCh38.p14
(GCF_000001405.40); they did not change between patches. The canonical contig name is Ensembl's: no `chr`, `MT` for the
mitochondrion. In both assemblies the mitochondrion is the revised Cambridge Reference Sequence, NC_012920.1 of 16,569
bases. UCSC's hg19 has another sequence, NC_001807 of 16,571 bases, under the name `chrM`: it is not `MT`, and its
positions must not be looked up as positions of `MT`.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from functools import cached_property

from annotator.runtime.named_tuple import NamedTuple

__all__ = [
    "CANONICAL_CONTIGS",
    "Assembly",
    "ContigDeclaration",
    "assembly_from_contig",
    "assembly_from_text",
    "contradicting_lengths",
    "has_one_copy",
    "is_hg19_mitochondrion",
    "position_on_x",
    "stated_length",
]

CANONICAL_CONTIGS = (*(str(number) for number in range(1, 23)), "X", "Y", "MT")

_HG19_MITOCHONDRION_LENGTH = 16_571

# Placeholder lengths that tools write if they do not know the length: zero, and the largest values of an index or an
# integer type.
_PLACEHOLDER_LENGTHS = frozenset(
    {
        0,
        1,
        999_999_999,
        *(base - less for base in (2**29, 2**30, 2**31, 2**32, 2**63, 2**64) for less in (0, 1, 2)),
    }
)
# Length of chrY without the pseudo-autosomal region at its end, as in Ensembl's and other masked references.
_SHORT_Y = {"GRCh37": 59_034_049, "GRCh38": 56_887_902}

# Accession versions and lengths in the order of CANONICAL_CONTIGS.
_ACCESSION_VERSIONS = {
    "GRCh37": (10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10, 9, 1),
    "GRCh38": (
        11,
        12,
        12,
        12,
        10,
        12,
        14,
        11,
        12,
        11,
        10,
        12,
        11,
        9,
        10,
        10,
        11,
        10,
        10,
        11,
        9,
        11,
        11,
        10,
        1,
    ),
}
_LENGTHS = {
    "GRCh37": (
        249_250_621, 243_199_373, 198_022_430, 191_154_276, 180_915_260, 171_115_067, 159_138_663,
        146_364_022, 141_213_431, 135_534_747, 135_006_516, 133_851_895, 115_169_878, 107_349_540,
        102_531_392, 90_354_753, 81_195_210, 78_077_248, 59_128_983, 63_025_520, 48_129_895,
        51_304_566, 155_270_560, 59_373_566, 16_569,
    ),
    "GRCh38": (
        248_956_422, 242_193_529, 198_295_559, 190_214_555, 181_538_259, 170_805_979, 159_345_973,
        145_138_636, 138_394_717, 133_797_422, 135_086_622, 133_275_309, 114_364_328, 107_043_718,
        101_991_189, 90_338_345, 83_257_441, 80_373_285, 58_617_616, 64_444_167, 46_709_983,
        50_818_468, 156_040_895, 57_227_415, 16_569,
    ),
}  # fmt: skip
# Names of the assemblies in file names and free text; `assembly19` and `assembly38` are the Broad Institute's. A name
# may occur inside a word (`human_g1k_v37_decoy`, `hg19ToHg38`), but a short one not at its end: `b37` may be part of a
# checksum. No digit may follow.
_SYNONYMS = {
    "GRCh37": r"grch37|hg19|g1k_v37|assembly19|(?:ncbi|build)[ _-]?37|gcf_000001405\.(?:1[3-9]|2[0-5])"
    r"|(?<![a-z0-9])(?:hs37|b37(?![a-z]))",
    "GRCh38": r"grch38|hg38|assembly38|(?:ncbi|build)[ _-]?38|gcf_000001405\.(?:2[6-9]|3\d|40)"
    r"|(?<![a-z0-9])(?:hs38|b38(?![a-z]))",
}
# Synonyms that users type; case does not matter.
_NAMES = {
    "GRCh37": r"grch37(?:\.p\d+)?|hg19|b37|hs37(?:d5)?",
    "GRCh38": r"grch38(?:\.p\d+)?|hg38|b38|hs38(?:d1|dh)?",
}
# First and last base of PAR1 and PAR2 on Y, and their first bases on X (NCBI assembly reports).
_PSEUDO_AUTOSOMAL = {
    "GRCh37": ((10_001, 2_649_520, 60_001), (59_034_050, 59_363_566, 154_931_044)),
    "GRCh38": ((10_001, 2_781_479, 10_001), (56_887_903, 57_217_415, 155_701_383)),
}
# Other assemblies: a text that names one of them may describe a liftover from or to it.
_OTHER_ASSEMBLIES = (
    r"chm13|t2t|hg1[5-8](?!\d)|grch36|(?:ncbi|build)[ _-]?36|(?:(?<![a-z0-9])|to)(?:hs1|b36)(?![a-z0-9])"
)
_REFSEQ_OTHER = r"N[TW]_\d+\.\d+"


class Assembly(enum.StrEnum):
    """A human genome assembly."""

    GRCH37 = "GRCh37"
    GRCH38 = "GRCh38"

    @classmethod
    def _missing_(cls, value: object) -> Assembly | None:
        """Return the assembly with this synonym, such as `hg19`, `b37` or `GRCh38.p14`.

        >>> Assembly("hg38")
        <Assembly.GRCH38: 'GRCh38'>
        """
        name = value.lower() if isinstance(value, str) else ""
        return next((one for one in cls if re.fullmatch(_NAMES[one.value], name)), None)

    @cached_property
    def lengths(self) -> dict[str, int]:
        """Length in bases of each canonical contig."""
        return dict(zip(CANONICAL_CONTIGS, _LENGTHS[self.value], strict=True))

    @cached_property
    def accessions(self) -> dict[str, str]:
        """RefSeq accession with version of each canonical contig, such as `NC_000007.14`."""
        versions = _ACCESSION_VERSIONS[self.value]
        numbers = (*range(1, 25), 12920)
        return {
            contig: f"NC_{number:06d}.{version}"
            for contig, number, version in zip(CANONICAL_CONTIGS, numbers, versions, strict=True)
        }

    @cached_property
    def _contigs_by_name(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for contig, accession in self.accessions.items():
            names |= {contig: contig, f"chr{contig}": contig, accession: contig}
        return names | {"M": "MT", "chrM": "MT"}

    def contig(self, name: str) -> str | None:
        """Return the canonical name of a contig, or None if the assembly does not have it.

        `7`, `chr7`, `CHR7` and `NC_000007.14` are one contig. A RefSeq accession of an unplaced, alternate or patch
        sequence (`NT_…`, `NW_…`) is its own canonical name; GRCh38's other names for these sequences are translated to
        it.
        """
        known = self._contigs_by_name.get(name)
        if known is not None:
            return known
        if name[:3].lower() == "chr" and (known := self._contigs_by_name.get(name[3:].upper())) is not None:
            return known
        if re.fullmatch(_REFSEQ_OTHER, name):
            return name
        if self is not Assembly.GRCH38:
            return None
        from annotator.variants.scaffolds import scaffold  # most files have chromosomes only

        return scaffold(name)


class ContigDeclaration(NamedTuple):
    """A `##contig` line: name as written, and length, assembly tag and 1-based line number if available."""

    name: str
    length: int | None = None
    assembly: str | None = None
    line: int | None = None


def assembly_from_text(text: str) -> Assembly | None:
    """Return the assembly that a free text such as a `##reference` path names, or None.

    A text that names both assemblies, or one and another human assembly, is inconclusive: None.

    >>> assembly_from_text("file:///references/human_g1k_v37_decoy.fasta")
    <Assembly.GRCH37: 'GRCh37'>
    """
    lowered = text.lower()
    if re.search(_OTHER_ASSEMBLIES, lowered):
        return None
    named = [name for name in Assembly if re.search(rf"(?:{_SYNONYMS[name.value]})(?!\d)", lowered)]
    return named[0] if len(named) == 1 else None


def assembly_from_contig(declaration: ContigDeclaration) -> Assembly | None:
    """Return the assembly that a contig's RefSeq accession or length proves, or None.

    The mitochondrion proves nothing: it is the same in both assemblies.
    """
    for assembly in Assembly:
        contig = assembly.contig(declaration.name)
        if contig is None or contig == "MT":
            continue
        if assembly.accessions.get(contig) == declaration.name:
            return assembly
        if declaration.length is not None and _has_length(assembly, contig, declaration.length):
            return assembly
    return None


def stated_length(length: int) -> int | None:
    """Return a declared length; None for a placeholder such as 2147483647."""
    return None if length in _PLACEHOLDER_LENGTHS else length


def _has_length(assembly: Assembly, contig: str, length: int) -> bool:
    return assembly.lengths.get(contig) == length or (contig == "Y" and length == _SHORT_Y[assembly.value])


def position_on_x(assembly: Assembly, position: int) -> int | None:
    """Return the 1-based position on X of a position on Y in a pseudo-autosomal region; None outside these regions."""
    for first, last, on_x in _PSEUDO_AUTOSOMAL[assembly.value]:
        if first <= position <= last:
            return position - first + on_x
    return None


def has_one_copy(assembly: Assembly, contig: str, position: int) -> bool:
    """Return whether a male has one copy of a locus: on X or Y outside of the pseudo-autosomal regions.

    Args:
        assembly: assembly of the position.
        contig: canonical name.
        position: 1-based.

    """
    if contig == "Y":
        return position_on_x(assembly, position) is None
    return contig == "X" and not any(
        on_x <= position <= on_x + last - first for first, last, on_x in _PSEUDO_AUTOSOMAL[assembly.value]
    )


def is_hg19_mitochondrion(declaration: ContigDeclaration) -> bool:
    """Return whether a contig with a mitochondrial name is UCSC hg19's sequence (NC_001807), which is not `MT`."""
    return declaration.length == _HG19_MITOCHONDRION_LENGTH or declaration.name.startswith("NC_001807")


def contradicting_lengths(
    assembly: Assembly, declarations: Iterable[ContigDeclaration]
) -> list[ContigDeclaration]:
    """Return the contigs with names of the assembly whose declared length is not the assembly's.

    The length of UCSC hg19's mitochondrion contradicts neither assembly.
    """
    found = []
    for declaration in declarations:
        contig = assembly.contig(declaration.name)
        if contig is None or declaration.length is None:
            continue
        fits = contig not in assembly.lengths or _has_length(assembly, contig, declaration.length)
        if not fits and not (contig == "MT" and is_hg19_mitochondrion(declaration)):
            found.append(declaration)
    return found
