"""What the scorer answered is in Kafka, as it was scored, whatever is killed in between."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eventscorer_testing.broker import Broker
from eventscorer_testing.models import save_model
from eventscorer_testing.topics import committed, decoded, wait_until
from oipscorer_testing.server import INFER, Server

NAMES = ["amount", "visits"]


def request(number: int) -> dict[str, Any]:
    row = {"amount": number / 4, "visits": number % 7}
    inputs = [{"name": name, "datatype": "FP64", "shape": [1], "data": [row[name]]} for name in NAMES]
    return {"id": f"r{number}", "inputs": inputs, "parameters": {"sticky_key": f"c{number % 5}"}}


@pytest.fixture
def topic(broker: Broker, request: pytest.FixtureRequest) -> str:
    broker.topics(name := request.node.name)
    return str(name)


@pytest.fixture
def server(broker: Broker, topic: str, tmp_path: Path) -> Iterator[Server]:
    save_model(tmp_path / "m", NAMES)
    options = [f"--log-kafka={name}={value}" for name, value in broker.settings.items()]
    running = Server("--model", f"churn={tmp_path}/m", "--log-topic", topic, *options)
    yield running
    running.close()


def test_every_answer_is_in_the_topic_as_it_was_scored(server: Server, broker: Broker, topic: str) -> None:
    answers = {
        one["id"]: one for one in (server.http.post(INFER, json=request(n)).json() for n in range(200))
    }

    wait_until(lambda: len(committed(broker.settings, topic)) >= len(answers), "all records")
    records = {one["id"]: one for one in decoded(committed(broker.settings, topic))}
    assert records.keys() == answers.keys()
    for number in range(200):
        record, answer = records[f"r{number}"], answers[f"r{number}"]
        row = dict(zip(record["columns"], record["rows"][0], strict=True))
        assert row == {"amount": number / 4, "visits": number % 7}
        assert np.float32(record["scores"]) == np.float32(answer["outputs"][0]["data"])
        assert (record["version"], record["sticky_key"]) == (answer["model_version"], f"c{number % 5}")
    keys = {(message.key() or b"").decode() for message in committed(broker.settings, topic)}
    assert keys == {f"c{number}" for number in range(5)}


def test_a_broker_that_was_killed_gets_what_was_answered_meanwhile(
    server: Server, broker: Broker, topic: str
) -> None:
    server.http.post(INFER, json=request(0))
    broker.kill()
    for number in range(1, 50):
        assert server.http.post(INFER, json=request(number)).status_code == 200
    broker.start()

    wait_until(lambda: len(committed(broker.settings, topic)) >= 50, "all records")
    assert sorted(one["id"] for one in decoded(committed(broker.settings, topic))) == sorted(
        f"r{number}" for number in range(50)
    )


def test_what_waits_at_the_end_is_sent(server: Server, broker: Broker, topic: str) -> None:
    for number in range(100):
        server.http.post(INFER, json=request(number))
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(30)

    assert len(committed(broker.settings, topic)) == 100
