"""Which files are behind the key of a unit? A file more, and editing it makes people compute again."""

import re
import shutil
from pathlib import Path

import pytest

from limelight.attribution import registry
from limelight.catalogue import NAMES, capabilities
from limelight.study import sources
from limelight.study.sources import LOADING, PACKAGE, source_digest, source_files

NETWORK = [
    "network/classifier.py",
    "network/decoding.py",
    "network/hooks.py",
    "network/photographs.py",
    "network/precision.py",
    "study/errors.py",
]

LIME = [
    *NETWORK,
    "capabilities/lime/explanation.py",
    "capabilities/lime/neighbourhood.py",
    "capabilities/lime/segmentation.py",
    "capabilities/lime/surrogate.py",
    "study/digests.py",
]

ATTRIBUTION = [
    *NETWORK,
    "attribution/contract.py",
    "attribution/sources.py",
    "network/checkpoints.py",
    "network/last_map.py",
    "network/loading.py",
    "study/paths.py",
]

QUALITY = [
    *ATTRIBUTION,
    "capabilities/quality/attribute.py",
    "capabilities/quality/cascade.py",
    "capabilities/quality/faithfulness.py",
    "capabilities/quality/measure.py",
    "capabilities/quality/randomisation.py",
    "capabilities/quality/similarity.py",
    "capabilities/quality/stability.py",
    "network/blur.py",
    "statistics.py",
    "study/digests.py",
]

PINNED = {
    "ascent.compute": [
        *NETWORK,
        "ascent/__init__.py",
        "ascent/canvases.py",
        "ascent/colours.py",
        "ascent/compute.py",
        "ascent/engine.py",
        "ascent/objectives.py",
        "ascent/octaves.py",
        "ascent/rectifiers.py",
        "ascent/schedule.py",
        "ascent/starts.py",
        "ascent/tiles.py",
        "ascent/transforms.py",
        "network/relu.py",
        "study/digests.py",
    ],
    "capabilities.filters.compute": [*NETWORK, "capabilities/filters/compute.py"],
    "capabilities.layers.peaks": [*NETWORK, "capabilities/layers/peaks.py"],
    "capabilities.layers.receptive": [
        *NETWORK,
        "capabilities/layers/field.py",
        "capabilities/layers/receptive.py",
    ],
    "capabilities.lime.compute": [*LIME, "capabilities/lime/compute.py"],
    "capabilities.predictions.compute": [*NETWORK, "capabilities/predictions/compute.py"],
    "capabilities.quality.measure": QUALITY,
    "capabilities.quality.of_lime": [*{*QUALITY, *LIME}, "capabilities/quality/of_lime.py"],
    "capabilities.saliency.compute": [
        *ATTRIBUTION,
        "attribution/targets.py",
        "capabilities/saliency/compute.py",
    ],
}
"""By the module that computes units, all files of the package behind their keys."""

METHOD = [*NETWORK, "attribution/contract.py", "network/last_map.py"]

METHODS = {
    "gradient": [*METHOD, "attribution/gradient.py"],
    "gradient_x_input": [*METHOD, "attribution/gradient.py", "attribution/gradient_x_input.py"],
    "smoothgrad": [*METHOD, "attribution/gradient.py", "attribution/smoothgrad.py"],
    "integrated_gradients": [*METHOD, "attribution/integrated_gradients.py", "network/blur.py"],
    "guided_backpropagation": [
        *METHOD,
        "attribution/gradient.py",
        "attribution/guided_backpropagation.py",
        "network/relu.py",
    ],
    "grad_cam": [*METHOD, "attribution/activations.py", "attribution/grad_cam.py"],
    "guided_grad_cam": [
        *METHOD,
        "attribution/activations.py",
        "attribution/grad_cam.py",
        "attribution/gradient.py",
        "attribution/guided_backpropagation.py",
        "attribution/guided_grad_cam.py",
        "network/relu.py",
    ],
    "occlusion": [*METHOD, "attribution/occlusion.py"],
    "random": [*METHOD, "attribution/baselines.py"],
    "centre": [*METHOD, "attribution/baselines.py"],
    "edges": [*METHOD, "attribution/baselines.py"],
}
"""By attribution method what is behind the keys of its maps beside the module that computes them."""

