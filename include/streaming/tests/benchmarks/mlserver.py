"""Messages a second, and what kills lose, beside MLServer 1.7.1 in its Kafka mode, in one run.

``PYTHONPATH=tests:../serving/tests python tests/benchmarks/mlserver.py [kills]``

The same booster of 100 trees, 20 features in the message, one broker. The first time MLServer is installed into an
environment of its own; it scores in the process that reads (`parallel_workers: 0`), which is the cheapest that it can.
It reads what comes while it runs and commits nothing, so its messages are sent when it is ready; the scorer's wait for
it. Rates: from the first answer's timestamp to the last one's; medians of runs that take turns. Kills: 200 messages a
second, and SIGKILL every three seconds, each followed by a new start at once.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Protocol
from urllib.error import URLError
from urllib.request import urlopen

from confluent_kafka import Producer
from throughput import NAMES, body, configuration, through_kafka

from eventscorer_testing.broker import Broker, broker_in
from eventscorer_testing.models import save_model
from eventscorer_testing.process import Scorer
from eventscorer_testing.topics import committed, ended, wait_until
from oipscorer_testing.environments import python_with

MLSERVER = ("mlserver==1.7.1", "mlserver-xgboost==1.7.1", "xgboost==3.2.0")
RUNS = 3
MESSAGES = {"MLServer": 4_000, "eventscorer": 100_000}
PER_SECOND, BETWEEN_KILLS = 200, 3.0
HEADERS: list[tuple[str, str | bytes | None]] = [("mlserver-model", b"m")]
Produce = Callable[[Producer, str, int], None]


class Killable(Protocol):
    """A process that is started anew after it was killed."""

    def kill(self) -> None: ...

    def again(self) -> None: ...


class MLServer:
    """It answers what comes to `topic` in ``<topic>.answers``."""

    def __init__(self, folder: Path, broker: Broker, topic: str) -> None:
        self._place = folder / topic
        self._place.mkdir()
        self._port, grpc, metrics = free_ports(3)
        about = {"host": "127.0.0.1", "http_port": self._port, "grpc_port": grpc, "metrics_port": metrics}
        kafka = {
            "parallel_workers": 0,
            "kafka_enabled": True,
            "kafka_servers": broker.settings["bootstrap.servers"],
            "kafka_topic_input": topic,
            "kafka_topic_output": f"{topic}.answers",
        }
        model = {"uri": str(folder / "m" / "model.ubj")}
        self._write("settings.json", about | kafka)
        self._write(
            "model-settings.json",
            {"name": "m", "implementation": "mlserver_xgboost.XGBoostModel", "parameters": model},
        )
        self.again()

    def _write(self, name: str, content: dict[str, Any]) -> None:
        (self._place / name).write_text(json.dumps(content))

    def again(self) -> None:
        """Starts it."""
        program = python_with("mlserver", *MLSERVER).with_name("mlserver")
        with (self._place / "log").open("a") as log:
            self._process = subprocess.Popen(
                [str(program), "start", str(self._place)],
                stdout=log,
                stderr=log,
                env=os.environ | {"OMP_NUM_THREADS": "1"},
            )

    def wait(self) -> None:
        """Until it reads."""
        wait_until(self._reads, "MLServer")

    def _reads(self) -> bool:
        assert self._process.poll() is None, (self._place / "log").read_text()[-2000:]
        try:
            with urlopen(f"http://127.0.0.1:{self._port}/v2/models/m/ready"):
                return "Reading messages from consumer" in (self._place / "log").read_text()
        except (URLError, OSError):
            return False

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()


def free_ports(count: int) -> list[int]:
    """Of loopback; another process may be faster, and then the server says so."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def request(number: int) -> bytes:
    """The features of `throughput.body` as a request of the Open Inference Protocol."""
    features = json.loads(body(number))
    data = [features[name] for name in NAMES]
    return json.dumps(
        {"inputs": [{"name": "input-0", "shape": [1, len(NAMES)], "datatype": "FP32", "data": data}]}
    ).encode()


def to_mlserver(producer: Producer, topic: str, number: int) -> None:
    producer.produce(topic, request(number), f"e{number}", headers=HEADERS)


