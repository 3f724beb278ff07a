rule write_report:
    input:
        arrays=targets.arrays(),
        sheets=targets.sheets(),
        study_files=targets.study_files(),
        models=expand("<study>/{model}/model.json", model=study.models),
        classes=expand("<study>/{model}/classes.csv", model=study.models),
        images="<study>/images.csv",
        skipped="<study>/skipped.csv",
    output:
        page=report(
            "<study>/report.html",
            caption="../report/study.rst",
            category="0 Study",
            labels={"model": "all", "figure": "everything on one page"},
        ),
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
        sheets=targets.headings(),
        sections=targets.study_sections(),
        source=rules_of.source("write_report.py", "limelight/figures/report.html.jinja"),
    script:
        "../scripts/write_report.py"
