from limelight.capabilities.quality import declaration as quality


use rule compute_units as compute_quality with:
    input:
        unpack(inputs("quality")),
    output:
        "<study>/{model}/quality/{bucket}.npz",
    log:
        "<logs>/{model}/quality/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/quality/{bucket}.tsv"
    threads: 2
    resources:
        **resources("quality"),
    params:
        **parameters("quality"),


use rule compute_units as compute_sanity with:
    input:
        unpack(inputs("quality", "sanity")),
    output:
        "<study>/{model}/sanity/all.npz",
    log:
        "<logs>/{model}/sanity.log",
    benchmark:
        "<benchmarks>/{model}/sanity.tsv"
    threads: 2
    resources:
        **resources("quality", "sanity"),
    params:
        **parameters("quality", "sanity"),


use rule summarise_arrays as summarise_quality with:
    input:
        arrays=of_images("quality", rules_of.explained("quality")),
        classes="<study>/{model}/classes.csv",
        predictions="<study>/{model}/predictions.csv",
        model="<study>/{model}/model.json",
        masks=lambda wildcards: rules_of.mask_files(study.explained("quality", wildcards.model)),
    output:
        **{table: f"<study>/{{model}}/{table}.csv" for table in ["quality", "clarity", "correlations"]},
    log:
        "<logs>/{model}/summarise_quality.log",
    benchmark:
        "<benchmarks>/{model}/summarise_quality.tsv"
    params:
        **summarising("quality.summary:tables"),
        methods=lambda wildcards: study.models[wildcards.model]["quality"]["methods"],
        tolerance=lambda wildcards: study.models[wildcards.model]["quality"]["tolerance"],
        labels=lambda wildcards: {name: study.image(name).label for name in study.explained("quality", wildcards.model)},
        masks=lambda wildcards: rules_of.masks(study.explained("quality", wildcards.model)),
        unlisted=rules_of.unlisted_of_images(rules_of.explained("quality")),
        seed=study.settings["seed"],


use rule draw_figure as draw_quality with:
    input:
        arrays=of_images("quality", rules_of.explained("quality")),
        sanity=of_model(lambda study, wildcards: quality.sanity_files(study, wildcards.model)),
        quality="<study>/{model}/quality.csv",
        clarity="<study>/{model}/clarity.csv",
        correlations="<study>/{model}/correlations.csv",
        model="<study>/{model}/model.json",
    output:
        figure("<study>/{model}/sheets/quality/{sheet}.png", "quality", {"model": "{model}", "figure": "{sheet}"}),
    log:
        "<logs>/{model}/draw_quality/{sheet}.log",
    benchmark:
        "<benchmarks>/{model}/draw_quality/{sheet}.tsv"
    wildcard_constraints:
        sheet="|".join(sheet for sheet in quality.SHEETS if sheet != "mistakes"),
    params:
        **drawing("quality.drawing:sheet"),
        seed=study.settings["seed"],


# The only one with maps, so that another colour map makes only this one be drawn again.
use rule draw_figure as draw_mistakes with:
    input:
        arrays=of_images("quality", rules_of.explained("quality")),
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure("<study>/{model}/sheets/quality/{sheet}.png", "quality", {"model": "{model}", "figure": "{sheet}"}),
    log:
        "<logs>/{model}/draw_quality/{sheet}.log",
    benchmark:
        "<benchmarks>/{model}/draw_quality/{sheet}.tsv"
    wildcard_constraints:
        sheet="mistakes",
    params:
        **drawing("quality.drawing:sheet", "saliency", "signed"),
        images=rules_of.pictured(rules_of.explained("quality")),
        methods=lambda wildcards: study.models[wildcards.model]["quality"]["methods"],
        per_sheet=study.settings["figures"]["per_sheet"],


rule quality:
    input:
        targets.everything("quality"),
