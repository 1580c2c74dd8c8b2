"""What is no event goes to the dead letters, and the rest goes on."""

import json
from collections.abc import Callable
from typing import Any

from confluent_kafka import Producer

from eventscorer_testing.process import Scorer
from eventscorer_testing.topics import START, committed, decoded, event, wait_until


def test_each_refused_message_lies_there_as_it_came_with_its_reason_and_place(
    configured: dict[str, Any], scorer: Callable[..., Scorer]
) -> None:
    late = event(6, time=START - 7200_000)
    sent: dict[str, bytes | None] = {
        "junk": b"{not json",
        "oversized": b" " * 950_000,
        "schema": json.dumps(event(3, amount="much")).encode(),
        "unscorable": json.dumps(event(4, amount=1e39)).encode(),
        "late": json.dumps(late).encode(),
        "duplicate": json.dumps(event(1)).encode(),
    }
    producer = Producer(configured["kafka"])
    producer.produce(configured["topic"], json.dumps(event(1)).encode(), "c", partition=0)
    for value in sent.values():
        producer.produce(configured["topic"], value, "c", partition=0)
    producer.produce(configured["topic"], json.dumps(event(2)).encode(), "c", partition=0)
    assert producer.flush(30) == 0
    running = scorer(configured)

    def found() -> list[Any]:
        return committed(configured["kafka"], f"{configured['topic']}.dead_letters")

    wait_until(lambda: len(found()) == len(sent), "the dead letters")
    decisions = committed(configured["kafka"], f"{configured['topic']}.decisions")
    assert [one["event_id"] for one in decoded(decisions)] == ["e1", "e2"]
    for offset, (message, (reason, value)) in enumerate(zip(found(), sent.items(), strict=True), start=1):
        headers = {name: text.decode() for name, text in message.headers()}
        assert (headers["reason"], headers["topic"]) == (reason, configured["topic"])
        assert (headers["partition"], headers["offset"]) == ("0", str(offset))
        assert message.key() == b"c"
        assert message.value() == (value if reason != "oversized" else b" " * 900_000)
    assert {name: text for name, text in found()[1].headers()}["cut_from_bytes"] == b"950000"
    assert running.stop() == 0
