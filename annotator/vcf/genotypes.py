"""Which alleles a sample carries: what its genotypes say, of many lines at once where they say it plainly.

A genotype (GT; VCF 4.3, section 1.6.2) lists allele numbers, 0 for REF, separated by `/` or `|`; `.` is a missing one.
An ALT is carried if its number is among them, however many copies there are and whatever else is missing. Of a sample
whose FORMAT has no GT (as in Strelka's somatic calls) the reads of its ALTs tell (`allele_counts`); where they do
not, that is said, and not taken for REF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from annotator.errors import UsageError
from annotator.runtime.text import counted
from annotator.vcf.allele_counts import allele_counts, called_without_genotype
from annotator.vcf.columns import FIRST_SAMPLE

if TYPE_CHECKING:
    from annotator.vcf.scan import Bytes, Integers, Mask, ScannedLines

__all__ = ["CarriedRecord", "Carrier", "carried_records", "carrier_of"]

_FORMAT = FIRST_SAMPLE - 1
_NUMBER = re.compile(r"\d+", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z,]*")
_BEGINNING = 4  # bytes of a genotype that are looked at for many lines at once


class Carrier(NamedTuple):
    """Whose alleles are wanted.

    Attributes:
        sample: its name.
        column: 0-based column of the sample in a line; None to take every ALT, whatever the genotypes say.

    """

    sample: str
    column: int | None


class CarriedRecord(NamedTuple):
    """A record of which a sample carries an ALT, or may carry one.

    Attributes:
        number: 0-based place among the records counted.
        contig: CHROM as written.
        position: 1-based POS.
        ref: REF as written.
        alts: number, as genotypes count, and text of each ALT that is carried.
        total: how many ALTs the record has.
        has_genotype: whether that is known, by the genotype or, without one, by the reads; if not, the ALTs that may
            be carried are there.
        line: if an ALT is no sequence, the record as written, of the samples only the one that is wanted; else empty.

    """

    number: int
    contig: str
    position: int
    ref: str
    alts: tuple[tuple[int, str], ...]
    total: int
    has_genotype: bool
    line: bytes = b""


def carrier_of(samples: Sequence[str], wanted: str | None, *, all_alts: bool, path: str) -> Carrier:
    """Find the sample whose alleles are wanted.

    Args:
        samples: names in the order of the columns.
        wanted: name of the sample; None for the only one.
        all_alts: whether to take every ALT, whatever the genotypes say; then the sample need not be in the file.
        path: name of the input, for errors.

    Raises:
        UsageError: the sample is not in the file, there are several, or there is none and so no genotype.

    """
    if wanted is None and len(samples) == 1:
        wanted = samples[0]
    if wanted is None:
        what = f"the file has {counted(len(samples), 'sample')}" if samples else "the file has no sample"
        raise UsageError(
            f"{what}, and no sample was chosen",
            path=path,
            remedy=f"Name the tumour sample: {', '.join(samples[:5])}"
            if samples
            else "Name a sample and use --all-alts to take every ALT",
        )
    if all_alts:
        return Carrier(wanted, None)
    if wanted not in samples:
        there = f"There are {', '.join(samples[:5])}" if samples else "The file has no samples"
        raise UsageError(
            f"the file has no sample {wanted!r}", path=path, remedy=f"{there}; --all-alts takes every ALT"
        )
    return Carrier(wanted, FIRST_SAMPLE + list(samples).index(wanted))


def carried_records(text: bytes, lines: ScannedLines | None, carrier: Carrier) -> list[CarriedRecord]:
    """Return the records of which a sample carries an ALT, or may carry one because it has no genotype.

    Args:
        text: whole lines, well-formed.
        lines: what a scan says of them; None for none. The answer is the same.
        carrier: whose.

    """
    if lines is None or lines.tabs is None or carrier.column is None:
        numbered: Iterator[tuple[int, bytes]] = enumerate(text.removesuffix(b"\n").split(b"\n"))
    else:
        worth = (~_plainly_without(text, lines.tabs, carrier.column)).nonzero()[0].tolist()
        numbered = ((number, text[lines.starts[number] : lines.stops[number]]) for number in worth)
    found = (_carried(number, line, carrier.column) for number, line in numbered if line)
    return [record for record in found if record is not None]


def _plainly_without(text: bytes, tabs: Integers, column: int) -> Mask:
    """Return a mask of the lines whose genotype has no ALT in its simplest form: `0/0`, `0|0`, `./.`, `0`, `.`."""
    import numpy as np

    data = np.frombuffer(text + b"\n" * _BEGINNING, dtype=np.uint8)
    in_format, in_sample = tabs[:, _FORMAT - 1] + 1, tabs[:, column - 1] + 1
    is_genotype = (data[in_format] == ord("G")) & (data[in_format + 1] == ord("T"))
    is_genotype &= _is_one_of(data[in_format + 2], b":\t")
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
    """Return a line without other samples than the one in a column, or without any."""
    kept = columns[:_FORMAT] if column is None else [*columns[:FIRST_SAMPLE], columns[column]]
    return b"\t".join(kept)


def _carried_by_counts(
    columns: Sequence[bytes], values: Mapping[str, str], alts: Sequence[str]
) -> tuple[tuple[int, ...], bool]:
    """Return the numbers of the ALTs that a sample without a genotype carries by its reads, and whether they tell."""
    ref = columns[3].decode("utf-8", "surrogateescape")
    info = dict(one.partition("=")[::2] for one in columns[7].decode("utf-8", "surrogateescape").split(";"))
    stated = [
        called_without_genotype(info, allele_counts(values, ref, alts, place), is_normal=False)
        for place in range(len(alts))
    ]
    # Where reads do not tell of an ALT, it may be carried.
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
