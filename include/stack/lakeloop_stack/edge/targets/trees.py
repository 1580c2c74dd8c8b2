"""The trees of a booster as arrays, over all trees in a row."""

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost

from ..errors import ExportError

SIGMOID, EXPONENTIAL, IDENTITY = "sigmoid", "exponential", "identity"
# By XGBoost's objective: from the sum of leaves to the prediction.
LINKS = {
    "binary:logistic": SIGMOID,
    "reg:logistic": SIGMOID,
    "count:poisson": EXPONENTIAL,
    "reg:gamma": EXPONENTIAL,
    "reg:tweedie": EXPONENTIAL,
    "reg:squarederror": IDENTITY,
    "reg:absoluteerror": IDENTITY,
    "reg:pseudohubererror": IDENTITY,
    "reg:quantileerror": IDENTITY,
}


@dataclass(frozen=True)
class Trees:
    """Nodes of all trees, those of a tree in a row with its root first; siblings are neighbours.

    Args:
        roots: int [trees].
        left: int [nodes], the left child; a leaf's is itself. The right one follows it.
        feature: int [nodes]; 0 for a leaf.
        threshold: float32 [nodes]; a value below it goes left. NaN for a leaf.
        missing_right: bool [nodes], where a missing value goes.
        leaf: float32 [nodes]; 0 for an inner node.
        depth: steps from a root to its deepest leaf.
        base: what is added to the sum of leaves.
        link: from that sum to the prediction.
    """

    roots: np.ndarray
    left: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    missing_right: np.ndarray
    leaf: np.ndarray
    depth: int
    base: float
    link: str
    features: int

    @property
    def tree(self) -> np.ndarray:
        """int [nodes], to which tree a node belongs."""
        sizes = np.diff(np.append(self.roots, len(self.left)))
        return np.repeat(np.arange(len(self.roots)), sizes)


def trees_of(booster: xgboost.Booster, rounds: int) -> Trees:
    """The first `rounds` of a booster, all where it is 0.

    Raises ExportError for an objective or a kind of booster that has no single sum of leaves.
    """
    kept = booster[:rounds] if rounds else booster
    learner = json.loads(kept.save_raw("json"))["learner"]
    link = _link(learner)
    parts = [_ordered(tree) for tree in learner["gradient_booster"]["model"]["trees"]]
    sizes = [len(part[0]) for part in parts]
    starts = np.cumsum([0, *sizes[:-1]])
    left, feature, threshold, missing_right, leaf = (
        np.concatenate(column) for column in zip(*(part[:5] for part in parts), strict=True)
    )
    shifted = left + np.repeat(starts, sizes)
    depth = max(part[5] for part in parts)
    features = booster.num_features()
    base = _base(kept, [(part[0], part[3], part[4]) for part in parts], features)
    return Trees(starts, shifted, feature, threshold, missing_right, leaf, depth, base, link, features)


def _link(learner: dict[str, Any]) -> str:
    objective, kind = learner["objective"]["name"], learner["gradient_booster"]["name"]
    if kind != "gbtree" or objective not in LINKS:
        raise ExportError(
            f"the booster is {kind} with the objective {objective}; expected gbtree with one of {', '.join(LINKS)}"
        )
    return LINKS[objective]


def _ordered(tree: dict[str, Any]) -> tuple[Any, ...]:
    """Left, feature, threshold, missing right and leaf by node, breadth first, and the depth."""
    if any(tree["split_type"]):
        raise ExportError("the booster has splits by category; expected splits by threshold alone")
    order, place, depth = _breadth_first(tree)
    left = np.array([place[tree["left_children"][old]] if _inner(tree, old) else place[old] for old in order])
    inner = np.array([_inner(tree, old) for old in order])
    values = np.array([tree["split_conditions"][old] for old in order], dtype=np.float32)
    feature = np.where(inner, [tree["split_indices"][old] for old in order], 0)
    right = inner & ~np.array([bool(tree["default_left"][old]) for old in order])
    return left, feature, np.where(inner, values, np.float32("nan")), right, np.where(inner, 0, values), depth


def _breadth_first(tree: dict[str, Any]) -> tuple[list[int], dict[int, int], int]:
    order, depth = list[int](), 0
    waiting = deque([(0, 0)])
    while waiting:
        node, level = waiting.popleft()
        order.append(node)
        depth = max(depth, level)
        if _inner(tree, node):
            waiting += [(tree["left_children"][node], level + 1), (tree["right_children"][node], level + 1)]
    return order, {old: new for new, old in enumerate(order)}, depth


def _inner(tree: dict[str, Any], node: int) -> bool:
    return bool(tree["left_children"][node] != -1)


def _base(booster: xgboost.Booster, trees: list[tuple[np.ndarray, ...]], features: int) -> float:
    """From what the booster itself answers to a row without values: how it writes its base score has changed often."""
    nothing = xgboost.DMatrix(np.full((1, features), np.nan, dtype=np.float32))
    margin = float(booster.predict(nothing, output_margin=True, validate_features=False)[0])
    return margin - sum(_leaf_of_nothing(*tree) for tree in trees)


def _leaf_of_nothing(left: np.ndarray, missing_right: np.ndarray, leaf: np.ndarray) -> float:
    node = 0
    while left[node] != node:
        node = left[node] + missing_right[node]
    return float(leaf[node])
