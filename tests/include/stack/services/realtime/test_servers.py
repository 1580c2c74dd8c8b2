"""The real servers keep what they acknowledged, and listen on loopback."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from confluent_kafka import Producer
from redis import AuthenticationError, Redis

from lakeloop_stack.machine.processes import of_stack
from lakeloop_stack.services.realtime.probes import Pongs
from localbricks_testing.waiting import wait_until
from tests.include.stack.services.realtime.conftest import Realtime, realtime_in
from tests.include.stack.services.realtime.messages import MESSAGES, create, read, write


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realtime]:
    with realtime_in(tmp_path_factory.mktemp("plain")) as realtime:
        yield realtime


def test_a_misspelt_topic_is_refused(plain: Realtime) -> None:
    # Before it gives up the client asks for 30 s, in case the topic is only just being made.
    producer = Producer({**plain.kafka, "topic.metadata.propagation.max.ms": 100})
    failures: list[Any] = []
    producer.produce("evnets", b"x", on_delivery=lambda error, _: failures.append(error))
    assert producer.flush(10) == 0
    assert [failure.name() for failure in failures] == ["UNKNOWN_TOPIC_OR_PART"]


def test_redis_asks_for_its_password(plain: Realtime) -> None:
    with Redis(port=plain.settings.redis_port) as client, pytest.raises(AuthenticationError):
        client.ping()
    wrong = plain.redis_url.replace(plain.secrets.redis_password, "wrong")
    assert not Pongs(wrong)(0.0)


def test_both_listen_on_loopback_only(plain: Realtime) -> None:
    own = of_stack(plain.settings.home)
    listening = {
        connection.laddr
        for connection in psutil.net_connections("inet")
        if connection.pid in own and connection.status == psutil.CONN_LISTEN and connection.laddr
    }
    assert {address.port for address in listening} == {
        plain.settings.kafka_port,
        plain.settings.kafka_controller_port,
        plain.settings.redis_port,
    }
    assert {address.ip for address in listening} <= {"127.0.0.1", "::ffff:127.0.0.1"}


def test_after_a_kill_both_come_back_with_all_that_they_acknowledged(plain: Realtime) -> None:
    create(plain.kafka, "kept")
    with Redis.from_url(plain.redis_url) as client:
        write(plain.kafka, "kept")
        client.mset({f"key {number}": number for number in range(500)})
        for service in plain.services:
            _kill(plain, service.name)
        assert client.mget([f"key {number}" for number in range(500)]) == [
            str(number).encode() for number in range(500)
        ]
    assert sorted(read(plain.kafka, "kept")) == sorted(MESSAGES)


def _kill(realtime: Realtime, name: str) -> None:
    before = realtime.supervisor.state(name).pid
    os.kill(before, signal.SIGKILL)
    # A broker that did not end well reads its log again, which takes a moment.
    wait_until(
        lambda: realtime.supervisor.state(name).pid not in (0, before) and realtime.ready(name), name, 90
    )
