"""Deep dreams of one photograph over several filters, or over several layers."""

from itertools import groupby

from limelight import arrays
from limelight.ascent import Schedule
from limelight.bucket import batch, load_items, provenance
from limelight.device import choose
from limelight.filters import exciting_inputs
from limelight.images import to_uint8
from limelight.joblog import job_log
from limelight.layers import find_layer, read_layers
from limelight.model import load

if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        settings, device = snakemake.params.settings, choose(snakemake.params.device, snakemake.threads)
        classifier = load(snakemake.params.model, device)
        model = arrays.read_json(snakemake.input.model)
        schedule = Schedule.of([0, max(settings["record"])], settings["ascent"])
        items = load_items(snakemake.params.images, classifier, snakemake.params.skip, snakemake.threads)
        found = {}
        # Each layer ends the forward pass elsewhere, so what climbs together shares a layer.
        for name, points in groupby(snakemake.params.points, key=lambda point: point[0]):
            layer = find_layer(read_layers(model), name).name
            numbers = [number for _, number in points]
            starts = ((batch(items, device)[0], number) for number in numbers if items)
            dreams = exciting_inputs(classifier, layer, starts, schedule, settings["ascent"]["batch"])
            for number, (frames, scores) in zip(numbers, dreams, strict=bool(items)):
                found[f"{name}/{number}"] = {"frame": to_uint8(frames[-1]), "scores": scores}
            log.info("layer %s, filters %s on %s", layer, numbers, device)
        parameters = {**settings, "points": snakemake.params.points}
        arrays.write(snakemake.output[0], found, provenance(model, "dream", parameters))
