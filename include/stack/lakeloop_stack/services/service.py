"""What the stack knows of each of its services."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .probes import Probe

LONGEST_STOP_SECONDS = 15
# Services run in the home, where folders called localbricks, airflow and mlflow must not be taken for packages.
MODULE = (sys.executable, "-P", "-m")


@dataclass(frozen=True)
class Service:
    """One supervised process.

    Args:
        after: names of services and of preparations (see :mod:`lakeloop_stack.supervisor.up`) that come before it.
        url: where a person looks; empty when there is nothing to see.
        alone: whether a killed predecessor's processes are ended before it starts again. Not so where these are tasks,
            which go on and are found again.
        orchestrates: whether it gets Airflow's and dbt's variables.
        streams: whether it, or what it starts, is a client of Kafka and Redis.
    """

    name: str
    command: tuple[str, ...]
    probe: Probe
    after: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    url: str = ""
    stop_seconds: int = 10
    alone: bool = True
    orchestrates: bool = False
    streams: bool = False
    cwd: Path | None = None
