"""Reads, orders, decides and writes, in one thread: while a batch is decided nothing is read."""

import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from threading import Event as Signal
from typing import Any

from confluent_kafka import Message

from ..config import Config
from ..errors import BatchLostError
from ..events.checking import Checker
from ..events.event import Checked, Event, Record
from ..events.merge import Merge
from ..kafka.sink import Sink
from ..kafka.source import Source, Starts
from ..metrics import Metrics
from ..state.store import Outbox, Outgoing, StateStore
from .decide import Decided, Decider

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.2
FULL_BATCHES = 4  # batches of one partition that may wait for the others


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
        store: StateStore,
        metrics: Metrics,
    ) -> None:
        self._config, self._decider, self._store, self._metrics = config, decider, store, metrics
        self._checker = Checker(config)
        self._merge = Merge(config.idle_partition_ms / 1000, FULL_BATCHES * config.batch_rows)
        self._positions: dict[int, int] = {}  # the offset to be decided next
        self._begun: dict[int, int] = {}  # partitions whose outbox has not been looked at
        self._sink = Sink(settings, config)
        self._source = Source(settings, config, self._begin, self._drop)

    def run(self, stopping: Signal) -> None:
        """Decide until `stopping` is set; the batch in hand is finished, what waits is left to the next start."""
        try:
            while not stopping.is_set():
                self.step()
        finally:
            self._source.close()

    def step(self) -> None:
        """One batch, where there is one."""
        try:
            self._read()
            if batch := self._merge.take(self._config.batch_rows, time.monotonic()):
                self._decide(batch)
        except BatchLostError as error:
            log.warning("%s: the batch begins again", error)
            self._metrics.lost.inc()
            self._source.rewind()

    def _begin(self, starts: Starts) -> None:
        self._checker.forget(list(starts))
        for partition, offset in starts.items():
            self._positions[partition] = self._begun[partition] = offset
            self._merge.begin(partition, time.monotonic())

    def _drop(self, partitions: Sequence[int]) -> None:
        self._checker.forget(partitions)
        self._metrics.forget(partitions)
        for partition in partitions:
            self._merge.drop(partition)
            self._positions.pop(partition, None)
            self._begun.pop(partition, None)

    def _read(self) -> None:
        rows, linger = self._config.batch_rows, self._config.linger_ms / 1000
        self._source.hold(self._merge.full())
        idle = not self._merge.waiting()
        messages = self._source.poll(1, IDLE_SECONDS) if idle else []
        if messages or not idle:
            messages += self._source.poll(rows, linger)
        self._recover()
        for message in messages:
            self._take_in(message)

    def _recover(self) -> None:
        """Say what a predecessor had written to the store and not yet to Kafka."""
        begun, self._begun = self._begun, {}
        if not begun:
            return
        found = self._store.outboxes(list(begun))
        ahead = {partition: box for partition, box in found.items() if box.next > begun[partition]}
        if ahead:
            messages = [message for box in ahead.values() for message in box.messages]
            self._publish(messages, {partition: box.next for partition, box in ahead.items()})
            self._metrics.replayed.inc(len(ahead))

    def _take_in(self, message: Message) -> None:
        partition, position = message.partition(), self._positions.get(message.partition() or 0)
        if partition is None or position is None:
            return
        if message.error() is not None:  # the end of the partition: all other errors are the source's
            self._merge.at_end(partition)
            return
        checked = self._checker.check(_record(message))
        if checked.record.offset >= position:
            self._merge.add(partition, checked, self._checker.latest(partition))

    def _decide(self, batch: Sequence[Checked]) -> None:
        began = time.monotonic()
        decided = self._decider.decide(batch)
        outboxes = self._outboxes(decided)
        self._store.commit(decided.states, outboxes)
        self._publish(decided.messages, {partition: box.next for partition, box in outboxes.items()})
        self._measure(decided, time.monotonic() - began)

    def _outboxes(self, decided: Decided) -> dict[int, Outbox]:
        messages: defaultdict[int, list[Outgoing]] = defaultdict(list)
        nexts: dict[int, int] = {}
        for checked, message in zip(decided.batch, decided.messages, strict=True):
            messages[checked.record.partition].append(message)
            nexts[checked.record.partition] = checked.record.offset + 1
        return {number: Outbox(self._positions[number], nexts[number], messages[number]) for number in nexts}

    def _publish(self, messages: Sequence[Outgoing], nexts: Mapping[int, int]) -> None:
        self._sink.publish(messages, nexts, self._source.group())
        self._positions.update(nexts)

    def _measure(self, decided: Decided, seconds: float) -> None:
        metrics, now = self._metrics, time.time()
        metrics.rows.observe(len(decided.batch))
        metrics.seconds.observe(seconds)
        events = [checked for checked in decided.batch if isinstance(checked, Event)]
        metrics.decided(now - event.record.timestamp / 1000 for event in events)
        for version in set(decided.versions):
            metrics.decisions.labels(version).inc(list(decided.versions).count(version))
        for checked in decided.batch:
            if not isinstance(checked, Event):
                metrics.dead_letters.labels(checked.reason).inc()
        for partition, position in self._positions.items():
            metrics.lag.labels(str(partition)).set(max(0, self._source.end(partition) - position))


def _record(message: Message) -> Record:
    return Record(
        message.partition() or 0,
        message.offset() or 0,
        message.timestamp()[1],
        message.key(),
        message.value(),
    )
