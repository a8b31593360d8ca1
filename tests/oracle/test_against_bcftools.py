"""What `bcftools annotate` writes from the same file of ClinVar's, we write too, value by value.

bcftools copies ID and INFO unchanged; we write VariationID into INFO and encode percent-wise, so that a
`,` inside a value stays one value of Number=A. It matches REF and ALT as they are spelled and uses each line of its
source once: so the queries have one ALT, ClinVar's spelling, and no allele twice. It may change the order of records
of one position: so records are compared by allele.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pysam
import pysam.bcftools
import pytest

import annotator
from annotator import Assembly
from tests.support.clinvar_rows import (
    CLINVAR_KEYS,
    ClinVarRow,
    KnownAlleles,
    clinvar_rows,
    encoded,
    info_items,
    record_lines,
)


class Site(NamedTuple):
    """A record with one ALT."""

    chrom: str
    position: int
    ref: str
    alt: str


class Compared(NamedTuple):
    """Numbers of records, of those with and without a ClinVar record, and of equal values by INFO key."""

    known: int
    unknown: int
    values: Counter[str]


def sites_of(rows: Iterable[ClinVarRow]) -> list[Site]:
    """Give the alleles of rows; ClinVar also has rows without a change, and some whose bases are N."""
    sites = (Site(*row[:2], row.ref, row.alt) for row in rows if row.alt not in {".", row.ref})
    return [site for site in sites if set(site.ref + site.alt) <= set("ACGT")]


def decoys_of(sites: Iterable[Site], known: KnownAlleles) -> list[Site]:
    """Give, for each site, an allele of its position that ClinVar does not have in any spelling."""
    decoys = set()
    for site in sites:
        others = [base for base in "ACGT" if base != site.ref] if len(site.ref) == 1 else []
        candidates = (
            site._replace(alt=alt) for alt in (*others, site.alt + "A", site.alt + "CA", site.alt + "TGTGCA")
        )
        decoys.add(next(decoy for decoy in candidates if not known.may_hold(*decoy)))
    return sorted(decoys)


def write_query(path: Path, assembly: Assembly, chroms: Iterable[str], sites: Iterable[Site]) -> Path:
    with path.open("w") as file:
        file.write("##fileformat=VCFv4.2\n")
        for chrom in chroms:
            length = assembly.lengths[chrom.removeprefix("chr")]
            file.write(f"##contig=<ID={chrom},length={length}>\n")
        file.write("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        for site in sites:
            file.write(f"{site.chrom}\t{site.position}\t.\t{site.ref}\t{site.alt}\t.\t.\t.\n")
    return path


def indexed(path: Path) -> str:
    """Compress and index a plain VCF, as bcftools wants it; give the name of the compressed file."""
    name: str = pysam.tabix_index(str(path), preset="vcf", force=True, keep_original=True)
    return name


def by_bcftools(clinvar: str, query: Path, output: Path) -> dict[Site, dict[str, str]]:
    """Give what bcftools writes per record, encoded as we do; VariationID as CLNVID."""
    declared = {str(name) for name in pysam.VariantFile(clinvar).header.info}
    columns = ["ID", *(f"INFO/{key}" for key in CLINVAR_KEYS if key in declared)]
    arguments = ["-a", clinvar, "-c", ",".join(columns), "-O", "v", "-o", str(output), indexed(query)]
    pysam.bcftools.annotate(*arguments, catch_stdout=False)
    annotated = {}
    for record in record_lines(output):
        fields = {key: encoded(value) for key, value in info_items(record[7]).items()}
        annotated[site_of(record)] = known(fields | {"CLNVID": record[2]})
    return annotated


def by_us(snapshot: Path, query: Path, output: Path) -> dict[Site, dict[str, str]]:
    annotator.annotate(query, output, snapshot=snapshot, fields=["CLNVID", *CLINVAR_KEYS])
    return {site_of(record): known(info_items(record[7])) for record in record_lines(output)}


def site_of(record: list[str]) -> Site:
    return Site(record[0], int(record[1]), record[3], record[4])


def known(fields: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in fields.items() if value != "."}


def compared(clinvar: str, assembly: Assembly, sites: list[Site], folder: Path) -> Compared:
    chroms = list(dict.fromkeys(site.chrom for site in sites))
    order = {chrom: number for number, chrom in enumerate(chroms)}
    sites = sorted(sites, key=lambda site: (order[site.chrom], site[1:]))
    query = write_query(folder / "query.vcf", assembly, chroms, sites)
    annotator.build_snapshot(folder / "snapshot", assembly, clinvar=clinvar)
    theirs = by_bcftools(clinvar, query, folder / "bcftools.vcf")
    ours = by_us(folder / "snapshot", query, folder / "ours.vcf")
    assert list(ours) == sites
    assert theirs.keys() == ours.keys()
    for site in sites:
        assert ours[site] == theirs[site], site
    values = Counter(key for fields in ours.values() for key in fields)
    found = sum(map(bool, ours.values()))
    return Compared(found, len(sites) - found, values)


def test_every_third_allele_of_the_slice_has_the_values_that_bcftools_gives_it(
    shared_data: Path, tmp_path: Path
) -> None:
    clinvar = shared_data / "clinvar" / "clinvar_20260226.GRCh38.cancer_genes.vcf.gz"
    sites = sites_of(clinvar_rows(clinvar))
    asked = sites[::3]
    decoys = decoys_of(asked, KnownAlleles(sites))
    found = compared(str(clinvar), Assembly.GRCH38, asked + decoys, tmp_path)
    assert (found.known, found.unknown) == (len(asked), len(decoys))
    assert {key: found.values[key] for key in ("CLNVID", "ALLELEID", "CLNSIG", "CLNREVSTAT", "CLNDN")} == {
        "CLNVID": 23_081,
        "ALLELEID": 23_081,
        "CLNSIG": 22_294,
        "CLNREVSTAT": 22_294,
        "CLNDN": 22_293,
    }
    assert found.values.total() == 275_021


@pytest.mark.parametrize(
    ("name", "assembly", "alleles"),
    [
        ("bcbio_cwl.clinvar.hg19.vcf.gz", Assembly.GRCH37, 472),
        ("ensembl-vep.clinvar-testset.vcf.gz", Assembly.GRCH38, 50),
        ("exomiser.clinvar-test.grch37.vcf.gz", Assembly.GRCH37, 1_999),
        ("ncbi_clinvar_sample_somatic.vcf", Assembly.GRCH37, 2),
        ("slivar.clinvar_20191007.vcf.gz", Assembly.GRCH37, 72),
    ],
)
def test_other_releases_too(
    name: str, assembly: Assembly, alleles: int, shared_data: Path, tmp_path: Path
) -> None:
    original = shared_data / "clinvar" / "other" / name
    data = original.read_bytes()
    plain = tmp_path / "clinvar.vcf"
    plain.write_bytes(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    sites = sites_of(clinvar_rows(original))
    decoys = decoys_of(sites, KnownAlleles(sites))
    found = compared(indexed(plain), assembly, sites + decoys, tmp_path)
    assert len(sites) == alleles
    assert (found.known, found.unknown) == (alleles, len(decoys))
    assert found.values["ALLELEID"] == alleles
