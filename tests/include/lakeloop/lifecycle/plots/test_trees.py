"""The pictures of grown trees hold what they claim to show."""

import pandas as pd

from lakeloop.lifecycle.plots import trees


def test_the_most_important_feature_is_on_top() -> None:
    shares = pd.Series({"recency": 0.7, "spend": 0.2, "visits": 0.1})

    axes = trees.feature_importance(shares, most=2).axes[0]

    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["spend", "recency"]


def test_the_learning_curve_marks_where_growing_stopped() -> None:
    legend = trees.learning_curve([0.6, 0.7, 0.65], 2, "auc").axes[0].get_legend()

    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["2 trees kept"]
