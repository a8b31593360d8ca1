"""Python API: `annotate`, and reports of annotated files."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from annotator.annotation.online_options import OnlineOptions
from annotator.annotation.options import DEFAULT_LEVEL, AnnotateOptions
from annotator.annotation.run import Report, annotate_file
from annotator.errors import UsageError
from annotator.result import Match
from annotator.runtime.options import converted
from annotator.runtime.progress import Progress
from annotator.runtime.workers import check_workers
from annotator.sources.source import DEFAULT_OVERLAP
from annotator.sources.status import Status
from annotator.variants.assembly import Assembly
from annotator.variants.copy_number import AMPLIFICATION_COPIES
from annotator.vcf.header import OnClash

if TYPE_CHECKING:
    from annotator.report.model import ReportModel
    from annotator.report.table import ReportTable

CivicLevel: TypeAlias = Literal[
    "exact", "hgvs_g", "caid", "clinvar_id", "hgvs_c", "protein", "codon", "exon", "region", "gene"
]
"""Names of the matching levels of CIViC, best first."""

__all__ = ["annotate", "report_data", "report_table", "write_report"]


def annotate(
    input: str | Path,  # noqa: A002  # the word of the command line
    output: str | Path,
    *,
    snapshot: str | PathLike[str] | None = None,
    output_type: Literal["v", "z", "b", "u"] | None = None,
    threads: int = 1,
    write_index: bool = False,
    compression_level: int = DEFAULT_LEVEL,
    regions: Sequence[str] = (),
    reference: str | Path | None = None,
    assembly: Assembly | str | None = None,
    on_clash: OnClash | Literal["error", "replace", "keep"] = OnClash.ERROR,
    status: Status | Literal["missing", "all", "none"] = Status.MISSING,
    fields: Sequence[str] | None = None,
    strict: bool = False,
    online: OnlineOptions | None = None,
    civic_match: Match | CivicLevel = Match.PROTEIN,
    amplification_copies: float = AMPLIFICATION_COPIES,
    sv_overlap: float = DEFAULT_OVERLAP,
    disease: str | None = None,
    tiers: bool = True,
    bed: str | Path | None = None,
    progress: Progress | None = None,
) -> Report:
    """Annotate a VCF or BCF file with ClinVar and CIViC.

    Args:
        input: VCF (plain, gzip, BGZF) or BCF; `-` for standard input.
        output: `.vcf`, `.vcf.gz` or `.bcf`; `-` for standard output.
        snapshot: open snapshot, folder made by `build_snapshot`, or folder that contains `GRCh37.snapshot` and
            `GRCh38.snapshot`. None for the location in ANNOTATOR_SNAPSHOT or the default of `annotator snapshot pull`;
            with `online`, for no snapshot.
        output_type: `v`, `z`, `b` or `u` as in bcftools; None to derive it from the suffix.
        threads: number of worker processes.
        write_index: whether to index the output.
        compression_level: compression level of BGZF and BCF output, 0 (stored) to 9 (smallest).
        regions: only records that overlap one of these, 1-based and inclusive, such as `7:140753336-140753336`.
        reference: indexed FASTA of the assembly, to left-align indels and to check REF.
        assembly: assembly of the input, if its header does not state it.
        on_clash: `error`, `replace` or `keep`, for an INFO field of our name that another tool wrote.
        status: results that ANNSTATUS lists: `missing`, `all` or `none`.
        fields: ids of the INFO fields to write; None for all.
        strict: whether a failed lookup, or a REF that contradicts the FASTA, is an error.
        online: query ClinVar, CIViC or both over the network instead of the snapshot; None sends no data.
        civic_match: lowest CIViC matching level to use: `exact`, `hgvs_g`, `caid`, `clinvar_id`, `hgvs_c`, `protein`,
            `codon`, `exon`, `region`, `gene`.
        amplification_copies: copy number from which a gain counts as an amplification.
        sv_overlap: minimum fraction of a ClinVar copy-number or structural record that a deletion or duplication must
            cover, so that CLNSV lists the record: above 0, at most 1.
        disease: patient's disease: a number (`DOID:8923`), name, abbreviation or code (`oncotree:SKCM`). Each CIViC
            entry is marked same, broader, narrower or other.
        tiers: whether to suggest AMP/ASCO/CAP tiers for the disease (CIVIC_TIER).
        bed: BED file of sequenced regions. Inside them, a variant that was not called counts as absent when CIViC
            requires its absence.
        progress: called about once per megabyte of input, with a `Step` (label, done, total, unit); it must return
            quickly.

    Returns:
        Counts, releases and warnings. The output has the records of the input in the same order.

    Raises:
        AnnotatorError: with the problem, where it occurred, and what to do; no output remains then.

    """
    options = converted(
        AnnotateOptions,
        {
            "input": input,
            "output": output,
            "snapshot": snapshot,
            "output_type": output_type,
            "threads": threads,
            "write_index": write_index,
            "compression_level": compression_level,
            "regions": regions,
            "reference": reference,
            "assembly": assembly,
            "on_clash": on_clash,
            "status": status,
            "fields": fields,
            "strict": strict,
            "online": online,
            "civic_match": civic_match,
            "amplification_copies": amplification_copies,
            "sv_overlap": sv_overlap,
            "disease": disease,
            "tiers": tiers,
            "bed": bed,
        },
    )
    check_workers(options.threads)
    _check_range("compression_level", options.compression_level, 0, 9)
    return annotate_file(options, progress)


def _check_range(parameter: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError(
            f"{parameter}={value!r} is out of range", remedy=f"Use a number from {least} to {most}"
        )


def write_report(
    *vcfs: str | Path,
    html: str | Path | None = None,
    tsv: str | Path | None = None,
    json: str | Path | None = None,
    multiqc: str | Path | None = None,
    xlsx: str | Path | None = None,
    disease: str = "",
    limit: int = 5000,
    tumours: Sequence[str] = (),
    normals: Sequence[str] = (),
    tiers: bool = True,
    report_date: str = "",
    snapshot: str | PathLike[str] | None = None,
) -> None:
    """Write reports of annotated files for people and programs, as `annotator report` does.

    Args:
        vcfs: annotated VCF or BCF files, of one assembly.
        html: page to write; it makes no network requests.
        tsv: table to write, one row per allele and entry of CIViC or of a service.
        json: JSON document to write; `annotator report --json-schema` prints its schema.
        multiqc: custom content for MultiQC to write; its name ends in `_mqc.json`.
        xlsx: Excel workbook to write; needs XlsxWriter (`pip install vcf-annotator[xlsx]`).
        disease: patient's disease: a number (`DOID:8923`), name, abbreviation or code; empty for the one that the files
            were annotated for, if they agree.
        limit: maximum number of alleles on the page, the most important ones; the other views contain all.
        tumours: tumour samples, if header and sample names do not identify them.
        normals: normal samples, if header and sample names do not identify them.
        tiers: whether to suggest AMP/ASCO/CAP tiers for the disease.
        report_date: date to print on the page, as `YYYY-MM-DD`; empty for none.
        snapshot: snapshot with which the files were annotated, for the statements of CIViC's evidence; None for the one
            at the default location, if there is one. Statements of another release are not shown.

    Raises:
        AnnotatorError: with the problem, where it occurred, and what to do; no report remains then.

    """
    from annotator.report.writing import Views, write_views

    html, tsv, json, multiqc, xlsx = (
        None if one is None else Path(one) for one in (html, tsv, json, multiqc, xlsx)
    )
    views = Views(
        html,
        tsv,
        json,
        multiqc,
        disease,
        limit,
        tuple(tumours),
        tuple(normals),
        tiers,
        xlsx,
        report_date,
        None if snapshot is None else Path(snapshot),
    )
    if not views.paths:
        raise UsageError(
            "no output was requested", remedy="Set at least one of html, tsv, json, multiqc and xlsx"
        )
    write_views(views, [Path(vcf) for vcf in vcfs])


def report_data(
    *vcfs: str | Path,
    disease: str = "",
    tumours: Sequence[str] = (),
    normals: Sequence[str] = (),
    tiers: bool = True,
    snapshot: str | PathLike[str] | None = None,
) -> dict[str, Any]:
    """Return the report on annotated files as the document that `write_report` writes as JSON.

    Args:
        vcfs: annotated VCF or BCF files, of one assembly.
        disease: as in `write_report`.
        tumours: as in `write_report`.
        normals: as in `write_report`.
        tiers: as in `write_report`.
        snapshot: as in `write_report`.

    Returns:
        The document; `schema_version` is the version of its schema. `alleles` lists the alleles.

    Raises:
        AnnotatorError: with the problem, where it occurred, and what to do.

    """
    import json

    from annotator.report.json_ import json_pieces

    held = None if snapshot is None else Path(snapshot)
    report = _built(vcfs, disease, tumours, normals, tiers, snapshot=held, has_statements=True)
    document: dict[str, Any] = json.loads("".join(json_pieces(report)))
    return document


def report_table(
    *vcfs: str | Path,
    disease: str = "",
    tumours: Sequence[str] = (),
    normals: Sequence[str] = (),
    tiers: bool = True,
) -> ReportTable:
    """Return the table that `write_report` writes as TSV, with typed values: rows, pandas or polars.

    Args:
        vcfs: annotated VCF or BCF files, of one assembly.
        disease: as in `write_report`.
        tumours: as in `write_report`.
        normals: as in `write_report`.
        tiers: as in `write_report`.

    Returns:
        The table: `rows()`, `to_pandas()` and `to_polars()`.

    Raises:
        AnnotatorError: with the problem, where it occurred, and what to do.

    """
    from annotator.report.table import table_of

    return table_of(_built(vcfs, disease, tumours, normals, tiers))


def _built(
    vcfs: Sequence[str | Path],
    disease: str,
    tumours: Sequence[str],
    normals: Sequence[str],
    has_tiers: bool,
    *,
    snapshot: Path | None = None,
    has_statements: bool = False,
) -> ReportModel:
    from annotator.report.build import build_report
    from annotator.report.patients import ChosenSamples

    samples = converted(ChosenSamples, {"tumours": tumours, "normals": normals})
    return build_report(
        [Path(vcf) for vcf in vcfs],
        disease=disease,
        samples=samples,
        has_tiers=has_tiers,
        snapshot=snapshot,
        has_statements=has_statements,
    )
