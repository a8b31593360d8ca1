"""Reads many lines of ClinVar's VCF at once.

Nearly all lines are alike: items of the same keys, with values that mostly occurred before. One regular expression
splits such usual lines; each distinct extracted text is parsed once, by the parser of single lines, and the rest is
numeric. A line that is unusual in any way goes through that parser as a whole.

The items of a usual line are in the alphabetical order of their keys, each at most once and declared in the header; and
there is none about oncogenicity, somatic impact or haplotypes, which are rare.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from annotator.info import decode_text
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import counted
from annotator.sources.clinvar.layout import GROUPS, relative
from annotator.sources.clinvar.records import ClinVarRecord
from annotator.sources.clinvar.spellings import ONE_SPELLING, stated_spellings
from annotator.sources.clinvar.table import ClinVarTable
from annotator.variants.allele import AlleleKey, key_of, unsupported_reason
from annotator.variants.assembly import Assembly
from annotator.vcf.stream import Chunk

__all__ = ["ClinVarLineJob", "LineError", "LineReader", "usual_line"]

T = TypeVar("T", bound=Hashable)
Numbers: TypeAlias = NDArray[np.uint32]
Taken: TypeAlias = Mapping[str, Sequence[str]]

# INFO keys by the attributes of ClinVarRecord after the two numbers, in the record's order.
_KEYS = (
    "CLNSIG", "CLNSIGCONF", "CLNREVSTAT", "CLNVC", "MC", "ORIGIN", "CLNDN", "CLNDISDB", "GENEINFO",
    "ONC", "ONCREVSTAT", "ONCDN", "ONCCONF", "SCI", "SCIREVSTAT", "SCIDN", "CLNSIGINCL", "CLNDNINCL", "RS", "CLNHGVS",
)  # fmt: skip
_ITEMS = re.compile(r"([^=;]+)=([^;]*)").findall


class LineError(Exception):
    """A line that cannot be read; `number` is its 0-based number in the chunk."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(number, what)
        self.number = number
        self.what = what


class ClinVarLineJob(NamedTuple):
    """Parameters of the file for reading its lines.

    Attributes:
        path: path of the file, for errors.
        assembly: assembly of the snapshot.
        columns: number of columns of every line.
        declared: INFO keys that the header declares.

    """

    path: Path
    assembly: Assembly
    columns: int
    declared: frozenset[str]


class LineReader:
    """Reads chunks of lines into tables."""

    def __init__(self, job: ClinVarLineJob) -> None:
        self._job = job
        # If lines have more columns, none is usual.
        usual = usual_line(job.declared) if job.columns == _USUAL_COLUMNS else "(?P<position>(?!))"
        self._line = re.compile(rf"^(?:{usual}|(?P<unusual>.*))$", re.MULTILINE)
        self._places = {name: number - 1 for name, number in self._line.groupindex.items()}

    def __call__(self, chunk: Chunk) -> tuple[ClinVarTable, Counter[str]]:
        """Read a chunk.

        Returns:
            The rows, in the order of the lines, and counts: `records`, and omitted lines by reason.

        Raises:
            InputError: a block of the file is damaged.
            LineError: a line is malformed.

        """
        table, counts = ClinVarTable(), Counter[str]()
        text = chunk.text(str(self._job.path)).decode("utf-8", "surrogateescape").removesuffix("\n")
        if "\r" in text:
            text = text.replace("\r\n", "\n").removesuffix("\r")
        lines, unusual = self._take_apart(text)
        first = 0
        for number, line in unusual.items():
            self._add_usual(lines[first:number], table, counts)
            reason = self._add_unusual(number, line, table)
            if reason is not None:
                counts[f"left out: {reason}"] += 1
            first = number + 1
        self._add_usual(lines[first:], table, counts)
        counts["records"] += len(lines)
        return table, counts

    def _take_apart(self, text: str) -> tuple[list[tuple[str, ...]], dict[int, str]]:
        """Split lines; return the parts of each, and the unusual lines by their numbers."""
        # With a semicolon after the last item, all items have the same form, and the expression is nearly twice as
        # fast.
        lines = self._line.findall(text.replace("\n", ";\n") + ";")
        position, whole = self._places["position"], self._places["unusual"]
        unusual = {
            number: taken[whole].removesuffix(";")
            for number, taken in enumerate(lines)
            if not taken[position]
        }
        tabs = text.count("\t") - sum(line.count("\t") for line in unusual.values())
        if tabs != (len(lines) - len(unusual)) * (_USUAL_COLUMNS - 1):
            # One of the lines has a tab within an item, that is, an additional column.
            unusual = dict(enumerate(text.split("\n")))
        return lines, unusual

    def _add_unusual(self, number: int, line: str, table: ClinVarTable) -> str | None:
        """Add a line's allele to the table, or return why it has none."""
        columns = line.split("\t")
        if len(columns) != self._job.columns:
            raise LineError(
                number, f"the line has {counted(len(columns), 'column')} instead of {self._job.columns}"
            )
        chrom, pos, variation, ref, alt, _, _, info = columns[:8]
        if not (_is_number(pos) and _is_number(variation)):
            raise LineError(number, f"POS {pos!r} or ID {variation!r} is not a number as in ClinVar's VCF")
        reason = unsupported_reason(ref, alt)
        if reason is not None:
            return reason
        contig = self._job.assembly.contig(chrom)
        if contig is None:
            return "unknown_contig"
        key, record = key_of(contig, int(pos), ref, alt), _record(int(variation), info)
        spellings = ONE_SPELLING
        if key.is_indel:
            is_leftmost = key.start > int(pos)
            spellings = stated_spellings(key, record.hgvs, self._job.assembly, is_leftmost=is_leftmost)
        table.add(key, record, spellings)
        return None

    def _add_usual(self, lines: Sequence[tuple[str, ...]], table: ClinVarTable, counts: Counter[str]) -> None:
        """Add the alleles of usual lines that were split."""
        if not lines:
            return
        columns = list(zip(*lines, strict=True))
        taken = {name: columns[place] for name, place in self._places.items()}
        names, number = _distinct(taken["contig"])
        contig_of = self._job.assembly.contig
        contigs = {name: contig for name in names if (contig := contig_of(name)) is not None}
        if len(contigs) == len(names):
            _add_rows(taken, list(contigs.values()), number, table, self._job.assembly)
        else:
            here = [line for line in lines if line[self._places["contig"]] in contigs]
            counts["left out: unknown_contig"] += len(lines) - len(here)
            self._add_usual(here, table, counts)


