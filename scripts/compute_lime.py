"""LIME explanations of a bucket of images."""

from dataclasses import asdict

from limelight import arrays
from limelight.bucket import batch, load_items, provenance
from limelight.device import choose
from limelight.errors import LimelightError
from limelight.joblog import job_log
from limelight.model import load, probabilities
from limelight.plan import seed
from limelight.superpixels import chosen_classes, explain

if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        settings, device = snakemake.params.settings, choose(snakemake.params.device, snakemake.threads)
        classifier = load(snakemake.params.model, device)
        items = load_items(snakemake.params.images, classifier, snakemake.params.skip, snakemake.threads)
        found = {}
        for item in items:
            own = seed("lime", snakemake.params.seed, item.id)
            (answer,) = probabilities(classifier, [batch([item], device)])
            classes = chosen_classes(settings, answer, item.label)
            lime_seed = own if settings["seed"] == "image" else settings["seed"]
            try:
                explanation = explain(classifier, item.photograph, classes, settings, lime_seed)
            except LimelightError as error:
                raise LimelightError(f"image {item.id}: {error}") from error
            found[item.id] = {**asdict(explanation), "probabilities": answer[classes]}
            log.info("%s: %d superpixels, %d classes", item.id, explanation.weights.shape[1], len(classes))
        parameters = {"study_seed": snakemake.params.seed, **settings}
        made = provenance(arrays.read_json(snakemake.input.model), "lime", parameters)
        arrays.write(snakemake.output[0], found, made)
