"""Small networks of the kinds that users may have, for photographs of 32 x 32 pixels."""

import torch
from torch import Tensor, nn


def linear() -> nn.Module:
    """No convolution, and one size."""
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 8), nn.ReLU(), nn.Linear(8, 3))


def one_size() -> nn.Module:
    """One size behind the convolutions."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4 * 16 * 16, 3)
    )


def few_filters() -> nn.Module:
    """Two filters, fewer than any default asks for."""
    return nn.Sequential(
        nn.Conv2d(3, 2, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 3)
    )


def fixed() -> nn.Module:
    """One size from the first convolution on, refused by an assertion."""
    return nn.Sequential(_OneSize(), *few_filters())


class _OneSize(nn.Module):
    def forward(self, photographs: Tensor) -> Tensor:
        if photographs.shape[2:] != (32, 32):
            raise AssertionError
        return photographs


class _Mixer(nn.Module):
    """A block of an MLP-Mixer (Tolstikhin et al., 2021) on 16 tokens of 8 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Sequential(
            nn.LayerNorm(8), _Transposed(nn.Sequential(nn.Linear(16, 8), nn.GELU(), nn.Linear(8, 16)))
        )
        self.channels = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.tokens(tokens)
        return tokens + self.channels(tokens)


class _Transposed(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, values: Tensor) -> Tensor:
        return self.inner(values.mT).mT


class _Tokens(nn.Module):
    """Patches as tokens behind a class token, which belongs to the network itself."""

    def __init__(self, blocks: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.patches, self.blocks, self.head = nn.Conv2d(3, 8, 8, 8), blocks, head
        self.scale = nn.Parameter(torch.ones(16, 8))

    def forward(self, photographs: Tensor) -> Tensor:
        return self.head(self.blocks(self.patches(photographs).flatten(2).mT * self.scale).mean(1))


def mixer() -> nn.Module:
    """A patch embedding, two blocks of a mixer, and a parameter that the root module owns."""
    return _Tokens(nn.Sequential(_Mixer(), _Mixer()), nn.Linear(8, 3))


class Recurrent(nn.Module):
    """A GRU over the rows of a photograph, whose output is a tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = nn.GRU(3 * 32, 8, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, photographs: Tensor) -> Tensor:
        return self.head(self.rows(photographs.permute(0, 2, 1, 3).flatten(2))[0][:, -1])
