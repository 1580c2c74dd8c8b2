"""An alias that moves changes what answers, a version that cannot be verified never does."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pandas as pd
import pytest

from rankstream import Model, refresh
from rankstream.folder import STATISTICS, save
from rankstream_testing.registry import NAME, Registry
from rankstream_testing.server import Service, until


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    made = Registry(tmp_path_factory.mktemp("registry"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def two(
    registry: Registry,
    saved: Path,
    model: Model,
    table: pd.DataFrame,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, str]:
    """Versions that are sound: the saved model, and the same with newer statistics."""
    newer = tmp_path_factory.mktemp("models") / "newer"
    save(refresh(model, table), newer)
    return registry.register(saved), registry.register(newer)


@pytest.fixture(scope="module")
def service(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Starts before any alias is set."""
    folder = tmp_path_factory.mktemp("service")
    model = {"name": NAME, "registry_uri": registry.uri, "downloads": str(folder / "downloads")}
    config = {"model": model, "store": {"url": "memory:"}, "poll_seconds": 0.2}
    made = Service(folder, config)
    yield made
    made.close()


def answers(service: Service, registry: Registry, version: str) -> None:
    """Points the alias to a version and waits until it answers."""
    registry.point(version)
    until(lambda: service.version() == version, f"version {version} answers")


def errors(service: Service) -> str:
    return " ".join(service.http.get("/v1/health/ready").json()["errors"])


def test_without_an_alias_it_lives_and_says_what_is_missing(service: Service) -> None:
    until(lambda: "suggestions has none of the aliases champion" in errors(service), "it has looked")

    assert (service.ready(), service.http.get("/v1/health/live").status_code) == (False, 200)
    refused = service.suggest("e")
    assert (refused.status_code, "none of the aliases champion" in refused.json()["error"]) == (503, True)
    assert service.metric("rankstream_registry_followed") == 0


def test_no_request_fails_while_an_alias_moves_there_and_back(
    service: Service, registry: Registry, two: tuple[str, str]
) -> None:
    answers(service, registry, two[0])
    registry.point(two[0], "previous")
    over = Event()

    def ask() -> set[tuple[int, str]]:
        told = set()
        while not over.is_set():
            answer = service.suggest("e")
            told.add((answer.status_code, answer.json()["model_version"]))
        return told

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        answers(service, registry, two[1])
        told = service.http.get("/v1/model").json()
        assert (told["version"], told["aliases"], told["items"]) == (two[1], ["champion"], 40)
        assert service.metric(f'rankstream_model{{version="{two[1]}"}}') == 1
        registry.point(two[0])
        reloaded = service.http.post("/v1/reload")
        over.set()

    assert (reloaded.status_code, reloaded.json()["version"]) == (200, two[0])
    assert reloaded.json()["aliases"] == ["champion", "previous"]
    assert asked.result() == {(200, two[0]), (200, two[1])}


def test_a_version_that_was_changed_never_answers(
    service: Service, registry: Registry, two: tuple[str, str], saved: Path, tmp_path: Path
) -> None:
    answers(service, registry, two[0])
    damaged = Path(shutil.copytree(saved, tmp_path / "changed"))
    content = bytearray((damaged / STATISTICS).read_bytes())
    content[len(content) // 2] ^= 1
    (damaged / STATISTICS).write_bytes(content)
    bad = registry.register(damaged)

    registry.point(bad)
    until(lambda: f"version {bad} is refused" in errors(service), "it is refused")

    assert "statistics.npz has SHA-256" in errors(service)
    assert (service.version(), service.ready()) == (two[0], True)
    assert service.metric(f'rankstream_version_refused{{version="{bad}"}}') == 1
    assert service.suggest("e").json()["model_version"] == two[0]
    registry.point(two[0])
    until(lambda: not errors(service), "the error is over with its cause")


def test_a_service_that_is_killed_comes_back_without_a_registry(
    service: Service, registry: Registry, two: tuple[str, str]
) -> None:
    answers(service, registry, two[0])
    registry.stop()
    until(lambda: "registry: GET" in errors(service), "the registry is missed")
    assert service.suggest("e").status_code == 200
    service.kill()

    service.start()
    until(service.ready, "the version that answered last does so again")

    assert (service.version(), service.suggest("e").json()["model_version"]) == (two[0], two[0])
    assert service.http.post("/v1/reload").status_code == 502
    registry.start()
    until(lambda: not errors(service), "the registry is followed again")
    assert service.http.get("/v1/model").json()["aliases"] == ["champion", "previous"]
