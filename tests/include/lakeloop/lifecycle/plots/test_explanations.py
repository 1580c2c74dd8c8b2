"""The pictures of explanations hold what they claim to show."""

import numpy as np
import pandas as pd

from lakeloop.lifecycle.plots.explanations import beeswarm, mean_size


def test_the_feature_that_moves_most_is_on_top() -> None:
    axes = mean_size(pd.Series({"idle": 0.7, "spend": 0.2, "visits": 0.1}), "log-odds", most=2).axes[0]

    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["spend", "idle"]
    assert axes.get_xlabel() == "mean |SHAP|, log-odds"


def test_each_row_is_a_dot_at_its_contribution_in_its_features_line() -> None:
    random = np.random.default_rng(1)
    x = pd.DataFrame(random.normal(size=(300, 3)), columns=["a", "b", "c"]).mask(
        random.random((300, 3)) < 0.1
    )
    contributions = random.normal(size=(300, 3)) * [1, 3, 2]

    axes = beeswarm(x, contributions, "log-odds", most=2).axes[0]

    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["c", "b"]
    lines = [np.asarray(dots.get_offsets()) for dots in axes.collections]
    for line, feature, dots in zip((0, 1), (2, 1), lines, strict=True):
        assert np.allclose(dots[:, 0], contributions[:, feature])
        assert np.abs(dots[:, 1] - line).max() < 0.5
        assert len(np.unique(dots.round(9), axis=0)) > 250


def test_a_feature_without_any_value_and_one_without_any_effect_can_be_drawn() -> None:
    x = pd.DataFrame({"a": [np.nan] * 5, "b": [1.0] * 5})

    assert beeswarm(x, np.zeros((5, 2)), "units").axes
