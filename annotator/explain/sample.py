"""Records of a VCF to which a query may refer, and the queries of their ALTs, made as in the pipeline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from annotator.report.names import allele_name
from annotator.result import Unsupported
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress, counting
from annotator.runtime.text import whole_number
from annotator.sources.clinvar_sv.snapshot import PLACEHOLDER
from annotator.variants.allele import (
    BaseSource,
    agrees_with_reference,
    key_of,
    left_align,
    unsupported_reason,
)
from annotator.variants.assembly import Assembly
from annotator.variants.query import Identifiers, Notes, Query, StructuralQuery
from annotator.vcf.annotations.annotations import AlleleHints, Annotations
from annotator.vcf.detection import AssemblyVerdict, assembly_of
from annotator.vcf.files import InputFormat, open_input
from annotator.vcf.header import Header
from annotator.vcf.lines import read_texts
from annotator.vcf.structural import Breakend, breakend_of, symbolic_query
from annotator.vcf.text import RecordLines
from annotator.vcf.tumour_normal import normal_columns

__all__ = ["ASIDE", "RecordSearch", "SampleAllele", "SearchedVcf", "name_of", "query_of"]

ASIDE = 200
"""Bases within which an insertion or deletion that was not left-aligned is searched."""


class RecordSearch(NamedTuple):
    """A search in a VCF: for a range of positions, or a word in the line.

    Attributes:
        contig: canonical name; empty for no range.
        start: 1-based first position, by POS.
        stop: last position.
        words: words, any of which a line contains; case does not matter.

    """

    contig: str = ""
    start: int = 0
    stop: int = 0
    words: tuple[str, ...] = ()


class SampleAllele(NamedTuple):
    """One ALT of a record.

    Attributes:
        where: the record, as text for people, such as `chr7:140753336 (line 12)`.
        contig: canonical name; CHROM as written if the assembly does not have it.
        position: 1-based POS.
        ref: REF as written.
        alt: ALT as written.
        query: its query, or why it cannot be looked up.
        rsids: rs numbers of its record.
        identifiers: identifiers of the ALT.
        notes: annotations in CSQ and ANN.
        structural: a breakend with the genes that its record names; None for another ALT.
        symbolic: query of a symbolic ALT, or of a deletion whose ALT is a placeholder; None for another ALT.

    """

    where: str
    contig: str
    position: int
    ref: str
    alt: str
    query: Query | Unsupported
    identifiers: Identifiers
    notes: Notes
    structural: Breakend | None = None
    symbolic: StructuralQuery | None = None


def query_of(
    contig: str | None,
    position: int,
    ref: str,
    alt: str,
    reference: BaseSource | None,
    hints: AlleleHints | None = None,
) -> Query | Unsupported:
    """Return the query for one ALT, as a run makes it.

    Args:
        contig: canonical name; None for one that the assembly does not have.
        position: 1-based POS.
        ref: REF, any case.
        alt: one ALT, any case.
        reference: to compare REF, and to left-align.
        hints: identifiers and annotations of the ALT; None if there is no record.

    """
    reason = unsupported_reason(ref, alt)
    if reason is None and contig is None:
        reason = "unknown_contig"
    if reason is not None or contig is None:
        return Unsupported(reason or "")
    if reference is not None and _contradicts(reference, contig, position, ref):
        return Unsupported("contradicts_reference")
    key = key_of(contig, position, ref, alt)
    is_normalised = not (key.is_indel and key.start == position)
    if not is_normalised and reference is not None and reference.bases(contig, position, position):
        key, is_normalised = left_align(key, reference), True
    query = Query(key, is_normalised, position, ref.upper(), reference=reference)
    if hints is None:
        return query
    return query._replace(identify=lambda: hints.identifiers, note=lambda: hints.notes)


def _contradicts(reference: BaseSource, contig: str, position: int, ref: str) -> bool:
    """Return whether REF differs from the FASTA; False if the FASTA lacks the contig."""
    expected = reference.bases(contig, position, position + len(ref) - 1)
    if not expected and not reference.bases(contig, 1, 1):
        return False
    return not agrees_with_reference(ref, expected)


class SearchedVcf(NamedTuple):
    """A VCF or BCF that is searched for alleles.

    Attributes:
        path: name of the file.
        assembly: assembly that the user stated; None to recognise it by the header.
        progress: called with the bytes read, if no index finds the position.

    """

    path: Path
    assembly: Assembly | None = None
    progress: Progress | None = None

    @property
    def name(self) -> str:
        """Name of the file without its folder."""
        return self.path.name

    def find(
        self, sought: RecordSearch, reference: BaseSource | None
    ) -> tuple[AssemblyVerdict, list[SampleAllele]]:
        """Search for records.

        Args:
            sought: the positions or words to search for.
            reference: reference of the assembly.

        Returns:
            The assembly of the file, and all ALTs of the records in the range or with one of the words.

        Raises:
            AssemblyError: its assembly cannot be determined.
            InputError: the file cannot be read.

        """
        path = self.path
        with open_input(str(path)) as source:
            reader = read_texts(source)
            verdict = assembly_of(reader.header, stated=self.assembly, path=source.name)
            is_indexed = source.format in {InputFormat.BGZF, InputFormat.BCF} and any(
                Path(f"{path}{suffix}").exists() for suffix in (".tbi", ".csi")
            )
            region = _region(reader.header, verdict, sought) if is_indexed else None
            if region is None:
                source.watch(counting(self.progress, f"looking through {source.title}", source.size))
                lines = list(_lines(reader.texts, verdict, sought, reader.first_line))
                return verdict, _alleles(reader.header, lines, verdict, reference, source.name)
        with open_input(str(path)) as source:
            reader = read_texts(source, [region])
            lines = list(_lines(reader.texts, verdict, sought, None))
            return verdict, _alleles(reader.header, lines, verdict, reference, source.name)


def _region(header: Header, verdict: AssemblyVerdict, sought: RecordSearch) -> str | None:
    """Return the range as a region with the file's contig names, if an index can be used."""
    names = [one.name for one in header.contigs if verdict.contig_names[one.name] == sought.contig]
    if sought.words or not sought.contig or len(names) != 1:
        return None
    return f"{names[0]}:{max(sought.start, 1)}-{max(sought.stop, 1)}"


