"""Samples handed to the Cancer Genome Interpreter and to Omicia Opal, and their answers joined back; off by default.

A ticket proves what was handed over: a rule that runs again goes on with it, and never hands over twice. It outlives
whatever happens only if it is no output. Snakemake removes the outputs of a job that fails, that is killed, or that
starts again; `update()` puts back what was there before the job, which is nothing on the first attempt and an older
state on the next; `protected()` and `ensure()` begin when a job has succeeded; `--keep-incomplete` would keep
half-written outputs of all rules. So the ticket at work stands beside the outputs, and a copy of it is an output once
the answer is there.
The rules run where Snakemake runs: that is the machine with internet, and with the credentials in its environment.
"""


localrules:
    cgi_mutations,
    cgi_job,
    cgi_join,
    opal_report,
    opal_join,


rule cgi_mutations:
    input:
        vcf=vcf_of,
    output:
        mutations="results/cgi/{sample}.tsv",
        manifest="results/cgi/{sample}.manifest.tsv",
    log:
        "results/logs/cgi_mutations/{sample}.log",
    benchmark:
        "results/benchmarks/cgi_mutations/{sample}.tsv"
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        sample=lambda wildcards: given("--sample", row_of(wildcards).get("vcf_sample")),
        assembly=lambda wildcards: row_of(wildcards)["assembly"],
    message:
        "Writing the Cancer Genome Interpreter input for {wildcards.sample}"
    shell:
        "annotator cgi mutations -o {output.mutations:q} {params.sample:q} --assembly {params.assembly:q}"
        " -- {input.vcf:q} 2> {log:q}"


# From submission to result one rule, so that no more than `cgi_jobs` of them are at the service at any time.
rule cgi_job:
    input:
        mutations="results/cgi/{sample}.tsv",
        manifest="results/cgi/{sample}.manifest.tsv",
    output:
        ticket="results/cgi/{sample}.done/{sample}.ticket.json",
        missing=report(
            "results/cgi/{sample}.done/{sample}.missing.tsv",
            caption="../report/cgi.rst",
            category="Cancer Genome Interpreter",
            labels={"sample": "{sample}", "file": "alleles without a result"},
        ),
        biomarkers=report(
            "results/cgi/{sample}.done/{sample}.biomarkers.tsv",
            caption="../report/cgi.rst",
            category="Cancer Genome Interpreter",
            labels={"sample": "{sample}", "file": "biomarkers of the sample"},
        ),
    log:
        "results/logs/cgi_job/{sample}.log",
    benchmark:
        "results/benchmarks/cgi_job/{sample}.tsv"
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: 1
    resources:
        mem_mb=memory(1000),
        cgi_jobs=1,
    params:
        ticket=cgi_ticket,
        cancer_type=lambda wildcards: row_of(wildcards)["cancer_type"],
        waiting=waiting_options("cgi"),
        then=tolerated(True),
    message:
        "Running the Cancer Genome Interpreter on {wildcards.sample}"
    shell:
        '( mkdir -p -- "$(dirname -- {params.ticket:q})"'
        " && annotator cgi submit --cancer-type {params.cancer_type:q} --ticket {params.ticket:q}"
        " -- {input.mutations:q} && annotator cgi wait {params.waiting:q} -- {params.ticket:q}"
        " && cp -- {params.ticket:q} {output.ticket:q}"
        " && {{ annotator cgi collect --manifest {input.manifest:q} -- {output.ticket:q} {params.then}; }} )"
        " > {log:q} 2>&1"


rule cgi_join:
    input:
        vcf="results/annotated/{sample}.vcf.gz",
        ticket="results/cgi/{sample}.done/{sample}.ticket.json",
        manifest="results/cgi/{sample}.manifest.tsv",
        reference=reference_of,
    output:
        vcf="results/cgi/{sample}.vcf.gz",
        index="results/cgi/{sample}.vcf.gz.tbi",
    log:
        "results/logs/cgi_join/{sample}.log",
    benchmark:
        "results/benchmarks/cgi_join/{sample}.tsv"
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: 1
    resources:
        mem_mb=memory(2000),
    params:
        options=join_options,
        then=tolerated(True),
    message:
        "Adding the Cancer Genome Interpreter result to {wildcards.sample}"
    shell:
        "annotator cgi collect --manifest {input.manifest:q} --vcf {input.vcf:q} -o {output.vcf:q} -W"
        " {params.options:q} -- {input.ticket:q} 2> {log:q} {params.then}"


rule opal_report:
    output:
        report=report(
            "results/opal/{sample}.json",
            caption="../report/opal.rst",
            category="Omicia Opal",
            labels={"sample": "{sample}", "file": "report, without patient data"},
        ),
        pdf="results/opal/{sample}.pdf",
    log:
        "results/logs/opal_report/{sample}.log",
    benchmark:
        "results/benchmarks/opal_report/{sample}.tsv"
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: 1
    resources:
        mem_mb=memory(1000),
        opal_api=1,
    params:
        ticket=opal_ticket,
        launch=opal_launch,
        chosen=opal_chosen,
        waiting=waiting_options("opal"),
    message:
        "Waiting for the Opal report of {wildcards.sample}"
    shell:
        '( mkdir -p -- "$(dirname -- {params.ticket:q})" && {params.launch:q}'
        " && annotator opal wait {params.chosen:q} {params.waiting:q}"
        " && annotator opal report {params.chosen:q} -o {output.report:q}"
        " && annotator opal pdf {params.chosen:q} -o {output.pdf:q} ) 2> {log:q}"


rule opal_join:
    input:
        vcf=before_opal,
        report="results/opal/{sample}.json",
        reference=reference_of,
    output:
        vcf="results/opal/{sample}.vcf.gz",
        index="results/opal/{sample}.vcf.gz.tbi",
        missing="results/opal/{sample}.missing.tsv",
    log:
        "results/logs/opal_join/{sample}.log",
    benchmark:
        "results/benchmarks/opal_join/{sample}.tsv"
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: 1
    resources:
        mem_mb=memory(2000),
        opal_api=1,
    params:
        chosen=opal_chosen,
        reference=lambda wildcards, input: given("--reference", next(iter(input.get("reference", [])), None)),
        then=tolerated(True),
    message:
        "Adding the Opal report to {wildcards.sample}"
    shell:
        "annotator opal variants {params.chosen:q} --vcf {input.vcf:q} -o {output.vcf:q} -W"
        " --missing {output.missing:q} {params.reference:q} 2> {log:q} {params.then}"
