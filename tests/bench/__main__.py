"""`python -m tests.bench`: make the workload, run this program and its peers in turns, compare, print the table.

The exit status is 1 if any tool's values differ from what they should be: speed that is bought with wrong results
is no speed. Nothing here judges a time.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import hashlib
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from annotator.variants.assembly import Assembly
from tests.bench.binary import BCF, as_bcf, as_text, binary_tools
from tests.bench.built import check_snapshot
from tests.bench.compare import Output, compare, same_bytes
from tests.bench.inputs import chromosome_1, reference_of_chromosome_1, with_vep
from tests.bench.measure import FailedRunError, Usage, run, seconds_to_open
from tests.bench.peers import (
    BASELINE,
    Tool,
    bcftools,
    bgzip,
    installed,
    ours,
    snapshot_build,
    vcfanno,
    write_vcfanno_conf,
)
from tests.bench.table import Row, markdown, rows_of, size_of
from tests.bench.workload import CASES, Workload, existing_workload, write_workload

_BUILD = "build"
_REFERENCE = "reference"
_VEP = "vep"
_PARTS = (*CASES, BCF, _BUILD, _REFERENCE, _VEP)
_VEP_RECORDS = 200_000
_GENOME = "wgs"
_SMALL = 50
_LIKE_BGZIP = 6  # the level at which our output is about as large as the peers'


class _Bench(NamedTuple):
    """The measured commands, and their files."""

    workload: Workload
    folder: Path
    rounds: int
    civic: Path | None

    def snapshot(self, threads: int, *, civic: bool = False) -> Path:
        return self.folder / f"GRCh38.{'civic.' if civic else ''}{threads}.snapshot"


class _Part(NamedTuple):
    """Rows of the table, what was found on the way, and whether all was right."""

    rows: list[Row]
    notes: list[str]
    is_right: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; give the exit status."""
    options = _parser().parse_args(arguments)
    try:
        with _folder(options.keep) as folder:
            parts = _parts(options, folder)
    except (FailedRunError, FileNotFoundError) as error:
        _say(f"ERROR: {error}")
        return 1
    rows = [row for part in parts for row in part.rows]
    notes = [note for part in parts for note in part.notes]
    sys.stdout.write("\n".join([_machine(), "", markdown(rows), *notes]) + "\n")
    return 0 if all(part.is_right for part in parts) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--full", dest="scale", action="store_const", const=1, help="the full size, some 3 GB of text"
    )
    size.add_argument(
        "--scale",
        type=_positive,
        default=_SMALL,
        metavar="N",
        help="one N-th of the full size (default: %(default)s)",
    )
    size.add_argument("--data", type=Path, metavar="DIR", help="files made before, under the same names")
    parser.add_argument("--rounds", type=_positive, default=3, metavar="N", help="default: %(default)s")
    parser.add_argument(
        "--only",
        type=_chosen,
        default=_PARTS,
        metavar="NAME,…",
        help=f"of {', '.join(_PARTS)}",
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="folder for all files, which stay")
    parser.add_argument(
        "--civic",
        type=Path,
        metavar="DIR",
        help="files of a CIViC release: measure what it costs beside ClinVar",
    )
    return parser


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _chosen(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if not set(names) <= set(_PARTS):
        raise ValueError(text)
    return names


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="annotator-bench.") as name:
        yield Path(name)


def _parts(options: argparse.Namespace, folder: Path) -> list[_Part]:
    cases = [case for case in CASES if case in options.only]
    if options.data is not None:
        needed = {*cases, *([_GENOME] if {BCF, _REFERENCE, _VEP} & set(options.only) else [])}
        workload = existing_workload(options.data.resolve(), sorted(needed))
    else:
        _say(f"making the workload, 1/{options.scale} of the full size")
        workload = write_workload(folder, options.scale, workers=os.cpu_count() or 1)
    bench = _Bench(workload, folder, options.rounds, options.civic)
    built = _built(bench, is_measured=_BUILD in options.only)
    parts = [built, *(_annotated(bench, case) for case in cases)]
    others = {BCF: _annotated_binary, _REFERENCE: _with_reference, _VEP: _with_vep}
    return [*parts, *(measure(bench) for name, measure in others.items() if name in options.only)]


