rule compute_filters:
    input:
        checked=gate("filters"),
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        photographs=photographs("filters"),
        colours=learned_colours("filters"),
    output:
        "<study>/{model}/filters/{layer}/{bucket}.npz",
    log:
        "<logs>/{model}/filters/{layer}/{bucket}.log",
    benchmark:
        "<benchmarks>/{model}/filters/{layer}/{bucket}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes("filters"),
        runtime=minutes("filters"),
        gpu=GPUS,
    params:
        model=explained_model,
        images=items("filters"),
        settings=method_settings("filters", "filters", "iterations", "ascent"),
        seed=study.settings["seed"],
        setup=setup,
        batch=batch("filters"),
        source=source("compute_filters.py", "limelight/capabilities/filters/compute.py"),
    script:
        "../scripts/compute_filters.py"


rule compute_filters_from_noise:
    input:
        checked=gate_of_study,
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        colours=learned_colours("filters"),
    output:
        "<study>/{model}/filters/{layer}/noise.npz",
    log:
        "<logs>/{model}/filters/{layer}/noise.log",
    benchmark:
        "<benchmarks>/{model}/filters/{layer}/noise.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes("filters"),
        runtime=minutes("filters"),
        gpu=GPUS,
    params:
        model=explained_model,
        settings=method_settings("filters", "filters", "noise_iterations", "ascent"),
        seed=study.settings["seed"],
        setup=setup,
        batch=batch("filters"),
        source=source("compute_filters_from_noise.py", "limelight/capabilities/filters/compute.py"),
    script:
        "../scripts/compute_filters_from_noise.py"


rule compute_facets:
    input:
        checked=gate_of_study,
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        colours=learned_colours("filters"),
    output:
        "<study>/{model}/filters/{layer}/facets.npz",
    log:
        "<logs>/{model}/filters/{layer}/facets.log",
    benchmark:
        "<benchmarks>/{model}/filters/{layer}/facets.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes("facets"),
        runtime=minutes("facets"),
        gpu=GPUS,
    params:
        model=explained_model,
        settings=method_settings("filters", "filters", "noise_iterations", "ascent"),
        facets=filters_section("facets", "count", "diversity"),
        seed=study.settings["seed"],
        setup=setup,
        batch=batch("filters"),
        source=source("compute_facets.py", "limelight/capabilities/filters/compute.py"),
    script:
        "../scripts/compute_facets.py"


rule compare_ascents:
    input:
        checked=gate_of_study,
        model="<study>/{model}/model.json",
        checkpoint=ancient(checkpoint),
        colours=learned_colours("filters"),
    output:
        "<study>/{model}/ascents/all.npz",
    log:
        "<logs>/{model}/ascents/all.log",
    benchmark:
        "<benchmarks>/{model}/ascents/all.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes("filters"),
        runtime=minutes("ascents"),
        gpu=GPUS,
    params:
        model=explained_model,
        settings=method_settings("filters", "layers", "filters", "compare", "noise_iterations", "ascent"),
        seed=study.settings["seed"],
        setup=setup,
        batch=batch("filters"),
        source=source("compare_ascents.py", "limelight/capabilities/filters/compute.py"),
    script:
        "../scripts/compare_ascents.py"


rule summarise_ascents:
    input:
        arrays="<study>/{model}/ascents/all.npz",
        maps=filter_maps,
        model="<study>/{model}/model.json",
    output:
        "<study>/{model}/ascents.csv",
    log:
        "<logs>/{model}/summarise_ascents.log",
    benchmark:
        "<benchmarks>/{model}/summarise_ascents.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        source=source("summarise_ascents.py"),
    script:
        "../scripts/summarise_ascents.py"


rule measure_colours:
    input:
        existing(spread(study.images)),
    output:
        "<study>/colours.yaml",
    log:
        "<logs>/measure_colours.log",
    benchmark:
        "<benchmarks>/measure_colours.tsv"
    conda:
        "../environment.yml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        photographs=[image.path for image in spread(study.images)],
        source=source("measure_colours.py"),
    script:
        "../scripts/measure_colours.py"
