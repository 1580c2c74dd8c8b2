"""The containers' health check, against real servers."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

READY = Path(__file__).resolve().parents[2] / "docker" / "ready"
HEALTH = {
    "metadatabase": {"status": "healthy"},
    "scheduler": {"status": "unhealthy", "latest_scheduler_heartbeat": "2026-01-01T00:00:00Z"},
    "triggerer": {"status": "healthy", "latest_triggerer_heartbeat": "2026-01-01T00:00:00Z"},
    "dag_processor": {"status": None, "latest_dag_processor_heartbeat": None},
}
ANSWERS = {
    "/health": (200, b"OK"),
    "/forbidden": (403, b"no"),
    "/broken": (500, b"oh"),
    "/monitor": (200, b""),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(
            json.dumps(HEALTH, separators=(",", ":")).encode() if self.path == "/monitor" else body
        )

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield str(server.server_port)
    server.shutdown()
    server.server_close()


@pytest.fixture
def closed() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def ready(*words: str) -> int:
    return subprocess.run([str(READY), *words], timeout=60).returncode


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["/health"], 0),
        (["/forbidden"], 1),
        (["/broken"], 1),
        (["/monitor", "triggerer"], 0),
        (["/monitor", "scheduler"], 1),
        (["/monitor", "dag_processor"], 1),
        (["/monitor", "nothing"], 1),
    ],
)
def test_a_page_must_say_that_all_is_well(port: str, words: list[str], status: int) -> None:
    assert ready(port, *words) == status


@pytest.mark.parametrize(("path", "status"), [("/health", 0), ("/forbidden", 0), ("/broken", 1)])
def test_where_any_answer_will_do_a_server_error_does_not(port: str, path: str, status: int) -> None:
    assert ready("--any", port, path) == status


def test_ports_must_all_be_open(port: str, closed: str) -> None:
    assert ready(port, port) == 0
    assert ready(port, closed) == 1
    assert ready(closed, "/health") == 1
