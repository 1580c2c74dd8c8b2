"""One part of the stack per container."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from lakeloop_stack.jars import Jars
from lakeloop_stack.machine.settings import ROOT, StackSettings
from lakeloop_stack.services import container

PARTS = {
    "s3",
    "spark",
    "localbricks",
    "mlflow",
    "airflow-api-server",
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-triggerer",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A container's two volumes, and jars that were fetched while the image was built."""
    jars = tmp_path / "cache" / "lakeloop" / "jars" / container.set_name() / "s3proxy"
    jars.mkdir(parents=True)
    (jars / "s3proxy-1.jar").touch()
    (tmp_path / "secrets").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LAKELOOP_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LAKELOOP_S3_PORT", "18493")
    monkeypatch.setenv("LAKELOOP_MLFLOW_PORT", "18494")
    monkeypatch.setenv(container.PASSWORD, str(tmp_path / "secrets" / "postgres-password"))
    return tmp_path


def test_prepare_makes_secrets_once(home: Path) -> None:
    assert container.main(["prepare"]) == 0
    made = {
        file: file.read_text()
        for file in (home / "data" / "secrets.json", home / "secrets" / "postgres-password")
    }
    assert container.main(["prepare"]) == 0

    assert {file: file.read_text() for file in made} == made
    assert len(made[home / "secrets" / "postgres-password"]) == 40
    assert stat.S_IMODE((home / "data" / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "secrets" / "postgres-password").stat().st_mode) == 0o444
    conf = (home / "data" / "supervisor" / "s3proxy.conf").read_text()
    assert json.loads(made[home / "data" / "secrets.json"])["aws_secret_access_key"] in conf


def test_it_knows_each_service_of_the_stack(home: Path) -> None:
    container.main(["prepare"])

    assert {service.name for service in container._services(StackSettings())} == PARTS


def test_only_airflows_database_differs_from_a_laptop(home: Path) -> None:
    container.main(["prepare"])
    settings = StackSettings()
    [scheduler] = [s for s in container._services(settings) if s.name == "airflow-scheduler"]

    there = dict(container._environment(scheduler, settings))
    here = container.service_environment(settings, container.credentials(settings.home), scheduler)

    password = (home / "secrets" / "postgres-password").read_text()
    changed = {name: value for name, value in there.items() if here.get(name) != value}
    url = f"postgresql+psycopg2://airflow:{password}@127.0.0.1:5432/airflow"
    assert changed == {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url}


@pytest.mark.parametrize("words", [[], ["minio"], ["ready", "minio"], ["s3", "now"]])
def test_an_unknown_part_is_refused_with_the_known_ones(
    home: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    container.main(["prepare"])

    assert container.main(words) == 2

    said = capsys.readouterr().out
    assert "expected one of prepare, bucket, airflow-db, s3, spark, localbricks, mlflow" in said


def test_its_process_becomes_the_service(home: Path) -> None:
    container.main(["prepare"])
    java = home / "jdk" / "bin" / "java"
    java.parent.mkdir(parents=True)
    # a Java that says how it was called: what counts is that the process is replaced, in the right folder
    java.write_text(
        '#!/bin/sh\n[ "$1" = -version ] && { echo \'openjdk version "17.0.1"\' >&2; exit; }\npwd; echo "$$ $*"\n'
    )
    java.chmod(0o755)
    command = [sys.executable, "-m", "lakeloop_stack.services.container", "s3"]

    env = {**container.os.environ, "JAVA_HOME": str(java.parents[1])}
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    said, _ = process.communicate(timeout=120)

    folder, called = said.splitlines()
    assert Path(folder) == home / "data"
    assert called.startswith(f"{process.pid} -Xmx256m ")
    jar = Jars(home / "cache" / "lakeloop" / "jars" / container.set_name()).s3proxy
    assert called.endswith(f"-jar {jar} --properties {home}/data/supervisor/s3proxy.conf")
