"""Do the measures agree with those of Quantus (Hedström et al., 2023)?"""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from limelight.capabilities.quality.faithfulness import deletion, pixel_orders
from limelight.capabilities.quality.localisation import pointing_game, relevance_mass, relevance_rank
from limelight.capabilities.quality.sparsity import gini

if os.environ.get("CI") == "true":
    import quantus
else:  # it brings OpenCV along, which wants libraries of the system
    quantus = pytest.importorskip("quantus", exc_type=ImportError)

TARGETS = np.array([2, 0, 1, 1, 2])


MAPS = np.random.default_rng(3).exponential(1, (5, 6, 6))


@pytest.fixture
def classifier(classify: Callable) -> nn.Module:
    torch.manual_seed(0)
    return classify(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(64, 3)))


@pytest.fixture
def measured(classifier: nn.Module, photographs: Tensor) -> Callable[..., Any]:
    """What a Quantus metric gives for the maps."""

    def by(metric: type, masks: np.ndarray | None = None, **settings: Any) -> np.ndarray:
        made = metric(normalise=False, disable_warnings=True, display_progressbar=False, **settings)
        return np.array(
            made(
                model=classifier,
                x_batch=photographs[..., :6, :6].numpy(),
                y_batch=TARGETS,
                a_batch=MAPS[:, None].copy(),
                s_batch=None if masks is None else masks[:, None],
            )
        )

    return by


def test_localisation(measured: Callable) -> None:
    masks = np.random.default_rng(4).random((5, 6, 6)) < np.array([0.1, 0.3, 0.5, 0.7, 0.9])[:, None, None]
    for ours, theirs in (
        (pointing_game(MAPS, masks, tolerance=0), quantus.PointingGame),
        (relevance_mass(MAPS, masks), quantus.RelevanceMassAccuracy),
        (relevance_rank(MAPS, masks), quantus.RelevanceRankAccuracy),
    ):
        np.testing.assert_allclose(ours, measured(theirs, masks), rtol=1e-12)


def test_sparsity(measured: Callable) -> None:
    np.testing.assert_allclose(gini(MAPS), measured(quantus.Sparseness), atol=1e-6)


def test_deletion(measured: Callable, classifier: nn.Module, photographs: Tensor) -> None:
    """Quantus leaves the untouched photograph out, and takes each channel of a pixel for a feature."""
    orders, targets = pixel_orders(torch.from_numpy(MAPS), range(5)), torch.from_numpy(TARGETS)
    ours = deletion(classifier, photographs[..., :6, :6], targets, orders, steps=12, reference=0.5)
    theirs = measured(quantus.PixelFlipping, features_in_step=3 * 3, perturb_baseline=0.5)
    np.testing.assert_allclose(ours.probabilities[:, 1:], theirs, atol=1e-6)
