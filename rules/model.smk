rule check_images:
    input:
        photographs=rules_of.files_to_check(),
        table=listed(rules_of.table()),
    output:
        images=kept("<study>/images.csv"),
        skipped=kept("<study>/skipped.csv"),
        checked=kept("<study>/checked.csv"),
    log:
        "<logs>/check_images.log",
    benchmark:
        "<benchmarks>/check_images.tsv"
    conda:
        "../environment.yml"
    threads: 2
    resources:
        mem_mb=costs.DECODING_MB + 500,
        runtime=30,
    params:
        images=rules_of.to_check(),
        unreadable=study.settings["images"]["unreadable"],
        values=study.settings["images"].get("range"),
        unlisted=rules_of.unlisted_to_check(),
        source=rules_of.source("check_images.py"),
    script:
        "../scripts/check_images.py"


rule inspect_model:
    input:
        checkpoint=rules_of.checkpoint,
        factory=rules_of.factory_file,
    output:
        model="<study>/{model}/model.json",
        layers="<study>/{model}/layers.csv",
    log:
        "<logs>/{model}/inspect_model.log",
    benchmark:
        "<benchmarks>/{model}/inspect_model.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        model=rules_of.model_settings,
        named=rules_of.named_layers,
        unlisted=rules_of.unlisted_of_model,
        asked_for_map=rules_of.asked_for_map,
        ascents=rules_of.ascents,
        source=rules_of.source("inspect_model.py"),
    script:
        "../scripts/inspect_model.py"
