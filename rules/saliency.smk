use rule compute_units as compute_saliency with:
    input:
        unpack(inputs("saliency")),
    output:
        "<study>/{model}/saliency/{bucket}.npz",
    log:
        "<logs>/{model}/saliency/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/saliency/{bucket}.tsv"
    resources:
        **resources("saliency"),
    params:
        **parameters("saliency"),


use rule draw_figure as draw_saliency_sheet with:
    input:
        arrays=of_images("saliency", rules_of.on_sheet("saliency")),
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure("<study>/{model}/sheets/saliency.png", "saliency", {"model": "{model}", "figure": "all classes"}),
    log:
        "<logs>/{model}/draw_saliency/sheet.log",
    benchmark:
        "<benchmarks>/{model}/draw_saliency/sheet.tsv"
    params:
        **drawing("saliency.drawing:sheet", "saliency", "signed"),
        images=rules_of.pictured(rules_of.on_sheet("saliency")),


use rule draw_figure as draw_saliency_image with:
    input:
        arrays=of_images("saliency", rules_of.this_image),
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure("<study>/{model}/figures/saliency/{image}.png", "saliency", {"model": "{model}", "figure": "{image}"}),
    log:
        "<logs>/{model}/draw_saliency/{image}.log",
    benchmark:
        "<benchmarks>/{model}/draw_saliency/{image}.tsv"
    params:
        **drawing("saliency.drawing:image", "saliency", "signed"),
        images=rules_of.pictured(rules_of.this_image),


rule saliency:
    input:
        targets.everything("saliency"),
