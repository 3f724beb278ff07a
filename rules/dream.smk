rule compute_dream:
    input:
        checked=gate("dream"),
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        photographs=photographs("dream"),
    output:
        "<study>/{model}/dream/{bucket}.npz",
    log:
        "<logs>/{model}/dream/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/dream/{bucket}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
        gpu=GPUS,
    params:
        model=model_settings,
        images=items("dream"),
        skip=SKIP,
        settings=method_settings("dream", "layer", "filter", "record", "ascent"),
        device=study.settings["device"],
        source=source("compute_dream.py"),
    script:
        "../scripts/compute_dream.py"


rule compute_dream_sweep:
    input:
        checked=gate_of_dreamt,
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        photographs=dreamt_photograph,
    output:
        "<study>/{model}/dream/over_{sweep}.npz",
    log:
        "<logs>/{model}/dream/over_{sweep}.log",
    benchmark:
        "<benchmarks>/{model}/dream/over_{sweep}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=GPUS,
    params:
        model=model_settings,
        images=dreamt_item,
        skip=SKIP,
        settings=method_settings("dream", "record", "ascent"),
        points=dream_points,
        device=study.settings["device"],
        source=source("compute_dream_sweep.py"),
    script:
        "../scripts/compute_dream_sweep.py"
