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
include: "rules/atlas.smk"
include: "rules/lime.smk"
include: "rules/dream.smk"
include: "rules/quality.smk"
include: "rules/training.smk"
include: "rules/figures.smk"
include: "rules/report.smk"
include: "rules/gallery.smk"
include: "rules/store.smk"


rule all:
    default_target: True
    input:
        arrays(),
        layer_tables(),
        quality_tables(),
        ascent_tables(),
        every_format(sheets()),
        training_files(),
        every_format(shown_figures()),
        "<study>/report.html",
        "<study>/gallery/index.html",


# Everything that is computed, and nothing drawn.
rule compute:
    input:
        arrays(),


rule predictions:
    input:
        expand("<study>/{model}/{table}.csv", model=study.models, table=TABLES),
        every_format(sheets("confusion_matrix")),


rule saliency:
    input:
        bucket_arrays("saliency"),
        every_format(sheets("saliency")),


rule filters:
    input:
        filter_arrays(),
        atlas_arrays(),
        layer_tables(),
        ascent_tables(),
        every_format(sheets("filters", "facets", "ascents", *plan.LAYER_SHEETS, "tuning")),


rule training:
    input:
        training_files(),


rule lime:
    input:
        bucket_arrays("lime"),
        every_format(sheets("lime")),


rule dream:
    input:
        dream_arrays(),
        every_format(sheets("dream")),


rule quality:
    input:
        quality_arrays(),
        quality_tables(),
        every_format(sheets("quality")),


rule colours:
    input:
        "<study>/colours.yaml",


rule report:
    input:
        "<study>/report.html",


rule gallery:
    input:
        "<study>/gallery/index.html",


onsuccess:
    if (page := study.results / "gallery/index.html").exists():
        logger.info(f"The gallery of the study {study.name}: open {page}")
