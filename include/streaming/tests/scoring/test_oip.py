"""Each key is scored by the version that the scorer's own server would choose for it."""

from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from eventscorer.config import Model
from eventscorer.errors import ConfigError
from eventscorer.scoring.oip import OipScorer, load_scorer
from eventscorer_testing.models import save_model
from eventscorer_testing.topics import NAMES
from oipscorer.models.loading import load_version
from oipscorer.repository.traffic import Route, Traffic


def test_rows_go_to_the_versions_of_their_keys_and_come_back_in_order(
    tmp_path: Path, folder: Path, booster: xgb.Booster
) -> None:
    other = save_model(tmp_path / "other", NAMES, trees=3)
    versions = {
        "1": load_version("m", "1", folder, True),
        "2": load_version("m", "2", tmp_path / "other", True),
    }
    route = Route("m", Traffic({"1": 50, "2": 50}))
    keys = [f"c{number}" for number in range(100)]
    matrix = np.random.default_rng(0).normal(size=(100, len(NAMES))).astype(np.float32)

    chosen, scores = OipScorer(versions, route).score(keys, matrix)

    data = xgb.DMatrix(matrix, feature_names=NAMES)
    expected = {"1": booster.predict(data), "2": other.predict(data)}
    assert list(chosen) == [route.choose(key) for key in keys]
    assert set(chosen) == {"1", "2"}
    np.testing.assert_allclose(
        scores, [expected[number][row] for row, number in enumerate(chosen)], rtol=1e-6
    )


def test_a_folder_that_holds_no_model_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.folder: .* is refused: "):
        load_scorer(Model("m", tmp_path), missing=True)
