"""Writing and reading of the embedded data set."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from limelight.demo.still_life import still_life
from limelight.network.photographs import Resize, load
from limelight.study.digests import seed


def draw_split(photographs: Path, masks: Path, split: str, names: Sequence[str], size: int, study_seed: int) -> None:
    """Draw the photographs `{label}_{index}.png` of a split, and the masks of the food under the same names.

    Each picture has its own seed, so that more pictures of a class leave the others as they are.
    """
    for folder in (photographs, masks):
        folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        generator = np.random.default_rng(seed("still life", study_seed, split, name))
        photograph, mask = still_life(int(name.split("_")[0]), generator, size)
        Image.fromarray(photograph).save(photographs / name)
        Image.fromarray(mask).save(masks / name)


def read_split(folder: str | Path, resize: Resize, threads: int) -> tuple[np.ndarray, np.ndarray]:
    """Photographs, (N, H, W, 3) uint8, and labels, (N,), of a split."""
    paths = sorted(Path(folder).glob("*.png"))
    photographs = [photograph for photograph in load(paths, resize, threads=threads) if photograph is not None]
    return np.stack(photographs), np.array([int(path.name.split("_")[0]) for path in paths])
