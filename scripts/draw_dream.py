"""Deep dreams: the four sweeps of a model (classes, filters, iterations, layers), or the recorded run of one image."""

from limelight.analysis import ascended, failures, figure_provenance, in_words, picture, silent, subjects
from limelight.capabilities.dream.sheet import Dream, dream_classes_sheet, dream_sweep_sheet
from limelight.figures.style import Style, save
from limelight.machinery import arrays
from limelight.machinery.joblog import job_log
from limelight.network.layers import find_layer, read_layers
from limelight.study.files import read_json


def recorded(found):
    """The recorded iterations of one photograph; iteration 0 is the photograph itself and stands at the left anyway."""
    return [
        Dream(picture(frame), f"iteration {iteration}", f"activation {score:.3g}")
        for iteration, frame, score in zip(found["iterations"], found["frames"], found["scores"], strict=True)
        if iteration
    ]


def last(unit, found, failed, name="", scored=True):
    """The end of a dream, or a gap."""
    image = ascended(unit, found, failed)
    if isinstance(image, str):
        return Dream(None, name, reason=image)
    return Dream(image, name, f"activation {found[unit]['scores'][-1]:.3g}" if scored else "")


def over_points(points, found, failed, sweep, table):
    """Dreams of one photograph, one a layer and filter."""
    return [
        last(
            f"{layer}/{number}",
            found,
            failed,
            find_layer(table, layer).name if sweep == "layers" else f"filter {number}",
        )
        for layer, number in points
    ]


def main(source, images, style, dream):
    sweep = snakemake.wildcards.get("sweep", "iterations")
    names = [name for name, *_ in images]
    found, failed = arrays.read(source.arrays), failures(source.arrays)
    pictured = subjects(images, source.model, source.predictions, {*found, *failed})
    model = read_json(source.model)
    table = read_layers(model)
    made = figure_provenance(source.arrays, style, names if sweep in ("classes", "iterations") else None)
    settings, layer = made["made_from"][0]["parameters"], find_layer(table, dream["layer"]).name
    iterations = max(settings["record"])
    what = {
        "classes": f"filter {dream['filter']} of layer {layer}, {iterations} iterations",
        "filters": f"filters of layer {layer}, {iterations} iterations",
        "iterations": f"filter {dream['filter']} of layer {layer}, all iterations from one run",
        "layers": f"filter {dream['filter']} of layers from shallow to deep, {iterations} iterations",
    }[sweep]
    words = {
        "title": f"{model['model']}: deep dream, {what}",
        "subtitle": f"{in_words(settings)}.",
        "style": Style(**style),
    }
    if sweep == "classes":
        dreams = [last(subject.image, found, failed, scored=False) for subject in pictured]
        figure = dream_classes_sheet(pictured, dreams, **words)
    else:
        image = pictured[0].image
        if sweep != "iterations":
            dreams = over_points(settings["points"], found, failed, sweep, table)
        else:
            dreams = [last(image, found, failed)]
            if image in found and not silent(found[image]):
                dreams = recorded(found[image])
        figure = dream_sweep_sheet([(pictured[0], dreams)], **words)
    save(figure, snakemake.output, made)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.images, snakemake.params.style, snakemake.params.dream)
