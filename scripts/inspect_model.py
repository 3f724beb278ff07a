"""Load a checkpoint once, before any heavy job, and write down what the network is made of."""

from limelight.machinery.joblog import job_log
from limelight.machinery.tables import check_class_names
from limelight.network.inspection import check_layers, layer_table, layers_csv, model_record
from limelight.network.loading import load
from limelight.study.digests import file_digest
from limelight.study.files import atomic, write_json
from limelight.study.paths import resolve

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        settings = snakemake.params.model
        sha256 = file_digest(resolve(settings["checkpoint"]))
        classifier = load(settings)
        check_class_names(classifier.classes)
        layers = layer_table(classifier)
        check_layers(layers, snakemake.params.named)
        with atomic(snakemake.output.layers) as file:
            file.write(layers_csv(layers).encode())
        write_json(
            snakemake.output.model, model_record(snakemake.wildcards.model, settings, sha256, classifier, layers)
        )
