rule compute_lime:
    input:
        checked=gate("lime"),
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        photographs=photographs("lime"),
        masks=region_files(members("lime")),
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
        mem_mb=megabytes("lime"),
        runtime=minutes("lime"),
        gpu=GPUS,
    params:
        model=explained_model,
        images=items("lime"),
        masks=regions(members("lime")),
        settings=method_settings("lime", *LIME_KEYS),
        seed=study.settings["seed"],
        setup=setup,
        batch=batch("lime"),
        source=source("compute_lime.py", "limelight/capabilities/lime/explanation.py"),
    script:
        "../scripts/compute_lime.py"
