"""A challenger that finds as much is not called worse; one that finds less is."""

import numpy as np

from lakeloop.lifecycle.rollout.quality import quality

DAYS, ROWS, BUDGET = 10, 4000, 0.01


def _day(random: np.random.Generator, noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    positive = random.random(ROWS) < 0.01
    signal = 3.0 * positive + random.normal(size=ROWS)
    return positive, signal + random.normal(size=ROWS), signal + noise * random.normal(size=ROWS)


def _ever_worse(seed: int, noise: float, alpha: float = 0.1) -> bool:
    """Whether it is called worse on some day, all labels of the days so far looked at together."""
    random = np.random.default_rng(seed)
    days = [_day(random, noise) for _ in range(DAYS)]
    for last in range(1, DAYS + 1):
        positive, champion, challenger = (np.concatenate(rows) for rows in zip(*days[:last], strict=True))
        if quality(positive, champion, challenger, BUDGET, alpha).beyond:
            return True
    return False


def test_a_challenger_that_finds_as_much_is_seldom_called_worse() -> None:
    assert np.mean([_ever_worse(seed, noise=1.0) for seed in range(60)]) <= 0.1


def test_a_challenger_that_finds_less_is_found() -> None:
    assert np.mean([_ever_worse(seed, noise=3.0) for seed in range(10)]) >= 0.9


def test_the_sentence_names_figure_interval_and_limit() -> None:
    positive = np.arange(100) < 50
    found = quality(positive, positive.astype(float), 1.0 - positive, 0.5, 0.05)

    assert found.beyond
    assert found.said.startswith(
        "quality: of 50 positives that one version alone sends to review the champion finds 100.0%"
    )


def test_versions_that_agree_leave_nothing_to_judge() -> None:
    scores = np.linspace(0, 1, 100)

    assert not quality(scores > 0.9, scores, scores, 0.1, 0.05).seen
