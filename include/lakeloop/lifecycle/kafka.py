"""Where Kafka is and how to speak to it, for both of its clients: librdkafka's and Spark's.

Addresses come from the target, or from the environment where the target names none. Secrets come from the environment
only; on Databricks a job cluster's `spark_env_vars` fill it from a secret scope.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

PLAINTEXT = "PLAINTEXT"


class NoKafkaError(RuntimeError):
    """Neither the target nor the environment names a broker, or a secret is missing."""


class KafkaTarget(Protocol):
    """`kafka` of a target; None means: as the environment says."""

    @property
    def bootstrap_servers(self) -> str | None: ...
    @property
    def security_protocol(self) -> str | None: ...
    @property
    def sasl_mechanism(self) -> str | None: ...


class _Target(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def kafka(self) -> KafkaTarget: ...


@dataclass(frozen=True)
class Connection:
    """Brokers, and what proves who we are; `authority` is a PEM file, empty for the system's own."""

    bootstrap_servers: str
    security_protocol: str = PLAINTEXT
    sasl_mechanism: str = ""
    username: str = ""
    password: str = ""
    authority: str = ""

    def __repr__(self) -> str:
        return f"Connection({self.bootstrap_servers!r}, {self.security_protocol!r})"

    @property
    def client(self) -> dict[str, str]:
        """Settings of ``confluent_kafka``'s clients."""
        settings = {
            "bootstrap.servers": self.bootstrap_servers,
            "security.protocol": self.security_protocol,
            "sasl.mechanism": self.sasl_mechanism,
            "sasl.username": self.username,
            "sasl.password": self.password,
            "ssl.ca.location": self.authority,
        }
        return {name: value for name, value in settings.items() if value}

    @property
    def spark(self) -> dict[str, str]:
        """Options of Spark's source and sink `kafka`."""
        options = {
            "kafka.bootstrap.servers": self.bootstrap_servers,
            "kafka.security.protocol": self.security_protocol,
            "kafka.sasl.mechanism": self.sasl_mechanism,
            "kafka.sasl.jaas.config": self._jaas(),
            "kafka.ssl.truststore.type": "PEM" if self.authority else "",
            "kafka.ssl.truststore.location": self.authority,
        }
        return {name: value for name, value in options.items() if value}

    def _jaas(self) -> str:
        """Java's way of saying user and password (KIP-85); it escapes as Java strings do."""
        if not self.sasl_mechanism:
            return ""
        kind = "plain.PlainLoginModule" if self.sasl_mechanism == "PLAIN" else "scram.ScramLoginModule"
        username, password = (
            text.replace("\\", "\\\\").replace('"', '\\"') for text in (self.username, self.password)
        )
        module = f"org.apache.kafka.common.security.{kind}"
        return f'{module} required username="{username}" password="{password}";'


def connection(target: _Target, environment: Mapping[str, str] | None = None) -> Connection:
    """How this process reaches the target's brokers. Raises NoKafkaError.

    Environment: KAFKA_BOOTSTRAP_SERVERS, KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_MECHANISM where the target leaves them
    open; KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD, KAFKA_SSL_CA_LOCATION (a PEM file).
    """
    said, given = target.kafka, os.environ if environment is None else environment
    servers = said.bootstrap_servers or given.get("KAFKA_BOOTSTRAP_SERVERS", "")
    if not servers:
        raise NoKafkaError(
            f"target {target.name} names no Kafka and KAFKA_BOOTSTRAP_SERVERS is not set; set one of the two "
            "(on a laptop: lakeloop up --realtime)"
        )
    protocol = said.security_protocol or given.get("KAFKA_SECURITY_PROTOCOL") or PLAINTEXT
    mechanism = said.sasl_mechanism or given.get("KAFKA_SASL_MECHANISM", "")
    found = Connection(
        servers,
        protocol,
        mechanism if protocol.startswith("SASL") else "",
        given.get("KAFKA_SASL_USERNAME", ""),
        given.get("KAFKA_SASL_PASSWORD", ""),
        given.get("KAFKA_SSL_CA_LOCATION", ""),
    )
    _require_secrets(found)
    return found


def _require_secrets(found: Connection) -> None:
    if not found.security_protocol.startswith("SASL"):
        return
    needed = {
        "KAFKA_SASL_MECHANISM": found.sasl_mechanism,
        "KAFKA_SASL_USERNAME": found.username,
        "KAFKA_SASL_PASSWORD": found.password,
    }
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise NoKafkaError(f"security protocol {found.security_protocol} also needs {', '.join(missing)}")
