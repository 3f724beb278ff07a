use rule compute_units as compute_class_images with:
    input:
        unpack(inputs("class_images")),
    output:
        "<study>/{model}/dream/class_images.npz",
    log:
        "<logs>/{model}/dream/class_images.log",
    benchmark:
        "<benchmarks>/{model}/dream/class_images.tsv"
    resources:
        **resources("class_images"),
    params:
        **parameters("class_images"),


use rule draw_figure as draw_class_images with:
    input:
        arrays="<study>/{model}/dream/class_images.npz",
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/dream/class_images.png",
            "class_images",
            {"model": "{model}", "figure": "class images"},
        ),
    log:
        "<logs>/{model}/draw_class_images.log",
    benchmark:
        "<benchmarks>/{model}/draw_class_images.tsv"
    params:
        **drawing("class_images.drawing:sheet"),


rule class_images:
    input:
        targets.everything("class_images"),
