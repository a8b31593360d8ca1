"""CGI's results, parsed by column name: order and spelling of the columns changed from release to release.

Four formats are known: until 2022 and early in 2023 `mutation_analysis.tsv` with `drug_prescription.tsv`; since then
`alterations.tsv` with `biomarkers.tsv`, at first without HGVS columns. Case, blanks, `_`, `-` and a `CGI-` before a
column's name are ignored, except for our columns that CGI repeats: `ref` is what was sent, `REF` what CGI made of it.

A row is identified by its `Input ID`, the number of the submitted row, and its allele is verified: with the columns
that CGI repeats, otherwise with its own columns, in which a deletion starts at its first lost base with ALT `-`, and an
insertion is at the base before it with REF `-`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from annotator.dispatch.cgi.mutations import Mutation, Mutations
from annotator.errors import DispatchError
from annotator.runtime.named_tuple import NamedTuple
from annotator.runtime.text import whole_number
from annotator.variants.allele import AlleleKey, key_of
from annotator.variants.assembly import Assembly

__all__ = ["Biomarker", "CgiFinding", "Provenance", "Result", "read_result"]

_ID = re.compile(r"(?:.*\D)?(\d{1,18})", re.ASCII)
_ECHO = ("chr", "pos", "ref", "alt")
_COLUMNS = {
    "id": ("inputid", "defaultid"),
    "gene": ("gene", "symbol"),
    "protein": ("proteinchange", "protein"),
    "summary": ("oncogenicsummary", "driverstatement", "driver"),
    "prediction": ("oncogenicprediction", "drivermutprediction"),
    "external": ("externaloncogenicannotation", "knownoncogenicsource"),
    "consequence": ("consequence",),
    "transcript": ("transcript",),
    "alterations": ("alterations", "alteration"),
    "biomarker": ("biomarker",),
    "drugs": ("drugs", "drug"),
    "diseases": ("diseases", "disease"),
    "response": ("response", "association", "effect"),
    "evidence": ("evidence", "evidencelevel"),
    "match": ("match",),
    "source": ("source",),
    "biom": ("biom",),
    "resistance": ("resist.", "resist", "resistance"),
    "tumor_type": ("tumortype", "ctype"),
}
"""Column names of each value, in normalised spelling, preferred ones first."""

_VERSION = re.compile(r"version\W+v?(\d[\w.]*)", re.IGNORECASE)
_DATE = re.compile(r"\b(\d{4}-\d{2}-\d{2})\b")


class CgiFinding(NamedTuple):
    """CGI's result for an allele in a gene; missing values are empty."""

    gene: str
    protein: str
    summary: str
    prediction: str
    external: str
    consequence: str
    transcript: str


class Biomarker(NamedTuple):
    """A biomarker that CGI matched to the sample, in its words; `match` refers to the tumour type only."""

    alterations: str
    biomarker: str
    drugs: str
    diseases: str
    response: str
    evidence: str
    match: str
    biom: str
    tumor_type: str
    source: str
    resistance: str

    @property
    def is_matched(self) -> bool:
        """Whether the tumour type and the whole biomarker match.

        `Match` alone does not show this: a small deletion in RET was "matched" with the drugs for a fusion of RET.
        """
        return self.match.upper() == "YES" and self.biom.lower() == "complete"


class Provenance(NamedTuple):
    """CGI's release and its ISO date; empty if not stated."""

    version: str
    date: str


class Result(NamedTuple):
    """CGI's results for a sample.

    Attributes:
        findings: by the number of the submitted row.
        problems: rows without a valid result, by number, and the reason: `not_returned`, `other_allele` or
            `unverified`.
        strays: returned rows that belong to no submitted one.
        biomarkers: biomarkers of the sample, in CGI's order.
        provenance: release on which the result is based.

    """

    findings: Mapping[int, tuple[CgiFinding, ...]]
    problems: Mapping[int, str]
    strays: int
    biomarkers: tuple[Biomarker, ...]
    provenance: Provenance


def read_result(members: Mapping[str, bytes], sent: Mutations, path: str) -> Result:
    """Read a result.

    Args:
        members: files of the archive, by name.
        sent: the submission.
        path: path of the archive, for errors.

    Raises:
        DispatchError: the result belongs to another submission.

    """
    table = _Table.of(members.get("alterations.tsv") or members.get("mutation_analysis.tsv") or b"")
    findings, problems, strays = _findings(table, sent)
    if table.rows and not findings:
        raise DispatchError(
            "no row of the result belongs to a submitted allele",
            path=path,
            remedy="Check that the ticket belongs to these mutations. If it does, CGI may have changed its tables: "
            "keep the file and report the problem",
        )
    biomarkers = _Table.of(members.get("biomarkers.tsv") or members.get("drug_prescription.tsv") or b"")
    text = (members.get("summary.txt") or members.get("report.txt") or b"").decode("utf-8", "replace")
    version, date = _VERSION.search(text), _DATE.search(text)
    return Result(
        {row: tuple(found) for row, found in findings.items()},
        problems,
        strays,
        tuple(Biomarker(*map(of, biomarkers.places(Biomarker._fields))) for of in biomarkers.readers()),
        Provenance(version[1] if version else "", date[1] if date else ""),
    )


