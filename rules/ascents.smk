use rule compute_units as compare_ascents with:
    input:
        unpack(inputs("ascents")),
    output:
        "<study>/{model}/ascents/all.npz",
    log:
        "<logs>/{model}/ascents/all.log",
    benchmark:
        "<benchmarks>/{model}/ascents/all.tsv"
    resources:
        **resources("ascents"),
    params:
        **parameters("ascents"),


use rule summarise_arrays as summarise_ascents with:
    input:
        arrays="<study>/{model}/ascents/all.npz",
        maps=of_images("filters", rules_of.explained("filters")),
    output:
        ascents="<study>/{model}/ascents.csv",
    log:
        "<logs>/{model}/summarise_ascents.log",
    benchmark:
        "<benchmarks>/{model}/summarise_ascents.tsv"
    params:
        **summarising("ascents.summary:tables"),


use rule draw_figure as draw_ascents with:
    input:
        arrays="<study>/{model}/ascents/all.npz",
        table="<study>/{model}/ascents.csv",
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/ascents.png",
            "ascents",
            {"model": "{model}", "figure": "ways to ascend"},
        ),
    log:
        "<logs>/{model}/draw_ascents.log",
    benchmark:
        "<benchmarks>/{model}/draw_ascents.tsv"
    params:
        **drawing("ascents.drawing:sheet"),


rule ascents:
    input:
        targets.everything("ascents"),
