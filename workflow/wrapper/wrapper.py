"""Annotate a VCF or BCF: `wrapper: "file:…/workflow/wrapper"` in a rule."""

import shlex

from snakemake.shell import shell

# Options are split as a shell splits them, and quoted again: nothing in them is run.
extra = snakemake.params.get("extra", "")
extra = shlex.split(extra) if isinstance(extra, str) else list(extra)
log = f"2> {shlex.quote(str(snakemake.log))}" if snakemake.log else ""
shell(
    "annotator annotate -o {snakemake.output.calls:q} -@ {snakemake.threads} {extra:q}"
    " -- {snakemake.input.calls:q} {log}"
)
