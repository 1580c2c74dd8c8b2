"""Which messages are events: each check in its order, the cheapest first."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..config import Config
from .event import Checked, Event, Record, Rejected
from .history import History
from .quick import quick_check
from .schema import compiled

MILLISECONDS = 1000.0
SHOWN = 120  # characters of what was seen, in a detail


class Checker:
    """Judges the messages of a topic in the order of their partitions."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._violation, self._surely_valid = compiled(config.schema), quick_check(config.schema)
        self._decode = msgspec.json.Decoder(dict[str, Any]).decode
        self._histories: dict[int, History] = defaultdict(lambda: History(config.duplicate_window))

    def forget(self, partitions: Sequence[int]) -> None:
        """These partitions begin again, or go to another member."""
        for partition in partitions:
            self._histories.pop(partition, None)

    def latest(self, partition: int) -> float:
        """The latest time of an event of the partition so far, in seconds since 1970; minus infinity without one."""
        return self._histories[partition].latest

    def check(self, record: Record) -> Checked:
        """The event, or why it is none."""
        value = record.value
        if value is None:
            return Rejected(record, "junk", "it has no value, expected a JSON object")
        if len(value) > self._config.max_bytes:
            return Rejected(
                record, "oversized", f"{len(value)} bytes, expected at most {self._config.max_bytes}"
            )
        try:
            fields = self._decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Rejected(record, "junk", str(error))
        if not self._surely_valid(value) and (violation := self._violation(fields)):
            return Rejected(record, "schema", violation)
        return self._event(record, fields)

    def _event(self, record: Record, fields: Mapping[str, Any]) -> Checked:
        try:
            key, event_id, time = self._key(record), self._id(fields), self._time(fields)
        except UnicodeDecodeError:
            return Rejected(record, "no_key", "its key is no UTF-8")
        except _MissingKeyError:
            return Rejected(record, "no_key", "it has no key, expected that of its entity")
        except ValueError as error:
            return Rejected(record, "schema", str(error))
        return self._in_time_and_new(Event(record, event_id, key, time, dict(fields)))

    def _in_time_and_new(self, event: Event) -> Checked:
        history, lateness = self._histories[event.record.partition], self._config.allowed_lateness_seconds
        ahead = event.time - event.record.timestamp / MILLISECONDS
        if ahead > self._config.allowed_ahead_seconds:
            allowed = f"expected at most {self._config.allowed_ahead_seconds:g} s"
            return Rejected(event.record, "early", f"{ahead:.1f} s after its message's timestamp, {allowed}")
        if event.time < history.latest - lateness:
            behind = f"{history.latest - event.time:.1f} s before the latest of its partition"
            return Rejected(event.record, "late", f"{behind}, expected at most {lateness:g} s")
        earlier = history.seen(event.id)
        if earlier is not None:
            return Rejected(event.record, "duplicate", f"{event.id[:SHOWN]!r} stands at offset {earlier} too")
        history.remember(event.record.offset, event.id, event.time)
        return event

    def _key(self, record: Record) -> str:
        if not record.key:
            raise _MissingKeyError
        return record.key.decode()

    def _id(self, fields: Mapping[str, Any]) -> str:
        value = fields.get(self._config.id_field)
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise ValueError(f"{self._config.id_field} is {_shown(value)}, expected a string or an integer")
        return str(value)

    def _time(self, fields: Mapping[str, Any]) -> float:
        value, name = fields.get(self._config.time_field), self._config.time_field
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value / MILLISECONDS
        try:
            moment = datetime.fromisoformat(value)  # type: ignore[arg-type]
            if moment.tzinfo is not None:
                return moment.timestamp()
        except (TypeError, ValueError, OverflowError):
            pass
        raise ValueError(
            f"{name} is {_shown(value)}, expected RFC 3339 with an offset, or milliseconds since 1970"
        )


class _MissingKeyError(ValueError):
    pass


def _shown(value: object) -> str:
    return repr(value)[:SHOWN]
