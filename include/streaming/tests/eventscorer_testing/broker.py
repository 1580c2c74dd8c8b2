"""A Kafka broker of the tests' own: one process, on loopback, in a temporary folder."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

CLASS_PATH = "EVENTSCORER_KAFKA_JARS"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lakeloop" / "jars"
CONF = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=CLIENTS://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=CLIENTS://127.0.0.1:{port}
inter.broker.listener.name=CLIENTS
controller.listener.names=CONTROLLER
listener.security.protocol.map=CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
log.cleaner.dedupe.buffer.size=16777216
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


def jars() -> Path:
    """Folder of the broker's jars. Raises FileNotFoundError which says how they come there."""
    given = os.environ.get(CLASS_PATH)
    found = [Path(given)] if given else sorted(CACHE.glob("*/kafka"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FileNotFoundError(
            f"no Kafka in {CACHE}: run `lakeloop jars`, or name a folder of jars in {CLASS_PATH}"
        )
    return found[-1]


class Broker:
    """Started, killed and started again on the same port and the same files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port, controller = _free_port(), _free_port()
        self._conf = folder / "server.properties"
        self._conf.write_text(CONF.format(port=self.port, controller=controller, folder=folder))
        self._process: subprocess.Popen[bytes] | None = None
        format_command = ("format", "--cluster-id", "eventscorer-tests", "--config", str(self._conf))
        subprocess.run(_java("kafka.tools.StorageTool", *format_command), check=True, capture_output=True)

    @property
    def settings(self) -> dict[str, str | int | float | bool]:
        """Of a client."""
        return {"bootstrap.servers": f"127.0.0.1:{self.port}"}

    def start(self) -> None:
        """Returns once it answers."""
        with (self._folder / "log").open("ab") as log:
            command = _java("kafka.Kafka", str(self._conf))
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        deadline = time.monotonic() + 90
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "log").read_text()[-3000:]
            assert time.monotonic() < deadline, "Kafka did not answer within 90 s"

    def kill(self) -> None:
        """SIGKILL."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def topics(self, *names: str, partitions: int = 3) -> None:
        """Make topics."""
        admin = AdminClient(self.settings)
        made = admin.create_topics([NewTopic(name, num_partitions=partitions) for name in names])
        for future in made.values():
            future.result(30)

    def _answers(self) -> bool:
        try:
            return bool(AdminClient({**self.settings, "log_level": 0}).list_topics(timeout=1).brokers)
        except KafkaException:
            return False


@contextmanager
def broker_in(folder: Path) -> Iterator[Broker]:
    """A running broker; it ends with the block."""
    broker = Broker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def _java(main: str, *arguments: str) -> list[str]:
    java = shutil.which("java")
    assert java, "Java 17 or newer is not on PATH"
    quiet = ("-Xmx256m", "-XX:+UseSerialGC", "-Dorg.apache.logging.log4j.level=WARN")
    return [java, *quiet, "-cp", f"{jars()}/*", main, *arguments]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
