"""Draw a figure, by the capability that the rule names."""

from limelight.catalogue import find
from limelight.figures.drawing import Drawing
from limelight.figures.style import save
from limelight.machinery.joblog import job_log

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        figure, made = find(snakemake.params.draw)(Drawing.of(snakemake))
        save(figure, snakemake.output, made)
