"""How does a table of a study come back from disk?"""

import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from limelight.figures.study_page import job_table
from limelight.machinery import tables

# As writers of CSV files quote them: anything but control characters and lone surrogates.
NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=12)
NUMBERS = st.floats(allow_nan=True, allow_infinity=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(NAMES, NUMBERS), min_size=1, max_size=8))
@example([("001", 1.0), ("NA", math.nan), ("", 2.0), ('"', 0.1), ("麵包, <b>", -0.0), ("nan", 1e300)])
def test_names_stay_names_and_missing_numbers_are_missing(tmp_path: Path, rows: list[tuple[str, float]]) -> None:
    table = pd.DataFrame(rows, columns=["class", "accuracy"])
    table.to_csv(tmp_path / "t.csv", index=False)
    back = tables.read(tmp_path / "t.csv")
    assert back["class"].tolist() == [name for name, _ in rows]
    assert back["accuracy"].tolist() == pytest.approx([value for _, value in rows], nan_ok=True, rel=1e-15)


def test_columns_that_are_no_names_keep_their_kind(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("layer,filter,column,bounded,metric\n7,0,3,True,\n14,1,2,False,NA\n")
    table = tables.read(tmp_path / "t.csv")
    assert table["layer"].tolist() == ["7", "14"]
    assert table["metric"].tolist() == ["", "NA"]
    assert (table["filter"].dtype, table["column"].dtype, table["bounded"].dtype) == (int, int, bool)


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("image,value\n")
    assert list(tables.read(tmp_path / "t.csv").columns) == ["image", "value"]


def test_what_no_job_says_is_an_empty_text(tmp_path: Path) -> None:
    job_table([]).to_csv(tmp_path / "jobs.csv", index=False)
    with (tmp_path / "jobs.csv").open("a") as file:
        file.write("a.npz,1,0,1,0,,,0.5,0,0,0,1,0,\n")
    table = tables.read(tmp_path / "jobs.csv")
    assert table.loc[0, ["device", "gpu", "left_out"]].tolist() == ["", "", ""]
    assert table.loc[0, "seconds"] == 0.5