class _Table(NamedTuple):
    """A table: its header, and its rows, each as long as the header."""

    header: tuple[str, ...]
    rows: list[list[str]]

    @classmethod
    def of(cls, content: bytes) -> _Table:
        lines = content.decode("utf-8-sig", "surrogateescape").replace("\r\n", "\n").split("\n")
        header = tuple(name.strip() for name in lines[0].split("\t"))
        cells = [[cell.strip() for cell in line.split("\t")] for line in lines[1:] if line.strip()]
        return cls(header, [(row + [""] * len(header))[: len(header)] for row in cells])

    def place(self, fact: str) -> int | None:
        """Return the index of a value's column; None if there is none."""
        plain = [_plain(name) if name not in _ECHO else "" for name in self.header]
        return next((plain.index(name) for name in _COLUMNS[fact] if name in plain), None)

    def places(self, facts: Sequence[str]) -> list[int | None]:
        return [self.place(fact) for fact in facts]

    def exact(self, names: Sequence[str]) -> list[int] | None:
        """Return the indexes of columns that all exist under exactly these names."""
        return [self.header.index(name) for name in names] if set(names) <= set(self.header) else None

    def readers(self) -> list[Callable[[int | None], str]]:
        """Return, for each row, a function that reads one of its cells by column index."""
        return [_reader(row) for row in self.rows]


def _reader(row: Sequence[str]) -> Callable[[int | None], str]:
    return lambda place: "" if place is None else row[place]


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.removeprefix("CGI-")).lower()


def _findings(table: _Table, sent: Mutations) -> tuple[dict[int, list[CgiFinding]], dict[int, str], int]:
    count = len(sent.rows["mutations"])
    alleles = _Alleles(table, sent)
    facts = table.places(CgiFinding._fields)
    findings: dict[int, list[CgiFinding]] = {}
    problems: dict[int, str] = {}
    strays = 0
    for row, of in zip(table.rows, table.readers(), strict=True):
        number = alleles.number(row)
        if number is None or not 1 <= number <= count:
            strays += 1
            continue
        problem = alleles.problem(row, sent.mutation(number))
        if problem is not None:
            problems.setdefault(number, problem)
            continue
        finding = CgiFinding(*map(of, facts))
        if finding not in findings.setdefault(number, []):
            findings[number].append(finding)
    for number in range(1, count + 1):
        if number in findings:
            problems.pop(number, None)
        else:
            problems.setdefault(number, "not_returned")
    return findings, dict(sorted(problems.items())), strays


class _Alleles:
    """Matches rows of the result to submitted rows, and checks that the allele is the same."""

    def __init__(self, table: _Table, sent: Mutations) -> None:
        self._id = table.place("id")
        self._echo = table.exact(_ECHO)
        self._own = next(
            (found for names in _own_columns(sent.assembly) if (found := table.exact(names)) is not None),
            None,
        )
        self._assembly = sent.assembly
        self._by_mutation = {sent.mutation(row): row for row in range(1, len(sent.rows["mutations"]) + 1)}
        self._by_key = {_as_noted(*mutation): row for mutation, row in self._by_mutation.items()}

    def number(self, row: Sequence[str]) -> int | None:
        if self._id is not None:
            found = _ID.fullmatch(row[self._id])
            return None if found is None else int(found[1])
        echoed = self._echoed(row)
        if echoed is not None:
            return self._by_mutation.get(echoed)
        own = self._noted(row)
        return None if own is None else self._by_key.get(own)

    def problem(self, row: Sequence[str], mutation: Mutation) -> str | None:
        """Return the reason why a row cannot describe an allele; None if it can."""
        echoed, own = self._echoed(row), self._noted(row)
        if echoed is not None:
            return None if echoed == mutation else "other_allele"
        if own is None:
            return "unverified"
        return None if own == _as_noted(*mutation) else "other_allele"

    def _echoed(self, row: Sequence[str]) -> Mutation | None:
        """Return the allele as sent, which CGI repeats in the row."""
        if self._echo is None:
            return None
        contig, position, ref, alt = (row[place] for place in self._echo)
        number = whole_number(position)
        return None if number is None else Mutation(contig, number, ref, alt)

    def _noted(self, row: Sequence[str]) -> AlleleKey | None:
        """Return the allele in CGI's own notation."""
        if self._own is None:
            return None
        name, digits, ref, alt = (row[place] for place in self._own)
        contig, position = self._assembly.contig(name), whole_number(digits)
        if contig is None or position is None:
            return None
        ref, alt = ref.strip("-").upper(), alt.strip("-").upper()
        if not ref:
            return AlleleKey(contig, position + 1, "", alt) if alt else None
        if not alt:
            return AlleleKey(contig, position, ref, "")
        return _as_noted(contig, position, ref, alt) if ref != alt else None


def _own_columns(assembly: Assembly) -> list[tuple[str, str, str, str]]:
    """Return the columns of CGI's own alleles. `START` of early 2023 is always hg38, and therefore not included."""
    position = f"POS_HG{assembly.value[-2:].replace('37', '19')}"
    return [("CHROMOSOME", "POSITION", "REF", "ALT"), ("CHR", position, "REF", "ALT")]


def _as_noted(contig: str, position: int, ref: str, alt: str) -> AlleleKey:
    """Return an allele in CGI's notation: an indel is trimmed at its start only, not at its end.

    Therefore `A` to `AGGA` is the insertion of `GGA` after the `A`, while a key would have `AGG` before it.
    """
    if ref.startswith(alt):
        return AlleleKey(contig, position + len(alt), ref[len(alt) :], "")
    if alt.startswith(ref):
        return AlleleKey(contig, position + len(ref), "", alt[len(ref) :])
    return key_of(contig, position, ref, alt)
