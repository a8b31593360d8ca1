"""Builds the report model from one annotated file, or from several combined."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from annotator.errors import InputError, UsageError
from annotator.report.annotated_file import AnnotatedFile, FoundAllele
from annotator.report.heading import clean
from annotator.report.model import Carriage, Disease, Patient, ReportedAllele, ReportModel, SampleColumn
from annotator.report.patients import NO_SAMPLES, ChosenSamples, origin_of, patients_of
from annotator.report.reading import read_annotated
from annotator.report.reported_file import WORDS, ReportedFile, RunFacts, SourceCoverage
from annotator.report.same_alleles import identity_of
from annotator.report.sample_states import SampleStates
from annotator.report.statements import Statements, read_statements
from annotator.runtime.progress import Progress, counting
from annotator.runtime.text import agreeing, counted
from annotator.sources.civic.disease_table import resolve_disease
from annotator.variants.assembly import CANONICAL_CONTIGS

__all__ = ["build_report"]

_MEANINGS = {
    "CLNSIG": "pathogenic variants",
    "CLNSIGCONF": "the submissions behind conflicting classifications",
    "ONC": "oncogenic variants",
    "SCI": "somatic clinical impact",
    "CLNSV": "overlaps with ClinVar's copy-number and structural records",
    "CIVIC": "therapies, prognosis and diagnosis",
}

_PLACES = {contig: place for place, contig in enumerate(CANONICAL_CONTIGS)}


def build_report(
    paths: Sequence[Path],
    *,
    disease: str = "",
    samples: ChosenSamples = NO_SAMPLES,
    has_tiers: bool = True,
    report_date: str = "",
    facts: Mapping[Path, RunFacts] | None = None,
    progress: Progress | None = None,
    snapshot: Path | None = None,
    has_statements: bool = False,
) -> ReportModel:
    """Read annotated files and combine them.

    Args:
        paths: annotated VCF or BCF files.
        disease: patient's disease, as `resolve_disease` reads it; empty for the one that the files were annotated for,
            if they agree.
        samples: samples that the user named as tumours and normals.
        has_tiers: whether to suggest tiers for the disease.
        report_date: ISO date that the user states for the report; empty for none.
        facts: data of runs that have just written some of the files, beyond INFO.
        progress: called with the bytes read.
        snapshot: snapshot with which the files were annotated, for the statements of CIViC's evidence; None for the
            default location.
        has_statements: whether to read these statements.

    Raises:
        SnapshotError: the named snapshot does not exist or is damaged.
        UsageError: no file is given, or one is given twice; the disease is unknown or ambiguous; a sample that the user
            named is in no file.
        InputError: a file cannot be read, was not annotated by this program, or has another assembly.

    """
    if not paths:
        raise UsageError("there is no input file", remedy="Use at least one annotated VCF or BCF file")
    if len({path.resolve() for path in paths}) != len(paths):
        raise UsageError("an input file occurs twice", remedy="List each file once")
    what = paths[0].name if len(paths) == 1 else f"{counted(len(paths), 'file')}"
    sizes = sum(path.stat().st_size for path in paths if path.is_file())
    advanced = counting(progress, f"reading {what}", sizes)
    read = [read_annotated(path, advanced, samples.tumours, samples.normals) for path in paths]
    samples.check([name for one in read for name in one.header.samples])
    for other in read[1:]:
        if other.assembly is not read[0].assembly:
            what = f"the file is on {other.assembly}, but {read[0].path.name} is on {read[0].assembly}"
            raise InputError(what, path=other.path, remedy="Write one report for each assembly")
    known = facts or {}
    columns = _columns(read)
    patients = patients_of(read, columns)
    downloaded = {id_: text for one in known.values() for id_, text in one.statements.items()}
    chosen = _disease(read, disease.strip())
    statements = read_statements(read, snapshot, downloaded) if has_statements else Statements()
    unwritten = {id_: why for one in read for id_, why in one.unwritten.items()}
    return ReportModel(
        tuple(_file(one, known.get(one.path)) for one in read),
        columns,
        _with_origins(_alleles(read), patients),
        chosen,
        (*_disease_warnings(chosen), *_warnings(read), *filter(None, [statements.warning])),
        patients,
        unwritten,
        has_tiers,
        report_date,
        statements.texts,
    )


def _with_origins(
    alleles: tuple[ReportedAllele, ...], patients: Sequence[Patient]
) -> tuple[ReportedAllele, ...]:
    """Return alleles with the origin of their calls, which requires a tumour and its normal."""
    if not any(patient.normals for patient in patients):
        return alleles
    return tuple(replace(one, origin=origin_of(one.samples, patients)) for one in alleles)


def _disease(read: Sequence[AnnotatedFile], text: str) -> Disease:
    """Return the patient's disease: the one named, else the one that all files were annotated for."""
    of_files = {_annotated_for(one.command) for one in read}
    chosen = text or (of_files.pop() if len(of_files) == 1 else "")
    if not chosen:
        return Disease()
    present = {
        entry["Disease"].replace("_", " ") for one in read for row in one.rows for entry in row.evidence
    }
    return Disease.of(resolve_disease(chosen, present - {""}))


