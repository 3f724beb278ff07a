"""The gradient integrated along the straight path from a baseline to the photograph."""

from typing import Literal

import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from limelight.attribution.contract import Attribution, Count, Paper, method
from limelight.network.blur import blurred
from limelight.network.classifier import Classifier

Baseline = Literal["black", "white", "grey", "blur"]

_GREY = {"black": 0.0, "grey": 0.5, "white": 1.0}


def baselines_of(photographs: Tensor, baseline: Baseline) -> Tensor:
    """The baselines of the photographs, (N, 3, H, W).

    `blur` is the photograph itself under a Gaussian whose standard deviation is a tenth of its shorter side.
    """
    if baseline != "blur":
        return torch.full_like(photographs, _GREY[baseline])
    return blurred(photographs, min(photographs.shape[2:]) / 10)


@method(paper=Paper("Sundararajan, Taly, Yan", 2017, "1703.01365"), signed=True)
def integrated_gradients(
    classifier: Classifier,
    photographs: Tensor,
    targets: Tensor,
    *,
    batch: int,
    baseline: Baseline = "black",
    steps: Count = 50,
) -> Attribution:
    """The gradient integrated along the straight path from a baseline to the photograph.

    sum_c (x_c - x0_c) times the integral of dy_k/dx_c from x0 to x, by Gauss-Legendre quadrature. It adds up to
    y_k(x) - y_k(x0). `completeness_error` says how far the quadrature is from that:
    |sum of the map - (y_k(x) - y_k(x0))| / |y_k(x) - y_k(x0)|.

    Parameters
    ----------
    baseline
        The baseline: a uniform image, or the photograph under a Gaussian `blur`.
    steps
        Number of points of the quadrature.
    """
    ends = baselines_of(photographs, baseline)
    # Captum's, because its quadrature and its batches over steps are sound and it hooks nothing.
    attributions = IntegratedGradients(classifier).attribute(
        photographs, ends, targets, n_steps=steps, method="gausslegendre", internal_batch_size=batch
    )
    maps = attributions.sum(1)
    with torch.no_grad():
        scores, without = (classifier(values).gather(1, targets[:, None])[:, 0] for values in (photographs, ends))
    difference = scores - without
    error = (maps.sum((1, 2)) - difference).abs() / difference.abs().clamp_min(1e-6)
    return Attribution(maps, {"completeness_error": error})
