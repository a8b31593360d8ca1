"""Settings of the configuration and the sample sheet for the rules. This file has no rules."""

import csv
import hashlib
import re
import shlex
import subprocess
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.path_modifier import PATH_MODIFIER_FLAG
from snakemake.utils import validate

validate(config, schema="../schemas/config.schema.yaml")


def module_prefix(modifier):
    """The `prefix` of the module as which this is used, that of a module around it first; empty without one."""
    if modifier is None:
        return ""
    return module_prefix(modifier.inner_modifier) + (modifier.prefix or "")


# Snakemake puts it before inputs, outputs, logs and benchmarks, but not before the paths in `params`.
PREFIX = module_prefix(workflow.modifier.path_modifier)


def own_path(path):
    """A path of the sheet or of the configuration: relative to where Snakemake is called, whatever the `prefix`."""
    return flag(path, PATH_MODIFIER_FLAG) if PREFIX else path


def sheet_path(name):
    """The sheet of samples: looked for where Snakemake is called, then beside the files of the configuration."""
    beside = [Path(path).parent / name for path in reversed(workflow.configfiles)]
    return str(next((path for path in [Path(name), *beside] if path.exists()), name))


def check_samples(path):
    """Let annotator look at the sheet and the files that it names, before any job starts."""
    words = ["annotator", "workflow", "check"]
    words += [f"--{name}" for name in ("cgi", "opal") if config["dispatch"][name]["enabled"]]
    if config["scatter"]["shards"] > 1 and not config["annotate"]["online"]:
        words += [f"--cut-above={config['scatter']['above_mb']}"]
    words += [] if config["check_inputs"] else ["--later"]
    try:
        checked = subprocess.run([*words, "--", path], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise WorkflowError(
            "The command annotator was not found. Install it in the same environment as Snakemake: pip install vcf-annotator."
        )
    if checked.returncode:
        raise WorkflowError(checked.stderr.strip())


def read_samples(path):
    """Rows of the sheet by sample, in its order; lines that are empty or begin with # are left out."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = [line for line in file if line.strip() and not line.startswith("#")]
    except OSError as error:
        raise WorkflowError(
            f"{path}: the sample sheet cannot be read ({error.strerror}). Set `samples` in the configuration to its path."
        )
    rows = [
        {column.strip(): value.strip() for column, value in row.items() if column and value}
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    ]
    for row in rows:
        try:
            validate(row, schema="../schemas/samples.schema.yaml")
        except WorkflowError as error:
            raise WorkflowError(f"{path}: sample {row.get('sample', '(without a name)')}: {error}")
        if row["assembly"] not in config["snapshots"]:
            raise WorkflowError(
                f"{path}: sample {row['sample']}: the configuration has no snapshot for {row['assembly']}. Add one to `snapshots`."
            )
    names = [row["sample"] for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise WorkflowError(
                f"{path}: sample {name}: the name occurs {names.count(name)} times. Rename all but one of these samples."
            )
    return rows


def is_scattered(row):
    """Whether a sample's file is cut into shards. One that is not there yet counts as large.

    An online run is not split: one process keeps the limits of a service and the journal of its responses.
    """
    if config["scatter"]["shards"] == 1 or config["annotate"]["online"]:
        return False
    vcf = Path(row["vcf"])
    return not vcf.exists() or vcf.stat().st_size >= config["scatter"]["above_mb"] * 1_000_000


# Jobs of a cluster and generated unit tests read this file again, perhaps where the VCFs are not.
if workflow.is_main_process and "--allowed-rules" not in sys.argv:
    check_samples(sheet_path(config["samples"]))

SAMPLES = {row["sample"]: row for row in read_samples(sheet_path(config["samples"]))}
SHARDS = config["scatter"]["shards"]
IMAGE = config["container"] or None
# Only the Snakemake that the user called repeats a job. Inside a cluster job, a repetition would have the same memory.
RETRIES = int(workflow.is_main_process)
SCATTERED = [sample for sample, row in SAMPLES.items() if is_scattered(row)]
ASSEMBLIES = sorted({row["assembly"] for row in SAMPLES.values()})
ONLINE = list(SAMPLES) if config["annotate"]["online"] else []
OFFLINE = [sample for sample in SAMPLES if sample not in {*SCATTERED, *ONLINE}]
BUILT = [name for name, made in config["snapshots"].items() if not {"folder", "pull"} & set(made)]
PULLED = [name for name, made in config["snapshots"].items() if "pull" in made]
AT_CGI = [
    sample
    for sample, row in SAMPLES.items()
    if config["dispatch"]["cgi"]["enabled"] and row.get("cancer_type") and row.get("tissue") != "normal"
]
AT_OPAL = [
    sample
    for sample, row in SAMPLES.items()
    if config["dispatch"]["opal"]["enabled"] and row.get("accession_id")
]


def one_of(names):
    """A pattern for these names and no others."""
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    sample=one_of(SAMPLES),
    assembly=one_of(config["snapshots"]),
    shard=r"\d+",
    shards=r"\d+",


def row_of(wildcards):
    return SAMPLES[wildcards.sample]


def vcf_of(wildcards):
    """The VCF that the sheet names."""
    return own_path(row_of(wildcards)["vcf"])


def index_of(wildcards):
    """The index by which a BCF is cut into shards; a VCF needs none."""
    vcf = vcf_of(wildcards)
    return [own_path(f"{vcf}.csi")] if vcf.endswith(".bcf") else []


def snapshot_folder(assembly):
    """The snapshot of an assembly: one that is there, or one that is made."""
    return config["snapshots"][assembly].get("folder", f"resources/{assembly}.snapshot")


def snapshot_of(wildcards):
    """The snapshot of a sample. It is local wherever results are stored, because jobs map it.

    It is ancient, because its time is irrelevant: jobs run again when the list of its releases has changed.
    """
    return snapshot_on(row_of(wildcards)["assembly"])


def snapshot_on(assembly):
    """The snapshot of an assembly, as a job maps it."""
    return ancient(local(snapshot_folder(assembly)))


def releases_of(wildcards):
    """Return the file that records the verification of the snapshot and its releases."""
    return f"resources/{row_of(wildcards)['assembly']}.releases.txt"


def manifest_of(wildcards):
    """The checksum of a snapshot's manifest: an older one put in its place is verified anew, too, and listed.

    Empty for one that the workflow makes. Its time suffices, and before it is made it has no manifest.
    """
    if "folder" not in config["snapshots"][wildcards.assembly]:
        return ""
    try:
        manifest = Path(snapshot_folder(wildcards.assembly), "manifest.json").read_bytes()
    except OSError:  # the job reports the error
        return ""
    return hashlib.sha256(manifest).hexdigest()


def files_of_snapshot(wildcards):
    """The files that a snapshot is built from, by the option of each."""
    return {name: own_path(path) for name, path in config["snapshots"][wildcards.assembly].items()}


def build_options(wildcards, input):
    return [word for name, path in input.items() for word in given(f"--{name.replace('_', '-')}", path)]


def pull_commands(wildcards, output):
    """The commands that pull a snapshot: the first makes it, the next adds to it."""
    made = config["snapshots"][wildcards.assembly]
    words = ["--assembly", wildcards.assembly, "-o", output.folder, "--quiet"]
    more = {"clinvar": "--force", "civic": "--update" if "clinvar" in made["pull"] else "--force"}
    return " && ".join(
        shlex.join(
            ["annotator", "snapshot", "pull", name, *words, more[name]]
            + words_of(made.get(f"{name}_options", ""), f"snapshots: {wildcards.assembly}: {name}_options")
        )
        for name in ("clinvar", "civic")
        if name in made["pull"]
    )


def references_of(assembly):
    """The FASTA of an assembly and its index, if the configuration names one. It is local, as a snapshot is."""
    fasta = config["references"].get(assembly)
    return [local(fasta), local(f"{fasta}.fai")] if fasta else []


def reference_of(wildcards):
    return references_of(row_of(wildcards)["assembly"])


def given(option, value):
    """An option with its value as words of a command, or no words if there is no value. Rules quote them: `:q`."""
    return [option, str(value)] if value else []


def words_of(text, key):
    """The words of options in the configuration, split as a shell splits them. None of them is run by a shell."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise WorkflowError(
            f"The options in `{key}` of the configuration cannot be read ({error}). Quote them as in a shell: {text}"
        )


