"""Eight bits lose what they say and nothing else."""

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import xgboost as xgb

from lakeloop_stack.edge.targets.int8_graph import int8_graph
from lakeloop_stack.edge.targets.quantised import MOST_EDGES, Quantised, quantise
from lakeloop_stack.edge.targets.trees import Trees, trees_of
from oipscorer.conversion.parity import random_rows


def answers(quantised: Quantised, rows: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(int8_graph(quantised), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"input": rows.astype(np.float32)})[0])


def with_whole_leaves(trees: Trees) -> Trees:
    """Leaves that are whole steps already: what is left of a difference comes from the bins."""
    random = np.random.default_rng(1)
    leaf = np.where(np.isnan(trees.threshold), random.integers(-126, 127, len(trees.leaf)), 0)
    last = np.append(trees.roots[1:], len(leaf)) - 1  # breadth first, so that a tree's last node is a leaf
    leaf[last] = 127
    return replace(trees, leaf=leaf.astype(np.float32), link="identity", base=0.0)


def test_bins_of_the_trees_own_thresholds_lose_nothing(trained: xgb.Booster) -> None:
    """On values at each threshold and beside it, and missing ones, integers come out as they must."""
    trees = with_whole_leaves(trees_of(trained, 5))
    quantised = quantise(trees)
    rows = random_rows(trained)

    assert quantised.merged == 0
    assert np.array_equal(quantised.leaf, trees.leaf)
    assert answers(quantised, rows).tolist() == [total(trees, row) for row in rows]


def total(trees: Trees, row: np.ndarray) -> float:
    found = 0.0
    for root in trees.roots:
        node = root
        while trees.left[node] != node:
            value = row[trees.feature[node]]
            right = trees.missing_right[node] if np.isnan(value) else value >= trees.threshold[node]
            node = trees.left[node] + bool(right)
        found += float(trees.leaf[node])
    return found


def test_a_leaf_is_at_most_half_a_step_away(trained: xgb.Booster) -> None:
    trees = trees_of(trained, 0)
    quantised = quantise(trees)

    scale = quantised.scale[trees.tree]
    assert (np.abs(quantised.leaf * scale - trees.leaf) <= scale * 0.5001).all()


def test_a_feature_with_more_thresholds_than_fit_has_them_merged_and_counted() -> None:
    random = np.random.default_rng(2)
    x = random.normal(size=(4_000, 1)).astype(np.float32)
    booster = xgb.train(
        {"objective": "reg:squarederror", "max_depth": 8, "max_bin": 2_000, "nthread": 1},
        xgb.DMatrix(x, np.sin(3 * x[:, 0]) + random.normal(size=len(x)) / 10),
        40,
    )
    trees = trees_of(booster, 0)
    distinct = len(np.unique(trees.threshold[~np.isnan(trees.threshold)]))

    quantised = quantise(trees)

    kept = quantised.edges[~np.isnan(quantised.edges)]
    assert distinct > MOST_EDGES >= len(kept) > MOST_EDGES / 2
    assert quantised.merged == distinct - len(kept)
    right = booster.predict(xgb.DMatrix(x))
    assert 0.99 < np.corrcoef(answers(quantised, x), right)[0, 1] < 1


@pytest.mark.parametrize("link", ["binary:logistic", "count:poisson", "reg:squarederror"])
def test_each_link_ends_near_the_booster(link: str) -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(2_000, 3)).astype(np.float32)
    rows = xgb.DMatrix(x, (x[:, 0] + random.normal(size=2_000) > 0).astype(int))
    booster = xgb.train({"objective": link, "max_depth": 3, "nthread": 1}, rows, 20)

    assert np.abs(answers(quantise(trees_of(booster, 0)), x) - booster.predict(rows)).max() < 0.02
