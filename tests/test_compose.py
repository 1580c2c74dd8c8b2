"""docker-compose.yaml follows the Compose Specification, and what each service names exists."""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement

from lakeloop_stack.cli import app
from lakeloop_stack.machine.settings import StackSettings
from lakeloop_stack.services import container

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
VERBS = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
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
        assert command[1] in VERBS
    else:
        assert os.access(ROOT / command[0], os.X_OK)


def test_the_gateway_publishes_the_web_pages_on_loopback_only() -> None:
    settings = StackSettings.model_construct()
    pages = [settings.airflow_port, settings.localbricks_port, settings.mlflow_port]

    assert SERVICES["gateway"]["ports"] == [f"127.0.0.1:{port}:{port}" for port in pages]
    assert SERVICES["gateway"]["command"][1:] == [str(port) for port in pages]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["gateway"]


@each_service
def test_all_share_the_gateways_network(name: str) -> None:
    assert SERVICES[name].get("network_mode") == (None if name == "gateway" else "service:gateway")


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
def test_each_server_has_a_healthcheck_of_its_own_and_comes_back(name: str) -> None:
    test = SERVICES[name]["healthcheck"]["test"]

    assert SERVICES[name]["restart"] == "unless-stopped"
    expected = ["CMD", "python", "-m", "lakeloop_stack.services.container", "ready", name]
    assert test == expected or (name == "postgres" and test[1] == "pg_isready")


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


def test_the_image_installs_the_same_uv_as_make() -> None:
    versions = [
        re.search(pattern, (ROOT / file).read_text(encoding="utf-8"))
        for file, pattern in [("Dockerfile", r"uv==(\S+)"), ("Makefile", r"UV_VERSION := (\S+)")]
    ]

    assert versions[0] is not None
    assert versions[1] is not None
    assert versions[0][1] == versions[1][1]


def test_the_image_is_of_the_packages_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert SERVICES["gateway"]["image"] == f"lakeloop:{project['version']}"


def test_the_databases_drivers_do_not_fight_with_the_lock() -> None:
    lock, drivers = (_pinned(ROOT / name) for name in ("requirements.txt", "docker/requirements.txt"))

    assert set(drivers) == {"asyncpg", "psycopg2-binary"}
    assert not set(drivers) & set(lock)


def _pinned(file: Path) -> dict[str, str]:
    lines = re.findall(r"^([a-zA-Z0-9].*?==[^\s;]+)", file.read_text(encoding="utf-8"), re.M)
    assert lines
    return {Requirement(line).name: str(Requirement(line).specifier) for line in lines}
