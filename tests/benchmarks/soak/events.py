"""Card payments for minutes of traffic, and a process that sends them at a pace."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from confluent_kafka import Producer

from lakeloop.config import EventSource
from lakeloop_datasets.card_events import HORIZONS
from lakeloop_datasets.cards import generate
from lakeloop_datasets.sending import partition_of

CARDS = 20_000
FIRST_DAY = HORIZONS[1] + timedelta(days=1)
ROUND_SECONDS = 0.02


@dataclass(frozen=True)
class Payment:
    """A message; `at`: when it arrives, in milliseconds since 1970 of the time in which the data live."""

    id: str
    card: str
    value: bytes
    at: int


def payments(source: EventSource, table: str, least: int, first: date) -> list[Payment]:
    """At least so many, in the order of their time, from a day on after all that the stream has seen."""
    days = 2
    while len(made := _made(source, table, first, days)) < least:
        days = 1 + days * least // len(made)
    return made[:least]


def _made(source: EventSource, table: str, first: date, days: int) -> list[Payment]:
    rows = generate(first, days, cards=CARDS).transactions
    columns = list(source.tables[table].columns)
    lines = (
        rows[columns].to_json(orient="records", lines=True, date_format="iso", date_unit="ms").splitlines()
    )
    stamps = rows["event_time"].astype("datetime64[ms, UTC]").astype("int64")
    told = zip(rows["transaction_id"], rows["card_id"], lines, stamps, strict=True)
    # an id must not be one that the use case has seen
    return [
        Payment(f"S{name}", card, line.replace(name, f"S{name}", 1).encode(), int(at))
        for name, card, line, at in told
    ]


class Sender:
    """Sends payments at a pace, whatever becomes of the broker; `sent`: seconds since 1970 by id, once it was due."""

    def __init__(self, client: Mapping[str, str], topic: str, partitions: int) -> None:
        self._topic, self._partitions = topic, partitions
        more = {
            "enable.idempotence": True,
            "log_level": 0,
            "linger.ms": 5,
            "compression.type": "lz4",
            "message.timeout.ms": 300_000,
        }
        self._producer = Producer({**client, **more, "queue.buffering.max.messages": 1_000_000})
        self.sent: dict[str, float] = {}
        self.refused: list[str] = []

    def send(self, waiting: Iterator[Payment], per_second: float, until: float) -> None:
        """Open loop: what is due is sent, also while earlier ones wait for a broker that is away."""
        began, done = time.time(), 0
        while (now := time.time()) < until:
            due = int((now - began) * per_second) - done
            for payment in _next(waiting, due):
                self._produce(payment)
            done += max(due, 0)
            self._producer.poll(ROUND_SECONDS)

    def at_once(self, many: Sequence[Payment]) -> None:
        """All of them, as fast as the broker takes them."""
        for payment in many:
            self._produce(payment)
            self._producer.poll(0)
        self.finish()

    def finish(self) -> None:
        """Wait until the broker has everything; what it refused is in `refused`."""
        left = self._producer.flush(300)
        if left or self.refused:
            raise RuntimeError(f"{left + len(self.refused)} payments were not taken: {self.refused[:3]}")

    def _produce(self, payment: Payment) -> None:
        self.sent[payment.id] = time.time()
        self._producer.produce(
            self._topic,
            payment.value,
            payment.card.encode(),
            partition_of(payment.card, self._partitions),
            timestamp=payment.at,
            on_delivery=lambda error, _: self.refused.append(str(error)) if error else None,
        )


def _next(waiting: Iterator[Payment], count: int) -> Iterator[Payment]:
    for _, payment in zip(range(count), waiting, strict=False):
        yield payment
