# The embedded data set and the networks trained on it; without a `demo` section in the study nobody asks for them.


rule draw_evaluation_photographs:
    output:
        photographs=demo_photographs("<study>/data/evaluation"),
        masks=directory("<study>/data/masks/evaluation"),
    log:
        "<logs>/draw_photographs/evaluation.log",
    benchmark:
        "<benchmarks>/draw_photographs/evaluation.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        split="evaluation",
        settings=demo_settings("evaluation", "size"),
        seed=study.settings["seed"],
        source=source("draw_photographs.py"),
    script:
        "../scripts/draw_photographs.py"


# Nothing but the training reads these, all at once, so each folder is one output.
rule draw_training_photographs:
    output:
        photographs=directory("<study>/data/{split}"),
        masks=directory("<study>/data/masks/{split}"),
    log:
        "<logs>/draw_photographs/{split}.log",
    benchmark:
        "<benchmarks>/draw_photographs/{split}.tsv"
    wildcard_constraints:
        split="training|validation",
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        split="{split}",
        names=lambda wildcards: demo_names(wildcards.split),
        settings=demo_settings("size"),
        seed=study.settings["seed"],
        source=source("draw_photographs.py"),
    script:
        "../scripts/draw_photographs.py"


rule train_network:
    input:
        training="<study>/data/training",
        validation="<study>/data/validation",
        factory=factory_file,
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
        model=model_settings,
        epochs=demo_settings("epochs"),
        seed=study.settings["seed"],
        source=source("train_network.py"),
    script:
        "../scripts/train_network.py"
