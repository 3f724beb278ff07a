rule write_report:
    input:
        arrays=arrays(),
        sheets=sheets(),
        training=training_files(),
        models=expand("<study>/{model}/model.json", model=study.models),
        classes=expand("<study>/{model}/classes.csv", model=study.models),
        images="<study>/images.csv",
        skipped="<study>/skipped.csv",
    output:
        page="<study>/report.html",
        jobs="<study>/jobs.csv",
    log:
        "<logs>/write_report.log",
    benchmark:
        "<benchmarks>/write_report.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        study=study.name,
        models=list(study.models),
        source=source("write_report.py", "limelight/figures/report.html.jinja"),
    script:
        "../scripts/write_report.py"
