"""Every real file is annotated without loss, or refused with the reason: one sweep, many tests of its results.

Nothing here asks the package how it does things. Reading the files, comparing alleles and the INFO to be expected
are written again in the simplest way, and compared byte by byte. So that real lines get real additions, the
snapshots are made of every third allele of the files themselves.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np  # noqa: F401  # where numpy is loaded, even a small text is scanned as a whole
import pysam
import pytest

import annotator
from annotator import AnnotatorError
from tests.support.binary_losses import (
    cannot_be_binary,
    faults_for_htslib,
    header_losses,
    is_read,
    is_used_late,
    losses,
)
from tests.support.expected_info import (
    answers_of,
    has_ours,
    header_faults,
    info_after,
    info_to_add,
    mitochondrion_of,
    record_faults,
    undeclared,
)
from tests.support.invented_clinvar import ClinVar, Seen, clinvar_of, seen_in
from tests.support.refusals import group_of, line_faults, shown, table_of
from tests.support.sweep import Outcome, swept
from tests.support.vcf_files import (
    BYTE_ORDER_MARK,
    Site,
    Text,
    bytes_of,
    columns_of,
    is_bcf,
    site_of,
    source_of,
    text_of,
    view,
)

SUFFIXES = (".vcf", ".vcf.gz", ".vcf.bgz", ".bcf")
ASSEMBLIES = ("GRCh37", "GRCh38")
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")  # SAMv1, section 4.1.2


@pytest.fixture(scope="module")
def files(shared_data: Path) -> list[Path]:
    return sorted(path for path in (shared_data / "vcf").rglob("*") if path.name.endswith(SUFFIXES))


@pytest.fixture(scope="module")
def clinvars(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, ClinVar]:
    folder = tmp_path_factory.mktemp("clinvar")
    seen = seen_in(files)
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


def test_a_correction_is_a_warning(accepted_texts: list[Outcome]) -> None:
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


def test_reports_count_the_content_of_the_files(
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


def test_all_records_in_one_large_file_have_the_results_of_their_alleles(
    large_file: Path, clinvars: dict[str, ClinVar], tmp_path: Path
) -> None:
    known = clinvars["GRCh38"]
    expected = expected_of(large_file, known)
    for suffix, threads in ((".vcf", 1), (".vcf", 2), (".vcf.gz", 2)):
        output = tmp_path / f"out{suffix}"
        annotator.annotate(large_file, output, snapshot=known.snapshot, threads=threads)
        assert text_of(bytes_of(output)).records == expected


def test_a_compressed_file_with_few_changes_has_the_results_of_its_alleles(
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


# As for a panel: a small text is read line by line, and numpy is never imported.
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


def test_undeclared_info_of_our_names_is_replaced_like_declared(
    undeclared_texts: list[Outcome], clinvars: dict[str, ClinVar], tmp_path: Path
) -> None:
    assert len(undeclared_texts) == 2
    for outcome in undeclared_texts:
        assert outcome.options["on_clash"] == "replace"
        before = source_of(outcome.path)
        assert list(record_faults(outcome, before, clinvars["GRCh37"])) == []
        assert outcome.annotate(tmp_path / "out.vcf", outcome.output) == outcome.output.read_bytes()
