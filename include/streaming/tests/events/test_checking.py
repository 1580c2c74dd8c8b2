"""Each message is an event or a dead letter with its reason, and whoever reads it again judges the same."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventscorer.config import Config, Model
from eventscorer.events.checking import Checker
from eventscorer.events.event import Checked, Event, Record, Rejected
from eventscorer_testing.topics import NAMES, SCHEMA, START, event

SECONDS = 1000


def checker(**chosen: Any) -> Checker:
    model = Model("m", Path("/tmp"))  # noqa: S108
    given_ = {"allowed_lateness_seconds": 60, "duplicate_window": 100, "max_bytes": 1000, **chosen}
    return Checker(Config("t", "g", SCHEMA, model, tuple(NAMES), **given_))


def record(value: Any, offset: int = 0, key: bytes | None = b"c1", partition: int = 0) -> Record:
    body = value if isinstance(value, bytes | None) else json.dumps(value).encode()
    return Record(partition, offset, START, key, body)


def reason(checked: Checked) -> str:
    return checked.reason if isinstance(checked, Rejected) else "event"


def test_an_event_has_its_id_key_time_and_fields() -> None:
    found = checker().check(record(event(7)))
    assert isinstance(found, Event)
    assert (found.id, found.key, found.time) == ("e7", "c1", START / 1000 + 7)
    assert found.fields == event(7)


@pytest.mark.parametrize(
    ("value", "key", "expected", "told"),
    [
        (None, b"k", "junk", "no value"),
        (b"\xff\xfe", b"k", "junk", ""),
        (b"[1]", b"k", "junk", "object"),
        (b'{"id": NaN}', b"k", "junk", ""),
        (b"x" * 1001, b"k", "oversized", "1001 bytes, expected at most 1000"),
        (event(1, amount="much"), b"k", "schema", "data.amount must be number"),
        ({"id": "e1", "time": 1}, b"k", "schema", "amount"),
        (event(1, id=""), b"k", "schema", "id is '', expected a string or an integer"),
        (event(1), None, "no_key", "no key"),
        (event(1), b"", "no_key", "no key"),
        (event(1), b"\xff", "no_key", "UTF-8"),
    ],
)
def test_what_is_no_event_says_why(value: Any, key: bytes | None, expected: str, told: str) -> None:
    found = checker().check(record(value, key=key))
    assert isinstance(found, Rejected)
    assert (found.reason, told in found.detail) == (expected, True), found.detail
    assert found.record.value == (value if isinstance(value, bytes | None) else json.dumps(value).encode())


@pytest.mark.parametrize("time", ["2026-01-02T03:04:05", "yesterday", None, True, [1]])
def test_a_time_that_is_none_is_named(time: Any) -> None:
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "time": {}}}
    model = Model("m", Path("/tmp"))  # noqa: S108
    found = Checker(Config("t", "g", schema, model, tuple(NAMES))).check(record(event(1, time=time)))
    assert isinstance(found, Rejected)
    assert f"time is {time!r}, expected RFC 3339 with an offset" in found.detail


def test_late_is_what_lies_too_far_behind_its_own_partition() -> None:
    check = checker().check
    assert reason(check(record(event(1, time=START + 100 * SECONDS), 0))) == "event"
    assert reason(check(record(event(2, time=START + 40 * SECONDS), 1))) == "event"
    assert reason(check(record(event(3, time=START + 39 * SECONDS), 2))) == "late"
    assert reason(check(record(event(4, time=START), 0, partition=1))) == "event"


def test_early_is_what_lies_too_far_after_its_own_message_and_makes_no_other_event_late() -> None:
    check = checker(allowed_ahead_seconds=100).check
    found = check(record(event(1, time=START + 101 * SECONDS, id="far"), 0))
    assert isinstance(found, Rejected)
    assert found.reason == "early"
    assert found.detail == "101.0 s after its message's timestamp, expected at most 100 s"
    assert reason(check(record(event(2, time=START + 100 * SECONDS), 1))) == "event"


def test_a_duplicate_is_an_id_among_the_last_messages_of_its_partition() -> None:
    check = checker(duplicate_window=10).check
    assert reason(check(record(event(1), 0))) == "event"
    found = check(record(event(1), 9))
    assert isinstance(found, Rejected)
    assert (found.reason, found.detail) == ("duplicate", "'e1' stands at offset 0 too")
    assert reason(check(record(event(2), 10))) == "event"
    assert reason(check(record(event(1), 11))) == "event"


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 200)), max_size=60), st.integers(0, 59))
def test_a_successor_that_reads_the_window_again_judges_the_same(
    stream: list[tuple[int, int]], cut: int
) -> None:
    """Wherever it takes over. Lateness looks back as far as the window too."""
    records = [
        record(event(number, time=START + time * SECONDS), offset)
        for offset, (number, time) in enumerate(stream)
    ]
    whole, later = checker(), checker()
    judged = [reason(whole.check(one)) for one in records]
    again = [reason(later.check(one)) for one in records[max(0, cut - 100) :]]
    assert again[cut - max(0, cut - 100) :] == judged[cut:]
