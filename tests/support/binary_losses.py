"""What of a VCF is lost in a BCF, and what no BCF can hold, by the specification."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from tests.support.vcf_files import Text, columns_of, source_of, view


def is_read(path: Path, folder: Path) -> bool:
    """Whether htslib reads a file, or does so once what hides it from htslib is mended."""
    if view(path, folder) is not None:
        return True
    text = source_of(path)
    target = folder / "mended.vcf"
    target.write_bytes(b"".join([*text.meta, text.columns, *text.records]))
    return view(target, folder) is not None


PASS = (b"FILTER", b"PASS")
NUMBERS = {
    b"Integer": rb"[+-]?\d+|\.",
    b"Float": rb"(?i)[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(nan|inf(inity)?)|\.",
}


PARTS = rb'##\w+=<([^=,"]+=("([^"\\]|\\.)*"|[^,"]*)(,|(?=>)))+>\s*'


def faults_for_htslib(text: Text) -> Iterator[str]:
    """Return violations of the specification in records that htslib rejects."""
    types = dict(re.findall(rb"##FORMAT=<ID=([^,]+),.*?\bType=(Integer|Float)", b"".join(text.meta)))
    for record in text.records:
        yield from (f"{id_!r} cannot be declared" for _, id_ in uses_of(record) if b"," in id_)
        columns, _ = columns_of(record)
        keys = columns[8].split(b":") if len(columns) > 8 else []
        for sample in columns[9:]:
            values = sample.split(b":")
            if not sample or len(values) > len(keys):
                yield f"the sample {sample!r} has no value, or more than keys"
            for key, value in zip(keys, values, strict=False):
                if key == b"GT" and not re.fullmatch(rb"[/|]?(\d+|\.)([/|](\d+|\.))*", value):
                    yield f"{value!r} is no genotype"
                wanted = NUMBERS.get(types.get(key, b""))
                if wanted and not all(re.fullmatch(wanted, one) for one in value.split(b",")):
                    yield f"{value!r} of {key!r} is no number"


def is_same_number(one: bytes, other: bytes) -> bool:
    """Whether two texts are one number; htslib shows six digits of one with a fraction or an exponent."""
    if re.fullmatch(rb"[+-]?\d+", one) and re.fullmatch(rb"[+-]?\d+", other):
        return int(one) == int(other)
    try:
        left, right = float(one), float(other)
    except ValueError:
        return False
    return math.isclose(left, right, rel_tol=6e-6) or (math.isnan(left) and math.isnan(right))


def are_same_values(one: bytes, other: bytes) -> bool:
    """Whether two lists of values are the same; one that is empty is missing."""
    pairs = zip_longest(one.split(b","), other.split(b","), fillvalue=b"none")
    return all((a or b".") == (b or b".") or is_same_number(a, b) for a, b in pairs)


def phased(genotype: bytes) -> bytes:
    """A genotype without the phase of its first allele where the others imply it (VCF 4.4, section 1.6.2).

    A genotype that is missing has none.
    """
    if genotype.strip(b"/|") == b".":
        return b"."
    return genotype.removeprefix(b"/" if b"/" in genotype[1:] else b"|")


def losses(text: bytes, binary: bytes) -> Iterator[str]:
    """What of a line of VCF is another in the line that htslib shows for the record of a BCF."""
    before, after = columns_of(text)[0], columns_of(binary)[0]
    before[6] = b";".join(filter(None, before[6].split(b";")))
    yield from (
        f"{a!r} became {b!r}" for a, b in zip(before[:7], after[:7], strict=True) if not are_same_values(a, b)
    )
    items = ([item.partition(b"=") for item in line[7].split(b";") if item] for line in (before, after))
    for (key, _, a), (kept, _, b) in zip_longest(*items, fillvalue=(b"", b"", b"")):
        if (key or b".") != (kept or b".") or not are_same_values(a, b):
            yield f"INFO {key!r}={a!r} became {kept!r}={b!r}"
    if before[8:9] != after[8:9]:
        yield f"{before[8:9]} became {after[8:9]}"
    for sample, shown in zip(before[9:], after[9:], strict=True):
        keys = before[8].split(b":")
        for key, a, b in zip_longest(keys, sample.split(b":"), shown.split(b":"), fillvalue=b"."):
            if not (phased(a) == phased(b) if key == b"GT" else are_same_values(a, b)):
                yield f"{key!r}: {a!r} became {b!r}"


def uses_of(record: bytes) -> set[tuple[bytes, bytes]]:
    """Return the ids of a record that a BCF must declare."""
    columns, _ = columns_of(record)
    parts = {
        b"contig": columns[:1],
        b"FILTER": columns[6].split(b";"),
        b"FORMAT": b":".join(columns[8:9]).split(b":"),
    }
    parts[b"INFO"] = [item.partition(b"=")[0] for item in columns[7].split(b";")]
    return {(kind, id_) for kind, ids in parts.items() for id_ in ids if id_ not in {b"", b"."}}


def declared_by(meta: Sequence[bytes]) -> set[tuple[bytes, bytes]]:
    """Return the ids that a header declares; PASS need not be declared."""
    matches = (re.match(rb"##(contig|FILTER|INFO|FORMAT)=<ID=(.*?)(?:,.*|>)\s*$", line) for line in meta)
    return {PASS, *((found[1], found[2]) for found in matches if found)}


def header_losses(text: Text, binary: Text) -> Iterator[str]:
    """Return the difference between declared ids of a BCF and those of the VCF and its records."""
    used = {use for record in text.records for use in uses_of(record)}
    if declared_by(binary.meta) != declared_by(text.meta) | used:
        yield f"{declared_by(binary.meta) ^ (declared_by(text.meta) | used)} should be declared, or should not"


def cannot_be_binary(text: Text, number: int) -> bool:
    """Whether a record, by the number of its line, is one that BCF cannot hold."""
    record = text.records[number - len(text.meta) - 2]
    columns, _ = columns_of(record)
    keys = columns[8].split(b":") if len(columns) > 8 else []
    filters = columns[6].split(b";")
    badly_declared = declared_by([line for line in text.meta if not re.fullmatch(PARTS, line)]) - {PASS}
    numbers = re.findall(rb"(?<![\w.])-?\d{10,}(?![\w.])", b":".join(columns[9:]))
    return (
        any(faults_for_htslib(text._replace(records=[record])))
        or int(columns[1]) > 2**31
        or any(not -(2**31) + 8 <= int(one) < 2**31 for one in numbers)
        or not (columns[5] == b"." or re.fullmatch(NUMBERS[b"Float"], columns[5]))
        or b"" in keys
        or len(set(keys)) < len(keys)
        or b"" in filters
        or (b"." in filters and len(filters) > 1)
        or not uses_of(record).isdisjoint(badly_declared)
    )


def is_used_late(text: Text, number: int) -> bool:
    """Whether a record uses what the header does not declare, while all of the first hundred records is declared."""
    declared = declared_by(text.meta)
    early = (use for record in text.records[:100] for use in uses_of(record))
    return declared.issuperset(early) and not uses_of(text.records[number - len(text.meta) - 2]) <= declared