def annotate_options(wildcards):
    """The options of `annotator annotate` that the configuration and the sheet ask for."""
    row = row_of(wildcards)
    return [
        *given("--assembly", row["assembly"]),
        *given("--disease", row.get("disease")),
        *given("--reference", config["references"].get(row["assembly"])),
        *words_of(config["annotate"]["extra"], "annotate: extra"),
    ]


def tolerated(is_accepted):
    """What follows a command whose status 3 (written, but something is missing) is no failure."""
    return "|| [ $? -eq 3 ]" if is_accepted else ""


def join_options(wildcards):
    """The options of `annotator cgi collect` for a VCF."""
    row = row_of(wildcards)
    return [
        *given("--assembly", row["assembly"]),
        *given("--reference", config["references"].get(row["assembly"])),
    ]


def waiting_options(name):
    """How long a service is waited for."""
    service = config["dispatch"][name]
    return ["--deadline", service["deadline"], "--every", service["every"]]


def is_launched(wildcards):
    """Whether a report is launched, and not only looked for."""
    return bool(config["dispatch"]["opal"]["launch"] and row_of(wildcards).get("genome_id"))


def cgi_ticket(wildcards):
    return f"{PREFIX}results/cgi/{wildcards.sample}.ticket.json"


def opal_ticket(wildcards):
    return f"{PREFIX}results/opal/{wildcards.sample}.ticket.json"


def opal_launch(wildcards):
    """The command that launches a report, once; `true` if one is only looked for."""
    if not is_launched(wildcards):
        return ["true"]
    row = row_of(wildcards)
    return [
        *("annotator", "opal", "launch"),
        *words_of(config["dispatch"]["opal"]["launch"], "dispatch: opal: launch"),
        *given("--accession-id", row["accession_id"]),
        *given("--genome-id", row["genome_id"]),
        *given("--ticket", opal_ticket(wildcards)),
    ]


def opal_chosen(wildcards):
    """Return the option that selects the report."""
    if is_launched(wildcards):
        return given("--ticket", opal_ticket(wildcards))
    return given("--accession-id", row_of(wildcards)["accession_id"])


def before_opal(wildcards):
    """The VCF that Opal's answer is joined into."""
    folder = "cgi" if wildcards.sample in AT_CGI else "annotated"
    return f"results/{folder}/{wildcards.sample}.vcf.gz"


def final_of(sample):
    """The VCF of a sample with all that is joined into it."""
    folder = "opal" if sample in AT_OPAL else "cgi" if sample in AT_CGI else "annotated"
    return f"results/{folder}/{sample}.vcf.gz"


def shards_of(wildcards, suffix):
    """The files of a sample's shards, in their order."""
    folder = f"results/shards/{wildcards.sample}"
    return [f"{folder}/{shard}-of-{SHARDS}.{suffix}" for shard in range(1, SHARDS + 1)]


def finals_of_assembly(wildcards):
    return [final_of(sample) for sample, row in SAMPLES.items() if row["assembly"] == wildcards.assembly]


def memory(megabytes):
    """Memory in MB that grows with each attempt."""
    return lambda wildcards, attempt: megabytes * attempt
