"""docker-compose.yaml follows the Compose Specification, and what each service names exists."""

import json
import os
import re
import tomllib
from importlib.metadata import distributions, requires
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from typer.main import get_command

from lakeloop.config import load_source
from lakeloop_stack.cli import app
from lakeloop_stack.jars import Jars
from lakeloop_stack.machine.settings import StackSettings
from lakeloop_stack.services import container
from lakeloop_stack.services.credentials import credentials
from lakeloop_stack.services.definitions import services
from lakeloop_stack.services.probes import Answers, Beats, Healthy, Listens

ROOT = Path(__file__).resolve().parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SUPERVISED = {
    "s3",
    "spark",
    "localbricks",
    "mlflow",
    "airflow-api-server",
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-triggerer",
}
PREPARATIONS = set(container.PREPARATIONS)
INSTALLED = {canonicalize_name(distribution.metadata["Name"]) for distribution in distributions()}
each_service = pytest.mark.parametrize("name", SERVICES)


def schema_errors(compose: dict[str, Any]) -> list[str]:
    schema = json.loads((ROOT / "tests" / "data" / "compose-spec.json").read_text(encoding="utf-8"))
    return [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(compose)]


def test_it_follows_the_compose_specification() -> None:
    assert schema_errors(COMPOSE) == []


def test_the_schema_would_tell() -> None:
    assert schema_errors({**COMPOSE, "services": {"s3": {"comand": []}}})


def test_every_service_of_the_stack_is_there_and_runs_its_own_part() -> None:
    parts = {name: service["command"][-1] for name, service in SERVICES.items() if _is_part(service)}

    assert set(parts) >= SUPERVISED
    assert all(name == part for name, part in parts.items())
    assert set(parts) <= SUPERVISED | PREPARATIONS


def _is_part(service: dict[str, Any]) -> bool:
    return service.get("command", [])[:3] == ["python", "-m", "lakeloop_stack.services.container"]


@each_service
def test_each_command_exists(name: str) -> None:
    service = SERVICES[name]
    command = service["command"]
    if name == "postgres":
        assert command[0] == "postgres"
    elif _is_part(service):
        assert command[3] in SUPERVISED | PREPARATIONS
    elif command[0] == "lakeloop":
        _parse(*command[1:])
    elif name != "network":
        assert os.access(ROOT / command[0], os.X_OK)


def _parse(verb: str, *arguments: str) -> None:
    """As the command line would; raises for a verb, an option or a source that is not there."""
    command = get_command(app).commands[verb]  # type: ignore[attr-defined]
    given = command.make_context(verb, list(arguments)).params
    if "source" in given:
        load_source(given["source"])


def test_the_gateway_publishes_the_web_pages_on_loopback_only() -> None:
    settings = StackSettings.model_construct()
    pages = [settings.airflow_port, settings.localbricks_port, settings.mlflow_port]

    assert SERVICES["network"]["ports"] == [f"127.0.0.1:{port}:{port}" for port in pages]
    assert SERVICES["gateway"]["command"][1:] == [str(port) for port in pages]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["network"]


@each_service
def test_all_share_one_network_that_outlives_them(name: str) -> None:
    """Were it the gateway's, the others would stay behind in its old network when it comes back."""
    assert SERVICES[name].get("network_mode") == (None if name == "network" else "service:network")
    assert SERVICES["network"]["command"] == ["sleep", "infinity"]


@each_service
def test_no_service_can_take_all_memory(name: str) -> None:
    assert _megabytes(SERVICES[name]["mem_limit"]) > 0


def test_spark_may_take_more_than_its_heap() -> None:
    heap = _megabytes(StackSettings.model_construct().spark_memory)

    assert _megabytes(SERVICES["spark"]["mem_limit"]) >= 2 * heap


def _megabytes(size: str) -> int:
    return int(size[:-1]) * {"m": 1, "g": 1024}[size[-1]]


