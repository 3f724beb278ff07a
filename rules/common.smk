# Lists and lookups that the rules share. The work is done in limelight.plan, which is plain Python and unit-tested.
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.sourcecache import HostingProviderFile


def home():
    """The folder that holds `scripts` and `config`, also where Snakemake has the workflow from a git server.

    There it fetches, into a folder of its own, the files that it is asked for: so it is asked for all of these.
    """
    here = workflow.current_basedir
    if not isinstance(here, HostingProviderFile):
        return Path(here.get_path_or_uri(secret_free=True)).parent
    listed = here.hosted_repo.repo.git.ls_tree("-r", "--name-only", here.ref, "scripts", "config")
    paths = [Path(workflow.source_path(os.path.join(os.pardir, file))) for file in listed.splitlines()]
    return next(path.parent.parent for path in paths if path.match("config/config.schema.yaml"))


HOME = home()
SCRIPTS = HOME / "scripts"
if str(SCRIPTS) not in sys.path:
    sys.path.insert(0, str(SCRIPTS))

from limelight import gpus, plan, settings
from limelight.attribution import registry
from limelight.digests import source_digest
from limelight.errors import LimelightError
from limelight.files import resolve

# Inherited by every job: threads of libgomp that wait by spinning take the cores away from the jobs beside them. Next
# to one other busy process training was twice as fast with a short spin; alone it is a tenth slower than with a long.
os.environ.setdefault("GOMP_SPINCOUNT", "5000")

# And memory that glibc gives back after each pass through a network is page faults in the next: kept, a pass of 16
# photographs is a third faster, for a seventh more memory.
for threshold in ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"]:
    os.environ.setdefault(threshold, "1073741824")


def one_sentence(function):
    """Show a user's mistake as Snakemake's own error, without a traceback."""

    def wrapped(*arguments, **named):
        try:
            return function(*arguments, **named)
        except LimelightError as error:
            raise WorkflowError(str(error)) from None

    return wrapped


@one_sentence
def read_study():
    schema = settings.load_yaml(HOME / "config/config.schema.yaml")
    presets = settings.load_yaml(HOME / "config/presets.yaml")
    return plan.Study(settings.complete(config, schema, presets))


study = read_study()

# Without a GPU in the study no job asks a cluster for one; `auto` takes one where there is one.
GPUS = 0 if study.settings["device"] == "cpu" else 1

# Snakemake heeds a resource only where it has a limit: without this one 16 cores would start 16 jobs on one GPU. Its
# scope is this machine (`resource_scopes` in the Snakefile), so that a cluster still gets all jobs at once, and a limit
# from the command line is there already. Where no GPU is used, jobs run on the CPU and need not wait for each other.
if gpu_jobs := one_sentence(gpus.gpu_jobs)(study.settings, os.environ):
    workflow.global_resources.setdefault("gpu", gpu_jobs)

TABLES = ["predictions", "confusion_matrix", "classes"]

# A template that begins with an underscore makes no page.
GALLERY_FILES = sorted(path for path in SCRIPTS.glob("limelight/gallery/[at]*/*") if path.is_file())
GALLERY_PAGES = [file.name.partition(".")[0] for file in GALLERY_FILES if file.match("templates/[!_]*")]

MODEL_KEYS = ["factory", "arguments", "checkpoint", "checkpoint_key", "classes", "preprocessing"]

LIME_KEYS = [
    *("segmentation", "samples", "max_samples", "agreement", "top", "repetitions"),
    *("outputs", "kernel_width", "fill", "classes", "seed"),
]

STORE = str(study.results.parent / "store")


wildcard_constraints:
    model="|".join(map(re.escape, study.models)),
    layer="[^/]+",
    bucket=r"b[01]*|one\.[^/]+",
    image="[^/]+",
    split="|".join(plan.SPLITS),
    sweep="|".join(plan.SWEEPS),
    sheet="|".join(plan.QUALITY_SHEETS),
    part=r"\d+",
    kind="saliency|dream",


# --- params: only what decides the rule's result, so that nothing else makes it run again -------------------------


def source(*files):
    """Digest of a script, of all package modules behind it, and of other files that it reads."""
    return source_digest(*(SCRIPTS / file for file in files))


def model_settings(wildcards):
    """How to load the model of a job."""
    model = study.models[wildcards.model]
    return {key: model[key] for key in MODEL_KEYS if key in model}


def explained_model(wildcards):
    """How to load the model of a job that explains, and how exactly it is to compute."""
    return {**model_settings(wildcards), "precision": study.settings["precision"]}


