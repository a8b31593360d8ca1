"""One release of ClinVar's twice: as its VCF of both assemblies, and served by the emulated Clinical Tables API."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from annotator import Assembly, OnlineOptions
from tests.servers.base import RunningServer
from tests.servers.clinical_tables import PATH, index_of
from tests.servers.construction import records_of_tables
from tests.servers.search_index import SearchIndex
from tests.support.clinvar_rows import ClinVarRow, clinvar_rows
from tests.support.clinvar_tables import write_tables

__all__ = ["Release", "online", "query_vcf", "release_of"]

QUICK = 1000.0  # requests per second: the server is ours


class Release(NamedTuple):
    """A release: its VCF by assembly, the rows of those, and the service's index of the same variants."""

    vcf: dict[Assembly, Path]
    rows: dict[Assembly, list[ClinVarRow]]
    index: SearchIndex


def release_of(shared_data: Path, folder: Path, is_chosen: Callable[[ClinVarRow], bool]) -> Release:
    """Make a release of some variants of the 2026 slice, chosen by their rows on GRCh38."""
    names = {
        Assembly.GRCH38: "clinvar_20260226.GRCh38.cancer_genes.vcf.gz",
        Assembly.GRCH37: "clinvar_20260226.GRCh37.cancer_genes.DERIVED_liftover.vcf.gz",
    }
    paths = {assembly: shared_data / "clinvar" / name for assembly, name in names.items()}
    chosen = {row.variation for row in filter(is_chosen, clinvar_rows(paths[Assembly.GRCH38]))}
    vcf = {assembly: folder / f"clinvar.{assembly}.vcf" for assembly in paths}
    for assembly, path in paths.items():
        lines = gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)
        kept = (line for line in lines if line[0] == "#" or line.split("\t", 3)[2] in chosen)
        vcf[assembly].write_text("".join(kept))
    write_tables(folder, vcf[Assembly.GRCH38], vcf[Assembly.GRCH37], special=False)
    return Release(
        vcf,
        {assembly: clinvar_rows(path) for assembly, path in vcf.items()},
        index_of(records_of_tables(folder)),
    )


def query_vcf(
    path: Path, assembly: Assembly, rows: Iterable[Sequence[str | int]], meta: Sequence[str] = ()
) -> Path:
    """Write a VCF of rows of CHROM, POS, ID, REF, ALT and INFO."""
    lines = ["##fileformat=VCFv4.2"]
    lines += [f"##contig=<ID={name},length={length}>" for name, length in assembly.lengths.items()]
    lines += [*meta, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for chrom, position, id_, ref, alt, info in rows:
        lines.append(f"{chrom}\t{position}\t{id_}\t{ref}\t{alt}\t.\t.\t{info}")
    path.write_text("\n".join(lines) + "\n")
    return path


def online(server: RunningServer, *, journal: Path | None = None, is_replay: bool = False) -> OnlineOptions:
    """Options that ask a server of ours, as fast as it answers, and again only once."""
    return OnlineOptions(
        clinvar_url=server.url + PATH,
        journal=journal,
        is_replay=is_replay,
        requests_per_second=QUICK,
        attempts=2,
    )
