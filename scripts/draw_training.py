"""Filters, saliency maps or dreams over the checkpoints of one training run, as a strip and as an animation."""

from limelight.analysis import ascended, failures, figure_provenance, in_words, subjects
from limelight.capabilities.saliency.sheet import SaliencyTile
from limelight.capabilities.training.sheet import Course, saliency_step, training_frames, training_sheet
from limelight.figures.animation import save_animation
from limelight.figures.methods import spoken
from limelight.figures.sheet import Tile
from limelight.figures.style import Style, save
from limelight.machinery import arrays
from limelight.machinery.joblog import job_log
from limelight.study.errors import LimelightError


def by_model(paths):
    """Files by the model that they belong to, as the files themselves say."""
    found = {}
    for path in paths:
        found.setdefault(arrays.read_provenance(path)["model"]["model"], []).append(path)
    return found


def ending(unit, found, failed, scored=True):
    """The end of an ascent at one checkpoint."""
    image = ascended(unit, found, failed)
    if isinstance(image, str):
        return Tile(None, reason=image)
    return Tile(image, caption=f"activation {found[unit]['scores'][-1]:.3g}" if scored else "")


def filters(models, files):
    """A course a filter that all checkpoints have."""
    found = [arrays.read(files[name]) for name in models]
    failed = [failures(files[name]) for name in models]
    numbers = sorted(set.intersection(*({*one, *lost} for one, lost in zip(found, failed, strict=True))), key=int)
    return [
        Course(f"filter {number}", None, [ending(number, *both) for both in zip(found, failed, strict=True)])
        for number in numbers
    ]


def over_images(models, files, images, step):
    """A course a photograph; `step` makes the tile of a subject from what is found and failed for one checkpoint."""
    courses = {}
    for name, record, table in zip(models, snakemake.input.models, snakemake.input.predictions, strict=True):
        found, failed = arrays.read(files[name]), failures(files[name])
        known = {item.partition("/")[0] for item in {*found, *failed}}
        for subject in subjects(images, record, table, known):
            course = courses.setdefault(subject.image, Course(subject.image, subject.tile(), []))
            course.steps.append(step(subject, name, found, failed))
    return [course for course in courses.values() if len(course.steps) == len(models)]


def saliency(models, files, images, style):
    methods = {name: next(iter(settings_of(files[name])["methods"])) for name in models}

    def step(subject, name, found, failed):
        item = f"{subject.image}/{methods[name]}"
        maps = found.get(item, {})
        tile = SaliencyTile(subject, maps.get("label"), maps.get("predicted"), failed.get(item, ""), methods[name])
        return saliency_step(tile, style)

    return over_images(models, files, images, step)


def dreamt(subject, _, found, failed):
    return ending(subject.image, found, failed, scored=False)


def settings_of(paths):
    return arrays.read_provenance(paths[0])["parameters"]


def main(source, models, images, style, kind):
    files, look = by_model(source.arrays), Style(**style)
    settings = settings_of(files[models[-1]])
    if kind == "saliency":
        courses = saliency(models, files, images, look)
        method = spoken(next(iter(settings["methods"])))
        what, how = "saliency maps", f"Method: {method}; each map has a scale of its own."
    elif kind == "dream":
        courses = over_images(models, files, images, dreamt)
        what = f"deep dreams on filter {settings['filter']} of layer {settings['layer']}"
        how = f"{in_words(settings)}, {max(settings['record'])} iterations."
    else:
        courses = filters(models, files)
        what = f"filters of layer {settings['layer']} from noise"
        how = f"{in_words(settings)}, {settings['noise_iterations']} iterations from the same noise."
    if not courses:
        raise LimelightError(f"training: {', '.join(models)} have no {kind} in common; expected the same ones for all")
    names = [name for name, *_ in images] or None
    made = figure_provenance(source.arrays, style, names)
    made["units"] = {name: figure_provenance(files[name], style, names)["units"] for name in models}
    sheet = training_sheet(courses, models, title=f"Through training: {what}", subtitle=how, style=look)
    save(sheet, snakemake.output.sheet, made)
    frames = training_frames(courses, models, title=f"Through training, {what}", style=look)
    save_animation(frames, snakemake.output.animation, made)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        params = snakemake.params
        main(snakemake.input, params.models, params.images, params.style, params.kind)
