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
        names=drawn_names,
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