@each_service
def test_what_a_service_waits_for_can_happen(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        service = SERVICES[other]
        if how["condition"] == "service_healthy":
            assert "healthcheck" in service, other
        else:
            assert how["condition"] == "service_completed_successfully"
            assert service["restart"] == "no", f"{other} would never have completed"


def test_no_service_waits_in_a_circle() -> None:
    from graphlib import TopologicalSorter

    order = TopologicalSorter({name: service.get("depends_on", {}) for name, service in SERVICES.items()})
    assert len(list(order.static_order())) == len(SERVICES)


@pytest.mark.parametrize("name", sorted(SUPERVISED | {"postgres"}))
def test_each_server_has_a_healthcheck_of_its_own_and_comes_back(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = SERVICES[name]["healthcheck"]["test"]

    assert SERVICES[name]["restart"] == "unless-stopped"
    expected = "pg_isready" if name == "postgres" else _check(name, tmp_path, monkeypatch)
    assert test[1:] == expected or test[1] == expected


def _check(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command that asks what the probe of ``lakeloop up`` asks."""
    for variable in [variable for variable in os.environ if variable.startswith("LAKELOOP_")]:
        monkeypatch.delenv(variable)
    jars = Jars(folder)
    (folder / "s3proxy").mkdir()
    (folder / "s3proxy" / "s3proxy-1.jar").touch()
    settings = StackSettings(home=folder)
    [service] = [s for s in services(settings, credentials(folder), jars) if s.name == name]
    match service.probe:
        case Listens(ports):
            return ["docker/ready", *map(str, ports)]
        case Answers(url):
            return ["docker/ready", "--any", str(urlsplit(url).port), urlsplit(url).path or "/"]
        case Healthy(url):
            return ["docker/ready", str(urlsplit(url).port), urlsplit(url).path]
        case Beats(url, component):
            return ["docker/ready", str(urlsplit(url).port), "/api/v2/monitor/health", component]
    raise AssertionError(service.probe)


def test_the_image_brings_what_the_checks_and_the_network_run_on() -> None:
    """Debian's slim image has bash, sleep and timeout; the gateway's socat is installed."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert re.search(r"^FROM python:3\.11-slim-bookworm$", text, re.M)
    assert " socat " in text


@each_service
def test_volumes_are_declared_and_one_image_serves_all(name: str) -> None:
    used = {volume.split(":")[0] for volume in SERVICES[name].get("volumes", [])}

    assert used <= set(COMPOSE["volumes"])
    assert SERVICES[name]["image"] == ("postgres:17-bookworm" if name == "postgres" else "lakeloop:local")


def test_no_secret_is_written_down() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            secret = re.search("PASSWORD|TOKEN|SECRET|KEY", variable)
            assert not secret or str(value).startswith("/secrets/"), f"{name}: {variable}"


def test_what_the_image_copies_exists_and_is_not_ignored() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [word for line in re.findall(r"^COPY --\S+ (.*)$", text, re.M) for word in line.split()[:-1]]

    assert {"requirements.txt", "docker/requirements.txt", "."} <= set(copied)
    for source in copied:
        assert (ROOT / source).exists()
        assert source not in ignored
    assert not {"include", "jobs", "dags", "plugins", "dbt_project"} & set(ignored)


def test_the_image_leaves_out_exactly_what_only_development_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = _closure([*project["dependencies"], *project["optional-dependencies"]["local"]])
    lines = (ROOT / "docker" / "development.txt").read_text(encoding="utf-8").splitlines()
    left_out = [line for line in lines if not line.startswith("#")]

    locked: set[str] = {canonicalize_name(name) for name in _pinned(ROOT / "requirements.txt")}
    assert left_out == sorted(locked - needed)
    assert "uv pip uninstall --requirements docker/development.txt" in (ROOT / "Dockerfile").read_text()


def _closure(requirements: list[str]) -> set[str]:
    """Names of the requirements and of all that they require, as installed here."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key not in seen and (key[0] in INSTALLED):
            extras = [{"extra": extra} for extra in wanted.extras or {""}]
            below = [Requirement(text) for text in requires(wanted.name) or []]
            waiting += [r for r in below if r.marker is None or any(map(r.marker.evaluate, extras))]
        seen.add(key)
    return {name for name, _ in seen}


def test_the_tests_stay_out_of_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert {"tests", "include/*/tests", "shared", ".venv"} <= set(ignored)


def test_the_image_installs_the_same_uv_as_make() -> None:
    versions = [
        re.search(pattern, (ROOT / file).read_text(encoding="utf-8"))
        for file, pattern in [("Dockerfile", r"uv==(\S+)"), ("Makefile", r"UV_VERSION := (\S+)")]
    ]

    assert versions[0] is not None
    assert versions[1] is not None
    assert versions[0][1] == versions[1][1]


def test_one_image_is_built_here_and_serves_all_but_the_database() -> None:
    built = [name for name, service in SERVICES.items() if "build" in service]
    images = {name: service["image"] for name, service in SERVICES.items() if name != "postgres"}

    assert built == ["network"]
    assert set(images.values()) == {"lakeloop:local"}  # of the working tree: it has no version of its own


def test_the_databases_drivers_do_not_fight_with_the_lock() -> None:
    lock, drivers = (_pinned(ROOT / name) for name in ("requirements.txt", "docker/requirements.txt"))

    assert set(drivers) == {"asyncpg", "psycopg2-binary"}
    assert not set(drivers) & set(lock)


def _pinned(file: Path) -> dict[str, str]:
    lines = re.findall(r"^([a-zA-Z0-9].*?==[^\s;]+)", file.read_text(encoding="utf-8"), re.M)
    assert lines
    return {Requirement(line).name: str(Requirement(line).specifier) for line in lines}
