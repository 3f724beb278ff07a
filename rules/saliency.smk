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
        mem_mb=megabytes("saliency"),
        runtime=minutes("saliency"),
        gpu=GPUS,
    params:
        model=explained_model,
        images=items("saliency"),
        settings=method_settings("saliency", "score"),
        setup=setup,
        batch=batch("saliency"),
        source=source("compute_saliency.py", "limelight/saliency.py"),
    script:
        "../scripts/compute_saliency.py"