def _built(bench: _Bench, *, is_measured: bool) -> _Part:
    """Build the snapshots; if it is to be measured, also with one worker, which must give the same bytes."""
    clinvar = bench.workload.clinvar
    tools = [
        snapshot_build(clinvar, bench.snapshot(threads), threads) for threads in (2, 1)[: 1 + is_measured]
    ]
    if bench.civic is not None:
        tools.append(snapshot_build(clinvar, bench.snapshot(2, civic=True), 2, bench.civic))
    load = _load()
    measured = _in_turns(_BUILD, tools, bench.rounds if is_measured else 1)
    rows = rows_of(_BUILD, measured, {tool.name: tool.output for tool in tools}, tools[0].name)
    seconds = seconds_to_open(bench.snapshot(2))
    size = size_of(bench.snapshot(2))
    notes = [
        f"{_BUILD}: snapshot of {size / (1 << 20):,.1f} MiB, {size / size_of(clinvar):.2f} of {clinvar.name}, "
        f"opened in {seconds * 1000:.2f} ms (median, once loaded); load {load}"
    ]
    if not is_measured:
        return _Part(rows, notes, is_right=True)
    _say(f"{_BUILD}: checking")
    check = check_snapshot(bench.snapshot(2), clinvar)
    is_same = _same_files(bench.snapshot(1), bench.snapshot(2))
    return _Part(
        rows,
        [*notes, f"{_BUILD}: {check}", _sameness(_BUILD, is_same)],
        is_right=is_same and not check.wrong,
    )


def _same_files(first: Path, second: Path) -> bool:
    one, two = (sorted(folder.iterdir()) for folder in (first, second))
    return len(one) == len(two) and all(map(same_bytes, one, two))


def _sameness(case: str, is_same: bool) -> str:
    return f"{case}: one worker and two {'give the same bytes' if is_same else 'DIFFER'}"


def _annotated(bench: _Bench, case: str) -> _Part:
    """Annotate one file with every tool, and compare what they wrote."""
    return _run_and_compared(bench, case, _tools(bench, case), bench.workload.path(case), lambda path: path)


def _annotated_binary(bench: _Bench) -> _Part:
    """Do the same for the genome as BCF."""
    query = as_bcf(bench.workload.path(_GENOME), bench.folder / f"{_GENOME}.bcf")
    tools = binary_tools(query, bench.folder, bench.snapshot(2), bench.workload.clinvar)
    return _run_and_compared(bench, BCF, tools, as_text(query), as_text)


def _with_reference(bench: _Bench) -> _Part:
    """Annotate chromosome 1 with and without its FASTA file, plain and in BGZF: the same records must come out."""
    import pysam

    query = chromosome_1(bench.workload.path(_GENOME), bench.folder / "chr1.vcf.gz")
    fasta = reference_of_chromosome_1(Assembly.GRCH38.lengths["1"], bench.folder / "chr1.fa")
    packed = bench.folder / "chr1.fa.gz"
    if not packed.exists():
        pysam.tabix_compress(str(fasta), str(packed))
        pysam.faidx(str(packed))
    snapshot, name = bench.snapshot(2), _REFERENCE
    tools = [
        ours(query, bench.folder / f"{name}.{number}.vcf.gz", snapshot, 1, more=more)
        for number, more in enumerate(((), ("--reference", str(fasta)), ("--reference", str(packed))))
    ]
    tools[2] = tools[2]._replace(name=f"{tools[2].name} (BGZF)")
    return _compared_by_records(name, tools, bench.rounds)


def _with_vep(bench: _Bench) -> _Part:
    """Annotate records that VEP has annotated, with ClinVar alone and with CIViC, and with bcftools."""
    if bench.civic is None:
        return _Part([], [f"{_VEP}: not run, because it needs --civic"], is_right=True)
    table = next(bench.civic.glob("*GeneSummaries.tsv")).read_text().splitlines()[1:]
    genes = [line.split("\t")[2] for line in table]
    query = with_vep(bench.workload.path(_GENOME), bench.folder / "vep.vcf.gz", _VEP_RECORDS, genes)

    def output(kind: str) -> Path:
        return bench.folder / f"{_VEP}.{kind}.vcf.gz"

    both = bench.snapshot(2, civic=True)
    tools = [
        ours(query, output("clinvar"), bench.snapshot(2), 1),
        ours(query, output("civic"), both, 1, civic=True),
        ours(query, output("gene"), both, 1, civic=True, more=("--civic-match", "gene")),
        bcftools(query, output("bcftools"), bench.workload.clinvar),
    ]
    measured = _in_turns(_VEP, tools, bench.rounds)
    return _Part(
        rows_of(_VEP, measured, {tool.name: tool.output for tool in tools}, tools[0].name),
        [f"{_VEP}: ratios are to ClinVar alone; load {_load()}"],
        is_right=True,
    )


