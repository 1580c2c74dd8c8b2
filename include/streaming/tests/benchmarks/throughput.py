"""Messages a second that wait when the scorer starts.

``PYTHONPATH=tests python tests/benchmarks/throughput.py [messages]``

20 features in the message, an XGBoost model of 100 trees, one broker and one scorer beside each other. From the first
decision's message to the last one's, by the timestamps of the topic of decisions; the median of three runs. Then the
same work without Kafka: checking, features, scores and encoding of the same messages.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from confluent_kafka import Producer

from eventscorer.config import Config, read_config
from eventscorer.events.checking import Checker
from eventscorer.events.event import Record
from eventscorer.pipeline.decide import Decider
from eventscorer.scoring.features import MessageFeatures
from eventscorer.scoring.oip import folder_scorer
from eventscorer_testing.broker import Broker, broker_in
from eventscorer_testing.models import save_model
from eventscorer_testing.process import Scorer
from eventscorer_testing.topics import START, committed, ended, wait_until

NAMES = [f"f{number}" for number in range(20)]
RUNS = 3


def body(number: int) -> bytes:
    features = {name: (number * (place + 1)) % 97 / 97 for place, name in enumerate(NAMES)}
    return json.dumps({"id": f"e{number}", "time": START + number, **features}).encode()


def fill(broker: Broker, topic: str, messages: int) -> None:
    broker.topics(topic, f"{topic}.decisions", f"{topic}.dead_letters", partitions=4)
    producer = Producer({**broker.settings, "linger.ms": 20, "compression.type": "lz4"})
    for number in range(messages):
        producer.produce(topic, body(number), f"c{number % 1000}")
        if number % 1000 == 0:
            producer.poll(0)
    assert producer.flush(120) == 0


def configuration(broker: Broker, folder: Path, topic: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "time": {"type": "integer"}}
        | {name: {"type": "number"} for name in NAMES},
        "required": ["id", "time", *NAMES],
    }
    model = {"name": "m", "folder": str(folder / "m")}
    own = {"topic": topic, "group": topic, "schema": schema, "features": NAMES, "model": model}
    return {**own, "kafka": broker.settings, "batch_rows": 5000, "metrics_port": 0}


def through_kafka(broker: Broker, folder: Path, topic: str, messages: int) -> float:
    """Messages a second."""
    fill(broker, topic, messages)
    scorer = Scorer(folder, configuration(broker, folder, topic))
    settings, decisions = dict(broker.settings), f"{topic}.decisions"
    wait_until(lambda: ended(settings, decisions) >= messages, "all decisions", 300)
    scorer.stop()
    stamps = [message.timestamp()[1] for message in committed(settings, decisions)]
    first = min(stamps)
    return sum(stamp > first for stamp in stamps) / (max(stamps) - first) * 1000


def without_kafka(config: Config, messages: int) -> float:
    """Messages a second."""
    scorer = folder_scorer("m", "1", config.model.folder or Path("m"))
    decider = Decider(config, MessageFeatures(NAMES), scorer)
    checker = Checker(config)
    records = [Record(0, number, START, b"c1", body(number)) for number in range(messages)]
    began = time.perf_counter()
    for start in range(0, messages, config.batch_rows):
        decider.decide([checker.check(record) for record in records[start : start + config.batch_rows]])
    return messages / (time.perf_counter() - began)


def main(messages: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_model(folder / "m", NAMES, trees=100)
        with broker_in(folder) as broker:
            rates = [through_kafka(broker, folder, f"t{run}", messages) for run in range(RUNS)]
            print(
                f"through Kafka: {median(rates):,.0f} messages/s, of {', '.join(f'{r:,.0f}' for r in rates)}"
            )
        alone = median(without_kafka(read_config(folder / "t0.0.json"), messages) for _ in range(RUNS))
        print(f"without Kafka: {alone:,.0f} messages/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
