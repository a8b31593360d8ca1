"""Joins a service's results by allele into a VCF or BCF, as `annotate` does, and keeps the fields of `annotate`.

    the service's alleles → keys → a table → each ALT of the input looked up in it → INFO fields of the service

The engines, the matching and the final checks are those of `annotate`. Alleles of the table that no record has are
returned: results that cannot be joined are reported, never dropped.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from annotator._version import __version__
from annotator.annotation.allele_table import AlleleTable
from annotator.annotation.input_facts import InputFacts
from annotator.annotation.options import AnnotateOptions
from annotator.annotation.pending import Pending, Tally
from annotator.annotation.pipeline import Pipeline
from annotator.annotation.run import Report, engine_of, written
from annotator.annotation.summary import Summary
from annotator.errors import AssemblyError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.progress import Progress, counting
from annotator.sources.source import Source
from annotator.sources.status import Status
from annotator.variants.allele import AlleleKey
from annotator.variants.reference import Reference
from annotator.vcf.annotations.annotations import Annotations
from annotator.vcf.detection import AssemblyVerdict, assembly_of
from annotator.vcf.files import open_input
from annotator.vcf.header import DeclaredField, HeaderEdit
from annotator.vcf.provenance import Joined as Provenance

__all__ = ["Joined", "join_alleles"]

R = TypeVar("R")


class Joined(NamedTuple):
    """Result of a join.

    Attributes:
        report: the summary, as returned by `annotate`.
        missing: alleles of the table that no record of the input has, in order.

    """

    report: Report
    missing: tuple[AlleleKey, ...]


@dataclass(frozen=True, slots=True)
class _Join:
    """Task of an engine."""

    verdict: AssemblyVerdict
    edit: HeaderEdit
    table: Source[Any]
    reference: Path | None

    def empty_tally(self) -> Tally:
        return Tally(Summary(answers={self.table.knowledge_base: Counter()}), Pending())

    def second_pass(self, pending: Pending) -> None:
        """Return None: no result of a service depends on other records."""

    def annotator(self) -> Pipeline:
        reference = None if self.reference is None else Reference(self.reference, self.verdict.assembly)
        return Pipeline(
            [self.table],
            InputFacts(self.verdict.contig_names, self.verdict.assembly.lengths, Annotations()),
            self.edit.written,
            Status.NONE,
            reference,
        )


def join_alleles(config: AnnotateOptions, table: AlleleTable[R], progress: Progress | None = None) -> Joined:
    """Add a service's results for the alleles of an input.

    Args:
        config: input, output and matching; its options for sources and workers are not used.
        table: the service's results.
        progress: called with the bytes read of the input.

    Raises:
        AssemblyError: the assembly of the input differs from the table's.
        ClashError: the input has a field of that name which no join wrote.
        AnnotatorError: as `annotate_file`; nothing is written in this case.

    """
    config = config._replace(threads=1)  # one process: the table records which alleles matched
    config.check_files()
    release = table.rests_on
    with open_input(config.input) as source:
        engine = engine_of(config, source)
        verdict = assembly_of(engine.header, stated=config.assembly, path=source.name)
        if verdict.assembly != release.assembly:
            raise AssemblyError(
                f"the input is on {verdict.assembly} (recognised by {verdict.evidence}), but the "
                f"alleles of {table.title} are on {release.assembly}",
                path=source.name,
                remedy=f"Use a VCF on {release.assembly}",
            )
        edit = engine.header.joined(
            Provenance(
                release.knowledge_base, release.source, release.version, release.assembly, __version__
            ),
            [DeclaredField(one.id, one.header_line(table.title, release.version)) for one in table.fields],
            config.on_clash,
            used=engine.used_keys,
        )
        source.watch(counting(progress, f"joining into {source.title}", source.size))
        work = _Join(verdict, edit, table, config.reference)
        tally, warnings = written(config, engine, work, source.name)
    report = Report(tally.summary, (release,), verdict.assembly, verdict.evidence, warnings)
    return Joined(report, tuple(sorted(table.records.keys() - table.matched)))
