# What all rules share: the study, its targets, and what a rule of each kind is given. The work is done by the package.
import os
import re
import sys
from functools import wraps
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

from limelight import catalogue
from limelight.rules import Rules, listed
from limelight.study import costs, gpus, holding, image_set, plan, settings
from limelight.study.errors import LimelightError

# Inherited by every job: threads of libgomp that wait by spinning take the cores away from the jobs beside them. Next
# to one other busy process training was twice as fast with a short spin; alone it is a tenth slower than with a long.
os.environ.setdefault("GOMP_SPINCOUNT", "5000")

# And memory that glibc gives back after each pass through a network is page faults in the next: kept, a pass of 16
# photographs is a third faster, for a seventh more memory.
for threshold in ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"]:
    os.environ.setdefault(threshold, "1073741824")


def one_sentence(function):
    """Show a user's mistake as Snakemake's own error, without a traceback."""

    @wraps(function)
    def wrapped(*arguments, **named):
        try:
            return function(*arguments, **named)
        except LimelightError as error:
            raise WorkflowError(str(error)) from None

    return wrapped


# Whom a job asks to start no more jobs, when the disk is full.
os.environ.update({holding.RUN: str(os.getpid())})

one_sentence(settings.check_files)(workflow.configfiles)
rules_of = one_sentence(Rules.of)(config, HOME, ancient, lambda path: ancient(before_update(path)))
study, targets = rules_of.study, rules_of.targets

if workflow.is_main_process:
    for sentence in targets.costly():
        logger.warning(sentence)

# Without a GPU in the study no job asks a cluster for one; `auto` takes one where there is one.
GPUS = 0 if study.settings["device"] == "cpu" else 1

# Snakemake heeds a resource only where it has a limit: without this one 16 cores would start 16 jobs on one GPU. Its
# scope is this machine (`resource_scopes` in the Snakefile), so that a cluster still gets all jobs at once, and a limit
# from the command line is there already. Where no GPU is used, jobs run on the CPU and need not wait for each other.
if gpu_jobs := one_sentence(gpus.gpu_jobs)(study.settings, os.environ):
    workflow.global_resources.setdefault("gpu", gpu_jobs)


wildcard_constraints:
    model="|".join(map(re.escape, study.models)),
    layer="[^/]+",
    bucket=r"b[01]*|one\.[^/]+",
    image="[^/]+",
    split="|".join(plan.SPLITS),
    part=r"\d+",


def inputs(name, jobs=None):
    """What a job of a capability reads: `unpack(inputs("saliency"))`."""
    return one_sentence(rules_of.inputs(name, jobs))


def resources(name, jobs=None):
    """What it asks of a cluster: memory and running time grow with its work, and with each attempt."""
    return {**rules_of.resources(name, jobs), "gpu": GPUS}


def parameters(name, jobs=None):
    """What decides its results, and how it runs."""
    return rules_of.parameters(name, jobs)


def drawing(where, *style, **more):
    """Params of a figure that the function `where` of a capability draws, with those keys of its style."""
    return rules_of.drawing(where, *style, **more)


def summarising(where, **more):
    """Params of the tables that the function `where` of a capability makes."""
    return rules_of.summarising(where, **more)


def figure(path, name, labels, caption="caption"):
    """The files of a figure of a capability: the PNG, which Snakemake's report shows, and the study's other formats.

    The formats are no param: another one is a file that is missing, one fewer is none.
    """
    png, *others = targets.every_format([path])
    text = f"../scripts/limelight/capabilities/{name}/{caption}.rst"
    return [report(png, caption=text, category=catalogue.categories()[name], labels=labels), *others]


def kept(path):
    """An output that stays while the job runs that makes it anew, and stays as it was where that fails.

    So jobs beside it can read it, and there is no moment at which it is missing.
    """
    return update(path) if rules_of.is_made(path) else path


def of_images(name, images):
    """The files of a capability that hold something of some images."""
    return one_sentence(rules_of.of_images(name, images))


def of_model(listed):
    """The files of a model that a function of the study and the wildcards lists, below the folder of the model."""
    return one_sentence(rules_of.files(listed))
