use rule compute_units as compute_filters with:
    input:
        unpack(inputs("filters")),
    output:
        "<study>/{model}/filters/{layer}/{bucket}.npz",
    log:
        "<logs>/{model}/filters/{layer}/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/filters/{layer}/{bucket}.tsv"
    resources:
        **resources("filters"),
    params:
        **parameters("filters"),


use rule compute_units as compute_filters_from_noise with:
    input:
        unpack(inputs("filters", "filters from noise")),
    output:
        "<study>/{model}/filters/{layer}/noise.npz",
    log:
        "<logs>/{model}/filters/{layer}/noise.log",
    benchmark:
        "<benchmarks>/{model}/filters/{layer}/noise.tsv"
    resources:
        **resources("filters", "filters from noise"),
    params:
        **parameters("filters", "filters from noise"),


def filters_of_images(images):
    """The files of a layer that hold something of some images; the path of a figure may name any layer."""

    def lookup(wildcards):
        buckets = study.buckets_of("filters", wildcards.model, images(wildcards))
        return [f"<study>/{wildcards.model}/filters/{wildcards.layer}/{bucket}.npz" for bucket in buckets]

    return one_sentence(lookup)


use rule draw_figure as draw_filters_sheet with:
    input:
        arrays=filters_of_images(rules_of.on_sheet("filters")),
        noise="<study>/{model}/filters/{layer}/noise.npz",
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure(
            "<study>/{model}/sheets/filters/{layer}.png",
            "filters",
            {"model": "{model}", "layer": "{layer}", "figure": "all classes"},
        ),
    log:
        "<logs>/{model}/draw_filters/{layer}/sheet.log",
    benchmark:
        "<benchmarks>/{model}/draw_filters/{layer}/sheet.tsv"
    params:
        **drawing("filters.drawing:sheet", "activation"),
        images=rules_of.pictured(rules_of.on_sheet("filters")),


use rule draw_figure as draw_filters_image with:
    input:
        arrays=filters_of_images(rules_of.this_image),
        noise="<study>/{model}/filters/{layer}/noise.npz",
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure(
            "<study>/{model}/figures/filters/{layer}/{image}.png",
            "filters",
            {"model": "{model}", "layer": "{layer}", "figure": "{image}"},
        ),
    log:
        "<logs>/{model}/draw_filters/{layer}/image/{image}.log",
    benchmark:
        "<benchmarks>/{model}/draw_filters/{layer}/image/{image}.tsv"
    params:
        **drawing("filters.drawing:image", "activation"),
        images=rules_of.pictured(rules_of.this_image),


# All that looks at the filters of a layer: what stands under the same title in the report.
rule filters:
    input:
        targets.everything(*[room.name for room in catalogue.capabilities() if room.title == "Filters"]),
