"""Where a member begins: what Kafka, the states and the last outbox say must agree."""

import logging

import pytest

from eventscorer.errors import ConfigError
from eventscorer.kafka.source import Range
from eventscorer.pipeline.starting import Begin, Start, starts
from eventscorer.state.outbox import Outbox, Place


def box(begin: int, end: int) -> Outbox:
    return Outbox(begin, end, [])


@pytest.mark.parametrize(
    ("committed", "place", "start", "decided", "known"),
    [
        (None, None, "earliest", 3, 3),
        (None, Place(), "latest", 100, 100),
        (None, Place(40), "latest", 40, 40),  # seeded states
        (None, Place(60, box(40, 60)), "earliest", 40, 60),  # the first batch, which Kafka does not have
        (70, None, "earliest", 70, 70),
        (70, Place(70, box(60, 70)), "earliest", 70, 70),
        (70, Place(90, box(70, 90)), "earliest", 70, 90),
        (100, Place(100), "earliest", 100, 100),
    ],
)
def test_it_begins_where_states_and_kafka_agree(
    committed: int | None, place: Place | None, start: Start, decided: int, known: int
) -> None:
    assert starts({0: Range(committed, 3, 100)}, {0: place}, start) == {0: Begin(decided, known)}


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


@pytest.mark.parametrize(
    ("place", "known", "said"),
    [
        (Place(60, box(50, 60)), 60, "know messages up to 60, those from 60 to 70 are caught up with"),
        (Place(), 3, "from 3 to 70 are caught up with; those before are no longer in Kafka"),
        (Place(2), 3, "know messages up to 2, those from 3 to 70 are caught up with; those before"),
    ],
)
def test_states_that_know_less_catch_up_with_what_kafka_keeps(
    caplog: pytest.LogCaptureFixture, place: Place, known: int, said: str
) -> None:
    with caplog.at_level(logging.WARNING):
        assert starts({0: Range(70, 3, 100)}, {0: place}, "earliest") == {0: Begin(70, known)}

    assert said in caplog.text


def test_a_topic_that_was_made_anew_is_told() -> None:
    with pytest.raises(
        ConfigError, match=r"partition 2 ends at 5, but is to be read from 70\. Was the topic made"
    ):
        starts({2: Range(70, 0, 5)}, {2: Place()}, "earliest")
