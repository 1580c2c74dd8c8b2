"""Events a second of one core, by path, and the time of a point read.

`python tests/benchmarks/bench_engine.py`. The time of paths is this process' CPU, so that other work on the machine
counts less; that of reads is the clock's.
"""

import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2])]

from eventfeatures import Engine, State  # noqa: E402
from eventfeatures.stores import MemoryStore, StateStore  # noqa: E402
from eventfeatures.stores.postgresql import PostgresStore  # noqa: E402
from eventfeatures.stores.redis import RedisStore  # noqa: E402
from eventfeatures_testing.definitions import fraud  # noqa: E402
from eventfeatures_testing.servers import PostgresServer, RedisServer  # noqa: E402

EVENTS, CARDS, MERCHANTS, DAYS, BATCH, READS, ROUNDS = 30_000, 1200, 400, 20, 500, 3000, 3
CATEGORIES = ("grocery", "fuel", "digital", "restaurant")


def made() -> list[dict[str, Any]]:
    """Events at even distances, of random cards and merchants; a few merchants have most of them."""
    random = Random(17)
    step = DAYS * 86_400_000 // EVENTS
    return [_event(random, number, 1_740_787_200_000 + number * step) for number in range(EVENTS)]


def _event(random: Random, number: int, at: int) -> dict[str, Any]:
    merchant = int(MERCHANTS * random.random() ** 3)
    return {
        "transaction_id": f"T{number:08d}",
        "event_time": at,
        "card_id": f"C{random.randrange(CARDS):06d}",
        "merchant_id": f"M{merchant:04d}",
        "merchant_category": CATEGORIES[merchant % len(CATEGORIES)],
        "channel": random.choice(["chip", "contactless", "online"]),
        "country": random.choice(["ES", "ES", "ES", "FR"]),
        "amount": round(random.lognormvariate(3, 1), 2),
        "latitude": random.uniform(36, 44),
        "longitude": random.uniform(-9, 3),
    }


def stepped(engine: Engine, events: list[dict[str, Any]]) -> None:
    """One event after another, states in a dict."""
    kept: dict[tuple[str, str], State] = {}
    for event in events:
        names = {"card": ("card", event["card_id"]), "merchant": ("merchant", event["merchant_id"])}
        for name in names.values():
            if name not in kept:
                kept[name] = engine.fresh()[name[0]]
        engine.step({entity: kept[name] for entity, name in names.items()}, event)


def batched(engine: Engine, events: list[dict[str, Any]], store: StateStore) -> None:
    """Micro-batches through a store."""
    for start in range(0, len(events), BATCH):
        engine.batch(events[start : start + BATCH], store)


def per_second(work: Callable[[], None]) -> float:
    """Events a second of CPU."""
    begin = time.process_time()
    work()
    return EVENTS / (time.process_time() - begin)


def read_ms(store: StateStore, keys: list[str]) -> tuple[float, float]:
    """Median and 99th percentile of a read of one card and one merchant."""
    times = []
    for number in range(READS):
        begin = time.perf_counter()
        store.read_many([("card", keys[number % len(keys)]), ("merchant", f"M{number % MERCHANTS:04d}")])
        times.append((time.perf_counter() - begin) * 1000)
    return median(times), quantiles(times, n=100)[98]


def main() -> None:
    """Prints a line for each path."""
    engine, events, number = Engine(fraud()), made(), count()
    redis, postgres = RedisServer(), PostgresServer()
    paths: dict[str, Callable[[], None]] = {
        "step": lambda: stepped(engine, events),
        f"batch of {BATCH}, memory": lambda: batched(engine, events, MemoryStore()),
        f"batch of {BATCH}, Redis": lambda: batched(
            engine, events, RedisStore(redis.url, f"b{next(number)}")
        ),
    }
    print(f"{len(engine.names)} features, {EVENTS} events, median of {ROUNDS}")
    for name, work in paths.items():
        print(
            f"{name}: {median(per_second(work) for _ in range(ROUNDS)):,.0f} events a second of CPU",
            flush=True,
        )
    postgres_store = PostgresStore(postgres.url)
    batched(engine, events[:5000], postgres_store)
    cards = sorted({event["card_id"] for event in events})
    stores: dict[str, StateStore] = {"Redis": RedisStore(redis.url, "b0"), "PostgreSQL": postgres_store}
    for name, store in stores.items():
        print(
            f"{name}: a card and a merchant in {'{:.2f} ms, 99 % in {:.2f} ms'.format(*read_ms(store, cards))}"
        )
    redis.close()
    postgres.close()


if __name__ == "__main__":
    main()