def _disease_warnings(disease: Disease) -> Iterator[str]:
    if disease and not disease.name:
        yield (
            f"{disease.text} is not among the cancers of the built-in Disease Ontology, so key findings have only "
            "CIViC entries that state this number; check it at disease-ontology.org"
        )


def _annotated_for(command: str) -> str:
    """Return the disease that a file was annotated for; empty for none."""
    try:
        words = shlex.split(command)
    except ValueError:  # an unfinished quotation: from another program, or edited
        return ""
    return next((after for word, after in pairwise(words) if word == "--disease"), "")


def _file(read: AnnotatedFile, facts: RunFacts | None) -> ReportedFile:
    summary = None if facts is None else facts.summary
    coverage = read.coverage()
    if summary is not None:
        coverage = tuple(_completed(one, summary.answers.get(one.knowledge_base)) for one in coverage)
    return ReportedFile(
        clean(read.path.name),
        tuple(map(clean, read.header.samples)),
        read.version,
        read.command,
        read.assembly,
        "" if facts is None else facts.evidence,
        read.records,
        read.alleles,
        read.matched,
        coverage,
        read.services(),
        None if summary is None else dict(sorted(summary.unsupported.items())),
        None if summary is None else dict(sorted(summary.failures.items())),
        () if facts is None else facts.warnings,
        read.fields,
        tuple(read.excluded),
        read.all_excluded,
        read.custom,
    )


def _completed(source: SourceCoverage, answers: Counter[str] | None) -> SourceCoverage:
    if answers is None:
        return source
    return source._replace(answers={word: answers.get(word, 0) for word in WORDS})


def _columns(read: Sequence[AnnotatedFile]) -> tuple[SampleColumn, ...]:
    names = Counter(name for one in read for name in one.header.samples or (one.path.name,))
    columns = []
    for number, one in enumerate(read):
        for name in one.header.samples or (one.path.name,):
            unique = name if names[name] == 1 else f"{name} ({_title(one, read)})"
            columns.append(SampleColumn(number, clean(unique), bool(one.header.samples)))
    return tuple(columns)


def _title(one: AnnotatedFile, read: Sequence[AnnotatedFile]) -> str:
    """Return the short name of a file, if it is unique."""
    stems = [other.path.name.partition(".")[0] for other in read]
    stem = one.path.name.partition(".")[0]
    return stem if stem and stems.count(stem) == 1 else str(one.path)


