"""The confusion matrix of a model."""

import pandas as pd

from limelight.capabilities.predictions.sheet import confusion_matrix
from limelight.figures.style import Style, save
from limelight.machinery.joblog import job_log
from limelight.study.files import read_json

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        counts = pd.read_csv(snakemake.input.counts, index_col=0, keep_default_na=False)
        model = read_json(snakemake.input.model)
        figure = confusion_matrix(
            counts.to_numpy(),
            list(counts.columns),
            title=f"{model['model']}: confusion matrix",
            style=Style(**snakemake.params.style),
        )
        made = {key: model[key] for key in ("model", "factory", "checkpoint", "checkpoint_sha256")}
        save(figure, snakemake.output, {"model": made, "method": "predictions", "style": snakemake.params.style})
