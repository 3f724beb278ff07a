"""The small classifier that is trained on the drawings."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn


class SmallVGG(nn.Module):
    """Five blocks of convolution in `cnn`, and a linear head in `fc`."""

    def __init__(self, num_classes: int, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for out in (width, 2 * width, 4 * width, 8 * width, 8 * width):
            # Batch norm has its own offset, so the convolution needs none.
            layers += [nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)]
            layers += [nn.ReLU(inplace=True), nn.MaxPool2d(2)]
            channels = out
        self.cnn = nn.Sequential(*layers)
        head = [
            ("pool", nn.AdaptiveAvgPool2d(1)),
            ("flat", nn.Flatten()),
            ("drop", nn.Dropout(0.1)),
            ("linear", nn.Linear(channels, num_classes)),
        ]
        self.fc = nn.Sequential(OrderedDict[str, nn.Module](head))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of images (N, 3, height, width) in 0..1."""
        return self.fc(self.cnn(images))


def network(num_classes: int = 11, width: int = 16) -> nn.Module:
    """An untrained VGG-like network for (N, 3, 128, 128) RGB images in 0..1.

    Parameters
    ----------
    num_classes : int
        Number of logits.
    width : int
        Channels of the first block; the others have 2, 4, 8 and 8 times as many.

    Returns
    -------
    torch.nn.Module
        `cnn` is one Sequential of five blocks of Conv2d, BatchNorm2d, ReLU and MaxPool2d (layers cnn.0 to cnn.19),
        `fc` the head; the output is (N, num_classes) logits. Images at least 32 pixels wide are accepted.
    """
    return SmallVGG(num_classes, width)
