from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from annotator.variants.assembly import (
    CANONICAL_CONTIGS,
    Assembly,
    ContigDeclaration,
    assembly_from_contig,
    contradicting_lengths,
)
from annotator.vcf.header import Header

REAL_HEADERS = {
    Assembly.GRCH37: "broadinstitute+gatk/src/test/resources/org/broadinstitute/hellbender/tools/walkers/"
    "variantutils/SelectVariants/haploid-multisample.vcf",
    Assembly.GRCH38: "griffithlab+VAtools/tests/test_data/input.complex_indel.vcf.gz",
}


@pytest.mark.parametrize("assembly", list(Assembly))
def test_lengths_are_those_of_real_headers(assembly: Assembly, shared_data: Path) -> None:
    data = (shared_data / "vcf" / "real" / REAL_HEADERS[assembly]).read_bytes()
    header = Header.parse(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data, path="x")
    lengths = {assembly.contig(contig.name): contig.length for contig in header.contigs}
    lengths.pop(None, None)
    assert lengths == assembly.lengths
    assert contradicting_lengths(assembly, header.contigs) == []
    assert sum(assembly_from_contig(contig) is assembly for contig in header.contigs) == 24


def test_accessions_are_those_of_ncbis_own_hgvs(shared_data: Path) -> None:
    with (shared_data / "clinvar" / "golden_vcf_to_hgvs.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) > 200
    for row in rows:
        assembly = Assembly(row["#build"])
        accession = row["CLNHGVS_as_in_file"].partition(":")[0]
        contig = assembly.contig(row["chrom"])
        assert contig is not None
        assert assembly.accessions[contig] == accession
        assert assembly.contig(accession) == contig


def test_no_length_but_the_mitochondrions_is_of_both_assemblies() -> None:
    first, second = (assembly.lengths for assembly in Assembly)
    assert set(first.values()) & set(second.values()) == {first["MT"]}
    assert tuple(first) == tuple(second) == CANONICAL_CONTIGS


@pytest.mark.parametrize(
    ("length", "contradicts"), [(16_569, False), (16_571, False), (16_299, True), (None, False)]
)
def test_a_mitochondrion_is_the_reference_one_or_hg19s(length: int | None, contradicts: bool) -> None:
    for assembly in Assembly:
        declaration = ContigDeclaration("chrM", length)
        assert contradicting_lengths(assembly, [declaration]) == [declaration] * contradicts
        assert assembly_from_contig(declaration) is None
