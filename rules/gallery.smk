# The study in a browser: pictures and data in buckets, and light pages over them.
EXHIBITS = {one.name: one.exhibit for one in catalogue.capabilities() if one.exhibit}
LAYER_EXHIBITS = [one.layer_exhibit for one in catalogue.capabilities() if one.layer_exhibit]


use rule draw_exhibit as draw_thumbnails with:
    input:
        unpack(rules_of.thumbnails),
    output:
        directory("<study>/gallery/thumbnails/{bucket}"),
    log:
        "<logs>/draw_thumbnails/{bucket}.log",
    benchmark:
        "<benchmarks>/draw_thumbnails/{bucket}.tsv"
    params:
        **rules_of.exhibiting("thumbnails:write"),
        folder="thumbnails/{bucket}",
        unlisted=rules_of.unlisted_of_images(lambda wildcards: study.thumbnails()[wildcards.bucket]),
        images=rules_of.pictured(lambda wildcards: study.thumbnails()[wildcards.bucket]),
        values=study.settings["images"].get("range"),


use rule draw_exhibit as draw_exhibits with:
    input:
        unpack(rules_of.exhibits),
    output:
        directory("<study>/gallery/models/{model}/{bucket}"),
    log:
        "<logs>/{model}/draw_exhibits/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/draw_exhibits/{bucket}.tsv"
    params:
        **rules_of.exhibiting(
            "exhibit:write",
            *("saliency", "signed", "activation"),
            functions=EXHIBITS.values(),
            exhibits=EXHIBITS,
        ),
        folder="models/{model}/{bucket}",
        unlisted=rules_of.unlisted_of_images(lambda wildcards: targets.exhibited[wildcards.model][wildcards.bucket]),
        images=rules_of.pictured(lambda wildcards: targets.exhibited[wildcards.model][wildcards.bucket]),


use rule draw_exhibit as draw_layer with:
    input:
        unpack(rules_of.layer),
    output:
        directory("<study>/gallery/models/{model}/layers/{layer}"),
    log:
        "<logs>/{model}/draw_layer/{layer}.log",
    benchmark:
        "<benchmarks>/{model}/draw_layer/{layer}.tsv"
    params:
        **rules_of.exhibiting(
            "filters:write",
            "activation",
            functions=LAYER_EXHIBITS,
            exhibits=rules_of.layer_exhibits,
        ),
        folder="models/{model}/layers/{layer}",
        labels=rules_of.labels,
        paths=rules_of.paths_of_images,


rule write_gallery:
    input:
        pictures=targets.exhibits(),
        arrays=targets.arrays(),
        models=expand("<study>/{model}/{file}", model=study.models, file=["model.json", "predictions.csv"]),
        pages=targets.page_files(),
        images="<study>/images.csv",
        skipped="<study>/skipped.csv",
    output:
        expand("<study>/gallery/{page}.html", page=[page for page in targets.pages() if page != "index"]),
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
        models=targets.gallery_models(),
        pages=targets.rooms_of_pages(),
        thumbnails=study.thumbnails(),
        configfiles=[os.path.relpath(path) for path in workflow.overwrite_configfiles],
        source=rules_of.source("write_gallery.py", *rules_of.page_sources()),
    script:
        "../scripts/write_gallery.py"
