"""Read counts of an allele in a sample, from the fields that callers write.

The same key has different meanings: AD is one number per allele (GATK), the ALT's reads only (VarScan) or counts of
k-mers; AF is a fraction of reads (VarDict), a model's estimate (Mutect2), a list that starts with REF (Octopus), or a
frequency in a cohort (INFO/AF of FreeBayes). The set of keys therefore decides, and counts take precedence over a
precomputed fraction:

    keys of FORMAT        reads of ALT i                     denominator
    AU CU GU TU           first number of <ALT>U             + first number of <REF>U      (Strelka, SNVs)
    TIR TAR               first number of TIR                + first number of TAR         (Strelka, indels)
    FAO FDP               FAO[i]                             FDP                           (Ion Torrent, corrected)
    RD FREQ AD            AD                                 AD + RD                       (VarScan)
    VD DP                 VD                                 DP                            (VarDict)
    AO RO                 AO[i]                              RO + sum of AO                (FreeBayes)
    FAZ RAZ …             F<ALT>Z + R<ALT>Z                  all eight                     (CaVEMan)
    PP NP PR NR           PP + NP                            PR + NR                       (cgpPindel)
    AD                    AD[i], REF first                   ADP, else sum of AD; DP where AD lacks REF
    BCOUNT                count of ALT's base                + count of REF's base         (SomaticSniper)
    DP4                   3rd + 4th number                   sum
    PR SR                 2nd numbers                        sums                          (Manta)
    RR RV, DR DV          RV, else DV                        RR + RV, else DR + DV         (DELLY)
    VAF, AF, FA, FREQ     the stated fraction, marked as the caller's

The AD and AO of a record that was split from one with several ALTs lack the reads of its other ALTs: there the
denominator is DP, and without DP the fraction is unknown.

In records without sample columns, only LoFreq's INFO/DP4 and INFO/AF are used. Sources: the callers' documentation and
code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number

__all__ = [
    "COUNTING_KEYS",
    "AlleleCount",
    "allele_counts",
    "called_without_genotype",
    "info_counts",
    "lacks_genotypes",
    "percent_keys",
]

_BASES = "ACGT"
_OF_ALL_ALLELES = frozenset({"AD/sum(AD)", "AO/(RO+sum(AO))"})
_PINDEL = frozenset({"PP", "NP", "PR", "NR"})


class AlleleCount(NamedTuple):
    """Reads of one sample at one allele. None means that the file does not state the value.

    Attributes:
        depth: reads at the position, as the caller counts them if it writes a count.
        ref: reads that show REF.
        alt: reads that show the ALT.
        vaf: variant allele fraction, 0 to 1.
        basis: how the fraction was computed, such as `AD/sum(AD)`; `AF (caller)` for one that the caller states.
        counted: reads in the denominator of `vaf`; None for a fraction that the caller states.

    """

    depth: int | None = None
    ref: int | None = None
    alt: int | None = None
    vaf: float | None = None
    basis: str = ""
    counted: int | None = None


NOTHING = AlleleCount()
Values = Mapping[str, str]


def allele_counts(
    values: Values,
    ref: str,
    alts: Sequence[str],
    alt: int,
    *,
    is_part: bool = False,
    percent_keys: Collection[str] = (),
) -> AlleleCount:
    """Return the read counts of one allele in a sample's column.

    Args:
        values: text by key of FORMAT.
        ref: REF as written.
        alts: ALTs as written.
        alt: 0-based index of the ALT.
        is_part: whether other records have further ALTs of the position, so that the counts are not those of all
            alleles.
        percent_keys: keys whose values are percentages according to the header: without a percent sign, a value up to 1
            could be either, and the fraction is unknown.

    """
    for read in _readers(tuple(values)):
        found = read(values, ref, alts, alt)
        if found is not None:
            return _of_part(found, values) if is_part and found.basis in _OF_ALL_ALLELES else found
    return _stated(values, alts, alt, percent_keys)


def percent_keys(meta: Iterable[str]) -> frozenset[str]:
    """Return the FORMAT keys of stated fractions that the header describes as percentages.

    Args:
        meta: lines of the header before #CHROM.

    """
    return frozenset(
        found[1] for line in meta if line.startswith("##FORMAT=") and (found := re.match(_PERCENT, line))
    )


def _of_part(counts: AlleleCount, values: Values) -> AlleleCount:
    """Return counts with DP as the denominator, because they lack the reads of ALTs in other records."""
    depth, alt = _number(values.get("DP")), counts.alt
    if alt is None or not depth or depth < (counts.counted or 0):
        return AlleleCount(depth, counts.ref, alt)
    return AlleleCount(depth, counts.ref, alt, alt / depth, f"{counts.basis.partition('/')[0]}/DP", depth)


def lacks_genotypes(keys: Collection[str]) -> bool:
    """Return whether the caller writes `./.` for every sample: cgpPindel does, and states reads instead.

    Args:
        keys: keys of FORMAT.

    """
    return set(keys) >= _PINDEL


def info_counts(info: Values, alts: Sequence[str], *, is_lofreq: bool) -> AlleleCount:
    """Return the read counts in INFO for the only ALT of a record without sample columns.

    Args:
        info: text by key of INFO.
        alts: ALTs as written.
        is_lofreq: whether LoFreq wrote the file: only then INFO/AF is a fraction of reads.

    """
    if not is_lofreq or len(alts) != 1:
        return NOTHING
    depth = _number(info.get("DP"))
    counts = _numbers(info.get("DP4"))
    if len(counts) == 4 and None not in counts:
        found = _dp4(info, "", alts, 0)
        if found is not None:
            return found._replace(depth=depth or found.depth, basis="INFO/DP4")
    fraction = _fraction(info.get("AF"))
    return AlleleCount(depth, vaf=fraction, basis="INFO/AF (caller)" if fraction is not None else "")


def called_without_genotype(info: Values, counts: AlleleCount, *, is_normal: bool) -> bool | None:
    """Return whether a sample without a genotype carries an allele; None if that cannot be determined.

    Strelka writes no GT for somatic calls: INFO/NT is the normal's genotype, and reads decide for the tumour. For other
    callers, too, the reads of a tumour decide; a few reads in a normal sample are inconclusive, but no read
    with the allele at a covered position means that it is not called.
    """
    if is_normal:
        normal = info.get("NT")
        if normal in {"ref", "het", "hom"}:
            return normal != "ref"
        is_without_reads = counts.alt == 0 or (counts.alt is None and counts.vaf == 0)
        return False if is_without_reads and counts.depth else None
    if counts.alt is not None:
        return counts.alt > 0
    return None if counts.vaf is None else counts.vaf > 0


def _made(
    alt: int | None, ref: int | None, total: int | None, depth: int | None, basis: str
) -> AlleleCount | None:
    """Return counts with their fraction; None if the ALT's reads are unknown."""
    if alt is None or total is None:
        return None
    vaf = min(alt / total, 1.0) if total > 0 else None
    return AlleleCount(total if depth is None else depth, ref, alt, vaf, basis, total)


