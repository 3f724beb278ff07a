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


include: "rules/kinds.smk"
include: "rules/model.smk"
include: "rules/colours.smk"
include: "rules/report.smk"
include: "rules/gallery.smk"
include: "rules/store.smk"


for name in catalogue.NAMES:

    include: f"rules/{name}.smk"


rule all:
    default_target: True
    input:
        targets.everything(),
        targets.every_format(targets.figures()),
        "<study>/report.html",
        "<study>/gallery/index.html",


# Everything that is computed, and nothing drawn.
rule compute:
    input:
        targets.arrays(),


rule report:
    input:
        "<study>/report.html",


rule gallery:
    input:
        "<study>/gallery/index.html",


# A lock that ends with the process, unlike Snakemake's own. Audits make nothing and run beside anything.
onstart:
    if any(job.output for job in workflow.dag.needrun_jobs()):
        one_sentence(holding.hold)(study.results)


onsuccess:
    if (page := study.results / "gallery/index.html").exists():
        logger.info(f"The gallery of the study {study.name}: open {page}")
