"""Files with unusual or hostile names through the command, the sheet of samples, the rules, the wrapper and a module.

Every name reaches the program as it is, and no shell runs a part of one: a command in a name would leave a file PWNED.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.inputs import (
    MT_BASES,
    run_annotator,
    write_clinvar,
    write_fasta,
    write_snapshot,
    write_vcf,
)
from tests.support.unusual_names import NAMES
from tests.support.workflow_runs import Cohort, Ended, make_cohort

REFUSED = {
    "a{sample}b.vcf": "braces",
    "{output.vcf}.vcf": "braces",
    "<results>.vcf": "angle brackets",
    "file.txt": "suffix",
    "-": "standard input",
    "https://example.org/a.vcf.gz": "address",
    "s3://bucket/a.vcf.gz": "address",
}
"""Names in a sheet that the workflow cannot use, and a word of the reason that `check` gives."""


class Files(NamedTuple):
    """A cohort of files with such names.

    Attributes:
        cohort: where Snakemake is called; its folder has an unusual name, too.
        samples: name of each file by its sample.

    """

    cohort: Cohort
    samples: dict[str, str]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("paths") / "Müller's cohort"
    folder.mkdir()
    cohort = make_cohort(folder)
    write_snapshot(folder / "snap shot's $(touch PWNED)")
    samples = {f"S{number}": name for number, name in enumerate(NAMES, 1)}
    for name in samples.values():
        (folder / name).parent.mkdir(exist_ok=True)
        write_vcf(folder / name)
    rows = [{"sample": sample, "vcf": name, "assembly": "GRCh38"} for sample, name in samples.items()]
    cohort.list_samples(rows)
    return Files(cohort, samples)


@pytest.fixture(autouse=True)
def nothing_executed(files: Files) -> Iterator[None]:
    """Fail the test after which a file is there that only a command in a name can have made."""
    yield
    assert not list(files.cohort.folder.parent.rglob("PWNED"))
    assert not Path("PWNED").exists()


def is_annotated(path: Path) -> bool:
    data = path.read_bytes()
    return b"CLNSIG=Pathogenic" in (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)


def configure(files: Files, **more: object) -> None:
    files.cohort.configure(snapshots={"GRCh38": {"folder": "snap shot's $(touch PWNED)"}}, **more)


def run(files: Files, *words: str) -> Ended:
    ended = files.cohort.run(*words)
    assert ended.status == 0, ended.said + files.cohort.logs()
    return ended


@pytest.mark.parametrize("name", NAMES)
def test_annotate_reads_and_writes_them(files: Files, tmp_path: Path, name: str) -> None:
    folder = files.cohort.folder
    (tmp_path / name).parent.mkdir(exist_ok=True)
    snapshot = folder / "snap shot's $(touch PWNED)"
    relative = ("annotate", "-o", tmp_path / name, "--snapshot", snapshot.name, "--", name)
    ran = run_annotator(*relative, cwd=folder)
    assert ran.status == 0, ran.err
    assert is_annotated(tmp_path / name)
    # As an output that begins with a dash, in the working folder.
    shutil.copy(folder / name, tmp_path / "in.vcf")
    ran = run_annotator("annotate", "in.vcf", "-o", Path(name).name, "--snapshot", snapshot, cwd=tmp_path)
    assert ran.status == 0, ran.err
    assert is_annotated(tmp_path / Path(name).name)


def test_check_accepts_them(files: Files) -> None:
    ran = run_annotator("workflow", "check", "config/samples.tsv", cwd=files.cohort.folder)
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.parametrize("name", REFUSED)
def test_check_refuses_rows_that_the_workflow_cannot_use(files: Files, tmp_path: Path, name: str) -> None:
    sheet = tmp_path / "sheet.tsv"
    sheet.write_text(f"sample\tvcf\tassembly\nA\t{name}\tGRCh38\n")
    for later in ((), ("--later",)):
        ran = run_annotator("workflow", "check", *later, "--", sheet, cwd=files.cohort.folder)
        assert ran.status == 1, ran.err
        (line,) = ran.err.splitlines()
        assert line.startswith(f"ERROR: {sheet}, line 2: sample A: ")
        assert REFUSED[name] in line


def test_the_rules_annotate_and_report_them(files: Files) -> None:
    configure(files, annotate={"threads": 1, "extra": "--fields 'CLNSIG' --status \"all\""})
    targets = [f"results/annotated/{sample}.vcf.gz" for sample in files.samples]
    run(files, *targets, "results/report/S1.html", "results/cohort/GRCh38.html")
    for target in targets:
        assert is_annotated(files.cohort.folder / target), target


def test_the_rules_annotate_them_in_shards(files: Files) -> None:
    configure(files, annotate={"threads": 1}, scatter={"shards": 2, "above_mb": 0})
    targets = [f"results/annotated/{sample}.vcf.gz" for sample in list(files.samples)[8:12]]
    ended = run(files, *targets, "--forcerun", "gather")
    assert ended.said.count("Annotating shard") == 8
    assert all(is_annotated(files.cohort.folder / target) for target in targets)


def test_options_in_the_configuration_are_not_run_by_a_shell(files: Files) -> None:
    configure(files, annotate={"extra": "--fields $(touch PWNED)"})
    ended = files.cohort.run("results/annotated/S1.vcf.gz", "--forcerun", "annotate")
    assert ended.status == 1
    assert "touch" in files.cohort.logs()
    configure(files, annotate={"extra": "--fields 'CLNSIG"})
    ended = files.cohort.run("results/annotated/S1.vcf.gz", "--forcerun", "annotate")
    assert ended.status == 1
    assert "annotate: extra" in ended.said
    assert "No closing quotation" in ended.said


def test_columns_of_the_sheet_and_files_of_the_configuration_are_not_run_by_a_shell(tmp_path: Path) -> None:
    cohort = make_cohort(tmp_path)
    sample = "T1 $(touch PWNED) 'x'"
    write_vcf(tmp_path / "a.vcf", ["7\t140753336\t.\tA\tT\t.\t.\t.\tGT\t0/1"], samples=[sample])
    write_fasta(tmp_path / "ref $(touch PWNED).fa", {"MT": MT_BASES})
    write_clinvar(tmp_path / "clin var $(touch PWNED).vcf")
    row = {"sample": "A", "vcf": "a.vcf", "assembly": "GRCh38", "cancer_type": "CM", "vcf_sample": sample}
    cohort.list_samples([row | {"tissue": "tumour", "disease": "skin melanoma"}])
    cohort.configure(
        snapshots={"GRCh38": {"clinvar": "clin var $(touch PWNED).vcf"}},
        references={"GRCh38": "ref $(touch PWNED).fa"},
        dispatch={"cgi": {"enabled": True}},
    )
    ended = cohort.run("results/cgi/A.tsv", "resources/GRCh38.releases.txt")
    assert ended.status == 0, ended.said + cohort.logs()
    assert "140753336" in (tmp_path / "results/cgi/A.tsv").read_text()
    ended = cohort.run("results/annotated/A.vcf.gz")
    assert ended.status == 0, ended.said + cohort.logs()
    written = gzip.decompress((tmp_path / "results/annotated/A.vcf.gz").read_bytes())
    assert b"ref $(touch PWNED).fa" in written
    assert b"CLNSIG=Pathogenic" in written
    assert not list(tmp_path.rglob("PWNED"))


OWN = """
samples = {samples!r}

