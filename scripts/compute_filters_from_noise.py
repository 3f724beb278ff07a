"""The inputs that excite some filters of a layer most, by gradient ascent from noise."""

from limelight.ascent.unit import ascent
from limelight.machinery.job import Job
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, read_layers

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings, seed = Job.of(snakemake), snakemake.params.settings, snakemake.params.seed
        how = job.with_colours(settings["ascent"])
        layer = find_layer(read_layers(job.model_record), snakemake.wildcards.layer).name
        record = [0, settings["noise_iterations"]]
        units = [
            ascent(str(number), layer, number, record, how, noise=[seed, layer, number], seed=seed)
            for number in settings["filters"]
        ]
        job.write(
            job.run(units, snakemake.params.batch), "filters from noise", {"layer": layer, "seed": seed, **settings}
        )