def setup(wildcards, input):
    """How a job runs, which decides no result: Snakemake does not compare params that are derived from the input."""
    return {
        "device": study.settings["device"],
        "jobs_per_gpu": study.settings["gpu"]["jobs_per_gpu"],
        "compile": study.settings["compile"],
        "store": STORE,
        "study": str(study.results),
        "allowed": study.settings["failures"]["allowed"],
    }


def batch(method, part=None):
    """How many photographs a job passes through the network at once; it decides no result either."""

    def lookup(wildcards, input):
        section = study.models[wildcards.model][method]
        section = section[part] if part else section
        return section.get("ascent", section)["batch"]

    return lookup


def minutes(method):
    """Running time to ask a cluster for: it grows with the bucket, with what the method does, and with each attempt."""

    def lookup(wildcards, attempt):
        bucket = wildcards.get("bucket")
        images = 1 if bucket is None else len(study.members(method, wildcards.model, bucket))
        return plan.minutes(method, study.models[wildcards.model], images, attempt)

    return lookup


def megabytes(method):
    """Memory to ask for: it grows with the photographs in one pass, and with each attempt."""
    return lambda wildcards, attempt: plan.megabytes(method, study.models[wildcards.model], attempt)


def method_settings(method, *keys):
    """Those settings of a method that decide a rule's result, for the model of a job."""

    def lookup(wildcards):
        section = study.models[wildcards.model][method]
        return {key: plan.without_batch(section[key]) for key in keys if key in section}

    return lookup


def saliency_settings(wildcards):
    """The attribution methods with their parameters, what they explain, and the layer where one looks at a layer."""
    section = study.models[wildcards.model]["saliency"]
    looks = any(map(registry.needs_layer, section["methods"]))
    layer = section.get("layer") if looks else None
    return {"methods": section["methods"], "classes": section["classes"], "layer": layer}


def saliency_seed(wildcards):
    """The study's seed, where an attribution method draws random numbers."""
    methods = study.models[wildcards.model]["saliency"]["methods"]
    return study.settings["seed"] if any(map(registry.needs_seed, methods)) else None


def saliency_source(wildcards):
    """Digest of the attribution methods of a model, one's own among them."""
    return source(
        "compute_saliency.py", "limelight/saliency.py", *attributions(study.models[wildcards.model]["saliency"])
    )


def attributions(section):
    """Files of the attribution methods of a section; they are imported by name, so that no digest but theirs sees them."""
    return [registry.source_file(name).absolute() for name in section["methods"] if name != "lime"]


def quality_settings(*keys):
    """What decides a result of the quality section: methods have the parameters that they have for saliency maps."""

    def lookup(wildcards):
        model = study.models[wildcards.model]
        section, saliency = model["quality"], model["saliency"]
        chosen = {
            "methods": {name: saliency["methods"].get(name, {}) for name in section["methods"]},
            "layer": saliency.get("layer") if any(map(registry.needs_layer, section["methods"])) else None,
            **{key: section[key] for key in keys},
        }
        if "lime" in section["methods"]:
            # One class at a time, so that `classes` decides nothing; each photograph has a seed from this section.
            decisive = [key for key in LIME_KEYS if key not in ("classes", "seed", "repetitions")]
            chosen["lime"] = {**{key: model["lime"][key] for key in decisive}, "samples": section["lime_samples"]}
        return chosen

    return lookup


def quality_source(script):
    """Digest of a script of the quality section, of its attribution methods and of the baselines."""
    return lambda wildcards: source(
        script,
        "limelight/quality/measure.py",
        "limelight/quality/of_lime.py",
        "limelight/attribution/baselines.py",
        *attributions(study.models[wildcards.model]["quality"]),
    )


def filters_section(part, *keys):
    """Some settings of a model's atlas, or of its facets."""
    return lambda wildcards: {key: study.models[wildcards.model]["filters"][part][key] for key in keys}


def atlas_share(wildcards):
    """Which part of a layer's filters a job takes, of how many."""
    return int(wildcards.part), len(study.atlas_parts(wildcards.model))


def atlas_layers(wildcards):
    return study.atlas_layers(wildcards.model)


def atlas_minutes(wildcards, attempt):
    filters = min(study.models[wildcards.model]["filters"]["atlas"]["most"], study.settings["buckets"]["filters"])
    return plan.minutes("atlas", study.models[wildcards.model], filters, attempt)


