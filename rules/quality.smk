# Can the explanations be believed? Attribution methods, measured beside maps that know nothing of the network.


rule compute_quality:
    input:
        checked=gate("quality"),
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        photographs=photographs("quality"),
        lime=lime_files,
        regions=region_files(members("quality")),
    output:
        "<study>/{model}/quality/{bucket}.npz",
    log:
        "<logs>/{model}/quality/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/quality/{bucket}.tsv"
    conda:
        "../environment.yml"
    threads: 2
    resources:
        mem_mb=megabytes("quality"),
        runtime=minutes("quality"),
        gpu=GPUS,
    params:
        model=explained_model,
        images=items("quality"),
        regions=regions(members("quality")),
        settings=quality_settings("steps", "noise", "samples"),
        seed=study.settings["seed"],
        setup=setup,
        batch=batch("quality"),
        source=quality_source("compute_quality.py"),
    script:
        "../scripts/compute_quality.py"


rule compute_sanity:
    input:
        checked=lambda wildcards: checked(any(image.id in study.unchecked for image in sanity_images(wildcards))),
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        photographs=lambda wildcards: existing(sanity_images(wildcards)),
        regions=region_files(sanity_images),
    output:
        "<study>/{model}/sanity/all.npz",
    log:
        "<logs>/{model}/sanity.log",
    benchmark:
        "<benchmarks>/{model}/sanity.tsv"
    conda:
        "../environment.yml"
    threads: 2
    resources:
        mem_mb=megabytes("quality"),
        runtime=minutes("sanity"),
        gpu=GPUS,
    params:
        model=explained_model,
        images=lambda wildcards: [described(image) for image in sanity_images(wildcards)],
        regions=regions(sanity_images),
        settings=quality_settings("cascade"),
        seed=study.settings["seed"],
        setup=setup,
        batch=batch("quality"),
        source=quality_source("compute_sanity.py"),
    script:
        "../scripts/compute_sanity.py"


rule summarise_quality:
    input:
        arrays=bucket_files("quality", explained("quality")),
        classes="<study>/{model}/classes.csv",
        model="<study>/{model}/model.json",
        masks=mask_files,
    output:
        **{table: f"<study>/{{model}}/{table}.csv" for table in ["quality", "clarity", "correlations"]},
    log:
        "<logs>/{model}/summarise_quality.log",
    benchmark:
        "<benchmarks>/{model}/summarise_quality.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        settings=method_settings("quality", "methods", "tolerance"),
        labels=quality_labels,
        masks=quality_masks,
        seed=study.settings["seed"],
        source=source("summarise_quality.py"),
    script:
        "../scripts/summarise_quality.py"


rule draw_quality:
    input:
        arrays=bucket_files("quality", explained("quality")),
        sanity=lambda wildcards: sanity_arrays(wildcards.model),
        quality="<study>/{model}/quality.csv",
        clarity="<study>/{model}/clarity.csv",
        correlations="<study>/{model}/correlations.csv",
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure(
            "<study>/{model}/sheets/quality/{sheet}.png",
            caption="../report/quality.rst",
            category="6 Quality",
            labels={"model": "{model}", "figure": "{sheet}"},
        ),
    log:
        "<logs>/{model}/draw_quality/{sheet}.log",
    benchmark:
        "<benchmarks>/{model}/draw_quality/{sheet}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        images=pictured(explained("quality")),
        methods=lambda wildcards: study.models[wildcards.model]["quality"]["methods"],
        per_sheet=study.settings["figures"]["per_sheet"],
        seed=study.settings["seed"],
        style=lambda wildcards: style("saliency", "signed") if wildcards.sheet == "mistakes" else style(),
        source=source("draw_quality.py"),
    script:
        "../scripts/draw_quality.py"
