"""The model is found in what MLflow logged, or what is missing is named."""

from pathlib import Path

import pytest

from rankstream import Model, ModelError
from rankstream.folder import load, save
from rankstream.mlflow_model import folder_of


def test_it_is_the_data_that_mlflows_loader_is_given(model: Model, tmp_path: Path) -> None:
    (tmp_path / "MLmodel").touch()
    save(model, tmp_path / "data" / "recommender")

    assert load(folder_of(tmp_path)).until == model.until


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no file MLmodel"):
        folder_of(tmp_path)
    (tmp_path / "MLmodel").touch()
    with pytest.raises(ModelError, match=r"has no data/recommender/model\.json; log the saved folder"):
        folder_of(tmp_path)
