"""Saliency maps: the sheet of a model, or the figure of one image."""

from limelight import arrays
from limelight.figures.saliency import SaliencyTile, saliency_figure, saliency_sheet
from limelight.figures.style import Style, save
from limelight.files import read_json
from limelight.joblog import job_log
from limelight.results import failures, figure_provenance, subjects

SCORES = {
    "logit": "Largest absolute gradient over the colour channels of the class score (logit)",
    "cross_entropy": "Largest absolute gradient over the colour channels of the cross-entropy",
}


def main(source, images, style):
    names = [name for name, *_ in images]
    found, failed = arrays.read(source.arrays, names), failures(source.arrays)
    tiles = []
    for subject in subjects(images, source.model, source.predictions, {*found, *failed}):
        maps = found.get(subject.image, {})
        tiles.append(SaliencyTile(subject, maps.get("label"), maps.get("predicted"), failed.get(subject.image, "")))
    made = figure_provenance(source.arrays, style, names)
    model = read_json(source.model)["model"]
    words = {
        "title": f"{model}: which pixels change the class score?",
        "subtitle": f"{SCORES[made['made_from'][0]['parameters']['score']]}.",
        "style": Style(**style),
    }
    one = snakemake.wildcards.get("image")
    save(saliency_figure(tiles[0], **words) if one else saliency_sheet(tiles, **words), snakemake.output[0], made)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.images, snakemake.params.style)
