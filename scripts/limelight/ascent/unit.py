"""A gradient ascent as a unit of a job. No torch: a job of which everything is in the store imports none."""

from collections.abc import Mapping, Sequence
from typing import Any

from limelight.machinery.items import Item
from limelight.machinery.units import Computation, Photograph, Unit

ASCENT = Computation("ascent", "ascent.compute:ascents")


def ascent(
    item: Item,
    layer: str,
    number: int | None,
    record: Sequence[int],
    settings: Mapping[str, Any],
    image: Photograph | None = None,
    noise: Sequence[Any] | None = None,
    *,
    objective: Any = None,
    seed: int | None = None,
    size: int | Sequence[int] | None = None,
    held_out: int = 0,
    facets: Mapping[str, Any] | None = None,
) -> Unit:
    """A gradient ascent on one filter of a layer, from an image or from the noise that belongs to `noise`.

    Parameters
    ----------
    record
        Iterations to keep.
    settings
        An `ascent` section.
    objective
        The objective, as `limelight.ascent.parse` takes it; by default that of the settings.
    seed
        Decides the seed of the random views, if there are any, together with the objective and the noise.
    size
        Height and width of the picture, in pixels; by default the network's.
    held_out
        Number of held-out random views that are scored at the end.
    facets
        `count` pictures ascend from noise of their own, and the weight of their `diversity` keeps them apart.
    """
    kept = {key: value for key, value in settings.items() if key not in ("batch", "objective")}
    trail: dict[str, Any] = {"layer": layer, "filter": number, "ascent": kept}
    chosen = objective if objective is not None else settings.get("objective", "mean")
    optional = {
        "objective": None if chosen == "mean" else chosen,
        "noise": None if noise is None else list(noise),
        "seed": seed if any(settings.get("transforms", {}).get(key) for key in ("jitter", "scale", "rotate")) else None,
        "size": size,
        "facets": None if facets is None else dict(facets),
    }
    trail |= {key: value for key, value in optional.items() if value is not None}
    ends = {"record": sorted(record)} | ({"held_out": held_out} if held_out else {})
    return Unit(item, ASCENT, {**trail, **ends}, image, trail=trail)