def _number(text: str | None) -> int | None:
    return None if text is None else whole_number(text)


@lru_cache(1 << 14)
def _numbers(text: str | None) -> tuple[int | None, ...]:
    return () if text is None else tuple(_number(one) for one in text.split(","))


def _first(text: str | None) -> int | None:
    return None if text is None else _number(text.partition(",")[0])


def _at(text: str | None, alts: Sequence[str], alt: int) -> int | None:
    """Return the number for one ALT from a list with one number per ALT."""
    numbers = _numbers(text)
    return numbers[alt] if len(numbers) == len(alts) else None


def _sum(*numbers: int | None) -> int | None:
    known = [one for one in numbers if one is not None]
    return sum(known) if len(known) == len(numbers) else None


def _is_snv(ref: str, alt: str) -> bool:
    return len(ref) == len(alt) == 1 and ref.upper() in _BASES and alt.upper() in _BASES


def _strelka_snv(values: Values, ref: str, alts: Sequence[str], alt: int) -> AlleleCount | None:
    if not _is_snv(ref, alts[alt]):
        return None
    seen, kept = (_first(values.get(f"{base.upper()}U")) for base in (alts[alt], ref))
    return _made(seen, kept, _sum(seen, kept), _number(values.get("DP")), "tier 1 base counts")


