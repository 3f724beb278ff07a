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


def numbers(maps, name):
    """What a method says of one of its maps beside the map, in words."""
    said = {key.partition(".")[2]: value for key, value in maps.items() if key.startswith(f"{name}.")}
    return ", ".join(f"{number.replace('_', ' ')} {value:.2g}" for number, value in said.items())


def main(source, images, style):
    names = [name for name, *_ in images]
    made = figure_provenance(source.arrays, style, names)
    record = read_json(source.model)
    parameters = made["made_from"][0]["parameters"]
    methods = parameters["methods"]
    others = {name: f"class_{record['classes'].index(name)}" for name in parameters["classes"]}
    found = arrays.read(source.arrays, [f"{name}/{method}" for name in names for method in methods])
    failed = failures(source.arrays)
    shown = subjects(images, source.model, source.predictions, {item.partition("/")[0] for item in {*found, *failed}})
    tiles = []
    for method in methods:
        for subject in shown:
            item = f"{subject.image}/{method}"
            maps, reason = found.get(item, {}), failed.get(item, "")
            asked = {name: maps.get(array) for name, array in others.items()}
            note = numbers(maps, "label" if "label" in maps else "predicted")
            tiles.append(SaliencyTile(subject, maps.get("label"), maps.get("predicted"), reason, method, asked, note))
    words = {
        "title": f"{record['model']}: which pixels change the class score?",
        "subtitle": f"{SCORES[methods['gradient']['score']]}." if list(methods) == ["gradient"] else "",
        "style": Style(**style),
    }
    one = snakemake.wildcards.get("image")
    save(saliency_figure(*tiles, **words) if one else saliency_sheet(tiles, **words), snakemake.output, made)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.images, snakemake.params.style)
