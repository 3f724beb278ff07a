# The same filters, saliency maps and dreams over the checkpoints of one training run. Nothing is computed here.
from limelight.capabilities.training import declaration as training_run


wildcard_constraints:
    kind="|".join(training_run.KINDS),


use rule draw_figure as draw_training_filters with:
    input:
        arrays=expand("<study>/{model}/filters/{{layer}}/noise.npz", model=training_run.checkpoints(study)),
    output:
        figure("<study>/training/filters/{layer}.png", "training", {"figure": "filters", "layer": "{layer}"}),
        figure(
            "<study>/training/filters/{layer}.webp",
            "training",
            {"figure": "filters, animation", "layer": "{layer}"},
        ),
    log:
        "<logs>/draw_training/filters/{layer}.log",
    benchmark:
        "<benchmarks>/draw_training/filters/{layer}.tsv"
    params:
        **drawing("training.drawing:filters"),
        models=training_run.checkpoints(study),
        images=[],


use rule draw_figure as draw_training_images with:
    input:
        arrays=lambda wildcards: training_run.arrays_of_images(study, wildcards.kind),
        models=expand("<study>/{model}/model.json", model=training_run.checkpoints(study)),
        predictions=expand("<study>/{model}/predictions.csv", model=training_run.checkpoints(study)),
    output:
        figure("<study>/training/{kind}.png", "training", {"figure": "{kind}"}),
        figure("<study>/training/{kind}.webp", "training", {"figure": "{kind}, animation"}),
    log:
        "<logs>/draw_training/{kind}.log",
    benchmark:
        "<benchmarks>/draw_training/{kind}.tsv"
    params:
        **drawing("training.drawing:photographs", "saliency", "signed"),
        models=training_run.checkpoints(study),
        images=rules_of.pictured(lambda wildcards: training_run.images(study, wildcards.kind)),


rule training:
    input:
        targets.everything("training"),