def _strelka_indel(values: Values, _: str, __: Sequence[str], ___: int) -> AlleleCount | None:
    seen, kept = _first(values["TIR"]), _first(values["TAR"])
    return _made(seen, kept, _sum(seen, kept), _number(values.get("DP")), "TIR/(TIR+TAR)")


def _ion_torrent(values: Values, _: str, alts: Sequence[str], alt: int) -> AlleleCount | None:
    seen, depth = _at(values["FAO"], alts, alt), _number(values["FDP"])
    return _made(seen, _number(values.get("FRO")), depth, depth, "FAO/FDP")


def _varscan(values: Values, _: str, alts: Sequence[str], ___: int) -> AlleleCount | None:
    if "," in values["AD"] or "," in values["RD"] or len(alts) != 1:
        return None
    seen, kept = _number(values["AD"]), _number(values["RD"])
    return _made(seen, kept, _sum(seen, kept), _number(values.get("DP")), "AD/(AD+RD)")


def _vardict(values: Values, _: str, alts: Sequence[str], ___: int) -> AlleleCount | None:
    if len(alts) != 1:
        return None
    depth, kept = _number(values["DP"]), _numbers(values.get("AD"))
    return _made(_number(values["VD"]), kept[0] if len(kept) == 2 else None, depth, depth, "VD/DP")


def _freebayes(values: Values, _: str, alts: Sequence[str], alt: int) -> AlleleCount | None:
    seen, kept = _numbers(values["AO"]), _number(values["RO"])
    if len(seen) != len(alts):
        return None
    return _made(seen[alt], kept, _sum(kept, *seen), _number(values.get("DP")), "AO/(RO+sum(AO))")


def _caveman(values: Values, ref: str, alts: Sequence[str], alt: int) -> AlleleCount | None:
    if not _is_snv(ref, alts[alt]):
        return None
    by_base = {
        base: _sum(_number(values.get(f"F{base}Z")), _number(values.get(f"R{base}Z"))) for base in _BASES
    }
    total = _sum(*by_base.values())
    return _made(by_base[alts[alt].upper()], by_base[ref.upper()], total, None, "base counts of both strands")


def _cgp_pindel(values: Values, _: str, __: Sequence[str], ___: int) -> AlleleCount | None:
    seen = _sum(_number(values["PP"]), _number(values["NP"]))
    return _made(seen, None, _sum(_number(values["PR"]), _number(values["NR"])), None, "(PP+NP)/(PR+NR)")


def _allele_depths(values: Values, _: str, alts: Sequence[str], alt: int) -> AlleleCount | None:
    numbers, depth = _numbers(values["AD"]), _number(values.get("DP"))
    if len(numbers) == len(alts) + 1:
        seen, kept = numbers[alt + 1], numbers[0]
        used = _number(values.get("ADP"))
        if used is not None:
            return _made(seen, kept, used, depth, "AD/ADP")
        total = _sum(*numbers)
        return _made(seen, kept, total, depth, "AD/sum(AD)") or _made(seen, kept, depth, depth, "AD/DP")
    if len(numbers) == len(alts):  # one number per ALT, without REF, whatever the header declares
        return _made(numbers[alt], None, depth, depth, "AD/DP")
    return None


def _base_counts(values: Values, ref: str, alts: Sequence[str], alt: int) -> AlleleCount | None:
    counts = _numbers(values["BCOUNT"])
    if len(counts) != 4 or not _is_snv(ref, alts[alt]):
        return None
    seen, kept = counts[_BASES.index(alts[alt].upper())], counts[_BASES.index(ref.upper())]
    return _made(seen, kept, _sum(seen, kept), _number(values.get("DP")), "BCOUNT")


