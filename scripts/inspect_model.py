"""Load a checkpoint once, before any heavy job, and write down what the network is made of and what it can do."""

from limelight.ascent.fits import fits
from limelight.machinery.joblog import job_log
from limelight.machinery.tables import check_class_names
from limelight.network.inspection import check_layers, check_map, layer_table, layers_csv, model_record
from limelight.network.last_map import default_layer
from limelight.network.loading import load
from limelight.study.cells import marked
from limelight.study.digests import file_digest
from limelight.study.files import atomic, write_json
from limelight.study.paths import resolve

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        settings, params = snakemake.params.model, snakemake.params
        sha256 = file_digest(resolve(settings["checkpoint"]))
        classifier = load(settings)
        check_class_names(classifier.classes)
        layers = layer_table(classifier)
        last_map = default_layer(classifier)
        check_layers(layers, params.named)
        check_map(last_map, params.asked_for_map)
        able = {"last_map": last_map, "fits": fits(classifier, layers, params.ascents)}
        with atomic(snakemake.output.layers) as file:
            file.write(marked(layers_csv(layers)).encode())
        write_json(
            snakemake.output.model,
            model_record(snakemake.wildcards.model, settings, sha256, classifier, layers, **able),
        )
