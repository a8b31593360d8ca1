"""`annotator doctor` on real files, and the corrections that it lists."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pysam
import pysam.bcftools
import pysam.utils
import pytest

import annotator
from annotator.doctor.diagnosis import Level, text_lines
from annotator.doctor.examine import examine
from annotator.doctor.fix_commands import Fixes, fix_lines
from annotator.doctor.vcf_statistics import Census, count_records
from annotator.variants.assembly import Assembly
from annotator.vcf.detection import ContigNames
from annotator.vcf.files import open_input
from annotator.vcf.lines import read_texts
from tests.support.diagnoses import AFTER, RUN_STOP, look
from tests.support.inputs import (
    BRAF_V600E,
    MT_BASES,
    run_annotator,
    vcf_text,
    write_fasta,
    write_snapshot,
    write_vcf,
)

OTHER = next(base for base in "CGT" if base != MT_BASES[999])


# Real files


def real_files(shared_data: Path) -> list[Path]:
    suffixes = (".vcf", ".vcf.gz", ".vcf.bgz", ".bcf", ".g.vcf.gz")
    files = [
        path for path in sorted((shared_data / "vcf" / "real").rglob("*")) if path.name.endswith(suffixes)
    ]
    assert len(files) > 600
    return files


def test_no_real_file_is_too_much_for_it(shared_data: Path) -> None:
    levels: dict[str, int] = {}
    for path in real_files(shared_data):
        try:
            diagnosis = examine(str(path), today=date(2026, 3, 1))
        except annotator.AnnotatorError as error:
            assert error.what in {"the file is empty", "the file is neither VCF nor BCF"}, path
            continue
        assert diagnosis.findings, path
        assert json.loads(json.dumps(diagnosis.to_json()))["file"] == path.name
        assert len(text_lines(diagnosis)) > 1
        levels[str(diagnosis.worst)] = levels.get(str(diagnosis.worst), 0) + 1
    assert min(levels[level] for level in ("error", "warning", "note")) > 10


def census_of(path: Path) -> Census:
    with open_input(str(path)) as source:
        return count_records(read_texts(source), str(path), ContigNames(Assembly.GRCH38))


def stats_of(path: Path) -> dict[str, int]:
    text = str(pysam.bcftools.stats(str(path)))
    return {found[1]: int(found[2]) for found in re.finditer(r"^SN\t0\t(.+):\t(\d+)$", text, re.MULTILINE)}


def test_records_and_alts_are_counted_as_bcftools_does(shared_data: Path) -> None:
    compared = 0
    verbosity = pysam.set_verbosity(0)
    try:
        for path in real_files(shared_data):
            if path.stat().st_size > 300_000 or compared > 150:
                continue
            try:
                census, stats = census_of(path), stats_of(path)
            except (annotator.AnnotatorError, pysam.utils.SamtoolsError, UnicodeDecodeError):
                continue
            if census.problem is not None or census.kinds["gvcf"] or census.kinds["symbolic"]:
                continue  # bcftools counts these ALTs too
            compared += 1
            assert census.records == stats["number of records"], path
            assert census.multi_allelic == stats["number of multiallelic sites"], path
            same = census.kinds["same_as_reference"]
            assert census.without_alt <= stats["number of no-ALTs"] <= census.without_alt + same, path
    finally:
        pysam.set_verbosity(verbosity)
    assert compared > 100


# Mending


def viewed(path: Path) -> list[str]:
    return str(pysam.bcftools.view("-H", str(path))).splitlines()


@pytest.fixture(scope="module")
def bcftools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a bcftools: Debian's if it is there, else the one inside pysam."""
    folder = tmp_path_factory.mktemp("bin")
    installed = shutil.which("bcftools")
    if installed is not None:
        (folder / "bcftools").symlink_to(installed)
        return folder
    script = folder / "bcftools"
    script.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        "from pysam import bcftools\n"
        "command, *arguments = sys.argv[1:]\n"
        "getattr(bcftools, command)(*arguments, catch_stdout=False)\n"
    )
    script.chmod(0o755)
    return folder


