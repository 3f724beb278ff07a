from snakemake.utils import min_version

min_version("9.14.3")

# A study is one config file: the embedded one is read only where no other is given, never beneath another.
if not {"study", "models", "images"} & set(config):

    configfile: "config/config.yaml"


report: "report/workflow.rst"


# GPUs are counted for each machine, not for a cluster; rules/common.smk says how many this one has.
resource_scopes:
    gpu="local",


include: "rules/common.smk"


pathvars:
    study=f"<results>/{study.name}",
    logs="<study>/logs",
    benchmarks="<study>/benchmarks",


if "demo" in study.settings:

    include: "rules/demo.smk"


include: "rules/model.smk"
include: "rules/saliency.smk"
include: "rules/filters.smk"
include: "rules/lime.smk"
include: "rules/dream.smk"
include: "rules/quality.smk"
include: "rules/figures.smk"
include: "rules/report.smk"
include: "rules/store.smk"


rule all:
    default_target: True
    input:
        arrays(),
        quality_tables(),
        ascent_tables(),
        sheets(),
        shown_figures(),
        "<study>/report.html",


# Everything that is computed, and nothing drawn.
rule compute:
    input:
        arrays(),


rule predictions:
    input:
        expand("<study>/{model}/{table}.csv", model=study.models, table=TABLES),
        sheets("confusion_matrix"),


rule saliency:
    input:
        bucket_arrays("saliency"),
        sheets("saliency"),


rule filters:
    input:
        filter_arrays(),
        ascent_tables(),
        sheets("filters"),
        sheets("ascents"),


rule lime:
    input:
        bucket_arrays("lime"),
        sheets("lime"),


rule dream:
    input:
        dream_arrays(),
        sheets("dream"),


rule quality:
    input:
        quality_arrays(),
        quality_tables(),
        sheets("quality"),


rule colours:
    input:
        "<study>/colours.yaml",


rule report:
    input:
        "<study>/report.html",
