"""The pages of the gallery, over all that its other jobs have drawn."""

from pathlib import Path

from limelight.gallery.site import write_site
from limelight.gallery.study import gallery_of
from limelight.machinery.joblog import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        root = Path(snakemake.output.index).parent
        write_site(root, gallery_of(dict(snakemake.input.items()), dict(snakemake.params.items()), root.parent))
