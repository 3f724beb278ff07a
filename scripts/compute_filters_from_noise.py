"""The inputs that excite some filters of a layer most, by gradient ascent from noise."""

from limelight import arrays
from limelight.ascent import Schedule
from limelight.bucket import provenance
from limelight.device import choose
from limelight.filters import exciting_inputs, noise
from limelight.images import to_uint8
from limelight.joblog import job_log
from limelight.layers import find_layer, read_layers
from limelight.model import load

if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        settings, seed = snakemake.params.settings, snakemake.params.seed
        device = choose(snakemake.params.device, snakemake.threads)
        classifier = load(snakemake.params.model, device)
        model = arrays.read_json(snakemake.input.model)
        layer = find_layer(read_layers(model), snakemake.wildcards.layer).name
        schedule = Schedule.of([0, settings["iterations"]], settings["ascent"])
        starts = [
            (noise(classifier.resize.size, seed, layer, number).to(device), number) for number in settings["filters"]
        ]
        ascents = exciting_inputs(classifier, layer, starts, schedule, settings["ascent"]["batch"])
        found = {
            str(number): {"ascent": to_uint8(recorded[-1]), "scores": scores}
            for number, (recorded, scores) in zip(settings["filters"], ascents, strict=True)
        }
        made = provenance(model, "filters from noise", {"layer": layer, "seed": seed, **settings})
        arrays.write(snakemake.output[0], found, made)
        log.info("layer %s, %d filters on %s", layer, len(found), device)
