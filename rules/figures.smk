rule draw_confusion:
    input:
        counts="<study>/{model}/confusion_matrix.csv",
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/confusion_matrix.png",
            caption="../report/confusion_matrix.rst",
            category="1 Predictions",
            labels={"model": "{model}", "figure": "confusion matrix"},
        ),
    log:
        "<logs>/{model}/draw_confusion.log",
    benchmark:
        "<benchmarks>/{model}/draw_confusion.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        style=style("confusion"),
        source=source("draw_confusion.py"),
    script:
        "../scripts/draw_confusion.py"


rule draw_saliency_sheet:
    input:
        arrays=bucket_files("saliency", on_sheet("saliency")),
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure(
            "<study>/{model}/sheets/saliency.png",
            caption="../report/saliency.rst",
            category="2 Saliency",
            labels={"model": "{model}", "figure": "all classes"},
        ),
    log:
        "<logs>/{model}/draw_saliency/sheet.log",
    benchmark:
        "<benchmarks>/{model}/draw_saliency/sheet.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        images=pictured(on_sheet("saliency")),
        style=style("saliency", "signed"),
        source=source("draw_saliency.py"),
    script:
        "../scripts/draw_saliency.py"


rule draw_saliency_image:
    input:
        arrays=bucket_files("saliency", this_image),
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure(
            "<study>/{model}/figures/saliency/{image}.png",
            caption="../report/saliency.rst",
            category="2 Saliency",
            labels={"model": "{model}", "figure": "{image}"},
        ),
    log:
        "<logs>/{model}/draw_saliency/{image}.log",
    benchmark:
        "<benchmarks>/{model}/draw_saliency/{image}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        images=pictured(this_image),
        style=style("saliency", "signed"),
        source=source("draw_saliency.py"),
    script:
        "../scripts/draw_saliency.py"


rule draw_filters_sheet:
    input:
        arrays=bucket_files("filters", on_sheet("filters")),
        noise="<study>/{model}/filters/{layer}/noise.npz",
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure(
            "<study>/{model}/sheets/filters/{layer}.png",
            caption="../report/filters.rst",
            category="3 Filters",
            labels={"model": "{model}", "layer": "{layer}", "figure": "all classes"},
        ),
    log:
        "<logs>/{model}/draw_filters/{layer}/sheet.log",
    benchmark:
        "<benchmarks>/{model}/draw_filters/{layer}/sheet.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        images=pictured(on_sheet("filters")),
        style=style("activation"),
        source=source("draw_filters.py"),
    script:
        "../scripts/draw_filters.py"


rule draw_filters_image:
    input:
        arrays=bucket_files("filters", this_image),
        noise="<study>/{model}/filters/{layer}/noise.npz",
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure(
            "<study>/{model}/figures/filters/{layer}/{image}.png",
            caption="../report/filters.rst",
            category="3 Filters",
            labels={"model": "{model}", "layer": "{layer}", "figure": "{image}"},
        ),
    log:
        "<logs>/{model}/draw_filters/{layer}/image/{image}.log",
    benchmark:
        "<benchmarks>/{model}/draw_filters/{layer}/image/{image}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        images=pictured(this_image),
        style=style("activation"),
        source=source("draw_filters.py"),
    script:
        "../scripts/draw_filters.py"


rule draw_lime_sheet:
    input:
        arrays=bucket_files("lime", on_sheet("lime")),
        classes="<study>/{model}/classes.csv",
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure(
            "<study>/{model}/sheets/lime.png",
            caption="../report/lime.rst",
            category="4 LIME",
            labels={"model": "{model}", "figure": "all classes"},
        ),
    log:
        "<logs>/{model}/draw_lime/sheet.log",
    benchmark:
        "<benchmarks>/{model}/draw_lime/sheet.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        images=pictured(on_sheet("lime")),
        style=style(),
        painted={key: study.settings["figures"][key] for key in ["lime_features", "lime_min_weight"]},
        source=source("draw_lime.py"),
    script:
        "../scripts/draw_lime.py"


