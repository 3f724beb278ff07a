"""LIME: the sheet of a model, worst classes first, or the figure of one image for its most probable classes."""

import numpy as np

from limelight.analysis import accuracy_by_class, failures, figure_provenance, subjects
from limelight.capabilities.lime.sheet import LimeTile, lime_figure, lime_sheet
from limelight.figures.style import Style, save
from limelight.machinery import arrays
from limelight.machinery.joblog import job_log
from limelight.study.files import read_json

SHOWN_CLASSES = 4


def gap(subject, reason):
    """Where an explanation would be."""
    nothing = np.zeros(0)
    return LimeTile(subject, subject.heading, np.nan, nothing, nothing, np.nan, np.nan, reason=reason)


def lime_tile(subject, found, row, classes, accuracies):
    """The explanation of the class in `row` for one photograph."""
    name = classes[found["classes"][row]]
    return LimeTile(
        subject,
        name,
        float(found["probabilities"][row]),
        found["segments"],
        found["weights"][row],
        float(found["r2"][row]),
        float(found["local_prediction"][row]),
        accuracies.get(name),
        float(found["halves"][row]),
    )


def main(source, images, style, painted):
    names = [name for name, *_ in images]
    found, failed = arrays.read(source.arrays, names), failures(source.arrays)
    pictured = subjects(images, source.model, source.predictions, {*found, *failed})
    classes = read_json(source.model)["classes"]
    accuracies = accuracy_by_class(source.classes)
    made = figure_provenance(source.arrays, style, names)
    settings = made["made_from"][0]["parameters"]
    outputs = "class probabilities" if settings["outputs"] == "probability" else "logits"
    samples = f"{settings['samples']} perturbed photographs"
    if settings["samples"] == "auto":
        samples = "as many perturbed photographs as the strongest superpixels need to be stable"
    words = {
        "features": painted["lime_features"],
        "min_weight": painted["lime_min_weight"],
        "subtitle": f"A linear model of the {outputs}, fitted to {samples}.",
        "style": Style(**style),
    }
    model = read_json(source.model)["model"]
    if snakemake.wildcards.get("image"):
        explained = found.get(pictured[0].image)
        if explained is None:
            tiles = [gap(pictured[0], failed[pictured[0].image])]
        else:
            most_probable = np.argsort(-explained["probabilities"], kind="stable")[:SHOWN_CLASSES]
            tiles = [lime_tile(pictured[0], explained, row, classes, accuracies) for row in most_probable]
        figure = lime_figure(tiles, title=f"{model}: which regions speak for and against a class?", **words)
    else:
        tiles = []
        for subject in pictured:
            if subject.image in failed:
                tiles.append(gap(subject, failed[subject.image]))
                continue
            explained = subject.label or subject.predicted
            row = list(found[subject.image]["classes"]).index(classes.index(explained))
            tiles.append(lime_tile(subject, found[subject.image], row, classes, accuracies))
        # As in the report: are the classes that the network knows worst also the ones explained least clearly?
        tiles.sort(key=lambda tile: np.inf if tile.class_accuracy is None else tile.class_accuracy)
        title = f"{model}: which regions speak for and against the class? Classes from least to most accurate"
        figure = lime_sheet(tiles, title=title, **words)
    save(figure, snakemake.output, {**made, "painted": painted})


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.images, snakemake.params.style, snakemake.params.painted)
