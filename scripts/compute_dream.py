"""Deep dreams of a bucket of images on one filter of one layer, recorded on the way."""

from limelight.ascent.unit import ascent
from limelight.machinery.job import Job
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, read_layers

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings = Job.of(snakemake), snakemake.params.settings
        how = job.with_colours(settings["ascent"])
        layer = find_layer(read_layers(job.model_record), settings["layer"]).name
        units = [
            ascent(
                image.id,
                layer,
                settings["filter"],
                settings["record"],
                how,
                image,
                seed=snakemake.params.seed,
                size=settings.get("size"),
            )
            for image in job.images
        ]
        job.write(job.run(units, snakemake.params.batch), "dream", {**settings, "layer": layer})
