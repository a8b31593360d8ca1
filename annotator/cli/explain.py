"""`annotator explain`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from annotator.annotation.options import AnnotateOptions, check_sv_overlap
from annotator.cli.command import Command
from annotator.cli.console import console
from annotator.cli.options import AS_JSON, PATH, declared, option, snapshot_option
from annotator.cli.screen import echo
from annotator.explain.explain import explain
from annotator.explain.views import text_lines
from annotator.result import Match
from annotator.snapshot.default import only_snapshot, snapshot_of
from annotator.variants.assembly import Assembly

__all__ = ["command"]

_REFERENCE, _CIVIC_MATCH, _SV_OVERLAP = declared(
    AnnotateOptions, "reference", "civic_match", "sv_overlap", section="Options"
)
(_ASSEMBLY,) = declared(
    AnnotateOptions,
    "assembly",
    section="Options",
    help="Assembly of the variant and of --vcf; default: as in the header of --vcf, otherwise as in the snapshot.",
)


@click.command(
    "explain",
    cls=Command,
    no_args_is_help=True,
    examples=("annotator explain chr7:140753336:A:T --snapshot GRCh38.snapshot --vcf tumour.vcf.gz",),
)
@click.argument("query", metavar="ALLELE|HGVS|rsID", nargs=-1, required=True)
@snapshot_option(
    "Snapshot to search, or a folder with GRCh37.snapshot and GRCh38.snapshot; default: the folder that `annotator "
    "snapshot pull` writes to"
)
@option(
    "--vcf",
    type=PATH,
    metavar="FILE",
    help="VCF or BCF file that contains the variant, with its CSQ or ANN annotations.",
)
@_REFERENCE
@_ASSEMBLY
@_CIVIC_MATCH
@_SV_OVERLAP
@AS_JSON
def command(
    query: tuple[str, ...],
    snapshot: Path | None,
    vcf: Path | None,
    reference: Path | None,
    assembly: str | None,
    civic_match: str,
    sv_overlap: float,
    as_json: bool,
) -> None:
    """Explain how a variant was matched, or why it was not.

    The variant is contig:POS:REF:ALT, an HGVS expression, GENE:p.CHANGE, an rs number, a CAID or a VariationID. The
    output shows the normalised allele, the result of every matching level with its reason, similar variants in ClinVar
    and CIViC, and the releases used.
    """
    check_sv_overlap(sv_overlap)
    selected = None if assembly is None else Assembly(assembly)
    found = explain(
        " ".join(query),
        only_snapshot(snapshot) if selected is None else snapshot_of(snapshot, selected),
        vcf=vcf,
        reference=reference,
        assembly=selected,
        civic_match=Match(civic_match),
        sv_overlap=sv_overlap,
        progress=console().progress(),
    )
    if as_json:
        echo(json.dumps(found.to_json(), indent=2))
        return
    for line in text_lines(found):
        echo(line)
