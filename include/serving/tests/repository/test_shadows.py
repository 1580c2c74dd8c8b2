"""The queue of the shadows never holds up an answer."""

import time
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
import xgboost as xgb
from msgspec.structs import replace

from oipscorer.counters.board import Board
from oipscorer.counters.totals import ShadowCounts, shadow_counts, totals
from oipscorer.models.loading import load_version
from oipscorer.models.version import Version
from oipscorer.repository.shadows import BATCH_ROWS, Answered, Shadows
from oipscorer_testing.models import frame


class Held:
    """A real booster that waits for a sign before it scores."""

    def __init__(self, version: Version) -> None:
        self.version, self.started, self.sign = version, Event(), Event()

    def __call__(self, matrix: np.ndarray) -> np.ndarray:
        self.started.set()
        assert self.sign.wait(30)
        return self.version.score(matrix)


def counted(counters: Path) -> ShadowCounts:
    """What another process would read of the counters."""
    return shadow_counts(totals(counters), "churn", "2")


def scored(counters: Path, done: int) -> ShadowCounts:
    """The counts once so many requests were scored."""
    for _ in range(1000):
        if counted(counters).scored == done:
            break
        time.sleep(0.01)
    return counted(counters)


@pytest.fixture
def held(folders: Path, boosters: dict[str, xgb.Booster]) -> Held:
    """A version that waits."""
    return Held(load_version("churn", "2", folders / "churn-2", missing=False))


@pytest.fixture
def slow(held: Held) -> Version:
    """The shadow that it is."""
    return replace(held.version, engine=replace(held.version.engine, score=held))


@pytest.fixture
def answered(held: Held) -> Answered:
    """A request of 3 rows, answered as the shadow would."""
    matrix = frame(3).to_numpy("float32")
    return Answered([], held.version, matrix, held.version.score(matrix))


def test_a_full_queue_drops_and_counts_and_the_rest_is_scored(
    held: Held, slow: Version, answered: Answered, tmp_path: Path
) -> None:
    shadows = Shadows(9, Board(tmp_path / "worker-0"))

    shadows.offer(slow, answered)
    assert held.started.wait(30)
    for _ in range(5):
        shadows.offer(slow, answered)

    assert counted(tmp_path).dropped == 3
    held.sign.set()
    counts = scored(tmp_path, 3)
    shadows.close()
    assert (counts.scored, counts.dropped, counts.failed, counts.difference) == (3, 3, 0, 0.0)


def test_closing_waits_for_the_batch_in_hand_and_not_for_the_queue(
    held: Held, slow: Version, answered: Answered, tmp_path: Path
) -> None:
    shadows = Shadows(1000, Board(tmp_path / "worker-0"))
    for _ in range(300):
        shadows.offer(slow, answered)
    assert held.started.wait(30)

    closing = Thread(target=shadows.close)
    closing.start()
    held.sign.set()
    closing.join(30)

    assert not closing.is_alive()
    assert 1 <= counted(tmp_path).scored <= BATCH_ROWS // len(answered.matrix)


def test_what_gathered_is_scored_at_once_and_counted_one_by_one(
    held: Held, answered: Answered, tmp_path: Path
) -> None:
    sizes: list[int] = []

    def score(matrix: np.ndarray) -> np.ndarray:
        sizes.append(len(matrix))
        return held.version.score(matrix)

    shadow = replace(held.version, engine=replace(held.version.engine, score=score))
    shadows = Shadows(10_000, Board(tmp_path / "worker-0"))
    for _ in range(300):
        shadows.offer(shadow, answered)

    counts = scored(tmp_path, 300)
    shadows.close()
    assert (counts.scored, counts.rows, counts.difference) == (300, 900, 0.0)
    assert len(sizes) < 30
    assert max(sizes) <= BATCH_ROWS


def test_one_request_that_fails_is_counted_and_the_others_of_its_batch_are_scored(
    held: Held, answered: Answered, tmp_path: Path
) -> None:
    def score(matrix: np.ndarray) -> np.ndarray:
        if np.isnan(matrix).any():
            raise ValueError("a missing value")
        return held.version.score(matrix)

    shadow = replace(held.version, engine=replace(held.version.engine, score=score))
    bad = replace(answered, matrix=np.full_like(answered.matrix, np.nan))
    shadows = Shadows(10_000, Board(tmp_path / "worker-0"))
    for one in (answered, bad, answered):
        shadows.offer(shadow, one)

    counts = scored(tmp_path, 2)
    shadows.close()
    assert (counts.scored, counts.failed, counts.rows) == (2, 1, 6)
