"""Lines that may concern a residue of interest are found without parsing their annotations completely."""

from __future__ import annotations

import pytest

from annotator.vcf.annotations.layout import layouts_of
from annotator.vcf.annotations.residues import ResidueFilter
from annotator.vcf.header import InfoDeclaration

RESIDUES = {"BRAF": frozenset({600, 601}), "673": frozenset({600, 601}), "KRAS": frozenset({12})}


def filter_of(parts: str, key: str = "CSQ") -> ResidueFilter:
    said = f"Consequence annotations from Ensembl VEP. Format: {parts}"
    return ResidueFilter(layouts_of({key: InfoDeclaration(key, ".", "String", said)}), RESIDUES)


VEP = filter_of("Allele|Consequence|SYMBOL|Gene|Feature|HGVSc|HGVSp")


def entry(gene: str, change: str, number: str = "ENSG1") -> str:
    return f"T|missense_variant|{gene}|{number}|ENST1|ENST1:c.1A>T|{change}"


@pytest.mark.parametrize(
    ("entries", "fits"),
    [
        ([entry("BRAF", "ENSP1:p.Val600Glu")], True),
        ([entry("BRAF", "ENSP1:p.Val599Glu")], False),
        ([entry("BRAF", "ENSP1:p.(Val600Glu)")], True),
        ([entry("BRAF", "p.V600E")], True),
        ([entry("BRAF", "p.V60E")], False),
        ([entry("BRAF", "ENSP1:p.Val600=")], True),
        ([entry("BRAF", "ENSP1:p.Val599%3D")], False),
        ([entry("BRAF", "ENSP1:p.Val599Ter")], False),
        ([entry("BRAF", "ENSP1:p.Lys601*")], True),
        # Every other change of the gene's protein is read in full.
        ([entry("BRAF", "ENSP1:p.Thr599dup")], True),
        ([entry("BRAF", "ENSP1:p.Val10_Lys11delinsGlu")], True),
        ([entry("BRAF", "ENSP1:p.Arg10GlyfsTer4")], True),
        ([entry("BRAF", "ENSP1:p.Met1?")], True),
        ([entry("BRAF", "")], False),
        # Other genes, another gene's residue, a gene by its number, a name that is encoded.
        ([entry("TP53", "ENSP1:p.Val600Glu")], False),
        ([entry("KRAS", "ENSP1:p.Gly600Asp")], False),
        ([entry("", "ENSP1:p.Val600Glu", "673")], True),
        ([entry("%42RAF", "ENSP1:p.Val1Glu")], True),
        # Any of several entries; a damaged one.
        ([entry("TP53", "p.R1W"), entry("BRAF", "p.V1E"), entry("KRAS", "p.G12D")], True),
        ([entry("TP53", "p.R1W"), entry("BRAF", "p.V1E"), entry("KRAS", "p.G13D")], False),
        (["T|missense_variant|BRAF"], True),
    ],
)
def test_a_line_fits_by_gene_and_residue(entries: list[str], fits: bool) -> None:
    assert any(VEP.fits("CSQ", one.encode()) for one in entries) is fits


def test_without_changes_of_proteins_every_entry_fits() -> None:
    assert filter_of("Allele|Consequence|SYMBOL|Gene|Feature|Amino_acids").fits("CSQ", b"")
