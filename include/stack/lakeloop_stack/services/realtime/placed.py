"""What each use case of a kind has of its own: a port that counts up from the first, and a configuration file."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from lakeloop.config import UseCase

from ...machine.ports import LOOPBACK
from ...machine.private_files import write_private


def addresses(use_cases: Sequence[UseCase], first_port: int) -> dict[str, str]:
    """``http://HOST:PORT`` by name, in their order."""
    return {one.name: f"http://{LOOPBACK}:{first_port + place}" for place, one in enumerate(use_cases)}


def write_configuration(file: Path, said: Mapping[str, object]) -> None:
    """As JSON, for its owner only: the password of Redis is in it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_private(file, json.dumps(said, indent=1))
