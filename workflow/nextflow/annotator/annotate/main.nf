process ANNOTATOR_ANNOTATE {
    tag "$meta.id"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "${params.annotator_container ?: 'annotator:0.1.0'}"

    input:
    tuple val(meta), path(vcf), path(index)
    path snapshot

    output:
    tuple val(meta), path("*.vcf.gz")    , emit: vcf
    tuple val(meta), path("*.vcf.gz.tbi"), emit: tbi
    path "versions.yml"                  , emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}.annotated"
    // Nextflow escapes the names of files itself: quotes around them would double that.
    """
    annotator annotate \\
        -o "${prefix}.vcf.gz" \\
        -W \\
        -@ ${task.cpus} \\
        --snapshot ${snapshot} \\
        ${args} \\
        -- ${vcf}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        annotator: \$(annotator --version | sed 's/.* //')
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}.annotated"
    """
    echo "" | gzip > "${prefix}.vcf.gz"
    touch "${prefix}.vcf.gz.tbi"

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        annotator: \$(annotator --version | sed 's/.* //')
    END_VERSIONS
    """
}
