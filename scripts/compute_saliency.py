"""Saliency maps of a bucket of images, by each method: of the label, the predicted class, and those asked for."""

from limelight.attribution.registry import needs_layer, needs_seed, source_file
from limelight.digests import seed
from limelight.job import Job, Method, Unit
from limelight.joblog import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings, study_seed = Job.of(snakemake), snakemake.params.settings, snakemake.params.seed
        classes = [job.class_index(name, "saliency.classes:") for name in settings["classes"]]
        units = []
        for name, parameters in settings["methods"].items():
            method = Method(name, "saliency:explain", (source_file(name),))
            for image in job.images:
                decisive = {"parameters": parameters, "label": image.label, "classes": classes}
                if needs_layer(name):
                    decisive["layer"] = settings["layer"]
                if needs_seed(name):
                    decisive["seed"] = seed(name, study_seed, image.id)
                units.append(Unit(f"{image.id}/{name}", method, decisive, image))
        job.write(job.run(units, snakemake.params.batch), "saliency", {**settings, "study_seed": study_seed})
