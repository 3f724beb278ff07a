"""Saliency maps of a bucket of images: of the label, and of the predicted class where it differs."""

from limelight import arrays
from limelight.bucket import batch, load_items, provenance, steps
from limelight.device import choose
from limelight.joblog import job_log
from limelight.model import load
from limelight.saliency import saliency_of_label_and_prediction

if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        settings, device = snakemake.params.settings, choose(snakemake.params.device, snakemake.threads)
        classifier = load(snakemake.params.model, device)
        items = load_items(snakemake.params.images, classifier, snakemake.params.skip, snakemake.threads)
        results = {}
        for step in steps(items, settings["batch"]):
            labels = [item.label for item in step]
            maps = saliency_of_label_and_prediction(classifier, batch(step, device), labels, settings["score"])
            results |= {item.id: found for item, found in zip(step, maps, strict=True)}
        made = provenance(arrays.read_json(snakemake.input.model), "saliency", settings)
        arrays.write(snakemake.output[0], results, made)
        log.info("saliency of %d images on %s", len(results), device)
