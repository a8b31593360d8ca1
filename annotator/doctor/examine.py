"""Converts the header and the counts of a file into findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from annotator.doctor.diagnosis import Diagnosis, Level, Problem
from annotator.doctor.fix_commands import Fixes, fix_lines
from annotator.doctor.rules import allele_findings, annotation_findings, coverage_finding, order_findings
from annotator.doctor.vcf_statistics import Census, count_records
from annotator.errors import AnnotatorError, AssemblyError, FastaError, InputError
from annotator.runtime.progress import Progress, counting
from annotator.runtime.text import agreeing, counted
from annotator.snapshot.default import snapshot_of
from annotator.snapshot.folder import Snapshot
from annotator.snapshot.manifest import Manifest
from annotator.sources.registry import KNOWLEDGE_BASES, fields_of, title_of
from annotator.sources.status import STATUS_ID
from annotator.variants.assembly import Assembly, is_hg19_mitochondrion
from annotator.variants.reference import Reference
from annotator.vcf.annotations.annotations import Annotations
from annotator.vcf.detection import AssemblyVerdict, ContigNames, assembly_of
from annotator.vcf.files import Input, InputFormat, open_input
from annotator.vcf.header import Header
from annotator.vcf.lines import RecordTexts, read_texts
from annotator.vcf.provenance import written_fields

__all__ = ["examine"]

_OURS = {*(field.id for name in KNOWLEDGE_BASES for field in fields_of(name)), STATUS_ID}
_OLD, _VERY_OLD = 92, 366  # days; ClinVar's archive has a release each month
_WRONG_ASSEMBLY = 0.01  # a run stops at a larger share of contradictions


def examine(
    path: str,
    *,
    reference: Path | None = None,
    snapshot: Path | None = None,
    assembly: Assembly | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    """Examine a file before it is annotated.

    Args:
        path: VCF or BCF; `-` for standard input.
        reference: indexed FASTA, to compare REF and to check whether indels are left-aligned.
        snapshot: folder of the snapshot with which the file will be annotated.
        assembly: as stated by the user.
        today: date for the age of the snapshot's releases; None to omit the age.
        progress: called with the bytes read of the file.

    Returns:
        The findings. Problems of the file, the FASTA or the snapshot are findings and raise nothing.

    Raises:
        InputError: the file does not exist, or it is neither VCF nor BCF.

    """
    with open_input(path) as source:
        source.watch(counting(progress, f"examining {source.title}", source.size))
        name = path.rpartition("/")[2] if source.path is not None else source.name
        diagnosis = Diagnosis(name, str(source.format))
        try:
            reader = read_texts(source)
        except InputError as error:
            diagnosis.findings.append(_broken("header", error))
            return diagnosis
        _Examination(diagnosis, source, reader.header, assembly).run(reader, path, reference, snapshot, today)
    return diagnosis


def _broken(topic: str, error: AnnotatorError) -> Problem:
    line = "" if error.line is None else f" (line {error.line:,})"
    return Problem(topic, Level.ERROR, f"{error.what}{line}", error.remedy or "")


class _Examination:
    def __init__(self, diagnosis: Diagnosis, source: Input, header: Header, stated: Assembly | None) -> None:
        self._out = diagnosis
        self._source = source
        self._header = header
        self._stated = stated
        self._verdict: AssemblyVerdict | None = None
        self._reference: Reference | None = None

    def run(
        self,
        reader: RecordTexts,
        path: str,
        reference: Path | None,
        snapshot: Path | None,
        today: date | None,
    ) -> None:
        """Make all checks."""
        self._add(self._file())
        self._add(self._assembly())
        if reference is not None:
            self._add(self._open(reference))
        names = ContigNames(Assembly.GRCH38) if self._verdict is None else self._verdict.contig_names
        census = count_records(reader, self._source.name, names, self._reference)
        self._out.records, self._out.alleles = census.records, census.alleles
        self._out.samples = len(self._header.samples)
        if census.problem is not None:
            self._add([_broken("records", census.problem)])
        self._add(self._contigs(census, names))
        self._add(order_findings(census))
        self._add(allele_findings(census, has_reference=self._reference is not None))
        self._add(self._mismatches(census, names))
        self._add(annotation_findings(self._header, census))
        self._add(self._clashes())
        if snapshot is not None:
            has_genes = Annotations.of(self._header.info).names_genes and any(census.annotated.values())
            self._add(self._snapshot(snapshot, today, has_genes=has_genes))
        if census.problem is None:
            self._out.commands = fix_lines(self._mending(path, census, names, reference))

    def _add(self, findings: Sequence[Problem] | Iterator[Problem]) -> None:
        self._out.findings += findings

    def _file(self) -> Iterator[Problem]:
        path, format_ = self._source.path, self._source.format
        if format_ is InputFormat.GZIP:
            what = "the file is compressed with gzip instead of bgzip: it can be annotated, but not indexed"
            yield Problem("compression", Level.NOTE, what, "Compress it with bgzip or `bcftools view -O z`")
        elif format_ in {InputFormat.BGZF, InputFormat.BCF} and path is not None:
            indexes = [index for suffix in (".tbi", ".csi") if (index := Path(f"{path}{suffix}")).exists()]
            if not indexes:
                yield Problem(
                    "index",
                    Level.NOTE,
                    "the file has no index; only -r needs one",
                    "Create one with: bcftools index",
                )
            elif all(index.stat().st_mtime < path.stat().st_mtime for index in indexes):
                yield Problem(
                    "index",
                    Level.NOTE,
                    "the index is older than the file",
                    "Create it again with: bcftools index -f",
                )
        if not self._header.meta or not self._header.meta[0].startswith("##fileformat=VCF"):
            what = "the first line is not ##fileformat=VCF…, so htslib does not recognise the file as VCF"
            yield Problem(
                "header",
                Level.WARNING,
                what,
                "`annotator annotate` adds the line; other tools may refuse the file",
            )

    def _assembly(self) -> Iterator[Problem]:
        try:
            verdict = assembly_of(self._header, stated=self._stated, path=self._source.name)
        except AssemblyError as error:
            yield _broken("assembly", error)
            return
        self._verdict = verdict
        self._out.assembly, self._out.evidence = str(verdict.assembly), verdict.evidence
        yield Problem("assembly", Level.OK, f"{verdict.assembly}, recognised by {verdict.evidence}")
        for warning in verdict.warnings:
            yield Problem("assembly", Level.WARNING, warning, "Correct the header with: bcftools reheader")
        for contig in self._header.contigs:
            if verdict.assembly.contig(contig.name) == "MT" and is_hg19_mitochondrion(contig):
                what = (
                    f"{contig.name} is the mitochondrial sequence of UCSC hg19, not the rCRS: its "
                    "alleles are not looked up"
                )
                yield Problem(
                    "contigs", Level.WARNING, what, "Call mitochondrial variants on the rCRS (NC_012920.1)"
                )

    def _open(self, reference: Path) -> Iterator[Problem]:
        if self._verdict is None:
            yield Problem(
                "reference", Level.NOTE, "contigs were not compared, because the assembly is unknown"
            )
            return
        try:
            self._reference = Reference(reference, self._verdict.assembly)
        except FastaError as error:
            yield _broken("reference", error)

    def _contigs(self, census: Census, names: ContigNames) -> Iterator[Problem]:
        if self._verdict is None or not census.contigs:
            return
        known = [name for name in census.contigs if names[name] is not None]
        unknown = [name for name in census.contigs if names[name] is None]
        styles = sorted({_style(name) for name in known})
        if not known:
            what = f"no contig with records is part of {self._verdict.assembly} (first: {unknown[0]!r})"
            yield Problem("contigs", Level.ERROR, what, "Rename them with: bcftools annotate --rename-chrs")
            return
        if len(styles) > 1:
            what = f"contigs are named in more than one style: {' and '.join(styles)}"
            advice = (
                "`annotator annotate` treats them as the same contig, bcftools does not; rename "
                "them to one style"
            )
            yield Problem("contigs", Level.WARNING, what, advice)
        else:
            yield Problem(
                "contigs", Level.OK, f"{counted(len(known), 'contig')} with records, named {styles[0]}"
            )
        if unknown:
            records = sum(census.contigs[name] for name in unknown)
            what = (
                f"{counted(records, 'record')} on {counted(len(unknown), 'contig')} that "
                f"{agreeing(len(unknown), 'is', 'are')} not part of {self._verdict.assembly}"
            )
            advice = "These records are marked unsupported in ANNSTATUS; no action needed for decoy and viral contigs"
            yield Problem("contigs", Level.NOTE, f"{what}, such as {unknown[0]!r}", advice)
        if undeclared := self._undeclared(census):
            what = (
                f"{counted(len(undeclared), 'contig')} {agreeing(len(undeclared), 'is', 'are')} "
                f"not declared in the header (first: {undeclared[0]!r})"
            )
            yield Problem(
                "contigs",
                Level.NOTE,
                what,
                "BCF requires the declarations; add them with: bcftools reheader --fai FASTA.fai",
            )

    def _undeclared(self, census: Census) -> list[str]:
        declared = {contig.name for contig in self._header.contigs}
        return [name for name in census.contigs if name not in declared]

    def _mismatches(self, census: Census, names: ContigNames) -> Iterator[Problem]:
        if self._reference is None:
            return
        if not census.checked:
            is_elsewhere = len(_lacking(census, names, self._reference)) == len(census.contigs) > 0
            yield (
                Problem("reference", Level.WARNING, "the FASTA file has none of the contigs with records")
                if is_elsewhere
                else Problem(
                    "reference", Level.NOTE, "no record has REF and ALT in bases to compare with the FASTA"
                )
            )
        elif not census.mismatches:
            yield Problem(
                "reference",
                Level.OK,
                "REF agrees with the FASTA file in "
                f"{agreeing(census.checked, 'the', 'all')} "
                f"{counted(census.checked, 'record')}",
            )
        else:
            share = census.mismatches / census.checked
            what = (
                f"REF differs from the FASTA file in {census.mismatches:,} of "
                f"{counted(census.checked, 'record')}, first at {census.places['mismatches']}"
            )
            is_other = share > _WRONG_ASSEMBLY
            advice = (
                (
                    "The FASTA file is probably for another assembly or patch; use the FASTA file that the "
                    "variants were called with"
                )
                if is_other
                else "Their alleles are not looked up. List them with: bcftools norm -c w -f FASTA"
            )
            yield Problem("reference", Level.ERROR if is_other else Level.WARNING, what, advice)

    def _clashing(self) -> list[str]:
        ours = written_fields(self._header.meta)
        return [key for key in self._header.info if key in _OURS - ours]

    def _clashes(self) -> Iterator[Problem]:
        if clashing := self._clashing():
            what = f"other tools wrote INFO fields with names that annotator also uses: {', '.join(clashing)}"
            advice = "Annotate with --on-clash replace or --on-clash keep"
            yield Problem("fields", Level.WARNING, what, advice)
        if written_fields(self._header.meta):
            yield Problem(
                "fields",
                Level.NOTE,
                "the file has been annotated before; annotating it again replaces the fields",
            )

    def _snapshot(self, snapshot: Path, today: date | None, *, has_genes: bool) -> Iterator[Problem]:
        try:
            folder = snapshot if self._verdict is None else snapshot_of(snapshot, self._verdict.assembly)
            manifest = Snapshot.open(folder).manifest
        except AnnotatorError as error:
            yield _broken("snapshot", error)
            return
        if self._verdict is not None and manifest.assembly is not self._verdict.assembly:
            what = f"the snapshot is for {manifest.assembly}, but the file is on {self._verdict.assembly}"
            yield Problem("snapshot", Level.ERROR, what, f"Use a snapshot for {self._verdict.assembly}")
        for name, source in manifest.sources.items():
            yield _age(name, manifest, today)
            if source.account:
                yield coverage_finding(source.account, has_genes=has_genes)
            for warning in source.warnings:
                yield Problem("snapshot", Level.WARNING, warning, "See: annotator snapshot info")

    def _mending(self, path: str, census: Census, names: ContigNames, reference: Path | None) -> Fixes:
        renamed = {} if self._reference is None else _renaming(census, names, self._reference)
        return Fixes(
            path,
            undeclared=bool(self._undeclared(census)),
            renamed=renamed,
            clashing=self._clashing(),
            blocks=bool(census.blocks),
            unsorted=bool(census.unsorted or census.scattered),
            normalise=bool(census.moved),
            repack=self._source.format is InputFormat.GZIP,
            reference=reference if self._reference is not None else None,
            lacking=[] if self._reference is None else _lacking(census, names, self._reference),
        )


def _style(name: str) -> str:
    if name.startswith(("NC_", "NT_", "NW_")):
        return "as RefSeq does (NC_000001.11)"
    return "with chr (chr1)" if name[:3].lower() == "chr" else "without chr (1)"


def _renaming(census: Census, names: ContigNames, reference: Reference) -> dict[str, str]:
    """Return new names for the contigs with records whose names differ from the FASTA's."""
    renamed = {}
    for name in census.contigs:
        contig = names[name]
        wanted = None if contig is None else reference.name_of(contig)
        if wanted is not None and wanted != name:
            renamed[name] = wanted
    return renamed


def _lacking(census: Census, names: ContigNames, reference: Reference) -> list[str]:
    """Return the contigs with records that the FASTA does not have."""
    return [
        name
        for name in census.contigs
        if (contig := names[name]) is None or reference.name_of(contig) is None
    ]


def _age(name: str, manifest: Manifest, today: date | None) -> Problem:
    release = manifest.sources[name].release
    release_text = f"release {release} of {title_of(name)}"
    try:
        released = date.fromisoformat(release[-10:])
    except ValueError:
        return Problem("snapshot", Level.OK, release_text)
    if today is None:
        return Problem("snapshot", Level.OK, release_text)
    days = (today - released).days
    level = Level.WARNING if days > _VERY_OLD else Level.NOTE if days > _OLD else Level.OK
    advice = (
        ""
        if level is Level.OK
        else "Download the current release and print what changed with: annotator snapshot update"
    )
    return Problem("snapshot", level, f"{release_text} is {days:,} days old", advice)
