"""Records like those of ClinVar's VCF: crowded into exons, with long INFO that repeats itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from annotator.variants.assembly import CANONICAL_CONTIGS, Assembly
from tests.bench.genome import Alleles, alleles_at

if TYPE_CHECKING:
    from tests.bench.genome import Integers

__all__ = ["clinvar_alleles", "clinvar_header", "clinvar_lines"]

_INDELS = 0.12
_EXONS = 20  # the most that a gene has
_SMALL_CONTIG = 100_000  # bases; it is one gene
_GENE_SPAN = 200_000  # bases that GENEINFO gives one name

# Shares are about those of the release of February 2026.
_CLASSIFICATIONS = {
    "Uncertain_significance": 0.50,
    "Likely_benign": 0.26,
    "Benign": 0.06,
    "Conflicting_classifications_of_pathogenicity": 0.05,
    "Pathogenic": 0.05,
    "Likely_pathogenic": 0.04,
    "Benign/Likely_benign": 0.02,
    "Pathogenic/Likely_pathogenic": 0.01,
    "not_provided": 0.008,
    "drug_response": 0.002,
}
_REVIEW_STATUSES = {
    "criteria_provided,_single_submitter": 0.72,
    "criteria_provided,_multiple_submitters,_no_conflicts": 0.14,
    "criteria_provided,_conflicting_classifications": 0.06,
    "no_assertion_criteria_provided": 0.06,
    "reviewed_by_expert_panel": 0.02,
}
_CONSEQUENCES = {
    "SO:0001583|missense_variant": 0.5,
    "SO:0001819|synonymous_variant": 0.2,
    "SO:0001627|intron_variant": 0.14,
    "SO:0001583|missense_variant,SO:0001627|intron_variant": 0.08,
    "SO:0001587|nonsense": 0.04,
    "SO:0001589|frameshift_variant": 0.04,
}
_INFO = {
    "ALLELEID": ("1", "Integer"),
    "CLNDISDB": (".", "String"),
    "CLNDN": (".", "String"),
    "CLNHGVS": (".", "String"),
    "CLNREVSTAT": (".", "String"),
    "CLNSIG": (".", "String"),
    "CLNVC": ("1", "String"),
    "GENEINFO": ("1", "String"),
    "MC": (".", "String"),
    "ORIGIN": (".", "String"),
    "RS": (".", "String"),
}
_COURSES = (
    "Familial",
    "Hereditary",
    "Early-onset",
    "Congenital",
    "Autosomal_recessive",
    "X-linked",
    "Juvenile",
)
_ORGANS = ("cardiac", "renal", "retinal", "neuronal", "hepatic", "skeletal", "muscular", "dermal", "immune")
_DISORDERS = (
    "dystrophy",
    "deficiency,_combined",
    "cancer_predisposition",
    "ataxia",
    "anemia",
    "syndrome,_severe",
)
_DISEASES = [
    ("not_provided", "MedGen:C3661900"),
    ("not_specified", "MedGen:CN169374"),
    *(
        (
            f"{course}_{organ}_{disorder}_{number}",
            f"MONDO:MONDO:{place:07d},MedGen:C{place * 37:07d},OMIM:{600_000 + place},Orphanet:{place * 3}",
        )
        for place, (number, course, organ, disorder) in enumerate(
            product(range(1, 31), _COURSES, _ORGANS, _DISORDERS), 1
        )
    ),
]
"""Name and identifiers; the first is the common one."""
_COMMON = 0.3  # share of records that have no other


def clinvar_alleles(rng: np.random.Generator, contig: int, count: int, genes: int) -> Alleles:
    """Draw alleles of a contig: most in exons, and very many in a few genes.

    Args:
        rng: where chance comes from.
        contig: number of the contig.
        count: how many, or a few less.
        genes: number of genes.

    """
    length = Assembly.GRCH38.lengths[CANONICAL_CONTIGS[contig]]
    drawn = count * 8 // 5 + 20
    if length < _SMALL_CONTIG:
        positions = rng.integers(100, length - 100, drawn)
    else:
        weights = rng.lognormal(0, 1.3, genes)
        gene = rng.choice(genes, drawn, p=weights / weights.sum())
        starts = rng.integers(10_000, length - 150_000, (genes, 1)) + rng.integers(0, 90_000, (genes, _EXONS))
        sizes = rng.integers(60, 400, (genes, _EXONS))
        exon = rng.integers(0, rng.integers(3, _EXONS + 1, genes)[gene])
        positions = starts[gene, exon] + (rng.random(drawn) * sizes[gene, exon]).astype(np.int64)
    alleles = alleles_at(rng, contig, positions, _INDELS)
    if len(alleles) <= count:
        return alleles
    return alleles.of(np.sort(rng.choice(len(alleles), count, replace=False)))


def clinvar_header() -> str:
    """Give the header, which has no `##contig` lines, as ClinVar's has none."""
    lines = ["##fileformat=VCFv4.1", "##fileDate=2026-02-26", "##source=ClinVar", "##reference=GRCh38"]
    lines += [
        f'##INFO=<ID={id_},Number={number},Type={type_},Description="{id_} of an invented record">'
        for id_, (number, type_) in _INFO.items()
    ]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
    return "\n".join(lines)


