use rule compute_units as compute_facets with:
    input:
        unpack(inputs("facets")),
    output:
        "<study>/{model}/filters/{layer}/facets.npz",
    log:
        "<logs>/{model}/filters/{layer}/facets.log",
    benchmark:
        "<benchmarks>/{model}/filters/{layer}/facets.tsv"
    resources:
        **resources("facets"),
    params:
        **parameters("facets"),


use rule draw_figure as draw_facets with:
    input:
        arrays="<study>/{model}/filters/{layer}/facets.npz",
        noise="<study>/{model}/filters/{layer}/noise.npz",
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/facets/{layer}.png",
            "facets",
            {"model": "{model}", "layer": "{layer}", "figure": "facets"},
        ),
    log:
        "<logs>/{model}/draw_facets/{layer}.log",
    benchmark:
        "<benchmarks>/{model}/draw_facets/{layer}.tsv"
    params:
        **drawing("facets.drawing:sheet"),


rule facets:
    input:
        targets.everything("facets"),
