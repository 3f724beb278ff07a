"""Deep dreams: the four sweeps of a model (classes, filters, iterations, layers), or the recorded run of one image."""

from limelight import arrays
from limelight.figures.dream import Dream, dream_classes_sheet, dream_sweep_sheet
from limelight.figures.style import Style, save
from limelight.joblog import job_log
from limelight.layers import find_layer, read_layers
from limelight.results import figure_provenance, in_words, picture, subjects


def recorded(found):
    """The recorded iterations of one photograph; iteration 0 is the photograph itself and stands at the left anyway."""
    return [
        Dream(picture(frame), f"iteration {iteration}", f"activation {score:.3g}")
        for iteration, frame, score in zip(found["iterations"], found["frames"], found["scores"], strict=True)
        if iteration
    ]


def over_points(found, sweep, table):
    """Dreams of one photograph, one a layer and filter."""
    dreams = []
    for point, dream in found.items():
        layer, _, number = point.rpartition("/")
        name = find_layer(table, layer).name if sweep == "layers" else f"filter {number}"
        dreams.append(Dream(picture(dream["frame"]), name, f"activation {dream['scores'][-1]:.3g}"))
    return dreams


def main(source, images, style, dream):
    sweep = snakemake.wildcards.get("sweep", "iterations")
    pictured = subjects(images, source.model, source.predictions)
    model = arrays.read_json(source.model)
    table = read_layers(model)
    made = figure_provenance(source.arrays, style)
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
        "subtitle": f"{in_words(settings).capitalize()}.",
        "style": Style(**style),
    }
    if sweep == "classes":
        found = arrays.read(source.arrays, [name for name, _ in images])
        dreams = [Dream(picture(found[subject.image]["frames"][-1])) for subject in pictured]
        figure = dream_classes_sheet(pictured, dreams, **words)
    elif sweep == "iterations":
        found = arrays.read(source.arrays, [name for name, _ in images])
        figure = dream_sweep_sheet([(pictured[0], recorded(found[pictured[0].image]))], **words)
    else:
        dreams = over_points(arrays.read(source.arrays), sweep, table)
        figure = dream_sweep_sheet([(pictured[0], dreams)], **words)
    save(figure, snakemake.output[0], made)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params.images, snakemake.params.style, snakemake.params.dream)
