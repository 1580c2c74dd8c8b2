"""The services: their order, their environment, and the conf that supervisord reads."""

import configparser
import json
import os
import shlex
from pathlib import Path

import pytest

from lakeloop_stack.jars import Jars
from lakeloop_stack.machine.home import Home
from lakeloop_stack.machine.settings import StackSettings, read_settings
from lakeloop_stack.services.credentials import credentials
from lakeloop_stack.services.definitions import Service, service_environment, services
from lakeloop_stack.services.realtime import realtime_preparations
from lakeloop_stack.supervisor.conf import write_conf
from lakeloop_stack.supervisor.down import waves


@pytest.fixture
def settings(home: Path) -> StackSettings:
    return read_settings()


@pytest.fixture
def jars(tmp_path: Path) -> Jars:
    proxy = tmp_path / "jars" / "s3proxy"
    proxy.mkdir(parents=True)
    (proxy / "s3proxy-4.1.0.jar").touch()
    return Jars(tmp_path / "jars")


@pytest.fixture
def wanted(settings: StackSettings, jars: Jars) -> list[Service]:
    return services(settings, credentials(settings.home), jars)


@pytest.fixture
def realtime(tmp_path: Path, home: Path, jars: Jars, monkeypatch: pytest.MonkeyPatch) -> list[Service]:
    """All services where real time is on; a program stands for Redis' server."""
    program = tmp_path / "bin" / "redis-server"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    settings = read_settings(realtime=True)
    return services(settings, credentials(settings.home), jars)


def by_name(wanted: list[Service], name: str) -> Service:
    return next(service for service in wanted if service.name == name)


def test_down_stops_every_service_and_no_other(realtime: list[Service]) -> None:
    names = [service.name for service in realtime]

    stopped = [name for wave in waves(names) for name in wave]

    assert sorted(stopped) == sorted(names)
    assert stopped.index("fraud-stream") < stopped.index("kafka")


def test_what_comes_before_a_service_exists(realtime: list[Service]) -> None:
    settings = read_settings(realtime=True)
    prepared = realtime_preparations(settings, credentials(settings.home), Jars(settings.home))
    known = {service.name for service in realtime} | {"bucket", "airflow-db", "dbt-manifest"}
    known |= {preparation.name for preparation in prepared}
    assert {name for service in realtime for name in service.after} <= known


def test_kafka_and_redis_are_there_where_they_are_asked_for(
    wanted: list[Service], realtime: list[Service]
) -> None:
    assert {s.name for s in realtime} - {s.name for s in wanted} == {
        "kafka",
        "redis",
        "fraud-scorer",
        "fraud-stream",
        "recommend-suggester",
    }


def test_only_airflow_the_workspace_and_what_decides_are_told_of_kafka_and_redis(
    realtime: list[Service],
) -> None:
    settings = read_settings(realtime=True)
    told = [
        service.name
        for service in realtime
        if {"KAFKA_BOOTSTRAP_SERVERS", "REDIS_URL"}
        & set(service_environment(settings, credentials(settings.home), service))
    ]
    airflow = [s.name for s in realtime if s.name.startswith("airflow-")]
    assert told == ["localbricks", *airflow, "fraud-scorer", "fraud-stream"]


def test_the_users_own_settings_do_not_leak_into_services(
    settings: StackSettings, wanted: list[Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AIRFLOW__CORE__LOAD_EXAMPLES", "SPARK_HOME", "AWS_PROFILE", "MLFLOW_RUN_ID", "PYTHONHOME"):
        monkeypatch.setenv(name, "the user's")
    monkeypatch.setenv("TZ", "UTC")
    variables = service_environment(settings, credentials(settings.home), by_name(wanted, "localbricks"))
    assert "the user's" not in variables.values()
    assert variables["TZ"] == "UTC"
    assert variables["LAKELOOP_STACK"] == str(settings.home)
    assert variables["LAKELOOP_SERVICE"] == "localbricks"
    assert variables["LC_ALL"] == "C.UTF-8"  # whatever the user's locale: Java opens files with any name


def test_only_airflow_gets_what_orchestrates(settings: StackSettings, wanted: list[Service]) -> None:
    """A task on Databricks would find none of it, so that a task here must do without."""
    for service in wanted:
        variables = service_environment(settings, credentials(settings.home), service)
        orchestrating = {name for name in variables if name.startswith(("AIRFLOW_", "DBT_"))}
        assert bool(orchestrating) == service.name.startswith("airflow-")
        assert variables.get("LAKELOOP_TARGET") == ("local" if orchestrating else None)


def test_only_the_workspace_gets_its_token_under_its_own_name(
    settings: StackSettings, wanted: list[Service]
) -> None:
    having = [
        service.name
        for service in wanted
        if "LOCALBRICKS_TOKEN" in service_environment(settings, credentials(settings.home), service)
    ]
    assert having == ["localbricks"]


@pytest.fixture
def conf(settings: StackSettings, wanted: list[Service]) -> Path:
    home = Home(settings.home)
    home.make()
    environments = {service.name: {"NAME": service.name, "HARD": 'a,"b"%s'} for service in wanted}
    return write_conf(home, wanted, environments)


def test_each_service_is_a_program_that_up_starts_and_supervisord_restarts(
    conf: Path, wanted: list[Service]
) -> None:
    read = configparser.RawConfigParser()
    read.read(conf)
    programs = [section for section in read.sections() if section.startswith("program:")]
    assert programs == [f"program:{service.name}" for service in wanted]
    for program in programs:
        assert (read[program]["autostart"], read[program]["autorestart"]) == ("false", "true")


def test_the_launcher_gets_command_and_environment_as_they_are(conf: Path, wanted: list[Service]) -> None:
    read = configparser.RawConfigParser()
    read.read(conf)
    for service in wanted:
        file = Path(shlex.split(read[f"program:{service.name}"]["command"].replace("%%", "%"))[-1])
        told = json.loads(file.read_text())
        assert told["command"] == list(service.command)
        assert told["env"] == {"NAME": service.name, "HARD": 'a,"b"%s'}


def test_files_with_secrets_are_for_the_owner_only(conf: Path) -> None:
    for file in conf.parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


def test_a_path_that_the_conf_cannot_hold_is_refused(tmp_path: Path, wanted: list[Service]) -> None:
    home = Home(tmp_path / "a ;b")
    home.make()
    with pytest.raises(ValueError, match="supervisord cannot hold the path"):
        write_conf(home, wanted, {service.name: {} for service in wanted})


def test_a_long_home_gets_a_short_socket_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    short, long, other = Home(tmp_path), Home(Path("/x" * 60)), Home(Path("/y" * 60))
    assert short.socket == tmp_path / "supervisor" / "supervisor.sock" or len(str(tmp_path)) > 70
    for home in (long, other):
        assert len(os.fsencode(home.socket)) < 100
    assert long.socket != other.socket
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert long.socket.parent == Path(f"/tmp/lakeloop-{os.getuid()}")  # noqa: S108


def test_no_folder_of_the_home_is_taken_for_a_package(wanted: list[Service]) -> None:
    """A home that was used before has folders called localbricks, airflow and mlflow; services start in it."""
    commands = [service.command for service in wanted if "-m" in service.command]
    assert commands
    assert all(tuple(command[1:3]) == ("-P", "-m") for command in commands)
