"""An explanation is exact: it adds up to the model's score, and agrees with the definition and with shap."""

import numpy as np
import pandas as pd
import pytest
import shap
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lakeloop.config.use_case.task import Binary, Regression
from lakeloop.lifecycle.explain.contributions import (
    ContradictionError,
    Explanation,
    NotExplainableError,
    require_consistent,
)
from lakeloop.lifecycle.explain.loaded import explainer_of
from lakeloop.lifecycle.training.models import predict
from tests.include.lakeloop.lifecycle.explain.models import KINDS, labels, raw_scores, rows, trained
from tests.include.lakeloop.lifecycle.explain.oracle import expected_of_trees, shapley

BINARY = Binary(kind="binary", label="gone", prediction="p")
REGRESSION = Regression(kind="regression", label="sold", prediction="n")


@given(seed=st.integers(0, 10_000), kind=st.sampled_from(KINDS))
@settings(max_examples=25, deadline=None)
def test_base_and_contributions_add_up_to_the_score_and_to_the_prediction(seed: int, kind: str) -> None:
    model, _ = trained(kind, seed)
    unseen = rows(seed + 1, 30)

    explanation = explainer_of(model)(unseen)

    assert explanation.contributions.shape == unseen.shape
    assert np.abs(explanation.raw - raw_scores(model, unseen)).max() <= 1e-4
    task = BINARY if explanation.link == "logit" else REGRESSION
    require_consistent(explanation, predict(model, task, unseen))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("xgboost")])
def test_trees_agree_with_shapleys_definition(kind: str) -> None:
    model, x = trained(kind, seed=3)

    explanation = explainer_of(model)(x)

    for place in range(6):
        defined = shapley(expected_of_trees(model, x.iloc[place]), x.shape[1])
        assert explanation.contributions[place] == pytest.approx(defined, abs=1e-4)


@pytest.mark.parametrize("kind", ["linear binary", "linear regression"])
def test_a_linear_model_agrees_with_shap_on_its_own_training_rows(kind: str) -> None:
    model, x = trained(kind, seed=5)
    inputs = model[:-1].transform(x)
    theirs = shap.LinearExplainer(model[-1], shap.maskers.Independent(inputs, max_samples=len(x)))
    # the columns are the four features, then a flag for each that was missing: all four were
    expected = theirs.shap_values(inputs).reshape(len(x), 2, 4).sum(axis=1)

    explanation = explainer_of(model)(x)

    assert explanation.contributions == pytest.approx(expected, abs=1e-9)
    assert explanation.base == pytest.approx(float(np.ravel(theirs.expected_value)[0]), abs=1e-9)


@pytest.mark.parametrize("kind", ["histogram log_loss", "histogram squared_error"])
def test_histogram_trees_agree_with_shapleys_definition_on_one_split(kind: str) -> None:
    """One feature decides all: the others add nothing, and it adds the whole distance from the base."""
    x = pd.DataFrame({"a": [0.0, 1.0] * 30, "b": np.arange(60.0) % 7})
    y = labels(x.rename(columns={"a": "idle_days", "b": "visits"}).assign(spend=x["a"] * 4 - 2), kind, 1)
    model, _ = trained(kind, 1)
    model.set_params(max_iter=1, max_leaf_nodes=2, early_stopping=False).fit(x[["a"]].assign(b=1.0), y)

    explanation = explainer_of(model)(x[["a"]].assign(b=1.0))

    assert explanation.contributions[:, 1] == pytest.approx(0)
    assert explanation.contributions[:, 0] == pytest.approx(raw_scores(model, x) - explanation.base)


def test_a_feature_that_no_row_has_adds_nothing() -> None:
    model, x = trained("linear binary", seed=2)

    assert np.allclose(explainer_of(model)(x).contributions[:, -1], 0)


def test_an_explanation_that_contradicts_its_prediction_is_an_error() -> None:
    explanation = Explanation(0.0, np.zeros((3, 2)), "logit")

    require_consistent(explanation, np.full(3, 0.5))
    with pytest.raises(
        ContradictionError,
        match=r"of 1 of 3 rows does not add up.*row 1 is predicted 0\.6 and explained as 0\.5",
    ):
        require_consistent(explanation, np.array([0.5, 0.6, 0.5]))
    with pytest.raises(ContradictionError, match="predicted nan"):
        require_consistent(explanation, np.array([0.5, np.nan, 0.5]))


def of_large_numbers(trees: int, depth: int) -> tuple[xgb.Booster, pd.DataFrame]:
    """Labels of some hundred thousands on either side of 0: where contributions cancel, the prediction is small."""
    x, random = rows(6, 1500).drop(columns="empty"), np.random.default_rng(6)
    known = x.fillna(0)
    y = 1e5 * (1 + 3 * known["idle_days"] * known["visits"] + 5 * known["spend"] + random.normal(size=len(x)))
    params = {"objective": "reg:squarederror", "max_depth": depth, "learning_rate": 0.05, "nthread": 1}
    return xgb.train(params, xgb.DMatrix(x, label=y), trees), x


@pytest.mark.parametrize(("trees", "depth"), [(5, 16), (400, 4), (100, 10)])
def test_large_numbers_that_cancel_are_no_contradiction(trees: int, depth: int) -> None:
    model, x = of_large_numbers(trees, depth)

    said = predict(model, REGRESSION, x)
    explanation = require_consistent(explainer_of(model)(x), said)

    assert (np.abs(explanation.predictions - said) > 2e-5 * np.maximum(1, np.abs(said))).any()
    sizes = abs(explanation.base) + np.abs(explanation.contributions).sum(axis=1)
    assert (np.abs(explanation.raw - raw_scores(model, x)) <= explanation.rounding).all()
    assert (explanation.rounding < 1e-4 * sizes).all()


@pytest.mark.parametrize("share", [0.999, 1.001])
def test_large_numbers_that_are_off_by_a_thousandth_are_a_contradiction(share: float) -> None:
    model, x = of_large_numbers(trees=50, depth=4)

    with pytest.raises(ContradictionError, match="rounding to single precision allows at most"):
        require_consistent(explainer_of(model)(x), predict(model, REGRESSION, x) * share)


def test_probabilities_near_zero_are_compared_by_their_own_size() -> None:
    explanation = Explanation(-12.0, np.zeros((1, 2)), "logit")

    require_consistent(explanation, np.array([1 / (1 + np.exp(12.0))]))
    with pytest.raises(ContradictionError, match=r"predicted 5e-05 and explained as 6\.1"):
        require_consistent(explanation, np.array([5e-5]))


def test_what_cannot_be_explained_is_named() -> None:
    x = rows(1).fillna(0)
    three = xgb.DMatrix(x, label=np.arange(len(x)) % 3)
    several = xgb.train({"objective": "multi:softprob", "num_class": 3, "nthread": 1}, three, 2)
    other = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, np.arange(len(x)) % 2)

    with pytest.raises(NotExplainableError, match="objective multi:softprob has more than one score a row"):
        explainer_of(several)
    with pytest.raises(
        NotExplainableError, match="a pipeline of StandardScaler, LogisticRegression; expected"
    ):
        explainer_of(other)
    with pytest.raises(NotExplainableError, match="a LogisticRegression; expected one of Booster"):
        explainer_of(other[-1])
