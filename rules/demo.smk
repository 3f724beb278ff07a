# The embedded data set and the networks trained on it.


rule draw_photographs:
    output:
        photographs=directory("<study>/data/{split}"),
        masks=directory("<study>/data/masks/{split}"),
    log:
        "<logs>/draw_photographs/{split}.log",
    benchmark:
        "<benchmarks>/draw_photographs/{split}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        split="{split}",
        names=lambda wildcards: image_set.demo_files(study.settings["demo"], study.settings["classes"], wildcards.split),
        settings={"size": study.settings["demo"]["size"]},
        seed=study.settings["seed"],
        source=rules_of.source("draw_photographs.py"),
    script:
        "../scripts/draw_photographs.py"


rule train_network:
    input:
        training="<study>/data/training",
        validation="<study>/data/validation",
        factory=rules_of.factory_file,
    output:
        checkpoint="<study>/data/{model}.pth",
        history="<study>/data/{model}_training.csv",
    log:
        "<logs>/train_network/{model}.log",
    benchmark:
        "<benchmarks>/train_network/{model}.tsv"
    conda:
        "../environment.yml"
    threads: 2
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        model=rules_of.model_settings,
        epochs={"epochs": study.settings["demo"]["epochs"]},
        seed=study.settings["seed"],
        source=rules_of.source("train_network.py"),
    script:
        "../scripts/train_network.py"
