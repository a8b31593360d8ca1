"""Reports of each sample, and of all samples of an assembly: pages for people, tables for programs."""


rule sample_report:
    input:
        vcf=lambda wildcards: final_of(wildcards.sample),
        snapshot=snapshot_of,
    output:
        page=report(
            "results/report/{sample}.html",
            caption="../report/sample.rst",
            category="Samples",
            subcategory="{sample}",
            labels={"sample": "{sample}", "file": "page"},
        ),
        table=report(
            "results/report/{sample}.tsv",
            caption="../report/sample.rst",
            category="Samples",
            subcategory="{sample}",
            labels={"sample": "{sample}", "file": "table"},
        ),
        multiqc="results/report/{sample}_mqc.json",
    log:
        "results/logs/sample_report/{sample}.log",
    benchmark:
        "results/benchmarks/sample_report/{sample}.tsv"
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        disease=lambda wildcards: given("--disease", row_of(wildcards).get("disease")),
    message:
        "Writing the report of {wildcards.sample}"
    shell:
        "annotator report -o {output.page:q} --tsv {output.table:q} --multiqc {output.multiqc:q}"
        " --snapshot {input.snapshot:q} {params.disease:q} -- {input.vcf:q} 2> {log:q}"


rule cohort_report:
    input:
        vcfs=finals_of_assembly,
        snapshot=lambda wildcards: snapshot_on(wildcards.assembly),
    output:
        page=report(
            "results/cohort/{assembly}.html",
            caption="../report/cohort.rst",
            category="Cohort",
            labels={"assembly": "{assembly}", "file": "page"},
        ),
        table=report(
            "results/cohort/{assembly}.tsv",
            caption="../report/cohort.rst",
            category="Cohort",
            labels={"assembly": "{assembly}", "file": "table"},
        ),
    log:
        "results/logs/cohort_report/{assembly}.log",
    benchmark:
        "results/benchmarks/cohort_report/{assembly}.tsv"
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: 1
    resources:
        mem_mb=memory(2000),
    message:
        "Writing the cohort report for {wildcards.assembly}"
    shell:
        "annotator report -o {output.page:q} --tsv {output.table:q} --snapshot {input.snapshot:q} -- {input.vcfs:q} 2> {log:q}"
