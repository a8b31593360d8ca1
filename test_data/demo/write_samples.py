"""The demo's samples: a tumour with its normal, and the normal alone. Reads and genotypes are invented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from assemblies import CONTIGS, LENGTHS, contig_name, declarations
from calls import BREAKENDS, CALLS, DELETIONS, EFFECTS, Breakend, Call, Deletion

__all__ = ["sample_vcf"]


class Line(NamedTuple):
    """One data line before its columns are joined."""

    contig: str
    position: int
    name: str
    ref: str
    alt: str
    info: list[str]
    call: Call | Deletion | Breakend
    ordinal: int


FILTERS = {
    "germline": "The normal sample has it too",
    "weak_evidence": "Few reads have it",
}
INFOS = (
    ("CSQ", ".", "String", "Consequences. Format: Allele|Consequence|SYMBOL|Feature|HGVSc|HGVSp"),
    ("DP", "1", "Integer", "Reads over all samples"),
    ("END", "1", "Integer", "Last position of the variant"),
    ("MATEID", ".", "String", "ID of the other end"),
    ("NOTE", "1", "String", "Free text, percent-encoded"),
    ("SOMATIC", "0", "Flag", "Not in the normal sample"),
    ("SVLEN", ".", "Integer", "Length of ALT less length of REF"),
    ("SVTYPE", "1", "String", "Type of structural variant"),
)
FORMATS = (
    ("GT", "1", "String", "Genotype"),
    ("AD", "R", "Integer", "Reads of each allele"),
    ("DP", "1", "Integer", "Reads"),
    ("AF", "A", "Float", "Fraction of the reads"),
)


def sample_vcf(assembly: str, kind: str) -> Iterator[str]:
    """Lines of the tumour's or the germline sample's VCF."""
    samples = ("TUMOUR", "NORMAL") if kind == "tumour" else ("NORMAL",)
    yield "##fileformat=VCFv4.2"
    yield "##source=annotator demo, invented samples"
    yield f"##reference={assembly}"
    if kind == "tumour":
        yield from (f'##FILTER=<ID={name},Description="{text}">' for name, text in FILTERS.items())
    yield '##ALT=<ID=DEL,Description="Deletion">'
    yield from declarations("INFO", INFOS)
    yield from declarations("FORMAT", FORMATS)
    for contig, length in zip(CONTIGS, LENGTHS[assembly], strict=True):
        yield f"##contig=<ID={contig_name(assembly, contig)},length={length},assembly={assembly}>"
    columns = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples)
    yield "\t".join(columns)
    yield from (data_line(assembly, kind, line) for line in sample_lines(assembly, kind))


def sample_lines(assembly: str, kind: str) -> list[Line]:
    """The sample's calls, sorted by position."""
    everything: tuple[Call | Deletion | Breakend, ...] = (*CALLS, *DELETIONS, *BREAKENDS)
    lines = [
        spelled(assembly, call, ordinal)
        for ordinal, call in enumerate(everything)
        if call.samples in {kind, "both"}
    ]
    return sorted(lines, key=lambda line: (CONTIGS.index(line.contig), line.position, line.ordinal))


def spelled(assembly: str, call: Call | Deletion | Breakend, ordinal: int) -> Line:
    """A call as one assembly spells it."""
    if isinstance(call, Deletion):
        start, end = call.grch37 if assembly == "GRCh37" else call.grch38
        info = [f"END={end}", f"SVLEN={start - end}", "SVTYPE=DEL"]
        return Line(call.contig, start, call.name, call.ref, "<DEL>", info, call, ordinal)
    position = call.grch37 if assembly == "GRCh37" else call.grch38
    if isinstance(call, Breakend):
        mate = next(other for other in BREAKENDS if other.name == call.mate)
        other_end = mate.grch37 if assembly == "GRCh37" else mate.grch38
        alt = call.alt.format(f"{contig_name(assembly, mate.contig)}:{other_end}")
        info = [f"MATEID={call.mate}", "SVTYPE=BND"]
        return Line(call.contig, position, call.name, call.ref, alt, info, call, ordinal)
    info = [f"CSQ={call.alt}|{EFFECTS[call.effect]}"] if call.effect else []
    info += [f"NOTE={call.note}"] if call.note else []
    return Line(call.contig, position, call.name, call.ref, call.alt, info, call, ordinal)


def data_line(assembly: str, kind: str, line: Line) -> str:
    """Columns of one data line. Reads and fractions are invented, the same in both assemblies."""
    inherited = kind == "germline" or line.call.samples == "both"
    tumour, normal = tumour_reads(line, inherited), normal_reads(line, inherited)
    samples = [normal] if kind == "germline" else [tumour, normal]
    depth = sum(sum(reads) for _, reads in samples)
    somatic = [] if inherited else ["SOMATIC"]
    bare = isinstance(line.call, Call) and line.call.bare
    info = "." if bare else ";".join(sorted([f"DP={depth}", *line.info, *somatic]))
    quality = str(100 + 37 * line.ordinal % 800) if kind == "germline" else "."
    columns = [
        contig_name(assembly, line.contig),
        str(line.position),
        line.name,
        line.ref,
        line.alt,
        quality,
        passed(kind, line, inherited),
        info,
        ":".join(name for name, *_ in FORMATS),
        *(sample_column(genotype, reads) for genotype, reads in samples),
    ]
    return "\t".join(columns)


def passed(kind: str, line: Line, inherited: bool) -> str:
    """FILTER of a call."""
    if kind == "tumour" and inherited:
        return "germline"
    return "weak_evidence" if kind == "tumour" and line.ordinal % 17 == 3 else "PASS"


def tumour_reads(line: Line, inherited: bool) -> tuple[str, list[int]]:
    """Genotype of the tumour, and its reads of REF and of each ALT."""
    depth = 180 + 41 * line.ordinal % 220
    if inherited:
        return inherited_reads(line, depth)
    alts = line.alt.count(",") + 1
    reads = [depth * (8 + 13 * line.ordinal % 30) // (100 * alts) - 2 * index for index in range(alts)]
    return "/".join(str(index) for index in range(alts + 1)), [depth - sum(reads), *reads]


def normal_reads(line: Line, inherited: bool) -> tuple[str, list[int]]:
    """Genotype of the normal sample, and its reads of REF and of each ALT."""
    depth = 60 + 29 * line.ordinal % 50
    if inherited:
        return inherited_reads(line, depth)
    return "0/0", [depth, *[0] * (line.alt.count(",") + 1)]


def inherited_reads(line: Line, depth: int) -> tuple[str, list[int]]:
    """Genotype of an inherited call, and its reads: half of each allele, or nearly all of a mitochondrion's."""
    if line.contig == "MT":
        return "1", [depth // 10, depth - depth // 10]
    if "," in line.alt:
        return "1/2", [0, depth - depth // 2, depth // 2]
    if isinstance(line.call, Call) and line.call.homozygous:
        return "1/1", [0, depth]
    return "0/1", [depth - depth // 2, depth // 2]


def sample_column(genotype: str, reads: Sequence[int]) -> str:
    """Values of one sample."""
    depth = sum(reads)
    fractions = ",".join(f"{count / depth:.3f}" for count in reads[1:])
    return f"{genotype}:{','.join(map(str, reads))}:{depth}:{fractions}"
