# Independent colours of the image set, which `colours: learned` takes and `snakemake colours` leaves to be copied.


rule measure_colours:
    input:
        rules_of.existing(rules_of.spread()),
    output:
        "<study>/colours.yaml",
    log:
        "<logs>/measure_colours.log",
    benchmark:
        "<benchmarks>/measure_colours.tsv"
    conda:
        "../environment.yml"
    threads: 2
    resources:
        mem_mb=costs.DECODING_MB + 1000,
        runtime=10,
    params:
        photographs=lambda wildcards: [image.path for image in rules_of.spread()],
        unlisted=rules_of.unlisted(image.path for image in rules_of.spread()),
        values=study.settings["images"].get("range"),
        source=rules_of.source("measure_colours.py"),
    script:
        "../scripts/measure_colours.py"


rule colours:
    input:
        "<study>/colours.yaml",
