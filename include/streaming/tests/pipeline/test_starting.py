"""Where a member begins: what Kafka, the states and the last outbox say must agree."""

import logging

import pytest

from eventscorer.errors import ConfigError
from eventscorer.kafka.source import Range
from eventscorer.pipeline.starting import Start, starts
from eventscorer.state.outbox import Outbox, Place


def box(begin: int, end: int) -> Outbox:
    return Outbox(begin, end, [])


@pytest.mark.parametrize(
    ("committed", "place", "start", "expected"),
    [
        (None, Place(), "earliest", 3),
        (None, Place(), "latest", 100),
        (None, Place(40), "latest", 40),  # seeded states
        (None, Place(60, box(40, 60)), "earliest", 40),  # the first batch, which Kafka does not have
        (70, Place(), "earliest", 70),
        (70, Place(70, box(60, 70)), "earliest", 70),
        (70, Place(90, box(70, 90)), "earliest", 70),
        (100, Place(100), "earliest", 100),
    ],
)
def test_it_begins_where_states_and_kafka_agree(
    committed: int | None, place: Place, start: Start, expected: int
) -> None:
    assert starts({0: Range(committed, 3, 100)}, {0: place}, start) == {0: expected}


@pytest.mark.parametrize(
    ("committed", "place"),
    [
        (70, Place(90)),  # seeded beyond what the group has decided
        (70, Place(95, box(70, 90))),  # another group moves the same states
        (20, Place(90, box(70, 90))),  # the group's offset was set back
    ],
)
def test_states_that_know_more_than_the_group_has_decided_are_refused(committed: int, place: Place) -> None:
    with pytest.raises(
        ConfigError, match=f"partition 0 up to {place.position}, but the group is at {committed}"
    ):
        starts({0: Range(committed, 0, 100)}, {0: place}, "earliest")


def test_states_that_know_less_are_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert starts({0: Range(70, 0, 100)}, {0: Place(60, box(50, 60))}, "earliest") == {0: 70}

    assert "know messages up to 60 only, those up to 70 are missing" in caplog.text


def test_a_topic_that_was_made_anew_is_told() -> None:
    with pytest.raises(
        ConfigError, match=r"partition 2 ends at 5, but is to be read from 70\. Was the topic made"
    ):
        starts({2: Range(70, 0, 5)}, {2: Place()}, "earliest")
