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
    made = figure_provenance(source.arrays, style, names)
    methods = made["made_from"][0]["parameters"]["methods"]
    found = arrays.read(source.arrays, [f"{name}/{method}" for name in names for method in methods])
    failed = failures(source.arrays)
    shown = subjects(images, source.model, source.predictions, {item.partition("/")[0] for item in {*found, *failed}})
    tiles = []
    for method in methods:
        for subject in shown:
            item = f"{subject.image}/{method}"
            maps, reason = found.get(item, {}), failed.get(item, "")
            tiles.append(SaliencyTile(subject, maps.get("label"), maps.get("predicted"), reason, method))
    model = read_json(source.model)["model"]
    words = {
        "title": f"{model}: which pixels change the class score?",
        "subtitle": f"{SCORES[methods['gradient']['score']]}." if list(methods) == ["gradient"] else "",
        "style": Style(**style),
    }
    one = snakemake.wildcards.get("image")
    save(saliency_figure(*tiles, **words) if one else saliency_sheet(tiles, **words), snakemake.output, made)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.images, snakemake.params.style)
