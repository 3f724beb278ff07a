"""Deep dreams of one photograph over several filters, or over several layers."""

from limelight.ascent.unit import ascent
from limelight.machinery.job import Job
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, read_layers

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings, points = Job.of(snakemake), snakemake.params.settings, snakemake.params.points
        how = job.with_colours(settings["ascent"])
        table = read_layers(job.model_record)
        units = [
            ascent(
                f"{layer}/{number}",
                find_layer(table, layer).name,
                number,
                [0, max(settings["record"])],
                how,
                image,
                seed=snakemake.params.seed,
                size=settings.get("size"),
            )
            for image in job.images
            for layer, number in points
        ]
        job.write(job.run(units, snakemake.params.batch), "dream", {**settings, "points": points})
