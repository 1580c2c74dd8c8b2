"""Events a second, and how long a decision takes, with features that keep a state in Redis.

``PYTHONPATH=tests:../features/tests:../features python tests/benchmarks/stateful.py [events] [events a second]``

The 30 features of eventfeatures' `tests/fraud.yaml`, over cards and merchants, an XGBoost model of 100 trees, one
broker, one Redis without an append-only file and one scorer beside each other. First events that wait: from the first
decision's message to the last one's, by the timestamps of the topic of decisions, median of three runs. Then events at
a fixed rate for a minute: `latency_ms` of the decisions, from the Kafka timestamp of the message until it was scored.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

import psutil
from confluent_kafka import Producer

from eventfeatures_testing.definitions import fraud
from eventscorer_testing.broker import Broker, broker_in
from eventscorer_testing.models import save_model
from eventscorer_testing.process import Scorer
from eventscorer_testing.redis import redis_in
from eventscorer_testing.topics import committed, ended, wait_until

RUNS, SECONDS, PARTITIONS, WARM = 3, 60, 4, 200
CARDS, MERCHANTS, STEP_MS, FIRST = 1200, 400, 58_000, 1_700_000_000_000
CATEGORIES = ("grocery", "fuel", "digital", "restaurant")


def payments(count: int) -> Iterator[dict[str, Any]]:
    """At even distances, of random cards and merchants; a few merchants have most of them."""
    random = Random(17)
    for number in range(count):
        merchant = int(MERCHANTS * random.random() ** 3)
        yield {
            "transaction_id": f"T{number:08d}",
            "event_time": FIRST + number * STEP_MS,
            "card_id": f"C{random.randrange(CARDS):06d}",
            "merchant_id": f"M{merchant:04d}",
            "merchant_category": CATEGORIES[merchant % len(CATEGORIES)],
            "channel": random.choice(["chip", "contactless", "online"]),
            "country": random.choice(["ES", "ES", "ES", "FR"]),
            "amount": round(random.lognormvariate(3, 1), 2),
            "latitude": random.uniform(36, 44),
            "longitude": random.uniform(-9, 3),
        }


class Bench:
    """Topics, a configuration and a scorer of one run."""

    def __init__(self, broker: Broker, redis_url: str, folder: Path, name: str) -> None:
        self.broker, self.name, self._folder = broker, name, folder
        broker.topics(name, f"{name}.decisions", f"{name}.dead_letters", partitions=PARTITIONS)
        self._config = {
            "topic": name,
            "group": name,
            "schema": {"type": "object"},
            "definition": fraud(),
            "store": {"url": redis_url, "namespace": name},
            "model": {"name": "m", "folder": str(folder / "m")},
            "kafka": broker.settings,
            "metrics_port": 0,
        }
        self.producer = Producer({**broker.settings, "linger.ms": 1, "enable.idempotence": True})

    def send(self, event: dict[str, Any]) -> None:
        self.producer.produce(self.name, json.dumps(event).encode(), event["card_id"])
        self.producer.poll(0)

    def start(self) -> Scorer:
        return Scorer(self._folder, self._config)

    def decisions(self) -> list[Any]:
        return committed(dict(self.broker.settings), f"{self.name}.decisions")

    def wait(self, count: int) -> None:
        """By the ends of partitions, which cost the broker next to nothing to say, and then by the decisions."""
        wait_until(
            lambda: ended(dict(self.broker.settings), f"{self.name}.decisions") >= count,
            f"{count} messages",
            300,
        )
        wait_until(lambda: len(self.decisions()) >= count, f"{count} decisions", 300)


def waiting(bench: Bench, count: int) -> tuple[float, float]:
    """Events a second, and events a second of the scorer's own CPU."""
    for event in payments(count):
        bench.send(event)
    assert bench.producer.flush(120) == 0
    scorer = bench.start()
    process = psutil.Process(scorer.process.pid)
    wait_until(lambda: "joined" in scorer.log.read_text(), "it has partitions")
    before = sum(process.cpu_times()[:2])
    bench.wait(count)
    spent = sum(process.cpu_times()[:2]) - before
    scorer.stop()
    stamps = [message.timestamp()[1] for message in bench.decisions()]
    first = min(stamps)
    return sum(stamp > first for stamp in stamps) / (max(stamps) - first) * 1000, count / spent


def steady(bench: Bench, rate: int) -> list[dict[str, Any]]:
    """Decisions about events that came at a fixed rate, after some that warm the scorer up."""
    scorer, began = bench.start(), 0.0
    for number, event in enumerate(payments(WARM + rate * SECONDS)):
        if number == WARM:
            bench.producer.flush(30)
            bench.wait(WARM)
            began = time.monotonic()
        if number >= WARM:
            time.sleep(max(0.0, began + (number - WARM) / rate - time.monotonic()))
        bench.send(event)
    bench.producer.flush(30)
    bench.wait(WARM + rate * SECONDS)
    scorer.stop()
    return sorted(
        (json.loads(message.value()) for message in bench.decisions()), key=lambda d: d["event_id"]
    )[WARM:]


def main(count: int, rate: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_model(folder / "m", [feature["name"] for feature in fraud()["features"]], trees=100)
        with broker_in(folder) as broker, redis_in(folder) as redis_url:
            found = [waiting(Bench(broker, redis_url, folder, f"w{run}"), count) for run in range(RUNS)]
            for what, rates in zip(("by the clock", "of its own CPU"), zip(*found, strict=True), strict=True):
                told = f"{median(rates):,.0f} events/s ({min(rates):,.0f} to {max(rates):,.0f})"
                print(f"events that wait, {what}: {told}", flush=True)
            latencies = [
                one["latency_ms"] for one in steady(Bench(broker, redis_url, folder, "steady"), rate)
            ]
            cuts = quantiles(latencies, n=100)
            print(f"{rate} events/s: until scored p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms")


if __name__ == "__main__":
    main(*(int(given) for given in (sys.argv[1:] or ["20000", "200"])))
