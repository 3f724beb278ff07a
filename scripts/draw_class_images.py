"""The class images of a model."""

from limelight.analysis import ascended, failures, figure_provenance, in_words
from limelight.capabilities.dream.sheet import Dream, class_images_sheet
from limelight.figures.style import Style, save
from limelight.machinery import arrays
from limelight.machinery.joblog import job_log
from limelight.study.files import read_json


def main(source, style):
    found, failed = arrays.read([source.arrays]), failures([source.arrays])
    model = read_json(source.model)
    made = figure_provenance([source.arrays], style)
    settings = made["made_from"][0]["parameters"]
    images = []
    for number in sorted(map(int, {*found, *failed})):
        image, name = ascended(str(number), found, failed), model["classes"][number]
        if isinstance(image, str):
            images.append(Dream(None, name, reason=image))
        else:
            images.append(Dream(image, name, f"score {found[str(number)]['scores'][-1]:.3g}"))
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
