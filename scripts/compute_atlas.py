"""A share of a layer's filters, each from noise; the first share also has the receptive field of the layer."""

from limelight.ascent.unit import ascent
from limelight.machinery.job import Job
from limelight.machinery.joblog import job_log
from limelight.machinery.units import Method, Unit
from limelight.network.layers import find_layer, read_layers
from limelight.study.shards import share

FIELD = Method("receptive field", "capabilities.layers.receptive:fields")

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings, seed = Job.of(snakemake), snakemake.params.settings, snakemake.params.seed
        how = job.with_colours(settings["ascent"])
        layer = find_layer(read_layers(job.model_record), snakemake.wildcards.layer)
        name = layer.name
        part, parts = snakemake.params.share
        record = [0, settings["noise_iterations"]]
        # Named and keyed as in the filters' sweep: what that has made is not made again.
        units = [
            ascent(str(number), name, number, record, how, noise=[seed, name, number], seed=seed)
            for number in share(layer.filters, snakemake.params.most["most"], part, parts)
        ]
        if part == 0:
            units.append(Unit("receptive field", FIELD, {"layer": name}))
        job.write(job.run(units, snakemake.params.batch), "atlas", {"layer": name, "seed": seed, **settings})
