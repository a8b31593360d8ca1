"""Every real file is annotated without loss, or refused with the reason: one sweep, many tests of its results.

Nothing here asks the package how it does things. Reading the files, comparing alleles and the INFO to be expected
are written again in the simplest way, and compared byte by byte. So that real lines get real additions, the
snapshots are made of every third allele of the files themselves.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np  # noqa: F401  # where numpy is loaded, even a small text is scanned as a whole
import pysam
import pysam.bcftools
import pytest
from pysam.utils import SamtoolsError

import annotator
from annotator import AnnotatorError

SUFFIXES = (".vcf", ".vcf.gz", ".vcf.bgz", ".bcf")
GROUPS = ("real", "passed", "failed", "examples", "expected")
ASSEMBLIES = ("GRCh37", "GRCh38")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
VERSION = b"##fileformat=VCF"
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")  # SAMv1, section 4.1.2


# --- files, read in the simplest way ---


class Text(NamedTuple):
    """A VCF as lines with their ends: what stands before the `#CHROM` line, that line, and the records."""

    meta: list[bytes]
    columns: bytes
    records: list[bytes]


class Site(NamedTuple):
    contig: str
    position: int
    ref: str
    alts: list[str]


def lines_of(data: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


def text_of(data: bytes) -> Text:
    lines = lines_of(data)
    number = next((n for n, line in enumerate(lines) if line.startswith(b"#CHROM")), len(lines))
    return Text(lines[:number], b"".join(lines[number : number + 1]), lines[number + 1 :])


def mended(text: Text) -> Text:
    """The text without what htslib stumbles over, which is mended in the output, with a warning.

    These are a byte order mark, a version line that is missing or not the first, and empty lines at the end.
    """
    meta, records = list(text.meta), list(text.records)
    meta[:1] = [line.removeprefix(BYTE_ORDER_MARK) for line in meta[:1]]
    if not (meta and meta[0].startswith(VERSION)):
        stated = [line.rstrip(b"\r\n") for line in meta if line.startswith(VERSION)]
        meta.insert(0, (*stated, VERSION + b"v4.2")[0] + (columns_of(text.columns)[1] or b"\n"))
    while records and not records[-1].strip():
        records.pop()
    return Text(meta, text.columns, records)


def bytes_of(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def source_of(path: Path) -> Text:
    """The input as it is to come out, but for our lines and our INFO."""
    return mended(text_of(bytes_of(path)))


def columns_of(record: bytes) -> tuple[list[bytes], bytes]:
    """Columns of a line, and its end."""
    body = record.removesuffix(b"\n").removesuffix(b"\r")
    return body.split(b"\t"), record[len(body) :]


def site_of(columns: Sequence[bytes]) -> Site:
    chrom, pos, _, ref, alt = (column.decode("utf-8", "replace") for column in columns[:5])
    return Site(chrom, int(pos), ref, [] if alt == "." else alt.split(","))


def sites_of(path: Path) -> Iterator[Site]:
    for record in text_of(bytes_of(path)).records:
        columns, _ = columns_of(record)
        if len(columns) >= 5 and re.fullmatch(rb"\d{1,9}", columns[1]):
            yield site_of(columns)


def group_of(path: Path) -> str:
    return next(group for group in GROUPS if group in path.parts)


def is_bcf(path: Path) -> bool:
    return path.suffix == ".bcf"


def view(path: Path, folder: Path) -> bytes | None:
    """Text of a VCF or BCF by htslib, None where htslib cannot read it."""
    target = folder / "view.vcf"
    pysam.set_verbosity(0)
    try:
        pysam.bcftools.view("--no-version", "-o", str(target), str(path), catch_stdout=False)
    except SamtoolsError:
        return None
    return target.read_bytes()


# --- alleles, and a ClinVar that knows every third of them ---


class Allele(NamedTuple):
    contig: str
    start: int
    deleted: str
    inserted: str


class OpenIndel(NamedTuple):
    """An insertion or deletion whose record does not say how far it can be shifted.

    Attributes:
        allele: as its record has it.
        is_leftmost: whether the base before it shows that it cannot be shifted to the left.
        said: what the record says of it.

    """

    allele: Allele
    is_leftmost: bool
    said: dict[str, str]


class ClinVar(NamedTuple):
    """A ClinVar of our own making.

    Attributes:
        snapshot: of it.
        known: INFO that each of its alleles must get, in each spelling that its record tells.
        shifted: alleles that its records have further left, and that it knows none the less.
        open: by contig, the indels that may have other spellings, too.

    """

    snapshot: Path
    known: Mapping[Allele, dict[str, str]]
    shifted: frozenset[Allele]
    open: Mapping[str, Sequence[OpenIndel]]


CONTIG = re.compile(r"(?:chr)?([1-9]|1\d|2[0-2]|X|Y|MT?)|N[TW]_\d+\.\d", re.IGNORECASE)
PLAIN = re.compile(r"[ACGT]+", re.IGNORECASE)
AMBIGUOUS = re.compile(r"[ACGTNRYSWKMBDHV]+", re.IGNORECASE)
CHROMOSOMES = [*map(str, range(1, 23)), "X", "Y"]
# Versions of NC_000001 to NC_000024, as NCBI lists them for each assembly.
ACCESSION_VERSIONS = {
    "GRCh37": "10 11 11 11 9 11 13 10 11 10 9 11 10 8 9 9 10 9 9 10 8 10 10 9",
    "GRCh38": "11 12 12 12 10 12 14 11 12 11 10 12 11 9 10 10 11 10 10 11 9 11 11 10",
}
FURTHEST = 100  # bases, beyond its own length, within which an indel of unknown spellings is looked for
# Keys that ours writes, in the order of the output. CLNVID, the stars and CLNMATCH follow from the others.
FIELDS = (
    "CLNVID", "ALLELEID", "CLNSIG", "CLNREVSTAT", "CLNSTARS", "CLNDN", "CLNHGVS", "CLNVC", "ONC", "ONCREVSTAT",
    "ONCSTARS", "CLNMATCH",
)  # fmt: skip
DERIVED = {"CLNVID", "CLNSTARS", "ONCSTARS", "CLNMATCH"}
# All keys that the annotator may write from ClinVar: where an input declares one, it clashes.
OURS = {
    *FIELDS, "CLNSIGCONF", "CLNDISDB", "MC", "GENEINFO", "ORIGIN", "RS", "ONCDN", "ONCCONF", "SCI", "SCIREVSTAT",
    "SCISTARS", "SCIDN", "CLNSIGINCL", "CLNDNINCL", "ANNSTATUS",
}  # fmt: skip


def trimmed(contig: str, position: int, ref: str, alt: str) -> Allele:
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        position, ref, alt = position + 1, ref[1:], alt[1:]
    return Allele(contig, position, ref, alt)


def canonical(name: str) -> str | None:
    known = CONTIG.fullmatch(name)
    if known is None or not (name[:3].lower() == "chr" or name == name.upper()):
        return None
    contig = (known[1] or name).upper()
    return "MT" if contig == "M" else contig


def allele_of(contig: str | None, position: int, ref: str, alt: str) -> Allele | None:
    """What can be looked up; None for all but a plain sequence on a known contig."""
    if contig is None or not PLAIN.fullmatch(ref) or not PLAIN.fullmatch(alt) or ref.upper() == alt.upper():
        return None
    return trimmed(contig, position, ref.upper(), alt.upper())


def is_indel(allele: Allele) -> bool:
    return not (allele.deleted and allele.inserted)


def shifted(allele: Allele, places: int) -> Allele:
    """An indel that many places further right: the first base goes to the end with each."""
    deleted, inserted = (
        bases[places % len(bases) :] + bases[: places % len(bases)] if bases else ""
        for bases in (allele.deleted, allele.inserted)
    )
    return Allele(allele.contig, allele.start + places, deleted, inserted)


def are_the_same(one: Allele, other: Allele, known: Mapping[int, str]) -> bool | None:
    """Whether two indels are the same allele, as far as some bases of the reference tell; None if they do not.

    They are if the one becomes the other when it is shifted, and the reference between them repeats their bases.
    """
    left, right = sorted((one, other), key=lambda allele: allele.start)
    if shifted(left, right.start - left.start) != right:
        return False
    unit = left.deleted or left.inserted
    between = range(left.start + len(left.deleted), right.start)
    if len(between) > len(unit) + FURTHEST:
        return False
    wanted = {position: unit[(position - left.start) % len(unit)] for position in between}
    if any(known.get(position, base) != base for position, base in wanted.items()):
        return False
    return True if wanted.keys() <= known.keys() else None


def facts(number: int, allele: Allele) -> dict[str, str]:
    """What our ClinVar says of an allele. Commas, `=` and `%` are there to be encoded, positions to be kept."""
    said = {
        "CLNVID": str(number),
        "ALLELEID": str(number + 15_000),
        "CLNHGVS": f"NC_000001.11:g.{allele.start}_{allele.start + 3}delins{allele.inserted or '='}",
        "CLNVC": "single_nucleotide_variant" if len(allele.deleted) == len(allele.inserted) == 1 else "Indel",
        "CLNMATCH": "exact",
    }
    if number % 4 == 0:
        return said | {"ONC": "Oncogenic", "ONCREVSTAT": "reviewed_by_expert_panel", "ONCSTARS": "3"}
    classes = ("Benign", "Pathogenic/Likely_pathogenic/Pathogenic,_low_penetrance", "Likely_benign|other")
    return said | {
        "CLNSIG": classes[number % 4 - 1],
        "CLNREVSTAT": "criteria_provided,_single_submitter",
        "CLNSTARS": "1",
        "CLNDN": f"Disease_{number}%;more|not_provided",
    }


def hgvs_of(indel: Allele, assembly: str) -> str:
    """Genomic HGVS expression of an indel that cannot be shifted further right."""
    number = CHROMOSOMES.index(indel.contig)
    accession = f"NC_{number + 1:06}.{ACCESSION_VERSIONS[assembly].split()[number]}"
    if indel.inserted:
        return f"{accession}:g.{indel.start - 1}_{indel.start}ins{indel.inserted}"
    last = indel.start + len(indel.deleted) - 1
    return f"{accession}:g.{indel.start}{f'_{last}' if last > indel.start else ''}del"


def left_aligned(indel: Allele) -> Site:
    """A record of an indel that shows by the base before it that it cannot be shifted to the left."""
    before = "A" if (indel.deleted or indel.inserted)[-1] != "A" else "C"
    return Site(indel.contig, indel.start - 1, before + indel.deleted, [before + indel.inserted])


class Seen(NamedTuple):
    """The alleles of some files.

    Attributes:
        sites: each allele, with the first record that has it.
        leftmost: the indels that some record shows to be left-aligned, by the base before them.

    """

    sites: Mapping[Allele, Site]
    leftmost: frozenset[Allele] = frozenset()


def clinvar_of(assembly: str, seen: Seen, folder: Path) -> ClinVar:
    """Every third allele under numbers of its own: an answer of the other assembly's would show.

    Every other indel has a record that tells how far it can be shifted: to the right of where the files have it, and,
    where these do not show the base before it, from further left.
    """
    first = 1_000_000 * int(assembly.removeprefix("GRCh"))
    chosen = {allele: first + n for n, allele in enumerate(list(seen.sites)[::3])}
    known = {allele: facts(number, allele) for allele, number in chosen.items()}
    open_: dict[str, list[OpenIndel]] = defaultdict(list)
    elsewhere: set[Allele] = set()
    records = []
    for allele, number in chosen.items():
        said, site = known[allele], seen.sites[allele]
        if is_indel(allele):
            leftmost = allele if allele in seen.leftmost else shifted(allele, -1 - number % 5)
            others = [
                shifted(leftmost, places) for places in range(allele.start - leftmost.start + number % 4 + 1)
            ]
            others.remove(allele)
            is_told = number % 2 == 0 and allele.contig in CHROMOSOMES and leftmost.start > 1
            if is_told and not any(one in known or one in seen.leftmost for one in others):
                said["CLNHGVS"] = hgvs_of(max([allele, *others], key=lambda one: one.start), assembly)
                known |= dict.fromkeys(others, said)
                elsewhere |= {allele, *others} - {leftmost}
                site = left_aligned(leftmost)
            else:
                open_[allele.contig].append(OpenIndel(allele, site.position < allele.start, said))
        records.append((allele.contig, site, said))
    file = folder / f"clinvar.{assembly}.vcf"
    file.write_text(clinvar_text(assembly, records))
    annotator.build_snapshot(folder / assembly, assembly, clinvar=file)
    return ClinVar(folder / assembly, known, frozenset(elsewhere), open_)


def clinvar_text(assembly: str, records: Sequence[tuple[str, Site, Mapping[str, str]]]) -> str:
    """ClinVar's VCF: of each record the canonical contig, an allele as some file spells it, and what is said of it."""
    lines = ["##fileformat=VCFv4.1", "##fileDate=2026-02-26", f"##reference={assembly}"]
    stated = [key for key in FIELDS if key not in DERIVED]
    lines += [f'##INFO=<ID={key},Number=.,Type=String,Description="{key}">' for key in stated]
    lines += ["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for contig, site, said in records:
        info = ";".join(f"{key}={percent_encoded(said[key], '%;=')}" for key in stated if key in said)
        columns = (contig, site.position, said["CLNVID"], site.ref, site.alts[0], ".", ".", info)
        lines.append("\t".join(map(str, columns)))
    return "\n".join(lines) + "\n"


def percent_encoded(value: str, characters: str) -> str:
    return "".join(f"%{ord(one):02X}" if one in characters else one for one in value)


# --- what must come out ---


class Answer(NamedTuple):
    """What is known of an ALT: what ClinVar says, or why it cannot be looked up; neither if it is absent.

    `is_shifted` says that ClinVar has it further left.
    """

    said: Mapping[str, str] = {}
    unsupported: str = ""
    is_shifted: bool = False


def answers_of(site: Site, clinvar: ClinVar, mitochondrion: str | None) -> list[Answer]:
    """The answer for each ALT of a record; `mitochondrion` is the contig that `chrM` stands for."""
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
    """Whether a meta line declares an INFO field of ours, and so is replaced."""
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


# --- the sweep ---


@dataclass
class Outcome:
    """How one file went.

    Attributes:
        path: the input.
        output: where the annotated text is, if it was accepted.
        options: with which it was accepted.
        snapshot: with which it was accepted.
        report: of that run.
        errors: what was said when it was refused, in order.
        crashes: errors that are not ours.
        leftovers: files found after a refusal.

    """

    path: Path
    output: Path
    options: dict[str, Any] = field(default_factory=dict)
    snapshot: Path = Path()
    report: annotator.Report | None = None
    errors: list[AnnotatorError] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    leftovers: list[Path] = field(default_factory=list)

    @property
    def told(self) -> str:
        """The options in words."""
        words = {"assembly": "--assembly {}", "on_clash": "--on-clash {}"}
        options = [words[key].format(value) for key, value in self.options.items()]
        return "accepted" if not options else f"accepted with {' '.join(options)}"

    def annotate(self, output: Path, source: Path | None = None, **more: Any) -> bytes:
        """Do what was accepted again, with another output or another input."""
        annotator.annotate(source or self.path, output, snapshot=self.snapshot, **self.options, **more)
        return output.read_bytes()


# As few options as will do: first the assembly that the header tells, then the assembly stated.
ATTEMPTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("GRCh38", {}),
    ("GRCh37", {}),
    ("GRCh38", {"assembly": "GRCh38"}),
    ("GRCh37", {"assembly": "GRCh37"}),
)


