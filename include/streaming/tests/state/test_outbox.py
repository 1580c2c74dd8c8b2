"""A state changes once for each event, at whichever step the process is killed."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from eventscorer_testing.process import Scorer
from eventscorer_testing.topics import committed, decoded, event, wait_until, write


@pytest.mark.parametrize("step", ["before", "after", "published"])
@pytest.mark.timeout(180)
def test_after_a_kill_each_event_was_counted_once_and_decided_once(
    configured: dict[str, Any], scorer: Callable[..., Scorer], redis_url: str, step: str
) -> None:
    own = {"factory": "eventscorer_testing.counting:Counting", "features": [], "store": redis_url}
    config = {**configured, **own, "batch_rows": 50}
    events = [event(number) for number in range(400)]
    write(config["kafka"], config["topic"], events)

    killed = scorer(config, kill_at=step)
    assert killed.process.wait(60) == -9
    successor = scorer(config)

    def decided() -> list[dict[str, Any]]:
        return decoded(committed(config["kafka"], f"{config['topic']}.decisions"))

    wait_until(lambda: len(decided()) >= 400, "all decisions")
    assert successor.stop() == 0
    assert {one["event_id"]: one["features"] for one in decided()} == counted(events)
    assert len(decided()) == 400


def counted(events: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The features that each event has when every event before it counts once."""
    count, total = defaultdict[str, int](int), defaultdict[str, float](float)
    expected = {}
    for one in events:
        key = f"c{int(one['id'][1:]) % 50}"
        expected[one["id"]] = {"amount": one["amount"], "visits": count[key], "share": total[key]}
        count[key] += 1
        total[key] += one["amount"]
    return expected
