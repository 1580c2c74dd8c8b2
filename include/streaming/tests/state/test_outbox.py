"""A state changes once for each event, at whichever step the process is killed."""

from collections.abc import Callable
from typing import Any

import pytest

from eventscorer_testing.definition import counted
from eventscorer_testing.process import Scorer
from eventscorer_testing.topics import committed, decoded, event, wait_until, write


# after its first batch a group has committed nothing, and begins at its outbox
@pytest.mark.parametrize(("step", "batch"), [("before", 3), ("after", 3), ("published", 3), ("after", 1)])
@pytest.mark.timeout(300)
def test_after_a_kill_each_event_was_counted_once_and_decided_once(
    stateful: dict[str, Any], scorer: Callable[..., Scorer], step: str, batch: int
) -> None:
    config = {**stateful, "batch_rows": 50}
    events = [event(number) for number in range(300)]
    write(config["kafka"], config["topic"], events)

    killed = scorer(config, kill_at=f"{step} {batch}")
    assert killed.process.wait(60) == -9
    successor = scorer(config)

    def decided() -> list[dict[str, Any]]:
        return decoded(committed(config["kafka"], f"{config['topic']}.decisions"))

    wait_until(lambda: len(decided()) >= len(events), "all decisions")
    assert successor.stop() == 0
    assert {one["event_id"]: one["features"] for one in decided()} == counted(events)
    assert len(decided()) == len(events)
