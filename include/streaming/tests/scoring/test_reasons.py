"""Reasons: the largest contributions of decisions that are high enough."""

from collections.abc import Sequence

import numpy as np

from eventscorer.scoring.reasons import Reasoner

SCORES = np.array([0.1, 0.9, 0.5], np.float32)
PARTS = np.array([[9, 9, 9], [0.5, -2, 1], [0, 0, 3]], np.float32)


class Explained:
    """A version that knows the contributions; of a version 2 it does not, and of none other anything."""

    def columns(self) -> Sequence[str]:
        return ["a", "b", "c"]

    def score(self, keys: Sequence[str], matrix: np.ndarray) -> tuple[Sequence[str], np.ndarray]:
        raise NotImplementedError

    def explain(self, versions: Sequence[str], matrix: np.ndarray) -> np.ndarray:
        if set(versions) - {"1", "2"}:
            raise KeyError("unknown")
        return np.where(np.array(versions)[:, None] == "1", matrix, np.nan)

    def shadows(self, matrix: np.ndarray, answers: np.ndarray) -> dict[str, np.ndarray]:
        return {}


def reasoner(most: int, least: float = 0.5) -> Reasoner:
    return Reasoner(Explained(), ["a", "b", "c"], most, least)


def test_the_largest_come_first_and_what_added_nothing_is_none() -> None:
    assert reasoner(2).reasons(["1"] * 3, PARTS, SCORES) == [None, {"b": -2, "c": 1}, {"c": 3}]


def test_of_a_version_that_gives_none_there_are_none() -> None:
    assert reasoner(1).reasons(["1", "2", "1"], PARTS, SCORES) == [None, None, {"c": 3}]


def test_a_version_that_fails_costs_the_reasons_and_no_decision() -> None:
    assert reasoner(1).reasons(["3"] * 3, PARTS, SCORES) == [None] * 3


def test_nobody_is_asked_where_none_are_wanted_or_none_is_high_enough() -> None:
    assert reasoner(0).reasons(["3"] * 3, PARTS, SCORES) == [None] * 3
    assert reasoner(2, least=0.95).reasons(["3"] * 3, PARTS, SCORES) == [None] * 3
    classes = np.ones((3, 2), np.float32)
    assert reasoner(2).reasons(["3"] * 3, PARTS, classes) == [None] * 3
