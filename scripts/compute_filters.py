"""Activation maps of some filters on a bucket of images, and what gradient ascent makes of each image."""

from limelight.ascent.unit import ascent
from limelight.machinery.job import Job
from limelight.machinery.joblog import job_log
from limelight.machinery.units import Method, Unit
from limelight.network.layers import find_layer, read_layers

ACTIVATION = Method("activation", "capabilities.filters.compute:activations")

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings = Job.of(snakemake), snakemake.params.settings
        how = job.with_colours(settings["ascent"])
        layer = find_layer(read_layers(job.model_record), snakemake.wildcards.layer).name
        seen = {"layer": layer, "filters": settings["filters"]}
        units = [Unit(image.id, ACTIVATION, seen, image) for image in job.images]
        units += [
            ascent(
                f"{image.id}/{number}",
                layer,
                number,
                [0, settings["iterations"]],
                how,
                image,
                seed=snakemake.params.seed,
            )
            for image in job.images
            for number in settings["filters"]
        ]
        job.write(job.run(units, snakemake.params.batch), "filters", {"layer": layer, **settings})
