"""The class images of a model."""

from limelight import arrays
from limelight.figures.dream import Dream, class_images_sheet
from limelight.figures.style import Style, save
from limelight.files import read_json
from limelight.joblog import job_log
from limelight.results import failures, figure_provenance, in_words, picture, silent


def main(source, style):
    found, failed = arrays.read([source.arrays]), failures([source.arrays])
    model = read_json(source.model)
    made = figure_provenance([source.arrays], style)
    settings = made["made_from"][0]["parameters"]
    images = []
    for number in sorted(map(int, {*found, *failed})):
        one, name = found.get(str(number)), model["classes"][number]
        reason = failed.get(str(number), "") if one is None else silent(one)
        if one is None or reason:
            images.append(Dream(None, name, reason=reason))
        else:
            images.append(Dream(picture(one["frames"][-1]), name, f"score {one['scores'][-1]:.3g}"))
    figure = class_images_sheet(
        images,
        title=f"{model['model']}: what would it most like to see of each class?",
        subtitle=f"{in_words(settings)}, {settings['iterations']} iterations from noise.",
        style=Style(**style),
    )
    save(figure, snakemake.output, made)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.style)
