"""The same rows give the same bytes, and come back as they were."""

from pathlib import Path

import pandas as pd
import pytest

from lakeloop.config import LabelledUseCase
from lakeloop.lifecycle.reproduction import snapshot
from lakeloop.lifecycle.reproduction.digest import digest
from tests.include.lakeloop.lifecycle.reproduction.conftest import training_set


def files(use_case: LabelledUseCase, frame: pd.DataFrame, history: pd.DataFrame | None) -> dict[str, bytes]:
    return dict(snapshot.files(use_case, snapshot.by_month(frame, use_case.period.column), history))


def written(kept: dict[str, bytes], folder: Path) -> Path:
    for path, content in kept.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def test_rows_come_back_with_their_types_and_order(
    visits: LabelledUseCase, frame: pd.DataFrame, tmp_path: Path
) -> None:
    back = snapshot.read(written(files(visits, frame, None), tmp_path) / "training_set")

    pd.testing.assert_frame_equal(back, frame)
    assert digest(back) == digest(frame)


def test_the_same_rows_give_the_same_bytes(visits: LabelledUseCase, frame: pd.DataFrame) -> None:
    history = frame[["visitor", "as_of", "gone"]]
    shuffled = history.sample(frac=1, random_state=1)

    assert files(visits, frame, history) == files(visits, frame.copy(), shuffled)


def test_only_months_that_changed_have_other_bytes(visits: LabelledUseCase, frame: pd.DataFrame) -> None:
    before = files(visits, frame, None)
    changed = frame.copy()
    changed.loc[changed["as_of"] == visits.period.as_of(20), "spend"] = 7.0
    longer = training_set(visits, 44)[: len(frame)]

    after = files(visits, changed, None)
    assert [path for path in before if before[path] != after[path]] == ["training_set/2020-05.parquet"]
    assert len(before) == 10
    assert set(files(visits, longer, None)) == set(before)


def test_a_month_in_which_a_column_is_empty_keeps_its_type(
    visits: LabelledUseCase, frame: pd.DataFrame, tmp_path: Path
) -> None:
    frame.loc[frame["as_of"] <= visits.period.as_of(10), "member"] = None

    back = snapshot.read(written(files(visits, frame, None), tmp_path) / "training_set")

    pd.testing.assert_frame_equal(back, frame)


def test_a_folder_without_rows_is_named(tmp_path: Path) -> None:
    with pytest.raises(snapshot.NoSnapshotError, match="holds no Parquet file"):
        snapshot.read(tmp_path)
