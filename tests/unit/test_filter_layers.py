"""Which layers do the rooms of filters look at, in how many jobs, and what do these cost?"""

from types import SimpleNamespace
from typing import Any

import pytest

from limelight.capabilities.ascents.declaration import CAPABILITY as ASCENTS
from limelight.capabilities.ascents.ways import FOURIER, OFF, PIXELS, SETTINGS, VIEWS, ways
from limelight.capabilities.facets.declaration import CAPABILITY as FACETS
from limelight.capabilities.filters.declaration import CAPABILITY as FILTERS
from limelight.capabilities.layers.declaration import CAPABILITY as LAYERS
from limelight.capabilities.layers.declaration import atlas_files, atlas_parts
from limelight.study.declaration import Jobs
from limelight.study.filter_layers import from_noise, of_atlas, of_facets, of_sheets
from limelight.study.shards import share


def study(**filters: Any) -> Any:
    section = {"layers": ["shallow", 4], "filters": [0, 1], "atlas": {"most": 100}, "facets": {}, **filters}
    return SimpleNamespace(
        models={"one": {"filters": section}},
        settings={"buckets": {"filters": 64}},
        buckets=lambda section, model: {"b0": ("a",), "b1": ("b",)},
        buckets_of=lambda section, model, images: ["b0"],
        explained=lambda section, model: ["a", "b"],
    )


def test_an_atlas_and_facets_have_the_layers_of_the_filters_unless_they_name_some() -> None:
    model = study().models["one"]
    assert of_sheets(model) == of_atlas(model) == of_facets(model) == from_noise(model) == ["shallow", "4"]
    model = study(atlas={"most": 9, "layers": [0]}, facets={"layers": ["deep", 4]}).models["one"]
    assert (of_atlas(model), of_facets(model), from_noise(model)) == (["0"], ["deep", "4"], ["shallow", "4", "deep"])


def test_the_jobs_of_an_atlas_are_bounded() -> None:
    assert atlas_parts(study(), "one") == [0, 1]
    assert max(len(share(4096, 100, part, 2)) for part in atlas_parts(study(), "one")) <= 64
    assert atlas_files(study(), "one", "4") == ["atlas/4/0.npz", "atlas/4/1.npz"]
    assert atlas_files(study(), "one", "deep") == []


def test_filters_from_noise_are_asked_for_once() -> None:
    """Those of a layer of which only facets are shown belong to the facets."""
    some = study(facets={"layers": ["deep", 4]})
    files = [*FILTERS.arrays(some, "one"), *FACETS.arrays(some, "one")]
    assert len(set(files)) == len(files)
    assert [file for file in files if file.endswith("noise.npz")] == [
        f"filters/{layer}/noise.npz" for layer in ("shallow", "4", "deep")
    ]


def test_an_atlas_waits_for_filters_from_noise_that_are_the_same() -> None:
    needs = LAYERS.jobs["atlas"].needs
    some = study(atlas={"most": 9, "layers": [4, 0]})
    assert needs(some, {"model": "one", "layer": "4"}) == {"noise": ["<study>/one/filters/4/noise.npz"]}
    assert needs(some, {"model": "one", "layer": "0"}) == {"noise": []}


def test_the_gallery_reads_of_a_layer_what_there_is() -> None:
    some = study(atlas={"most": 9, "layers": [0]}, facets={"layers": []})
    assert FILTERS.layer_files(some, "one", "4") == {
        "noise": ["filters/4/noise.npz"],
        "photographs": ["filters/4/b0.npz"],
    }
    assert FILTERS.layer_files(some, "one", "0") == {"noise": ["atlas/0/0.npz"], "photographs": []}
    assert FACETS.layer_files(some, "one", "4") == {"facets": []}
    assert LAYERS.layer_files(some, "one", "0") == {name: [f"{name}.csv"] for name in ("atlas", "top", "tuning")}
    assert not any(LAYERS.layer_files(some, "one", "4").values())


@pytest.mark.parametrize(("batch", "expected"), [(4, 5), (8, 8)])
def test_facets_of_a_filter_are_in_one_batch(batch: int, expected: int) -> None:
    model = {"filters": {"ascent": {"batch": batch}, "facets": {"count": 5}}}
    assert FACETS.jobs["facets"].batch(model) == expected


def test_ways_to_ascend_differ_in_what_their_names_say() -> None:
    section = {"parameterisation": "pixels", "objective": "layer", "transforms": OFF, "colours": "lucid"}
    made = ways(section)
    assert tuple(made) == SETTINGS
    for name, way in made.items():
        assert way["transforms"] == (VIEWS if "views" in name else OFF)
        assert {**way, **(FOURIER if "fourier" in name else PIXELS)} == way
        assert (way["objective"], way["colours"]) == ("mean", "lucid")


def test_a_studys_own_ascent_is_one_of_the_ways_where_it_can_be() -> None:
    views = {**OFF, "jitter": 9}
    section = {"parameterisation": "fourier", "objective": "mean", "step": 0.7, "transforms": views}
    assert ways(section)["fourier + views"] == section
    assert ways(section)["fourier"] == {**section, "transforms": OFF}
    assert ways(section)["pixels + views"]["transforms"] == views


@pytest.mark.parametrize(
    ("jobs", "passes"),
    [
        (FILTERS.jobs["filters"], 1 + 3 * 40 * 2),
        (FILTERS.jobs["filters from noise"], 1 + 3 * 40 * 2),
        (FACETS.jobs["facets"], 3 * 40 * 5 * 2),
        (ASCENTS.jobs["ascents"], 3 * 40 * 2 * 3 * 4),
        (LAYERS.jobs["atlas"], 3 * 40),
        (LAYERS.jobs["peaks"], 1),
    ],
)
def test_passes_grow_with_what_a_job_does(jobs: Jobs, passes: int) -> None:
    """A step of an ascent is a pass there and back, which takes as long as three."""
    section = {"iterations": 20, "noise_iterations": 40, "filters": [0, 1], "layers": [1, 2, 3], "compare": 2}
    assert jobs.passes({"filters": {**section, "facets": {"count": 5}}}) == passes
