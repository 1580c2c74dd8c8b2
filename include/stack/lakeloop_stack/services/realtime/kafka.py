"""One Kafka broker that is its own controller (KRaft): https://kafka.apache.org/42/operations/kraft/."""

import subprocess
from pathlib import Path

from ...jars import Jars
from ...machine.home import Home
from ...machine.java import java_program
from ...machine.ports import LOOPBACK
from ...machine.private_files import write_private
from ...machine.settings import StackSettings
from ..credentials import Credentials
from ..preparations import PreparationError
from ..service import LONGEST_STOP_SECONDS, Service
from .certificates import authority_file, ensure_certificates
from .kafka_conf import LOGGING, USER, server_properties
from .probes import KafkaServes

CLUSTER = "lakeloop-local-cluster"
MAIN, STORAGE_TOOL = "kafka.Kafka", "kafka.tools.StorageTool"


def kafka_service(settings: StackSettings, secrets: Credentials, jars: Jars) -> Service:
    """The broker; its conf and its storage come from :func:`prepare_kafka`."""
    home = Home(settings.home)
    return Service(
        name="kafka",
        command=_java(home, jars, "-Xmx256m", "-XX:+UseSerialGC", MAIN, str(_conf(home))),
        probe=KafkaServes.of(kafka_environment(settings, secrets)),
        after=("kafka-storage",),
        port=settings.kafka_port,
        stop_seconds=LONGEST_STOP_SECONDS,
        cwd=home.kafka,
    )


def kafka_environment(settings: StackSettings, secrets: Credentials) -> dict[str, str]:
    """Variables of clients, named as librdkafka names its settings: ``KAFKA_SECURITY_PROTOCOL``."""
    protocol = settings.kafka_security.upper()
    return {
        "KAFKA_BOOTSTRAP_SERVERS": f"{LOOPBACK}:{settings.kafka_port}",
        "KAFKA_SECURITY_PROTOCOL": protocol,
        **(_login(secrets) if protocol.startswith("SASL") else {}),
        **({"KAFKA_SSL_CA_LOCATION": str(_authority(settings))} if protocol.endswith("SSL") else {}),
    }


def prepare_kafka(settings: StackSettings, secrets: Credentials, home: Home, jars: Jars) -> None:
    """Write conf and certificates, and format the storage unless it is. Raises PreparationError."""
    home.kafka.mkdir(parents=True, exist_ok=True)
    ensure_certificates(_certificates(home))
    write_private(_logging(home), LOGGING)
    write_private(_conf(home), server_properties(settings, secrets, home.kafka, _certificates(home)))
    if not (home.kafka / "data" / "meta.properties").exists():
        _format(home, jars)


def _format(home: Home, jars: Jars) -> None:
    """Killed midway, it begins again: ``meta.properties`` is what it writes last."""
    arguments = ("format", "--cluster-id", CLUSTER, "--config", str(_conf(home)), "--ignore-formatted")
    command = _java(home, jars, "-Xmx64m", STORAGE_TOOL, *arguments)
    done = subprocess.run(command, cwd=home.kafka, capture_output=True, text=True, errors="replace")
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-2000:]
        raise PreparationError(f"Kafka's storage in {home.kafka} cannot be formatted:\n{said}")


def _java(home: Home, jars: Jars, *arguments: str) -> tuple[str, ...]:
    logging = f"-Dlog4j2.configurationFile={_logging(home)}"
    return (java_program(), logging, "-cp", f"{jars.kafka}/*", *arguments)


def _login(secrets: Credentials) -> dict[str, str]:
    return {
        "KAFKA_SASL_MECHANISM": "PLAIN",
        "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_PASSWORD": secrets.kafka_password,
    }


def _authority(settings: StackSettings) -> Path:
    return authority_file(_certificates(Home(settings.home)))


def _certificates(home: Home) -> Path:
    return home.kafka / "certificates"


def _conf(home: Home) -> Path:
    return home.kafka / "server.properties"


def _logging(home: Home) -> Path:
    return home.kafka / "log4j2.properties"