def labels(wildcards):
    """What the images are labelled with."""
    return sorted({image.label for image in study.images if image.label is not None})


def class_image_settings(wildcards):
    """Those of the class images that decide them, and the labels where these choose the classes."""
    section = study.models[wildcards.model]["dream"]["class_images"]
    chosen = labels(wildcards) if isinstance(section["classes"], int) else []
    return {**section, "ascent": plan.without_batch(section["ascent"]), "labels": chosen}


def dream_points(wildcards):
    """Layer and filter of each dream of a sweep."""
    dream = study.models[wildcards.model]["dream"]
    if wildcards.sweep == "layers":
        return [(layer, dream["filter"]) for layer in dream["layers"]]
    return [(dream["layer"], number) for number in dream["filters"]]


def style(*keys):
    """How a figure looks: its resolution, its fonts and some other keys of the `figures` section."""
    return {key: study.settings["figures"][key] for key in ("dpi", "fonts", *keys)}


# --- outputs ------------------------------------------------------------------------------------------------------


def every_format(paths):
    """Figures, named by their PNGs, in all formats of the study."""
    formats = sorted(study.settings["figures"]["formats"], key=lambda ending: ending != "png")
    return [f"{path.removesuffix('.png')}.{ending}" for path in paths for ending in formats]


def figure(path, **described):
    """The files of a figure: the PNG, which Snakemake's report shows, and the other formats of the study.

    The formats are no param: another one is a file that is missing, one fewer is none.
    """
    png, *others = every_format([path])
    return [report(png, **described), *others]


# --- inputs -------------------------------------------------------------------------------------------------------


def checkpoint(wildcards):
    return resolve(study.models[wildcards.model]["checkpoint"])


def factory_file(wildcards):
    """The Python file of a `path/to/file.py:callable` factory."""
    file = study.models[wildcards.model]["factory"].rpartition(":")[0]
    return [file] if file.endswith(".py") else []


def existing(images):
    """Files of images; a table may name ones that do not exist, which `check_images` reports all at once.

    Drawn photographs are one output, their folder.
    """
    return [path for path in folded(image.path for image in images) if study.is_drawn(path) or os.path.exists(path)]


def learned_colours(*keys):
    """The colours of the image set, where the ascent of a section takes those."""

    def lookup(wildcards):
        section = study.models[wildcards.model]
        for key in keys:
            section = section[key]
        return ["<study>/colours.yaml"] if section["ascent"]["colours"] == "learned" else []

    return lookup