def _dp4(values: Values, _: str, alts: Sequence[str], ___: int) -> AlleleCount | None:
    counts = _numbers(values["DP4"])
    if len(counts) != 4 or len(alts) != 1:
        return None
    return _made(_sum(*counts[2:]), _sum(*counts[:2]), _sum(*counts), _number(values.get("DP")), "DP4")


def _manta(values: Values, _: str, alts: Sequence[str], ___: int) -> AlleleCount | None:
    pairs = [numbers for key in ("PR", "SR") if len(numbers := _numbers(values.get(key))) == 2]
    if not pairs or len(alts) != 1:
        return None
    kept, seen = (_sum(*(numbers[place] for numbers in pairs)) for place in (0, 1))
    return _made(seen, kept, _sum(seen, kept), None, "PR and SR")


def _delly(values: Values, _: str, alts: Sequence[str], ___: int) -> AlleleCount | None:
    if len(alts) != 1:
        return None
    for kept_key, seen_key in (("RR", "RV"), ("DR", "DV")):
        kept, seen = _number(values.get(kept_key)), _number(values.get(seen_key))
        if _sum(kept, seen):
            return _made(seen, kept, _sum(kept, seen), None, f"{seen_key}/({kept_key}+{seen_key})")
    return None


_Reader = Callable[[Values, str, Sequence[str], int], "AlleleCount | None"]
_BY_COUNTS: tuple[tuple[tuple[str, ...], _Reader], ...] = (
    (("AU", "CU", "GU", "TU"), _strelka_snv),
    (("TIR", "TAR"), _strelka_indel),
    (("FAO", "FDP"), _ion_torrent),
    (("RD", "FREQ", "AD"), _varscan),
    (("VD", "DP"), _vardict),
    (("AO", "RO"), _freebayes),
    (("FAZ", "RAZ"), _caveman),
    (("PP", "NP", "PR", "NR"), _cgp_pindel),
    (("AD",), _allele_depths),
    (("BCOUNT",), _base_counts),
    (("DP4",), _dp4),
    (("PR",), _manta),
    (("SR",), _manta),
    (("RR", "RV"), _delly),
    (("DR", "DV"), _delly),
)


@lru_cache(256)  # the records of a file have few different FORMATs
def _readers(keys: tuple[str, ...]) -> tuple[_Reader, ...]:
    """Return the functions that can read the counts of samples with some keys, in their order."""
    return tuple(read for needed, read in _BY_COUNTS if set(needed) <= set(keys))


_STATED = ("VAF", "AF", "FA", "FREQ")
_PERCENT = rf'(?i)##FORMAT=<ID=({"|".join(_STATED)}),.*Description=".*(?:percent|%)'

COUNTING_KEYS = frozenset({"DP", *_STATED, *(key for keys, _ in _BY_COUNTS for key in keys)})
"""FORMAT keys with read counts or fractions; a sample without any of them has neither."""


def _stated(values: Values, alts: Sequence[str], alt: int, percent_keys: Collection[str]) -> AlleleCount:
    """Return the fraction that the caller states, for callers that write no counts."""
    depth = _number(values.get("DP"))
    for key in _STATED:
        listed = (values.get(key) or "").split(",")
        # A list with one more item starts with REF, whatever the header declares (Octopus, RADIA).
        place = alt + 1 if len(listed) == len(alts) + 1 else alt
        fraction = _fraction(listed[place]) if len(listed) in {len(alts), len(alts) + 1} else None
        is_open = fraction is not None and key in percent_keys and _is_small_number(listed[place])
        if fraction is not None and not is_open:
            return AlleleCount(depth, vaf=fraction, basis=f"{key} (caller)")
    return AlleleCount(depth)


def _is_small_number(text: str) -> bool:
    """Return whether a number that is a fraction or a percentage could be either."""
    return not text.endswith("%") and 0 < float(text) <= 1


def _fraction(text: str | None) -> float | None:
    """Return a fraction that may be written as a percentage (VarScan); None for any other text."""
    is_percent = text is not None and text.endswith("%")
    try:
        number = float((text or "").removesuffix("%"))
    except ValueError:
        return None
    if is_percent or number > 1:
        number /= 100
    return number if 0 <= number <= 1 else None
