rule compute_lime:
    input:
        checked=gate("lime"),
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        photographs=photographs("lime"),
    output:
        "<study>/{model}/lime/{bucket}.npz",
    log:
        "<logs>/{model}/lime/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/lime/{bucket}.tsv"
    conda:
        "../environment.yml"
    threads: 2
    resources:
        mem_mb=6000,
        runtime=240,
        gpu=GPUS,
    params:
        model=model_settings,
        images=items("lime"),
        skip=SKIP,
        settings=method_settings(
            "lime", "segmentation", "samples", "outputs", "kernel_width", "fill", "classes", "seed", "batch"
        ),
        seed=study.settings["seed"],
        device=study.settings["device"],
        source=source("compute_lime.py"),
    script:
        "../scripts/compute_lime.py"
