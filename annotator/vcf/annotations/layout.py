"""Order of the parts in an annotation's entries, as the header declares it, whatever the INFO key is called.

VEP declares its layout as `Format: Allele|Consequence|…` and lets the user name the key (`--vcf_info_field`), so that
CSQ, ANN and `vep` may all be VEP's. SnpEff writes `'Allele | Annotation | …'` in quotes, with spaces. bcftools csq has
a layout without an allele (`annotations.bcsq`). Other tools use these layouts with their own part names, such as
`Entrez Gene ID`.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import itemgetter

from annotator.runtime.named_tuple import NamedTuple
from annotator.vcf.header import InfoDeclaration

__all__ = ["Entry", "Layout", "Part", "Writer", "layouts_of"]


class Writer(enum.Enum):
    """Tool whose rules an annotation follows for the alleles of its entries."""

    VEP = "VEP"
    SNPEFF = "SnpEff"
    BCFTOOLS = "bcftools csq"


class Part(enum.IntEnum):  # its hash is an integer's: parts are looked up for every entry
    """Part of an entry, by its content."""

    ALLELE = enum.auto()
    ALLELE_NUMBER = enum.auto()
    UPLOADED_ALLELE = enum.auto()
    TERMS = enum.auto()
    SYMBOL = enum.auto()
    GENE_ID = enum.auto()
    FEATURE = enum.auto()
    BIOTYPE = enum.auto()
    EXON = enum.auto()
    INTRON = enum.auto()
    RANK = enum.auto()
    HGVS_G = enum.auto()
    HGVS_C = enum.auto()
    HGVS_P = enum.auto()
    AMINO_ACIDS = enum.auto()
    PROTEIN_POSITION = enum.auto()
    CODONS = enum.auto()
    STRAND = enum.auto()
    PICK = enum.auto()
    MANE = enum.auto()
    MANE_SELECT = enum.auto()
    MANE_PLUS_CLINICAL = enum.auto()
    CANONICAL = enum.auto()


_NAMES = {
    Part.ALLELE: ("allele",),
    Part.ALLELE_NUMBER: ("allele_num",),
    Part.UPLOADED_ALLELE: ("uploaded_allele",),
    Part.TERMS: ("consequence", "annotation", "effect"),
    Part.SYMBOL: ("symbol", "gene_name", "gene_symbol", "hugo_symbol"),
    Part.GENE_ID: ("entrez_gene_id", "entrez_id", "gene_id", "gene"),
    Part.FEATURE: ("feature", "feature_id", "transcript", "transcript_id"),
    Part.BIOTYPE: ("biotype", "transcript_biotype"),
    Part.EXON: ("exon",),
    Part.INTRON: ("intron",),
    Part.RANK: ("rank",),
    Part.HGVS_G: ("hgvsg", "hgvs.g"),
    Part.HGVS_C: ("hgvsc", "hgvs.c"),
    Part.HGVS_P: ("hgvsp", "hgvs.p"),
    Part.AMINO_ACIDS: ("amino_acids",),
    Part.PROTEIN_POSITION: ("protein_position",),
    Part.CODONS: ("codons",),
    Part.STRAND: ("strand",),
    Part.PICK: ("pick",),
    Part.MANE: ("mane",),
    Part.MANE_SELECT: ("mane_select",),
    Part.MANE_PLUS_CLINICAL: ("mane_plus_clinical",),
    Part.CANONICAL: ("canonical",),
}  # fmt: skip
"""Names of each part in different tools: lower case, with `_` for spaces."""

_SNPEFF_KEY = "ANN"
_SNPEFF = (
    "Allele | Annotation | Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | "
    "Rank | HGVS.c | HGVS.p | cDNA.pos / cDNA.length | CDS.pos / CDS.length | AA.pos / AA.length | Distance | "
    "ERRORS / WARNINGS / INFO"
)
"""Parts of ANN if its header does not list them (VCF annotation format 1.0)."""

# A list of names: the text after `Format:`, or the text around a `|` up to a quotation mark or bracket.
_AFTER_FORMAT = r"(?i:Format)\s*:\s*['\"]?(.+)"
_AROUND_PIPE = r"([^:'\"(]*\|.*)"
_END = r"['\")]"


class Entry(NamedTuple):
    """The parts of one entry, in the order of `Part`; empty for those that it does not have."""

    allele: str
    allele_number: str
    uploaded_allele: str
    terms: str
    symbol: str
    gene_id: str
    feature: str
    biotype: str
    exon: str
    intron: str
    rank: str
    hgvs_g: str
    hgvs_c: str
    hgvs_p: str
    amino_acids: str
    protein_position: str
    codons: str
    strand: str
    pick: str
    mane: str
    mane_select: str
    mane_plus_clinical: str
    canonical: str


class Layout:
    """The layout of one INFO key.

    Attributes:
        key: INFO key.
        writer: tool whose rules its entries follow.
        parts: 0-based index of each part that it has.
        names: names of all parts, as in the header.

    """

    def __init__(self, key: str, writer: Writer, parts: Mapping[Part, int], names: tuple[str, ...]) -> None:
        self.key = key
        self.writer = writer
        self.parts = parts
        self.names = names

    @property
    def names_genes(self) -> bool:
        """Whether entries name genes and an allele's effects on them."""
        return Part.TERMS in self.parts and Part.SYMBOL in self.parts

    @property
    def is_of_bcftools(self) -> bool:
        """Whether it is bcftools csq's, whose entries do not name their allele."""
        return self.writer is Writer.BCFTOOLS

    @property
    def has_hgvs_p(self) -> bool:
        """Whether entries may have HGVS expressions of proteins."""
        return Part.HGVS_P in self.parts

    @property
    def has_expressions(self) -> bool:
        """Whether entries may have HGVS expressions of nucleotides."""
        return Part.HGVS_G in self.parts or Part.HGVS_C in self.parts

    def entries(self, value: str, least: int = 0) -> Iterator[Entry]:
        """Yield the entries of the INFO key's value.

        Args:
            value: the value.
            least: number of parts below which an entry is damaged and omitted.

        """
        has_space = value.split(None, 1) != [value]
        for text in value.split(","):
            parts = text.split("|")
            if len(parts) < least:
                continue
            parts += self._filling[len(parts) :]
            parts.append("")
            if has_space:
                parts = [part.strip() for part in parts]
            yield Entry._make(self._ordered(parts))

    @cached_property
    def _filling(self) -> list[str]:
        """Empty parts for a complete entry."""
        return [""] * (max(self.parts.values()) + 1)

    @cached_property
    def _ordered(self) -> Callable[[list[str]], Iterable[str]]:
        """Return a function from the parts of an entry to those of `Entry`; the last one is used for missing parts."""
        return itemgetter(*(self.parts.get(part, -1) for part in Part))


