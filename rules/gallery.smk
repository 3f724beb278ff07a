# The study in a browser: pictures and data in buckets, and light pages over them.


rule draw_thumbnails:
    input:
        checked=lambda wildcards: checked(any(name in study.unchecked for name in thumbnails(wildcards))),
        photographs=lambda wildcards: existing([study.image(name) for name in thumbnails(wildcards)]),
    output:
        directory("<study>/gallery/thumbnails/{bucket}"),
    log:
        "<logs>/draw_thumbnails/{bucket}.log",
    benchmark:
        "<benchmarks>/draw_thumbnails/{bucket}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        images=lambda wildcards: [(name, study.image(name).path) for name in thumbnails(wildcards)],
        source=source("draw_thumbnails.py"),
    script:
        "../scripts/draw_thumbnails.py"


rule draw_exhibits:
    input:
        unpack(exhibit_arrays),
        checked=lambda wildcards: checked(any(name in study.unchecked for name in exhibited(wildcards))),
        photographs=lambda wildcards: existing([study.image(name) for name in exhibited(wildcards)]),
        model="<study>/{model}/model.json",
    output:
        directory("<study>/gallery/models/{model}/{bucket}"),
    log:
        "<logs>/{model}/draw_exhibits/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/draw_exhibits/{bucket}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        folder="models/{model}/{bucket}",
        images=pictured(exhibited),
        layers=exhibited_layers,
        style=style("saliency", "signed", "activation"),
        source=source("draw_exhibits.py"),
    script:
        "../scripts/draw_exhibits.py"


# What else looks at the filters of a layer becomes a named input here and a source in limelight.gallery.layers.
rule draw_layer:
    input:
        noise=ascents_from_noise,
        facets=facets,
        photographs=filters_of_photographs,
        atlas=layer_table("atlas"),
        top=layer_table("top"),
        tuning=layer_table("tuning"),
        model="<study>/{model}/model.json",
    output:
        directory("<study>/gallery/models/{model}/layers/{layer}"),
    log:
        "<logs>/{model}/draw_layer/{layer}.log",
    benchmark:
        "<benchmarks>/{model}/draw_layer/{layer}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        folder="models/{model}/layers/{layer}",
        labels=lambda wildcards: {
            name: study.image(name).label
            for name in study.explained("filters", wildcards.model)
            if study.image(name).label
        },
        paths=paths_of_images,
        style=style("activation"),
        source=source("draw_layer.py"),
    script:
        "../scripts/draw_layer.py"


rule write_gallery:
    input:
        pictures=exhibits(),
        arrays=arrays(),
        models=expand(
            "<study>/{model}/{file}", model=study.models, file=["model.json", "predictions.csv", "classes.csv"]
        ),
        measured=quality_tables(),
        training=training_files(),
        images="<study>/images.csv",
        skipped="<study>/skipped.csv",
    output:
        expand("<study>/gallery/{page}.html", page=[page for page in GALLERY_PAGES if page != "index"]),
        directory("<study>/gallery/data"),
        directory("<study>/gallery/assets"),
        index="<study>/gallery/index.html",
    log:
        "<logs>/write_gallery.log",
    benchmark:
        "<benchmarks>/write_gallery.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        study=study.settings,
        models=gallery_models(),
        thumbnails=study.thumbnails(),
        configfiles=[os.path.relpath(path) for path in workflow.overwrite_configfiles],
        source=source("write_gallery.py", *GALLERY_FILES),
    script:
        "../scripts/write_gallery.py"
