"""The service as a process of its own."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

PATIENCE_S = 120.0
READY, LIVE = "/v1/health/ready", "/v1/health/live"


def until(true: Callable[[], bool], what: str) -> None:
    """Waits for a condition; longer than servers need that import MLflow and XGBoost on a busy machine."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"not within {PATIENCE_S} s: {what}"
        time.sleep(0.02)


class Service:
    """`python -m rankstream.service` on a free port, which is asked for again where it is started again.

    Args:
        folder: for its configuration and its log.
        config: what is served, see `rankstream.service.config`.
    """

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self._file, self._log = folder / "config.json", folder / "log"
        self._file.write_text(json.dumps({"port": 0, "entity": "guest"} | config))
        self.start()

    def start(self) -> None:
        """Starts it, and waits until it listens."""
        command = [sys.executable, "-m", "rankstream.service", "--config", str(self._file)]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.said()
        self.address = line.split()[-1]
        self.http = httpx.Client(base_url=self.address, timeout=PATIENCE_S)

    def said(self) -> str:
        """Its log."""
        return self._log.read_text()

    def observe(self, content: Any) -> httpx.Response:
        """Posts interactions."""
        return self.http.post("/v1/interactions", json=content)

    def suggest(self, entity: str, **query: Any) -> httpx.Response:
        """Asks for an entity."""
        return self.http.get(f"/v1/suggestions/{entity}", params=query)

    def ready(self) -> bool:
        """Whether it says so."""
        return self.http.get(READY).status_code == 200

    def version(self) -> str | None:
        """Which version answers, None where none does."""
        told = self.http.get("/v1/model")
        return str(told.json()["version"]) if told.status_code == 200 else None

    def metric(self, line: str) -> float:
        """The value of a line of the metrics, 0 where it is not there."""
        lines = self.http.get("/metrics").text.splitlines()
        return next((float(each.rpartition(" ")[2]) for each in lines if each.startswith(f"{line} ")), 0.0)

    def kill(self) -> None:
        """Ends it as a power failure would."""
        self.http.close()
        self.process.kill()
        self.process.wait()

    def terminate(self) -> None:
        """Asks it to drain."""
        self.process.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """Ends it; both signals, so that nothing is waited for."""
        self.http.close()
        if self.process.poll() is None:
            self.terminate()
            self.terminate()
            try:
                self.process.wait(PATIENCE_S)
            finally:
                self.process.kill()
