"""Independent colours of the image set, to be written into a study as `colours`."""

import torch
import yaml

from limelight.ascent.colours import learned
from limelight.machinery.joblog import job_log
from limelight.network.photographs import Resize, load, to_float
from limelight.study.files import atomic

if __name__ == "__main__":
    with job_log(snakemake.log[0]), atomic(snakemake.output[0]) as file:
        resize = Resize((64, 64), values=snakemake.params.values)
        images = load(snakemake.params.photographs, resize, skip=True, threads=snakemake.threads)
        photographs = [torch.from_numpy(to_float(photograph[None])) for photograph in images if photograph is not None]
        colours = [[round(value, 3) for value in row] for row in learned(torch.cat(photographs)).tolist()]
        file.write(yaml.safe_dump({"colours": colours}, default_flow_style=None).encode())
