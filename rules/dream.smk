from limelight.capabilities.dream import declaration as dreams


wildcard_constraints:
    sweep="|".join(dreams.SWEEPS),


use rule compute_units as compute_dream with:
    input:
        unpack(inputs("dream")),
    output:
        "<study>/{model}/dream/{bucket}.npz",
    log:
        "<logs>/{model}/dream/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/dream/{bucket}.tsv"
    resources:
        **resources("dream"),
    params:
        **parameters("dream"),


use rule compute_units as compute_dream_sweep with:
    input:
        unpack(inputs("dream", "dream sweep")),
    output:
        "<study>/{model}/dream/over_{sweep}.npz",
    log:
        "<logs>/{model}/dream/over_{sweep}.log",
    benchmark:
        "<benchmarks>/{model}/dream/over_{sweep}.tsv"
    resources:
        **resources("dream", "dream sweep"),
    params:
        **parameters("dream", "dream sweep"),


use rule draw_figure as draw_dream_sheet with:
    input:
        arrays=lambda wildcards: dreams.files_of_sheet(study, wildcards),
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure("<study>/{model}/sheets/dream/{sweep}.png", "dream", {"model": "{model}", "figure": "over {sweep}"}),
    log:
        "<logs>/{model}/draw_dream/over_{sweep}.log",
    benchmark:
        "<benchmarks>/{model}/draw_dream/over_{sweep}.tsv"
    params:
        **drawing("dream.drawing:sheet"),
        images=rules_of.pictured(lambda wildcards: dreams.images_of_sheet(study, wildcards)),


use rule draw_figure as draw_dream_image with:
    input:
        arrays=of_images("dream", rules_of.this_image),
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure("<study>/{model}/figures/dream/{image}.png", "dream", {"model": "{model}", "figure": "{image}"}),
    log:
        "<logs>/{model}/draw_dream/{image}.log",
    benchmark:
        "<benchmarks>/{model}/draw_dream/{image}.tsv"
    params:
        **drawing("dream.drawing:image"),
        images=rules_of.pictured(rules_of.this_image),


rule dream:
    input:
        targets.everything("dream"),