rule all:
    default_target: True
    input: expand("wrapped/{{sample}}.vcf.gz", sample=samples), expand("single/{{sample}}.vcf.gz", sample=samples)

rule wrapped:
    input: calls=lambda wildcards: samples[wildcards.sample]
    output: calls="wrapped/{{sample}}.vcf.gz"
    params: extra="--snapshot 'snap shot'\\"'\\"'s $(touch PWNED)' --fields CLNSIG"
    log: "logs of $HOME/{{sample}}.log"
    wrapper: "file:{wrapper}"

{rule}
"""


def test_the_wrapper_and_the_single_rule_of_the_readme_annotate_them(files: Files, repository: Path) -> None:
    readme = (repository / "workflow" / "README.md").read_text()
    (rule,) = re.findall(r"```python\n(rule annotate_one:.*?)```", readme, re.DOTALL)
    rule = rule.replace('"calls/{sample}.vcf.gz"', "lambda wildcards: samples[wildcards.sample]", 1)
    rule = rule.replace('"GRCh38.snapshot"', '"snap shot\'s $(touch PWNED)"')
    folder = files.cohort.folder
    own = OWN.format(samples=files.samples, wrapper=folder / "workflow" / "wrapper", rule=rule)
    (folder / "Snakefile").write_text(own)
    run(files, "-s", "Snakefile")
    for sample in files.samples:
        assert is_annotated(folder / "wrapped" / f"{sample}.vcf.gz")
        assert is_annotated(folder / "single" / f"{sample}.vcf.gz")


MODULE = """
configfile: "config/own.yaml"

