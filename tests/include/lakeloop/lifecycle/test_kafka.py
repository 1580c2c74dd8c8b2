"""How the clients of Kafka are told where it is."""

from dataclasses import dataclass, field

import pytest

from lakeloop.config import load_target
from lakeloop.config.target import Kafka
from lakeloop.lifecycle.kafka import NoKafkaError, connection


@dataclass
class _Target:
    name: str = "dev"
    kafka: Kafka = field(default_factory=Kafka)


SECRETS = {"KAFKA_SASL_USERNAME": "loop", "KAFKA_SASL_PASSWORD": 'a"b\\c'}


def test_a_laptop_is_told_by_its_environment() -> None:
    found = connection(load_target("local"), {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092"})

    assert found.client == {"bootstrap.servers": "127.0.0.1:9092", "security.protocol": "PLAINTEXT"}
    assert found.spark == {
        "kafka.bootstrap.servers": "127.0.0.1:9092",
        "kafka.security.protocol": "PLAINTEXT",
    }


def test_the_target_wins_over_the_environment() -> None:
    target = _Target(kafka=Kafka(bootstrap_servers="broker:9094", security_protocol="PLAINTEXT"))

    found = connection(target, {"KAFKA_BOOTSTRAP_SERVERS": "other:9092", "KAFKA_SECURITY_PROTOCOL": "SSL"})

    assert (found.bootstrap_servers, found.security_protocol) == ("broker:9094", "PLAINTEXT")


def test_spark_is_told_user_and_password_in_javas_way() -> None:
    target = _Target(
        kafka=Kafka(bootstrap_servers="b:1", security_protocol="SASL_SSL", sasl_mechanism="SCRAM-SHA-512")
    )

    found = connection(target, SECRETS | {"KAFKA_SSL_CA_LOCATION": "/certs/ca.pem"})

    assert found.spark["kafka.sasl.jaas.config"] == (
        "org.apache.kafka.common.security.scram.ScramLoginModule required "
        'username="loop" password="a\\"b\\\\c";'
    )
    assert found.spark["kafka.ssl.truststore.location"] == found.client["ssl.ca.location"] == "/certs/ca.pem"
    assert found.client["sasl.password"] == 'a"b\\c'
    assert 'a"b' not in repr(found)


def test_without_a_broker_it_says_what_to_do() -> None:
    with pytest.raises(NoKafkaError, match=r"target dev names no Kafka .* lakeloop up --realtime"):
        connection(_Target(), {})


def test_a_secret_that_is_missing_is_named() -> None:
    target = _Target(kafka=Kafka(bootstrap_servers="b:1", security_protocol="SASL_SSL"))

    with pytest.raises(NoKafkaError, match="SASL_SSL also needs KAFKA_SASL_MECHANISM, KAFKA_SASL_PASSWORD"):
        connection(target, {"KAFKA_SASL_USERNAME": "loop"})
