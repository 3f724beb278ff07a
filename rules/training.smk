# The same filters, saliency maps and dreams over the checkpoints of one training run. Nothing is computed here.


rule draw_training_filters:
    input:
        arrays=expand("<study>/{model}/filters/{{layer}}/noise.npz", model=study.training()),
    output:
        sheet=figure(
            "<study>/training/filters/{layer}.png",
            caption="../report/training.rst",
            category="7 Through training",
            labels={"figure": "filters", "layer": "{layer}"},
        ),
        animation=report(
            "<study>/training/filters/{layer}.webp",
            caption="../report/training.rst",
            category="7 Through training",
            labels={"figure": "filters, animation", "layer": "{layer}"},
        ),
    log:
        "<logs>/draw_training/filters/{layer}.log",
    benchmark:
        "<benchmarks>/draw_training/filters/{layer}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        kind="filters",
        models=study.training(),
        images=[],
        style=style(),
        source=source("draw_training.py"),
    script:
        "../scripts/draw_training.py"


rule draw_training_images:
    input:
        arrays=training_arrays,
        models=expand("<study>/{model}/model.json", model=study.training()),
        predictions=expand("<study>/{model}/predictions.csv", model=study.training()),
    output:
        sheet=figure(
            "<study>/training/{kind}.png",
            caption="../report/training.rst",
            category="7 Through training",
            labels={"figure": "{kind}"},
        ),
        animation=report(
            "<study>/training/{kind}.webp",
            caption="../report/training.rst",
            category="7 Through training",
            labels={"figure": "{kind}, animation"},
        ),
    log:
        "<logs>/draw_training/{kind}.log",
    benchmark:
        "<benchmarks>/draw_training/{kind}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        kind="{kind}",
        models=study.training(),
        images=lambda wildcards: [described(study.image(name)) for name in study.training_images(wildcards.kind)],
        style=style("saliency", "signed"),
        source=source("draw_training.py"),
    script:
        "../scripts/draw_training.py"
