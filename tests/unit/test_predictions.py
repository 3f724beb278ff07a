"""What does the network say of every image, and where is it wrong?"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.capabilities.predictions.tables import (
    class_table,
    confusion,
    prediction_table,
)
from limelight.machinery.tables import PREDICTION_COLUMNS, check_class_names, class_names, read_predictions
from limelight.study.errors import LimelightError

ODD = ["NA", "1", "nan", "true", "1e3", "007", "None", "a,b", 'say "so"', "käse", "-"]


def one_hot(predicted: list[int], count: int) -> np.ndarray:
    """Probabilities with 0.6 on the predicted class."""
    return np.where(np.arange(count) == np.array(predicted)[:, None], 0.6, 0.4 / (count - 1))


@pytest.fixture
def table() -> pd.DataFrame:
    labels = ["egg", "egg", "egg", "soup", "soup", None, "meat", "egg", "soup"]
    predicted = [0, 1, 1, 1, 1, 2, 0, 3, 1]
    images = [f"i{number}" for number in range(9)]
    return prediction_table(images, labels, ["egg", "soup", "meat", "rice"], one_hot(predicted, 4))


def test_prediction_is_the_most_probable_class() -> None:
    values = np.array([[0.2, 0.5, 0.3], [0.9, 0.05, 0.05], [0.4, 0.4, 0.2]])
    table = prediction_table(["x", "y", "z"], ["b", None, "a"], ["a", "b", "c"], values)
    assert list(table.columns) == [*PREDICTION_COLUMNS, "a", "b", "c"]
    assert table["predicted"].tolist() == ["b", "a", "a"]
    assert table["label"].tolist() == ["b", "", "a"]
    assert class_names(table) == ["a", "b", "c"]
    np.testing.assert_array_equal(table[["a", "b", "c"]], values)


def test_table_without_images_keeps_its_columns() -> None:
    table = prediction_table([], [], ["a", "b"], np.zeros((0, 2), np.float32))
    assert list(table.columns) == [*PREDICTION_COLUMNS, "a", "b"]
    assert confusion(table).to_numpy().tolist() == [[0, 0], [0, 0]]


def test_confusion_by_hand(table: pd.DataFrame) -> None:
    counts = confusion(table)
    assert list(counts.index) == list(counts.columns) == ["egg", "soup", "meat", "rice"]
    assert counts.to_numpy().tolist() == [[1, 2, 0, 1], [0, 3, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert counts.to_numpy().sum() == 8, "the unlabelled image does not count"


def test_class_table_by_hand(table: pd.DataFrame) -> None:
    found = class_table(confusion(table))
    assert found["class"].tolist() == ["egg", "soup", "meat", "rice"]
    assert found["images"].tolist() == [4, 3, 1, 0]
    np.testing.assert_array_equal(found["accuracy"], [0.25, 1, 0, np.nan])
    assert found["most_confused"].tolist() == ["soup", "", "egg", ""]
    np.testing.assert_array_equal(found["most_confused_share"], [0.5, np.nan, 1, np.nan])


@given(st.integers(2, 5), st.data())
def test_confusion_counts_like_a_loop(count: int, data: st.DataObject) -> None:
    classes = ODD[:count]
    rows = data.draw(st.lists(st.tuples(st.none() | st.integers(0, count - 1), st.integers(0, count - 1)), min_size=1))
    slow = np.zeros((count, count), int)
    for label, predicted in rows:
        if label is not None:
            slow[label, predicted] += 1
    labels = [None if label is None else classes[label] for label, _ in rows]
    values = one_hot([predicted for _, predicted in rows], count)
    counts = confusion(prediction_table([f"i{k}" for k in range(len(rows))], labels, classes, values))
    assert counts.to_numpy().tolist() == slow.tolist()
    for number, row in enumerate(class_table(counts).itertuples(index=False)):
        right, images = slow[number, number], slow[number].sum()
        assert row.images == images
        assert (np.isnan(row.accuracy) and not images) or row.accuracy == right / images
        wrong = max(slow[number, other] for other in range(count) if other != number)
        assert (row.most_confused == "") == (wrong == 0)
        if wrong:
            assert slow[number, classes.index(row.most_confused)] == wrong
            assert row.most_confused_share == wrong / images


def test_names_that_look_like_something_else_survive_the_file(tmp_path: Path) -> None:
    labels: list[str | None] = [*ODD[1:], None]
    written = prediction_table(ODD, labels, ODD, one_hot(list(range(len(ODD))), len(ODD)))
    path = str(tmp_path / "t.csv")
    written.to_csv(path, index=False)
    found = read_predictions(path)
    assert list(found.columns) == [*PREDICTION_COLUMNS, *ODD]
    assert found["image"].tolist() == ODD
    assert found["label"].tolist() == [*ODD[1:], ""]
    assert found["predicted"].tolist() == ODD
    np.testing.assert_allclose(found[ODD].to_numpy(float), written[ODD].to_numpy(float), rtol=1e-12)
    assert confusion(found).equals(confusion(written))


def test_class_with_the_name_of_a_column_is_refused() -> None:
    check_class_names(["egg", "soup"])
    with pytest.raises(LimelightError, match=r"^classes: egg alone; expected at least two class names$"):
        check_class_names(["egg"])
    with pytest.raises(LimelightError, match=r"^classes: 'label' is already a column of predictions"):
        check_class_names(["egg", "label"])
