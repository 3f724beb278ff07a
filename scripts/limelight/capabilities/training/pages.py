"""A training run on the first page of the gallery: its strips, each with an animation beside it."""

from pathlib import Path
from typing import Any

from PIL import Image

from limelight.gallery.pages import PageFiles, Pages

TITLES = {"saliency": "Saliency maps", "dream": "Deep dreams"}


def pages(files: PageFiles) -> Pages:
    """A section with the strips; none without a training run."""
    strips = [path for path in files.study_files if path.suffix == ".png"]
    return Pages(
        study_section={"strips": [_strip(path) for path in strips]} if strips else None,
        files={f"{_place(path)}{ending}": path.with_suffix(ending) for path in strips for ending in (".png", ".webp")},
    )


def _place(strip: Path) -> str:
    """Where a strip and its animation lie in the gallery, without their endings."""
    return f"training/{strip.parent.name}-{strip.stem}"


def _strip(path: Path) -> dict[str, Any]:
    with Image.open(path) as opened:
        width, height = opened.size
    title = f"Filters of layer {path.stem}, from noise" if path.parent.name == "filters" else TITLES[path.stem]
    return {"title": title, "file": f"data/{_place(path)}", "width": width, "height": height}