def _lines(
    texts: Iterator[bytes], verdict: AssemblyVerdict, sought: RecordSearch, first: int | None
) -> Iterator[tuple[int | None, bytes]]:
    """Yield the lines that fit the search, with their line numbers."""
    pattern = (
        re.compile("|".join(map(re.escape, sought.words)).encode("utf-8", "surrogateescape"), re.IGNORECASE)
        if sought.words
        else None
    )
    number = first
    for text in texts:
        lines = text.removesuffix(b"\n").split(b"\n")
        if pattern is None or sought.contig or pattern.search(text):
            for place, line in enumerate(lines):
                if _is_at(line, verdict, sought) or (pattern is not None and pattern.search(line)):
                    yield None if number is None else number + place, line
        if number is not None:
            number += len(lines)


def _is_at(line: bytes, verdict: AssemblyVerdict, sought: RecordSearch) -> bool:
    if not sought.contig:
        return False
    contig, _, rest = line.partition(b"\t")
    position = whole_number(rest.partition(b"\t")[0])
    if position is None or not sought.start <= position <= sought.stop:
        return False
    return verdict.contig_names[contig.decode("utf-8", "surrogateescape")] == sought.contig


def _alleles(
    header: Header,
    lines: Sequence[tuple[int | None, bytes]],
    verdict: AssemblyVerdict,
    reference: BaseSource | None,
    path: str,
) -> list[SampleAllele]:
    numbers = [number or 0 for number, _ in lines]
    records = RecordLines([line for _, line in lines], len(header.columns), path=path, numbers=numbers)
    annotations = Annotations.of(header.info)
    normals = normal_columns(header)
    found = []
    for record, (name, position, ref, alts) in enumerate(zip(*records.sites[:4], strict=True)):
        contig = verdict.contig_names[name]
        line = f" (line {numbers[record]:,})" if numbers[record] else ""
        for index, alt in enumerate(alts):
            hints = annotations.hints(records.sites, record, index)
            query = query_of(contig, position, ref, alt, reference, hints)
            found.append(
                SampleAllele(
                    f"{name}:{position}{line}",
                    contig or name,
                    position,
                    ref,
                    alt,
                    query,
                    hints.identifiers,
                    hints.notes,
                    *_structural(
                        annotations,
                        records,
                        record,
                        index,
                        contig,
                        normals,
                        has_allelic_copies=header.has_allelic_copies,
                    ),
                )
            )
    return found


def _structural(
    annotations: Annotations,
    records: RecordLines,
    record: int,
    alt: int,
    contig: str | None,
    normals: frozenset[int],
    *,
    has_allelic_copies: bool,
) -> tuple[Breakend | None, StructuralQuery | None]:
    sites = records.sites
    reason = unsupported_reason(sites.refs[record], sites.alts[record][alt])
    if reason not in {"symbolic", "breakend", PLACEHOLDER}:
        return None, None
    notes = annotations.structural_notes(sites, record, alt)
    if reason == "breakend":
        return breakend_of(sites, record, alt, notes), None
    query = symbolic_query(sites, record, alt, notes, contig, normals, has_allelic_copies=has_allelic_copies)
    return None, query if reason == "symbolic" or query.start else None


def name_of(query: Query) -> str:
    """Return gene, change and HGVS expression of an allele as in the report; empty without an annotation."""
    consequences = query.note().consequences
    if not consequences:
        return ""
    named = allele_name(consequences, query.identify(), (), "")
    name = f"{named.gene} {named.change}" if named.gene and named.change else ""
    return " ".join(part for part in (name, f"({named.hgvs})" if named.hgvs else "") if part)
