"""Shapley values by their definition: the mean over all orders of what knowing one more feature changes."""

from collections.abc import Callable
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import xgboost as xgb


def shapley(value: Callable[[frozenset[int]], float], features: int) -> np.ndarray:
    """Shapley (1953) of a game in which a set of features is worth `value`; 2^features calls of it."""
    everyone = range(features)
    shares = np.zeros(features)
    for feature in everyone:
        others = [other for other in everyone if other != feature]
        for size in range(features):
            weight = factorial(size) * factorial(features - size - 1) / factorial(features)
            for known in combinations(others, size):
                shares[feature] += weight * (value(frozenset(known) | {feature}) - value(frozenset(known)))
    return shares


def expected_of_trees(booster: xgb.Booster, row: pd.Series) -> Callable[[frozenset[int]], float]:
    """What trees answer when only some features of `row` are known: an unknown split goes both ways, by cover."""
    table = booster.trees_to_dataframe()
    trees = [tree.set_index("ID").to_dict("index") for _, tree in table.groupby("Tree")]
    assert booster.feature_names is not None
    places = {name: place for place, name in enumerate(booster.feature_names)}

    def follow(tree: dict, node: dict, known: frozenset[int]) -> float:
        if node["Feature"] == "Leaf":
            return node["Gain"]
        if places[node["Feature"]] in known:
            value = np.float32(row[node["Feature"]])
            lower = value < np.float32(node["Split"])
            return follow(tree, tree[node["Missing" if np.isnan(value) else "Yes" if lower else "No"]], known)
        sides = tree[node["Yes"]], tree[node["No"]]
        covers = [side["Cover"] for side in sides]
        return float(np.average([follow(tree, side, known) for side in sides], weights=covers))

    return lambda known: sum(follow(tree, next(iter(tree.values())), known) for tree in trees)
