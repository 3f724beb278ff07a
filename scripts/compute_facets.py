"""Several inputs that excite each of some filters of a layer and are unlike each other, from noise."""

from limelight.ascent.unit import ascent
from limelight.machinery.job import Job
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, read_layers

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings, seed = Job.of(snakemake), snakemake.params.settings, snakemake.params.seed
        how, facets = job.with_colours(settings["ascent"]), snakemake.params.facets
        layer = find_layer(read_layers(job.model_record), snakemake.wildcards.layer).name
        record = [0, settings["noise_iterations"]]
        units = [
            ascent(str(number), layer, number, record, how, noise=[seed, layer, number], seed=seed, facets=facets)
            for number in settings["filters"]
        ]
        made = {"layer": layer, "seed": seed, **settings, **facets}
        job.write(job.run(units, snakemake.params.batch), "facets", made)