def _compared_by_records(case: str, tools: Sequence[Tool], rounds: int) -> _Part:
    """Run tools whose records must be the same; ratios are to the first."""
    measured = _in_turns(case, tools, rounds)
    first, *others = (_records(tool.output) for tool in tools)
    is_same = all(other == first for other in others)
    return _Part(
        rows_of(case, measured, {tool.name: tool.output for tool in tools}, tools[0].name),
        [f"{case}: load {_load()}; all write {'the same records' if is_same else 'OTHER RECORDS'}"],
        is_same,
    )


def _records(path: Path) -> str:
    """Give a digest of the data lines of a file."""
    digest = hashlib.sha256()
    with gzip.open(path) as lines:
        for line in lines:
            if not line.startswith(b"#"):
                digest.update(line)
    return digest.hexdigest()


def _run_and_compared(
    bench: _Bench, case: str, tools: Sequence[Tool], query: Path, text_of: Callable[[Path], Path]
) -> _Part:
    """Run tools and compare what they wrote.

    Args:
        bench: what is measured.
        case: its name.
        tools: ours with one worker and with two first; those that are not installed are named.
        query: what they read, as compressed text.
        text_of: gives an output as compressed text.

    """
    missing = [tool.name for tool in tools if not installed(tool)]
    tools = [tool for tool in tools if installed(tool)]
    load = _load()
    measured = _in_turns(case, tools, bench.rounds)
    notes = [f"{case}: not installed, so not run: {', '.join(missing)}"] if missing else []
    rows = rows_of(case, measured, {tool.name: tool.output for tool in tools}, BASELINE)
    one, two, *others = tools
    is_same = same_bytes(one.output, two.output)
    _say(f"{case}: comparing")
    outputs = [
        Output(tool.name, text_of(tool.output), tool.name.startswith("annotator"))
        for tool in (two, *others)
        if not tool.name.startswith("floor")
    ]
    comparison = compare(query, bench.workload.clinvar, outputs)
    notes += [f"{case}: load {load}; {comparison}", *(f"{case}: {what}" for what in comparison.shown)]
    notes.append(_sameness(case, is_same))
    return _Part(rows, notes, is_same and not comparison.differences)


def _tools(bench: _Bench, case: str) -> list[Tool]:
    """Give the tools of a case, ours with one worker and with two first."""
    query, clinvar = bench.workload.path(case), bench.workload.clinvar

    def output(name: str) -> Path:
        return bench.folder / f"{case}.{name}.vcf.gz"

    tools = [ours(query, output(f"ours.{threads}"), bench.snapshot(2), threads) for threads in (1, 2)]
    if bench.civic is not None:
        tools.append(ours(query, output("ours.civic"), bench.snapshot(2, civic=True), 2, civic=True))
    if case == _GENOME:
        tools.append(ours(query, output("ours.small"), bench.snapshot(2), 2, level=_LIKE_BGZIP))
    conf = write_vcfanno_conf(bench.folder / "vcfanno.toml", clinvar)
    return [
        *tools,
        bcftools(query, output("bcftools"), clinvar),
        vcfanno(query, output("vcfanno"), conf),
        bgzip(query, output("floor")),
    ]


def _in_turns(case: str, tools: Sequence[Tool], rounds: int) -> dict[str, list[Usage]]:
    """Run each tool once per round, so that what the machine does beside strikes all of them."""
    measured: dict[str, list[Usage]] = {tool.name: [] for tool in tools}
    assert len(measured) == len(tools), "two tools of one name"
    for number in range(1, rounds + 1):
        for tool in tools:
            usage = run(tool)
            measured[tool.name].append(usage)
            _say(
                f"{case}, round {number}: {tool.name}: {usage.wall:.2f} s, {usage.cpu:.2f} s of processor time"
            )
    return measured


def _load() -> str:
    return f"{os.getloadavg()[0]:.2f}"


def _machine() -> str:
    return (
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} processors. "
        f"Medians over the rounds; ratios are to {BASELINE}, of the same round (build: to two workers)."
    )


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
