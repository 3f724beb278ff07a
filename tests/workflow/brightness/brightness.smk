use rule compute_units as compute_brightness with:
    input:
        unpack(inputs("brightness")),
    output:
        "<study>/{model}/brightness/{bucket}.npz",
    log:
        "<logs>/{model}/brightness/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/brightness/{bucket}.tsv"
    resources:
        **resources("brightness"),
    params:
        **parameters("brightness"),


use rule summarise_arrays as summarise_brightness with:
    input:
        arrays=of_images("brightness", rules_of.explained("brightness")),
    output:
        brightness="<study>/{model}/brightness.csv",
    log:
        "<logs>/{model}/summarise_brightness.log",
    benchmark:
        "<benchmarks>/{model}/summarise_brightness.tsv"
    params:
        **summarising("brightness.summary:tables"),


use rule draw_figure as draw_brightness_sheet with:
    input:
        arrays=of_images("brightness", rules_of.on_sheet("brightness")),
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure("<study>/{model}/sheets/brightness.png", "brightness", {"model": "{model}", "figure": "all classes"}),
    log:
        "<logs>/{model}/draw_brightness/sheet.log",
    benchmark:
        "<benchmarks>/{model}/draw_brightness/sheet.tsv"
    params:
        **drawing("brightness.drawing:sheet"),
        images=rules_of.pictured(rules_of.on_sheet("brightness")),


use rule draw_figure as draw_brightness_image with:
    input:
        arrays=of_images("brightness", rules_of.this_image),
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure(
            "<study>/{model}/figures/brightness/{image}.png",
            "brightness",
            {"model": "{model}", "figure": "{image}"},
        ),
    log:
        "<logs>/{model}/draw_brightness/{image}.log",
    benchmark:
        "<benchmarks>/{model}/draw_brightness/{image}.tsv"
    params:
        **drawing("brightness.drawing:image"),
        images=rules_of.pictured(rules_of.this_image),


rule brightness:
    input:
        targets.everything("brightness"),