def mended(lines: Sequence[str], folder: Path, bcftools: Path) -> Path:
    """Run lines in a folder, and give the file that they made."""
    script = "\n".join(["set -euo pipefail", *lines])
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={"PATH": f"{bcftools}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{script}\n{ran.stderr}"
    [made] = folder.glob("*.mended.vcf.gz")
    assert Path(f"{made}.tbi").exists()
    return made


MT = f"MT\t{RUN_STOP}\t.\tA{AFTER}\t{AFTER}\t.\t.\t."
SNV = f"MT\t1000\t.\t{MT_BASES[999]}\t{OTHER}\t.\t.\t."
BROKEN = {
    "unsorted": [SNV, f"MT\t900\t.\t{MT_BASES[899]}\tN\t.\t.\t."],
    "scattered": [SNV, "7\t5\t.\tA\tT\t.\t.\t.", f"MT\t1100\t.\t{MT_BASES[1099]}\tN\t.\t.\t."],
    "not left-aligned": [MT],
    "blocks of a gVCF": [f"MT\t990\t.\t{MT_BASES[989]}\t<NON_REF>\t.\t.\tEND=999", SNV],
    "another tool's field": [SNV.replace("\t.\t.\t.", "\t.\t.\tCLNSIG=x")],
    "all of it": [
        f"MT\t1100\t.\t{MT_BASES[1099]}\tN\t.\t.\tCLNSIG=y",
        f"MT\t1000\t.\t{MT_BASES[999]}\t{OTHER},N\t.\t.\t.",
        f"MT\t990\t.\t{MT_BASES[989]}\t<NON_REF>\t.\t.\tEND=999",
        MT,
    ],
}  # fmt: skip
CLNSIG = '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="another tool\'s">'
END = '##INFO=<ID=END,Number=1,Type=Integer,Description="end">'


@pytest.mark.parametrize("fasta_name", ["MT", "chrM"])
@pytest.mark.parametrize("name", BROKEN)
def test_the_fix_commands_correct_the_findings(
    tmp_path: Path, bcftools: Path, name: str, fasta_name: str
) -> None:
    fasta = write_fasta(tmp_path / "it's a reference.fa", {fasta_name: MT_BASES, "7": "A" * 100})
    fasta = write_fasta(tmp_path / "it's a reference.fa", {fasta_name: MT_BASES})
    records = [one for one in BROKEN[name] if fasta_name == "MT" or not one.startswith("7")]
    meta = [END, *([CLNSIG] if "CLNSIG" in "".join(records) else [])]
    source = write_vcf(tmp_path / "a file.vcf", records, meta=meta)
    before = look(source, reference=fasta)
    assert before.commands
    if name == "scattered" and fasta_name == "MT":
        assert "bcftools sort" in before.commands[1]
    made = mended(before.commands, tmp_path, bcftools)
    after = look(made, reference=fasta)
    told = "\n".join(text_lines(after))
    assert after.worst is not Level.ERROR
    assert after.commands == [], told
    for gone in (
        "stand before",
        "come back",
        "left-aligned",
        "gVCF",
        "other tools",
    ):
        assert gone not in told
    assert {line.split("\t")[0] for line in viewed(made)} <= {
        fasta_name,
        "7",
    }


def test_a_file_packed_by_gzip_is_packed_anew(tmp_path: Path, bcftools: Path) -> None:
    import gzip

    source = tmp_path / "in.vcf.gz"
    source.write_bytes(gzip.compress(vcf_text([BRAF_V600E]).encode()))
    made = mended(look(source).commands, tmp_path, bcftools)
    assert look(made).format == "bgzf"
    assert [line.split("\t")[:5] for line in viewed(made)] == [["7", "140753336", ".", "A", "T"]]


def test_undeclared_contigs_are_declared_from_the_index_of_the_fasta(tmp_path: Path, bcftools: Path) -> None:
    fasta = write_fasta(tmp_path / "mt.fa", {"MT": MT_BASES})
    source = write_vcf(tmp_path / "in.vcf", [SNV], contigs=("7",))
    before = look(source, reference=fasta)
    assert "reheader" in "".join(before.commands)
    made = mended(before.commands, tmp_path, bcftools)
    assert f"##contig=<ID=MT,length={len(MT_BASES)}>" in pysam.bcftools.view("-h", str(made))


def test_a_corrected_file_has_the_results_of_the_original(tmp_path: Path, bcftools: Path) -> None:
    snapshot = write_snapshot(tmp_path / "s")
    records = ["7\t140753336\t.\tA\tG,C\t.\t.\t.", "7\t140753334\t.\tTCA\tTCT\t.\t.\t."]
    source = write_vcf(tmp_path / "in.vcf", records)
    made = mended(look(source).commands, tmp_path, bcftools)
    counts = []
    for path in (source, made):
        report = annotator.annotate(path, tmp_path / "out.vcf", snapshot=snapshot)
        counts.append(report.summary.answers["clinvar"])
    assert counts[0] == counts[1] == {"found": 2, "absent": 1}


def test_names_are_quoted_for_the_shell() -> None:
    lines = fix_lines(Fixes("/data/it's; rm -rf.vcf", unsorted=True))
    assert lines[1] == (
        "bcftools sort -O z -o 'it'\"'\"'s; rm -rf.mended.vcf.gz' '/data/it'\"'\"'s; rm -rf.vcf'"
    )


# The command


def test_the_command_prints_text_json_or_fix_commands(tmp_path: Path) -> None:
    source = write_vcf(tmp_path / "in.vcf", [BRAF_V600E, "7\t9\t.\tA\tC,G\t.\t.\t."])
    text = run_annotator("doctor", source)
    assert (text.status, text.err) == (0, "")
    assert text.out.decode().startswith(
        "in.vcf: VCF, 2 records, 3 alleles, 0 samples, GRCh38\nWARNING order: "
    )
    value = json.loads(run_annotator("doctor", source, "--json").out)
    assert (value["format_version"], value["worst"], value["evidence"]) == (
        "annotator-doctor/1", "warning", "contig lengths",
    )  # fmt: skip
    lines = run_annotator("doctor", source, "--fix-command").out.decode().splitlines()
    assert lines == value["commands"]
    assert lines[1].startswith("bcftools sort -O z ")


def test_the_exit_status_is_1_if_the_file_cannot_be_annotated(tmp_path: Path) -> None:
    ran = run_annotator("doctor", write_vcf(tmp_path / "in.vcf", contigs=()))
    assert ran.status == 1
    assert "ERROR   assembly: the header does not state the assembly" in ran.out.decode()
    missing = run_annotator("doctor", tmp_path / "none.vcf")
    assert (missing.status, missing.out) == (1, b"")
