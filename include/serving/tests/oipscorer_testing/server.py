"""The scorer as a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
INFER = "/v2/models/churn/infer"


class Server:
    """`python -m oipscorer` on a free port; `http` talks to it."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "oipscorer", "--port", "0", *arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        self.address = next(word for word in line.split() if word.startswith("http://"))
        self.grpc_address = line.partition("grpc://")[2].strip()
        self.http = httpx.Client(base_url=self.address, timeout=30)

    def infer(self, content: Any, path: str = INFER) -> httpx.Response:
        """Posts a request as JSON."""
        return self.http.post(path, json=content)

    def index(self) -> dict[tuple[str, str], tuple[str, str]]:
        """State and reason by name and version."""
        lines = self.http.post("/v2/repository/index", json={}).json()
        return {(line["name"], line["version"]): (line["state"], line["reason"]) for line in lines}

    def load(self, name: str, **parameters: Any) -> httpx.Response:
        """Loads a version."""
        return self.http.post(f"/v2/repository/models/{name}/load", json={"parameters": parameters})

    def unload(self, name: str, **parameters: Any) -> httpx.Response:
        """Unloads a version."""
        return self.http.post(f"/v2/repository/models/{name}/unload", json={"parameters": parameters})

    def direct(self, weights: dict[str, int], shadows: list[str] | None = None) -> httpx.Response:
        """Sets the traffic of churn."""
        content = {"weights": weights, "shadows": shadows or []}
        return self.http.put("/v2/repository/models/churn/traffic", json=content)

    def terminate(self) -> None:
        """Asks it to drain."""
        self.process.send_signal(signal.SIGTERM)

    def close(self) -> tuple[int, str]:
        """Ends it; its exit code and what it said on stderr."""
        self.http.close()
        if self.process.poll() is None:
            self.terminate()
            self.terminate()
        try:
            said = self.process.communicate(timeout=30)[1]
        finally:
            self.process.kill()
        return self.process.returncode, said
