"""The sheets on how reliable the explanations are."""

from typing import Any

from matplotlib.figure import Figure

from limelight.capabilities.quality.cascade_sheet import randomisation_figure
from limelight.capabilities.quality.clarity_sheet import Column, classes_figure
from limelight.capabilities.quality.classes import BESIDE_ACCURACY
from limelight.capabilities.quality.curves_sheet import curves_figure
from limelight.capabilities.quality.findings import cascades, curves, images_of
from limelight.capabilities.quality.mistakes_sheet import Mistake, mistakes_sheet
from limelight.capabilities.quality.overview_sheet import quality_overview
from limelight.capabilities.quality.table import summary
from limelight.capabilities.quality.uncertainty import RankCorrelation
from limelight.capabilities.quality.verdict import verdict
from limelight.figures.drawing import Drawing
from limelight.figures.inputs import figure_provenance, subjects
from limelight.figures.methods import layers_in_words, spoken
from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.subject import join
from limelight.machinery import arrays, tables

MOST_METHODS = 5
"""Methods on the sheet of mistakes: more make a row wider than a page."""


def sheet(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """The sheet that the rule names, or one that says that nothing could be computed."""
    draw, question, inputs = SHEETS[drawing.wildcards["sheet"]]
    words: dict[str, Any] = {"title": f"{drawing.model['model']}: {question}", "style": drawing.style}
    if any(arrays.read_index(path).items for path in drawing.paths(inputs[0])):
        figure = draw(drawing, words)
    else:
        figure = contact_sheet([[Tile(None, reason="nothing could be measured: see failed.csv")]], **words)
    paths = [path for name in inputs for path in drawing.paths(name)]
    return figure, figure_provenance(paths, drawing.params["style"])


def _overview(drawing: Drawing, words: dict[str, Any]) -> Figure:
    """Means of all measures by method, and the verdicts of the sanity check."""
    table = tables.read(drawing.files["quality"])
    kept = arrays.read(drawing.paths("sanity"))
    checked = f"The sanity check is based on {_counted(images_of(kept))}." if kept else ""
    words["subtitle"] = join(_based_on(drawing, table["image"].nunique()), checked)
    verdicts = {name: verdict(cascade) for name, cascade in cascades(kept).items()}
    return quality_overview(summary(table, seed=drawing.params["seed"]), verdicts, **words)


def _curves(drawing: Drawing, words: dict[str, Any]) -> Figure:
    """Deletion and insertion curves."""
    measured = arrays.read(drawing.paths())
    words["subtitle"] = _based_on(drawing, images_of(measured))
    return curves_figure(curves(measured), **words)


def _cascade(drawing: Drawing, words: dict[str, Any]) -> Figure:
    """Cascading parameter randomisation, step by step."""
    kept = arrays.read(drawing.paths("sanity"))
    words["subtitle"] = _based_on(drawing, images_of(kept), files="sanity")
    return randomisation_figure(cascades(kept), **words)


def _clarity(drawing: Drawing, words: dict[str, Any]) -> Figure:
    """The accuracy of each class beside what its explanations are worth."""
    table = tables.read(drawing.files["clarity"])
    columns = []
    for row in tables.read(drawing.files["correlations"]).to_dict("records"):
        name, method = row.pop("column"), row.pop("method")
        heading, meaning = BESIDE_ACCURACY[name]
        table = table.rename(columns={name: heading})
        columns.append(Column(heading, meaning.format(method=spoken(method)), RankCorrelation(**row)))
    words["subtitle"] = _based_on(drawing, int(table["explained"].sum()), "explained image")
    return classes_figure(table, columns, **words)


def _mistakes(drawing: Drawing, words: dict[str, Any]) -> Figure:
    """Misclassified photographs with maps of the true and of the predicted class."""
    images, methods = drawing.images, drawing.params["methods"]
    made = [method for path in drawing.paths() for method in arrays.read_provenance(path)["parameters"]["methods"]]
    methods = [method for method in methods if method in made][:MOST_METHODS]
    predicted = tables.read(drawing.files["predictions"]).set_index("image")["predicted"]
    wrong = [image for image in images if image[1] is not None and predicted.get(image[0], image[1]) != image[1]]
    wrong = wrong[: drawing.params["per_sheet"]]
    misclassified = subjects(wrong, drawing.files["model"], drawing.files["predictions"]) if wrong else []
    names = {subject.image for subject in misclassified}
    items = {item for path in drawing.paths() for item in arrays.read_index(path).items if item.image in names}
    maps = {(item.image, item.method): of_item for item, of_item in arrays.read(drawing.paths(), items).items()}
    pairs = [
        Mistake(
            subject,
            {
                method: (of_method.get("map"), of_method.get("predicted"))
                for method in methods
                if (of_method := maps.get((subject.image, method)))
            },
        )
        for subject in misclassified
    ]
    words["subtitle"] = join(
        f"{len(wrong)} of {len(images)} explained images are misclassified.",
        layers_in_words(drawing.paths()),
        drawing.left_out,
    )
    return mistakes_sheet(pairs, methods, **words)


SHEETS = {
    "overview": (_overview, "which methods are reliable?", ("arrays", "sanity")),
    "curves": (_curves, "do the pixels that the maps name decide the class?", ("arrays",)),
    "cascade": (_cascade, "what is left of the maps when the parameters are randomised?", ("sanity",)),
    "clarity": (_clarity, "are the least accurate classes explained least clearly?", ("arrays",)),
    "mistakes": (_mistakes, "what did the network see instead?", ("arrays",)),
}
"""By name: what draws it, the question that it answers, and the files of arrays that it shows."""


def _based_on(drawing: Drawing, count: int, what: str = "image", files: str = "arrays") -> str:
    return join(f"Based on {_counted(count, what)}.", layers_in_words(drawing.paths(files)), drawing.left_out)


def _counted(count: int, what: str = "image") -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
