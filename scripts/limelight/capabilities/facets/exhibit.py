"""Facets in the gallery: what else excites each filter of a layer."""

from limelight.figures.ascents import facets_of
from limelight.gallery.filters import Filter, LayerExhibit, Picture
from limelight.machinery import arrays

GROUP = "Facets: ascents from noise, kept apart"


def of_layer(layer: LayerExhibit) -> list[Filter]:
    """A picture a facet."""
    filters = []
    everything = arrays.read(layer.files.get("facets", ()))
    for item, together in everything.items():
        assert item.filter is not None
        apart = facets_of(item, everything).values()
        pictures = [Picture(one["frames"][-1], GROUP, f"activation {one['activations']:.3g}") for one in apart]
        likeness = float(together["likeness"].mean())
        filters.append(Filter(item.filter, pictures, numbers={"likeness of its facets": likeness}))
    return filters
