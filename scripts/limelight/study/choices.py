"""Choice of images and classes by a setting."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from limelight.study.errors import LimelightError, nearest
from limelight.study.image_set import Image


def choose(images: Sequence[Image], choice: Any, key: str = "explain") -> list[str]:
    """Ids of the images that `choice` names: `all`, a list of ids, or `{per_class: n}` (unlabelled count as a class).

    Raises
    ------
    LimelightError
        A listed id does not exist; the nearest ids are named.
    """
    if choice == "all":
        return [image.id for image in images]
    if isinstance(choice, Mapping):
        taken: dict[str | None, int] = {}
        chosen = []
        for image in images:
            taken[image.label] = taken.get(image.label, 0) + 1
            if taken[image.label] <= choice["per_class"]:
                chosen.append(image.id)
        return chosen
    known = {image.id for image in images}
    for name in choice:
        if name not in known:
            raise LimelightError(f"{key}: there is no image {name!r}; the nearest are {nearest(name, known)}")
    return list(dict.fromkeys(choice))


def choose_classes(classes: Sequence[str], choice: Any, labels: Iterable[str]) -> list[str]:
    """Those classes of a model that `choice` names: `all`, a list of names, or a maximum number.

    Parameters
    ----------
    labels
        What images are labelled with; of many classes these are chosen first. The order is that of `classes`.

    Raises
    ------
    LimelightError
        A listed class does not exist; the nearest are named.
    """
    if choice == "all":
        return list(classes)
    if isinstance(choice, int):
        known = set(labels)
        first = sorted(classes, key=lambda name: name not in known)[:choice]
        return [name for name in classes if name in set(first)]
    for name in choice:
        if name not in classes:
            raise LimelightError(
                f"dream.class_images.classes: there is no class {name!r}; the nearest are {nearest(name, classes)}"
            )
    return list(choice)
