"""Draw a figure, and the animation of the same where the rule has one, by the capability that the rule names."""

from limelight.figures.animation import save_animation
from limelight.figures.drawing import Drawing
from limelight.figures.left_out import left_out
from limelight.figures.style import save
from limelight.machinery.joblog import job_log
from limelight.rooms import find

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        drawing = Drawing.of(snakemake)
        figure, made, *frames = left_out(drawing) or find(snakemake.params.draw)(drawing)
        animations = [path for path in snakemake.output if path.endswith(".webp")]
        save(figure, [path for path in snakemake.output if path not in animations], made)
        for path in animations:
            save_animation(*frames, path, made)