def _is_number(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) < 10  # fits into 32 bits


def _record(variation_id: int, info: str) -> ClinVarRecord:
    values = dict(_ITEMS(info))
    if "%" in info:
        values = {key: decode_text(value) for key, value in values.items()}
    allele_id = values.get("ALLELEID", "")
    return ClinVarRecord(
        variation_id, int(allele_id) if _is_number(allele_id) else None, *map(values.get, _KEYS)
    )


# Usual lines

_USUAL_COLUMNS = 8
_RARE = frozenset(_KEYS[GROUPS["somatic"].start - 2 : GROUPS["somatic"].stop - 2])
_SITE = (
    r"(?P<contig>[^\t\n]++)\t(?P<position>[1-9][0-9]{0,8})\t(?P<variation_id>[0-9]{1,9})"
    r"\t(?P<alleles>(?P<ref>[ACGT]++)\t(?!(?P=ref)\t)[ACGT]++)\t\.\t\.\t"
)
_ITEM = "(?:{}=[^;]*+;)?"
_ITEMS_BY_KEY = {
    "ALLELEID": "(?:ALLELEID=(?P<allele_id>[0-9]{1,9});)?",
    # A substitution of the base at POS is extracted in two parts, any other expression as a whole; none may be
    # encoded.
    "CLNHGVS": r"(?:CLNHGVS=(?:(?P<sequence>[^;:@%]++:[a-z]\.)(?P=position)(?P<change>[A-Z]>[A-Z])"
    r"|(?P<hgvs>[^;%]++));)?",
    "RS": "(?:RS=(?P<rsid>[1-3][0-9]{9}|[1-9][0-9]{0,8});)?",
}
# Items that are extracted as one text: its name, its first and its last key.
_RUNS = (
    ("disease", "CLNDISDB", "CLNDN"),
    ("review", "CLNREVSTAT", "CLNSIGCONF"),
    ("variant_type", "CLNVC", "CLNVC"),
    ("gene", "GENEINFO", "GENEINFO"),
    ("consequence", "MC", "ORIGIN"),
)


def usual_line(declared: frozenset[str]) -> str:
    """Return the expression for a usual line, with a semicolon at its end, if the header declares these INFO keys."""
    opening = {first: f"(?P<{name}>" for name, first, _ in _RUNS}
    closing = {last: ")" for _, _, last in _RUNS}
    items = [
        opening.get(key, "") + _ITEMS_BY_KEY.get(key, _ITEM.format(re.escape(key))) + closing.get(key, "")
        for key in sorted((declared | {"ALLELEID", *_KEYS}) - _RARE)
    ]
    return _SITE + "".join(items)


