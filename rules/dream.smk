rule compute_dream:
    input:
        checked=gate("dream"),
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        photographs=photographs("dream"),
        colours=learned_colours("dream"),
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
        mem_mb=megabytes("dream"),
        runtime=minutes("dream"),
        gpu=GPUS,
    params:
        model=explained_model,
        images=items("dream"),
        settings=method_settings("dream", "layer", "filter", "record", "size", "ascent"),
        seed=study.settings["seed"],
        setup=setup,
        batch=batch("dream"),
        source=source("compute_dream.py", "limelight/capabilities/filters/compute.py"),
    script:
        "../scripts/compute_dream.py"


rule compute_dream_sweep:
    input:
        checked=gate_of_dreamt,
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        photographs=dreamt_photograph,
        colours=learned_colours("dream"),
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
        mem_mb=megabytes("dream"),
        runtime=minutes("dream"),
        gpu=GPUS,
    params:
        model=explained_model,
        images=dreamt_item,
        settings=method_settings("dream", "record", "size", "ascent"),
        points=dream_points,
        seed=study.settings["seed"],
        setup=setup,
        batch=batch("dream"),
        source=source("compute_dream_sweep.py", "limelight/capabilities/filters/compute.py"),
    script:
        "../scripts/compute_dream_sweep.py"


rule compute_class_images:
    input:
        checked=gate_of_study,
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        colours=learned_colours("dream", "class_images"),
    output:
        "<study>/{model}/dream/class_images.npz",
    log:
        "<logs>/{model}/dream/class_images.log",
    benchmark:
        "<benchmarks>/{model}/dream/class_images.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes("class_images"),
        runtime=minutes("class_images"),
        gpu=GPUS,
    params:
        model=explained_model,
        settings=class_image_settings,
        seed=study.settings["seed"],
        setup=setup,
        batch=batch("dream", "class_images"),
        source=source("compute_class_images.py", "limelight/capabilities/filters/compute.py"),
    script:
        "../scripts/compute_class_images.py"
