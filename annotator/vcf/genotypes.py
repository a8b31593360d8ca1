"""Alleles that a sample carries, from its genotypes; simple genotypes are read for many lines at once.

A genotype (GT; VCF 4.3, section 1.6.2) lists allele numbers, 0 for REF, separated by `/` or `|`; `.` is a missing one.
An ALT is carried if its number is listed, however many copies there are and whatever else is missing. For a sample
whose FORMAT has no GT (as in Strelka's somatic calls), the reads of its ALTs decide (`allele_counts`); if they do not,
this is reported, and never taken as REF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from annotator.errors import UsageError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import counted
from annotator.vcf.allele_counts import allele_counts, called_without_genotype, lacks_genotypes
from annotator.vcf.columns import FIRST_SAMPLE

if TYPE_CHECKING:
    from annotator.vcf.scan import Bytes, Integers, Mask, ScannedLines

__all__ = ["CarriedRecord", "Carrier", "carried_records", "carrier_of"]

_FORMAT = FIRST_SAMPLE - 1
_NUMBER = re.compile(r"(?<!\d)\d{1,18}(?!\d)", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z,]*")
_BEGINNING = 4  # bytes of a genotype that are examined for many lines at once


class Carrier(NamedTuple):
    """The sample whose alleles are selected.

    Attributes:
        sample: name of the sample.
        column: 0-based column of the sample in a line; None to select every ALT, whatever the genotypes are.

    """

    sample: str
    column: int | None


class CarriedRecord(NamedTuple):
    """A record with an ALT that a sample carries, or may carry.

    Attributes:
        number: 0-based index among the records counted.
        contig: CHROM as written.
        position: 1-based POS.
        ref: REF as written.
        alts: number, as in genotypes, and text of each carried ALT.
        total: number of ALTs of the record.
        has_genotype: whether the genotype or, without one, the reads decide; if not, `alts` has the ALTs that may be
            carried.
        line: if an ALT is not a sequence, the record as written, reduced to the selected sample; otherwise empty.

    """

    number: int
    contig: str
    position: int
    ref: str
    alts: tuple[tuple[int, str], ...]
    total: int
    has_genotype: bool
    line: bytes = b""


def carrier_of(
    samples: Sequence[str], wanted: str | None, *, all_alts: bool, path: str, prefix: str = ""
) -> Carrier:
    """Find the sample whose alleles are selected.

    Args:
        samples: names in the order of the columns.
        wanted: name of the sample; None for the only one.
        all_alts: whether to select every ALT, whatever the genotypes are; then the sample need not be in the file.
        path: name of the input, for errors.
        prefix: prefix of the options `sample` and `all-alts`, for errors, such as `cgi-`.

    Raises:
        UsageError: the sample is not in the file, there are several samples, or there is none and therefore no
            genotype.

    """
    if wanted is None and len(samples) == 1:
        wanted = samples[0]
    if wanted is None:
        what = f"the file has {counted(len(samples), 'sample')}" if samples else "the file has no sample"
        raise UsageError(
            f"{what}, and no sample was chosen",
            path=path,
            remedy=f"Select the tumour sample with --{prefix}sample: {', '.join(samples[:5])}"
            if samples
            else f"Use --{prefix}sample NAME and --{prefix}all-alts to take every ALT",
        )
    if all_alts:
        return Carrier(wanted, None)
    if wanted not in samples:
        there = (
            f"Choose from {', '.join(samples[:5])}"
            if samples
            else f"Use --{prefix}all-alts to take every ALT"
        )
        raise UsageError(f"the file has no sample {wanted!r}", path=path, remedy=there)
    return Carrier(wanted, FIRST_SAMPLE + list(samples).index(wanted))


def carried_records(text: bytes, lines: ScannedLines | None, carrier: Carrier) -> list[CarriedRecord]:
    """Return the records of which a sample carries an ALT, or may carry one because it has no genotype.

    Args:
        text: whole lines, well-formed.
        lines: the scan of the lines; None if there is none. The result is the same.
        carrier: the selected sample.

    """
    if lines is None or lines.tabs is None or carrier.column is None:
        numbered: Iterator[tuple[int, bytes]] = enumerate(text.removesuffix(b"\n").split(b"\n"))
    else:
        worth = (~_plainly_without(text, lines.tabs, carrier.column)).nonzero()[0].tolist()
        numbered = ((number, text[lines.starts[number] : lines.stops[number]]) for number in worth)
    found = (_carried(number, line, carrier.column) for number, line in numbered if line)
    return [record for record in found if record is not None]


def _plainly_without(text: bytes, tabs: Integers, column: int) -> Mask:
    """Return a mask of the lines whose genotype has no ALT in its simplest form: `0/0`, `0|0`, `./.`, `0`, `.`.

    Lines of cgpPindel (`GT:PP:…`), which states reads instead of genotypes, are not among them.
    """
    import numpy as np

    data = np.frombuffer(text + b"\n" * _BEGINNING, dtype=np.uint8)
    in_format, in_sample = tabs[:, _FORMAT - 1] + 1, tabs[:, column - 1] + 1
    is_genotype = (data[in_format] == ord("G")) & (data[in_format + 1] == ord("T"))
    is_genotype &= _is_one_of(data[in_format + 2], b":\t")
    is_genotype &= (data[in_format + 3] != ord("P")) | (data[in_format + 4] != ord("P"))
    first, second, third, fourth = (data[in_sample + place] for place in range(_BEGINNING))
    ends = b":\t\n\r"
    haploid = _is_one_of(second, ends)
    diploid = _is_one_of(second, b"/|") & _is_one_of(third, b"0.") & _is_one_of(fourth, ends)
    without: Mask = is_genotype & _is_one_of(first, b"0.") & (haploid | diploid)
    return without


def _is_one_of(values: Bytes, octets: bytes) -> Mask:
    import numpy as np

    found: Mask = np.isin(values, np.frombuffer(octets, dtype=np.uint8))
    return found


def _carried(number: int, line: bytes, column: int | None) -> CarriedRecord | None:
    columns = line.rstrip(b"\r").split(b"\t", _FORMAT if column is None else column + 1)
    if columns[4] == b".":
        return None
    values = _values(columns, column)
    genotype = values.get("GT")
    alts = columns[4].decode("utf-8", "surrogateescape").split(",")
    if genotype is not None and not _NUMBER.search(genotype) and lacks_genotypes(values):
        genotype = None
    is_stated = column is None or genotype is not None
    if column is None:
        carried = tuple(range(1, len(alts) + 1))
    elif genotype is None:
        carried, is_stated = _carried_by_counts(columns, values, alts)
    else:
        named = {int(one) for one in _NUMBER.findall(genotype)}
        carried = tuple(one for one in range(1, len(alts) + 1) if one in named)
    if not carried:
        return None
    is_structural = _PLAIN.fullmatch(",".join(alts)) is None
    return CarriedRecord(
        number,
        columns[0].decode("utf-8", "surrogateescape"),
        int(columns[1]),
        columns[3].decode("utf-8", "surrogateescape"),
        tuple((one, alts[one - 1]) for one in carried),
        len(alts),
        is_stated,
        _narrowed(columns, column) if is_structural else b"",
    )


def _narrowed(columns: Sequence[bytes], column: int | None) -> bytes:
    """Return a line without samples other than the one in a column, or without any."""
    kept = columns[:_FORMAT] if column is None else [*columns[:FIRST_SAMPLE], columns[column]]
    return b"\t".join(kept)


def _carried_by_counts(
    columns: Sequence[bytes], values: Mapping[str, str], alts: Sequence[str]
) -> tuple[tuple[int, ...], bool]:
    """Return the ALTs that a sample without a genotype carries by its reads, and whether these are conclusive."""
    ref = columns[3].decode("utf-8", "surrogateescape")
    info = dict(one.partition("=")[::2] for one in columns[7].decode("utf-8", "surrogateescape").split(";"))
    stated = [
        called_without_genotype(info, allele_counts(values, ref, alts, place), is_normal=False)
        for place in range(len(alts))
    ]
    # If the reads are inconclusive, the ALT may be carried.
    return tuple(number for number, one in enumerate(stated, start=1) if one is not False), None not in stated


def _values(columns: Sequence[bytes], column: int | None) -> dict[str, str]:
    """Return a sample's values by FORMAT key; a sample may omit the last values.

    If a key occurs twice, its first value counts, as in htslib.
    """
    if column is None:
        return {}
    keys = columns[_FORMAT].decode("utf-8", "surrogateescape").split(":")
    values = columns[column].decode("utf-8", "surrogateescape").split(":")
    return dict(reversed(list(zip(keys, values, strict=False))))
