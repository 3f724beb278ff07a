"""How far a bucket of images excites each filter of some layers, and where."""

from limelight.machinery.job import Job
from limelight.machinery.joblog import job_log
from limelight.machinery.units import Method, Unit
from limelight.network.layers import find_layer, read_layers

PEAKS = Method("peaks", "capabilities.layers.peaks:peaks")
BATCH = 32

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job = Job.of(snakemake)
        table = read_layers(job.model_record)
        layers = list(dict.fromkeys(find_layer(table, layer).name for layer in snakemake.params.layers))
        units = [Unit(image.id, PEAKS, {"layers": layers}, image) for image in job.images]
        job.write(job.run(units, BATCH), "peaks", {"layers": layers})