def spread(images, most=500):
    """At most so many images, evenly over the set."""
    return images[:: max(1, -(-len(images) // most))]


def members(method):
    """The images of a job's bucket."""

    @one_sentence
    def lookup(wildcards):
        return study.members(method, wildcards.model, wildcards.bucket)

    return lookup


def photographs(method):
    """Files of the images of a job's bucket."""
    return lambda wildcards: existing(members(method)(wildcards))


def described(image):
    """Id, label and path of an image."""
    return image.id, image.label, image.path


def items(method):
    """The images of a job's bucket."""
    return lambda wildcards: [described(image) for image in members(method)(wildcards)]


def regions(images):
    """Files of given superpixels, by image, of the images of a job, if LIME is to take its superpixels from files."""

    def lookup(wildcards):
        if study.models[wildcards.model]["lime"]["segmentation"]["method"] != "mask":
            return {}
        return {image.id: image.mask for image in images(wildcards) if image.mask}

    return lookup


def region_files(images):
    """These files; drawn ones are one output, their folder."""
    return lambda wildcards: folded(regions(images)(wildcards).values())


def folded(paths):
    """Paths, but of drawn files their folder, which is one output."""
    return list(dict.fromkeys(os.path.dirname(path) if study.is_drawn(path) else path for path in paths))


def paths_of_images(wildcards, input):
    """Where each image of the set is; as for `setup`, none of it makes a job run again."""
    return {image.id: image.path for image in study.images}


def pictured(names):
    """The images of a figure."""
    return lambda wildcards: [described(study.image(name)) for name in names(wildcards)]


# Nothing heavy starts before its images have been looked at. A plain input would run every job again whenever one
# image is added, and `ancient` alone hides all other reasons to run a job from Snakemake whenever `check_images` runs
# (it looks for them only in jobs that are not downstream of one that has to run). So only jobs whose images are new
# wait for the check; the others name the same file, for their set of inputs must not change, but as it is on disk.


def checked(waits):
    table = "<study>/images.csv"
    return table if waits else ancient(before_update(table))


def gate(method):
    """What the job of a bucket waits for."""
    return lambda wildcards: checked(any(image.id in study.unchecked for image in members(method)(wildcards)))


def gate_of_dreamt(wildcards):
    return checked(study.dreamt(wildcards.model) in study.unchecked)


def gate_of_study(wildcards):
    """A job without images waits for the first check of the image set."""
    return checked(len(study.unchecked) == len(study.images))


def bucket_files(method, names):
    """The files that hold a method's results for some images."""

    def folder(wildcards):
        return f"filters/{wildcards.layer}" if method == "filters" else method

    def lookup(wildcards):
        ids = names(wildcards)
        buckets = one_sentence(study.buckets_of)(method, wildcards.model, ids)
        return [f"<study>/{wildcards.model}/{folder(wildcards)}/{bucket}.npz" for bucket in buckets]

    return lookup


def filter_maps(wildcards):
    """The files of the activation maps of all explained images, in all layers."""
    layers, buckets = filter_layers(wildcards.model), study.buckets("filters", wildcards.model)
    return [f"<study>/{wildcards.model}/filters/{layer}/{bucket}.npz" for layer in layers for bucket in buckets]


def this_image(wildcards):
    return [wildcards.image]


def on_sheet(method):
    return lambda wildcards: study.on_sheet(method, wildcards.model)


def explained(method):
    return lambda wildcards: study.explained(method, wildcards.model)


def lime_files(wildcards):
    """LIME's explanations of the images of a job of the quality section, where it is among the methods."""
    if "lime" not in study.models[wildcards.model]["quality"]["methods"]:
        return []
    names = [image.id for image in members("quality")(wildcards)]
    return bucket_files("lime", lambda _: names)(wildcards)


def sanity_images(wildcards):
    """The images of the sanity check."""
    return [study.image(name) for name in study.sanity(wildcards.model)]


def quality_masks(wildcards):
    """Masks of the images of the quality section, by image, where the study has them."""
    images = [study.image(name) for name in study.explained("quality", wildcards.model)]
    return {
        image.id: image.mask
        for image in images
        if image.mask and (study.is_drawn(image.mask) or os.path.exists(image.mask))
    }


def mask_files(wildcards):
    return folded(quality_masks(wildcards).values())


def quality_labels(wildcards):
    """Labels of the images of the quality section, by image."""
    return {name: label for name, label, _ in pictured(explained("quality"))(wildcards) if label is not None}


def thumbnails(wildcards):
    """The images of a job that makes photographs small."""
    return study.thumbnails()[wildcards.bucket]


def exhibited(wildcards):
    """The images of a job that makes explanations ready for the gallery."""
    return study.exhibited(wildcards.model)[wildcards.bucket]


def exhibit_files(method, wildcards, layer=None):
    """The files of a method that hold something of these images."""
    known = study.exhibited_by(method, wildcards.model)
    names = [name for name in exhibited(wildcards) if name in known]
    folder = method if layer is None else f"{method}/{layer}"
    buckets = study.buckets_of(method, wildcards.model, names)
    return [f"<study>/{wildcards.model}/{folder}/{bucket}.npz" for bucket in buckets]


def exhibit_arrays(wildcards):
    """What the job reads, by method; of the filters the files of all layers."""
    files = {method: exhibit_files(method, wildcards) for method in ["saliency", "lime", "dream", "quality"]}
    layers = filter_layers(wildcards.model)
    return {**files, "filters": [file for layer in layers for file in exhibit_files("filters", wildcards, layer)]}


def exhibited_layers(wildcards):
    """The files of the filters, by layer."""
    return {
        layer: files
        for layer in filter_layers(wildcards.model)
        if (files := on_disk(exhibit_files("filters", wildcards, layer)))
    }


def from_noise(wildcards):
    """What an atlas waits for, so that no filter ascends in two jobs at once; the later one finds it in the store."""
    own = wildcards.layer in noise_layers(wildcards.model)
    return [f"<study>/{wildcards.model}/filters/{wildcards.layer}/noise.npz"] if own else []


def is_in_atlas(wildcards):
    return wildcards.layer in map(str, study.atlas_layers(wildcards.model))


def ascents_from_noise(wildcards):
    """All that is known of the filters of a layer from noise."""
    return from_noise(wildcards) + (atlas_files(wildcards) if is_in_atlas(wildcards) else [])


def facets(wildcards):
    """The facets of the filters of a layer, where they are shown."""
    own = wildcards.layer in study.facet_layers(wildcards.model)
    return [f"<study>/{wildcards.model}/filters/{wildcards.layer}/facets.npz"] if own else []


def filters_of_photographs(wildcards):
    """What the explained photographs do to the filters of a layer."""
    if wildcards.layer not in filter_layers(wildcards.model):
        return []
    return bucket_files("filters", explained("filters"))(wildcards)


def layer_table(name):
    """A table of whole layers, where a layer is in it."""
    return lambda wildcards: [f"<study>/{wildcards.model}/{name}.csv"] if is_in_atlas(wildcards) else []


def atlas_files(wildcards):
    """The atlas of a layer, or of all of a model."""
    layers = [wildcards.layer] if "layer" in wildcards.keys() else study.atlas_layers(wildcards.model)
    parts = study.atlas_parts(wildcards.model)
    return [f"<study>/{wildcards.model}/atlas/{layer}/{part}.npz" for layer in layers for part in parts]


def first_parts(wildcards):
    """Those files of a model's atlas that also hold the receptive field of their layer."""
    return [f"<study>/{wildcards.model}/atlas/{layer}/0.npz" for layer in study.atlas_layers(wildcards.model)]


def peak_files(wildcards):
    buckets = study.buckets("predict", wildcards.model)
    return [f"<study>/{wildcards.model}/peaks/{bucket}.npz" for bucket in buckets]


def training_arrays(wildcards):
    """What all checkpoints of a training run have of the images that their sheets share."""
    images = study.training_images(wildcards.kind)
    return [
        f"<study>/{model}/{wildcards.kind}/{bucket}.npz"
        for model in study.training()
        for bucket in study.buckets_of(wildcards.kind, model, images)
    ]


def dreamt(wildcards):
    return [study.dreamt(wildcards.model)]


def dreamt_item(wildcards):
    return [described(study.image(study.dreamt(wildcards.model)))]


def dreamt_photograph(wildcards):
    return existing([study.image(study.dreamt(wildcards.model))])


def dream_images(wildcards):
    """The photographs on a sheet of dreams."""
    return on_sheet("dream")(wildcards) if wildcards.sweep == "classes" else dreamt(wildcards)


def dream_files(wildcards):
    """The dreams on a sheet: those of the photographs, or those made for the sweep."""
    if wildcards.sweep in ("classes", "iterations"):
        return bucket_files("dream", dream_images)(wildcards)
    return [f"<study>/{wildcards.model}/dream/over_{wildcards.sweep}.npz"]


# --- the embedded data set ----------------------------------------------------------------------------------------


def demo_settings(*keys):
    return {key: study.settings["demo"][key] for key in keys}


def drawn_names(wildcards):
    """File names of one split."""
    return plan.demo_files(study.settings["demo"], study.settings["classes"], wildcards.split)


# --- targets ------------------------------------------------------------------------------------------------------


def bucket_arrays(method, folder=None, ending="npz"):
    """The files that hold what a method finds for all images that it explains."""
    return [
        f"<study>/{model}/{folder or method}/{bucket}.{ending}"
        for model in study.models
        for bucket in study.buckets(method, model)
    ]


def filter_layers(model):
    return list(map(str, study.models[model]["filters"]["layers"]))


def noise_layers(model):
    """The layers of which some filters ascend from noise."""
    return list(dict.fromkeys([*filter_layers(model), *study.facet_layers(model)]))


def layer_sheets(model):
    """The sheets about whole layers."""
    layers = study.atlas_layers(model)
    return [*(f"{kind}/{layer}" for kind in plan.LAYER_SHEETS for layer in layers), *(["tuning"] if layers else [])]


def shown_layers(model):
    """The layers of which the gallery shows filters."""
    return list(dict.fromkeys([*filter_layers(model), *study.atlas_layers(model), *noise_layers(model)]))


def sheets(*prefixes):
    """The sheets of all models whose name starts with one of `prefixes`, in the order of the report."""
    return [
        f"<study>/{model}/sheets/{name}.png"
        for model in study.models
        for name in [
            "confusion_matrix",
            "saliency",
            *(f"filters/{layer}" for layer in filter_layers(model)),
            *(f"facets/{layer}" for layer in study.facet_layers(model)),
            *layer_sheets(model),
            *(["ascents"] if compares(model) else []),
            "lime",
            *(f"dream/{sweep}" for sweep in plan.SWEEPS),
            "dream/class_images",
            *(f"quality/{sheet}" for sheet in quality_sheets(model)),
        ]
        if not prefixes or name.startswith(prefixes)
    ]


def compares(model):
    """Whether ways to ascend are compared for a model."""
    section = study.models[model]["filters"]
    return bool(section["compare"] and section["layers"] and section["filters"])


def ascent_tables():
    return [f"<study>/{model}/ascents.csv" for model in study.models if compares(model)]


def filter_parts(model, layer):
    """What there is of the filters of a layer: from noise, as facets, and by bucket."""
    parts = ["noise", "facets"] if layer in study.facet_layers(model) else ["noise"]
    return parts + (list(study.buckets("filters", model)) if layer in filter_layers(model) else [])


def filter_arrays():
    compared = [f"<study>/{model}/ascents/all.npz" for model in study.models if compares(model)]
    return compared + [
        f"<study>/{model}/filters/{layer}/{part}.npz"
        for model in study.models
        for layer in noise_layers(model)
        for part in filter_parts(model, layer)
    ]


def atlas_arrays():
    return [
        f"<study>/{model}/atlas/{layer}/{part}.npz"
        for model in study.models
        for layer in study.atlas_layers(model)
        for part in study.atlas_parts(model)
    ]


def peak_arrays():
    return [
        f"<study>/{model}/peaks/{bucket}.npz"
        for model in study.models
        for bucket in study.buckets("predict", model)
        if study.atlas_layers(model)
    ]


def layer_tables():
    models = [model for model in study.models if study.atlas_layers(model)]
    return expand("<study>/{model}/{table}.csv", model=models, table=["atlas", "top", "tuning"])


def training_sheets():
    """The sheets of a training run."""
    if not study.training():
        return []
    kinds = [*(f"filters/{layer}" for layer in study.training_layers()), "saliency", "dream"]
    return [f"<study>/training/{kind}.png" for kind in kinds]


def training_files():
    """These, with their animations."""
    return every_format(training_sheets()) + [file.removesuffix("png") + "webp" for file in training_sheets()]


def dream_arrays():
    sweeps = expand("<study>/{model}/dream/over_{sweep}.npz", model=study.models, sweep=["filters", "layers"])
    return bucket_arrays("dream") + sweeps + expand("<study>/{model}/dream/class_images.npz", model=study.models)


def sanity_arrays(model):
    """The file of the sanity check, of a model that is put to it."""
    return [f"<study>/{model}/sanity/all.npz"] if study.sanity(model) else []


def quality_sheets(model):
    if not study.explained("quality", model):
        return []
    return [sheet for sheet in plan.QUALITY_SHEETS if sheet != "cascade" or study.sanity(model)]


def quality_arrays():
    return bucket_arrays("quality") + [file for model in study.models for file in sanity_arrays(model)]


def quality_tables():
    """The tables of the quality section, of models whose explanations are measured."""
    models = [model for model in study.models if study.explained("quality", model)]
    return expand("<study>/{model}/{table}.csv", model=models, table=["quality", "clarity", "correlations"])


def arrays():
    """The files of all jobs that ask the store."""
    predictions = bucket_arrays("predict", "predictions", "csv")
    layers = atlas_arrays() + peak_arrays()
    explanations = bucket_arrays("saliency") + filter_arrays() + layers + bucket_arrays("lime") + dream_arrays()
    return predictions + explanations + quality_arrays()


def on_disk(paths):
    """Paths for a script, which knows no path variables."""
    return [path.replace("<study>", str(study.results)) for path in paths]


def shown_figures():
    return [
        f"<study>/{model}/figures/{figure}/{name}.png"
        for model in study.models
        for name in study.shown()
        for figure in ["saliency", "lime", "dream", *(f"filters/{layer}" for layer in filter_layers(model))]
    ]


def exhibits():
    """The folders of the gallery that hold pictures."""
    return [
        *(f"<study>/gallery/thumbnails/{bucket}" for bucket in study.thumbnails()),
        *(f"<study>/gallery/models/{model}/{bucket}" for model in study.models for bucket in study.exhibited(model)),
        *(f"<study>/gallery/models/{model}/layers/{layer}" for model in study.models for layer in shown_layers(model)),
    ]


def gallery_models():
    """What the pages have to know of each model."""
    return {
        model: {
            "buckets": study.exhibited(model),
            "layers": shown_layers(model),
            "measured": bool(study.explained("quality", model)),
            "sanity": bool(study.sanity(model)),
        }
        for model in study.models
    }
