rule compute_saliency:
    input:
        checked=gate("saliency"),
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        photographs=photographs("saliency"),
    output:
        "<study>/{model}/saliency/{bucket}.npz",
    log:
        "<logs>/{model}/saliency/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/saliency/{bucket}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=GPUS,
    params:
        model=model_settings,
        images=items("saliency"),
        skip=SKIP,
        settings=method_settings("saliency", "score", "batch"),
        device=study.settings["device"],
        source=source("compute_saliency.py"),
    script:
        "../scripts/compute_saliency.py"
