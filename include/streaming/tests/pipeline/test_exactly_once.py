"""One decision for each event, whatever is killed."""

import os
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from eventscorer_testing.broker import Broker
from eventscorer_testing.process import Scorer
from eventscorer_testing.topics import NAMES, committed, decoded, event, wait_until, write


def decisions(config: dict[str, Any]) -> list[dict[str, Any]]:
    return decoded(committed(config["kafka"], f"{config['topic']}.decisions"))


def wait_for(config: dict[str, Any], count: int) -> None:
    wait_until(lambda: len(decisions(config)) >= count, f"{count} decisions")


def dead_letters(config: dict[str, Any]) -> list[Any]:
    return committed(config["kafka"], f"{config['topic']}.dead_letters")


def test_each_event_gets_the_models_score_under_its_key(
    configured: dict[str, Any], scorer: Callable[..., Scorer], booster: xgb.Booster
) -> None:
    events = [event(number) for number in range(200)]
    write(configured["kafka"], configured["topic"], events)
    running = scorer(configured)
    wait_until(lambda: len(decisions(configured)) == 200, "200 decisions")
    found = {one["event_id"]: one for one in decisions(configured)}
    matrix = xgb.DMatrix(np.array([[one[name] for name in NAMES] for one in events]), feature_names=NAMES)
    expected = booster.predict(matrix)
    for one, score in zip(events, expected, strict=True):
        decision = found[one["id"]]
        assert decision["score"] == pytest.approx(score, abs=1e-6)
        assert (decision["version"], decision["event_time"]) == ("1", one["time"] / 1000)
        assert decision["features"] == pytest.approx({name: one[name] for name in NAMES}, rel=1e-6)
    assert running.stop() == 0


@pytest.mark.timeout(300)
def test_after_many_kills_each_event_is_decided_once(
    configured: dict[str, Any], scorer: Callable[..., Scorer]
) -> None:
    random.seed(7)
    config = {**configured, "batch_rows": 50}
    kills = int(os.environ.get("EVENTSCORER_KILLS", "3"))
    total, running = 600 * kills, scorer(config)
    for part in range(kills):
        size = total // kills
        write(config["kafka"], config["topic"], (event(part * size + n) for n in range(size)))
        target = int((part + random.random()) * size)
        wait_for(config, target)
        running.kill()
        running.again()
    wait_until(lambda: len(decisions(config)) >= total, "all decisions")
    assert sorted(one["event_id"] for one in decisions(config)) == sorted(f"e{n}" for n in range(total))
    assert dead_letters(config) == []


def test_a_member_that_joins_takes_partitions_over_and_no_event_is_decided_twice(
    configured: dict[str, Any], scorer: Callable[..., Scorer]
) -> None:
    config = {**configured, "batch_rows": 20}
    write(config["kafka"], config["topic"], (event(number) for number in range(1000)))
    first = scorer({**config, "instance": "first"})
    wait_for(config, 100)
    second = scorer({**config, "instance": "second"})
    wait_until(lambda: "joined" in second.log.read_text(), "the second member has partitions")
    write(config["kafka"], config["topic"], (event(number) for number in range(1000, 2000)))
    wait_for(config, 2000)
    assert sorted(one["event_id"] for one in decisions(config)) == sorted(f"e{n}" for n in range(2000))
    assert dead_letters(config) == []
    assert (first.stop(), second.stop()) == (0, 0)


@pytest.mark.timeout(300)
def test_a_killed_broker_costs_no_event_and_decides_none_twice(
    configured: dict[str, Any], scorer: Callable[..., Scorer], broker: Broker
) -> None:
    config = {**configured, "batch_rows": 20, "stall_seconds": 5}
    write(config["kafka"], config["topic"], (event(number) for number in range(3000)))
    running = scorer(config)
    wait_until(lambda: len(decisions(config)) >= 100, "the first decisions")
    broker.kill()
    broker.start()
    wait_until(lambda: not running.revive() and len(decisions(config)) >= 3000, "all decisions", 120)
    assert sorted(one["event_id"] for one in decisions(config)) == sorted(f"e{n}" for n in range(3000))
    assert running.stop() == 0
