"""A booster as arrays answers as the booster: walked in Python, by another hand than the graphs'."""

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeloop_stack.edge.errors import ExportError
from lakeloop_stack.edge.targets.trees import Trees, trees_of
from oipscorer.conversion.parity import random_rows


def walked(trees: Trees, row: np.ndarray) -> float:
    """The sum of leaves and the base."""
    total = trees.base
    for root in trees.roots:
        node = root
        while trees.left[node] != node:
            value = row[trees.feature[node]]
            right = trees.missing_right[node] if np.isnan(value) else value >= trees.threshold[node]
            node = trees.left[node] + bool(right)
        total += float(trees.leaf[node])
    return total


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 7), rounds=st.integers(1, 6))
@pytest.mark.parametrize("objective", ["binary:logistic", "reg:squarederror", "count:poisson"])
def test_a_walk_over_the_arrays_ends_where_the_booster_ends(
    objective: str, seed: int, depth: int, rounds: int
) -> None:
    random = np.random.default_rng(seed)
    x = random.normal(size=(300, 4)).astype(np.float32)
    x[random.random(x.shape) < 0.1] = np.nan
    y = (np.nan_to_num(x[:, 0]) + random.normal(size=300) > 0).astype(int)
    params = {"objective": objective, "max_depth": depth, "nthread": 1}
    booster = xgb.train(params, xgb.DMatrix(x, y), 6)

    trees = trees_of(booster, rounds)

    rows = random_rows(booster)[:200]
    margin = booster.predict(xgb.DMatrix(rows), output_margin=True, iteration_range=(0, rounds))
    assert len(trees.roots) == rounds
    assert np.allclose([walked(trees, row) for row in rows], margin, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"objective": "multi:softprob", "num_class": 3}, "gbtree with the objective multi:softprob"),
        ({"objective": "reg:squarederror", "booster": "dart"}, "the booster is dart"),
        ({"objective": "reg:squarederror", "booster": "gblinear"}, "the booster is gblinear"),
    ],
)
def test_what_is_no_single_sum_of_leaves_is_refused_by_name(params: dict[str, object], said: str) -> None:
    random = np.random.default_rng(1)
    rows = xgb.DMatrix(random.normal(size=(60, 2)), random.integers(0, 3, 60))

    with pytest.raises(ExportError, match=said):
        trees_of(xgb.train(params, rows, 2), 0)
