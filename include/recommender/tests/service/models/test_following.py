"""An alias that moves changes what answers, a version that cannot be verified never does."""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Event

import msgspec
import pandas as pd
import pytest

from eventfeatures_testing.servers import until
from rankstream import Model, refresh
from rankstream.folder import ABOUT, RANKER, STATISTICS, save
from rankstream_testing.registry import NAME, Registry
from rankstream_testing.server import Service


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
    made = Service(folder, {"model": model, "store": {"url": "memory:"}, "poll_seconds": 0.2})
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


def test_no_request_fails_while_an_alias_moves(
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
        over.set()

    assert asked.result() >= {(200, two[0])}
    assert {status for status, _ in asked.result()} == {200}
    told = service.http.get("/v1/model").json()
    assert (told["version"], told["aliases"], told["items"]) == (two[1], ["champion"], 40)
    assert service.suggest("e").json()["model_version"] == two[1]
    assert service.metric(f'rankstream_model{{version="{two[1]}"}}') == 1


def changed(folder: Path) -> None:
    content = bytearray((folder / STATISTICS).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / STATISTICS).write_bytes(content)


def cut_with_a_right_checksum(folder: Path) -> None:
    content = (folder / RANKER).read_bytes()[:2000]
    (folder / RANKER).write_bytes(content)
    about = json.loads((folder / ABOUT).read_text())
    about["sha256"][RANKER] = sha256(content).hexdigest()
    (folder / ABOUT).write_text(json.dumps(about))


def other_names(folder: Path) -> None:
    about = json.loads((folder / ABOUT).read_text())
    (folder / ABOUT).write_text(json.dumps(about | {"items": about["items"][::-1]}))


def other_states(folder: Path) -> None:
    about = json.loads((folder / ABOUT).read_text())
    about["settings"]["visit_gap_minutes"] = 45
    (folder / ABOUT).write_text(json.dumps(about))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (changed, "statistics.npz has SHA-256"),
        (cut_with_a_right_checksum, "ranker.ubj"),
        (other_names, "does not reproduce its example"),
        (other_states, "keeps states with other settings than version"),
    ],
)
def test_a_version_that_cannot_be_verified_never_answers(
    service: Service,
    registry: Registry,
    two: tuple[str, str],
    saved: Path,
    tmp_path: Path,
    damage: Callable[[Path], None],
    said: str,
) -> None:
    answers(service, registry, two[0])
    damaged = Path(shutil.copytree(saved, tmp_path / damage.__name__))
    damage(damaged)
    bad = registry.register(damaged)

    registry.point(bad)
    until(lambda: f"version {bad} is refused" in errors(service), "it is refused")

    assert said in errors(service)
    assert (service.version(), service.ready()) == (two[0], True)
    assert service.metric(f'rankstream_version_refused{{version="{bad}"}}') == 1
    assert service.suggest("e").json()["model_version"] == two[0]
    registry.point(two[0])
    until(lambda: not errors(service), "the error is over with its cause")


def test_a_reload_does_not_wait_for_the_next_look(
    service: Service, registry: Registry, two: tuple[str, str]
) -> None:
    answers(service, registry, two[0])
    registry.point(two[1])

    told = service.http.post("/v1/reload")

    assert (told.status_code, told.json()["version"]) == (200, two[1])


def test_a_service_that_is_killed_comes_back_without_a_registry(
    service: Service, registry: Registry, two: tuple[str, str]
) -> None:
    answers(service, registry, two[1])
    registry.stop()
    until(lambda: "registry: GET" in errors(service), "the registry is missed")
    assert service.suggest("e").status_code == 200
    service.kill()

    service.start()
    until(service.ready, "the version that answered last does so again")

    assert (service.version(), service.suggest("e").json()["model_version"]) == (two[1], two[1])
    assert service.http.post("/v1/reload").status_code == 502
    registry.start()
    until(lambda: not errors(service), "the registry is followed again")
    assert msgspec.json.decode(service.http.get("/v1/model").content)["aliases"] == ["champion"]
