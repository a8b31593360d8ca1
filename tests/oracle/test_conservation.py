"""Every real file is annotated without loss, or refused by name: one sweep over all of them, many queries.

Nothing here asks the package how it does things. Reading the files, trimming alleles and the INFO to be expected
are written again in the simplest way, and compared byte by byte. So that real lines get real additions, the
snapshots are made of every third allele of the files themselves.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np  # noqa: F401  # where numpy is loaded, even a small text is scanned as a whole
import pysam
import pysam.bcftools
import pytest
from pysam.utils import SamtoolsError

import annotator
from annotator import AnnotatorError
from annotator.errors import AssemblyError, ClashError
from annotator.sources.clinvar.fields import CLINVAR_FIELDS

SUFFIXES = (".vcf", ".vcf.gz", ".vcf.bgz", ".bcf")
GROUPS = ("real", "passed", "failed", "examples", "expected")
ASSEMBLIES = ("GRCh37", "GRCh38")
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


def bytes_of(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


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


class ClinVar(NamedTuple):
    """A ClinVar of our own making: the snapshot of it, and the INFO that each of its alleles must get."""

    snapshot: Path
    known: Mapping[Allele, dict[str, str]]


CONTIG = re.compile(r"(?:chr)?([1-9]|1\d|2[0-2]|X|Y|MT?)|N[TW]_\d+\.\d", re.IGNORECASE)
PLAIN = re.compile(r"[ACGTNRYSWKMBDHV]+", re.IGNORECASE)
# Keys that ours writes, in the order of the output. CLNVID, the stars and CLNMATCH follow from the others.
FIELDS = (
    "CLNVID", "ALLELEID", "CLNSIG", "CLNREVSTAT", "CLNSTARS", "CLNDN", "CLNHGVS", "CLNVC", "ONC", "ONCREVSTAT",
    "ONCSTARS", "CLNMATCH",
)  # fmt: skip
DERIVED = {"CLNVID", "CLNSTARS", "ONCSTARS", "CLNMATCH"}
# All keys that the annotator may write from ClinVar: where an input declares one, it clashes.
OURS = {
    *FIELDS, "CLNSIGCONF", "CLNDISDB", "MC", "GENEINFO", "ORIGIN", "RS", "ONCDN", "ONCCONF", "SCI", "SCIREVSTAT",
    "SCIDN", "ANNSTATUS",
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
    """What can be asked about; None for all but a plain sequence on a known contig."""
    if contig is None or not PLAIN.fullmatch(ref) or not PLAIN.fullmatch(alt) or ref.upper() == alt.upper():
        return None
    return trimmed(contig, position, ref.upper(), alt.upper())


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


def clinvar_of(assembly: str, seen: Mapping[Allele, Site], folder: Path) -> ClinVar:
    """Every third allele under numbers of its own: an answer of the other assembly's would show."""
    first = 1_000_000 * int(assembly.removeprefix("GRCh"))
    known = {allele: facts(first + n, allele) for n, allele in enumerate(list(seen)[::3])}
    lines = ["##fileformat=VCFv4.1", "##fileDate=2026-02-26", f"##reference={assembly}"]
    stated = [key for key in FIELDS if key not in DERIVED]
    lines += [f'##INFO=<ID={key},Number=.,Type=String,Description="{key}">' for key in stated]
    lines += ["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for allele, said in known.items():
        site = seen[allele]
        info = ";".join(f"{key}={percent_encoded(said[key], '%;=')}" for key in stated if key in said)
        columns = (allele.contig, site.position, said["CLNVID"], site.ref, site.alts[0], ".", ".", info)
        lines.append("\t".join(map(str, columns)))
    file = folder / f"clinvar.{assembly}.vcf"
    file.write_text("\n".join(lines) + "\n")
    annotator.build_snapshot(folder / assembly, assembly, clinvar=file)
    return ClinVar(folder / assembly, known)


def percent_encoded(value: str, characters: str) -> str:
    return "".join(f"%{ord(one):02X}" if one in characters else one for one in value)


# --- what must come out ---


def alleles_of(site: Site, mitochondrion: str | None) -> list[Allele | None]:
    """Each ALT of a record; `mitochondrion` is the contig that `chrM` stands for."""
    contig = canonical(site.contig)
    if contig == "MT":
        contig = mitochondrion
    return [allele_of(contig, site.position, site.ref, alt) for alt in site.alts]


def info_to_add(alleles: Sequence[Allele | None], clinvar: ClinVar) -> bytes:
    """INFO that the alleles of a record call for."""
    said = [{} if allele is None else clinvar.known.get(allele, {}) for allele in alleles]
    items = [
        f"{key}=" + ",".join(percent_encoded(one[key], "%;=,") if key in one else "." for one in said)
        for key in FIELDS
        if any(key in one for one in said)
    ]
    if None in alleles:
        status = ("clinvar:unsupported" if allele is None else "." for allele in alleles)
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
            if not isinstance(error, ClashError):
                break
        if not isinstance(error, AssemblyError):
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
    seen: dict[Allele, Site] = {}
    for path in files:
        for site in () if is_bcf(path) else sites_of(path):
            for alt in site.alts:
                allele = allele_of(canonical(site.contig), site.position, site.ref, alt)
                if allele is not None:
                    seen.setdefault(allele, site._replace(alts=[alt]))
    folder = tmp_path_factory.mktemp("clinvar")
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
    return [outcome for outcome in accepted_texts if undeclared(text_of(bytes_of(outcome.path)))]


# --- refusals ---

# Why a file is refused, by what the message says; and what a line that is named must look like.
REASONS = {
    "the file is empty": "the file is empty",
    "no #CHROM line": "there is no #CHROM line|ends without a #CHROM line",
    "wrong #CHROM line": "#CHROM line is wrong|spaces instead of tabs|FORMAT but no sample|instead of FORMAT"
    "|sample without a name|sample name .* occurs twice",
    "wrong number of columns": r"the line has \d+ columns, but the #CHROM line has \d+",
    "empty line": "an empty line among the records",
    "header line among the records": "a header line among the records",
    "POS is no number": "POS .* is not a number",
    "no known contig": "no contig of the input is part of",
    "assembly contradicts itself": "is GRCh3., but|is GRCh3., not|is not part of",
    "assembly not told": "does not state the assembly|is not part of GRCh37 or GRCh38",
    "other assembly than the snapshot's": "the input is on .*, but the snapshot",
    "INFO clash": "already has INFO fields",
}
WITHOUT_LINE = {
    "the file is empty", "no known contig", "assembly not told", "other assembly than the snapshot's", "INFO clash",
}  # fmt: skip


def reason_of(error: AnnotatorError) -> str:
    reasons = [reason for reason, said in REASONS.items() if re.search(said, error.what)]
    return reasons[0] if reasons else f"unexpected: {error}"


def refusal_of(outcome: Outcome) -> str:
    """Reason of a refusal: that no contig is known says more than what follows from stating another assembly."""
    reasons = [reason_of(error) for error in outcome.errors]
    return "no known contig" if "no known contig" in reasons else reasons[-1]


OUR_KEYS = {field.id.encode() for field in CLINVAR_FIELDS} | {b"ANNSTATUS"}


def is_at_fault(line: bytes, reason: str, columns: int) -> bool:
    """Whether a line has the fault that a refusal tells of it."""
    found = columns_of(line)[0]
    return {
        "no #CHROM line": not line.startswith((b"##", b"#CHROM")),
        "wrong #CHROM line": line.startswith(b"#CHROM"),
        "wrong number of columns": len(found) != columns,
        "empty line": not line.strip(),
        "header line among the records": line.startswith(b"#"),
        "POS is no number": len(found) > 1 and not re.fullmatch(rb"\d+", found[1]),
        "assembly contradicts itself": line.startswith(b"##"),
        "assembly not told": line.startswith(b"##contig="),
        "INFO clash": len(found) > 7
        and bool(OUR_KEYS & {item.split(b"=")[0] for item in found[7].split(b";")}),
    }[reason]


def line_faults(outcome: Outcome, error: AnnotatorError) -> Iterator[str]:
    """What is wrong with the line that an error names: it must be there, and be the first of its fault."""
    reason = reason_of(error)
    text = text_of(bytes_of(outcome.path))
    lines = [*text.meta, text.columns, *text.records]
    columns = len(columns_of(text.columns)[0])
    if error.line is None:
        if reason not in WITHOUT_LINE:
            yield f"no line is named: {error}"
    elif error.line > len(lines) or not lines[error.line - 1]:
        if "ends without" not in error.what:
            yield f"there is no line {error.line}: {error}"
    elif not is_at_fault(lines[error.line - 1], reason, columns):
        yield f"line {error.line} is not at fault: {error}"
    elif error.line > len(text.meta) + 1:
        first = len(text.meta) + 1
        if any(is_at_fault(line, reason, columns) for line in lines[first : error.line - 1]):
            yield f"an earlier line has that fault too: {error}"


# What became of the files, by group. Nobody may be refused that was accepted before.
TABLE = {
    "real": {
        "accepted": 324,
        "accepted with --assembly GRCh37": 30,
        "accepted with --assembly GRCh37 --on-clash replace": 1,
        "accepted with --assembly GRCh38": 187,
        "accepted with --assembly GRCh38 --on-clash replace": 1,
        "accepted with --on-clash replace": 22,
        "refused: empty line": 7,
        "refused: header line among the records": 1,
        "refused: the file is empty": 8,
        "refused: no #CHROM line": 24,
        "refused: no known contig": 36,
        "refused: wrong #CHROM line": 18,
        "refused: wrong number of columns": 7,
    },
    "passed": {"accepted": 3, "accepted with --assembly GRCh38": 73},
    "failed": {
        "accepted with --assembly GRCh38": 562,
        "refused: POS is not a number": 9,
        "refused: empty line": 3,
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
    """What differs in a header but for our lines, which stand before `#CHROM`, and what the warnings tell of."""
    after = text_of(outcome.output.read_bytes())
    assert outcome.report is not None
    warnings = "\n".join(outcome.report.warnings)
    expected = [line for line in before.meta if not clashing(line)]
    if "byte order mark at the start of the file was removed" in warnings:
        expected[0] = expected[0].removeprefix(b"\xef\xbb\xbf")
    if added := re.search(r"the line (##fileformat=\S+) was added", warnings):
        expected.insert(0, added[1].encode() + (columns_of(before.columns)[1] or b"\n"))
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
        added = info_to_add(alleles_of(site_of(columns), mitochondrion), clinvar)
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
        before = text_of(bytes_of(outcome.path))
        faults += record_faults(outcome, before, clinvars[outcome.report.assembly])
    assert faults == []


def test_every_header_is_the_same_but_for_our_lines(accepted_texts: list[Outcome]) -> None:
    faults = [
        fault
        for outcome in accepted_texts
        for fault in header_faults(outcome, text_of(bytes_of(outcome.path)))
    ]
    assert faults == []


def counted(before: Text, clinvar: ClinVar) -> Counter[str]:
    counts = Counter({"records": len(before.records)})
    mitochondrion = mitochondrion_of(before)
    for record in before.records:
        alleles = alleles_of(site_of(columns_of(record)[0]), mitochondrion)
        counts["unsupported"] += alleles.count(None)
        counts["found"] += sum(allele in clinvar.known for allele in alleles)
        counts["alleles"] += len(alleles)
    counts["absent"] = counts["alleles"] - counts["unsupported"] - counts["found"]
    return counts


def test_reports_count_what_the_files_hold(
    accepted_texts: list[Outcome], clinvars: dict[str, ClinVar]
) -> None:
    total: Counter[str] = Counter()
    for outcome in accepted_texts:
        assert outcome.report is not None
        summary = outcome.report.summary
        said = summary.answers.get("clinvar", {}) | {"records": summary.records, "alleles": summary.alleles}
        expected = counted(text_of(bytes_of(outcome.path)), clinvars[outcome.report.assembly])
        assert +Counter(said) == +expected, outcome.path
        total += expected
    assert total["records"] == 42_367
    assert total["found"] == 13_122
    assert total["unsupported"] == 4_044


# --- the same again: compressed, in workers, without numpy, twice, as BCF ---


@pytest.fixture(scope="module")
def hits_in_a_corner(clinvars: dict[str, ClinVar], tmp_path_factory: pytest.TempPathFactory) -> ClinVar:
    """Few alleles of one contig: most blocks of a compressed file stay as they are."""
    seen = {
        allele: Site(allele.contig, allele.start, allele.deleted, [allele.inserted])
        for allele in clinvars["GRCh38"].known
        if allele.contig == "17" and allele.deleted and allele.inserted
    }
    return clinvar_of("GRCh38", seen, tmp_path_factory.mktemp("corner"))


@pytest.fixture(scope="module")
def large_file(accepted_texts: list[Outcome], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The records of all files as one, by contig and position, without genotypes."""
    lines = []
    for outcome in accepted_texts:
        for record in text_of(bytes_of(outcome.path)).records:
            columns, end = columns_of(record)
            if not any(item.partition(b"=")[0].decode("latin-1") in OURS for item in columns[7].split(b";")):
                lines.append((columns[0], int(columns[1]), b"\t".join(columns[:8]) + (end or b"\n")))
    header = b"##fileformat=VCFv4.3\n##reference=GRCh38\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path = tmp_path_factory.mktemp("large") / "large.vcf"
    path.write_bytes(header + b"".join(line for _, _, line in sorted(lines)))
    return path


def expected_of(large_file: Path, clinvar: ClinVar) -> list[bytes]:
    records = []
    for record in text_of(large_file.read_bytes()).records:
        columns, end = columns_of(record)
        added = info_to_add(alleles_of(site_of(columns), "MT"), clinvar)
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
    """Output as htslib shows it, by input, of all inputs that htslib reads."""
    folder = tmp_path_factory.mktemp("viewed")
    return {one.path: view(one.output, folder) for one in accepted if view(one.path, folder) is not None}


def test_htslib_reads_the_output_of_every_input_that_it_reads(
    accepted: list[Outcome], viewed: dict[Path, bytes | None]
) -> None:
    assert [path for path, text in viewed.items() if text is None] == []
    assert len(viewed) >= len(accepted) - 50  # which ones it cannot read changes with its version


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


def completed(path: Path, folder: Path) -> Path:
    """Write a VCF again with all declared that its records use: BCF needs that."""
    plain, target = folder / "plain.vcf", folder / "completed.vcf"
    plain.write_bytes(bytes_of(path))
    with pysam.VariantFile(str(plain)) as file:
        for _ in file:  # htslib declares what it meets
            pass
        meta, _, _ = str(file.header).encode("utf-8", "surrogateescape").partition(b"#CHROM")
    text = text_of(bytes_of(path))
    target.write_bytes(meta + text.columns + b"".join(text.records))
    return target


# htslib's own test of what BCF cannot hold: a FORMAT key given twice.
NOT_KEPT_BY_HTSLIB = {"noroundtrip.vcf"}


def as_bcf(outcome: Outcome, folder: Path) -> str:
    """Write a file as BCF, if need be with a complete header; say how it went."""
    target = folder / "out.bcf"
    try:
        outcome.annotate(target)
    except AnnotatorError as error:
        assert error.path == str(outcome.path)
        assert error.line is not None
        if "does not declare" not in error.what:
            return "refused"
        try:
            source = completed(outcome.path, folder)
        except ValueError:
            return "not to be declared"
        outcome.annotate(target, source)
        return "written after declaring what it uses"
    return "written"


def test_both_engines_give_the_same_records(
    accepted: list[Outcome],
    undeclared_texts: list[Outcome],
    viewed: dict[Path, bytes | None],
    tmp_path: Path,
) -> None:
    """Files that differ in nothing but their version count as one: the specification's come in three."""
    ways: Counter[str] = Counter()
    different = []
    distinct = {bytes_of(outcome.path).partition(b"\n")[2]: outcome for outcome in accepted}
    for outcome in distinct.values():
        text = viewed.get(outcome.path)
        if text is None or outcome in undeclared_texts:
            continue
        way = as_bcf(outcome, tmp_path)
        ways[way] += 1
        if way.startswith("written"):
            binary = view(tmp_path / "out.bcf", tmp_path)
            if binary is None or text_of(binary).records != text_of(text).records:
                different.append(outcome.path.name)
    # Two have positions beyond BCF's 32 bits, one a GT that the older of two htslibs refuses, and
    # one an INFO key that cannot be declared.
    assert ways["refused"] <= 3
    assert ways["not to be declared"] <= 1
    assert ways.total() >= 815
    assert set(different) <= NOT_KEPT_BY_HTSLIB


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
        before = text_of(bytes_of(outcome.path))
        assert list(record_faults(outcome, before, clinvars["GRCh37"])) == []
        assert outcome.annotate(tmp_path / "out.vcf", outcome.output) == outcome.output.read_bytes()


def test_another_tools_undeclared_info_never_stands_under_our_header_line(
    clinvars: dict[str, ClinVar], tmp_path: Path
) -> None:
    known = clinvars["GRCh38"]
    try:
        output = annotated(HEAD + "7\t5\t.\tA\tC\t.\t.\tCLNSIG=Pathogenic\n", known, tmp_path)
    except ClashError as error:
        assert error.line == 4
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
