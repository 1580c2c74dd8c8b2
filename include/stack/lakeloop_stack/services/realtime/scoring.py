"""What decides in real time: for each use case of kind stream a scorer, and the process that scores its events."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from lakeloop.config import EventSource, StreamUseCase, load_source, load_target, valid_use_cases
from lakeloop.config.use_case.stream import definition, namespace
from lakeloop.lifecycle.aliases import CHALLENGER, CHAMPION, PREVIOUS

from ...machine.home import Home
from ...machine.ports import LOOPBACK
from ...machine.settings import StackSettings
from ..probes import Answers
from ..service import MODULE, Service
from .placed import addresses, write_configuration

POLL_SECONDS = 5
DRAIN_SECONDS = 1


def stream_use_cases() -> list[StreamUseCase]:
    """Those whose events are decided on as they come, sorted by name."""
    return [use_case for use_case in valid_use_cases() if isinstance(use_case, StreamUseCase)]


def scoring_services(settings: StackSettings) -> Iterator[Service]:
    """A scorer and a stream for each of them; ports count up from those of the settings."""
    for place, use_case in enumerate(stream_use_cases()):
        yield _scorer(settings, use_case, settings.scorer_port + place)
        yield _stream(settings, use_case, settings.stream_metrics_port + place)


def prepare_scoring(settings: StackSettings, redis_url: str) -> None:
    """Write the configuration of each stream, with the password of Redis in it: for its owner only."""
    home = Home(settings.home)
    for place, use_case in enumerate(stream_use_cases()):
        said = stream_configuration(settings, use_case, redis_url, settings.stream_metrics_port + place)
        write_configuration(_configuration(home, use_case), said)


def scorer_url(settings: StackSettings, name: str) -> str:
    """Where the scorer of a use case answers. Raises LookupError for one that is no stream."""
    found = addresses(stream_use_cases(), settings.scorer_port)
    if name not in found:
        raise LookupError(f"use case {name} has no scorer; there are {', '.join(found) or 'none'}")
    return found[name]


def scoring_environment(settings: StackSettings) -> dict[str, str]:
    """Where clients find the scorers: ``{"LAKELOOP_SCORERS": <JSON: address by use case>}``."""
    return {"LAKELOOP_SCORERS": json.dumps(addresses(stream_use_cases(), settings.scorer_port))}


def stream_configuration(
    settings: StackSettings, use_case: StreamUseCase, redis_url: str, metrics_port: int
) -> Mapping[str, object]:
    """What ``python -m eventscorer`` is told."""
    source, target = load_source(use_case.source), load_target("local")
    assert isinstance(source, EventSource)
    table = source.tables[use_case.stream.events]
    return {
        "topic": source.topic(use_case.stream.events),
        "group": f"{use_case.name}-stream",
        "schema": table.json_schema,
        "definition": definition(use_case, source),
        "allowed_ahead_seconds": 3600 * source.arrival.tolerance,
        "model": {
            "name": target.model_name(use_case),
            "state": str(_state(Home(settings.home), use_case)),
        },
        "store": {"url": redis_url, "namespace": namespace(use_case, source)},
        "decisions": f"{use_case.name}.decisions",
        "dead_letters": f"{use_case.name}.dead_letters",
        "metrics_port": metrics_port,
    }


def _scorer(settings: StackSettings, use_case: StreamUseCase, port: int) -> Service:
    home, url = Home(settings.home), f"http://{LOOPBACK}:{port}"
    return Service(
        name=f"{use_case.name}-scorer",
        command=(
            *(*MODULE, "oipscorer", "--port", str(port), "--workers", "1", "--allow-missing"),
            *("--state", str(_state(home, use_case)), "--drain-seconds", str(DRAIN_SECONDS)),
            *("--mlflow", f"http://{LOOPBACK}:{settings.mlflow_port}"),
            *("--registered", load_target("local").model_name(use_case)),
            *("--aliases", f"{CHAMPION},{CHALLENGER},{PREVIOUS}", "--poll-seconds", str(POLL_SECONDS)),
            *("--log-topic", f"{use_case.name}.requests"),
        ),
        probe=Answers(f"{url}/v2/health/live"),
        after=("scoring-conf", "mlflow", "topics"),
        port=port,
        url=f"{url}/v2",
        streams=True,
        cwd=home.scoring,
    )


def _stream(settings: StackSettings, use_case: StreamUseCase, port: int) -> Service:
    home = Home(settings.home)
    return Service(
        name=f"{use_case.name}-stream",
        command=(*MODULE, "eventscorer", "--config", str(_configuration(home, use_case))),
        probe=Answers(f"http://{LOOPBACK}:{port}/metrics"),
        after=("scoring-conf", "topics", "redis", f"{use_case.name}-scorer"),
        port=port,
        url=f"http://{LOOPBACK}:{port}/metrics",
        streams=True,
        cwd=home.scoring,
    )


def _state(home: Home, use_case: StreamUseCase) -> Path:
    return home.scoring / f"{use_case.name}-scorer"


def _configuration(home: Home, use_case: StreamUseCase) -> Path:
    return home.scoring / f"{use_case.name}-stream.json"
