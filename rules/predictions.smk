use rule compute_units as predict with:
    input:
        unpack(inputs("predictions")),
    output:
        "<study>/{model}/predictions/{bucket}.npz",
    log:
        "<logs>/{model}/predict/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/predict/{bucket}.tsv"
    resources:
        **resources("predictions"),
    params:
        **parameters("predictions"),


use rule summarise_arrays as summarise_predictions with:
    input:
        arrays=lambda wildcards: targets.arrays_of("predictions", wildcards.model),
        model="<study>/{model}/model.json",
    output:
        predictions="<study>/{model}/predictions.csv",
        confusion_matrix="<study>/{model}/confusion_matrix.csv",
        classes="<study>/{model}/classes.csv",
    log:
        "<logs>/{model}/summarise_predictions.log",
    benchmark:
        "<benchmarks>/{model}/summarise_predictions.tsv"
    params:
        **summarising("predictions.summary:tables"),
        images=[(image.id, image.label) for image in study.images],


use rule draw_figure as draw_confusion with:
    input:
        counts="<study>/{model}/confusion_matrix.csv",
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/confusion_matrix.png",
            "predictions",
            {"model": "{model}", "figure": "confusion matrix"},
        ),
    log:
        "<logs>/{model}/draw_confusion.log",
    benchmark:
        "<benchmarks>/{model}/draw_confusion.tsv"
    params:
        **drawing("predictions.drawing:sheet", "confusion"),


rule predictions:
    input:
        targets.everything("predictions"),
