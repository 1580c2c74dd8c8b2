"""What learns from shuffled labels knows nothing; a training that knows the answers by another way is caught."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from lakeloop.lifecycle.checks.leakage import shuffled
from lakeloop.lifecycle.checks.leakage.shuffled import judge
from lakeloop.lifecycle.training.models import Trained
from tests.include.lakeloop.lifecycle.checks.world import evidence, expected, honest, refused

KEY = "gate.leakage.shuffles"
FEW = {"leakage": {"shuffles": 3}}


class WarmStarted:
    """A model that was fitted before and takes that knowledge along, whatever labels it is given now."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def predict(self, x: Any) -> np.ndarray:
        return honest(x) + 0.01 * np.random.default_rng(self.seed).normal(size=len(x))


@pytest.mark.parametrize("models", [[{"kind": "xgboost"}], [{"kind": "linear"}]])
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_nothing_is_learned_from_shuffled_labels(task: str, models: list[Mapping[str, Any]]) -> None:
    found = evidence(
        honest if task == "binary" else expected, {"leakage": {"shuffles": 5}}, task=task, models=models
    )

    [check] = judge(found)

    assert check.passed
    assert "trained on shuffled labels the mean holdout" in check.sentence
    assert len(check.figures["values"]) == 5


def test_sound_candidates_pass_whatever_the_seed() -> None:
    """A single such model may well rank the holdout far from chance, either way: that alone is no leak."""
    gates = [{**FEW, "bootstrap": {"seed": seed, "resamples": 100}} for seed in range(8)]
    found = [judge(evidence(gate=gate, models=[{"kind": "linear"}]))[0] for gate in gates]

    assert all(check.passed for check in found)
    values = [value for check in found for value in check.figures["values"]]
    assert max(abs(value - 0.5) for value in values) > 0.05


def test_a_training_that_brings_its_knowledge_along_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = iter(range(3))
    monkeypatch.setattr(shuffled.models, "train", lambda *_: Trained("warm", WarmStarted(next(seeds)), None))

    [check] = judge(evidence(gate=FEW))

    assert refused([check]) == [KEY]
    assert "training or judging knows the answers in another way than by the labels" in check.sentence


def test_no_shuffles_no_check() -> None:
    assert judge(evidence(gate={"leakage": {"shuffles": 0}})) == []
