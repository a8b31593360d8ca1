"""Residues before and after a change, in the words of HGVS; examples of bcftools csq's own tests among them."""

from __future__ import annotations

import pytest

from annotator.vcf.annotations.peptides import protein_change


@pytest.mark.parametrize(
    ("number", "ref", "alt", "change"),
    [
        (600, "V", "E", "Val600Glu"),
        (1174, "P", "L", "Pro1174Leu"),
        (12, "G", "G", "Gly12="),
        (10, "GAG", "GAV", "Gly12Val"),
        (508, "VA", "V", "Ala509del"),
        (507, "IIF", "IF", "Ile508del"),  # the 3' rule, as far as the residues show
        (745, "KELREA", "K", "Glu746_Ala750del"),
        (12, "GG", "GVG", "Gly12_Gly13insVal"),
        (10, "GA", "GGA", "Gly10dup"),
        (770, "DN", "DNDN", "Asp770_Asn771dup"),
        (747, "LREA", "P", "Leu747_Ala750delinsPro"),
        (18, "AGRGP", "AQAGGP", "Gly19_Arg20delinsGlnAlaGly"),
        (8, "LR", "QRR", "Leu8delinsGlnArg"),
        (141, "W", "*", "Trp141Ter"),
        (140, "AWK", "A*", "Trp141Ter"),
        (493, "*", "C", "Ter493Cys"),
        (1, "M", "V", "Met1Val"),
        (1, "M", "?", "Met1?"),
        (770, "D", "DG", ""),  # an insertion is named by both its neighbours
        (12, "G", "X", ""),
        (12, "", "V", ""),
        (12, "G", "", ""),
    ],
)
def test_a_change_is_named_as_hgvs_names_it(number: int, ref: str, alt: str, change: str) -> None:
    assert protein_change(number, ref, alt) == change


@pytest.mark.parametrize(
    ("number", "ref", "alt", "change"),
    [
        (157, "SSHLMCVLTPDESVLWC*", "SSHLMSLCFGV", "Cys162Serfs"),
        (157, "SSHLMCVLTPDESVLWC*", "SSHLMSLCFGV*", "Cys162SerfsTer7"),
        (55, "EFLAG", "REF*", "Glu55ArgfsTer4"),
        (141, "WKL", "*", "Trp141Ter"),
        (55, "EFL", "EFL", ""),
        (55, "E", "", ""),
    ],
)
def test_a_frameshift_is_named_by_the_first_residue_that_differs(
    number: int, ref: str, alt: str, change: str
) -> None:
    assert protein_change(number, ref, alt, is_frameshift=True) == change