def swept(path: Path, clinvars: Mapping[str, ClinVar], folder: Path) -> Outcome:
    outcome = Outcome(path, folder / "out.vcf")
    for assembly, options in ATTEMPTS:
        outcome.snapshot = clinvars[assembly].snapshot
        for outcome.options in (options, options | {"on_clash": "replace"}):
            error = attempt(outcome, folder)
            if getattr(error, "kind", "") != "clash":
                break
        if getattr(error, "kind", "") != "assembly":
            break
    return outcome


def attempt(outcome: Outcome, folder: Path) -> Exception | None:
    try:
        outcome.report = annotator.annotate(
            outcome.path, outcome.output, snapshot=outcome.snapshot, **outcome.options
        )
    except AnnotatorError as error:
        outcome.errors.append(error)
        outcome.leftovers += folder.iterdir()
        return error
    except Exception as error:  # noqa: BLE001  # whatever it is, it must not be
        outcome.crashes.append(f"{outcome.path}: {error!r}")
        return error
    return None


@pytest.fixture(scope="module")
def files(shared_data: Path) -> list[Path]:
    return sorted(path for path in (shared_data / "vcf").rglob("*") if path.name.endswith(SUFFIXES))


@pytest.fixture(scope="module")
def clinvars(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, ClinVar]:
    sites: dict[Allele, Site] = {}
    leftmost: set[Allele] = set()
    for path in files:
        for site in () if is_bcf(path) else sites_of(path):
            for alt in site.alts:
                allele = allele_of(canonical(site.contig), site.position, site.ref, alt)
                if allele is not None:
                    sites.setdefault(allele, site._replace(alts=[alt]))
                    if is_indel(allele) and allele.start > site.position:
                        leftmost.add(allele)
    folder = tmp_path_factory.mktemp("clinvar")
    seen = Seen(sites, frozenset(leftmost))
    return {assembly: clinvar_of(assembly, seen, folder) for assembly in ASSEMBLIES}


