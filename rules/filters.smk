rule compute_filters:
    input:
        checked=gate("filters"),
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        photographs=photographs("filters"),
    output:
        "<study>/{model}/filters/{layer}/{bucket}.npz",
    log:
        "<logs>/{model}/filters/{layer}/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/filters/{layer}/{bucket}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
        gpu=GPUS,
    params:
        model=model_settings,
        images=items("filters"),
        skip=SKIP,
        settings=method_settings("filters", "filters", "iterations", "ascent"),
        device=study.settings["device"],
        source=source("compute_filters.py"),
    script:
        "../scripts/compute_filters.py"


rule compute_filters_from_noise:
    input:
        checked=gate_of_study,
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
    output:
        "<study>/{model}/filters/{layer}/noise.npz",
    log:
        "<logs>/{model}/filters/{layer}/noise.log",
    benchmark:
        "<benchmarks>/{model}/filters/{layer}/noise.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=GPUS,
    params:
        model=model_settings,
        settings=method_settings("filters", "filters", "iterations", "ascent"),
        seed=study.settings["seed"],
        device=study.settings["device"],
        source=source("compute_filters_from_noise.py"),
    script:
        "../scripts/compute_filters_from_noise.py"