module annotation:
    snakefile: "workflow/Snakefile"
    config: config
    prefix: "with prefix's"

use rule * from annotation as annotation_*

rule both:
    default_target: True
    input: rules.annotation_all.input
"""


def test_as_a_module_with_a_prefix_it_annotates_them(files: Files) -> None:
    """Results are below the prefix; paths of the sheet and the configuration are those of the working folder."""
    configure(files, annotate={"threads": 1})
    folder = files.cohort.folder
    (folder / "config" / "own.yaml").write_text((folder / "config" / "config.yaml").read_text())
    (folder / "Snakefile").write_text(MODULE)
    run(files, "-s", "Snakefile")
    for sample in files.samples:
        assert is_annotated(folder / "with prefix's" / "results" / "annotated" / f"{sample}.vcf.gz")
    assert "Nothing to be done" in run(files, "-s", "Snakefile").said


SHEETS = {
    "sample\tvcf\tassembly\nA b\ta.vcf\tGRCh38\n": "sample A b: the name cannot be part of a file name",
    "sample\tvcf\tassembly\n../A\ta.vcf\tGRCh38\n": "sample ../A: the name cannot be part of a file name",
    "sample\tvcf\tassembly\n$(touch PWNED)\ta.vcf\tGRCh38\n": "the name cannot be part of a file name",
    "sample\tvcf\tassembly\ttissue\nA\ta.vcf\tGRCh38\tblood\n": "unknown tissue 'blood'",
    "sample\tvcf\tassembly\tgenome_id\nA\ta.vcf\tGRCh38\tG1\n": "the genome_id 'G1' is not a number",
    "sample\tvcf\tassembly\tdisease\nA\ta.vcf\tGRCh38\tDOID:x\n": "DOID:x",
    "sample\tvcf\tassembly\tdiseases\nA\ta.vcf\tGRCh38\tx\n": "line 1: unknown column 'diseases'",
    "sample\tvcf\nA\ta.vcf\n": "line 1: the column assembly is missing",
    "sample,vcf,assembly\nA,a.vcf,GRCh38\n": "line 1: the column sample is missing",
    "sample\tvcf\tassembly\nA\tresults/annotated/A.vcf.gz\tGRCh38\n": "the workflow writes its own files",
}


@pytest.mark.parametrize("text", SHEETS)
def test_check_reports_violations_of_the_sheet_schema(tmp_path: Path, text: str) -> None:
    write_vcf(tmp_path / "a.vcf")
    (tmp_path / "sheet.tsv").write_text(text)
    ran = run_annotator("workflow", "check", "sheet.tsv", cwd=tmp_path)
    assert ran.status == 1
    (line,) = ran.err.splitlines()
    assert SHEETS[text] in line


def test_a_sheet_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sheet.tsv").write_bytes(b"sample\tvcf\tassembly\nA\tM\xfcller.vcf\tGRCh38\n")
    ran = run_annotator("workflow", "check", "sheet.tsv", cwd=tmp_path)
    assert (ran.status, ran.err) == (1, "ERROR: sheet.tsv: the file is not UTF-8 text. Save it as UTF-8.\n")


def test_a_path_that_is_not_utf_8_is_read(files: Files, tmp_path: Path) -> None:
    """It cannot be written into a sheet, but the command takes it."""
    name = os.fsdecode(b"latin-\xfc.vcf")
    write_vcf(tmp_path / name)
    ran = run_annotator(
        "annotate", tmp_path / name, "-o", tmp_path / f"out-{name}", "--snapshot",
        files.cohort.folder / "snap shot's $(touch PWNED)",
    )  # fmt: skip
    assert ran.status == 0, ran.err
    assert is_annotated(tmp_path / f"out-{name}")


def test_every_placeholder_of_a_rule_is_quoted(repository: Path) -> None:
    """But for numbers, names that the sheet's schema confines, and the two pieces of shell that the rules make."""
    bare = {"threads", "wildcards.shard", "wildcards.shards", "wildcards.assembly", "params.then"}
    found = 0
    for path in (repository / "workflow" / "rules").glob("*.smk"):
        for shell in re.findall(r"^    shell:\n((?:        .*\n)+)", path.read_text(), re.MULTILINE):
            for name, quoted in re.findall(r"(?<!\{)\{([a-z_.]+)(:q)?\}", shell):
                found += 1
                assert quoted or name in bare or name == "params.commands", (path.name, name)
    assert found > 60
