"""``python -m tests.benchmarks.soak``: a stack that is up with ``--realtime``, on which `fraud` has two versions.

``lakeloop run --use-case fraud``, then ``fraud_train`` with ``force`` while ``fraud_deploy`` is paused: the second
version has passed the gate and is not yet deployed. The capacity is measured first: so many payments wait, and are
decided on. Then payments come at a share of it, with requests to the scorer beside them, while versions roll out and
back and parts of the stack are killed. Ends with 1 where an event was lost or decided on twice.
"""

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from lakeloop.config import EventSource, StreamUseCase, load_source, load_target, load_use_case
from lakeloop.lifecycle.kafka import connection
from lakeloop_stack.machine.settings import running_settings
from lakeloop_stack.services.credentials import credentials
from lakeloop_stack.services.environment import client_environment
from lakeloop_stack.services.realtime.scoring import scorer_url

from .decisions import Reader
from .events import FIRST_DAY, Payment, Sender, payments
from .plot import quantiles
from .requests import Client
from .stack import Stack
from .table import Phase, table, versions

USE_CASE = "fraud"
WAITING = 20_000  # payments whose decisions give the capacity
SETTLE_SECONDS = 300


@dataclass(frozen=True)
class Step:
    """What is done `at` a share of the time, if anything."""

    at: float
    name: str
    do: Callable[[], str] | None = None


def main() -> int:
    """Prints two tables."""
    options = _parser().parse_args()
    use_case, settings = load_use_case(USE_CASE), running_settings()
    assert isinstance(use_case, StreamUseCase)
    source, target = load_source(use_case.source), load_target("local")
    assert isinstance(source, EventSource)
    client = connection(target, client_environment(settings, credentials(settings.home))).client
    table_ = source.tables[use_case.stream.events]
    sender = Sender(client, source.topic(use_case.stream.events), table_.partitions)
    asked = Client.of(scorer_url(settings, USE_CASE), target.model_name(use_case))
    waiting = iter(payments(source, use_case.stream.events, options.payments, options.first))
    with Reader(client, USE_CASE) as reader:
        capacity = _capacity(sender, list(islice(waiting, WAITING)), reader)
        print(f"capacity: {capacity:,.0f} payments a second", flush=True)
        sender.sent.clear()
        steps = timeline(Stack(settings, USE_CASE), options.challenger)
        begin = time.time()
        traffic = _traffic(
            sender, waiting, asked, options.share * capacity, options.requests, begin + options.seconds
        )
        phases = list(_phases(steps, begin, options.seconds))
        for thread in traffic:
            thread.join()
        sender.finish()
        reader.wait_for(sender.sent, SETTLE_SECONDS)
    print(table(phases, sender.sent, reader, asked.answers))
    print(versions(phases, reader, asked.answers))
    if options.quantiles:
        _write(options.quantiles, phases[0], sender, reader, asked)
    return int(
        any(name not in reader.seen and name not in reader.dead for name in sender.sent) or bool(reader.again)
    )


def timeline(stack: Stack, challenger: str) -> Sequence[Step]:
    """A step lasts until the next one is due, or until it is done, whichever is later."""
    return (
        Step(0.0, "quiet"),
        Step(0.1, "rollout", lambda: stack.deploy(challenger)),
        Step(0.4, "rollback", stack.rollback),
        Step(0.5, "scorer killed", lambda: stack.kill(f"{USE_CASE}-scorer")),
        Step(0.58, "stream killed", lambda: stack.kill(f"{USE_CASE}-stream")),
        Step(0.66, "Redis killed", lambda: stack.kill("redis")),
        Step(0.74, "Kafka killed", lambda: stack.kill("kafka")),
        Step(0.85, "second rollback", stack.rollback),
        Step(0.93, "quiet again"),
    )


def _capacity(sender: Sender, waiting: Sequence[Payment], reader: Reader) -> float:
    """Payments a second, from the first decision to the last."""
    sender.at_once(waiting)
    reader.wait_for(sender.sent, SETTLE_SECONDS)
    times = [reader.seen[name] for name in sender.sent if name in reader.seen]
    return len(times) / (max(times) - min(times))


def _traffic(
    sender: Sender, waiting: Iterator[Payment], asked: Client, payments_: float, requests: float, until: float
) -> list[threading.Thread]:
    threads = [
        threading.Thread(target=sender.send, args=(waiting, payments_, until)),
        threading.Thread(target=asked.ask, args=(requests, until)),
    ]
    for thread in threads:
        thread.start()
    return threads


def _phases(steps: Sequence[Step], begin: float, seconds: float) -> Iterator[Phase]:
    ends = [step.at for step in steps[1:]] + [1.0]
    for step, end in zip(steps, ends, strict=True):
        time.sleep(max(0.0, begin + step.at * seconds - time.time()))
        phase = Phase(step.name, time.time())
        phase.said = step.do() if step.do else ""
        time.sleep(max(0.0, begin + end * seconds - time.time()))
        phase.end = time.time()
        print(f"{phase.name}: {phase.said}", flush=True)
        yield phase


def _write(file: Path, quiet: Phase, sender: Sender, reader: Reader, asked: Client) -> None:
    """Of the first phase, in seconds, for `plot`."""
    mine = [name for name, at in sender.sent.items() if quiet.begin <= at < quiet.end]
    stream = np.array([reader.seen[name] - sender.sent[name] for name in mine if name in reader.seen])
    http = np.array([one.seconds for one in asked.answers if quiet.begin <= one.due < quiet.end])
    found = {"stream: Kafka to decision": quantiles(stream), "scorer: HTTP": quantiles(http)}
    pd.DataFrame(found).to_csv(file, index=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description=__doc__)
    parser.add_argument("--challenger", required=True, help="the validated version that is rolled out")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--share", type=float, default=0.7, help="of the capacity")
    parser.add_argument("--requests", type=float, default=20, help="a second, to the scorer")
    parser.add_argument("--quantiles", type=Path, help="CSV of latencies, which `plot` draws")
    parser.add_argument(
        "--first",
        type=date.fromisoformat,
        default=FIRST_DAY,
        help="day of the data; another one for each run on a stack",
    )
    parser.add_argument("--payments", type=int, default=400_000, help="that are made up beforehand")
    return parser


if __name__ == "__main__":
    sys.exit(main())
