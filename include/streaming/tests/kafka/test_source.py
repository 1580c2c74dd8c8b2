"""What a member reads after its partitions were held and it began again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from confluent_kafka import Message

from eventscorer.config import read_config
from eventscorer.kafka.source import Range, Source
from eventscorer_testing.topics import event, wait_until, write

EVENTS = 30


def test_a_partition_that_was_held_is_read_again_after_a_rewind(
    configured: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "config.json"
    file.write_bytes(msgspec.json.encode(configured))
    write(configured["kafka"], configured["topic"], map(event, range(EVENTS)))
    seen: list[Message] = []

    def from_the_beginning(ranges: Mapping[int, Range]) -> dict[int, int]:
        return {number: found.low for number, found in ranges.items()}

    source = Source(configured["kafka"], read_config(file), from_the_beginning, lambda _: None)

    def all_read() -> bool:
        seen.extend(message for message in source.poll(1000, 0.2) if message.error() is None)
        return len({(message.partition(), message.offset()) for message in seen}) == EVENTS

    wait_until(all_read, "all events")
    source.hold({message.partition() or 0 for message in seen})
    seen.clear()
    source.rewind()
    wait_until(all_read, "all events once more")
    source.close()
