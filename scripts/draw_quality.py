"""The sheets on whether the explanations can be believed, one a run."""

from limelight.analysis import figure_provenance, subjects
from limelight.capabilities.predictions.tables import read_table
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
from limelight.figures.methods import spoken
from limelight.figures.sheet import Tile, contact_sheet
from limelight.figures.style import Style, save
from limelight.figures.subject import join
from limelight.machinery import arrays, tables
from limelight.machinery.joblog import job_log
from limelight.study.files import read_json

MOST_METHODS = 5
"""Methods on the sheet of mistakes: more make a row wider than a page."""


def rest(count, what="image"):
    return f"Rests on {count} {what}{'' if count == 1 else 's'}."


def overview(source, params, words):
    table = tables.read(source.quality)
    found = arrays.read(source.sanity)
    checked = f"The sanity check {rest(images_of(found)).lower()}" if found else ""
    words["subtitle"] = join(rest(table["image"].nunique()), checked)
    verdicts = {name: verdict(cascade) for name, cascade in cascades(found).items()}
    return quality_overview(summary(table, seed=params.seed), verdicts, **words)


def cascade(source, params, words):
    found = arrays.read(source.sanity)
    words["subtitle"] = rest(images_of(found))
    return randomisation_figure(cascades(found), **words)


def faithfulness(source, params, words):
    found = arrays.read(source.arrays)
    words["subtitle"] = rest(images_of(found))
    return curves_figure(curves(found), **words)


def clarity(source, params, words):
    table = tables.read(source.clarity)
    columns = []
    for row in tables.read(source.correlations).to_dict("records"):
        name, method = row.pop("column"), row.pop("method")
        heading, meaning = BESIDE_ACCURACY[name]
        table = table.rename(columns={name: heading})
        columns.append(Column(heading, meaning.format(method=spoken(method)), RankCorrelation(**row)))
    words["subtitle"] = rest(int(table["explained"].sum()), "explained image")
    return classes_figure(table, columns, **words)


def mistakes(source, params, words):
    predicted = read_table(source.predictions).set_index("image")["predicted"]
    wrong = [item for item in params.images if item[1] is not None and predicted.get(item[0], item[1]) != item[1]]
    wrong = wrong[: params.per_sheet]
    methods = params.methods[:MOST_METHODS]
    names = [f"{name}/{method}" for name, *_ in wrong for method in methods]
    found = arrays.read(source.arrays, names)
    shown = subjects(wrong, source.model, source.predictions) if wrong else []
    pairs = [
        Mistake(
            subject,
            {
                method: (unit.get("map"), unit.get("predicted"))
                for method in methods
                if (unit := found.get(f"{subject.image}/{method}"))
            },
        )
        for subject in shown
    ]
    words["subtitle"] = f"{len(wrong)} of {len(params.images)} explained images are misclassified."
    return mistakes_sheet(pairs, methods, **words)


DRAW = {
    "overview": (overview, "which methods can be believed?"),
    "curves": (faithfulness, "do the pixels that the maps name decide the class?"),
    "cascade": (cascade, "what is left of the maps when the network forgets?"),
    "clarity": (clarity, "are the least accurate classes explained least clearly?"),
    "mistakes": (mistakes, "what did the network see instead?"),
}


def main(source, params, sheet, output):
    draw, question = DRAW[sheet]
    words = {"title": f"{read_json(source.model)['model']}: {question}", "style": Style(**params.style)}
    read = source.sanity if sheet == "cascade" else [*source.arrays, *(source.sanity if sheet == "overview" else [])]
    if any(arrays.read_index(path).digests for path in (source.sanity if sheet == "cascade" else source.arrays)):
        figure = draw(source, params, words)
    else:
        figure = contact_sheet([[Tile(None, reason="nothing could be measured: see failed.csv")]], **words)
    save(figure, output, figure_provenance(read, params.style))


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(snakemake.input, snakemake.params, snakemake.wildcards.sheet, snakemake.output)
