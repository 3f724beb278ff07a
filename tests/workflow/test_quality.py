"""Can the explanations be believed?"""

import pandas as pd
import pytest
from PIL import Image

from limelight.capabilities.quality.table import BASELINES


@pytest.fixture
def measured(study):
    """A study with masks, of which the quality section is done; one object is the left half, another one everything."""
    (study / "masks").mkdir()
    for name in ("0_0", "1_0", "2_0"):
        mask = Image.new("L", (48, 40))
        mask.paste(255, (0, 0, 48 if name == "2_0" else 24, 40))
        mask.save(study / f"masks/{name}.png")
    for label in range(3):
        (study / f"photographs/{label}_1.png").unlink()
    study.configure(images={"path": "photographs", "masks": "masks"})
    run = study.snakemake("quality")
    assert run.status == 0, run.output
    return study


def test_tables_have_the_right_rows_and_only_what_changed_is_measured_again(measured) -> None:
    folder = measured / "results/tiny/net"
    rows = pd.read_csv(folder / "quality.csv")
    everywhere = {"deletion", "insertion", "pointing", "relevance_mass", "relevance_rank", "gini"}
    noise = {"max_sensitivity", "agreement"}
    for method, more in (("gradient", noise), ("lime", {*noise, "r2", "top_agreement"})):
        own = rows[rows["method"] == method]
        assert set(own["metric"]) == everywhere | more
        assert (own.groupby("metric")["image"].agg(set) == {"red_0", "green_0", "blue_0"}).all()
    assert set(rows["method"]) == {"gradient", "lime", *BASELINES}
    whole = rows[(rows["image"] == "blue_0") & rows["metric"].isin(["pointing", "relevance_mass", "relevance_rank"])]
    assert whole["value"].to_numpy() == pytest.approx(1), "everything lies on an object that is everywhere"
    clarity = pd.read_csv(folder / "clarity.csv", index_col="class")
    assert list(clarity["explained"]) == [1, 1, 1]
    value = rows.set_index(["image", "method", "metric"])["value"]
    for column, method in (("relevance_rank", "gradient"), ("agreement", "gradient"), ("r2", "lime")):
        assert clarity.loc["green", column] == pytest.approx(value["green_0", method, column], rel=1e-4)
    assert list(pd.read_csv(folder / "correlations.csv")["count"]) == [3, 3, 3, 3, 3, 3]

    assert "Nothing to be done" in measured.snakemake("quality", "--dry-run").output
    settings = {"methods": ["gradient", "lime"], "samples": 1, "sanity": 1, "cascade": 2}
    measured.configure(quality={**settings, "steps": 5})
    assert measured.count("quality") == {"quality": (3 * 5, 0)}
    measured.configure(quality={**settings, "steps": 5, "tolerance": 0})
    jobs = measured.snakemake("quality", "--dry-run").jobs
    assert jobs == {"summarise_quality": 1, "draw_quality": 4, "quality": 1}, "the sheet of mistakes shows no table"
    measured.configure(quality={**settings, "methods": ["gradients"]})
    said = measured.snakemake("quality", "--dry-run").output
    assert "quality.methods.0: 'gradients' is not lime or one of" in said
