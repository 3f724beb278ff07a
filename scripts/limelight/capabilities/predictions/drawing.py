"""The confusion matrix of a model."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from limelight.capabilities.predictions.sheet import confusion_matrix
from limelight.figures.drawing import Drawing


def sheet(drawing: Drawing) -> tuple[Figure, dict[str, Any]]:
    """True classes in rows, predicted ones in columns."""
    counts = pd.read_csv(drawing.files["counts"], index_col=0, keep_default_na=False)
    model = drawing.model
    figure = confusion_matrix(
        counts.to_numpy(),
        list(counts.columns),
        title=f"{model['model']}: confusion matrix",
        style=drawing.style,
    )
    made = {key: model[key] for key in ("model", "factory", "checkpoint", "checkpoint_sha256")}
    return figure, {"model": made, "method": "predictions", "style": drawing.params["style"]}
