from limelight.capabilities.layers import declaration as layers


use rule compute_units as compute_atlas with:
    input:
        unpack(inputs("layers", "atlas")),
    output:
        "<study>/{model}/atlas/{layer}/{part}.npz",
    log:
        "<logs>/{model}/atlas/{layer}/{part}.log",
    benchmark:
        "<benchmarks>/{model}/atlas/{layer}/{part}.tsv"
    resources:
        **resources("layers", "atlas"),
    params:
        **parameters("layers", "atlas"),


use rule compute_units as compute_peaks with:
    input:
        unpack(inputs("layers", "peaks")),
    output:
        "<study>/{model}/peaks/{bucket}.npz",
    log:
        "<logs>/{model}/peaks/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/peaks/{bucket}.tsv"
    resources:
        **resources("layers", "peaks"),
    params:
        **parameters("layers", "peaks"),


use rule summarise_arrays as rank_photographs with:
    input:
        peaks=of_model(lambda study, wildcards: layers.peak_files(study, wildcards.model)),
        fields=of_model(layers.first_parts),
        model="<study>/{model}/model.json",
    output:
        top="<study>/{model}/top.csv",
        atlas="<study>/{model}/atlas.csv",
    log:
        "<logs>/{model}/rank_photographs.log",
    benchmark:
        "<benchmarks>/{model}/rank_photographs.tsv"
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        **summarising("layers.summary:ranking"),
        images=[image.id for image in study.images],
        settings=lambda wildcards: study.models[wildcards.model]["filters"]["atlas"],


use rule summarise_arrays as measure_tuning with:
    input:
        arrays=of_model(layers.atlas_of_rule),
        model="<study>/{model}/model.json",
    output:
        tuning="<study>/{model}/tuning.csv",
    log:
        "<logs>/{model}/measure_tuning.log",
    benchmark:
        "<benchmarks>/{model}/measure_tuning.tsv"
    params:
        **summarising("layers.summary:tuning"),


use rule draw_figure as draw_atlas with:
    input:
        arrays=of_model(layers.atlas_of_rule),
        atlas="<study>/{model}/atlas.csv",
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/atlas/{layer}.png",
            "layers",
            {"model": "{model}", "layer": "{layer}", "figure": "atlas"},
            caption="atlas_caption",
        ),
    log:
        "<logs>/{model}/draw_atlas/{layer}.log",
    benchmark:
        "<benchmarks>/{model}/draw_atlas/{layer}.tsv"
    params:
        **drawing("layers.drawing:atlas"),


use rule draw_figure as draw_top with:
    input:
        arrays=of_model(layers.atlas_of_rule),
        top="<study>/{model}/top.csv",
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/top/{layer}.png",
            "layers",
            {"model": "{model}", "layer": "{layer}", "figure": "top photographs"},
            caption="top_caption",
        ),
    log:
        "<logs>/{model}/draw_top/{layer}.log",
    benchmark:
        "<benchmarks>/{model}/draw_top/{layer}.tsv"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        **drawing("layers.drawing:top"),
        paths=rules_of.paths_of_images,


use rule draw_figure as draw_tuning with:
    input:
        tuning="<study>/{model}/tuning.csv",
        arrays=of_model(layers.atlas_of_rule),
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/tuning.png",
            "layers",
            {"model": "{model}", "figure": "tuning"},
            caption="tuning_caption",
        ),
    log:
        "<logs>/{model}/draw_tuning.log",
    benchmark:
        "<benchmarks>/{model}/draw_tuning.tsv"
    params:
        **drawing("layers.drawing:tuning", "activation"),


rule layers:
    input:
        targets.everything("layers"),
