"""The brightness of all photographs in one table."""

import pandas as pd

from limelight.machinery import arrays
from limelight.machinery.rule import RuleContext


def tables(summary: RuleContext) -> dict[str, str]:
    """`brightness.csv`: `image, mean`."""
    rows = [(item.image, float(of["mean"])) for item, of in arrays.read(summary.paths("arrays")).items()]
    return {"brightness": pd.DataFrame(rows, columns=["image", "mean"]).to_csv(index=False, float_format="%.8g")}
