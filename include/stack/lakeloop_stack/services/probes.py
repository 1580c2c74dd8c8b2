"""When is a service ready? Each probe asks the service itself and answers at once."""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import httpx

from ..machine.ports import LOOPBACK

SHARED_SECONDS = 0.5
Probe = Callable[[float], bool]


@dataclass(frozen=True)
class Answers:
    """Ready when an HTTP GET gets an answer that is no server error; 403 is an answer too."""

    url: str

    def __call__(self, started: float) -> bool:
        response = _get(self.url)
        return response is not None and response.status_code < httpx.codes.INTERNAL_SERVER_ERROR


@dataclass(frozen=True)
class Healthy:
    """Ready when an HTTP GET gets 200."""

    url: str

    def __call__(self, started: float) -> bool:
        response = _get(self.url)
        return response is not None and response.status_code == httpx.codes.OK


@dataclass(frozen=True)
class Listens:
    """Ready when all ports accept connections."""

    ports: tuple[int, ...]

    def __call__(self, started: float) -> bool:
        return all(_connects(port) for port in self.ports)


@dataclass(frozen=True)
class Beats:
    """Ready when an Airflow component that serves nothing has sent a heartbeat since it started.

    Args:
        component: ``scheduler``, ``dag_processor`` or ``triggerer``.
    """

    airflow_url: str
    component: str

    def __call__(self, started: float) -> bool:
        health = _airflow_health(self.airflow_url, int(time.monotonic() / SHARED_SECONDS))
        beat = health.get(self.component, {}).get(f"latest_{self.component}_heartbeat")
        # supervisord tells the start in whole seconds
        return beat is not None and datetime.fromisoformat(beat) >= datetime.fromtimestamp(int(started), UTC)


@lru_cache(maxsize=1)
def _airflow_health(airflow_url: str, _moment: int) -> dict[str, Any]:
    """One answer for all components that are asked for in the same moment: it costs Airflow several queries."""
    response = _get(f"{airflow_url}/api/v2/monitor/health")
    return response.json() if response is not None and response.status_code == httpx.codes.OK else {}


def _get(url: str) -> httpx.Response | None:
    try:
        return httpx.get(url, timeout=5, trust_env=False)
    except httpx.HTTPError:
        return None


def _connects(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
