"""The pictures of a run hold what they claim to show."""

import io

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from lakeloop.lifecycle import plots

Y = np.array([0, 0, 1, 1] * 25)
SCORES = {
    "XGBoost": np.linspace(0, 1, 100),
    "logistic regression": np.tile([0.2, 0.4, 0.3, 0.9], 25),
    "recency rule": np.tile([0.9, 0.1, 0.2, 0.3], 25),
}


def labels_of(figure: Figure) -> list[str]:
    legend = figure.axes[0].get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


@pytest.mark.parametrize("draw", [plots.roc, plots.precision_recall, plots.calibration])
def test_every_model_has_its_line_and_name(draw: plots.Callable[..., Figure]) -> None:
    figure = draw(Y, SCORES, "title here")

    assert figure.axes[0].get_title(loc="left") == "title here"
    for name in SCORES:
        assert any(label.startswith(name) for label in labels_of(figure))


def test_the_legend_states_the_figure() -> None:
    assert "logistic regression  AUC 0.750" in labels_of(plots.roc(Y, SCORES))


def test_the_most_important_feature_is_on_top() -> None:
    shares = pd.Series({"recency": 0.7, "spend": 0.2, "visits": 0.1})

    axes = plots.feature_importance(shares, most=2).axes[0]

    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["spend", "recency"]


def test_the_learning_curve_marks_where_growing_stopped() -> None:
    assert labels_of(plots.learning_curve([0.6, 0.7, 0.65], 2, "auc")) == ["2 trees kept"]


def test_a_figure_can_be_saved_and_leaves_no_global_trace() -> None:
    before = dict(mpl.rcParams)
    picture = io.BytesIO()

    plots.roc(Y, SCORES).savefig(picture, format="png")

    assert picture.getvalue().startswith(b"\x89PNG")
    assert dict(mpl.rcParams) == before
