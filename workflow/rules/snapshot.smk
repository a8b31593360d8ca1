"""One snapshot for each assembly: there already, built from files, or pulled; verified once, shared by all jobs.

All of it is done where Snakemake runs: that is the machine with internet.
"""


localrules:
    snapshot_build,
    snapshot_pull,
    snapshot_verify,


rule snapshot_build:
    input:
        unpack(files_of_snapshot),
    output:
        folder=local(directory("resources/{assembly}.snapshot")),
    log:
        "results/logs/snapshot_build/{assembly}.log",
    benchmark:
        "results/benchmarks/snapshot_build/{assembly}.tsv"
    wildcard_constraints:
        assembly=one_of(BUILT),
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: 2
    resources:
        mem_mb=memory(4000),
    params:
        options=build_options,
    message:
        "Building the snapshot for {wildcards.assembly}"
    shell:
        "annotator snapshot build --assembly {wildcards.assembly} {params.options:q} -@ {threads} --force"
        " -o {output.folder:q} 2> {log:q}"


rule snapshot_pull:
    output:
        folder=local(directory("resources/{assembly}.snapshot")),
    log:
        "results/logs/snapshot_pull/{assembly}.log",
    benchmark:
        "results/benchmarks/snapshot_pull/{assembly}.tsv"
    wildcard_constraints:
        assembly=one_of(PULLED),
    retries: 2
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: 2
    resources:
        mem_mb=memory(4000),
        clinvar_api=1,
        civic_api=1,
    params:
        commands=pull_commands,
    message:
        "Downloading the snapshot for {wildcards.assembly}"
    shell:
        "( {params.commands} ) 2> {log:q}"


rule snapshot_verify:
    input:
        folder=lambda wildcards: local(snapshot_folder(wildcards.assembly)),
    output:
        releases=report(
            "resources/{assembly}.releases.txt",
            caption="../report/releases.rst",
            category="Knowledge bases",
            labels={"assembly": "{assembly}", "file": "releases"},
        ),
    log:
        "results/logs/snapshot_verify/{assembly}.log",
    benchmark:
        "results/benchmarks/snapshot_verify/{assembly}.tsv"
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        manifest=manifest_of,
    message:
        "Verifying the snapshot for {wildcards.assembly}"
    shell:
        "( annotator snapshot verify -- {input.folder:q} && annotator snapshot info -- {input.folder:q}"
        " > {output.releases:q} ) 2> {log:q}"
