rule check_images:
    input:
        photographs=existing(study.images),
        table=[resolve(study.settings["images"]["path"])] if study.settings["images"]["layout"] == "csv" else [],
    output:
        images="<study>/images.csv",
        skipped="<study>/skipped.csv",
    log:
        "<logs>/check_images.log",
    benchmark:
        "<benchmarks>/check_images.tsv"
    conda:
        "../environment.yml"
    threads: 2
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        images=[(image.id, image.path, image.label, image.mask) for image in study.images],
        unreadable=study.settings["images"]["unreadable"],
        checked=str(study.checked),
        source=source("check_images.py"),
    script:
        "../scripts/check_images.py"


rule inspect_model:
    input:
        checkpoint=checkpoint,
        factory=factory_file,
    output:
        model="<study>/{model}/model.json",
        layers="<study>/{model}/layers.csv",
    log:
        "<logs>/{model}/inspect_model.log",
    benchmark:
        "<benchmarks>/{model}/inspect_model.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        model=model_settings,
        wanted=lambda wildcards: {key: study.models[wildcards.model][key] for key in ["filters", "dream"]},
        source=source("inspect_model.py"),
    script:
        "../scripts/inspect_model.py"


rule predict:
    input:
        checked=gate("predict"),
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        photographs=photographs("predict"),
    output:
        "<study>/{model}/predictions/{bucket}.csv",
    log:
        "<logs>/{model}/predict/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/predict/{bucket}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes("predict"),
        runtime=minutes("predict"),
        gpu=GPUS,
    params:
        model=explained_model,
        images=items("predict"),
        setup=setup,
        source=source("predict.py", "limelight/scores.py"),
    script:
        "../scripts/predict.py"


rule summarise_predictions:
    input:
        lambda wildcards: expand(
            "<study>/{{model}}/predictions/{bucket}.csv", bucket=study.buckets("predict", wildcards.model)
        ),
    output:
        **{table: f"<study>/{{model}}/{table}.csv" for table in TABLES},
    log:
        "<logs>/{model}/summarise_predictions.log",
    benchmark:
        "<benchmarks>/{model}/summarise_predictions.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        order=[image.id for image in study.images],
        source=source("summarise_predictions.py"),
    script:
        "../scripts/summarise_predictions.py"
