"""An event on which a version fails costs no other one; a version that fails is waited for."""

from collections.abc import Sequence

import numpy as np
import pytest

from eventscorer.errors import NotReadyError
from eventscorer.scoring.isolating import Isolating


class Failing:
    """A version that cannot score negative numbers, or nothing at all."""

    broken = False

    def columns(self) -> Sequence[str]:
        return ["a"]

    def score(self, keys: Sequence[str], matrix: np.ndarray) -> tuple[Sequence[str], np.ndarray]:
        if self.broken or (matrix < 0).any():
            raise ArithmeticError("root of a negative number")
        return ["1"] * len(keys), np.sqrt(matrix[:, 0])

    def explain(self, versions: Sequence[str], matrix: np.ndarray) -> np.ndarray:
        return matrix

    def shadows(self, matrix: np.ndarray, answers: np.ndarray) -> dict[str, np.ndarray]:
        return {}


def column(*values: float) -> np.ndarray:
    return np.array(values, np.float32).reshape(-1, 1)


@pytest.mark.parametrize("before", [(), (9.0,)])
def test_a_row_that_fails_is_named_and_the_others_are_scored(before: tuple[float, ...]) -> None:
    isolating = Isolating(Failing())
    isolating.score(["k"] * len(before), column(*before))

    scored = isolating.score(["a", "b", "c"], column(4, -1, 16))

    assert (list(scored.versions), scored.scores.tolist()) == (["1", "1"], [2, 4])
    assert scored.failed == {1: "ArithmeticError: root of a negative number"}


def test_rows_that_all_fail_are_all_named() -> None:
    scored = Isolating(Failing()).score(["a", "b"], column(-4, -1))

    assert (list(scored.versions), len(scored.scores), set(scored.failed)) == ([], 0, {0, 1})


def test_a_version_that_scores_nothing_any_more_is_waited_for() -> None:
    version = Failing()
    isolating = Isolating(version)
    isolating.score(["a"], column(4))
    version.broken = True

    with pytest.raises(NotReadyError, match="the version of key 'a' scores nothing: root of a negative"):
        isolating.score(["a", "b"], column(4, 9))
