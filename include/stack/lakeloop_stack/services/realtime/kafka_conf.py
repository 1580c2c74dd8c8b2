"""What the broker's conf says: loopback only, small, and as secured as the settings ask for."""

from pathlib import Path

from localbricks.java_properties import properties

from ...machine.ports import LOOPBACK
from ...machine.settings import StackSettings
from ..credentials import Credentials
from .certificates import authority_file, broker_file

USER = "lakeloop"
LOGIN_MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule"
LOGGING = """\
rootLogger.level = WARN
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %m (%c)%n
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = INFO
"""


def server_properties(settings: StackSettings, secrets: Credentials, folder: Path, certificates: Path) -> str:
    """The file ``server.properties``; topics lie in `folder`.

    Both listeners, that of clients and that of the controller, ask for the same: a controller that answered anybody
    would let anybody in.
    """
    protocol = settings.kafka_security.upper()
    return properties(
        {
            **_listeners(settings, protocol),
            **_small(folder),
            **(_login(secrets) if protocol.startswith("SASL") else {}),
            **(_tls(certificates) if protocol.endswith("SSL") else {}),
        }
    )


def _listeners(settings: StackSettings, protocol: str) -> dict[str, str]:
    clients = f"CLIENTS://{LOOPBACK}:{settings.kafka_port}"
    controller = f"{LOOPBACK}:{settings.kafka_controller_port}"
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"{clients},CONTROLLER://{controller}",
        "advertised.listeners": clients,
        "inter.broker.listener.name": "CLIENTS",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": f"CLIENTS:{protocol},CONTROLLER:{protocol}",
    }


def _small(folder: Path) -> dict[str, str]:
    """For one broker with a heap of 256 MB: one copy of each topic, and few of the broker's own partitions."""
    return {
        "log.dirs": str(folder / "data"),
        # A misspelt name must not become a topic of its own.
        "auto.create.topics.enable": "false",
        "num.partitions": "4",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        # The default takes half of the heap.
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
        # As long as its predecessor might still live, by default 9 s, a killed broker's successor is kept out.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        # The default waits three seconds for other members before a group's first consumer may read.
        "group.initial.rebalance.delay.ms": "0",
    }


def _login(secrets: Credentials) -> dict[str, str]:
    """SASL/PLAIN with one user. SCRAM, whose users lie in the log of the quorum, cannot guard a KRaft controller."""
    password = secrets.kafka_password
    module = f'{LOGIN_MODULE} required username="{USER}" password="{password}" user_{USER}="{password}";'
    return {
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.clients.plain.sasl.jaas.config": module,
        "listener.name.controller.plain.sasl.jaas.config": module,
    }


def _tls(certificates: Path) -> dict[str, str]:
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(broker_file(certificates)),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority_file(certificates)),
    }
