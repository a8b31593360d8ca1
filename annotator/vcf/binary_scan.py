"""Reads the columns of many BCF records at once, as `vcf.scan` does for lines.

The alleles of a record follow each other, each with a descriptor of one byte if it is shorter than 15 bases. These
descriptors are where a line has its tabs, so that the same code recognises the usual kinds of alleles.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotator.vcf.bcf import Dictionary, Records
from annotator.vcf.scan import PLAIN, Bytes, ContigRun, Integers, Mask, ScannedLines, kinds_of_alleles

__all__ = ["scan_records"]

Sites: TypeAlias = NDArray[np.void]

# The start of a record, before its ID (VCF 4.3, section 6.3.1).
_SITE = np.dtype(
    [
        ("site_size", "<u4"),
        ("genotypes_size", "<u4"),
        ("contig", "<i4"),
        ("position", "<i4"),
        ("length", "<i4"),
        ("quality", "<f4"),
        ("info", "<u2"),
        ("alleles", "<u2"),
        ("format", "<u4"),
    ]
)
_SIZES = 8  # bytes of the two sizes, which these do not include
_STRING = 7  # low bits of the descriptor of a string; the high bits are its length,
_LONG = 15  # or this if the length follows as an integer
_ONE_BASE = 1 << 4 | _STRING
_MOST_ALLELES = (
    5  # REF and ALTs that are examined here; a single base may have an upper-case and a lower-case ALT
)


def scan_records(records: Records, dictionary: Dictionary) -> ScannedLines | None:
    """Scan a chunk of whole records.

    Args:
        records: the records.
        dictionary: dictionary of the file.

    Returns:
        None if a record is too short to be valid or its contig is unknown. Reading record by record then finds the
        faulty one.

    """
    octets = np.frombuffer(records.data, dtype=np.uint8)
    firsts = np.asarray(records.starts, dtype=np.int64)
    if not firsts.size or octets.size - firsts[-1] < _SITE.itemsize:
        return None
    sites = octets[firsts[:, None] + np.arange(_SITE.itemsize)].view(_SITE)[:, 0]
    runs = _runs(sites["contig"], dictionary)
    if runs is None or np.any(sites["site_size"] < _SITE.itemsize - _SIZES):
        return None
    tabs, refs, bad = _tabs(octets, firsts, sites)
    kinds = kinds_of_alleles(octets, tabs)
    listed = _several_single_bases(octets, refs, sites, firsts)
    kinds.alleles[listed] = sites["alleles"][listed] - 1
    kinds.reach[listed] = 1  # as `kinds_of_alleles` returns for lines
    kinds.unusual[listed] = bad[listed] = False
    no_alt = sites["alleles"] == 1
    positions = sites["position"].astype(np.int64) + 1
    return ScannedLines(
        firsts,
        firsts + _SIZES + sites["site_size"],
        runs,
        positions,
        positions + np.where(no_alt, 0, kinds.reach),
        np.where(no_alt, 0, kinds.alleles),
        kinds.unanchored & ~no_alt,
        np.where(no_alt, False, kinds.unusual | bad),
        np.where(bad | (sites["alleles"] != 2), 0, kinds.substitutions).astype(np.uint8),
        refs + 1,
        octets[np.minimum(refs, octets.size - 1)].astype(np.int64) >> 4,
    )


def _runs(contigs: Integers, dictionary: Dictionary) -> list[ContigRun] | None:
    """Return CHROM by runs; None if a contig is not in the header."""
    firsts = [0, *(np.flatnonzero(contigs[1:] != contigs[:-1]) + 1).tolist()]
    runs = []
    for first, stop in zip(firsts, [*firsts[1:], contigs.size], strict=True):
        name = dictionary.contigs.get(int(contigs[first]))
        if name is None:
            return None
        runs.append(ContigRun(name, first, stop))
    return runs


def _tabs(octets: Bytes, firsts: Integers, sites: Sites) -> tuple[Integers, Integers, Mask]:
    """Return the offsets of the descriptors of REF and ALT and of what follows, as if they were the tabs of a line.

    The second result is the offset of REF's descriptor, 0 if unknown. The third marks records that do not have exactly
    these two alleles, both short; their tabs are meaningless.
    """
    last = octets.size - 1
    bad = sites["alleles"] != 2
    offset = firsts + _SITE.itemsize
    tabs = np.zeros((firsts.size, 5), dtype=np.int64)
    refs = np.zeros(firsts.size, dtype=np.int64)
    for column in (2, 3, 4):
        descriptor = octets[np.minimum(offset, last)].astype(np.int64)
        is_odd = ((descriptor & 15) != _STRING) | (descriptor >> 4 == _LONG)
        bad |= is_odd
        offset = offset + 1 + (descriptor >> 4)
        tabs[:, column] = offset
        if column == 2:
            refs[~is_odd] = offset[~is_odd]
    bad |= tabs[:, 4] > firsts + _SIZES + sites["site_size"]
    tabs[bad] = (0, 0, 0, 2, 4)
    return tabs, refs, bad


def _several_single_bases(octets: Bytes, refs: Integers, sites: Sites, firsts: Integers) -> Integers:
    """Return the multiallelic records whose alleles are all single bases, with no ALT equal to REF."""
    counts = sites["alleles"].astype(np.int64)
    rows = np.flatnonzero((counts > 2) & (counts <= _MOST_ALLELES) & (refs > 0))
    counts, refs = counts[rows], refs[rows]
    good: Mask = refs + 2 * counts <= firsts[rows] + _SIZES + sites["site_size"][rows]
    last = octets.size - 1
    ref = octets[np.minimum(refs + 1, last)] | 0x20
    for number in range(_MOST_ALLELES):
        at = np.minimum(refs + 2 * number, last - 1)
        is_good = (octets[at] == _ONE_BASE) & PLAIN[octets[at + 1]]
        if number:
            is_good &= (octets[at + 1] | 0x20) != ref
        good &= is_good | (number >= counts)
    return rows[good]
