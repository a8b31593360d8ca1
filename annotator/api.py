"""`annotator.annotate`: a run of the command as a Python call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from annotator.assembly import Assembly
from annotator.config import DEFAULT_LEVEL, AnnotateConfig, OnlineConfig
from annotator.progress import Progress
from annotator.resolution import Match
from annotator.run import Report, annotate_file
from annotator.status import Status
from annotator.vcf.files import OutputFormat
from annotator.vcf.header import OnClash

__all__ = ["annotate"]


def annotate(
    input: str | Path,  # noqa: A002  # the word of the command line
    output: str | Path,
    *,
    snapshot: str | Path | None = None,
    output_type: Literal["v", "z", "b", "u"] | None = None,
    threads: int = 1,
    write_index: bool = False,
    compression_level: int = DEFAULT_LEVEL,
    regions: Sequence[str] = (),
    reference: str | Path | None = None,
    assembly: Assembly | str | None = None,
    on_clash: OnClash | str = OnClash.ERROR,
    status: Status | str = Status.MISSING,
    fields: Sequence[str] | None = None,
    strict: bool = False,
    online: OnlineConfig | None = None,
    civic_match: Match | str = Match.PROTEIN,
    disease: str | None = None,
    bed: str | Path | None = None,
    progress: Progress | None = None,
) -> Report:
    """Write a VCF or BCF with what ClinVar and CIViC say of each allele in INFO.

    Args:
        input: VCF (plain, gzip, BGZF) or BCF; `-` for standard input.
        output: `.vcf`, `.vcf.gz` or `.bcf`; `-` for standard output.
        snapshot: folder made by `build_snapshot`; None if all is asked over the network.
        output_type: `v`, `z`, `b` or `u` as in bcftools; None for what the suffix says.
        threads: number of worker processes.
        write_index: whether to index the output.
        compression_level: of BGZF and BCF output, 0 (stored) to 9 (smallest).
        regions: only records that overlap one of these, 1-based and inclusive, such as `7:140753336-140753336`.
        reference: indexed FASTA of the assembly, to left-align indels and to check REF.
        assembly: assembly of the input, if its header does not tell.
        on_clash: `error`, `replace` or `keep`, for an INFO field of our name that another tool wrote.
        status: which answers ANNSTATUS tells: `missing`, `all` or `none`.
        fields: ids of the INFO fields to write; None for all.
        strict: whether alleles that could not be asked about are an error.
        online: lets ClinVar, CIViC or both be asked over the network instead of the snapshot; None sends nothing
            anywhere.
        civic_match: last rung of CIViC's ladder to climb down to: `exact`, `hgvs_g`, `caid`, `clinvar_id`, `hgvs_c`,
            `protein`, `codon`, `exon`, `region`, `gene`.
        disease: the patient's, such as `DOID:1909`: CIViC's entries say how theirs stands to it.
        bed: regions that were looked at, for CIViC's profiles of what is absent.
        progress: called about once per megabyte that is read, with a `Step` (label, done, total, unit);
            it must not take long.

    Returns:
        Counts, releases and warnings. Records out are records in, in the same order.

    Raises:
        AnnotatorError: with what is wrong, where, and what to do; no output is left then.

    """
    return annotate_file(
        AnnotateConfig(
            input=str(input),
            output=str(output),
            snapshot=None if snapshot is None else Path(snapshot),
            output_format=None if output_type is None else OutputFormat(output_type),
            threads=threads,
            write_index=write_index,
            compression_level=compression_level,
            regions=tuple(regions),
            reference=None if reference is None else Path(reference),
            assembly=None if assembly is None else Assembly(assembly),
            on_clash=OnClash(on_clash),
            status=Status(status),
            fields=None if fields is None else tuple(fields),
            strict=strict,
            online=online,
            civic_match=Match(civic_match),
            disease=disease,
            bed=None if bed is None else Path(bed),
        ),
        progress,
    )