@pytest.fixture(scope="module")
def outcomes(
    files: list[Path], clinvars: dict[str, ClinVar], tmp_path_factory: pytest.TempPathFactory
) -> list[Outcome]:
    return [swept(path, clinvars, tmp_path_factory.mktemp("swept")) for path in files]


@pytest.fixture(scope="module")
def accepted(outcomes: list[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.report is not None]


@pytest.fixture(scope="module")
def accepted_texts(accepted: list[Outcome]) -> list[Outcome]:
    return [outcome for outcome in accepted if not is_bcf(outcome.path)]


@pytest.fixture(scope="module")
def undeclared_texts(accepted_texts: list[Outcome]) -> list[Outcome]:
    """Two files of dbSNP's, whose records have RS and whose headers do not."""
    return [outcome for outcome in accepted_texts if undeclared(source_of(outcome.path))]


# --- refusals ---

FIXED = [b"#CHROM", b"POS", b"ID", b"REF", b"ALT", b"QUAL", b"FILTER", b"INFO"]
# What an error of kind `assembly` says that names no line: each of the others is about a line of the header.
WITHOUT_LINE = (
    "no contig of the input is part of",
    "does not state the assembly",
    "the input is on .*, but the snapshot",
)


def is_wrong_columns_line(columns: Sequence[bytes]) -> bool:
    """Whether a `#CHROM` line is one that VCF does not allow."""
    samples = columns[9:]
    return (
        list(columns[:8]) != FIXED
        or (len(columns) > 8 and columns[8] != b"FORMAT")
        or (len(columns) == 9)
        or b"" in samples
        or len(set(samples)) < len(samples)
    )


def fault_of(line: bytes, columns: int) -> str | None:
    """What is wrong with a line that follows the `#CHROM` line, which has that many columns."""
    found, _ = columns_of(line)
    if not line.strip():
        return "empty line"
    if line.startswith(b"#"):
        return "header line among the records"
    if len(found) != columns:
        return "wrong number of columns"
    return None if re.fullmatch(rb"\d+", found[1]) else "POS is not a number"


def first_odd_line(text: Text) -> int:
    """1-based number of the first line that stands where the `#CHROM` line should be; the last one at the latest."""
    odd = (n for n, line in enumerate(text.meta, 1) if line.strip() and not line.startswith(b"##"))
    return next(odd, len(text.meta) + 1)


def reason_of(error: AnnotatorError, text: Text) -> str:
    """Why a file is refused: by the kind of the error and the line that it names, not by its words."""
    columns, _ = columns_of(text.columns)
    number = 0 if error.line is None else error.line - len(text.meta) - 1
    if error.kind != "input":
        return {"clash": "INFO clash", "assembly": "assembly"}.get(error.kind, f"unexpected: {error!r}")
    if not text.meta and not text.columns:
        return "the file is empty"
    if first_odd_line(text) <= len(text.meta) or not text.columns:
        return "no #CHROM line"
    if number == 0:
        return "wrong #CHROM line" if is_wrong_columns_line(columns) else f"unexpected: {error}"
    if 0 < number <= len(text.records):
        return fault_of(text.records[number - 1], len(columns)) or f"unexpected: {error}"
    return f"unexpected: {error}"


def refusal_of(outcome: Outcome) -> str:
    """Reason of a refusal: in the end, because no contig is known, or another one."""
    text = text_of(bytes_of(outcome.path))
    reason = reason_of(outcome.errors[-1], text)
    if reason == "assembly" and not any(canonical(site.contig) for site in sites_of(outcome.path)):
        return "no known contig"
    return reason


def line_faults(outcome: Outcome, error: AnnotatorError) -> Iterator[str]:
    """What is wrong with the line that an error names: it must be there, and be the first of its fault."""
    text = text_of(bytes_of(outcome.path))
    reason = reason_of(error, text)
    before = text.records[: max((error.line or 0) - len(text.meta) - 2, 0)]
    if reason == "assembly":
        is_about_all = any(re.search(words, error.what) for words in WITHOUT_LINE)
        if is_about_all != (error.line is None):
            yield f"a line is named for nothing, or none is named: {error}"
        elif error.line is not None and not text.meta[error.line - 1].startswith(b"##"):
            yield f"line {error.line} is not of the header: {error}"
    elif reason == "INFO clash":
        if error.line is not None and not has_ours(text.records[len(before)]):
            yield f"line {error.line} has no INFO of ours: {error}"
        if any(has_ours(record) for record in before):
            yield f"an earlier line has INFO of ours, too: {error}"
    else:
        yield from format_faults(error, text, reason, before)


def format_faults(error: AnnotatorError, text: Text, reason: str, before: Sequence[bytes]) -> Iterator[str]:
    """What is wrong with the line of an error about the format; `before` are the records before it."""
    columns = len(columns_of(text.columns)[0])
    if reason.startswith("unexpected"):
        yield f"line {error.line} is not at fault: {error}"
    elif error.line is None:
        if reason != "the file is empty":
            yield f"no line is named: {error}"
    elif reason == "no #CHROM line" and error.line != first_odd_line(text):
        yield f"not the first line that should be the #CHROM line: {error}"
    elif any(fault_of(line, columns) for line in before):
        yield f"an earlier line has a fault, too: {error}"


def has_ours(record: bytes) -> bool:
    """Whether a record has INFO of a key of ours."""
    items = columns_of(record)[0][7].split(b";")
    return any(item.partition(b"=")[0].decode("latin-1") in OURS for item in items)


# What became of the files, by group. Nobody may be refused that was accepted before.
TABLE = {
    "real": {
        "accepted": 324,
        "accepted with --assembly GRCh37": 30,
        "accepted with --assembly GRCh37 --on-clash replace": 1,
        "accepted with --assembly GRCh38": 193,
        "accepted with --assembly GRCh38 --on-clash replace": 1,
        "accepted with --on-clash replace": 22,
        "refused: empty line": 1,
        "refused: header line among the records": 1,
        "refused: the file is empty": 8,
        "refused: no #CHROM line": 24,
        "refused: no known contig": 36,
        "refused: wrong #CHROM line": 18,
        "refused: wrong number of columns": 7,
    },
    "passed": {"accepted": 3, "accepted with --assembly GRCh38": 73},
    "failed": {
        "accepted with --assembly GRCh38": 565,
        "refused: POS is not a number": 9,
        "refused: the file is empty": 1,
        "refused: no #CHROM line": 10,
        "refused: no known contig": 13,
        "refused: wrong #CHROM line": 9,
    },
    "examples": {"accepted with --assembly GRCh38": 1, "refused: no known contig": 1},
    "expected": {"accepted": 13, "accepted with --assembly GRCh38": 27, "refused: no known contig": 1},
}


def table_of(outcomes: Sequence[Outcome]) -> dict[str, dict[str, int]]:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        accepted = outcome.report is not None
        table[group_of(outcome.path)][outcome.told if accepted else f"refused: {refusal_of(outcome)}"] += 1
    return {group: dict(sorted(table[group].items())) for group in GROUPS}


def shown(outcomes: Sequence[Outcome]) -> str:
    """The table, with every refused file under its reason."""
    lines = []
    for group, counts in table_of(outcomes).items():
        lines.append(f"{group}: {sum(counts.values())} files")
        for what, count in counts.items():
            lines.append(f"  {count:4} {what}")
            refused = (one for one in outcomes if group_of(one.path) == group and one.report is None)
            lines += [
                f"         {one.path.parent.name}/{one.path.name}: {one.errors[-1].what[:90]!r}"
                for one in refused
                if what == f"refused: {refusal_of(one)}"
            ]
    return "\n".join(lines)


def test_no_file_ends_in_a_traceback(outcomes: list[Outcome]) -> None:
    assert [crash for outcome in outcomes for crash in outcome.crashes] == []


def test_every_file_is_accepted_or_refused_for_a_known_reason(outcomes: list[Outcome]) -> None:
    print(shown(outcomes))  # noqa: T201  # the table is what -s is for
    assert table_of(outcomes) == TABLE


def test_files_that_the_specification_calls_valid_are_accepted(outcomes: list[Outcome]) -> None:
    passed = [outcome for outcome in outcomes if group_of(outcome.path) == "passed"]
    assert len(passed) == 76
    assert [outcome.path for outcome in passed if outcome.report is None] == []


def test_a_refusal_names_the_file_and_the_line(outcomes: list[Outcome]) -> None:
    faults: list[str] = []
    for outcome in outcomes:
        for error in outcome.errors:
            if error.path != str(outcome.path) or not str(error).startswith(str(outcome.path)):
                faults.append(f"{outcome.path} is not named: {error}")
            faults += line_faults(outcome, error)
    assert faults == []


def test_a_refusal_leaves_no_file_behind(outcomes: list[Outcome]) -> None:
    assert [leftover for outcome in outcomes for leftover in outcome.leftovers] == []
    assert [
        outcome.output for outcome in outcomes if outcome.report is None and outcome.output.exists()
    ] == []


# --- conservation ---


def header_faults(outcome: Outcome, before: Text) -> Iterator[str]:
    """What differs in a header but for our lines, which stand before `#CHROM`."""
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


def test_every_record_is_the_same_but_for_the_info_that_its_alleles_call_for(
    accepted_texts: list[Outcome], undeclared_texts: list[Outcome], clinvars: dict[str, ClinVar]
) -> None:
    faults: list[str] = []
    for outcome in accepted_texts:
        if outcome in undeclared_texts:
            continue
        assert outcome.report is not None
        before = source_of(outcome.path)
        faults += record_faults(outcome, before, clinvars[outcome.report.assembly])
    assert faults == []


def test_every_header_is_the_same_but_for_our_lines(accepted_texts: list[Outcome]) -> None:
    faults = [
        fault for outcome in accepted_texts for fault in header_faults(outcome, source_of(outcome.path))
    ]
    assert faults == []


def test_what_is_mended_is_a_warning(accepted_texts: list[Outcome]) -> None:
    """Of each kind there are files, and no warning is for nothing."""
    total: Counter[str] = Counter()
    for outcome in accepted_texts:
        assert outcome.report is not None
        before, after = text_of(bytes_of(outcome.path)), source_of(outcome.path)
        dropped = len(before.records) - len(after.records)
        expected = {
            "byte order mark": b"".join(before.meta).startswith(BYTE_ORDER_MARK),
            f"the line {after.meta[0].decode().strip()} was added": len(after.meta) > len(before.meta),
            "an empty line after": dropped == 1,
            f"{dropped} empty lines after": dropped > 1,
        }
        warnings = " ".join(outcome.report.warnings)
        assert {said: said in warnings for said in expected} == expected, outcome.path
        total.update(said for said, is_mended in expected.items() if is_mended)
    assert total.total() == 33


def counted(before: Text, clinvar: ClinVar) -> Counter[str]:
    counts = Counter({"records": len(before.records)})
    mitochondrion = mitochondrion_of(before)
    for record in before.records:
        for answer in answers_of(site_of(columns_of(record)[0]), clinvar, mitochondrion):
            counts["alleles"] += 1
            counts["unsupported" if answer.unsupported else "found" if answer.said else "absent"] += 1
            if answer.unsupported not in {"", "other"}:
                counts[answer.unsupported] += 1
            counts["shifted"] += answer.is_shifted
    return counts


def test_reports_count_what_the_files_hold(
    accepted_texts: list[Outcome], clinvars: dict[str, ClinVar]
) -> None:
    total: Counter[str] = Counter()
    for outcome in accepted_texts:
        assert outcome.report is not None
        summary = outcome.report.summary
        reasons = ("ambiguous_bases", "not_left_aligned")
        said = summary.answers.get("clinvar", {}) | {"records": summary.records, "alleles": summary.alleles}
        said |= {reason: summary.unsupported[reason] for reason in reasons}
        assert summary.not_left_aligned == summary.unsupported["not_left_aligned"]
        expected = counted(source_of(outcome.path), clinvars[outcome.report.assembly])
        total += expected
        del expected["shifted"]
        assert +Counter(said) == +expected, outcome.path
    assert dict(total) == {
        "records": 42_413,
        "alleles": 43_310,
        "found": 12_899,
        "shifted": 34,
        "absent": 26_255,
        "unsupported": 4_156,
        "ambiguous_bases": 78,
        "not_left_aligned": 28,
    }


# --- the same again: compressed, in workers, without numpy, twice, as BCF ---


@pytest.fixture(scope="module")
def hits_in_a_corner(clinvars: dict[str, ClinVar], tmp_path_factory: pytest.TempPathFactory) -> ClinVar:
    """Few alleles of one contig: most blocks of a compressed file stay as they are."""
    sites = {
        allele: Site(allele.contig, allele.start, allele.deleted, [allele.inserted])
        for allele in clinvars["GRCh38"].known
        if allele.contig == "17" and allele.deleted and allele.inserted
    }
    return clinvar_of("GRCh38", Seen(sites), tmp_path_factory.mktemp("corner"))


@pytest.fixture(scope="module")
def large_file(accepted_texts: list[Outcome], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The records of all files as one, by contig and position, without genotypes."""
    lines = []
    for outcome in accepted_texts:
        for record in source_of(outcome.path).records:
            columns, end = columns_of(record)
            if not has_ours(record):
                lines.append((columns[0], int(columns[1]), b"\t".join(columns[:8]) + (end or b"\n")))
    header = b"##fileformat=VCFv4.3\n##reference=GRCh38\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path = tmp_path_factory.mktemp("large") / "large.vcf"
    path.write_bytes(header + b"".join(line for _, _, line in sorted(lines)))
    return path


def expected_of(large_file: Path, clinvar: ClinVar) -> list[bytes]:
    records = []
    for record in text_of(large_file.read_bytes()).records:
        columns, end = columns_of(record)
        added = info_to_add(answers_of(site_of(columns), clinvar, "MT"))
        columns[7] = info_after(columns[7], frozenset(), added)
        records.append(b"\t".join(columns) + end)
    return records


def test_all_records_in_one_large_file_get_what_their_alleles_call_for(
    large_file: Path, clinvars: dict[str, ClinVar], tmp_path: Path
) -> None:
    known = clinvars["GRCh38"]
    expected = expected_of(large_file, known)
    for suffix, threads in ((".vcf", 1), (".vcf", 2), (".vcf.gz", 2)):
        output = tmp_path / f"out{suffix}"
        annotator.annotate(large_file, output, snapshot=known.snapshot, threads=threads)
        assert text_of(bytes_of(output)).records == expected


def test_a_compressed_file_in_which_little_changes_gets_what_its_alleles_call_for(
    large_file: Path, hits_in_a_corner: ClinVar, tmp_path: Path
) -> None:
    source, output = tmp_path / "in.vcf.gz", tmp_path / "out.vcf.gz"
    pysam.tabix_compress(str(large_file), str(source))
    expected = expected_of(large_file, hits_in_a_corner)
    for threads in (1, 2):
        report = annotator.annotate(source, output, snapshot=hits_in_a_corner.snapshot, threads=threads)
        assert 0 < report.summary.answers["clinvar"]["found"] < report.summary.alleles / 20
        assert text_of(bytes_of(output)).records == expected


def test_a_compressed_output_holds_the_same_bytes(accepted_texts: list[Outcome], tmp_path: Path) -> None:
    different = []
    for outcome in accepted_texts[::5]:
        data = outcome.annotate(tmp_path / "out.vcf.gz")
        if gzip.decompress(data) != outcome.output.read_bytes() or not data.endswith(BGZF_END):
            different.append(outcome.path)
    assert different == []


def test_two_workers_write_the_same_bytes(accepted_texts: list[Outcome], tmp_path: Path) -> None:
    different = [
        outcome.path
        for outcome in accepted_texts[::25]
        if outcome.annotate(tmp_path / "out.vcf", threads=2) != outcome.output.read_bytes()
    ]
    assert different == []


# What a panel does: a small text is read line by line, and numpy is never loaded.
SMALL = """
import json, sys
import annotator
for run in json.load(sys.stdin):
    annotator.annotate(**run)
assert "numpy" not in sys.modules
"""


def test_lines_read_one_by_one_come_out_the_same(accepted_texts: list[Outcome], tmp_path: Path) -> None:
    small = [outcome for outcome in accepted_texts if outcome.output.stat().st_size < 400_000]
    runs = [
        {
            "input": str(one.path),
            "output": f"{tmp_path}/{n}.vcf",
            "snapshot": str(one.snapshot),
            **one.options,
        }
        for n, one in enumerate(small)
    ]
    subprocess.run([sys.executable, "-c", SMALL], input=json.dumps(runs).encode(), check=True)
    different = [
        outcome.path
        for n, outcome in enumerate(small)
        if (tmp_path / f"{n}.vcf").read_bytes() != outcome.output.read_bytes()
    ]
    assert len(small) > len(accepted_texts) - 10
    assert different == []


def test_annotating_an_output_again_changes_nothing(
    accepted: list[Outcome], undeclared_texts: list[Outcome], tmp_path: Path
) -> None:
    different = [
        outcome.path
        for outcome in accepted
        if outcome not in undeclared_texts
        and outcome.annotate(tmp_path / "out.vcf", outcome.output) != outcome.output.read_bytes()
    ]
    assert different == []


@pytest.fixture(scope="module")
def viewed(accepted: list[Outcome], tmp_path_factory: pytest.TempPathFactory) -> dict[Path, bytes | None]:
    """Output as htslib shows it, by input, of all inputs that htslib reads, if need be after they are mended."""
    folder = tmp_path_factory.mktemp("viewed")
    return {one.path: view(one.output, folder) for one in accepted if is_read(one.path, folder)}


def is_read(path: Path, folder: Path) -> bool:
    """Whether htslib reads a file, or does so once what hides it from htslib is mended."""
    if view(path, folder) is not None:
        return True
    text = source_of(path)
    target = folder / "mended.vcf"
    target.write_bytes(b"".join([*text.meta, text.columns, *text.records]))
    return view(target, folder) is not None


NUMBERS = {
    b"Integer": rb"[+-]?\d+|\.",
    b"Float": rb"(?i)[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(nan|inf)|\.",
}
STRUCTURED = rb'##(INFO|FORMAT|FILTER|contig)=<([^=,"]+=("([^"\\]|\\.)*"|[^,"]*)(,|(?=>)))+>'


def faults_for_htslib(text: Text) -> Iterator[str]:
    """What is wrong with a text by the specification, of what htslib does not let pass."""
    for line in text.meta:
        if re.match(rb"##(INFO|FORMAT|FILTER|contig)=<", line) and not re.fullmatch(STRUCTURED, line.strip()):
            yield f"a part of the header line is without a key: {line!r}"
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


def test_htslib_reads_the_output_of_every_input_that_it_reads(viewed: dict[Path, bytes | None]) -> None:
    assert [path for path, text in viewed.items() if text is None] == []


def test_an_input_that_htslib_does_not_read_is_at_fault_itself(
    accepted: list[Outcome], viewed: dict[Path, bytes | None]
) -> None:
    """Which of these htslib refuses changes with its version; none is refused for another reason."""
    unread = [outcome.path for outcome in accepted if outcome.path not in viewed]
    assert [path for path in unread if not any(faults_for_htslib(source_of(path)))] == []


def test_records_of_a_bcf_are_those_that_htslib_shows(
    accepted: list[Outcome], clinvars: dict[str, ClinVar], tmp_path: Path
) -> None:
    binary = [outcome for outcome in accepted if is_bcf(outcome.path)]
    assert len(binary) == 3
    for outcome in binary:
        assert outcome.report is not None
        before = text_of(view(outcome.path, tmp_path) or b"")
        assert list(record_faults(outcome, before, clinvars[outcome.report.assembly])) == []
        assert list(header_faults(outcome, before)) == []


def is_same_number(one: bytes, other: bytes) -> bool:
    """Whether two texts are one number; of one with a fraction or an exponent BCF keeps, and shows, six digits."""
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
    """What a record uses that a BCF must declare."""
    columns, _ = columns_of(record)
    parts = {
        b"contig": columns[:1],
        b"FILTER": columns[6].split(b";"),
        b"FORMAT": b":".join(columns[8:9]).split(b":"),
    }
    parts[b"INFO"] = [item.partition(b"=")[0] for item in columns[7].split(b";")]
    return {(kind, id_) for kind, ids in parts.items() for id_ in ids if id_ not in {b"", b"."}}


def declared_by(meta: Sequence[bytes]) -> set[tuple[bytes, bytes]]:
    """What a header declares; PASS need not be declared."""
    matches = (re.match(rb"##(contig|FILTER|INFO|FORMAT)=<ID=(.*?)(?:,.*|>)\s*$", line) for line in meta)
    return {(b"FILTER", b"PASS"), *((found[1], found[2]) for found in matches if found)}


def header_losses(text: Text, binary: Text) -> Iterator[str]:
    """What a BCF should declare and does not, or the other way round: what the VCF does, and what its records use."""
    used = {use for record in text.records for use in uses_of(record)}
    if declared_by(binary.meta) != declared_by(text.meta) | used:
        yield f"{declared_by(binary.meta) ^ (declared_by(text.meta) | used)} should be declared, or should not"


def cannot_be_binary(text: Text, number: int) -> bool:
    """Whether a record, by the number of its line, is one that BCF cannot hold."""
    record = text.records[number - len(text.meta) - 2]
    columns, _ = columns_of(record)
    keys = columns[8].split(b":") if len(columns) > 8 else []
    filters = columns[6].split(b";")
    numbers = re.findall(rb"(?<![\w.])-?\d{10,}(?![\w.])", b":".join(columns[9:]))
    return (
        any(faults_for_htslib(text._replace(records=[record])))
        or int(columns[1]) > 2**31
        or any(not -(2**31) + 8 <= int(one) < 2**31 for one in numbers)
        or not (columns[5] == b"." or re.fullmatch(NUMBERS[b"Float"], columns[5]))
        or columns[5].lower() == b"infinity"
        or b"" in keys
        or len(set(keys)) < len(keys)
        or b"" in filters
        or (b"." in filters and len(filters) > 1)
    )


def is_used_late(text: Text, number: int) -> bool:
    """Whether a record uses what the header does not declare, while all of the first hundred records is declared."""
    declared = declared_by(text.meta)
    early = (use for record in text.records[:100] for use in uses_of(record))
    return declared.issuperset(early) and not uses_of(text.records[number - len(text.meta) - 2]) <= declared


def test_both_engines_give_the_same_records(accepted_texts: list[Outcome], tmp_path: Path) -> None:
    """A BCF holds what the VCF does, value by value, or is refused at a line that no BCF can hold.

    Files that differ in nothing but their version count as one: the specification's come in three.
    """
    ways: Counter[str] = Counter()
    faults = []
    distinct = {bytes_of(outcome.path).partition(b"\n")[2]: outcome for outcome in accepted_texts}
    for outcome in distinct.values():
        text = text_of(outcome.output.read_bytes())
        try:
            outcome.annotate(tmp_path / "out.bcf")
        except AnnotatorError as error:
            before = text_of(bytes_of(outcome.path))
            way = "refused"
            if error.kind != "input" or error.path != str(outcome.path) or error.line is None:
                faults.append(f"no line is named: {error}")
            elif is_used_late(before, error.line):
                way = "refused because of a late undeclared key"
            elif not cannot_be_binary(before, error.line):
                faults.append(f"{error}")
            ways[way] += 1
            continue
        ways["written"] += 1
        binary = text_of(view(tmp_path / "out.bcf", tmp_path) or b"")
        found = [*header_losses(text, binary)]
        if len(binary.records) == len(text.records):
            found += [
                loss for pair in zip(text.records, binary.records, strict=True) for loss in losses(*pair)
            ]
        else:
            found.append("the number of records changed")
        faults += [f"{outcome.path}: {loss}" for loss in found]
    assert faults == []
    assert ways["written"] >= 820
    assert ways["refused because of a late undeclared key"] <= 3


# --- invented corners ---


def annotated(text: str, clinvar: ClinVar, folder: Path, **options: Any) -> Path:
    source, output = folder / "in.vcf", folder / "out.vcf"
    source.write_bytes(text.encode())
    annotator.annotate(source, output, snapshot=clinvar.snapshot, **options)
    return output


def known_record(clinvar: ClinVar, info: str) -> str:
    """A record with an allele that our ClinVar knows."""
    allele = next(one for one in clinvar.known if len(one.deleted) == len(one.inserted) == 1)
    return f"{allele.contig}\t{allele.start}\t.\t{allele.deleted}\t{allele.inserted}\t.\t.\t{info}\n"


HEAD = "##fileformat=VCFv4.2\n##reference=GRCh38\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


@pytest.mark.parametrize(
    "info",
    [
        ".", "", "DP=3", "DP=3;", ";DP=3", "DP=3;;AN=2", "FLAG", "X=a=b", "x=é",
        ";", ".;",
    ],
)  # fmt: skip
def test_oddly_spelt_info_is_kept_and_the_second_run_changes_nothing(
    info: str, clinvars: dict[str, ClinVar], tmp_path: Path
) -> None:
    known = clinvars["GRCh38"]
    first = annotated(HEAD + known_record(known, info), known, tmp_path).read_text()
    assert info.strip(";") in {".", ""} or f"\t{info.rstrip(';')};" in first
    assert first.count("CLNVID=") == 1
    assert annotated(first, known, tmp_path).read_text() == first


def test_undeclared_info_of_our_names_is_replaced_like_declared(
    undeclared_texts: list[Outcome], clinvars: dict[str, ClinVar], tmp_path: Path
) -> None:
    assert len(undeclared_texts) == 2
    for outcome in undeclared_texts:
        assert outcome.options["on_clash"] == "replace"
        before = source_of(outcome.path)
        assert list(record_faults(outcome, before, clinvars["GRCh37"])) == []
        assert outcome.annotate(tmp_path / "out.vcf", outcome.output) == outcome.output.read_bytes()


def test_another_tools_undeclared_info_never_stands_under_our_header_line(
    clinvars: dict[str, ClinVar], tmp_path: Path
) -> None:
    known = clinvars["GRCh38"]
    try:
        output = annotated(HEAD + "7\t5\t.\tA\tC\t.\t.\tCLNSIG=Pathogenic\n", known, tmp_path)
    except AnnotatorError as error:
        assert (error.kind, error.line) == ("clash", 4)
        return
    assert b"CLNSIG=Pathogenic" not in output.read_bytes()


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_file_without_records_is_annotated(end: str, clinvars: dict[str, ClinVar], tmp_path: Path) -> None:
    output = annotated(HEAD.rstrip("\n") + end, clinvars["GRCh38"], tmp_path).read_bytes()
    assert output.endswith(b"\tINFO" + end.encode())


def test_the_command_annotates_a_file_without_records(clinvars: dict[str, ClinVar], tmp_path: Path) -> None:
    source = tmp_path / "in.vcf"
    source.write_text(HEAD)
    command = [sys.executable, "-m", "annotator", "annotate", str(source), "-o", str(tmp_path / "out.vcf")]
    run = subprocess.run(
        [*command, "--snapshot", str(clinvars["GRCh38"].snapshot)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (run.returncode, "Traceback" in run.stderr) == (0, False)


@pytest.mark.parametrize("version", ["4.2", "4.3", "4.4", "4.5"])
def test_phasing_is_the_same_in_bcf(version: str, clinvars: dict[str, ClinVar], tmp_path: Path) -> None:
    known = clinvars["GRCh38"]
    meta = f"##fileformat=VCFv{version}\n##reference=GRCh38\n##contig=<ID=X>\n"
    meta += '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    columns = HEAD.splitlines()[-1] + "\tFORMAT\ta\tb\tc\td\n"
    record = "X\t5\t.\tA\tC\t.\t.\t.\tGT\t1\t0/1\t0|1\t./.\n"
    text = annotated(meta + columns + record, known, tmp_path)
    annotator.annotate(tmp_path / "in.vcf", tmp_path / "out.bcf", snapshot=known.snapshot)
    binary = view(tmp_path / "out.bcf", tmp_path)
    assert binary is not None
    assert text_of(binary).records == text_of(view(text, tmp_path) or b"").records