def layouts_of(info: Mapping[str, InfoDeclaration]) -> tuple[Layout, ...]:
    """Return the layouts of the annotations that a header declares, in header order.

    Args:
        info: the header's INFO declarations, by key.

    """
    found = (_layout(declaration) for declaration in info.values())
    return tuple(layout for layout in found if layout is not None)


def _layout(declaration: InfoDeclaration) -> Layout | None:
    names = _names(declaration.description)
    parts = _parts(names)
    if (
        declaration.id == _SNPEFF_KEY
        and Part.SYMBOL not in parts
        and "Format:" not in declaration.description
    ):
        names = _names(_SNPEFF)
        parts = _parts(names)
    if not _is_annotation(parts):
        return None
    return Layout(declaration.id, _writer(declaration.description, names), parts, names)


def _names(description: str) -> tuple[str, ...]:
    if "|" not in description:
        return ()
    found = re.search(_AFTER_FORMAT, description) or re.search(_AROUND_PIPE, description)
    listed = re.split(_END, found[1] if found is not None else "", maxsplit=1)[0]
    return tuple(name.strip(" []*") for name in listed.split("|"))


def _parts(names: Iterable[str]) -> dict[Part, int]:
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        places.setdefault("_".join(name.lower().split()), place)
    parts = {
        part: next((places[name] for name in known if name in places), -1) for part, known in _NAMES.items()
    }
    if parts[Part.SYMBOL] < 0:  # "Gene" alone may contain symbols
        parts[Part.SYMBOL] = parts[Part.GENE_ID]
    return {part: place for part, place in parts.items() if place >= 0}


def _is_annotation(parts: Mapping[Part, int]) -> bool:
    """Return whether a list of names is an annotation's: many INFO fields list parts, including ours."""
    has_terms = Part.TERMS in parts and (Part.ALLELE in parts or Part.SYMBOL in parts)
    return has_terms or Part.HGVS_C in parts or Part.HGVS_G in parts


def _writer(description: str, names: Sequence[str]) -> Writer:
    lowered = {name.lower() for name in names}
    if "bcftools/csq" in description.lower() or {"dna_change", "amino_acid_change"} <= lowered:
        return Writer.BCFTOOLS
    return Writer.SNPEFF if {"annotation", "gene_name"} <= lowered else Writer.VEP
