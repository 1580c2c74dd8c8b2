"""Members that share states, and a store that is away."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventscorer_testing.definition import COUNTED, counted
from eventscorer_testing.process import Scorer
from eventscorer_testing.redis import redis_in
from eventscorer_testing.topics import committed, decoded, event, wait_until, write


def decisions(config: dict[str, Any]) -> list[dict[str, Any]]:
    return decoded(committed(config["kafka"], f"{config['topic']}.decisions"))


@pytest.mark.timeout(300)
def test_members_that_share_a_state_count_each_event_once(
    stateful: dict[str, Any], scorer: Callable[..., Scorer]
) -> None:
    """Each sees how many events came before it, whoever decided them: every number once."""
    config = {**stateful, "batch_rows": 20}
    first = scorer({**config, "instance": "first"})
    second = scorer({**config, "instance": "second"})
    logs = first.log, second.log
    wait_until(lambda: all("joined" in log.read_text() for log in logs), "both have partitions")
    write(
        config["kafka"],
        config["topic"],
        (event(number, customer="all") for number in range(900)),
        spread=True,
    )

    wait_until(lambda: len(decisions(config)) >= 900, "all decisions")
    assert (first.stop(), second.stop()) == (0, 0)
    assert sorted(one["event_id"] for one in decisions(config)) == sorted(f"e{n}" for n in range(900))
    assert sorted(one["features"]["visits"] for one in decisions(config)) == list(range(900))
    said = first.log.read_text() + second.log.read_text()
    assert "state of customer all was changed since it was read" in said


@pytest.mark.timeout(300)
def test_events_wait_for_a_store_that_is_away(
    configured: dict[str, Any], scorer: Callable[..., Scorer], tmp_path: Path
) -> None:
    store = {"url": f"unix://{tmp_path}/redis.sock"}
    config = {**configured, "features": [], "definition": COUNTED, "store": store, "batch_rows": 50}
    events = [event(number) for number in range(200)]
    write(config["kafka"], config["topic"], events)
    running = scorer(config)
    wait_until(lambda: "Redis at " in running.log.read_text(), "it says that Redis is away")

    with redis_in(tmp_path):
        wait_until(lambda: len(decisions(config)) >= 200, "all decisions")
        assert running.stop() == 0
    assert {one["event_id"]: one["features"] for one in decisions(config)} == counted(events)
