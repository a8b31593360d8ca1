"""A sample's VCF annotated as a whole, or cut into shards that are annotated side by side and joined in order."""


localrules:
    annotate_online,


rule annotate:
    input:
        vcf=vcf_of,
        snapshot=snapshot_of,
        releases=releases_of,
        reference=reference_of,
    output:
        vcf="results/annotated/{sample}.vcf.gz",
        index="results/annotated/{sample}.vcf.gz.tbi",
    log:
        "results/logs/annotate/{sample}.log",
    benchmark:
        "results/benchmarks/annotate/{sample}.tsv"
    wildcard_constraints:
        sample=one_of(OFFLINE),
    retries: RETRIES
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: config["annotate"]["threads"]
    resources:
        mem_mb=memory(2000),
    params:
        options=annotate_options,
    message:
        "Annotating {wildcards.sample}"
    shell:
        "annotator annotate -o {output.vcf:q} -W -@ {threads} --snapshot {input.snapshot:q} {params.options:q}"
        " -- {input.vcf:q} 2> {log:q}"


rule annotate_shard:
    input:
        vcf=vcf_of,
        index=index_of,
        snapshot=snapshot_of,
        releases=releases_of,
        reference=reference_of,
    output:
        vcf=temp("results/shards/{sample}/{shard}-of-{shards}.vcf.gz"),
        account=temp("results/shards/{sample}/{shard}-of-{shards}.vcf.gz.shard.json"),
    log:
        "results/logs/annotate_shard/{sample}/{shard}-of-{shards}.log",
    benchmark:
        "results/benchmarks/annotate_shard/{sample}/{shard}-of-{shards}.tsv"
    retries: RETRIES
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: 1
    resources:
        mem_mb=memory(1000),
    params:
        options=annotate_options,
    message:
        "Annotating shard {wildcards.shard} of {wildcards.shards} of {wildcards.sample}"
    shell:
        "annotator annotate --shard {wildcards.shard}/{wildcards.shards} -o {output.vcf:q}"
        " --snapshot {input.snapshot:q} {params.options:q} -- {input.vcf:q} 2> {log:q}"


# Evidence on combination profiles depends on the whole sample. Beside each shard is a manifest of its variants,
# with the options of its run; gather uses it to annotate the affected records again, and copies the others.
rule gather:
    input:
        shards=lambda wildcards: shards_of(wildcards, "vcf.gz"),
        accounts=lambda wildcards: shards_of(wildcards, "vcf.gz.shard.json"),
        snapshot=snapshot_of,
        reference=reference_of,
    output:
        vcf="results/annotated/{sample}.vcf.gz",
        index="results/annotated/{sample}.vcf.gz.tbi",
    log:
        "results/logs/gather/{sample}.log",
    benchmark:
        "results/benchmarks/gather/{sample}.tsv"
    wildcard_constraints:
        sample=one_of(SCATTERED),
    retries: RETRIES
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: 1
    resources:
        mem_mb=memory(2000),
    message:
        "Joining the shards of {wildcards.sample}"
    shell:
        "annotator workflow gather -o {output.vcf:q} -W -- {input.shards:q} 2> {log:q}"


# The journal is beside the output but not an output: its responses survive a failed job, and are not requested again.
rule annotate_online:
    input:
        vcf=vcf_of,
        snapshot=snapshot_of,
        releases=releases_of,
        reference=reference_of,
    output:
        vcf="results/annotated/{sample}.vcf.gz",
        index="results/annotated/{sample}.vcf.gz.tbi",
    log:
        "results/logs/annotate_online/{sample}.log",
    benchmark:
        "results/benchmarks/annotate_online/{sample}.tsv"
    wildcard_constraints:
        sample=one_of(ONLINE),
    retries: 2
    conda:
        "../envs/annotator.yaml"
    container:
        IMAGE
    threads: 1
    resources:
        mem_mb=memory(2000),
        clinvar_api=int("clinvar" in config["annotate"]["online"]),
        civic_api=int("civic" in config["annotate"]["online"]),
    params:
        options=annotate_options,
        online=words_of(config["annotate"]["online"], "annotate: online"),
        then=tolerated(config["annotate"]["accept_unanswered"]),
    message:
        "Annotating {wildcards.sample} over the network"
    shell:
        "annotator annotate -o {output.vcf:q} -W --online {params.online:q} --snapshot {input.snapshot:q}"
        " {params.options:q} -- {input.vcf:q} 2> {log:q} {params.then}"