def _alleles(read: Sequence[AnnotatedFile]) -> tuple[ReportedAllele, ...]:
    """Return the alleles of all files; alleles with the same annotation in several files are merged."""
    if len(read) == 1:
        return tuple(_allele(read[0], row, 0) for row in read[0].rows)
    merged: dict[tuple[object, ...], ReportedAllele] = {}
    first = 0
    for one in read:
        for row in one.rows:
            allele = _allele(one, row, first)
            key = (
                allele.canonical or allele.contig,
                allele.position,
                allele.ref,
                allele.alt,
                tuple(sorted(allele.values.items())),
                tuple(tuple(entry.values.items()) for entry in allele.evidence),
                tuple(
                    (id_, tuple(tuple(entry.items()) for entry in entries))
                    for id_, entries in sorted(allele.joined.items())
                ),
            )
            before = merged.get(key)
            merged[key] = allele if before is None else _together(before, allele)
        first += len(one.header.samples) or 1
    return tuple(sorted(merged.values(), key=_place))


def _allele(read: AnnotatedFile, row: FoundAllele, first: int) -> ReportedAllele:
    """Return a reported allele; `first` is the number of its file's first sample."""
    return ReportedAllele(
        row.contig,
        read.assembly.contig(row.contig) or "",
        row.position,
        row.id,
        row.ref,
        row.alt,
        row.filter,
        row.genes,
        row.change,
        row.values,
        row.evidence,
        row.joined,
        row.is_known,
        SampleStates(first, row.samples),
        row.hgvs,
        consequence=row.consequence,
    )


def _together(one: ReportedAllele, other: ReportedAllele) -> ReportedAllele:
    filters = dict.fromkeys((*one.filter.split(","), *other.filter.split(",")))
    return ReportedAllele(
        one.contig,
        one.canonical,
        one.position,
        one.id if one.id != "." else other.id,
        one.ref,
        one.alt,
        ",".join(filters),
        one.genes,
        one.change or other.change,
        one.values,
        one.evidence,
        one.joined,
        one.is_known,
        {
            **one.samples,
            **{number: _stronger(one.samples.get(number), call) for number, call in other.samples.items()},
        },
        one.hgvs or other.hgvs,
        consequence=one.consequence or other.consequence,
    )


def _stronger(before: Carriage | None, other: Carriage) -> Carriage:
    """Return the call of a sample that counts, of two records of one allele: a carried one that passed its filters."""
    return other if before is None or _strength(other) > _strength(before) else before


def _strength(call: Carriage) -> tuple[bool, bool]:
    return call.state == "carried", not call.filter


def _place(allele: ReportedAllele) -> tuple[int, str, int, str, str]:
    contig = allele.canonical or allele.contig
    return _PLACES.get(contig, len(_PLACES)), contig, allele.position, allele.ref, allele.alt


def _repeated(read: AnnotatedFile) -> int:
    """Count the alleles of a file that more than one record describes."""
    identities = Counter(
        identity_of(read.assembly.contig(row.contig) or row.contig, row.position, row.ref, row.alt)
        for row in read.rows
    )
    return sum(number > 1 for identity, number in identities.items() if identity is not None)


def _warnings(read: Sequence[AnnotatedFile]) -> list[str]:
    releases: dict[str, set[str]] = {}
    for one in read:
        for source in one.coverage():
            releases.setdefault(source.knowledge_base, set()).add(source.release)
    used_bases = [{source.knowledge_base for source in one.coverage()} for one in read]
    warnings = [
        f"the files were annotated with different releases of {name}: {', '.join(sorted(versions))}"
        for name, versions in sorted(releases.items())
        if len(versions) > 1
    ]
    for one in read:
        warnings += [
            f"{clean(one.path.name)}: {why}, so the report cannot show {_MEANINGS[id_]} of this file"
            for id_, why in one.unwritten.items()
        ]
        repeated = _repeated(one)
        if repeated:
            noun, verb = agreeing(repeated, "allele is", "alleles are"), agreeing(repeated, "it", "each")
            warnings.append(
                f"{clean(one.path.name)}: {repeated:,} {noun} in more than one record; {verb} is counted once"
            )
    if any(one != used_bases[0] for one in used_bases):
        warnings.append("not all files were annotated with the same knowledge bases")
    return warnings
