"""INFO that a record must get from an invented ClinVar release, and the parts of a file that must not change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.support.invented_clinvar import (
    AMBIGUOUS,
    FIELDS,
    OURS,
    PLAIN,
    ClinVar,
    allele_of,
    are_the_same,
    canonical,
    is_indel,
    percent_encoded,
)
from tests.support.sweep import Outcome
from tests.support.vcf_files import Site, Text, columns_of, site_of, text_of


class Answer(NamedTuple):
    """The expected result for an ALT: its ClinVar values, or why it cannot be looked up; neither if it is not found.

    `is_shifted`: ClinVar has the allele further to the left.
    """

    said: Mapping[str, str] = {}
    unsupported: str = ""
    is_shifted: bool = False


def answers_of(site: Site, clinvar: ClinVar, mitochondrion: str | None) -> list[Answer]:
    """Return the expected result of each ALT of a record; `mitochondrion` is the contig that `chrM` means."""
    contig = canonical(site.contig)
    if contig == "MT":
        contig = mitochondrion
    return [answer_of(site, alt, contig, clinvar) for alt in site.alts]


def answer_of(site: Site, alt: str, contig: str | None, clinvar: ClinVar) -> Answer:
    allele = allele_of(contig, site.position, site.ref, alt)
    if allele is None:
        are_bases = AMBIGUOUS.fullmatch(site.ref) and AMBIGUOUS.fullmatch(alt)
        is_ambiguous = are_bases and not (PLAIN.fullmatch(site.ref) and PLAIN.fullmatch(alt))
        return Answer(unsupported="ambiguous_bases" if is_ambiguous else "other")
    if allele in clinvar.known or not is_indel(allele):
        return Answer(clinvar.known.get(allele, {}), is_shifted=allele in clinvar.shifted)
    bases = dict(enumerate(site.ref.upper(), site.position))
    is_leftmost = site.position < allele.start
    compared = [
        (are_the_same(allele, one.allele, bases), one.said)
        for one in clinvar.open.get(allele.contig, ())
        if not (is_leftmost if one.allele.start < allele.start else one.is_leftmost)
    ]
    found = [said for is_same, said in compared if is_same]
    assert len(found) <= 1
    if found:
        return Answer(found[0])
    return Answer(unsupported="not_left_aligned" if any(is_same is None for is_same, _ in compared) else "")


def info_to_add(answers: Sequence[Answer]) -> bytes:
    """INFO that the ALTs of a record call for."""
    said = [answer.said for answer in answers]
    items = [
        f"{key}=" + ",".join(percent_encoded(one[key], "%;=,") if key in one else "." for one in said)
        for key in FIELDS
        if any(key in one for one in said)
    ]
    if any(answer.unsupported for answer in answers):
        status = ("clinvar:unsupported" if answer.unsupported else "." for answer in answers)
        items.append("ANNSTATUS=" + ",".join(status))
    return ";".join(items).encode()


def info_after(info: bytes, removed: frozenset[bytes], added: bytes) -> bytes:
    """INFO with keys removed and items added; the very bytes where neither is the case."""
    items = info.split(b";")
    kept = [item for item in items if item.partition(b"=")[0] not in removed]
    rest = info if len(kept) == len(items) else b";".join(kept) or b"."
    if not added:
        return rest
    if rest.strip(b";") in {b"", b"."}:
        return added
    return rest + added if rest.endswith(b";") else rest + b";" + added


def clashing(meta: bytes) -> bool:
    """Return whether a meta line declares an INFO field of this program, and so is replaced."""
    declared = re.match(rb"##INFO=<.*?\bID=(\w+)", meta)
    return declared is not None and declared[1].decode() in OURS


def undeclared(text: Text) -> bool:
    """Whether a record has INFO of a key of ours that the header does not declare."""
    declared = {key.decode() for key in re.findall(rb"##INFO=<.*?\bID=(\w+)", b"".join(text.meta))}
    return any(
        item.partition(b"=")[0].decode("latin-1") in OURS - declared
        for record in text.records
        for item in columns_of(record)[0][7].split(b";")
    )


def mitochondrion_of(text: Text) -> str | None:
    """None if `chrM` is UCSC hg19's own: by its length, or by the name hg19 where no length is stated."""
    contigs = [line for line in text.meta if re.match(rb"##contig=<.*\bID=(?:chr)?MT?[,>]", line)]
    lengths = {int(found[1]) for line in contigs if (found := re.search(rb"length=(\d+)", line))}
    named = any(
        re.match(rb"##(?:reference|contig|assembly)=.*hg19", line, re.IGNORECASE) for line in text.meta
    )
    return None if (16_571 in lengths if lengths else named) else "MT"


def has_ours(record: bytes) -> bool:
    """Whether a record has INFO of a key of ours."""
    items = columns_of(record)[0][7].split(b";")
    return any(item.partition(b"=")[0].decode("latin-1") in OURS for item in items)


def header_faults(outcome: Outcome, before: Text) -> Iterator[str]:
    """Return the differences of two headers, without the lines of this program before `#CHROM`."""
    after = text_of(outcome.output.read_bytes())
    expected = [line for line in before.meta if not clashing(line)]
    if after.meta[: len(expected)] != expected:
        yield f"{outcome.path}: a line of the header changed"
    for line in after.meta[len(expected) :]:
        if not (line.startswith(b"##annotator") or clashing(line)):
            yield f"{outcome.path}: a line came in: {line!r}"
    if before.columns != after.columns:
        yield f"{outcome.path}: the #CHROM line changed"


def record_faults(outcome: Outcome, before: Text, clinvar: ClinVar) -> Iterator[str]:
    """Records that are not the input's with exactly the INFO that their alleles call for."""
    after = text_of(outcome.output.read_bytes())
    removed = frozenset(key.encode() for key in OURS) if "on_clash" in outcome.options else frozenset()
    mitochondrion = mitochondrion_of(before)
    if len(before.records) != len(after.records):
        yield f"{outcome.path}: {len(before.records)} records became {len(after.records)}"
        return
    for old, new in zip(before.records, after.records, strict=True):
        columns, end = columns_of(old)
        added = info_to_add(answers_of(site_of(columns), clinvar, mitochondrion))
        columns[7] = info_after(columns[7], removed, added)
        if new != b"\t".join(columns) + end:
            yield f"{outcome.path}: {old!r} should get {columns[7]!r} and became {new!r}"
