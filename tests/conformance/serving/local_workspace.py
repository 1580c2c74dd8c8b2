"""A workspace process without Spark, in front of a registry: all that Model Serving needs."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
from databricks.sdk import WorkspaceClient

from tests.include.lakeloop.lifecycle.serving.scorers import until

TOKEN = "workspace-token"
MINUTE_SECONDS = 2.0


class LocalWorkspace:
    """`python -m localbricks`, which may be killed and started again.

    Args:
        folder: where it keeps its state, and its log.
        registry: address of an MLflow server.
    """

    def __init__(self, folder: Path, registry: str) -> None:
        self.folder, self.registry = folder, registry
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = self._started()

    @property
    def client(self) -> WorkspaceClient:
        """The unmodified SDK."""
        return WorkspaceClient(host=self.url, token=TOKEN, auth_type="pat", config_file=os.devnull)

    def restart(self, number: signal.Signals) -> None:
        """Ends it by a signal, and starts it again."""
        self.end(number)
        self.start()

    def start(self) -> None:
        """Starts it again, with the state that it left."""
        self.process = self._started()

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ends it by a signal."""
        self.process.send_signal(number)
        self.process.wait(30)

    def scorers(self) -> list[int]:
        """Pids of the scorer processes that it, or one before it, has started."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                cwd = os.readlink(entry / "cwd")
            except OSError:
                continue
            parent = Path(cwd).parent == self.folder / "state" / "serving-endpoints"
            if b"oipscorer" in words and parent:
                found.append(int(entry.name))
        return sorted(found)

    def _started(self) -> "subprocess.Popen[bytes]":
        variables = {
            "LOCALBRICKS_STATE": str(self.folder / "state"),
            "LOCALBRICKS_TOKEN": TOKEN,
            "LOCALBRICKS_JARS": str(self.folder / "jars"),
            "LOCALBRICKS_CATALOG_JAR": str(self.folder / "catalog.jar"),
            "LOCALBRICKS_WAREHOUSE": "s3a://lake/warehouse",
            "LOCALBRICKS_PORT": str(self.port),
            "LOCALBRICKS_SPARK_PORT": "1",
            "LOCALBRICKS_SCORER": f"{sys.executable} -m oipscorer",
            "LOCALBRICKS_SERVING_MINUTE_SECONDS": str(MINUTE_SECONDS),
            "MLFLOW_TRACKING_URI": self.registry,
        }
        log = self.folder / "log"
        with log.open("ab") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "localbricks"],
                env={**os.environ, **variables},
                stdout=said,
                stderr=said,
                cwd=self.folder,
            )
        until(self._answers, log)
        return process

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health").status_code == 200
        except httpx.TransportError:
            return False
