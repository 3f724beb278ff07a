# What may be asked for by name but is no part of a study: an audit of everything on disk, and tidying up. Without
# any output, not even a benchmark, they run whenever they are asked for.


rule verify:
    log:
        "<logs>/verify.log",
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        store=rules_of.store,
        study=str(study.results),
        models=list(study.models),
        files=targets.on_disk(targets.arrays()),
    script:
        "../scripts/verify.py"


rule gc:
    log:
        "<logs>/gc.log",
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        store=rules_of.store,
        study=str(study.results),
        models=list(study.models),
        files=targets.on_disk(targets.arrays()),
    script:
        "../scripts/collect_garbage.py"
