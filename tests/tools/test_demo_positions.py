"""Positions and bases of the demo are those of the reference, and lift to the other assembly."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotator.variants.allele import key_of, unsupported_reason
from annotator.variants.assembly import Assembly
from tests.support.demo_files import ASSEMBLIES, SAMPLES, Record, civic_rows, lift_of, pieces, read_vcf


@pytest.fixture(scope="module")
def demo(repository: Path) -> Path:
    return repository / "test_data" / "demo"


@pytest.fixture(scope="module")
def clinvar(demo: Path) -> dict[str, dict[str, Record]]:
    """Records of the demo's ClinVar by assembly and VariationID."""
    return {
        assembly: {record.name: record for record in read_vcf(demo / f"clinvar.{assembly}.vcf")}
        for assembly in ASSEMBLIES
    }


@pytest.fixture(scope="module")
def real_clinvar(shared_data: Path) -> dict[str, dict[str, Record]]:
    """Records of the real slice of 2026-02-26, and of the same lifted to GRCh37."""
    names = {
        "GRCh38": "clinvar_20260226.GRCh38.cancer_genes.vcf.gz",
        "GRCh37": "clinvar_20260226.GRCh37.cancer_genes.DERIVED_liftover.vcf.gz",
    }
    return {
        assembly: {record.name: record for record in read_vcf(shared_data / "clinvar" / name)}
        for assembly, name in names.items()
    }


# --- Positions and bases ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lift(shared_data: Path) -> Callable[[str, int], int | None]:
    """Position in GRCh38 of a position in GRCh37, by the chain file."""
    return lift_of(shared_data / "chain" / "mskcc+vcf2maf" / "data" / "GRCh37_to_GRCh38.chain")


@pytest.mark.parametrize("name", [*SAMPLES, "clinvar"])
def test_every_position_lifts_to_the_other_assembly(
    demo: Path, name: str, lift: Callable[[str, int], int | None]
) -> None:
    old, new = (list(read_vcf(demo / f"{name}.{assembly}.vcf")) for assembly in ASSEMBLIES)
    for first, second in zip(old, new, strict=True):
        assert first.name == second.name
        assert lift(first.contig, first.position) == second.position
        if "END" in first.info:
            assert lift(first.contig, int(first.info["END"])) == int(second.info["END"])


def test_clinvar_ids_of_civic_variants_name_the_same_alleles(
    demo: Path, clinvar: dict[str, dict[str, Record]]
) -> None:
    compared = 0
    for row in civic_rows(demo / "civic", "VariantSummaries"):
        stated = pieces(row["clinvar_ids"]) & clinvar["GRCh37"].keys()
        if not row["reference_bases"] or len(stated) != 1:
            continue
        compared += 1
        (name,) = stated
        for assembly in ASSEMBLIES:
            record = clinvar[assembly][name]
            change = f"{record.position}{record.ref}>{record.alt}"
            assert f"{Assembly(assembly).accessions[record.contig]}:g.{change}" in row["hgvs_descriptions"]
    assert compared >= 12


def references(folder: Path) -> Iterator[tuple[str, str, int, str]]:
    """Assembly, contig, first position and bases of each piece of real sequence."""
    for path in folder.glob("GRCh38_chr*.fa.gz"):
        with gzip.open(path, "rt") as lines:
            header, *bases = lines.read().split("\n")
        contig, start = re.findall(r"chr(\w+):(\d+)-", header)[0]
        yield "GRCh38", contig, int(start), "".join(bases).upper()
    with gzip.open(folder / "VarDict_hg19.slices.fa.gz", "rt") as lines:
        for entry in lines.read().split(">")[1:]:
            header, *bases = entry.split("\n")
            contig, start = re.findall(r"chr(\w+):(\d+)-", header)[0]
            yield "GRCh37", contig, int(start), "".join(bases).upper()


def test_every_ref_agrees_with_real_sequence(demo: Path, shared_data: Path) -> None:
    compared = {"GRCh37": 0, "GRCh38": 0}
    pieces_of_sequence = list(references(shared_data / "reference"))
    for assembly in ASSEMBLIES:
        for name in [*SAMPLES, "clinvar"]:
            for record in read_vcf(demo / f"{name}.{assembly}.vcf"):
                for known, contig, start, bases in pieces_of_sequence:
                    offset = record.position - start
                    here = known == assembly and contig == Assembly(assembly).contig(record.contig)
                    if here and 0 <= offset < len(bases) - len(record.ref):
                        compared[assembly] += 1
                        assert bases[offset : offset + len(record.ref)] == record.ref, record
    assert compared["GRCh37"] >= 8
    assert compared["GRCh38"] >= 45


def test_bases_and_dbsnp_numbers_agree_with_real_clinvar_of_2017(demo: Path, shared_data: Path) -> None:
    """That file's GRCh37 positions are NCBI's own, so it checks what the lifted slice cannot."""
    bases: dict[tuple[str, int], set[str]] = {}
    names: dict[tuple[str, int, str, str], set[str]] = {}
    for record in read_vcf(shared_data / "clinvar" / "clinvar_20170404.GRCh37.v1_dbsnp.vcf.gz"):
        bases.setdefault((record.contig, record.position), set()).add(record.ref[0])
        names.setdefault((record.contig, record.position, record.ref, record.alt), set()).add(record.name)
    compared = named = 0
    for name in [*SAMPLES, "clinvar"]:
        for record in read_vcf(demo / f"{name}.GRCh37.vcf"):
            known = bases.get((record.contig, record.position))
            if known is not None:
                compared += 1
                assert known == {record.ref[0]}, record
            number = f"rs{record.info['RS']}" if "RS" in record.info else record.name
            same = names.get((record.contig, record.position, record.ref, record.alt))
            if same is not None and number.startswith("rs"):
                named += 1
                assert number in same, record
    assert compared >= 150
    assert named >= 120


def demo_keys(demo: Path, sample: str, assembly: str) -> set[tuple[object, ...]]:
    return {
        tuple(key_of(Assembly(assembly).contig(record.contig) or "", record.position, record.ref, alt))
        for record in read_vcf(demo / f"{sample}.{assembly}.vcf")
        for alt in record.alt.split(",")
        if unsupported_reason(record.ref, alt) is None
    }


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("assembly", ASSEMBLIES)
def test_some_alleles_are_known_and_many_are_not(
    demo: Path, real_clinvar: dict[str, dict[str, Record]], sample: str, assembly: str
) -> None:
    called = demo_keys(demo, sample, assembly)
    known = demo_keys(demo, "clinvar", assembly)
    if assembly == "GRCh37":
        known |= {
            (row["chromosome"], int(row["start"]), row["reference_bases"], row["variant_bases"])
            for row in civic_rows(demo / "civic", "VariantSummaries")
            if row["reference_bases"]
        }
    assert len(called & known) >= 15
    assert len(called - known) >= 20
    # Some are in no release either: new alleles at places that the real slice covers.
    real = {
        tuple(key_of(record.contig, record.position, record.ref, record.alt))
        for record in real_clinvar[assembly].values()
        if record.alt != "."
    }
    unnamed = {
        tuple(key_of(Assembly(assembly).contig(record.contig) or "", record.position, record.ref, record.alt))
        for record in read_vcf(demo / f"{sample}.{assembly}.vcf")
        if record.name == "." and record.alt.isalpha() and record.ref[-1] != record.alt[-1]
    }
    assert len(unnamed - real - known) >= 3
