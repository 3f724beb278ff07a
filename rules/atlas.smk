# Whole layers: every filter from noise on a page, the photographs that excite it most, and its tuning.


rule compute_atlas:
    input:
        checked=gate_of_study,
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        noise=from_noise,
        colours=learned_colours("filters"),
    output:
        "<study>/{model}/atlas/{layer}/{part}.npz",
    log:
        "<logs>/{model}/atlas/{layer}/{part}.log",
    benchmark:
        "<benchmarks>/{model}/atlas/{layer}/{part}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes("filters"),
        runtime=atlas_minutes,
        gpu=GPUS,
    params:
        model=explained_model,
        settings=method_settings("filters", "noise_iterations", "ascent"),
        most=filters_section("atlas", "most"),
        share=atlas_share,
        seed=study.settings["seed"],
        setup=setup,
        batch=batch("filters"),
        source=source(
            "compute_atlas.py",
            "limelight/capabilities/filters/compute.py",
            "limelight/capabilities/layers/receptive.py",
        ),
    script:
        "../scripts/compute_atlas.py"


rule compute_peaks:
    input:
        checked=gate("predict"),
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        photographs=photographs("predict"),
    output:
        "<study>/{model}/peaks/{bucket}.npz",
    log:
        "<logs>/{model}/peaks/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/peaks/{bucket}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes("predict"),
        runtime=minutes("predict"),
        gpu=GPUS,
    params:
        model=explained_model,
        images=items("predict"),
        layers=atlas_layers,
        setup=setup,
        source=source("compute_peaks.py", "limelight/capabilities/layers/peaks.py"),
    script:
        "../scripts/compute_peaks.py"


rule rank_photographs:
    input:
        peaks=peak_files,
        fields=first_parts,
        model="<study>/{model}/model.json",
    output:
        top="<study>/{model}/top.csv",
        atlas="<study>/{model}/atlas.csv",
    log:
        "<logs>/{model}/rank_photographs.log",
    benchmark:
        "<benchmarks>/{model}/rank_photographs.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        order=[image.id for image in study.images],
        layers=atlas_layers,
        settings=filters_section("atlas", "most", "photographs"),
        source=source("rank_photographs.py"),
    script:
        "../scripts/rank_photographs.py"


rule measure_tuning:
    input:
        arrays=atlas_files,
        model="<study>/{model}/model.json",
    output:
        "<study>/{model}/tuning.csv",
    log:
        "<logs>/{model}/measure_tuning.log",
    benchmark:
        "<benchmarks>/{model}/measure_tuning.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        layers=atlas_layers,
        parts=lambda wildcards: study.atlas_parts(wildcards.model),
        source=source("measure_tuning.py"),
    script:
        "../scripts/measure_tuning.py"


rule draw_atlas:
    input:
        arrays=atlas_files,
        atlas="<study>/{model}/atlas.csv",
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/atlas/{layer}.png",
            caption="../report/atlas.rst",
            category="3 Filters",
            labels={"model": "{model}", "layer": "{layer}", "figure": "atlas"},
        ),
    log:
        "<logs>/{model}/draw_atlas/{layer}.log",
    benchmark:
        "<benchmarks>/{model}/draw_atlas/{layer}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=style(),
        source=source("draw_atlas.py"),
    script:
        "../scripts/draw_atlas.py"


rule draw_top:
    input:
        arrays=atlas_files,
        top="<study>/{model}/top.csv",
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/top/{layer}.png",
            caption="../report/top.rst",
            category="3 Filters",
            labels={"model": "{model}", "layer": "{layer}", "figure": "top photographs"},
        ),
    log:
        "<logs>/{model}/draw_top/{layer}.log",
    benchmark:
        "<benchmarks>/{model}/draw_top/{layer}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        paths=paths_of_images,
        style=style(),
        source=source("draw_top.py"),
    script:
        "../scripts/draw_top.py"


rule draw_tuning:
    input:
        tuning="<study>/{model}/tuning.csv",
        arrays=atlas_files,
        model="<study>/{model}/model.json",
    output:
        figure(
            "<study>/{model}/sheets/tuning.png",
            caption="../report/tuning.rst",
            category="3 Filters",
            labels={"model": "{model}", "figure": "tuning"},
        ),
    log:
        "<logs>/{model}/draw_tuning.log",
    benchmark:
        "<benchmarks>/{model}/draw_tuning.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        style=style(),
        source=source("draw_tuning.py"),
    script:
        "../scripts/draw_tuning.py"
