"""How many requests ClinVar over the network takes, and how fast it is at a given latency.

    python -m tests.bench.clinvar_api --data SHARED_DATA [--latency 0.03] [--variants 10000]

The emulated service runs in a process of its own and serves variants of the 2026 slice. Rates: the default of ten
requests a second, and none to speak of, which shows what the client could do.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import annotator
from annotator import Assembly, OnlineOptions
from tests.support.clinvar_rows import ClinVarRow
from tests.support.clinvar_service import query_vcf, release_of


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.clinvar_api", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the real data")
    parser.add_argument("--latency", type=float, default=0.03, help="seconds before each answer")
    parser.add_argument("--variants", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["ANNOTATOR_STATE_DIR"] = str(folder / "state")
        _measure(options, folder)


def is_substitution(row: ClinVarRow) -> bool:
    """Whether it is of one base, and ClinVar's VCF knows which."""
    return len(row.ref) == 1 and row.alt in {*"ACGT"}


def _say(*cells: object) -> None:
    sys.stdout.write("\t".join(map(str, cells)) + "\n")
    sys.stdout.flush()


def _measure(options: argparse.Namespace, folder: Path) -> None:
    release = release_of(
        options.data, folder, lambda row: row.chrom == "13" and len(row.ref) == len(row.alt) == 1
    )
    rows = list(filter(is_substitution, release.rows[Assembly.GRCH38]))
    with_rsid = [row for row in rows if "RS" in row.info][: options.variants]
    without = rows[: options.variants]
    command = [sys.executable, "-m", "tests.servers.clinical_tables", "--tables", str(folder)]
    serving = subprocess.Popen(
        [*command, "--latency", str(options.latency)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert serving.stdout is not None
        url = serving.stdout.readline().strip()
        _say(
            "asked by",
            "variants",
            "identifiers",
            "rate/s",
            "requests",
            "per 1,000 ids",
            "seconds",
            "variants/s",
        )
        for kind, chosen in (("rs number", with_rsid), ("expression", without)):
            for rate in (10.0, 1000.0):
                _run(folder, url, kind, chosen, rate)
    finally:
        serving.terminate()
        serving.wait()


def _run(folder: Path, url: str, kind: str, rows: list[ClinVarRow], rate: float) -> None:
    ids = [f"rs{row.info['RS']}" if kind == "rs number" else "." for row in rows]
    records = [
        (row.chrom, row.position, id_, row.ref, row.alt, ".") for row, id_ in zip(rows, ids, strict=True)
    ]
    query = query_vcf(folder / "query.vcf", Assembly.GRCH38, records)
    start = time.perf_counter()
    report = annotator.annotate(
        query, folder / "out.vcf", online=OnlineOptions(clinvar_url=url, requests_per_second=rate)
    )
    seconds = time.perf_counter() - start
    (line,) = report.sent
    requests = int(line.split(": ")[1].split()[0].replace(",", ""))
    identifiers = int(line.split(" with ")[1].split()[0].replace(",", ""))
    found = report.summary.answers["clinvar"]["found"]
    assert found == len(rows), f"{found} of {len(rows)} were found"
    per_thousand = f"{1000 * requests / identifiers:.1f}"
    speed = f"{len(rows) / seconds:,.0f}"
    _say(kind, len(rows), identifiers, f"{rate:g}", requests, per_thousand, f"{seconds:.2f}", speed)


if __name__ == "__main__":
    main()
