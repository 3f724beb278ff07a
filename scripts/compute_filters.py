"""Activation maps of some filters on a bucket of images, and what gradient ascent makes of each image."""

import numpy as np

from limelight import arrays
from limelight.ascent import Schedule
from limelight.bucket import batch, load_items, provenance, steps
from limelight.device import choose
from limelight.filters import activation_maps, exciting_inputs
from limelight.images import to_uint8
from limelight.joblog import job_log
from limelight.layers import find_layer, read_layers
from limelight.model import load


def explain(classifier, layer, items, settings, device):
    """Arrays by image: activations (F, h, w), ascents (F, H, W, 3) uint8, scores before and after (F, 2)."""
    filters, size = settings["filters"], settings["ascent"]["batch"]
    schedule = Schedule.of([0, settings["iterations"]], settings["ascent"])
    found = {}
    for step in steps(items, size):
        photographs = batch(step, device)
        activations = activation_maps(classifier, layer, filters, photographs).cpu().numpy()
        found |= {item.id: {"activations": maps} for item, maps in zip(step, activations, strict=True)}
    starts = ((batch([item], device)[0], number) for item in items for number in filters)
    ascents = exciting_inputs(classifier, layer, starts, schedule, size)
    for item in items:
        climbed = [next(ascents) for _ in filters]
        found[item.id]["ascents"] = np.stack([to_uint8(recorded[-1]) for recorded, _ in climbed])
        found[item.id]["scores"] = np.stack([scores for _, scores in climbed])
    return found


if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        settings, device = snakemake.params.settings, choose(snakemake.params.device, snakemake.threads)
        classifier = load(snakemake.params.model, device)
        model = arrays.read_json(snakemake.input.model)
        layer = find_layer(read_layers(model), snakemake.wildcards.layer)
        items = load_items(snakemake.params.images, classifier, snakemake.params.skip, snakemake.threads)
        found = explain(classifier, layer.name, items, settings, device)
        arrays.write(snakemake.output[0], found, provenance(model, "filters", {"layer": layer.name, **settings}))
        log.info("layer %s, %d filters, %d images on %s", layer.name, len(settings["filters"]), len(items), device)
