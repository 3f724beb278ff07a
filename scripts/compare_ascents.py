"""The same filters from noise in several ways, to see how far each of them gets."""

from limelight.ascent.unit import ascent
from limelight.machinery.job import Job
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, read_layers

HELD_OUT = 8
"""Random views on which each picture is tried."""

OFF = {"jitter": 0, "scale": 0, "rotate": 0, "pad": 0}
VIEWS = {"jitter": 4, "scale": 0.1, "rotate": 5, "pad": 4}
PIXELS = {"parameterisation": "pixels", "optimiser": "normalised", "step": 0.02, "clip": "each"}
FOURIER = {"parameterisation": "fourier", "optimiser": "adam", "step": 0.3, "clip": "each"}


def ways(ascent):
    """An `ascent` section for each way; the study's own is one of them, where it can be."""
    views = ascent["transforms"] if ascent["transforms"] != OFF else VIEWS
    plain = {**ascent, "objective": "mean", "regularisation": {}, "octaves": {}}
    if ascent["parameterisation"] == "fourier" and ascent["transforms"] != OFF:
        own = {**ascent, "objective": "mean"}
    else:
        own = {**plain, **FOURIER, "transforms": views}
    return {
        "pixels": {**plain, **PIXELS, "transforms": OFF},
        "pixels + views": {**plain, **PIXELS, "transforms": views},
        "fourier": {**own, "transforms": OFF},
        "fourier + views": own,
    }


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings, seed = Job.of(snakemake), snakemake.params.settings, snakemake.params.seed
        how = job.with_colours(settings["ascent"])
        table = read_layers(job.model_record)
        units = [
            ascent(
                f"{layer}/{number}/{way}",
                layer,
                number,
                [0, settings["noise_iterations"]],
                section,
                noise=[seed, layer, number],
                seed=seed,
                held_out=HELD_OUT,
            )
            for layer in (find_layer(table, name).name for name in settings["layers"])
            for way, section in ways(how).items()
            for number in settings["filters"][: settings["compare"]]
        ]
        job.write(job.run(units, snakemake.params.batch), "ways to ascend", {**settings, "seed": seed})
