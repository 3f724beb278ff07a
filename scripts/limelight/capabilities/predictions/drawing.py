"""The confusion matrix of a model."""

from typing import Any

from matplotlib.figure import Figure

from limelight.capabilities.predictions.sheet import confusion_matrix
from limelight.figures.drawing import Drawing
from limelight.machinery import tables
from limelight.machinery.job import MODEL_KEYS


def sheet(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """True classes in rows, predicted ones in columns."""
    counts = tables.read_texts(drawing.files["counts"])
    classes = list(counts.columns[1:])
    model = drawing.model
    figure = confusion_matrix(
        counts[classes].astype(int).to_numpy(),
        classes,
        title=f"{model['model']}: confusion matrix",
        style=drawing.style,
    )
    made = {key: model[key] for key in MODEL_KEYS}
    return figure, {"model": made, "method": "predictions", "style": drawing.params["style"]}
