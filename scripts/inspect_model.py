"""Load a checkpoint once, before any heavy job, and write down what the network is made of."""

import csv
from dataclasses import asdict

from limelight.capabilities.predictions.tables import check_class_names
from limelight.machinery.joblog import job_log
from limelight.network.inspection import layer_table
from limelight.network.layers import DEPTHS, check_filters, find_layer
from limelight.network.loading import load
from limelight.study.digests import file_digest
from limelight.study.files import resolve, write_json


def check_named(table, named):
    """Fail now, not after an hour, if a layer or filter that the study names does not exist."""
    for layer, filters in named:
        check_filters(find_layer(table, layer), filters)


def main(name, settings, named):
    classifier = load(settings)
    check_class_names(classifier.classes)
    table = layer_table(classifier)
    check_named(table, named)
    with open(snakemake.output.layers, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("index", "name", "type", "output_shape", "filters"))
        for layer in table:
            shape = " x ".join(map(str, layer.shape))
            rows.writerow(("" if layer.index is None else layer.index, layer.name, layer.type, shape, layer.filters))
    write_json(
        snakemake.output.model,
        {
            "model": name,
            "factory": settings["factory"],
            "arguments": settings["arguments"],
            "checkpoint": settings["checkpoint"],
            "checkpoint_sha256": file_digest(resolve(settings["checkpoint"])),
            "parameters": sum(parameter.numel() for parameter in classifier.parameters()),
            "preprocessing": settings["preprocessing"],
            "classes": classifier.classes,
            "depths": {depth: find_layer(table, depth).name for depth in DEPTHS},
            "layers": [asdict(layer) for layer in table],
        },
    )


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.wildcards.model, snakemake.params.model, snakemake.params.named)
