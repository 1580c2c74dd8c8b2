"""What suggests in real time: for each use case of kind ranking the service of the package rankstream."""

import json
from collections.abc import Iterator
from pathlib import Path

from lakeloop.config import RankingUseCase, load_target, valid_use_cases
from lakeloop.config.use_case.ranking import namespace
from lakeloop.lifecycle.aliases import CHAMPION

from ...machine.home import Home
from ...machine.ports import LOOPBACK
from ...machine.settings import StackSettings
from ..probes import Answers
from ..service import MODULE, Service
from .placed import addresses, write_configuration

ADDRESSES = "LAKELOOP_SUGGESTERS"  # environment: JSON, address by use case
POLL_SECONDS = 2


def ranking_use_cases() -> list[RankingUseCase]:
    """Those that suggest, sorted by name."""
    return [use_case for use_case in valid_use_cases() if isinstance(use_case, RankingUseCase)]


def suggesting_services(settings: StackSettings) -> Iterator[Service]:
    """One for each of them; ports count up from that of the settings. It lives before there is a champion."""
    home = Home(settings.home)
    for place, use_case in enumerate(ranking_use_cases()):
        url = f"http://{LOOPBACK}:{settings.suggester_port + place}"
        yield Service(
            name=f"{use_case.name}-suggester",
            command=(*MODULE, "rankstream.service", "--config", str(_configuration(home, use_case))),
            probe=Answers(f"{url}/v1/health/live"),
            after=("scoring-conf", "redis", "mlflow"),
            port=settings.suggester_port + place,
            url=f"{url}/v1/model",
            cwd=home.scoring,
        )


def prepare_suggesting(settings: StackSettings, redis_url: str) -> None:
    """Write the configuration of each, with the password of Redis in it: for its owner only."""
    home = Home(settings.home)
    for place, use_case in enumerate(ranking_use_cases()):
        said = _said(settings, use_case, redis_url, settings.suggester_port + place)
        write_configuration(_configuration(home, use_case), said)


def suggester_url(settings: StackSettings, name: str) -> str:
    """Where suggestions of a use case are answered. Raises LookupError for one that is no ranking."""
    found = addresses(ranking_use_cases(), settings.suggester_port)
    if name not in found:
        raise LookupError(f"use case {name} suggests nothing; {', '.join(found) or 'none'} does")
    return found[name]


def suggesting_environment(settings: StackSettings) -> dict[str, str]:
    """Where clients find them: ``{"LAKELOOP_SUGGESTERS": <JSON: address by use case>}``."""
    return {ADDRESSES: json.dumps(addresses(ranking_use_cases(), settings.suggester_port))}


def _said(settings: StackSettings, use_case: RankingUseCase, redis_url: str, port: int) -> dict[str, object]:
    """What ``python -m rankstream.service`` is told."""
    home, target = Home(settings.home), load_target("local")
    return {
        "model": {
            "name": target.model_name(use_case),
            "registry_uri": f"http://{LOOPBACK}:{settings.mlflow_port}",
            "aliases": [CHAMPION],
            "downloads": str(home.scoring / f"{use_case.name}-suggester"),
        },
        "store": {"url": redis_url, "namespace": namespace(use_case)},
        "entity": use_case.key,
        "port": port,
        "poll_seconds": POLL_SECONDS,
    }


def _configuration(home: Home, use_case: RankingUseCase) -> Path:
    return home.scoring / f"{use_case.name}-suggester.json"
