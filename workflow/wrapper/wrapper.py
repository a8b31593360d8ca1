"""One line for a Snakefile: `wrapper: "file:…/workflow/wrapper"`."""

from snakemake.shell import shell

extra = snakemake.params.get("extra", "")
log = snakemake.log_fmt_shell(stdout=False, stderr=True)
shell(
    "annotator annotate {snakemake.input.calls} -o {snakemake.output.calls} -@ {snakemake.threads} {extra} {log}"
)
