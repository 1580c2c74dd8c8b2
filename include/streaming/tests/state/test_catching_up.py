"""States that know less than their group has decided are moved by the messages that Kafka keeps, and nothing is said
of these again.
"""

from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from eventscorer_testing.definition import counted
from eventscorer_testing.process import Scorer
from eventscorer_testing.topics import committed, decoded, event, wait_until, write

EVENTS = [event(number) for number in range(300)]


def decide(config: dict[str, Any], scorer: Callable[..., Scorer], begin: int, end: int) -> Scorer:
    """Write these events, and stop when all up to the last are decided."""
    write(config["kafka"], config["topic"], EVENTS[begin:end])
    running = scorer(config)
    wait_until(lambda: len(decisions(config)) >= end, f"{end} decisions")
    assert running.stop() == 0
    return running


def decisions(config: dict[str, Any]) -> list[dict[str, Any]]:
    return decoded(committed(config["kafka"], f"{config['topic']}.decisions"))


def copied(url: str, old: str, new: str) -> None:
    """All of a namespace under another name, as a backup would bring it back."""
    with Redis.from_url(url) as redis:
        for key in redis.scan_iter(f"{old}:*"):
            redis.copy(key, key.replace(old.encode(), new.encode(), 1))


@pytest.mark.parametrize("kept", [0, 100], ids=["new", "backup"])
@pytest.mark.timeout(300)
def test_states_that_lag_catch_up_before_the_next_decision(
    stateful: dict[str, Any], scorer: Callable[..., Scorer], kept: int
) -> None:
    config, store = {**stateful, "batch_rows": 40}, stateful["store"]
    other = f"{store['namespace']}-other"
    if kept:
        decide(config, scorer, 0, kept)
        copied(store["url"], store["namespace"], other)
    decide(config, scorer, kept, 200)

    successor = decide({**config, "store": {**store, "namespace": other}}, scorer, 200, 300)

    assert "are caught up with" in successor.log.read_text()
    assert len(decisions(config)) == len(EVENTS)
    assert {one["event_id"]: one["features"] for one in decisions(config)} == counted(EVENTS)
