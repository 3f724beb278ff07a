"""Deep dreams of a bucket of images on one filter of one layer, recorded on the way."""

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
        layer = find_layer(read_layers(model), settings["layer"]).name
        items = load_items(snakemake.params.images, classifier, snakemake.params.skip, snakemake.threads)
        starts = ((batch([item], device)[0], settings["filter"]) for item in items)
        schedule = Schedule.of(settings["record"], settings["ascent"])
        dreams = exciting_inputs(classifier, layer, starts, schedule, settings["ascent"]["batch"])
        found = {
            item.id: {"iterations": schedule.iterations, "frames": to_uint8(frames), "scores": scores}
            for item, (frames, scores) in zip(items, dreams, strict=True)
        }
        arrays.write(snakemake.output[0], found, provenance(model, "dream", {**settings, "layer": layer}))
        log.info("layer %s, filter %d, %d images on %s", layer, settings["filter"], len(items), device)