def clinvar_lines(rng: np.random.Generator, alleles: Alleles, first_id: int) -> Iterator[str]:
    """Give a line per allele; VariationIDs count from `first_id`, so that none is twice in a file."""
    name = CANONICAL_CONTIGS[alleles.contig]
    accession = Assembly.GRCH38.accessions[name]
    count = len(alleles)
    significance, status = _drawn(rng, _CLASSIFICATIONS, count), _drawn(rng, _REVIEW_STATUSES, count)
    consequence = _drawn(rng, _CONSEQUENCES, count)
    genes = alleles.positions // _GENE_SPAN
    diseases = _disease_sets(rng, genes)
    rsids = rng.integers(1_000, 2_100_000_000, count).tolist()
    for row, (position, shape, ref, alt) in enumerate(
        zip(alleles.positions.tolist(), alleles.shapes.tolist(), *alleles.spelled(), strict=True)
    ):
        names, identifiers = diseases[row]
        change, kind = _change(position, shape, ref, alt)
        gene = position // _GENE_SPAN
        rsid = f";RS={rsids[row]}" if rsids[row] % 4 else ""
        yield (
            f"{name}\t{position}\t{first_id + row}\t{ref}\t{alt}\t.\t.\tALLELEID={first_id + row + 15_000}"
            f";CLNDISDB={identifiers};CLNDN={names};CLNHGVS={accession}:g.{change};CLNREVSTAT={status[row]}"
            f";CLNSIG={significance[row]};CLNVC={kind};GENEINFO=GENE{name}_{gene}:{gene + 1}"
            f";MC={consequence[row]};ORIGIN=1{rsid}\n"
        )


def _drawn(rng: np.random.Generator, shares: dict[str, float], count: int) -> list[str]:
    words, weights = list(shares), np.array(list(shares.values()))
    return [words[number] for number in rng.choice(len(words), count, p=weights / weights.sum()).tolist()]


def _disease_sets(rng: np.random.Generator, genes: Integers) -> list[tuple[str, str]]:
    """Give CLNDN and CLNDISDB of each record: of common diseases, or one of its gene's combinations.

    In the release of February 2026 there is a combination for every twelve records.
    """
    count = len(genes)
    combinations = np.where(rng.random(count) < _COMMON, 0, genes * 1_000 + rng.exponential(5, count) + 1)
    numbers, rows = np.unique(combinations.astype(np.int64), return_inverse=True)
    sets = [_disease_set(number) for number in numbers.tolist()]
    return [sets[row] for row in rows.tolist()]


def _disease_set(number: int) -> tuple[str, str]:
    """Give CLNDN and CLNDISDB of a combination, of one to five diseases."""
    chance = np.random.default_rng(number)
    picks = chance.integers(0, len(_DISEASES), min(int(chance.geometric(0.5)), 5)).tolist() if number else [0]
    chosen = [_DISEASES[pick] for pick in dict.fromkeys(picks)]
    return "|".join(name for name, _ in chosen), "|".join(identifiers for _, identifiers in chosen)


def _change(position: int, shape: int, ref: str, alt: str) -> tuple[str, str]:
    """Give the HGVS of an allele, without the check for duplications, and ClinVar's word for its kind."""
    if len(ref) == len(alt):
        return f"{position}{ref}>{alt}", "single_nucleotide_variant"
    if shape > 0:
        return f"{position}_{position + 1}ins{alt[1:]}", "Insertion"
    last = f"_{position - shape}" if shape < -1 else ""
    return f"{position + 1}{last}del", "Deletion"
