"""The process: how it begins, how much it takes at once, and how it ends."""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from rankstream_testing import BEGIN
from rankstream_testing.server import LIVE, PATIENCE_S, until

MEMORY = {"url": "memory:"}
FOLDER = {"folder": "/nowhere"}


def refused(config: dict[str, Any], folder: Path) -> str:
    """What a service says that does not start."""
    file = folder / "config.json"
    file.write_bytes(
        msgspec.json.encode({"port": 0, "entity": "guest", "store": MEMORY, "model": FOLDER} | config)
    )
    command = [sys.executable, "-m", "rankstream.service", "--config", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 2, done.stderr
    return done.stderr


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    assert "cannot start: /nowhere/model.json cannot be read" in refused({}, tmp_path)


def unfinished(address: str, length: int) -> socket.socket:
    """A request whose body is still to come."""
    url = urlsplit(address)
    made = socket.create_connection((str(url.hostname), int(url.port or 0)))
    head = "POST /v1/interactions HTTP/1.1\r\nhost: here\r\nauthorization: Bearer open-sesame\r\n"
    made.sendall(f"{head}content-length: {length}\r\n\r\n".encode())
    return made


def test_a_token_is_asked_for_and_a_full_server_says_when_to_come_again(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "open-sesame")
    service = start(store=MEMORY, limits={"requests": 1, "drain_seconds": 30.0}, token_variable="TOKEN")
    turned_away = service.suggest("e")
    assert (turned_away.status_code, turned_away.headers["www-authenticate"][:6]) == (401, "Bearer")
    assert (service.http.get(LIVE).status_code, service.http.get("/metrics").status_code) == (200, 401)
    service.http.headers["authorization"] = "Bearer open-sesame"

    body = msgspec.json.encode({"entity": "e", "item": "g1i1", "at": BEGIN})
    held = unfinished(service.address, len(body))
    until(lambda: service.metric("rankstream_in_flight") == 1, "the unfinished request is in flight")

    full = service.suggest("e")
    assert (full.status_code, full.headers["retry-after"]) == (429, "1")
    assert "1 requests are in flight, which is the limit" in full.json()["error"]

    service.terminate()
    until(lambda: not service.ready(), "not ready while it drains")
    service.terminate()
    held.sendall(body)
    assert held.recv(1000).startswith(b"HTTP/1.1 200")
    assert service.process.wait(PATIENCE_S) == 0