LOADED = [*NETWORK, "network/checkpoints.py", "network/loading.py", "study/paths.py"]
"""Behind the keys of all units: what loads a network."""

JOBS = {one.name: one.jobs for one in capabilities()}
COMPUTES = sorted({module for jobs in JOBS.values() for one in jobs.values() for module in one.computes})

DRAWS = r"""
    figures/.*  |  gallery/.*  |  machinery/.*  |  demo/.*
    | (analysis | catalogue | rooms | rules | schema | targets | __init__)[.]py
    | attribution/(registry | reader | __init__)[.]py
    | network/(depth | inspection | layers | __init__)[.]py
    | study/(?!digests|errors|paths)\w+[.]py
    | capabilities/\w+/((\w+_)?sheet | drawing | summary | exhibit | pages | declaration | units | __init__)[.]py
    | capabilities/quality/(classes | findings | table | uncertainty | verdict)[.]py
    | capabilities/predictions/tables[.]py
    | capabilities/layers/(neighbours | ranking | tuning)[.]py
    | capabilities/.*[.](rst | js | ya?ml | jinja)
"""
"""Files that draw, word, register, tabulate, plan or serve."""


def module_file(module: str) -> Path:
    return PACKAGE / f"{module.replace('.', '/')}.py"


def behind(*files: Path) -> list[str]:
    return [file.relative_to(PACKAGE).as_posix() for file in source_files(*files)]


def test_every_module_that_computes_is_pinned() -> None:
    assert sorted(PINNED) == COMPUTES
    assert METHODS.keys() == {*registry.METHODS, *registry.BASELINES}


@pytest.mark.parametrize("module", COMPUTES)
def test_the_files_behind_a_kind_of_unit(module: str) -> None:
    assert behind(module_file(module)) == sorted(PINNED[module])


@pytest.mark.parametrize("method", METHODS)
def test_the_files_behind_an_attribution_method(method: str) -> None:
    assert behind(*registry.source_files([method])) == sorted(METHODS[method])


def test_the_files_that_load_a_network() -> None:
    assert behind(LOADING) == sorted(LOADED)


@pytest.mark.parametrize("name", NAMES)
def test_units_are_computed_by_modules_that_the_rule_knows(name: str) -> None:
    """Else Snakemake would not run a job again whose units have other keys."""
    text = "".join(file.read_text() for file in (PACKAGE / "capabilities" / name).glob("*.py"))
    named = {module for module in COMPUTES if f'"{module}:' in text}
    if "from limelight.ascent.unit import" in text:
        named.add("ascent.compute")
    declared = {module for jobs in JOBS[name].values() for module in jobs.computes}
    assert named == declared


def test_no_key_changes_with_what_draws_words_registers_or_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "limelight"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(sources, "PACKAGE", package)
    units = {module: [package / module_file(module).relative_to(PACKAGE)] for module in COMPUTES}
    units |= {
        method: [package / file.relative_to(PACKAGE) for file in registry.source_files([method])] for method in METHODS
    }
    units["loading"] = [package / LOADING.relative_to(PACKAGE)]

    def keys() -> dict[str, str]:
        return {name: source_digest.__wrapped__(*files) for name, files in units.items()}

    before = keys()
    edited = [
        file
        for file in sorted(package.rglob("*"))
        if file.is_file() and re.fullmatch(DRAWS, file.relative_to(package).as_posix(), re.VERBOSE)
    ]
    assert {"sheet.py", "drawing.py", "summary.py", "caption.rst", "declaration.py", "analysis.py", "rules.py"} <= {
        file.name for file in edited
    }
    for file in edited:
        content = file.read_bytes()
        file.write_bytes(content + b"\nx = 1\n")
        assert keys() == before, f"{file.relative_to(package)} is behind a key"
        file.write_bytes(content)
    for name, files in units.items():
        content = files[0].read_bytes()
        files[0].write_bytes(content + b"\nx = 1\n")
        assert keys()[name] != before[name]
        files[0].write_bytes(content)
