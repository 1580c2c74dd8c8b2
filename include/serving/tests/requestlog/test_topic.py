"""Kafka that cannot be reached, or is not told how, harms no request."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from oipscorer.command import parser, settings_of
from oipscorer.requestlog.topic import LogTopic
from oipscorer_testing.models import frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.server import Server

QUICK = {"message.timeout.ms": "300", "linger.ms": "5", "log_level": "0"}


def test_records_that_are_not_delivered_are_counted() -> None:
    counted = {"delivered": 0, "failed": 0}

    def count(outcome: str) -> Callable[[int], None]:
        return lambda number: counted.__setitem__(outcome, counted[outcome] + number)

    topic = LogTopic(
        "log", {"bootstrap.servers": "127.0.0.1:9", **QUICK}, count("delivered"), count("failed")
    )
    for number in range(20):
        topic.write(b"key", b"%d" % number)
    topic.close(10)

    assert counted == {"delivered": 0, "failed": 20}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bootstrap.servers": "x", "no.such": "1"}, "no.such"),
        ({"bootstrap.servers": "x", "acks": "0"}, "acks"),  # which idempotence rules out
    ],
)
def test_options_that_librdkafka_does_not_take_are_named(options: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=f"--log-kafka: .*{said}"):
        LogTopic("log", options, print, print)


def test_a_server_answers_while_its_broker_is_away(start: Callable[..., Server], folders: Path) -> None:
    options = [f"--log-kafka={name}={value}" for name, value in QUICK.items()]
    kafka = ("--log-kafka", "bootstrap.servers=127.0.0.1:9", *options, "--log-topic", "log")
    server = start("--model", f"churn={folders}/churn-1", *kafka)

    for _ in range(10):
        assert server.infer(by_column(frame(1))).status_code == 200

    line = 'oipscorer_log_records_total{outcome="failed"} 10.0'
    deadline = time.monotonic() + 30
    while line not in server.http.get("/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_brokers_and_passwords_may_be_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", "secret")

    log = settings_of(parser().parse_args(["--log-topic", "log", "--log-kafka", "linger.ms=5"]), None).log

    assert log.kafka == {"bootstrap.servers": "kafka:9092", "sasl.password": "secret", "linger.ms": "5"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--log-topic", "log"],
            "--log-topic log: no brokers are named, expected --log-kafka bootstrap.servers",
        ),
        (["--log-kafka", "bootstrap.servers=x"], "--log-kafka needs --log-topic"),
    ],
)
def test_a_topic_and_its_brokers_go_together(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)

    with pytest.raises(ValueError, match=said):
        settings_of(parser().parse_args(arguments), None)
