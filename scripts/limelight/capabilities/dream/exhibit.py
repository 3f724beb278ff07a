"""Deep dreams in the gallery: the recorded iterations of the one that starts from an image."""

from typing import Any

from limelight.gallery.exhibit import ImageExhibit


def exhibit(exhibit: ImageExhibit) -> dict[str, Any] | None:
    """Its frames, and the activation at each."""
    if not exhibit.arrays:
        return None
    ((item, arrays),) = exhibit.arrays.items()
    return {
        "sprite": exhibit.pictures(list(arrays["frames"])),
        "iterations": arrays["iterations"],
        "scores": arrays["scores"],
        "layer": item.layer,
        "filter": item.filter,
    }
