"""Reads, orders, decides and writes, in one thread: while a batch is decided nothing is read."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from threading import Event as Signal
from typing import Any

from confluent_kafka import Message

from eventfeatures.stores import ConflictError, StoreError

from ..config import Config
from ..errors import BatchLostError, NotReadyError
from ..events.checking import Checker
from ..events.event import Checked
from ..events.merge import Merge
from ..kafka.sink import Sink
from ..kafka.source import Range, Source, Starts, record_of
from ..metrics import Metrics
from ..state.journal import Journal
from ..state.outbox import Outbox, Outgoing
from .decide import Decided, Decider
from .measuring import measure
from .starting import starts
from .waiting import Waiting

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.2
FULL_BATCHES = 4  # batches of one partition that may wait for the others
STORE_SECONDS = 1.0  # between two trials of a store that does not answer
CONFLICTS = 20  # trials of a batch whose states other members change


class Loop:
    """The scorer of one member of the group.

    Args:
        settings: of the Kafka clients.
    """

    def __init__(
        self,
        config: Config,
        settings: Mapping[str, Any],
        decider: Decider,
        journal: Journal,
        metrics: Metrics,
    ) -> None:
        self._config, self._decider, self._journal, self._metrics = config, decider, journal, metrics
        self._checker = Checker(config)
        self._merge = Merge(config.idle_partition_ms / 1000, FULL_BATCHES * config.batch_rows)
        self._positions: dict[int, int] = {}  # the offset to be decided next
        self._known: dict[int, int] = {}  # the offset that the states are to know next
        self._unsaid: dict[int, Outbox] = {}  # of a predecessor, ahead of what Kafka has
        self._fresh: set[int] = set()  # partitions that began while messages were in hand
        self._lost = self._failing = False
        self._waiting = Waiting(metrics, IDLE_SECONDS)
        self._sink = Sink(settings, config)
        self._source = Source(settings, config, self._begin, self._drop)

    def run(self, stopping: Signal) -> None:
        """Decide until `stopping` is set; the batch in hand is finished, what waits is left to the next start."""
        try:
            while not stopping.is_set():
                self.step(stopping)
        finally:
            self._source.close()

    def step(self, stopping: Signal) -> None:
        """One batch, where there is one. What passes by itself is waited for, and is no reason to end."""
        try:
            if self._lost:
                self._source.rewind()
                self._lost = False
            self._read()
            if self._ready(stopping) and (batch := self._take()):
                self._decide_or_wait(batch, stopping)
        except BatchLostError as error:
            self._lose(str(error))
        except StoreError as error:
            self._lose(str(error))
            stopping.wait(STORE_SECONDS)

    def _lose(self, why: str) -> None:
        log.warning("%s: the batch begins again", why)
        self._metrics.lost.inc()
        self._lost = True

    def _ready(self, stopping: Signal) -> bool:
        try:
            self._decider.require_ready()
        except NotReadyError as error:
            self._waiting.wait(str(error), stopping)
            return False
        if not self._failing:
            self._waiting.over()
        return True

    def _take(self) -> Sequence[Checked]:
        """The next messages, all of which are to be decided, or all of which only the states do not know yet."""
        batch = self._merge.take(self._config.batch_rows, time.monotonic())
        if self._known == self._positions:  # no states lag, as it nearly always is
            return batch
        new = [checked.record.offset >= self._positions[checked.record.partition] for checked in batch]
        alike = next((place for place, one in enumerate(new) if one != new[0]), len(batch))
        self._merge.give_back(batch[alike:])
        return batch[:alike]

    def _decide_or_wait(self, batch: Sequence[Checked], stopping: Signal) -> None:
        try:
            self._decide(batch)
        except NotReadyError as error:
            self._merge.give_back(batch)
            self._failing = True
            self._waiting.wait(str(error), stopping)
        else:
            self._failing = False
            self._waiting.over()

    def _begin(self, ranges: Mapping[int, Range]) -> Starts:
        places = self._journal.places(list(ranges))
        begun = starts(ranges, places, self._config.start)
        self._checker.forget(list(begun))
        self._fresh.update(begun)
        for partition, begin in begun.items():
            self._positions[partition], self._known[partition] = begin.decided, begin.known
            self._merge.begin(partition, time.monotonic())
            self._unsaid.pop(partition, None)
            place = places[partition]
            if place and place.outbox and begin.known > begin.decided:
                self._unsaid[partition] = place.outbox
        return {partition: min(begin.decided, begin.known) for partition, begin in begun.items()}

    def _drop(self, partitions: Sequence[int]) -> None:
        self._checker.forget(partitions)
        self._metrics.forget(partitions)
        for partition in partitions:
            self._merge.drop(partition)
            self._positions.pop(partition, None)
            self._known.pop(partition, None)
            self._unsaid.pop(partition, None)

    def _read(self) -> None:
        rows, linger = self._config.batch_rows, self._config.linger_ms / 1000
        self._source.hold(self._merge.full())
        idle = not self._merge.waiting()
        first = self._source.poll(1, IDLE_SECONDS) if idle else []
        self._fresh.clear()
        rest = self._source.poll(rows, linger) if first or not idle else []
        # what was in hand when its partition was assigned anew comes once more
        kept = [message for message in first if message.partition() not in self._fresh]
        self._recover()
        for message in kept + rest:
            self._take_in(message)

    def _recover(self) -> None:
        """Say what a predecessor had written to the store and not yet to Kafka."""
        if unsaid := dict(self._unsaid):
            messages = [message for box in unsaid.values() for message in box.messages]
            self._publish(messages, {partition: box.next for partition, box in unsaid.items()})
            self._unsaid.clear()
            self._metrics.replayed.inc(len(unsaid))

    def _take_in(self, message: Message) -> None:
        partition, known = message.partition(), self._known.get(message.partition() or 0)
        if partition is None or known is None:
            return
        if message.error() is not None:  # the end of the partition: all other errors are the source's
            self._merge.at_end(partition)
            return
        checked = self._checker.check(record_of(message))
        latest = self._checker.latest(partition)
        if checked.record.offset >= known:
            self._merge.add(partition, checked, latest)
        else:
            self._merge.passed(partition, latest, time.monotonic())

    def _decide(self, batch: Sequence[Checked]) -> None:
        if batch[0].record.offset < self._positions[batch[0].record.partition]:
            self._catch_up(batch)
            return
        began = time.monotonic()
        decided, nexts = self._committed(batch, self._decider.decide)
        self._publish(decided.messages, nexts)
        self._measure(decided, time.monotonic() - began)

    def _catch_up(self, batch: Sequence[Checked]) -> None:
        """Move the states by messages that were decided before; nothing is said of them again."""
        self._committed(batch, self._decider.catch_up)
        self._metrics.caught_up.inc(len(batch))

    def _committed(
        self, batch: Sequence[Checked], decide: Callable[[Sequence[Checked]], Decided]
    ) -> tuple[Decided, dict[int, int]]:
        """The batch as the store has it, and the offsets after it; decided anew where another member has changed one
        of its states.
        """
        for _ in range(CONFLICTS):
            decided = decide(batch)
            outboxes = self._outboxes(decided)
            try:
                self._journal.commit(decided.entries, outboxes)
            except ConflictError as error:
                log.info("%s", error)
                self._metrics.conflicts.inc()
                continue
            nexts = {partition: box.next for partition, box in outboxes.items()}
            self._known.update(nexts)
            return decided, nexts
        raise BatchLostError(f"other members changed its states {CONFLICTS} times")

    def _outboxes(self, decided: Decided) -> dict[int, Outbox]:
        messages: defaultdict[int, list[Outgoing]] = defaultdict(list)
        for checked, message in zip(decided.batch, decided.messages, strict=bool(decided.messages)):
            messages[checked.record.partition].append(message)
        nexts = {checked.record.partition: checked.record.offset + 1 for checked in decided.batch}
        return {number: Outbox(self._known[number], nexts[number], messages[number]) for number in nexts}

    def _publish(self, messages: Sequence[Outgoing], nexts: Mapping[int, int]) -> None:
        self._sink.publish(messages, nexts, self._source.group())
        self._positions.update(nexts)

    def _measure(self, decided: Decided, seconds: float) -> None:
        measure(self._metrics, decided, self._decider.shadows(decided), seconds)
        for partition, position in self._positions.items():
            lag = max(0, self._source.end(partition) - position)
            self._metrics.lag.labels(str(partition)).set(lag)