def to_scorer(producer: Producer, topic: str, number: int) -> None:
    producer.produce(topic, body(number), f"c{number % 1000}")


@contextmanager
def mlserver(folder: Path, broker: Broker, topic: str) -> Iterator[MLServer]:
    broker.topics(topic, f"{topic}.answers", partitions=4)
    server = MLServer(folder, broker, topic)
    try:
        server.wait()
        yield server
    finally:
        server.kill()


def mlservers_rate(broker: Broker, folder: Path, topic: str, messages: int) -> float:
    """Answers a second."""
    with mlserver(folder, broker, topic):
        producer = Producer({**broker.settings, "linger.ms": 20})
        for number in range(messages):
            to_mlserver(producer, topic, number)
            producer.poll(0)
        assert producer.flush(60) == 0
        answers = f"{topic}.answers"
        wait_until(lambda: ended(dict(broker.settings), answers) >= messages, "all answers", 300)
    stamps = [message.timestamp()[1] for message in committed(dict(broker.settings), answers)]
    return len(stamps) / (max(stamps) - min(stamps)) * 1000


def under_kills(server: Killable, broker: Broker, topic: str, kills: int, produce: Produce) -> int:
    """Sends at a pace while the server is killed; how many were sent."""
    producer, sent = Producer({**broker.settings, "linger.ms": 5}), 0
    began = time.monotonic()
    for kill in range(1, kills + 1):
        while (now := time.monotonic() - began) < kill * BETWEEN_KILLS:
            while sent < now * PER_SECOND:
                produce(producer, topic, sent)
                sent += 1
            producer.poll(0.005)
        server.kill()
        server.again()
    assert producer.flush(60) == 0
    return sent


def told(name: str, sent: int, ids: list[str]) -> str:
    seen = Counter(ids)
    twice = sum(count - 1 for count in seen.values())
    return f"{name}: of {sent:,} messages {sent - len(seen):,} lost, {twice:,} answered more than once"


def mlserver_killed(broker: Broker, folder: Path, kills: int) -> str:
    with mlserver(folder, broker, "killed") as server:
        sent = under_kills(server, broker, "killed", kills, to_mlserver)
        server.wait()
        quiet(broker, "killed.answers")
    found = committed(dict(broker.settings), "killed.answers")
    return told("MLServer", sent, [(message.key() or b"").decode() for message in found])


def scorer_killed(broker: Broker, folder: Path, kills: int) -> str:
    topic = "killed.too"
    broker.topics(topic, f"{topic}.decisions", f"{topic}.dead_letters", partitions=4)
    scorer = Scorer(folder, configuration(broker, folder, topic))
    sent = under_kills(scorer, broker, topic, kills, to_scorer)
    decisions = f"{topic}.decisions"
    wait_until(lambda: ended(dict(broker.settings), decisions) >= sent, "all decisions", 300)
    quiet(broker, decisions)
    scorer.stop()
    found = committed(dict(broker.settings), decisions)
    return told("eventscorer", sent, [json.loads(message.value() or b"")["event_id"] for message in found])


def quiet(broker: Broker, topic: str) -> None:
    """Until nothing has been added for five seconds."""
    ends = [0, 1]
    while ends[-1] != ends[-2]:
        time.sleep(5)
        ends.append(ended(dict(broker.settings), topic))


def main(kills: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_model(folder / "m", NAMES, trees=100)
        with broker_in(folder) as broker:
            rates: dict[str, list[float]] = {"MLServer": [], "eventscorer": []}
            for run in range(RUNS):
                rates["MLServer"].append(mlservers_rate(broker, folder, f"a{run}", MESSAGES["MLServer"]))
                rates["eventscorer"].append(through_kafka(broker, folder, f"b{run}", MESSAGES["eventscorer"]))
            for who, found in rates.items():
                print(f"{who}: {median(found):,.0f} messages/s, of {', '.join(f'{r:,.0f}' for r in found)}")
            print(f"{median(rates['eventscorer']) / median(rates['MLServer']):.1f} times as many", flush=True)
            print(mlserver_killed(broker, folder, kills), flush=True)
            print(scorer_killed(broker, folder, kills), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