def _add_rows(
    taken: Taken, contigs: Sequence[str], contig: Numbers, table: ClinVarTable, assembly: Assembly
) -> None:
    """Add rows to a table, from the parts of usual lines, and the canonical names and numbers of their contigs."""
    alleles, allele = _distinct(taken["alleles"])
    keys = [_allele(text) for text in alleles]
    positions = _integers(taken["position"])
    starts = positions + np.array([key.start for key in keys], dtype=np.uint32)[allele]
    variation_ids = _integers(taken["variation_id"])
    expressions, expression = _distinct(_relative_expressions(taken, positions, starts))
    classified = map("".join, zip(taken["review"], taken["variant_type"], taken["consequence"], strict=True))
    classifications, classification = _distinct(classified)
    diseases, disease = _distinct(taken["disease"])
    genes, gene = _distinct(taken["gene"])
    nothing, shifts, opens = np.zeros((3, len(contig)), dtype=np.uint32)
    is_indel = np.array([key.is_indel for key in keys], dtype=bool)[allele]
    for row in np.flatnonzero(is_indel).tolist():
        hgvs, name = _expression(taken, row), contigs[contig[row]]
        relative_key = keys[allele[row]]
        key = relative_key._replace(contig=name, start=int(starts[row]))
        is_leftmost = relative_key.start > 0
        spellings = stated_spellings(key, hgvs, assembly, is_leftmost=is_leftmost)
        shifts[row], opens[row] = spellings.shift, spellings.open
        table.count_open(spellings)
        if hgvs:
            table.add_own_expression(name, hgvs, int(variation_ids[row]))
    table.extend(
        {
            "contig": contig, "start": starts, "allele": allele, "variation_id": variation_ids,
            "allele_id": _integers(taken["allele_id"]), "rsid": _integers(taken["rsid"]),
            "shift": shifts, "open": opens,
            "classification": classification, "disease": disease, "gene": gene, "somatic": nothing,
            "rsid_text": nothing, "hgvs": expression,
        },
        {
            "contig": contigs,
            "allele": [f"{key.deleted}>{key.inserted}" for key in keys],
            "classification": [_facts("classification", items) for items in classifications],
            "disease": [_facts("disease", items) for items in diseases],
            "gene": [_facts("gene", items) for items in genes],
            "somatic": [_facts("somatic", "")],
            "rsid_text": [_facts("rsid_text", "")],
            "hgvs": [(text,) for text in expressions],
        },
    )  # fmt: skip


def _distinct(values: Iterable[T]) -> tuple[list[T], Numbers]:
    """Return distinct values in the order of first appearance, and the index of each value among them."""
    values = list(values)
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return list(places), np.fromiter(map(places.__getitem__, values), dtype=np.uint32, count=len(values))


def _integers(texts: Sequence[str]) -> Numbers:
    """Return texts of digits as numbers; an empty text is 0."""
    digits = "0" + " 0".join(texts)  # four times as fast as one by one
    return np.fromstring(digits, dtype=np.int64, sep=" ").astype(np.uint32)


@lru_cache(maxsize=1 << 14)
def _allele(text: str) -> AlleleKey:
    """Return the key of REF and ALT, separated by a tab, as if POS were 0."""
    ref, _, alt = text.partition("\t")
    return key_of("", 0, ref, alt)


@lru_cache(maxsize=1 << 14)
def _facts(group: str, items: str) -> tuple[str | None, ...]:
    """Return the values of some of a line's items, as a group of the store."""
    facts: tuple[str | None, ...] = _record(0, items)[GROUPS[group]]  # type: ignore[assignment]
    return facts


def _relative_expressions(taken: Taken, positions: Numbers, starts: Numbers) -> list[str | None]:
    """Return HGVS expressions with positions relative to the allele's start, as `relative` does."""
    moved = (positions != starts).tolist()
    return [
        f"{sequence}@0{change}"
        if change and not moved[row]
        else relative(_expression(taken, row) or None, int(starts[row]))
        for row, (sequence, change) in enumerate(zip(taken["sequence"], taken["change"], strict=True))
    ]


def _expression(taken: Taken, row: int) -> str:
    """Return the genomic HGVS expression of a row, empty if it has none."""
    if change := taken["change"][row]:
        return f"{taken['sequence'][row]}{taken['position'][row]}{change}"
    return taken["hgvs"][row]
