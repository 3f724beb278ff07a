"""Measured maps in the gallery: those that the saliency section does not show, such as the baselines."""

from typing import Any

from limelight.gallery.exhibit import AttributionMap, ImageExhibit


def exhibit(exhibit: ImageExhibit) -> dict[str, Any] | None:
    """The maps of an image; LIME is no map but has a chapter of its own."""
    maps = [
        AttributionMap(str(item.method), "label", arrays["map"], layer=item.layer)
        for item, arrays in exhibit.arrays.items()
        if item.method != "lime" and "map" in arrays
    ]
    saved = exhibit.maps(maps)
    return {"maps": saved} if saved else None
