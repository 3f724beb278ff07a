"""The filters of a layer, as pictures and data for the gallery."""

from pathlib import Path

from limelight.gallery.layers import Layer, write_layer
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, read_layers
from limelight.network.photographs import Resize, load
from limelight.study.files import read_json

SOURCES = ("noise", "facets", "photographs", "atlas", "top", "tuning")
"""Named inputs that `limelight.gallery.layers` knows to read."""


def main(source, params, root):
    model = read_json(source.model)
    resize = Resize.of(model["preprocessing"])

    def photographs(names):
        found = zip(names, load([params.paths[name] for name in names], resize, skip=True), strict=True)
        return {name: photograph for name, photograph in found if photograph is not None}

    files = {name: [source[name]] if isinstance(source[name], str) else source[name] for name in SOURCES}
    name = find_layer(read_layers(model), snakemake.wildcards.layer).name
    write_layer(root, params.folder, Layer(name, files, params.labels, params.style["activation"], photographs))


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        root = Path(snakemake.output[0]).parents[len(Path(snakemake.params.folder).parts) - 1]
        main(snakemake.input, snakemake.params, root)
