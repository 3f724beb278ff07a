"""The explanations of a bucket of images, as pictures and data for the gallery."""

from pathlib import Path

from limelight.gallery.explanations import Part, write_images
from limelight.gallery.pictures import Colours
from limelight.machinery.joblog import job_log
from limelight.network.photographs import Resize
from limelight.study.files import read_json


def main(source, params, output):
    root = Path(output).parents[len(Path(params.folder).parts) - 1]
    names = [name for name, *_ in params.images]
    record = read_json(source.model)
    parts = {
        method: Part.read(source.get(method), names)
        for method in ("saliency", "lime", "dream", "quality")
        if source.get(method)
    }
    layers = {layer: Part.read(paths, names) for layer, paths in params.layers.items()}
    write_images(
        root,
        params.folder,
        params.images,
        record["classes"],
        parts,
        layers,
        Resize.of(record["preprocessing"]),
        Colours(params.style["saliency"], params.style["signed"]),
        params.style["activation"],
    )


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params, snakemake.output[0])
