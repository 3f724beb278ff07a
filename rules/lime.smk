use rule compute_units as compute_lime with:
    input:
        unpack(inputs("lime")),
    output:
        "<study>/{model}/lime/{bucket}.npz",
    log:
        "<logs>/{model}/lime/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/lime/{bucket}.tsv"
    threads: 2
    resources:
        **resources("lime"),
    params:
        **parameters("lime"),


use rule draw_figure as draw_lime_sheet with:
    input:
        arrays=of_images("lime", rules_of.on_sheet("lime")),
        classes="<study>/{model}/classes.csv",
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure("<study>/{model}/sheets/lime.png", "lime", {"model": "{model}", "figure": "all classes"}),
    log:
        "<logs>/{model}/draw_lime/sheet.log",
    benchmark:
        "<benchmarks>/{model}/draw_lime/sheet.tsv"
    params:
        **drawing("lime.drawing:sheet"),
        images=rules_of.pictured(rules_of.on_sheet("lime")),
        painted={key: study.settings["figures"][key] for key in ["lime_features", "lime_min_weight"]},


use rule draw_figure as draw_lime_image with:
    input:
        arrays=of_images("lime", rules_of.this_image),
        classes="<study>/{model}/classes.csv",
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure("<study>/{model}/figures/lime/{image}.png", "lime", {"model": "{model}", "figure": "{image}"}),
    log:
        "<logs>/{model}/draw_lime/{image}.log",
    benchmark:
        "<benchmarks>/{model}/draw_lime/{image}.tsv"
    params:
        **drawing("lime.drawing:image"),
        images=rules_of.pictured(rules_of.this_image),
        painted={key: study.settings["figures"][key] for key in ["lime_features", "lime_min_weight"]},


rule lime:
    input:
        targets.everything("lime"),
