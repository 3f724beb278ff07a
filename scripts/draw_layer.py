"""The filters of a layer, as pictures and data for the gallery."""

from pathlib import Path

from limelight.gallery.layers import Layer, write_layer
from limelight.joblog import job_log

SOURCES = ("noise", "photographs")
"""Named inputs that `limelight.gallery.layers` knows to read."""

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        folder, source = snakemake.params.folder, snakemake.input
        root = Path(snakemake.output[0]).parents[len(Path(folder).parts) - 1]
        files = {
            name: [source.get(name)] if isinstance(source.get(name), str) else source.get(name) for name in SOURCES
        }
        write_layer(root, folder, Layer(files, snakemake.params.labels, snakemake.params.style["activation"]))