rule draw_lime_image:
    input:
        arrays=bucket_files("lime", this_image),
        classes="<study>/{model}/classes.csv",
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure(
            "<study>/{model}/figures/lime/{image}.png",
            caption="../report/lime.rst",
            category="4 LIME",
            labels={"model": "{model}", "figure": "{image}"},
        ),
    log:
        "<logs>/{model}/draw_lime/{image}.log",
    benchmark:
        "<benchmarks>/{model}/draw_lime/{image}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        images=pictured(this_image),
        style=style(),
        painted={key: study.settings["figures"][key] for key in ["lime_features", "lime_min_weight"]},
        source=source("draw_lime.py"),
    script:
        "../scripts/draw_lime.py"


rule draw_dream_sheet:
    input:
        arrays=dream_files,
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure(
            "<study>/{model}/sheets/dream/{sweep}.png",
            caption="../report/dream.rst",
            category="5 Deep dream",
            labels={"model": "{model}", "figure": "over {sweep}"},
        ),
    log:
        "<logs>/{model}/draw_dream/over_{sweep}.log",
    benchmark:
        "<benchmarks>/{model}/draw_dream/over_{sweep}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        images=pictured(dream_images),
        style=style(),
        dream=method_settings("dream", "layer", "filter"),
        source=source("draw_dream.py"),
    script:
        "../scripts/draw_dream.py"


rule draw_dream_image:
    input:
        arrays=bucket_files("dream", this_image),
        model="<study>/{model}/model.json",
        predictions="<study>/{model}/predictions.csv",
    output:
        figure(
            "<study>/{model}/figures/dream/{image}.png",
            caption="../report/dream.rst",
            category="5 Deep dream",
            labels={"model": "{model}", "figure": "{image}"},
        ),
    log:
        "<logs>/{model}/draw_dream/{image}.log",
    benchmark:
        "<benchmarks>/{model}/draw_dream/{image}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        images=pictured(this_image),
        style=style(),
        dream=method_settings("dream", "layer", "filter"),
        source=source("draw_dream.py"),
    script:
        "../scripts/draw_dream.py"


rule draw_ascents:
    input:
        arrays="<study>/{model}/ascents/all.npz",
        table="<study>/{model}/ascents.csv",
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/ascents.png",
            caption="../report/ascents.rst",
            category="3 Filters",
            labels={"model": "{model}", "figure": "ways to ascend"},
        ),
    log:
        "<logs>/{model}/draw_ascents.log",
    benchmark:
        "<benchmarks>/{model}/draw_ascents.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=style(),
        source=source("draw_ascents.py"),
    script:
        "../scripts/draw_ascents.py"


rule draw_facets:
    input:
        facets="<study>/{model}/filters/{layer}/facets.npz",
        noise="<study>/{model}/filters/{layer}/noise.npz",
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/facets/{layer}.png",
            caption="../report/facets.rst",
            category="3 Filters",
            labels={"model": "{model}", "layer": "{layer}", "figure": "facets"},
        ),
    log:
        "<logs>/{model}/draw_facets/{layer}.log",
    benchmark:
        "<benchmarks>/{model}/draw_facets/{layer}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=style(),
        source=source("draw_facets.py"),
    script:
        "../scripts/draw_facets.py"


rule draw_class_images:
    input:
        arrays="<study>/{model}/dream/class_images.npz",
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/dream/class_images.png",
            caption="../report/class_images.rst",
            category="5 Deep dream",
            labels={"model": "{model}", "figure": "class images"},
        ),
    log:
        "<logs>/{model}/draw_class_images.log",
    benchmark:
        "<benchmarks>/{model}/draw_class_images.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=style(),
        source=source("draw_class_images.py"),
    script:
        "../scripts/draw_class_images.py"
