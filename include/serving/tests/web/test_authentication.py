"""Tokens for inference and for control."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from test_command import said

from oipscorer_testing.models import frame
from oipscorer_testing.requests import by_column
from oipscorer_testing.server import INFER, Server

BODY = by_column(frame(1))
WRONG = ("Bearer", "Bearer wrong", "Bearer askin", "Basic asking", "asking", "Bearer \xfc")
TRAFFIC = "/v2/repository/models/churn/traffic"


@pytest.fixture
def address(start: Callable[..., Server], folders: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A server that asks for tokens."""
    monkeypatch.setenv("SCORER_TOKEN", "asking")
    monkeypatch.setenv("SCORER_CONTROL", "changing")
    options = ("--token-variable", "SCORER_TOKEN", "--control-token-variable", "SCORER_CONTROL")
    return start("--model", f"churn={folders}/churn-1", *options).address


def test_each_path_asks_for_its_token(address: str) -> None:
    def status(header: str | None, path: str) -> int:
        headers: dict[bytes, bytes] = {} if header is None else {b"authorization": header.encode("latin-1")}
        method, content = ("POST", BODY) if path == INFER else ("GET", None)
        done = httpx.request(method, address + path, headers=headers, json=content)
        if done.status_code == 401:
            assert done.headers["www-authenticate"] == 'Bearer realm="oipscorer"'
            assert "bearer token" in done.json()["error"]
        return done.status_code

    for header in (
        None,
        "Bearer",
        "Bearer wrong",
        "Bearer askin",
        "Basic asking",
        "asking",
        "Bearer \xfc",
    ):
        assert status(header, INFER) == status(header, TRAFFIC) == status(header, "/v2/models/churn") == 401
    assert status("Bearer asking", INFER) == status("bearer asking", "/v2/models/churn") == 200
    assert status("Bearer asking", TRAFFIC) == status("Bearer asking", "/metrics") == 401
    assert status("Bearer changing", TRAFFIC) == status("Bearer changing", "/metrics") == 200
    assert status("Bearer changing", INFER) == 401
    assert status(None, "/v2/health/ready") == 200


def test_a_token_that_is_not_set_is_named() -> None:
    code, stderr = said("--port", "0", "--token-variable", "NO_SUCH_VARIABLE")

    assert (code, "the environment variable NO_SUCH_VARIABLE holds no token" in stderr) == (2, True)
