"""The pictures of a ranking hold what they claim to show."""

import io
from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from lakeloop.lifecycle.plots import binary

Y = np.array([0, 0, 1, 1] * 25)
SCORES = {
    "XGBoost": np.linspace(0, 1, 100),
    "logistic regression": np.tile([0.2, 0.4, 0.3, 0.9], 25),
    "idle rule": np.tile([0.9, 0.1, 0.2, 0.3], 25),
}


def labels_of(figure: Figure) -> list[str]:
    legend = figure.axes[0].get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


@pytest.mark.parametrize("draw", [binary.roc, binary.precision_recall, binary.calibration])
def test_every_model_has_its_line_and_name(draw: Callable[..., Figure]) -> None:
    figure = draw(Y, SCORES, "title here")

    assert figure.axes[0].get_title(loc="left") == "title here"
    for name in SCORES:
        assert any(label.startswith(name) for label in labels_of(figure))


def test_the_legend_states_the_figure() -> None:
    assert "logistic regression  AUC 0.750" in labels_of(binary.roc(Y, SCORES))


def test_scores_that_are_no_probabilities_are_not_calibrated() -> None:
    figure = binary.calibration(Y, SCORES | {"days": np.arange(100.0)})

    assert labels_of(figure) == ["perfect", *SCORES]


def test_a_figure_can_be_saved_and_leaves_no_global_trace() -> None:
    before = dict(mpl.rcParams)
    picture = io.BytesIO()

    binary.roc(Y, SCORES).savefig(picture, format="png")

    assert picture.getvalue().startswith(b"\x89PNG")
    assert dict(mpl.rcParams) == before
